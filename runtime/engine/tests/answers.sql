# what the row table must be, at a loss so large that the noise is nothing | statement
# One table after another: UNION ALL, CTEs used twice.
14 | SELECT COUNT(*) FROM (SELECT amount FROM visits UNION ALL SELECT amount FROM visits)
11 | SELECT COUNT(*) FROM (SELECT id, amount FROM visits UNION ALL SELECT id, age FROM people)
4 | SELECT COUNT(DISTINCT id) FROM (SELECT id FROM visits UNION ALL SELECT id FROM people)
274 | SELECT SUM(x) FROM (SELECT amount AS x FROM visits UNION ALL SELECT age FROM people)
1,4;2,1;3,2 | SELECT d, COUNT(*) FROM (SELECT id, district AS d FROM visits UNION ALL SELECT id, 1 FROM people WHERE age > 200) GROUP BY d ORDER BY d
9 | WITH x AS (SELECT id, amount FROM visits WHERE amount > 3) SELECT COUNT(*) FROM (SELECT id, amount FROM x UNION ALL SELECT id, age FROM people UNION ALL SELECT id, amount FROM x WHERE amount > 9)
5 | SELECT COUNT(*) FROM (SELECT v.amount FROM visits v JOIN people p ON v.id = p.id WHERE p.age < 100 UNION ALL SELECT age FROM people WHERE age = 1)
5 | WITH x AS (SELECT id, amount FROM visits WHERE amount > 2) SELECT COUNT(*) FROM x a JOIN (SELECT DISTINCT id FROM x) b ON a.id = b.id WHERE a.amount > 1 OR a.amount IS NULL
# Aggregates of one unit's rows.
1,2;2,1;3,1 | SELECT n, COUNT(*) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY id) WHERE n < 4 GROUP BY n HAVING COUNT(*) > 0 ORDER BY n
7 | SELECT SUM(n) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY id)
31 | SELECT SUM(s) FROM (SELECT id, SUM(amount) AS s FROM visits GROUP BY id)
13.60 | SELECT SUM(s) FROM (SELECT id, SUM(cost) AS s FROM visits GROUP BY id)
26 | SELECT SUM(most) FROM (SELECT id, MAX(amount) AS most FROM visits GROUP BY id)
17 | SELECT SUM(least) FROM (SELECT id, MIN(amount) AS least FROM visits GROUP BY id)
2 | SELECT COUNT(*) FROM (SELECT id FROM visits GROUP BY id HAVING COUNT(*) > 1)
5 | SELECT COUNT(*) FROM (SELECT id, district, COUNT(*) AS n FROM visits GROUP BY id, district)
2 | SELECT SUM(n) FROM (SELECT id, COUNT(DISTINCT district) AS n FROM visits GROUP BY id) WHERE n > 1
4 | SELECT SUM(n) FROM (SELECT id, COUNT(*) FILTER (WHERE amount > 3) AS n FROM visits GROUP BY id)
4 | SELECT COUNT(*) FROM (SELECT MAX(note) AS m FROM visits GROUP BY id) WHERE m < 'z'
false,3;true,1 | SELECT regular, COUNT(*) FROM (SELECT COUNT(*) > 2 AS regular FROM visits GROUP BY id) GROUP BY regular ORDER BY 1
3 | SELECT COUNT(*) FROM visits v JOIN (SELECT id, COUNT(*) AS n FROM visits GROUP BY id) c ON v.id = c.id WHERE c.n = 3
0,3;1,1 | SELECT half, COUNT(*) FROM (SELECT SUM(amount) / 10 AS half FROM visits GROUP BY id) WHERE half < 2 GROUP BY half HAVING COUNT(*) > 0 ORDER BY 1
2 | SELECT SUM(CLAMP(n, 0, 10)) FROM (SELECT v.id, COUNT(*) AS n FROM visits v JOIN areas a ON v.district = a.district WHERE a.area = 'south' GROUP BY v.id)
# DISTINCT with the unit.
4 | SELECT COUNT(*) FROM (SELECT DISTINCT id FROM visits)
1,2;2,1;3,1 | SELECT district, COUNT(*) FROM (SELECT DISTINCT id, district FROM visits) GROUP BY district ORDER BY 1
10 | SELECT SUM(amount) FROM (SELECT DISTINCT ON (id) id, amount FROM visits WHERE district = 3 ORDER BY id, amount DESC)
4 | SELECT COUNT(*) FROM (SELECT DISTINCT ON (id) id FROM visits)
17 | SELECT SUM(amount) FROM (SELECT DISTINCT ON (id) amount FROM visits ORDER BY id, amount ASC NULLS LAST)
4 | SELECT COUNT(*) FROM (SELECT id FROM visits UNION SELECT id FROM people)
# What the rest of a partition fixes.
4 | SELECT COUNT(*) FROM (SELECT DISTINCT ON (id, n) id, n, m FROM (SELECT id, COUNT(*) AS n, MAX(amount) AS m FROM visits GROUP BY id) ORDER BY id, n, m)
4 | SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id, n ORDER BY m) AS r FROM (SELECT id, COUNT(*) AS n, MAX(amount) AS m FROM visits GROUP BY id)) WHERE r = 1
5 | SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY n + 1, district, id ORDER BY n) AS r FROM (SELECT id, district, COUNT(*) AS n FROM visits GROUP BY id, district)) WHERE r = 1
# Windows over one unit's rows.
26 | SELECT SUM(amount) FROM (SELECT amount, ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount DESC NULLS LAST) AS r FROM visits) WHERE r = 1
1,4;2,2;3,1 | SELECT r, COUNT(*) FROM (SELECT CAST(ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) AS BIGINT) AS r FROM visits) WHERE r <= 3 GROUP BY r HAVING COUNT(*) > 0 ORDER BY r
4 | SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY amount DESC NULLS LAST) AS r FROM visits) WHERE r = 1
6 | SELECT COUNT(*) FROM (SELECT DENSE_RANK() OVER (PARTITION BY id ORDER BY note) AS r FROM visits) WHERE r = 1 AND r < 2
31 | SELECT SUM(CLAMP(s, 0, 50)) FROM (SELECT SUM(amount) OVER (PARTITION BY id) AS s, ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) AS r, amount FROM visits) WHERE r = 1
1 | SELECT COUNT(*) FROM (SELECT amount - LAG(amount) OVER (PARTITION BY id ORDER BY amount) AS rise FROM visits) WHERE rise = 1
2 | SELECT COUNT(*) FROM (SELECT LEAD(amount, 1, 0) OVER (PARTITION BY id ORDER BY amount, district) AS x FROM visits) WHERE x BETWEEN 4 AND 10
7 | SELECT COUNT(*) FROM (SELECT FIRST_VALUE(amount) OVER (PARTITION BY id ORDER BY amount NULLS FIRST) AS f FROM visits) WHERE f IS NULL OR f > 1
7 | SELECT COUNT(*) FROM (SELECT LAST_VALUE(note) OVER (PARTITION BY id ORDER BY note) AS f FROM visits) WHERE f IS NOT NULL
3 | SELECT COUNT(*) FROM (SELECT COUNT(*) OVER (PARTITION BY id) AS n FROM visits) WHERE n = 3
3 | SELECT COUNT(*) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY amount, note ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM visits) WHERE s IN (12, 7)
# Subqueries.
6 | SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM areas)
1 | SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT district FROM areas)
0 | SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT NULLIF(district, 3) FROM areas)
2 | SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM areas WHERE area = 'south') OR amount > 20
2 | SELECT COUNT(*) FROM visits v JOIN areas a ON v.district = a.district JOIN (SELECT district FROM areas WHERE area = 'south') b ON v.district = b.district
3 | SELECT COUNT(*) FROM visits WHERE amount > (SELECT MAX(district) + 1 FROM areas)
7 | SELECT COUNT(*) FROM visits WHERE (SELECT MAX(district) FROM areas WHERE district > 9) IS NULL
false,2;true,4;,0 | SELECT big, COUNT(*) FROM (SELECT amount > (SELECT MAX(district) FROM areas) AS big FROM visits WHERE amount IS NOT NULL) GROUP BY big ORDER BY big
3 | SELECT COUNT(*) FROM visits WHERE id IN (SELECT id FROM people WHERE age > 100)
4 | SELECT COUNT(*) FROM visits WHERE id NOT IN (SELECT id FROM people WHERE age > 100)
3 | SELECT COUNT(*) FROM visits WHERE id IN (SELECT id FROM visits GROUP BY id HAVING COUNT(*) > 2)
6 | SELECT COUNT(*) FROM visits v LEFT SEMI JOIN (SELECT id FROM visits WHERE amount > 3) w ON v.id = w.id WHERE v.district <> 9
4 | SELECT COUNT(*) FROM visits v LEFT ANTI JOIN people p ON v.id = p.id AND p.age > 100
# Total expressions.
0,5;1,1 | SELECT amount / 10 AS t, COUNT(*) FROM visits WHERE amount IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 0 ORDER BY 1
0,3;1,3;,0 | SELECT amount % 2 AS odd, COUNT(*) FROM visits WHERE amount IS NOT NULL GROUP BY 1 ORDER BY 1
4 | SELECT COUNT(*) FROM visits WHERE free % 2 = 1 AND -(free % 3) <= 0
13 | SELECT SUM(abs(amount - 5)) FROM visits
42 | SELECT SUM(GREATEST(amount, 5)) FROM visits
29 | SELECT SUM(LEAST(amount, 5)) FROM visits
31 | SELECT SUM(NVL(amount, 0)) FROM visits
3 | SELECT COUNT(*) FROM visits WHERE note ~ '^a$'
4 | SELECT COUNT(*) FROM visits WHERE note !~* 'A{1,2}'
3 | SELECT COUNT(*) FROM visits WHERE regexp_like(note, '[c-z]')
3 | SELECT COUNT(*) FROM visits WHERE substr(note, 1, 1) = 'a'
3 | SELECT COUNT(*) FROM visits WHERE left(note, 1) || right(note, 1) = 'aa'
3 | SELECT COUNT(*) FROM visits WHERE concat(note, '-', note) = 'a-a' AND strpos(note, 'a') = 1
3 | SELECT COUNT(*) FROM visits WHERE initcap(reverse(note)) = 'A' AND split_part(note, ',', 1) = 'a'
3 | SELECT COUNT(*) FROM visits WHERE contains(note, 'a') AND ends_with(note, 'a') AND octet_length(note) = 1
7 | SELECT COUNT(*) FROM visits WHERE CAST(district AS VARCHAR) <> '7' AND TRY_CAST(note AS INT) IS NULL
1,7 | SELECT character_length(note) AS n, COUNT(*) FROM visits GROUP BY 1 HAVING COUNT(*) > 0 ORDER BY 1
# Dates and timestamps within declared bounds. 18660 is 2021-02-02.
2020,0;2021,6;2022,1;2023,0 | SELECT EXTRACT(YEAR FROM day) AS y, COUNT(*) FROM stays GROUP BY y ORDER BY y
4 | SELECT COUNT(*) FROM stays WHERE day - INTERVAL '1 month' < DATE '2021-01-03'
3 | SELECT COUNT(*) FROM stays WHERE day + INTERVAL '1 day' > DATE '2021-02-03'
4 | SELECT COUNT(*) FROM stays WHERE date_trunc('month', at) = TIMESTAMP '2021-02-01 00:00:00'
4 | SELECT COUNT(*) FROM stays WHERE date_trunc('year', day) = TIMESTAMP '2021-01-01 00:00:00' AND date_part('month', at + INTERVAL '90 minutes') = 2
7 | SELECT COUNT(*) FROM (SELECT id, MIN(day) AS first FROM stays GROUP BY id) a JOIN stays s ON a.id = s.id WHERE s.day >= a.first
2490 | SELECT SUM(day - DATE '2020-01-01') FROM stays WHERE seq = 0 OR seq = 2
4 | SELECT COUNT(*) FROM stays WHERE CAST(at AS DATE) = DATE '2021-02-02' AND TRY_CAST(at AS DATE) = day
# Columns that are unique within a unit make an order total.
4 | SELECT COUNT(*) FROM (SELECT day, at, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq) AS r FROM stays) WHERE r = 1 AND day < DATE '2021-02-03' AND at IS NOT NULL
3 | SELECT COUNT(*) FROM (SELECT day, LAG(day) OVER (PARTITION BY id ORDER BY seq) AS before FROM stays) WHERE before < day
4 | SELECT COUNT(*) FROM (SELECT DISTINCT ON (id) id, day, at FROM stays ORDER BY id, seq DESC)
# Several releases in one statement.
7,8 | SELECT a.n, b.n FROM (SELECT COUNT(*) AS n FROM visits) a CROSS JOIN (SELECT SUM(n) + 1 AS n FROM (SELECT COUNT(*) AS n FROM visits GROUP BY id)) b
4;7 | SELECT COUNT(*) AS n FROM visits UNION ALL SELECT COUNT(*) FROM people ORDER BY n
# Released values as constants in later private parts.
2 | SELECT COUNT(*) FROM visits WHERE amount > (SELECT AVG(amount) FROM visits)
2 | SELECT COUNT(*) FROM visits v CROSS JOIN (SELECT AVG(amount) AS mean FROM visits) m WHERE v.amount > m.mean
3 | SELECT COUNT(*) FROM visits v JOIN (SELECT district AS most FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) ORDER BY n DESC LIMIT 1) t ON v.district = t.most
5 | SELECT COUNT(*) FROM visits WHERE amount > (SELECT COUNT(*) / 2 FROM visits WHERE amount > (SELECT COUNT(*) / 3 FROM visits))
4 | SELECT SUM(CLAMP(v.amount - CLAMP(m.n, 0, 100), -3, 3)) FROM visits v CROSS JOIN (SELECT COUNT(*) AS n FROM people) m
# A unit's own sum in each group, held to closer bounds than its rows.
1,12;2,0;3,7 | SELECT district, SUM(CLAMP(s, 0, 7)) FROM (SELECT id, district, SUM(amount) AS s FROM visits GROUP BY id, district) GROUP BY district ORDER BY 1
# EXISTS and IN that name the outer row.
5 | SELECT COUNT(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.id = v.id AND w.amount > v.amount)
2 | SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM visits w WHERE w.id = v.id AND w.amount > v.amount)
1 | SELECT COUNT(*) FROM visits v WHERE amount IN (SELECT w.amount + 1 FROM visits w WHERE w.id = v.id)
3 | SELECT COUNT(*) FROM visits WHERE EXISTS (SELECT 1 FROM visits w WHERE w.id = visits.id AND w.district = 2)
4 | SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM (SELECT id, SUM(amount) AS s FROM visits GROUP BY id) t WHERE t.id = v.id AND t.s > v.amount)
# Histograms.
0,0;1,0;2,2;3,2;4,1;5,0;6,1;,1 | SELECT WIDTH_BUCKET(amount, 0, 10, 5) AS b, COUNT(*) FROM visits GROUP BY b ORDER BY b NULLS LAST
0,0;1,3;2,2;3,1;4,0;5,1 | SELECT WIDTH_BUCKET(cost, 0, 5, 4) AS b, COUNT(*) FROM visits GROUP BY b ORDER BY b
# Orders that come to the same column twice, unions of windows, windows over joins.
26 | SELECT SUM(amount) FROM (SELECT DISTINCT ON (id) id, amount FROM visits ORDER BY id, amount DESC NULLS LAST, amount)
26 | SELECT SUM(a) FROM (SELECT DISTINCT ON (id) id, a FROM (SELECT id, amount AS a, amount AS b FROM visits) ORDER BY id, a DESC NULLS LAST, b)
8 | SELECT COUNT(*) FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY district, amount, cost, free, note) AS n FROM visits UNION ALL SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY age) FROM people) WHERE n = 1
3 | SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY district, amount, cost, free, note) AS n FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.id = v.id AND w.district = 3)) WHERE n = 1
3 | SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY district, amount, cost, free, note) AS n FROM visits WHERE id NOT IN (SELECT id FROM visits WHERE district = 3)) WHERE n = 1
1 | SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY district, amount, cost, free, note) AS n FROM visits WHERE id IN (SELECT id FROM visits WHERE district = 3)) WHERE n = 1
# Sums beside means, made of what the means are made of.
6,31,5.17 | SELECT COUNT(amount), SUM(amount), ROUND(AVG(amount), 2) FROM visits
13.60,1.940000 | SELECT SUM(cost), ROUND(AVG(cost), 2) FROM visits
1,12,4.0;2,0,;3,12,6.0 | SELECT district, SUM(amount), ROUND(AVG(amount), 2) FROM visits GROUP BY district ORDER BY district
5.17,24,5,7 | SELECT ROUND(AVG(amount), 2), SUM(CLAMP(free, 0, 10)), COUNT(CLAMP(free, 0, 10)), COUNT(district) FROM visits
# Texts that grow by constants alone; decimals divided and rounded; means of each unit.
2 | SELECT COUNT(*) FROM visits WHERE REPLACE(note, 'a', 'bc') = 'bc' AND amount < 5
3 | SELECT COUNT(*) FROM visits WHERE TRANSLATE(note, 'ac', 'x') = 'x'
3 | SELECT COUNT(*) FROM visits WHERE LPAD(note, 5, '0') = '0000a' AND RPAD(note, 3) = 'a  ' AND REPEAT(note, 3) = 'aaa'
3 | SELECT COUNT(*) FROM visits WHERE CONCAT_WS('-', note, 'x', note) = 'a-x-a' AND ASCII(note) = 97
6 | SELECT SUM(NVL2(amount, 1, 0)) FROM visits
2 | SELECT COUNT(*) FROM visits WHERE cost / 2 = 0.75 OR cost / -0.3 = -1.666666
12.00 | SELECT SUM(FLOOR(cost)) FROM visits
16.00 | SELECT SUM(CEIL(cost)) FROM visits
2 | SELECT COUNT(*) FROM (SELECT id, AVG(cost) AS mean FROM visits GROUP BY id) WHERE mean IN (2, 3)
2 | SELECT COUNT(*) FROM (SELECT id, AVG(CAST(amount AS DECIMAL(18, 0))) AS mean FROM visits GROUP BY id) WHERE mean IN (3.5, 7)
# Recursion over released and public tables.
1;2;3;4;5 | WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r ORDER BY n
1,3;2,4;3,6 | WITH RECURSIVE d AS (SELECT district, COUNT(*) AS n FROM visits GROUP BY district), r AS (SELECT district, n FROM d WHERE district = 1 UNION ALL SELECT d.district, r.n + d.n FROM r JOIN d ON d.district = r.district + 1) SELECT district, n FROM r ORDER BY district
9 | WITH RECURSIVE r(n, area) AS (SELECT district, area FROM areas UNION SELECT n + 1, area FROM r WHERE n < 9) SELECT COUNT(*) FROM visits v JOIN r ON v.amount = r.n
1 | SELECT COUNT(*) FROM visits WHERE amount > (WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n * 2 FROM r WHERE n < 5) SELECT MAX(n) FROM r)
3;4;5;6;7 | WITH RECURSIVE r AS (SELECT COUNT(*) AS n FROM visits UNION ALL SELECT n - 1 FROM r WHERE n > (SELECT COUNT(*) / 2 FROM visits)) SELECT n FROM r ORDER BY n
1;2;2;3;4;4;6 | WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 3), b AS (SELECT n FROM a UNION ALL SELECT b.n + a.n FROM b JOIN a ON b.n = a.n WHERE b.n < 9) SELECT n FROM b ORDER BY n
6 | WITH RECURSIVE r AS (SELECT area AS t FROM areas UNION SELECT LEFT(t || '/' || t, 20) FROM r) SELECT COUNT(*) FROM r
1;2;3;3 | WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT x.n + 1 FROM (WITH RECURSIVE b AS (SELECT n FROM a WHERE n < 3 UNION ALL SELECT n + 1 FROM b WHERE n = 1) SELECT n FROM b) x) SELECT n FROM a ORDER BY n
# Released values in aggregates and keys.
2,17 | SELECT SUM(CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN 1 ELSE 0 END), SUM(amount) FILTER (WHERE amount > (SELECT AVG(amount) FROM visits)) FROM visits
false,4;true,2;,1 | SELECT amount > (SELECT AVG(amount) FROM visits) AS large, COUNT(*) FROM visits GROUP BY large ORDER BY large NULLS LAST
4 | SELECT SUM(CLAMP(amount - CLAMP((SELECT COUNT(*) FROM people), 0, 100), -3, 3)) FROM visits
28 | SELECT SUM(CLAMP((SELECT COUNT(*) FROM people), 0, 9)) FROM visits
2 | SELECT SUM(large) FROM (SELECT CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN 1 ELSE 0 END AS large FROM visits)
2 | SELECT SUM(n) FROM (SELECT id, COUNT(*) FILTER (WHERE amount > (SELECT AVG(amount) FROM visits)) AS n FROM visits GROUP BY id)
1,0;2,0;3,1 | SELECT district, SUM(CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN 1 ELSE 0 END) FROM visits GROUP BY district ORDER BY district
6 | SELECT SUM(CASE WHEN 4 > (SELECT MAX(district) FROM areas) THEN 1 ELSE 0 END) FROM visits WHERE amount > 0
# NOT IN that names the outer row: nulls on either side keep a row out, but where there is nothing to be in.
6 | SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT a.district FROM areas a WHERE a.district = v.district)
7 | SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT a.district FROM areas a WHERE a.district = v.district AND a.area = 'x')
2 | SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT w.free FROM visits w WHERE w.id = v.id)
2 | SELECT COUNT(*) FROM visits v WHERE NOT (amount IN (SELECT w.free FROM visits w WHERE w.id = v.id))
4 | SELECT COUNT(*) FROM visits v WHERE amount NOT IN (SELECT w.amount FROM visits w WHERE w.id = v.id AND w.district <> v.district)
# The median of one unit's decimals.
6.60 | SELECT SUM(m) FROM (SELECT id, MEDIAN(cost) AS m FROM visits GROUP BY id)
21.5 | SELECT SUM(m) FROM (SELECT id, MEDIAN(CAST(amount AS DECIMAL(18, 1))) AS m FROM visits GROUP BY id)
21 | SELECT SUM(m) FROM (SELECT id, MEDIAN(CAST(amount AS DECIMAL(18, 0))) AS m FROM visits GROUP BY id)
1 | SELECT COUNT(*) FROM (SELECT id, district, MEDIAN(cost) FILTER (WHERE amount > 3) AS m FROM visits GROUP BY id, district) WHERE m IS NULL
# Dates as texts.
2 | SELECT COUNT(*) FROM stays WHERE to_char(day, '%d %B %Y, %A, day %j') = '10 October 2021, Sunday, day 283'
4 | SELECT COUNT(*) FROM stays WHERE date_format(at, '%F %T') = '2021-02-02 00:00:00' AND to_char(day, '%H') = '00'
# IN among other conditions.
3 | SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM areas a WHERE a.district = v.district) AND (amount > 3 OR district IN (SELECT district FROM areas WHERE area = 'x'))
2 | SELECT COUNT(*) FROM visits v WHERE amount > 5 OR NOT (district IN (SELECT district FROM areas))
1;2;3 | SELECT x.n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) x JOIN areas a ON x.district = a.district AND a.district IN (SELECT district FROM areas) ORDER BY n
5 | SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 1)
6 | SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n = 1)
1,3;2,0;3,2 | SELECT v.district, COUNT(*) FROM visits v JOIN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) ORDER BY n DESC LIMIT 2) t ON v.district = t.district GROUP BY v.district ORDER BY 1
14 | SELECT SUM(CLAMP(t.n, 0, 20)) FROM visits v JOIN (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) t ON v.district = t.district
7 | SELECT COUNT(*) FROM visits WHERE district NOT IN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 100)
# A scalar subquery of no row is null, whatever its column is declared.
0 | SELECT SUM(CLAMP((SELECT 5 WHERE 1 = 0), 0, 9)) FROM visits
0 | SELECT COUNT((SELECT 5 WHERE 1 = 0)) FROM visits
0 | SELECT COUNT(DISTINCT (SELECT 5 WHERE 1 = 0)) FROM visits
0 | SELECT SUM(CLAMP((SELECT district FROM areas LIMIT 0), 0, 9)) FROM visits
0 | SELECT COUNT((SELECT n FROM (SELECT COUNT(*) AS n FROM people) WHERE n < -1000000)) FROM visits
# IN as a value: found, not found, or null.
6 | SELECT SUM(CASE WHEN district IN (SELECT district FROM areas) THEN 1 ELSE 0 END) FROM visits
1 | SELECT SUM(CASE WHEN district NOT IN (SELECT district FROM areas) THEN 1 ELSE 0 END) FROM visits
0 | SELECT SUM(CASE WHEN district NOT IN (SELECT NULLIF(district, 3) FROM areas) THEN 1 ELSE 0 END) FROM visits
5 | SELECT COUNT(free IN (SELECT district FROM areas)) FROM visits
7 | SELECT COUNT(free IN (SELECT district FROM areas WHERE area = 'x')) FROM visits
4 | SELECT COUNT(district IN (SELECT NULLIF(district, 3) FROM areas)) FROM visits
6 | SELECT SUM(CLAMP(n, 0, 9)) FROM (SELECT id, SUM(CASE WHEN district IN (SELECT district FROM areas) THEN 1 ELSE 0 END) AS n FROM visits GROUP BY id)
6,6 | SELECT SUM(CASE WHEN district IN (SELECT district FROM areas) THEN 1 ELSE 0 END) AS a, COUNT(CASE WHEN NOT (district NOT IN (SELECT district FROM areas)) THEN 1 END) AS b FROM visits
0,1;1,6 | SELECT x, COUNT(*) FROM (SELECT CASE WHEN district IN (SELECT district FROM areas) THEN 1 ELSE 0 END AS x FROM visits) GROUP BY x ORDER BY x
4 | SELECT COUNT(x) FROM (SELECT district NOT IN (SELECT NULLIF(district, 3) FROM areas) AS x FROM visits)
3 | SELECT COUNT(*) FROM (SELECT district NOT IN (SELECT NULLIF(district, 3) FROM areas) AS x FROM visits) WHERE x IS NULL
# Conditions on windows, rows that a semi join keeps, and what stands beside every row.
26 | SELECT SUM(amount) FROM (SELECT amount FROM visits QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount DESC NULLS LAST) = 1)
405 | SELECT SUM(r) FROM (SELECT LAG(amount, 1, 99) OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
2 | SELECT COUNT(*) FROM (SELECT day, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq) AS r FROM stays s LEFT SEMI JOIN people p ON s.id = p.id AND p.age > 100) WHERE r = 1
15 | SELECT COUNT(*) FROM (SELECT p.id AS x, v.amount FROM visits v JOIN people p ON v.id = p.id) JOIN (SELECT p.id AS y, v.cost FROM visits v JOIN people p ON v.id = p.id) ON x = y
4 | SELECT COUNT(*) FROM (SELECT MAX(district) AS m FROM areas) a CROSS JOIN visits v WHERE v.amount > a.m
1 | SELECT COUNT(*) FROM (SELECT id, COUNT(DISTINCT note) AS n, SUM(amount) AS s, MAX(cost) AS c FROM visits GROUP BY id) WHERE n = 2 AND s = 7 AND c = 3
