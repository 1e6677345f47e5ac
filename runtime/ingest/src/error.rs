//! Why a file cannot be ingested. No text here holds a value of the file.

use std::fmt;
use std::path::PathBuf;

/// How many problems are listed; the rest are counted. More do not help a person mend a file.
pub const MAX_LISTED_PROBLEMS: usize = 100;

/// Something in a file that does not fit its spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file from 1 (Parquet: the row from 1); 0 for the file as a whole.
    pub line: u64,
    /// The column, if the problem has one.
    pub column: Option<String>,
    /// What is wrong, and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str("file")?,
            line => write!(f, "line {line}")?,
        }
        match &self.column {
            Some(column) => write!(f, ", column `{column}`: {}", self.text),
            None => write!(f, ": {}", self.text),
        }
    }
}

/// All problems of a file, in order of their lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// The first [`MAX_LISTED_PROBLEMS`] of them.
    pub list: Vec<Problem>,
    /// How many more there are.
    pub more: u64,
}

impl Problems {
    pub(crate) fn note(&mut self, line: u64, column: Option<&str>, text: impl Into<String>) {
        if self.list.len() < MAX_LISTED_PROBLEMS {
            self.list.push(Problem {
                line,
                column: column.map(str::to_owned),
                text: text.into(),
            });
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.list {
            write!(f, "\n  {problem}")?;
        }
        if self.more > 0 {
            write!(f, "\n  and {} more", self.more)?;
        }
        Ok(())
    }
}

/// A file cannot be ingested, or a stored version is not what it was.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// the file does not fit its spec
    #[error("the file does not fit its spec; mend the file or the spec and ingest it again:{0}")]
    Problems(Problems),
    /// the version is already there
    #[error(
        "the version folder `{0}` is already there, and a version never changes; choose a new version id"
    )]
    Exists(PathBuf),
    /// a file or folder could not be read or written
    #[error("cannot {what}: {source}; check space and permissions and try again")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// a library failed where it should not; its text is left out because it may quote values
    #[error("cannot {step}: an internal step failed; report this step to the maintainers")]
    Internal {
        /// What was tried.
        step: &'static str,
    },
    /// a stored file is missing, added or changed
    #[error("`{file}` {what}: the version is not what was ingested; restore it from a backup")]
    Altered {
        /// The file, relative to the version's folder.
        file: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl IngestError {
    /// Turns an error of the system into one that says what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Turns an error of a library into one without its text, which may quote values of the file.
    pub(crate) fn internal<E>(step: &'static str) -> impl Fn(E) -> Self {
        move |_| Self::Internal { step }
    }
}
