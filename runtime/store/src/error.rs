//! What can go wrong in the store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::checkpoint::CheckpointError;
use crate::verify::Finding;

/// Why the store did not do what it was asked. Messages never hold bodies, salts or documents.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else appended first: nothing was written.
    #[error(
        "the log is at position {actual}, not {expected}: read the new entries, decide again, then append"
    )]
    Conflict {
        /// Position the caller decided at.
        expected: u64,
        /// Position of the log.
        actual: u64,
    },
    /// More appends are waiting than [`crate::MAX_QUEUED`].
    #[error("too many appends are waiting: try again shortly")]
    Busy,
    /// Another process holds the store.
    #[error(
        "`{path}` is in use by another process (waited {waited:?}): let it finish or stop it, then try again"
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The file to create is already there.
    #[error("`{0}` exists already: open it, or choose another path")]
    Exists(PathBuf),
    /// The file to open is not there.
    #[error("`{0}` does not exist: create the store, or restore it from a backup")]
    Missing(PathBuf),
    /// Others than its owner may read or write the file.
    #[error("`{path}` has mode {mode:o}: others may reach it; set it to 600 and look who did")]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a store, or of a version this program does not know.
    #[error(
        "`{path}` has store format {found}, this program knows {known}: use the program that wrote it"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Format found (0: not a store).
        found: i64,
        /// Format this program writes.
        known: i64,
    },
    /// A connection would not keep what it acknowledges.
    #[error(
        "the database reports `{setting}` = {found}, which may lose or corrupt acknowledged entries: refused"
    )]
    NotDurable {
        /// The setting read back.
        setting: &'static str,
        /// Its value.
        found: String,
    },
    /// The log belongs to another origin than the key.
    #[error("the log's origin is `{found}`, the key's is `{expected}`: use this home's own key")]
    Origin {
        /// Origin of the key.
        expected: String,
        /// Origin of the log.
        found: String,
    },
    /// A named limit was exceeded.
    #[error("{what} of {size} exceeds the limit of {limit}")]
    TooLarge {
        /// What was too large.
        what: &'static str,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The range asked for is not in the log.
    #[error("position {position} is outside the log of {size} entries")]
    OutOfRange {
        /// Position asked for.
        position: u64,
        /// Entries in the log.
        size: u64,
    },
    /// What is stored contradicts itself.
    #[error(
        "the stored log is damaged ({0}): stop, keep the file as evidence, verify it, restore a backup"
    )]
    Damaged(String),
    /// An append failed while it was written. Whether it is durable shows after opening again.
    #[error(
        "writing the log failed ({0}): the store stopped; open it again to see what is durable"
    )]
    Stopped(String),
    /// A log was refused because it does not verify.
    #[error("the log does not verify: {}", list(.0))]
    Refused(Vec<Finding>),
    /// A checkpoint does not verify.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file could not be read or written.
    #[error("{what} `{path}`: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The database answered with an error.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

fn list(findings: &[Finding]) -> String {
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl StoreError {
    /// For `map_err` on file operations.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { what, path, source }
    }
}

impl From<tlog_tiles::Error> for StoreError {
    fn from(error: tlog_tiles::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}
