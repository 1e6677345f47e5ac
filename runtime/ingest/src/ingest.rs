//! The path from a provider's file to an immutable version.

use crate::bucket::Buckets;
use crate::canonical::{Cell, Pseudonyms, RowLayout, UNIT_BYTES, push_cell};
use crate::clean::Cleaner;
use crate::error::{IngestError, Problems};
use crate::manifest::{FORMAT, MANIFEST_FILE, Manifest, StoredFile};
use crate::parts::{PartWriter, stored_schema};
use crate::read;
use crate::report::{DropReason, Dropped, QualityReport};
use crate::sort::{SORT_BYTES, sorted};
use crate::units::{UnitDrops, UnitRules};
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{KeyPurpose, NamespaceKey, VersionId};
use ring::digest;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What to ingest.
#[derive(Debug, Clone)]
pub struct IngestRequest<'a> {
    /// The provider's file.
    pub file: &'a Path,
    /// What is declared about it.
    pub spec: &'a DatasetSpec,
    /// The key of the spec's unit namespace; a public table does not use it.
    pub key: &'a NamespaceKey,
    /// The folder of the version; must not be there yet. Its parent holds temporary files meanwhile.
    pub out_dir: &'a Path,
    /// The version's random id.
    pub version: VersionId,
    /// Random bytes that hide the content in the commitment.
    pub blinding: [u8; 32],
}

/// A version that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// What is stored; also in the folder as [`MANIFEST_FILE`].
    pub manifest: Manifest,
    /// What was dropped and why, for the agency.
    pub report: QualityReport,
}

/// How far an ingest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Reading and cleaning.
    Reading {
        /// Bytes of the file read, about.
        bytes: u64,
        /// Its size.
        of: u64,
    },
    /// Sorting and storing.
    Storing {
        /// Buckets done.
        buckets: u64,
        /// All of them.
        of: u64,
    },
}

/// Ingests a file: all of it, or nothing is left behind.
///
/// # Errors
/// [`IngestError::Problems`] if the file does not fit the spec, with every problem;
/// [`IngestError::Exists`] if the folder is there already; else what failed.
pub fn ingest(
    request: &IngestRequest<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Ingested, IngestError> {
    let IngestRequest {
        file,
        spec,
        key,
        out_dir,
        version,
        blinding,
    } = request;
    let layout = RowLayout::new(spec);
    let draft = Draft::create(out_dir)?;
    let input_bytes = std::fs::metadata(file)
        .map_err(IngestError::io(format!("open `{}`", file.display())))?
        .len();
    let mut buckets = Buckets::create(
        &draft.work,
        if spec.protected().is_some() {
            input_bytes
        } else {
            0
        },
    )?;
    let mut cleaner = Cleaner::new(spec);
    fill_buckets(request, &layout, &mut cleaner, &mut buckets, &mut |bytes| {
        progress(Progress::Reading {
            bytes,
            of: input_bytes,
        });
    })?;
    let stored = draft.store(spec, &layout, buckets, key, SORT_BYTES, progress)?;
    let manifest = stored.manifest(spec, version, blinding)?;
    draft.publish(&manifest)?;
    tracing::info!(dataset = %spec.name, %version, "ingested");
    Ok(Ingested {
        report: report(spec, version, cleaner, &stored),
        manifest,
    })
}

/// Reads and cleans the file, and sets its rows aside under their pseudonyms.
fn fill_buckets(
    request: &IngestRequest<'_>,
    layout: &RowLayout,
    cleaner: &mut Cleaner,
    buckets: &mut Buckets,
    progress: &mut dyn FnMut(u64),
) -> Result<(), IngestError> {
    let spec = request.spec;
    let mut problems = Problems::default();
    let mut pseudonyms = Pseudonyms::new(request.key);
    let position = |name: &String| spec.columns.iter().position(|column| column.name == *name);
    let unit: Option<Vec<usize>> = spec
        .protected()
        .map(|protected| protected.unit.columns.iter().filter_map(position).collect());
    let unit_kinds = |i: &usize| spec.columns.get(*i).map(|column| (*i, column.kind));
    let unit: Option<Vec<_>> = unit.map(|unit| unit.iter().filter_map(unit_kinds).collect());
    // Declared columns by their place among the stored ones.
    let stored: Vec<usize> = spec
        .stored_columns()
        .filter_map(|column| position(&column.name))
        .collect();
    let cells: Vec<usize> = layout
        .cells
        .iter()
        .filter_map(|(i, _)| stored.get(*i).copied())
        .collect();
    if let Some(mut rows) = read::open(request.file, spec, &mut problems)? {
        let mut bytes = Vec::new();
        while let Some(chunk) = rows.next(&mut problems)? {
            let clean = cleaner.clean(chunk, &mut problems)?;
            progress(rows.position());
            if !problems.is_empty() {
                // Nothing will be stored, but every problem is to be found.
                continue;
            }
            for row in 0..clean.rows {
                bytes.clear();
                match &unit {
                    None => bytes.extend_from_slice(&[0; UNIT_BYTES]),
                    Some(unit) => {
                        let unit = unit.iter().map(|(i, kind)| (*kind, clean.cell(*i, row)));
                        let id = pseudonyms.of(unit).ok_or(IngestError::Internal {
                            step: "form a pseudonym",
                        })?;
                        bytes.extend_from_slice(&id);
                    }
                }
                cells
                    .iter()
                    .for_each(|column| push_cell(&mut bytes, &clean.cell(*column, row)));
                buckets.push(&bytes)?;
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    problems.list.sort_by_key(|problem| problem.line);
    Err(IngestError::Problems(problems))
}

/// What has been stored of a version.
pub(crate) struct Stored {
    files: Vec<StoredFile>,
    rows: u64,
    units: u64,
    drops: UnitDrops,
}

impl Stored {
    /// The manifest of what has been stored.
    pub(crate) fn manifest(
        &self,
        spec: &DatasetSpec,
        version: &VersionId,
        blinding: &[u8; 32],
    ) -> Result<Manifest, IngestError> {
        let spec_json =
            serde_json::to_vec(spec).map_err(IngestError::internal("write a spec as JSON"))?;
        let schema = stored_schema(spec);
        let column = |field: &arrow::datatypes::FieldRef| {
            let not_null = if field.is_nullable() { "" } else { " not null" };
            format!("{}: {}{not_null}", field.name(), field.data_type())
        };
        Ok(Manifest {
            format: FORMAT,
            dataset: spec.name.clone(),
            version: version.clone(),
            spec_sha256: const_hex::encode(digest::digest(&digest::SHA256, &spec_json)),
            schema: schema.fields().iter().map(column).collect(),
            rows: self.rows,
            units: self.units,
            files: self.files.clone(),
            blinding: const_hex::encode(blinding),
        })
    }
}

/// A version that is being written: nothing is left of it unless it is published.
pub(crate) struct Draft {
    out_dir: PathBuf,
    parent: PathBuf,
    /// Removed with everything in it when the draft goes.
    _folder: tempfile::TempDir,
    /// Temporary rows: they hold personal data.
    pub(crate) work: PathBuf,
    version: PathBuf,
}

impl Draft {
    pub(crate) fn create(out_dir: &Path) -> Result<Self, IngestError> {
        if out_dir.symlink_metadata().is_ok() {
            return Err(IngestError::Exists(out_dir.to_owned()));
        }
        let parent = match out_dir.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            Some(_) | None => PathBuf::from("."),
        };
        std::fs::create_dir_all(&parent)
            .map_err(IngestError::io("create the folder of versions"))?;
        let folder = tempfile::Builder::new()
            .prefix(".ingest-")
            .tempdir_in(&parent);
        let folder = folder.map_err(IngestError::io("create a temporary folder"))?;
        let (work, version) = (folder.path().join("work"), folder.path().join("version"));
        for path in [&work, &version] {
            std::fs::create_dir(path).map_err(IngestError::io("create a temporary folder"))?;
        }
        Ok(Self {
            out_dir: out_dir.to_owned(),
            parent,
            _folder: folder,
            work,
            version,
        })
    }

    /// Sorts the buckets, applies the rules on units, and writes the version's files.
    pub(crate) fn store(
        &self,
        spec: &DatasetSpec,
        layout: &RowLayout,
        buckets: Buckets,
        key: &NamespaceKey,
        sort_memory: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Stored, IngestError> {
        let mut parts = PartWriter::new(&self.version, spec, layout)?;
        let mut drops = UnitDrops::default();
        let buckets = buckets.finish()?;
        let of = buckets.len() as u64;
        for (done, bucket) in (1_u64..).zip(&buckets) {
            match spec.protected() {
                None => sorted(bucket, &self.work, sort_memory, |row| {
                    parts.push_public(row)
                })?,
                Some(protected) => {
                    let mut rules = UnitRules::new(
                        layout,
                        protected.unit.max_rows,
                        key.derive(KeyPurpose::RowCap),
                    );
                    let each = |row: &[u8]| rules.push(row, |unit| parts.push_unit(unit));
                    sorted(bucket, &self.work, sort_memory, each)?;
                    rules.finish(|unit| parts.push_unit(unit))?;
                    drops.duplicates += rules.drops.duplicates;
                    drops.beyond_cap += rules.drops.beyond_cap;
                }
            }
            std::fs::remove_file(bucket).map_err(IngestError::io("remove a temporary file"))?;
            progress(Progress::Storing { buckets: done, of });
        }
        Ok(Stored {
            files: parts.finish()?,
            rows: parts.rows,
            units: parts.units,
            drops,
        })
    }

    /// Makes the version durable and moves it to its place in one step.
    pub(crate) fn publish(self, manifest: &Manifest) -> Result<(), IngestError> {
        let failed = || IngestError::io("publish a version");
        let json = serde_json::to_vec_pretty(manifest)
            .map_err(IngestError::internal("write a manifest"))?;
        let path = self.version.join(MANIFEST_FILE);
        std::fs::write(&path, json).map_err(failed())?;
        for path in [&path, &self.version] {
            File::open(path)
                .and_then(|file| file.sync_all())
                .map_err(failed())?;
        }
        std::fs::rename(&self.version, &self.out_dir).map_err(failed())?;
        File::open(&self.parent)
            .and_then(|file| file.sync_all())
            .map_err(failed())
    }
}

fn report(
    spec: &DatasetSpec,
    version: &VersionId,
    cleaner: Cleaner,
    stored: &Stored,
) -> QualityReport {
    let unit_rules = [
        (DropReason::DuplicateWithinUnit, stored.drops.duplicates),
        (DropReason::BeyondRowCap, stored.drops.beyond_cap),
    ];
    let dropped = cleaner
        .dropped
        .into_iter()
        .chain(unit_rules)
        .filter(|(_, rows)| *rows > 0);
    QualityReport {
        dataset: spec.name.clone(),
        version: version.clone(),
        rows_read: cleaner.rows_read,
        rows_kept: stored.rows,
        units: stored.units,
        dropped: dropped
            .map(|(reason, rows)| Dropped { reason, rows })
            .collect(),
        columns: cleaner.quality,
    }
}

/// One row of cells as bytes under a pseudonym.
pub(crate) fn row_bytes<'c>(
    unit: &[u8; UNIT_BYTES],
    cells: impl Iterator<Item = Cell<'c>>,
) -> Vec<u8> {
    let mut bytes = unit.to_vec();
    cells.for_each(|cell| push_cell(&mut bytes, &cell));
    bytes
}
