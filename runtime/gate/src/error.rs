//! What can go wrong at the gate, as the command line and its exit codes see it.

use crate::entropy::EntropyError;
use irongate_engine::Rejection;
use irongate_policy::Denial;

/// A request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// Policy says no; every reason is in it.
    #[error("denied by policy")]
    Denied(Denial),
    /// A statement, which is kept beside, breaks a rule of the private dialect.
    #[error("{0}")]
    Statement(Box<Rejection>, String),
    /// A module, package or file does not fit; the lines say what to change.
    #[error("{}", .0.join("\n"))]
    Rejected(Vec<String>),
    /// It failed, and nothing can be changed in the request to mend it.
    #[error("{0}")]
    Failed(String),
}

impl GateError {
    /// A failure while doing `what`.
    pub fn failed(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{what}: {error}"))
    }

    /// A rejection of one line.
    pub fn rejected(text: impl Into<String>) -> Self {
        Self::Rejected(vec![text.into()])
    }
}

impl From<Denial> for GateError {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<EntropyError> for GateError {
    fn from(error: EntropyError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<irongate_policy::DigestError> for GateError {
    fn from(error: irongate_policy::DigestError) -> Self {
        Self::Rejected(vec![error.to_string()])
    }
}
