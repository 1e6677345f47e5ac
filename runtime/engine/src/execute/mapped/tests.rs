//! What mappers ask of the rows that they are called with.

use super::blocks::BlocksExec;
use super::*;
use crate::bound::{Choice, UNIT_TYPE};
use crate::mapper::MapUnit;
use arrow::array::Int64Array;
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::physical_plan::displayable;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_planner::DefaultPhysicalPlanner;
use datafusion::prelude::SessionConfig;
use irongate_policy::NamespaceKey;
use irongate_policy::mapper::{MapperOutput, OutputValue};
use std::ops::Range;
use std::time::{Duration, Instant};

struct NoNumbers;

impl MapUnit for NoNumbers {
    fn map(&self, _: &[u8], _: &mut [f64]) -> std::result::Result<Mapped, Stopped> {
        Ok(Mapped::Default)
    }
}

fn schema(columns: &[(DataType, bool)]) -> SchemaRef {
    let columns = columns.iter().enumerate();
    let columns = columns.map(|(at, (kind, may))| Field::new(format!("c{at}"), kind.clone(), *may));
    Arc::new(Schema::new(columns.collect::<Vec<_>>()))
}

/// The rows `[unit, integer]`.
pub(super) fn rows() -> SchemaRef {
    schema(&[(UNIT_TYPE, false), (DataType::Int64, true)])
}

/// So many rows of each of these units, with numbers by their places.
pub(super) fn batch(units: Range<u128>, each: usize, number: impl Fn(i64) -> i64) -> RecordBatch {
    let units: Vec<u128> = units
        .flat_map(|unit| std::iter::repeat_n(unit, each))
        .collect();
    let numbers = Int64Array::from_iter_values((0..).take(units.len()).map(number));
    let units = units.iter().map(|unit| unit.to_be_bytes());
    let units = FixedSizeBinaryArray::try_from_iter(units).unwrap();
    RecordBatch::try_new(rows(), vec![Arc::new(units), Arc::new(numbers)]).unwrap()
}

/// A mapper of such rows, which gives a text.
pub(super) fn plan(max_rows: u32, blocks: Option<u32>) -> Plan {
    let key = String::from("a");
    let value = OutputValue::Category {
        keys: vec![key.clone()],
        default: Some(key),
    };
    let declared = Mapper {
        component: String::new(),
        input: String::new(),
        max_rows,
        blocks,
        fuel: 1,
        memory_kib: 64,
        outputs: vec![MapperOutput {
            name: String::from("c1"),
            value,
        }],
    };
    let ready = Ready {
        code: Arc::new(NoNumbers),
        choice: Choice::new(&NamespaceKey::new([5; 32])),
        until: Instant::now() + Duration::from_secs(600),
        at_once: 2,
    };
    Plan {
        declared: Arc::new(declared),
        columns: schema(&[(DataType::Int64, true)]),
        ready,
        schema: schema(&[(UNIT_TYPE, false), (DataType::Utf8, false)]),
    }
}

#[test]
fn rows_are_laid_out_as_they_were_checked() {
    use DataType::{Int32, Int64};
    let checked = [(UNIT_TYPE, false), (Int64, true), (Int64, false)];
    let plan = Plan {
        columns: schema(&checked[1..]),
        ..plan(20, None)
    };
    let unit = (UNIT_TYPE, false);
    for (read, fits) in [
        (checked.to_vec(), true),
        (vec![unit.clone(), (Int64, false), (Int64, false)], true),
        (vec![unit.clone(), (Int64, true), (Int64, true)], false),
        (vec![unit.clone(), (Int64, true), (Int32, false)], false),
        (vec![unit.clone(), (Int32, false), (Int64, false)], false),
        (vec![unit, (Int64, true)], false),
        ([checked.to_vec(), vec![(Int64, false)]].concat(), false),
    ] {
        assert_eq!(plan.fits(&schema(&read)).is_ok(), fits, "{read:?}");
    }
}

#[test]
fn units_are_brought_together_and_in_order() {
    let input = || Arc::new(EmptyExec::new(rows()).with_partitions(2));
    let units = MapperExec::new(input(), plan(20, None)).unwrap();
    let blocks = BlocksExec::new(input(), plan(30, Some(4)));
    assert_eq!(format!("{units:?}"), "MapperExec: rows=20");
    assert_eq!(format!("{blocks:?}"), "BlocksExec: B=4, rows=30");
    assert_eq!((units.name(), blocks.name()), ("MapperExec", "BlocksExec"));
    let config = SessionConfig::new().with_target_partitions(3);
    let state = SessionStateBuilder::new_with_default_features().with_config(config);
    let state = state.build();
    let ready = |plan: Arc<dyn ExecutionPlan>| {
        let plan =
            DefaultPhysicalPlanner::default().optimize_physical_plan(plan, &state, |_, _| ());
        displayable(plan.unwrap().as_ref())
            .indent(false)
            .to_string()
    };
    insta::assert_snapshot!(ready(Arc::new(units)), @r"
    MapperExec: rows=20
      SortExec: expr=[c0@0 ASC], preserve_partitioning=[true]
        RepartitionExec: partitioning=Hash([c0@0], 3), input_partitions=2
          EmptyExec
    ");
    insta::assert_snapshot!(ready(Arc::new(blocks)), @r"
    BlocksExec: B=4, rows=30
      EmptyExec
    ");
}

/// Of ten rows nine hold one thing: of many units, so do nine of ten that are seen.
#[test]
fn rows_are_seen_by_how_many_there_are() {
    let choice = Choice::new(&NamespaceKey::new([5; 32]));
    let mut order = Ordering::new(&rows(), choice, 10).unwrap();
    let batch = batch(0..200, 100, |at| i64::from(at % 10 == 0));
    let numbers = batch.column(1).as_primitive::<Int64Type>().values();
    order.read(&batch).unwrap();
    let seen = (0..200).map(|unit: usize| {
        let seen = order.seen(unit as u128, unit * 100..unit * 100 + 100);
        assert_eq!(seen.len(), 10);
        assert!(seen.is_sorted_by_key(|at| numbers[*at]));
        seen.iter().map(|at| numbers[*at]).sum::<i64>()
    });
    // 200 are expected; their standard deviation is 13.
    let seen: i64 = seen.sum();
    assert!((140..260).contains(&seen), "{seen} of 2000");
}

#[test]
fn a_call_keeps_no_worker_from_other_work() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let (say, said) = std::sync::mpsc::channel();
    let called = runtime.spawn(async move {
        tokio::spawn(async move { say.send(()).unwrap() });
        off_worker(|| said.recv_timeout(Duration::from_secs(20)))
    });
    assert_eq!(runtime.block_on(called).unwrap(), Ok(()));
}
