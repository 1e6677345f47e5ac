//! What groups take in aggregates, as DataFusion takes it.

use super::*;
use allocation_counter::measure;
use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::TimeUnit;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// Groups of one batch, each with a value of its own.
const GROUPS: i64 = 8_192;
/// What the plan takes beside them, bytes.
const BESIDE: u64 = 2 << 20;

/// A statement's plan over a table whose `id` is of as many groups, in which `a` and `b` are of a type, and what it takes, bytes.
fn taken(sql: &str, kind: &DataType) -> (LogicalPlan, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..GROUPS));
    let values = cast(&numbers, kind).unwrap();
    let columns = [("id", numbers), ("a", Arc::clone(&values)), ("b", values)];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let config = SessionConfig::new().with_target_partitions(1);
    let context = SessionContext::new_with_config(config);
    context.register_batch("t", batch).unwrap();
    let frame = runtime.block_on(context.sql(sql)).unwrap();
    let plan = frame.logical_plan().clone();
    let measured = measure(|| {
        runtime.block_on(frame.collect()).unwrap();
    });
    (plan, measured.bytes_max)
}

#[rstest::rstest]
fn what_a_group_takes_in_aggregates_is_planned_for(
    #[values(
        "COUNT(DISTINCT {})",
        "MIN({})",
        "FIRST_VALUE({})",
        "FIRST_VALUE({} ORDER BY id)",
        "FIRST_VALUE({} ORDER BY a DESC, b, id)"
    )]
    function: &str,
    #[values(
        DataType::Utf8,
        DataType::Boolean,
        DataType::Date32,
        DataType::Timestamp(TimeUnit::Microsecond, None),
        DataType::Decimal128(38, 0),
        DataType::Int64
    )]
    kind: DataType,
) {
    // Two: the engine has another way for a single one.
    let [a, b] = ["a", "b"].map(|column| function.replace("{}", column));
    let (plan, taken) = taken(&format!("SELECT id, {a}, {b} FROM t GROUP BY id"), &kind);
    let mut each = 0;
    let walked = plan.apply(|node| {
        if let LogicalPlan::Aggregate(aggregate) = node {
            each += in_groups(aggregate, 0);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.unwrap();
    let planned = each * GROUPS as u64;
    assert!(
        taken <= planned + BESIDE,
        "{taken} bytes, {planned} planned"
    );
    // No more than is held, by far.
    let is_distinct = function.starts_with("COUNT");
    assert!(
        !is_distinct || taken >= planned / 3,
        "{taken} bytes, {planned} planned"
    );
}

#[test]
fn what_a_partition_takes_in_windows_is_planned_for() {
    let over = "OVER (PARTITION BY id ORDER BY a ROWS 1 PRECEDING)";
    let sql = format!("SELECT SUM(a) {over}, MIN(a) {over}, LAG(a) {over} FROM t");
    let (_, taken) = taken(&sql, &DataType::Int64);
    let planned = 3 * (PARTITION_STATE + PARTED_BY) * GROUPS as u64;
    assert!(
        taken <= planned + BESIDE,
        "{taken} bytes, {planned} planned"
    );
    assert!(taken >= planned / 4, "{taken} bytes, {planned} planned");
}
