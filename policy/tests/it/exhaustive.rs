//! Ledger arithmetic and clamping over whole small domains: every case there is, not a sample of them.

use irongate_policy::account::{Account, AccountId, Owner};
use irongate_policy::bound::{BoundError, Sensitivity, clamp};
use irongate_policy::dataset::Budget;
use irongate_policy::{
    ATTO_SCALE, AgreementId, Code, Currency, Decimal, JobId, Loss, LossError, NamespaceId,
    ScenarioId,
};

/// Amounts near nothing, and near what 64 bits hold.
const AMOUNTS: [u64; 6] = [0, 1, 2, 3, u64::MAX - 1, u64::MAX];

fn losses() -> Vec<Loss> {
    let mut losses = Vec::new();
    for eps in AMOUNTS.map(Some).into_iter().chain([None]) {
        for rho in AMOUNTS {
            for delta in AMOUNTS {
                losses.push(Loss { eps, rho, delta });
            }
        }
    }
    losses
}

/// Both amounts together, if 64 bits hold them.
fn sum(a: u64, b: u64) -> Option<u64> {
    u64::try_from(u128::from(a) + u128::from(b)).ok()
}

#[test]
fn losses_add_up_exactly_or_not_at_all() {
    let losses = losses();
    for a in &losses {
        for b in &losses {
            // What has no ε stays without; what overflows anywhere is refused.
            let eps = match (a.eps, b.eps) {
                (Some(a), Some(b)) => sum(a, b).map(Some),
                _ => Some(None),
            };
            let parts = (eps, sum(a.rho, b.rho), sum(a.delta, b.delta));
            let expected = match parts {
                (Some(eps), Some(rho), Some(delta)) => Ok(Loss { eps, rho, delta }),
                _ => Err(LossError::Overflow),
            };
            assert_eq!(a.compose(*b), expected, "{a:?} and {b:?}");
        }
        for delta in AMOUNTS {
            let expected = sum(a.delta, delta).map(|delta| Loss { delta, ..*a });
            assert_eq!(a.with_delta(delta).ok(), expected, "{a:?} with δ {delta}");
        }
    }
}

#[test]
fn a_charge_is_taken_only_if_everything_it_adds_up_to_is_within_the_caps() {
    let losses = losses();
    for currency in [Currency::Rho, Currency::Epsilon] {
        for cap in AMOUNTS {
            for delta_cap in AMOUNTS {
                for spent in losses.iter().filter(|loss| loss.delta <= 1) {
                    for charge in &losses {
                        let account = Account {
                            currency,
                            cap,
                            delta_cap,
                            spent: *spent,
                        };
                        judge(&account, *charge);
                    }
                }
            }
        }
    }
}

/// Holds what an account answers against the sums themselves, in integers that cannot overflow.
fn judge(account: &Account, charge: Loss) {
    let wide = |a: u64, b: u64| u128::from(a) + u128::from(b);
    let spent = account.spent;
    let rho = wide(spent.rho, charge.rho);
    let delta = wide(spent.delta, charge.delta);
    let eps = spent.eps.zip(charge.eps).map(|(a, b)| wide(a, b));
    let amount = match account.currency {
        Currency::Rho => Some(rho),
        Currency::Epsilon => eps,
    };
    let is_held = rho <= u128::from(u64::MAX) && eps.is_none_or(|e| e <= u128::from(u64::MAX));
    let fits = amount.is_some_and(|amount| amount <= u128::from(account.cap))
        && delta <= u128::from(account.delta_cap)
        && is_held;
    let answer = account.after(charge);
    match answer {
        Ok(total) => {
            assert!(fits, "{account:?} took {charge:?}");
            assert_eq!(u128::from(total.rho), rho);
            assert_eq!(u128::from(total.delta), delta);
            assert_eq!(total.eps.map(u128::from), eps);
        }
        Err(code) => {
            assert!(!fits, "{account:?} refused {charge:?}");
            // The first thing that stands in the way is the one that is told.
            let overflows = !is_held || delta > u128::from(u64::MAX);
            let expected = if overflows {
                Code::BudgetExhausted
            } else if amount.is_none() {
                Code::NoEpsilon
            } else if delta > u128::from(account.delta_cap) {
                Code::NoDelta
            } else {
                Code::BudgetExhausted
            };
            assert_eq!(code, expected, "{account:?} refused {charge:?}");
        }
    }
}

#[test]
fn what_was_spent_and_what_is_left_are_the_cap() {
    for currency in [Currency::Rho, Currency::Epsilon] {
        for cap in AMOUNTS {
            for spent in losses() {
                let account = Account {
                    currency,
                    cap,
                    delta_cap: 0,
                    spent,
                };
                let amount = match currency {
                    Currency::Rho => spent.rho,
                    // Nothing may be left where it is not known what was spent.
                    Currency::Epsilon => spent.eps.unwrap_or(u64::MAX),
                };
                assert_eq!(account.spent_amount(), amount);
                assert_eq!(account.left(), cap - amount.min(cap));
            }
        }
    }
}

#[test]
fn no_sequence_of_charges_passes_a_cap() {
    let charges = [
        Loss::from_rho(1),
        Loss::from_rho(2),
        Loss::from_epsilon(1).unwrap(),
        Loss::from_epsilon(3).unwrap(),
        Loss::from_rho(0).with_delta(1).unwrap(),
        Loss::NONE,
    ];
    let mut refusals = 0;
    for currency in [Currency::Rho, Currency::Epsilon] {
        for cap in 0..4 {
            for delta_cap in 0..2 {
                for sequence in 0..charges.len().pow(5) {
                    let mut account = Account {
                        currency,
                        cap,
                        delta_cap,
                        spent: Loss::NONE,
                    };
                    let mut taken = (0, 0, 0);
                    let mut rest = sequence;
                    for _ in 0..5 {
                        let charge = charges[rest % charges.len()];
                        rest /= charges.len();
                        let Ok(total) = account.after(charge) else {
                            refusals += 1;
                            continue;
                        };
                        account.spent = total;
                        taken.0 += charge.rho;
                        taken.1 += charge.delta;
                        taken.2 += charge.eps.unwrap_or(0);
                    }
                    let amount = match currency {
                        Currency::Rho => taken.0,
                        Currency::Epsilon => taken.2,
                    };
                    assert!(amount <= cap && taken.1 <= delta_cap, "{account:?}");
                    assert_eq!((account.spent.rho, account.spent.delta), (taken.0, taken.1));
                }
            }
        }
    }
    assert!(refusals > 0, "nothing was refused");
}

/// ρ = ε²/2 and amounts in text: up for a charge, down for a cap, and never by a whole unit.
#[test]
fn charges_round_up_and_caps_down_by_less_than_one_unit() {
    const TWO_NANO: u128 = 2_000_000_000;
    let ends = [u64::from(u32::MAX), 5_000_000_000, 191_000_000_000];
    for eps in (0..200_000).chain(ends) {
        let square = u128::from(eps) * u128::from(eps);
        let rho = u128::from(Loss::from_epsilon(eps).unwrap().rho) * TWO_NANO;
        assert!(square <= rho && rho < square + TWO_NANO, "ε {eps}: {rho}");
    }
    let largest = (u128::from(u64::MAX) * TWO_NANO).isqrt() as u64;
    assert!(Loss::from_epsilon(largest).is_ok());
    assert_eq!(Loss::from_epsilon(largest + 1), Err(LossError::Overflow));
    // Ten to the −18 is the finest that a decimal can be: a nano is 10⁹ of it.
    const NANO: u128 = 1_000_000_000;
    for unit in [0, 1, 2, 7, u128::from(u64::MAX) - 1, u128::from(u64::MAX)] {
        for over in [-2, -1, 0, 1, 2, 500_000_000] {
            let Some(fine) = (unit * NANO).checked_add_signed(over) else {
                continue;
            };
            let amount = Decimal::new(fine as i128, ATTO_SCALE).unwrap();
            let held = |units: u128| u64::try_from(units).map_err(|_| LossError::Overflow);
            let budget = Budget {
                currency: Currency::Rho,
                cap: amount,
                delta: Decimal::ZERO,
            };
            assert_eq!(Loss::nano(amount), held(fine.div_ceil(NANO)), "{amount}");
            let cap = Account::open(&budget).map(|account| account.cap);
            assert_eq!(cap, held(fine / NANO), "{amount}");
            assert_eq!(Loss::atto(amount), held(fine), "{amount}");
        }
    }
    let negative = Decimal::new(-1, ATTO_SCALE).unwrap();
    assert_eq!(Loss::nano(negative), Err(LossError::Form));
    assert_eq!(Loss::atto(negative), Err(LossError::Form));
}

#[test]
fn a_clamped_value_is_the_nearest_inside() {
    let values = || (-6..=6).chain([i128::MIN, i128::MIN + 1, i128::MAX - 1, i128::MAX]);
    for lo in values() {
        for hi in values() {
            for value in values().map(Some).chain([None]) {
                if lo > hi {
                    assert_eq!(clamp(value, lo, hi), Err(BoundError::Order));
                    continue;
                }
                // A null is nothing, or what comes nearest to it.
                let x = value.unwrap_or(0);
                let nearest = if x < lo {
                    lo
                } else if x > hi {
                    hi
                } else {
                    x
                };
                assert_eq!(clamp(value, lo, hi), Ok(nearest), "{value:?} in {lo}..{hi}");
            }
        }
    }
}

#[test]
fn sensitivities_are_the_least_that_hold() {
    for lo in -7_i128..=7 {
        for hi in -7_i128..=7 {
            for m in 0..5_u32 {
                for c in 0..7_u32 {
                    let of = Sensitivity::of_sum(lo, hi, m, c);
                    if lo > hi {
                        assert_eq!(of, Err(BoundError::Order));
                        continue;
                    }
                    let of = of.unwrap();
                    // The farthest that up to m values of [lo, hi] can move a sum, by trying them all.
                    let sums = (0..=i128::from(m)).flat_map(|n| [n * lo, n * hi]);
                    let farthest = sums.map(i128::unsigned_abs).max().unwrap();
                    assert_eq!(of.bound, farthest, "{lo}..{hi}, m {m}");
                    let c = u128::from(c);
                    assert_eq!((of.l0, of.l1), (c, c * farthest));
                    let square = c * farthest * farthest;
                    assert!(of.l2 * of.l2 >= square, "{of:?}");
                    assert!(of.l2 == 0 || (of.l2 - 1).pow(2) < square, "{of:?}");
                    let count = Sensitivity::of_sum(0, 1, m, c as u32);
                    assert_eq!(Sensitivity::of_count(m, c as u32), count);
                }
            }
        }
    }
}

#[test]
fn accounts_are_told_by_their_owner_and_namespace() {
    let name = |owner| {
        let namespace = NamespaceId::new("patient").unwrap();
        AccountId { namespace, owner }.to_string()
    };
    let scenario = Owner::Scenario(ScenarioId::new("s").unwrap());
    let operator = Owner::Operator(AgreementId::new("a").unwrap());
    assert_eq!(name(Owner::Namespace), "namespace patient");
    assert_eq!(name(operator), "agreement a in patient");
    assert_eq!(name(scenario), "scenario s in patient");
    let job = Owner::Job(JobId::new("j").unwrap());
    assert_eq!(name(job), "job j in patient");
}
