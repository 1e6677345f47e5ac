# rule word | statement
unit-output id | SELECT id FROM visits
unit-output id | SELECT * FROM visits
unit-output id | SELECT id, COUNT(*) FROM visits GROUP BY id
unit-output id | SELECT id AS x, SUM(amount) FROM visits GROUP BY x
unit-output id | SELECT x, COUNT(*) FROM (SELECT id AS x FROM visits) GROUP BY x
unit-output id | SELECT COUNT(*) FROM visits WHERE id IS NOT NULL
row-level-output rows | SELECT COUNT(*) FROM visits GROUP BY id
unit-output id | SELECT p.id FROM visits v JOIN people p ON v.id = p.id
unit-output id | SELECT CASE WHEN id IS NULL THEN 1 ELSE 2 END, COUNT(*) FROM visits GROUP BY 1
row-level-output rows | SELECT amount FROM visits
row-level-output rows | SELECT district, amount FROM visits WHERE amount > 3
row-level-output rows | SELECT 1 FROM visits
row-level-output rows | SELECT v.amount FROM visits v JOIN areas a ON v.district = a.district
row-level-output rows | WITH x AS (SELECT amount FROM visits) SELECT * FROM x
order limit | SELECT COUNT(*) FROM (SELECT * FROM visits LIMIT 1)
order limit | SELECT COUNT(*) FROM (SELECT * FROM visits LIMIT 1 OFFSET 5)
order limit | SELECT COUNT(*) FROM (SELECT amount FROM visits OFFSET 5)
order limit | SELECT COUNT(*) FROM (SELECT amount FROM visits ORDER BY amount LIMIT 1)
order limit | SELECT amount FROM visits LIMIT 1
unit-locality window | SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (ORDER BY amount) AS r FROM visits)
unit-locality window | SELECT SUM(r) FROM (SELECT SUM(amount) OVER (PARTITION BY district) AS r FROM visits)
unit-locality window | SELECT MAX(amount) OVER () FROM visits
unit-locality window | SELECT COUNT(*) FROM (SELECT LAG(amount) OVER (ORDER BY amount) AS l FROM visits)
unit-locality distinct | SELECT DISTINCT district FROM visits
unit-locality distinct | SELECT COUNT(*) FROM (SELECT DISTINCT note FROM visits)
unit-locality distinct | SELECT DISTINCT ON (district) amount FROM visits
unit-locality union | SELECT COUNT(*) FROM (SELECT amount FROM visits UNION ALL SELECT district FROM areas)
unit-locality union | SELECT amount FROM visits UNION ALL SELECT 1
join | SELECT COUNT(*) FROM visits v FULL JOIN areas a ON v.district = a.district
join | SELECT COUNT(*) FROM areas a LEFT JOIN visits v ON v.district = a.district
join | SELECT COUNT(*) FROM visits v RIGHT JOIN areas a ON v.district = a.district
join | SELECT COUNT(*) FROM areas a LEFT SEMI JOIN visits v ON v.district = a.district
join | SELECT COUNT(*) FROM areas a LEFT ANTI JOIN visits v ON v.district = a.district
join cross | SELECT COUNT(*) FROM visits, areas
join cross | SELECT COUNT(*) FROM visits CROSS JOIN areas
join cross | SELECT COUNT(*) FROM visits v JOIN areas a ON v.district > a.district
join cross | SELECT COUNT(*) FROM visits v JOIN areas a ON true
join unit | SELECT COUNT(*) FROM visits v JOIN visits w ON v.district = w.district
join unit | SELECT COUNT(*) FROM visits v JOIN people p ON v.free = p.age
join unit | SELECT COUNT(*) FROM visits v, people p
join unit | SELECT COUNT(*) FROM visits v JOIN (SELECT age AS id FROM people) p ON v.free = p.id
join unit | SELECT COUNT(*) FROM visits v JOIN firms f ON v.id = f.id
join left | SELECT COUNT(*) FROM visits v LEFT JOIN people p ON v.id = p.id
join full | SELECT COUNT(*) FROM visits v FULL JOIN people p ON v.id = p.id
join unit | SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id OR v.free = p.age
join unit | SELECT COUNT(*) FROM visits v JOIN people p ON v.id <> p.id
join released | SELECT COUNT(*) FROM visits v JOIN (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) r ON v.district = r.district
total / | SELECT SUM(10 / amount) FROM visits
total % | SELECT COUNT(*) FROM visits WHERE free % amount = 0
total / | SELECT COUNT(*) FROM visits WHERE amount <> 0 AND 10 / amount > 1
total / | SELECT COUNT(*) FROM visits WHERE CASE WHEN amount = 0 THEN false ELSE 1 / amount > 0 END
total / | SELECT COUNT(*) FROM visits WHERE 1 / NULLIF(amount, 0) > 0
total overflow | SELECT SUM(free + 1) FROM visits
total overflow | SELECT COUNT(*) FROM visits WHERE free * free > 0
total overflow | SELECT COUNT(*) FROM visits WHERE -free > 0
total overflow | SELECT COUNT(*) FROM visits WHERE free - 1 > 0
total cast | SELECT COUNT(*) FROM visits WHERE CAST(note AS BIGINT) > 0
total cast | SELECT COUNT(*) FROM visits WHERE note::int = 3
total cast | SELECT COUNT(*) FROM visits WHERE CAST(note AS DATE) > '2020-01-01'
total cast | SELECT SUM(CAST(free AS INT)) FROM visits
total floating | SELECT COUNT(*) FROM visits WHERE CAST(amount AS DOUBLE) > 1
total | SELECT COUNT(*) FROM visits WHERE sqrt(amount) > 1
total abs | SELECT COUNT(*) FROM visits WHERE abs(free) > 1
total substr | SELECT COUNT(*) FROM visits WHERE substr(note, 1, amount) = 'a'
total pattern | SELECT COUNT(*) FROM visits WHERE regexp_like(note, note)
total pattern | SELECT COUNT(*) FROM visits WHERE note ~ note
total pattern | SELECT COUNT(*) FROM visits WHERE note LIKE note
total pattern | SELECT COUNT(*) FROM visits WHERE note SIMILAR TO 'a'
total cast | SELECT COUNT(*) FROM visits WHERE note || cost = 'aa'
total to_date | SELECT COUNT(*) FROM visits WHERE to_date(note) > '2020-01-01'
size make_array | SELECT COUNT(*) FROM visits WHERE make_array(amount) IS NOT NULL
total operator | SELECT COUNT(*) FROM visits WHERE free << 70 > 0
total operator | SELECT COUNT(*) FROM visits WHERE (free & 1) = 1
size repeat | SELECT COUNT(*) FROM visits WHERE repeat(note, 1000000000) = 'a'
size repeat | SELECT repeat('x', 1000000000)
size lpad | SELECT lpad('x', 1000000000, 'y')
bounds clamp | SELECT SUM(free) FROM visits
bounds clamp | SELECT AVG(free) FROM visits
bounds clamp | SELECT district, SUM(free) FROM visits GROUP BY district
bounds clamp | SELECT SUM(CLAMP(free, 5, 1)) FROM visits
bounds clamp | SELECT SUM(CLAMP(free, amount, 10)) FROM visits
bounds | SELECT MAX(free) FROM visits
aggregate | SELECT MIN(note) FROM visits
bounds | SELECT median(free) FROM visits
aggregate | SELECT median(DISTINCT amount) FROM visits
aggregate constant | SELECT percentile_cont(amount, 0.1 + amount) FROM visits
aggregate | SELECT approx_percentile_cont_with_weight(amount, district, 0.5) FROM visits
aggregate | SELECT regr_slope(amount, district) FROM visits
bounds | SELECT stddev(free) FROM visits
bounds | SELECT corr(amount, free) FROM visits
bounds squares | SELECT var_pop(CLAMP(free, 0, 9000000000)) FROM visits
aggregate | SELECT stddev(DISTINCT amount) FROM visits
aggregate | SELECT array_agg(amount) FROM visits
aggregate | SELECT first_value(amount) FROM visits
aggregate | SELECT string_agg(note, ',') FROM visits
aggregate | SELECT bit_xor(amount) FROM visits
aggregate | SELECT approx_distinct(note) FROM visits
aggregate distinct | SELECT COUNT(DISTINCT note) FROM visits
aggregate distinct | SELECT SUM(DISTINCT amount) FROM visits
aggregate filter | SELECT COUNT(DISTINCT id) FILTER (WHERE amount > 1) FROM visits
total | SELECT SUM(amount) FILTER (WHERE 10 / amount > 1) FROM visits
unit-output | SELECT COUNT(*) FILTER (WHERE id IS NOT NULL) FROM visits
order | SELECT SUM(amount ORDER BY note) FROM visits
limit sets | SELECT COUNT(*) FROM visits GROUP BY CUBE (district, amount > 1, amount > 2, amount > 3, amount > 4)
limit a CUBE is of at most | SELECT COUNT(*) FROM visits GROUP BY CUBE (amount > 1, amount > 2, amount > 3, amount > 4, amount > 5, amount > 6, amount > 7, amount > 8, amount > 9, amount > 10, amount > 11, amount > 12, amount > 13, amount > 14, amount > 15, amount > 16, amount > 17, amount > 18), district
limit sets | SELECT COUNT(*) FROM visits GROUP BY CUBE (district, amount > 1, amount > 2), ROLLUP (amount > 3, amount > 4)
keys | SELECT note, COUNT(*) FROM visits GROUP BY ROLLUP (note)
unit-output | SELECT COUNT(*) FROM visits GROUP BY GROUPING SETS ((id), ())
keys note | SELECT note, COUNT(*) FROM visits GROUP BY note
keys free | SELECT free, COUNT(*) FROM visits GROUP BY free
keys amount | SELECT amount + 1, COUNT(*) FROM visits GROUP BY 1
subquery | SELECT COUNT(*) FROM visits WHERE amount > (SELECT AVG(amount) FROM visits)
subquery | SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id)
subquery | SELECT COUNT(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM visits w WHERE w.district = v.district)
subquery | SELECT a.area, (SELECT COUNT(*) FROM visits v WHERE v.district = a.district) FROM areas a
subquery recursive | WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r
row-level-output | SELECT area FROM areas WHERE district IN (SELECT district FROM visits)
row-level-output | SELECT (SELECT amount FROM visits) + 1
volatile random | SELECT random()
volatile random | SELECT COUNT(*) FROM visits WHERE random() > 0
volatile now | SELECT now()
volatile uuid | SELECT uuid(), COUNT(*) FROM visits
volatile | SELECT COUNT(*) FROM visits WHERE current_date > '2020-01-01'
statement | EXPLAIN SELECT COUNT(*) FROM visits
statement | EXPLAIN ANALYZE SELECT COUNT(*) FROM visits
statement | SET datafusion.execution.batch_size = 1
statement | COPY (SELECT * FROM visits) TO '/tmp/x.csv'
statement | COPY visits TO 'x.parquet'
statement | CREATE TABLE t AS SELECT * FROM visits
statement | CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'
statement | CREATE VIEW v AS SELECT * FROM visits
statement | DROP TABLE visits
statement | INSERT INTO areas SELECT 1, 'x'
statement | DELETE FROM visits
statement | UPDATE visits SET amount = 1
statement | SHOW TABLES
statement | SHOW ALL
statement | DESCRIBE visits
statement several | SELECT 1; SELECT 2
statement | PREPARE p AS SELECT 1
statement | BEGIN
unknown-name | SELECT * FROM information_schema.tables
unknown-name | SELECT * FROM nothing
unknown-name | SELECT COUNT(*) FROM '/etc/passwd'
unknown-name | SELECT * FROM generate_series(1, 1000000000)
unknown-name __irongate | SELECT COUNT(*) AS __irongate_unit_1 FROM visits
syntax | SELECT nothing FROM visits
syntax | SELECT COUNT(* FROM visits
syntax | SELECT
size make_array | SELECT make_array(1)
unit-locality | SELECT amount FROM visits INTERSECT SELECT 1
join released | WITH r AS (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) SELECT n FROM r UNION ALL SELECT x FROM (SELECT COUNT(*) AS x FROM visits v JOIN r ON v.district = r.district)
# Functions and types that could raise on one person's row alone.
total interval | SELECT SUM(CASE WHEN note = 'x' THEN date_part('quarter', INTERVAL '1 day') ELSE 0 END) FROM visits
total interval | SELECT COUNT(*) FROM visits WHERE INTERVAL '1 day' = INTERVAL '2 days'
total pattern | SELECT COUNT(*) FROM visits WHERE note LIKE '____________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________'
# Growth without a limit, above the release too.
size array_length | SELECT array_length(generate_series(1, 2000000000))
size array_length | SELECT array_length(array_repeat(1, 2000000000))
size replace | SELECT replace('aaaa', 'a', 'aaaaaaaa'), COUNT(*) FROM visits
size concatenation | SELECT x||x||x||x||x||x||x||x||x||x||x||x||x||x FROM (SELECT 'a' AS x)
size concatenation | SELECT concat(x, x, x, x, x, x, x, x, x) FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT 'a' AS x))))
total | SELECT COUNT(*) FROM visits WHERE date_part('day', note) = 1
# Per-unit aggregates, unions, distinct rows and windows keep rows of two units apart.
aggregate grouping | SELECT COUNT(*) FROM (SELECT id, district, COUNT(*) AS n FROM visits GROUP BY ROLLUP (id, district))
aggregate avg | SELECT COUNT(*) FROM (SELECT id, AVG(cost) AS a FROM visits GROUP BY id) WHERE a > 1
aggregate avg | SELECT COUNT(*) FROM (SELECT id, AVG(amount) AS a FROM visits GROUP BY id)
aggregate first_value | SELECT COUNT(*) FROM (SELECT id, FIRST_VALUE(amount) AS f FROM visits GROUP BY id)
aggregate array_agg | SELECT COUNT(*) FROM (SELECT id, array_agg(amount) AS f FROM visits GROUP BY id)
order array_agg | SELECT COUNT(*) FROM (SELECT id, array_agg(amount ORDER BY amount) AS f FROM visits GROUP BY id)
aggregate string_agg | SELECT COUNT(*) FROM (SELECT id, string_agg(note, ',') AS f FROM visits GROUP BY id)
aggregate distinct | SELECT SUM(s) FROM (SELECT id, SUM(DISTINCT amount) AS s FROM visits GROUP BY id)
aggregate distinct | SELECT COUNT(*) FROM (SELECT id, COUNT(DISTINCT note) AS n, SUM(cost) AS s FROM visits GROUP BY id) WHERE s >= 1
total overflow | SELECT SUM(s) FROM (SELECT id, SUM(free) AS s FROM visits GROUP BY id)
unit-output unit | SELECT id, COUNT(*) AS n FROM visits GROUP BY id
unit-output id | SELECT MAX(x) FROM (SELECT id, MIN(id) AS x FROM visits GROUP BY id)
unit-output unit | SELECT x, COUNT(*) FROM (SELECT id AS x FROM visits UNION ALL SELECT f.x FROM visits v JOIN (SELECT district, arrow_cast(X'00000000000000000000000000000000', 'FixedSizeBinary(16)') AS x FROM areas) f ON v.district = f.district) GROUP BY x
unit-locality namespaces | SELECT COUNT(*) FROM (SELECT age FROM people UNION ALL SELECT age FROM firms)
unit-locality public | SELECT COUNT(*) FROM (SELECT district FROM visits UNION ALL VALUES (1))
unit-locality distinct | SELECT COUNT(*) FROM (SELECT DISTINCT district FROM (SELECT id, district FROM visits))
unit-locality distinct | SELECT COUNT(*) FROM (SELECT amount FROM visits UNION SELECT amount FROM visits)
unit-locality distinct | SELECT SUM(amount) FROM (SELECT DISTINCT ON (district) district, amount FROM visits ORDER BY district, amount)
order tie | SELECT SUM(amount) FROM (SELECT DISTINCT ON (id) id, amount FROM visits)
order tie | SELECT SUM(amount) FROM (SELECT DISTINCT ON (id) id, amount, cost FROM visits ORDER BY id, cost)
order tie | SELECT SUM(amount) FROM (SELECT amount, ROW_NUMBER() OVER (PARTITION BY id ORDER BY district) AS r FROM visits) WHERE r = 1
order tie | SELECT SUM(amount) FROM (SELECT amount, ROW_NUMBER() OVER (PARTITION BY id) AS r FROM visits) WHERE r = 1
order tie | SELECT COUNT(*) FROM (SELECT cost, LAG(amount) OVER (PARTITION BY id ORDER BY amount) AS l FROM visits) WHERE cost > l
order tie | SELECT SUM(f) FROM (SELECT FIRST_VALUE(amount) OVER (PARTITION BY id ORDER BY cost) AS f FROM visits)
order tie | SELECT SUM(CLAMP(s, 0, 9)) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY cost ROWS UNBOUNDED PRECEDING) AS s FROM visits)
order tie | SELECT SUM(amount) FROM (SELECT amount, ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount + cost) AS r FROM visits) WHERE r = 1
order tie | SELECT COUNT(*) FROM (SELECT a, b FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount, cost) AS a, ROW_NUMBER() OVER (PARTITION BY id ORDER BY cost, amount) AS b, amount, cost FROM visits)) WHERE a = b
order frame | SELECT SUM(CLAMP(s, 0, 9)) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY amount RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM visits)
order frame | SELECT SUM(CLAMP(s, 0, 9)) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY amount GROUPS 1 PRECEDING) AS s FROM visits)
order nulls | SELECT SUM(f) FROM (SELECT LAG(amount) IGNORE NULLS OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
order offset | SELECT SUM(f) FROM (SELECT LAG(amount, -1) OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
order default | SELECT SUM(f) FROM (SELECT LAG(amount, 1, amount) OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
order ntile | SELECT COUNT(*) FROM (SELECT NTILE(2) OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
order percent_rank | SELECT COUNT(*) FROM (SELECT PERCENT_RANK() OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
aggregate stddev | SELECT COUNT(*) FROM (SELECT STDDEV(amount) OVER (PARTITION BY id) AS f FROM visits)
unit-output id | SELECT COUNT(*) FROM (SELECT LAG(id) OVER (PARTITION BY id ORDER BY amount) AS l, amount FROM visits)
aggregate unsigned | SELECT SUM(r) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits)
bounds clamp | SELECT SUM(n) FROM (SELECT v.id, COUNT(*) AS n FROM visits v JOIN areas a ON v.district = a.district GROUP BY v.id)
# Subqueries of private expressions are public, uncorrelated, and scalar ones of one row.
subquery scalar | SELECT COUNT(*) FROM visits WHERE district > (SELECT district FROM areas)
subquery correlated | SELECT COUNT(*) FROM visits v WHERE district IN (SELECT district FROM areas a WHERE a.district = v.amount)
subquery | SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM visits WHERE amount > 3)
subquery | SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM visits GROUP BY district)
subquery unit | SELECT COUNT(*) FROM visits WHERE id IN (SELECT id FROM firms)
subquery | SELECT COUNT(*) FROM visits WHERE id IN (SELECT id FROM people) OR amount > 3
subquery | SELECT COUNT(*) FROM visits WHERE amount IN (SELECT age FROM people WHERE id IN (SELECT id FROM visits))
# Divisors, patterns, positions and lengths are constants that cannot fail.
total / | SELECT COUNT(*) FROM visits WHERE free / 0 = 1
total / | SELECT COUNT(*) FROM visits WHERE free / -1 = 1
total % | SELECT COUNT(*) FROM visits WHERE free % -1 = 1
total / | SELECT COUNT(*) FROM visits WHERE cost / 2 > 1
total / | SELECT COUNT(*) FROM visits WHERE free / NULL = 1
total overflow | SELECT COUNT(*) FROM visits WHERE abs(free * 2) > 1
total pattern | SELECT COUNT(*) FROM visits WHERE note ~ '('
total pattern | SELECT COUNT(*) FROM visits WHERE note ~ 'a{1000}'
total pattern | SELECT COUNT(*) FROM visits WHERE note ~ '((a{30}){30}){30}'
total pattern | SELECT COUNT(*) FROM visits WHERE note ~ NULL
total regexp_like | SELECT COUNT(*) FROM visits WHERE regexp_like(note, 'a', 'g')
total regexp_count | SELECT COUNT(*) FROM visits WHERE regexp_count(note, 'a') = 1
total substr | SELECT COUNT(*) FROM visits WHERE substr(note, 1, -1) = 'a'
total substr | SELECT COUNT(*) FROM visits WHERE substr(note, -9223372036854775808) = 'a'
total left | SELECT COUNT(*) FROM visits WHERE left(note, -1) = 'a'
total split_part | SELECT COUNT(*) FROM visits WHERE split_part(note, ',', 0) = 'a'
total chr | SELECT COUNT(*) FROM visits WHERE chr(amount) = 'a'
total to_hex | SELECT COUNT(*) FROM visits WHERE to_hex(amount) = 'a'
total levenshtein | SELECT COUNT(*) FROM visits WHERE levenshtein(note, note) = 1
size bytes | SELECT COUNT(*) FROM (SELECT x || x || x || x AS y FROM (SELECT note || note || note || note || note || note || note || note || note AS x FROM visits)) WHERE y = 'a'
size bytes | SELECT COUNT(*) FROM visits WHERE upper(lower(upper(lower(note)))) = 'a'
# Dates without declared bounds may overflow; a column that was unique is not once rows are joined.
total overflow | SELECT COUNT(*) FROM stays WHERE free_day + INTERVAL '1 day' > DATE '2020-01-01'
total overflow | SELECT COUNT(*) FROM stays WHERE day + INTERVAL '5000 years' > DATE '2020-01-01'
total cast | SELECT COUNT(*) FROM stays WHERE date_trunc('month', free_day) > TIMESTAMP '2020-01-01 00:00:00'
total cast | SELECT COUNT(*) FROM stays WHERE TRY_CAST(COALESCE(at, TIMESTAMP '2250-01-01 00:00:00') AS DATE) = day
total date_trunc | SELECT COUNT(*) FROM stays WHERE date_trunc('millennium', at) > TIMESTAMP '2020-01-01 00:00:00'
total | SELECT COUNT(*) FROM stays WHERE at - at > INTERVAL '1 day'
bounds clamp | SELECT SUM(free_day - day) FROM stays
order tie | SELECT COUNT(*) FROM (SELECT s.day, ROW_NUMBER() OVER (PARTITION BY s.id ORDER BY s.seq) AS r FROM stays s JOIN people p ON s.id = p.id) WHERE r = 1 AND day > DATE '2020-01-01'
order tie | SELECT COUNT(*) FROM (SELECT day, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq) AS r FROM (SELECT * FROM stays UNION ALL SELECT * FROM stays)) WHERE r = 1 AND day > DATE '2020-01-01'
