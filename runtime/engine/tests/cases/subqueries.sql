# Sub-queries: scalar, correlated, recursive, EXISTS, IN; releases inside and around them.

SELECT COUNT(*) FROM visits WHERE amount > (SELECT AVG(amount) FROM visits)
-- rejected subquery at «(SELECT AVG(amount) FROM visits)»: subquery in a private expression; use public tables alone in it, write unit IN (SELECT unit …), or compare above the release

SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM areas)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id)
-- rejected subquery at «(SELECT 1 FROM people p WHERE p.id = v.id)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.district = v.district)
-- rejected subquery at «(SELECT 1 FROM visits w WHERE w.district = v.district)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT a.area, (SELECT COUNT(*) FROM visits v WHERE v.district = a.district) FROM areas a
-- rejected subquery at «(SELECT COUNT(*) FROM visits v WHERE v.district = a.district…»: subquery in a private expression; join with a public table instead, or compare above the release

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r
-- rejected subquery at «WITH RECURSIVE»: WITH RECURSIVE; write the steps out

SELECT COUNT(*) FROM visits WHERE amount > (SELECT 3)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > (SELECT MAX(district) FROM areas)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > (SELECT COUNT(*) FROM visits)
-- rejected subquery at «(SELECT COUNT(*) FROM visits)»: subquery in a private expression; use public tables alone in it, write unit IN (SELECT unit …), or compare above the release

SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT district FROM areas)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT district FROM areas WHERE area = 'x')
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM areas a WHERE a.district = v.district)
-- rejected subquery at «(SELECT 1 FROM areas a WHERE a.district = v.district)»: subquery in a private expression; join with a public table instead, or compare above the release

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

WITH RECURSIVE r AS (SELECT COUNT(*) AS n FROM visits UNION ALL SELECT n - 1 FROM r WHERE n > 0) SELECT MAX(n) FROM r
-- rejected subquery at «WITH RECURSIVE»: WITH RECURSIVE; write the steps out

WITH RECURSIVE r AS (SELECT amount FROM visits UNION ALL SELECT amount FROM r) SELECT COUNT(*) FROM r
-- rejected subquery at «WITH RECURSIVE»: WITH RECURSIVE; write the steps out

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r
-- rejected subquery at «WITH RECURSIVE»: WITH RECURSIVE; write the steps out

WITH r AS (SELECT COUNT(*) AS n FROM visits) SELECT COUNT(*) FROM visits, r WHERE amount > n
-- rejected join at «FROM visits»: JOIN of a protected table with a released one; join released tables with each other, above the release

WITH r AS (SELECT COUNT(*) AS n FROM visits) SELECT COUNT(*) FROM visits JOIN r ON visits.amount = r.n
-- rejected join at «JOIN»: JOIN of a protected table with a released one; join released tables with each other, above the release

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
