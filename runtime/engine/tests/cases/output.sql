# What may leave: aggregates; never a row, an id, or what stands for one.

SELECT id FROM visits
-- rejected unit-output at «id»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT * FROM visits
-- rejected unit-output at «*»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT id, COUNT(*) FROM visits GROUP BY id
-- rejected unit-output at «id, COUNT(*)»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT id AS x, SUM(amount) FROM visits GROUP BY x
-- rejected unit-output at «id AS x, SUM(amount)»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT x, COUNT(*) FROM (SELECT id AS x FROM visits) GROUP BY x
-- rejected unit-output at «x, COUNT(*)»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT COUNT(*) FROM visits WHERE id IS NOT NULL
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits GROUP BY id
-- rejected row-level-output at «COUNT(*)»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT p.id FROM visits v JOIN people p ON v.id = p.id
-- rejected unit-output at «p.id»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT CASE WHEN id IS NULL THEN 1 ELSE 2 END, COUNT(*) FROM visits GROUP BY 1
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT amount FROM visits
-- rejected row-level-output at «amount»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT district, amount FROM visits WHERE amount > 3
-- rejected row-level-output at «district, amount»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT 1 FROM visits
-- rejected row-level-output at «1»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT v.amount FROM visits v JOIN areas a ON v.district = a.district
-- rejected row-level-output at «v.amount»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

WITH x AS (SELECT amount FROM visits) SELECT * FROM x
-- rejected row-level-output at «*»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT area FROM areas WHERE district IN (SELECT district FROM visits)
-- rejected row-level-output at «area»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT (SELECT amount FROM visits) + 1
-- rejected row-level-output at «(SELECT amount FROM visits) + 1»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT district, COUNT(*), SUM(amount), AVG(cost) FROM visits GROUP BY district
-- accepted: ε 0.999999999 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   sum of (visits.cost - 2.75): laplace in [-2.75, 2.75], sensitivity 4125.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 150.000

SELECT COUNT(DISTINCT id) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of units: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(id) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits HAVING COUNT(*) > 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT district, COUNT(*) AS n FROM visits GROUP BY district HAVING SUM(amount) > 10 ORDER BY n DESC LIMIT 2
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 150.000

SELECT SUM(n) / 2.0, sqrt(MAX(n)) FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT area FROM areas
-- accepted: nothing private

SELECT 1
-- accepted: nothing private

SELECT visits FROM visits
-- rejected unknown-name at «visits»: column `visits`; name one of `visits.id`, `visits.district`, `visits.amount`, `visits.cost`, `visits.free`, `visits.note`

SELECT (SELECT id FROM people LIMIT 1)
-- rejected order at «LIMIT 1»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT CAST(id AS VARCHAR), COUNT(*) FROM visits GROUP BY 1
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT encode(id, 'hex'), COUNT(*) FROM visits GROUP BY 1
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT md5(id), COUNT(*) FROM visits GROUP BY 1
-- rejected syntax at «md5»: function md5; use a function that SQL knows

SELECT octet_length(id), COUNT(*) FROM visits GROUP BY 1
-- rejected syntax at «octet_length(id)»: function octet_length; function 'octet_length' requires String, but received FixedSizeBinary(16) (DataType: FixedSizeBinary(16))

SELECT COALESCE(id, id), COUNT(*) FROM visits GROUP BY 1
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits WHERE id = id
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits WHERE id > X'00'
-- rejected total at «id»: `CAST(visits.id AS Binary)` of type Binary; use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE id IN (X'00')
-- rejected total at «id»: `CAST(visits.id AS Binary)` of type Binary; use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE CAST(id AS VARCHAR) LIKE '0%'
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT MIN(id) FROM visits
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT MAX(id) FROM visits
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT array_agg(DISTINCT id) FROM visits
-- rejected aggregate at «array_agg(DISTINCT id)»: array_agg(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit

SELECT SUM(id) FROM visits
-- rejected syntax at «SUM(id)»: function sum; internal error: Function 'sum' failed to match any signature

SELECT COUNT(*) FROM visits WHERE visits = visits
-- rejected unknown-name at «visits»: column `visits`; name one of `visits.id`, `visits.district`, `visits.amount`, `visits.cost`, `visits.free`, `visits.note`

SELECT district, id FROM visits GROUP BY district, id
-- rejected unit-output at «district, id»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT district, COUNT(*) FROM visits GROUP BY district, id
-- rejected row-level-output at «district, COUNT(*)»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT v.* FROM visits v JOIN areas a USING (district)
-- rejected unit-output at «v.*»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

TABLE visits
-- rejected syntax at «T»: statement; expected: an SQL statement, found: TABLE

SELECT COUNT(*) OVER () FROM visits
-- rejected unit-locality at «OVER ()»: window function count (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT amount AS a FROM visits QUALIFY ROW_NUMBER() OVER (ORDER BY amount) = 1
-- rejected unit-locality at «OVER (ORDER BY amount)»: window function row_number (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

VALUES (1), (2)
-- accepted: nothing private
