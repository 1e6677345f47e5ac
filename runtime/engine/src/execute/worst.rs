//! The public worst case of a query, held against its time and memory before anything private is read.
//!
//! Declared caps say how many rows units may have; joins with public tables multiply them by at most as
//! many public rows as agree in the joined columns. Whether a query is refused here is public.

use crate::check::CheckedQuery;
use crate::release::Release;
use crate::released::{ExecutionEnv, ExecutionError};
use crate::source::{self, Source};
use crate::zone::PublicInput;
use arrow::array::RecordBatch;
use arrow::row::{RowConverter, SortField};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use std::collections::HashMap;

/// Private rows that a second is planned for. Machines that run slower fail by their time limit, which
/// counts as a residual failure: the agency then gives longer deadlines.
const ROWS_PER_SECOND: u64 = 2_000_000;
/// What the rows of one unit may take while they are bounded, bytes.
const MAX_UNIT_MEMORY: u64 = 256 << 20;
/// What one row takes there: its vector and slot, and an optional 128-bit integer a value.
const ROW_BYTES: u64 = 64;
const VALUE_BYTES: u64 = 32;

pub(super) fn fits(
    query: &CheckedQuery,
    publics: &[RecordBatch],
    env: &ExecutionEnv,
) -> Result<(), ExecutionError> {
    for release in &query.releases {
        let fan_out = fan_out(&release.private, &query.publics, publics)?;
        release_fits(release, fan_out, env)?;
    }
    Ok(())
}

fn release_fits(release: &Release, fan_out: u64, env: &ExecutionEnv) -> Result<(), ExecutionError> {
    let rows = release.rows_at_most.saturating_mul(fan_out);
    let planned = env.timeout.as_secs().max(1).saturating_mul(ROWS_PER_SECOND);
    if rows > planned {
        return Err(ExecutionError::TooLarge(format!(
            "up to {rows} rows by declared caps and public joins, and the deadline allows for {planned}; \
             join fewer public rows, or set a longer deadline"
        )));
    }
    let row = VALUE_BYTES.saturating_mul(release.values.len() as u64) + ROW_BYTES;
    let unit = release
        .rows_per_unit
        .saturating_mul(fan_out)
        .saturating_mul(row);
    if unit > MAX_UNIT_MEMORY {
        return Err(ExecutionError::TooLarge(format!(
            "one unit's rows may take {unit} bytes, over {MAX_UNIT_MEMORY}; join fewer public rows"
        )));
    }
    Ok(())
}

/// By how much joins with public tables may multiply the rows of a private plan.
fn fan_out(
    plan: &LogicalPlan,
    inputs: &[PublicInput],
    publics: &[RecordBatch],
) -> Result<u64, ExecutionError> {
    let mut used = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Some(Source::Public(number)) = source::placeholder(scan).map(|p| p.source)
        {
            used.push(number);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut product = 1_u64;
    for number in used {
        let (Some(input), Some(batch)) = (inputs.get(number), publics.get(number)) else {
            return Err(ExecutionError::Layout("a table of the plan is missing"));
        };
        product = product.saturating_mul(most_alike(batch, &input.keys)?);
    }
    Ok(product)
}

/// The most rows that agree in all of these columns; at least one, because a left join keeps its row.
fn most_alike(batch: &RecordBatch, keys: &[usize]) -> Result<u64, ExecutionError> {
    if keys.is_empty() {
        return Ok(batch.num_rows().max(1) as u64);
    }
    let columns = batch.project(keys)?;
    let fields = columns.schema();
    let fields = fields.fields().iter();
    let converter = RowConverter::new(
        fields
            .map(|field| SortField::new(field.data_type().clone()))
            .collect(),
    )?;
    let rows = converter.convert_columns(columns.columns())?;
    let mut counts: HashMap<&[u8], u64> = HashMap::new();
    for row in 0..rows.num_rows() {
        *counts.entry(rows.row(row).data()).or_default() += 1;
    }
    Ok(counts.into_values().max().unwrap_or(1))
}
