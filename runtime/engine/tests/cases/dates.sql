# Dates and timestamps below the release: what is added to them, what is taken of them, and which days the calendar has.

# An interval moves a day by its months, its days and its hours together, and by one day more.
SELECT SUM(day + INTERVAL '1 month 10 days 72 hours' - DATE '2020-01-01') FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of stays.day + IntervalMonthDayNano("IntervalMonthDayNano { months: 1, days: 10, nanoseconds: 259200000000000 }") - CAST(Utf8("2020-01-01") AS Date32): laplace in [-45, 1505], sensitivity 7525.000

SELECT SUM(day - INTERVAL '1 month 10 days 72 hours' - DATE '2020-01-01') FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of stays.day - IntervalMonthDayNano("IntervalMonthDayNano { months: 1, days: 10, nanoseconds: 259200000000000 }") - CAST(Utf8("2020-01-01") AS Date32): laplace in [-45, 1505], sensitivity 7525.000

SELECT SUM(CAST(at AS DATE) - DATE '2020-01-01') FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(stays.at AS Date32) - CAST(Utf8("2020-01-01") AS Date32): laplace in [0, 1460], sensitivity 7300.000

SELECT COUNT(*) FROM stays WHERE CAST(day AS TIMESTAMP(3)) > TIMESTAMP '2020-01-01 00:00:00'
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT SUM(EXTRACT(QUARTER FROM day)), SUM(EXTRACT(HOUR FROM at)), SUM(EXTRACT(MINUTE FROM at)), SUM(EXTRACT(DOW FROM day)), SUM(EXTRACT(DOY FROM day)) FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(date_part(Utf8("QUARTER"), stays.day) AS Int64): laplace in [1, 4], sensitivity 20.000
--   sum of CAST(date_part(Utf8("HOUR"), stays.at) AS Int64): laplace in [0, 23], sensitivity 115.000
--   sum of CAST(date_part(Utf8("MINUTE"), stays.at) AS Int64): laplace in [0, 59], sensitivity 295.000
--   sum of CAST(date_part(Utf8("DOW"), stays.day) AS Int64): laplace in [0, 6], sensitivity 30.000
--   sum of CAST(date_part(Utf8("DOY"), stays.day) AS Int64): laplace in [1, 366], sensitivity 1830.000

# One of several days can be taken apart if each can: stored ones, constants, and those that are made of bounded ones.
SELECT SUM(EXTRACT(DAY FROM CASE WHEN seq > 1 THEN free_day ELSE DATE '2020-01-01' END)) FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(date_part(Utf8("DAY"), CASE WHEN stays.seq > Int64(1) THEN stays.free_day ELSE CAST(Utf8("2020-01-01") AS Date32) END) AS Int64): laplace in [1, 31], sensitivity 155.000

SELECT SUM(EXTRACT(DAY FROM CASE WHEN seq > 1 THEN free_day ELSE CAST(at AS DATE) END)) FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(date_part(Utf8("DAY"), CASE WHEN stays.seq > Int64(1) THEN stays.free_day ELSE CAST(stays.at AS Date32) END) AS Int64): laplace in [1, 31], sensitivity 155.000

SELECT SUM(EXTRACT(DAY FROM CASE WHEN seq > 1 THEN free_day ELSE day + INTERVAL '1 day' END)) FROM stays
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   sum of CAST(date_part(Utf8("DAY"), CASE WHEN stays.seq > Int64(1) THEN stays.free_day ELSE stays.day + IntervalMonthDayNano("IntervalMonthDayNano { months: 0, days: 1, nanoseconds: 0 }") END) AS Int64): laplace in [1, 31], sensitivity 155.000

SELECT COUNT(*) FROM (SELECT CAST(day AS TIMESTAMP) AS moment, CAST(NULL AS TIMESTAMP) AS missing FROM stays) WHERE EXTRACT(DAY FROM COALESCE(missing, moment)) = 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM (SELECT date_trunc('month', at) AS moment, CAST(NULL AS TIMESTAMP(6)) AS missing FROM stays) WHERE EXTRACT(DAY FROM COALESCE(missing, moment)) = 1
-- accepted: ε 1 of person
--   C 1, m 5, 1 groups
--   count of rows: laplace in [0, 1], sensitivity 5.000

SELECT COUNT(*) FROM visits WHERE EXTRACT(DAY FROM GREATEST(TRY_CAST(note AS DATE), DATE '2020-01-01')) = 1
-- rejected total at «EXTRACT(DAY FROM GREATEST(TRY_CAST(note AS DATE), DATE '2020…»: date_part, which may meet a day outside the calendar; take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after

# Days that the calendar does not have.
SELECT COUNT(*) FROM stays WHERE EXTRACT(YEAR FROM CAST(100000000 AS DATE)) = 2020
-- rejected total at «EXTRACT(YEAR FROM CAST(100000000 AS DATE))»: date_part, which may meet a day outside the calendar; take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after

SELECT COUNT(*) FROM stays WHERE EXTRACT(DAY FROM CASE WHEN seq > 1 THEN CAST(100000000 AS DATE) ELSE CAST(100000001 AS DATE) END) = 1
-- rejected total at «EXTRACT(DAY FROM CASE WHEN seq > 1 THEN CAST(100000000 AS DA…»: date_part, which may meet a day outside the calendar; take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after

SELECT COUNT(*) FROM stays WHERE EXTRACT(DAY FROM CASE WHEN seq > 1 THEN CAST(-100000000 AS DATE) ELSE day END) = 1
-- rejected total at «EXTRACT(DAY FROM CASE WHEN seq > 1 THEN CAST(-100000000 AS D…»: date_part, which may meet a day outside the calendar; take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after

SELECT COUNT(*) FROM stays WHERE to_char(CASE WHEN seq > 1 THEN free_day ELSE CAST(100000000 AS DATE) END, '%Y') = '2020'
-- rejected total at «seq > 1 THEN free_day»: to_char, which may meet a day outside the calendar; take it of a stored date or timestamp, or of bounded ones

# Timestamps leave as they are.
-- with delta=1e-6
SELECT date_trunc('month', at) AS month, COUNT(*) FROM stays GROUP BY month
-- accepted: ε 1 of person, δ 0.000001
--   C 5, m 5, threshold 149 by date_trunc(Utf8("month"),stays.at): values from the data, thresholded
--   count of units: laplace in [0, 1], sensitivity 5.000
--   count of rows: laplace in [0, 1], sensitivity 25.000
