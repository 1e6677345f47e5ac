//! Time as policy sees it: UTC milliseconds for moments, Asia/Shanghai calendar days for terms.
//!
//! Asia/Shanghai has been at UTC+08:00 without daylight saving since 1991, and no term reaches
//! before that, so a fixed offset is the calendar.

use chrono::{DateTime, FixedOffset, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The longest term of an agreement, in calendar years (plan, clause 5).
pub const MAX_TERM_YEARS: u32 = 3;
/// Asia/Shanghai's offset from UTC, in milliseconds.
const SHANGHAI_MS: i64 = 8 * 3600 * 1000;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The calendar day in Asia/Shanghai at this moment, or nothing beyond the calendar's years.
    pub fn day(self) -> Option<Day> {
        let shifted = self.0.checked_add(SHANGHAI_MS)?;
        Some(Day(DateTime::from_timestamp_millis(shifted)?.date_naive()))
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 at +08:00, as people here read it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let offset = FixedOffset::east_opt(8 * 3600);
        match (DateTime::<Utc>::from_timestamp_millis(self.0), offset) {
            (Some(moment), Some(offset)) => write!(
                f,
                "{}",
                moment
                    .with_timezone(&offset)
                    .format("%Y-%m-%dT%H:%M:%S%.3f%:z")
            ),
            _ => write!(f, "{} ms", self.0),
        }
    }
}

/// A calendar day in Asia/Shanghai, written `2026-12-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

impl Day {
    /// Takes a date of the Gregorian calendar.
    pub fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The moment at which the day begins in Asia/Shanghai.
    pub fn start(self) -> Timestamp {
        let midnight = self.0.and_time(chrono::NaiveTime::MIN).and_utc();
        Timestamp(midnight.timestamp_millis().saturating_sub(SHANGHAI_MS))
    }

    /// The same day `years` later; 29 February becomes 28 February where there is none, so that a
    /// term never lasts longer than it says. Nothing beyond the calendar's years.
    pub fn plus_years(self, years: u32) -> Option<Self> {
        let months = Months::new(years.checked_mul(12)?);
        self.0.checked_add_months(months).map(Self)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::str::FromStr for Day {
    type Err = TermError;
    fn from_str(text: &str) -> Result<Self, TermError> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Self)
            .map_err(|_| TermError::Form)
    }
}

/// A term is not one an agreement may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// not a date
    #[error("a day is written `2026-12-01`")]
    Form,
    /// it ends before it begins
    #[error("the term ends at or before its first day; `to` is the day after the last")]
    Empty,
    /// too long
    #[error("the term is longer than {MAX_TERM_YEARS} calendar years; choose an earlier `to`")]
    TooLong,
}

/// From the beginning of one day to the beginning of another, Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The first day.
    pub from: Day,
    /// The day after the last.
    pub to: Day,
}

impl Term {
    /// Whether it is a term an agreement may have.
    ///
    /// # Errors
    /// [`TermError`] for an empty one, or one longer than [`MAX_TERM_YEARS`].
    pub fn check(&self) -> Result<(), TermError> {
        if self.to <= self.from {
            return Err(TermError::Empty);
        }
        match self.from.plus_years(MAX_TERM_YEARS) {
            Some(latest) if self.to <= latest => Ok(()),
            _ => Err(TermError::TooLong),
        }
    }

    /// Whether `at` lies within it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from.start() <= at && at < self.to.start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(from: &str, to: &str) -> Term {
        Term {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        }
    }

    #[test]
    fn a_term_is_at_most_three_calendar_years() {
        for (from, to, expected) in [
            ("2026-12-01", "2029-12-01", Ok(())),
            ("2026-12-01", "2029-12-02", Err(TermError::TooLong)),
            ("2024-02-29", "2027-02-28", Ok(())),
            ("2024-02-29", "2027-03-01", Err(TermError::TooLong)),
            ("2025-02-28", "2028-02-28", Ok(())),
            ("2025-02-28", "2028-02-29", Err(TermError::TooLong)),
            ("2026-12-01", "2026-12-01", Err(TermError::Empty)),
            ("2026-12-02", "2026-12-01", Err(TermError::Empty)),
        ] {
            assert_eq!(term(from, to).check(), expected, "{from} to {to}");
        }
    }

    #[test]
    fn a_term_begins_and_ends_at_midnight_in_shanghai() {
        let term = term("2026-12-01", "2029-12-01");
        let utc = |text: &str| {
            Timestamp(
                DateTime::parse_from_rfc3339(text)
                    .unwrap()
                    .timestamp_millis(),
            )
        };
        for (at, inside) in [
            ("2026-11-30T23:59:59.999+08:00", false),
            ("2026-12-01T00:00:00+08:00", true),
            ("2029-11-30T23:59:59.999+08:00", true),
            ("2029-12-01T00:00:00+08:00", false),
            ("2026-11-30T16:00:00Z", true),
        ] {
            assert_eq!(term.contains(utc(at)), inside, "{at}");
        }
    }

    #[test]
    fn days_follow_shanghai() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T08:00:00.000+08:00");
        assert_eq!(
            Timestamp(-8 * 3600 * 1000).day(),
            Some("1970-01-01".parse().unwrap())
        );
        assert_eq!(Timestamp(i64::MAX).day(), None);
        assert_eq!("2026-13-01".parse::<Day>(), Err(TermError::Form));
    }
}
