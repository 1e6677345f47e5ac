//! Jobs, on the operator's machine and on the agency's.

use super::{Outcome, Place, id, surroundings, table};
use crate::args::{Job, Question};
use crate::developer::{self, DeveloperError};
use crate::keys;
use crate::output::Answer;
use irongate_gate::{
    Contents, Gate, GateError, MAX_PACKAGE_BYTES, RunOutcome, Sandbox, random, read_limited,
    source_digest,
};
use irongate_policy::event::JobOrder;
use irongate_policy::manifest::Seconds;
use irongate_policy::request::{ApproveJob, RefuseJob, ReleaseJob};
use irongate_policy::state::State;
use irongate_policy::{JobId, Nonce, ScenarioId};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

pub(super) async fn run(place: &Place, command: Job) -> Outcome {
    match command {
        Job::New { name, bundle } => {
            let made = developer::new(&name, Path::new("."), bundle.as_deref())
                .map_err(developer_error)?;
            Answer::new(
                made,
                format!("job `{name}` started in ./{name}; next: irongate job build {name}"),
            )
        }
        Job::Build { dir } => {
            let built = developer::build(&dir).map_err(developer_error)?;
            let text = format!(
                "{} built, {} bytes, SHA-256 {}",
                built.component.display(),
                built.bytes,
                built.digest
            );
            Answer::new(built, text)
        }
        Job::Check { dir } => {
            let report = developer::check(&dir).map_err(developer_error)?;
            if !report.passed() {
                return Err(GateError::Rejected(report.problems));
            }
            Answer::new(
                report,
                "the job fits: manifest, component, reads and outputs",
            )
        }
        Job::Pack { dir, key, out } => pack(&dir, &key, &out),
        Job::Submit { package } => submit(place, &package).await,
        Job::Show { id: job } => show(place, &job).await,
        Job::List => list(place).await,
        Job::Approve { id: job, key } => {
            let request = ApproveJob {
                job: id("job", &job)?,
            };
            place
                .send(&key, request, &format!("job `{job}` approved"))
                .await
        }
        Job::Release { id: job, key } => {
            let request = ReleaseJob {
                job: id("job", &job)?,
            };
            place
                .send(&key, request, &format!("vote to release job `{job}` noted"))
                .await
        }
        Job::Refuse {
            id: job,
            reason,
            key,
        } => {
            let request = RefuseJob {
                job: id("job", &job)?,
                reason,
            };
            place
                .send(&key, request, &format!("job `{job}` refused"))
                .await
        }
        Job::Run { id: job, key } => start(place, &job, &key).await,
    }
}

fn developer_error(error: DeveloperError) -> GateError {
    GateError::rejected(error.to_string())
}

fn pack(dir: &Path, key: &Path, out: &Path) -> Outcome {
    let bundle = developer::Bundle::read(&dir.join(developer::BUNDLE)).map_err(developer_error)?;
    let manifest_text = super::read_text(&dir.join(developer::MANIFEST))?;
    let component = read_limited(&dir.join("job.wasm"), MAX_PACKAGE_BYTES).map_err(|error| {
        GateError::rejected(format!("{error}; build the job first: irongate job build"))
    })?;
    let contents = Contents {
        manifest_text,
        component,
        source: source_digest(dir)?,
    };
    let nonce = Nonce::new(random(surroundings().entropy.as_ref())?);
    let key = keys::read(key)?;
    let party = bundle
        .parties
        .get(&key.public_key())
        .cloned()
        .ok_or_else(|| {
            GateError::rejected(
                "this key is neither the operator's nor a bound developer's; ask for a new bundle",
            )
        })?;
    let request = key
        .sign(contents.submission()?, &bundle.origin, nonce, party)
        .map_err(|error| GateError::rejected(error.to_string()))?;
    let bytes = contents.pack(&request)?;
    std::fs::write(out, &bytes)
        .map_err(|error| GateError::failed(&format!("writing {}", out.display()), error))?;
    let digest = contents.digest()?;
    Answer::new(
        json!({"package": out, "digest": digest}),
        format!("package {digest} written to {}", out.display()),
    )
}

/// Only jobs need the sandbox: its pool is set aside when it is opened.
fn sandbox(gate: &Gate) -> Result<Sandbox, GateError> {
    Sandbox::open(gate.home(), gate.around().entropy.as_ref())
}

async fn submit(place: &Place, package: &Path) -> Outcome {
    let bytes = read_limited(package, MAX_PACKAGE_BYTES)?;
    let gate = place.open().await?;
    let outcome = gate.submit_package(bytes, &sandbox(&gate)?).await;
    let (job, events) = outcome?;
    let status = gate
        .with_state(|state| state.jobs.get(&job).map(|job| job.status.name()))
        .await;
    gate.close().await?;
    let state = status.unwrap_or_default();
    let data = json!({"job": job, "state": state, "checks": ["signature", "package", "admission", "policy"]});
    Ok(Answer {
        events,
        data,
        text: format!("job `{job}` is {state}"),
    })
}

async fn start(place: &Place, name: &str, key: &Path) -> Outcome {
    let job: JobId = id("job", name)?;
    let gate = Arc::new(place.open().await?);
    let sandbox = sandbox(&gate)?;
    let bar = indicatif::ProgressBar::new_spinner()
        .with_message("running; the result is out at the deadline");
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let outcome = gate.run_job(&job, &keys::read(key)?, &sandbox).await;
    bar.finish_and_clear();
    let outcome = outcome?;
    match &outcome {
        RunOutcome::Released { release } => Answer::new(
            &outcome,
            format!("job `{job}` is done; release `{release}` is out"),
        ),
        RunOutcome::Held { release } => Answer::new(
            &outcome,
            format!("job `{job}` is done; `{release}` is held for reviewers"),
        ),
        RunOutcome::Failed => Err(GateError::Failed(format!("job `{job}` failed"))),
    }
}

fn describe(state: &State, job: &JobId) -> Option<Value> {
    let record = state.jobs.get(job)?;
    let common = json!({
        "job": job, "state": record.status.name(), "submitter": record.submitter, "scenario": record.scenario(),
        "approvals": record.approvals, "budget": record.budget(), "queries": record.queries.len(),
        "versions": record.versions,
    });
    let order = match &record.order {
        JobOrder::Package(order) => json!({"package": order.package, "manifest": order.manifest}),
        JobOrder::Query(order) => json!({"sql": order.sql}),
    };
    let mut fields = common.as_object()?.clone();
    fields.extend(order.as_object()?.clone());
    Some(Value::Object(fields))
}

async fn show(place: &Place, name: &str) -> Outcome {
    let job: JobId = id("job", name)?;
    let gate = place.open().await?;
    let found = gate.with_state(|state| describe(state, &job)).await;
    gate.close().await?;
    let found = found.ok_or_else(|| GateError::rejected(format!("job `{name}`: no such job")))?;
    let text = serde_json::to_string_pretty(&found)
        .map_err(|error| GateError::failed("showing the job", error))?;
    Answer::new(found, text)
}

async fn list(place: &Place) -> Outcome {
    let gate = place.open().await?;
    let rows = gate
        .with_state(|state| {
            let row = |(id, job): (&JobId, &irongate_policy::state::Job)| {
                vec![
                    id.to_string(),
                    job.status.name().to_owned(),
                    job.scenario().to_string(),
                    job.submitter.to_string(),
                ]
            };
            state.jobs.iter().map(row).collect::<Vec<_>>()
        })
        .await;
    gate.close().await?;
    let data: Vec<_> = rows
        .iter()
        .map(|row| json!({"job": row.first(), "state": row.get(1)}))
        .collect();
    Answer::new(
        data,
        table(&["job", "state", "scenario", "submitter"], rows),
    )
}

fn options(question: &Question) -> irongate_gate::QueryOptions {
    irongate_gate::QueryOptions {
        epsilon: question.epsilon.clone(),
        rho: question.rho.clone(),
        delta: question.delta.clone(),
        max_groups_per_unit: question.max_groups_per_unit,
        max_rows_per_group: question.max_rows_per_group,
    }
}

pub(super) async fn query(
    place: &Place,
    question: Question,
    deadline: String,
    key: &Path,
) -> Outcome {
    let deadline = Seconds::try_from(deadline)
        .map_err(|error| GateError::rejected(format!("`--deadline`: {error}")))?;
    let scenario: ScenarioId = id("scenario", &question.scenario)?;
    let gate = place.open().await?;
    let outcome = gate
        .query(
            &scenario,
            &question.sql,
            &options(&question),
            deadline,
            &keys::read(key)?,
        )
        .await;
    gate.close().await?;
    let batch = irongate_gate::batch(&irongate_gate::Vetted::of_answer(outcome?))?;
    let text = irongate_gate::show(&batch)?;
    let rows: Value = serde_json::from_slice(&irongate_gate::rows_json(&batch)?)
        .map_err(|error| GateError::failed("showing the answer", error))?;
    Answer::new(rows, text)
}

pub(super) async fn explain(place: &Place, question: Question) -> Outcome {
    let scenario: ScenarioId = id("scenario", &question.scenario)?;
    let options = options(&question);
    let gate = place.open().await?;
    let outcome = gate.explain(&scenario, &question.sql, &options).await;
    gate.close().await?;
    let explain = outcome?;
    let text = explain.to_string();
    Answer::new(explain, text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_logged_is_said() {
        assert!(
            super::super::logged(Vec::new(), "done")
                .text
                .contains("nothing was logged")
        );
        assert_eq!(super::super::logged(vec![3], "done").events, [3]);
    }
}
