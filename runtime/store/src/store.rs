//! The store opened for writing: one process, one writer task, any number of callers.

use std::fs::{File, OpenOptions};
use std::ops::Deref;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::checkpoint::Checkpoint;
use crate::db;
use crate::error::StoreError;
use crate::key::{LogKey, LogSigner};
use crate::lock::Lock;
use crate::merkle::Frontier;
use crate::reader::{Reader, read_hashes, stored_note};
use crate::writer::{
    Appended, DocumentChange, MAX_QUEUED, NewEntry, Request, Writer, check_limits,
};

/// How long opening waits for another process to finish: longer than any command's append, short
/// enough for a person to wait.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The event log, opened for writing. Reads go through [`Reader`], which it dereferences to.
///
/// Dropping it lets queued appends finish in the background; [`Store::close`] waits for them.
#[derive(Debug)]
pub struct Store {
    reader: Reader,
    queue: mpsc::Sender<Request>,
    writer: JoinHandle<()>,
    commits: Arc<AtomicU64>,
}

impl Deref for Store {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

/// An append in the queue. Its place is settled; [`Pending::durable`] waits for the disk.
#[derive(Debug)]
#[must_use = "an append counts only once it is durable"]
pub struct Pending(oneshot::Receiver<Result<Appended, StoreError>>);

impl Pending {
    /// Waits until the append is durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it expected another position: nothing was written.
    /// [`StoreError::Stopped`] when writing failed: open the store again to see what is durable.
    pub async fn durable(self) -> Result<Appended, StoreError> {
        self.0.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> StoreError {
    StoreError::Stopped("the writer is gone".into())
}

impl Store {
    /// Creates an empty log at `path` (mode 0600) and opens it. The file appears whole or not at
    /// all.
    ///
    /// # Errors
    /// When the file exists, cannot be made, or another process holds the path.
    pub async fn create(path: &Path, signer: LogSigner) -> Result<Self, StoreError> {
        let lock = Lock::take(path, LOCK_WAIT).await?;
        if path
            .try_exists()
            .map_err(StoreError::io("cannot look for", path))?
        {
            return Err(StoreError::Exists(path.to_path_buf()));
        }
        let temporary = fresh_beside(path)?;
        let first = Checkpoint::sign(&signer, 0, Frontier::default().root()?)?;
        db::lay_out(&temporary, signer.key().origin(), first.note()).await?;
        install(&temporary, path)?;
        Self::open_locked(path, signer, lock).await
    }

    /// Opens the log at `path`, waiting at most [`LOCK_WAIT`] for another process to finish.
    ///
    /// # Errors
    /// When the file is missing, readable by others, not a store of this format, of another
    /// origin, held by another process, or its end contradicts its checkpoint. What is before the
    /// end is verified by [`Reader::audit`].
    pub async fn open(path: &Path, signer: LogSigner) -> Result<Self, StoreError> {
        Self::open_within(path, signer, LOCK_WAIT).await
    }

    /// [`Store::open`], waiting at most `limit` for another process to finish.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_within(
        path: &Path,
        signer: LogSigner,
        limit: Duration,
    ) -> Result<Self, StoreError> {
        if !path
            .try_exists()
            .map_err(StoreError::io("cannot look for", path))?
        {
            return Err(StoreError::Missing(path.to_path_buf()));
        }
        let lock = Lock::take(path, limit).await?;
        Self::open_locked(path, signer, lock).await
    }

    async fn open_locked(path: &Path, signer: LogSigner, lock: Lock) -> Result<Self, StoreError> {
        check_private(path)?;
        let mut conn = db::connect_writer(path).await?;
        let origin = db::check_format(&mut conn, path).await?;
        if origin != signer.key().origin() {
            let expected = signer.key().origin().to_owned();
            return Err(StoreError::Origin {
                expected,
                found: origin,
            });
        }
        let (checkpoint, frontier) = end_of_log(&mut conn, signer.key()).await?;
        let reader = Reader::open(path, signer.key().clone()).await?;
        let commits = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            conn,
            signer,
            frontier,
            checkpoint,
            commits: Arc::clone(&commits),
            lock,
        };
        let (queue, requests) = mpsc::channel(MAX_QUEUED);
        Ok(Self {
            reader,
            queue,
            writer: tokio::spawn(writer.run(requests)),
            commits,
        })
    }

    /// Appends entries at `expected_position` and changes documents with them, all or nothing.
    /// Durable when it returns.
    ///
    /// # Errors
    /// As [`Store::begin`] (but waits for room in the queue) and [`Pending::durable`].
    pub async fn append(
        &self,
        expected_position: u64,
        entries: Vec<NewEntry>,
        documents: Vec<DocumentChange>,
    ) -> Result<Appended, StoreError> {
        check_limits(&entries, &documents)?;
        let (request, pending) = request(Some(expected_position), entries, documents);
        self.queue.send(request).await.map_err(|_| gone())?;
        pending.durable().await
    }

    /// Queues an append and returns at once. Appends take effect in the order they were queued, so
    /// a caller that decides one after another may queue the next before the last is durable; if
    /// an earlier one fails, later ones conflict.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] over a limit; [`StoreError::Busy`] when [`MAX_QUEUED`] are waiting;
    /// [`StoreError::Stopped`] when the writer is gone.
    pub fn begin(
        &self,
        expected_position: u64,
        entries: Vec<NewEntry>,
        documents: Vec<DocumentChange>,
    ) -> Result<Pending, StoreError> {
        check_limits(&entries, &documents)?;
        let (request, pending) = request(Some(expected_position), entries, documents);
        self.queue.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => gone(),
        })?;
        Ok(pending)
    }

    /// Changes documents that no entry speaks of. Durable when it returns.
    ///
    /// # Errors
    /// As [`Store::append`], without conflicts.
    pub async fn change_documents(&self, documents: Vec<DocumentChange>) -> Result<(), StoreError> {
        check_limits(&[], &documents)?;
        let (request, pending) = request(None, Vec::new(), documents);
        self.queue.send(request).await.map_err(|_| gone())?;
        pending.durable().await.map(|_| ())
    }

    /// Transactions committed since the store was opened.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Waits for queued appends, closes the database and frees the lock.
    ///
    /// # Errors
    /// When the writer died.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(self.queue);
        self.reader.close().await;
        self.writer.await.map_err(|_| gone())
    }
}

fn request(
    expected: Option<u64>,
    entries: Vec<NewEntry>,
    documents: Vec<DocumentChange>,
) -> (Request, Pending) {
    let (reply, answer) = oneshot::channel();
    (
        Request {
            expected,
            entries,
            documents,
            reply,
        },
        Pending(answer),
    )
}

/// The checkpoint and the tree's right edge; refused when they contradict the entries' end.
async fn end_of_log(
    conn: &mut sqlx::sqlite::SqliteConnection,
    key: &LogKey,
) -> Result<(Checkpoint, Frontier), StoreError> {
    let checkpoint = Checkpoint::open(&stored_note(&mut *conn).await?, key)?;
    let last: Option<i64> = sqlx::query_scalar("SELECT max(idx) FROM entries")
        .fetch_one(&mut *conn)
        .await?;
    let size = last.map_or(Some(0), |last| u64::try_from(last).ok()?.checked_add(1));
    if size != Some(checkpoint.size()) {
        return Err(StoreError::Damaged(
            "the last entry is not the checkpoint's last".into(),
        ));
    }
    let edge = read_hashes(conn, &Frontier::indexes(checkpoint.size())).await?;
    let frontier = Frontier::resume(checkpoint.size(), edge);
    if frontier.root()? != checkpoint.root() {
        return Err(StoreError::Damaged(
            "the stored tree is not the checkpoint's".into(),
        ));
    }
    Ok((checkpoint, frontier))
}

/// Refuses a file that others than its owner may reach.
fn check_private(path: &Path) -> Result<(), StoreError> {
    let metadata = std::fs::metadata(path).map_err(StoreError::io("cannot look at", path))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(StoreError::Permissions {
            path: path.to_path_buf(),
            mode,
        });
    }
    Ok(())
}

/// An empty private file beside `path`, for making a database in; a left-over one is replaced.
pub(crate) fn fresh_beside(path: &Path) -> Result<PathBuf, StoreError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::io("cannot replace", &temporary)(error));
        }
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(StoreError::io("cannot create", &temporary))?;
    Ok(temporary)
}

/// Gives a finished file its name, durably. Fails if the name is taken.
pub(crate) fn install(temporary: &Path, path: &Path) -> Result<(), StoreError> {
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync(temporary).map_err(StoreError::io("cannot sync", temporary))?;
    // A hard link, unlike a rename, never replaces what appeared meanwhile.
    std::fs::hard_link(temporary, path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists(path.to_path_buf()),
        _ => StoreError::io("cannot create", path)(error),
    })?;
    std::fs::remove_file(temporary).map_err(StoreError::io("cannot remove", temporary))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    sync(folder).map_err(StoreError::io("cannot sync", folder))
}
