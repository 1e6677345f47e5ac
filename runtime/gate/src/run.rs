//! Jobs: submitted, checked, run, and their outputs vetted and released at the deadline.

use crate::ask::{AskError, Asking};
use crate::certificate::{ColumnRef, DatasetRef, FileRef, OutputRef, QueryRef, ReleaseStatement};
use crate::deadline::Deadline;
use crate::error::GateError;
use crate::failpoint::Failpoint;
use crate::files::{ReleaseFile, render};
use crate::gate::Gate;
use crate::mappers::Mappers;
use crate::outputs::{ReleasedValues, Vetted, vet};
use crate::package::Package;
use crate::sandbox::Sandbox;
use irongate_policy::event::JobOrder;
use irongate_policy::manifest::JobManifest;
use irongate_policy::request::RunJob;
use irongate_policy::state::JobStatus;
use irongate_policy::{Action, Digest, GateAction, JobId, ReleaseId, Signed, SigningKey};
use irongate_sandbox::table::Table;
use irongate_sandbox::{GuestError, Host, Level, QueryOptions};
use irongate_store::DocumentChange;
use irongate_store::failpoint::hit;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{Instrument, info, info_span, warn};

/// Kinds of documents.
pub(crate) const PACKAGE: &str = "package";
pub(crate) const STATEMENT: &str = "statement";
pub(crate) const FILE: &str = "file";

/// What a job did, gathered by its host.
#[derive(Default)]
struct Gathered {
    released: ReleasedValues,
    outputs: Vec<Vetted>,
    /// A failure after data was touched.
    residual: bool,
}

/// The host side of one running job.
struct JobHost {
    gate: Arc<Gate>,
    job: JobId,
    manifest: JobManifest,
    mappers: Mappers,
    runtime: tokio::runtime::Handle,
    deadline: Arc<Deadline>,
    gathered: Arc<Mutex<Gathered>>,
}

impl Host for JobHost {
    fn query(&mut self, sql: &str, options: &QueryOptions) -> Result<Table, GuestError> {
        // After such a failure the job has failed: what it spent from here on could tell what failed.
        if self
            .gathered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .residual
        {
            return Err(GuestError::Failed);
        }
        let asking = Asking {
            job: &self.job,
            mappers: &self.mappers,
            deadline: &self.deadline,
        };
        let answer = self
            .runtime
            .block_on(self.gate.ask(&asking, sql, options, None));
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(table) => {
                gathered.released.note(&table);
                Ok(table)
            }
            Err(error) => {
                match &error {
                    AskError::AfterReserve(text) => {
                        gathered.residual = true;
                        warn!(job = %self.job, "a query failed after its reservation: {text}");
                    }
                    AskError::Failed(text) => warn!(job = %self.job, "a query failed: {text}"),
                    AskError::Denied(denial) => {
                        info!(job = %self.job, "a query was denied: {denial}")
                    }
                    AskError::Rejected(text) => {
                        info!(job = %self.job, "a query was rejected: {text}")
                    }
                }
                Err(error.for_guest())
            }
        }
    }

    fn output(&mut self, name: &str, table: Table) -> Result<(), GuestError> {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(declared) = self
            .manifest
            .outputs
            .iter()
            .find(|output| output.name == name)
        else {
            return Err(GuestError::Rejected(
                "no output of this name is declared".into(),
            ));
        };
        if gathered.outputs.iter().any(|output| output.name == name) {
            return Err(GuestError::Rejected(format!(
                "output `{name}` was handed over already"
            )));
        }
        let vetted = vet(declared, table, &gathered.released)
            .map_err(|p| GuestError::Rejected(p.join("; ")))?;
        gathered.outputs.push(vetted);
        Ok(())
    }

    fn log(&mut self, level: Level, text: &str) {
        info!(job = %self.job, ?level, "job log: {text}");
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
#[expect(missing_docs, reason = "the names say it")]
pub enum RunOutcome {
    Released { release: ReleaseId },
    Held { release: ReleaseId },
    Failed,
}

/// What is logged at the deadline, with what is stored, and what is told.
type End = (GateAction, Vec<DocumentChange>, RunOutcome);

fn failed(job: &JobId, residual: bool) -> End {
    let action = GateAction::FailJob {
        job: job.clone(),
        residual,
    };
    (action, Vec::new(), RunOutcome::Failed)
}

impl Gate {
    /// Takes in a signed package: policy decides, then the component is admitted or not.
    ///
    /// # Errors
    /// [`GateError::Denied`] or [`GateError::Rejected`] with every reason.
    pub async fn submit_package(
        &self,
        bytes: Vec<u8>,
        sandbox: &Sandbox,
    ) -> Result<(JobId, Vec<u64>), GateError> {
        let package = Package::read(&bytes)?;
        let submitter = package.request.statement.signer.clone();
        let irongate_policy::Request::SubmitJob(asked) = package.request.statement.request.clone()
        else {
            return Err(GateError::rejected("the package's request submits no job"));
        };
        let id = irongate_policy::job_id(&package.request.statement)?;
        let (job, mut events) = if self.has_package(&id, &package.request).await? {
            (id, Vec::new())
        } else {
            // One commit: a submission without its package could never be checked or run.
            let document = DocumentChange::Put {
                kind: PACKAGE.into(),
                id: id.to_string(),
                bytes,
            };
            let signed = Action::Party(Box::new(package.request.clone()));
            let events = self.act(signed, vec![document]).await?;
            hit(Failpoint::Submitted);
            let job = self
                .with_state(|state| state.find_live_job(&submitter, &asked).cloned())
                .await
                .ok_or_else(|| GateError::Failed("the submitted job is not in the log".into()))?;
            (job, events)
        };
        if self.status(&job).await != Some(JobStatus::Submitted) {
            return Ok((job, events));
        }
        match self.fits(&package, sandbox).await {
            Ok(()) => {
                let action = GateAction::MarkChecked { job: job.clone() };
                events.extend(self.step(action, Vec::new()).await?);
            }
            Err(GateError::Rejected(lines)) => {
                let action = GateAction::MarkRejected { job: job.clone() };
                self.step(action, Vec::new()).await?;
                return Err(GateError::Rejected(lines));
            }
            // Not the job's fault: it stays submitted, and may be submitted again.
            Err(error) => return Err(error),
        }
        Ok((job, events))
    }

    /// Whether a package's components may become a job, and its mappers read what their inputs give.
    async fn fits(&self, package: &Package, sandbox: &Sandbox) -> Result<(), GateError> {
        let mappers = sandbox.admit(package)?;
        let scenario = &package.manifest.job.scenario;
        let mut catalog = self.scenario_catalog(scenario).await.unwrap_or_default();
        catalog.mappers = mappers.tables().clone();
        mappers.fit(&catalog)
    }

    /// Whether this very submission is in the log already: handing the same package in again is a no-op.
    async fn has_package(&self, job: &JobId, request: &Signed) -> Result<bool, GateError> {
        if self.with_state(|state| !state.jobs.contains_key(job)).await {
            return Ok(false);
        }
        let stored = self.required_document(PACKAGE, job.as_str()).await?;
        Ok(Package::read(&stored)?.request == *request)
    }

    /// Runs an approved job to its deadline, whatever happens before it. A job that has run is not run
    /// again: what came of it is told.
    ///
    /// # Errors
    /// [`GateError::Denied`] if policy does not let it start.
    pub async fn run_job(
        self: &Arc<Self>,
        job: &JobId,
        key: &SigningKey,
        sandbox: &Sandbox,
    ) -> Result<RunOutcome, GateError> {
        let package = self.package(job).await?;
        let request = self.sign_with(key, RunJob { job: job.clone() }).await?;
        self.submit(request).await?;
        if let Some(outcome) = self.outcome(job).await {
            return Ok(outcome);
        }
        hit(Failpoint::Started);
        let clock = self.around().clock.as_ref();
        let deadline = Arc::new(Deadline::start(clock, package.manifest.job.deadline));
        let gathered = self
            .run_component(job, &package, sandbox, &deadline)
            .instrument(info_span!("run", job = %job))
            .await;
        hit(Failpoint::Ended);
        let mut end = match self.conclude(job, &package, gathered).await {
            Ok(end) => end,
            // Why is not known, so it counts; and operators see it at the deadline, as any failure.
            Err(error) => {
                warn!(job = %job, "the job's outputs could not be concluded: {error}");
                failed(job, true)
            }
        };
        // Operators see the job as running until its deadline, whenever it ended.
        if !deadline.wait(clock).await {
            end = failed(job, true);
        }
        let (action, documents, outcome) = end;
        self.step(action, documents).await?;
        hit(Failpoint::Finished);
        Ok(self.outcome(job).await.unwrap_or(outcome))
    }

    /// What came of a job that has outputs.
    async fn outcome(&self, job: &JobId) -> Option<RunOutcome> {
        self.with_state(|state| {
            let job = state.jobs.get(job)?;
            let (release, _) = job.outputs.clone()?;
            match job.status {
                JobStatus::Released => Some(RunOutcome::Released { release }),
                JobStatus::Held => Some(RunOutcome::Held { release }),
                _ => None,
            }
        })
        .await
    }

    /// The package of a job, as it was submitted: for reviewers.
    ///
    /// # Errors
    /// [`GateError`] if there is no such job, or its stored package is not the one the log names.
    pub async fn package(&self, job: &JobId) -> Result<Package, GateError> {
        if self.with_state(|state| !state.jobs.contains_key(job)).await {
            return Err(GateError::rejected(format!("job `{job}`: no such job")));
        }
        let package = Package::read(&self.required_document(PACKAGE, job.as_str()).await?)?;
        // What was approved is what runs.
        let is_ordered = self
            .with_state(|state| match state.jobs.get(job).map(|job| &job.order) {
                Some(JobOrder::Package(order)) => package
                    .contents
                    .digest()
                    .is_ok_and(|digest| digest == order.package),
                Some(JobOrder::Query(_)) | None => false,
            })
            .await;
        if is_ordered {
            Ok(package)
        } else {
            Err(GateError::Failed(
                "the stored package is not the approved one".into(),
            ))
        }
    }

    async fn run_component(
        self: &Arc<Self>,
        job: &JobId,
        package: &Package,
        sandbox: &Sandbox,
        deadline: &Arc<Deadline>,
    ) -> Result<Gathered, bool> {
        let gathered = Arc::new(Mutex::new(Gathered::default()));
        let mappers = sandbox
            .mappers(&package.contents.mappers, &package.manifest)
            .map_err(|error| {
                warn!(job = %job, "the job's mappers cannot run: {error}");
                false
            })?;
        let host = JobHost {
            gate: Arc::clone(self),
            job: job.clone(),
            manifest: package.manifest.clone(),
            mappers,
            runtime: tokio::runtime::Handle::current(),
            deadline: Arc::clone(deadline),
            gathered: Arc::clone(&gathered),
        };
        let sandbox = sandbox.clone();
        let component = package.contents.component.clone();
        let manifest = package.manifest.clone();
        let run = move || sandbox.run(&component, &manifest, Box::new(host));
        // At the deadline the job has failed, and what its thread still does can change nothing: the
        // guest is stopped, and policy answers no query of a job that is not running.
        let ended = tokio::time::timeout(deadline.left(), tokio::task::spawn_blocking(run)).await;
        let gathered =
            std::mem::take(&mut *gathered.lock().unwrap_or_else(PoisonError::into_inner));
        match ended {
            Ok(Ok(Ok(()))) if !gathered.residual => Ok(gathered),
            Ok(Ok(Ok(()))) => Err(true),
            Ok(Ok(Err(failure))) => {
                warn!(job = %job, "the job failed: {failure}");
                Err(gathered.residual || failure.is_residual)
            }
            Err(_) => {
                warn!(job = %job, "the job did not end by its deadline");
                Err(true)
            }
            Ok(Err(error)) => {
                warn!(job = %job, "the job's thread failed: {error}");
                Err(true)
            }
        }
    }

    /// What is logged at the deadline.
    async fn conclude(
        &self,
        job: &JobId,
        package: &Package,
        gathered: Result<Gathered, bool>,
    ) -> Result<End, GateError> {
        let gathered = match gathered {
            Ok(gathered) => gathered,
            Err(residual) => return Ok(failed(job, residual)),
        };
        let is_missing = |name: &str| gathered.outputs.iter().all(|output| output.name != name);
        if package
            .manifest
            .outputs
            .iter()
            .any(|output| output.required && is_missing(&output.name))
        {
            warn!(job = %job, "a required output is missing");
            return Ok(failed(job, false));
        }
        let release = ReleaseId::new(crate::random_id("out", self.around().entropy.as_ref())?)
            .map_err(|error| GateError::failed("naming the release", error))?;
        let mut outputs = Vec::new();
        let mut documents = Vec::new();
        for output in &gathered.outputs {
            let files = render(output)?;
            outputs.push(output_ref(output, &files));
            documents.extend(files.into_iter().map(|file| DocumentChange::Put {
                kind: FILE.into(),
                id: format!("{release}/{}", file.name),
                bytes: file.bytes,
            }));
        }
        let statement = self.statement(job, &release, outputs).await?;
        documents.push(DocumentChange::Put {
            kind: STATEMENT.into(),
            id: release.to_string(),
            bytes: irongate_policy::canonical_json(&statement)?,
        });
        let outputs = Digest::of_json(&statement)?;
        let action = GateAction::FinishJob {
            job: job.clone(),
            release: release.clone(),
            outputs,
        };
        Ok((action, documents, RunOutcome::Released { release }))
    }

    async fn statement(
        &self,
        job: &JobId,
        release: &ReleaseId,
        outputs: Vec<OutputRef>,
    ) -> Result<ReleaseStatement, GateError> {
        let origin = self.origin().to_owned();
        self.with_state(|state| {
            let info = state.log.as_ref()?;
            let record = state.jobs.get(job)?;
            let JobOrder::Package(order) = &record.order else {
                return None;
            };
            let dataset =
                |(dataset, version): (&irongate_policy::DatasetId, &irongate_policy::VersionId)| {
                    let commitment = state.version(dataset, version)?.draft.commitment;
                    Some(DatasetRef {
                        dataset: dataset.clone(),
                        version: version.clone(),
                        commitment,
                    })
                };
            let query = |query: &irongate_policy::state::QueryState| {
                let charges = if query.reused {
                    irongate_policy::command::Charges::new()
                } else {
                    query.charges.clone()
                };
                Some(QueryRef {
                    release: query.release.clone()?,
                    plan: query.fingerprint,
                    charges,
                })
            };
            Some(ReleaseStatement {
                format: 1,
                origin,
                release: release.clone(),
                job: job.clone(),
                scenario: record.scenario().clone(),
                package: order.package,
                pack: info.pack_digest,
                approvals: record.approvals.clone(),
                datasets: record.versions.iter().map(dataset).collect::<Option<_>>()?,
                queries: record.queries.iter().map(query).collect::<Option<_>>()?,
                outputs,
            })
        })
        .await
        .ok_or_else(|| GateError::Failed("the job's record is not complete".into()))
    }
}

fn output_ref(output: &Vetted, files: &[ReleaseFile]) -> OutputRef {
    let columns = output.table.columns.iter().zip(&output.provenance);
    OutputRef {
        name: output.name.clone(),
        columns: columns
            .map(|(column, provenance)| ColumnRef {
                name: column.name.clone(),
                provenance: *provenance,
            })
            .collect(),
        files: files
            .iter()
            .map(|file| FileRef {
                name: file.name.clone(),
                digest: Digest::of(&file.bytes),
            })
            .collect(),
    }
}
