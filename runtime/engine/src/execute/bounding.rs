//! Private rows to exact bounded sums, batch by batch.

use super::tables::{Tables, collect, session};
use super::{BoundedRelease, worst};
use crate::bound::{Sums, UNIT_BYTES, UnitBound};
use crate::check::CheckedQuery;
use crate::release::{Measure, Release};
use crate::released::{DataAccess, ExecutionEnv, ExecutionError};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Int32Type, Int64Type, Schema};
use arrow::record_batch::RecordBatch;
use arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::ScalarValue;
use futures::TryStreamExt;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The public inputs of private joins, read before anything private is.
pub(super) async fn materialise(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Vec<RecordBatch>, ExecutionError> {
    let mut publics = Vec::new();
    for public in &query.publics {
        let context = session(env)?;
        let tables = Tables {
            query,
            data,
            private: false,
            publics: &[],
            released: &[],
        };
        publics.push(collect(&context, tables.fill(&public.plan)?).await?);
    }
    Ok(publics)
}

pub(super) async fn bound_all(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Vec<BoundedRelease>, ExecutionError> {
    let publics = materialise(query, data, env).await?;
    worst::fits(query, &publics, env)?;
    let mut out = Vec::new();
    for release in &query.releases {
        out.push(bound_one(query, release, data, env, &publics).await?);
    }
    Ok(out)
}

pub(super) fn converter(release: &Release) -> Result<RowConverter, ExecutionError> {
    Ok(RowConverter::new(
        release
            .keys
            .iter()
            .map(|k| SortField::new(k.kind.clone()))
            .collect(),
    )?)
}

async fn bound_one(
    query: &CheckedQuery,
    release: &Release,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
    publics: &[RecordBatch],
) -> Result<BoundedRelease, ExecutionError> {
    #[cfg(feature = "fault-injection")]
    let clamped = env.fault != Some(crate::released::Fault::ClampRemoved);
    #[cfg(not(feature = "fault-injection"))]
    let clamped = true;
    let key = data
        .key(&release.namespace)
        .map_err(ExecutionError::Access)?;
    let context = session(env)?;
    let tables = Tables {
        query,
        data,
        private: true,
        publics,
        released: &[],
    };
    let plan = tables.fill(&release.private)?;
    let mut stream = context
        .execute_logical_plan(plan)
        .await?
        .execute_stream()
        .await?;
    let converter = converter(release)?;
    let domain = dense(release, &converter)?;
    let mut bound = UnitBound::new(release.caps(), &key, clamped);
    while let Some(batch) = stream.try_next().await? {
        feed(&batch, release, &converter, domain.as_ref(), &mut bound)?;
        // Lets the time limit and a cancelled caller in between batches.
        tokio::task::yield_now().await;
    }
    let mut totals: BTreeMap<Vec<u8>, Sums> = bound.finish().into_iter().collect();
    if let Some(domain) = domain {
        for group in domain.into_keys() {
            totals.entry(group).or_insert_with(|| Sums {
                values: vec![(0, 0); release.values.len()],
                ..Sums::default()
            });
        }
    }
    gather(release, &converter, &totals)
}

fn owned(row: OwnedRow) -> Vec<u8> {
    row.row().as_ref().to_vec()
}

/// The declared groups, canonically encoded; `None` where keys are thresholded.
fn dense(
    release: &Release,
    converter: &RowConverter,
) -> Result<Option<HashMap<Vec<u8>, ()>>, ExecutionError> {
    let Some(size) = release.dense else {
        return Ok(None);
    };
    let size = usize::try_from(size).map_err(|_| ExecutionError::Layout("too many groups"))?;
    if release.keys.is_empty() {
        return Ok(Some(HashMap::from([(Vec::new(), ())])));
    }
    let mut columns: Vec<ArrayRef> = Vec::new();
    let mut each = size;
    for key in &release.keys {
        let values = key.domain.as_deref().unwrap_or_default();
        each /= values.len().max(1);
        // The product, last key fastest.
        let column =
            (0..size).filter_map(|i| values.get(i.checked_div(each)? % values.len()).cloned());
        columns.push(if size == 0 {
            arrow::array::new_empty_array(&key.kind)
        } else {
            ScalarValue::iter_to_array(column)?
        });
    }
    let rows = converter.convert_columns(&columns)?;
    Ok(Some(rows.iter().map(|r| (owned(r.owned()), ())).collect()))
}

/// Widens a value column to `i128` at its own scale.
fn integers(array: &ArrayRef) -> Result<Vec<Option<i128>>, ExecutionError> {
    Ok(match array.data_type() {
        DataType::Int64 => array
            .as_primitive::<Int64Type>()
            .iter()
            .map(|v| v.map(i128::from))
            .collect(),
        DataType::Int32 => array
            .as_primitive::<Int32Type>()
            .iter()
            .map(|v| v.map(i128::from))
            .collect(),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().iter().collect(),
        _ => cast(array, &DataType::Int64)?
            .as_primitive::<Int64Type>()
            .iter()
            .map(|v| v.map(i128::from))
            .collect(),
    })
}

fn feed(
    batch: &RecordBatch,
    release: &Release,
    converter: &RowConverter,
    domain: Option<&HashMap<Vec<u8>, ()>>,
    bound: &mut UnitBound,
) -> Result<(), ExecutionError> {
    let layout = || ExecutionError::Layout("the unit is not a pseudonym of 16 bytes");
    let (unit, rest) = batch.columns().split_first().ok_or_else(layout)?;
    let units = unit.as_fixed_size_binary_opt().ok_or_else(layout)?;
    let (keys, values) = rest
        .split_at_checked(release.keys.len())
        .ok_or(ExecutionError::Layout("columns are missing"))?;
    let keys: Vec<ArrayRef> = keys
        .iter()
        .zip(&release.keys)
        .map(|(a, k)| cast(a, &k.kind))
        .collect::<Result<_, _>>()?;
    let rows = if keys.is_empty() {
        None
    } else {
        Some(converter.convert_columns(&keys)?)
    };
    let mut values = values
        .iter()
        .map(|v| integers(v).map(Vec::into_iter))
        .collect::<Result<Vec<_>, _>>()?;
    for i in 0..batch.num_rows() {
        let row: Vec<Option<i128>> = values.iter_mut().map(|v| v.next().flatten()).collect();
        if units.is_null(i) {
            return Err(layout());
        }
        let unit: [u8; UNIT_BYTES] = units.value(i).try_into().map_err(|_| layout())?;
        let key = rows.as_ref().map(|r| r.row(i));
        let group: &[u8] = key.as_ref().map_or(&[], |k| k.as_ref());
        // Undeclared values are dropped before groups are counted against C.
        if domain.is_some_and(|d| !d.contains_key(group)) {
            continue;
        }
        bound
            .push(unit, group, row)
            .map_err(|_| ExecutionError::Layout("rows are not in unit order"))?;
    }
    Ok(())
}

/// Saturating at the ends of `i64` moves no two sums apart: sensitivities hold.
fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

fn gather(
    release: &Release,
    converter: &RowConverter,
    totals: &BTreeMap<Vec<u8>, Sums>,
) -> Result<BoundedRelease, ExecutionError> {
    let count = totals.len();
    let columns = if release.keys.is_empty() {
        Vec::new()
    } else {
        let parser = converter.parser();
        converter.convert_rows(totals.keys().map(|k| parser.parse(k)))?
    };
    let fields: Vec<Field> = release
        .keys
        .iter()
        .enumerate()
        .map(|(i, k)| Field::new(format!("c{i}"), k.kind.clone(), true))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    let keys = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
    let measures = release
        .measures
        .iter()
        .map(|m| {
            totals
                .values()
                .map(|s| {
                    narrow(match m {
                        Measure::Rows => s.rows,
                        Measure::Units => s.units,
                        Measure::Sum(i) => s.values.get(*i).map_or(0, |v| v.0),
                        Measure::NonNull(i) => s.values.get(*i).map_or(0, |v| v.1),
                    })
                })
                .collect()
        })
        .collect();
    Ok(BoundedRelease {
        keys,
        measures,
        units: totals.values().map(|s| narrow(s.units)).collect(),
    })
}
