//! One interactive question: a signed submission through the same gate, and the same function that
//! runs jobs' SQL.

use crate::ask::{AskError, Asking, engine_options};
use crate::deadline::Deadline;
use crate::error::GateError;
use crate::failpoint::Failpoint;
use crate::gate::Gate;
use crate::mappers::Mappers;
use crate::stored;
use irongate_engine::{CheckedQuery, LossRequest};
use irongate_policy::dataset::Budget;
use irongate_policy::manifest::Seconds;
use irongate_policy::request::SubmitQuery;
use irongate_policy::state::JobStatus;
use irongate_policy::{
    Currency, Digest, GateAction, JobId, ReleaseId, ScenarioId, SigningKey, job_id,
};
use irongate_sandbox::QueryOptions;
use irongate_sandbox::table::Table;
use irongate_store::failpoint::hit;
use tracing::info_span;

/// What is signed: the statement with its options.
#[derive(serde::Serialize)]
struct Question<'a> {
    sql: &'a str,
    epsilon: &'a Option<String>,
    rho: &'a Option<String>,
    delta: &'a Option<String>,
    max_groups_per_unit: Option<u32>,
    max_rows_per_group: Option<u32>,
    // Left out where not given: a question without them is signed as it always was.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_values_per_group: Option<u32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    accuracy: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    shares: &'a [u32],
}

impl Gate {
    /// Asks one question under a scenario that allows it, signed by `key`. What came of a question that
    /// touched data is told at its deadline.
    ///
    /// # Errors
    /// [`GateError::Rejected`] if the statement does not fit (nothing is logged then);
    /// [`GateError::Denied`] with every reason; one opaque failure after data was touched.
    pub async fn query(
        &self,
        scenario: &ScenarioId,
        sql: &str,
        options: &QueryOptions,
        deadline: Seconds,
        key: &SigningKey,
    ) -> Result<Table, GateError> {
        let checked = self.check_for(scenario, sql, options).await?;
        let asked = engine_options(options).map_err(GateError::rejected)?;
        let (currency, cap) = match asked.loss {
            LossRequest::Epsilon(epsilon) => (Currency::Epsilon, epsilon),
            LossRequest::Rho(rho) => (Currency::Rho, rho),
        };
        let question = Question {
            sql,
            epsilon: &options.epsilon,
            rho: &options.rho,
            delta: &options.delta,
            max_groups_per_unit: options.max_groups_per_unit,
            max_rows_per_group: options.max_rows_per_group,
            max_values_per_group: options.max_values_per_group,
            accuracy: &options.accuracy,
            shares: &options.shares,
        };
        let request = SubmitQuery {
            scenario: scenario.clone(),
            sql: Digest::of_json(&question)?,
            budget: Budget {
                currency,
                cap,
                delta: asked.delta,
            },
            deadline,
        };
        let signed = self.sign_with(key, request).await?;
        let job = job_id(&signed.statement)?;
        self.submit(signed).await?;
        let asked = job.clone();
        let clock = self.around().clock.as_ref();
        let deadline = Deadline::start(clock, deadline);
        let asking = Asking {
            job: &job,
            mappers: &Mappers::default(),
            deadline: &deadline,
        };
        let mut answer = self.ask(&asking, sql, options, Some(checked)).await;
        hit(Failpoint::Ended);
        let touched = matches!(answer, Ok(_) | Err(AskError::AfterReserve(_)));
        if touched && !deadline.wait(clock).await {
            answer = Err(AskError::AfterReserve("its deadline had passed".into()));
        }
        let (action, outcome) = match answer {
            Ok(table) => {
                let release =
                    ReleaseId::new(crate::random_id("out", self.around().entropy.as_ref())?)
                        .map_err(|error| GateError::failed("naming the release", error))?;
                let outputs = Digest::of(&stored::write(&table)?);
                (
                    GateAction::FinishJob {
                        job,
                        release,
                        outputs,
                    },
                    Ok(table),
                )
            }
            Err(error) => {
                let residual = matches!(error, AskError::AfterReserve(_));
                (GateAction::FailJob { job, residual }, Err(error))
            }
        };
        self.step(action, Vec::new()).await?;
        hit(Failpoint::Finished);
        if outcome.is_ok() && self.status(&asked).await != Some(JobStatus::Released) {
            return Err(GateError::Failed(
                "the answer is held; the agency decides on it".into(),
            ));
        }
        outcome.map_err(|error| match error {
            AskError::Denied(denial) => GateError::Denied(denial),
            AskError::Rejected(text) => GateError::rejected(text),
            AskError::AfterReserve(text) | AskError::Failed(text) => {
                tracing::warn!("a question failed: {text}");
                GateError::Failed("the question failed".into())
            }
        })
    }

    /// Where a job stands.
    pub(crate) async fn status(&self, job: &JobId) -> Option<JobStatus> {
        self.with_state(|state| state.jobs.get(job).map(|job| job.status))
            .await
    }

    /// Checks a statement over a scenario's published datasets, from metadata alone.
    pub(crate) async fn check_for(
        &self,
        scenario: &ScenarioId,
        sql: &str,
        options: &QueryOptions,
    ) -> Result<CheckedQuery, GateError> {
        let options = engine_options(options).map_err(GateError::rejected)?;
        let catalog = self.scenario_catalog(scenario).await.ok_or_else(|| {
            GateError::rejected(format!("scenario `{scenario}`: no such scenario"))
        })?;
        info_span!("check")
            .in_scope(|| irongate_engine::check(sql, &catalog, &options))
            .map_err(|rejection| GateError::Statement(Box::new(rejection), sql.to_owned()))
    }
}
