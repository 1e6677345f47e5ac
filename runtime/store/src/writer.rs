//! The one writer: gathers waiting appends and commits them together.
//!
//! A commit costs a sync of the disk, an append costs little else. While one commit syncs, the
//! next appends queue; then all of them share one transaction, one checkpoint and one sync.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::Checkpoint;
use crate::db;
use crate::error::StoreError;
use crate::failpoint::{Failpoint, hit};
use crate::key::LogSigner;
use crate::lock::Lock;
use crate::merkle::{Digest, Frontier, SALT_LEN, leaf_hash};

/// Most appends waiting; beyond, callers are told to try again.
pub const MAX_QUEUED: usize = 1024;

/// Most appends gathered into one commit: bounds how long the first of them waits.
const MAX_BATCH: usize = 256;

/// Longest body: C2SP tlog-tiles writes an entry (salt ‖ body) with a 16-bit length.
pub const MAX_BODY: usize = u16::MAX as usize - SALT_LEN;

/// Most entries in one append.
pub const MAX_APPEND: usize = 4096;

/// Largest document: well under SQLite's limit of 1 GB for one value.
pub const MAX_DOCUMENT: usize = 256 << 20;

/// An entry to be appended.
#[derive(Clone)]
pub struct NewEntry {
    /// The event's bytes, at most [`MAX_BODY`].
    pub body: Vec<u8>,
    /// Fresh from a secure generator, never used twice.
    pub salt: [u8; SALT_LEN],
}

/// Bodies and salts stay out of traces and test output of callers.
impl fmt::Debug for NewEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewEntry({} bytes)", self.body.len())
    }
}

/// A change of the documents beside the log.
#[derive(Clone)]
pub enum DocumentChange {
    /// Writes a document, in place of an earlier one of the same kind and id.
    Put {
        /// What it is, e.g. `release`.
        kind: String,
        /// Which one.
        id: String,
        /// Its bytes, at most [`MAX_DOCUMENT`].
        bytes: Vec<u8>,
    },
    /// Deletes a document and overwrites its bytes in the file; nothing happens if it is not there.
    Delete {
        /// What it is.
        kind: String,
        /// Which one.
        id: String,
    },
}

impl fmt::Debug for DocumentChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { kind, id, bytes } => write!(f, "Put({kind}/{id}, {} bytes)", bytes.len()),
            Self::Delete { kind, id } => write!(f, "Delete({kind}/{id})"),
        }
    }
}

/// An append that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of the first entry.
    pub first: u64,
    /// Position after the last entry: where the next append is expected.
    pub next: u64,
    /// The checkpoint of the commit. Its size is `next` or more: appends gathered into the same
    /// commit share it.
    pub checkpoint: Checkpoint,
}

impl Appended {
    /// Entries under the checkpoint.
    pub fn size(&self) -> u64 {
        self.checkpoint.size()
    }

    /// Root under the checkpoint.
    pub fn root(&self) -> Digest {
        self.checkpoint.root()
    }
}

/// Sizes are limited before anything is queued.
pub(crate) fn check_limits(
    entries: &[NewEntry],
    documents: &[DocumentChange],
) -> Result<(), StoreError> {
    let check = |what, size: usize, limit: usize| {
        if size > limit {
            return Err(StoreError::TooLarge {
                what,
                size: size as u64,
                limit: limit as u64,
            });
        }
        Ok(())
    };
    check("append", entries.len().max(documents.len()), MAX_APPEND)?;
    for entry in entries {
        check("entry", entry.body.len(), MAX_BODY)?;
    }
    for document in documents {
        if let DocumentChange::Put { bytes, .. } = document {
            check("document", bytes.len(), MAX_DOCUMENT)?;
        }
    }
    Ok(())
}

/// An append on its way to the writer.
pub(crate) struct Request {
    /// Where the caller decided; none for documents alone, which depend on no position.
    pub(crate) expected: Option<u64>,
    pub(crate) entries: Vec<NewEntry>,
    pub(crate) documents: Vec<DocumentChange>,
    pub(crate) reply: oneshot::Sender<Result<Appended, StoreError>>,
}

/// How one request of a batch ended, before the batch is durable.
enum Placed {
    At { first: u64, next: u64 },
    Conflict { expected: u64, actual: u64 },
}

pub(crate) struct Writer {
    pub(crate) conn: SqliteConnection,
    pub(crate) signer: LogSigner,
    pub(crate) frontier: Frontier,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) commits: Arc<AtomicU64>,
    pub(crate) lock: Lock,
}

impl Writer {
    /// Serves requests until every sender is gone; then closes the database and frees the lock.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut batch = Vec::new();
        let mut stopped: Option<String> = None;
        while queue.recv_many(&mut batch, MAX_BATCH).await > 0 {
            if let Some(cause) = &stopped {
                for request in batch.drain(..) {
                    answer(request.reply, Err(StoreError::Stopped(cause.clone())));
                }
                continue;
            }
            hit(Failpoint::BeforeAppend);
            match self.commit(&batch).await {
                Ok(placed) => {
                    for (request, placed) in batch.drain(..).zip(placed) {
                        answer(request.reply, self.outcome(placed));
                    }
                }
                Err(error) => {
                    // Whether it is durable is not known here; the file is no longer trusted to
                    // be where this writer thinks it is. Opening again reads what is there.
                    tracing::error!(%error, "the log's writer stopped");
                    let cause = error.to_string();
                    for request in batch.drain(..) {
                        answer(request.reply, Err(StoreError::Stopped(cause.clone())));
                    }
                    stopped = Some(cause);
                }
            }
        }
        if let Err(error) = self.conn.close().await {
            tracing::warn!(%error, "the log's database did not close cleanly");
        }
        drop(self.lock);
    }

    /// Writes a batch in one transaction; durable when it returns.
    async fn commit(&mut self, batch: &[Request]) -> Result<Vec<Placed>, StoreError> {
        let mut tx = self.conn.begin_with("BEGIN IMMEDIATE").await?;
        let before = self.frontier.size();
        let mut placed = Vec::with_capacity(batch.len());
        let mut writes = false;
        let mut deletes = false;
        for request in batch {
            let first = self.frontier.size();
            if let Some(expected) = request.expected.filter(|&expected| expected != first) {
                placed.push(Placed::Conflict {
                    expected,
                    actual: first,
                });
                continue;
            }
            for entry in &request.entries {
                insert(&mut tx, &mut self.frontier, entry).await?;
            }
            for document in &request.documents {
                change(&mut tx, document).await?;
                deletes |= matches!(document, DocumentChange::Delete { .. });
            }
            writes |= !request.entries.is_empty() || !request.documents.is_empty();
            placed.push(Placed::At {
                first,
                next: self.frontier.size(),
            });
        }
        if !writes {
            tx.rollback().await?;
            return Ok(placed);
        }
        let mut checkpoint = None;
        if self.frontier.size() != before {
            let signed =
                Checkpoint::sign(&self.signer, self.frontier.size(), self.frontier.root()?)?;
            sqlx::query("UPDATE checkpoint SET note = ? WHERE one = 1")
                .bind(signed.note())
                .execute(&mut *tx)
                .await?;
            checkpoint = Some(signed);
        }
        hit(Failpoint::AfterInsert);
        tx.commit().await?;
        hit(Failpoint::AfterCommit);
        self.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(signed) = checkpoint {
            self.checkpoint = signed;
        }
        if deletes {
            // The old bytes live on in the WAL until it is emptied.
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(&mut self.conn)
                .await?;
        }
        Ok(placed)
    }

    fn outcome(&self, placed: Placed) -> Result<Appended, StoreError> {
        match placed {
            Placed::At { first, next } => Ok(Appended {
                first,
                next,
                checkpoint: self.checkpoint.clone(),
            }),
            Placed::Conflict { expected, actual } => Err(StoreError::Conflict { expected, actual }),
        }
    }
}

/// Tells the caller, if it still waits: one that went away gave up the answer, not the append.
fn answer(
    reply: oneshot::Sender<Result<Appended, StoreError>>,
    outcome: Result<Appended, StoreError>,
) {
    drop(reply.send(outcome));
}

async fn insert(
    conn: &mut SqliteConnection,
    frontier: &mut Frontier,
    entry: &NewEntry,
) -> Result<(), StoreError> {
    let index = frontier.size();
    sqlx::query("INSERT INTO entries (idx, salt, body) VALUES (?, ?, ?)")
        .bind(db::to_sql(index)?)
        .bind(entry.salt.as_slice())
        .bind(entry.body.as_slice())
        .execute(&mut *conn)
        .await?;
    for (index, hash) in frontier.push(leaf_hash(&entry.salt, &entry.body))? {
        sqlx::query("INSERT INTO hashes (idx, hash) VALUES (?, ?)")
            .bind(db::to_sql(index)?)
            .bind(hash.0.as_slice())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn change(conn: &mut SqliteConnection, document: &DocumentChange) -> Result<(), StoreError> {
    match document {
        DocumentChange::Put { kind, id, bytes } => {
            sqlx::query(
                "INSERT INTO documents (kind, id, bytes) VALUES (?, ?, ?)
                 ON CONFLICT (kind, id) DO UPDATE SET bytes = excluded.bytes",
            )
            .bind(kind)
            .bind(id)
            .bind(bytes.as_slice())
            .execute(conn)
            .await?;
        }
        DocumentChange::Delete { kind, id } => {
            sqlx::query("DELETE FROM documents WHERE kind = ? AND id = ?")
                .bind(kind)
                .bind(id)
                .execute(conn)
                .await?;
        }
    }
    Ok(())
}
