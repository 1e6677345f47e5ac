//! The Merkle tree of RFC 6962 §2.1: leaves, digests, proofs, and its right edge.
//!
//! `tlog_tiles` computes; this module bounds what reaches it (its arithmetic panics on absurd
//! sizes) and gives proofs a form that can be written down.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tlog_tiles::{Error, Hash, HashReader};

/// Most entries a log may hold: far beyond use, and far below where tree arithmetic overflows.
pub const MAX_ENTRIES: u64 = 1 << 40;

/// Longest proof read, since checking one takes time in the square of its length: a path in a tree of [`MAX_ENTRIES`] and one more hash have at most this.
pub const MAX_PROOF: usize = 42;

/// Length of a leaf's salt.
pub const SALT_LEN: usize = 32;

/// A SHA-256 digest, written as 64 lower-case hex characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// A text is not 64 lower-case hex characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 lower-case hex characters")]
pub struct DigestError;

impl TryFrom<String> for Digest {
    type Error = DigestError;

    /// One digest, one text: upper case and prefixes are refused, so that no byte of a
    /// certificate can change unnoticed.
    fn try_from(text: String) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        const_hex::decode_to_slice(&text, &mut bytes).map_err(|_| DigestError)?;
        let digest = Self(bytes);
        if digest.to_string() == text {
            Ok(digest)
        } else {
            Err(DigestError)
        }
    }
}

impl From<Hash> for Digest {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

impl From<Digest> for Hash {
    fn from(digest: Digest) -> Self {
        Self(digest.0)
    }
}

/// The bytes of a leaf: salt ‖ body. The salt keeps sibling hashes in a proof from revealing
/// anything about bodies that can be guessed.
pub(crate) fn leaf_bytes(salt: &[u8; SALT_LEN], body: &[u8]) -> Vec<u8> {
    [salt.as_slice(), body].concat()
}

/// The leaf hash of an entry: SHA-256(0x00 ‖ salt ‖ body), RFC 6962 §2.1.
pub fn leaf_hash(salt: &[u8; SALT_LEN], body: &[u8]) -> Digest {
    tlog_tiles::record_hash(&leaf_bytes(salt, body)).into()
}

/// Shows that the entry at `index` is in the log of `size` entries (RFC 6962 §2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// Position of the entry, from 0.
    pub index: u64,
    /// Entries in the log that the checkpoint states.
    pub size: u64,
    /// The audit path, from the leaf to the root.
    pub hashes: Vec<Digest>,
}

/// Shows that the log of `new` entries begins with the log of `old` entries (RFC 6962 §2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// Entries in the earlier log, at least 1.
    pub old: u64,
    /// Entries in the later log.
    pub new: u64,
    /// The proof's hashes, in the order of RFC 6962.
    pub hashes: Vec<Digest>,
}

impl InclusionProof {
    /// Whether a leaf with this hash is at `index` under `root`.
    #[must_use]
    pub(crate) fn holds(&self, root: Digest, leaf: Digest) -> bool {
        if self.index >= self.size || self.hashes.len() > MAX_PROOF {
            return false;
        }
        let hashes = self.hashes.iter().map(|h| Hash::from(*h)).collect();
        tlog_tiles::check_record(&hashes, self.size, root.into(), self.index, leaf.into()).is_ok()
    }
}

impl ConsistencyProof {
    /// Whether the log under `new_root` begins with the log under `old_root`.
    #[must_use]
    pub(crate) fn holds(&self, old_root: Digest, new_root: Digest) -> bool {
        if self.old > self.new || self.hashes.len() > MAX_PROOF {
            return false;
        }
        let hashes = self.hashes.iter().map(|h| Hash::from(*h)).collect();
        tlog_tiles::check_tree(
            &hashes,
            self.new,
            new_root.into(),
            self.old,
            old_root.into(),
        )
        .is_ok()
    }
}

/// Hashes by storage index (`tlog_tiles::stored_hash_index`), held in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct HashTable(pub(crate) BTreeMap<u64, Hash>);

impl HashReader for HashTable {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let find = |index| self.0.get(index).copied().ok_or(Error::IndexesNotInTree);
        indexes.iter().map(find).collect()
    }
}

/// The right edge of a growing tree: the complete subtrees that its next root is made of, at most
/// one per level. Enough to append and to state the root; it never reads the rest of the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frontier {
    size: u64,
    edge: HashTable,
}

impl Frontier {
    /// Storage indexes of the edge of a tree of `size` entries.
    pub(crate) fn indexes(size: u64) -> Vec<u64> {
        tlog_tiles::sub_tree_index(0, size, Vec::new())
    }

    /// The edge of a tree of `size` entries, from the hashes at [`Self::indexes`].
    pub(crate) fn resume(size: u64, edge: HashTable) -> Self {
        Self { size, edge }
    }

    /// Entries in the tree.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf. Returns the hashes to be stored, with their storage indexes.
    pub(crate) fn push(&mut self, leaf: Digest) -> Result<Vec<(u64, Hash)>, Error> {
        if self.size >= MAX_ENTRIES {
            return Err(Error::InvalidInput("the log is full".into()));
        }
        let hashes = tlog_tiles::stored_hashes_for_record_hash(self.size, leaf.into(), &self.edge)?;
        let first = tlog_tiles::stored_hash_index(0, self.size);
        let stored: Vec<(u64, Hash)> = (first..).zip(hashes).collect();
        self.edge.0.extend(stored.iter().copied());
        self.size += 1;
        let keep = Self::indexes(self.size);
        self.edge.0.retain(|index, _| keep.contains(index));
        Ok(stored)
    }

    /// The root of the tree (RFC 6962 §2.1; of no entries: SHA-256 of nothing).
    pub(crate) fn root(&self) -> Result<Digest, Error> {
        tlog_tiles::tree_hash(self.size, &self.edge).map(Digest::from)
    }
}

/// Reads hashes for a proof in two passes, since the library reads synchronously and the database
/// does not: without a table it only takes down what the proof asks for; with one it answers.
#[derive(Default)]
pub(crate) struct ProofHashes {
    table: Option<HashTable>,
    asked: std::cell::RefCell<Vec<u64>>,
}

impl ProofHashes {
    /// The storage indexes that `prove` needs. Complete, since a proof reads in one call.
    pub(crate) fn asked_by(prove: impl FnOnce(&Self) -> Result<Vec<Hash>, Error>) -> Vec<u64> {
        let first_pass = Self::default();
        // Ends in this reader's own refusal, or needs no hash at all.
        drop(prove(&first_pass));
        first_pass.asked.into_inner()
    }

    /// Answers from `table`.
    pub(crate) fn answering(table: HashTable) -> Self {
        Self {
            table: Some(table),
            ..Self::default()
        }
    }
}

impl HashReader for ProofHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        match &self.table {
            Some(table) => table.read_hashes(indexes),
            None => {
                self.asked.replace(indexes.to_vec());
                Err(Error::IndexesNotInTree)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_one_text() {
        let text = "0a".repeat(32);
        let check = |text: String, good| assert_eq!(Digest::try_from(text).is_ok(), good);
        check(text.clone(), true);
        check(text.to_uppercase(), false);
        check(format!("0x{text}"), false);
        check("0a".repeat(31), false);
        check("0g".repeat(32), false);
        assert_eq!(String::from(Digest([10; 32])), text);
    }

    /// SHA-256 of nothing, and the roots of one and two known leaves computed by hand.
    #[test]
    fn roots_of_small_trees() {
        let sha = |parts: &[&[u8]]| {
            let mut context = ring::digest::Context::new(&ring::digest::SHA256);
            parts.iter().for_each(|part| context.update(part));
            Digest(context.finish().as_ref().try_into().unwrap())
        };
        let mut tree = Frontier::default();
        assert_eq!(tree.root().unwrap(), sha(&[]));
        let a = leaf_hash(&[1; 32], b"a");
        assert_eq!(a, sha(&[&[0], &[1; 32], b"a"]));
        tree.push(a).unwrap();
        assert_eq!(tree.root().unwrap(), a);
        let b = leaf_hash(&[2; 32], b"b");
        tree.push(b).unwrap();
        assert_eq!(tree.root().unwrap(), sha(&[&[1], &a.0, &b.0]));
    }

    #[test]
    fn absurd_proofs_are_refused_without_panic() {
        let zero = Digest([0; 32]);
        let check = |index, size, length| {
            let inclusion = InclusionProof {
                index,
                size,
                hashes: vec![zero; length],
            };
            assert!(!inclusion.holds(zero, Digest([1; 32])));
            let consistency = ConsistencyProof {
                old: index,
                new: size,
                hashes: vec![zero; length],
            };
            assert!(!consistency.holds(zero, Digest([1; 32])));
        };
        let sizes = [
            0,
            1,
            2,
            3,
            MAX_ENTRIES,
            MAX_ENTRIES + 1,
            u64::MAX - 1,
            u64::MAX,
        ];
        for size in sizes {
            for index in sizes {
                for length in [0, 1, 40, 41, 42, 43, 10_000] {
                    check(index, size, length);
                }
            }
        }
    }
}
