//! The tables that SQL above the releases sees: a release, or the union of those of its grouping sets.

use super::draw::Drawn;
use crate::check::CheckedQuery;
use crate::release::{Part, ReleasedTable};
use crate::released::ExecutionError;
use arrow::array::{ArrayRef, RecordBatchOptions, new_null_array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// The tables whose releases are all drawn: the first so many, as they were planned in order.
pub(super) fn united(query: &CheckedQuery, drawn: &[Drawn]) -> Result<Vec<Drawn>, ExecutionError> {
    let is_drawn = |t: &&ReleasedTable| t.parts.iter().all(|part| part.release < drawn.len());
    query
        .tables
        .iter()
        .take_while(is_drawn)
        .map(|t| table(query, t, drawn))
        .collect()
}

fn missing() -> ExecutionError {
    ExecutionError::Layout("a release of the plan is missing")
}

fn table(
    query: &CheckedQuery,
    table: &ReleasedTable,
    drawn: &[Drawn],
) -> Result<Drawn, ExecutionError> {
    let kinds = key_kinds(query, table)?;
    let mut batches = Vec::new();
    let mut half_widths: Vec<Vec<Option<f64>>> = Vec::new();
    for part in &table.parts {
        let of = drawn.get(part.release).ok_or_else(missing)?;
        batches.push(aligned(part, &kinds, of)?);
        half_widths.resize_with(of.half_widths.len(), Vec::new);
        for (all, these) in half_widths.iter_mut().zip(&of.half_widths) {
            all.extend_from_slice(these);
        }
    }
    let schema = batches.first().ok_or_else(missing)?.schema();
    Ok(Drawn {
        table: concat_batches(&schema, &batches)?,
        half_widths,
    })
}

/// The type of each key, from a release that has it.
fn key_kinds(query: &CheckedQuery, table: &ReleasedTable) -> Result<Vec<DataType>, ExecutionError> {
    let width = table.parts.first().map_or(0, |part| part.keys.len());
    (0..width)
        .map(|column| {
            table
                .parts
                .iter()
                .find_map(|part| {
                    let key = part.keys.get(column).copied().flatten()?;
                    Some(
                        query
                            .releases
                            .get(part.release)?
                            .keys
                            .get(key)?
                            .kind
                            .clone(),
                    )
                })
                .ok_or_else(missing)
        })
        .collect()
}

/// One release under the table's columns: keys its set leaves out are null.
fn aligned(part: &Part, kinds: &[DataType], of: &Drawn) -> Result<RecordBatch, ExecutionError> {
    let rows = of.table.num_rows();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (key, kind) in part.keys.iter().zip(kinds) {
        columns.push(match key {
            Some(key) => Arc::clone(of.table.columns().get(*key).ok_or_else(missing)?),
            None => new_null_array(kind, rows),
        });
    }
    if let Some(id) = &part.id {
        columns.push(id.to_array_of_size(rows)?);
    }
    let own = part.keys.iter().flatten().count();
    columns.extend(of.table.columns().iter().skip(own).cloned());
    let named = |(i, column): (usize, &ArrayRef)| {
        Field::new(format!("c{i}"), column.data_type().clone(), true)
    };
    let fields: Vec<Field> = columns.iter().enumerate().map(named).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::new(Schema::new(fields)),
        columns,
        &options,
    )?)
}
