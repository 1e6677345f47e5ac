//! Joins and unions as their inputs are stored: protected tables are merged unit by unit, and of a join with a
//! public table the public side is the one held in memory. Either way rows stay in unit order and in their
//! partitions, and memory does not grow with the number of units.

use super::stored::is_stored;
use super::union::in_unit_order;
use crate::bound::{UNIT_ORDER, UNIT_TYPE};
use arrow::datatypes::{Field, Schema};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{JoinSide, JoinType, NullEquality, Result, internal_datafusion_err};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::{ColumnIndex, JoinFilter};
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PartitionMode, SortMergeJoinExec,
};
use datafusion::physical_plan::union::UnionExec;
use std::sync::Arc;

type Pair = (Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>);

/// Rewrites the joins and unions of a plan that no rule has optimised yet.
pub(super) fn merged(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let new = if let Some(join) = node.downcast_ref::<HashJoinExec>() {
            rewritten(join)?
        } else if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
            let (left, right) = (join.left(), join.right());
            without_key(left, right, join.filter().cloned(), *join.join_type())?
        } else if let Some(join) = node.downcast_ref::<CrossJoinExec>() {
            without_key(join.left(), join.right(), None, JoinType::Inner)?
        } else {
            node.downcast_ref::<UnionExec>().and_then(in_unit_order)
        };
        Ok(new.map_or_else(|| Transformed::no(node), Transformed::yes))
    })
    .data()
}

fn rewritten(join: &HashJoinExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    match (is_private(join.left()), is_private(join.right())) {
        (true, true) => on_the_unit(join),
        (true, false) if join.join_type().supports_swap() && !join.null_aware => {
            join.swap_inputs(PartitionMode::CollectLeft).map(Some)
        }
        (false, true) => {
            let held = join
                .builder()
                .with_partition_mode(PartitionMode::CollectLeft);
            Ok(Some(Arc::new(held.build()?)))
        }
        _ => Ok(None),
    }
}

/// A join with a public table that equates nothing, as one that equates a constant: the engine's own would sort the
/// private rows again, or hold them.
fn without_key(
    left: &Arc<dyn ExecutionPlan>,
    right: &Arc<dyn ExecutionPlan>,
    filter: Option<JoinFilter>,
    kind: JoinType,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if is_private(left) == is_private(right) {
        return Ok(None);
    }
    let join = HashJoinExec::try_new(
        Arc::clone(left),
        Arc::clone(right),
        vec![(lit(true), lit(true))],
        filter,
        &kind,
        None,
        PartitionMode::CollectLeft,
        NullEquality::NullEqualsNothing,
        false,
    )?;
    rewritten(&join)
}

/// Whether rows of protected tables are in a plan.
pub(super) fn is_private(plan: &Arc<dyn ExecutionPlan>) -> bool {
    is_stored(plan) || plan.children().into_iter().any(is_private)
}

/// The same join with the unit as its one key: both sides are in the order of the unit, and of no other
/// column. What else has to be equal is looked at row by row. A unit is never null, so NOT IN on it alone
/// is an anti join.
fn on_the_unit(join: &HashJoinExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let (left, right) = (join.left(), join.right());
    let is_unit = |expr: &Arc<dyn PhysicalExpr>, schema: &Schema| -> Result<bool> {
        Ok(expr.data_type(schema)? == UNIT_TYPE && !expr.nullable(schema)?)
    };
    let is_unit = |pair: &Pair| -> Result<bool> {
        Ok(is_unit(&pair.0, &left.schema())? && is_unit(&pair.1, &right.schema())?)
    };
    let mut unit = None;
    let mut filter = Filter::new(join.filter());
    for pair in join.on() {
        if unit.is_none() && is_unit(pair)? {
            unit = Some(pair.clone());
        } else {
            let l = filter.lifted(&pair.0, JoinSide::Left, &left.schema())?;
            let r = filter.lifted(&pair.1, JoinSide::Right, &right.schema())?;
            let equal = match join.null_equality() {
                NullEquality::NullEqualsNothing => Operator::Eq,
                NullEquality::NullEqualsNull => Operator::IsNotDistinctFrom,
            };
            filter.and(Arc::new(BinaryExpr::new(l, equal, r)));
        }
    }
    let Some(unit) = unit.filter(|_| !join.null_aware || join.on().len() == 1) else {
        return Ok(None);
    };
    let merge = SortMergeJoinExec::try_new(
        Arc::clone(left),
        Arc::clone(right),
        vec![unit],
        filter.done()?,
        *join.join_type(),
        vec![UNIT_ORDER],
        join.null_equality(),
    )?;
    Ok(Some(Arc::new(merge)))
}

/// The condition of a join beyond its keys, over a row of the columns that it names.
struct Filter {
    condition: Option<Arc<dyn PhysicalExpr>>,
    columns: Vec<ColumnIndex>,
    fields: Vec<Arc<Field>>,
}

impl Filter {
    fn new(filter: Option<&JoinFilter>) -> Self {
        Self {
            condition: filter.map(|f| Arc::clone(f.expression())),
            columns: filter.map_or_else(Vec::new, |f| f.column_indices().to_vec()),
            fields: filter.map_or_else(Vec::new, |f| f.schema().fields().to_vec()),
        }
    }

    /// An expression over one side as one over the condition's row.
    fn lifted(
        &mut self,
        expr: &Arc<dyn PhysicalExpr>,
        side: JoinSide,
        schema: &Schema,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        Arc::clone(expr)
            .transform_up(|node| {
                let Some(column) = node.downcast_ref::<Column>() else {
                    return Ok(Transformed::no(node));
                };
                let index = column.index();
                let at = self.columns.len();
                self.columns.push(ColumnIndex { index, side });
                self.fields.push(Arc::new(schema.field(index).clone()));
                Ok(Transformed::yes(Arc::new(Column::new(column.name(), at))))
            })
            .data()
    }

    fn and(&mut self, condition: Arc<dyn PhysicalExpr>) {
        self.condition = Some(match self.condition.take() {
            Some(first) => Arc::new(BinaryExpr::new(first, Operator::And, condition)),
            None => condition,
        });
    }

    /// The condition as a merge takes it: columns of the left side first, and null where a row has no
    /// partner.
    fn done(self) -> Result<Option<JoinFilter>> {
        let Some(condition) = self.condition else {
            return Ok(None);
        };
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        order.sort_by_key(|at| {
            self.columns
                .get(*at)
                .map(|column| column.side != JoinSide::Left)
        });
        let condition = condition.transform_up(|node| {
            let Some(column) = node.downcast_ref::<Column>() else {
                return Ok(Transformed::no(node));
            };
            let at = order.iter().position(|from| *from == column.index());
            let at = at.ok_or_else(|| internal_datafusion_err!("a condition names no column"))?;
            Ok(Transformed::yes(Arc::new(Column::new(column.name(), at))))
        });
        let columns = order.iter().filter_map(|at| self.columns.get(*at).cloned());
        let fields = order.iter().filter_map(|at| self.fields.get(*at));
        let fields = fields.map(|field| field.as_ref().clone().with_nullable(true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Some(JoinFilter::new(
            condition.data()?,
            columns.collect(),
            schema,
        )))
    }
}
