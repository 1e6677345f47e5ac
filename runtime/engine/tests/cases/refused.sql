# What each rule of the dialect refuses, one statement after another.

SELECT SUM(r) FROM (SELECT SUM(amount) OVER (PARTITION BY district) AS r FROM visits)
-- rejected unit-locality at «OVER (PARTITION BY district)»: window function sum (OVER) below the release; write PARTITION BY with the unit, or use it above the aggregate, over released values

SELECT COUNT(*) FROM visits WHERE free % amount = 0
-- rejected total at «free % amount»: operator % below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE substr(note, 1, amount) = 'a'
-- rejected total at «substr(note, 1, amount)»: function substr; give it a constant start from 1 and a constant length

SELECT COUNT(*) FROM visits WHERE note ~ note
-- rejected total at «note ~ note»: pattern match `visits.note ~ visits.note`; write a constant regular expression

SELECT COUNT(*) FROM visits WHERE note || cost = 'aa'
-- rejected total at «cost»: CAST to Utf8; write TRY_CAST, which gives null where CAST would fail

SELECT MAX(free) FROM visits
-- rejected bounds at «MAX(free)»: aggregate of `visits.free`; write CLAMP(x, lo, hi) around it

SELECT MIN(note) FROM visits
-- rejected aggregate at «MIN(note)»: aggregate of `visits.note`; aggregate integers or decimals

SELECT median(free) FROM visits
-- rejected bounds at «median(free)»: aggregate of `visits.free`; write CLAMP(x, lo, hi) around it

SELECT median(DISTINCT amount) FROM visits
-- rejected aggregate at «median(DISTINCT amount)»: median(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit

SELECT percentile_cont(amount, 0.1 + amount) FROM visits
-- rejected aggregate at «amount, 0.1 + amount»: quantile at `CAST(Decimal128(0.1,1,1) + CAST(visits.amount AS Decimal128(20, 0)) AS Float64)`; give a constant from 0 to 1

SELECT approx_percentile_cont_with_weight(amount, district, 0.5) FROM visits
-- rejected aggregate at «approx_percentile_cont_with_weight(amount, district, 0.5)»: aggregate approx_percentile_cont_with_weight; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT regr_slope(amount, district) FROM visits
-- rejected aggregate at «regr_slope(amount, district)»: aggregate regr_slope; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT stddev(free) FROM visits
-- rejected bounds at «stddev(free)»: aggregate of `visits.free`; write CLAMP(x, lo, hi) around it

SELECT corr(amount, free) FROM visits
-- rejected bounds at «corr(amount, free)»: aggregate of `visits.free`; write CLAMP(x, lo, hi) around it

SELECT var_pop(CLAMP(free, 0, 9000000000)) FROM visits
-- rejected bounds at «var_pop(CLAMP(free, 0, 9000000000))»: aggregate of `(clamp(visits.free, Int64(0), Int64(9000000000)) - 4500000000)`; its squares do not fit; write CLAMP(x, lo, hi) with closer bounds around it

SELECT stddev(DISTINCT amount) FROM visits
-- rejected aggregate at «stddev(DISTINCT amount)»: stddev(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit

SELECT COUNT(DISTINCT id) FILTER (WHERE amount > 1) FROM visits
-- rejected aggregate at «FILTER (WHERE amount > 1)»: FILTER of COUNT(DISTINCT unit); write the condition as WHERE, in a query of its own

SELECT SUM(amount) FILTER (WHERE 10 / amount > 1) FROM visits
-- rejected total at «10 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FILTER (WHERE id IS NOT NULL) FROM visits
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits GROUP BY CUBE (district, amount > 1, amount > 2, amount > 3, amount > 4)
-- rejected limit at «CUBE»: CUBE sets; write the grouping sets out; a CUBE is of at most 4 keys

SELECT COUNT(*) FROM visits GROUP BY CUBE (amount > 1, amount > 2, amount > 3, amount > 4, amount > 5, amount > 6, amount > 7, amount > 8, amount > 9, amount > 10, amount > 11, amount > 12, amount > 13, amount > 14, amount > 15, amount > 16, amount > 17, amount > 18), district
-- rejected limit at «CUBE»: CUBE sets; write the grouping sets out; a CUBE is of at most 4 keys

SELECT COUNT(*) FROM visits GROUP BY CUBE (district, amount > 1, amount > 2), ROLLUP (amount > 3, amount > 4)
-- rejected limit at «GROUP BY CUBE (district, amount > 1, amount > 2), ROLLUP (am…»: GROUP BY sets; ask for at most 16 grouping sets in one GROUP BY

SELECT note, COUNT(*) FROM visits GROUP BY ROLLUP (note)
-- rejected keys at «GROUP BY ROLLUP (note)»: GROUP BY `visits.note`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT COUNT(*) FROM visits GROUP BY GROUPING SETS ((id), ())
-- rejected unit-output at «GROUP BY GROUPING SETS ((id), ())»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM visits WHERE note LIKE '____________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________________'
-- rejected total at «note LIKE '_________________________________________________…»: pattern match; use LIKE with a constant pattern of at most 256 bytes and no ESCAPE

SELECT COUNT(*) FROM (SELECT id, district, COUNT(*) AS n FROM visits GROUP BY ROLLUP (id, district))
-- rejected unit-output at «GROUP BY ROLLUP (id, district)»: GROUP BY `visits.id`; group by something persons share

SELECT COUNT(*) FROM (SELECT id, AVG(cost) AS a FROM visits GROUP BY id) WHERE a > 1
-- accepted: ε 1 of person
--   C 1, m 1, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 1.000

SELECT COUNT(*) FROM (SELECT id, AVG(amount) AS a FROM visits GROUP BY id)
-- rejected aggregate at «amount»: AVG of integers for each unit; write AVG(CAST(x AS DECIMAL(18, 0))) for each unit: sums of doubles depend on the order of rows

SELECT COUNT(*) FROM (SELECT id, FIRST_VALUE(amount) AS f FROM visits GROUP BY id)
-- rejected aggregate at «FIRST_VALUE(amount)»: aggregate first_value for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

SELECT COUNT(*) FROM (SELECT id, array_agg(amount) AS f FROM visits GROUP BY id)
-- rejected aggregate at «array_agg(amount)»: aggregate array_agg for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

SELECT COUNT(*) FROM (SELECT id, array_agg(amount ORDER BY amount) AS f FROM visits GROUP BY id)
-- rejected order at «array_agg(amount ORDER BY amount)»: ordered aggregate array_agg; aggregates cannot depend on order

SELECT COUNT(*) FROM (SELECT id, string_agg(note, ',') AS f FROM visits GROUP BY id)
-- rejected aggregate at «string_agg(note, ',')»: aggregate string_agg; give it one argument

SELECT SUM(s) FROM (SELECT id, SUM(DISTINCT amount) AS s FROM visits GROUP BY id)
-- rejected aggregate at «SUM(DISTINCT amount)»: sum(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT first

SELECT COUNT(*) FROM (SELECT id, COUNT(DISTINCT note) AS n, SUM(cost) AS s FROM visits GROUP BY id) WHERE s >= 1
-- rejected aggregate at «note»: COUNT(DISTINCT …) beside a SUM of decimals; count distinct values in a sub-query of its own, and join it on the unit

SELECT id, COUNT(*) AS n FROM visits GROUP BY id
-- rejected unit-output at «id, COUNT(*) AS n»: unit column in the output; select aggregates such as COUNT(*), SUM(x), AVG(x)

SELECT MAX(x) FROM (SELECT id, MIN(id) AS x FROM visits GROUP BY id)
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT x, COUNT(*) FROM (SELECT id AS x FROM visits UNION ALL SELECT f.x FROM visits v JOIN (SELECT district, arrow_cast(X'00000000000000000000000000000000', 'FixedSizeBinary(16)') AS x FROM areas) f ON v.district = f.district) GROUP BY x
-- rejected unit-output at «UNION»: UNION of the unit with another column; put the unit in the same place of every branch

SELECT COUNT(*) FROM (SELECT age FROM people UNION ALL SELECT age FROM firms)
-- rejected unit-locality at «UNION»: UNION of two namespaces; unite tables of one namespace, or aggregate each branch first

SELECT COUNT(*) FROM (SELECT district FROM visits UNION ALL VALUES (1))
-- rejected unit-locality at «UNION»: UNION of a protected table with a public one; aggregate the protected branch first, and unite the released tables

SELECT COUNT(*) FROM (SELECT DISTINCT district FROM (SELECT id, district FROM visits))
-- rejected unit-locality at «DISTINCT»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT COUNT(*) FROM (SELECT amount FROM visits UNION SELECT amount FROM visits)
-- rejected unit-locality at «UNION»: DISTINCT without the unit below the release; put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur

SELECT SUM(amount) FROM (SELECT DISTINCT ON (district) district, amount FROM visits ORDER BY district, amount)
-- rejected unit-locality at «DISTINCT»: DISTINCT ON without the unit; put the unit among its expressions: DISTINCT ON (unit, …)

SELECT SUM(amount) FROM (SELECT DISTINCT ON (id) id, amount FROM visits)
-- rejected order at «DISTINCT»: DISTINCT ON of `visits.amount`, which rows that tie may not share; ORDER BY every column that is selected

SELECT SUM(amount) FROM (SELECT DISTINCT ON (id) id, amount, cost FROM visits ORDER BY id, cost)
-- rejected order at «DISTINCT»: DISTINCT ON of `visits.amount`, which rows that tie may not share; ORDER BY every column that is selected

SELECT SUM(amount) FROM (SELECT amount, ROW_NUMBER() OVER (PARTITION BY id ORDER BY district) AS r FROM visits) WHERE r = 1
-- rejected order at «OVER (PARTITION BY id ORDER BY district)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `amount` too

SELECT SUM(amount) FROM (SELECT amount, ROW_NUMBER() OVER (PARTITION BY id) AS r FROM visits) WHERE r = 1
-- rejected order at «OVER (PARTITION BY id)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `amount` too

SELECT COUNT(*) FROM (SELECT cost, LAG(amount) OVER (PARTITION BY id ORDER BY amount) AS l FROM visits) WHERE cost > l
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function lag over rows that may tie; ORDER BY all the columns that are read, `cost` too

SELECT SUM(f) FROM (SELECT FIRST_VALUE(amount) OVER (PARTITION BY id ORDER BY cost) AS f FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY cost)»: window function first_value over rows that may tie; ORDER BY all the columns that are read, `amount` too

SELECT SUM(CLAMP(s, 0, 9)) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY cost ROWS UNBOUNDED PRECEDING) AS s FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY cost ROWS UNBOUNDED PRECEDING…»: window function sum over rows that may tie; ORDER BY all the columns that are read, `amount` too

SELECT SUM(amount) FROM (SELECT amount, ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount + cost) AS r FROM visits) WHERE r = 1
-- rejected order at «OVER (PARTITION BY id ORDER BY amount + cost)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `amount`, `cost` too

SELECT COUNT(*) FROM (SELECT a, b FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount, cost) AS a, ROW_NUMBER() OVER (PARTITION BY id ORDER BY cost, amount) AS b, amount, cost FROM visits)) WHERE a = b
-- rejected order at «OVER (PARTITION BY id ORDER BY cost, amount)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `row_number() PARTITION BY [visits.id] ORDER BY [visits.amount ASC NULLS LAST, visits.cost ASC NULLS LAST] RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW` too

SELECT SUM(CLAMP(s, 0, 9)) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY amount RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount RANGE BETWEEN 1 PRECED…»: window frame; use ROWS, or RANGE between UNBOUNDED and CURRENT ROW

SELECT SUM(CLAMP(s, 0, 9)) FROM (SELECT SUM(amount) OVER (PARTITION BY id ORDER BY amount GROUPS 1 PRECEDING) AS s FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount GROUPS 1 PRECEDING)»: window frame; use ROWS, or RANGE between UNBOUNDED and CURRENT ROW

SELECT COUNT(*) FROM (SELECT COUNT(*) OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN CURRENT ROW AND 18446744073709551615 FOLLOWING) AS n FROM visits WHERE note = 'zhang') WHERE n > 0
-- rejected order at «OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN CURRENT R…»: window frame; write a constant from 0 to 1000000, or UNBOUNDED

SELECT COUNT(*) FROM (SELECT COUNT(*) OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1000001 FOLLOWING AND UNBOUNDED FOLLOWING) AS n FROM visits) WHERE n > 0
-- rejected order at «OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1000001 F…»: window frame; write a constant from 0 to 1000000, or UNBOUNDED

SELECT COUNT(*) FROM (SELECT COUNT(*) OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1000001 PRECEDING AND 1000000 FOLLOWING) AS n FROM visits) WHERE n > 0
-- rejected order at «OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1000001 P…»: window frame; write a constant from 0 to 1000000, or UNBOUNDED

SELECT COUNT(*) FROM (SELECT COUNT(*) OVER (PARTITION BY id ORDER BY amount ROWS BETWEEN 1000000 PRECEDING AND 1000000 FOLLOWING) AS n FROM visits) WHERE n > 0
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(f) FROM (SELECT LAG(amount) IGNORE NULLS OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function lag with FILTER, DISTINCT or IGNORE NULLS; write it plain; use CASE for a filter

SELECT SUM(f) FROM (SELECT LAG(amount, -1) OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
-- rejected order at «LAG»: offset of LAG or LEAD; write a constant from 1 to 1000000

SELECT SUM(f) FROM (SELECT LAG(amount, 1, amount) OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
-- rejected order at «LAG»: default of LAG or LEAD; write a constant of the value's type

SELECT COUNT(*) FROM (SELECT NTILE(2) OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function ntile below the release; use ROW_NUMBER, RANK, DENSE_RANK, LAG, LEAD, FIRST_VALUE, LAST_VALUE, COUNT, SUM, MIN or MAX

SELECT COUNT(*) FROM (SELECT PERCENT_RANK() OVER (PARTITION BY id ORDER BY amount) AS f FROM visits)
-- rejected order at «OVER (PARTITION BY id ORDER BY amount)»: window function percent_rank below the release; use ROW_NUMBER, RANK, DENSE_RANK, LAG, LEAD, FIRST_VALUE, LAST_VALUE, COUNT, SUM, MIN or MAX

SELECT COUNT(*) FROM (SELECT STDDEV(amount) OVER (PARTITION BY id) AS f FROM visits)
-- rejected aggregate at «STDDEV(amount)»: aggregate stddev for each unit; use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY

SELECT COUNT(*) FROM (SELECT LAG(id) OVER (PARTITION BY id ORDER BY amount) AS l, amount FROM visits)
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT SUM(n) FROM (SELECT v.id, COUNT(*) AS n FROM visits v JOIN areas a ON v.district = a.district GROUP BY v.id)
-- rejected bounds at «SUM(n)»: aggregate of `n`; write CLAMP(x, lo, hi) around it

SELECT COUNT(*) FROM visits WHERE district > (SELECT district FROM areas)
-- rejected subquery at «(SELECT district FROM areas)»: scalar subquery that may have several rows; select one aggregate without GROUP BY, or LIMIT 1

SELECT COUNT(*) FROM visits v WHERE district IN (SELECT district FROM areas a WHERE a.district = v.amount)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE district IN (SELECT district FROM visits WHERE amount > 3)
-- rejected subquery at «(SELECT district FROM visits WHERE amount > 3)»: subquery in a private expression; use public tables or released values in it, write unit IN (SELECT unit …), or compare above the release

SELECT COUNT(*) FROM visits WHERE id IN (SELECT id FROM firms)
-- rejected subquery at «(SELECT id FROM firms)»: subquery of another namespace; write unit IN (SELECT unit FROM a table of the same namespace)

SELECT COUNT(*) FROM visits WHERE id IN (SELECT id FROM people) OR amount > 3
-- rejected subquery at «(SELECT id FROM people)»: subquery in a private expression; use public tables or released values in it, write unit IN (SELECT unit …), or compare above the release

SELECT COUNT(*) FROM visits WHERE amount IN (SELECT age FROM people WHERE id IN (SELECT id FROM visits))
-- rejected subquery at «(SELECT age FROM people WHERE id IN (SELECT id FROM visits))»: subquery in a private expression; use public tables or released values in it, write unit IN (SELECT unit …), or compare above the release

SELECT COUNT(*) FROM visits WHERE free / 0 = 1
-- rejected total at «free / 0»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE free / -1 = 1
-- rejected total at «free / -1»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE free % -1 = 1
-- rejected total at «free % -1»: operator % below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE cost / 2 > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE free / NULL = 1
-- rejected total at «free / NULL»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE abs(free * 2) > 1
-- rejected total at «free * 2»: `visits.free * Int64(2)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE note ~ 'a{1000}'
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

SELECT COUNT(*) FROM visits WHERE note ~ '((a{30}){30}){30}'
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

SELECT COUNT(*) FROM visits WHERE note ~ NULL
-- rejected total at «note»: pattern match `visits.note ~ CAST(NULL AS Utf8)`; write a constant regular expression, not null

SELECT COUNT(*) FROM visits WHERE regexp_like(note, 'a', 'g')
-- rejected total at «regexp_like(note, 'a', 'g')»: function regexp_like; give it a text and a pattern alone

SELECT COUNT(*) FROM visits WHERE regexp_count(note, 'a') = 1
-- rejected total at «regexp_count(note, 'a')»: function regexp_count; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE substr(note, 1, -1) = 'a'
-- rejected total at «substr(note, 1, -1)»: function substr; give it a constant start from 1 and a constant length

SELECT COUNT(*) FROM visits WHERE substr(note, -9223372036854775808) = 'a'
-- rejected total at «substr(note, -9223372036854775808)»: function substr; give it a constant start from 1 and a constant length

SELECT COUNT(*) FROM visits WHERE left(note, -1) = 'a'
-- rejected total at «left(note, -1)»: function left; give it a constant number of characters, from 0

SELECT COUNT(*) FROM visits WHERE split_part(note, ',', 0) = 'a'
-- rejected total at «split_part(note, ',', 0)»: function split_part; give it a constant delimiter and a constant position from 1

SELECT COUNT(*) FROM visits WHERE chr(amount) = 'a'
-- rejected total at «chr(amount)»: function chr; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE to_hex(amount) = 'a'
-- rejected total at «to_hex(amount)»: function to_hex; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE levenshtein(note, note) = 1
-- rejected total at «levenshtein(note, note)»: function levenshtein; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM (SELECT x || x || x || x AS y FROM (SELECT note || note || note || note || note || note || note || note || note AS x FROM visits)) WHERE y = 'a'
-- rejected size at «SELECT»: concatenation of up to 9216 bytes below the release; keep texts within 8192 bytes: take LEFT(text, n) of them, or put fewer together

SELECT COUNT(*) FROM visits WHERE upper(lower(upper(lower(note)))) = 'a'
-- rejected size at «note»: upper of up to 20736 bytes below the release; keep texts within 8192 bytes: take LEFT(text, n) of them, or put fewer together

SELECT COUNT(*) FROM stays WHERE free_day + INTERVAL '1 day' > DATE '2020-01-01'
-- rejected total at «free_day + INTERVAL '1 day'»: `stays.free_day + IntervalMonthDayNano("IntervalMonthDayNano { months: 0, days: 1, nanoseconds: 0 }")`, which may overflow; add intervals to dates and timestamps with declared bounds between the years 1700 and 2200

SELECT COUNT(*) FROM stays WHERE day + INTERVAL '5000 years' > DATE '2020-01-01'
-- rejected total at «day + INTERVAL '5000 years'»: `stays.day + IntervalMonthDayNano("IntervalMonthDayNano { months: 60000, days: 0, nanoseconds: 0 }")`, which may overflow; add intervals to dates and timestamps with declared bounds between the years 1700 and 2200

SELECT COUNT(*) FROM stays WHERE date_trunc('month', free_day) > TIMESTAMP '2020-01-01 00:00:00'
-- rejected total at «free_day»: CAST to Timestamp(ns); write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM stays WHERE TRY_CAST(COALESCE(at, TIMESTAMP '2250-01-01 00:00:00') AS DATE) = day
-- rejected total at «TRY_CAST(COALESCE(at, TIMESTAMP '2250-01-01 00:00:00') AS DA…»: TRY_CAST to Date32; cast timestamps with declared bounds between the years 1700 and 2200

SELECT COUNT(*) FROM stays WHERE date_trunc('millennium', at) > TIMESTAMP '2020-01-01 00:00:00'
-- rejected total at «date_trunc('millennium', at)»: function date_trunc; name a constant part: year, quarter, month, week, day, hour, minute or second

SELECT COUNT(*) FROM stays WHERE at - at > INTERVAL '1 day'
-- rejected total at «at - at»: `CAST(stays.at - stays.at AS Interval(MonthDayNano))` of type Interval(MonthDayNano); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT SUM(free_day - day) FROM stays
-- rejected bounds at «SUM(free_day - day)»: aggregate of `stays.free_day - stays.day`; write CLAMP(x, lo, hi) around it

SELECT COUNT(*) FROM (SELECT s.day, ROW_NUMBER() OVER (PARTITION BY s.id ORDER BY s.seq) AS r FROM stays s JOIN people p ON s.id = p.id) WHERE r = 1 AND day > DATE '2020-01-01'
-- rejected order at «OVER (PARTITION BY s.id ORDER BY s.seq)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `day` too

SELECT COUNT(*) FROM (SELECT day, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq) AS r FROM (SELECT * FROM stays UNION ALL SELECT * FROM stays)) WHERE r = 1 AND day > DATE '2020-01-01'
-- rejected order at «OVER (PARTITION BY id ORDER BY seq)»: window function row_number over rows that may tie; ORDER BY all the columns that are read, `day` too

SELECT ( SELECT FROM people LIMIT 1 )
-- rejected statement at «SELECT»: SELECT without columns; leave it out; it has no meaning here

SELECT SUM(EXTRACT(DAY FROM CASE WHEN note = 'zhang' THEN CAST(2000000000 AS DATE) ELSE DATE '2020-01-01' END)) FROM visits
-- rejected total at «EXTRACT(DAY FROM CASE WHEN note = 'zhang' THEN CAST(20000000…»: date_part, which may meet a day outside the calendar; take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after

SELECT SUM(EXTRACT(DAY FROM COALESCE(TRY_CAST(note AS DATE), DATE '2020-01-01'))) FROM visits
-- rejected total at «EXTRACT(DAY FROM COALESCE(TRY_CAST(note AS DATE), DATE '2020…»: date_part, which may meet a day outside the calendar; take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after

SELECT COUNT(*) FROM visits WHERE note ~ '(a{30}){30}'
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

SELECT COUNT(*) FROM visits WHERE BTRIM(note, note) = 'a'
-- rejected total at «BTRIM(note, note)»: function btrim; trim a constant set of characters, of at most 16 bytes
