//! OpenDP's measurements, each built by one function for both its privacy map and its draws.

use super::{Drawn, Kind, Sensitivity};
use opendp::core::Measurement;
use opendp::domains::{AtomDomain, MapDomain, VectorDomain};
use opendp::measurements::{
    make_gaussian, make_gaussian_threshold, make_laplace, make_laplace_threshold,
};
use opendp::measures::{Approximate, MaxDivergence, ZeroConcentratedDivergence};
use opendp::metrics::{AbsoluteDistance, L0PInfDistance, L1Distance, L2Distance};
use std::collections::HashMap;

type Integers = VectorDomain<AtomDomain<i64>>;
type Counts = MapDomain<AtomDomain<String>, AtomDomain<i64>>;
type Keys = HashMap<String, i64>;
type CountDistance<const P: usize, T> = L0PInfDistance<P, AbsoluteDistance<T>>;

/// What kind of error it is, as OpenDP shows it: the message of one could hold what noise was drawn for.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Noise on a vector of integers.
pub(super) enum Vector {
    Laplace(Measurement<Integers, L1Distance<i128>, MaxDivergence, Vec<i64>>),
    Gaussian(Measurement<Integers, L2Distance<f64>, ZeroConcentratedDivergence, Vec<i64>>),
}

impl Vector {
    pub(super) fn new(kind: Kind, scale: f64) -> Drawn<Self> {
        let domain = VectorDomain::new(AtomDomain::<i64>::default());
        match kind {
            Kind::Laplace => {
                make_laplace(domain, L1Distance::default(), scale, None).map(Self::Laplace)
            }
            Kind::Gaussian => {
                make_gaussian(domain, L2Distance::default(), scale, None).map(Self::Gaussian)
            }
        }
        .map_err(text)
    }

    /// ε or ρ between vectors that are at most this far apart.
    pub(super) fn map(&self, sensitivity: Sensitivity) -> Drawn<f64> {
        match self {
            Self::Laplace(m) => m.map(&sensitivity.l1().ok_or("the sensitivity is too large")?),
            Self::Gaussian(m) => m.map(&sensitivity.l2()),
        }
        .map_err(text)
    }

    pub(super) fn invoke(&self, exact: &Vec<i64>) -> Drawn<Vec<i64>> {
        match self {
            Self::Laplace(m) => m.invoke(exact),
            Self::Gaussian(m) => m.invoke(exact),
        }
        .map_err(text)
    }
}

/// Noise on counts of units under keys, of which those that reach a threshold are kept.
pub(super) enum Keyset {
    Laplace(Measurement<Counts, CountDistance<1, i64>, Approximate<MaxDivergence>, Keys>),
    Gaussian(
        Measurement<Counts, CountDistance<2, f64>, Approximate<ZeroConcentratedDivergence>, Keys>,
    ),
}

impl Keyset {
    pub(super) fn new(kind: Kind, scale: f64, threshold: i64) -> Drawn<Self> {
        let domain = MapDomain::new(AtomDomain::default(), AtomDomain::default());
        match kind {
            Kind::Laplace => {
                let metric = L0PInfDistance(AbsoluteDistance::default());
                make_laplace_threshold(domain, metric, scale, threshold, None).map(Self::Laplace)
            }
            Kind::Gaussian => {
                let metric = L0PInfDistance(AbsoluteDistance::default());
                make_gaussian_threshold(domain, metric, scale, threshold, None).map(Self::Gaussian)
            }
        }
        .map_err(text)
    }

    /// ε or ρ, and δ, where a unit counts once in each of at most `l0` keys.
    pub(super) fn map(&self, sensitivity: Sensitivity) -> Drawn<(f64, f64)> {
        let l0 = sensitivity.l0;
        match self {
            Self::Laplace(m) => m.map(&(l0, i64::from(l0), 1)),
            Self::Gaussian(m) => m.map(&(l0, sensitivity.l2(), 1.0)),
        }
        .map_err(text)
    }

    pub(super) fn invoke(&self, units: &Keys) -> Drawn<Keys> {
        match self {
            Self::Laplace(m) => m.invoke(units),
            Self::Gaussian(m) => m.invoke(units),
        }
        .map_err(text)
    }
}
