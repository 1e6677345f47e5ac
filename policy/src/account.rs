//! Accounts: pure integers. A charge hits every account it concerns, or none.
//!
//! An account in ρ is the zCDP filter (Bun and Steinke 2016, Lemma 1.7, extended to adaptively
//! chosen losses by privacy filters: Whitehouse, Ramdas, Rogers and Wu 2023): refuse once Σρ would
//! pass the cap, and Σδ its own. An account in ε refuses a charge that has no ε.

use crate::dataset::Budget;
use crate::denial::{Code, Reasons};
use crate::{AgreementId, Currency, Decimal, JobId, Loss, LossError, NamespaceId, ScenarioId};

/// Whose account it is: each counts what was spent in one namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    /// The namespace.
    pub namespace: NamespaceId,
    /// The level under it.
    pub owner: Owner,
}

/// The level of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The namespace itself, for ever.
    Namespace,
    /// An operator, under one agreement.
    Operator(AgreementId),
    /// A scenario.
    Scenario(ScenarioId),
    /// A job.
    Job(JobId),
}

impl std::fmt::Display for AccountId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.owner {
            Owner::Namespace => write!(f, "namespace {}", self.namespace),
            Owner::Operator(id) => write!(f, "agreement {id} in {}", self.namespace),
            Owner::Scenario(id) => write!(f, "scenario {id} in {}", self.namespace),
            Owner::Job(id) => write!(f, "job {id} in {}", self.namespace),
        }
    }
}

/// An account: caps and what was spent. ε and ρ in 10⁻⁹, δ in 10⁻¹⁸.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// What it counts.
    pub currency: Currency,
    /// The most that may be spent, in its currency, rounded down.
    pub cap: u64,
    /// The most δ that may be spent, rounded down.
    pub delta_cap: u64,
    /// What was spent.
    pub spent: Loss,
}

impl Account {
    /// An account nothing was spent from. Caps are rounded down, charges up.
    ///
    /// # Errors
    /// [`LossError`] if the budget is negative or larger than an account can hold.
    pub fn open(budget: &Budget) -> Result<Self, LossError> {
        Ok(Self {
            currency: budget.currency,
            cap: floor(budget.cap, crate::loss::NANO_SCALE)?,
            delta_cap: floor(budget.delta, crate::loss::ATTO_SCALE)?,
            spent: Loss::NONE,
        })
    }

    /// What would be spent after `charge`.
    ///
    /// # Errors
    /// The code that says why the account refuses: no ε, too little δ, or too little left.
    pub fn after(&self, charge: Loss) -> Result<Loss, Code> {
        let total = self
            .spent
            .compose(charge)
            .map_err(|_| Code::BudgetExhausted)?;
        let amount = match self.currency {
            Currency::Rho => total.rho,
            Currency::Epsilon => total.eps.ok_or(Code::NoEpsilon)?,
        };
        if total.delta > self.delta_cap {
            return Err(Code::NoDelta);
        }
        if amount > self.cap {
            return Err(Code::BudgetExhausted);
        }
        Ok(total)
    }

    /// What is left, in its currency.
    pub fn left(&self) -> u64 {
        self.cap.saturating_sub(self.spent_amount())
    }

    /// What was spent, in its currency; all of it, if a loss without ε came in.
    pub fn spent_amount(&self) -> u64 {
        match self.currency {
            Currency::Rho => self.spent.rho,
            Currency::Epsilon => self.spent.eps.unwrap_or(u64::MAX),
        }
    }
}

/// `amount` in units of `10^-scale`, rounded down: a cap never grows by being read.
fn floor(amount: Decimal, scale: u8) -> Result<u64, LossError> {
    if amount < Decimal::ZERO {
        return Err(LossError::Form);
    }
    let fine = amount
        .at_scale(crate::decimal::MAX_SCALE)
        .ok_or(LossError::Overflow)?;
    let unit = 10_i128.pow(u32::from(crate::decimal::MAX_SCALE - scale));
    u64::try_from(fine / unit).map_err(|_| LossError::Overflow)
}

/// Notes why `charge` does not fit `account`, if it does not.
pub(crate) fn check_charge(id: &AccountId, account: &Account, charge: Loss, why: &mut Reasons) {
    if let Err(code) = account.after(charge) {
        why.add(code, id.to_string());
    }
}

/// ε at a stated δ of ρ-zCDP, for people: `ρ + 2√(ρ ln(1/δ))` (Bun and Steinke 2016, Proposition
/// 1.3). `rho` in 10⁻⁹; `delta` in 10⁻¹⁸ and above zero. Infinite without δ, unless ρ is zero.
pub fn epsilon_shown(rho: u64, delta: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown to people, never charged")]
    let (rho, delta) = (rho as f64 / 1e9, delta as f64 / 1e18);
    if rho == 0.0 {
        return 0.0;
    }
    rho + 2.0 * (rho * (1.0 / delta).ln().max(0.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(currency: Currency, cap: &str, delta: &str) -> Account {
        let (cap, delta) = (cap.parse().unwrap(), delta.parse().unwrap());
        Account::open(&Budget {
            currency,
            cap,
            delta,
        })
        .unwrap()
    }

    #[test]
    fn a_pure_account_refuses_what_has_no_epsilon_or_has_delta() {
        let account = open(Currency::Epsilon, "1", "0");
        let laplace = |nano| Loss::from_epsilon(nano).unwrap();
        assert!(account.after(laplace(1_000_000_000)).is_ok());
        assert_eq!(
            account.after(laplace(1_000_000_001)),
            Err(Code::BudgetExhausted)
        );
        assert_eq!(account.after(Loss::from_rho(1)), Err(Code::NoEpsilon));
        let thresholded = laplace(1).with_delta(1).unwrap();
        assert_eq!(account.after(thresholded), Err(Code::NoDelta));
    }

    #[test]
    fn caps_round_down_and_sums_do_not_wrap() {
        let account = open(Currency::Rho, "0.0000000019", "0");
        assert_eq!(account.cap, 1);
        assert_eq!(account.after(Loss::from_rho(2)), Err(Code::BudgetExhausted));
        let mut full = account;
        full.spent.rho = 1;
        assert_eq!(
            full.after(Loss::from_rho(u64::MAX)),
            Err(Code::BudgetExhausted)
        );
    }

    #[test]
    fn shown_epsilon_is_bun_and_steinkes() {
        // 0.5 + 2·√(0.5·ln 10⁶) = 5.7565…
        let shown = epsilon_shown(500_000_000, 1_000_000_000_000);
        assert!((shown - 5.756_522).abs() < 1e-5, "{shown}");
        assert_eq!(epsilon_shown(0, 0), 0.0);
        assert!(epsilon_shown(1, 0).is_infinite());
    }
}
