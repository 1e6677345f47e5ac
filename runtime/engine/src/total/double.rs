//! Doubles below the release: public ones alone, and only to be compared with.
//!
//! Sums of doubles depend on their order, so none is computed from private rows. But a mean that was
//! released is a double, and comparing with it raises nothing and depends on no order: the private side
//! is an integer or decimal that is cast for the comparison, rounded the same wherever it is.

use super::{Scope, numeric};
use crate::reject::Checked;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

impl Scope<'_> {
    /// Whether this compares doubles, and both sides may stand there. Other comparisons are not looked at.
    pub(super) fn compares_doubles(&self, binary: &BinaryExpr, depth: usize) -> Checked<bool> {
        let compares = matches!(
            binary.op,
            Operator::Eq
                | Operator::NotEq
                | Operator::Lt
                | Operator::LtEq
                | Operator::Gt
                | Operator::GtEq
                | Operator::IsDistinctFrom
                | Operator::IsNotDistinctFrom
        );
        for side in [&binary.left, &binary.right] {
            if !compares || !self.kind(side)?.is_floating() {
                return Ok(false);
            }
        }
        for side in [&binary.left, &binary.right] {
            match &**side {
                // No protected table and no private expression has doubles: this column is public.
                Expr::Column(_) | Expr::ScalarSubquery(_) | Expr::Literal(..) => {}
                // A text that is no number would raise.
                Expr::Cast(cast) if numeric(&self.kind(&cast.expr)?).is_some() => {
                    self.total(&cast.expr, depth + 1)?;
                }
                // Refused, with what to write instead.
                other => {
                    self.total(other, depth + 1)?;
                }
            }
        }
        Ok(true)
    }
}
