//! SHA-256 digests and canonical JSON (RFC 8785): what is signed, and what changes are named by.

use serde::{Deserialize, Serialize};

/// The largest integer that canonical JSON can carry exactly (RFC 8785, Appendix D): 2⁵³ − 1.
pub const MAX_JSON_INTEGER: u64 = (1 << 53) - 1;

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// A text is not 64 lower-case hexadecimal digits, or a value has no canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// not 64 lower-case hexadecimal digits
    #[error("expected 64 lower-case hexadecimal digits")]
    Form,
    /// a number that canonical JSON cannot carry exactly
    #[error(
        "a number is a fraction or beyond 2^53, which canonical JSON cannot carry exactly; write decimals as strings"
    )]
    Number,
    /// not JSON
    #[error("the value cannot be written as JSON")]
    Json,
}

/// Reads 32 bytes written as 64 lower-case hexadecimal digits; one spelling only, so that two
/// spellings never name the same thing.
pub(crate) fn parse_hex32(text: &str) -> Result<[u8; 32], DigestError> {
    if text.len() != 64 || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(DigestError::Form);
    }
    const_hex::decode_to_array(text).map_err(|_| DigestError::Form)
}

impl Digest {
    /// Takes the 32 bytes of a digest.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
        Self(out)
    }

    /// The SHA-256 of the canonical JSON of `value`.
    ///
    /// # Errors
    /// As [`canonical_json`].
    pub fn of_json<T: Serialize>(value: &T) -> Result<Self, DigestError> {
        Ok(Self::of(&canonical_json(value)?))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl std::str::FromStr for Digest {
    type Err = DigestError;
    fn from_str(text: &str) -> Result<Self, DigestError> {
        parse_hex32(text).map(Self)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// `value` as canonical JSON (RFC 8785).
///
/// # Errors
/// [`DigestError::Number`] for fractions and for integers beyond [`MAX_JSON_INTEGER`]: RFC 8785
/// rounds them to doubles, so two values would share one signature.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, DigestError> {
    let value = serde_json::to_value(value).map_err(|_| DigestError::Json)?;
    if !numbers_are_exact(&value) {
        return Err(DigestError::Number);
    }
    serde_json_canonicalizer::to_vec(&value).map_err(|_| DigestError::Json)
}

fn numbers_are_exact(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => number
            .as_u64()
            .or_else(|| number.as_i64().map(i64::unsigned_abs))
            .is_some_and(|n| n <= MAX_JSON_INTEGER),
        Value::Array(items) => items.iter().all(numbers_are_exact),
        Value::Object(fields) => fields.values().all(numbers_are_exact),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_json_sorts_and_refuses_numbers_it_would_round() {
        assert_eq!(
            canonical_json(&json!({"b": 1, "a": "诊"})).unwrap(),
            "{\"a\":\"诊\",\"b\":1}".as_bytes()
        );
        for bad in [
            json!(9_007_199_254_740_993_u64),
            json!([-9_007_199_254_740_993_i64]),
            json!({"a": 0.5}),
        ] {
            assert_eq!(canonical_json(&bad), Err(DigestError::Number), "{bad}");
        }
    }

    #[test]
    fn digests_have_one_spelling() {
        let digest = Digest::of(b"");
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse(), Ok(digest));
        for bad in [
            &text.to_uppercase(),
            &text[1..],
            &format!("0x{}", &text[2..]),
            "",
        ] {
            assert_eq!(bad.parse::<Digest>(), Err(DigestError::Form), "{bad}");
        }
    }
}
