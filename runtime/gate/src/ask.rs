//! The one function that runs SQL on protected data: check, reserve (durable), run, release
//! (durable), hand over.

use crate::deadline::Deadline;
use crate::error::GateError;
use crate::failpoint::Failpoint;
use crate::gate::Gate;
use crate::home::Home;
use crate::mappers::Mappers;
use crate::stored;
use irongate_engine::{
    Catalog, CheckedQuery, DataAccess, ExecutionEnv, ExecutionError, LossRequest, MapUnit,
    Prepared, Split,
};
use irongate_policy::command::{Reads, Reservation};
use irongate_policy::{
    Code, DatasetId, Decimal, Denial, Digest, GateAction, JobId, NamespaceId, NamespaceKey,
    ReleaseId, State, VersionId,
};
use irongate_sandbox::table::Table;
use irongate_sandbox::{GuestError, QueryOptions};
use irongate_store::DocumentChange;
use irongate_store::failpoint::hit;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use tracing::{Instrument, info_span};

/// Kind of the documents that hold released tables.
pub(crate) const RELEASE: &str = "release";

/// Why a question was not answered.
#[derive(Debug)]
pub(crate) enum AskError {
    /// Policy says no.
    Denied(Denial),
    /// The statement does not fit; nothing was spent.
    Rejected(String),
    /// It failed after its loss was reserved: what is said of it is nothing but that.
    AfterReserve(String),
    /// It failed before anything was reserved.
    Failed(String),
}

impl AskError {
    /// What the job is told.
    pub(crate) fn for_guest(&self) -> GuestError {
        match self {
            Self::Denied(denial) => GuestError::Denied(
                denial
                    .reasons
                    .iter()
                    .map(|reason| reason.code.as_str().to_owned())
                    .collect(),
            ),
            Self::Rejected(text) => GuestError::Rejected(text.clone()),
            Self::AfterReserve(_) | Self::Failed(_) => GuestError::Failed,
        }
    }
}

impl From<GateError> for AskError {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Denied(denial) => Self::Denied(denial),
            GateError::Statement(rejection, _) => Self::Rejected(taught(&rejection)),
            GateError::Rejected(lines) => Self::Rejected(lines.join("\n")),
            GateError::Failed(text) => Self::Failed(text),
        }
    }
}

/// A rejection as guests read it: one line, and a line with the example.
fn taught(rejection: &irongate_engine::Rejection) -> String {
    match &rejection.example {
        Some(example) => format!("{rejection}\nfor example: {example}"),
        None => rejection.to_string(),
    }
}

/// Where the engine finds stored versions, keys, and a job's mappers.
pub(crate) struct HomeData<'a>(pub(crate) &'a Home, pub(crate) &'a Mappers);

impl DataAccess for HomeData<'_> {
    fn files(&self, dataset: &DatasetId, version: &VersionId) -> Result<Vec<PathBuf>, String> {
        let folder = self.0.version(dataset, version);
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| format!("{}: {error}", folder.display()))?
                .path();
            if path
                .extension()
                .is_some_and(|extension| extension == "parquet")
            {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    fn key(&self, namespace: &NamespaceId) -> Result<NamespaceKey, String> {
        self.0
            .namespace_key(namespace)
            .map_err(|error| error.to_string())
    }

    fn mapper(&self, name: &str) -> Result<Arc<dyn MapUnit>, String> {
        self.1.code(name)
    }
}

/// The engine's options from a job's, or a text that says what to write.
///
/// # Errors
/// The text.
pub fn engine_options(options: &QueryOptions) -> Result<irongate_engine::QueryOptions, String> {
    let decimal = |name: &str, text: &str| {
        text.parse::<Decimal>()
            .map_err(|error| format!("option `{name}`: {error}"))
    };
    let loss = match (&options.epsilon, &options.rho) {
        (Some(epsilon), None) => LossRequest::Epsilon(decimal("epsilon", epsilon)?),
        (None, Some(rho)) => LossRequest::Rho(decimal("rho", rho)?),
        (Some(_), Some(_)) | (None, None) => {
            return Err("give exactly one of the options `epsilon` and `rho`".into());
        }
    };
    let split = match (options.accuracy.as_slice(), options.shares.as_slice()) {
        ([], []) => Split::Even,
        ([], shares) => Split::Shares(shares.to_vec()),
        (wanted, []) => {
            let each = wanted.iter().map(|text| decimal("accuracy", text));
            Split::Accuracy(each.collect::<Result<_, _>>()?)
        }
        _ => return Err("give at most one of the options `accuracy` and `shares`".into()),
    };
    Ok(irongate_engine::QueryOptions {
        split,
        delta: options
            .delta
            .as_deref()
            .map_or(Ok(Decimal::ZERO), |delta| decimal("delta", delta))?,
        max_groups_per_unit: options.max_groups_per_unit,
        max_rows_per_group: options.max_rows_per_group,
        max_values_per_group: options.max_values_per_group,
        ..irongate_engine::QueryOptions::new(loss)
    })
}

/// What a question is asked with, beside its text and options.
pub(crate) struct Asking<'a> {
    pub(crate) job: &'a JobId,
    pub(crate) mappers: &'a Mappers,
    pub(crate) deadline: &'a Deadline,
}

/// The tables a job may name: the versions that were fixed at its approval, and its mappers.
fn job_catalog(state: &State, job: &JobId, mappers: &Mappers) -> Catalog {
    let mut catalog = Catalog {
        mappers: mappers.tables().clone(),
        ..Catalog::default()
    };
    for (dataset, version) in state
        .jobs
        .get(job)
        .into_iter()
        .flat_map(|job| &job.versions)
    {
        if let Some(change) = state.version(dataset, version) {
            let table = irongate_engine::Table {
                spec: change.draft.spec.clone(),
                version: version.clone(),
            };
            catalog.tables.insert(dataset.to_string(), table);
        }
    }
    catalog
}

/// The columns a statement reads, without the privacy unit's: bounding reads it for every statement,
/// no statement can put it out, and policy counts its grade for every use.
fn named_reads(catalog: &Catalog, reads: &Reads) -> Reads {
    let is_unit = |dataset: &DatasetId, column: &String| {
        let table = catalog.tables.get(dataset.as_str());
        table
            .and_then(|table| table.spec.protected())
            .is_some_and(|protected| protected.unit.columns.contains(column))
    };
    let without_unit = |(dataset, columns): (&DatasetId, &BTreeSet<String>)| {
        let named = columns.iter().filter(|column| !is_unit(dataset, column));
        (dataset.clone(), named.cloned().collect())
    };
    reads.iter().map(without_unit).collect()
}

/// What a query may take: its deadline's length decides whether it is planned for.
fn environment(deadline: &Deadline) -> ExecutionEnv {
    ExecutionEnv {
        timeout: deadline.length(),
        declared: Some(deadline.length()),
        planned: deadline.planned(),
        ..ExecutionEnv::default()
    }
}

impl Gate {
    /// Answers one question of a running job. It is `checked` already where it was asked by itself.
    pub(crate) async fn ask(
        &self,
        asking: &Asking<'_>,
        sql: &str,
        options: &QueryOptions,
        checked: Option<CheckedQuery>,
    ) -> Result<Table, AskError> {
        self.ask_in_span(asking, sql, options, checked)
            .instrument(info_span!("query", job = %asking.job))
            .await
    }

    async fn ask_in_span(
        &self,
        asking: &Asking<'_>,
        sql: &str,
        options: &QueryOptions,
        checked: Option<CheckedQuery>,
    ) -> Result<Table, AskError> {
        let Asking {
            job,
            mappers,
            deadline,
        } = *asking;
        let options = engine_options(options).map_err(AskError::Rejected)?;
        let catalog = self
            .with_state(|state| job_catalog(state, job, mappers))
            .await;
        let query = match checked.filter(|query| *query.catalog() == catalog) {
            Some(query) => query,
            None => info_span!("check")
                .in_scope(|| irongate_engine::check(sql, &catalog, &options))
                .map_err(|rejection| AskError::Rejected(taught(&rejection)))?,
        };
        // Held against the declared deadline: what is left of it tells how long earlier queries took.
        let env = environment(deadline);
        let prepared = irongate_engine::prepare(&query, &HomeData(self.home(), mappers), &env)
            .instrument(info_span!("prepare"))
            .await
            .map_err(|error| match error {
                ExecutionError::TooLarge(text) => AskError::Rejected(text),
                // Nothing private was read: what public inputs take, and what has no plan, is nobody's secret.
                known @ (ExecutionError::Timeout | ExecutionError::Unplanned) => {
                    AskError::Rejected(known.to_string())
                }
                other => AskError::Failed(other.to_string()),
            })?;
        let fingerprint = self.fingerprint(job, &query).await?;
        let reservation = Box::new(Reservation {
            job: job.clone(),
            reads: named_reads(&catalog, query.reads()),
            charges: query.charges(),
            fingerprint,
        });
        let known = self
            .with_state(|state| {
                state
                    .stored
                    .get(&fingerprint)
                    .map(|stored| stored.release.clone())
            })
            .await;
        if let Some(release) = known {
            let reuse = GateAction::ReuseRelease(reservation.clone());
            match self.step(reuse, Vec::new()).await {
                Ok(_) => {
                    hit(Failpoint::Reused);
                    return Ok(self.stored_table(&release).await?);
                }
                // Not to be handed out (its job was held, or has not ended): run anew, and paid for.
                Err(GateError::Denied(denial)) if denial.code() == Code::NothingToReuse => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.step(GateAction::Reserve(reservation), Vec::new())
            .instrument(info_span!("reserve"))
            .await?;
        hit(Failpoint::Reserved);
        deadline.plan(prepared.planned());
        self.answer(asking, &query, prepared, env)
            .await
            .map_err(|error| AskError::AfterReserve(error.to_string()))
    }

    /// What a release is stored under: the engine's fingerprint, for the job's scenario. A release made
    /// for another scenario is none of this one's, and must not stand in its way either.
    async fn fingerprint(&self, job: &JobId, query: &CheckedQuery) -> Result<Digest, AskError> {
        let scenario = self
            .with_state(|state| state.jobs.get(job).map(|job| job.scenario().clone()))
            .await
            .ok_or_else(|| AskError::Failed("the job is not in the log".into()))?;
        let plan = Digest::new(query.fingerprint());
        Digest::of_json(&(plan, scenario)).map_err(|error| AskError::Failed(error.to_string()))
    }

    /// Runs a reserved query in what is left of its deadline. From here on, data was touched: every failure is one
    /// opaque failure.
    async fn answer(
        &self,
        asking: &Asking<'_>,
        query: &CheckedQuery,
        prepared: Prepared,
        env: ExecutionEnv,
    ) -> Result<Table, GateError> {
        let Asking { job, deadline, .. } = *asking;
        let env = ExecutionEnv {
            timeout: deadline.left(),
            ..env
        };
        let (disclose, query, home) = (self.disclose(), query.clone(), self.home().clone());
        let mappers = asking.mappers.clone();
        // A task of its own: whatever it is busy with, the wait for it ends at the deadline.
        let execution = tokio::spawn(
            async move {
                disclose
                    .release(&query, prepared, &HomeData(&home, &mappers), &env)
                    .await
            }
            .instrument(info_span!("execute")),
        );
        let released = tokio::time::timeout(deadline.left(), execution)
            .await
            .map_err(|_| GateError::Failed("the query did not end by its deadline".into()))?
            .map_err(|error| GateError::failed("the query's task", error))?
            .map_err(|error| GateError::failed("the query", error))?;
        hit(Failpoint::Executed);
        let table = stored::from_released(&released)?;
        let bytes = stored::write(&table)?;
        let release = ReleaseId::new(crate::random_id("r", self.around().entropy.as_ref())?)
            .map_err(|error| GateError::failed("naming the release", error))?;
        let number = self
            .with_state(|state| {
                state
                    .jobs
                    .get(job)
                    .map_or(0, |job| job.queries.len().saturating_sub(1))
            })
            .await;
        let action = GateAction::ReleaseQuery {
            job: job.clone(),
            query: u32::try_from(number).unwrap_or(u32::MAX),
            release: release.clone(),
            table: Digest::of(&bytes),
        };
        let document = DocumentChange::Put {
            kind: RELEASE.into(),
            id: release.to_string(),
            bytes,
        };
        self.step(action, vec![document])
            .instrument(info_span!("release"))
            .await?;
        hit(Failpoint::Released);
        Ok(table)
    }

    async fn stored_table(&self, release: &ReleaseId) -> Result<Table, GateError> {
        stored::read(&self.required_document(RELEASE, release.as_str()).await?)
    }
}
