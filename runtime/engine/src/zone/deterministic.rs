//! What no plan may hold, private or public: clocks, randomness, and growth without a public limit.

use super::internal;
use crate::reject::{Checked, Rejection, Rule};
use crate::total::longest;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::functions_nested::all_default_nested_functions;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, ScalarUDF, Volatility};

/// Functions whose result may be many times as long as their text, where constants do not say how long.
const UNBOUNDED: [&str; 7] = [
    "repeat",
    "lpad",
    "rpad",
    "space",
    "replace",
    "overlay",
    "regexp_replace",
];
/// Aggregates whose result holds all texts of their rows.
const JOINING: [&str; 2] = ["string_agg", "array_agg"];
/// By how much all concatenations of a statement together may lengthen a text. Each one multiplies by
/// its number of parts, because a sub-query may double what another has doubled.
const MAX_GROWTH: u64 = 4_096;

/// Refuses clocks, randomness and unbounded growth, above and below the release. `growth` is what the
/// statement's concatenations came to so far.
pub(super) fn deterministic(plan: &LogicalPlan, growth: &mut u64) -> Checked<()> {
    let mut found = None;
    for expr in plan.expressions() {
        let walked = expr.apply(|e| {
            match e {
                Expr::ScalarFunction(call) => match times(call) {
                    Some(times) => *growth = growth.saturating_mul(times),
                    None => found = refusal(&call.func),
                },
                Expr::BinaryExpr(BinaryExpr {
                    op: Operator::StringConcat,
                    ..
                }) => *growth = growth.saturating_mul(2),
                _ => {}
            }
            Ok(if found.is_some() {
                TreeNodeRecursion::Stop
            } else {
                TreeNodeRecursion::Continue
            })
        });
        walked.map_err(internal)?;
        if let Some(found) = found {
            return Err(found);
        }
    }
    if *growth > MAX_GROWTH {
        return Err(Rejection::new(
            Rule::Size,
            "concatenation",
            "concatenate fewer texts: together they may grow too long",
        ));
    }
    Ok(())
}

/// By how much a function lengthens a text, if constants say so. Padded texts are no longer than stored ones.
fn times(call: &ScalarFunction) -> Option<u64> {
    let parts = call.args.len().max(1) as u64;
    match call.func.name() {
        "concat" => Some(parts),
        // And a separator before each.
        "concat_ws" => Some(parts.saturating_mul(2)),
        // A character of one byte becomes one of at most four.
        "translate" => Some(4),
        // In hexadecimal.
        "encode" => Some(2),
        "lpad" | "rpad" => longest(call, 1).map(|_| 1),
        _ => longest(call, 1),
    }
}

/// Whether an expression may give longer texts than it takes.
pub(super) fn lengthens(expr: &Expr) -> bool {
    match expr {
        // Of any other function the result is no longer, or it is refused everywhere.
        Expr::ScalarFunction(call) => times(call).is_some_and(|times| times > 1),
        Expr::BinaryExpr(binary) => binary.op == Operator::StringConcat,
        // Texts of many rows in one.
        Expr::AggregateFunction(call) => JOINING.contains(&call.func.name()),
        Expr::WindowFunction(call) => JOINING.contains(&call.fun.name()),
        _ => false,
    }
}

fn refusal(function: &ScalarUDF) -> Option<Rejection> {
    let name = function.name();
    if function.signature().volatility != Volatility::Immutable {
        return Some(Rejection::new(
            Rule::Volatile,
            format!("function {name}"),
            "write a constant",
        ));
    }
    // Lists are refused whole: many functions make one of any length.
    let makes_lists = all_default_nested_functions()
        .iter()
        .any(|nested| nested.name() == name);
    if UNBOUNDED.contains(&name) || makes_lists {
        return Some(Rejection::new(
            Rule::Size,
            format!("function {name}"),
            "leave it out: its result may be of any size; REPLACE, TRANSLATE, REPEAT, LPAD and RPAD take constants, counts up to 64",
        ));
    }
    None
}
