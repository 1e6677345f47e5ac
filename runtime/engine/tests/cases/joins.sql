# Joins: that multiply, that let the private side vanish, that cross units.

SELECT COUNT(*) FROM visits v FULL JOIN areas a ON v.district = a.district
-- rejected join at «FULL JOIN»: Full JOIN with a public table; keep the protected side whole: protected LEFT JOIN public, or an inner join

SELECT COUNT(*) FROM areas a LEFT JOIN visits v ON v.district = a.district
-- rejected join at «LEFT JOIN»: Left JOIN with a public table; keep the protected side whole: protected LEFT JOIN public, or an inner join

SELECT COUNT(*) FROM visits v RIGHT JOIN areas a ON v.district = a.district
-- rejected join at «RIGHT JOIN»: Right JOIN with a public table; keep the protected side whole: protected LEFT JOIN public, or an inner join

SELECT COUNT(*) FROM areas a LEFT SEMI JOIN visits v ON v.district = a.district
-- rejected join at «LEFT SEMI JOIN»: LeftSemi JOIN with a public table; keep the protected side whole: protected LEFT JOIN public, or an inner join

SELECT COUNT(*) FROM areas a LEFT ANTI JOIN visits v ON v.district = a.district
-- rejected join at «LEFT ANTI JOIN»: LeftAnti JOIN with a public table; keep the protected side whole: protected LEFT JOIN public, or an inner join

SELECT COUNT(*) FROM visits, areas
-- rejected join at «FROM visits, areas»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits CROSS JOIN areas
-- rejected join at «CROSS JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN areas a ON v.district > a.district
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN areas a ON true
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN visits w ON v.district = w.district
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v JOIN people p ON v.free = p.age
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v, people p
-- rejected join at «FROM visits v, people p»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v JOIN (SELECT age AS id FROM people) p ON v.free = p.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v JOIN firms f ON v.id = f.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v LEFT JOIN people p ON v.id = p.id
-- rejected join at «LEFT JOIN»: Left JOIN of protected tables; use an inner, LEFT SEMI or LEFT ANTI join on the unit

SELECT COUNT(*) FROM visits v FULL JOIN people p ON v.id = p.id
-- rejected join at «FULL JOIN»: Full JOIN of protected tables; use an inner, LEFT SEMI or LEFT ANTI join on the unit

SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id OR v.free = p.age
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v JOIN people p ON v.id <> p.id
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v JOIN (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) r ON v.district = r.district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH r AS (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) SELECT n FROM r UNION ALL SELECT x FROM (SELECT COUNT(*) AS x FROM visits v JOIN r ON v.district = r.district)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v JOIN areas a ON v.district = a.district
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT a.area, COUNT(*) FROM visits v JOIN areas a ON v.district = a.district GROUP BY a.area
-- rejected keys at «GROUP BY a.area»: GROUP BY `a.area`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT COUNT(*) FROM visits v LEFT JOIN areas a ON v.district = a.district AND a.area = 'north'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits a JOIN visits b ON a.id = b.id JOIN visits c ON b.id = c.id JOIN visits d ON c.id = d.id
-- accepted: ε 1 of person
--   C 1, m 625, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 625.000

SELECT COUNT(*) FROM visits v JOIN (SELECT district, 1 AS x FROM areas UNION ALL SELECT district, 2 FROM areas) a ON v.district = a.district
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v JOIN (VALUES (1), (1), (1)) a(k) ON v.district = a.k
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v JOIN (SELECT 1 AS k) a ON v.district = a.k
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v JOIN (VALUES (1)) a(k) ON 1 = a.k
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v JOIN areas a ON v.district = a.district + 1
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN areas a ON 10 / v.amount = a.district
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN areas a ON v.district = a.district AND 10 / v.amount > 1
-- rejected total at «10 / v.amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits v JOIN areas a ON v.district = a.district OR v.note = a.area
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN areas a ON v.district BETWEEN a.district AND a.district
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v LEFT JOIN areas a ON v.district = a.district WHERE a.area IS NULL
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v LEFT SEMI JOIN people p ON v.id = p.id
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v LEFT ANTI JOIN people p ON v.id = p.id
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v RIGHT SEMI JOIN people p ON v.id = p.id
-- rejected join at «RIGHT SEMI JOIN»: RightSemi JOIN of protected tables; use an inner, LEFT SEMI or LEFT ANTI join on the unit

SELECT COUNT(*) FROM visits v RIGHT ANTI JOIN people p ON v.id = p.id
-- rejected join at «RIGHT ANTI JOIN»: RightAnti JOIN of protected tables; use an inner, LEFT SEMI or LEFT ANTI join on the unit

SELECT COUNT(*) FROM visits v LEFT ANTI JOIN areas a ON v.district = a.district
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM areas a RIGHT ANTI JOIN visits v ON v.district = a.district
-- rejected join at «RIGHT ANTI JOIN»: RightAnti JOIN with a public table; keep the protected side whole: protected LEFT JOIN public, or an inner join

SELECT COUNT(*) FROM areas a JOIN areas b ON a.district = b.district JOIN visits v ON v.district = b.district
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM areas CROSS JOIN areas b
-- accepted: nothing private

SELECT COUNT(*) FROM visits v JOIN LATERAL (SELECT * FROM areas a WHERE a.district = v.district) x ON true
-- rejected subquery at «(SELECT * FROM areas a WHERE a.district = v.district)»: LATERAL subquery; write a plain JOIN with a subquery

SELECT COUNT(*) FROM areas a, LATERAL (SELECT * FROM visits v WHERE v.district = a.district) x
-- rejected subquery at «(SELECT * FROM visits v WHERE v.district = a.district)»: LATERAL subquery; write a plain JOIN with a subquery

SELECT COUNT(*) FROM visits v CROSS JOIN UNNEST([1, 2, 3])
-- rejected total at «UNNEST»: UNNEST; arrays cannot be used; name the columns

SELECT COUNT(*) FROM visits v CROSS JOIN generate_series(1, 1000000)
-- rejected unknown-name at «generate_series»: table `generate_series()`; name a dataset of the scenario

SELECT COUNT(*) FROM visits, visits
-- rejected syntax at «SELECT»: column `id`; name each column once; give one of them another name with AS

SELECT COUNT(*) FROM visits v JOIN firms f ON v.amount = f.age
-- rejected join at «JOIN»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT x.n, y.n FROM (SELECT COUNT(*) AS n FROM visits) x CROSS JOIN (SELECT COUNT(*) AS n FROM firms) y
-- accepted: ε 0.5 of firm ε 0.5 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

# One public row may stand beside every private one, on either side; more rows may not.
SELECT COUNT(*) FROM (SELECT MAX(district) AS m FROM areas) a CROSS JOIN visits v WHERE v.amount > a.m
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM areas CROSS JOIN visits
-- rejected join at «CROSS JOIN»: CROSS JOIN; join ON an equality of columns

# An equality with a constant, or of one table's columns, is none between the two.
SELECT COUNT(*) FROM visits v JOIN areas a ON a.district = 1
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN areas a ON 1 = v.district
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v JOIN areas a ON a.district = a.district
-- rejected join at «JOIN»: CROSS JOIN; join ON an equality of columns

# Rows that a public table multiplied stay multiplied, whichever side they stand on: no bounds are proven for their counts.
SELECT SUM(n) FROM (SELECT p.id, COUNT(*) AS n FROM (SELECT v.id FROM visits v JOIN areas a ON v.district = a.district) w JOIN people p ON w.id = p.id GROUP BY p.id)
-- rejected bounds at «SUM(n)»: aggregate of `n`; write CLAMP(x, lo, hi) around it

SELECT SUM(n) FROM (SELECT p.id, COUNT(*) AS n FROM people p JOIN (SELECT v.id FROM visits v JOIN areas a ON v.district = a.district) w ON w.id = p.id GROUP BY p.id)
-- rejected bounds at «SUM(n)»: aggregate of `n`; write CLAMP(x, lo, hi) around it

# Doubles stand in no private part, computed or not.
SELECT COUNT(*) FROM (SELECT a.x FROM visits v JOIN (SELECT district, CAST(district AS DOUBLE) AS x FROM areas) a ON v.district = a.district)
-- rejected total at «a.x»: floating point `a.x`; use integers or decimals below the release; compute with doubles above it

# Each sub-query's own column for the unit has a name of its own.
SELECT COUNT(*) FROM (SELECT p.id AS x, v.amount FROM visits v JOIN people p ON v.id = p.id) JOIN (SELECT p.id AS y, v.cost FROM visits v JOIN people p ON v.id = p.id) ON x = y
-- accepted: ε 1 of person
--   C 1, m 625, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 625.000

# A semi join keeps what is known of its rows.
SELECT COUNT(*) FROM (SELECT day, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq) AS r FROM stays s LEFT SEMI JOIN people p ON s.id = p.id) WHERE r = 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
