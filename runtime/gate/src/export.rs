//! Releases leaving the gate: their files and certificate in a folder of their own.

use crate::certificate::{
    CERTIFICATE, Certificate, EntryRef, LOG_HASHES, ReleaseStatement, verify_release,
};
use crate::error::GateError;
use crate::gate::Gate;
use crate::run::{FILE, STATEMENT};
use irongate_policy::manifest::JobKind;
use irongate_policy::request::PartyKind;
use irongate_policy::state::JobStatus;
use irongate_policy::{Event, Fact, ReleaseId};
use irongate_store::StoreError;
use irongate_store::verify::Entry;
use std::path::Path;

impl Gate {
    /// The release that an id names: the release's own, or its job's.
    ///
    /// # Errors
    /// [`GateError::Rejected`] if nothing of this id was released, or it is the answer to a question:
    /// that has neither files nor a certificate.
    pub async fn find_release(&self, id: &str) -> Result<ReleaseId, GateError> {
        let found = self
            .with_state(|state| {
                let mut released = state.jobs.iter().filter_map(|(job, record)| {
                    let is_out = record.status == JobStatus::Released;
                    let (release, _) = record.outputs.as_ref().filter(|_| is_out)?;
                    Some((job, release, record.kind()))
                });
                released
                    .find(|(job, release, _)| job.as_str() == id || release.as_str() == id)
                    .map(|(_, release, kind)| (release.clone(), kind))
            })
            .await;
        match found {
            Some((_, JobKind::Interactive)) => Err(GateError::rejected(format!(
                "`{id}`: the answer to a question; it went to whoever asked, without files or a \
                 certificate: submit the statement as a job for a release that can be exported"
            ))),
            Some((release, _)) => Ok(release),
            None => Err(GateError::rejected(format!(
                "`{id}`: nothing of this id was released"
            ))),
        }
    }

    /// The statement a release was logged with.
    ///
    /// # Errors
    /// [`GateError::Failed`] if it is missing or damaged.
    pub async fn release_statement(
        &self,
        release: &ReleaseId,
    ) -> Result<ReleaseStatement, GateError> {
        let bytes = self.required_document(STATEMENT, release.as_str()).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| GateError::failed("reading the release", error))
    }

    /// Writes a release's files, its certificate and the log's hashes to a new folder. A folder that
    /// holds this release already, and verifies, is left as it is.
    ///
    /// # Errors
    /// [`GateError`] if the folder holds something else or cannot be written, or the release is not in
    /// the log.
    pub async fn export_release(
        &self,
        release: &ReleaseId,
        folder: &Path,
    ) -> Result<Vec<String>, GateError> {
        if folder.exists() {
            return self.exported(release, folder).await;
        }
        let statement = self.release_statement(release).await?;
        let certificate = self.certificate(statement).await?;
        let size = certificate.proof.size;
        let leaves = self.log().leaf_hashes(size).await;
        let leaves = leaves.map_err(|error| GateError::failed("the log", error))?;
        let leaves: Vec<u8> = leaves.iter().flat_map(|leaf| leaf.0).collect();
        let mut files = vec![
            (CERTIFICATE.to_owned(), certificate.to_bytes()?),
            (LOG_HASHES.to_owned(), leaves),
        ];
        for file in certificate
            .statement
            .outputs
            .iter()
            .flat_map(|output| &output.files)
        {
            files.push((
                file.name.clone(),
                self.required_document(FILE, &format!("{release}/{}", file.name))
                    .await?,
            ));
        }
        let named = |error: std::io::Error| {
            GateError::failed(&format!("writing {}", folder.display()), error)
        };
        std::fs::create_dir(folder).map_err(named)?;
        for (name, bytes) in &files {
            std::fs::write(folder.join(name), bytes).map_err(named)?;
        }
        Ok(files.into_iter().map(|(name, _)| name).collect())
    }

    async fn exported(&self, release: &ReleaseId, folder: &Path) -> Result<Vec<String>, GateError> {
        let agencies = self
            .with_state(|state| {
                let parties = state.parties.values();
                let agencies = parties.filter(|party| party.kind == PartyKind::Agency);
                agencies.map(|party| party.key).collect::<Vec<_>>()
            })
            .await;
        let there = agencies
            .iter()
            .find_map(|agency| verify_release(folder, agency, None).ok())
            .filter(|verified| verified.release == *release);
        there.map(|verified| verified.files).ok_or_else(|| {
            GateError::rejected(format!(
                "{}: there already, and not this release; name another folder",
                folder.display()
            ))
        })
    }

    async fn certificate(&self, statement: ReleaseStatement) -> Result<Certificate, GateError> {
        let entry = self.entry_of(&statement).await?;
        let log_failed = |error: StoreError| GateError::failed("the log", error);
        let checkpoint = self.log().checkpoint().await.map_err(log_failed)?;
        let proof = self
            .log()
            .prove_inclusion(entry.index, checkpoint.size())
            .await
            .map_err(log_failed)?;
        let first = self.log().read(0..1).await.map_err(log_failed)?;
        let first = first
            .first()
            .ok_or_else(|| GateError::Failed("the log is empty".into()))?;
        let first: Event = serde_json::from_slice(&first.body)
            .map_err(|error| GateError::failed("log entry 0", error))?;
        let genesis = *first
            .signed
            .ok_or_else(|| GateError::Failed("log entry 0 is not signed".into()))?;
        Ok(Certificate {
            format: 1,
            statement,
            genesis,
            entry,
            proof,
            checkpoint: checkpoint.note().to_owned(),
        })
    }

    /// The entry that released a statement; searched from the end, where it nearly always is.
    async fn entry_of(&self, statement: &ReleaseStatement) -> Result<EntryRef, GateError> {
        let log_failed = |error: StoreError| GateError::failed("the log", error);
        let mut end = self.log().size().await.map_err(log_failed)?;
        while end > 0 {
            end -= 1;
            for entry in self.log().read(end..end + 1).await.map_err(log_failed)? {
                let entry = disclosed(&entry)?;
                if matches!(&entry.event.event, Fact::JobReleased { release, .. } if *release == statement.release)
                {
                    return Ok(entry);
                }
            }
        }
        Err(GateError::Failed("the release is not in the log".into()))
    }
}

/// An entry with all that its leaf is made of.
fn disclosed(entry: &Entry) -> Result<EntryRef, GateError> {
    let event: Event = serde_json::from_slice(&entry.body)
        .map_err(|error| GateError::failed(&format!("log entry {}", entry.index), error))?;
    Ok(EntryRef {
        index: entry.index,
        salt: const_hex::encode(entry.salt),
        event,
    })
}
