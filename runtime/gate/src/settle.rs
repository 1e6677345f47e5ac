//! Jobs that a crash left running: nobody runs them any more, and each ends as a failure.
//!
//! What their queries had reserved stays spent. What had been released stays stored: asked again, by
//! a new submission, it is handed out for nothing; a query that was in flight is charged anew. A
//! reservation without its release is a failure after data was touched, and counts as one.

use crate::error::GateError;
use crate::gate::Gate;
use irongate_policy::event::JobOrder;
use irongate_policy::state::{Job, JobStatus};
use irongate_policy::{GateAction, JobId, State};
use tracing::warn;

/// The jobs that nobody runs: to be called before this process starts one.
pub(crate) fn left_running(state: &State) -> Vec<JobId> {
    let jobs = state.jobs.iter();
    jobs.filter(|(_, job)| job.status == JobStatus::Running)
        .map(|(id, _)| id.clone())
        .collect()
}

/// Whether operators may see its end: at its deadline, as if it had run until then. The moment of a crash
/// could depend on data.
fn is_due(job: &Job, now_ms: i64) -> bool {
    let deadline = match &job.order {
        JobOrder::Query(order) => order.deadline,
        JobOrder::Package(order) => order.manifest.job.deadline,
    };
    let started = job.started.map_or(0, |at| at.0);
    started.saturating_add(i64::from(deadline.0).saturating_mul(1000)) <= now_ms
}

impl Gate {
    /// Ends the jobs that an earlier process left running and whose deadline has passed. Opening a
    /// home does this; who keeps a home open calls it again as later deadlines pass.
    ///
    /// # Errors
    /// [`GateError::Failed`] if the log cannot be written.
    pub async fn settle(&self) -> Result<(), GateError> {
        let now = self.around().clock.now_ms();
        for id in self.left_running() {
            let due = self
                .with_state(|state| {
                    let job = state.jobs.get(id)?;
                    let is_over = job.status == JobStatus::Running && is_due(job, now);
                    is_over.then(|| job.queries.iter().any(|query| query.release.is_none()))
                })
                .await;
            let Some(residual) = due else { continue };
            warn!(job = %id, residual, "the job was running when the gate stopped; it failed");
            let action = GateAction::FailJob {
                job: id.clone(),
                residual,
            };
            match self.step(action, Vec::new()).await {
                Ok(_) => {}
                // A clock that went back denies every step; the home is still there to be read.
                Err(GateError::Denied(denial)) => warn!(job = %id, "it stays running: {denial}"),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
