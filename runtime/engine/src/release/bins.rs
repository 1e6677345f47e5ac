//! Histograms over a value's public bounds, for quantiles.
//!
//! Each row that counts adds one to exactly one bin, whatever its value: the first bin has no lower end and the
//! last no upper one. A unit has at most m rows in each of at most C groups, so the bins of all groups together,
//! one vector, move by `L1 ≤ C·m`; those of one group by at most m in L1, hence in L2, so `L2 ≤ √C·m`. That is
//! what one count of rows costs, however many bins there are.
//!
//! Bins are flat. A tree of counts would have prefix sums of fewer nodes, but a row adds to a node of each level: at
//! 64 bins and fewer, its noise is no less.

use super::moments::Bounded;
use crate::reject::Checked;
use crate::total::Scope;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr, cast, lit, when};

/// Most bins of one value: each is a count in every group.
pub(crate) const MAX_BINS: i128 = 64;
/// Bins where a value has more possible values than [`MAX_BINS`].
const COARSE_BINS: i128 = 32;

/// The bins of a value: consecutive measures of a release, noised as one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bins {
    /// The first measure.
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// Bounds of the value, at its scale.
    pub(crate) lo: i128,
    pub(crate) hi: i128,
    pub(crate) scale: u8,
}

impl Bins {
    pub(super) fn of(value: &Bounded) -> Option<Self> {
        let values = value.hi.checked_sub(value.lo)?.checked_add(1)?;
        let count = if values <= MAX_BINS {
            values
        } else {
            COARSE_BINS
        };
        // Places are computed as a product.
        values.checked_mul(count)?;
        Some(Self {
            first: 0,
            count: usize::try_from(count).ok()?,
            lo: value.lo,
            hi: value.hi,
            scale: value.scale,
        })
    }

    /// The least value of a bin; one past the greatest, of one past the last bin.
    pub(crate) fn start(&self, bin: usize) -> i128 {
        let values = self.hi - self.lo + 1;
        let share = (values * bin as i128).checked_div(self.count as i128);
        self.lo + share.unwrap_or(0)
    }

    /// One where the value is in the bin, else null.
    pub(super) fn lane(&self, bin: usize, value: &Bounded, scope: &Scope<'_>) -> Checked<Expr> {
        let x = match value.kind {
            DataType::Decimal128(..) => value.expr.clone(),
            _ => cast(value.expr.clone(), DataType::Int64),
        };
        let end = |at: i128| match value.kind {
            DataType::Decimal128(precision, scale) => {
                lit(ScalarValue::Decimal128(Some(at), precision, scale))
            }
            // Ends lie within the bounds of an integer column, whose type is no wider.
            _ => lit(i64::try_from(at).unwrap_or(i64::MAX)),
        };
        let from = (bin > 0).then(|| binary_expr(x.clone(), Operator::GtEq, end(self.start(bin))));
        let to = (bin + 1 < self.count)
            .then(|| binary_expr(x.clone(), Operator::Lt, end(self.start(bin + 1))));
        let inside = match (from, to) {
            (Some(from), Some(to)) => from.and(to),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => x.is_not_null(),
        };
        let lane = when(inside, lit(1_i64)).end().map_err(super::internal)?;
        scope.total(&lane, 0)?;
        Ok(lane)
    }
}
