# rule word | statement
unit-output id | SELECT id FROM visits
unit-output id | SELECT * FROM visits
unit-output id | SELECT id, COUNT(*) FROM visits GROUP BY id
unit-output id | SELECT id AS x, SUM(amount) FROM visits GROUP BY x
unit-output id | SELECT x, COUNT(*) FROM (SELECT id AS x FROM visits) GROUP BY x
unit-output id | SELECT COUNT(*) FROM visits WHERE id IS NOT NULL
unit-output id | SELECT COUNT(*) FROM visits GROUP BY id
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
order window | SELECT SUM(r) FROM (SELECT ROW_NUMBER() OVER (ORDER BY amount) AS r FROM visits)
order window | SELECT SUM(r) FROM (SELECT SUM(amount) OVER (PARTITION BY id) AS r FROM visits)
order window | SELECT MAX(amount) OVER () FROM visits
order window | SELECT COUNT(*) FROM (SELECT LAG(amount) OVER (ORDER BY amount) AS l FROM visits)
unit-locality distinct | SELECT DISTINCT district FROM visits
unit-locality distinct | SELECT COUNT(*) FROM (SELECT DISTINCT note FROM visits)
unit-locality distinct | SELECT DISTINCT ON (district) amount FROM visits
unit-locality union | SELECT COUNT(*) FROM (SELECT amount FROM visits UNION ALL SELECT amount FROM visits)
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
total % | SELECT COUNT(*) FROM visits WHERE free % 2 = 0
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
total substr | SELECT COUNT(*) FROM visits WHERE substr(note, 1, 1) = 'a'
total regex | SELECT COUNT(*) FROM visits WHERE regexp_like(note, note)
total operator | SELECT COUNT(*) FROM visits WHERE note ~ 'a'
total pattern | SELECT COUNT(*) FROM visits WHERE note LIKE note
total pattern | SELECT COUNT(*) FROM visits WHERE note SIMILAR TO 'a'
total | SELECT COUNT(*) FROM visits WHERE note || note = 'aa'
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
subquery | SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM areas)
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
