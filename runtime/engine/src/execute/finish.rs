//! What stands above the releases, and what is said of each column.

use super::Run;
use super::draw::{Drawn, mechanism};
use super::tables::{Tables, collect, session};
use super::united::united;
use crate::check::CheckedQuery;
use crate::released::{ColumnInfo, ColumnStatus, ExecutionError};
use arrow::array::{Array, ArrayRef, RecordBatchOptions};
use arrow::compute::cast;
use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) async fn finish(
    run: &Run<'_>,
    drawn: &[Drawn],
) -> Result<(RecordBatch, Vec<ColumnInfo>), ExecutionError> {
    let Run { query, env, .. } = *run;
    let context = session(env)?;
    let released = &united(query, drawn)?;
    let batches: Vec<RecordBatch> = released.iter().map(|d| d.table.clone()).collect();
    let tables = Tables::public(run, &batches);
    let raw = collect(&context, tables.fill(&query.top)?, run.until).await?;
    let schema = Arc::clone(&query.output);
    let columns: Vec<ArrayRef> = raw
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(c, f)| cast(c, f.data_type()))
        .collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(raw.num_rows()));
    let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
    let mut infos = Vec::new();
    for (i, field) in batch.schema().fields().iter().enumerate() {
        let lineage = query.lineage.get(i).copied().flatten();
        infos.push(info(query, released, raw.column(i), field.name(), lineage)?);
    }
    Ok((batch, infos))
}

fn info(
    query: &CheckedQuery,
    released: &[Drawn],
    column: &ArrayRef,
    name: &str,
    lineage: Option<(usize, usize)>,
) -> Result<ColumnInfo, ExecutionError> {
    let derived = |status| ColumnInfo {
        name: name.to_owned(),
        bounds: None,
        mechanism: String::new(),
        status,
    };
    let Some((number, index)) = lineage else {
        return Ok(derived(ColumnStatus::Derived));
    };
    let (Some(table), Some(drawn)) = (query.tables.get(number), released.get(number)) else {
        return Ok(derived(ColumnStatus::Derived));
    };
    let Some(at) = index.checked_sub(table.keys) else {
        return Ok(derived(ColumnStatus::Key));
    };
    // The releases of all grouping sets have the same outputs, bounds and kind of noise.
    let first = table.parts.first().map_or(0, |part| part.release);
    let (Some(release), Some(noise), Some(widths)) = (
        query.releases.get(first),
        query.mechanisms.get(first),
        drawn.half_widths.get(at),
    ) else {
        return Ok(derived(ColumnStatus::Derived));
    };
    let Some(output) = release.outputs.get(at).map(|released| released.output) else {
        return Ok(derived(ColumnStatus::Derived));
    };
    // An unchanged value is found again by itself; equal values take the widest of their intervals.
    let mut by_value: HashMap<ScalarValue, f64> = HashMap::new();
    let original = drawn.table.column(index);
    for (row, width) in widths.iter().enumerate() {
        if let Some(width) = width {
            let slot = by_value
                .entry(ScalarValue::try_from_array(original, row)?)
                .or_insert(*width);
            *slot = slot.max(*width);
        }
    }
    let half_widths = (0..column.len())
        .map(|row| {
            Ok(by_value
                .get(&ScalarValue::try_from_array(column, row)?)
                .copied())
        })
        .collect::<Result<_, ExecutionError>>()?;
    let bounds = output.bounds(release).map(|(lo, hi, scale)| {
        let shown = |x| {
            irongate_policy::Decimal::new(x, scale)
                .map_or_else(|_| x.to_string(), |d| d.to_string())
        };
        (shown(lo), shown(hi))
    });
    let measure = output.measures().first().copied().unwrap_or(0);
    let kind = mechanism(noise, measure)?.kind.name();
    Ok(ColumnInfo {
        name: name.to_owned(),
        bounds,
        mechanism: match output.instead() {
            Some(instead) => format!("{kind}; {instead}"),
            None => kind.to_owned(),
        },
        status: ColumnStatus::Value { half_widths },
    })
}
