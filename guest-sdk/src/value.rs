//! Single values: what stands in one cell of a table.

use std::fmt;
use std::str::FromStr;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A signed integer of 64 bits.
    Int64,
    /// A double.
    Float64,
    /// Text.
    String,
    /// A calendar day.
    Date,
    /// A moment, in microseconds.
    Timestamp,
    /// An exact decimal number.
    Decimal,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Decimal => "decimal",
        })
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A signed integer of 64 bits.
    Int64(i64),
    /// A double.
    Float64(f64),
    /// Text.
    String(String),
    /// A calendar day.
    Date(Date),
    /// A moment.
    Timestamp(Timestamp),
    /// An exact decimal number.
    Decimal(Decimal),
}

impl Value {
    /// Its type; none for a null.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Null => None,
            Self::Bool(_) => Some(Kind::Bool),
            Self::Int64(_) => Some(Kind::Int64),
            Self::Float64(_) => Some(Kind::Float64),
            Self::String(_) => Some(Kind::String),
            Self::Date(_) => Some(Kind::Date),
            Self::Timestamp(_) => Some(Kind::Timestamp),
            Self::Decimal(_) => Some(Kind::Decimal),
        }
    }
}

/// A calendar day (proleptic Gregorian), counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

/// Days of a 400-year cycle of the Gregorian calendar.
const CYCLE_DAYS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: i64 = 719_468;

impl Date {
    /// So many days after 1970-01-01 (before it, if negative).
    pub const fn from_days(days: i32) -> Self {
        Self { days }
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.days
    }

    /// The day with this year, month (1–12) and day (1–31), if there is one.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Years begin in March here, so that the leap day is the last of its year.
        let year_from_march = i64::from(year) - i64::from(month <= 2);
        let month_from_march = i64::from((month + 9) % 12);
        let (cycle, year_of_cycle) = (
            year_from_march.div_euclid(400),
            year_from_march.rem_euclid(400),
        );
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
        let day_of_cycle =
            year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
        let date = Self {
            days: i32::try_from(cycle * CYCLE_DAYS + day_of_cycle - EPOCH_SHIFT).ok()?,
        };
        (date.ymd() == (i64::from(year), month, day)).then_some(date)
    }

    /// Year, month (1–12) and day (1–31).
    pub fn ymd(self) -> (i64, u32, u32) {
        let shifted = i64::from(self.days) + EPOCH_SHIFT;
        let (cycle, day_of_cycle) = (
            shifted.div_euclid(CYCLE_DAYS),
            shifted.rem_euclid(CYCLE_DAYS),
        );
        let year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524
            - day_of_cycle / 146_096)
            / 365;
        let day_of_year =
            day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
        (
            year,
            u32::try_from(month).unwrap_or(1),
            u32::try_from(day).unwrap_or(1),
        )
    }

    /// The year.
    pub fn year(self) -> i64 {
        self.ymd().0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = String;

    /// Reads `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let date = match parts.as_slice() {
            [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
                match (year.parse(), month.parse(), day.parse()) {
                    (Ok(year), Ok(month), Ok(day)) => Self::from_ymd(year, month, day),
                    _ => None,
                }
            }
            _ => None,
        };
        date.ok_or_else(|| format!("`{text}` is no day; write YYYY-MM-DD"))
    }
}

/// A moment: microseconds since 1970-01-01T00:00:00Z. Jobs have no clock; moments come from tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    micros: i64,
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

impl Timestamp {
    /// So many microseconds after 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self { micros }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The day it falls on, in UTC.
    pub fn date(self) -> Date {
        // At most ±106,751,992 days: always an i32.
        Date::from_days(i32::try_from(self.micros.div_euclid(MICROS_PER_DAY)).unwrap_or_default())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.micros.rem_euclid(MICROS_PER_DAY);
        let (seconds, micros) = (of_day / MICROS_PER_SECOND, of_day % MICROS_PER_SECOND);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(
            f,
            "{}T{hours:02}:{minutes:02}:{:02}.{micros:06}Z",
            self.date(),
            seconds % 60
        )
    }
}

/// An exact decimal: `units × 10^-scale`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    units: i64,
    scale: u8,
}

impl Decimal {
    /// The most digits after the point.
    pub const MAX_SCALE: u8 = 18;

    /// `units × 10^-scale`, if `scale` is at most [`Self::MAX_SCALE`].
    pub fn new(units: i64, scale: u8) -> Option<Self> {
        (scale <= Self::MAX_SCALE).then_some(Self { units, scale })
    }

    /// How often `10^-scale` it is.
    pub const fn units(self) -> i64 {
        self.units
    }

    /// Digits after the point.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// The same number with so many digits after the point, if it comes out even and fits.
    #[must_use]
    pub fn rescaled(self, scale: u8) -> Option<Self> {
        let units = if scale >= self.scale {
            let power = 10_i64.checked_pow(u32::from(scale - self.scale))?;
            self.units.checked_mul(power)?
        } else {
            let power = 10_i64.checked_pow(u32::from(self.scale - scale))?;
            (self.units % power == 0).then(|| self.units / power)?
        };
        Self::new(units, scale)
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, sign) = (
            usize::from(self.scale),
            if self.units < 0 { "-" } else { "" },
        );
        let digits = format!("{:0width$}", self.units.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

impl FromStr for Decimal {
    type Err = String;

    /// Reads `12`, `-0.05`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no decimal number; write it like `0.05`");
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || unsigned.ends_with('.') || !digits(whole) || !digits(fraction) {
            return Err(wrong());
        }
        let sign = if text.len() > unsigned.len() { "-" } else { "" };
        let units = format!("{sign}{whole}{fraction}")
            .parse()
            .map_err(|_| wrong())?;
        let scale = u8::try_from(fraction.len()).map_err(|_| wrong())?;
        Self::new(units, scale).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for (days, shown) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (-25_508, "1900-03-01"),
            (20_454, "2026-01-01"),
        ] {
            assert_eq!(Date::from_days(days).to_string(), shown);
            assert_eq!(shown.parse(), Ok(Date::from_days(days)));
        }
        for days in (-800_000..800_000).step_by(97) {
            let date = Date::from_days(days);
            let (year, month, day) = date.ymd();
            assert_eq!(
                Date::from_ymd(i32::try_from(year).unwrap(), month, day),
                Some(date)
            );
        }
    }

    #[test]
    fn refuses_days_that_are_none() {
        for text in [
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "26-01-01",
            "",
            "2026-1-1",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!(Date::from_ymd(i32::MAX, 1, 1), None);
    }

    #[test]
    fn moments_show_as_utc() {
        for (micros, shown) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (1_000_000 * 3_661 + 5, "1970-01-01T01:01:01.000005Z"),
        ] {
            assert_eq!(Timestamp::from_micros(micros).to_string(), shown);
        }
        assert!(
            !Timestamp::from_micros(i64::MIN)
                .to_string()
                .starts_with("1970")
        );
    }

    #[test]
    fn decimals_read_and_write() {
        for text in [
            "0",
            "-0.05",
            "12.345",
            "9223372036854775807",
            "0.000000000000000001",
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            ".5",
            "5.",
            "1e3",
            "+1",
            "9223372036854775808",
            "0.0000000000000000001",
            "--1",
            " 1",
        ] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
        let number: Decimal = "1.50".parse().unwrap();
        assert_eq!(number.rescaled(1).unwrap().to_string(), "1.5");
        assert_eq!(number.rescaled(0), None);
        assert_eq!(
            number.rescaled(18).unwrap().units(),
            1_500_000_000_000_000_000
        );
        assert_eq!("10".parse::<Decimal>().unwrap().rescaled(18), None);
    }
}
