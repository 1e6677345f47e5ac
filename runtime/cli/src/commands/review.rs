//! A job as its reviewers need it: what it is, reads, may spend, puts out, and what it has asked.

use super::show::nano;
use super::{Outcome, Place, id, table};
use crate::mappers::Packaged;
use crate::output::Answer;
use irongate_gate::{Gate, GateError, Package};
use irongate_policy::command::Charges;
use irongate_policy::dataset::Budget;
use irongate_policy::event::JobOrder;
use irongate_policy::manifest::{IntervalRule, JobManifest};
use irongate_policy::state::Job;
use irongate_policy::{Currency, JobId, Loss};
use irongate_sandbox::{AdmissionLimits, World, admit};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) async fn show(place: &Place, name: &str) -> Outcome {
    let job: JobId = id("job", name)?;
    let gate = place.open().await?;
    let found = look(&gate, &job).await;
    gate.close().await?;
    let (record, package) = found?;
    let (data, text) = match (&record.order, &package) {
        (JobOrder::Package(order), Some(package)) => {
            packaged(&job, &record, &order.manifest, package)
        }
        (JobOrder::Package(_), None) | (JobOrder::Query(_), _) => asked(&job, &record),
    };
    Answer::new(data, text)
}

async fn look(gate: &Gate, job: &JobId) -> Result<(Job, Option<Package>), GateError> {
    let record = gate
        .with_state(|state| state.jobs.get(job).cloned())
        .await
        .ok_or_else(|| GateError::rejected(format!("job `{job}`: no such job")))?;
    let package = match &record.order {
        JobOrder::Package(_) => Some(gate.package(job).await?),
        JobOrder::Query(_) => None,
    };
    Ok((record, package))
}

/// A loss as people write it.
pub(super) fn loss_text(loss: &Loss) -> String {
    let mut text = match loss.eps {
        Some(eps) => format!("ε {} (ρ {})", nano(eps), nano(loss.rho)),
        None => format!("ρ {}", nano(loss.rho)),
    };
    if loss.delta > 0 {
        // Writing to a string does not fail.
        let _written = write!(text, ", δ {}e-18", loss.delta);
    }
    text
}

pub(super) fn charges_text(charges: &Charges) -> String {
    if charges.is_empty() {
        return "nothing".to_owned();
    }
    let each = charges
        .iter()
        .map(|(namespace, loss)| format!("{} in {namespace}", loss_text(loss)));
    each.collect::<Vec<_>>().join("; ")
}

fn budget_text(budget: &Budget) -> String {
    let currency = match budget.currency {
        Currency::Rho => "ρ",
        Currency::Epsilon => "ε",
    };
    format!("{currency} {}, δ {}", budget.cap, budget.delta)
}

/// What every job has.
fn common(job: &JobId, record: &Job) -> Value {
    json!({
        "job": job, "state": record.status.name(), "submitter": record.submitter,
        "scenario": record.scenario(), "approvals": record.approvals, "budget": record.budget(),
        "queries": queries(record),
        "release": record.outputs.as_ref().map(|(release, _)| release),
    })
}

fn queries(record: &Job) -> Vec<Value> {
    let query = |query: &irongate_policy::state::QueryState| {
        json!({"plan": query.fingerprint, "reads": query.reads, "charges": query.charges,
               "release": query.release, "reused": query.reused})
    };
    record.queries.iter().map(query).collect()
}

/// Labels in one column, what they say in the next.
fn lines(pairs: &[(&str, String)]) -> String {
    let lines = pairs.iter().filter(|(_, said)| !said.is_empty());
    lines.fold(String::new(), |text, (label, said)| {
        format!("{text}  {label:<13} {said}\n")
    })
}

fn list(names: impl IntoIterator<Item = impl ToString>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    names.join(", ")
}

fn packaged(
    job: &JobId,
    record: &Job,
    manifest: &JobManifest,
    package: &Package,
) -> (Value, String) {
    let contents = &package.contents;
    let admitted = admit(
        &contents.component,
        World::Analyst,
        &AdmissionLimits::default(),
    );
    let (component, imports) = match &admitted {
        Ok(admitted) => (
            const_hex::encode(admitted.digest()),
            admitted.imports().to_vec(),
        ),
        Err(error) => (format!("refused: {error}"), Vec::new()),
    };
    let mut seen = BTreeMap::new();
    let mut mappers = String::new();
    for (name, declared) in &manifest.mappers {
        // A package is not read without the components that its manifest declares.
        if let Some(component) = contents.mappers.get(name) {
            let mapper = Packaged::of(component, declared);
            mappers.push_str(&mapper.text(name, declared));
            seen.insert(name, mapper);
        }
    }
    let digest = contents.digest().ok();
    let mut data = common(job, record);
    let more = json!({
        "package": digest, "source": contents.source, "component": component, "imports": imports,
        "reads": manifest.reads, "versions": record.versions, "limits": manifest.limits,
        "outputs": manifest.outputs, "manifest": manifest, "mappers": seen,
    });
    if let (Some(data), Some(more)) = (data.as_object_mut(), more.as_object()) {
        data.extend(more.clone());
    }
    let limits = &manifest.limits;
    let heads = lines(&[
        ("state", record.status.name().to_owned()),
        (
            "job",
            format!("{} {}", manifest.job.name, manifest.job.version),
        ),
        ("purpose", manifest.job.purpose.zh.clone()),
        ("", manifest.job.purpose.en.clone()),
        ("scenario", record.scenario().to_string()),
        ("submitted by", record.submitter.to_string()),
        ("approved by", list(&record.approvals)),
        ("package", digest.map(|d| d.to_string()).unwrap_or_default()),
        (
            "source",
            format!("{} (as its packer states)", contents.source),
        ),
        ("component", component),
        ("imports", list(&imports)),
        ("may spend", budget_text(&manifest.budget)),
        ("deadline", manifest.job.deadline.to_string()),
        (
            "limits",
            format!(
                "{} units of fuel, {} MiB of memory, {} queries, {} MiB returned",
                limits.fuel, limits.memory_mib, limits.queries, limits.returned_mib
            ),
        ),
        (
            "release",
            record
                .outputs
                .as_ref()
                .map(|(r, _)| r.to_string())
                .unwrap_or_default(),
        ),
    ]);
    let mut text = format!("job {job}\n{heads}");
    text.push_str(&reads(record, manifest));
    text.push_str(&mappers);
    text.push_str(&outputs(manifest));
    text.push_str(&asked_table(record));
    (data, text.trim_end().to_owned())
}

fn reads(record: &Job, manifest: &JobManifest) -> String {
    let rows = manifest.reads.iter().map(|read| {
        let version = record.versions.get(&read.dataset);
        vec![
            read.dataset.to_string(),
            version.map_or_else(|| "fixed at approval".to_owned(), ToString::to_string),
            read.columns.join(", "),
        ]
    });
    format!(
        "reads\n{}\n",
        table(&["dataset", "version", "columns"], rows.collect())
    )
}

fn outputs(manifest: &JobManifest) -> String {
    let rows = manifest.outputs.iter().flat_map(|output| {
        output.columns.iter().map(|column| {
            let kind = serde_json::to_value(column.kind).ok();
            let kind = kind.as_ref().and_then(Value::as_str).unwrap_or_default();
            vec![
                format!("{} (at most {} rows)", output.name, output.max_rows),
                column.name.clone(),
                kind.to_owned(),
                if column.null { "may be null" } else { "" }.to_owned(),
                match column.interval {
                    IntervalRule::Required => "required",
                    IntervalRule::Optional => "optional",
                    IntervalRule::None => "",
                }
                .to_owned(),
            ]
        })
    });
    format!(
        "puts out\n{}\n",
        table(
            &["output", "column", "type", "null", "noise interval"],
            rows.collect()
        )
    )
}

fn asked_table(record: &Job) -> String {
    if record.queries.is_empty() {
        return String::new();
    }
    let rows = record.queries.iter().enumerate().map(|(number, query)| {
        let cost = if query.reused {
            "nothing: a stored release".to_owned()
        } else {
            charges_text(&query.charges)
        };
        let release = query.release.as_ref().map(ToString::to_string);
        vec![
            (number + 1).to_string(),
            cost,
            release.unwrap_or_else(|| "none".to_owned()),
        ]
    });
    format!(
        "asked\n{}\n",
        table(&["query", "cost", "release"], rows.collect())
    )
}

/// One interactive question.
fn asked(job: &JobId, record: &Job) -> (Value, String) {
    let heads = lines(&[
        ("state", record.status.name().to_owned()),
        ("scenario", record.scenario().to_string()),
        ("asked by", record.submitter.to_string()),
        ("may spend", budget_text(&record.budget())),
    ]);
    let text = format!("question {job}\n{heads}{}", asked_table(record));
    (common(job, record), text.trim_end().to_owned())
}
