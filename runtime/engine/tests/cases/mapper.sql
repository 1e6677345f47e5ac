# Mappers: code over a unit's raw rows, as a table of declared outputs.

SELECT AVG(total) FROM spend
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000
--   sum of (spend.total - 10): laplace in [-10, 10], sensitivity 10.000

SELECT level, COUNT(*), SUM(mean) FROM spend GROUP BY level
-- accepted: ε 1 of person
--   C 1, m 1, 2 groups by spend.level: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 1.000
--   sum of spend.mean: laplace in [-1, 5.5], sensitivity 550.000

SELECT s.level, COUNT(*) FROM spend s JOIN people p ON s.id = p.id WHERE p.age > 50 GROUP BY s.level
-- accepted: ε 1 of person
--   C 2, m 5, 2 groups by s.level: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000

SELECT v.district, AVG(s.total) FROM visits v JOIN spend s ON v.id = s.id GROUP BY v.district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by v.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   sum of (s.total - 10): laplace in [-10, 10], sensitivity 150.000

SELECT SUM(a.total - b.total) FROM spend a JOIN spend b ON a.id = b.id
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of a.total - b.total: laplace in [-20, 20], sensitivity 20.000

SELECT kind, COUNT(DISTINCT id) FROM class GROUP BY kind
-- accepted: ε 1 of person
--   C 1, m 1, 3 groups by class.kind: 3 declared values
--   count of units: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT id, total, ROW_NUMBER() OVER (PARTITION BY id ORDER BY total) AS n FROM spend) WHERE n = 1
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT SUM(total) FROM (SELECT id, total FROM spend UNION ALL SELECT id, amount FROM visits)
-- accepted: ε 1 of person
--   C 1, m 6, 1 groups
--   sum of total: laplace in [0, 20], sensitivity 120.000

SELECT MAX(total), MEDIAN(mean) FROM spend
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of spend.total in 21 bins: laplace in [0, 1], sensitivity 1.000
--   count of spend.mean in 32 bins: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) AS crowd FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT total FROM spend
-- rejected row-level-output at «total»: rows of a protected table in the output; a person's rows and id may not leave; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT id, level FROM spend
-- rejected unit-output at «id, level»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT COUNT(*) FROM spend s JOIN areas a ON s.total = a.district
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT SUM(more) FROM spend
-- rejected unknown-name at «more»: column `more`; name one of `spend.id`, `spend.total`, `spend.mean`, `spend.level`

SELECT COUNT(*) FROM crowd
-- rejected unit-locality at «crowd»: mapper `crowd`: input without private rows; read a protected table, and leave aggregates of several units to the statement

SELECT COUNT(*) FROM of_public
-- rejected unit-locality at «of_public»: mapper `of_public`: input without private rows; read a protected table, and leave aggregates of several units to the statement

SELECT COUNT(*) FROM columnless
-- rejected unit-locality at «columnless»: mapper `columnless`: input without columns; select at least one column beside the unit

SELECT COUNT(*) FROM wide
-- rejected total at «wide»: mapper `wide`: column `w` of type Decimal128(38, 1); CAST it to BIGINT, DECIMAL(18, s), BOOLEAN, VARCHAR, DATE or TIMESTAMP

SELECT COUNT(*) FROM nested
-- rejected unknown-name at «nested»: mapper `nested`: table `spend`; name a dataset of the scenario

SELECT COUNT(*) FROM late
-- rejected order at «late»: mapper `late`: ORDER BY below the release; put ORDER BY, LIMIT and OFFSET above the aggregate

SELECT COUNT(*) FROM torn
-- rejected syntax at «torn»: mapper `torn`: statement; expected: identifier, found: EOF

SELECT COUNT(*) FROM self
-- rejected unknown-name at «self»: mapper `self`: output `id`; name it otherwise: the unit's column has this name

# Blocks of units: a row of each, released whole.

SELECT AVG(people), AVG(share) FROM sample
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of (sample.people - 5): laplace in [-5, 5], sensitivity 10.000
--   sum of (sample.share - 0.25): laplace in [-0.75, 0.75], sensitivity 150.000

SELECT MEDIAN(s.people), MAX(s.share) FROM sample AS s
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of s.people in 11 bins: laplace in [0, 1], sensitivity 2.000
--   count of s.share in 32 bins: laplace in [0, 1], sensitivity 2.000

SELECT AVG(people) * 8 AS people FROM sample
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of (sample.people - 5): laplace in [-5, 5], sensitivity 10.000

SELECT AVG(CLAMP(share, 0, 1)) FROM sample
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   sum of (clamp(sample.share, CAST(Int64(0) AS Decimal128(18, 2)), CAST(Int64(1) AS Decimal128(18, 2))) - 0.5): laplace in [-0.5, 0.5], sensitivity 100.000

SELECT MEDIAN(CLAMP(people, 2, 4)), AVG(people + 1) FROM sample
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of clamp(sample.people, Int64(2), Int64(4)) in 3 bins: laplace in [0, 1], sensitivity 2.000
--   sum of (sample.people + Int64(1) - 6): laplace in [-5, 5], sensitivity 10.000

SELECT AVG(CLAMP(people, 2, NULLIF(people, 3))) FROM sample
-- rejected aggregate at «people, 2, NULLIF(people»: avg of blocks; blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER

SELECT COUNT(*) FROM sample
-- rejected aggregate at «COUNT»: count of blocks; blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER

SELECT SUM(people) FROM sample
-- rejected aggregate at «people»: sum of blocks; blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER

SELECT COUNT(DISTINCT block) FROM sample
-- rejected aggregate at «block»: count of blocks; blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER

SELECT AVG(people) FILTER (WHERE share > 0) FROM sample
-- rejected aggregate at «people) FILTER (WHERE share»: avg of blocks; blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER

SELECT AVG(CASE WHEN share > 0 THEN people END) FROM sample
-- rejected aggregate at «share > 0 THEN people»: avg of blocks; blocks are released as AVG, MEDIAN or PERCENTILE_CONT of an output, without FILTER

SELECT AVG(people) FROM sample WHERE share > 0
-- rejected unit-locality at «share»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT share, AVG(people) FROM sample GROUP BY share
-- rejected unit-locality at «GROUP BY share»: GROUP BY of blocks; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT AVG(people) FROM (SELECT people FROM sample)
-- rejected unit-locality at «people»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT AVG(s.people) FROM sample s JOIN visits v ON s.block = v.id
-- rejected unit-locality at «s.block = v.id»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT AVG(s.people) FROM sample s JOIN spend p ON s.block = p.id
-- rejected unit-locality at «s.block = p.id»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT AVG(s.people) FROM sample s JOIN sample t ON s.block = t.block
-- rejected unit-locality at «s.block = t.block»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT COUNT(*) FROM (SELECT block FROM sample UNION ALL SELECT id FROM visits)
-- rejected unit-locality at «block»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT COUNT(*) FROM visits WHERE id IN (SELECT block FROM sample)
-- rejected unit-locality at «block»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT block, MAX(people) FROM sample GROUP BY block
-- rejected unit-locality at «GROUP BY block»: GROUP BY of blocks; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT DISTINCT people FROM sample
-- rejected unit-locality at «people»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT people FROM sample ORDER BY people LIMIT 1
-- rejected unit-locality at «people»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT SUM(x) OVER () FROM (SELECT people AS x FROM sample)
-- rejected unit-locality at «people»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

WITH s AS (SELECT * FROM sample) SELECT AVG(people) FROM s
-- rejected unit-locality at «people»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT COUNT(*) FROM areas WHERE district IN (SELECT people FROM sample)
-- rejected unit-locality at «people»: blocks of `sample`; write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN

SELECT (SELECT AVG(people) FROM sample) AS a, COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 1, m 1, 1 groups
--   sum of (sample.people - 5): laplace in [-5, 5], sensitivity 10.000
