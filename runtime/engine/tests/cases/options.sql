# The loss and the bounds that are asked for: zero, negative, no number, too large, too small.

-- with epsilon=0
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; ask for a positive loss of at least 1e-9

-- with epsilon=-1
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; a loss is a decimal that is not negative, with at most 9 digits after the point (δ: 18)

-- with epsilon=NaN
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected: an amount that is no decimal

-- with epsilon=inf
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected: an amount that is no decimal

-- with epsilon=1e-320
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected: an amount that is no decimal

-- with epsilon=1e-12
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; ask for a positive loss of at least 1e-9

-- with epsilon=1e-9
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; the loss is too small to be split over the aggregates

-- with epsilon=1e17
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; the loss is larger than any account can hold; ask for less

-- with epsilon=1e308
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected: an amount that is no decimal

-- with epsilon=1e-18
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; ask for a positive loss of at least 1e-9

-- with rho=0
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; ask for a positive loss of at least 1e-9

-- with rho=-0.1
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; a loss is a decimal that is not negative, with at most 9 digits after the point (δ: 18)

-- with rho=NaN
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected: an amount that is no decimal

-- with rho=1e17
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; the loss is larger than any account can hold; ask for less

-- with rho=1e-9
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; the loss is too small to be split over the aggregates

-- with rho=0.5
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- accepted: ρ 0.5 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: gaussian in [0, 1], sensitivity 8.660
--   sum of visits.amount: gaussian in [0, 10], sensitivity 86.603

-- with epsilon=0.1
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- accepted: ε 0.1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 150.000

-- with epsilon=1 delta=1
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; δ is below 1; ask for something like 1e-6

-- with epsilon=1 delta=2
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; δ is below 1; ask for something like 1e-6

-- with epsilon=1 delta=-1e-6
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected loss: loss; a loss is a decimal that is not negative, with at most 9 digits after the point (δ: 18)

-- with epsilon=1 delta=NaN
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected: an amount that is no decimal

-- with epsilon=1 delta=0.999999
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 5, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 15.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 150.000

-- with epsilon=1 delta=1e-30
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected: an amount that is no decimal

-- with C=0
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected contribution: max groups per unit (C); ask for 1 to 1000000

-- with m=0
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected contribution: max rows per group (m); ask for 1 to 1000000

-- with C=4294967295
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected contribution: max groups per unit (C); ask for 1 to 1000000

-- with m=4294967295
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- rejected contribution: max rows per group (m); ask for 1 to 1000000

-- with C=1 m=1
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 1, m 1, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 1.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 10.000

-- with C=1000000 m=1000000
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- accepted: ε 1 of person
--   C 3, m 1000000, 3 groups by visits.district: 3 declared values
--   count of rows: laplace in [0, 1], sensitivity 3000000.000
--   sum of visits.amount: laplace in [0, 10], sensitivity 30000000.000

-- with rho=0.5 C=2 m=3
SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district
-- accepted: ρ 0.5 of person
--   C 2, m 3, 3 groups by visits.district: 3 declared values
--   count of rows: gaussian in [0, 1], sensitivity 4.243
--   sum of visits.amount: gaussian in [0, 10], sensitivity 42.426

-- with epsilon=1 delta=1e-6
SELECT note, COUNT(*) FROM visits GROUP BY note
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000

-- with rho=0.5 delta=1e-6
SELECT note, COUNT(*) FROM visits GROUP BY note
-- accepted: ρ 0.5 of person, δ 0.000001
--   C 5, m 5, threshold 19 by visits.note: values from the data, thresholded
--   count of units: gaussian in [0, 1], sensitivity 2.236
--   count of rows: gaussian in [0, 1], sensitivity 11.180

-- with epsilon=1 delta=1e-18
SELECT note, COUNT(*) FROM visits GROUP BY note
-- rejected loss: loss; no threshold meets δ; ask for a larger δ

-- with epsilon=1 delta=1e-19
SELECT note, COUNT(*) FROM visits GROUP BY note
-- rejected: an amount that is no decimal

-- with epsilon=1e-9 delta=1e-6
SELECT note, COUNT(*) FROM visits GROUP BY note
-- rejected loss: loss; the loss is too small to be split over the aggregates

-- with rho=0.5 delta=0.5
SELECT note, COUNT(*) FROM visits GROUP BY note
-- accepted: ρ 0.5 of person, δ 0.5
--   C 5, m 5, threshold 6 by visits.note: values from the data, thresholded
--   count of units: gaussian in [0, 1], sensitivity 2.236
--   count of rows: gaussian in [0, 1], sensitivity 11.180

-- with epsilon=1 delta=1e-6 C=1 m=1
SELECT note, COUNT(*) FROM visits GROUP BY note
-- accepted: ε 1 of person, δ 0.000001
--   C 1, m 1, threshold 28 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 1.000
--   count of rows: laplace in [0, 1], sensitivity 1.000

-- with epsilon=100 delta=1e-9
SELECT note, COUNT(*) FROM visits GROUP BY note
-- accepted: ε 100 of person, δ 0.000000001
--   C 5, m 5, threshold 4 by visits.note: values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000

# A δ too small to be shared out over the thresholds is none.

-- with delta=1e-18
SELECT x.note, y.free FROM (SELECT note, COUNT(*) AS n FROM visits GROUP BY note) x CROSS JOIN (SELECT free, COUNT(*) AS n FROM visits GROUP BY free) y
-- rejected keys at «GROUP BY note»: GROUP BY `visits.note`, `visits.free`; ask for δ (such as 1e-6), or group by a column with a declared domain
