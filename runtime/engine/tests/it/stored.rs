//! How pseudonyms are stored and read.

use crate::fixture::{Data, Visit, catalog, data, options, write_as_it_is};
use arrow::array::{Array as _, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray};
use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use irongate_engine::{
    DataAccess, ExecutionEnv, QueryOptions, bounded, check, plans_on_trial, private_plans,
};
use irongate_policy::{DatasetId, VersionId};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::PathBuf;
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

/// The files of a dataset, each with its rows.
fn files(data: &Data, dataset: &str) -> Vec<(PathBuf, RecordBatch)> {
    let dataset = DatasetId::new(dataset).unwrap();
    let files = data.files(&dataset, &VersionId::new("v1").unwrap());
    let read = |path: PathBuf| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap());
        let reader = reader.unwrap().build().unwrap();
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        (
            path,
            concat_batches(&batches[0].schema(), &batches).unwrap(),
        )
    };
    files.unwrap().into_iter().map(read).collect()
}

/// The same data with pseudonyms of another type.
fn stored_as(data: &Data, kind: impl Fn(&ArrayRef) -> ArrayRef) {
    for (path, batch) in files(data, "visits") {
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

/// The same data with one row group a file, of which it is told or not which pseudonyms it has.
fn stored_uncut(data: &Data, dataset: &str, told: EnabledStatistics) {
    for (path, batch) in files(data, dataset) {
        let told = WriterProperties::builder().set_statistics_enabled(told);
        let file = File::create(path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(told.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
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

/// Whatever was stored how: a plan that was tried before a reservation is the one that runs.
#[test]
fn files_that_were_not_cut_are_planned_and_read_as_others() {
    let env = ExecutionEnv {
        cores: NonZeroUsize::new(2).unwrap(),
        ..ExecutionEnv::default()
    };
    for sql in [PLAIN, FILTERED, JOINED] {
        let query = check(sql, &catalog(), &options()).unwrap();
        let of = |data: &Data| {
            let plans = block_on(private_plans(&query, data, &env)).unwrap();
            (plans, block_on(bounded(&query, data, &env)).unwrap())
        };
        let stored = data(&visits(), 2);
        let tried = block_on(plans_on_trial(&query, &stored, &env)).unwrap();
        let cut = of(&stored);
        assert_eq!(tried, cut.0, "{sql}");
        assert!(cut.0[0].contains("16 partitions"), "{}", cut.0[0]);
        for told in [EnabledStatistics::Chunk, EnabledStatistics::None] {
            let uncut = data(&visits(), 2);
            stored_uncut(&uncut, "visits", told);
            assert_eq!(of(&uncut), cut, "{sql}");
            stored_uncut(&uncut, "people", told);
            assert_eq!(of(&uncut), cut, "{sql}");
        }
    }
}

#[test]
fn a_damaged_file_is_told_of_without_what_it_holds() {
    let data = data(&visits(), 2);
    for (path, _) in files(&data, "visits") {
        let mut bytes = std::fs::read(&path).unwrap();
        let length = bytes.len();
        bytes[4..length / 2].fill(b'#');
        std::fs::write(path, bytes).unwrap();
    }
    let query = check(PLAIN, &catalog(), &options()).unwrap();
    let refused = block_on(bounded(&query, &data, &ExecutionEnv::default())).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the query engine failed: a stored file is no whole Parquet file"
    );
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
