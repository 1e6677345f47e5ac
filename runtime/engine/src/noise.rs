//! The one module that draws noise, and only through OpenDP.
//!
//! OpenDP's measurements are not `Send`: each is built and invoked inside one call, which
//! [`crate::execute`] runs on a blocking thread.
//!
//! # Parts of a vector drawn apart
//!
//! A long vector is cut into parts ([`PART`]) and each part is noised by a measurement of its own, at the
//! scale that was agreed for the whole. This is the same mechanism. OpenDP's vector measurement is
//! `x + Z` with `Z` independent and identically distributed over the entries, its scale a parameter that
//! does not depend on `x` or its length (`NoisePrivacyMap`'s proof definition says so). Independent draws
//! for the first part and for the second are together independent draws for the whole vector, so the output
//! has the same distribution, and the privacy map that was checked, of the whole vector under its L1 or L2
//! sensitivity, is about that distribution. No part's own map is used: a unit may lie in several.
//!
//! The same holds for keysets: noise is added to each key's count and the key kept or dropped by that count
//! alone, so disjoint parts of the map, kept apart and put together, are distributed as the whole. Where a
//! vector is cut depends on its length and order, which are public for declared keys; for others the parts
//! are of the keys in the order of their bytes, and since every entry is treated alike and alone, where the
//! cuts fall changes nothing in the distribution.

mod measurement;

use self::measurement::{Keyset, Vector};
use irongate_policy::Loss;

/// Values that one measurement draws noise for: some ten milliseconds, so that all cores have work, and
/// a cancelled query stops soon.
pub(crate) const PART: usize = 1_024;
/// Largest sensitivity accepted: beyond it `f64` scales are no longer exact enough to be useful.
const MAX_SENSITIVITY: i128 = 1 << 62;
/// Steps tried when rounding a scale up until OpenDP's own map agrees.
const MAX_ROUNDING_STEPS: u32 = 8;
/// The last bits of a scale, beyond its first twelve, which are zero. OpenDP's samplers work with the scale as an exact
/// fraction, and with few digits a Gaussian draw takes about a tenth less; the noise grows by a two-thousandth at most.
const ROUNDED_BITS: u32 = f64::MANTISSA_DIGITS - 12;
/// Largest share tried for an accuracy, in 10⁻⁹: an ε of 100,000, whose square still fits.
const MAX_SHARE: i64 = 100_000_000_000_000;
/// Largest threshold tried.
const MAX_THRESHOLD: i64 = 1 << 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Laplace,
    Gaussian,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Laplace => "laplace",
            Self::Gaussian => "gaussian",
        }
    }
}

/// How far neighbouring vectors are apart: at most `l0` entries change, each by at most `bound`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sensitivity {
    pub(crate) l0: u32,
    pub(crate) bound: i128,
}

impl Sensitivity {
    /// L1 = C·bound.
    fn l1(self) -> Option<i128> {
        self.bound
            .checked_mul(i128::from(self.l0))
            .filter(|v| *v <= MAX_SENSITIVITY)
    }
    /// L2 = √C·bound, rounded up.
    fn l2(self) -> f64 {
        (f64::from(self.l0).sqrt().next_up() * (self.bound as f64).next_up()).next_up()
    }
    pub(crate) fn shown(self, kind: Kind) -> f64 {
        match kind {
            Kind::Laplace => (self.bound as f64) * f64::from(self.l0),
            Kind::Gaussian => self.l2(),
        }
    }
}

/// A mechanism whose scale was agreed with OpenDP's privacy map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mechanism {
    pub(crate) kind: Kind,
    pub(crate) sensitivity: Sensitivity,
    pub(crate) scale: f64,
    /// Nano-ε or nano-ρ.
    pub(crate) share: u64,
    /// Threshold on units and the atto-δ it costs, for a keyset.
    pub(crate) threshold: Option<(i64, u64)>,
    /// It draws for entries of a vector that another mechanism is charged for: see the module's text on parts.
    pub(crate) joined: bool,
}

type Drawn<T> = Result<T, String>;

/// The least number above `low` that is enough, found by doubling and halving: whatever is above one that
/// is enough is enough too. Nothing if none up to `most` is.
fn least_above(mut low: i64, most: i64, enough: impl Fn(i64) -> Drawn<bool>) -> Drawn<Option<i64>> {
    let mut high = low + 1;
    while !enough(high)? {
        if high >= most {
            return Ok(None);
        }
        low = high;
        high = most.min(high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle)? {
            high = middle
        } else {
            low = middle
        }
    }
    Ok(Some(high))
}

/// The least number that is no less and has few digits; of positive ones.
fn rounded_up(scale: f64) -> f64 {
    let low = (1_u64 << ROUNDED_BITS) - 1;
    match scale.to_bits() {
        bits if bits & low == 0 => scale,
        // The next above it, into a higher exponent if need be.
        bits => f64::from_bits((bits | low).saturating_add(1)),
    }
}

impl Mechanism {
    /// Plans a vector mechanism that costs at most `share`.
    pub(crate) fn plan(kind: Kind, sensitivity: Sensitivity, share: u64) -> Drawn<Self> {
        let l1 = sensitivity
            .l1()
            .ok_or("the sensitivity is too large; lower C, m or the bounds")?;
        if share == 0 {
            return Err("the loss is too small to be split over the aggregates".to_owned());
        }
        let budget = (share as f64 / 1e9).next_down();
        let mut scale = rounded_up(match kind {
            Kind::Laplace => l1 as f64 / budget,
            Kind::Gaussian => sensitivity.l2() / (2.0 * budget).sqrt(),
        });
        for _ in 0..MAX_ROUNDING_STEPS {
            let mechanism = Self {
                kind,
                sensitivity,
                scale,
                share,
                threshold: None,
                joined: false,
            };
            if scale.is_finite() && mechanism.map()? <= budget {
                return Ok(mechanism);
            }
            scale = rounded_up(scale.next_up());
        }
        Err("no noise scale meets the loss".to_owned())
    }

    /// The least share whose noise has a half-width of at most `width` steps.
    pub(crate) fn least(kind: Kind, sensitivity: Sensitivity, width: f64) -> Drawn<u64> {
        if width < 1.0 {
            return Err("noise is of whole steps; ask for at least one step".to_owned());
        }
        let enough = |share: i64| -> Drawn<bool> {
            let planned = Self::plan(kind, sensitivity, share.cast_unsigned())?;
            Ok(planned.half_width(AtOnce::One) <= width)
        };
        let share = least_above(0, MAX_SHARE, enough)?;
        let share = share.ok_or("no loss gives this accuracy; ask for less of it")?;
        Ok(share.cast_unsigned())
    }

    /// Plans a thresholded keyset: units per tuple, each tuple counting a unit once.
    pub(crate) fn plan_threshold(kind: Kind, l0: u32, share: u64, delta: u64) -> Drawn<Self> {
        let plain = Self::plan(kind, Sensitivity { l0, bound: 1 }, share)?;
        let delta_max = (delta as f64 / 1e18).next_down();
        let enough = |t: i64| -> Drawn<bool> {
            // A threshold OpenDP refuses for being too small is merely not enough.
            Ok(plain.map_threshold(t).is_ok_and(|(_, d)| d <= delta_max))
        };
        let threshold = least_above(1, MAX_THRESHOLD, enough)?;
        let threshold = threshold.ok_or("no threshold meets δ; ask for a larger δ")?;
        let (loss, _) = plain.map_threshold(threshold)?;
        if loss > (share as f64 / 1e9) {
            return Err("no noise scale meets the loss".to_owned());
        }
        Ok(Self {
            threshold: Some((threshold, delta)),
            ..plain
        })
    }

    pub(crate) fn loss(&self) -> Result<Loss, irongate_policy::LossError> {
        if self.joined {
            return Ok(Loss::NONE);
        }
        let loss = match self.kind {
            Kind::Laplace => Loss::from_epsilon(self.share)?,
            Kind::Gaussian => Loss::from_rho(self.share),
        };
        loss.with_delta(self.threshold.map_or(0, |(_, delta)| delta))
    }

    /// Half-width of the interval that holds the noise 95 times in 100; of several such intervals, all hold at
    /// once as often (each misses `0.05 / count` at most).
    ///
    /// Rounded up to a whole number `t`. Laplace: `P(|X| > t) = 2q^(t+1)/(1+q) ≤ q^t` with `q = exp(-1/b)`, at
    /// most `α` for `t ≥ b·ln(1/α)`. Gaussian: `P(X ≥ t + 1) ≤ P(N(0, σ²) ≥ t)` for whole `t` (Canonne, Kamath
    /// and Steinke 2020, proposition 25), so the normal quantile serves.
    pub(crate) fn half_width(&self, at_once: AtOnce) -> f64 {
        let factor = match (at_once, at_once.single(), self.kind) {
            (AtOnce::Cuts(count), ..) => cuts(self.kind, count),
            (_, Some((laplace, _)), Kind::Laplace) => laplace,
            (_, Some((_, gaussian)), Kind::Gaussian) => gaussian,
            (_, None, _) => f64::INFINITY,
        };
        (self.scale * factor).ceil()
    }

    fn map(&self) -> Drawn<f64> {
        Vector::new(self.kind, self.scale)?.map(self.sensitivity)
    }

    /// The loss and δ of releasing keys whose noisy count reaches `threshold`.
    ///
    /// OpenDP 0.16 keeps counts that *reach* its threshold, while its map bounds the chance that noise
    /// *exceeds* what the unit leaves of it: one step of the discrete noise is missing from δ. Its map is
    /// therefore read at one less than the threshold that is released with; the audit of releases holds this.
    fn map_threshold(&self, threshold: i64) -> Drawn<(f64, f64)> {
        Keyset::new(self.kind, self.scale, threshold.saturating_sub(1))?.map(self.sensitivity)
    }

    /// Adds noise to a part of a vector of exact values. OpenDP saturates at the ends of `i64`, which is
    /// post-processing.
    pub(crate) fn release(&self, exact: &Vec<i64>) -> Drawn<Vec<i64>> {
        Vector::new(self.kind, self.scale)?.invoke(exact)
    }

    /// Noisy counts of units for a part of the keys, in their order; `None` where the threshold is not
    /// reached.
    pub(crate) fn release_keys(&self, units: &[(String, i64)]) -> Drawn<Vec<Option<i64>>> {
        let (threshold, _) = self.threshold.ok_or("not a keyset mechanism")?;
        let kept = Keyset::new(self.kind, self.scale, threshold)?
            .invoke(&units.iter().cloned().collect())?;
        Ok(units
            .iter()
            .map(|(key, _)| kept.get(key).copied())
            .collect())
    }
}

/// Which noises are to lie within their half-widths at once, 95 times in 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtOnce {
    One,
    Two,
    Three,
    Four,
    Six,
    /// Of so many independent noises, the sums with weights of at most one in magnitude that belong to the cuts
    /// between them.
    Cuts(usize),
}

impl AtOnce {
    /// The Laplace factor `ln(1/α)` and the normal quantile of `1 - α/2`, rounded up, where each of `count` noises
    /// misses `α = 0.05/count`.
    fn single(self) -> Option<(f64, f64)> {
        let (count, quantile): (f64, f64) = match self {
            Self::One => (1.0, 1.959_964),
            Self::Two => (2.0, 2.241_403),
            Self::Three => (3.0, 2.393_980),
            Self::Four => (4.0, 2.497_706),
            Self::Six => (6.0, 2.638_258),
            Self::Cuts(_) => return None,
        };
        Some(((20.0 * count).ln(), quantile))
    }
}

/// A bound of a weighted sum of `count` noises of scale one, at `count - 1` cuts at once, by Chernoff's method.
///
/// Gaussian: discrete Gaussian noise is sub-Gaussian with its own σ (Canonne, Kamath and Steinke 2020), so a sum
/// with squared weights of at most n exceeds t with probability `2·exp(-t²/2n)` at most. Laplace: the discrete
/// law's moment generating function is at most the continuous one's, `1/(1 - λ²)`, whose logarithm is at most
/// `1.16·λ²` for `λ ≤ 1/2`; `exp(-λt + 1.16·nλ²)` is least at `λ = t/2.32n`, if that is allowed.
fn cuts(kind: Kind, count: usize) -> f64 {
    let n = count.max(2) as f64;
    let l = (40.0 * (n - 1.0)).ln();
    match kind {
        Kind::Gaussian => (2.0 * n * l).sqrt(),
        Kind::Laplace if l <= 0.29 * n => 2.0 * (1.16 * n * l).sqrt(),
        Kind::Laplace => 2.0 * (l + 0.29 * n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_rounded_up_until_the_map_agrees() {
        for kind in [Kind::Laplace, Kind::Gaussian] {
            for (l0, bound, share) in [
                (1, 1, 1_000_000_000),
                (3, 60, 16_666_666),
                (7, 10_000, 1),
                (5, 1 << 40, 999_999_999),
            ] {
                let m = Mechanism::plan(kind, Sensitivity { l0, bound }, share).unwrap();
                assert!(m.map().unwrap() <= share as f64 / 1e9, "{m:?}");
            }
        }
        assert!(Mechanism::plan(Kind::Laplace, Sensitivity { l0: 1, bound: 1 }, 0).is_err());
        assert!(
            Mechanism::plan(
                Kind::Laplace,
                Sensitivity {
                    l0: 9,
                    bound: 1 << 62
                },
                5
            )
            .is_err()
        );
    }

    #[test]
    fn scales_are_rounded_up_to_few_digits() {
        for (scale, rounded) in [
            (1.0, 1.0),
            (1.0 + f64::EPSILON, 1.0 + 1.0 / 2_048.0),
            (4_095.3, 4_096.0),
            (4_097.0, 4_098.0),
            (0.1, 0.100_006_103_515_625),
        ] {
            assert_eq!(rounded_up(scale), rounded, "{scale}");
            assert!((scale..scale * 1.000_5).contains(&rounded), "{scale}");
        }
        assert!(!rounded_up(f64::MAX).is_finite());
        assert!(!rounded_up(f64::INFINITY).is_finite());
    }

    #[test]
    fn the_loss_for_an_accuracy_is_the_least() {
        for kind in [Kind::Laplace, Kind::Gaussian] {
            for (l0, bound, width) in [
                (1, 1, 50.0),
                (4, 60, 1_000.0),
                (3, 7, 1.5),
                (1, 1 << 30, 9e9),
            ] {
                let sensitivity = Sensitivity { l0, bound };
                let of = |share| {
                    let m = Mechanism::plan(kind, sensitivity, share).unwrap();
                    m.half_width(AtOnce::One)
                };
                let share = Mechanism::least(kind, sensitivity, width).unwrap();
                assert!(
                    of(share) <= width && of(share - 1) > width,
                    "{kind:?} {l0} {bound}"
                );
            }
            let one = Sensitivity { l0: 1, bound: 1 };
            assert!(Mechanism::least(kind, one, 0.5).is_err());
            let large = Sensitivity {
                l0: 1,
                bound: 1 << 60,
            };
            assert!(Mechanism::least(kind, large, 1.0).is_err());
        }
    }

    #[test]
    fn a_threshold_is_the_least_that_meets_delta() {
        for kind in [Kind::Laplace, Kind::Gaussian] {
            let m = Mechanism::plan_threshold(kind, 2, 1_000_000_000, 1_000_000_000_000).unwrap();
            let (t, _) = m.threshold.unwrap();
            assert!(m.map_threshold(t).unwrap().1 <= 1e-6);
            assert!(m.map_threshold(t - 1).unwrap().1 > 1e-6 * 0.999_999);
        }
    }

    #[test]
    fn noise_is_there_and_centred() {
        for kind in [Kind::Laplace, Kind::Gaussian] {
            let m = Mechanism::plan(kind, Sensitivity { l0: 1, bound: 10 }, 1_000_000_000).unwrap();
            let drawn = m.release(&vec![1_000; 2_000]).unwrap();
            let distinct: std::collections::HashSet<_> = drawn.iter().collect();
            assert!(distinct.len() > 10, "{kind:?}");
            let mean = drawn.iter().sum::<i64>() as f64 / 2_000.0;
            assert!((mean - 1_000.0).abs() < 5.0, "{mean}");
            let w = m.half_width(AtOnce::One);
            let inside = drawn
                .iter()
                .filter(|v| ((**v - 1_000) as f64).abs() <= w)
                .count();
            assert!(inside > 1_850, "{inside}");
        }
    }

    #[test]
    fn half_widths_hold_as_often_as_they_say() {
        for kind in [Kind::Laplace, Kind::Gaussian] {
            let m = Mechanism::plan(kind, Sensitivity { l0: 1, bound: 40 }, 1_000_000_000).unwrap();
            // Enough that chance is a quarter of what is allowed.
            let drawn = m.release(&vec![0; 100_000]).unwrap();
            for (at_once, least) in [
                (AtOnce::One, 0.945),
                (AtOnce::Two, 0.971),
                (AtOnce::Three, 0.980),
                (AtOnce::Four, 0.984),
                (AtOnce::Six, 0.989),
            ] {
                let w = m.half_width(at_once);
                let inside = drawn.iter().filter(|v| (**v as f64).abs() <= w).count();
                let share = inside as f64 / drawn.len() as f64;
                assert!(
                    share > least && share < least + 0.012,
                    "{kind:?} {at_once:?} {share}"
                );
            }
        }
    }

    #[test]
    fn keys_are_kept_in_their_order_and_by_their_own_counts() {
        let m = Mechanism::plan_threshold(Kind::Laplace, 1, 1 << 40, 1_000_000_000_000).unwrap();
        let (threshold, _) = m.threshold.unwrap();
        let units = |n: i64| {
            (
                format!("{n:04}"),
                if n % 2 == 0 { threshold + 50 } else { 0 },
            )
        };
        let units: Vec<_> = (0..100).map(units).collect();
        let kept = m.release_keys(&units).unwrap();
        assert_eq!(kept.len(), units.len());
        for (kept, (key, count)) in kept.iter().zip(&units) {
            assert_eq!(kept.is_some(), *count > 0, "{key}");
        }
    }
}

#[cfg(test)]
mod planned;
