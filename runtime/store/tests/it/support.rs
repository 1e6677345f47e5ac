//! What every test needs: a folder, a key, entries that differ.

use std::path::PathBuf;

use irongate_store::{LogKey, LogSigner, NewEntry, Store};
use ring::signature::Ed25519KeyPair;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

pub(crate) const ORIGIN: &str = "irongate.example/test";

pub(crate) fn signer_of(origin: &str, seed: u8) -> LogSigner {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    LogSigner::new(origin, pair).unwrap()
}

pub(crate) fn signer() -> LogSigner {
    signer_of(ORIGIN, 1)
}

pub(crate) fn key() -> LogKey {
    signer().key().clone()
}

/// The `n`th entry: body and salt both differ from every other's.
pub(crate) fn entry(n: u64) -> NewEntry {
    let mut salt = [0x5a; 32];
    salt[..8].copy_from_slice(&n.to_be_bytes());
    NewEntry {
        body: format!("{{\"event\":{n}}}").into_bytes(),
        salt,
    }
}

pub(crate) fn entries(range: std::ops::Range<u64>) -> Vec<NewEntry> {
    range.map(entry).collect()
}

/// A folder with the path of a store in it.
pub(crate) struct Home {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        Self { folder, path }
    }

    /// A log of `n` entries, one commit each, closed; and the checkpoint note at each size.
    pub(crate) async fn with_entries(n: u64) -> (Self, Vec<String>) {
        let home = Self::new();
        let store = Store::create(&home.path, signer()).await.unwrap();
        let mut notes = vec![store.checkpoint().await.unwrap().note().to_owned()];
        for i in 0..n {
            let appended = store.append(i, vec![entry(i)], vec![]).await.unwrap();
            notes.push(appended.checkpoint.note().to_owned());
        }
        store.close().await.unwrap();
        (home, notes)
    }

    /// A connection without any of the store's checks, as someone with the file would have.
    pub(crate) async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .connect()
            .await
            .unwrap()
    }

    /// Runs SQL on the closed store behind its back.
    pub(crate) async fn tamper(&self, sql: &str) {
        let mut conn = self.raw().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&mut conn)
            .await
            .unwrap();
        conn.close().await.unwrap();
    }
}
