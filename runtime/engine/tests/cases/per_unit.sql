# Per-unit work below a release: windows, groups and DISTINCT, with the unit and without it.

SELECT DISTINCT district FROM visits
-- rejected unit-locality at «DISTINCT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT DISTINCT note FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT DISTINCT ON (district) amount FROM visits
-- rejected unit-locality at «DISTINCT»: DISTINCT ON without the unit; put the unit among its expressions: DISTINCT ON (unit, …)

SELECT amount FROM visits INTERSECT SELECT 1
-- rejected unit-locality at «INTERSECT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT SUM(n) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of n: laplace in [0, 5], sensitivity 5.000

SELECT n, COUNT(*) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY id) GROUP BY n
-- accepted: ε 1 of person
--   C 1, m 1, 6 groups by n: 6 declared values
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT id, SUM(amount) AS s FROM visits GROUP BY id HAVING SUM(amount) > 10)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 1
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT COUNT(*) FROM (SELECT id AS u, district, MAX(amount) AS m FROM visits GROUP BY id, district) WHERE m > 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(s) FROM (SELECT id, SUM(free) AS s FROM visits GROUP BY id)
-- rejected total at «free»: `sum(visits.free)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT SUM(CLAMP(s, 0, 20)) FROM (SELECT id, SUM(amount) AS s FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of clamp(s, Int64(0), Int64(20)): laplace in [0, 20], sensitivity 20.000

SELECT SUM(a) FROM (SELECT id, AVG(amount) AS a FROM visits GROUP BY id)
-- rejected aggregate at «amount»: AVG of integers for each unit; write AVG(CAST(x AS DECIMAL(18, 0))) for each unit: sums of doubles depend on the order of rows

SELECT COUNT(*) FROM (SELECT id, array_agg(amount) AS a FROM visits GROUP BY id)
-- rejected aggregate at «array_agg(amount)»: aggregate array_agg for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

SELECT COUNT(*) FROM (SELECT id, first_value(amount) AS a FROM visits GROUP BY id)
-- rejected aggregate at «first_value(amount)»: aggregate first_value for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

SELECT COUNT(*) FROM (SELECT DISTINCT id FROM visits)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT DISTINCT id, district FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT DISTINCT district, amount FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT DISTINCT ON (id) id, amount FROM visits ORDER BY id, amount)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT DISTINCT ON (district) district FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT ON without the unit; put the unit among its expressions: DISTINCT ON (unit, …)

SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected aggregate at «SUM(r)»: aggregate of `r`, which is unsigned; write CAST(x AS BIGINT)

SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id) AS r FROM visits)
-- rejected aggregate at «SUM(r)»: aggregate of `r`, which is unsigned; write CAST(x AS BIGINT)

SELECT SUM(r) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected aggregate at «SUM(r)»: aggregate of `r`, which is unsigned; write CAST(x AS BIGINT)

SELECT SUM(r) FROM (SELECT RANK() OVER (ORDER BY amount) AS r FROM visits)
-- rejected unit-locality at «OVER (ORDER BY amount)»: window function rank (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT SUM(r) FROM (SELECT NTILE(4) OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function ntile below the release; use ROW_NUMBER, RANK, DENSE_RANK, LAG, LEAD, FIRST_VALUE, LAST_VALUE, COUNT, SUM, MIN or MAX

SELECT SUM(r) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS r FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of r: laplace in [0, 50], sensitivity 250.000

SELECT SUM(r) FROM (SELECT SUM(free) OVER (PARTITION BY id) AS r FROM visits)
-- rejected total at «SUM»: `sum(visits.free) PARTITION BY [visits.id] ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT SUM(r) FROM (SELECT COUNT(*) OVER (PARTITION BY district) AS r FROM visits)
-- rejected unit-locality at «OVER (PARTITION BY district)»: window function count (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT SUM(r) FROM (SELECT MAX(amount) OVER (PARTITION BY id, district) AS r FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of r: laplace in [0, 10], sensitivity 50.000

SELECT SUM(r) FROM (SELECT AVG(amount) OVER (PARTITION BY id) AS r FROM visits)
-- rejected aggregate at «AVG»: AVG of integers for each unit; write AVG(CAST(x AS DECIMAL(18, 0))) for each unit: sums of doubles depend on the order of rows

SELECT SUM(r) FROM (SELECT LAG(amount, 1) OVER (PARTITION BY id ORDER BY amount, cost, free, note, district) AS r FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of r: laplace in [0, 10], sensitivity 50.000

SELECT SUM(r) FROM (SELECT PERCENT_RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function percent_rank below the release; use ROW_NUMBER, RANK, DENSE_RANK, LAG, LEAD, FIRST_VALUE, LAST_VALUE, COUNT, SUM, MIN or MAX

SELECT COUNT(*) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY ROLLUP (id))
-- rejected unit-output at «GROUP BY ROLLUP (id)»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY GROUPING SETS ((id), ()))
-- rejected unit-output at «GROUP BY GROUPING SETS ((id), ())»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT age AS id, COUNT(*) AS n FROM people GROUP BY age)
-- rejected keys at «GROUP BY age»: GROUP BY `people.age`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT COUNT(*) FROM (SELECT DISTINCT age AS id FROM people)
-- rejected unit-locality at «DISTINCT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY age ORDER BY age) AS r FROM (SELECT age FROM people))
-- rejected unit-locality at «OVER (PARTITION BY age ORDER BY age)»: window function row_number (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT district, SUM(n) FROM (SELECT id, district, COUNT(*) AS n FROM visits GROUP BY id, district) GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 1, 3 groups by visits.district: 3 declared values
--   sum of n: laplace in [0, 5], sensitivity 15.000

SELECT COUNT(*) FROM (SELECT id, COUNT(DISTINCT note) AS n FROM visits GROUP BY id) WHERE n > 1
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT id, MIN(note) AS n FROM visits GROUP BY id) WHERE n = 'a'
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

# Means of each unit: exact for decimals, in the bounds of what they are of.
SELECT AVG(mean) FROM (SELECT id, AVG(cost) AS mean FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of mean: laplace in [0, 1], sensitivity 1.000
--   sum of (mean - 2.75): laplace in [-2.75, 2.75], sensitivity 2750000.000

SELECT SUM(mean) FROM (SELECT id, AVG(CAST(amount AS DECIMAL(18, 0))) AS mean FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of mean: laplace in [0, 10], sensitivity 100000.000

SELECT SUM(mean) FROM (SELECT id, AVG(amount) AS mean FROM visits GROUP BY id)
-- rejected aggregate at «amount»: AVG of integers for each unit; write AVG(CAST(x AS DECIMAL(18, 0))) for each unit: sums of doubles depend on the order of rows

SELECT COUNT(*) FROM (SELECT id, AVG(CAST(free AS DECIMAL(38, 0))) AS mean FROM visits GROUP BY id) WHERE mean > 1
-- rejected total at «CAST(free AS DECIMAL(38, 0))»: `avg(CAST(visits.free AS Decimal128(38, 0)))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM (SELECT id, STDDEV(cost) AS s FROM visits GROUP BY id) WHERE s > 1
-- rejected aggregate at «STDDEV(cost)»: aggregate stddev for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

# The mean would fit, the sum it is of would not.
SELECT COUNT(*) FROM (SELECT id, AVG(CAST(free AS DECIMAL(34, 0))) AS mean FROM visits GROUP BY id) WHERE mean > 1
-- rejected total at «CAST(free AS DECIMAL(34, 0))»: `avg(CAST(visits.free AS Decimal128(34, 0)))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

# The median of one unit's decimals; half of two is cut off at their scale.
SELECT SUM(m) FROM (SELECT id, MEDIAN(cost) AS m FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of m: laplace in [0, 5.5], sensitivity 550.000

SELECT SUM(m) FROM (SELECT id, MEDIAN(CAST(amount AS DECIMAL(18, 1))) AS m FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of m: laplace in [0, 10], sensitivity 100.000

SELECT SUM(m) FROM (SELECT id, MEDIAN(amount) AS m FROM visits GROUP BY id)
-- rejected aggregate at «amount»: MEDIAN of integers for each unit; write MEDIAN(CAST(x AS DECIMAL(18, 1))) for each unit: doubles stay above the release

SELECT SUM(m) FROM (SELECT id, MEDIAN(TRY_CAST(note AS DECIMAL(38, 0))) AS m FROM visits GROUP BY id)
-- rejected bounds at «SUM(m)»: aggregate of `m`; write CLAMP(x, lo, hi) around it

SELECT SUM(CLAMP(m, 0, 9)) FROM (SELECT id, MEDIAN(TRY_CAST(note AS DECIMAL(38, 0))) AS m FROM visits GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of clamp(m, CAST(Int64(0) AS Decimal128(38, 0)), CAST(Int64(9) AS Decimal128(38, 0))): laplace in [0, 9], sensitivity 9.000

SELECT SUM(m) FROM (SELECT id, MEDIAN(10 / cost) AS m FROM visits GROUP BY id)
-- rejected total at «10 / cost»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT SUM(m) FROM (SELECT id, MEDIAN(DISTINCT cost) AS m FROM visits GROUP BY id)
-- rejected aggregate at «MEDIAN(DISTINCT cost)»: median(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT first

SELECT SUM(m) FROM (SELECT MEDIAN(cost) OVER (PARTITION BY id) AS m FROM visits)
-- rejected aggregate at «MEDIAN(cost)»: aggregate median for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

SELECT COUNT(*) FROM (SELECT id, APPROX_MEDIAN(amount) AS m FROM visits GROUP BY id)
-- rejected aggregate at «APPROX_MEDIAN(amount)»: aggregate approx_median for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

SELECT COUNT(*) FROM (SELECT id, PERCENTILE_CONT(cost, 0.5) AS m FROM visits GROUP BY id)
-- rejected aggregate at «PERCENTILE_CONT(cost, 0.5)»: aggregate percentile_cont; give it one argument

-- After DISTINCT ON the unit is still the unit.
SELECT COUNT(DISTINCT id) FROM (SELECT DISTINCT ON (id) id, amount FROM visits ORDER BY id, amount)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of units: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM people p JOIN (SELECT DISTINCT ON (id) id, amount FROM visits ORDER BY id, amount) v ON p.id = v.id
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(amount) FROM (SELECT DISTINCT ON (id, district) amount FROM visits ORDER BY id, district, amount)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT DISTINCT ON (id) amount FROM visits ORDER BY id, amount
-- rejected row-level-output at «DISTINCT ON (id) amount»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

# Rows that a public table multiplied: the bound of their sum says nothing of what is usual.
SELECT SUM(s) FROM (SELECT v.id, SUM(v.amount) AS s FROM visits v JOIN areas a ON v.district = a.district GROUP BY v.id)
-- rejected bounds at «SUM(s)»: aggregate of `s`; write CLAMP(x, lo, hi) around it

# What has no bounds has none as a sum.
SELECT SUM(s) FROM (SELECT id, SUM(TRY_CAST(note AS DECIMAL(9, 0))) AS s FROM visits GROUP BY id)
-- rejected bounds at «SUM(s)»: aggregate of `s`; write CLAMP(x, lo, hi) around it

# A sum that is too large on one side alone would raise.
SELECT COUNT(*) FROM (SELECT id, AVG(CLAMP(CAST(free AS DECIMAL(34, 0)), 0, 3000000000000000000000000000000000)) AS mean FROM visits GROUP BY id) WHERE mean > 1
-- rejected total at «CAST(free AS DECIMAL(34, 0))»: `avg(clamp(CAST(visits.free AS Decimal128(34, 0)), CAST(Int64(0) AS Decimal128(34, 0)), Decimal128(3000000000000000000000000000000000,34,0)))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM (SELECT id, AVG(CLAMP(CAST(free AS DECIMAL(34, 0)), -3000000000000000000000000000000000, 0)) AS mean FROM visits GROUP BY id) WHERE mean > 1
-- rejected total at «CAST(free AS DECIMAL(34, 0))»: `avg(clamp(CAST(visits.free AS Decimal128(34, 0)), Decimal128(-3000000000000000000000000000000000,34,0), CAST(Int64(0) AS Decimal128(34, 0))))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

# Distinct values beside sums of integers and other aggregates of decimals; not beside sums of decimals.
SELECT COUNT(*) FROM (SELECT id, COUNT(DISTINCT note) AS n, SUM(amount) AS s, MAX(cost) AS c FROM visits GROUP BY id) WHERE n = 2 AND s = 7 AND c = 3
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT id, COUNT(DISTINCT note) AS n, SUM(cost) AS s FROM visits GROUP BY id) WHERE n = 2 AND s = 7
-- rejected aggregate at «note»: COUNT(DISTINCT …) beside a SUM of decimals; count distinct values in a sub-query of its own, and join it on the unit
