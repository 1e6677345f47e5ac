//! Reading: entries, checkpoint, proofs, documents.

use std::ops::Range;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Row as _, SqliteExecutor};
use tlog_tiles::Hash;

use crate::checkpoint::Checkpoint;
use crate::db;
use crate::error::StoreError;
use crate::key::LogKey;
use crate::merkle::{ConsistencyProof, Digest, Frontier, HashTable, InclusionProof, ProofHashes};
use crate::verify::{Entry, Finding, LogVerifier, Verified};

/// Rows fetched at a time while a whole log is read: bounds memory, whatever the log's size.
const CHUNK: i64 = 1024;

/// A store opened for reading. Needs no lock and no signing key; sees each commit as a whole.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: SqlitePool,
    path: PathBuf,
    key: LogKey,
}

impl Reader {
    /// Opens the store at `path`, whose checkpoints `key` verifies. A damaged or tampered log
    /// opens too, so that [`Self::audit`] can say what is wrong.
    ///
    /// # Errors
    /// When the file is missing, not a store of this format, or of another origin.
    pub async fn open(path: &Path, key: LogKey) -> Result<Self, StoreError> {
        if !path
            .try_exists()
            .map_err(StoreError::io("cannot look for", path))?
        {
            return Err(StoreError::Missing(path.to_path_buf()));
        }
        let pool = db::connect_readers(path).await?;
        let origin = db::check_format(&mut *pool.acquire().await?, path).await?;
        if origin != key.origin() {
            let expected = key.origin().to_owned();
            return Err(StoreError::Origin {
                expected,
                found: origin,
            });
        }
        Ok(Self {
            pool,
            path: path.to_path_buf(),
            key,
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The log's public key.
    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// Closes the connections; later reads fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The newest checkpoint, its signature verified.
    ///
    /// # Errors
    /// When it cannot be read or does not verify.
    pub async fn checkpoint(&self) -> Result<Checkpoint, StoreError> {
        let note = stored_note(&self.pool).await?;
        Ok(Checkpoint::open(&note, &self.key)?)
    }

    /// Entries in the log.
    ///
    /// # Errors
    /// As [`Self::checkpoint`].
    pub async fn size(&self) -> Result<u64, StoreError> {
        Ok(self.checkpoint().await?.size())
    }

    /// The entries at these positions, in order. All are held in memory: read a long log in pieces.
    ///
    /// # Errors
    /// When the range reaches beyond the log, or stored rows are missing or malformed.
    pub async fn read(&self, range: Range<u64>) -> Result<Vec<Entry>, StoreError> {
        let size = self.size().await?;
        if range.end > size || range.start > range.end {
            return Err(StoreError::OutOfRange {
                position: range.start.max(range.end),
                size,
            });
        }
        let rows = sqlx::query(
            "SELECT idx, salt, body FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx",
        )
        .bind(db::to_sql(range.start)?)
        .bind(db::to_sql(range.end)?)
        .fetch_all(&self.pool)
        .await?;
        let entries = rows
            .iter()
            .map(entry)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|index| StoreError::Damaged(format!("row {index} is not an entry")))?;
        if !entries.iter().map(|e| e.index).eq(range.clone()) {
            let text = format!(
                "entries are missing between {} and {}",
                range.start, range.end
            );
            return Err(StoreError::Damaged(text));
        }
        Ok(entries)
    }

    /// Proves that the entry at `index` is in the log of the first `size` entries.
    ///
    /// # Errors
    /// When `index` or `size` is outside the log, or the stored tree contradicts itself: a proof
    /// that would not verify is never given out.
    pub async fn prove_inclusion(
        &self,
        index: u64,
        size: u64,
    ) -> Result<InclusionProof, StoreError> {
        self.check_size(size).await?;
        if index >= size {
            return Err(StoreError::OutOfRange {
                position: index,
                size,
            });
        }
        let hashes = self
            .prove(|r| tlog_tiles::prove_record(size, index, r))
            .await?;
        let proof = InclusionProof {
            index,
            size,
            hashes,
        };
        let [entry] = self
            .read(index..index + 1)
            .await?
            .try_into()
            .map_err(|_| StoreError::Damaged(format!("entry {index} is missing")))?;
        if !proof.holds(self.root(size).await?, entry.leaf_hash()) {
            return Err(StoreError::Damaged(format!(
                "entry {index} does not fit its tree"
            )));
        }
        Ok(proof)
    }

    /// Proves that the log of the first `new` entries begins with that of the first `old`.
    ///
    /// # Errors
    /// As [`Self::prove_inclusion`]; `old` must be at least 1 (every log begins with nothing).
    pub async fn prove_consistency(
        &self,
        old: u64,
        new: u64,
    ) -> Result<ConsistencyProof, StoreError> {
        self.check_size(new).await?;
        if old == 0 || old > new {
            return Err(StoreError::OutOfRange {
                position: old,
                size: new,
            });
        }
        let hashes = self.prove(|r| tlog_tiles::prove_tree(new, old, r)).await?;
        let proof = ConsistencyProof { old, new, hashes };
        if !proof.holds(self.root(old).await?, self.root(new).await?) {
            return Err(StoreError::Damaged(format!(
                "the trees of {old} and {new} disagree"
            )));
        }
        Ok(proof)
    }

    /// The leaf hashes of the first `size` entries. They disclose nothing of the entries: leaves are
    /// salted.
    ///
    /// # Errors
    /// When the log has fewer entries, or cannot be read.
    pub async fn leaf_hashes(&self, size: u64) -> Result<Vec<Digest>, StoreError> {
        self.check_size(size).await?;
        let mut conn = self.pool.acquire().await?;
        let piece = CHUNK.unsigned_abs();
        let mut leaves = Vec::new();
        let mut from = 0;
        while from < size {
            let to = size.min(from + piece);
            let table = hashes_of(&mut conn, from, to).await?;
            for entry in from..to {
                let leaf = table.0.get(&tlog_tiles::stored_hash_index(0, entry));
                let leaf = leaf.ok_or_else(|| {
                    StoreError::Damaged(format!("the hash of entry {entry} is missing"))
                })?;
                leaves.push(Digest::from(*leaf));
            }
            from = to;
        }
        Ok(leaves)
    }

    /// Verifies the whole stored log: entries, stored hashes, checkpoint, and that it continues
    /// the kept checkpoint if one is given.
    ///
    /// # Errors
    /// The inner result holds what was found; the outer one fails when the file cannot be read.
    pub async fn audit(
        &self,
        kept: Option<&str>,
    ) -> Result<Result<Verified, Vec<Finding>>, StoreError> {
        // One read transaction: commits meanwhile do not tear it.
        let mut tx = self.pool.begin().await?;
        let note = stored_note(&mut *tx).await?;
        let mut verifier = LogVerifier::new(&note, kept, &self.key);
        let mut from = i64::MIN;
        let mut size = 0;
        let mut differs = false;
        loop {
            let rows = entries_from(&mut tx, from).await?;
            let Some(last) = rows.last() else { break };
            from = last.try_get::<i64, _>("idx")?.saturating_add(1);
            // Hashes are stored in the order of the entries that complete them.
            let table = hashes_of(&mut tx, size, size + rows.len() as u64).await?;
            for row in &rows {
                match entry(row) {
                    Ok(entry) => {
                        size += 1;
                        let hashes = verifier.push(&entry);
                        if let Some(finding) = compare(&table, &entry, &hashes) {
                            // Once the tree differs, all that is built on it does.
                            let follows = matches!(finding, Finding::Tree { .. }) && differs;
                            differs = true;
                            if !follows {
                                verifier.report(finding);
                            }
                        }
                    }
                    Err(index) => verifier.report(Finding::Row { index }),
                }
            }
        }
        let found: i64 = sqlx::query_scalar("SELECT count(*) FROM hashes")
            .fetch_one(&mut *tx)
            .await?;
        let expected = tlog_tiles::stored_hash_count(size);
        if u64::try_from(found).ok() != Some(expected) {
            let found = u64::try_from(found).unwrap_or(0);
            verifier.report_whole(Finding::Hashes {
                size,
                expected,
                found,
            });
        }
        Ok(verifier.finish())
    }

    /// A document's bytes, if it is there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn document(&self, kind: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = sqlx::query_scalar("SELECT bytes FROM documents WHERE kind = ? AND id = ?")
            .bind(kind)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(bytes)
    }

    /// The ids of a kind's documents, in byte order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn documents(&self, kind: &str) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar("SELECT id FROM documents WHERE kind = ? ORDER BY id")
            .bind(kind)
            .fetch_all(&self.pool)
            .await?;
        Ok(ids)
    }

    async fn check_size(&self, size: u64) -> Result<(), StoreError> {
        let current = self.size().await?;
        if size > current {
            return Err(StoreError::OutOfRange {
                position: size,
                size: current,
            });
        }
        Ok(())
    }

    /// Runs a proof of `tlog_tiles` over the stored hashes.
    async fn prove<P>(&self, prove: P) -> Result<Vec<Digest>, StoreError>
    where
        P: Fn(&ProofHashes) -> Result<Vec<Hash>, tlog_tiles::Error>,
    {
        let table = self.hashes(&ProofHashes::asked_by(&prove)).await?;
        Ok(prove(&ProofHashes::answering(table))?
            .into_iter()
            .map(Digest::from)
            .collect())
    }

    /// The root of the first `size` entries, from the stored hashes; for the whole log it must be
    /// the checkpoint's.
    pub(crate) async fn root(&self, size: u64) -> Result<Digest, StoreError> {
        let table = self.hashes(&Frontier::indexes(size)).await?;
        let root = Digest::from(tlog_tiles::tree_hash(size, &table)?);
        let checkpoint = self.checkpoint().await?;
        if checkpoint.size() == size && checkpoint.root() != root {
            return Err(StoreError::Damaged(
                "the tree is not the checkpoint's".into(),
            ));
        }
        Ok(root)
    }

    /// The stored hashes at these storage indexes.
    pub(crate) async fn hashes(&self, indexes: &[u64]) -> Result<HashTable, StoreError> {
        let mut conn = self.pool.acquire().await?;
        read_hashes(&mut conn, indexes).await
    }
}

/// The hashes stored at these indexes; one that is missing is damage.
pub(crate) async fn read_hashes(
    conn: &mut SqliteConnection,
    indexes: &[u64],
) -> Result<HashTable, StoreError> {
    let mut table = HashTable::default();
    for &index in indexes {
        let hash = stored_hash(&mut *conn, index)
            .await?
            .ok_or_else(|| StoreError::Damaged(format!("hash {index} is missing")))?;
        table.0.insert(index, hash);
    }
    Ok(table)
}

async fn stored_hash<'c>(
    executor: impl SqliteExecutor<'c>,
    index: u64,
) -> Result<Option<Hash>, StoreError> {
    let bytes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hash FROM hashes WHERE idx = ?")
        .bind(db::to_sql(index)?)
        .fetch_optional(executor)
        .await?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(Hash))
}

/// The hashes stored with the entries `from..to`; missing or malformed ones are left out.
async fn hashes_of(
    conn: &mut SqliteConnection,
    from: u64,
    to: u64,
) -> Result<HashTable, StoreError> {
    let rows = sqlx::query("SELECT idx, hash FROM hashes WHERE idx >= ? AND idx < ?")
        .bind(db::to_sql(tlog_tiles::stored_hash_index(0, from))?)
        .bind(db::to_sql(tlog_tiles::stored_hash_index(0, to))?)
        .fetch_all(conn)
        .await?;
    let hash = |row: &sqlx::sqlite::SqliteRow| {
        let index = u64::try_from(row.try_get::<i64, _>("idx").ok()?).ok()?;
        let bytes: Vec<u8> = row.try_get("hash").ok()?;
        Some((index, Hash(bytes.try_into().ok()?)))
    };
    Ok(HashTable(rows.iter().filter_map(hash).collect()))
}

/// Compares what an entry gives (its leaf hash, then the subtrees it completes) with what is stored.
fn compare(table: &HashTable, entry: &Entry, hashes: &[(u64, Hash)]) -> Option<Finding> {
    let level = hashes
        .iter()
        .position(|(index, hash)| table.0.get(index) != Some(hash))?;
    let index = entry.index;
    Some(if level == 0 {
        Finding::Edited { index }
    } else {
        Finding::Tree { index }
    })
}

/// The checkpoint's row, unverified.
pub(crate) async fn stored_note<'c>(
    executor: impl SqliteExecutor<'c>,
) -> Result<String, StoreError> {
    sqlx::query_scalar("SELECT note FROM checkpoint WHERE one = 1")
        .fetch_optional(executor)
        .await?
        .ok_or_else(|| StoreError::Damaged("the checkpoint is missing".into()))
}

async fn entries_from(
    conn: &mut SqliteConnection,
    from: i64,
) -> Result<Vec<sqlx::sqlite::SqliteRow>, StoreError> {
    Ok(
        sqlx::query("SELECT idx, salt, body FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?")
            .bind(from)
            .bind(CHUNK)
            .fetch_all(conn)
            .await?,
    )
}

/// A row as an entry, or its position if it cannot be one (someone changed the table).
fn entry(row: &sqlx::sqlite::SqliteRow) -> Result<Entry, i64> {
    let at = row.try_get("idx").unwrap_or(i64::MIN);
    let index = u64::try_from(at).map_err(|_| at)?;
    let salt: Vec<u8> = row.try_get("salt").map_err(|_| at)?;
    let salt = salt.try_into().map_err(|_| at)?;
    let body = row.try_get("body").map_err(|_| at)?;
    Ok(Entry { index, salt, body })
}
