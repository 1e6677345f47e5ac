# Aggregates: bounds, exact sums, and those that have no private form.

SELECT SUM(free) FROM visits
-- rejected bounds at «SUM(free)»: aggregate of `visits.free`; write CLAMP(x, lo, hi) around it

SELECT AVG(free) FROM visits
-- rejected bounds at «AVG(free)»: aggregate of `visits.free`; write CLAMP(x, lo, hi) around it

SELECT district, SUM(free) FROM visits GROUP BY district
-- rejected bounds at «SUM(free)»: aggregate of `visits.free`; write CLAMP(x, lo, hi) around it

SELECT SUM(CLAMP(free, 5, 1)) FROM visits
-- rejected bounds at «CLAMP(free, 5, 1)»: CLAMP; give CLAMP constant bounds with lo <= hi

SELECT SUM(CLAMP(free, amount, 10)) FROM visits
-- rejected bounds at «CLAMP(free, amount, 10)»: CLAMP; give CLAMP constant bounds with lo <= hi

SELECT MAX(amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount in 11 bins: laplace in [0, 1], sensitivity 5.000

SELECT MIN(amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount in 11 bins: laplace in [0, 1], sensitivity 5.000

SELECT median(amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount in 11 bins: laplace in [0, 1], sensitivity 5.000

SELECT stddev(amount) FROM visits
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   sum of (visits.amount - 5)²: laplace in [0, 25], sensitivity 125.000

SELECT array_agg(amount) FROM visits
-- rejected aggregate at «array_agg(amount)»: aggregate array_agg; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT first_value(amount) FROM visits
-- rejected aggregate at «first_value(amount)»: aggregate first_value; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT string_agg(note, ',') FROM visits
-- rejected aggregate at «string_agg(note, ',')»: aggregate string_agg; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT bit_xor(amount) FROM visits
-- rejected aggregate at «bit_xor(amount)»: aggregate bit_xor; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT approx_distinct(note) FROM visits
-- rejected aggregate at «approx_distinct(note)»: aggregate approx_distinct; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT COUNT(DISTINCT note) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct visits.note: laplace in [0, 1], sensitivity 5.000

SELECT SUM(DISTINCT amount) FROM visits
-- rejected aggregate at «SUM(DISTINCT amount)»: sum(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit

SELECT COUNT(*) FILTER (WHERE amount > 1) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows where visits.amount > Int64(1): laplace in [0, 1], sensitivity 5.000

SELECT district, COUNT(*) FROM visits GROUP BY ROLLUP (district)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT district, COUNT(*) FROM visits GROUP BY GROUPING SETS ((district), ())
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(amount), AVG(amount), COUNT(amount), COUNT(*) FROM visits
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(CLAMP(free, -5, 5)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of clamp(visits.free, Int64(-5), Int64(5)): laplace in [-5, 5], sensitivity 25.000

SELECT SUM(CLAMP(cost, 0, 1)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of clamp(visits.cost, CAST(Int64(0) AS Decimal128(18, 2)), CAST(Int64(1) AS Decimal128(18, 2))): laplace in [0, 1], sensitivity 500.000

SELECT SUM(CLAMP(cost, 0.5, 1.5)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of clamp(visits.cost, CAST(Decimal128(0.5,1,1) AS Decimal128(18, 2)), CAST(Decimal128(1.5,2,1) AS Decimal128(18, 2))): laplace in [0.5, 1.5], sensitivity 750.000

SELECT SUM(CLAMP(free, 0, 9223372036854775807)) FROM visits
-- rejected loss: loss; the sensitivity is too large; lower C, m or the bounds

SELECT SUM(CLAMP(free, NULL, 10)) FROM visits
-- rejected syntax at «CLAMP(free, NULL, 10)»: function clamp; CLAMP takes an integer with integer bounds, or a decimal

SELECT SUM(CLAMP(note, 0, 10)) FROM visits
-- rejected syntax at «CLAMP(note, 0, 10)»: function clamp; CLAMP takes an integer with integer bounds, or a decimal

SELECT SUM(CLAMP(free, 0, 10, 20)) FROM visits
-- rejected syntax at «CLAMP(free, 0, 10, 20)»: function clamp; CLAMP takes three arguments: CLAMP(x, lo, hi)

SELECT SUM(CLAMP(free, 1e400, 10)) FROM visits
-- rejected syntax at «SELECT»: statement; decimal scale -400 exceeds the minimum supported scale: -128

SELECT SUM(CLAMP(amount, 0, 'NaN')) FROM visits
-- rejected syntax at «CLAMP(amount, 0, 'NaN')»: function clamp; CLAMP takes an integer with integer bounds, or a decimal

SELECT SUM(1) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of Int64(1): laplace in [1, 1], sensitivity 5.000

SELECT SUM(NULL) FROM visits
-- rejected syntax at «SELECT»: statement; [return_type] SUM not supported for Null

SELECT SUM(1000000000000) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of Int64(1000000000000): laplace in [1000000000000, 1000000000000], sensitivity 5000000000000.000

SELECT SUM(note) FROM visits
-- rejected syntax at «SUM(note)»: function sum; internal error: Function 'sum' failed to match any signature

SELECT AVG(district) FROM visits
-- rejected bounds at «AVG(district)»: aggregate of `visits.district`; write CLAMP(x, lo, hi) around it

SELECT SUM(district) FROM visits
-- rejected bounds at «SUM(district)»: aggregate of `visits.district`; write CLAMP(x, lo, hi) around it

SELECT COUNT(1), COUNT(NULL) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   count of NULL: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, L 5, 1 groups
--   count of distinct visits.amount: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT id, district) FROM visits
-- rejected aggregate at «COUNT(DISTINCT id, district)»: count(DISTINCT …); count the distinct values of one expression

SELECT COUNT(amount, district) FROM visits
-- rejected aggregate at «COUNT(amount, district)»: aggregate count; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT AVG(DISTINCT amount) FROM visits
-- rejected aggregate at «AVG(DISTINCT amount)»: avg(DISTINCT …); DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit

SELECT variance(amount) FROM visits
-- rejected syntax at «variance»: function variance; use a function that SQL knows

SELECT corr(amount, cost) FROM visits
-- accepted: ε 0.999999996 of person
--   C 1, m 5, 1 groups
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   sum of (visits.cost - 2.75): laplace in [-2.75, 2.75], sensitivity 1375.000
--   sum of (visits.amount - 5)²: laplace in [0, 25], sensitivity 125.000
--   sum of (visits.cost - 2.75)²: laplace in [0, 7.5625], sensitivity 378125.000
--   sum of (visits.amount - 5)·(visits.cost - 2.75): laplace in [-13.75, 13.75], sensitivity 6875.000
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000

SELECT covar_pop(amount, cost) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   sum of (visits.cost - 2.75): laplace in [-2.75, 2.75], sensitivity 1375.000
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5)·(visits.cost - 2.75): laplace in [-13.75, 13.75], sensitivity 6875.000

SELECT approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount in 11 bins: laplace in [0, 1], sensitivity 5.000

SELECT approx_median(amount) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount in 11 bins: laplace in [0, 1], sensitivity 5.000

SELECT regr_slope(amount, cost) FROM visits
-- rejected aggregate at «regr_slope(amount, cost)»: aggregate regr_slope; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT bool_or(amount > 1) FROM visits
-- rejected aggregate at «bool_or(amount > 1)»: aggregate bool_or; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT bit_and(amount) FROM visits
-- rejected aggregate at «bit_and(amount)»: aggregate bit_and; use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX

SELECT grouping(district), COUNT(*) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT district, COUNT(*) FROM visits GROUP BY CUBE (district)
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT SUM(SUM(amount)) FROM visits
-- rejected syntax at «amount»: statement; aggregate function calls cannot be nested: 'sum(visits.amount)' is nested inside 'sum(sum(visits.amount))'

SELECT SUM(amount) FROM visits WHERE SUM(amount) > 1
-- rejected syntax at «SELECT»: statement; aggregate functions are not allowed in the WHERE clause. Consider using HAVING instead

SELECT SUM(amount) IGNORE NULLS FROM visits
-- rejected syntax at «SELECT»: statement; [IGNORE | RESPECT] NULLS are not permitted for sum

SELECT SUM(amount + 0.5) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(visits.amount AS Decimal128(20, 0)) + Decimal128(0.5,1,1): laplace in [0.5, 10.5], sensitivity 525.000

SELECT SUM(CAST(amount AS DOUBLE)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT AVG(CAST(amount AS DOUBLE)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000

SELECT SUM(amount) FILTER (WHERE id IS NOT NULL) FROM visits
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT SUM(CAST(amount AS DECIMAL(38, 30))) FROM visits
-- rejected loss: loss; the sensitivity is too large; lower C, m or the bounds

SELECT {{63 of COUNT(*) + SUM(amount) + }}COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT {{70 of SUM(CASE WHEN amount > 1 THEN 1 ELSE 0 END), }}COUNT(*) FROM visits
-- rejected syntax at «SELECT»: statement; projections require unique expression names but the expression "sum(CASE WHEN visits.amount > Int64(1) THEN Int64(1) ELSE Int64(0) END)" at position 0 and "sum(CASE WHEN visits.amount > Int64(1) THEN Int64(1) ELSE Int64(0) END)" at position 1 have the same name. Consider aliasing ("AS") one of them

# Values that are there in each row are counted as rows, and once.

SELECT COUNT(district), COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT AVG(cost), SUM(cost), COUNT(cost) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.cost - 2.75): laplace in [-2.75, 2.75], sensitivity 1375.000

SELECT AVG(cost), COUNT(amount) FROM visits
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.cost - 2.75): laplace in [-2.75, 2.75], sensitivity 1375.000
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000

# What a mean has serves a sum and a count of the same value alone, not of another between the same bounds.

SELECT AVG(amount), SUM(CLAMP(free, 0, 10)) FROM visits
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   sum of clamp(visits.free, Int64(0), Int64(10)): laplace in [0, 10], sensitivity 50.000

SELECT AVG(amount), COUNT(CLAMP(free, 0, 10)) FROM visits
-- accepted: ε 0.999999999 of person
--   C 1, m 5, 1 groups
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   sum of (visits.amount - 5): laplace in [-5, 5], sensitivity 25.000
--   count of clamp(visits.free, Int64(0), Int64(10)): laplace in [0, 1], sensitivity 5.000

SELECT PERCENTILE_CONT(amount, 1.5) FROM visits
-- rejected aggregate at «amount»: quantile at `CAST(Decimal128(1.5,2,1) AS Float64)`; give a constant from 0 to 1

SELECT PERCENTILE_CONT(amount, -0.5) FROM visits
-- rejected aggregate at «amount»: quantile at `CAST(Decimal128(-0.5,1,1) AS Float64)`; give a constant from 0 to 1

SELECT PERCENTILE_CONT(amount, 1), PERCENTILE_CONT(amount, 0) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of visits.amount in 11 bins: laplace in [0, 1], sensitivity 5.000

# As many grouping sets as there may be.

SELECT COUNT(*) FROM visits GROUP BY CUBE (amount IS NULL, free IS NULL, note = 'a', note = 'b')
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   C 2, m 5, 2 groups by visits.amount IS NULL: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000
--   C 2, m 5, 2 groups by visits.free IS NULL: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000
--   C 4, m 5, 4 groups by visits.amount IS NULL: 2 declared values; visits.free IS NULL: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 20.000
--   C 2, m 5, 2 groups by visits.note = Utf8("a"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000
--   C 4, m 5, 4 groups by visits.amount IS NULL: 2 declared values; visits.note = Utf8("a"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 20.000
--   C 4, m 5, 4 groups by visits.free IS NULL: 2 declared values; visits.note = Utf8("a"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 20.000
--   C 5, m 5, 8 groups by visits.amount IS NULL: 2 declared values; visits.free IS NULL: 2 declared values; visits.note = Utf8("a"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 2, m 5, 2 groups by visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000
--   C 4, m 5, 4 groups by visits.amount IS NULL: 2 declared values; visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 20.000
--   C 4, m 5, 4 groups by visits.free IS NULL: 2 declared values; visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 20.000
--   C 5, m 5, 8 groups by visits.amount IS NULL: 2 declared values; visits.free IS NULL: 2 declared values; visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 4, m 5, 4 groups by visits.note = Utf8("a"): 2 declared values; visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 20.000
--   C 5, m 5, 8 groups by visits.amount IS NULL: 2 declared values; visits.note = Utf8("a"): 2 declared values; visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 5, m 5, 8 groups by visits.free IS NULL: 2 declared values; visits.note = Utf8("a"): 2 declared values; visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 5, m 5, 16 groups by visits.amount IS NULL: 2 declared values; visits.free IS NULL: 2 declared values; visits.note = Utf8("a"): 2 declared values; visits.note = Utf8("b"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000

# A set is numbered by the keys it leaves out: eight keys fill a byte, though the sets are two.

SELECT COUNT(*) FROM visits GROUP BY GROUPING SETS ((amount IS NULL, free IS NULL, note = 'a', note = 'b', note = 'c', note = 'd', note = 'e', note = 'f'), ())
-- accepted: ε 1 of person
--   C 5, m 5, 256 groups by visits.amount IS NULL: 2 declared values; visits.free IS NULL: 2 declared values; visits.note = Utf8("a"): 2 declared values; visits.note = Utf8("b"): 2 declared values; visits.note = Utf8("c"): 2 declared values; visits.note = Utf8("d"): 2 declared values; visits.note = Utf8("e"): 2 declared values; visits.note = Utf8("f"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
