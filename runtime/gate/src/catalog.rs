//! Datasets coming in: cleaned, checked, stored as an immutable version, and drafted for consent.

use crate::error::GateError;
use crate::gate::Gate;
use crate::home::{private_folder, read_limited};
use crate::random;
use irongate_ingest::{IngestError, IngestRequest, Progress, QualityReport};
use irongate_policy::command::Draft;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{DatasetId, Digest, GateAction, NamespaceKey, VersionId};
use irongate_store::DocumentChange;
use serde::Serialize;
use std::path::Path;
use tracing::info_span;

/// No spec is longer.
const MAX_SPEC_BYTES: u64 = 1 << 20;
/// Kind of the documents that hold quality reports: for the agency, outside the log.
pub const QUALITY: &str = "quality";

/// A draft version, awaiting consent.
#[derive(Debug, Serialize)]
pub struct DraftVersion {
    /// The dataset.
    pub dataset: DatasetId,
    /// The version.
    pub version: VersionId,
    /// What the provider and the regulator consent to.
    pub change: Digest,
}

/// Reads a dataset spec.
///
/// # Errors
/// [`GateError::Rejected`] with every problem and its line.
pub fn read_spec(path: &Path) -> Result<DatasetSpec, GateError> {
    let bytes = read_limited(path, MAX_SPEC_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| GateError::rejected(format!("{}: not UTF-8", path.display())))?;
    DatasetSpec::from_toml(&text).map_err(|problems| {
        GateError::Rejected(
            problems
                .iter()
                .map(|problem| format!("{}: {problem}", path.display()))
                .collect(),
        )
    })
}

impl Gate {
    /// Ingests a file as a draft version of the spec's dataset.
    ///
    /// # Errors
    /// [`GateError::Rejected`] with every problem of the spec or file, or [`GateError::Denied`].
    pub async fn ingest(
        &self,
        file: &Path,
        spec: DatasetSpec,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<(DraftVersion, QualityReport, Vec<u64>), GateError> {
        let entropy = self.around().entropy.as_ref();
        let version = VersionId::new(crate::random_id("v", entropy)?)
            .map_err(|error| GateError::failed("naming the version", error))?;
        let key = match spec.protected() {
            Some(protected) => self
                .home()
                .make_namespace_key(&protected.unit.namespace, entropy)?,
            // A public table has no units: nothing in it is keyed.
            None => NamespaceKey::new(random(entropy)?),
        };
        private_folder(&self.home().dataset(&spec.name))?;
        let span = info_span!("ingest", dataset = %spec.name);
        let out_dir = self.home().version(&spec.name, &version);
        let blinding = random(entropy)?;
        let (file, mut progress) = (file.to_owned(), progress);
        let (owned, draft_version) = (spec.clone(), version.clone());
        let ingested = tokio::task::spawn_blocking(move || {
            let request = IngestRequest {
                file: &file,
                spec: &owned,
                key: &key,
                out_dir: &out_dir,
                version: draft_version,
                blinding,
            };
            span.in_scope(|| irongate_ingest::ingest(&request, &mut progress))
        })
        .await
        .map_err(|error| GateError::failed("ingest", error))?
        .map_err(ingest_failed)?;
        let name = spec.name.clone();
        let draft = Draft {
            spec,
            version: version.clone(),
            commitment: Digest::new(self.disclose().commit(&ingested.manifest).0),
        };
        let report = serde_json::to_vec(&ingested.report)
            .map_err(|e| GateError::failed("storing the report", e))?;
        let document = DocumentChange::Put {
            kind: QUALITY.into(),
            id: format!("{name}/{version}"),
            bytes: report,
        };
        let events = self
            .step(GateAction::RecordDraft(Box::new(draft)), vec![document])
            .await?;
        let change = self
            .with_state(|state| state.datasets.get(&name)?.versions.get(&version).copied())
            .await
            .ok_or_else(|| GateError::Failed("the draft is not in the log".into()))?;
        Ok((
            DraftVersion {
                dataset: name,
                version,
                change,
            },
            ingested.report,
            events,
        ))
    }
}

fn ingest_failed(error: IngestError) -> GateError {
    match error {
        IngestError::Problems(problems) => {
            let mut lines: Vec<String> = problems.list.iter().map(ToString::to_string).collect();
            if problems.more > 0 {
                lines.push(format!("and {} more", problems.more));
            }
            GateError::Rejected(lines)
        }
        other => GateError::failed("ingest", other),
    }
}
