# UNION amplification: rows added up, doubled, mixed with other units and with the public.

SELECT COUNT(*) FROM (SELECT amount FROM visits UNION ALL SELECT amount FROM visits)
-- accepted: ε 1 of person
--   C 1, m 10, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 10.000

SELECT COUNT(*) FROM (SELECT amount FROM visits UNION ALL SELECT district FROM areas)
-- rejected unit-locality at «UNION»: UNION of a protected table with a public one; aggregate the protected branch first, and unite the released tables

SELECT amount FROM visits UNION ALL SELECT 1
-- rejected unit-locality at «UNION»: UNION of a protected table with a public one; aggregate the protected branch first, and unite the released tables

SELECT SUM(amount) FROM (SELECT id, amount FROM visits UNION ALL SELECT id, age FROM people)
-- accepted: ε 1 of person
--   C 1, m 10, 1 groups
--   sum of amount: laplace in [0, 120], sensitivity 1200.000

SELECT SUM(x) FROM (SELECT id, amount AS x FROM visits UNION ALL SELECT id, age FROM firms)
-- rejected unit-locality at «UNION»: UNION of two namespaces; unite tables of one namespace, or aggregate each branch first

SELECT COUNT(*) FROM (SELECT id FROM visits UNION SELECT id FROM people)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT district FROM visits UNION SELECT district FROM areas)
-- rejected unit-locality at «UNION»: UNION of a protected table with a public one; aggregate the protected branch first, and unite the released tables

SELECT COUNT(*) FROM (SELECT note FROM visits UNION ALL SELECT 'x')
-- rejected unit-locality at «UNION»: UNION of a protected table with a public one; aggregate the protected branch first, and unite the released tables

SELECT COUNT(*) FROM (SELECT amount FROM visits EXCEPT SELECT 1)
-- rejected unit-locality at «EXCEPT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT amount FROM visits INTERSECT SELECT 1)
-- rejected unit-locality at «INTERSECT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT amount FROM visits EXCEPT ALL SELECT age FROM people)
-- rejected join at «FROM (SELECT amount FROM visits EXCEPT ALL SELECT age FROM p…»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits UNION ALL SELECT COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits UNION ALL SELECT SUM(amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT COUNT(*) FROM visits UNION ALL SELECT COUNT(*) FROM firms
-- accepted: ε 0.5 of firm ε 0.5 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits UNION SELECT amount FROM visits
-- rejected unit-locality at «UNION»: UNION of a protected table with a public one; aggregate the protected branch first, and unite the released tables

SELECT COUNT(*) FROM visits INTERSECT SELECT COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits EXCEPT SELECT COUNT(*) FROM people
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM visits{{20 of  UNION ALL SELECT COUNT(*) FROM visits}})
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT id FROM visits{{20 of  UNION ALL SELECT id FROM visits}})
-- accepted: ε 1 of person
--   C 1, m 105, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 105.000

SELECT COUNT(*) FROM (SELECT district AS id FROM visits UNION ALL SELECT id FROM people)
-- rejected syntax at «SELECT»: statement; incompatible inputs for Union: Previous inputs were of type Int64, but got incompatible type FixedSizeBinary(16) on column 'id'

SELECT COUNT(DISTINCT id) FROM (SELECT id, amount FROM visits UNION ALL SELECT id, age FROM people)
-- accepted: ε 1 of person
--   C 1, m 10, 1 groups
--   count of units: laplace in [0, 1], sensitivity 1.000

-- Rows of several branches without the unit: what the engine adds is not what the author asked for.
SELECT district FROM visits UNION ALL SELECT district FROM visits
-- rejected row-level-output at «district»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

-- How many rows a unit has is not declared where those of one branch are multiplied.
SELECT SUM(n) FROM (SELECT id, COUNT(*) AS n FROM (SELECT v.id FROM visits v JOIN areas a ON v.district = a.district UNION ALL SELECT id FROM people) GROUP BY id)
-- rejected bounds at «SUM(n)»: aggregate of `n`; write CLAMP(x, lo, hi) around it

SELECT SUM(n) FROM (SELECT id, COUNT(*) AS n FROM (SELECT id FROM people UNION ALL SELECT v.id FROM visits v JOIN areas a ON v.district = a.district) GROUP BY id)
-- rejected bounds at «SUM(n)»: aggregate of `n`; write CLAMP(x, lo, hi) around it

SELECT SUM(n) FROM (SELECT id, COUNT(*) AS n FROM (SELECT id FROM people UNION ALL SELECT id FROM visits) GROUP BY id)
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of n: laplace in [0, 10], sensitivity 10.000
