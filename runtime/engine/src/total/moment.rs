//! Dates and timestamps whose declared bounds lie between the years 1700 and 2200. Within these, adding
//! intervals, truncating and changing to a finer unit cannot overflow: nanoseconds since 1970 reach from
//! 1677 to 2262, and the calendar much farther.

use super::{Known, Scope, constant, refuse};
use crate::reject::Checked;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable};

/// 1 January 1700 and 2200, in days since 1970.
const FIRST_DAY: i128 = -98_615;
const LAST_DAY: i128 = 84_006;
/// A month has no more days.
const MONTH: i128 = 31;
const NANOS_OF_A_DAY: i128 = 86_400_000_000_000;

/// Days from 1970 that the calendar has in either direction at least: those of 260,000 years.
pub(super) const CALENDAR_DAYS: i128 = 94_900_000;

/// Whether a moment can be taken apart. Outside the calendar a part of it is null, although nothing said so:
/// the query then fails if the moment may not be null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Calendar {
    /// It may lie outside, even where null may not.
    #[default]
    Unknown,
    /// It may lie outside, and may be null: as TRY_CAST left it.
    Nullable,
    /// It lies inside.
    Inside,
}

impl Calendar {
    /// One of two moments. A choice may be never null although one of them may.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Inside, Self::Inside) => Self::Inside,
            _ => Self::Unknown,
        }
    }
}

/// Where a constant lies; null lies nowhere else.
pub(super) fn of_constant(value: &ScalarValue) -> Calendar {
    let day = a_day(&value.data_type());
    match day.zip(integer(value)) {
        Some((day, at)) if at.div_euclid(day).abs() > CALENDAR_DAYS => Calendar::Unknown,
        _ => Calendar::Inside,
    }
}

/// Whether a range lies within the calendar.
fn is_inside(kind: &DataType, range: Option<(i128, i128)>) -> bool {
    a_day(kind).zip(range).is_some_and(|(day, (lo, hi))| {
        let is_inside = |at: i128| at.div_euclid(day).abs() <= CALENDAR_DAYS;
        is_inside(lo) && is_inside(hi)
    })
}

/// How many of a type's units make a day.
fn a_day(kind: &DataType) -> Option<i128> {
    match kind {
        DataType::Date32 => Some(1),
        DataType::Timestamp(TimeUnit::Second, None) => Some(86_400),
        DataType::Timestamp(TimeUnit::Millisecond, None) => Some(86_400_000),
        DataType::Timestamp(TimeUnit::Microsecond, None) => Some(86_400_000_000),
        DataType::Timestamp(TimeUnit::Nanosecond, None) => Some(NANOS_OF_A_DAY),
        _ => None,
    }
}

/// A range that lies between the years, as it is.
fn plain(kind: &DataType, range: Option<(i128, i128)>) -> Option<(i128, i128)> {
    let day = a_day(kind)?;
    range.filter(|(lo, hi)| FIRST_DAY * day <= *lo && *hi < LAST_DAY * day)
}

/// The most days by which an interval moves a date.
fn days_of(interval: &ScalarValue) -> Option<i128> {
    let ScalarValue::IntervalMonthDayNano(Some(by)) = interval else {
        return None;
    };
    let whole = i128::from(by.months).abs() * MONTH + i128::from(by.days).abs();
    // One more, for the part of a day.
    Some(whole + i128::from(by.nanoseconds).abs() / NANOS_OF_A_DAY + 1)
}

/// The year a day is in, in the proleptic Gregorian calendar; days since 1970.
fn year(day: i128) -> i128 {
    // Years of 400 repeat; they are counted from 1 March 0000, so that leap days come last.
    let from_march = day + 719_468;
    let era = from_march.div_euclid(146_097);
    let at = from_march.rem_euclid(146_097);
    let of_era = (at - at / 1_460 + at / 36_524 - at / 146_096) / 365;
    let day_of_year = at - (365 * of_era + of_era / 4 - of_era / 100);
    // January and February are the last of the year before.
    era * 400 + of_era + i128::from(day_of_year >= 306)
}

/// The years of a range.
pub(super) fn years(kind: &DataType, range: Option<(i128, i128)>) -> Option<(i128, i128)> {
    let day = a_day(kind)?;
    let (lo, hi) = plain(kind, range)?;
    Some((year(lo.div_euclid(day)), year(hi.div_euclid(day))))
}

/// The days or units of time behind a constant.
pub(super) fn integer(value: &ScalarValue) -> Option<i128> {
    match value {
        ScalarValue::Date32(v) => v.map(i128::from),
        ScalarValue::TimestampSecond(v, None)
        | ScalarValue::TimestampMillisecond(v, None)
        | ScalarValue::TimestampMicrosecond(v, None)
        | ScalarValue::TimestampNanosecond(v, None) => v.map(i128::from),
        _ => None,
    }
}

/// Days between two dates: a difference of 32-bit integers, which 64 bits hold whatever they are.
pub(super) fn days_between(a: &Known, b: &Known) -> Known {
    Known {
        range: a
            .range
            .zip(b.range)
            .and_then(|(a, b)| Some((a.0.checked_sub(b.1)?, a.1.checked_sub(b.0)?))),
        ..Known::default()
    }
}

/// What a cast between dates and timestamps gives, if it only makes units finer.
pub(super) fn finer(from: &DataType, to: &DataType, known: &Known) -> Option<Known> {
    let factor = a_day(to)?.checked_div(a_day(from)?).filter(|f| *f >= 1)?;
    let (lo, hi) = plain(from, known.range)?;
    Some(Known {
        range: Some((lo.checked_mul(factor)?, hi.checked_mul(factor)?)),
        calendar: Calendar::Inside,
        ..Known::default()
    })
}

/// The date of a timestamp.
pub(super) fn date(from: &DataType, known: &Known) -> Option<Known> {
    let day = a_day(from)?;
    let (lo, hi) = plain(from, known.range)?;
    Some(Known {
        range: Some((lo.div_euclid(day), hi.div_euclid(day))),
        calendar: Calendar::Inside,
        ..Known::default()
    })
}

impl Scope<'_> {
    /// Whether the parts of a moment are null only where its type says that they may be.
    pub(super) fn can_be_taken_apart(&self, moment: &Expr, known: &Known) -> Checked<bool> {
        let is_nullable = || moment.nullable(self.schema).unwrap_or(false);
        Ok(self.is_inside(moment, known)? || known.calendar == Calendar::Nullable && is_nullable())
    }

    /// Whether the calendar has a moment's day.
    pub(super) fn is_inside(&self, moment: &Expr, known: &Known) -> Checked<bool> {
        Ok(known.calendar == Calendar::Inside || is_inside(&self.kind(moment)?, known.range))
    }

    /// A date or timestamp plus or minus a constant interval; `None` if it is something else.
    pub(super) fn moved(
        &self,
        written: &Expr,
        moment: &Expr,
        by: &Expr,
        depth: usize,
    ) -> Checked<Option<Known>> {
        let Some(days) = constant(by).as_ref().and_then(days_of) else {
            return Ok(None);
        };
        let known = self.total(moment, depth + 1)?;
        let kind = self.kind(moment)?;
        let range = a_day(&kind)
            .zip(plain(&kind, known.range))
            .and_then(|(day, (lo, hi))| {
                let by = days.checked_mul(day)?;
                Some((lo.checked_sub(by)?, hi.checked_add(by)?))
            });
        match plain(&kind, range) {
            Some(range) if self.kind(written)? == kind => Ok(Some(Known {
                range: Some(range),
                calendar: Calendar::Inside,
                ..Known::default()
            })),
            _ => refuse(
                format!("`{written}`, which may overflow"),
                "add intervals to dates and timestamps with declared bounds between the years 1700 and 2200",
            ),
        }
    }

    pub(super) fn date_trunc(&self, call: &ScalarFunction, arguments: &[Known]) -> Checked<Known> {
        let part = call
            .args
            .first()
            .and_then(constant)
            .and_then(|v| v.try_as_str().flatten().map(str::to_lowercase));
        let named = part.is_some_and(|part| {
            [
                "year", "quarter", "month", "week", "day", "hour", "minute", "second",
            ]
            .contains(&part.as_str())
        });
        let (Some(of), Some(known), true) = (call.args.get(1), arguments.get(1), named) else {
            return refuse(
                "function date_trunc",
                "name a constant part: year, quarter, month, week, day, hour, minute or second",
            );
        };
        let kind = self.kind(of)?;
        // A year back at most; this may leave the years that ranges are kept for, not those that overflow.
        let range = a_day(&kind)
            .zip(plain(&kind, known.range))
            .and_then(|(day, (lo, hi))| Some((lo.checked_sub(day.checked_mul(366)?)?, hi)));
        match (range, &kind) {
            (Some(range), DataType::Timestamp(_, None)) => Ok(Known {
                range: Some(range),
                calendar: Calendar::Inside,
                ..Known::default()
            }),
            _ => refuse(
                "date_trunc, which may overflow",
                "take it of a date or timestamp with declared bounds between the years 1700 and 2200",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray, Date32Array};
    use arrow::compute::{DatePart, date_part};
    use arrow::datatypes::Int32Type;

    #[test]
    fn years_are_those_of_the_calendar() {
        let days: Vec<i32> = (-98_700..84_100).collect();
        let parts = date_part(&Date32Array::from(days.clone()), DatePart::Year).unwrap();
        let parts = parts.as_primitive::<Int32Type>();
        for (day, part) in days.iter().zip(parts.values()) {
            assert_eq!(year(i128::from(*day)), i128::from(*part), "{day}");
        }
    }

    #[test]
    fn the_calendar_has_the_days_it_is_taken_to_have() {
        let days = [-CALENDAR_DAYS, 0, CALENDAR_DAYS].map(|day| day as i32);
        for part in [DatePart::Year, DatePart::Day, DatePart::Hour] {
            let parts = date_part(&Date32Array::from(days.to_vec()), part).unwrap();
            assert_eq!(parts.null_count(), 0);
        }
        let beyond = ScalarValue::Date32(Some(CALENDAR_DAYS as i32 + 1));
        assert_eq!(of_constant(&beyond), Calendar::Unknown);
        let last = ScalarValue::Date32(Some(CALENDAR_DAYS as i32));
        assert_eq!(of_constant(&last), Calendar::Inside);
        let long_ago = ScalarValue::TimestampSecond(Some(i64::MIN), None);
        assert_eq!(of_constant(&long_ago), Calendar::Unknown);
    }

    #[test]
    fn bounds_outside_the_years_prove_nothing() {
        for (kind, day) in [
            (DataType::Date32, 1),
            (
                DataType::Timestamp(TimeUnit::Microsecond, None),
                86_400_000_000,
            ),
        ] {
            let inside = (FIRST_DAY * day, LAST_DAY * day - 1);
            assert_eq!(plain(&kind, Some(inside)), Some(inside));
            assert_eq!(years(&kind, Some(inside)), Some((1700, 2199)));
            assert_eq!(plain(&kind, Some((inside.0 - 1, 0))), None);
            assert_eq!(plain(&kind, Some((0, inside.1 + 1))), None);
            assert_eq!(plain(&kind, None), None);
        }
    }

    #[test]
    fn a_range_lies_within_the_calendar_if_both_its_ends_do() {
        let within = |lo, hi| is_inside(&DataType::Date32, Some((lo, hi)));
        assert!(within(-CALENDAR_DAYS, CALENDAR_DAYS));
        assert!(!within(-CALENDAR_DAYS - 1, 0));
        assert!(!within(0, CALENDAR_DAYS + 1));
        assert!(!within(CALENDAR_DAYS + 1, CALENDAR_DAYS + 2));
        assert!(!is_inside(&DataType::Date32, None));
    }
}
