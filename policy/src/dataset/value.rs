//! Values as text and as stored: the one reading of integers, decimals, dates and timestamps that
//! specs and data files share.

use super::{Bounds, Column, ColumnType, DECIMAL_PRECISION, DomainValue};
use crate::Decimal;
use chrono::{NaiveDate, NaiveTime};

/// Digits after a second's point that a timestamp may have; those past microseconds are cut off.
const MAX_FRACTION_DIGITS: usize = 9;

impl ColumnType {
    /// Reads a text of a data file as this type's stored integer: the integer itself, a decimal in
    /// units of its resolution (rounded half away from zero), a date in days since 1970-01-01, a
    /// timestamp in microseconds since then. Nothing if the text is no such value or does not fit,
    /// and nothing for booleans and strings.
    pub fn stored_integer(self, text: &str) -> Option<i64> {
        match self {
            Self::Int64 => integer(text),
            Self::Decimal { scale } => decimal(text, scale),
            Self::Date => date(text),
            Self::Timestamp => timestamp(text),
            Self::Bool | Self::String => None,
        }
    }

    /// A declared number as this type's stored integer; nothing unless it comes out even and fits.
    pub fn stored_bound(self, bound: Decimal) -> Option<i64> {
        let scale = match self {
            Self::Decimal { scale } => scale,
            Self::Int64 | Self::Date | Self::Timestamp => 0,
            Self::Bool | Self::String => return None,
        };
        let stored = i64::try_from(bound.at_scale(scale)?).ok()?;
        let fits = !matches!(self, Self::Decimal { .. }) || within_precision(stored);
        fits.then_some(stored)
    }
}

impl Column {
    /// The declared bounds as stored integers, both included.
    pub fn stored_bounds(&self) -> Option<(i64, i64)> {
        let Bounds { lo, hi } = self.bounds?;
        Some((self.kind.stored_bound(lo)?, self.kind.stored_bound(hi)?))
    }

    /// A declared value of this column as a stored integer; nothing for booleans and strings.
    pub fn stored_value(&self, value: &DomainValue) -> Option<i64> {
        match (self.kind, value) {
            (ColumnType::Int64, DomainValue::Int(int)) => Some(*int),
            (kind, DomainValue::Text(text)) => kind.stored_integer(text),
            (_, DomainValue::Bool(_) | DomainValue::Int(_)) => None,
        }
    }
}

fn within_precision(mantissa: i64) -> bool {
    mantissa.unsigned_abs() < 10_u64.pow(u32::from(DECIMAL_PRECISION))
}

/// An integer: an optional minus and digits, nothing else.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// A decimal, with an exponent if need be, in units of `10^-scale`, rounded half away from zero.
fn decimal(text: &str, scale: u8) -> Option<i64> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => {
            let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
            (number, i32::try_from(integer(exponent)?).ok()?)
        }
        None => (text, 0),
    };
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits_only = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !digits_only(whole) || !digits_only(fraction) {
        return None;
    }
    // Digits up to this place count; the one after it rounds.
    let places = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(scale);
    let mut mantissa = 0_i64;
    let mut digits = whole.bytes().chain(fraction.bytes());
    let mut taken = 0;
    while taken < places {
        let Some(digit) = digits.next() else { break };
        mantissa = mantissa
            .checked_mul(10)?
            .checked_add(i64::from(digit - b'0'))?;
        taken += 1;
    }
    if taken < places && mantissa != 0 {
        let power = u32::try_from(places - taken).ok()?;
        mantissa = mantissa.checked_mul(10_i64.checked_pow(power)?)?;
    }
    if places >= 0 && digits.next().is_some_and(|digit| digit >= b'5') {
        mantissa = mantissa.checked_add(1)?;
    }
    if !within_precision(mantissa) {
        return None;
    }
    Some(if number.starts_with('-') {
        -mantissa
    } else {
        mantissa
    })
}

/// Reads a field of a fixed number of digits.
fn digits(text: &str, width: usize) -> Option<u32> {
    let plain = text.len() == width && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn calendar_day(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    NaiveDate::from_ymd_opt(
        i32::try_from(digits(year, 4)?).ok()?,
        digits(month, 2)?,
        digits(day, 2)?,
    )
}

/// `YYYY-MM-DD`, in days since 1970-01-01.
fn date(text: &str) -> Option<i64> {
    Some(
        calendar_day(text)?
            .signed_duration_since(NaiveDate::default())
            .num_days(),
    )
}

/// `YYYY-MM-DDThh:mm:ss`, a space for the `T`, up to nine decimals of a second, and `Z` or `+hh:mm`;
/// without an offset it is UTC. In microseconds since 1970-01-01T00:00:00Z.
fn timestamp(text: &str) -> Option<i64> {
    let (day, rest) = text.split_once(['T', ' '])?;
    let (clock, offset) = split_offset(rest)?;
    let (clock, fraction) = clock
        .split_once('.')
        .map_or((clock, None), |(c, f)| (c, Some(f)));
    let mut parts = clock.split(':');
    let mut part = || digits(parts.next()?, 2);
    let time = NaiveTime::from_hms_opt(part()?, part()?, part()?)?;
    if parts.next().is_some() {
        return None;
    }
    let micros = match fraction {
        None => 0,
        Some(fraction) if fraction.is_empty() || fraction.len() > MAX_FRACTION_DIGITS => {
            return None;
        }
        Some(fraction) => {
            i64::from(digits(&format!("{fraction:0<9}"), MAX_FRACTION_DIGITS)?) / 1000
        }
    };
    let seconds = calendar_day(day)?.and_time(time).and_utc().timestamp() - offset;
    seconds.checked_mul(1_000_000)?.checked_add(micros)
}

/// Splits `Z` or `±hh:mm` off a time; the offset is in seconds east of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(at) = text.find(['+', '-']) else {
        return Some((text, 0));
    };
    let (clock, offset) = text.split_at(at);
    let (sign, offset) = (
        if offset.starts_with('-') { -1 } else { 1 },
        offset.get(1..)?,
    );
    let (hours, minutes) = offset.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let valid = hours < 24 && minutes < 60;
    valid.then_some((clock, sign * i64::from(hours * 3600 + minutes * 60)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_have_one_reading() {
        let (d0, d3) = (
            ColumnType::Decimal { scale: 0 },
            ColumnType::Decimal { scale: 3 },
        );
        for (kind, text, stored) in [
            (ColumnType::Int64, "-9223372036854775808", Some(i64::MIN)),
            (ColumnType::Int64, "007", Some(7)),
            (ColumnType::Int64, "9223372036854775808", None),
            (ColumnType::Int64, "+1", None),
            (ColumnType::Int64, "1.0", None),
            (ColumnType::Int64, " 1", None),
            (ColumnType::Int64, "", None),
            (ColumnType::Int64, "-", None),
            (d3, "3.04999995231628", Some(3050)),
            (d3, "-0.0005", Some(-1)),
            (d3, "0.00049", Some(0)),
            (d3, "4.5e-05", Some(0)),
            (d3, "5e-4", Some(1)),
            (d3, "1e-400", Some(0)),
            (d3, "1.5e+3", Some(1_500_000)),
            (d3, "0e99", Some(0)),
            (d3, "1e99", None),
            (d3, ".5", Some(500)),
            (d3, "5.", Some(5000)),
            (d3, ".", None),
            (d3, "-", None),
            (d3, "1,5", None),
            (d3, "nan", None),
            (d3, "999999999999999.9994", Some(999_999_999_999_999_999)),
            (d3, "999999999999999.9995", None),
            (d0, "0.5", Some(1)),
            (d0, "0.05", Some(0)),
            (ColumnType::Date, "1970-01-02", Some(1)),
            (ColumnType::Date, "1969-12-31", Some(-1)),
            (ColumnType::Date, "2024-02-30", None),
            (ColumnType::Date, "2024-2-3", None),
            (ColumnType::Date, "20240203", None),
            (
                ColumnType::Timestamp,
                "1970-01-01T00:00:01Z",
                Some(1_000_000),
            ),
            (
                ColumnType::Timestamp,
                "1970-01-01 08:00:00.000001+08:00",
                Some(1),
            ),
            (
                ColumnType::Timestamp,
                "1969-12-31T23:59:59.9999999",
                Some(-1),
            ),
            (ColumnType::Timestamp, "1970-01-01T24:00:00", None),
            (ColumnType::Timestamp, "1970-01-01T00:00:00.", None),
            (ColumnType::Timestamp, "1970-01-01T00:00:00+8", None),
            (ColumnType::Timestamp, "1970-01-01", None),
            (ColumnType::Bool, "1", None),
        ] {
            assert_eq!(kind.stored_integer(text), stored, "{kind:?} {text}");
        }
    }

    proptest! {
        #[test]
        fn decimals_round_like_exact_arithmetic(mantissa in -10_i64.pow(15)..10_i64.pow(15), from in 0_u8..=9, to in 0_u8..=5) {
            let text = Decimal::new(i128::from(mantissa), from).unwrap().to_string();
            let wide = i128::from(mantissa) * 10_i128.pow(u32::from(to));
            let unit = 10_i128.pow(u32::from(from));
            let rounded = (wide.abs() + unit / 2) / unit * wide.signum();
            prop_assert_eq!(decimal(&text, to).map(i128::from), (rounded.abs() < 10_i128.pow(18)).then_some(rounded));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9eE.:TZ ]{0,40}", scale in 0_u8..=18) {
            for kind in [ColumnType::Int64, ColumnType::Decimal { scale }, ColumnType::Date, ColumnType::Timestamp] {
                let _: Option<i64> = kind.stored_integer(&text);
            }
        }
    }
}
