//! The tree against an independent computation, and every proof against every change.

use irongate_store::verify::{ProofError, verify_consistency, verify_inclusion};
use irongate_store::{
    ConsistencyProof, Digest, InclusionProof, LogKey, NewEntry, Store, StoreError, leaf_hash,
};
use proptest::prelude::*;
use ring::digest::{Context, SHA256};

use crate::support::{Home, entry, key, signer};

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().try_into().unwrap()
}

/// The Merkle tree hash, word for word as RFC 6962 §2.1 defines it.
fn naive_root(leaves: &[NewEntry]) -> [u8; 32] {
    match leaves {
        [] => sha256(&[]),
        [leaf] => sha256(&[&[0], &leaf.salt, &leaf.body]),
        _ => {
            let mut k = 1;
            while k * 2 < leaves.len() {
                k *= 2;
            }
            sha256(&[&[1], &naive_root(&leaves[..k]), &naive_root(&leaves[k..])])
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

prop_compose! {
    fn any_entry()(body in prop::collection::vec(any::<u8>(), 0..60), salt: [u8; 32]) -> NewEntry {
        NewEntry { body, salt }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Random appends in random batches: each checkpoint's root is the naive one, every entry is
    /// proven under every checkpoint that covers it, every checkpoint continues each earlier one.
    #[test]
    fn roots_and_proofs_hold(
        batches in prop::collection::vec(prop::collection::vec(any_entry(), 1..9), 1..6),
        reopen in any::<bool>(),
    ) {
        runtime().block_on(async {
            let home = Home::new();
            let mut store = Store::create(&home.path, signer()).await.unwrap();
            let mut all: Vec<NewEntry> = Vec::new();
            let mut checkpoints = Vec::new();
            for batch in batches {
                let appended = store.append(all.len() as u64, batch.clone(), vec![]).await.unwrap();
                all.extend(batch);
                assert_eq!(appended.root(), Digest(naive_root(&all)));
                checkpoints.push(appended.checkpoint);
                if reopen {
                    store.close().await.unwrap();
                    store = Store::open(&home.path, signer()).await.unwrap();
                }
            }
            for (n, new) in checkpoints.iter().enumerate() {
                for index in 0..new.size() {
                    let proof = store.prove_inclusion(index, new.size()).await.unwrap();
                    let NewEntry { body, salt } = &all[index as usize];
                    verify_inclusion(new.note(), &key(), index, salt, body, &proof).unwrap();
                }
                for old in &checkpoints[..=n] {
                    let proof = store.prove_consistency(old.size(), new.size()).await.unwrap();
                    verify_consistency(old.note(), new.note(), &key(), &proof).unwrap();
                    let audited = store.audit(Some(old.note())).await.unwrap();
                    assert_eq!(audited.unwrap().since, Some(old.size()));
                }
            }
        });
    }

    /// Arbitrary proofs are refused without a panic.
    #[test]
    fn arbitrary_proofs_never_verify(
        index: u64, size: u64, old: u64, hashes in prop::collection::vec(any::<[u8; 32]>(), 0..50),
        note in ".*", salt: [u8; 32],
    ) {
        let hashes: Vec<Digest> = hashes.into_iter().map(Digest).collect();
        let proof = InclusionProof { index, size, hashes: hashes.clone() };
        prop_assert!(verify_inclusion(&note, &key(), index, &salt, b"", &proof).is_err());
        let proof = ConsistencyProof { old, new: size, hashes };
        prop_assert!(verify_consistency(&note, &note, &key(), &proof).is_err());
    }
}

/// Every entry under every size, every pair of sizes, and no proof stands in for another.
#[tokio::test]
async fn every_proof_of_a_small_log() {
    const N: u64 = 20;
    let (home, notes) = Home::with_entries(N).await;
    let store = Store::open(&home.path, signer()).await.unwrap();
    for size in 1..=N {
        let note = &notes[size as usize];
        for index in 0..size {
            let proof = store.prove_inclusion(index, size).await.unwrap();
            let check = |claimed: u64, proof: &InclusionProof| {
                let NewEntry { body, salt } = entry(index);
                verify_inclusion(note, &key(), claimed, &salt, &body, proof).is_ok()
            };
            assert!(check(index, &proof));
            for other in (0..size).filter(|&other| other != index) {
                assert!(!check(other, &proof), "proof for {index} used for {other}");
                assert!(!check(
                    other,
                    &InclusionProof {
                        index: other,
                        ..proof.clone()
                    }
                ));
            }
        }
        for old in 1..=size {
            let proof = store.prove_consistency(old, size).await.unwrap();
            for claimed in 1..=size {
                let claim = ConsistencyProof {
                    old: claimed,
                    ..proof.clone()
                };
                let holds =
                    verify_consistency(&notes[claimed as usize], note, &key(), &claim).is_ok();
                assert_eq!(
                    holds,
                    claimed == old,
                    "{old} of {size} claimed as {claimed}"
                );
            }
        }
    }
    for (index, size) in [(N, N), (0, 0), (0, N + 1), (u64::MAX, u64::MAX)] {
        let proof = store.prove_inclusion(index, size).await;
        assert!(
            matches!(proof, Err(StoreError::OutOfRange { .. })),
            "{index} of {size}"
        );
    }
    for (old, new) in [(0, N), (2, 1), (1, N + 1)] {
        let proof = store.prove_consistency(old, new).await;
        assert!(
            matches!(proof, Err(StoreError::OutOfRange { .. })),
            "{old} of {new}"
        );
    }
}

/// Every single-bit change of `bytes`.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    })
}

/// Each bit of body, salt, proof (as JSON, as it stands in a certificate) and checkpoint.
#[tokio::test]
async fn any_flipped_bit_fails() {
    let (home, notes) = Home::with_entries(11).await;
    let store = Store::open(&home.path, signer()).await.unwrap();
    let note = notes.last().unwrap().as_str();
    let proof = store.prove_inclusion(6, 11).await.unwrap();
    let NewEntry { body, salt } = entry(6);
    let holds = |note: &[u8], salt: &[u8], body: &[u8], proof: &[u8]| -> bool {
        let Ok(note) = std::str::from_utf8(note) else {
            return false;
        };
        let Ok(proof) = serde_json::from_slice(proof) else {
            return false;
        };
        let salt = salt.try_into().unwrap();
        verify_inclusion(note, &key(), 6, salt, body, &proof).is_ok()
    };
    let json = serde_json::to_vec(&proof).unwrap();
    let note_bytes = note.as_bytes();
    assert!(holds(note_bytes, &salt, &body, &json));
    flips(&body).for_each(|body| assert!(!holds(note_bytes, &salt, &body, &json)));
    flips(&salt).for_each(|salt| assert!(!holds(note_bytes, &salt, &body, &json)));
    flips(&json).for_each(|json| {
        let text = String::from_utf8_lossy(&json).into_owned();
        assert!(!holds(note_bytes, &salt, &body, &json), "{text}");
    });
    flips(note_bytes).for_each(|note| {
        let text = String::from_utf8_lossy(&note).into_owned();
        assert!(!holds(&note, &salt, &body, &json), "{text}");
    });

    let consistency = store.prove_consistency(7, 11).await.unwrap();
    let json = serde_json::to_vec(&consistency).unwrap();
    let old = notes[7].as_bytes();
    let holds = |old: &[u8], new: &[u8], proof: &[u8]| -> bool {
        let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else {
            return false;
        };
        let Ok(proof) = serde_json::from_slice(proof) else {
            return false;
        };
        verify_consistency(old, new, &key(), &proof).is_ok()
    };
    assert!(holds(old, note_bytes, &json));
    flips(&json).for_each(|json| assert!(!holds(old, note_bytes, &json)));
    flips(old).for_each(|old| assert!(!holds(&old, note_bytes, &json)));
    flips(note_bytes).for_each(|new| assert!(!holds(old, &new, &json)));
}

/// Each reason a proof is refused for, told apart.
#[tokio::test]
async fn refusals_say_why() {
    let (home, notes) = Home::with_entries(5).await;
    let store = Store::open(&home.path, signer()).await.unwrap();
    let proof = store.prove_inclusion(2, 5).await.unwrap();
    let NewEntry { body, salt } = entry(2);
    let check = |note: &str, key: &LogKey, index, body: &[u8]| {
        verify_inclusion(note, key, index, &salt, body, &proof).unwrap_err()
    };
    let other = LogKey::new("other.example", *key().public()).unwrap();
    assert!(matches!(
        check(&notes[5], &other, 2, &body),
        ProofError::Checkpoint(_)
    ));
    let size = ProofError::Size {
        proof: 5,
        checkpoint: 4,
    };
    assert_eq!(check(&notes[4], &key(), 2, &body), size);
    assert_eq!(
        check(&notes[5], &key(), 1, &body),
        ProofError::Index { proof: 2, index: 1 }
    );
    assert_eq!(check(&notes[5], &key(), 2, b"x"), ProofError::Invalid);
    assert_ne!(leaf_hash(&[0; 32], b"x"), leaf_hash(&[1; 32], b"x"));
}

/// A proof that would not verify is not given out.
#[tokio::test]
async fn proofs_of_a_damaged_tree_are_refused() {
    for sql in [
        "UPDATE entries SET body = x'00' WHERE idx = 3",
        "DELETE FROM entries WHERE idx = 3",
        "UPDATE hashes SET hash = zeroblob(32) WHERE idx = 3",
        "DELETE FROM hashes WHERE idx = 3",
    ] {
        let (home, _) = Home::with_entries(8).await;
        home.tamper(sql).await;
        let store = Store::open(&home.path, signer()).await.unwrap();
        let mut refused = 0;
        for index in 0..8 {
            match store.prove_inclusion(index, 8).await {
                Ok(_) => {}
                Err(StoreError::Damaged(_)) => refused += 1,
                Err(other) => panic!("{sql}: {other}"),
            }
        }
        assert!(refused > 0, "{sql}");
    }
}
