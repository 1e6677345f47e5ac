# Nothing but one query: no commands, no catalogs, no files, no clocks.

SELECT random()
-- rejected volatile at «random()»: function random; write a constant

SELECT COUNT(*) FROM visits WHERE random() > 0
-- rejected volatile at «random()»: function random; write a constant

SELECT now()
-- rejected volatile at «now()»: function now; write a constant

SELECT uuid(), COUNT(*) FROM visits
-- rejected volatile at «uuid()»: function uuid; write a constant

SELECT COUNT(*) FROM visits WHERE current_date > '2020-01-01'
-- rejected volatile at «current_date»: function current_date; write a constant

EXPLAIN SELECT COUNT(*) FROM visits
-- rejected statement at «EXPLAIN SELECT»: EXPLAIN SELECT; write a SELECT

EXPLAIN ANALYZE SELECT COUNT(*) FROM visits
-- rejected statement at «EXPLAIN ANALYZE»: EXPLAIN ANALYZE; write a SELECT

SET datafusion.execution.batch_size = 1
-- rejected statement at «SET datafusion»: SET datafusion.execution.batch_size; write a SELECT

COPY (SELECT * FROM visits) TO '/tmp/x.csv'
-- rejected statement at «COPY (»: COPY (SELECT; write a SELECT

COPY visits TO 'x.parquet'
-- rejected statement at «COPY visits»: COPY visits; write a SELECT

CREATE TABLE t AS SELECT * FROM visits
-- rejected statement at «CREATE TABLE»: CREATE TABLE; write a SELECT

CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'
-- rejected statement at «CREATE EXTERNAL»: CREATE EXTERNAL; write a SELECT

CREATE VIEW v AS SELECT * FROM visits
-- rejected statement at «CREATE VIEW»: CREATE VIEW; write a SELECT

DROP TABLE visits
-- rejected statement at «DROP TABLE»: DROP TABLE; write a SELECT

INSERT INTO areas SELECT 1, 'x'
-- rejected statement at «INSERT INTO»: INSERT INTO; write a SELECT

DELETE FROM visits
-- rejected statement at «DELETE FROM»: DELETE FROM; write a SELECT

UPDATE visits SET amount = 1
-- rejected statement at «UPDATE visits»: UPDATE visits; write a SELECT

SHOW TABLES
-- rejected statement at «SHOW TABLES»: SHOW TABLES; write a SELECT

SHOW ALL
-- rejected statement at «SHOW ALL»: SHOW ALL; write a SELECT

DESCRIBE visits
-- rejected statement at «DESCRIBE visits»: DESCRIBE visits; write a SELECT

SELECT 1; SELECT 2
-- rejected statement at «SELECT»: several statements; send one statement

PREPARE p AS SELECT 1
-- rejected statement at «PREPARE p»: PREPARE p; write a SELECT

BEGIN
-- rejected statement at «BEGIN»: BEGIN; write a SELECT

SELECT * FROM information_schema.tables
-- rejected unknown-name at «information_schema.tables»: table `tables`; name a dataset of the scenario

SELECT * FROM nothing
-- rejected unknown-name at «nothing»: table `nothing`; name a dataset of the scenario

SELECT COUNT(*) FROM '/etc/passwd'
-- rejected unknown-name at «SELECT»: table `/etc/passwd`; name a dataset of the scenario

SELECT * FROM generate_series(1, 1000000000)
-- rejected unknown-name at «generate_series»: table `generate_series()`; name a dataset of the scenario

SELECT COUNT(*) AS __irongate_unit_1 FROM visits
-- rejected unknown-name at «__irongate_unit_1»: __irongate_unit_1; choose another name; this prefix is the engine's

SELECT nothing FROM visits
-- rejected unknown-name at «nothing»: column `nothing`; name one of `visits.id`, `visits.district`, `visits.amount`, `visits.cost`, `visits.free`, `visits.note`

SELECT COUNT(* FROM visits
-- rejected syntax at «F»: statement; expected: ), found: FROM

SELECT
-- rejected syntax at «SELECT»: statement; expected: an expression, found: EOF

SELECT * FROM information_schema.columns
-- rejected unknown-name at «information_schema.columns»: table `columns`; name a dataset of the scenario

SELECT * FROM information_schema.df_settings
-- rejected unknown-name at «information_schema.df_settings»: table `df_settings`; name a dataset of the scenario

SELECT * FROM pg_catalog.pg_tables
-- rejected unknown-name at «pg_catalog.pg_tables»: table `pg_tables`; name a dataset of the scenario

SELECT * FROM datafusion.public.nothing
-- rejected unknown-name at «datafusion.public.nothing»: table `nothing`; name a dataset of the scenario

SELECT COUNT(*) FROM datafusion.public.visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM public.visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT * FROM read_csv('/etc/passwd')
-- rejected unknown-name at «read_csv('/etc/passwd')»: function read_csv; table function 'read_csv' not found

SELECT * FROM parquet_metadata('visits-0.parquet')
-- rejected unknown-name at «parquet_metadata('visits-0.parquet')»: function parquet_metadata; table function 'parquet_metadata' not found

SELECT * FROM 'visits-0.parquet'
-- rejected unknown-name at «SELECT»: table `parquet`; name a dataset of the scenario

SELECT * FROM "/etc/passwd"
-- rejected unknown-name at «"/etc/passwd"»: table `/etc/passwd`; name a dataset of the scenario

SELECT COUNT(*) FROM "Visits"
-- rejected unknown-name at «"Visits"»: table `Visits`; name a dataset of the scenario

SELECT COUNT(*) FROM VISITS
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits v, __irongate_public_0
-- rejected unknown-name at «__irongate_public_0»: __irongate_public_0; choose another name; this prefix is the engine's

SELECT __irongate_u FROM visits
-- rejected unknown-name at «__irongate_u»: __irongate_u; choose another name; this prefix is the engine's

SELECT "__IRONGATE_x" FROM visits
-- rejected unknown-name at «"__IRONGATE_x"»: __IRONGATE_x; choose another name; this prefix is the engine's

SELECT unit FROM visits
-- rejected unknown-name at «unit»: column `unit`; name one of `visits.id`, `visits.district`, `visits.amount`, `visits.cost`, `visits.free`, `visits.note`

SELECT version()
-- accepted: nothing private

SELECT current_time
-- rejected volatile at «current_time»: function current_time; write a constant

SELECT current_timestamp
-- rejected volatile at «SELECT»: function now; write a constant

SELECT COUNT(*) FROM visits WHERE now() > '2020-01-01'
-- rejected volatile at «now()»: function now; write a constant

SELECT COUNT(*) FROM visits WHERE uuid() = 'x'
-- rejected volatile at «uuid()»: function uuid; write a constant

SELECT shuffle(make_array(1, 2))
-- rejected syntax at «shuffle»: function shuffle; use a function that SQL knows

SHOW COLUMNS FROM visits
-- rejected statement at «SHOW COLUMNS»: SHOW COLUMNS; write a SELECT

ANALYZE TABLE visits
-- rejected statement at «ANALYZE TABLE»: ANALYZE TABLE; write a SELECT

EXPLAIN VERBOSE SELECT amount FROM visits
-- rejected statement at «EXPLAIN VERBOSE»: EXPLAIN VERBOSE; write a SELECT

EXPLAIN FORMAT TREE SELECT amount FROM visits
-- rejected statement at «EXPLAIN FORMAT»: EXPLAIN FORMAT; write a SELECT

RESET datafusion.execution.batch_size
-- rejected statement at «RESET datafusion»: RESET datafusion.execution.batch_size; write a SELECT

USE other
-- rejected statement at «USE other»: USE other; write a SELECT

CALL something()
-- rejected statement at «CALL something»: CALL something(); write a SELECT

TRUNCATE visits
-- rejected statement at «TRUNCATE visits»: TRUNCATE visits; write a SELECT

ALTER TABLE visits ADD COLUMN x INT
-- rejected statement at «ALTER TABLE»: ALTER TABLE; write a SELECT

CREATE FUNCTION f() RETURNS INT RETURN 1
-- rejected statement at «CREATE FUNCTION»: CREATE FUNCTION; write a SELECT

CREATE SCHEMA s
-- rejected statement at «CREATE SCHEMA»: CREATE SCHEMA; write a SELECT

CREATE TEMPORARY TABLE t (x INT)
-- rejected statement at «CREATE TEMPORARY»: CREATE TEMPORARY; write a SELECT

GRANT SELECT ON visits TO x
-- rejected statement at «GRANT SELECT»: GRANT SELECT; write a SELECT

MERGE INTO visits USING areas ON false WHEN MATCHED THEN DELETE
-- rejected statement at «MERGE INTO»: MERGE INTO; write a SELECT

EXECUTE p
-- rejected statement at «EXECUTE p»: EXECUTE p; write a SELECT

DEALLOCATE p
-- rejected statement at «DEALLOCATE p»: DEALLOCATE p; write a SELECT

COMMIT
-- rejected statement at «COMMIT»: COMMIT; write a SELECT

SELECT COUNT(*) FROM visits;
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits; DROP TABLE visits
-- rejected statement at «DROP»: several statements; send one statement

SELECT COUNT(*) FROM visits INTO t
-- rejected syntax at «t»: statement; expected: end of statement, found: t

SELECT COUNT(*) INTO t FROM visits
-- rejected statement at «INTO»: INTO; leave it out; it has no meaning here

SELECT COUNT(*) FROM visits FOR UPDATE
-- rejected statement at «FOR»: FOR UPDATE; leave it out; it has no meaning here

/* SELECT id FROM visits */ SELECT COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

-
-- rejected syntax at «-»: statement; expected: an SQL statement, found: -

SELECT 'unfinished
-- rejected syntax at «'»: statement; Unterminated string literal

SELECT COUNT(*) FROM visits WHERE note = 'x​y'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note = '‮'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits AS ""
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

(((SELECT COUNT(*) FROM visits)))
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

FROM visits
-- rejected row-level-output at «FROM»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

FROM visits SELECT COUNT(*)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT amount, FROM visits
-- rejected row-level-output at «amount,»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT amuont FROM visits
-- rejected unknown-name at «amuont»: column `amuont`; name one of `visits.id`, `visits.district`, `visits.amount`, `visits.cost`, `visits.free`, `visits.note`

SELECT SUM(v.amount) FROM visits v JOIN visits w ON v.id = w.id WHERE amount > 1
-- rejected unknown-name at «amount»: column `amount`; qualify it with its table's name

SELECT COUNT(*) AS n, COUNT(*) AS n FROM visits
-- rejected syntax at «SELECT»: statement; projections require unique expression names but the expression "count(Int64(1)) AS count(*) AS n" at position 0 and "count(Int64(1)) AS count(*) AS n" at position 1 have the same name. Consider aliasing ("AS") one of them

SELECT nofunction(amount) FROM visits
-- rejected syntax at «nofunction»: function nofunction; use a function that SQL knows
