//! Plans made before anything is reserved, to see that they can be: a few statements that are checked and
//! bounded have no physical plan. Nothing protected is opened, so whether there is a plan is public.

use super::Run;
use super::bounding::plan_on_trial;
use super::prepared::Prepared;
use super::tables::{Tables, session};
use crate::released::ExecutionError;
use datafusion::logical_expr::LogicalPlan;

/// Plans every part of a query: public inputs that stand on releases, private parts, and what is above them.
///
/// # Errors
/// [`ExecutionError::Unplanned`] if one cannot be planned; any other is of data access.
pub(super) async fn plans(run: &Run<'_>, prepared: &Prepared) -> Result<(), ExecutionError> {
    let unread = run.query.publics.iter().filter(|input| input.after > 0);
    for plan in unread.map(|input| &input.plan).chain([&run.query.top]) {
        public(run, plan).await.map_err(unplanned)?;
    }
    for (number, release) in run.query.releases.iter().enumerate() {
        plan_on_trial(run, release, prepared.at(number))
            .await
            .map_err(unplanned)?;
    }
    Ok(())
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
