//! Names of things. Each kind of thing has its own type, so that one cannot stand for another.

use serde::{Deserialize, Serialize};

/// The longest id, in bytes: ids stand in file names, tables and log entries.
pub(crate) const MAX_ID_LENGTH: usize = 64;

/// An id does not have the form `[a-z0-9-]{1,64}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to {MAX_ID_LENGTH} characters of `a-z`, `0-9` and `-`; write one of that form")]
pub struct IdError;

fn is_valid(text: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes `text` as an id.
            ///
            /// # Errors
            /// [`IdError`] unless `text` has the form `[a-z0-9-]{1,64}`.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                if is_valid(&text) { Ok(Self(text)) } else { Err(IdError) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    )*};
}

ids! {
    /// A dataset of the catalog.
    DatasetId;
    /// One immutable version of a dataset; random, never derived from content.
    VersionId;
    /// An organisation with a key.
    PartyId;
    /// A population of privacy units: datasets of one namespace share pseudonyms and one budget.
    NamespaceId;
    /// An authoritative source element (一数一源).
    ElementId;
    /// A published batch of catalog changes (分批次公开发布).
    BatchId;
    /// An agreement (授权运营协议).
    AgreementId;
    /// A scenario (场景).
    ScenarioId;
    /// A submitted job; given by the gate.
    JobId;
    /// A release; given by the gate.
    ReleaseId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_form() {
        for good in [
            "a",
            "rwm5yr",
            "care-planning",
            "0",
            &"x".repeat(MAX_ID_LENGTH),
        ] {
            assert!(DatasetId::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "A",
            "a_b",
            "a b",
            "诊疗",
            "../a",
            &"x".repeat(MAX_ID_LENGTH + 1),
        ] {
            assert!(DatasetId::new(bad).is_err(), "{bad}");
        }
    }
}
