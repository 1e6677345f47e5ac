//! The log's Ed25519 key, named by the log's origin, for C2SP signed notes.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use signed_note::{Signer, Verifier, is_key_name_valid, key_id};

/// Signature type of Ed25519 in C2SP signed-note.
const TYPE_ED25519: u8 = 1;

/// Longest origin, in bytes: it stands in every checkpoint.
pub const MAX_ORIGIN: usize = 255;

/// Why an origin cannot name a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a log's origin: 1 to 255 bytes without spaces, control characters or `+`")]
pub struct OriginError(String);

/// The public half: verifies checkpoints of one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    origin: String,
    public: [u8; 32],
    id: u32,
}

impl LogKey {
    /// A log's origin and the 32 bytes of its Ed25519 public key (RFC 8032).
    ///
    /// # Errors
    /// When the origin is not a C2SP key name (1 to 255 bytes; no white space, `+` or control
    /// characters).
    pub fn new(origin: &str, public: [u8; 32]) -> Result<Self, OriginError> {
        let valid = is_key_name_valid(origin)
            && origin.len() <= MAX_ORIGIN
            && !origin.chars().any(char::is_control);
        if !valid {
            return Err(OriginError(origin.chars().take(MAX_ORIGIN).collect()));
        }
        // key ID = SHA-256(name ‖ 0x0A ‖ type ‖ public key)[..4], C2SP signed-note §Signatures.
        let mut typed = vec![TYPE_ED25519];
        typed.extend_from_slice(&public);
        Ok(Self {
            origin: origin.to_owned(),
            public,
            id: key_id(origin, &typed),
        })
    }

    /// The log's origin, which is the key's name too.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The 32 bytes of the public key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }
}

impl Verifier for LogKey {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, msg: &[u8], sig: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(msg, sig)
            .is_ok()
    }
}

/// The private half: signs checkpoints. Never printed, never stored by this crate.
pub struct LogSigner {
    pair: Ed25519KeyPair,
    key: LogKey,
}

impl LogSigner {
    /// A log's origin and its key pair.
    ///
    /// # Errors
    /// As [`LogKey::new`].
    pub fn new(origin: &str, pair: Ed25519KeyPair) -> Result<Self, OriginError> {
        let mut public = [0; 32];
        // An Ed25519 public key is 32 bytes, as `public` is; anything else is an error below.
        if pair.public_key().as_ref().len() != public.len() {
            return Err(OriginError(origin.to_owned()));
        }
        public.copy_from_slice(pair.public_key().as_ref());
        Ok(Self {
            key: LogKey::new(origin, public)?,
            pair,
        })
    }

    /// The public half.
    pub fn key(&self) -> &LogKey {
        &self.key
    }
}

impl std::fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogSigner")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Signer for LogSigner {
    fn name(&self) -> &str {
        &self.key.origin
    }

    fn key_id(&self) -> u32 {
        self.key.id
    }

    fn sign(&self, msg: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.pair.sign(msg).as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use signed_note::{Note, StandardVerifier, VerifierList};

    use super::*;

    #[test]
    fn origins_are_key_names() {
        let check = |origin: &str, good| {
            assert_eq!(LogKey::new(origin, [1; 32]).is_ok(), good, "{origin:?}");
        };
        check("irongate.example/health", true);
        check("铁门关", true);
        check(&"x".repeat(255), true);
        check(&"x".repeat(256), false);
        for bad in ["", "a b", "a+b", "a\nb", "a\u{7}b", "a\u{a0}b"] {
            check(bad, false);
        }
    }

    /// The note crate's own verifier, an independent Ed25519, accepts what ring signed under the
    /// key id computed here.
    #[test]
    fn signatures_interoperate() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
        let signer = LogSigner::new("a.example", pair).unwrap();
        let mut note = Note::new(b"a.example\n0\nx\n", &[]).unwrap();
        note.add_sigs(&[&signer]).unwrap();

        let mut typed = vec![TYPE_ED25519];
        typed.extend_from_slice(signer.key().public());
        let encoded = base64::prelude::BASE64_STANDARD.encode(&typed);
        let vkey = format!("a.example+{:08x}+{encoded}", signer.key_id());
        let theirs = StandardVerifier::new(&vkey).unwrap();
        let ours = signer.key().clone();
        note.verify(&VerifierList::new(vec![Box::new(theirs)]))
            .unwrap();
        note.verify(&VerifierList::new(vec![Box::new(ours)]))
            .unwrap();
        let other = LogKey::new("a.example", [1; 32]).unwrap();
        assert!(
            note.verify(&VerifierList::new(vec![Box::new(other)]))
                .is_err()
        );
        assert!(!format!("{signer:?}").contains("pair"));
    }
}
