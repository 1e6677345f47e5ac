//! Parquet, read batch by batch within its row groups. Its types must suit the declared ones.

use super::{Chunk, ChunkBuilder, Rows, match_columns};
use crate::error::{IngestError, Problems};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use chrono::DateTime;
use irongate_policy::dataset::{ColumnType, DatasetSpec};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::Path;

/// Rows decoded at once.
const BATCH_ROWS: usize = 8192;

pub(super) struct ParquetRows {
    batches: ParquetRecordBatchReader,
    row: u64,
    rows: u64,
    file_bytes: u64,
    names: Vec<String>,
    chunk: ChunkBuilder,
}

/// Opens a Parquet file; nothing if its columns do not fit.
pub(super) fn open(
    path: &Path,
    spec: &DatasetSpec,
    problems: &mut Problems,
) -> Result<Option<ParquetRows>, IngestError> {
    let what = || IngestError::io(format!("open `{}`", path.display()));
    let file = File::open(path).map_err(what())?;
    let file_bytes = file.metadata().map_err(what())?.len();
    let Ok(builder) = ParquetRecordBatchReaderBuilder::try_new(file) else {
        problems.note(
            0,
            None,
            "not Parquet; check the file, or `source.format` in the spec",
        );
        return Ok(None);
    };
    let fields = builder.schema().fields().clone();
    let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    let matched = match_columns(&names, spec, 0, problems);
    for (field, declared) in fields.iter().zip(&matched) {
        let column = declared.and_then(|i| spec.columns.get(i));
        if let Some(column) = column.filter(|column| !suits(field.data_type(), column.kind)) {
            problems.note(
                0,
                Some(&column.name),
                format!(
                    "its Parquet type does not suit; write it as {}",
                    suitable(column.kind)
                ),
            );
        }
    }
    if !problems.is_empty() {
        return Ok(None);
    }
    let declared = matched
        .iter()
        .enumerate()
        .filter(|(_, column)| column.is_some())
        .map(|(i, _)| i);
    let mask = ProjectionMask::roots(builder.parquet_schema(), declared);
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(IngestError::internal("read Parquet"))?;
    let names = spec
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    Ok(Some(ParquetRows {
        batches,
        row: 0,
        rows,
        file_bytes,
        names,
        chunk: ChunkBuilder::new(spec),
    }))
}

impl Rows for ParquetRows {
    fn next(&mut self, problems: &mut Problems) -> Result<Option<Chunk>, IngestError> {
        while !self.chunk.is_full() {
            let Some(batch) = self.batches.next() else {
                break;
            };
            let Ok(batch) = batch else {
                problems.note(
                    self.row + 1,
                    None,
                    "the Parquet file is damaged from about this row on; write it anew",
                );
                break;
            };
            self.take_batch(&batch)?;
        }
        self.chunk.take()
    }

    fn position(&self) -> u64 {
        let share =
            u128::from(self.file_bytes) * u128::from(self.row) / u128::from(self.rows.max(1));
        u64::try_from(share).unwrap_or(self.file_bytes)
    }
}

impl ParquetRows {
    fn take_batch(&mut self, batch: &RecordBatch) -> Result<(), IngestError> {
        let texts = self.names.iter().map(|name| {
            let column = batch.column_by_name(name).ok_or(IngestError::Internal {
                step: "find a Parquet column",
            })?;
            as_text(column)
        });
        let texts: Vec<StringArray> = texts.collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            self.row += 1;
            self.chunk.push(self.row, |i| {
                texts
                    .get(i)
                    .filter(|column| column.is_valid(row))
                    .map(|column| column.value(row))
            });
        }
        Ok(())
    }
}

/// Whether values of a Parquet column can be those of a declared type. What its texts or numbers are
/// is then judged row by row.
fn suits(stored: &DataType, declared: ColumnType) -> bool {
    if let DataType::Dictionary(_, values) = stored {
        return suits(values, declared);
    }
    if matches!(
        stored,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null
    ) {
        return true;
    }
    let decimal = matches!(
        stored,
        DataType::Decimal128(..) | DataType::Decimal64(..) | DataType::Decimal32(..)
    );
    match declared {
        ColumnType::Bool => *stored == DataType::Boolean || stored.is_integer(),
        ColumnType::Int64 => stored.is_integer(),
        ColumnType::Decimal { .. } => stored.is_integer() || stored.is_floating() || decimal,
        ColumnType::Date => matches!(stored, DataType::Date32),
        ColumnType::Timestamp => matches!(stored, DataType::Timestamp(..)),
        ColumnType::String => false,
    }
}

fn suitable(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Bool => "boolean",
        ColumnType::Int64 => "an integer",
        ColumnType::Decimal { .. } => "decimal, integer, double or string",
        ColumnType::String => "string",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "timestamp",
    }
}

fn as_text(column: &ArrayRef) -> Result<StringArray, IngestError> {
    let failed = || IngestError::internal("read a Parquet column as text");
    if let DataType::Timestamp(_, zone) = column.data_type() {
        // With or without a zone, what is stored is the instant in UTC.
        let micros = cast(
            column,
            &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        )
        .map_err(failed())?;
        let instants = micros.as_primitive::<TimestampMicrosecondType>();
        let text = |micros: i64| {
            // An instant beyond the calendar reads as no timestamp, and is refused as such.
            let instant = DateTime::from_timestamp_micros(micros);
            instant.map_or_else(
                || micros.to_string(),
                |instant| instant.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            )
        };
        return Ok(instants.iter().map(|micros| micros.map(text)).collect());
    }
    Ok(cast(column, &DataType::Utf8)
        .map_err(failed())?
        .as_string::<i32>()
        .clone())
}
