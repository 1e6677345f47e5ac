# Division, modulo, casts, overflow, dates, patterns: nothing below a release may raise on one row.

SELECT SUM(10 / amount) FROM visits
-- rejected total at «10 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE free % 2 = 0
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount <> 0 AND 10 / amount > 1
-- rejected total at «10 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE CASE WHEN amount = 0 THEN false ELSE 1 / amount > 0 END
-- rejected total at «1 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE 1 / NULLIF(amount, 0) > 0
-- rejected total at «1 / NULLIF(amount, 0)»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT SUM(free + 1) FROM visits
-- rejected total at «free + 1»: `visits.free + Int64(1)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE free * free > 0
-- rejected total at «free * free»: `visits.free * visits.free`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE -free > 0
-- rejected total at «free»: `(- visits.free)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE free - 1 > 0
-- rejected total at «free - 1»: `visits.free - Int64(1)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE CAST(note AS BIGINT) > 0
-- rejected total at «CAST(note AS BIGINT)»: CAST to Int64; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE note::int = 3
-- rejected total at «note»: CAST to Int32; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE CAST(note AS DATE) > '2020-01-01'
-- rejected total at «CAST(note AS DATE)»: CAST to Date32; write TRY_CAST, which gives null where CAST would fail

SELECT SUM(CAST(free AS INT)) FROM visits
-- rejected total at «CAST(free AS INT)»: CAST to Int32; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE CAST(amount AS DOUBLE) > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE sqrt(amount) > 1
-- rejected total at «amount»: floating point `sqrt(CAST(visits.amount AS Float64))`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE abs(free) > 1
-- rejected total at «abs(free) > 1»: `abs(visits.free)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE substr(note, 1, 1) = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE regexp_like(note, note)
-- rejected total at «note, note»: pattern match `visits.note`; write a constant regular expression

SELECT COUNT(*) FROM visits WHERE note ~ 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note LIKE note
-- rejected total at «note LIKE note»: pattern match; use LIKE with a constant pattern of at most 256 bytes and no ESCAPE

SELECT COUNT(*) FROM visits WHERE note SIMILAR TO 'a'
-- rejected total at «note SIMILAR TO»: pattern match; use LIKE with a constant pattern of at most 256 bytes and no ESCAPE

SELECT COUNT(*) FROM visits WHERE note || note = 'aa'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE to_date(note) > '2020-01-01'
-- rejected total at «to_date(note)»: function to_date; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE free << 70 > 0
-- rejected total at «free << 70»: operator <<; use comparisons, AND, OR, +, -, *, /, %, || and ~ below the release

SELECT COUNT(*) FROM visits WHERE (free & 1) = 1
-- rejected total at «free & 1»: operator &; use comparisons, AND, OR, +, -, *, /, %, || and ~ below the release

SELECT SUM(CASE WHEN note = 'x' THEN date_part('quarter', INTERVAL '1 day') ELSE 0 END) FROM visits
-- rejected total at «note»: `IntervalMonthDayNano("IntervalMonthDayNano { months: 0, days: 1, nanoseconds: 0 }")` of type Interval(MonthDayNano); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE INTERVAL '1 day' = INTERVAL '2 days'
-- rejected total at «INTERVAL»: `IntervalMonthDayNano("IntervalMonthDayNano { months: 0, days: 1, nanoseconds: 0 }")` of type Interval(MonthDayNano); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE date_part('day', note) = 1
-- rejected total at «note»: CAST to Timestamp(ns); write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE amount + 1 > 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(amount * amount * amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount * visits.amount * visits.amount: laplace in [0, 1000], sensitivity 5000.000

SELECT SUM(CLAMP(free, 0, 3000000000) * CLAMP(free, 0, 3000000000)) FROM visits
-- rejected loss: loss; the sensitivity is too large; lower C, m or the bounds

SELECT SUM(CLAMP(free, 0, 4000000000) * CLAMP(free, 0, 4000000000)) FROM visits
-- rejected total at «CLAMP(free, 0, 4000000000) * CLAMP(free, 0, 4000000000)»: `clamp(visits.free, Int64(0), Int64(4000000000)) * clamp(visits.free, Int64(0), Int64(4000000000))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT SUM(CLAMP(free, -9223372036854775808, 0)) FROM visits
-- rejected loss: loss; the sensitivity is too large; lower C, m or the bounds

SELECT SUM(-CLAMP(free, -9223372036854775808, 0)) FROM visits
-- rejected total at «CLAMP(free, -9223372036854775808, 0)»: `(- clamp(visits.free, Int64(-9223372036854775808), Int64(0)))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT SUM(-CLAMP(free, -9223372036854775807, 0)) FROM visits
-- rejected loss: loss; the sensitivity is too large; lower C, m or the bounds

SELECT SUM(cost * cost) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.cost * visits.cost: laplace in [0, 30.25], sensitivity 1512500.000

SELECT SUM(cost * cost * cost * cost) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.cost * visits.cost * visits.cost * visits.cost: laplace in [0, 915.0625], sensitivity 457531250000.000

SELECT SUM(cost + 0.001) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.cost + Decimal128(0.001,3,3): laplace in [0.001, 5.501], sensitivity 27505.000

SELECT COUNT(*) FROM visits WHERE cost > 1e400
-- rejected syntax at «SELECT»: statement; decimal scale -400 exceeds the minimum supported scale: -128

SELECT COUNT(*) FROM visits WHERE amount > 99999999999999999999999999999999999999999
-- rejected total at «amount»: `CAST(visits.amount AS Decimal256(41, 0))` of type Decimal256(41, 0); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE amount = CAST('NaN' AS DOUBLE)
-- rejected total at «amount»: floating point `CAST(Utf8("NaN") AS Float64)`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE CAST('inf' AS DOUBLE) > amount
-- rejected total at «amount»: floating point `CAST(Utf8("inf") AS Float64)`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE cost / 3 > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount / 2 > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount / 0 > 1
-- rejected total at «amount / 0»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE amount % 0 = 1
-- rejected total at «amount % 0»: operator % below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE amount / -1 > 1
-- rejected total at «amount / -1»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE free / -1 > 1
-- rejected total at «free / -1»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE free % -1 = 0
-- rejected total at «free % -1»: operator % below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE mod(amount, 2) = 1
-- rejected syntax at «mod»: function mod; use a function that SQL knows

SELECT COUNT(*) FROM visits WHERE div(amount, 2) = 1
-- rejected syntax at «div»: function div; use a function that SQL knows

SELECT COUNT(*) FROM visits WHERE 1 / (amount - amount) > 0
-- rejected total at «1 / (amount - amount)»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE amount > 0 AND (SELECT 1) = 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE power(amount, 1000) > 1
-- rejected total at «amount»: floating point `power(CAST(visits.amount AS Float64), CAST(Int64(1000) AS Float64))`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE exp(amount) > 1
-- rejected total at «amount»: floating point `exp(CAST(visits.amount AS Float64))`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE ln(amount) > 1
-- rejected total at «amount»: floating point `ln(CAST(visits.amount AS Float64))`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE log(10, amount) > 1
-- rejected total at «amount»: floating point `log(CAST(Int64(10) AS Float64), CAST(visits.amount AS Float64))`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE factorial(amount) > 1
-- rejected total at «factorial(amount)»: function factorial; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE gcd(free, free) > 1
-- rejected total at «gcd(free, free)»: function gcd; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE lcm(free, free) > 1
-- rejected total at «lcm(free, free)»: function lcm; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE round(amount) > 1
-- rejected total at «round(amount)»: function round; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE isnan(amount)
-- rejected total at «isnan(amount)»: function isnan; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE nanvl(amount, 1) > 1
-- rejected total at «amount»: floating point `nanvl(CAST(visits.amount AS Float64), CAST(Int64(1) AS Float64))`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE chr(free) = 'a'
-- rejected total at «chr(free)»: function chr; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE ascii(note) = 97
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE to_hex(free) = 'a'
-- rejected total at «to_hex(free)»: function to_hex; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE CAST(amount AS SMALLINT) > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE CAST(free AS SMALLINT) > 1
-- rejected total at «CAST(free AS SMALLINT)»: CAST to Int16; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE CAST(free AS DECIMAL(5, 2)) > 1
-- rejected total at «CAST(free AS DECIMAL(5, 2))»: CAST to Decimal128(5, 2); write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE CAST(cost AS BIGINT) > 1
-- rejected total at «CAST(cost AS BIGINT)»: CAST to Int64; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE CAST(amount AS BOOLEAN)
-- rejected total at «CAST(amount AS BOOLEAN)»: CAST to Boolean; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE CAST(amount AS VARCHAR) = '1'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE CAST(note AS BOOLEAN)
-- rejected total at «CAST(note AS BOOLEAN)»: CAST to Boolean; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE CAST(note AS TIMESTAMP) > '2020-01-01'
-- rejected total at «CAST(note AS TIMESTAMP)»: CAST to Timestamp(ns); write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE note > 5
-- rejected total at «note»: CAST to Int64; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS BIGINT) > 0
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS DATE) > DATE '2020-01-01'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS TIMESTAMP) > '2020-01-01'
-- rejected total at «TRY_CAST(note AS TIMESTAMP)»: TRY_CAST to Timestamp(ns); cast to BIGINT, DECIMAL, BOOLEAN or DATE below the release

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS DOUBLE) > 0
-- rejected total at «TRY_CAST(note AS DOUBLE)»: floating point `TRY_CAST(visits.note AS Float64)`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS DATE) + INTERVAL '1' DAY > DATE '2020-01-01'
-- rejected total at «TRY_CAST(note AS DATE)»: `TRY_CAST(visits.note AS Date32) + IntervalMonthDayNano("IntervalMonthDayNano { months: 0, days: 1, nanoseconds: 0 }")`, which may overflow; add intervals to dates and timestamps with declared bounds between the years 1700 and 2200

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS DATE) - DATE '2020-01-01' > INTERVAL '1' DAY
-- rejected syntax at «SELECT»: statement; cannot infer common argument type for comparison operation Int64 > Interval(MonthDayNano)

SELECT COUNT(*) FROM visits WHERE date_trunc('month', TRY_CAST(note AS DATE)) > '2020-01-01'
-- rejected total at «TRY_CAST(note AS DATE)»: CAST to Timestamp(ns); write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE date_bin(INTERVAL '1' DAY, TRY_CAST(note AS DATE)) > '2020-01-01'
-- rejected total at «note»: `IntervalMonthDayNano("IntervalMonthDayNano { months: 0, days: 1, nanoseconds: 0 }")` of type Interval(MonthDayNano); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE extract(year FROM TRY_CAST(note AS DATE)) = 2020
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE extract(epoch FROM TRY_CAST(note AS DATE)) = 2020
-- rejected total at «TRY_CAST(note AS DATE)»: floating point `date_part(Utf8("EPOCH"), TRY_CAST(visits.note AS Date32))`; use integers or decimals below the release; compute with doubles above it

SELECT COUNT(*) FROM visits WHERE date_part(note, TRY_CAST(note AS DATE)) = 1
-- rejected syntax at «SELECT»: statement; date_part requires non-empty constant string

SELECT COUNT(*) FROM visits WHERE to_timestamp(free) > '2020-01-01'
-- rejected total at «to_timestamp(free)»: function to_timestamp; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE make_date(amount, amount, amount) > '2020-01-01'
-- rejected total at «make_date(amount, amount, amount)»: function make_date; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE from_unixtime(free) > '2020-01-01'
-- rejected total at «from_unixtime(free)»: function from_unixtime; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE to_char(TRY_CAST(note AS DATE), note) = 'x'
-- rejected total at «to_char(TRY_CAST(note AS DATE), note)»: function to_char; write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most 64 bytes

SELECT COUNT(*) FROM visits WHERE arrow_cast(note, 'Int8') > 1
-- rejected total at «arrow_cast(note, 'Int8')»: function arrow_cast; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE arrow_typeof(note) = 'Utf8'
-- rejected total at «arrow_typeof(note)»: function arrow_typeof; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE note LIKE '%a_b%'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note ILIKE 'A%'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note NOT LIKE 'a%'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note LIKE 'a!%' ESCAPE '!'
-- rejected total at «note LIKE 'a!%'»: pattern match; use LIKE with a constant pattern of at most 256 bytes and no ESCAPE

SELECT COUNT(*) FROM visits WHERE note LIKE NULL
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note LIKE '{{257 of a}}'
-- rejected total at «note LIKE 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…»: pattern match; use LIKE with a constant pattern of at most 256 bytes and no ESCAPE

SELECT COUNT(*) FROM visits WHERE note ~ '('
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

SELECT COUNT(*) FROM visits WHERE note ~ '(a{1000}){1000}'
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

SELECT COUNT(*) FROM visits WHERE regexp_like(note, '(a*)*b')
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE regexp_count(note, 'a') > 1
-- rejected total at «regexp_count(note, 'a')»: function regexp_count; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE regexp_like(note, 'a', note)
-- rejected total at «regexp_like(note, 'a', note)»: function regexp_like; give it a text and a pattern alone

SELECT COUNT(*) FROM visits WHERE split_part(note, 'a', 0) = 'x'
-- rejected total at «split_part(note, 'a', 0)»: function split_part; give it a constant delimiter and a constant position from 1

SELECT COUNT(*) FROM visits WHERE substr(note, -9223372036854775808, 9223372036854775807) = 'x'
-- rejected total at «substr(note, -9223372036854775808, 9223372036854775807)»: function substr; give it a constant start from 1 and a constant length

SELECT COUNT(*) FROM visits WHERE left(note, -9223372036854775808) = 'x'
-- rejected total at «left(note, -9223372036854775808)»: function left; give it a constant number of characters, from 0

SELECT COUNT(*) FROM visits WHERE strpos(note, 'a') > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE reverse(note) = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE translate(note, 'a', 'b') = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE decode(note, 'hex') IS NULL
-- rejected total at «note»: `decode(CAST(visits.note AS BinaryView), Utf8("hex"))` of type Binary; use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE levenshtein(note, note) > 1
-- rejected total at «levenshtein(note, note)»: function levenshtein; use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release

SELECT COUNT(*) FROM visits WHERE note[1] = 'a'
-- rejected syntax at «SELECT»: statement; array_element does not support type Utf8

SELECT COUNT(*) FROM visits WHERE LOWER(UPPER(TRIM(note))) = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE CHARACTER_LENGTH(note) > 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE STARTS_WITH(note, note)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE COALESCE(amount, free, 1) > 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE NULLIF(amount, 3) > 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount IN (1, NULL, 3)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount IS DISTINCT FROM NULL
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE amount = ANY (SELECT district FROM areas)
-- rejected subquery at «(SELECT district FROM areas)»: subquery in a private expression; join with a public table instead, or compare above the release

SELECT COUNT(*) FROM visits WHERE $1 = amount
-- rejected total at «amount»: `$1`; use plain scalar expressions below the release

SELECT COUNT(*) FROM visits WHERE @x = amount
-- rejected syntax at «SELECT»: statement; variable ["@x"] has no type information

SELECT SUM(CASE amount WHEN 1 THEN 10 WHEN 2 THEN 20 END) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CASE visits.amount WHEN Int64(1) THEN Int64(10) WHEN Int64(2) THEN Int64(20) END: laplace in [10, 20], sensitivity 100.000

SELECT SUM(CASE WHEN amount > 1 THEN free ELSE 0 END) FROM visits
-- rejected bounds at «SUM(CASE WHEN amount > 1 THEN free ELSE 0 END)»: aggregate of `CASE WHEN visits.amount > Int64(1) THEN visits.free ELSE Int64(0) END`; write CLAMP(x, lo, hi) around it

SELECT SUM(CASE WHEN amount > 1 THEN 1 / amount ELSE 0 END) FROM visits
-- rejected total at «1 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT SUM(amount) / COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(amount) / 0 FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT CAST(SUM(amount) AS VARCHAR) || '!' FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

# Texts that grow by constants alone.
SELECT COUNT(*) FROM visits WHERE REPLACE(note, 'a', 'bc') = 'bc'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE REPLACE(note, note, 'bc') = 'bc'
-- rejected size at «REPLACE(note, note, 'bc')»: function replace; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT COUNT(*) FROM visits WHERE REPLACE(REPLACE(REPLACE(note, 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa') = 'b'
-- rejected size at «note»: replace of up to 16384 bytes below the release; keep texts within 8192 bytes: take LEFT(text, n) of them, or put fewer together

SELECT COUNT(*) FROM visits WHERE TRANSLATE(note, 'abc', 'xyz') = 'x'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE LPAD(note, 5, '0') = '0000a' AND RPAD(note, 3) = 'a  '
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE LPAD(note, amount, '0') = '0000a'
-- rejected size at «LPAD(note, amount, '0')»: function lpad; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT COUNT(*) FROM visits WHERE RPAD(note, 1000000000) = 'a'
-- rejected size at «RPAD(note, 1000000000)»: function rpad; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT COUNT(*) FROM visits WHERE REPEAT(note, 3) = 'aaa'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE REPEAT(note, amount) = 'aaa'
-- rejected size at «REPEAT(note, amount)»: function repeat; leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64

SELECT COUNT(*) FROM visits WHERE CONCAT_WS('-', note, 'x', note) = 'a-x-a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(ASCII(note)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(ascii(visits.note) AS Int64): laplace in [0, 1114111], sensitivity 5570555.000

SELECT COUNT(*) FROM visits WHERE NVL2(amount, 1, 0) = 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

# Decimals divided by a constant, and rounded to whole ones.
SELECT SUM(cost / 2) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.cost / CAST(Int64(2) AS Decimal128(20, 0)): laplace in [0, 2.75], sensitivity 13750000.000

SELECT SUM(cost / 0.5) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.cost / Decimal128(0.5,1,1): laplace in [0, 11], sensitivity 55000000.000

SELECT SUM(cost / 0) FROM visits
-- rejected total at «cost / 0»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT SUM(cost / amount) FROM visits
-- rejected total at «cost / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT SUM(1 / cost) FROM visits
-- rejected total at «1 / cost»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT SUM(FLOOR(cost) + CEIL(cost)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of floor(visits.cost) + ceil(visits.cost): laplace in [0, 12], sensitivity 6000.000

SELECT SUM(FLOOR(amount)) FROM visits
-- rejected total at «amount»: floating point `floor(CAST(visits.amount AS Float64))`; use integers or decimals below the release; compute with doubles above it

# What is rounded down, or brought to a finer scale, may not fit.
SELECT COUNT(*) FROM visits WHERE FLOOR(TRY_CAST(note AS DECIMAL(4, 2))) > 1
-- rejected total at «TRY_CAST(note AS DECIMAL(4, 2))»: `floor(TRY_CAST(visits.note AS Decimal128(4, 2)))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS DECIMAL(38, 0)) / 3 > 1
-- rejected total at «note AS DECIMAL(38, 0)) / 3»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS DECIMAL(18, 2)) / 3 > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(COALESCE(EXTRACT(DAY FROM TRY_CAST(note AS DATE)), 1)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of coalesce(CAST(date_part(Utf8("DAY"), TRY_CAST(visits.note AS Date32)) AS Int64), Int64(1)): laplace in [1, 31], sensitivity 155.000

SELECT COUNT(*) FROM visits WHERE BTRIM(note, ' .') = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

# Dates as texts, in constant formats.
SELECT COUNT(*) FROM stays WHERE to_char(day, '%Y-%m') = '2021-02' AND date_format(at, '%H:%M') < '12:00'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

-- with delta=1e-6
SELECT to_char(free_day, '%A') AS weekday, COUNT(*) FROM stays GROUP BY weekday
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by to_char(stays.free_day,Utf8("%A")): values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT COUNT(*) FROM stays WHERE to_char(day + INTERVAL '1' MONTH, '%d') = '01'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE to_char(TRY_CAST(note AS DATE), '%Y') = '2020'
-- rejected total at «note»: to_char, which may meet a day outside the calendar; take it of a stored date or timestamp, or of bounded ones

SELECT COUNT(*) FROM visits WHERE to_char(CAST(amount AS DATE), '%Y') = '1970'
-- rejected total at «CAST(amount AS DATE)»: CAST to Date32; write TRY_CAST, which gives null where CAST would fail

SELECT COUNT(*) FROM visits WHERE to_char(COALESCE(TRY_CAST(note AS DATE), DATE '2020-01-01'), '%Y') = '2020'
-- rejected total at «note»: to_char, which may meet a day outside the calendar; take it of a stored date or timestamp, or of bounded ones

SELECT COUNT(*) FROM stays WHERE to_char(day, '%Q') = '1'
-- rejected total at «to_char(day, '%Q')»: function to_char; write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most 64 bytes

SELECT COUNT(*) FROM stays WHERE to_char(day, '{{65 of -}}') = '1'
-- rejected total at «to_char(day, '----------------------------------------------…»: function to_char; write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most 64 bytes

SELECT COUNT(*) FROM stays WHERE to_char(day, '%Y%') = '1'
-- rejected total at «to_char(day, '%Y%')»: function to_char; write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most 64 bytes

SELECT COUNT(*) FROM stays WHERE to_char(day, NULL) = '1'
-- rejected total at «to_char(day, NULL)»: function to_char; write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most 64 bytes

SELECT COUNT(*) FROM stays WHERE to_char(day, CAST(seq AS VARCHAR)) = '1'
-- rejected total at «to_char(day, CAST(seq AS VARCHAR))»: function to_char; write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most 64 bytes

# A scale below zero: its casts raise, TRY_CAST too.
SELECT COUNT(DISTINCT TRY_CAST(note AS DECIMAL(10, -2))) FROM visits WHERE amount = 7
-- rejected total at «TRY_CAST(note AS DECIMAL(10, -2))»: `TRY_CAST(visits.note AS Decimal128(10, -2))` of type Decimal128(10, -2); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT SUM(CLAMP(TRY_CAST(TRY_CAST(amount AS DECIMAL(38, -38)) AS DECIMAL(38, 38)), 0, 1)) FROM visits
-- rejected total at «TRY_CAST(amount AS DECIMAL(38, -38))»: `TRY_CAST(visits.amount AS Decimal128(38, -38))` of type Decimal128(38, -38); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE TRY_CAST(amount AS DECIMAL(10, -1)) > 1
-- rejected total at «TRY_CAST(amount AS DECIMAL(10, -1))»: `TRY_CAST(visits.amount AS Decimal128(10, -1))` of type Decimal128(10, -1); use integers, decimals, booleans, text, dates and timestamps below the release

SELECT COUNT(*) FROM visits WHERE TRY_CAST(CAST(amount AS VARCHAR) AS DECIMAL(10, -2)) IS NULL
-- rejected total at «CAST(amount AS VARCHAR)»: `TRY_CAST(CAST(visits.amount AS Utf8) AS Decimal128(10, -2))` of type Decimal128(10, -2); use integers, decimals, booleans, text, dates and timestamps below the release

# Numbers of fewer bits, which casts alone give: remainders of them, and comparisons with others.
SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS TINYINT) % CAST(7 AS TINYINT) = 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS SMALLINT) % CAST(7 AS SMALLINT) = 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS INT) % CAST(7 AS INT) = 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS TINYINT) > free
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq) AS r FROM stays) WHERE r + CAST(5 AS BIGINT UNSIGNED) > 7
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

# A decimal has as many digits as its type says; one more does not fit.
SELECT COUNT(*) FROM visits WHERE CLAMP(CAST(free AS DECIMAL(38, 0)), 0, {{37 of 9}}8) + 1 > 3
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE CLAMP(CAST(free AS DECIMAL(38, 0)), 0, {{38 of 9}}) + 1 > 3
-- rejected total at «CAST(free AS DECIMAL(38, 0))»: `clamp(CAST(visits.free AS Decimal128(38, 0)), CAST(Int64(0) AS Decimal128(38, 0)), Decimal128(99999999999999999999999999999999999999,38,0)) + CAST(Int64(1) AS Decimal128(20, 0))`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT COUNT(*) FROM visits WHERE CLAMP(CAST(free AS DECIMAL(38, 0)), -9{{33 of 0}}, 9{{33 of 0}}) / 1 > 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE CLAMP(CAST(free AS DECIMAL(38, 0)), 0, 12{{33 of 0}}) / 1 > 1
-- rejected total at «CLAMP(CAST(free AS DECIMAL(38, 0)), 0, 120000000000000000000…»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT COUNT(*) FROM visits WHERE CLAMP(CAST(free AS DECIMAL(38, 0)), -12{{33 of 0}}, 0) / 1 > 1
-- rejected total at «CLAMP(CAST(free AS DECIMAL(38, 0)), -12000000000000000000000…»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

# Ranges are no wider than they need be, since noise is by them.
SELECT SUM(CEIL(CLAMP(cost, 0, 5))) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of ceil(clamp(visits.cost, CAST(Int64(0) AS Decimal128(18, 2)), CAST(Int64(5) AS Decimal128(18, 2)))): laplace in [0, 5], sensitivity 2500.000

SELECT SUM(ABS(CLAMP(free, 3, 5))), SUM(ABS(CLAMP(free, -5, -3))) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of abs(clamp(visits.free, Int64(3), Int64(5))): laplace in [3, 5], sensitivity 25.000
--   sum of abs(clamp(visits.free, Int64(-5), Int64(-3))): laplace in [3, 5], sensitivity 25.000

SELECT SUM(-amount), SUM(-CLAMP(free, -3, 5)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of (- visits.amount): laplace in [-10, 0], sensitivity 50.000
--   sum of (- clamp(visits.free, Int64(-3), Int64(5))): laplace in [-5, 3], sensitivity 25.000

# A truth has the values that are written.
SELECT CASE WHEN amount > 3 THEN true END AS k, COUNT(*) FROM visits GROUP BY k
-- accepted: ε 1 of person
--   C 2, m 5, 2 groups by CASE WHEN visits.amount > Int64(3) THEN Boolean(true) END: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000

# A key of at most 1000 values needs no threshold; more are not listed.
SELECT CLAMP(free, 1, 1000) / 1 AS k, COUNT(*) FROM visits GROUP BY k
-- accepted: ε 1 of person
--   C 5, m 5, 1001 groups by clamp(visits.free,Int64(1),Int64(1000)) / Int64(1): 1001 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT CLAMP(free, 0, 1000) / 1 AS k, COUNT(*) FROM visits GROUP BY k
-- rejected keys at «GROUP BY k»: GROUP BY `clamp(visits.free,Int64(0),Int64(1000)) / Int64(1)`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT COUNT(*) FROM visits WHERE WIDTH_BUCKET(free, 3, 3, 5) = 1
-- rejected bounds at «free»: WIDTH_BUCKET; give WIDTH_BUCKET constant bounds with lo < hi, and a constant number of buckets up to 1000

# Texts and patterns that are just short enough, and those one byte longer.
SELECT COUNT(*) FROM visits WHERE note || CAST(amount AS VARCHAR) = 'a1'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note = '{{8192 of a}}'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note = '{{8193 of a}}'
-- rejected size at «note»: constant of up to 8193 bytes below the release; keep texts within 8192 bytes: take LEFT(text, n) of them, or put fewer together

SELECT COUNT(*) FROM visits WHERE note LIKE '{{256 of a}}'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note ~ '{{256 of a}}'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE note ~ '{{257 of a}}'
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

SELECT COUNT(*) FROM visits WHERE note ~ '{{300 of a}}'
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

# Large where case matters, and smaller where it does not: it must compile for either.
SELECT COUNT(*) FROM visits WHERE note ~ '((\p{Ll}\p{Ll}\p{Ll}\p{Ll}){32}){4}'
-- rejected total at «note»: pattern match; write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128

SELECT COUNT(*) FROM visits WHERE BTRIM(note, '{{16 of .}}') = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE BTRIM(note, '{{17 of .}}') = 'a'
-- rejected total at «BTRIM(note, '.................')»: function btrim; trim a constant set of characters, of at most 16 bytes

SELECT COUNT(*) FROM visits WHERE BTRIM(note, CAST(NULL AS VARCHAR)) = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE substr(note, 2) = 'a' AND substr(note, 1, 0) = ''
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE substr(note, 0, 1) = 'a'
-- rejected total at «substr(note, 0, 1)»: function substr; give it a constant start from 1 and a constant length

SELECT COUNT(*) FROM visits WHERE substr(note, 2, amount) = 'a'
-- rejected total at «substr(note, 2, amount)»: function substr; give it a constant start from 1 and a constant length

SELECT COUNT(*) FROM visits WHERE split_part(note, ',', 1) = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE split_part(note, note, 1) = 'a'
-- rejected total at «split_part(note, note, 1)»: function split_part; give it a constant delimiter and a constant position from 1

SELECT COUNT(*) FROM visits WHERE split_part(note, CAST(NULL AS VARCHAR), 1) = 'a'
-- rejected total at «split_part(note, CAST(NULL AS VARCHAR), 1)»: function split_part; give it a constant delimiter and a constant position from 1

SELECT COUNT(*) FROM visits WHERE CONCAT_WS('-', {{30 of note, }}note) = 'a'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE CONCAT_WS('-', {{40 of note, }}note) = 'a'
-- rejected size at «note, note, note, note, note, note, note, note, note, note, …»: concatenation of up to 10537 bytes below the release; keep texts within 8192 bytes: take LEFT(text, n) of them, or put fewer together

# Nothing is found at the first place of every text, the empty one too: one person's empty note would decide whether the sum overflows.
SELECT COUNT(*) FROM visits WHERE CAST(STRPOS(LEFT(note, 0), note) AS DECIMAL(38, 0)) * 99999999999999999999999999999999999999 + CAST(STRPOS(LEFT(note, 0), note) AS DECIMAL(38, 0)) * 99999999999999999999999999999999999999 > 0
-- rejected total at «STRPOS(LEFT(note, 0), note) AS DECIMAL(38, 0)) * 99999999999…»: `CAST(strpos(left(visits.note, Int64(0)), visits.note) AS Decimal128(38, 0)) * Decimal128(99999999999999999999999999999999999999,38,0) + CAST(strpos(left(visits.note, Int64(0)), visits.note) AS Decimal128(38, 0)) * Decimal128(99999999999999999999999999999999999999,38,0)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT SUM(STRPOS(LEFT(note, 0), note)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(strpos(left(visits.note, Int64(0)), visits.note) AS Int64): laplace in [0, 1], sensitivity 5.000
