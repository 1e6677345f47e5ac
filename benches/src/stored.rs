//! Stored datasets and their key: what the engine needs to run without the gate.

use crate::Outcome;
use irongate_engine::{Catalog, DataAccess, Table};
use irongate_ingest::{DropReason, IngestRequest, ingest};
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Datasets of one namespace, and public ones.
pub struct Stored {
    /// As the checker sees them.
    pub catalog: Catalog,
    /// The files of each, by its name in the catalog.
    pub files: BTreeMap<String, Vec<PathBuf>>,
    key: NamespaceKey,
}

impl Stored {
    /// Nothing yet.
    pub fn new(key: NamespaceKey) -> Self {
        Self {
            catalog: Catalog::default(),
            files: BTreeMap::new(),
            key,
        }
    }

    /// Takes in the dataset that is stored in `folder`.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn add(&mut self, spec: DatasetSpec, version: VersionId, folder: &Path) -> Outcome<()> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "parquet") {
                files.push(path);
            }
        }
        files.sort();
        let name = spec.name.to_string();
        self.files.insert(name.clone(), files);
        self.catalog.tables.insert(name, Table { spec, version });
        Ok(())
    }

    /// Ingests `file` under `spec` into a folder of its own in `folder`, as the gate does. Gives the rows kept;
    /// none but those past the unit's row cap may be dropped.
    ///
    /// # Errors
    /// If the file does not suit the spec, or any other row is dropped.
    pub fn ingest(&mut self, folder: &Path, file: &Path, spec: DatasetSpec) -> Outcome<u64> {
        let out_dir = folder.join(spec.name.to_string());
        let version = VersionId::new("bench")?;
        let request = IngestRequest {
            file,
            spec: &spec,
            key: &self.key,
            out_dir: &out_dir,
            version: version.clone(),
            blinding: [0; 32],
        };
        let report = ingest(&request, &mut |_| {})?.report;
        let mut dropped = report.dropped.iter();
        if dropped.any(|rows| rows.reason != DropReason::BeyondRowCap) {
            return Err(format!("{}: {:?}", spec.name, report.dropped).into());
        }
        self.add(spec, version, &out_dir)?;
        Ok(report.rows_kept)
    }
}

impl DataAccess for Stored {
    fn files(&self, dataset: &DatasetId, _: &VersionId) -> Result<Vec<PathBuf>, String> {
        let files = self.files.get(&dataset.to_string());
        files.cloned().ok_or_else(|| "no such dataset".to_owned())
    }

    fn key(&self, _: &NamespaceId) -> Result<NamespaceKey, String> {
        Ok(self.key.clone())
    }
}
