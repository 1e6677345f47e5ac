//! Appending: positions, gathering, limits, and a writer that fails.

use std::sync::Arc;

use irongate_store::verify::verify_inclusion;
use irongate_store::{
    DocumentChange, MAX_APPEND, MAX_BODY, MAX_QUEUED, NewEntry, Store, StoreError,
};
use tokio::sync::Mutex;

use crate::support::{Home, entries, entry, key, signer};

#[tokio::test]
async fn what_was_appended_is_read_back_and_proven() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let first = store.append(0, entries(0..3), vec![]).await.unwrap();
    assert_eq!((first.first, first.next, first.size()), (0, 3, 3));
    let second = store.append(3, entries(3..5), vec![]).await.unwrap();
    assert_eq!((second.first, second.next, second.size()), (3, 5, 5));
    store.close().await.unwrap();

    let store = Store::open(&home.path, signer()).await.unwrap();
    assert_eq!(store.checkpoint().await.unwrap(), second.checkpoint);
    assert_eq!(store.checkpoint().await.unwrap().root(), second.root());
    for (read, i) in store.read(1..5).await.unwrap().iter().zip(1..) {
        let NewEntry { body, salt } = entry(i);
        assert_eq!((read.index, &read.body, read.salt), (i, &body, salt));
        let proof = store.prove_inclusion(i, 5).await.unwrap();
        let note = second.checkpoint.note();
        verify_inclusion(note, &key(), i, &salt, &body, &proof).unwrap();
    }
    assert_eq!(
        store
            .audit(Some(first.checkpoint.note()))
            .await
            .unwrap()
            .unwrap()
            .since,
        Some(3)
    );
}

#[tokio::test]
async fn another_position_is_a_conflict_and_writes_nothing() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    store.append(0, entries(0..2), vec![]).await.unwrap();
    for expected in [0, 1, 3, u64::MAX] {
        let put = DocumentChange::Put {
            kind: "k".into(),
            id: "i".into(),
            bytes: vec![1],
        };
        match store.append(expected, entries(2..3), vec![put]).await {
            Err(StoreError::Conflict {
                expected: e,
                actual: 2,
            }) => assert_eq!(e, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    assert_eq!(store.size().await.unwrap(), 2);
    assert_eq!(store.document("k", "i").await.unwrap(), None);
    assert_eq!(store.commits(), 1, "a conflict commits nothing");
    store.append(2, entries(2..3), vec![]).await.unwrap();
}

/// Callers that decide one after another, each waiting for its own append only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_appends_share_commits() {
    const CALLERS: u64 = 300;
    let home = Home::new();
    let store = Arc::new(Store::create(&home.path, signer()).await.unwrap());
    let position = Arc::new(Mutex::new(0_u64));
    let tasks: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (store, position) = (Arc::clone(&store), Arc::clone(&position));
            tokio::spawn(async move {
                let mut next = position.lock().await;
                let pending = store.begin(*next, vec![entry(*next)], vec![]).unwrap();
                *next += 1;
                drop(next);
                pending.durable().await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        let appended = task.await.unwrap();
        assert!(appended.size() >= appended.next);
        let proof = store
            .prove_inclusion(appended.first, appended.size())
            .await
            .unwrap();
        let NewEntry { body, salt } = entry(appended.first);
        let note = appended.checkpoint.note();
        verify_inclusion(note, &key(), appended.first, &salt, &body, &proof).unwrap();
    }
    let commits = store.commits();
    println!("{CALLERS} appends took {commits} commits");
    assert!(
        commits < CALLERS / 2,
        "{commits} commits for {CALLERS} appends"
    );
    assert_eq!(store.size().await.unwrap(), CALLERS);
    let _verified = store.audit(None).await.unwrap().unwrap();
}

/// In one batch a conflicting append does not disturb its neighbours.
#[tokio::test]
async fn a_conflict_leaves_the_rest_of_its_batch_alone() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    // The runtime has one thread: all are queued before the writer takes the first.
    let good = store.begin(0, entries(0..2), vec![]).unwrap();
    let stale = store.begin(0, entries(7..8), vec![]).unwrap();
    let next = store.begin(2, entries(2..3), vec![]).unwrap();
    assert_eq!(good.durable().await.unwrap().next, 2);
    assert!(matches!(
        stale.durable().await,
        Err(StoreError::Conflict {
            expected: 0,
            actual: 2
        })
    ));
    let next = next.durable().await.unwrap();
    assert_eq!((next.first, next.next), (2, 3));
    assert_eq!(store.commits(), 1, "all three went into one commit");
    let bodies: Vec<_> = store
        .read(0..3)
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.body)
        .collect();
    assert_eq!(
        bodies,
        entries(0..3)
            .into_iter()
            .map(|e| e.body)
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn limits_are_refused_before_anything_is_queued() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let long = |extra| NewEntry {
        body: vec![b'x'; MAX_BODY + extra],
        salt: [0; 32],
    };
    assert!(matches!(
        store.append(0, vec![long(1)], vec![]).await,
        Err(StoreError::TooLarge { what: "entry", .. })
    ));
    let many = vec![entry(0); MAX_APPEND + 1];
    assert!(matches!(
        store.append(0, many, vec![]).await,
        Err(StoreError::TooLarge { what: "append", .. })
    ));
    assert_eq!(store.commits(), 0);
    store.append(0, vec![long(0)], vec![]).await.unwrap();

    // The runtime has one thread, so the writer takes nothing while this loop runs.
    let pending: Vec<_> = (0..MAX_QUEUED as u64)
        .map(|i| store.begin(1 + i, entries(i..i + 1), vec![]).unwrap())
        .collect();
    assert!(matches!(
        store.begin(1, entries(0..1), vec![]),
        Err(StoreError::Busy)
    ));
    for pending in pending {
        pending.durable().await.unwrap();
    }
}

/// A failing write answers everyone, and nothing is accepted after it: what is durable is unknown
/// until the store is opened again.
#[tokio::test]
async fn a_failed_write_stops_the_store() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    store.append(0, entries(0..1), vec![]).await.unwrap();
    home.tamper(
        "CREATE TRIGGER full BEFORE INSERT ON hashes BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    .await;
    let failing = store.begin(1, entries(1..2), vec![]).unwrap();
    let same_batch = store.begin(0, entries(2..3), vec![]).unwrap();
    for pending in [failing, same_batch] {
        assert!(matches!(
            pending.durable().await,
            Err(StoreError::Stopped(_))
        ));
    }
    home.tamper("DROP TRIGGER full").await;
    let later = store.append(1, entries(1..2), vec![]).await;
    assert!(
        matches!(later, Err(StoreError::Stopped(_))),
        "stays stopped"
    );
    store.close().await.unwrap();
    let store = Store::open(&home.path, signer()).await.unwrap();
    assert_eq!(store.size().await.unwrap(), 1);
    store.append(1, entries(1..2), vec![]).await.unwrap();
}

#[tokio::test]
async fn dropping_the_store_finishes_what_was_queued() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let pending = store.begin(0, entries(0..1), vec![]).unwrap();
    drop(store);
    pending.durable().await.unwrap();
    let store = Store::open(&home.path, signer()).await.unwrap();
    assert_eq!(store.size().await.unwrap(), 1);
}
