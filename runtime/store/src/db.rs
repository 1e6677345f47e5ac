//! Connections, and what is asserted of every one of them; the schema.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use crate::error::StoreError;

/// The store's format; a change of the schema counts it up.
pub(crate) const FORMAT: i64 = 1;

/// Marks the file as an Irongate store (SQLite's `application_id`): "IrGt".
const APPLICATION: i64 = 0x4972_4774;

/// How long a statement waits for SQLite's own locks. Readers never wait for the writer in WAL
/// mode; only a checkpoint of the WAL makes anyone wait.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that read.
const READERS: u32 = 4;

/// Level of `synchronous` at which SQLite syncs the WAL on every commit.
const SYNCHRONOUS_FULL: i64 = 2;

/// Tables. `entries` are the leaves; `hashes` the tree's inner and leaf hashes by storage index;
/// `checkpoint` has one row. `documents` is not part of the log.
const SCHEMA: &str = "
CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL
) STRICT;
CREATE TABLE entries (
    idx INTEGER PRIMARY KEY CHECK (idx >= 0),
    salt BLOB NOT NULL CHECK (length(salt) = 32),
    body BLOB NOT NULL
) STRICT;
CREATE TABLE hashes (
    idx INTEGER PRIMARY KEY CHECK (idx >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    note TEXT NOT NULL
) STRICT;
CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
";

/// Options every connection has. Deleted documents are overwritten, not just unlinked.
pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

/// Refuses a connection that would not keep what it acknowledges, by what it says of itself.
pub(crate) async fn assert_durable(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *conn)
        .await?;
    if synchronous < SYNCHRONOUS_FULL {
        let found = synchronous.to_string();
        return Err(StoreError::NotDurable {
            setting: "synchronous",
            found,
        });
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *conn)
        .await?;
    if !["wal", "delete", "truncate", "persist"].contains(&journal.as_str()) {
        return Err(StoreError::NotDurable {
            setting: "journal_mode",
            found: journal,
        });
    }
    for setting in ["foreign_keys", "secure_delete"] {
        let sql = if setting == "foreign_keys" {
            "PRAGMA foreign_keys"
        } else {
            "PRAGMA secure_delete"
        };
        let on: i64 = sqlx::query_scalar(sql).fetch_one(&mut *conn).await?;
        if on != 1 {
            return Err(StoreError::NotDurable {
                setting,
                found: on.to_string(),
            });
        }
    }
    Ok(())
}

/// One connection, asserted.
pub(crate) async fn connect(
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, StoreError> {
    let mut conn = options.connect().await?;
    assert_durable(&mut conn).await?;
    Ok(conn)
}

/// The writer's connection, in WAL mode: a commit is one sync, and readers do not wait for it.
pub(crate) async fn connect_writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    let mut conn = connect(&options(path).journal_mode(SqliteJournalMode::Wal)).await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut conn)
        .await?;
    if journal != "wal" {
        return Err(StoreError::NotDurable {
            setting: "journal_mode",
            found: journal,
        });
    }
    Ok(conn)
}

/// Connections that read, each asserted when it is made.
pub(crate) async fn connect_readers(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = options(path).read_only(true);
    // A pool retries until its timeout when its own check fails; one plain connection first
    // gives the reason at once.
    connect(&options).await?.close().await?;
    let pool = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(BUSY_TIMEOUT)
        .after_connect(|conn, _| {
            Box::pin(async move {
                assert_durable(conn)
                    .await
                    .map_err(|error| sqlx::Error::Configuration(Box::new(error)))
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// Lays out an empty file as a store of `origin` with its first checkpoint.
pub(crate) async fn lay_out(path: &Path, origin: &str, note: &str) -> Result<(), StoreError> {
    // A rollback journal while the file is made: it is one file when the connection closes.
    let mut conn = connect(&options(path).journal_mode(SqliteJournalMode::Delete)).await?;
    let mut tx = conn.begin_with("BEGIN EXCLUSIVE").await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *tx).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "PRAGMA user_version = {FORMAT}; PRAGMA application_id = {APPLICATION};"
    )))
    .execute(&mut *tx)
    .await?;
    sqlx::query("INSERT INTO log (one, origin) VALUES (1, ?)")
        .bind(origin)
        .execute(&mut *tx)
        .await?;
    sqlx::query("INSERT INTO checkpoint (one, note) VALUES (1, ?)")
        .bind(note)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    conn.close().await?;
    Ok(())
}

/// Refuses a file that is not a store of this format; returns the log's origin.
pub(crate) async fn check_format(
    conn: &mut SqliteConnection,
    path: &Path,
) -> Result<String, StoreError> {
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *conn)
        .await?;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *conn)
        .await?;
    let found = if application == APPLICATION {
        version
    } else {
        0
    };
    if found != FORMAT {
        return Err(StoreError::Format {
            path: path.to_path_buf(),
            found,
            known: FORMAT,
        });
    }
    let row = sqlx::query("SELECT origin FROM log")
        .fetch_one(&mut *conn)
        .await?;
    Ok(row.try_get(0)?)
}

/// SQLite's integers are signed; the store's positions never come near the difference.
pub(crate) fn to_sql(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value)
        .map_err(|_| StoreError::Damaged(format!("position {value} is beyond any log")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each setting is refused when it is weakened, and the weakened connection is otherwise fine.
    #[tokio::test]
    async fn weak_connections_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let strong = || options(&path).create_if_missing(true);
        connect(&strong()).await.unwrap();
        let cases = [
            (
                strong().synchronous(SqliteSynchronous::Normal),
                "synchronous",
            ),
            (strong().synchronous(SqliteSynchronous::Off), "synchronous"),
            (
                strong().journal_mode(SqliteJournalMode::Memory),
                "journal_mode",
            ),
            (
                strong().journal_mode(SqliteJournalMode::Off),
                "journal_mode",
            ),
            (strong().foreign_keys(false), "foreign_keys"),
            (strong().pragma("secure_delete", "OFF"), "secure_delete"),
        ];
        for (weak, expected) in cases {
            weak.connect().await.unwrap();
            match connect(&weak).await {
                Err(StoreError::NotDurable { setting, .. }) => assert_eq!(setting, expected),
                other => panic!("{expected}: {:?}", other.map(|_| ())),
            }
        }
    }
}
