//! What need not be copied for each row on the way to `UnitBound`: keys and pseudonyms stay the
//! dictionaries they are stored in, since the operator looks at each of their values once.

use super::stored;
use crate::released::ExecutionError;
use arrow::datatypes::DataType;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{CastExpr, Column};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use std::sync::Arc;

/// Leaves casts of dictionary keys out of a projection `[unit, keys…, values…, distinct…]`.
pub(super) fn lean(
    input: Arc<dyn ExecutionPlan>,
    keys: usize,
) -> Result<Arc<dyn ExecutionPlan>, ExecutionError> {
    let Some(projection) = input.downcast_ref::<ProjectionExec>() else {
        return Ok(input);
    };
    let schema = projection.input().schema();
    let mut exprs = projection.expr().to_vec();
    for expr in exprs.iter_mut().skip(1).take(keys) {
        let Some(cast) = expr.expr.downcast_ref::<CastExpr>() else {
            continue;
        };
        if let DataType::Dictionary(_, value) = cast.expr().data_type(&schema)?
            && value.as_ref() == cast.cast_type()
        {
            expr.expr = Arc::clone(cast.expr());
        }
    }
    let input = Arc::clone(projection.input());
    Ok(Arc::new(ProjectionExec::try_new(exprs, input)?))
}

/// Leaves pseudonyms the dictionary they are stored in, from the scan to the `column` of `plan`; `None` where
/// a node on the way looks at them or is not known to leave them as they are.
pub(super) fn with_unit_dictionary(
    plan: &Arc<dyn ExecutionPlan>,
    column: usize,
) -> Result<Option<Arc<dyn ExecutionPlan>>, ExecutionError> {
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let exprs = projection.expr();
        let own = exprs
            .get(column)
            .and_then(|own| own.expr.downcast_ref::<Column>());
        let Some(from) = own.map(Column::index) else {
            return Ok(None);
        };
        let is_used = |(at, expr): (usize, &ProjectionExpr)| at != column && uses(&expr.expr, from);
        if exprs.iter().enumerate().any(is_used) {
            return Ok(None);
        }
        let input = with_unit_dictionary(projection.input(), from)?;
        let node = input.map(|input| ProjectionExec::try_new(exprs.to_vec(), input));
        return Ok(node.transpose()?.map(|node| Arc::new(node) as _));
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let kept = filter
            .projection()
            .as_ref()
            .map(|kept| kept.get(column).copied());
        let Some(from) = kept.unwrap_or(Some(column)) else {
            return Ok(None);
        };
        if uses(filter.predicate(), from) {
            return Ok(None);
        }
        let input = with_unit_dictionary(filter.input(), from)?;
        let node = input.map(|input| Arc::clone(plan).replace_children(vec![input], recomputed()));
        return Ok(node.transpose()?);
    }
    if let Some(node) = plan.downcast_ref::<CooperativeExec>() {
        let input = with_unit_dictionary(node.input(), column)?;
        return Ok(input.map(|input| Arc::new(CooperativeExec::new(input)) as _));
    }
    Ok(stored::with_unit_dictionary(plan, column)?)
}

/// For children with another schema.
pub(super) fn recomputed() -> ReplaceChildrenOptions {
    ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute)
}

fn uses(expr: &Arc<dyn PhysicalExpr>, column: usize) -> bool {
    collect_columns(expr)
        .iter()
        .any(|one| one.index() == column)
}
