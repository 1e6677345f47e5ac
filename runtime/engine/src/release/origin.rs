//! Where the bounds of a value come from, for people.

use datafusion::common::JoinType;
use datafusion::logical_expr::{Expr, LogicalPlan};

const DECLARED: &str = "declared for the column";
const COMPUTED: &str = "computed from the bounds of its parts";

/// Where the bounds of an expression over a plan's columns come from.
pub(super) fn origin(expr: &Expr, plan: &LogicalPlan) -> &'static str {
    match expr {
        Expr::Alias(alias) => origin(&alias.expr, plan),
        Expr::Literal(..) => "a constant",
        Expr::ScalarFunction(call) if call.name() == "clamp" => "CLAMP in the statement",
        Expr::Column(column) => match plan.schema().index_of_column(column) {
            Ok(index) => traced(plan, index),
            Err(_) => COMPUTED,
        },
        _ => COMPUTED,
    }
}

fn traced(plan: &LogicalPlan, index: usize) -> &'static str {
    match plan {
        LogicalPlan::TableScan(_) => DECLARED,
        LogicalPlan::Extension(_) => "declared for the mapper's output",
        LogicalPlan::SubqueryAlias(alias) => traced(&alias.input, index),
        LogicalPlan::Filter(filter) => traced(&filter.input, index),
        LogicalPlan::Projection(projection) => match projection.expr.get(index) {
            Some(expr) => origin(expr, &projection.input),
            None => COMPUTED,
        },
        LogicalPlan::Join(join) => match (join.join_type, join.left.schema().fields().len()) {
            (JoinType::RightSemi | JoinType::RightAnti, _) => traced(&join.right, index),
            (_, left) if index < left => traced(&join.left, index),
            (_, left) => traced(&join.right, index - left),
        },
        _ => COMPUTED,
    }
}
