//! The operator against the same bounding written as SQL, byte for byte.

#![expect(
    clippy::disallowed_methods,
    reason = "the operator runs over tables in memory"
)]

use super::choice::Choice;
use super::exec::{Bounding, UnitBoundExec};
use super::parts::tests::slow;
use super::{Caps, Domain, RowCounts};
use arrow::array::{
    Array as _, ArrayRef, AsArray, Decimal128Array, FixedSizeBinaryArray, Int64Array, RecordBatch,
    StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::execution::context::{SessionConfig, SessionContext};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::{ExecutionPlan as _, collect};
use irongate_policy::NamespaceKey;
use proptest::prelude::*;
use rstest::rstest;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// unit, text key, number key, value, and a text that is counted distinct, as the value is.
type Row = (u8, Option<u8>, i64, Option<i64>, Option<u8>);
/// Units, rows, of each summed value the sum and how many there were, and the identities of each column that is counted
/// distinct.
type Group = (i64, i64, Vec<(i128, i64)>, Vec<BTreeSet<Vec<u8>>>);
type Sums = BTreeMap<Vec<u8>, Group>;

#[derive(Debug, Clone, Copy)]
struct Shape {
    groups: usize,
    rows: usize,
    hi: i64,
    batch: usize,
    partitions: usize,
    /// Partitions that are read at a time.
    at_once: usize,
    is_dense: bool,
    is_dictionary: bool,
    /// Dictionaries of texts have keys of one byte, where those of files have four.
    is_small: bool,
    /// How many values are summed.
    lanes: usize,
    /// One key, a number or null, in the place of two.
    is_single: bool,
    /// Groups that are held without need.
    spare: usize,
    /// L, where distinct values are counted.
    values: Option<usize>,
}

/// One group, row and value of each unit.
const ONE: Shape = Shape {
    groups: 1,
    rows: 1,
    hi: 1,
    batch: 1_000,
    partitions: 1,
    at_once: 1,
    is_dense: false,
    is_dictionary: false,
    is_small: false,
    lanes: 1,
    is_single: false,
    spare: 64,
    values: None,
};

const LO: i64 = -2;
const TEXTS: u8 = 5;
const NUMBERS: i64 = 3;
/// The types of what is counted distinct.
const COUNTED: [DataType; 2] = [DataType::Utf8, DataType::Int64];

fn key() -> NamespaceKey {
    NamespaceKey::new([3; 32])
}

fn unit(unit: u8) -> [u8; 16] {
    let mut bytes = [unit; 16];
    bytes[15] = 7;
    bytes
}

fn text(value: Option<u8>) -> Option<String> {
    value.map(|value| format!("text {value}"))
}

/// The summed values of one lane, of each type that has its own way: the decimals are beyond 64 bits.
fn summed(rows: &[Row], lane: usize) -> ArrayRef {
    let other = |row: &Row| row.4.map(|value| i64::from(value) - 3);
    let number = |row: &Row| {
        if lane.is_multiple_of(2) {
            row.3
        } else {
            other(row)
        }
    };
    let numbers: Int64Array = rows.iter().map(number).collect();
    match lane {
        1 => cast(&numbers, &DataType::Int32).unwrap(),
        2 => {
            let wide = numbers.iter().map(|value| Some(i128::from(value?) << 64));
            let wide = wide.collect::<Decimal128Array>();
            Arc::new(wide.with_precision_and_scale(38, 0).unwrap())
        }
        3 => cast(&numbers, &DataType::Int16).unwrap(),
        _ => Arc::new(numbers),
    }
}

fn batch(rows: &[Row], shape: Shape) -> RecordBatch {
    let texts = |of: fn(&Row) -> Option<u8>| -> ArrayRef {
        let texts: StringArray = rows.iter().map(|row| text(of(row))).collect();
        if shape.is_dictionary {
            let keys = [DataType::Int32, DataType::Int8][usize::from(shape.is_small)].clone();
            let kind = DataType::Dictionary(Box::new(keys), Box::new(DataType::Utf8));
            cast(&texts, &kind).unwrap()
        } else {
            Arc::new(texts)
        }
    };
    let units = rows.iter().map(|row| unit(row.0));
    let units = FixedSizeBinaryArray::try_from_iter(units);
    let units = units.unwrap_or_else(|_| {
        arrow::array::new_empty_array(&DataType::FixedSizeBinary(16))
            .as_fixed_size_binary()
            .clone()
    });
    let units = if shape.is_dictionary {
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Binary));
        cast(&cast(&units, &DataType::Binary).unwrap(), &kind).unwrap()
    } else {
        Arc::new(units)
    };
    let number = |row: &Row| Some(i64::from(row.1?) * NUMBERS + row.2);
    let mut columns: Vec<ArrayRef> = vec![units];
    if shape.is_single {
        columns.push(Arc::new(rows.iter().map(number).collect::<Int64Array>()));
    } else {
        let numbers = rows.iter().map(|row| row.2).collect::<Int64Array>();
        columns.extend([texts(|row| row.1), Arc::new(numbers)]);
    }
    columns.extend((0..shape.lanes).map(|lane| summed(rows, lane)));
    if shape.values.is_some() {
        columns.extend([texts(|row| row.4), summed(rows, 0)]);
    }
    let keys: &[&str] = if shape.is_single {
        &["k0"]
    } else {
        &["k0", "k1"]
    };
    let values = ["v0", "v1", "v2", "v3", "v4"];
    let names = [&["u"], keys, &values[..shape.lanes], &["d0", "d1"]].concat();
    let fields = names.iter().zip(&columns);
    let fields =
        fields.map(|(name, column)| Field::new(*name, column.data_type().clone(), *name != "u"));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns).unwrap()
}

fn domain(shape: Shape) -> Vec<Vec<ScalarValue>> {
    let numbers = |most| (0..most).map(|value| ScalarValue::Int64(Some(value)));
    if shape.is_single {
        let most = (i64::from(TEXTS) - 1) * NUMBERS;
        return vec![numbers(most).chain([ScalarValue::Int64(None)]).collect()];
    }
    let texts = (0..TEXTS - 1).map(|value| ScalarValue::Utf8(text(Some(value))));
    let texts = texts.chain([ScalarValue::Utf8(None)]);
    vec![texts.collect(), numbers(NUMBERS - 1).collect()]
}

fn kinds(shape: Shape) -> Vec<DataType> {
    if shape.is_single {
        vec![DataType::Int64]
    } else {
        COUNTED.to_vec()
    }
}

fn bounding(shape: Shape) -> Bounding {
    let domain = shape
        .is_dense
        .then(|| Domain::new(&kinds(shape), domain(shape)).unwrap());
    Bounding {
        caps: Caps {
            groups: shape.groups,
            rows: shape.rows,
            clamps: vec![(LO.into(), shape.hi.into()); shape.lanes],
            distinct: shape
                .values
                .into_iter()
                .flat_map(|most| [most; 2])
                .collect(),
        },
        is_clamped: true,
        choice: Choice::new(&key()),
        keys: kinds(shape),
        distinct: shape.values.map_or_else(Vec::new, |_| COUNTED.to_vec()),
        domain: domain.map(Arc::new),
        spare_groups: shape.spare,
        at_once: shape.at_once,
        seen: Mutex::default(),
    }
}

fn add(totals: &[RecordBatch], lanes: usize, sums: &mut Sums) {
    for part in totals {
        for row in 0..part.num_rows() {
            let count = |i: usize| part.column(i).as_primitive::<Int64Type>().value(row);
            let sum = |i: usize| part.column(i).as_primitive::<Decimal128Type>().value(row);
            let group = part.column(0).as_binary::<i64>().value(row).to_vec();
            let slot = sums.entry(group).or_default();
            slot.0 += count(1);
            slot.1 += count(2);
            slot.2.resize(lanes, (0, 0));
            for (lane, value) in slot.2.iter_mut().enumerate() {
                value.0 += sum(3 + 2 * lane);
                value.1 += count(4 + 2 * lane);
            }
            let first = 3 + 2 * lanes;
            slot.3.resize(part.num_columns() - first, BTreeSet::new());
            for (column, set) in slot.3.iter_mut().enumerate() {
                let lists = part.column(first + column).as_list::<i64>();
                if lists.is_valid(row) {
                    let identities = lists.value(row);
                    let identities = identities.as_fixed_size_binary().iter();
                    let identities = identities.map(|identity| identity.unwrap().to_vec());
                    let before = set.len();
                    let more = lists.value_length(row) as usize;
                    set.extend(identities);
                    assert!(set.len() <= before + more);
                }
            }
        }
    }
}

/// The operator over the rows in unit order, split by unit into partitions.
async fn operator(rows: &[Row], shape: Shape) -> (Sums, RowCounts) {
    run(&SessionContext::new(), rows, shape).await.unwrap()
}

async fn run(context: &SessionContext, rows: &[Row], shape: Shape) -> Result<(Sums, RowCounts)> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.0);
    let partitions: Vec<Vec<RecordBatch>> = (0..shape.partitions)
        .map(|partition| {
            let own = |row: &&Row| row.0 as usize % shape.partitions == partition;
            let own: Vec<Row> = rows.iter().filter(own).copied().collect();
            own.chunks(shape.batch)
                .map(|rows| batch(rows, shape))
                .collect()
        })
        .collect();
    let schema = batch(&[], shape).schema();
    // Not through the planner, which would give the rows of one unit to several partitions.
    let input = MemorySourceConfig::try_new_exec(&partitions, schema, None).unwrap();
    let bounding = Arc::new(bounding(shape));
    let plan = Arc::new(UnitBoundExec::new(input, Arc::clone(&bounding)));
    let mut sums = Sums::new();
    let totals = collect(plan, context.task_ctx()).await?;
    add(&totals, shape.lanes, &mut sums);
    let seen = *bounding.seen.lock().unwrap();
    Ok((sums, seen))
}

async fn in_sql(rows: &[Row], shape: Shape) -> Sums {
    let context = SessionContext::new();
    let plain = Shape {
        is_dictionary: false,
        ..shape
    };
    let rows = context.read_batch(batch(rows, plain)).unwrap();
    let totals = super::oracle::in_sql(&context, rows, &bounding(shape)).await;
    let mut sums = Sums::new();
    add(&totals.unwrap(), shape.lanes, &mut sums);
    sums
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let key = prop::option::weighted(0.8, 0..TEXTS);
    let value = prop::option::weighted(0.9, -9_i64..9);
    let counted = prop::option::weighted(0.8, 0_u8..7);
    prop::collection::vec((0_u8..6, key, 0..NUMBERS, value, counted), 0..120)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let caps = (1_usize..6, 1_usize..5, 1_i64..7);
    let layout = (
        1_usize..50,
        (1_usize..6, 1_usize..4),
        any::<bool>(),
        any::<bool>(),
        0_usize..9,
        any::<bool>(),
        0_usize..=5,
        any::<bool>(),
    );
    let values = prop::option::weighted(0.7, 1_usize..4);
    (caps, layout, values).prop_map(|((groups, rows, hi), layout, values)| Shape {
        groups,
        rows,
        hi,
        batch: layout.0,
        partitions: layout.1.0,
        at_once: layout.1.1,
        is_dense: layout.2,
        is_dictionary: layout.3,
        spare: layout.4,
        is_single: layout.5,
        lanes: layout.6,
        is_small: layout.7,
        values,
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn agrees_with_sql_whatever_the_batches_and_partitions(rows in rows(), shape in shapes()) {
        let (sums, seen) = block_on(operator(&rows, shape));
        prop_assert_eq!(&sums, &block_on(in_sql(&rows, shape)));
        // What was dropped is what is missing.
        let is_declared = |row: &Row| row.1 != Some(TEXTS - 1) && (shape.is_single || row.2 < NUMBERS - 1);
        let inside = |row: &&Row| !shape.is_dense || is_declared(row);
        let kept: i64 = sums.values().map(|sums| sums.1).sum();
        let inside = rows.iter().filter(inside).count() as u64;
        prop_assert_eq!(seen.read, rows.len() as u64);
        prop_assert_eq!(seen.over_groups + seen.over_rows + kept.cast_unsigned(), inside);
    }

    #[test]
    fn removing_a_unit_moves_the_sums_by_at_most_the_sensitivities(rows in rows(), shape in shapes(), gone in 0_u8..6) {
        let (with, _) = block_on(operator(&rows, shape));
        let rows: Vec<Row> = rows.into_iter().filter(|row| row.0 != gone).collect();
        let (without, _) = block_on(operator(&rows, shape));
        let m = shape.rows as i64;
        let mut changed = 0;
        for (group, a) in &with {
            let b = without.get(group).cloned().unwrap_or_default();
            changed += usize::from(*a != b);
            prop_assert!(a.0 - b.0 <= 1 && a.1 - b.1 <= m);
            let (mut others, mut fewer) = (b.2, b.3);
            others.resize(a.2.len(), (0, 0));
            for (with, without) in a.2.iter().zip(others) {
                prop_assert!((with.0 - without.0).abs() <= i128::from(m * shape.hi.max(-LO)));
                prop_assert!(with.1 - without.1 <= m);
            }
            fewer.resize(a.3.len(), BTreeSet::new());
            for (more, fewer) in a.3.iter().zip(fewer) {
                prop_assert!(fewer.is_subset(more));
                prop_assert!(more.len() - fewer.len() <= shape.values.unwrap_or(0));
            }
        }
        prop_assert!(changed <= shape.groups && without.keys().all(|group| with.contains_key(group)));
    }
}

/// Bounds rows with so much memory.
fn within(bytes: usize, rows: &[Row], shape: Shape) -> Result<(Sums, RowCounts)> {
    let memory = RuntimeEnvBuilder::new().with_memory_limit(bytes, 1.0);
    let memory = memory.build_arc().unwrap();
    let context = SessionContext::new_with_config_rt(SessionConfig::new(), memory);
    block_on(run(&context, rows, shape))
}

/// Each unit brings a thousand keys of its own, and one of them is chosen.
#[test]
fn groups_that_nobody_chose_do_not_stay() {
    let row = |number: i64| ((number / 1_000) as u8, None, number, None, None);
    let rows: Vec<Row> = (0..200_000).map(row).collect();
    let (sums, seen) = within(2 << 20, &rows, ONE).unwrap();
    assert_eq!(sums.len(), 200);
    assert_eq!(seen.over_groups, 200_000 - 200);
    let less = within(20 << 10, &rows, ONE);
    assert!(less.is_err(), "what is held counts");
}

/// Of one unit all rows are held, or one row and the numbers of all; of many, what was remembered of their values.
#[rstest]
#[case(30_000, None, 1)]
#[case(1, Some(1), 1)]
#[case(1, Some(1), 250)]
fn what_is_held_of_one_group_counts(
    #[case] rows: usize,
    #[case] values: Option<usize>,
    #[case] units: i64,
) {
    let shape = Shape {
        rows,
        values,
        ..ONE
    };
    let all = 30_000;
    let row = |number: i64| ((number * units / all) as u8, None, 0, Some(number), None);
    let rows: Vec<Row> = (0..all).map(row).collect();
    let (sums, _) = within(8 << 20, &rows, shape).unwrap();
    let counts: Vec<_> = sums.values().map(|group| (group.0, group.1)).collect();
    assert_eq!(counts, [(units, units * shape.rows as i64)]);
    assert!(within(1 << 20, &rows, shape).is_err());
}

#[test]
fn rows_out_of_unit_order_are_an_error() {
    let shape = Shape {
        values: Some(1),
        ..ONE
    };
    let row = |unit| (unit, None, 0, None, None);
    let disordered = batch(&[row(2), row(1)], shape);
    let result = block_on(async {
        let context = SessionContext::new();
        let input = context.read_batch(disordered).unwrap();
        let input = input.create_physical_plan().await.unwrap();
        let plan = Arc::new(UnitBoundExec::new(input, Arc::new(bounding(shape))));
        collect(plan, context.task_ctx()).await
    });
    assert!(result.unwrap_err().to_string().contains("unit order"));
}

#[rstest]
fn so_many_partitions_are_read_at_a_time(#[values(0, 1, 2, 3, 9)] at_once: usize) {
    let shape = Shape { at_once, ..ONE };
    let part = |unit| batch(&[(unit, None, 0, Some(1), None)], shape);
    let (input, open) = slow((0..5).rev().map(part).collect());
    let bounding = Arc::new(bounding(shape));
    let plan = Arc::new(UnitBoundExec::new(input, Arc::clone(&bounding)));
    assert!(plan.execute(1, Arc::default()).is_err());
    let totals = block_on(collect(plan, SessionContext::new().task_ctx())).unwrap();
    assert_eq!(open.most(), at_once.clamp(1, 5));
    assert_eq!(totals.len(), at_once.clamp(1, 5), "one table for each");
    let mut sums = Sums::new();
    add(&totals, shape.lanes, &mut sums);
    let counts: Vec<_> = sums.values().map(|group| (group.0, group.1)).collect();
    assert_eq!(counts, [(5, 5)]);
}
