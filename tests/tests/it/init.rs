//! Making a home, whatever happens meanwhile.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use irongate_gate::{Gate, GateError, Home};
use irongate_policy::{Code, pack};
use irongate_store::failpoint::{Failpoint, Point as _};

use crate::child::{Story, handed, spawn};
use crate::surroundings::{START_MS, Virtual, surroundings};
use crate::world::{AGENCY, OPERATOR, id, key};

const SIGABRT: i32 = 6;

/// Makes the home under `root` as the agency, or as whoever has this key; says what was logged.
pub(crate) async fn init(root: &Path, party: &str, at_ms: i64) -> Result<Vec<u64>, GateError> {
    let home = Home::at(root.join("home"));
    let around = surroundings(Virtual::at(at_ms), at_ms.cast_unsigned());
    let (gate, events) = Gate::init(home, id(party), &key(party), pack::DEFAULT, around).await?;
    assert!(gate.log().audit(None).await.unwrap().is_ok());
    gate.close().await?;
    Ok(events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_home_that_a_crash_left_unfinished_is_finished_by_making_it_again() {
    for point in Failpoint::ALL {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let armed = format!("{}=1", point.name());
        let mut child = spawn(root, Story::Init, START_MS, Some(armed));
        let ended = child.wait().unwrap();
        assert_eq!(
            ended.signal(),
            Some(SIGABRT),
            "{point:?} was not hit: {ended}"
        );
        assert!(handed(&mut child).is_empty());
        let origin = std::fs::read(root.join("home/origin")).unwrap();
        let logged = init(root, AGENCY, START_MS + 1).await.unwrap();
        let was_durable = point == Failpoint::AfterCommit;
        assert_eq!(logged.is_empty(), was_durable, "{point:?}: {logged:?}");
        assert_eq!(std::fs::read(root.join("home/origin")).unwrap(), origin);
    }
    // Before there is a log, too.
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    init(root, AGENCY, START_MS).await.unwrap();
    let origin = std::fs::read(root.join("home/origin")).unwrap();
    std::fs::remove_dir_all(root.join("home/data")).unwrap();
    lose_log(root);
    assert_eq!(init(root, AGENCY, START_MS + 1).await.unwrap(), [0]);
    assert_eq!(std::fs::read(root.join("home/origin")).unwrap(), origin);
}

/// Removes the log of the home under `root`.
fn lose_log(root: &Path) {
    for name in ["log.sqlite", "log.sqlite-wal", "log.sqlite-shm"] {
        let path = root.join("home").join(name);
        if path.exists() {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// A new log would forget what was spent, under the old log's name and key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_lost_is_not_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    init(dir.path(), AGENCY, START_MS).await.unwrap();
    std::fs::create_dir(home.join("data/visits")).unwrap();
    lose_log(dir.path());
    let Err(GateError::Failed(lost)) = init(dir.path(), AGENCY, START_MS + 1).await else {
        panic!("a second history was begun");
    };
    assert!(lost.contains("the log is missing"), "{lost}");
    assert!(!home.join("log.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_home_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(init(dir.path(), AGENCY, START_MS).await.unwrap(), [0]);
    let again = init(dir.path(), AGENCY, START_MS + 1).await.unwrap();
    assert!(again.is_empty(), "the same again is a no-op");
    let Err(GateError::Denied(denial)) = init(dir.path(), OPERATOR, START_MS + 2).await else {
        panic!("a second agency took the home over");
    };
    assert!(denial.has(Code::UnknownParty), "{denial}");
}
