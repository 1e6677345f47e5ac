//! Verifying offline: pure functions over bytes, without a database.
//!
//! What a log shows by itself is that it agrees with its own checkpoint. Whoever holds the
//! signing key can rewrite everything and sign again; that is found by comparing with a
//! checkpoint kept from before, outside the forger's reach.

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::LogKey;
use crate::merkle::{ConsistencyProof, Digest, Frontier, InclusionProof, SALT_LEN, leaf_hash};

/// Most findings reported of single entries: the first ones tell, the rest follow from them. What
/// is wrong with the log as a whole is reported always.
pub const MAX_FINDINGS: usize = 20;

/// One entry of the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position, from 0.
    pub index: u64,
    /// The leaf's salt; disclose it only with the leaf.
    pub salt: [u8; SALT_LEN],
    /// The event's bytes.
    pub body: Vec<u8>,
}

/// Bodies and salts stay out of traces and test output of callers.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({}, {} bytes)", self.index, self.body.len())
    }
}

impl Entry {
    /// The entry's leaf hash.
    pub fn leaf_hash(&self) -> Digest {
        leaf_hash(&self.salt, &self.body)
    }
}

/// A log that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Verified {
    /// Its checkpoint.
    pub checkpoint: Checkpoint,
    /// Size of the kept checkpoint it was compared with. Without one, nothing is said about
    /// truncation, forks, or a forger who holds the key.
    pub since: Option<u64>,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// The log's checkpoint does not open.
    #[error("the log's checkpoint: {0}")]
    Checkpoint(CheckpointError),
    /// The kept checkpoint does not open: nothing can be compared with it.
    #[error("the kept checkpoint: {0}")]
    Kept(CheckpointError),
    /// Entries are missing, repeated or out of order.
    #[error("expected entry {expected}, found entry {found}: entries were dropped or moved")]
    Misplaced {
        /// Position that comes next.
        expected: u64,
        /// Position found.
        found: u64,
    },
    /// More or fewer entries than the checkpoint states.
    #[error(
        "the checkpoint states {stated} entries, {found} were found: entries were dropped or added"
    )]
    Count {
        /// Entries the checkpoint states.
        stated: u64,
        /// Entries found.
        found: u64,
    },
    /// Entries do not give the checkpoint's root.
    #[error(
        "the {size} entries do not give the checkpoint's root: at least one was edited, moved or replaced"
    )]
    Root {
        /// Entries in the log.
        size: u64,
    },
    /// Shorter than it once was.
    #[error(
        "the log has {found} entries, the kept checkpoint {kept}: it was truncated, or is an old copy"
    )]
    Truncated {
        /// Entries the kept checkpoint states.
        kept: u64,
        /// Entries the log has now.
        found: u64,
    },
    /// Another history than the one kept.
    #[error(
        "the first {size} entries are not those of the kept checkpoint: history was rewritten or forked"
    )]
    Forked {
        /// Entries the kept checkpoint states.
        size: u64,
    },
    /// A row cannot be an entry.
    #[error("row {index} is not an entry: its salt or body has the wrong form")]
    Row {
        /// Position.
        index: i64,
    },
    /// An entry does not give the hash stored for it.
    #[error(
        "entry {index} does not give the hash stored when it was appended: it was edited, or the hash was"
    )]
    Edited {
        /// Position.
        index: u64,
    },
    /// The entries are as appended, the tree stored over them is not.
    #[error("the tree stored over the entries up to {index} is not theirs: hashes were changed")]
    Tree {
        /// Position of the entry that completes the subtree.
        index: u64,
    },
    /// More or fewer stored hashes than a tree of this size has.
    #[error("{found} hashes are stored, a log of {size} entries has {expected}")]
    Hashes {
        /// Entries.
        size: u64,
        /// Hashes such a tree has.
        expected: u64,
        /// Hashes found.
        found: u64,
    },
    /// A file of an exported log is missing or differs.
    #[error("`{file}` is missing, unreadable, or not what the entries give")]
    File {
        /// Path inside the export.
        file: String,
    },
}

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The checkpoint does not open.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The proof is about another size than the checkpoint's.
    #[error("the proof is for a log of {proof} entries, the checkpoint states {checkpoint}")]
    Size {
        /// Size in the proof.
        proof: u64,
        /// Size in the checkpoint.
        checkpoint: u64,
    },
    /// The proof is about another position than the entry's.
    #[error("the proof is for entry {proof}, not {index}")]
    Index {
        /// Position in the proof.
        proof: u64,
        /// Position stated.
        index: u64,
    },
    /// The hashes do not lead to the checkpoint's root.
    #[error(
        "the proof does not lead to the checkpoint's root: entry, proof or checkpoint was changed"
    )]
    Invalid,
}

/// Verifies that an entry is in the log that the checkpoint signs.
///
/// # Errors
/// Whenever it is not shown; see [`ProofError`].
pub fn verify_inclusion(
    checkpoint_note: &str,
    key: &LogKey,
    index: u64,
    salt: &[u8; SALT_LEN],
    body: &[u8],
    proof: &InclusionProof,
) -> Result<Checkpoint, ProofError> {
    let checkpoint = Checkpoint::open(checkpoint_note, key)?;
    if proof.size != checkpoint.size() {
        return Err(ProofError::Size {
            proof: proof.size,
            checkpoint: checkpoint.size(),
        });
    }
    if proof.index != index {
        return Err(ProofError::Index {
            proof: proof.index,
            index,
        });
    }
    if !proof.holds(checkpoint.root(), leaf_hash(salt, body)) {
        return Err(ProofError::Invalid);
    }
    Ok(checkpoint)
}

/// Verifies that the later log begins with the earlier one.
///
/// # Errors
/// Whenever it is not shown; see [`ProofError`].
pub fn verify_consistency(
    old_note: &str,
    new_note: &str,
    key: &LogKey,
    proof: &ConsistencyProof,
) -> Result<(), ProofError> {
    let old = Checkpoint::open(old_note, key)?;
    let new = Checkpoint::open(new_note, key)?;
    for (stated, checkpoint) in [(proof.old, &old), (proof.new, &new)] {
        if stated != checkpoint.size() {
            return Err(ProofError::Size {
                proof: stated,
                checkpoint: checkpoint.size(),
            });
        }
    }
    if !proof.holds(old.root(), new.root()) {
        return Err(ProofError::Invalid);
    }
    Ok(())
}

/// Verifies a whole log, in the order given, against its checkpoint and, if there is one, a
/// checkpoint kept from before.
///
/// # Errors
/// Everything found wrong; of single entries, at most [`MAX_FINDINGS`].
pub fn verify_log(
    entries: impl IntoIterator<Item = Entry>,
    checkpoint_note: &str,
    kept_note: Option<&str>,
    key: &LogKey,
) -> Result<Verified, Vec<Finding>> {
    let mut verifier = LogVerifier::new(checkpoint_note, kept_note, key);
    for entry in entries {
        verifier.push(&entry);
    }
    verifier.finish()
}

/// Verifies from leaf hashes alone, disclosing no entry, that they are the log the checkpoint signs and,
/// if there is a checkpoint kept from before, that the log continues it.
///
/// # Errors
/// As [`verify_log`].
pub fn verify_leaves(
    leaves: impl IntoIterator<Item = Digest>,
    checkpoint_note: &str,
    kept_note: Option<&str>,
    key: &LogKey,
) -> Result<Verified, Vec<Finding>> {
    let mut verifier = LogVerifier::new(checkpoint_note, kept_note, key);
    for (index, leaf) in (0..).zip(leaves) {
        verifier.push_leaf(index, leaf);
    }
    verifier.finish()
}

/// [`verify_log`], entry by entry: holds one hash per level of the tree, not the log.
#[derive(Debug)]
pub(crate) struct LogVerifier {
    checkpoint: Option<Checkpoint>,
    kept: Option<Checkpoint>,
    kept_root: Option<Digest>,
    frontier: Frontier,
    next: u64,
    findings: Vec<Finding>,
}

impl LogVerifier {
    pub(crate) fn new(checkpoint_note: &str, kept_note: Option<&str>, key: &LogKey) -> Self {
        let mut findings = Vec::new();
        let checkpoint = Checkpoint::open(checkpoint_note, key)
            .map_err(|error| findings.push(Finding::Checkpoint(error)))
            .ok();
        let kept = kept_note.and_then(|note| {
            Checkpoint::open(note, key)
                .map_err(|error| findings.push(Finding::Kept(error)))
                .ok()
        });
        let mut verifier = Self {
            checkpoint,
            kept,
            kept_root: None,
            frontier: Frontier::default(),
            next: 0,
            findings,
        };
        verifier.note_kept_root();
        verifier
    }

    /// Reports what is wrong with the log as a whole.
    pub(crate) fn report_whole(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Entries the checkpoint states, if it opens.
    pub(crate) fn stated_size(&self) -> Option<u64> {
        self.checkpoint.as_ref().map(Checkpoint::size)
    }

    /// Reports what is wrong with one entry, up to [`MAX_FINDINGS`].
    pub(crate) fn report(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Takes the next entry; returns the tree's new hashes with their storage indexes.
    pub(crate) fn push(&mut self, entry: &Entry) -> Vec<(u64, tlog_tiles::Hash)> {
        self.push_leaf(entry.index, entry.leaf_hash())
    }

    fn push_leaf(&mut self, index: u64, leaf: Digest) -> Vec<(u64, tlog_tiles::Hash)> {
        if index != self.next {
            self.report(Finding::Misplaced {
                expected: self.next,
                found: index,
            });
        }
        self.next = index.saturating_add(1);
        let Ok(stored) = self.frontier.push(leaf) else {
            // Only a log beyond the limit: no checkpoint that opens can state so many entries.
            self.report(Finding::Row { index: i64::MAX });
            return Vec::new();
        };
        self.note_kept_root();
        stored
    }

    fn note_kept_root(&mut self) {
        if self
            .kept
            .as_ref()
            .is_some_and(|kept| kept.size() == self.frontier.size())
        {
            self.kept_root = self.frontier.root().ok();
        }
    }

    pub(crate) fn finish(mut self) -> Result<Verified, Vec<Finding>> {
        let size = self.frontier.size();
        if let Some(checkpoint) = self.checkpoint.clone() {
            if checkpoint.size() != size {
                self.findings.push(Finding::Count {
                    stated: checkpoint.size(),
                    found: size,
                });
            } else if self.frontier.root().ok() != Some(checkpoint.root()) {
                self.findings.push(Finding::Root { size });
            }
        }
        if let Some(kept) = self.kept.clone() {
            if kept.size() > size {
                self.findings.push(Finding::Truncated {
                    kept: kept.size(),
                    found: size,
                });
            } else if self.kept_root != Some(kept.root()) {
                self.findings.push(Finding::Forked { size: kept.size() });
            }
        }
        match self.checkpoint {
            Some(checkpoint) if self.findings.is_empty() => Ok(Verified {
                checkpoint,
                since: self.kept.map(|kept| kept.size()),
            }),
            _ => Err(self.findings),
        }
    }
}
