//! The event log: append-only, durable before it is acknowledged, and provable.
//!
//! Each entry is a leaf of a Merkle tree (RFC 6962), each commit ends with a signed checkpoint
//! (C2SP tlog-checkpoint). What must not be in the log (stored releases, quality reports, measured
//! values) is kept beside it as documents, written in the same transaction.
//!
//! *Invariants:*
//! - This crate knows no rules: bodies are bytes, and whether they may be appended was decided
//!   before, at the position the caller names.
//! - Every connection syncs on commit; one that would not is refused.
//! - [`verify`] needs no database: what it accepts rests on bytes, a public key and, against the
//!   key's holder, a checkpoint kept from before.

mod backup;
mod checkpoint;
mod db;
mod error;
mod export;
pub mod failpoint;
mod key;
mod lock;
mod merkle;
mod reader;
mod store;
pub mod verify;
mod writer;

pub use backup::restore;
pub use checkpoint::{Checkpoint, CheckpointError, MAX_NOTE};
pub use error::StoreError;
pub use export::verify_export;
pub use key::{LogKey, LogSigner, MAX_ORIGIN, OriginError};
pub use merkle::{
    ConsistencyProof, Digest, DigestError, InclusionProof, MAX_ENTRIES, MAX_PROOF, SALT_LEN,
    leaf_hash,
};
pub use reader::Reader;
pub use store::{LOCK_WAIT, Pending, Store};
pub use verify::{Entry, Finding, Verified};
pub use writer::{
    Appended, DocumentChange, MAX_APPEND, MAX_BODY, MAX_DOCUMENT, MAX_QUEUED, NewEntry,
};
