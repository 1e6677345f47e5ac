//! Exact decimals as written in specs, manifests and policies: strings, never floats.

use serde::{Deserialize, Serialize};

/// Digits after the point that a decimal may have.
pub(crate) const MAX_SCALE: u8 = 18;
/// Digits that a decimal may have in all: each fits `Decimal128(38, s)` with room to add.
pub(crate) const MAX_DIGITS: usize = 36;

/// Why a text is no decimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// not digits with at most one point, or an exponent is needed
    #[error(
        "a decimal is digits with at most one point and an optional sign, such as `-0.25` or `1e-6`"
    )]
    Form,
    /// too many digits
    #[error("a decimal has at most {MAX_DIGITS} digits, {MAX_SCALE} of them after the point")]
    Range,
}

/// An exact decimal: `mantissa × 10^-scale`, kept without trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    mantissa: i128,
    scale: u8,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self {
        mantissa: 0,
        scale: 0,
    };

    /// `mantissa × 10^-scale`.
    ///
    /// # Errors
    /// [`DecimalError::Range`] if there are more than [`MAX_SCALE`] digits after the point, or more
    /// than [`MAX_DIGITS`] in all.
    pub fn new(mantissa: i128, scale: u8) -> Result<Self, DecimalError> {
        if scale > MAX_SCALE || mantissa.unsigned_abs() >= 10_u128.pow(MAX_DIGITS as u32) {
            return Err(DecimalError::Range);
        }
        let mut reduced = Self { mantissa, scale };
        while reduced.scale > 0 && reduced.mantissa % 10 == 0 {
            reduced.mantissa /= 10;
            reduced.scale -= 1;
        }
        Ok(reduced)
    }

    /// Digits after the point, without trailing zeros.
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// This number as an integer count of `10^-scale`, or nothing if it does not come out even or
    /// does not fit.
    pub fn at_scale(self, scale: u8) -> Option<i128> {
        let up = scale.checked_sub(self.scale)?;
        10_i128
            .checked_pow(u32::from(up))?
            .checked_mul(self.mantissa)
    }

    /// If this number is `10^-s`, the scale `s`: what a column's `resolution` must be.
    pub fn power_of_ten_scale(self) -> Option<u8> {
        (self.mantissa == 1).then_some(self.scale)
    }

    /// The nearest double, for showing.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self {
            mantissa: i128::from(value),
            scale: 0,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let split = |d: &Self| {
            let unit = 10_i128.pow(u32::from(d.scale));
            let fraction =
                d.mantissa.rem_euclid(unit) * 10_i128.pow(u32::from(MAX_SCALE - d.scale));
            (d.mantissa.div_euclid(unit), fraction)
        };
        split(self).cmp(&split(other))
    }
}

impl std::str::FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (
                number,
                exponent.parse::<i32>().map_err(|_| DecimalError::Form)?,
            ),
            None => (text, 0),
        };
        let unsigned = number.strip_prefix('-').unwrap_or(number);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits_only = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || !digits_only(whole)
            || !digits_only(fraction)
            || unsigned.ends_with('.')
        {
            return Err(DecimalError::Form);
        }
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.len() > MAX_DIGITS {
            return Err(DecimalError::Range);
        }
        let mut mantissa: i128 = if digits.is_empty() {
            0
        } else {
            digits.parse().map_err(|_| DecimalError::Range)?
        };
        if mantissa == 0 {
            return Ok(Self::ZERO);
        }
        let fraction_digits = i32::try_from(fraction.len()).map_err(|_| DecimalError::Range)?;
        let mut scale = fraction_digits
            .checked_sub(exponent)
            .ok_or(DecimalError::Range)?;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if scale < 0 {
            let power = 10_i128
                .checked_pow(scale.unsigned_abs())
                .ok_or(DecimalError::Range)?;
            mantissa = mantissa.checked_mul(power).ok_or(DecimalError::Range)?;
            scale = 0;
        }
        if number.starts_with('-') {
            mantissa = -mantissa;
        }
        Self::new(
            mantissa,
            u8::try_from(scale).map_err(|_| DecimalError::Range)?,
        )
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let width = usize::from(self.scale) + 1;
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len() - usize::from(self.scale));
        if fraction.is_empty() {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{fraction}")
        }
    }
}

impl TryFrom<String> for Decimal {
    type Error = DecimalError;
    fn try_from(text: String) -> Result<Self, DecimalError> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> String {
        decimal.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_writes() {
        for (text, shown) in [
            ("0", "0"),
            ("-0", "0"),
            ("60", "60"),
            ("0.001", "0.001"),
            ("1e-6", "0.000001"),
            ("-12.50", "-12.5"),
            ("007", "7"),
            ("2.5e1", "25"),
            ("1e3", "1000"),
        ] {
            assert_eq!(
                text.parse::<Decimal>().unwrap().to_string(),
                shown,
                "{text}"
            );
        }
        for bad in [
            "", ".5", "5.", "1,5", "NaN", "inf", "--1", "1e", "0x1", "+1", " 1", "1e99", "1e-99",
        ] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn scales() {
        let d: Decimal = "0.25".parse().unwrap();
        assert_eq!(d.at_scale(3), Some(250));
        assert_eq!(d.at_scale(1), None);
        assert_eq!(
            "0.001".parse::<Decimal>().unwrap().power_of_ten_scale(),
            Some(3)
        );
        assert_eq!(
            "0.005".parse::<Decimal>().unwrap().power_of_ten_scale(),
            None
        );
    }

    proptest! {
        #[test]
        fn order_agrees_with_integers_at_a_common_scale(
            a in -10_i128.pow(15)..10_i128.pow(15), s in 0_u8..=9,
            b in -10_i128.pow(15)..10_i128.pow(15), t in 0_u8..=9,
        ) {
            let (x, y) = (Decimal::new(a, s).unwrap(), Decimal::new(b, t).unwrap());
            prop_assert_eq!(x.cmp(&y), x.at_scale(9).unwrap().cmp(&y.at_scale(9).unwrap()));
            prop_assert_eq!(x.to_string().parse::<Decimal>().unwrap(), x);
        }
    }
}
