//! The manifest of a version: what is stored, and the commitment that may be shown outside.

use crate::error::IngestError;
use irongate_policy::{DatasetId, VersionId};
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Name of the manifest in a version's folder.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The version of the manifest's format.
pub(crate) const FORMAT: u32 = 1;

/// What is stored in a version. For the agency only: counts and digests are measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format.
    pub format: u32,
    /// The dataset.
    pub dataset: DatasetId,
    /// The version.
    pub version: VersionId,
    /// SHA-256 of the spec as JSON, in hex.
    pub spec_sha256: String,
    /// The stored columns in order, as `name: type`, `not null` where proven.
    pub schema: Vec<String>,
    /// Rows stored.
    pub rows: u64,
    /// Units stored; 0 for a public table.
    pub units: u64,
    /// The files, in order.
    pub files: Vec<StoredFile>,
    /// The random 256 bits that hide the content in the commitment, in hex.
    pub blinding: String,
}

/// One stored file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFile {
    /// Its name in the version's folder.
    pub name: String,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// A hiding and binding commitment to a version's content: HMAC-SHA-256 of the content's digest
/// under the blinding. Who does not know the blinding learns nothing from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(pub [u8; 32]);

impl std::fmt::Display for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

impl Manifest {
    /// The commitment to everything the manifest says: dataset, version, spec, schema and files.
    pub fn commitment(&self) -> Commitment {
        let mut content = digest::Context::new(&digest::SHA256);
        let mut field = |bytes: &[u8]| {
            content.update(&(bytes.len() as u64).to_be_bytes());
            content.update(bytes);
        };
        field(b"irongate/v1/version-content");
        field(&self.format.to_be_bytes());
        field(self.dataset.as_str().as_bytes());
        field(self.version.as_str().as_bytes());
        field(self.spec_sha256.as_bytes());
        field(&(self.schema.len() as u64).to_be_bytes());
        self.schema
            .iter()
            .for_each(|column| field(column.as_bytes()));
        field(&self.rows.to_be_bytes());
        field(&self.units.to_be_bytes());
        for file in &self.files {
            field(file.name.as_bytes());
            field(&file.rows.to_be_bytes());
            field(&file.bytes.to_be_bytes());
            field(file.sha256.as_bytes());
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.blinding.as_bytes());
        let tag = hmac::sign(&key, content.finish().as_ref());
        let mut commitment = [0; 32];
        for (to, from) in commitment.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        Commitment(commitment)
    }

    /// Reads the manifest of a version's folder.
    ///
    /// # Errors
    /// [`IngestError::Io`] if it cannot be read, [`IngestError::Altered`] if it is no manifest.
    pub fn read(folder: &Path) -> Result<Self, IngestError> {
        let text = std::fs::read(folder.join(MANIFEST_FILE))
            .map_err(IngestError::io("read a manifest"))?;
        let manifest: Option<Self> = serde_json::from_slice(&text).ok();
        let altered = IngestError::Altered {
            file: MANIFEST_FILE.to_owned(),
            what: "is no manifest of this format",
        };
        manifest
            .filter(|manifest| manifest.format == FORMAT)
            .ok_or(altered)
    }
}

/// Checks that a version's folder holds exactly the data files of its manifest, byte for byte.
///
/// # Errors
/// [`IngestError::Altered`] for the first file that is missing, added or changed; [`IngestError::Io`]
/// if one cannot be read.
pub fn verify_files(folder: &Path, manifest: &Manifest) -> Result<(), IngestError> {
    let altered = |file: &str, what| {
        Err(IngestError::Altered {
            file: file.to_owned(),
            what,
        })
    };
    let entries = std::fs::read_dir(folder).map_err(IngestError::io("list a version's folder"))?;
    for entry in entries {
        let entry = entry.map_err(IngestError::io("list a version's folder"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".parquet") && !manifest.files.iter().any(|file| file.name == name) {
            return altered(&name, "is not in the manifest");
        }
    }
    for file in &manifest.files {
        let path = folder.join(&file.name);
        if !path.is_file() {
            return altered(&file.name, "is missing");
        }
        if sha256_of(&path)? != file.sha256 {
            return altered(&file.name, "has changed");
        }
    }
    Ok(())
}

fn sha256_of(path: &Path) -> Result<String, IngestError> {
    let mut file = File::open(path).map_err(IngestError::io("open a stored file"))?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(IngestError::io("read a stored file"))?;
        match buffer.get(..read) {
            Some(bytes) if !bytes.is_empty() => hash.update(bytes),
            Some(_) | None => return Ok(const_hex::encode(hash.finish())),
        }
    }
}
