//! Tampering with the database file itself, without and with the signing key.
//!
//! The log has 20 entries; checkpoints were kept, outside, at 12 and at 20. Each case changes the
//! tables by SQL and may then forge: put an old checkpoint back, or, holding the key, rebuild the
//! whole tree and sign it. `alone`, `kept_12` and `kept_20` are what an audit finds without and
//! with each kept checkpoint.

use irongate_store::verify::{Entry, verify_log};
use irongate_store::{Finding, NewEntry, Reader, Store, StoreError};
use sqlx::{Connection as _, Row as _};

use crate::support::{Home, ORIGIN, key, signer, signer_of};

const SIZE: u64 = 20;

#[derive(Clone, Copy)]
enum Forge {
    /// Cannot sign.
    Nothing,
    /// Puts back the genuine checkpoint of an earlier size.
    OldCheckpoint(usize),
    /// Holds the key: renumbers the entries, rebuilds every hash, signs a new checkpoint.
    WithKey,
    /// Rebuilds everything and signs with a key of its own, under the log's name.
    WithOtherKey,
}

struct Case {
    name: &'static str,
    sql: &'static str,
    forge: Forge,
    alone: &'static [&'static str],
    kept_12: &'static [&'static str],
    kept_20: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "untouched",
        sql: "",
        forge: Forge::Nothing,
        alone: &[],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "dropped, gap left",
        sql: "DELETE FROM entries WHERE idx = 5",
        forge: Forge::Nothing,
        alone: &["Misplaced", "Count", "Edited", "Hashes"],
        kept_12: &["Forked"],
        kept_20: &["Truncated"],
    },
    Case {
        name: "dropped, renumbered",
        sql: "DELETE FROM entries WHERE idx = 5; UPDATE entries SET idx = idx - 1 WHERE idx > 5",
        forge: Forge::Nothing,
        alone: &["Count", "Edited"],
        kept_12: &["Forked"],
        kept_20: &["Truncated"],
    },
    Case {
        name: "edited body",
        sql: "UPDATE entries SET body = x'7b7d' WHERE idx = 5",
        forge: Forge::Nothing,
        alone: &["Edited", "Root"],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "edited salt",
        sql: "UPDATE entries SET salt = zeroblob(32) WHERE idx = 19",
        forge: Forge::Nothing,
        alone: &["Edited", "Root"],
        kept_12: &[],
        kept_20: &["Forked"],
    },
    Case {
        name: "salt moved into the body",
        sql: "UPDATE entries SET body = CAST(salt || body AS BLOB), salt = zeroblob(32) WHERE idx = 5",
        forge: Forge::Nothing,
        alone: &["Edited", "Root"],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "reordered",
        sql: "UPDATE entries SET idx = 100 WHERE idx = 5; UPDATE entries SET idx = 5 WHERE idx = 6;
              UPDATE entries SET idx = 6 WHERE idx = 100",
        forge: Forge::Nothing,
        alone: &["Edited", "Root"],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "repeated",
        sql: "UPDATE entries SET (salt, body) = (SELECT salt, body FROM entries WHERE idx = 5) WHERE idx = 6",
        forge: Forge::Nothing,
        alone: &["Edited", "Root"],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "end cut off",
        sql: "DELETE FROM entries WHERE idx >= 15",
        forge: Forge::Nothing,
        alone: &["Count", "Hashes"],
        kept_12: &[],
        kept_20: &["Truncated"],
    },
    Case {
        name: "entry added without a checkpoint",
        sql: "INSERT INTO entries VALUES (20, zeroblob(32), x'7b7d')",
        forge: Forge::Nothing,
        alone: &["Count", "Edited", "Hashes"],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "row that is no entry",
        sql: "PRAGMA ignore_check_constraints = ON; UPDATE entries SET salt = x'00' WHERE idx = 5",
        forge: Forge::Nothing,
        alone: &["Row", "Misplaced"],
        kept_12: &["Forked"],
        kept_20: &["Truncated"],
    },
    Case {
        name: "row before the first",
        sql: "PRAGMA ignore_check_constraints = ON; INSERT INTO entries VALUES (-1, zeroblob(32), x'00')",
        forge: Forge::Nothing,
        alone: &["Row"],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "stored hash changed",
        sql: "UPDATE hashes SET hash = zeroblob(32) WHERE idx = 7",
        forge: Forge::Nothing,
        alone: &["Edited"],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "stored inner hash changed",
        sql: "UPDATE hashes SET hash = zeroblob(32) WHERE idx = 2",
        forge: Forge::Nothing,
        alone: &["Tree"],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "stored hash added",
        sql: "INSERT INTO hashes VALUES (1000, zeroblob(32))",
        forge: Forge::Nothing,
        alone: &["Hashes"],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "checkpoint text changed",
        sql: "UPDATE checkpoint SET note = replace(note, char(10) || '20' || char(10), char(10) || '19' || char(10))",
        forge: Forge::Nothing,
        alone: &["Checkpoint"],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "checkpoint emptied",
        sql: "UPDATE checkpoint SET note = ''",
        forge: Forge::Nothing,
        alone: &["Checkpoint"],
        kept_12: &[],
        kept_20: &[],
    },
    Case {
        name: "rolled back: end cut off, old checkpoint put back",
        sql: "DELETE FROM entries WHERE idx >= 15; DELETE FROM hashes WHERE idx >= 26",
        forge: Forge::OldCheckpoint(15),
        alone: &[],
        kept_12: &[],
        kept_20: &["Truncated"],
    },
    Case {
        name: "rebuilt under another key of the same name",
        sql: "UPDATE entries SET body = x'7b7d' WHERE idx = 5",
        forge: Forge::WithOtherKey,
        alone: &["Checkpoint"],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "key holder edits",
        sql: "UPDATE entries SET body = x'7b7d' WHERE idx = 5",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "key holder edits after the older kept checkpoint",
        sql: "UPDATE entries SET body = x'7b7d' WHERE idx = 15",
        forge: Forge::WithKey,
        alone: &[],
        // A kept checkpoint speaks for what it covers, and for nothing later.
        kept_12: &[],
        kept_20: &["Forked"],
    },
    Case {
        name: "key holder changes a salt",
        sql: "UPDATE entries SET salt = zeroblob(32) WHERE idx = 0",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "key holder drops",
        sql: "DELETE FROM entries WHERE idx = 5",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &["Forked"],
        kept_20: &["Truncated"],
    },
    Case {
        name: "key holder drops one and adds one",
        sql: "DELETE FROM entries WHERE idx = 5; INSERT INTO entries VALUES (20, zeroblob(32), x'7b7d')",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "key holder reorders",
        sql: "UPDATE entries SET idx = 100 WHERE idx = 5; UPDATE entries SET idx = 5 WHERE idx = 6;
              UPDATE entries SET idx = 6 WHERE idx = 100",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &["Forked"],
        kept_20: &["Forked"],
    },
    Case {
        name: "key holder truncates",
        sql: "DELETE FROM entries WHERE idx >= 15",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &[],
        kept_20: &["Truncated"],
    },
    Case {
        name: "key holder empties",
        sql: "DELETE FROM entries",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &["Truncated"],
        kept_20: &["Truncated"],
    },
    Case {
        name: "key holder forks: other entries from 12 on, and more of them",
        sql: "UPDATE entries SET body = CAST(x'7b7d' || body AS BLOB) WHERE idx >= 12;
              INSERT INTO entries VALUES (20, zeroblob(32), x'01'), (21, zeroblob(32), x'02')",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &[],
        kept_20: &["Forked"],
    },
    Case {
        name: "key holder only continues",
        sql: "INSERT INTO entries VALUES (20, zeroblob(32), x'01')",
        forge: Forge::WithKey,
        alone: &[],
        kept_12: &[],
        kept_20: &[],
    },
];

/// Every row of `entries` as it is, in order.
async fn rows(home: &Home) -> Vec<(i64, Vec<u8>, Vec<u8>)> {
    let mut conn = home.raw().await;
    let rows = sqlx::query("SELECT idx, salt, body FROM entries ORDER BY idx")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

async fn forge(home: &Home, forge: Forge, notes: &[String]) {
    let signer = match forge {
        Forge::Nothing => return,
        Forge::OldCheckpoint(size) => {
            home.tamper(&format!("UPDATE checkpoint SET note = '{}'", notes[size]))
                .await;
            return;
        }
        Forge::WithKey => signer(),
        Forge::WithOtherKey => signer_of(ORIGIN, 66),
    };
    // The forger runs this very program over the changed entries, then swaps the tables.
    let scratch = Home::new();
    let store = Store::create(&scratch.path, signer).await.unwrap();
    let entries: Vec<NewEntry> = rows(home)
        .await
        .into_iter()
        .map(|(_, salt, body)| NewEntry {
            salt: salt.try_into().unwrap(),
            body,
        })
        .collect();
    store.append(0, entries, vec![]).await.unwrap();
    store.close().await.unwrap();
    home.tamper(&format!(
        "ATTACH '{}' AS forged;
         DELETE FROM entries; INSERT INTO entries SELECT * FROM forged.entries;
         DELETE FROM hashes; INSERT INTO hashes SELECT * FROM forged.hashes;
         DELETE FROM checkpoint; INSERT INTO checkpoint SELECT * FROM forged.checkpoint;",
        scratch.path.display()
    ))
    .await;
}

fn kind(finding: &Finding) -> String {
    let text = format!("{finding:?}");
    text.split([' ', '(', '{']).next().unwrap().to_owned()
}

/// Every expected kind is found; when none is expected, nothing is.
fn check(context: &str, findings: &[Finding], expected: &[&str]) {
    let kinds: Vec<String> = findings.iter().map(kind).collect();
    assert_eq!(
        kinds.is_empty(),
        expected.is_empty(),
        "{context}: {findings:?}"
    );
    for kind in expected {
        assert!(
            kinds.iter().any(|k| k == kind),
            "{context}: no {kind} in {findings:?}"
        );
    }
}

#[tokio::test]
async fn tampering_is_found() {
    for case in CASES {
        let (home, notes) = Home::with_entries(SIZE).await;
        if !case.sql.is_empty() {
            home.tamper(case.sql).await;
        }
        forge(&home, case.forge, &notes).await;
        let reader = Reader::open(&home.path, key()).await.unwrap();
        for (kept, more) in [
            (None, &[][..]),
            (Some(12), case.kept_12),
            (Some(20), case.kept_20),
        ] {
            let context = format!("{}, kept {kept:?}", case.name);
            let kept = kept.map(|size: usize| notes[size].as_str());
            let expected = [case.alone, more].concat();
            let audited = reader.audit(kept).await.unwrap();
            check(&context, &audited.err().unwrap_or_default(), &expected);
            pure(&context, &home, kept, &expected).await;
        }
        reader.close().await;
    }
}

/// The same log through the pure function, which sees entries and checkpoint but no stored hashes.
async fn pure(context: &str, home: &Home, kept: Option<&str>, expected: &[&str]) {
    let mut conn = home.raw().await;
    let note: String = sqlx::query_scalar("SELECT note FROM checkpoint")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
    let entries = rows(home)
        .await
        .into_iter()
        .filter_map(|(index, salt, body)| {
            let index = u64::try_from(index).ok()?;
            Some(Entry {
                index,
                salt: salt.try_into().ok()?,
                body,
            })
        });
    let findings = verify_log(entries, &note, kept, &key())
        .err()
        .unwrap_or_default();
    let visible: Vec<&str> = expected
        .iter()
        .filter(|k| !["Edited", "Tree", "Hashes", "Row"].contains(k))
        .copied()
        .collect();
    check(context, &findings, &visible);
}

/// Nothing is forged, but what was kept is not this log's.
#[tokio::test]
async fn a_kept_checkpoint_of_another_log_is_a_finding() {
    let (home, _) = Home::with_entries(3).await;
    let other = Home::new();
    let store = Store::create(&other.path, signer_of("other.example", 1))
        .await
        .unwrap();
    let foreign = store.checkpoint().await.unwrap();
    let reader = Reader::open(&home.path, key()).await.unwrap();
    for kept in [foreign.note(), "", "garbage\n\n— x AAAA\n"] {
        let findings = reader.audit(Some(kept)).await.unwrap().unwrap_err();
        check(kept, &findings, &["Kept"]);
    }
}

/// Findings are bounded however much is wrong.
#[tokio::test]
async fn findings_are_bounded() {
    let (home, _) = Home::with_entries(60).await;
    home.tamper("UPDATE entries SET body = x'00'").await;
    let reader = Reader::open(&home.path, key()).await.unwrap();
    let findings = reader.audit(None).await.unwrap().unwrap_err();
    // What is wrong with the log as a whole is told even then.
    assert_eq!(findings.len(), irongate_store::verify::MAX_FINDINGS + 1);
    assert_eq!(findings.last(), Some(&Finding::Root { size: 60 }));
    home.tamper("DROP TABLE entries").await;
    assert!(matches!(
        reader.audit(None).await,
        Err(StoreError::Database(_))
    ));
}
