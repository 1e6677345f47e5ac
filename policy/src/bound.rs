//! Clamping and sensitivities in checked integers.
//!
//! Neighbours add or remove one unit. The unit is in at most C groups, with at most m rows in each,
//! every value clamped to `[lo, hi]`.

/// An integer does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoundError {
    /// the bounds are the wrong way round
    #[error("the lower bound is above the upper")]
    Order,
    /// too large
    #[error("the sensitivity does not fit 128 bits; narrow the bounds or the caps")]
    Overflow,
}

/// `value` moved to the nearer of `lo` and `hi` if it lies outside; null to the value nearest zero.
///
/// # Errors
/// [`BoundError::Order`] if `lo > hi`.
pub fn clamp(value: Option<i128>, lo: i128, hi: i128) -> Result<i128, BoundError> {
    if lo > hi {
        return Err(BoundError::Order);
    }
    Ok(value.unwrap_or(0).max(lo).min(hi))
}

/// How far one unit can move a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sensitivity {
    /// Groups one unit can touch: C.
    pub l0: u128,
    /// How far it can move one group: `m·max(|lo|, |hi|)`. Not `hi − lo`: a unit may be absent.
    pub bound: u128,
    /// `C·bound`.
    pub l1: u128,
    /// `⌈√(C·bound²)⌉`, which is never below `√C·bound`.
    pub l2: u128,
}

impl Sensitivity {
    /// Of a sum of values in `[lo, hi]`, at most `m` rows of a unit in each of at most `c` groups.
    ///
    /// # Errors
    /// [`BoundError`] if `lo > hi` or an amount does not fit.
    pub fn of_sum(lo: i128, hi: i128, m: u32, c: u32) -> Result<Self, BoundError> {
        if lo > hi {
            return Err(BoundError::Order);
        }
        let over = BoundError::Overflow;
        let bound = lo
            .unsigned_abs()
            .max(hi.unsigned_abs())
            .checked_mul(u128::from(m))
            .ok_or(over)?;
        let l0 = u128::from(c);
        let l1 = bound.checked_mul(l0).ok_or(over)?;
        // √C·bound = √(C·bound²), exact where the square fits; else ⌈√C⌉·bound, which is larger.
        let l2 = match bound.checked_mul(bound).and_then(|b| b.checked_mul(l0)) {
            Some(square) => ceil_sqrt(square),
            None => ceil_sqrt(l0).checked_mul(bound).ok_or(over)?,
        };
        Ok(Self { l0, bound, l1, l2 })
    }

    /// Of a count of rows.
    ///
    /// # Errors
    /// As [`Sensitivity::of_sum`].
    pub fn of_count(m: u32, c: u32) -> Result<Self, BoundError> {
        Self::of_sum(0, 1, m, c)
    }
}

fn ceil_sqrt(square: u128) -> u128 {
    let floor = square.isqrt();
    floor + u128::from(floor * floor < square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sensitivities_are_those_of_adding_or_removing_a_unit() {
        for (lo, hi, m, c, bound, l1, l2) in [
            (0, 60, 1, 5, 60, 300, 135),
            (18, 100, 2, 1, 200, 200, 200),
            (-7, 3, 1, 4, 7, 28, 14),
            (5, 5, 3, 2, 15, 30, 22),
            (0, 0, 9, 9, 0, 0, 0),
        ] {
            let expected = Sensitivity {
                l0: u128::from(c),
                bound,
                l1,
                l2,
            };
            assert_eq!(
                Sensitivity::of_sum(lo, hi, m, c),
                Ok(expected),
                "{lo}..{hi}"
            );
        }
        assert_eq!(Sensitivity::of_sum(1, 0, 1, 1), Err(BoundError::Order));
        assert_eq!(
            Sensitivity::of_sum(i128::MIN, 0, u32::MAX, 1),
            Err(BoundError::Overflow)
        );
    }

    proptest! {
        #[test]
        fn clamped_values_lie_inside(v in any::<Option<i128>>(), a in any::<i128>(), b in any::<i128>()) {
            let (lo, hi) = (a.min(b), a.max(b));
            let x = clamp(v, lo, hi).unwrap();
            prop_assert!(lo <= x && x <= hi);
            if let Some(v) = v { prop_assert!(!(lo <= v && v <= hi) || x == v); }
        }

        /// One unit's contribution, whatever it is, moves the sums by no more than the sensitivities.
        #[test]
        fn no_unit_moves_sums_further(
            rows in prop::collection::vec((0_usize..4, -50_i128..50), 0..24),
            lo in -20_i128..=0, width in 0_i128..40, m in 1_u32..4, c in 1_u32..4,
        ) {
            let hi = lo + width;
            let mut groups = std::collections::BTreeMap::<usize, Vec<i128>>::new();
            for (group, value) in rows {
                groups.entry(group).or_default().push(clamp(Some(value), lo, hi).unwrap());
            }
            let sums: Vec<i128> = groups.values().take(c as usize)
                .map(|rows| rows.iter().take(m as usize).sum()).collect();
            let s = Sensitivity::of_sum(lo, hi, m, c).unwrap();
            prop_assert!(sums.len() as u128 <= s.l0);
            prop_assert!(sums.iter().all(|x| x.unsigned_abs() <= s.bound));
            prop_assert!(sums.iter().map(|x| x.unsigned_abs()).sum::<u128>() <= s.l1);
            prop_assert!(sums.iter().map(|x| x.unsigned_abs().pow(2)).sum::<u128>() <= s.l2.pow(2));
        }

        #[test]
        fn l2_is_never_below_the_exact_root(x in any::<i64>(), m in any::<u32>(), c in any::<u32>()) {
            let (lo, hi) = (i128::from(x).min(0), i128::from(x).max(0));
            if let Ok(s) = Sensitivity::of_sum(lo, hi, m, c)
                && let Some(square) = s.bound.checked_mul(s.bound).and_then(|b| b.checked_mul(s.l0)) {
                prop_assert!(s.l2.checked_mul(s.l2).is_none_or(|l| l >= square));
            }
        }
    }
}
