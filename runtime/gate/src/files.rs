//! The files a release leaves as: Parquet, CSV and JSON of the same table.
//!
//! A released column is followed by the ends of its 95 % noise interval, `NAME_low95` and
//! `NAME_high95`, in every format.

use crate::error::GateError;
use crate::outputs::Vetted;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, Field, Schema};
use arrow::record_batch::RecordBatch;
use irongate_policy::manifest::INTERVAL_ENDS;
use irongate_sandbox::table::{Column, Values};
use parquet::arrow::ArrowWriter;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its name: `OUTPUT.parquet`, `OUTPUT.csv` or `OUTPUT.json`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Writes a vetted output in each format. The same output gives the same bytes.
///
/// # Errors
/// [`GateError::Failed`] if a column's parts do not agree, which vetting excludes.
pub fn render(output: &Vetted) -> Result<Vec<ReleaseFile>, GateError> {
    let batch = batch(output)?;
    let file = |suffix: &str, bytes| ReleaseFile {
        name: format!("{}.{suffix}", output.name),
        bytes,
    };
    Ok(vec![
        file("parquet", parquet(&batch)?),
        file("csv", csv(&batch)?),
        file("json", rows_json(&batch)?),
    ])
}

/// The output as an Arrow batch, intervals included.
///
/// # Errors
/// As [`render`].
pub fn batch(output: &Vetted) -> Result<RecordBatch, GateError> {
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    let mut push = |name: String, array: ArrayRef| {
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    };
    for column in &output.table.columns {
        push(column.name.clone(), array(column)?);
        if let Some((low, high)) = interval(column) {
            let [lower, upper] = INTERVAL_ENDS;
            push(format!("{}{lower}", column.name), Arc::new(low));
            push(format!("{}{upper}", column.name), Arc::new(high));
        }
    }
    let names: BTreeSet<_> = fields.iter().map(|field| field.name()).collect();
    if names.len() < fields.len() {
        return Err(GateError::Failed(format!(
            "output `{}` has columns that clash; rename them",
            output.name
        )));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| GateError::failed("an output as a table", error))
}

fn valid<T: Clone>(column: &Column, values: &[T]) -> Vec<Option<T>> {
    let is_valid =
        |row: usize| column.valid.is_empty() || column.valid.get(row).copied().unwrap_or(false);
    values
        .iter()
        .enumerate()
        .map(|(row, value)| is_valid(row).then(|| value.clone()))
        .collect()
}

fn array(column: &Column) -> Result<ArrayRef, GateError> {
    Ok(match &column.values {
        Values::Bools(v) => Arc::new(BooleanArray::from(valid(column, v))),
        Values::Int64s(v) => Arc::new(Int64Array::from(valid(column, v))),
        Values::Float64s(v) => Arc::new(Float64Array::from(valid(column, v))),
        Values::Strings(v) => Arc::new(StringArray::from(valid(column, v))),
        Values::Dates(v) => Arc::new(Date32Array::from(valid(column, v))),
        Values::Timestamps(v) => Arc::new(TimestampMicrosecondArray::from(valid(column, v))),
        Values::Decimals { scale, units } => {
            let units: Decimal128Array = valid(column, units)
                .into_iter()
                .map(|unit| unit.map(i128::from))
                .collect();
            let scale = i8::try_from(*scale).unwrap_or(i8::MAX);
            let units = units
                .with_precision_and_scale(DECIMAL128_MAX_PRECISION, scale)
                .map_err(|error| GateError::failed(&format!("column `{}`", column.name), error))?;
            Arc::new(units)
        }
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an interval's ends are for reading; noise is far wider"
)]
fn interval(column: &Column) -> Option<(Float64Array, Float64Array)> {
    let widths = column.half_widths.as_ref()?;
    let values: Vec<f64> = match &column.values {
        Values::Int64s(values) => values.iter().map(|v| *v as f64).collect(),
        Values::Float64s(values) => values.clone(),
        Values::Decimals { scale, units } => {
            let step = 10_f64.powi(i32::from(*scale));
            units.iter().map(|units| *units as f64 / step).collect()
        }
        Values::Bools(_) | Values::Strings(_) | Values::Dates(_) | Values::Timestamps(_) => {
            return None;
        }
    };
    let end = |sign: f64| {
        let ends = valid(column, &values).into_iter().zip(widths);
        Float64Array::from(
            ends.map(|(value, width)| value.map(|v| v + sign * width))
                .collect::<Vec<_>>(),
        )
    };
    Some((end(-1.0), end(1.0)))
}

fn parquet(batch: &RecordBatch) -> Result<Vec<u8>, GateError> {
    let named = |error: parquet::errors::ParquetError| GateError::failed("writing Parquet", error);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).map_err(named)?;
    writer.write(batch).map_err(named)?;
    writer.close().map_err(named)?;
    Ok(bytes)
}

fn csv(batch: &RecordBatch) -> Result<Vec<u8>, GateError> {
    let mut bytes = Vec::new();
    let mut writer = arrow::csv::WriterBuilder::new()
        .with_header(true)
        .build(&mut bytes);
    writer
        .write(batch)
        .map_err(|error| GateError::failed("writing CSV", error))?;
    drop(writer);
    Ok(bytes)
}

/// The batch as a table for people.
///
/// # Errors
/// [`GateError::Failed`] if a column cannot be shown.
pub fn show(batch: &RecordBatch) -> Result<String, GateError> {
    let table = arrow::util::pretty::pretty_format_batches(std::slice::from_ref(batch));
    Ok(table
        .map_err(|error| GateError::failed("showing the table", error))?
        .to_string())
}

/// The batch as a JSON array of rows.
///
/// # Errors
/// [`GateError::Failed`] if it cannot be written.
pub fn rows_json(batch: &RecordBatch) -> Result<Vec<u8>, GateError> {
    let named = |error: arrow::error::ArrowError| GateError::failed("writing JSON", error);
    let mut bytes = Vec::new();
    let mut writer = arrow::json::writer::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow::json::writer::JsonArray>(&mut bytes);
    writer.write(batch).map_err(named)?;
    writer.finish().map_err(named)?;
    drop(writer);
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::Provenance;
    use irongate_sandbox::table::Table;

    #[test]
    fn every_format_holds_the_table_and_its_intervals() {
        let column = |name: &str, values, valid: &[bool], half_widths| Column {
            name: name.into(),
            values,
            valid: valid.to_vec(),
            half_widths,
        };
        let output = Vetted {
            name: "visits".into(),
            table: Table {
                columns: vec![
                    column("year", Values::Int64s(vec![1984, 1985]), &[], None),
                    column(
                        "mean",
                        Values::Float64s(vec![3.5, 0.0]),
                        &[true, false],
                        Some(vec![0.5, 0.5]),
                    ),
                    column(
                        "name",
                        Values::Strings(vec!["甲,\"".into(), "b".into()]),
                        &[],
                        None,
                    ),
                    column(
                        "sum",
                        Values::Decimals {
                            scale: 2,
                            units: vec![-125, 7],
                        },
                        &[],
                        Some(vec![0.25, 0.25]),
                    ),
                ],
            },
            provenance: vec![
                Provenance::Derived,
                Provenance::Released,
                Provenance::Derived,
                Provenance::Released,
            ],
        };
        let files = render(&output).unwrap();
        assert_eq!(
            files,
            render(&output).unwrap(),
            "the same output gives the same bytes"
        );
        let text = |index: usize| String::from_utf8(files[index].bytes.clone()).unwrap();
        assert_eq!(
            text(1),
            "year,mean,mean_low95,mean_high95,name,sum,sum_low95,sum_high95\n1984,3.5,3.0,4.0,\"甲,\"\"\",-1.25,-1.5,-1.0\n1985,,,,b,0.07,-0.18,0.32\n"
        );
        let rows: serde_json::Value = serde_json::from_str(&text(2)).unwrap();
        assert_eq!(rows[0]["mean_high95"], 4.0);
        assert!(rows[1]["mean"].is_null());
        assert!(files[0].bytes.starts_with(b"PAR1"));
    }
}
