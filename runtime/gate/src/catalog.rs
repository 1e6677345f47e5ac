//! Datasets coming in: cleaned, checked, stored as an immutable version, and drafted for consent.

use crate::error::GateError;
use crate::gate::Gate;
use crate::home::{given, private_folder, read_given};
use crate::random;
use irongate_ingest::{IngestError, IngestRequest, Progress, QualityReport};
use irongate_policy::command::Draft;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{DatasetId, Digest, GateAction, NamespaceKey, State, VersionId};
use irongate_store::DocumentChange;
use serde::Serialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tracing::info_span;

/// No spec is longer.
const MAX_SPEC_BYTES: u64 = 1 << 20;
/// Kind of the documents that hold quality reports: for the agency, outside the log.
pub const QUALITY: &str = "quality";

/// Kind of the documents that say which draft came of which file and spec: for the agency, outside the log.
const SOURCE: &str = "source";

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
    let bytes = read_given(path, MAX_SPEC_BYTES)?;
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
    /// Ingests a file as a draft version of the spec's dataset. The same file with the same spec once
    /// more is the same draft.
    ///
    /// # Errors
    /// [`GateError::Rejected`] with every problem of the spec or file, or [`GateError::Denied`].
    pub async fn ingest(
        &self,
        file: &Path,
        spec: DatasetSpec,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<(DraftVersion, QualityReport, Vec<u64>), GateError> {
        let source = source_id(file, &spec)?;
        if let Some((draft, report)) = self.drafted(&source).await? {
            return Ok((draft, report, Vec::new()));
        }
        let entropy = self.around().entropy.as_ref();
        let version = VersionId::new(crate::random_id("v", entropy)?)
            .map_err(|error| GateError::failed("naming the version", error))?;
        let key = match spec.protected() {
            Some(protected) => {
                let namespace = &protected.unit.namespace;
                let is_known = |state: &State| state.drafted_in(namespace).next().is_some();
                match self.with_state(is_known).await {
                    true => self.home().namespace_key(namespace)?,
                    false => self.home().make_namespace_key(namespace, entropy)?,
                }
            }
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
        let put = |kind: &str, id, bytes| DocumentChange::Put {
            kind: kind.into(),
            id,
            bytes,
        };
        let drafted = format!("{name}/{version}");
        let documents = vec![
            put(SOURCE, source, drafted.clone().into_bytes()),
            put(QUALITY, drafted, report),
        ];
        let recorded = self
            .step(GateAction::RecordDraft(Box::new(draft)), documents)
            .await;
        if let Err(GateError::Denied(_) | GateError::Rejected(_)) = recorded {
            // Nothing is logged of it, so nothing would ever read it.
            let folder = self.home().version(&name, &version);
            std::fs::remove_dir_all(&folder)
                .map_err(|error| GateError::failed("removing a version that is refused", error))?;
        }
        let events = recorded?;
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

impl Gate {
    /// The draft that came of this source before, unless it was delisted since.
    async fn drafted(
        &self,
        source: &str,
    ) -> Result<Option<(DraftVersion, QualityReport)>, GateError> {
        let found = self.log().document(SOURCE, source).await;
        let Some(named) = found.map_err(|error| GateError::failed("the log", error))? else {
            return Ok(None);
        };
        let named = String::from_utf8_lossy(&named).into_owned();
        let draft = self
            .with_state(|state| {
                let (dataset, version) = named.split_once('/')?;
                let (dataset, version) = (dataset.parse().ok()?, version.parse().ok()?);
                let (change, delisted) = {
                    let known = state.datasets.get(&dataset)?;
                    let change = *known.versions.get(&version)?;
                    (change, known.changes.get(&change)?.delisted)
                };
                (!delisted).then_some(DraftVersion {
                    dataset,
                    version,
                    change,
                })
            })
            .await;
        let Some(draft) = draft else { return Ok(None) };
        let report = self.required_document(QUALITY, &named).await?;
        let report = serde_json::from_slice(&report)
            .map_err(|error| GateError::failed("reading the report", error))?;
        Ok(Some((draft, report)))
    }
}

/// What a file with its spec is called: SHA-256 over both. It stays in the home.
fn source_id(file: &Path, spec: &DatasetSpec) -> Result<String, GateError> {
    let named =
        |error: std::io::Error| GateError::failed(&format!("reading {}", file.display()), error);
    given(file)?;
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let spec = serde_json::to_vec(spec).map_err(|e| GateError::failed("reading the spec", e))?;
    hash.update(Digest::of(&spec).as_bytes());
    let mut opened = File::open(file).map_err(named)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = opened.read(&mut buffer).map_err(named)?;
        match buffer.get(..read) {
            Some(bytes) if !bytes.is_empty() => hash.update(bytes),
            Some(_) | None => return Ok(const_hex::encode(hash.finish())),
        }
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
