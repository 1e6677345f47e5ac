//! Documents beside the log.

use irongate_store::{DocumentChange, MAX_DOCUMENT, Store, StoreError};

use crate::support::{Home, entries, signer};

fn put(kind: &str, id: &str, bytes: &[u8]) -> DocumentChange {
    DocumentChange::Put {
        kind: kind.into(),
        id: id.into(),
        bytes: bytes.to_vec(),
    }
}

fn delete(kind: &str, id: &str) -> DocumentChange {
    DocumentChange::Delete {
        kind: kind.into(),
        id: id.into(),
    }
}

#[tokio::test]
async fn documents_come_and_go_with_entries() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let changes = vec![
        put("release", "b", b"1"),
        put("release", "a", b"2"),
        put("report", "a", b"3"),
    ];
    let appended = store.append(0, entries(0..1), changes).await.unwrap();
    assert_eq!(store.documents("release").await.unwrap(), ["a", "b"]);
    assert_eq!(store.document("report", "a").await.unwrap().unwrap(), b"3");
    assert_eq!(store.document("report", "b").await.unwrap(), None);

    // Later entries replace and delete; documents alone leave the log where it is.
    store
        .append(
            1,
            entries(1..2),
            vec![delete("release", "a"), put("report", "a", b"4")],
        )
        .await
        .unwrap();
    store
        .change_documents(vec![put("report", "c", b"5"), delete("report", "none")])
        .await
        .unwrap();
    store.close().await.unwrap();
    let store = Store::open(&home.path, signer()).await.unwrap();
    assert_eq!(store.documents("release").await.unwrap(), ["b"]);
    assert_eq!(store.document("report", "a").await.unwrap().unwrap(), b"4");
    assert_eq!(store.document("report", "c").await.unwrap().unwrap(), b"5");
    assert_eq!(store.size().await.unwrap(), 2);
    // Documents are no part of the tree.
    assert!(
        store
            .audit(Some(appended.checkpoint.note()))
            .await
            .unwrap()
            .is_ok()
    );
}

#[tokio::test]
async fn documents_too_large_are_refused() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let huge = put("k", "i", &vec![0; MAX_DOCUMENT + 1]);
    assert!(matches!(
        store.change_documents(vec![huge]).await,
        Err(StoreError::TooLarge {
            what: "document",
            ..
        })
    ));
}

/// A destroyed release is gone from every file, WAL included.
#[tokio::test]
async fn deleted_documents_leave_no_bytes_behind() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let secret = b"planted-secret-4711".repeat(500);
    let found = || {
        std::fs::read_dir(home.folder.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes
                .windows(19)
                .any(|window| window == b"planted-secret-4711")
        })
    };
    store
        .append(0, entries(0..1), vec![put("release", "a", &secret)])
        .await
        .unwrap();
    assert!(found(), "the search finds what is there");
    store
        .append(1, entries(1..2), vec![delete("release", "a")])
        .await
        .unwrap();
    assert!(!found());
}
