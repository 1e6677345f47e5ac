//! The operator against the same bounding written as SQL, byte for byte.

use super::choice::Choice;
use super::exec::{Bounding, UnitBoundExec};
use super::{Caps, Domain, RowCounts};
use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::physical_plan::execute_stream_partitioned;
use futures::TryStreamExt;
use irongate_policy::NamespaceKey;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// unit, text key, number key, value.
type Row = (u8, Option<u8>, i64, Option<i64>);
/// By group: units, rows, sum, values.
type Sums = BTreeMap<Vec<u8>, (i64, i64, i128, i64)>;

#[derive(Debug, Clone, Copy)]
struct Shape {
    groups: usize,
    rows: usize,
    hi: i64,
    batch: usize,
    partitions: usize,
    is_dense: bool,
    is_dictionary: bool,
}

const LO: i64 = -2;
const TEXTS: u8 = 5;
const NUMBERS: i64 = 3;

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

fn batch(rows: &[Row], is_dictionary: bool) -> RecordBatch {
    let units = rows.iter().map(|row| unit(row.0));
    let units = FixedSizeBinaryArray::try_from_iter(units);
    let units = units.unwrap_or_else(|_| {
        arrow::array::new_empty_array(&DataType::FixedSizeBinary(16))
            .as_fixed_size_binary()
            .clone()
    });
    let mut texts: ArrayRef = Arc::new(rows.iter().map(|row| text(row.1)).collect::<StringArray>());
    if is_dictionary {
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        texts = cast(&texts, &kind).unwrap();
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(units),
        texts,
        Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| row.3).collect::<Int64Array>()),
    ];
    let names = ["u", "k0", "k1", "v"];
    let fields = names.iter().zip(&columns);
    let fields =
        fields.map(|(name, column)| Field::new(*name, column.data_type().clone(), *name != "u"));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns).unwrap()
}

fn domain() -> Vec<Vec<ScalarValue>> {
    let texts = (0..TEXTS - 1).map(|value| ScalarValue::Utf8(text(Some(value))));
    let texts = texts.chain([ScalarValue::Utf8(None)]);
    let numbers = (0..NUMBERS - 1).map(|value| ScalarValue::Int64(Some(value)));
    vec![texts.collect(), numbers.collect()]
}

fn kinds() -> Vec<DataType> {
    vec![DataType::Utf8, DataType::Int64]
}

/// The operator over the rows in unit order, split by unit into partitions.
async fn operator(rows: &[Row], shape: Shape) -> (Sums, RowCounts) {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.0);
    let partitions: Vec<Vec<RecordBatch>> = (0..shape.partitions)
        .map(|partition| {
            let own = |row: &&Row| row.0 as usize % shape.partitions == partition;
            let own: Vec<Row> = rows.iter().filter(own).copied().collect();
            own.chunks(shape.batch)
                .map(|rows| batch(rows, shape.is_dictionary))
                .collect()
        })
        .collect();
    let schema = batch(&[], shape.is_dictionary).schema();
    let context = SessionContext::new();
    let table = MemTable::try_new(schema, partitions).unwrap();
    let frame = context.read_table(Arc::new(table)).unwrap();
    let input = frame.create_physical_plan().await.unwrap();
    let domain = shape
        .is_dense
        .then(|| Domain::new(&kinds(), domain()).unwrap());
    let bounding = Arc::new(Bounding {
        caps: Caps {
            groups: shape.groups,
            rows: shape.rows,
            clamps: vec![(LO.into(), shape.hi.into())],
        },
        is_clamped: true,
        choice: Choice::new(&key()),
        keys: kinds(),
        domain: domain.map(Arc::new),
        seen: Mutex::default(),
    });
    let plan = Arc::new(UnitBoundExec::new(input, Arc::clone(&bounding)));
    let mut sums = Sums::new();
    for stream in execute_stream_partitioned(plan, context.task_ctx()).unwrap() {
        for part in stream.try_collect::<Vec<_>>().await.unwrap() {
            for row in 0..part.num_rows() {
                let count = |i: usize| part.column(i).as_primitive::<Int64Type>().value(row);
                let sum = part.column(3).as_primitive::<Decimal128Type>().value(row);
                let group = part.column(0).as_binary::<i64>().value(row).to_vec();
                let slot = sums.entry(group).or_default();
                slot.0 += count(1);
                slot.1 += count(2);
                slot.2 += sum;
                slot.3 += count(4);
            }
        }
    }
    let seen = *bounding.seen.lock().unwrap();
    (sums, seen)
}

/// The same as SQL: clamp, number the rows of each unit and group by their hash, number the groups of
/// each unit by theirs, add up what is within the caps. Sorts and hash tables do here what one pass
/// does there; only the keyed hashes are shared.
async fn in_sql(rows: &[Row], shape: Shape) -> Sums {
    let context = SessionContext::new();
    let kinds = [
        DataType::FixedSizeBinary(16),
        DataType::Utf8,
        DataType::Int64,
    ];
    let canonical = |texts: &ArrayRef, numbers: &ArrayRef| {
        let converter = super::converter(&self::kinds()).unwrap();
        converter
            .convert_columns(&[Arc::clone(texts), Arc::clone(numbers)])
            .unwrap()
    };
    let units = |array: &ArrayRef, row: usize| {
        u128::from_be_bytes(array.as_fixed_size_binary().value(row).try_into().unwrap())
    };
    let hashed = move |args: &[ColumnarValue],
                       tag: &dyn Fn(u128, u128, usize, &[ArrayRef]) -> u128| {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        let choice = Choice::new(&key());
        let groups = canonical(&arrays[1], &arrays[2]);
        let tags = (0..arrays[0].len()).map(|row| {
            let name = choice.name(groups.row(row).data());
            Some(format!(
                "{:032x}",
                tag(units(&arrays[0], row), name, row, &arrays)
            ))
        });
        let tags = tags.collect::<StringArray>();
        Ok(ColumnarValue::Array(Arc::new(tags)))
    };
    let group_hash = move |args: &[ColumnarValue]| {
        hashed(args, &|unit, name, _, _| {
            let choice = Choice::new(&key());
            let mut room = Vec::new();
            choice
                .group_tags(unit, std::iter::once(name), &mut room)
                .next()
                .unwrap()
        })
    };
    let row_hash = move |args: &[ColumnarValue]| {
        hashed(args, &|unit, name, row, arrays| {
            let choice = Choice::new(&key());
            let mut tag = [choice.row_seed(unit, name)];
            let values = arrays[3].as_primitive::<Int64Type>();
            let value = values.is_valid(row).then(|| values.value(row));
            choice.absorb(&mut tag, std::iter::once(value));
            tag[0]
        })
    };
    let tag = DataType::Utf8;
    let with_value = [&kinds[..], &[DataType::Int64]].concat();
    let immutable = Volatility::Immutable;
    context.register_udf(create_udf(
        "group_hash",
        kinds.to_vec(),
        tag.clone(),
        immutable,
        Arc::new(group_hash),
    ));
    context.register_udf(create_udf(
        "row_hash",
        with_value,
        tag,
        immutable,
        Arc::new(row_hash),
    ));
    context.register_batch("rows", batch(rows, false)).unwrap();
    let (groups, most, hi) = (shape.groups, shape.rows, shape.hi);
    let inside = if shape.is_dense {
        format!(
            "(k0 IS NULL OR k0 < 'text {}') AND k1 BETWEEN 0 AND {}",
            TEXTS - 1,
            NUMBERS - 2
        )
    } else {
        "TRUE".to_owned()
    };
    let sql = format!(
        "WITH clamped AS (SELECT u, k0, k1, CASE WHEN v < {LO} THEN {LO} WHEN v > {hi} THEN {hi} ELSE v END AS v
                          FROM rows WHERE {inside}),
              numbered AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY u, k0, k1 ORDER BY row_hash(u, k0, k1, v)) AS row,
                                  DENSE_RANK() OVER (PARTITION BY u ORDER BY group_hash(u, k0, k1)) AS place
                           FROM clamped)
         SELECT k0, k1, COUNT(DISTINCT u), COUNT(*), COALESCE(SUM(v), 0), COUNT(v)
         FROM numbered WHERE row <= {most} AND place <= {groups} GROUP BY k0, k1"
    );
    let batches = context.sql(&sql).await.unwrap().collect().await.unwrap();
    let mut sums = Sums::new();
    for part in batches {
        let texts = cast(part.column(0), &DataType::Utf8).unwrap();
        let groups = canonical(&texts, part.column(1));
        for row in 0..part.num_rows() {
            let count = |i: usize| part.column(i).as_primitive::<Int64Type>().value(row);
            let group = groups.row(row).data().to_vec();
            sums.insert(group, (count(2), count(3), count(4).into(), count(5)));
        }
    }
    sums
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let key = prop::option::weighted(0.8, 0..TEXTS);
    let value = prop::option::weighted(0.9, -9_i64..9);
    prop::collection::vec((0_u8..6, key, 0..NUMBERS, value), 0..120)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let caps = (1_usize..6, 1_usize..5, 1_i64..7);
    let layout = (1_usize..50, 1_usize..4, any::<bool>(), any::<bool>());
    (caps, layout).prop_map(|((groups, rows, hi), layout)| Shape {
        groups,
        rows,
        hi,
        batch: layout.0,
        partitions: layout.1,
        is_dense: layout.2,
        is_dictionary: layout.3,
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn agrees_with_sql_whatever_the_batches_and_partitions(rows in rows(), shape in shapes()) {
        let (sums, seen) = block_on(operator(&rows, shape));
        prop_assert_eq!(&sums, &block_on(in_sql(&rows, shape)));
        // What was dropped is what is missing.
        let inside = |row: &&Row| !shape.is_dense || (row.1 != Some(TEXTS - 1) && row.2 < NUMBERS - 1);
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
            let b = without.get(group).copied().unwrap_or_default();
            changed += usize::from(*a != b);
            prop_assert!(a.0 - b.0 <= 1 && a.1 - b.1 <= m && a.3 - b.3 <= m);
            prop_assert!((a.2 - b.2).abs() <= i128::from(m * shape.hi.max(-LO)));
        }
        prop_assert!(changed <= shape.groups && without.keys().all(|group| with.contains_key(group)));
    }
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
    };
    let disordered = batch(&[(2, None, 0, None), (1, None, 0, None)], false);
    let result = block_on(async {
        let context = SessionContext::new();
        let input = context.read_batch(disordered).unwrap();
        let input = input.create_physical_plan().await.unwrap();
        let bounding = Bounding {
            caps: Caps {
                groups: 1,
                rows: 1,
                clamps: vec![(LO.into(), shape.hi.into())],
            },
            is_clamped: true,
            choice: Choice::new(&key()),
            keys: kinds(),
            domain: None,
            seen: Mutex::default(),
        };
        let plan = Arc::new(UnitBoundExec::new(input, Arc::new(bounding)));
        let streams = execute_stream_partitioned(plan, context.task_ctx()).unwrap();
        let mut all = Vec::new();
        for stream in streams {
            all.push(stream.try_collect::<Vec<_>>().await);
        }
        all.into_iter().collect::<Result<Vec<_>, _>>()
    });
    assert!(result.unwrap_err().to_string().contains("unit order"));
}
