# Recursion over released and public tables; nothing private may stand in it.

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r
-- accepted: nothing private

WITH RECURSIVE r AS (SELECT COUNT(*) AS n FROM visits UNION ALL SELECT n - 1 FROM r WHERE n > 0) SELECT MAX(n) FROM r
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH RECURSIVE r AS (SELECT amount FROM visits UNION ALL SELECT amount FROM r) SELECT COUNT(*) FROM r
-- rejected unit-locality at «WITH RECURSIVE»: WITH RECURSIVE over rows of a protected table; aggregate first: a recursion is over released and public tables

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r
-- accepted: nothing private

WITH RECURSIVE d AS (SELECT district, COUNT(*) AS n FROM visits GROUP BY district), r AS (SELECT district, n FROM d WHERE district = 1 UNION ALL SELECT d.district, r.n + d.n FROM r JOIN d ON d.district = r.district + 1) SELECT district, n FROM r
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

WITH RECURSIVE r(n, area) AS (SELECT district, area FROM areas UNION SELECT n + 1, area FROM r WHERE n < 9) SELECT COUNT(*) FROM visits v JOIN r ON v.amount = r.n
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount > (WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n * 2 FROM r WHERE n < 5) SELECT MAX(n) FROM r)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH RECURSIVE r AS (SELECT COUNT(*) AS n FROM visits UNION ALL SELECT n - 1 FROM r WHERE n > (SELECT COUNT(*) / 2 FROM visits)) SELECT n FROM r
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 3), b AS (SELECT n FROM a UNION ALL SELECT b.n + a.n FROM b JOIN a ON b.n = a.n WHERE b.n < 9) SELECT n FROM b
-- accepted: nothing private

WITH RECURSIVE r AS (SELECT area AS t FROM areas UNION SELECT LEFT(t || '/' || t, 20) FROM r) SELECT t FROM r
-- accepted: nothing private

# Rows of a person, in either term, or in one that the recursion decides.
WITH RECURSIVE r AS (SELECT id, amount FROM visits UNION ALL SELECT id, amount + 1 FROM r WHERE amount < 3) SELECT COUNT(*) FROM r
-- rejected unit-locality at «WITH RECURSIVE»: WITH RECURSIVE over rows of a protected table; aggregate first: a recursion is over released and public tables

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT v.amount FROM r JOIN visits v ON v.amount = r.n) SELECT COUNT(*) FROM r
-- rejected unit-locality at «WITH RECURSIVE»: WITH RECURSIVE with a release in its second term; release in the first term, or before: what is drawn there may be read again in the second

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT COUNT(*) FROM visits v JOIN r ON v.district = r.n) SELECT n FROM r
-- rejected unit-locality at «WITH RECURSIVE»: WITH RECURSIVE with a release in its second term; release in the first term, or before: what is drawn there may be read again in the second

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT COUNT(*) FROM visits WHERE amount > 3)) SELECT n FROM r
-- rejected unit-locality at «WITH RECURSIVE»: WITH RECURSIVE with a release in its second term; release in the first term, or before: what is drawn there may be read again in the second

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT COUNT(*) FROM visits WHERE amount > r.n)) SELECT n FROM r
-- rejected subquery at «(SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < (SELE…»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM visits v WHERE amount IN (WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < v.district) SELECT n FROM r)
-- rejected subquery at «(WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 F…»: correlated subquery; write EXISTS (SELECT 1 FROM t WHERE t.unit = outer.unit AND …), with the outer columns in that WHERE alone

# What the engine would find out only as it runs: it is named twice, or where it is read again and again.
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT a.n + b.n FROM r a JOIN r b ON a.n = b.n) SELECT n FROM r
-- rejected statement at «WITH RECURSIVE»: WITH RECURSIVE that names itself several times; name the recursion once, in FROM of its second term, outside other recursions

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT MAX(n) FROM r)) SELECT n FROM r
-- rejected statement at «WITH RECURSIVE»: WITH RECURSIVE that names itself several times; name the recursion once, in FROM of its second term, outside other recursions

WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT district FROM areas WHERE district < (SELECT MAX(n) FROM r)) SELECT n FROM r
-- rejected unknown-name at «n»: table `r`; name a dataset of the scenario

WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT x.n FROM (WITH RECURSIVE b AS (SELECT 1 AS n UNION ALL SELECT b.n + 1 FROM b JOIN a ON b.n = a.n) SELECT n FROM b) x WHERE x.n < 4) SELECT n FROM a
-- rejected statement at «WITH RECURSIVE»: WITH RECURSIVE that names itself several times; name the recursion once, in FROM of its second term, outside other recursions

WITH RECURSIVE x AS (SELECT n FROM (WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r)), r AS (SELECT n FROM x UNION ALL SELECT r.n + x.n FROM r JOIN x ON r.n = x.n WHERE r.n < 5) SELECT n FROM r
-- rejected statement at «WITH RECURSIVE»: WITH RECURSIVE that names itself several times; name the recursion once, in FROM of its second term, outside other recursions

# Texts that each round doubles.
WITH RECURSIVE r AS (SELECT area AS t FROM areas UNION ALL SELECT t || t FROM r) SELECT COUNT(*) FROM r
-- rejected size at «WITH RECURSIVE»: WITH RECURSIVE whose texts grow; cut it in each round: LEFT(a || b, n), with a constant n up to 1000

WITH RECURSIVE r AS (SELECT area AS t FROM areas UNION ALL SELECT CONCAT(t, t) FROM r) SELECT COUNT(*) FROM r
-- rejected size at «WITH RECURSIVE»: WITH RECURSIVE whose texts grow; cut it in each round: LEFT(a || b, n), with a constant n up to 1000

WITH RECURSIVE r AS (SELECT area AS t FROM areas UNION ALL SELECT encode(t, 'hex') FROM r) SELECT COUNT(*) FROM r
-- rejected size at «WITH RECURSIVE»: WITH RECURSIVE whose texts grow; cut it in each round: LEFT(a || b, n), with a constant n up to 1000

WITH RECURSIVE r AS (SELECT area AS t FROM areas UNION ALL SELECT string_agg(r.t, '') FROM r CROSS JOIN areas) SELECT COUNT(*) FROM r
-- rejected size at «WITH RECURSIVE»: WITH RECURSIVE whose texts grow; cut it in each round: LEFT(a || b, n), with a constant n up to 1000

WITH RECURSIVE r AS (SELECT area AS t FROM areas UNION ALL SELECT LEFT(t || t, 1001) FROM r) SELECT COUNT(*) FROM r
-- rejected size at «WITH RECURSIVE»: WITH RECURSIVE whose texts grow; cut it in each round: LEFT(a || b, n), with a constant n up to 1000

WITH RECURSIVE r AS (SELECT area AS t, 1 AS n FROM areas UNION ALL SELECT t, n + 1 FROM r WHERE LEFT(t, 3) || t <> 'a') SELECT COUNT(*) FROM r
-- rejected size at «WITH RECURSIVE»: WITH RECURSIVE whose texts grow; cut it in each round: LEFT(a || b, n), with a constant n up to 1000

WITH RECURSIVE r AS (SELECT area AS t, 1 AS n FROM areas UNION ALL SELECT string_agg(r.t, '') OVER (), n + 1 FROM r WHERE n < 9) SELECT COUNT(*) FROM r
-- rejected size at «WITH RECURSIVE»: WITH RECURSIVE whose texts grow; cut it in each round: LEFT(a || b, n), with a constant n up to 1000

# A text that is padded to the same length in each round does not grow.
WITH RECURSIVE r AS (SELECT area AS t, 1 AS n FROM areas UNION ALL SELECT LPAD(t, 9, '.'), n + 1 FROM r WHERE n < 9) SELECT COUNT(*) FROM r
-- accepted: nothing private
