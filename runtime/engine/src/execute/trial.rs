//! Plans made before anything is reserved, to see that they can be: a few statements that are checked and
//! bounded have no physical plan. Nothing protected is opened, so whether there is a plan is public.

use super::Run;
use super::bounding::plan_on_trial;
use super::inputs::Publics;
use super::prepared::Prepared;
use super::tables::{Tables, one_row, session, some};
use crate::released::ExecutionError;
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::LogicalPlan;
use std::sync::Arc;

/// Plans every part of a query: public inputs that stand on releases, private parts, and what is above them.
///
/// # Errors
/// [`ExecutionError::Unplanned`] if one cannot be planned; any other is of data access.
pub(super) async fn plans(run: &Run<'_>, prepared: &Prepared) -> Result<(), ExecutionError> {
    let unread = run.query.publics.iter().filter(|input| input.after > 0);
    for plan in unread.map(|input| &input.plan).chain([&run.query.top]) {
        public(run, plan).await.map_err(unplanned)?;
    }
    for publics in read_later(run, prepared)? {
        let prepared = prepared.with(publics);
        for (number, release) in run.query.releases.iter().enumerate() {
            plan_on_trial(run, release, prepared.at(number))
                .await
                .map_err(unplanned)?;
        }
    }
    Ok(())
}

/// The public inputs with such as are not there yet: how `NOT IN` is planned follows from whether its table has rows,
/// and nulls among them.
fn read_later(run: &Run<'_>, prepared: &Prepared) -> Result<Vec<Publics>, ExecutionError> {
    let unread: Vec<(usize, Arc<Schema>)> = run
        .query
        .publics
        .iter()
        .enumerate()
        .filter(|(number, _)| !prepared.publics.contains_key(number))
        .map(|(number, input)| (number, Arc::clone(input.plan.schema().inner())))
        .collect();
    if unread.is_empty() {
        return Ok(vec![prepared.publics.clone()]);
    }
    let with = |rows: &dyn Fn(&Arc<Schema>) -> Result<RecordBatch, ExecutionError>| {
        let mut publics = prepared.publics.clone();
        for (number, schema) in &unread {
            publics.insert(*number, rows(schema)?);
        }
        Ok::<_, ExecutionError>(publics)
    };
    Ok(vec![
        with(&|schema| one_row(schema, some))?,
        with(&|schema| one_row(schema, null))?,
        with(&|schema| Ok(RecordBatch::new_empty(Arc::clone(schema))))?,
    ])
}

/// No value, in a column that may have none.
fn null(field: &Field) -> Result<ScalarValue, DataFusionError> {
    match field.is_nullable() {
        true => ScalarValue::try_new_null(field.data_type()),
        false => some(field),
    }
}

async fn public(run: &Run<'_>, plan: &LogicalPlan) -> Result<(), ExecutionError> {
    let tables = Tables {
        is_trial: true,
        ..Tables::public(run, &[])
    };
    let context = session(run.env)?;
    let frame = context.execute_logical_plan(tables.fill(plan)?).await?;
    frame.create_physical_plan().await?;
    Ok(())
}

/// Only what the engine says of a plan; files that cannot be read are another matter.
fn unplanned(error: ExecutionError) -> ExecutionError {
    match error {
        ExecutionError::Engine(_) | ExecutionError::Arrow(_) => ExecutionError::Unplanned,
        other => other,
    }
}
