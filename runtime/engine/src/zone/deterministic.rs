//! What no plan may hold, private or public.

use super::internal;
use crate::reject::{Checked, Rejection, Rule};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};

/// Functions that may grow a value without a public limit.
const UNBOUNDED: [&str; 5] = ["repeat", "lpad", "rpad", "space", "range"];

/// Refuses clocks, randomness and unbounded growth, above and below the release.
pub(super) fn deterministic(plan: &LogicalPlan) -> Checked<()> {
    let mut found = None;
    for expr in plan.expressions() {
        let walked = expr.apply(|e| {
            if let Expr::ScalarFunction(f) = e {
                if f.func.signature().volatility != Volatility::Immutable {
                    found = Some(Rejection::new(
                        Rule::Volatile,
                        format!("function {}", f.func.name()),
                        "write a constant",
                    ));
                } else if UNBOUNDED.contains(&f.func.name()) {
                    found = Some(Rejection::new(
                        Rule::Size,
                        format!("function {}", f.func.name()),
                        "leave it out: its result may be of any size",
                    ));
                }
            }
            Ok(if found.is_some() {
                TreeNodeRecursion::Stop
            } else {
                TreeNodeRecursion::Continue
            })
        });
        walked.map_err(internal)?;
    }
    found.map_or(Ok(()), Err)
}
