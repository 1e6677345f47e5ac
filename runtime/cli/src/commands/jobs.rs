//! Jobs, on the operator's machine and on the agency's.

use super::review::loss_text;
use super::show::nano;
use super::{Outcome, Place, id, logged, surroundings, table};
use crate::args::{Job, Question};
use crate::developer::{self, DeveloperError, Tried};
use crate::keys;
use crate::mappers;
use crate::output::Answer;
use crate::progress::doing;
use irongate_gate::{
    AccountCost, Gate, GateError, MAX_PACKAGE_BYTES, RunOutcome, Sandbox, random, read_given,
};
use irongate_policy::manifest::Seconds;
use irongate_policy::request::{ApproveJob, RefuseJob, ReleaseJob};
use irongate_policy::{Currency, JobId, Nonce, Request, ScenarioId};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
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
        Job::Build { dir } => build(dir).await,
        Job::Check { dir } => check(&dir).await,
        Job::Test { dir, seed } => test(&dir, seed).await,
        Job::Pack { dir, key, out } => pack(&dir, &key, &out),
        Job::Submit { package } => submit(place, &package).await,
        Job::Show { id: job } => super::review::show(place, &job).await,
        Job::List => list(place).await,
        Job::Approve { id: job, key } => {
            let request = ApproveJob {
                job: id("job", &job)?,
            };
            say(place, &job, &key, request, "approved").await
        }
        Job::Release { id: job, key } => {
            let request = ReleaseJob {
                job: id("job", &job)?,
            };
            say(place, &job, &key, request, "vote to release noted").await
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
            say(place, &job, &key, request, "refused").await
        }
        Job::Run { id: job, key } => start(place, &job, &key).await,
    }
}

/// Signs what a reviewer says of a job, and tells how the job stands then.
async fn say(
    place: &Place,
    job: &str,
    key: &Path,
    request: impl Into<Request>,
    done: &str,
) -> Outcome {
    let job: JobId = id("job", job)?;
    let gate = place.open().await?;
    let signed = gate.sign_with(&keys::read(key)?, request).await?;
    let events = gate.submit(signed).await?;
    let status = gate
        .with_state(|state| state.jobs.get(&job).map(|job| job.status.name()))
        .await;
    gate.close().await?;
    let state = status.unwrap_or_default();
    let stands = match state {
        "checked" => "it waits for more approvals",
        "approved" => "it may run",
        "held" => "it waits for more votes",
        other => other,
    };
    let mut answer = logged(events, &format!("job `{job}`: {done}; {stands}"));
    answer.data = json!({"job": job, "state": state});
    Ok(answer)
}

fn developer_error(error: DeveloperError) -> GateError {
    GateError::rejected(error.to_string())
}

async fn build(dir: PathBuf) -> Outcome {
    let _progress = doing("compiling the job to WebAssembly");
    let built = tokio::task::spawn_blocking(move || developer::build(&dir)).await;
    let built = built
        .map_err(|error| GateError::failed("building", error))?
        .map_err(developer_error)?;
    let text = format!(
        "{} built, {} bytes, SHA-256 {}",
        built.component.display(),
        built.bytes,
        built.digest
    );
    Answer::new(built, text)
}

async fn check(dir: &Path) -> Outcome {
    let mut report = developer::check(dir).map_err(developer_error)?;
    if !report.passed() {
        return Err(GateError::Rejected(report.problems));
    }
    let mut text = "the job fits: manifest, component, reads and outputs".to_owned();
    if !report.mappers.is_empty() {
        if report.bundle {
            let _progress = doing("inventing rows and calling the mappers for them");
            for (name, calls) in developer::measured(dir).await? {
                if let Some(mapper) = report.mappers.get_mut(&name) {
                    mapper.calls = Some(calls);
                }
            }
        }
        let manifest = developer::manifest(dir).map_err(developer_error)?;
        text = format!("{text}\n{}", mappers::text(&report.mappers, &manifest));
    }
    Answer::new(report, text.trim_end())
}

async fn test(dir: &Path, seed: u64) -> Outcome {
    let tried = {
        let _progress = doing("inventing rows and running the job on them");
        developer::trial(dir, seed).await?
    };
    let text = tried_text(&tried);
    Answer::new(tried, text)
}

fn tried_text(tried: &Tried) -> String {
    let report = &tried.report;
    let mut text = format!(
        "The job ran on a synthetic twin: rows invented from the bundle alone (seed {}), nobody's.\n\
         The noise was the noise of production. Nothing was spent; in the agency's home this run would \
         cost {}, queries: {}.\n",
        tried.seed,
        super::review::charges_text(&report.would_spend),
        report.queries
    );
    if report.state == "held" {
        text.push_str(
            "Its outputs would be held for reviewers: the grade of what it reads asks so.\n",
        );
    }
    for output in &report.outputs {
        text.push_str(&format!(
            "\noutput `{}`, on invented rows\n{}\n",
            output.name,
            super::show::released(output)
        ));
    }
    for (name, calls) in &report.mappers {
        let calls = mappers::calls_text(calls);
        text.push_str(&format!("\nmapper `{name}`: {calls}\n"));
    }
    if !tried.log.is_empty() {
        text.push_str(&format!("\n{}", tried.log.join("\n")));
    }
    text.trim_end().to_owned()
}

fn pack(dir: &Path, key: &Path, out: &Path) -> Outcome {
    let bundle = developer::Bundle::read(&dir.join(developer::BUNDLE)).map_err(developer_error)?;
    let contents = developer::contents(dir)?;
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
    let bytes = read_given(package, MAX_PACKAGE_BYTES)?;
    let gate = place.open().await?;
    let outcome = {
        let _progress = doing("checking and compiling the job");
        gate.submit_package(bytes, &sandbox(&gate)?).await
    };
    let (job, events) = outcome?;
    let status = gate
        .with_state(|state| state.jobs.get(&job).map(|job| job.status.name()))
        .await;
    gate.close().await?;
    let state = status.unwrap_or_default();
    let again = if events.is_empty() {
        " (submitted before; nothing was logged)"
    } else {
        ""
    };
    let data = json!({"job": job, "state": state, "checks": ["signature", "package", "admission", "policy"]});
    Ok(Answer {
        events,
        data,
        text: format!("job `{job}` is {state}{again}"),
    })
}

async fn start(place: &Place, name: &str, key: &Path) -> Outcome {
    let job: JobId = id("job", name)?;
    let gate = Arc::new(place.open().await?);
    let sandbox = sandbox(&gate)?;
    let first = size(&gate).await?;
    let outcome = {
        let _progress = doing("running; the result is out at the deadline");
        gate.run_job(&job, &keys::read(key)?, &sandbox).await?
    };
    let events: Vec<u64> = (first..size(&gate).await?).collect();
    let text = match &outcome {
        RunOutcome::Released { release } => {
            format!("job `{job}` is done; release `{release}` is out")
        }
        RunOutcome::Held { release } => {
            format!("job `{job}` is done; `{release}` is held for reviewers")
        }
        RunOutcome::Failed => return Err(GateError::Failed(format!("job `{job}` failed"))),
    };
    let mut answer = Answer::new(&outcome, text)?;
    answer.events = events;
    Ok(answer)
}

/// Entries in the log. This process alone appends while it holds the home.
async fn size(gate: &Gate) -> Result<u64, GateError> {
    let size = gate.log().size().await;
    size.map_err(|error| GateError::failed("the log", error))
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
        max_values_per_group: question.max_values_per_group,
        accuracy: question.accuracy.clone(),
        shares: question.shares.clone(),
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
    let first = size(&gate).await?;
    let progress = doing("asking; the answer is out at the deadline");
    let outcome = gate
        .query(
            &scenario,
            &question.sql,
            &options(&question),
            deadline,
            &keys::read(key)?,
        )
        .await;
    drop(progress);
    let events: Vec<u64> = (first..size(&gate).await?).collect();
    gate.close().await?;
    let batch = irongate_gate::batch(&irongate_gate::Vetted::of_answer(outcome?))?;
    let text = irongate_gate::show(&batch)?;
    let rows: Value = serde_json::from_slice(&irongate_gate::rows_json(&batch)?)
        .map_err(|error| GateError::failed("showing the answer", error))?;
    let mut answer = Answer::new(rows, text)?;
    answer.events = events;
    Ok(answer)
}

pub(super) async fn explain(place: &Place, question: Question) -> Outcome {
    let scenario: ScenarioId = id("scenario", &question.scenario)?;
    let options = options(&question);
    let gate = place.open().await?;
    let outcome = gate.explain(&scenario, &question.sql, &options).await;
    gate.close().await?;
    let explained = outcome?;
    let mut text = explained.explain.to_string();
    if !explained.accounts.is_empty() {
        let rows = explained.accounts.iter().map(account_cost).collect();
        text.push_str(&table(&["account", "cost", "left now", ""], rows));
    }
    Answer::new(explained, text)
}

fn account_cost(cost: &AccountCost) -> Vec<String> {
    let currency = match cost.currency {
        Currency::Rho => "ρ",
        Currency::Epsilon => "ε",
    };
    vec![
        cost.account.clone(),
        loss_text(&cost.charge),
        format!("{currency} {}", nano(cost.left)),
        cost.refused
            .map(|code| format!("{}: {}", code.as_str(), code.en()))
            .unwrap_or_default(),
    ]
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
