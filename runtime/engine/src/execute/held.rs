//! Which plans hold private rows of many units: whether those fit would tell how many there are.

use super::merge::is_private;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::windows::BoundedWindowAggExec;
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode};
use std::sync::Arc;

/// Whether a plan, ready to run, holds private rows of many units: a side of a join, or rows that are sorted or moved
/// between partitions. A node that is not known here is taken to.
pub(super) fn holds_units(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let held = held_inputs(plan);
    let children = plan.children();
    children.iter().take(held).any(|child| is_private(child))
        || children.into_iter().any(holds_units)
}

/// How many of a node's inputs, from the first on, may be held beyond the rows of one unit.
fn held_inputs(plan: &Arc<dyn ExecutionPlan>) -> usize {
    const ALL: usize = usize::MAX;
    // What is grouped by no order is held until the end; private rows have that of the unit alone.
    let order = match plan.downcast_ref::<AggregateExec>() {
        Some(aggregate) => Some(aggregate.input_order_mode()),
        None => plan
            .downcast_ref::<BoundedWindowAggExec>()
            .map(|window| &window.input_order_mode),
    };
    match (order, plan.name()) {
        (Some(InputOrderMode::Linear), _) => ALL,
        (Some(InputOrderMode::PartiallySorted(_) | InputOrderMode::Sorted), _) => 0,
        // Batch by batch.
        (None, "FilterExec" | "ProjectionExec" | "CooperativeExec" | "ScalarSubqueryExec") => 0,
        // Unit by unit.
        (
            None,
            "PartialSortExec" | "SortMergeJoinExec" | "OutlastExec" | "UnitUnionExec"
            | "WindowRunsExec" | "MapperExec",
        ) => 0,
        // As much as is planned for: groups, and the rows of blocks.
        (None, "UnitBoundExec" | "BlocksExec") => 0,
        // The side that comes first is held.
        (None, "HashJoinExec") => 1,
        (None, _) => ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::UNIT_TYPE;
    use crate::execute::stored::StoredTable;
    use crate::execute::tables::private_session;
    use crate::released::ExecutionEnv;
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::functions_aggregate::sum::sum_udaf;
    use std::num::NonZeroUsize;

    #[rstest::rstest]
    #[case::batch_by_batch("SELECT x + 1 FROM t WHERE x > 0", false)]
    #[case::by_unit("SELECT id, FIRST_VALUE(x) FROM t GROUP BY id", false)]
    #[case::by_unit_and_more("SELECT DISTINCT id, x FROM t", false)]
    #[case::by_no_unit("SELECT DISTINCT x FROM t", true)]
    #[case::sorted("SELECT x FROM t ORDER BY x", true)]
    #[case::first_rows("SELECT x FROM t LIMIT 5", true)]
    #[case::window_by_unit("SELECT SUM(x) OVER (PARTITION BY id ROWS 1 PRECEDING) FROM t", false)]
    #[case::window_over_whole_units("SELECT SUM(x) OVER (PARTITION BY id) FROM t", false)]
    #[case::window_by_no_unit("SELECT SUM(x) OVER (PARTITION BY x) FROM t", true)]
    #[case::window_over_all("SELECT SUM(x) OVER () FROM t", true)]
    #[case::sorted_within_units("SELECT x FROM t ORDER BY id, x", false)]
    #[case::public_alone("SELECT x FROM (VALUES (2), (1)) AS p(x) ORDER BY x LIMIT 1", false)]
    #[tokio::test]
    async fn a_plan_that_holds_units_is_told(#[case] sql: &str, #[case] holds: bool) {
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", UNIT_TYPE, false),
            Field::new("x", DataType::Int64, true),
        ]));
        let table = StoredTable::open(&[], Arc::clone(&schema), schema, 1, 10).unwrap();
        let env = ExecutionEnv {
            cores: NonZeroUsize::MIN,
            ..ExecutionEnv::default()
        };
        let context = private_session(&env, 1_024).unwrap();
        context.register_udaf(sum_udaf().as_ref().clone());
        context.register_table("t", Arc::new(table)).unwrap();
        let plan = context.sql(sql).await.unwrap();
        let plan = plan.create_physical_plan().await.unwrap();
        let shown = datafusion::physical_plan::displayable(plan.as_ref()).indent(false);
        assert_eq!(holds_units(&plan), holds, "{shown}");
    }
}
