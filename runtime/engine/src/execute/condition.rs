//! Join conditions that look at the clock. A join whose condition no pair of rows meets gives no batch for
//! as long as it looks, which is the product of its inputs.

use super::watch::late;
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder, SortMergeJoinExec,
};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

/// A join with its condition watched, if it has one; any other node as it is.
pub(super) fn with_watched_condition(
    node: Arc<dyn ExecutionPlan>,
    until: Instant,
) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(join) = node.downcast_ref::<HashJoinExec>()
        && let Some(filter) = join.filter()
    {
        let filter = Some(watched(filter, until));
        return join.builder().with_filter(filter).build_exec();
    }
    if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>()
        && let Some(filter) = join.filter()
    {
        let (left, right) = (Arc::clone(join.left()), Arc::clone(join.right()));
        let join = NestedLoopJoinExecBuilder::new(left, right, *join.join_type())
            .with_filter(Some(watched(filter, until)))
            .with_projection_ref(join.projection().clone())
            .build()?;
        return Ok(Arc::new(join));
    }
    if let Some(join) = node.downcast_ref::<SortMergeJoinExec>()
        && let Some(filter) = join.filter()
    {
        let filter = Some(watched(filter, until));
        let mut join = join.clone();
        join.filter = filter;
        return Ok(Arc::new(join));
    }
    Ok(node)
}

fn watched(filter: &JoinFilter, until: Instant) -> JoinFilter {
    let condition = Arc::new(Watched {
        condition: Arc::clone(filter.expression()),
        until,
    });
    let columns = filter.column_indices().to_vec();
    JoinFilter::new(condition, columns, Arc::clone(filter.schema()))
}

/// A condition that has its value until the deadline.
#[derive(Debug)]
struct Watched {
    condition: Arc<dyn PhysicalExpr>,
    until: Instant,
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        self.condition.eq(&other.condition) && self.until == other.until
    }
}

impl Eq for Watched {}

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.condition.hash(state);
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

impl PhysicalExpr for Watched {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.condition.return_field(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        match late(self.until) {
            Some(late) => Err(late),
            None => self.condition.evaluate(batch),
        }
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.condition]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let condition = children.into_iter().next();
        let condition = condition
            .ok_or_else(|| internal_datafusion_err!("a watched condition has one child"))?;
        let until = self.until;
        Ok(Arc::new(Self { condition, until }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt_sql(f)
    }
}
