//! The namespace key: pseudonyms and contribution choices are keyed with it.

use ring::hmac;

/// What a key derived from a namespace key is for. Keys of different purposes are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Pseudonyms of privacy units.
    Pseudonym,
    /// Which rows stand when a unit has more than its row cap at ingest.
    RowCap,
    /// Which rows and groups of a unit stand when a query bounds contributions.
    ContributionBound,
}

impl KeyPurpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Pseudonym => b"irongate/v1/pseudonym",
            Self::RowCap => b"irongate/v1/row-cap",
            Self::ContributionBound => b"irongate/v1/contribution-bound",
        }
    }
}

/// The 256-bit master key of one unit namespace. Random, never derived from data, never printed.
#[derive(Clone)]
pub struct NamespaceKey([u8; Self::LENGTH]);

impl NamespaceKey {
    /// Length in bytes: the output size of HMAC-SHA-256.
    pub const LENGTH: usize = 32;

    /// Takes the key's bytes, as drawn from a secure random generator.
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, for the one module that keeps them at rest.
    pub fn expose(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The HMAC-SHA-256 key for one purpose (RFC 2104; derived as HMAC of the purpose's label).
    pub fn derive(&self, purpose: KeyPurpose) -> hmac::Key {
        let master = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let derived = hmac::sign(&master, purpose.label());
        hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
    }
}

impl std::fmt::Debug for NamespaceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NamespaceKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_are_independent_and_debug_hides_the_key() {
        let key = NamespaceKey::new([7; NamespaceKey::LENGTH]);
        let tag = |purpose| hmac::sign(&key.derive(purpose), b"x").as_ref().to_vec();
        assert_ne!(tag(KeyPurpose::Pseudonym), tag(KeyPurpose::RowCap));
        assert_ne!(tag(KeyPurpose::RowCap), tag(KeyPurpose::ContributionBound));
        assert_eq!(format!("{key:?}"), "NamespaceKey(..)");
    }
}
