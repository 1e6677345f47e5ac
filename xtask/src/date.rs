//! Calendar days in Asia/Shanghai, which agreements are dated in.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Asia/Shanghai is UTC+8 all year.
const OFFSET_SECONDS: u64 = 8 * 3600;
const DAY_SECONDS: u64 = 24 * 3600;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
}

/// Today, in Asia/Shanghai.
pub(crate) fn today() -> Date {
    #[expect(
        clippy::disallowed_methods,
        reason = "the demo dates its agreement; no decision depends on it"
    )]
    let now = SystemTime::now();
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Date::from_days((seconds + OFFSET_SECONDS) / DAY_SECONDS)
}

impl Date {
    /// The day `days` after 1970-01-01, by counting years and months.
    fn from_days(mut days: u64) -> Self {
        let mut year = 1970;
        while days >= year_length(year) {
            days -= year_length(year);
            year += 1;
        }
        let mut month = 1;
        while days >= month_length(year, month) {
            days -= month_length(year, month);
            month += 1;
        }
        Self {
            year,
            month,
            day: days + 1,
        }
    }

    /// The same day `years` later; 29 February becomes the 28th where there is none.
    pub(crate) fn years_on(self, years: u64) -> Self {
        let year = self.year + years;
        Self {
            year,
            day: self.day.min(month_length(year, self.month)),
            ..self
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn year_length(year: u64) -> u64 {
    if leap(year) { 366 } else { 365 }
}

fn month_length(year: u64, month: u64) -> u64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_are_counted_over_leap_years() {
        for (days, shown) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_780, "2026-11-23"),
        ] {
            assert_eq!(Date::from_days(days).to_string(), shown);
        }
    }
}
