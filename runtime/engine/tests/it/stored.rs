//! How pseudonyms are stored and read.

use crate::fixture::{Data, Visit, catalog, data, options, write_as_it_is};
use arrow::array::{Array as _, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray};
use arrow::compute::concat_batches;
use irongate_engine::{DataAccess, ExecutionEnv, QueryOptions, bounded, check, private_plans};
use irongate_policy::{DatasetId, VersionId};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::sync::Arc;

const PLAIN: &str = "SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY district";
const FILTERED: &str =
    "SELECT district, COUNT(*), SUM(amount) FROM visits WHERE amount > 2 GROUP BY district";
const JOINED: &str =
    "SELECT district, COUNT(*) FROM visits v JOIN people p ON v.id = p.id GROUP BY district";

fn visits() -> Vec<Visit> {
    let visit = |i: i64| {
        let unit = (i * 37 % 256) as u8;
        (
            unit,
            1 + i % 3,
            Some(i % 11),
            i128::from(i % 500),
            None,
            "note",
        )
    };
    (0..2_000).map(visit).collect()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

/// The same data with pseudonyms of another type.
fn stored_as(data: &Data, kind: impl Fn(&ArrayRef) -> ArrayRef) {
    let dataset = DatasetId::new("visits").unwrap();
    for path in data
        .files(&dataset, &VersionId::new("v1").unwrap())
        .unwrap()
    {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap());
        let reader = reader.unwrap().build().unwrap();
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        let batch = concat_batches(&batches[0].schema(), &batches).unwrap();
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns.map(|(field, column)| {
            let column = if field.name() == "unit" {
                kind(column)
            } else {
                Arc::clone(column)
            };
            (field.name().as_str(), column, field.is_nullable())
        });
        let name = path.file_name().unwrap().to_str().unwrap();
        write_as_it_is(path.parent().unwrap(), name, columns.collect());
    }
}

#[test]
fn bounding_looks_at_pseudonyms_by_key_where_nothing_else_does() {
    let data = data(&visits(), 2);
    let shown = |sql: &str| {
        let query = check(sql, &catalog(), &options()).unwrap();
        block_on(private_plans(&query, &data, &ExecutionEnv::default()))
            .unwrap()
            .remove(0)
    };
    assert!(shown(PLAIN).contains("units by key"));
    assert!(shown(FILTERED).contains("units by key"));
    assert!(!shown(JOINED).contains("units by key"));
}

#[test]
fn files_with_pseudonyms_of_fixed_length_give_the_same() {
    let (new, old) = (data(&visits(), 2), data(&visits(), 2));
    stored_as(&old, |units| {
        let units = units.as_binary::<i32>().iter().map(Option::unwrap);
        Arc::new(FixedSizeBinaryArray::try_from_iter(units).unwrap())
    });
    let tight = QueryOptions {
        max_groups_per_unit: Some(2),
        max_rows_per_group: Some(2),
        ..options()
    };
    for sql in [PLAIN, FILTERED, JOINED] {
        let query = check(sql, &catalog(), &tight).unwrap();
        let of = |data: &Data| block_on(bounded(&query, data, &ExecutionEnv::default())).unwrap();
        let (new, old) = (of(&new), of(&old));
        assert!(new[0].seen.over_groups > 0 && new[0].seen.over_rows > 0);
        assert_eq!(new, old, "{sql}");
    }
}

#[test]
fn bytes_that_are_no_pseudonyms_are_refused() {
    let data = data(&visits(), 2);
    stored_as(&data, |units| {
        let longer = (0..units.len()).map(|_| [7_u8; 17]);
        Arc::new(BinaryArray::from_iter_values(longer))
    });
    for sql in [PLAIN, JOINED] {
        let query = check(sql, &catalog(), &options()).unwrap();
        let error = block_on(bounded(&query, &data, &ExecutionEnv::default())).unwrap_err();
        assert!(error.to_string().contains("pseudonym"), "{sql} {error:?}");
    }
}
