//! Crashes: the process is stopped at each failpoint, and killed at random moments.
//!
//! A child is this test binary again, running [`child`] alone. It appends from several tasks and
//! prints an entry's position and leaf hash, and the checkpoint, only after the append returned.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use irongate_store::failpoint::{self, Failpoint, Point as _};
use irongate_store::{DocumentChange, NewEntry, Reader, Store, leaf_hash};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Mutex;

use crate::support::{Home, key, signer};

const PATH: &str = "IRONGATE_TEST_CRASH_STORE";
const CALLERS_ENV: &str = "IRONGATE_TEST_CRASH_CALLERS";
const KILLS: u32 = 200;
/// A child that is not stopped ends after this many appends per caller: far more than it gets to.
const APPENDS: u64 = 2_000;
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

/// Not a test of its own: what a child runs. Returns at once in the test run itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(path) = std::env::var(PATH) else {
        return;
    };
    let callers: u64 = std::env::var(CALLERS_ENV).unwrap().parse().unwrap();
    failpoint::arm_from_env().unwrap();
    let store = Arc::new(Store::open(Path::new(&path), signer()).await.unwrap());
    let position = Arc::new(Mutex::new(store.size().await.unwrap()));
    let callers: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, position) = (Arc::clone(&store), Arc::clone(&position));
            tokio::spawn(async move {
                for _ in 0..APPENDS {
                    append_one(&store, &position, caller).await;
                }
            })
        })
        .collect();
    // Ends when it is killed, or when a caller fails, which the parent sees as the wrong end.
    for caller in callers {
        caller.await.unwrap();
    }
}

async fn append_one(store: &Store, position: &Mutex<u64>, caller: u64) {
    let mut salt = [0; 32];
    rand::rng().fill_bytes(&mut salt);
    let mut next = position.lock().await;
    let at = *next;
    let body = format!("{{\"at\":{at},\"caller\":{caller}}}").into_bytes();
    let leaf = leaf_hash(&salt, &body);
    // A document written with the entry: both are there, or neither.
    let put = DocumentChange::Put {
        kind: "leaf".into(),
        id: at.to_string(),
        bytes: leaf.0.to_vec(),
    };
    let pending = store
        .begin(at, vec![NewEntry { body, salt }], vec![put])
        .unwrap();
    *next += 1;
    drop(next);
    let appended = pending.durable().await.unwrap();
    let note = appended.checkpoint.note().replace('\n', "|");
    let mut out = std::io::stdout().lock();
    writeln!(out, "ack {at} {leaf} {note}").unwrap();
    out.flush().unwrap();
}

fn spawn(path: &Path, callers: u64, failpoints: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .env(CALLERS_ENV, callers.to_string())
        .env_remove(failpoint::ENV)
        .envs((!failpoints.is_empty()).then_some((failpoint::ENV, failpoints)))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What was acknowledged, over all children: leaf hashes by position, and the newest checkpoint.
#[derive(Default)]
struct Acknowledged {
    leaves: BTreeMap<u64, String>,
    newest: Option<(u64, String)>,
}

impl Acknowledged {
    /// Takes down a dead child's output; a line cut short acknowledges nothing.
    fn read(&mut self, child: &mut Child) -> u64 {
        let mut count = 0;
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while out.read_line(&mut line).unwrap() > 0 {
            let whole = line.strip_suffix('\n');
            // The test harness prints before the first line, without a newline.
            if let Some((_, ack)) = whole.and_then(|line| line.split_once("ack ")) {
                let mut words = ack.splitn(3, ' ');
                let at: u64 = words.next().unwrap().parse().unwrap();
                let leaf = words.next().unwrap().to_owned();
                let note = words.next().unwrap().replace('|', "\n");
                assert!(
                    self.leaves.insert(at, leaf).is_none(),
                    "{at} acknowledged twice"
                );
                let size: u64 = note.lines().nth(1).unwrap().parse().unwrap();
                if self
                    .newest
                    .as_ref()
                    .is_none_or(|(newest, _)| size > *newest)
                {
                    self.newest = Some((size, note));
                }
                count += 1;
            }
            line.clear();
        }
        count
    }

    /// The store opens cleanly, its log verifies and continues the newest acknowledged checkpoint,
    /// every acknowledged entry from `from` on is there, documents and entries came together.
    async fn check(&self, path: &Path, from: u64) -> u64 {
        let store = Store::open(path, signer()).await.unwrap();
        let kept = self.newest.as_ref().map(|(_, note)| note.as_str());
        let verified = store.audit(kept).await.unwrap().unwrap();
        let size = verified.checkpoint.size();
        let stored = store.read(from..size).await.unwrap();
        for (at, leaf) in self.leaves.range(from..) {
            let entry = &stored[(at - from) as usize];
            assert_eq!(&entry.leaf_hash().to_string(), leaf, "entry {at}");
        }
        for entry in &stored {
            let id = entry.index.to_string();
            let document = store.document("leaf", &id).await.unwrap().unwrap();
            assert_eq!(document, entry.leaf_hash().0, "document {id}");
        }
        assert_eq!(store.documents("leaf").await.unwrap().len() as u64, size);
        store.close().await.unwrap();
        size
    }
}

#[tokio::test]
async fn two_hundred_kills_lose_nothing() {
    let seed = std::env::var("IRONGATE_TEST_SEED")
        .map_or_else(|_| rand::rng().next_u64(), |text| text.parse().unwrap());
    println!("IRONGATE_TEST_SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let home = Home::new();
    Store::create(&home.path, signer())
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    let mut acknowledged = Acknowledged::default();
    let (mut size, mut busy, mut unacknowledged) = (0, 0, 0);
    let start = Instant::now();
    for _ in 0..KILLS {
        let mut child = spawn(&home.path, 4, "");
        std::thread::sleep(Duration::from_micros(random.random_range(0..110_000)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(
            status.signal(),
            Some(SIGKILL),
            "the child ended by itself: {status}"
        );
        let count = acknowledged.read(&mut child);
        let before = size;
        size = acknowledged.check(&home.path, before).await;
        busy += u32::from(count > 0);
        unacknowledged += size - before - count;
    }
    // Everything again, from the beginning, at the end.
    assert_eq!(acknowledged.check(&home.path, 0).await, size);
    println!(
        "{KILLS} kills in {:?}: {size} entries, {} acknowledged, {unacknowledged} durable but not \
         yet acknowledged, {busy} children killed while appending",
        start.elapsed(),
        acknowledged.leaves.len(),
    );
    assert!(
        busy > KILLS / 4,
        "only {busy} children got to append: kill them later"
    );
}

/// Each place is hit (the child aborts there, nowhere else), and what it left is what it should.
#[tokio::test]
async fn a_crash_at_each_failpoint_leaves_all_or_nothing() {
    for point in Failpoint::ALL {
        let home = Home::new();
        Store::create(&home.path, signer())
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        // One caller, so that each append is one commit and acknowledged before the next.
        let mut child = spawn(&home.path, 1, &format!("{}=3", point.name()));
        let status = child.wait().unwrap();
        assert_eq!(
            status.signal(),
            Some(SIGABRT),
            "{point:?} was not hit: {status}"
        );
        let mut acknowledged = Acknowledged::default();
        let count = acknowledged.read(&mut child);
        let size = acknowledged.check(&home.path, 0).await;
        let durable = match point {
            Failpoint::BeforeAppend | Failpoint::AfterInsert => 2,
            Failpoint::AfterCommit => 3,
        };
        assert_eq!(
            (size, count),
            (durable, 2),
            "{point:?}: durable, acknowledged"
        );
    }
}

#[tokio::test]
async fn failpoints_count_in_order() {
    let home = Home::new();
    let store = Store::create(&home.path, signer()).await.unwrap();
    let before: Vec<u64> = Failpoint::ALL.iter().map(|p| failpoint::hits(*p)).collect();
    store
        .append(0, crate::support::entries(0..1), vec![])
        .await
        .unwrap();
    for (point, before) in Failpoint::ALL.into_iter().zip(before) {
        assert!(failpoint::hits(point) > before, "{point:?}");
    }
    let reader = Reader::open(&home.path, key()).await.unwrap();
    assert_eq!(reader.size().await.unwrap(), 1);
}
