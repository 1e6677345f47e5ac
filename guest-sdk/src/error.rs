//! What can go wrong in a job.

use std::fmt;

/// The result of what a job does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something in a job did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Policy says no: the code of every reason. `irongate denials` explains each.
    Denied(Vec<String>),
    /// The statement or the table does not fit; the text says what to write instead.
    Rejected(String),
    /// It failed; why is not said, because the cause could tell something about the data.
    Failed,
    /// The job's own error.
    Guest(String),
}

impl Error {
    /// The job's own error, from anything that can be shown.
    pub fn guest(cause: impl fmt::Display) -> Self {
        Self::Guest(cause.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(codes) => write!(f, "denied by policy: {}", codes.join(", ")),
            Self::Rejected(text) => write!(f, "rejected: {text}"),
            Self::Failed => f.write_str("failed; the gate does not say why"),
            Self::Guest(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        for (error, shown) in [
            (
                Error::Denied(vec!["a".into(), "b".into()]),
                "denied by policy: a, b",
            ),
            (Error::Rejected("write X".into()), "rejected: write X"),
            (Error::guest(7), "7"),
        ] {
            assert_eq!(error.to_string(), shown);
        }
    }
}
