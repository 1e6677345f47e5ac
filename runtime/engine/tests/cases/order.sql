# Below a release there is no order: LIMIT, OFFSET, ORDER BY, FETCH, ordered aggregates, window ties.

SELECT COUNT(*) FROM (SELECT * FROM visits LIMIT 1)
-- rejected order at «LIMIT 1»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM (SELECT * FROM visits LIMIT 1 OFFSET 5)
-- rejected order at «LIMIT 1»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM (SELECT amount FROM visits OFFSET 5)
-- rejected order at «OFFSET 5»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM (SELECT amount FROM visits ORDER BY amount LIMIT 1)
-- rejected order at «ORDER BY amount»: ORDER BY below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT amount FROM visits LIMIT 1
-- rejected order at «LIMIT 1»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (ORDER BY amount) AS r FROM visits)
-- rejected unit-locality at «OVER (ORDER BY amount)»: window function row_number (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT SUM(r) FROM (SELECT SUM(amount) OVER (PARTITION BY id) AS r FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of r: laplace in [0, 50], sensitivity 250.000

SELECT MAX(amount) OVER () FROM visits
-- rejected unit-locality at «OVER ()»: window function max (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT COUNT(*) FROM (SELECT LAG(amount) OVER (ORDER BY amount) AS l FROM visits)
-- rejected unit-locality at «OVER (ORDER BY amount)»: window function lag (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT SUM(amount ORDER BY note) FROM visits
-- rejected order at «SUM(amount ORDER BY note)»: ordered aggregate sum; aggregates cannot depend on order

SELECT COUNT(*) FROM (SELECT amount FROM visits FETCH FIRST 3 ROWS ONLY)
-- rejected syntax at «SELECT»: statement; FETCH clause is not supported yet

SELECT SUM(amount) FROM (SELECT amount FROM visits ORDER BY amount)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT SUM(amount) FROM (SELECT amount FROM visits ORDER BY id DESC LIMIT 3)
-- rejected order at «ORDER BY id DESC»: ORDER BY below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

WITH top AS (SELECT amount FROM visits ORDER BY amount DESC LIMIT 10) SELECT AVG(amount) FROM top
-- rejected order at «ORDER BY amount DESC»: ORDER BY below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM visits LIMIT 0
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits LIMIT 1 OFFSET 0
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT 1 FROM visits LIMIT 1) x CROSS JOIN areas
-- rejected order at «LIMIT 1»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM (SELECT amount FROM visits WHERE district = 1 OFFSET 2) WHERE amount > 3
-- rejected order at «OFFSET 2»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT district, COUNT(*) AS n FROM visits GROUP BY district ORDER BY (SELECT MAX(amount) FROM visits)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of visits.amount in 11 bins: laplace in [0, 1], sensitivity 5.000

SELECT n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) ORDER BY n LIMIT 1
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT district, n, ROW_NUMBER() OVER (ORDER BY n) FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT district, SUM(COUNT(*)) OVER (ORDER BY district) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT COUNT(*) FROM (SELECT amount FROM visits LIMIT NULL)
-- rejected order at «LIMIT NULL»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM visits TABLESAMPLE BERNOULLI (50)
-- rejected statement at «TABLESAMPLE»: TABLESAMPLE; leave it out; it has no meaning here

SELECT COUNT(*) FROM visits LIMIT -1
-- rejected syntax at «SELECT»: statement; LIMIT must be >= 0, '-1' was provided

SELECT array_agg(amount ORDER BY id) FROM visits
-- rejected order at «array_agg(amount ORDER BY id)»: ordered aggregate array_agg; aggregates cannot depend on order

SELECT nth_value(amount, 2) FROM visits
-- rejected aggregate at «nth_value(amount, 2)»: aggregate nth_value; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT last_value(amount ORDER BY amount) FROM visits
-- rejected order at «last_value(amount ORDER BY amount)»: ordered aggregate last_value; aggregates cannot depend on order

SELECT string_agg(note, ',' ORDER BY note) FROM visits
-- rejected order at «string_agg(note, ',' ORDER BY note)»: ordered aggregate string_agg; aggregates cannot depend on order

# What tells rows of a unit apart keeps telling them apart in another place, and nothing else does.
SELECT COUNT(*) FROM (SELECT at, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq) AS r FROM (SELECT day, seq, at, id FROM stays)) WHERE r = 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT at, ROW_NUMBER() OVER (PARTITION BY id ORDER BY day) AS r FROM (SELECT day, seq, at, id FROM stays)) WHERE r = 1
-- rejected order at «OVER (PARTITION BY id ORDER BY day)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `at` too

SELECT COUNT(*) FROM (SELECT at, ROW_NUMBER() OVER (PARTITION BY id ORDER BY day) AS r FROM (SELECT id, seq, day, at FROM stays)) WHERE r = 1
-- rejected order at «OVER (PARTITION BY id ORDER BY day)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `at` too

# QUALIFY: its condition is total, and what neither it nor the rest reads may tie.
SELECT SUM(amount) FROM (SELECT amount FROM visits QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) = 1)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT SUM(amount) FROM (SELECT amount FROM visits QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) = 1 AND 10 / amount > 1)
-- rejected total at «10 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT SUM(amount) FROM (SELECT amount FROM visits QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) = 1 AND note = 'a')
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `note` too

# Functions of one order tell like rows apart in the same way.
SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) AS r, LAG(amount) OVER (PARTITION BY id ORDER BY amount) AS l FROM visits) WHERE r = 2 AND l > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

# Peers that agree in the value are as good as one, unless the frame parts them.
SELECT COUNT(*) FROM (SELECT note, FIRST_VALUE(amount) OVER (PARTITION BY id ORDER BY amount) AS f FROM visits) WHERE f > 1 AND note = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT note, FIRST_VALUE(amount) OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS f FROM visits) WHERE f > 1 AND note = 'a'
-- rejected order at «OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1 PRECEDI…»: window function first_value over rows that may tie; ORDER BY all the columns that are read, `note` too

# What LAG and LEAD give where there is no row counts for the bounds; null does not.
SELECT SUM(r) FROM (SELECT LAG(amount, 1, 99) OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of r: laplace in [0, 99], sensitivity 495.000

SELECT SUM(r) FROM (SELECT LEAD(amount, 1, -7) OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of r: laplace in [-7, 10], sensitivity 50.000

SELECT SUM(r) FROM (SELECT LAG(amount, 1, NULL) OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of r: laplace in [0, 10], sensitivity 50.000

# Which of two like rows comes first is chosen for one order alone, however the unit is written.
SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) AS r, ROW_NUMBER() OVER (PARTITION BY id, id ORDER BY amount) AS s FROM visits) WHERE r = s
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window functions of several orders; use one PARTITION BY and ORDER BY in a SELECT
