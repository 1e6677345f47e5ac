//! The one module that draws noise, and only through OpenDP.
//!
//! OpenDP's measurements are not `Send`: each is built and invoked inside one call, which
//! [`crate::execute`] runs on a blocking thread.

use irongate_policy::Loss;
use opendp::domains::{AtomDomain, MapDomain, VectorDomain};
use opendp::measurements::{
    make_gaussian, make_gaussian_threshold, make_laplace, make_laplace_threshold,
};
use opendp::measures::{Approximate, MaxDivergence, ZeroConcentratedDivergence};
use opendp::metrics::{AbsoluteDistance, L0PInfDistance, L1Distance, L2Distance};
use std::collections::HashMap;

/// Largest sensitivity accepted: beyond it `f64` scales are no longer exact enough to be useful.
const MAX_SENSITIVITY: i128 = 1 << 62;
/// Steps tried when rounding a scale up until OpenDP's own map agrees.
const MAX_ROUNDING_STEPS: u32 = 64;
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
}

type Drawn<T> = Result<T, String>;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
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
        let mut scale = match kind {
            Kind::Laplace => l1 as f64 / budget,
            Kind::Gaussian => sensitivity.l2() / (2.0 * budget).sqrt(),
        };
        for _ in 0..MAX_ROUNDING_STEPS {
            let mechanism = Self {
                kind,
                sensitivity,
                scale,
                share,
                threshold: None,
            };
            if scale.is_finite() && mechanism.map()? <= budget {
                return Ok(mechanism);
            }
            scale *= 1.0 + 1e-12;
        }
        Err("no noise scale meets the loss".to_owned())
    }

    /// Plans a thresholded keyset: units per tuple, each tuple counting a unit once.
    pub(crate) fn plan_threshold(kind: Kind, l0: u32, share: u64, delta: u64) -> Drawn<Self> {
        let plain = Self::plan(kind, Sensitivity { l0, bound: 1 }, share)?;
        let delta_max = (delta as f64 / 1e18).next_down();
        let enough = |t: i64| -> Drawn<bool> {
            let tried = Self {
                threshold: Some((t, delta)),
                ..plain
            };
            // A threshold OpenDP refuses for being too small is merely not enough.
            Ok(tried.map_threshold(t).is_ok_and(|(_, d)| d <= delta_max))
        };
        let (mut low, mut high) = (1_i64, 2_i64);
        while !enough(high)? {
            low = high;
            high *= 2;
            if high > MAX_THRESHOLD {
                return Err("no threshold meets δ; ask for a larger δ".to_owned());
            }
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if enough(middle)? {
                high = middle
            } else {
                low = middle
            }
        }
        let (loss, _) = plain.map_threshold(high)?;
        if loss > (share as f64 / 1e9) {
            return Err("no noise scale meets the loss".to_owned());
        }
        Ok(Self {
            threshold: Some((high, delta)),
            ..plain
        })
    }

    pub(crate) fn loss(&self) -> Result<Loss, irongate_policy::LossError> {
        let loss = match self.kind {
            Kind::Laplace => Loss::from_epsilon(self.share)?,
            Kind::Gaussian => Loss::from_rho(self.share),
        };
        loss.with_delta(self.threshold.map_or(0, |(_, delta)| delta))
    }

    /// Half-width of the interval that holds the noise with probability `1 - alpha`. Laplace:
    /// `b·ln(1/α)`; Gaussian by its normal quantile; both rounded up to a whole step.
    pub(crate) fn half_width(&self, alpha: Alpha) -> f64 {
        let factor = match (self.kind, alpha) {
            (Kind::Laplace, Alpha::Five) => 20_f64.ln(),
            (Kind::Laplace, Alpha::TwoAndHalf) => 40_f64.ln(),
            (Kind::Gaussian, Alpha::Five) => 1.959_964,
            (Kind::Gaussian, Alpha::TwoAndHalf) => 2.241_403,
        };
        (self.scale * factor).ceil()
    }

    fn map(&self) -> Drawn<f64> {
        let domain = VectorDomain::new(AtomDomain::<i64>::default());
        match self.kind {
            Kind::Laplace => {
                let d_in = self.sensitivity.l1().ok_or("sensitivity too large")?;
                make_laplace::<_, _, MaxDivergence>(
                    domain,
                    L1Distance::<i128>::default(),
                    self.scale,
                    None,
                )
                .and_then(|m| m.map(&d_in))
                .map_err(text)
            }
            Kind::Gaussian => make_gaussian::<_, _, ZeroConcentratedDivergence>(
                domain,
                L2Distance::<f64>::default(),
                self.scale,
                None,
            )
            .and_then(|m| m.map(&self.sensitivity.l2()))
            .map_err(text),
        }
    }

    /// The loss and δ of releasing keys whose noisy count reaches `threshold`.
    ///
    /// OpenDP 0.16 keeps counts that *reach* its threshold, while its map bounds the chance that noise
    /// *exceeds* what the unit leaves
    /// of it: one step of the discrete noise is missing from δ. Its map is therefore
    /// read at one less than the threshold that is released with; the audit of releases holds this.
    fn map_threshold(&self, threshold: i64) -> Drawn<(f64, f64)> {
        let threshold = threshold.saturating_sub(1);
        let domain = MapDomain::new(
            AtomDomain::<String>::default(),
            AtomDomain::<i64>::default(),
        );
        let l0 = self.sensitivity.l0;
        match self.kind {
            Kind::Laplace => make_laplace_threshold::<_, _, Approximate<MaxDivergence>>(
                domain,
                L0PInfDistance::<1, _>(AbsoluteDistance::<i64>::default()),
                self.scale,
                threshold,
                None,
            )
            .and_then(|m| m.map(&(l0, i64::from(l0), 1)))
            .map_err(text),
            Kind::Gaussian => {
                make_gaussian_threshold::<_, _, Approximate<ZeroConcentratedDivergence>>(
                    domain,
                    L0PInfDistance::<2, _>(AbsoluteDistance::<f64>::default()),
                    self.scale,
                    threshold,
                    None,
                )
                .and_then(|m| m.map(&(l0, self.sensitivity.l2(), 1.0)))
                .map_err(text)
            }
        }
    }

    /// Adds noise to exact values. OpenDP saturates at the ends of `i64`, which is post-processing.
    pub(crate) fn release(&self, exact: &Vec<i64>) -> Drawn<Vec<i64>> {
        let domain = VectorDomain::new(AtomDomain::<i64>::default());
        match self.kind {
            Kind::Laplace => make_laplace::<_, _, MaxDivergence>(
                domain,
                L1Distance::<i128>::default(),
                self.scale,
                None,
            )
            .and_then(|m| m.invoke(exact))
            .map_err(text),
            Kind::Gaussian => make_gaussian::<_, _, ZeroConcentratedDivergence>(
                domain,
                L2Distance::<f64>::default(),
                self.scale,
                None,
            )
            .and_then(|m| m.invoke(exact))
            .map_err(text),
        }
    }

    /// Releases the tuples whose noisy count of units reaches the threshold.
    pub(crate) fn release_keys(&self, units: &HashMap<String, i64>) -> Drawn<HashMap<String, i64>> {
        let (threshold, _) = self.threshold.ok_or("not a keyset mechanism")?;
        let domain = MapDomain::new(
            AtomDomain::<String>::default(),
            AtomDomain::<i64>::default(),
        );
        match self.kind {
            Kind::Laplace => make_laplace_threshold::<_, _, Approximate<MaxDivergence>>(
                domain,
                L0PInfDistance::<1, _>(AbsoluteDistance::<i64>::default()),
                self.scale,
                threshold,
                None,
            )
            .and_then(|m| m.invoke(units))
            .map_err(text),
            Kind::Gaussian => {
                make_gaussian_threshold::<_, _, Approximate<ZeroConcentratedDivergence>>(
                    domain,
                    L0PInfDistance::<2, _>(AbsoluteDistance::<f64>::default()),
                    self.scale,
                    threshold,
                    None,
                )
                .and_then(|m| m.invoke(units))
                .map_err(text)
            }
        }
    }
}

/// Probability left outside an interval.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Alpha {
    Five,
    TwoAndHalf,
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
            let w = m.half_width(Alpha::Five);
            let inside = drawn
                .iter()
                .filter(|v| ((**v - 1_000) as f64).abs() <= w)
                .count();
            assert!(inside > 1_850, "{inside}");
        }
    }
}
