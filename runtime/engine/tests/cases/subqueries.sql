# Sub-queries: scalar, correlated, EXISTS, IN; releases inside and around them.

SELECT COUNT(*) FROM visits WHERE amount > (SELECT AVG(amount) FROM visits)
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM areas)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.district = v.district)
-- rejected join at «FROM visits v»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT a.area, (SELECT COUNT(*) FROM visits v WHERE v.district = a.district) FROM areas a
-- rejected subquery at «(SELECT COUNT(*) FROM visits v WHERE v.district = a.district…»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM visits WHERE amount > (SELECT 3)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > (SELECT MAX(district) FROM areas)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > (SELECT COUNT(*) FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT district FROM areas)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT district FROM areas WHERE area = 'x')
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM areas a WHERE a.district = v.district)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE id IN (SELECT id FROM people)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE id NOT IN (SELECT id FROM people)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE id IN (SELECT id FROM firms)
-- rejected subquery at «(SELECT id FROM firms)»: subquery of another namespace; write unit IN (SELECT unit FROM a table of the same namespace)

SELECT COUNT(*) FROM visits v WHERE amount > (SELECT AVG(w.amount) FROM visits w WHERE w.id = v.id)
-- rejected subquery at «(SELECT AVG(w.amount) FROM visits w WHERE w.id = v.id)»: correlated subquery in a private expression; join with a public table, LEFT SEMI JOIN for EXISTS; or write unit IN (SELECT unit …)

SELECT COUNT(*) FROM visits v WHERE amount >= ALL (SELECT amount FROM visits)
-- rejected subquery at «(SELECT amount FROM visits)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT area FROM areas a WHERE EXISTS (SELECT 1 FROM visits v WHERE v.district = a.district)
-- rejected subquery at «(SELECT 1 FROM visits v WHERE v.district = a.district)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT area FROM areas a WHERE (SELECT COUNT(*) FROM visits v WHERE v.district = a.district) > 1
-- rejected subquery at «(SELECT COUNT(*) FROM visits v WHERE v.district = a.district…»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT area FROM areas WHERE district IN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 1)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT area, (SELECT COUNT(*) FROM visits) FROM areas
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT (SELECT COUNT(*) FROM visits), (SELECT COUNT(*) FROM visits)
-- rejected syntax at «SELECT»: statement; projections require unique expression names but the expression "(<subquery>)" at position 0 and "(<subquery>)" at position 1 have the same name. Consider aliasing ("AS") one of them

SELECT (SELECT COUNT(*) FROM visits), (SELECT COUNT(*) FROM people)
-- rejected syntax at «SELECT»: statement; projections require unique expression names but the expression "(<subquery>)" at position 0 and "(<subquery>)" at position 1 have the same name. Consider aliasing ("AS") one of them

SELECT CASE WHEN (SELECT COUNT(*) FROM visits) > 3 THEN (SELECT SUM(amount) FROM visits) ELSE 0 END
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

WITH r AS (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) SELECT SUM(n) FROM (SELECT n FROM r{{40 of  UNION ALL SELECT n FROM r}})
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

WITH r AS (SELECT COUNT(*) AS n FROM visits) SELECT a.n, b.n, c.n FROM r a, r b, r c
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH r AS (SELECT COUNT(*) AS n FROM visits) SELECT COUNT(*) FROM visits, r WHERE amount > n
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH r AS (SELECT COUNT(*) AS n FROM visits) SELECT COUNT(*) FROM visits JOIN r ON visits.amount = r.n
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH r AS (SELECT id FROM visits WHERE amount > 3) SELECT COUNT(*) FROM r JOIN people p ON r.id = p.id
-- accepted: ε 1 of person
--   C 1, m 25, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 25.000

WITH v AS (SELECT id, amount FROM visits) SELECT COUNT(*) FROM v a JOIN v b ON a.id = b.id
-- accepted: ε 1 of person
--   C 1, m 25, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 25.000

WITH a AS (WITH b AS (SELECT COUNT(*) AS n FROM visits) SELECT n FROM b) SELECT n FROM a
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT district, (SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM people)) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE (SELECT true)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount = (SELECT amount FROM visits LIMIT 1)
-- rejected order at «LIMIT 1»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM visits v CROSS JOIN (SELECT AVG(amount) AS mean FROM visits) m WHERE v.amount > m.mean
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH m AS (SELECT AVG(amount) AS mean FROM visits) SELECT district, COUNT(*) FROM visits WHERE amount > (SELECT mean FROM m) AND amount < (SELECT mean + 5 FROM m) GROUP BY district
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT COUNT(*) FROM visits v JOIN (SELECT district AS most FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) ORDER BY n DESC LIMIT 1) t ON v.district = t.most
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > (SELECT COUNT(*) / 2 FROM visits WHERE amount > (SELECT COUNT(*) / 3 FROM visits))
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(CLAMP(v.amount - CLAMP(m.n, 0, 100), -3, 3)) FROM visits v CROSS JOIN (SELECT COUNT(*) AS n FROM people) m
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   sum of clamp(v.amount - clamp(m.n, Int64(0), Int64(100)), Int64(-3), Int64(3)): laplace in [-3, 3], sensitivity 15.000

SELECT SUM(amount - (SELECT COUNT(*) FROM people)) FROM visits
-- rejected total at «(SELECT COUNT(*) FROM people)»: `visits.amount - (<subquery>)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits v JOIN (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) d ON v.district = d.district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > (SELECT n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE district = 1)
-- rejected subquery at «(SELECT n FROM (SELECT district, COUNT(*) AS n FROM visits G…»: scalar subquery that may have several rows; select one aggregate without GROUP BY, or LIMIT 1

SELECT COUNT(*) FROM visits WHERE note = (SELECT CAST(COUNT(*) AS TEXT) FROM visits)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

SELECT COUNT(*) FROM visits v CROSS JOIN (SELECT district FROM areas LIMIT 1) a WHERE v.district = a.district
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v LEFT JOIN (SELECT AVG(amount) AS mean FROM visits) m ON v.amount > m.mean
-- rejected join at «LEFT JOIN»: CROSS JOIN; join ON an equality of columns

SELECT ROUND(AVG(amount), 1) FROM visits WHERE id IN (SELECT id FROM visits WHERE amount > (SELECT AVG(amount) FROM visits))
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000

SELECT COUNT(*) FROM visits WHERE amount / 2 > (SELECT AVG(amount) FROM visits)
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(CLAMP(CAST(m.mean AS INT), 0, 5)) FROM visits v CROSS JOIN (SELECT AVG(amount) AS mean FROM visits) m
-- rejected total at «m.mean»: floating point `m.mean`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE CAST(amount AS DOUBLE) * 2 > (SELECT AVG(amount) FROM visits)
-- rejected total at «CAST(amount AS DOUBLE)»: floating point `CAST(visits.amount AS Float64) * CAST(Int64(2) AS Float64)`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE CAST(note AS DOUBLE) > (SELECT AVG(amount) FROM visits)
-- rejected total at «CAST(note AS DOUBLE)»: floating point `CAST(visits.note AS Float64)`; use integers or decimals below the release; compute with doubles above it

SELECT SUM(v.amount - m.n) FROM visits v CROSS JOIN (SELECT COUNT(*) AS n FROM people) m
-- rejected total at «v.amount - m.n»: `v.amount - m.n`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id AND p.age > v.amount)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.id = v.id AND w.amount > v.amount)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT * FROM areas a WHERE a.district = v.district)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE amount IN (SELECT w.amount + 1 FROM visits w WHERE w.id = v.id)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT w.amount FROM visits w WHERE w.id = v.id AND w.district <> v.district)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM firms f WHERE f.id = v.id)
-- rejected join at «FROM visits v»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT COUNT(*) FROM people p WHERE p.id = v.id)
-- rejected subquery at «(SELECT COUNT(*) FROM people p WHERE p.id = v.id)»: correlated subquery; write EXISTS (SELECT 1 FROM t WHERE t.unit = outer.unit AND …), with the outer columns in that WHERE alone

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id LIMIT 0)
-- rejected subquery at «(SELECT 1 FROM people p WHERE p.id = v.id LIMIT 0)»: correlated subquery; write EXISTS (SELECT 1 FROM t WHERE t.unit = outer.unit AND …), with the outer columns in that WHERE alone

SELECT COUNT(*) FROM visits WHERE EXISTS (SELECT 1 FROM visits w WHERE w.id = visits.id AND w.district = 2)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id AND 10 / (p.age - v.amount) > 1)
-- rejected total at «10 / (p.age - v.amount)»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id) OR v.amount > 3
-- rejected subquery at «(SELECT 1 FROM people p WHERE p.id = v.id)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM visits w WHERE w.id = v.id AND EXISTS (SELECT 1 FROM people p WHERE p.id = w.id AND p.age > v.amount))
-- rejected subquery at «(SELECT 1 FROM visits w WHERE w.id = v.id AND EXISTS (SELECT…»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM (SELECT id, SUM(amount) AS s FROM visits GROUP BY id) t WHERE t.id = v.id AND t.s > v.amount)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM areas a WHERE a.district < v.district)
-- rejected join at «FROM visits v»: CROSS JOIN; join ON an equality of columns

SELECT a.area FROM areas a WHERE EXISTS (SELECT 1 FROM visits v WHERE v.district = a.district)
-- rejected subquery at «(SELECT 1 FROM visits v WHERE v.district = a.district)»: subquery in a private expression; join with a public table instead, or compare above the release

# Released values in aggregates and keys: constants, of which nothing is known but their type.
SELECT SUM(CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN 1 ELSE 0 END) FROM visits
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   sum of CASE WHEN CAST(visits.amount AS Float64) > (<subquery>) THEN Int64(1) ELSE Int64(0) END: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FILTER (WHERE amount > (SELECT AVG(amount) FROM visits)), COUNT(*) FILTER (WHERE cost < (SELECT AVG(cost) FROM visits)) FROM visits
-- accepted: ε 0.999999996 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.cost - 2.75): laplace in [-2.75, 2.75], sensitivity 1375.000
--   C 1, m 5, 1 groups
--   count of rows where CAST(visits.amount AS Float64) > (<subquery>): laplace in [0, 1], sensitivity 5.000
--   count of rows where CAST(visits.cost AS Decimal128(22, 6)) < (<subquery>): laplace in [0, 1], sensitivity 5.000

SELECT amount > (SELECT AVG(amount) FROM visits) AS large, COUNT(*) FROM visits GROUP BY large
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 3, m 5, 3 groups by visits.amount > avg(visits.amount): 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT SUM(CLAMP(amount - (SELECT COUNT(*) / 8 FROM people), -3, 3)) FROM visits
-- rejected total at «(SELECT COUNT(*) / 8 FROM people)»: `visits.amount - (<subquery>)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT SUM((SELECT COUNT(*) FROM people)) FROM visits
-- rejected bounds at «(SELECT COUNT(*) FROM people)»: aggregate of `(<subquery>)`; write CLAMP(x, lo, hi) around it

SELECT SUM(CLAMP((SELECT COUNT(*) FROM people), 0, 9)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   sum of clamp((<subquery>), Int64(0), Int64(9)): laplace in [0, 9], sensitivity 45.000

SELECT MEDIAN(CLAMP((SELECT COUNT(*) FROM people), 0, 9)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of clamp((<subquery>), Int64(0), Int64(9)) in 10 bins: laplace in [0, 1], sensitivity 5.000

SELECT AVG((SELECT AVG(amount) FROM visits)) FROM visits
-- rejected total at «(SELECT AVG(amount) FROM visits)»: floating point `(<subquery>)`; use integers or decimals below the release; compute with doubles above it

SELECT (SELECT COUNT(*) FROM people) AS k, COUNT(*) FROM visits GROUP BY k
-- rejected keys at «GROUP BY k»: GROUP BY `count(*)`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT SUM(CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN 1 ELSE 0 END) FROM visits GROUP BY ROLLUP (district)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   sum of CASE WHEN CAST(visits.amount AS Float64) > (<subquery>) THEN Int64(1) ELSE Int64(0) END: laplace in [0, 1], sensitivity 5.000
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   sum of CASE WHEN CAST(visits.amount AS Float64) > (<subquery>) THEN Int64(1) ELSE Int64(0) END: laplace in [0, 1], sensitivity 15.000

SELECT SUM(large) FROM (SELECT CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN 1 ELSE 0 END AS large FROM visits)
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   sum of large: laplace in [0, 1], sensitivity 5.000

SELECT SUM(n) FROM (SELECT id, COUNT(*) FILTER (WHERE amount > (SELECT AVG(amount) FROM visits)) AS n FROM visits GROUP BY id)
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 1, 1 groups
--   sum of n: laplace in [0, 5], sensitivity 5.000

SELECT SUM(CASE WHEN amount > (SELECT MAX(district) FROM areas) THEN 1 ELSE 0 END) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CASE WHEN visits.amount > (<subquery>) THEN Int64(1) ELSE Int64(0) END: laplace in [0, 1], sensitivity 5.000

SELECT SUM(CASE WHEN amount > (SELECT amount FROM visits LIMIT 1) THEN 1 ELSE 0 END) FROM visits
-- rejected order at «LIMIT 1»: LIMIT below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT SUM(CASE WHEN amount > (SELECT district FROM areas) THEN 1 ELSE 0 END) FROM visits
-- rejected subquery at «(SELECT district FROM areas)»: scalar subquery that may have several rows; select one aggregate without GROUP BY, or LIMIT 1

SELECT SUM(CASE WHEN amount > (SELECT AVG(w.amount) FROM visits w WHERE w.id = v.id) THEN 1 ELSE 0 END) FROM visits v
-- rejected subquery at «(SELECT AVG(w.amount) FROM visits w WHERE w.id = v.id)»: correlated subquery in a private expression; join with a public table, LEFT SEMI JOIN for EXISTS; or write unit IN (SELECT unit …)

SELECT SUM(CASE WHEN district IN (SELECT district FROM areas) THEN 1 ELSE 0 END) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CASE WHEN CASE visits.district IN (<subquery>) WHEN Boolean(true) THEN Boolean(true) WHEN Boolean(false) THEN Boolean(false) END THEN Int64(1) ELSE Int64(0) END: laplace in [0, 1], sensitivity 5.000

SELECT SUM(x) FROM (SELECT CASE WHEN district IN (SELECT district FROM areas) THEN 1 ELSE 0 END AS x FROM visits)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of x: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > 3 OR district IN (SELECT district FROM areas)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(CASE WHEN EXISTS (SELECT 1 FROM areas) THEN 1 ELSE 0 END) FROM visits
-- rejected subquery at «(SELECT 1 FROM areas)»: subquery in a private expression; join with a public table instead, or compare above the release

# NOT IN that names the outer row: no row of the table may be equal, or null.
SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT a.district FROM areas a WHERE a.district = v.district)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE NOT (amount IN (SELECT w.free FROM visits w WHERE w.id = v.id))
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT w.free FROM visits w WHERE w.district = v.district)
-- rejected join at «FROM visits v»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

SELECT COUNT(*) FROM visits v WHERE id NOT IN (SELECT w.id FROM visits w WHERE w.id = v.id AND w.district <> v.district)
-- rejected subquery at «(SELECT w.id FROM visits w WHERE w.id = v.id AND w.district …»: correlated subquery; write unit IN (SELECT unit FROM a table of the same namespace)

SELECT COUNT(*) FROM visits v WHERE NOT (id IN (SELECT w.id FROM visits w WHERE w.id = v.id AND w.district <> v.district))
-- rejected subquery at «(SELECT w.id FROM visits w WHERE w.id = v.id AND w.district …»: correlated subquery; write unit IN (SELECT unit FROM a table of the same namespace)

SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT a.district FROM areas a WHERE a.district < v.district)
-- rejected join at «FROM visits v»: CROSS JOIN; join ON an equality of columns

SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT 10 / w.free FROM visits w WHERE w.id = v.id)
-- rejected total at «10 / w.free»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT f.age FROM firms f WHERE f.id = v.id)
-- rejected join at «FROM visits v»: JOIN of protected tables; join tables of one namespace ON a.unit = b.unit, the declared unit of both

# What is read for a release is the same where the release is: it runs and is paid once.
WITH r AS (SELECT COUNT(*) AS n FROM visits WHERE amount > (SELECT AVG(amount) FROM visits)) SELECT a.n, b.n FROM r a, r b
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH r AS (SELECT v.district, COUNT(*) AS n FROM visits v JOIN areas a ON v.district = a.district GROUP BY v.district) SELECT x.n, y.n FROM r x JOIN r y ON x.district = y.district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by v.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

WITH RECURSIVE d AS (SELECT v.district, COUNT(*) AS n FROM visits v JOIN areas a ON v.district = a.district GROUP BY v.district), r AS (SELECT district, n FROM d WHERE district = 1 UNION ALL SELECT d.district, r.n + d.n FROM r JOIN d ON d.district = r.district + 1) SELECT district, n FROM r
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by v.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

# Above a release too: the engine makes no plan of it.
SELECT district IN (SELECT district FROM areas) AS listed, n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district)
-- rejected subquery at «district»: IN or EXISTS outside WHERE; ask it in WHERE; or LEFT JOIN the table, and whether its column is null

SELECT CASE WHEN EXISTS (SELECT 1 FROM areas a WHERE a.district = d.district) THEN n ELSE 0 END AS n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) d
-- rejected subquery at «n»: IN or EXISTS outside WHERE; ask it in WHERE; or LEFT JOIN the table, and whether its column is null

SELECT n > ALL (SELECT district FROM areas) AS most FROM (SELECT COUNT(*) AS n FROM visits)
-- rejected subquery at «SELECT»: IN or EXISTS outside WHERE; ask it in WHERE; or LEFT JOIN the table, and whether its column is null

SELECT x.n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) x JOIN areas a ON x.district = a.district AND a.district IN (SELECT district FROM areas)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT district, n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 1 OR district IN (SELECT district FROM areas)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

# IN of an IN doubles what it is asked of, and a mark within it would have no nulls.
SELECT COUNT(*) FROM visits WHERE (amount IN (SELECT district FROM areas)) IN (SELECT area = 'x' FROM areas) OR free = 1
-- rejected subquery at «amount IN (SELECT district FROM areas)) IN (SELECT area = 'x…»: IN within an IN; select it under a name in a subquery, and ask of that name

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note IN (SELECT note FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) ORDER BY n DESC LIMIT 3)
-- accepted: ε 0.999999999 of person, δ 0.000001
--   C 5, m 5, threshold 223 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note NOT IN (SELECT note FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) ORDER BY n DESC LIMIT 1000)
-- accepted: ε 0.999999999 of person, δ 0.000001
--   C 5, m 5, threshold 223 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note IN (SELECT note FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) ORDER BY n DESC LIMIT 1001)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

SELECT COUNT(*) FROM visits WHERE note IN (SELECT note FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) WHERE n > 100)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 100)
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) UNION ALL SELECT n FROM (SELECT COUNT(*) AS n FROM people))
-- accepted: ε 0.999999999 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount IN (SELECT n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY ROLLUP(district)))
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount IN (SELECT SUM(n) FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) GROUP BY ROLLUP(district))
-- rejected subquery at «amount»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

SELECT v.district, COUNT(*) FROM visits v JOIN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) ORDER BY n DESC LIMIT 2) t ON v.district = t.district GROUP BY v.district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 3, m 5, 3 groups by v.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT COUNT(*) FROM visits v JOIN (SELECT note FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) ORDER BY n DESC LIMIT 2) t ON v.note = t.note
-- rejected join at «v.note = t.note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

SELECT COUNT(*) FROM visits v JOIN (SELECT a.district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) a JOIN (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) b ON a.n > b.n) t ON v.district = t.district
-- rejected join at «v.district = t.district»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note IN (SELECT REPEAT(note, 9) FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) ORDER BY n DESC LIMIT 3)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note IN (SELECT CASE WHEN n > 5 THEN 'many' ELSE note END FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) LIMIT 3)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note IN (SELECT STRING_AGG(note, ',') FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note))
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note IN (SELECT note AS k FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) UNION ALL SELECT area FROM areas LIMIT 5)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note IN (SELECT LAG(note || 'a') OVER (ORDER BY n) FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) LIMIT 3)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

-- with delta=1e-6
SELECT COUNT(*) FROM visits WHERE note IN (SELECT note AS k FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) UNION ALL SELECT column1 FROM (VALUES ('abc')) LIMIT 5)
-- rejected subquery at «note»: released table in a private part; use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release

# Dates and truth values are as long as they are, and may stand beside private rows.
SELECT COUNT(*) FROM stays s JOIN (SELECT DATE '2020-05-01' AS day, COUNT(*) > 9 AS much FROM visits) r ON s.day = r.day AND r.much
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

# Where no subquery is run before: in the order of a window, and in the condition of a join.
SELECT COUNT(*) FROM (SELECT id, RANK() OVER (PARTITION BY id ORDER BY (SELECT amount FROM visits LIMIT 1)) AS r FROM visits) WHERE r = 1
-- rejected subquery at «(SELECT amount FROM visits LIMIT 1)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM (SELECT id, RANK() OVER (PARTITION BY id ORDER BY (SELECT COUNT(*) FROM people)) AS r FROM visits) WHERE r = 1
-- rejected subquery at «(SELECT COUNT(*) FROM people)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id AND (SELECT true FROM firms LIMIT 1)
-- rejected subquery at «(SELECT true FROM firms LIMIT 1)»: subquery in a private expression; join with a public table instead, or compare above the release

# Above a release a subquery may name the outer row, unless what it reads is released for each.
SELECT area FROM areas a WHERE EXISTS (SELECT 1 FROM areas b WHERE b.district = a.district + 1)
-- accepted: nothing private

SELECT area FROM areas a WHERE (SELECT MAX(r.n) FROM (SELECT COUNT(*) AS n FROM visits) r WHERE r.n > a.district) > 1
-- rejected subquery at «(SELECT MAX(r.n) FROM (SELECT COUNT(*) AS n FROM visits) r W…»: correlated subquery; a release cannot refer to the outer query; release first, then join

SELECT area FROM areas a WHERE EXISTS (SELECT 1 FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) r WHERE r.district = a.district AND r.n > 3)
-- rejected subquery at «(SELECT 1 FROM (SELECT district, COUNT(*) AS n FROM visits G…»: correlated subquery; a release cannot refer to the outer query; release first, then join
