# Per-unit work below a release: windows, groups and DISTINCT, with the unit and without it.

SELECT DISTINCT district FROM visits
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT DISTINCT note FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT DISTINCT ON (district) amount FROM visits
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT amount FROM visits INTERSECT SELECT 1
-- rejected unit-locality at «INTERSECT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT SUM(n) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY id)
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT n, COUNT(*) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY id) GROUP BY n
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT id, SUM(amount) AS s FROM visits GROUP BY id HAVING SUM(amount) > 10)
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 1
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT COUNT(*) FROM (SELECT id AS u, district, MAX(amount) AS m FROM visits GROUP BY id, district) WHERE m > 3
-- rejected unit-output at «GROUP BY id, district»: GROUP BY `visits.id`; group by something persons share

SELECT SUM(s) FROM (SELECT id, SUM(free) AS s FROM visits GROUP BY id)
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT SUM(CLAMP(s, 0, 20)) FROM (SELECT id, SUM(amount) AS s FROM visits GROUP BY id)
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT SUM(a) FROM (SELECT id, AVG(amount) AS a FROM visits GROUP BY id)
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT id, array_agg(amount) AS a FROM visits GROUP BY id)
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT id, first_value(amount) AS a FROM visits GROUP BY id)
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT DISTINCT id FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT DISTINCT id, district FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT DISTINCT district, amount FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT DISTINCT ON (id) id, amount FROM visits ORDER BY id, amount)
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT DISTINCT ON (district) district FROM visits)
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT RANK() OVER (ORDER BY amount) AS r FROM visits)
-- rejected order at «OVER (ORDER BY amount)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT NTILE(4) OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1 PRECEDI…»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT SUM(free) OVER (PARTITION BY id) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT COUNT(*) OVER (PARTITION BY district) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY district)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT MAX(amount) OVER (PARTITION BY id, district) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id, district)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT AVG(amount) OVER (PARTITION BY id) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT LAG(amount, 1) OVER (PARTITION BY id ORDER BY amount, cost, free, note, district) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount, cost, free, note, dis…»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT SUM(r) FROM (SELECT PERCENT_RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT COUNT(*) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY ROLLUP (id))
-- rejected aggregate at «GROUP BY ROLLUP (id)»: GROUPING SETS; write one query for each set

SELECT COUNT(*) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY GROUPING SETS ((id), ()))
-- rejected aggregate at «GROUP BY GROUPING SETS ((id), ())»: GROUPING SETS; write one query for each set

SELECT COUNT(*) FROM (SELECT age AS id, COUNT(*) AS n FROM people GROUP BY age)
-- rejected keys at «GROUP BY age»: GROUP BY `people.age`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT COUNT(*) FROM (SELECT DISTINCT age AS id FROM people)
-- rejected unit-locality at «DISTINCT»: DISTINCT below the release; write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY age ORDER BY age) AS r FROM (SELECT age FROM people))
-- rejected order at «OVER (PARTITION BY age ORDER BY age)»: window function (OVER) below the release; use window functions above the aggregate, over released values

SELECT district, SUM(n) FROM (SELECT id, district, COUNT(*) AS n FROM visits GROUP BY id, district) GROUP BY district
-- rejected unit-output at «GROUP BY id, district»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT id, COUNT(DISTINCT note) AS n FROM visits GROUP BY id) WHERE n > 1
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT id, MIN(note) AS n FROM visits GROUP BY id) WHERE n = 'a'
-- rejected unit-output at «GROUP BY id»: GROUP BY `visits.id`; group by something persons share
