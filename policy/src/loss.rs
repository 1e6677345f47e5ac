//! Privacy loss as the ledger counts it: integers, rounded up, never floats.

use crate::{Decimal, DecimalError};
use serde::{Deserialize, Serialize};

/// ε and ρ are counted in units of 10⁻⁹.
pub const NANO_SCALE: u8 = 9;
/// δ is counted in units of 10⁻¹⁸.
pub const ATTO_SCALE: u8 = 18;

/// What an account is denominated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Currency {
    /// Zero-concentrated differential privacy (Bun and Steinke 2016), with δ for thresholds.
    Rho,
    /// ε-differential privacy; with a δ cap of zero, pure.
    Epsilon,
}

/// The privacy loss of one mechanism, or a sum of them.
///
/// Laplace noise fills ε and ρ = ε²/2 (Bun and Steinke 2016, Proposition 1.4); Gaussian noise leaves
/// ε empty; thresholded keys add δ. Everything is rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Loss {
    /// ε in 10⁻⁹, if the mechanism has one at this δ.
    pub eps: Option<u64>,
    /// ρ in 10⁻⁹.
    pub rho: u64,
    /// δ in 10⁻¹⁸.
    pub delta: u64,
}

/// A loss cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LossError {
    /// the loss is larger than any account
    #[error("the loss is larger than any account can hold; ask for less")]
    Overflow,
    /// a negative loss, or not a number
    #[error(
        "a loss is a decimal that is not negative, with at most {NANO_SCALE} digits after the point (δ: {ATTO_SCALE})"
    )]
    Form,
    /// not a decimal
    #[error(transparent)]
    Decimal(#[from] DecimalError),
}

/// ρ = ε²/2 in nano, rounded up, from ε in nano.
fn rho_of_epsilon(eps: u64) -> Result<u64, LossError> {
    const TWO_NANO: u128 = 2_000_000_000;
    let square = u128::from(eps) * u128::from(eps);
    u64::try_from(square.div_ceil(TWO_NANO)).map_err(|_| LossError::Overflow)
}

impl Loss {
    /// No loss: what public data costs. It has an ε (zero), so a pure-ε account takes it.
    pub const NONE: Self = Self {
        eps: Some(0),
        rho: 0,
        delta: 0,
    };

    /// More than any account can hold: what is spent of an account whose sum was lost.
    pub(crate) const CLOSED: Self = Self {
        eps: None,
        rho: u64::MAX,
        delta: u64::MAX,
    };

    /// The loss of pure ε-differential privacy, ε in 10⁻⁹.
    ///
    /// # Errors
    /// [`LossError::Overflow`] if ε²/2 does not fit.
    pub fn from_epsilon(eps: u64) -> Result<Self, LossError> {
        Ok(Self {
            eps: Some(eps),
            rho: rho_of_epsilon(eps)?,
            delta: 0,
        })
    }

    /// The loss of ρ-zCDP, ρ in 10⁻⁹.
    pub fn from_rho(rho: u64) -> Self {
        Self {
            eps: None,
            rho,
            delta: 0,
        }
    }

    /// The same loss with δ added, in 10⁻¹⁸.
    ///
    /// # Errors
    /// [`LossError::Overflow`] if the sum does not fit.
    pub fn with_delta(self, delta: u64) -> Result<Self, LossError> {
        let delta = self.delta.checked_add(delta).ok_or(LossError::Overflow)?;
        Ok(Self { delta, ..self })
    }

    /// Adaptive composition of two losses: every part adds up (zCDP: Bun and Steinke 2016, Lemma
    /// 1.7; δ and pure ε: basic composition). ε is lost where either has none.
    ///
    /// # Errors
    /// [`LossError::Overflow`] if a sum does not fit.
    pub fn compose(self, other: Self) -> Result<Self, LossError> {
        let sum = |a: u64, b: u64| a.checked_add(b).ok_or(LossError::Overflow);
        let eps = match (self.eps, other.eps) {
            (Some(a), Some(b)) => Some(sum(a, b)?),
            (None, _) | (_, None) => None,
        };
        Ok(Self {
            eps,
            rho: sum(self.rho, other.rho)?,
            delta: sum(self.delta, other.delta)?,
        })
    }

    /// Reads ε or ρ into 10⁻⁹ units; what does not come out even is rounded up.
    ///
    /// # Errors
    /// [`LossError`] for a negative number, or one no account can hold.
    pub fn nano(amount: Decimal) -> Result<u64, LossError> {
        scaled_up(amount, NANO_SCALE)
    }

    /// Reads δ into 10⁻¹⁸ units; what does not come out even is rounded up.
    ///
    /// # Errors
    /// [`LossError`] for a negative number, or one no account can hold.
    pub fn atto(amount: Decimal) -> Result<u64, LossError> {
        scaled_up(amount, ATTO_SCALE)
    }
}

fn scaled_up(amount: Decimal, scale: u8) -> Result<u64, LossError> {
    if amount < Decimal::ZERO {
        return Err(LossError::Form);
    }
    let fine = amount
        .at_scale(crate::decimal::MAX_SCALE)
        .ok_or(LossError::Overflow)?;
    let unit = 10_u128.pow(u32::from(crate::decimal::MAX_SCALE - scale));
    u64::try_from(fine.unsigned_abs().div_ceil(unit)).map_err(|_| LossError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_rounds_up() {
        let nano = |t: &str| Loss::nano(t.parse().unwrap());
        assert_eq!(nano("0.05"), Ok(50_000_000));
        assert_eq!(nano("0.0000000001"), Ok(1));
        assert_eq!(nano("-1"), Err(LossError::Form));
        assert_eq!(Loss::atto("1e-6".parse().unwrap()), Ok(1_000_000_000_000));
    }

    #[test]
    fn laplace_has_both_parts_and_gaussian_only_rho() {
        assert_eq!(
            Loss::from_epsilon(1_000_000_000),
            Ok(Loss {
                eps: Some(1_000_000_000),
                rho: 500_000_000,
                delta: 0
            })
        );
        assert_eq!(
            Loss::from_epsilon(1).unwrap().rho,
            1,
            "rounded up, never to nothing"
        );
        let both = Loss::from_epsilon(10)
            .unwrap()
            .compose(Loss::from_rho(5))
            .unwrap();
        assert_eq!(both.eps, None);
        assert!(Loss::from_rho(u64::MAX).compose(Loss::from_rho(1)).is_err());
    }

    proptest! {
        #[test]
        fn composition_is_commutative_and_never_smaller(a in any::<u32>(), b in any::<u32>(), d in any::<u32>()) {
            let x = Loss::from_epsilon(u64::from(a)).unwrap();
            let y = Loss::from_rho(u64::from(b)).with_delta(u64::from(d)).unwrap();
            let sum = x.compose(y).unwrap();
            prop_assert_eq!(sum, y.compose(x).unwrap());
            prop_assert!(sum.rho >= x.rho && sum.rho >= y.rho && sum.delta >= y.delta);
        }
    }
}
