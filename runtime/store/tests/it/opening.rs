//! Creating and opening: who may, what is refused.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use irongate_store::{Reader, Store, StoreError};

use crate::support::{Home, ORIGIN, entries, key, signer, signer_of};

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn files_are_private_and_settings_hold() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    store.append(0, entries(0..1), vec![]).await.unwrap();
    let mut files = 0;
    for file in std::fs::read_dir(home.folder.path()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
        files += 1;
    }
    assert!(files >= 4, "database, WAL, its index, lock: {files}");
    store.close().await.unwrap();

    std::fs::set_permissions(&home.path, std::fs::Permissions::from_mode(0o640)).unwrap();
    match Store::open(&home.path, signer()).await {
        Err(StoreError::Permissions { mode: 0o640, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn create_and_open_do_not_stand_in_for_each_other() {
    let home = Home::new();
    assert!(matches!(
        Store::open(&home.path, signer()).await,
        Err(StoreError::Missing(_))
    ));
    assert!(matches!(
        Reader::open(&home.path, key()).await,
        Err(StoreError::Missing(_))
    ));
    assert!(!home.path.exists(), "a failed open creates nothing");
    let store = Store::create(&home.path, signer()).await.unwrap();
    store.append(0, entries(0..1), vec![]).await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(
        Store::create(&home.path, signer()).await,
        Err(StoreError::Exists(_))
    ));
    assert_eq!(
        Reader::open(&home.path, key())
            .await
            .unwrap()
            .size()
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_left_over_of_a_crashed_create_is_no_obstacle() {
    let home = Home::new();
    std::fs::write(home.folder.path().join("log.db.new"), b"half a file").unwrap();
    let store = Store::create(&home.path, signer()).await.unwrap();
    assert!(!home.folder.path().join("log.db.new").exists());
    assert_eq!(store.size().await.unwrap(), 0);
}

/// The second waits up to its limit, then says so; it opens as soon as the first closes.
#[tokio::test]
async fn two_writers_exclude_each_other() {
    let home = Home::new();
    let first = Store::create(&home.path, signer()).await.unwrap();
    let limit = Duration::from_millis(150);
    let start = Instant::now();
    match Store::open_within(&home.path, signer(), limit).await {
        Err(StoreError::Locked { waited, .. }) => assert!(waited >= limit),
        other => panic!("{other:?}"),
    }
    assert!(start.elapsed() >= limit);
    // Reading is not excluded.
    let reader = Reader::open(&home.path, key()).await.unwrap();
    first.append(0, entries(0..1), vec![]).await.unwrap();
    assert_eq!(reader.size().await.unwrap(), 1);

    let path = home.path.clone();
    let second = tokio::spawn(async move { Store::open(&path, signer()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!second.is_finished());
    first.close().await.unwrap();
    second
        .await
        .unwrap()
        .unwrap()
        .append(1, entries(1..2), vec![])
        .await
        .unwrap();
}

#[tokio::test]
async fn other_logs_and_formats_are_refused() {
    let (home, _) = Home::with_entries(2).await;
    let other = || signer_of("other.example", 1);
    assert!(matches!(
        Store::open(&home.path, other()).await,
        Err(StoreError::Origin { .. })
    ));
    let other = other().key().clone();
    assert!(matches!(
        Reader::open(&home.path, other).await,
        Err(StoreError::Origin { .. })
    ));
    let wrong_key = Store::open(&home.path, signer_of(ORIGIN, 2)).await;
    assert!(
        matches!(wrong_key, Err(StoreError::Checkpoint(_))),
        "{wrong_key:?}"
    );

    for (sql, format) in [
        ("PRAGMA user_version = 2", 2),
        ("PRAGMA application_id = 7", 0),
        ("PRAGMA user_version = 0", 0),
    ] {
        home.tamper(sql).await;
        match Store::open(&home.path, signer()).await {
            Err(StoreError::Format {
                found, known: 1, ..
            }) => assert_eq!(found, format, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

/// What a writer would build on is checked before it writes.
#[tokio::test]
async fn a_log_whose_end_contradicts_its_checkpoint_does_not_open() {
    for sql in [
        "DELETE FROM entries WHERE idx = 8",
        "INSERT INTO entries VALUES (9, zeroblob(32), x'00')",
        "DELETE FROM entries",
        "UPDATE hashes SET hash = zeroblob(32) WHERE idx = (SELECT max(idx) FROM hashes)",
        "DELETE FROM hashes",
        "DELETE FROM checkpoint",
    ] {
        let (home, _) = Home::with_entries(9).await;
        home.tamper(sql).await;
        match Store::open(&home.path, signer()).await {
            Err(StoreError::Damaged(_)) => {}
            other => panic!("{sql}: {other:?}"),
        }
    }
}
