//! Key files: one party's private key, outside the home.

use irongate_gate::{Entropy, GateError, random, read_given, write_private};
use irongate_policy::SigningKey;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// No key file is longer.
const MAX_KEY_FILE_BYTES: u64 = 4096;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: u32,
    /// A short name of the public key: its first 64 bits.
    id: String,
    public_key: String,
    seed: String,
}

/// What `key new` tells.
#[derive(Debug, Serialize)]
pub(crate) struct NewKey {
    pub(crate) id: String,
    pub(crate) public_key: String,
}

/// Makes a key and writes it to a file that only its owner can read.
pub(crate) fn new(out: &Path, entropy: &dyn Entropy) -> Result<NewKey, GateError> {
    if out.exists() {
        return Err(GateError::rejected(format!(
            "{}: there already, and never overwritten; choose another name",
            out.display()
        )));
    }
    let seed = random::<32>(entropy)?;
    let key =
        SigningKey::from_seed(&seed).map_err(|error| GateError::failed("making a key", error))?;
    let public_key = key.public_key().to_string();
    let id: String = public_key.chars().take(16).collect();
    let file = KeyFile {
        format: 1,
        id: id.clone(),
        public_key: public_key.clone(),
        seed: const_hex::encode(seed),
    };
    let text = serde_json::to_string_pretty(&file)
        .map_err(|error| GateError::failed("writing the key", error))?;
    write_private(out, text.as_bytes())?;
    Ok(NewKey { id, public_key })
}

/// Reads a key file.
pub(crate) fn read(path: &Path) -> Result<SigningKey, GateError> {
    let not_a_key = || {
        GateError::rejected(format!(
            "{}: not a key file; make one with `irongate key new`",
            path.display()
        ))
    };
    let bytes = read_given(path, MAX_KEY_FILE_BYTES)?;
    let file: KeyFile = serde_json::from_slice(&bytes).map_err(|_| not_a_key())?;
    let seed = const_hex::decode_to_array::<_, 32>(&file.seed).map_err(|_| not_a_key())?;
    let key = SigningKey::from_seed(&seed).map_err(|_| not_a_key())?;
    if file.format != 1 || key.public_key().to_string() != file.public_key {
        return Err(not_a_key());
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use irongate_gate::SystemEntropy;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_written_once_and_privately() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let made = new(&path, &SystemEntropy::new()).unwrap();
        assert_eq!(
            read(&path).unwrap().public_key().to_string(),
            made.public_key
        );
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(
            new(&path, &SystemEntropy::new()).is_err(),
            "an existing key is never overwritten"
        );
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.key");
        let made = new(&path, &SystemEntropy::new()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let swapped = text.replace(&made.public_key, &"0".repeat(64));
        for bad in ["", "{}", "secret", swapped.as_str()] {
            std::fs::write(&path, bad).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains("not a key file"), "{error}");
            assert!(bad.is_empty() || !error.contains(bad));
        }
    }
}
