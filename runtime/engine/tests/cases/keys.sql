# Group keys: declared domains, thresholds, ids and functions of ids, null keys.

SELECT note, COUNT(*) FROM visits GROUP BY note
-- rejected keys at «GROUP BY note»: GROUP BY `visits.note`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT free, COUNT(*) FROM visits GROUP BY free
-- rejected keys at «GROUP BY free»: GROUP BY `visits.free`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT amount + 1, COUNT(*) FROM visits GROUP BY 1
-- rejected keys at «GROUP BY 1»: GROUP BY `visits.amount + Int64(1)`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT district, COUNT(*) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT amount > 5, COUNT(*) FROM visits GROUP BY 1
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.amount > Int64(5): 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT amount IS NULL, COUNT(*) FROM visits GROUP BY 1
-- accepted: ε 1 of person
--   C 2, m 5, 2 groups by visits.amount IS NULL: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000

SELECT CASE WHEN amount > 5 THEN 'many' WHEN amount > 0 THEN 'few' END AS c, COUNT(*) FROM visits GROUP BY c
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by CASE WHEN visits.amount > Int64(5) THEN Utf8("many") WHEN visits.amount > Int64(0) THEN Utf8("few") END: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT CASE WHEN amount > 5 THEN note ELSE 'x' END AS c, COUNT(*) FROM visits GROUP BY c
-- rejected keys at «GROUP BY c»: GROUP BY `CASE WHEN visits.amount > Int64(5) THEN visits.note ELSE Utf8("x") END`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT district, amount > 5, note LIKE 'a%', COUNT(*) FROM visits GROUP BY 1, 2, 3
-- accepted: ε 1 of person
--   C 5, m 5, 18 groups by visits.district: 3 declared values; visits.amount > Int64(5): 3 declared values; visits.note LIKE Utf8("a%"): 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT COUNT(*) FROM visits GROUP BY ()
-- rejected syntax at «SELECT»: statement; empty tuple not supported yet

SELECT COUNT(*) FROM visits GROUP BY note
-- rejected keys at «GROUP BY note»: GROUP BY `visits.note`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT note FROM visits GROUP BY note
-- rejected keys at «GROUP BY note»: GROUP BY `visits.note`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT district FROM visits GROUP BY district
-- accepted: ε 0 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values

SELECT 1 AS one, COUNT(*) FROM visits GROUP BY one
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups by Int64(1): 1 declared values
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT NULL AS nothing, COUNT(*) FROM visits GROUP BY nothing
-- rejected keys at «GROUP BY nothing»: GROUP BY `NULL`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT UPPER(note), COUNT(*) FROM visits GROUP BY 1
-- rejected keys at «GROUP BY 1»: GROUP BY `upper(visits.note)`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT district + 1, COUNT(*) FROM visits GROUP BY 1
-- rejected total at «district + 1»: `visits.district + Int64(1)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT district * 2 > 3, COUNT(*) FROM visits GROUP BY 1
-- rejected total at «district * 2»: `visits.district * Int64(2)`, which may overflow; give its inputs bounds with CLAMP(x, lo, hi)

SELECT cost, COUNT(*) FROM visits GROUP BY cost
-- rejected keys at «GROUP BY cost»: GROUP BY `visits.cost`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT TRY_CAST(note AS DATE), COUNT(*) FROM visits GROUP BY 1
-- rejected keys at «GROUP BY 1»: GROUP BY `visits.note`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT extract(month FROM TRY_CAST(note AS DATE)) AS m, COUNT(*) FROM visits GROUP BY m
-- accepted: ε 1 of person
--   C 5, m 5, 13 groups by date_part(Utf8("MONTH"),visits.note): 13 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT id IS NULL, COUNT(*) FROM visits GROUP BY 1
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits GROUP BY CAST(id AS VARCHAR)
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT COUNT(*) FROM visits GROUP BY substr(CAST(id AS VARCHAR), 1, 2)
-- rejected unit-output at «id»: unit column `id`; use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave

SELECT a.area, COUNT(*) FROM visits v LEFT JOIN areas a ON v.district = a.district GROUP BY a.area
-- rejected keys at «GROUP BY a.area»: GROUP BY `a.area`; ask for δ (such as 1e-6), or group by a column with a declared domain

SELECT random() > 0.5, COUNT(*) FROM visits GROUP BY 1
-- rejected volatile at «random()»: function random; write a constant

SELECT 10 / amount, COUNT(*) FROM visits GROUP BY 1
-- rejected total at «10 / amount»: operator / below the release; divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free

SELECT district, COUNT(*) FROM visits GROUP BY ALL
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT x, COUNT(*) FROM (SELECT CASE WHEN free > 1 THEN true ELSE false END AS x FROM visits) GROUP BY x
-- accepted: ε 1 of person
--   C 2, m 5, 2 groups by x: 2 declared values
--   count of rows: laplace in [0, 1], sensitivity 10.000

-- with delta=1e-6
SELECT note, COUNT(*) FROM visits GROUP BY note
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000

-- with delta=1e-6
SELECT note, district, SUM(amount) FROM visits GROUP BY note, district
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by visits.note: values from the data, thresholded; visits.district: 3 declared values
--   count of units: laplace in [0, 1], sensitivity 5.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 250.000

-- with delta=1e-6
SELECT amount + 1, COUNT(*) FROM visits GROUP BY 1
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by visits.amount + Int64(1): values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000

-- with delta=1e-6
SELECT free, COUNT(DISTINCT id) FROM visits GROUP BY free
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 76 by visits.free: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000

-- with delta=1e-6
SELECT a.area, COUNT(*) FROM visits v JOIN areas a ON v.district = a.district GROUP BY a.area
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by a.area: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000

-- with delta=1e-6
SELECT note FROM visits GROUP BY note HAVING COUNT(*) > 10
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000

-- with delta=1e-6
SELECT x.note, y.district FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) x CROSS JOIN (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) y
-- accepted: ε 0.999999999 of person, δ 0.000001
--   C 5, m 5, threshold 223 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000

SELECT WIDTH_BUCKET(amount, 0, 10, 5) AS bucket, COUNT(*) FROM visits GROUP BY bucket
-- accepted: ε 1 of person
--   C 5, m 5, 8 groups by width_bucket(visits.amount,Int64(0),Int64(10),Int64(5)): 8 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT WIDTH_BUCKET(cost, 0, 5, 4) AS bucket, COUNT(*) FROM visits GROUP BY bucket
-- accepted: ε 1 of person
--   C 5, m 5, 6 groups by width_bucket(visits.cost,Int64(0),Int64(5),Int64(4)): 6 declared values
--   count of rows: laplace in [0, 1], sensitivity 25.000

SELECT amount / 5 AS tens, COUNT(*) FROM visits GROUP BY tens
-- accepted: ε 1 of person
--   C 4, m 5, 4 groups by visits.amount / Int64(5): 4 declared values
--   count of rows: laplace in [0, 1], sensitivity 20.000

SELECT WIDTH_BUCKET(amount, 10, 0, 5) AS bucket, COUNT(*) FROM visits GROUP BY bucket
-- rejected bounds at «amount»: WIDTH_BUCKET; give WIDTH_BUCKET constant bounds with lo < hi, and a constant number of buckets up to 1000

SELECT WIDTH_BUCKET(amount, 0, 10, district) AS bucket, COUNT(*) FROM visits GROUP BY bucket
-- rejected bounds at «amount, 0, 10, district»: WIDTH_BUCKET; give WIDTH_BUCKET constant bounds with lo < hi, and a constant number of buckets up to 1000

SELECT WIDTH_BUCKET(amount, 0, 10, 1001) AS bucket, COUNT(*) FROM visits GROUP BY bucket
-- rejected bounds at «amount»: WIDTH_BUCKET; give WIDTH_BUCKET constant bounds with lo < hi, and a constant number of buckets up to 1000

SELECT WIDTH_BUCKET(note, 0, 10, 3) AS bucket, COUNT(*) FROM visits GROUP BY bucket
-- rejected syntax at «WIDTH_BUCKET(note, 0, 10, 3)»: function width_bucket; WIDTH_BUCKET takes an integer with integer bounds, or a decimal

SELECT WIDTH_BUCKET(id, 0, 10, 3) AS bucket, COUNT(*) FROM visits GROUP BY bucket
-- rejected syntax at «WIDTH_BUCKET(id, 0, 10, 3)»: function width_bucket; WIDTH_BUCKET takes an integer with integer bounds, or a decimal
