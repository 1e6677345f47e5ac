//! Signed statements: what a party says, bound to this log's origin and to a nonce.
//!
//! What is signed is the canonical JSON (RFC 8785) of
//! `{"kind":"irongate/v1/…","origin":…,"nonce":…,"signer":…,"body":{…}}` with Ed25519 (RFC 8032).

use crate::digest::{DigestError, canonical_json, parse_hex32};
use crate::{Digest, PartyId, Request};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

macro_rules! hex32 {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the 32 bytes.
            pub fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&const_hex::encode(self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = DigestError;
            fn from_str(text: &str) -> Result<Self, DigestError> {
                parse_hex32(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = DigestError;
            fn try_from(text: String) -> Result<Self, DigestError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}

hex32! {
    /// A number used once: 32 random bytes, drawn by whoever signs.
    Nonce;
    /// An Ed25519 public key.
    PublicKey;
}

/// An Ed25519 signature, written as 128 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(String);

/// What a party says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The kind and body of the request.
    #[serde(flatten)]
    pub request: Request,
    /// The origin of the log it is meant for: a statement for another home means nothing here.
    pub origin: String,
    /// Used once.
    pub nonce: Nonce,
    /// Who says it.
    pub signer: PartyId,
}

impl Statement {
    /// The bytes that are signed.
    ///
    /// # Errors
    /// [`DigestError::Number`] if the body holds a number canonical JSON cannot carry exactly.
    pub fn signed_bytes(&self) -> Result<Vec<u8>, DigestError> {
        canonical_json(self)
    }

    /// What the statement is called: the digest of the bytes that are signed, nonce included.
    ///
    /// # Errors
    /// As [`Statement::signed_bytes`].
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Ok(Digest::of(&self.signed_bytes()?))
    }
}

/// A statement with its signature. The signature is not checked until [`crate::decide`] does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What is said.
    pub statement: Statement,
    /// The Ed25519 signature over [`Statement::signed_bytes`].
    pub signature: Signature,
}

impl Signed {
    /// Whether the signature is `key`'s over this statement.
    #[must_use]
    pub fn is_by(&self, key: &PublicKey) -> bool {
        let (Ok(message), Ok(signature)) = (
            self.statement.signed_bytes(),
            const_hex::decode_to_array::<_, 64>(&self.signature.0),
        ) else {
            return false;
        };
        // A signature has one spelling: another is another statement's bytes, though it decodes alike.
        if const_hex::encode(signature) != self.signature.0 {
            return false;
        }
        UnparsedPublicKey::new(&ED25519, key.as_bytes())
            .verify(&message, &signature)
            .is_ok()
    }
}

/// A party's private key. Never printed.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

/// A key or what it should sign is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// not a seed
    #[error("a private key is a seed of 64 lower-case hexadecimal digits")]
    Seed,
    /// not signable
    #[error(transparent)]
    Body(#[from] DigestError),
}

impl SigningKey {
    /// The key of a 32-byte seed (RFC 8032, section 5.1.5), as drawn from a secure generator.
    ///
    /// # Errors
    /// [`SigningError::Seed`] if it is no key.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, SigningError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| SigningError::Seed)?;
        Ok(Self { pair })
    }

    /// The key of a seed written as 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`SigningError::Seed`] if it is not written so.
    pub fn from_seed_hex(text: &str) -> Result<Self, SigningError> {
        let seed = parse_hex32(text).map_err(|_| SigningError::Seed)?;
        Self::from_seed(&seed)
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    /// The public key as 64 hexadecimal digits.
    pub fn public_key_hex(&self) -> String {
        self.public_key().to_string()
    }

    /// Signs a request as `signer`, for the log of this origin, with a nonce drawn by the caller.
    ///
    /// # Errors
    /// [`SigningError::Body`] if the body holds a number canonical JSON cannot carry exactly.
    pub fn sign(
        &self,
        request: Request,
        origin: &str,
        nonce: Nonce,
        signer: PartyId,
    ) -> Result<Signed, SigningError> {
        let statement = Statement {
            request,
            origin: origin.to_owned(),
            nonce,
            signer,
        };
        let signature = self.pair.sign(&statement.signed_bytes()?);
        Ok(Signed {
            statement,
            signature: Signature(const_hex::encode(signature.as_ref())),
        })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public_key())
    }
}
