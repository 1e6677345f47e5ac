//! The home directory: where everything the gate keeps lies.
//!
//! ```text
//! home/
//!   origin              the log's name, in every signed request
//!   log.sqlite          the event log and private documents
//!   keys/log            seed of the log's key           (mode 0600)
//!   keys/cache          key of the artifact cache       (mode 0600)
//!   keys/namespace/NS   one namespace key each          (mode 0600)
//!   data/DATASET/VERSION/part-*.parquet, manifest.json
//!   cache/              compiled artifacts, authenticated
//!   agency.log          the agency's private trace
//! ```

use crate::entropy::{Entropy, random, random_id};
use crate::error::GateError;
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Only the agency's account may read the home.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;
/// No origin is longer.
const MAX_ORIGIN_BYTES: u64 = 255;

/// The paths of one home.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// The home at `root`, which need not exist yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The event log's database.
    pub fn log(&self) -> PathBuf {
        self.root.join("log.sqlite")
    }

    /// The log's origin.
    pub fn origin(&self) -> PathBuf {
        self.root.join("origin")
    }

    /// The agency's private trace.
    pub fn trace(&self) -> PathBuf {
        self.root.join("agency.log")
    }

    /// Where compiled artifacts are cached.
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Where all versions of a dataset lie.
    pub fn dataset(&self, dataset: &DatasetId) -> PathBuf {
        self.data().join(dataset.as_str())
    }

    /// Where one stored version lies.
    pub fn version(&self, dataset: &DatasetId, version: &VersionId) -> PathBuf {
        self.dataset(dataset).join(version.as_str())
    }

    /// Where every dataset lies.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Where every key of the home's own lies.
    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    fn namespace_keys(&self) -> PathBuf {
        self.keys().join("namespace")
    }

    fn namespace_key_file(&self, namespace: &NamespaceId) -> PathBuf {
        self.namespace_keys().join(namespace.as_str())
    }

    /// Makes the folders of a home, where they are missing.
    ///
    /// # Errors
    /// [`GateError`] if one cannot be made.
    pub fn create(&self) -> Result<(), GateError> {
        for folder in [
            self.root.clone(),
            self.namespace_keys(),
            self.data(),
            self.cache(),
        ] {
            private_folder(&folder)?;
        }
        Ok(())
    }

    /// The log's origin, drawn at first use.
    ///
    /// # Errors
    /// [`GateError`] if it cannot be read or made.
    pub(crate) fn make_origin(&self, entropy: &dyn Entropy) -> Result<String, GateError> {
        if !self.origin().exists() {
            let drawn = random_id("irongate", entropy)?;
            write_private(&self.origin(), drawn.as_bytes())?;
        }
        self.read_origin()
    }

    /// The log's origin.
    ///
    /// # Errors
    /// [`GateError`] if there is none, or it is damaged.
    pub(crate) fn read_origin(&self) -> Result<String, GateError> {
        let origin = read_limited(&self.origin(), MAX_ORIGIN_BYTES)
            .map_err(|_| GateError::rejected("no home here; make one with `irongate init`"))?;
        String::from_utf8(origin)
            .map_err(|_| GateError::Failed("the home's origin is damaged".into()))
    }

    /// The seed of the log's signing key, made at first use.
    ///
    /// # Errors
    /// [`GateError`] if it cannot be read or made.
    pub fn log_seed(&self, entropy: &dyn Entropy) -> Result<[u8; 32], GateError> {
        read_or_make(&self.keys().join("log"), entropy)
    }

    /// The key that authenticates compiled artifacts, made at first use.
    ///
    /// # Errors
    /// [`GateError`] if it cannot be read or made.
    pub fn cache_key(&self, entropy: &dyn Entropy) -> Result<[u8; 32], GateError> {
        read_or_make(&self.keys().join("cache"), entropy)
    }

    /// Whether there is a log. Where there is none there must be no data and no key of a namespace either: a new log would forget what
    /// was spent.
    ///
    /// # Errors
    /// [`GateError`] if it cannot be told, or if the log is lost.
    pub fn has_log(&self) -> Result<bool, GateError> {
        let told = |error| GateError::failed("looking for the log", error);
        if self.log().try_exists().map_err(told)? {
            return Ok(true);
        }
        for folder in [self.data(), self.namespace_keys()] {
            let has_entries = match std::fs::read_dir(&folder) {
                Ok(mut entries) => entries.next().is_some(),
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                Err(error) => return Err(told(error)),
            };
            if has_entries {
                return Err(GateError::Failed(format!(
                    "{}: the log is missing, and {} is not empty; restore the home from a backup",
                    self.log().display(),
                    folder.display()
                )));
            }
        }
        Ok(false)
    }

    /// The key of a namespace, made when its first dataset comes in.
    ///
    /// # Errors
    /// [`GateError`] if it cannot be read or made.
    pub fn make_namespace_key(
        &self,
        namespace: &NamespaceId,
        entropy: &dyn Entropy,
    ) -> Result<NamespaceKey, GateError> {
        read_or_make(&self.namespace_key_file(namespace), entropy).map(NamespaceKey::new)
    }

    /// The key of a namespace that has datasets.
    ///
    /// # Errors
    /// [`GateError`] if it is missing: it is never made anew, since pseudonyms would change.
    pub fn namespace_key(&self, namespace: &NamespaceId) -> Result<NamespaceKey, GateError> {
        read_key(&self.namespace_key_file(namespace)).map(NamespaceKey::new)
    }
}

/// Makes a folder that only its owner can enter, with its parents.
///
/// # Errors
/// [`GateError`] if it cannot be made.
pub fn private_folder(path: &Path) -> Result<(), GateError> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER)
        .create(path)
        .map_err(|error| GateError::failed(&format!("making folder {}", path.display()), error))
}

/// Writes a new file that only its owner can read, durably and whole: a crash leaves all of it or none.
/// An existing file is left alone.
///
/// # Errors
/// [`GateError`] if it exists or cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), GateError> {
    let named =
        |error: std::io::Error| GateError::failed(&format!("writing {}", path.display()), error);
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    // One that a crash left is of no use.
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(named(error)),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(&unfinished)
        .map_err(named)?;
    file.write_all(bytes).map_err(named)?;
    file.sync_all().map_err(named)?;
    // A link, unlike a rename, never replaces what is there.
    let linked = std::fs::hard_link(&unfinished, path);
    std::fs::remove_file(&unfinished).map_err(named)?;
    linked.map_err(named)?;
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(named)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`GateError`] if it cannot be read, or is longer.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, GateError> {
    let named =
        |error: std::io::Error| GateError::failed(&format!("reading {}", path.display()), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(named)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(named)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(GateError::rejected(format!(
            "{}: longer than {limit} bytes",
            path.display()
        )));
    }
    Ok(bytes)
}

/// Reads a file that whoever asks has named, of at most `limit` bytes.
///
/// # Errors
/// [`GateError::Rejected`] if there is no such file, or it is longer; [`GateError::Failed`] if it cannot
/// be read.
pub fn read_given(path: &Path, limit: u64) -> Result<Vec<u8>, GateError> {
    given(path)?;
    read_limited(path, limit)
}

/// Shows that a named path is a file.
pub(crate) fn given(path: &Path) -> Result<(), GateError> {
    let why = match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => "a folder, where a file is wanted",
        Err(error) if error.kind() == ErrorKind::NotFound => {
            "no such file; look for a slip in its name"
        }
        // Whatever else stands against it, reading it tells.
        Ok(_) | Err(_) => return Ok(()),
    };
    Err(GateError::rejected(format!("{}: {why}", path.display())))
}

fn read_key(path: &Path) -> Result<[u8; 32], GateError> {
    let text = read_limited(path, 65)?;
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    const_hex::decode_to_array(text).map_err(|_| {
        GateError::Failed(format!(
            "{}: not a key; restore it from a backup",
            path.display()
        ))
    })
}

fn read_or_make(path: &Path, entropy: &dyn Entropy) -> Result<[u8; 32], GateError> {
    if path.exists() {
        return read_key(path);
    }
    let key = random::<32>(entropy)?;
    write_private(path, const_hex::encode(key).as_bytes())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_written_whole_and_never_over_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        // What a crash left behind is in nobody's way.
        std::fs::write(dir.path().join("key.new"), "half").unwrap();
        write_private(&path, b"whole").unwrap();
        assert!(write_private(&path, b"other").is_err());
        assert_eq!(read_limited(&path, 5).unwrap(), b"whole");
        let names = std::fs::read_dir(dir.path()).unwrap();
        assert_eq!(names.count(), 1, "nothing unfinished stays");
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, PRIVATE_FILE);
    }
}
