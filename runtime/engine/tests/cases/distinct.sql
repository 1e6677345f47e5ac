# COUNT(DISTINCT x) at the release: of each unit and group at most L values.

-- with L=2
SELECT district, COUNT(DISTINCT note) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 5, L 2, 3 groups by visits.district: 3 declared values
--   count of distinct visits.note: laplace in [0, 1], sensitivity 6.000

-- with rho=0.5 C=2 m=4 L=2
SELECT district, COUNT(DISTINCT note), COUNT(DISTINCT amount), COUNT(*) FROM visits GROUP BY district
-- accepted: ρ 0.499999998 of person
--   C 2, m 4, L 2, 3 groups by visits.district: 3 declared values
--   count of distinct visits.note: gaussian in [0, 1], sensitivity 2.828
--   count of distinct visits.amount: gaussian in [0, 1], sensitivity 2.828
--   count of rows: gaussian in [0, 1], sensitivity 5.657

-- with m=2 L=3
SELECT COUNT(DISTINCT note) FROM visits
-- accepted: ε 1 of person
--   C 1, m 2, L 2, 1 groups
--   count of distinct visits.note: laplace in [0, 1], sensitivity 2.000

-- with L=0
SELECT COUNT(DISTINCT note) FROM visits
-- rejected contribution: max values per group (L); ask for 1 to 1000000

-- with L=1000001
SELECT COUNT(DISTINCT note) FROM visits
-- rejected contribution: max values per group (L); ask for 1 to 1000000

-- with C=0 L=0
SELECT COUNT(DISTINCT note) FROM visits
-- rejected contribution: max groups per unit (C); ask for 1 to 1000000

-- with L=2
SELECT COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

-- with L=3
SELECT COUNT(DISTINCT note), COUNT(DISTINCT note) + 1 AS more FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 3, 1 groups
--   count of distinct visits.note: laplace in [0, 1], sensitivity 3.000

SELECT COUNT(DISTINCT note) FILTER (WHERE amount > 3), COUNT(DISTINCT note) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct visits.note where visits.amount > Int64(3): laplace in [0, 1], sensitivity 5.000
--   count of distinct visits.note: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT CASE WHEN amount > 3 THEN note END) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct CASE WHEN visits.amount > Int64(3) THEN visits.note END: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT upper(note)), COUNT(DISTINCT amount * 2), COUNT(DISTINCT cost), COUNT(DISTINCT free IS NULL) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct upper(visits.note): laplace in [0, 1], sensitivity 5.000
--   count of distinct visits.amount * Int64(2): laplace in [0, 1], sensitivity 5.000
--   count of distinct visits.cost: laplace in [0, 1], sensitivity 5.000
--   count of distinct visits.free IS NULL: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT day), COUNT(DISTINCT at) FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct stays.day: laplace in [0, 1], sensitivity 5.000
--   count of distinct stays.at: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT 1), COUNT(DISTINCT NULL) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct Int64(1): laplace in [0, 1], sensitivity 5.000
--   count of distinct NULL: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT id), COUNT(DISTINCT note) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of units: laplace in [0, 1], sensitivity 1.000
--   count of distinct visits.note: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT id) FILTER (WHERE amount > 3) FROM visits
-- rejected aggregate at «FILTER (WHERE amount > 3)»: FILTER of COUNT(DISTINCT unit); write the condition as WHERE, in a query of its own

SELECT COUNT(DISTINCT CASE WHEN amount > 3 THEN id END) FROM visits
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(DISTINCT note || CAST(id AS VARCHAR)) FROM visits
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(DISTINCT note, district) FROM visits
-- rejected aggregate at «COUNT(DISTINCT note, district)»: count(DISTINCT …); count the distinct values of one expression

SELECT SUM(DISTINCT amount), COUNT(*) FROM visits
-- rejected aggregate at «SUM(DISTINCT amount)»: sum(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit

SELECT MAX(DISTINCT amount) FROM visits
-- rejected aggregate at «MAX(DISTINCT amount)»: max(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit

SELECT COUNT(DISTINCT free * 4611686018427387904) FROM visits
-- rejected total at «free * 4611686018427387904»: `visits.free * Int64(4611686018427387904)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(DISTINCT 10 / amount) FROM visits
-- rejected total at «10 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(DISTINCT CAST(amount AS DOUBLE)) FROM visits
-- rejected total at «CAST(amount AS DOUBLE)»: floating point `CAST(visits.amount AS Float64)`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(DISTINCT random()) FROM visits
-- rejected volatile at «random()»: function random; write a constant

SELECT COUNT(DISTINCT area) FROM areas
-- accepted: nothing private

SELECT COUNT(DISTINCT a.area) FROM visits v JOIN areas a ON v.district = a.district
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct a.area: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT note) FROM (SELECT note FROM visits UNION ALL SELECT note FROM visits WHERE amount > 3)
-- accepted: ε 1 of person
--   C 1, m 10, L 10, 1 groups
--   count of distinct note: laplace in [0, 1], sensitivity 10.000

SELECT COUNT(DISTINCT n) FROM (SELECT id, COUNT(DISTINCT note) AS n FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, L 1, 1 groups
--   count of distinct n: laplace in [0, 1], sensitivity 1.000

-- with delta=1e-6
SELECT note, COUNT(DISTINCT district) FROM visits GROUP BY note
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, L 5, threshold 149 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of distinct visits.district: laplace in [0, 1], sensitivity 25.000

SELECT district, COUNT(DISTINCT note) FROM visits GROUP BY ROLLUP (district)
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct visits.note: laplace in [0, 1], sensitivity 5.000
--   C 3, m 5, L 5, 3 groups by visits.district: 3 declared values
--   count of distinct visits.note: laplace in [0, 1], sensitivity 15.000

SELECT district, COUNT(DISTINCT note) FROM visits GROUP BY district HAVING COUNT(DISTINCT note) > 3 ORDER BY COUNT(DISTINCT amount)
-- accepted: ε 1 of person
--   C 3, m 5, L 5, 3 groups by visits.district: 3 declared values
--   count of distinct visits.note: laplace in [0, 1], sensitivity 15.000
--   count of distinct visits.amount: laplace in [0, 1], sensitivity 15.000
