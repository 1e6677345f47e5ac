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
-- rejected aggregate at «MAX(amount)»: aggregate max; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT MIN(amount) FROM visits
-- rejected aggregate at «MIN(amount)»: aggregate min; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT median(amount) FROM visits
-- rejected aggregate at «median(amount)»: aggregate median; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT stddev(amount) FROM visits
-- rejected aggregate at «stddev(amount)»: aggregate stddev; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT array_agg(amount) FROM visits
-- rejected aggregate at «array_agg(amount)»: aggregate array_agg; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT first_value(amount) FROM visits
-- rejected aggregate at «first_value(amount)»: aggregate first_value; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT string_agg(note, ',') FROM visits
-- rejected aggregate at «string_agg(note, ',')»: aggregate string_agg; give COUNT, SUM and AVG one argument

SELECT bit_xor(amount) FROM visits
-- rejected aggregate at «bit_xor(amount)»: aggregate bit_xor; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT approx_distinct(note) FROM visits
-- rejected aggregate at «approx_distinct(note)»: aggregate approx_distinct; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT COUNT(DISTINCT note) FROM visits
-- rejected aggregate at «COUNT(DISTINCT note)»: count(DISTINCT …); DISTINCT is for COUNT(DISTINCT unit) alone

SELECT SUM(DISTINCT amount) FROM visits
-- rejected aggregate at «SUM(DISTINCT amount)»: sum(DISTINCT …); DISTINCT is for COUNT(DISTINCT unit) alone

SELECT COUNT(*) FILTER (WHERE amount > 1) FROM visits
-- rejected aggregate at «FILTER (WHERE amount > 1)»: FILTER clause; write SUM(CASE WHEN … THEN x ELSE 0 END)

SELECT district, COUNT(*) FROM visits GROUP BY ROLLUP (district)
-- rejected aggregate at «GROUP BY ROLLUP (district)»: GROUPING SETS; write one query for each set

SELECT district, COUNT(*) FROM visits GROUP BY GROUPING SETS ((district), ())
-- rejected aggregate at «GROUP BY GROUPING SETS ((district), ())»: GROUPING SETS; write one query for each set

SELECT SUM(amount), AVG(amount), COUNT(amount), COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000
--   count of CASE WHEN visits.amount IS NOT NULL THEN Int64(1) END: laplace in [0, 1], sensitivity 5.000
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
--   count of CASE WHEN NULL IS NOT NULL THEN Int64(1) END: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(DISTINCT amount) FROM visits
-- rejected aggregate at «COUNT(DISTINCT amount)»: count(DISTINCT …); DISTINCT is for COUNT(DISTINCT unit) alone

SELECT COUNT(DISTINCT id, district) FROM visits
-- rejected aggregate at «COUNT(DISTINCT id, district)»: aggregate count; give COUNT, SUM and AVG one argument

SELECT COUNT(amount, district) FROM visits
-- rejected aggregate at «COUNT(amount, district)»: aggregate count; give COUNT, SUM and AVG one argument

SELECT AVG(DISTINCT amount) FROM visits
-- rejected aggregate at «AVG(DISTINCT amount)»: avg(DISTINCT …); DISTINCT is for COUNT(DISTINCT unit) alone

SELECT variance(amount) FROM visits
-- rejected syntax at «variance»: function variance; use a function that SQL knows

SELECT corr(amount, cost) FROM visits
-- rejected aggregate at «corr(amount, cost)»: aggregate corr; give COUNT, SUM and AVG one argument

SELECT covar_pop(amount, cost) FROM visits
-- rejected aggregate at «covar_pop(amount, cost)»: aggregate covar_pop; give COUNT, SUM and AVG one argument

SELECT approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM visits
-- rejected order at «amount»: ordered aggregate approx_percentile_cont; aggregates cannot depend on order

SELECT approx_median(amount) FROM visits
-- rejected aggregate at «approx_median(amount)»: aggregate approx_median; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT regr_slope(amount, cost) FROM visits
-- rejected aggregate at «regr_slope(amount, cost)»: aggregate regr_slope; give COUNT, SUM and AVG one argument

SELECT bool_or(amount > 1) FROM visits
-- rejected aggregate at «bool_or(amount > 1)»: aggregate bool_or; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT bit_and(amount) FROM visits
-- rejected aggregate at «bit_and(amount)»: aggregate bit_and; use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)

SELECT grouping(district), COUNT(*) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT district, COUNT(*) FROM visits GROUP BY CUBE (district)
-- rejected aggregate at «GROUP BY CUBE (district)»: GROUPING SETS; write one query for each set

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
-- rejected total at «CAST(amount AS DOUBLE)»: floating point `CAST(visits.amount AS Float64)`; use integers or decimals below the release; compute with doubles above it

SELECT AVG(CAST(amount AS DOUBLE)) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000
--   count of visits.amount: laplace in [0, 1], sensitivity 5.000

SELECT SUM(amount) FILTER (WHERE id IS NOT NULL) FROM visits
-- rejected aggregate at «FILTER (WHERE id IS NOT NULL)»: FILTER clause; write SUM(CASE WHEN … THEN x ELSE 0 END)

SELECT SUM(CAST(amount AS DECIMAL(38, 30))) FROM visits
-- rejected loss: loss; the sensitivity is too large; lower C, m or the bounds

SELECT {{63 of COUNT(*) + SUM(amount) + }}COUNT(*) FROM visits
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 50.000

SELECT {{70 of SUM(CASE WHEN amount > 1 THEN 1 ELSE 0 END), }}COUNT(*) FROM visits
-- rejected syntax at «SELECT»: statement; projections require unique expression names but the expression "sum(CASE WHEN visits.amount > Int64(1) THEN Int64(1) ELSE Int64(0) END)" at position 0 and "sum(CASE WHEN visits.amount > Int64(1) THEN Int64(1) ELSE Int64(0) END)" at position 1 have the same name. Consider aliasing ("AS") one of them
