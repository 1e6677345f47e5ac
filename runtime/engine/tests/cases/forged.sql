# Re-grouping under a forged unit, and columns that only look like one.

SELECT COUNT(DISTINCT u) FROM (SELECT amount AS u FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct u: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT id) FROM (SELECT age AS id FROM people)
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct id: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT id) FROM (SELECT note AS id FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct id: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT district AS id, amount FROM visits) v JOIN people p ON v.id = p.age
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v JOIN (SELECT id AS x, age AS id FROM people) p ON v.district = p.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v JOIN (SELECT id AS x, age FROM people) p ON v.id = p.x
-- accepted: ε 1 of person
--   C 1, m 25, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT COUNT(DISTINCT x) FROM (SELECT id AS x FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of units: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(DISTINCT a.id) FROM visits a JOIN people b ON a.id = b.id
-- accepted: ε 1 of person
--   C 1, m 25, 1 groups
--   count of units: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(DISTINCT b.id) FROM visits a JOIN people b ON a.id = b.id
-- accepted: ε 1 of person
--   C 1, m 25, 1 groups
--   count of units: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM visits a JOIN people b ON a.id = b.id JOIN visits c ON c.district = b.age
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits a JOIN people b ON a.id = b.id JOIN visits c ON c.id = b.id
-- accepted: ε 1 of person
--   C 1, m 125, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 125.000

SELECT COUNT(*) FROM visits a JOIN people b ON COALESCE(a.id, b.id) = b.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits a JOIN people b ON a.id = b.id AND a.amount < b.age
-- accepted: ε 1 of person
--   C 1, m 25, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT COUNT(*) FROM visits a JOIN people b ON a.id >= b.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits a JOIN people b ON a.id = b.id OR true
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits a JOIN people b ON (a.id = b.id) = true
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits a JOIN people b ON NOT (a.id <> b.id)
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits a JOIN people b ON a.id IS NOT DISTINCT FROM b.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits a NATURAL JOIN people b
-- accepted: ε 1 of person
--   C 1, m 25, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT COUNT(*) FROM visits a JOIN firms b USING (id)
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM firms a JOIN firms b ON a.id = b.id
-- accepted: ε 1 of firm
--   C 1, m 25, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT COUNT(*) FROM visits a JOIN areas b ON a.id = b.area
-- rejected syntax at «SELECT»: statement; cannot infer common argument type for comparison operation FixedSizeBinary(16) = Utf8

SELECT COUNT(*) FROM (SELECT id, 1 AS c FROM visits) a JOIN (SELECT id, 1 AS c FROM visits) b ON a.c = b.c
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM (SELECT CASE WHEN amount > 1 THEN id END AS id FROM visits) a JOIN people p ON a.id = p.id
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM (SELECT NULLIF(id, id) AS id FROM visits) a
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM (SELECT amount AS '__irongate_unit_1' FROM visits)
-- rejected unknown-name at «SELECT»: __irongate_unit_1; choose another name; this prefix is the engine's

SELECT COUNT(*) FROM (SELECT amount '__Irongate_unit_1' FROM visits)
-- rejected unknown-name at «SELECT»: __Irongate_unit_1; choose another name; this prefix is the engine's

# An id that is written, not read: nobody may ask for the rows of one that they guess.
SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id AND v.id = arrow_cast(X'01010101010101010101010101010101', 'FixedSizeBinary(16)')
-- rejected unit-output at «v.id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id AND arrow_cast(X'01010101010101010101010101010101', 'FixedSizeBinary(16)') = p.id
-- rejected total at «p.id»: `Binary("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1")` of type Binary; use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits v JOIN (SELECT arrow_cast(X'01010101010101010101010101010101', 'FixedSizeBinary(16)') AS k) a ON v.id = a.k
-- rejected unit-output at «v.id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits v JOIN (SELECT p.age, a.k FROM people p CROSS JOIN (SELECT arrow_cast(X'01010101010101010101010101010101', 'FixedSizeBinary(16)') AS k) a) q ON v.id = q.k
-- rejected join at «CROSS JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM (SELECT p.age, a.k FROM people p CROSS JOIN (SELECT arrow_cast(X'01010101010101010101010101010101', 'FixedSizeBinary(16)') AS k) a) q JOIN visits v ON q.k = v.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits WHERE id = arrow_cast(X'01010101010101010101010101010101', 'FixedSizeBinary(16)')
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave
