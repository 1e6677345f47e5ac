//! Output columns, as computed from noisy measures.

use super::{Bins, Measure, Release};
use arrow::datatypes::DataType;

/// A value added up as its distance from the middle of its bounds: `Σ(x - centre)`.
///
/// A sum moves by at most `m·max(|lo|, |hi|)` when a unit comes or goes; about the middle that is
/// `m·(hi - lo)/2`, the least that any constant gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Centred {
    /// The measure that adds up `x - centre`.
    pub(crate) sum: usize,
    /// All three at the value's scale.
    pub(crate) centre: i128,
    pub(crate) lo: i128,
    pub(crate) hi: i128,
    pub(crate) scale: u8,
}

/// How an output column comes from noisy measures. All but the first are post-processing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Output {
    Measure(usize),
    /// A sum as `centre·n + Σ(x - centre)`, where both are paid for anyway: its noise is less than that of a sum
    /// of its own, since `(hi - lo)/2` and `|centre|` add up to `max(|lo|, |hi|)`.
    Total {
        of: Centred,
        count: usize,
    },
    /// `centre + Σ(x - centre)/n`.
    Mean {
        of: Centred,
        count: usize,
    },
    /// `centre + Σ(x - centre)/blocks`, where how many blocks there are is public.
    BlockMean {
        of: Centred,
        blocks: u32,
    },
    /// Variance or, with `root`, standard deviation; of a sample (`n - 1`) or a population.
    Spread {
        of: Centred,
        squares: usize,
        count: usize,
        sample: bool,
        root: bool,
    },
    /// Of the rows where both are there.
    Covariance {
        x: Centred,
        y: Centred,
        products: usize,
        count: usize,
        sample: bool,
    },
    /// The value below which a share `p` of the rows lies.
    Quantile {
        bins: Bins,
        p: f64,
        asked: Asked,
    },
    Correlation {
        x: Centred,
        y: Centred,
        x_squares: usize,
        y_squares: usize,
        products: usize,
        count: usize,
    },
}

impl Output {
    /// The measures it is computed from; the first says which bounds and noise people are told of.
    pub(crate) fn measures(&self) -> Vec<usize> {
        match *self {
            Self::Measure(i) => vec![i],
            Self::BlockMean { of, .. } => vec![of.sum],
            Self::Total { of, count } | Self::Mean { of, count } => vec![of.sum, count],
            Self::Spread {
                of, squares, count, ..
            } => vec![of.sum, squares, count],
            Self::Covariance {
                x,
                y,
                products,
                count,
                ..
            } => vec![x.sum, y.sum, products, count],
            // The others are noised with the first.
            Self::Quantile { bins, .. } => vec![bins.first],
            Self::Correlation {
                x,
                y,
                x_squares,
                y_squares,
                products,
                count,
            } => vec![x.sum, y.sum, x_squares, y_squares, products, count],
        }
    }

    /// What it is instead of what its name says, if so.
    pub(crate) fn instead(&self) -> Option<&'static str> {
        match self {
            Self::Quantile {
                asked: Asked::Least,
                ..
            } => Some("the 1 % quantile, not the least value"),
            Self::Quantile {
                asked: Asked::Greatest,
                ..
            } => Some("the 99 % quantile, not the greatest value"),
            Self::Measure(_)
            | Self::Total { .. }
            | Self::Mean { .. }
            | Self::BlockMean { .. }
            | Self::Spread { .. }
            | Self::Covariance { .. }
            | Self::Quantile { .. }
            | Self::Correlation { .. } => None,
        }
    }

    /// The bounds applied to what the author wrote, where there is one such value.
    pub(crate) fn bounds(&self, release: &Release) -> Option<(i128, i128, u8)> {
        match *self {
            Self::Measure(i) => match release.measures.get(i)? {
                Measure::Sum(v) => release.values.get(*v).map(|v| (v.lo, v.hi, v.scale)),
                Measure::Rows | Measure::Units | Measure::NonNull(_) | Measure::Distinct(_) => None,
            },
            Self::Total { of, .. }
            | Self::Mean { of, .. }
            | Self::BlockMean { of, .. }
            | Self::Spread { of, .. } => Some((of.lo, of.hi, of.scale)),
            Self::Quantile { bins, .. } => Some((bins.lo, bins.hi, bins.scale)),
            Self::Covariance { .. } | Self::Correlation { .. } => None,
        }
    }
}

/// What a quantile was asked for as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Quantile,
    Least,
    Greatest,
}

/// An output column: how it is computed, its type, and the aggregate as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Released {
    pub(crate) output: Output,
    pub(crate) kind: DataType,
    pub(crate) written: String,
}
