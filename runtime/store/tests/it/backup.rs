//! Backup and restore.

use std::os::unix::fs::PermissionsExt as _;

use irongate_store::{DocumentChange, Finding, Store, StoreError, restore};

use crate::support::{Home, entries, key, signer};

#[tokio::test]
async fn a_backup_restores_to_the_same_log() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let put = DocumentChange::Put {
        kind: "k".into(),
        id: "i".into(),
        bytes: vec![1, 2],
    };
    store.append(0, entries(0..5), vec![put]).await.unwrap();
    let copy = home.folder.path().join("copy.db");
    let backed_up = store.backup(&copy).await.unwrap();
    assert_eq!(backed_up.checkpoint, store.checkpoint().await.unwrap());
    assert_eq!(
        std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(matches!(
        store.backup(&copy).await,
        Err(StoreError::Exists(_))
    ));

    let to = home.folder.path().join("restored.db");
    let verified = restore(&copy, &to, Some(backed_up.checkpoint.note()), &key())
        .await
        .unwrap();
    assert_eq!(verified.since, Some(5));
    let restored = Store::open(&to, signer()).await.unwrap();
    assert_eq!(
        restored.read(0..5).await.unwrap(),
        store.read(0..5).await.unwrap()
    );
    assert_eq!(restored.document("k", "i").await.unwrap().unwrap(), [1, 2]);
    restored.append(5, entries(5..6), vec![]).await.unwrap();
    let left = home.folder.path().read_dir().unwrap();
    let left: Vec<_> = left
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!left.iter().any(|name| name.contains(".new")), "{left:?}");
}

#[tokio::test]
async fn restoring_the_past_or_another_history_is_refused() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    store.append(0, entries(0..5), vec![]).await.unwrap();
    let copy = home.folder.path().join("copy.db");
    let _verified = store.backup(&copy).await.unwrap();
    let newer = store.append(5, entries(5..6), vec![]).await.unwrap();

    let other = Home::new();
    let fork = Store::create(&other.path, signer()).await.unwrap();
    let fork = fork.append(0, entries(1..6), vec![]).await.unwrap();

    let to = home.folder.path().join("restored.db");
    let check = async |kept: Option<&str>, expected: &[Finding]| {
        match restore(&copy, &to, kept, &key()).await {
            Err(StoreError::Refused(findings)) => assert_eq!(findings, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
        assert!(!to.exists());
    };
    check(
        Some(newer.checkpoint.note()),
        &[Finding::Truncated { kept: 6, found: 5 }],
    )
    .await;
    check(Some(fork.checkpoint.note()), &[Finding::Forked { size: 5 }]).await;

    // Over a store that is there: refused, whatever it holds.
    assert!(matches!(
        restore(&copy, &home.path, None, &key()).await,
        Err(StoreError::Locked { .. })
    ));
    store.close().await.unwrap();
    assert!(matches!(
        restore(&copy, &home.path, None, &key()).await,
        Err(StoreError::Exists(_))
    ));
}

#[tokio::test]
async fn a_changed_backup_is_refused() {
    let (home, _) = Home::with_entries(5).await;
    home.tamper("UPDATE entries SET body = x'00' WHERE idx = 2")
        .await;
    let to = home.folder.path().join("restored.db");
    match restore(&home.path, &to, None, &key()).await {
        Err(StoreError::Refused(findings)) => {
            assert!(
                findings.contains(&Finding::Edited { index: 2 }),
                "{findings:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(!to.exists());
    std::fs::write(&home.path, b"not a database").unwrap();
    assert!(restore(&home.path, &to, None, &key()).await.is_err());
    assert!(!to.exists());
}
