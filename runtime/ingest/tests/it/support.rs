//! What the tests share: ingesting a text, and reading stored rows back.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use irongate_ingest::{IngestError, IngestRequest, Ingested, STORED_UNIT, ingest};
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{NamespaceKey, VersionId};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) fn spec(text: &str) -> DatasetSpec {
    DatasetSpec::from_toml(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// A folder with a file to ingest and room for versions.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
}

/// A version that was ingested, and where.
pub(crate) struct Version {
    pub(crate) ingested: Ingested,
    pub(crate) path: PathBuf,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Ingests `bytes` as version `version` under key 1.
    pub(crate) fn ingest(
        &self,
        spec: &DatasetSpec,
        bytes: &[u8],
        version: &str,
    ) -> Result<Version, IngestError> {
        let file = self.path(&format!("{version}.input"));
        std::fs::write(&file, bytes).unwrap();
        self.ingest_file(spec, &file, version, 1)
    }

    pub(crate) fn ingest_file(
        &self,
        spec: &DatasetSpec,
        file: &Path,
        version: &str,
        key: u8,
    ) -> Result<Version, IngestError> {
        let path = self.path(version);
        let request = IngestRequest {
            file,
            spec,
            key: &NamespaceKey::new([key; NamespaceKey::LENGTH]),
            out_dir: &path,
            version: VersionId::new(version).unwrap(),
            blinding: [9; 32],
        };
        let ingested = ingest(&request, &mut |_| {})?;
        Ok(Version { ingested, path })
    }
}

/// One stored row: the pseudonym in hex (empty for a public table) and the cells as text.
pub(crate) type Row = (String, Vec<Option<String>>);

impl Version {
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.ingested
            .manifest
            .files
            .iter()
            .map(|file| self.path.join(&file.name))
            .collect()
    }

    /// Every stored row, in stored order.
    pub(crate) fn rows(&self) -> Vec<Row> {
        rows_of(&self.files())
    }

    /// The cells of one column of every row, nulls as `-`.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        let batches = self
            .files()
            .iter()
            .flat_map(|file| batches(file))
            .collect::<Vec<_>>();
        batches
            .iter()
            .flat_map(|batch| texts(batch, name))
            .map(|text| text.unwrap_or_else(|| "-".into()))
            .collect()
    }
}

pub(crate) fn batches(file: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap())
        .unwrap()
        .build()
        .unwrap();
    reader.map(Result::unwrap).collect()
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch
        .column_by_name(name)
        .unwrap_or_else(|| panic!("no column {name}"));
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options).unwrap();
    (0..batch.num_rows())
        .map(|i| column.is_valid(i).then(|| formatter.value(i).to_string()))
        .collect()
}

pub(crate) fn rows_of(files: &[PathBuf]) -> Vec<Row> {
    let mut rows = Vec::new();
    for batch in files.iter().flat_map(|file| batches(file)) {
        let schema = batch.schema();
        let names = schema
            .fields()
            .iter()
            .map(|field| field.name())
            .filter(|name| *name != STORED_UNIT);
        let columns: Vec<_> = names.map(|name| texts(&batch, name)).collect();
        let units = batch
            .column_by_name(STORED_UNIT)
            .map(|column| column.as_binary::<i32>().clone());
        for i in 0..batch.num_rows() {
            let unit = units.as_ref().map(|units| {
                units
                    .value(i)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect()
            });
            rows.push((
                unit.unwrap_or_default(),
                columns.iter().map(|column| column[i].clone()).collect(),
            ));
        }
    }
    rows
}
