//! Checkpoints: signed statements of the log's size and root (C2SP tlog-checkpoint).

use signed_note::{Note, NoteError, VerifierList};

use crate::key::{LogKey, LogSigner};
use crate::merkle::{Digest, MAX_ENTRIES};

/// Longest checkpoint read, in bytes: three lines and a signature, with room for witnesses.
pub const MAX_NOTE: usize = 16 * 1024;

/// Why a text is not a checkpoint of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note holding a checkpoint.
    #[error("the checkpoint is malformed: expected a C2SP signed note of origin, size and root")]
    Malformed,
    /// Of another log.
    #[error("the checkpoint is of another log: its origin is not `{0}`")]
    Origin(String),
    /// Not signed by the log's key, or changed after it was signed.
    #[error("the checkpoint is not signed by the key of `{0}`, or was changed since")]
    Signature(String),
}

/// A checkpoint whose signature was verified. There is no other way to have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    size: u64,
    root: Digest,
    note: String,
}

impl Checkpoint {
    /// Reads and verifies a checkpoint.
    ///
    /// # Errors
    /// When the note is malformed, not of the key's origin, or not signed by it. Lines of other
    /// signers (witnesses) are let through and mean nothing here.
    pub fn open(note: &str, key: &LogKey) -> Result<Self, CheckpointError> {
        let malformed = |_| CheckpointError::Malformed;
        if note.len() > MAX_NOTE {
            return Err(CheckpointError::Malformed);
        }
        let signed = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        signed
            .verify(&VerifierList::new(vec![Box::new(key.clone())]))
            .map_err(|error| match error {
                NoteError::InvalidSignature { .. } | NoteError::UnverifiedNote => {
                    CheckpointError::Signature(key.origin().to_owned())
                }
                _ => CheckpointError::Malformed,
            })?;
        let stated = tlog_tiles::Checkpoint::from_bytes(signed.text()).map_err(malformed)?;
        if stated.origin() != key.origin() {
            return Err(CheckpointError::Origin(key.origin().to_owned()));
        }
        // One checkpoint, one text: anything that reads back differently is refused, extension
        // lines too, since this log writes none.
        let canonical = signed.to_bytes() == note.as_bytes()
            && stated.to_bytes() == signed.text()
            && stated.extension().is_empty()
            && stated.size() <= MAX_ENTRIES;
        if !canonical {
            return Err(CheckpointError::Malformed);
        }
        Ok(Self {
            size: stated.size(),
            root: (*stated.hash()).into(),
            note: note.to_owned(),
        })
    }

    /// Signs a checkpoint over `size` entries with `root`.
    pub(crate) fn sign(
        signer: &LogSigner,
        size: u64,
        root: Digest,
    ) -> Result<Self, CheckpointError> {
        let text = tlog_tiles::Checkpoint::new(signer.key().origin(), size, root.into(), "")
            .map_err(|_| CheckpointError::Malformed)?
            .to_bytes();
        let mut note = Note::new(&text, &[]).map_err(|_| CheckpointError::Malformed)?;
        note.add_sigs(&[signer])
            .map_err(|_| CheckpointError::Malformed)?;
        let note = String::from_utf8(note.to_bytes()).map_err(|_| CheckpointError::Malformed)?;
        // What is given out is what verifies.
        Self::open(&note, signer.key())
    }

    /// Whether the log alone signed it: others' signatures are not verified here.
    pub fn is_signed_once(&self) -> bool {
        let signatures = self.note.rsplit_once("\n\n");
        signatures.is_some_and(|(_, signatures)| signatures.lines().count() == 1)
    }

    /// Entries in the log.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the log's Merkle tree.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// The signed note, to be kept or given out.
    pub fn note(&self) -> &str {
        &self.note
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::Ed25519KeyPair;

    use super::*;

    fn signer(origin: &str, seed: u8) -> LogSigner {
        LogSigner::new(
            origin,
            Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(),
        )
        .unwrap()
    }

    fn sign_text(signer: &LogSigner, text: &str) -> String {
        let mut note = Note::new(text.as_bytes(), &[]).unwrap();
        note.add_sigs(&[signer]).unwrap();
        String::from_utf8(note.to_bytes()).unwrap()
    }

    #[test]
    fn only_this_logs_checkpoints_open() {
        let log = signer("log.example", 1);
        let root = tlog_tiles::Hash([3; 32]);
        let good = Checkpoint::sign(&log, 7, Digest([3; 32])).unwrap();
        assert_eq!((good.size(), good.root()), (7, Digest([3; 32])));
        assert_eq!(
            good.note(),
            sign_text(&log, &format!("log.example\n7\n{root}\n"))
        );

        use CheckpointError::{Malformed, Origin, Signature};
        let origin = "log.example".to_owned();
        let check = |note: &str, expected| {
            assert_eq!(Checkpoint::open(note, log.key()), Err(expected), "{note}");
        };
        // another key under the same name, and another name
        let note = sign_text(
            &signer("log.example", 2),
            &format!("log.example\n7\n{root}\n"),
        );
        check(&note, Signature(origin.clone()));
        let note = sign_text(
            &signer("other.example", 1),
            &format!("log.example\n7\n{root}\n"),
        );
        check(&note, Signature(origin.clone()));
        // signed by the right key, but not a checkpoint of this log
        check(
            &sign_text(&log, &format!("other.example\n7\n{root}\n")),
            Origin(origin.clone()),
        );
        check(
            &sign_text(&log, &format!("log.example\n07\n{root}\n")),
            Malformed,
        );
        check(
            &sign_text(&log, &format!("log.example\n7\n{root}\nextension\n")),
            Malformed,
        );
        check(
            &sign_text(&log, &format!("log.example\n{}\n{root}\n", u64::MAX)),
            Malformed,
        );
        check(&sign_text(&log, "log.example\n7\nAAAA\n"), Malformed);
        check(&good.note().replace("\n7\n", "\n8\n"), Signature(origin));
        check("", Malformed);
        check(&"x".repeat(MAX_NOTE + 1), Malformed);
    }

    #[test]
    fn witness_signatures_pass_through() {
        let log = signer("log.example", 1);
        let good = Checkpoint::sign(&log, 7, Digest([3; 32])).unwrap();
        let mut note = Note::from_bytes(good.note().as_bytes()).unwrap();
        note.add_sigs(&[&signer("witness.example", 2)]).unwrap();
        let note = String::from_utf8(note.to_bytes()).unwrap();
        let opened = Checkpoint::open(&note, log.key()).unwrap();
        assert_eq!((opened.size(), opened.root()), (good.size(), good.root()));
    }
}
