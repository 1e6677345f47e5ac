//! The operator against the same bounding written as SQL, byte for byte.

#![expect(
    clippy::disallowed_methods,
    reason = "the operator runs over tables in memory"
)]

use super::choice::Choice;
use super::exec::{Bounding, UnitBoundExec};
use super::{Caps, Domain, RowCounts};
use arrow::array::{
    Array as _, ArrayRef, AsArray, FixedSizeBinaryArray, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::execution::context::{SessionConfig, SessionContext};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::execute_stream_partitioned;
use futures::TryStreamExt;
use irongate_policy::NamespaceKey;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// unit, text key, number key, value, and a text that is counted distinct, as the value is.
type Row = (u8, Option<u8>, i64, Option<i64>, Option<u8>);
/// By group: units, rows, sum, values, and identities of each column that is counted distinct.
type Sums = BTreeMap<Vec<u8>, (i64, i64, i128, i64, Vec<BTreeSet<Vec<u8>>>)>;

#[derive(Debug, Clone, Copy)]
struct Shape {
    groups: usize,
    rows: usize,
    hi: i64,
    batch: usize,
    partitions: usize,
    is_dense: bool,
    is_dictionary: bool,
    /// One key, a number or null, in the place of two.
    is_single: bool,
    /// Groups that are held without need.
    spare: usize,
    /// L, where distinct values are counted.
    values: Option<usize>,
}

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

fn batch(rows: &[Row], shape: Shape) -> RecordBatch {
    let texts = |of: fn(&Row) -> Option<u8>| -> ArrayRef {
        let texts: StringArray = rows.iter().map(|row| text(of(row))).collect();
        if shape.is_dictionary {
            let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
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
    let value = || Arc::new(rows.iter().map(|row| row.3).collect::<Int64Array>());
    let number = |row: &Row| Some(i64::from(row.1?) * NUMBERS + row.2);
    let mut columns: Vec<ArrayRef> = vec![units];
    if shape.is_single {
        columns.push(Arc::new(rows.iter().map(number).collect::<Int64Array>()));
    } else {
        let numbers = rows.iter().map(|row| row.2).collect::<Int64Array>();
        columns.extend([texts(|row| row.1), Arc::new(numbers)]);
    }
    columns.push(value());
    if shape.values.is_some() {
        columns.extend([texts(|row| row.4), value()]);
    }
    let keys: &[&str] = if shape.is_single {
        &["k0"]
    } else {
        &["k0", "k1"]
    };
    let names = [&["u"], keys, &["v", "d0", "d1"]].concat();
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
            clamps: vec![(LO.into(), shape.hi.into())],
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
        seen: Mutex::default(),
    }
}

fn add(totals: &[RecordBatch], sums: &mut Sums) {
    for part in totals {
        for row in 0..part.num_rows() {
            let count = |i: usize| part.column(i).as_primitive::<Int64Type>().value(row);
            let sum = part.column(3).as_primitive::<Decimal128Type>().value(row);
            let group = part.column(0).as_binary::<i64>().value(row).to_vec();
            let slot = sums.entry(group).or_default();
            slot.0 += count(1);
            slot.1 += count(2);
            slot.2 += sum;
            slot.3 += count(4);
            slot.4.resize(part.num_columns() - 5, BTreeSet::new());
            for (column, set) in slot.4.iter_mut().enumerate() {
                let lists = part.column(5 + column).as_list::<i64>();
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
    let table = MemTable::try_new(schema, partitions).unwrap();
    let frame = context.read_table(Arc::new(table)).unwrap();
    let input = frame.create_physical_plan().await.unwrap();
    let bounding = Arc::new(bounding(shape));
    let plan = Arc::new(UnitBoundExec::new(input, Arc::clone(&bounding)));
    let mut sums = Sums::new();
    for stream in execute_stream_partitioned(plan, context.task_ctx()).unwrap() {
        add(&stream.try_collect::<Vec<_>>().await?, &mut sums);
    }
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
    add(&totals.unwrap(), &mut sums);
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
        1_usize..4,
        any::<bool>(),
        any::<bool>(),
        0_usize..9,
        any::<bool>(),
    );
    let values = prop::option::weighted(0.7, 1_usize..4);
    (caps, layout, values).prop_map(|((groups, rows, hi), layout, values)| Shape {
        groups,
        rows,
        hi,
        batch: layout.0,
        partitions: layout.1,
        is_dense: layout.2,
        is_dictionary: layout.3,
        spare: layout.4,
        is_single: layout.5,
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
            prop_assert!(a.0 - b.0 <= 1 && a.1 - b.1 <= m && a.3 - b.3 <= m);
            prop_assert!((a.2 - b.2).abs() <= i128::from(m * shape.hi.max(-LO)));
            let mut fewer = b.4;
            fewer.resize(a.4.len(), BTreeSet::new());
            for (more, fewer) in a.4.iter().zip(fewer) {
                prop_assert!(fewer.is_subset(more));
                prop_assert!(more.len() - fewer.len() <= shape.values.unwrap_or(0));
            }
        }
        prop_assert!(changed <= shape.groups && without.keys().all(|group| with.contains_key(group)));
    }
}

/// Each unit brings a thousand keys of its own, and one of them is chosen.
#[test]
fn groups_that_nobody_chose_do_not_stay() {
    let shape = Shape {
        groups: 1,
        rows: 1,
        hi: 1,
        batch: 1_000,
        partitions: 1,
        is_dense: false,
        is_dictionary: false,
        is_single: false,
        spare: 64,
        values: None,
    };
    let row = |number: i64| ((number / 1_000) as u8, None, number, None, None);
    let rows: Vec<Row> = (0..200_000).map(row).collect();
    let in_memory = |bytes| {
        let memory = RuntimeEnvBuilder::new().with_memory_limit(bytes, 1.0);
        let memory = memory.build_arc().unwrap();
        let context = SessionContext::new_with_config_rt(SessionConfig::new(), memory);
        block_on(run(&context, &rows, shape))
    };
    let (sums, seen) = in_memory(2 << 20).unwrap();
    assert_eq!(sums.len(), 200);
    assert_eq!(seen.over_groups, 200_000 - 200);
    assert!(in_memory(20 << 10).is_err(), "what is held counts");
}

#[test]
fn rows_out_of_unit_order_are_an_error() {
    let shape = Shape {
        groups: 1,
        rows: 1,
        hi: 1,
        batch: 9,
        partitions: 1,
        is_dense: false,
        is_dictionary: false,
        is_single: false,
        spare: 0,
        values: Some(1),
    };
    let row = |unit| (unit, None, 0, None, None);
    let disordered = batch(&[row(2), row(1)], shape);
    let result = block_on(async {
        let context = SessionContext::new();
        let input = context.read_batch(disordered).unwrap();
        let input = input.create_physical_plan().await.unwrap();
        let plan = Arc::new(UnitBoundExec::new(input, Arc::new(bounding(shape))));
        let streams = execute_stream_partitioned(plan, context.task_ctx()).unwrap();
        let mut all = Vec::new();
        for stream in streams {
            all.push(stream.try_collect::<Vec<_>>().await);
        }
        all.into_iter().collect::<Result<Vec<_>>>()
    });
    assert!(result.unwrap_err().to_string().contains("unit order"));
}
