# Depth, length and growth have limits that are named.

SELECT COUNT(*) FROM visits WHERE make_array(amount) IS NOT NULL
-- rejected size at «make_array(amount)»: function make_array; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT COUNT(*) FROM visits WHERE repeat(note, 1000000000) = 'a'
-- rejected size at «repeat(note, 1000000000)»: function repeat; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT repeat('x', 1000000000)
-- rejected size at «repeat('x', 1000000000)»: function repeat; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT lpad('x', 1000000000, 'y')
-- rejected size at «lpad('x', 1000000000, 'y')»: function lpad; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT make_array(1)
-- rejected size at «make_array(1)»: function make_array; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT array_length(generate_series(1, 2000000000))
-- rejected size at «array_length(generate_series(1, 2000000000))»: function array_length; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT array_length(array_repeat(1, 2000000000))
-- rejected size at «array_length(array_repeat(1, 2000000000))»: function array_length; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT replace('aaaa', 'a', 'aaaaaaaa'), COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT x||x||x||x||x||x||x||x||x||x||x||x||x||x FROM (SELECT 'a' AS x)
-- rejected size at «SELECT»: concatenation; concatenate fewer texts: together they may grow too long

SELECT concat(x, x, x, x, x, x, x, x, x) FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT 'a' AS x))))
-- rejected size at «SELECT»: concatenation; concatenate fewer texts: together they may grow too long

SELECT {{900 of amount + }}1 FROM visits
-- rejected limit at «amount + amount + amount + amount + amount + amount + amount…»: expression; nest at most 256 deep

SELECT SUM({{900 of amount + }}1) FROM visits
-- rejected limit at «amount + amount + amount + amount + amount + amount + amount…»: expression; nest at most 256 deep

SELECT SUM({{2000 of amount + }}1) FROM visits
-- rejected limit at «SELECT»: statement; write at most 2000 words and symbols

SELECT COUNT(*) FROM visits WHERE {{400 of amount = 1 OR }}amount = 2
-- rejected limit at «amount = 1 OR amount = 1 OR amount = 1 OR amount = 1 OR amou…»: expression; nest at most 256 deep

SELECT COUNT(*) FROM visits WHERE {{2000 of amount = 1 OR }}amount = 2
-- rejected limit at «SELECT»: statement; write at most 2000 words and symbols

SELECT COUNT(*) FROM visits WHERE amount IN ({{900 of 1, }}2)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT {{30 of (}}1{{30 of )}}
-- accepted: nothing private

SELECT {{3000 of (}}1{{3000 of )}}
-- rejected limit at «SELECT»: statement; write at most 2000 words and symbols

SELECT {{200 of NOT }}true
-- rejected syntax at «N»: statement; expected: end of statement, found: NOT

SELECT COUNT(*) FROM visits WHERE {{900 of NOT }}amount = 1
-- rejected syntax at «N»: statement; expected: end of statement, found: NOT

SELECT COUNT(*) FROM visits WHERE {{60000 of -}}amount = 1
-- rejected syntax at «SELECT»: statement; expected: an expression, found: EOF

SELECT {{30000 of 1, }}1
-- rejected limit: statement; write at most 65536 bytes

SELECT {{900 of 1, }}1
-- rejected syntax at «SELECT»: statement; projections require unique expression names but the expression "Int64(1)" at position 0 and "Int64(1)" at position 1 have the same name. Consider aliasing ("AS") one of them

{{70000 of x}}
-- rejected limit: statement; write at most 65536 bytes

SELECT 1{{400 of  UNION ALL SELECT 1}}
-- accepted: nothing private

SELECT COUNT(*) FROM {{20 of (SELECT * FROM }}visits{{20 of )}}
-- rejected limit at «SELECT»: statement; nest at most 40 deep

SELECT COUNT(*) FROM {{60 of (SELECT * FROM }}visits{{60 of )}}
-- rejected limit at «SELECT»: statement; nest at most 40 deep

SELECT COUNT(*) FROM visits v{{40 of  JOIN visits w ON v.id = w.id}}
-- rejected syntax at «id»: column `id`; name each column once; give one of them another name with AS

SELECT COUNT(*) FROM visits WHERE {{30 of CASE WHEN amount > 1 THEN }}true{{30 of  END}}
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT {{30 of COALESCE(1, }}2{{30 of )}}
-- accepted: nothing private

SELECT COUNT(*) FROM visits WHERE note = '{{60000 of a}}'
-- rejected size at «note»: constant of up to 60000 bytes below the release; keep texts within 8192 bytes: take LEFT(text, n) of them, or put fewer together

SELECT rpad('x', 1000000000)
-- rejected size at «rpad('x', 1000000000)»: function rpad; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT space(1000000000)
-- rejected syntax at «space»: function space; use a function that SQL knows

SELECT overlay('a' PLACING 'b' FROM 1)
-- rejected size at «overlay('a' PLACING 'b' FROM 1)»: function overlay; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT regexp_replace('aaaa', 'a', 'aaaaaaaa', 'g')
-- rejected size at «regexp_replace('aaaa', 'a', 'aaaaaaaa', 'g')»: function regexp_replace; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT array_repeat(1, 1000000000)
-- rejected size at «array_repeat(1, 1000000000)»: function array_repeat; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT range(1, 1000000000)
-- rejected size at «range(1, 1000000000)»: function range; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT unnest(make_array(1, 2, 3))
-- rejected total at «unnest»: UNNEST; arrays cannot be used; name the columns

SELECT COUNT(*) FROM visits WHERE array_has(make_array(1, 2), amount)
-- rejected size at «array_has(make_array(1, 2), amount)»: function array_has; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT COUNT(*) FROM unnest([1, 2, 3])
-- rejected total at «unnest»: UNNEST; arrays cannot be used; name the columns

SELECT struct(amount) FROM visits
-- rejected total at «amount»: `struct(visits.amount)` of type Struct("c0": Int64); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT named_struct('a', 1)
-- rejected output-type at «named_struct»: output column `named_struct(Utf8("a"),Int64(1))`; CAST it to BIGINT, DOUBLE, DECIMAL, BOOLEAN, VARCHAR, DATE or TIMESTAMP

SELECT map(['a'], [1])
-- rejected size at «map(['a'], [1])»: function map; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT COUNT(*) FROM visits WHERE concat(note, note) = 'aa'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT factorial(20)
-- accepted: nothing private

SELECT INTERVAL '1' DAY
-- rejected output-type at «SELECT»: output column `IntervalMonthDayNano("IntervalMonthDayNano { months: 0, days: 1, nanoseconds: 0 }")`; CAST it to BIGINT, DOUBLE, DECIMAL, BOOLEAN, VARCHAR, DATE or TIMESTAMP

SELECT X'00'
-- rejected output-type at «SELECT»: output column `Binary("0")`; CAST it to BIGINT, DOUBLE, DECIMAL, BOOLEAN, VARCHAR, DATE or TIMESTAMP

SELECT TIMESTAMP '2020-01-01T00:00:00Z'
-- accepted: nothing private

SELECT TIME '10:00:00'
-- rejected output-type at «SELECT»: output column `Utf8("10:00:00")`; CAST it to BIGINT, DOUBLE, DECIMAL, BOOLEAN, VARCHAR, DATE or TIMESTAMP

SELECT NULL
-- accepted: nothing private

SELECT district, amount > 1, amount > 2, amount > 3, amount > 4, amount > 5, amount > 6, amount > 7, amount > 8, amount > 9, amount > 0, free > 1, free > 2, COUNT(*) FROM visits GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
-- rejected size at «GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13»: GROUP BY; group by fewer or smaller keys: at most 1000000 groups

# As much as there may be, and more. Values that are added up:

SELECT MEDIAN(CLAMP(free, 0, 63)), MEDIAN(CLAMP(free, 1, 64)), MEDIAN(CLAMP(free, 2, 65)), MEDIAN(CLAMP(free, 3, 66)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of clamp(visits.free, Int64(0), Int64(63)) in 64 bins: laplace in [0, 1], sensitivity 5.000
--   count of clamp(visits.free, Int64(1), Int64(64)) in 64 bins: laplace in [0, 1], sensitivity 5.000
--   count of clamp(visits.free, Int64(2), Int64(65)) in 64 bins: laplace in [0, 1], sensitivity 5.000
--   count of clamp(visits.free, Int64(3), Int64(66)) in 64 bins: laplace in [0, 1], sensitivity 5.000

SELECT MEDIAN(CLAMP(free, 0, 63)), MEDIAN(CLAMP(free, 1, 64)), MEDIAN(CLAMP(free, 2, 65)), MEDIAN(CLAMP(free, 3, 66)), COUNT(DISTINCT note) FROM visits
-- rejected limit at «free, 0, 63)), MEDIAN(CLAMP(free, 1, 64)), MEDIAN(CLAMP(free…»: statement; ask for fewer quantiles at once: all aggregates together may add up 256 values

# Groups:

SELECT COUNT(*) FROM visits GROUP BY WIDTH_BUCKET(cost, 0, 5, 998), WIDTH_BUCKET(cost, 1, 5, 998)
-- accepted: ε 1 of person
--   C 5, m 5, 1000000 groups by width_bucket(visits.cost,Int64(0),Int64(5),Int64(998)): 1000 declared values; width_bucket(visits.cost,Int64(1),Int64(5),Int64(998)): 1000 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000

# The memory of the groups:

SELECT MEDIAN(CLAMP(free, 1, 58)) FROM visits GROUP BY note = 'a', note = 'b', note = 'c', note = 'd', note = 'e', note = 'f', note = 'g', note = 'h', note = 'i', note = 'j', note = 'k', note = 'l', note = 'm', note = 'n', note = 'o', note = 'p', note = 'q', note = 'r', note = 's'
-- accepted: ε 1 of person
--   C 5, m 5, 524288 groups by visits.note = Utf8("a"): 2 declared values; visits.note = Utf8("b"): 2 declared values; visits.note = Utf8("c"): 2 declared values; visits.note = Utf8("d"): 2 declared values; visits.note = Utf8("e"): 2 declared values; visits.note = Utf8("f"): 2 declared values; visits.note = Utf8("g"): 2 declared values; visits.note = Utf8("h"): 2 declared values; visits.note = Utf8("i"): 2 declared values; visits.note = Utf8("j"): 2 declared values; visits.note = Utf8("k"): 2 declared values; visits.note = Utf8("l"): 2 declared values; visits.note = Utf8("m"): 2 declared values; visits.note = Utf8("n"): 2 declared values; visits.note = Utf8("o"): 2 declared values; visits.note = Utf8("p"): 2 declared values; visits.note = Utf8("q"): 2 declared values; visits.note = Utf8("r"): 2 declared values; visits.note = Utf8("s"): 2 declared values
--   count of clamp(visits.free, Int64(1), Int64(58)) in 58 bins: laplace in [0, 1], sensitivity 25.000

SELECT MEDIAN(CLAMP(free, 1, 59)) FROM visits GROUP BY note = 'a', note = 'b', note = 'c', note = 'd', note = 'e', note = 'f', note = 'g', note = 'h', note = 'i', note = 'j', note = 'k', note = 'l', note = 'm', note = 'n', note = 'o', note = 'p', note = 'q', note = 'r', note = 's'
-- rejected size at «GROUP BY note = 'a', note = 'b', note = 'c', note = 'd', not…»: GROUP BY; the groups may need 4345298944 bytes, over 4294967296; lower C or group by declared keys

# Noisy sums, over all grouping sets together:

SELECT COUNT(*), COUNT(amount), COUNT(free), SUM(amount), SUM(cost) FROM visits GROUP BY CUBE (amount IS NULL, free IS NULL, note = 'a', note = 'b')
-- rejected limit at «SELECT»: statement; ask for at most 64 noisy sums; VAR needs 3, CORR 6, a grouping set as many as the query

# Concatenations that come to the limit, and over it: each multiplies by its parts, a separator before each too.
SELECT x||x||x||x||x||x||x||x||x||x||x||x||x FROM (SELECT 'a' AS x)
-- accepted: nothing private

SELECT concat(x, x, x, x, x, x, x, x) FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT concat(x, x, x, x, x, x, x, x) AS x FROM (SELECT 'a' AS x))))
-- accepted: nothing private

SELECT concat_ws(x, x, x, x) FROM (SELECT concat_ws(x, x, x, x) AS x FROM (SELECT concat_ws(x, x, x, x) AS x FROM (SELECT concat_ws(x, x, x, x) AS x FROM (SELECT 'a' AS x))))
-- accepted: nothing private

SELECT concat_ws(x, x, x, x) FROM (SELECT concat_ws(x, x, x, x) AS x FROM (SELECT concat_ws(x, x, x, x) AS x FROM (SELECT concat_ws(x, x, x, x) AS x FROM (SELECT concat_ws(x, x, x, x) AS x FROM (SELECT 'a' AS x)))))
-- rejected size at «SELECT»: concatenation; concatenate fewer texts: together they may grow too long

# A character of one byte may become one of four, whatever the letters are.
SELECT {{6 of translate(}}x{{6 of , y, z)}} FROM (SELECT 'a' AS x, 'b' AS y, 'c' AS z)
-- accepted: nothing private

SELECT {{7 of translate(}}x{{7 of , y, z)}} FROM (SELECT 'a' AS x, 'b' AS y, 'c' AS z)
-- rejected size at «SELECT»: concatenation; concatenate fewer texts: together they may grow too long

# A padded text is as long as is said, however long it was.
SELECT {{4 of rpad(lpad(}}x{{4 of , 64), 64)}} FROM (SELECT 'a' AS x)
-- accepted: nothing private
