//! The log as files.

use std::path::{Path, PathBuf};

use irongate_store::{Store, StoreError, verify_export};

use crate::support::{Home, entries, key, signer, signer_of};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn an_export_has_the_layout_of_tlog_tiles_and_verifies_alone() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let kept = store.append(0, entries(0..100), vec![]).await.unwrap();
    store.append(100, entries(100..600), vec![]).await.unwrap();
    let folder = home.folder.path().join("export");
    let exported = store.export(&folder).await.unwrap();
    assert_eq!(exported.checkpoint, store.checkpoint().await.unwrap());
    let names: Vec<String> = files(&folder)
        .iter()
        .map(|path| {
            path.strip_prefix(&folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        names,
        [
            "checkpoint",
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/88",
            "tile/1/000.p/2",
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002.p/88",
        ]
    );
    // A full tile is 256 hashes of 32 bytes; the upper tile's first is the hash of the lower one.
    assert_eq!(
        std::fs::read(folder.join("tile/0/000")).unwrap().len(),
        8192
    );
    store.close().await.unwrap();
    let verified = verify_export(&folder, Some(kept.checkpoint.note()), &key()).unwrap();
    assert_eq!(
        (verified.checkpoint.size(), verified.since),
        (600, Some(100))
    );
    assert!(verify_export(&folder, None, signer_of("x.example", 1).key()).is_err());

    let store = Store::open(&home.path, signer()).await.unwrap();
    assert!(matches!(
        store.export(&folder).await,
        Err(StoreError::Exists(_))
    ));
}

#[tokio::test]
async fn any_changed_or_missing_file_is_found() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    store.append(0, entries(0..260), vec![]).await.unwrap();
    let folder = home.folder.path().join("export");
    let _verified = store.export(&folder).await.unwrap();
    let all = files(&folder);
    assert_eq!(all.len(), 6);
    for path in &all {
        let bytes = std::fs::read(path).unwrap();
        for at in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(path, changed).unwrap();
            assert!(
                verify_export(&folder, None, &key()).is_err(),
                "{path:?} byte {at}"
            );
        }
        std::fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(
            verify_export(&folder, None, &key()).is_err(),
            "{path:?} cut"
        );
        std::fs::remove_file(path).unwrap();
        assert!(
            verify_export(&folder, None, &key()).is_err(),
            "{path:?} missing"
        );
        std::fs::write(path, bytes).unwrap();
    }
    let _verified = verify_export(&folder, None, &key()).unwrap();
}

#[tokio::test]
async fn an_empty_log_exports() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let folder = home.folder.path().join("export");
    assert_eq!(store.export(&folder).await.unwrap().checkpoint.size(), 0);
}
