//! What need not be copied for each row on the way to `UnitBound`: keys stay the dictionaries they are
//! stored in, since the operator looks at each of their values once.

use crate::released::ExecutionError;
use arrow::datatypes::DataType;
use datafusion::physical_expr::expressions::CastExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
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
