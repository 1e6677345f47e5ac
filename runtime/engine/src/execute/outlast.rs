//! Private rows, and after them one row of a unit that stands behind all others.
//!
//! An anti join of the engine holds what is left of its rows once the other side has ended, until they end too: the rows of
//! all units, in no account. A side that ends with the last unit there can be does not end before. Nothing joins with that row:
//! a pseudonym is a keyed hash, so no unit has it.

use super::lean::recomputed;
use super::tables::{one_row, some};
use crate::bound::{UNIT_BYTES, UNIT_TYPE, layout};
use arrow::array::{Array, FixedSizeBinaryArray};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, JoinType, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::joins::SortMergeJoinExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;
use std::fmt;
use std::sync::Arc;

/// Every byte of the last pseudonym.
const LAST: u8 = 0xff;

/// A plan, ready to run, whose anti joins hold no more than they count.
pub(super) fn outlasting(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let other_side = node
            .downcast_ref::<SortMergeJoinExec>()
            .and_then(other_side);
        let Some((at, unit)) = other_side else {
            return Ok(Transformed::no(node));
        };
        let mut children: Vec<_> = node.children().into_iter().cloned().collect();
        let side = children
            .get_mut(at)
            .ok_or_else(|| layout("a join has two sides"))?;
        *side = Arc::new(OutlastExec::new(Arc::clone(side), unit)?);
        Ok(Transformed::yes(
            node.replace_children(children, recomputed())?,
        ))
    })
    .data()
}

/// Of an anti join on the unit: which of its sides gives no rows, and where the unit stands there.
fn other_side(join: &SortMergeJoinExec) -> Option<(usize, usize)> {
    let (left, right) = join.on().first()?;
    let (at, key) = match join.join_type() {
        JoinType::LeftAnti => (1, right),
        JoinType::RightAnti => (0, left),
        _ => return None,
    };
    Some((at, key.downcast_ref::<Column>()?.index()))
}

/// The other side of an anti join, in the order of the unit.
#[derive(Debug)]
struct OutlastExec {
    input: Arc<dyn ExecutionPlan>,
    /// Where the unit stands.
    unit: usize,
    last: RecordBatch,
}

impl OutlastExec {
    fn new(input: Arc<dyn ExecutionPlan>, unit: usize) -> Result<Self> {
        let last = last(&input, unit)?;
        Ok(Self { input, unit, last })
    }
}

/// A row of the last unit, with whatever values.
fn last(input: &Arc<dyn ExecutionPlan>, unit: usize) -> Result<RecordBatch> {
    let schema = input.schema();
    let row = one_row(&schema, some).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let mut columns = row.columns().to_vec();
    let place = columns
        .get_mut(unit)
        .filter(|c| *c.data_type() == UNIT_TYPE);
    let place = place.ok_or_else(|| layout("an anti join on what is no unit"))?;
    let last = [[LAST; UNIT_BYTES]];
    *place = Arc::new(FixedSizeBinaryArray::try_from_iter(last.iter())?);
    Ok(RecordBatch::try_new(schema, columns)?)
}

impl DisplayAs for OutlastExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutlastExec: unit at {}", self.unit)
    }
}

impl ExecutionPlan for OutlastExec {
    fn name(&self) -> &str {
        "OutlastExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next();
        let input = input.ok_or_else(|| layout("a side of a join has rows of its own"))?;
        Ok(Arc::new(Self::new(input, self.unit)?))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let last = futures::stream::once(std::future::ready(Ok(self.last.clone())));
        let schema = self.input.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            rows.chain(last),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::UNIT_ORDER;
    use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
    use datafusion::common::NullEquality;
    use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
    use datafusion::physical_plan::displayable;
    use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
    use futures::TryStreamExt;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// One batch for each number of units, as far as they are asked for.
    #[derive(Debug)]
    struct Units {
        schema: SchemaRef,
        units: std::ops::Range<u32>,
        asked: Arc<AtomicU32>,
    }

    impl PartitionStream for Units {
        fn schema(&self) -> &SchemaRef {
            &self.schema
        }

        fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
            let (schema, asked) = (Arc::clone(&self.schema), Arc::clone(&self.asked));
            let batch = move |unit: u32| {
                asked.fetch_add(1, Ordering::Relaxed);
                let mut pseudonym = [0; UNIT_BYTES];
                pseudonym[..4].copy_from_slice(&unit.to_be_bytes());
                let rows = std::iter::repeat_n(pseudonym, 100);
                let column = FixedSizeBinaryArray::try_from_iter(rows)?;
                Ok(RecordBatch::try_new(
                    Arc::clone(&schema),
                    vec![Arc::new(column)],
                )?)
            };
            let batches = futures::stream::iter(self.units.clone().map(batch));
            Box::pin(RecordBatchStreamAdapter::new(
                Arc::clone(&self.schema),
                batches,
            ))
        }
    }

    fn side(units: std::ops::Range<u32>) -> (Arc<dyn ExecutionPlan>, Arc<AtomicU32>) {
        let schema = Arc::new(Schema::new(vec![Field::new("id", UNIT_TYPE, false)]));
        let asked = Arc::new(AtomicU32::new(0));
        let stream = Units {
            schema: Arc::clone(&schema),
            units,
            asked: Arc::clone(&asked),
        };
        let order = PhysicalSortExpr::new(Arc::new(Column::new("id", 0)), UNIT_ORDER);
        let order = LexOrdering::new([order]);
        let plan =
            StreamingTableExec::try_new(schema, vec![Arc::new(stream)], None, order, false, None);
        (Arc::new(plan.unwrap()), asked)
    }

    fn join(
        left: &Arc<dyn ExecutionPlan>,
        right: &Arc<dyn ExecutionPlan>,
        kind: JoinType,
    ) -> Arc<dyn ExecutionPlan> {
        let unit: Arc<dyn PhysicalExpr> = Arc::new(Column::new("id", 0));
        let join = SortMergeJoinExec::try_new(
            Arc::clone(left),
            Arc::clone(right),
            vec![(Arc::clone(&unit), unit)],
            None,
            kind,
            vec![UNIT_ORDER],
            NullEquality::NullEqualsNothing,
        );
        Arc::new(join.unwrap())
    }

    #[tokio::test]
    async fn what_is_left_of_an_anti_join_comes_as_it_is_read() {
        // The other side ends early, or has no rows.
        for others in [0..10, 0..0] {
            let found = others.len();
            let (left, asked) = side(0..1_000);
            let (right, _) = side(others);
            let plan = outlasting(join(&left, &right, JoinType::LeftAnti)).unwrap();
            let mut rows = plan.execute(0, Arc::default()).unwrap();
            let first = rows.try_next().await.unwrap().unwrap().num_rows();
            let asked = asked.load(Ordering::Relaxed);
            assert!(asked < 150, "{asked} batches were read for the first");
            let rest: Vec<_> = rows.try_collect().await.unwrap();
            let rest: usize = rest.iter().map(RecordBatch::num_rows).sum();
            assert_eq!(first + rest, (1_000 - found) * 100);
        }
    }

    #[test]
    fn the_side_of_an_anti_join_that_gives_no_rows_outlasts_the_other() {
        let ((left, _), (right, _)) = (side(0..9), side(0..9));
        let side = displayable(left.as_ref()).one_line().to_string();
        let side = side.trim();
        let last = "OutlastExec: unit at 0";
        let of = |kind| {
            let plan = outlasting(join(&left, &right, kind)).unwrap();
            let shown = displayable(plan.as_ref()).indent(false).to_string();
            shown
                .lines()
                .skip(1)
                .map(|line| line.trim().to_owned())
                .collect::<Vec<_>>()
        };
        for kind in [
            JoinType::Inner,
            JoinType::Left,
            JoinType::Right,
            JoinType::Full,
        ] {
            assert_eq!(of(kind), [side; 2], "{kind}");
        }
        for kind in [JoinType::LeftSemi, JoinType::RightSemi, JoinType::LeftMark] {
            assert_eq!(of(kind), [side; 2], "{kind}");
        }
        assert_eq!(of(JoinType::LeftAnti), [side, last, side]);
        assert_eq!(of(JoinType::RightAnti), [last, side, side]);
        let plan = outlasting(join(&left, &right, JoinType::LeftAnti)).unwrap();
        assert_eq!(plan.children()[1].name(), "OutlastExec");
    }

    #[test]
    fn only_a_unit_has_a_last_one() {
        let schema = Schema::new(vec![Field::new("id", DataType::Int64, false)]);
        let empty = datafusion::physical_plan::empty::EmptyExec::new(Arc::new(schema));
        assert!(last(&(Arc::new(empty) as _), 0).is_err());
    }
}
