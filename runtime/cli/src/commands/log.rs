//! The policy log and releases.

use super::{Outcome, Place, table};
use crate::args::{Log, Release};
use crate::output::Answer;
use irongate_gate::{Gate, GateError, verify_release};
use irongate_policy::manifest::JobKind;
use irongate_policy::state::JobStatus;
use irongate_policy::{Event, PublicKey};
use irongate_store::StoreError;
use serde_json::{Value, json};
use std::path::Path;

/// What the caller can mend is a rejection: a folder that is taken, an entry that is not there, a
/// checkpoint that does not open.
fn failed(error: StoreError) -> GateError {
    match error {
        StoreError::Exists(_) | StoreError::OutOfRange { .. } | StoreError::Checkpoint(_) => {
            GateError::rejected(error.to_string())
        }
        StoreError::Refused(findings) => {
            GateError::Rejected(findings.iter().map(ToString::to_string).collect())
        }
        other => GateError::failed("the log", other),
    }
}

pub(super) async fn run(place: &Place, command: Log) -> Outcome {
    let gate = place.open().await?;
    let outcome = match command {
        Log::Show => show(&gate).await,
        Log::Prove { index } => prove(&gate, index).await,
        Log::Export { out } => export(&gate, &out).await,
        Log::Verify { since } => verify(&gate, since.as_deref()).await,
    };
    gate.close().await?;
    outcome
}

async fn show(gate: &Gate) -> Outcome {
    let size = gate.log().size().await.map_err(failed)?;
    let mut rows = Vec::new();
    let mut data = Vec::new();
    for entry in gate.log().read(0..size).await.map_err(failed)? {
        let event: Event = serde_json::from_slice(&entry.body)
            .map_err(|error| GateError::failed(&format!("log entry {}", entry.index), error))?;
        let value = serde_json::to_value(&event)
            .map_err(|error| GateError::failed("showing the log", error))?;
        let kind = value
            .pointer("/event/type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let actor = value
            .pointer("/actor/party")
            .and_then(Value::as_str)
            .unwrap_or("gate")
            .to_owned();
        rows.push(vec![
            entry.index.to_string(),
            event.at.to_string(),
            actor,
            kind,
        ]);
        data.push(json!({"index": entry.index, "event": value}));
    }
    Answer::new(data, table(&["entry", "at", "by", "event"], rows))
}

async fn prove(gate: &Gate, index: u64) -> Outcome {
    let checkpoint = gate.log().checkpoint().await.map_err(failed)?;
    let proof = gate
        .log()
        .prove_inclusion(index, checkpoint.size())
        .await
        .map_err(failed)?;
    let entries = gate
        .log()
        .read(index..index.saturating_add(1))
        .await
        .map_err(failed)?;
    let entry = entries
        .first()
        .ok_or_else(|| GateError::rejected(format!("entry {index}: not in the log")))?;
    let event: Value = serde_json::from_slice(&entry.body)
        .map_err(|error| GateError::failed(&format!("log entry {index}"), error))?;
    let data = json!({"index": index, "salt": const_hex::encode(entry.salt), "event": event, "proof": proof,
                      "checkpoint": checkpoint.note()});
    let text = serde_json::to_string_pretty(&data)
        .map_err(|error| GateError::failed("showing the proof", error))?;
    Answer::new(data, text)
}

async fn export(gate: &Gate, out: &Path) -> Outcome {
    let verified = gate.log().export(out).await.map_err(failed)?;
    let size = verified.checkpoint.size();
    Answer::new(
        json!({"entries": size}),
        format!("{size} entries written to {}", out.display()),
    )
}

async fn verify(gate: &Gate, since: Option<&Path>) -> Outcome {
    let kept = since.map(super::read_text).transpose()?;
    match gate.log().audit(kept.as_deref()).await.map_err(failed)? {
        Ok(verified) => {
            let size = verified.checkpoint.size();
            let text = match verified.since {
                Some(old) => format!(
                    "the log holds: {size} entries, continuing the kept checkpoint of {old}"
                ),
                None => format!(
                    "the log holds: {size} entries (no kept checkpoint: nothing said of truncation)"
                ),
            };
            let data = json!({"entries": size, "since": verified.since, "checkpoint": verified.checkpoint.note()});
            Answer::new(data, text)
        }
        Err(findings) => Err(GateError::Rejected(
            findings.iter().map(ToString::to_string).collect(),
        )),
    }
}

pub(super) async fn release(place: &Place, command: Release) -> Outcome {
    match command {
        Release::List => {
            let gate = place.open().await?;
            let rows = gate
                .with_state(|state| {
                    let released = state
                        .jobs
                        .iter()
                        .filter(|(_, job)| job.status == JobStatus::Released);
                    let row =
                        |(id, job): (&irongate_policy::JobId, &irongate_policy::state::Job)| {
                            let (release, _) = job.outputs.as_ref()?;
                            // An answer went to whoever asked; it has no files to export.
                            let is_exportable = job.kind() != JobKind::Interactive;
                            Some((release.to_string(), id.to_string(), is_exportable))
                        };
                    released.filter_map(row).collect::<Vec<_>>()
                })
                .await;
            gate.close().await?;
            let data: Vec<_> = rows
                .iter()
                .map(|(release, job, is_exportable)| {
                    json!({"release": release, "job": job, "exportable": is_exportable})
                })
                .collect();
            Answer::new(
                data,
                table(
                    &["release", "job", "export"],
                    rows.into_iter()
                        .map(|(release, job, is_exportable)| {
                            let export = if is_exportable {
                                "yes"
                            } else {
                                "no: an answer"
                            };
                            vec![release, job, export.to_owned()]
                        })
                        .collect(),
                ),
            )
        }
        Release::Export { id, out } => {
            let gate = place.open().await?;
            let release = gate.find_release(&id).await?;
            let files = gate.export_release(&release, &out).await;
            let tables = gate.released_tables(&release).await;
            let statement = gate.release_statement(&release).await;
            gate.close().await?;
            let (files, tables, statement) = (files?, tables?, statement?);
            let mut text = format!(
                "release `{release}` written to {}: {}",
                out.display(),
                files.join(", ")
            );
            for query in &statement.queries {
                text.push_str(&format!(
                    "\ncost: {}",
                    super::review::charges_text(&query.charges)
                ));
            }
            for output in &tables {
                text.push_str(&format!(
                    "\n\noutput `{}`\n{}",
                    output.name,
                    super::show::released(output)
                ));
            }
            Answer::new(json!({"release": release, "files": files}), text)
        }
        Release::Verify {
            dir,
            agency_key,
            since,
        } => {
            let key: PublicKey = agency_key
                .parse()
                .map_err(|error| GateError::rejected(format!("agency key: {error}")))?;
            let kept = since.as_deref().map(super::read_text).transpose()?;
            let verified = verify_release(&dir, &key, kept.as_deref())?;
            let since = match verified.since {
                Some(kept) => format!("it continues the kept checkpoint of {kept} entries"),
                None => {
                    "no kept checkpoint was given: nothing is said of a rewritten log".to_owned()
                }
            };
            let text = format!(
                "the release holds\n  release  {}\n  job      {}\n  files    {}\n  log      {}, {} entries; {since}",
                verified.release,
                verified.job,
                verified.files.join(", "),
                verified.origin,
                verified.log_size
            );
            Answer::new(verified, text)
        }
    }
}
