//! Crashes of the gate: stopped at each of its failpoints, and killed at random moments.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use irongate_gate::{Failpoint, GateError, Home, RunOutcome, SystemEntropy, verify_release};
use irongate_policy::account::{AccountId, Owner};
use irongate_policy::state::JobStatus;
use irongate_policy::{Code, JobId};
use irongate_sandbox::{AdmissionLimits, ArtifactCache, Engine, Provision, admit};
use irongate_store::failpoint::Point as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::child::{
    ASKED, JOB_RHO, LOOP_JOBS, QUESTION_RHO, Story, first_bits, handed, loop_steps, question,
    said_by_child, size, spawn, steps,
};
use crate::data::Tables;
use crate::guest::component;
use crate::ledger::Ledger;
use crate::replay::{Recorder, Tape};
use crate::worker::compiler;
use crate::world::{AGENCY, QUESTIONS, World, id, key};

const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const KILLS: u32 = 200;
/// Longer than a job's deadline.
const MINUTE_MS: i64 = 60_000;

/// A closed home with the packages of [`Story::Jobs`], and the moment of its last entry.
async fn home(root: &Path) -> i64 {
    let world = World::make(root, &Tables::of(60), &size()).await;
    for name in ["first", "second"] {
        let package = world.package(name, &steps());
        std::fs::write(root.join(format!("{name}.igj")), package).unwrap();
    }
    let last = world.last_ms().await;
    world.close().await;
    last
}

async fn status(world: &World, job: &JobId) -> JobStatus {
    world.gate.with_state(|state| state.jobs[job].status).await
}

/// The home after a crash, with queries on data counted.
async fn reopen(root: &Path, at_ms: i64) -> (World, Arc<Mutex<Tape>>) {
    let tape = Arc::new(Mutex::new(Tape::default()));
    let recorder = Arc::new(Recorder(Arc::clone(&tape)));
    let world = World::open_with(root, at_ms, &size(), |gate| gate.replaying(recorder)).await;
    (world.unwrap(), tape)
}

/// What a crash at a place leaves: the state of the job it was in, ρ spent, releases, tables handed
/// over; and what it costs to run the same job again, and how many queries that runs on data.
struct Left {
    status: JobStatus,
    spent: u64,
    releases: u64,
    handed: usize,
    again: u64,
    executions: usize,
}

fn left_by(point: Failpoint) -> Left {
    let left = |status, spent, releases, handed, again, executions| Left {
        status,
        spent,
        releases,
        handed,
        again,
        executions,
    };
    use JobStatus::{Failed, Released, Submitted};
    match point {
        Failpoint::Submitted => left(Submitted, 0, 0, 0, JOB_RHO, 1),
        Failpoint::Started => left(Failed, 0, 0, 0, JOB_RHO, 1),
        // In flight: spent, and charged anew.
        Failpoint::Reserved | Failpoint::Executed => left(Failed, JOB_RHO, 0, 0, JOB_RHO, 1),
        // Finished: its stored release is returned for nothing.
        Failpoint::Released => left(Failed, JOB_RHO, 1, 0, 0, 0),
        Failpoint::Ended => left(Failed, JOB_RHO, 1, 1, 0, 0),
        Failpoint::Finished => left(Released, JOB_RHO, 1, 1, 0, 0),
        // In the second job, after the first one was handed the table.
        Failpoint::Reused => left(Failed, JOB_RHO, 1, 1, 0, 0),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_each_failpoint_of_a_job_leaves_what_it_should() {
    for point in Failpoint::ALL {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let last = home(root).await;
        let armed = format!("{}=1", point.name());
        let mut child = spawn(root, Story::Jobs, last + 1, Some(armed));
        let ended = child.wait().unwrap();
        assert_eq!(
            ended.signal(),
            Some(SIGABRT),
            "{point:?} was not hit: {ended}"
        );
        let handed = handed(&mut child);
        let expected = left_by(point);
        assert_eq!(handed.len(), expected.handed, "{point:?}: {handed:?}");
        check_before_the_deadline(root, point).await;
        check_after_the_deadline(root, point, &expected, &handed).await;
    }
}

/// The job that a child was stopped in: the only one, or the second.
async fn crashed_job(world: &World, point: Failpoint) -> JobId {
    let jobs = world.gate.with_state(|state| {
        let jobs = state.jobs.iter();
        jobs.map(|(id, job)| (id.clone(), job.status))
            .collect::<Vec<_>>()
    });
    let mut jobs = jobs.await;
    if point == Failpoint::Reused {
        assert_eq!(jobs.len(), 2);
        jobs.retain(|(_, status)| *status != JobStatus::Released);
    }
    let [(job, _)] = jobs.try_into().unwrap();
    job
}

/// Right after the crash operators see what they would have seen: a job that runs until its deadline.
async fn check_before_the_deadline(root: &Path, point: Failpoint) {
    let world = World::open(root, last_ms(root).await + 1, &size())
        .await
        .unwrap();
    let job = crashed_job(&world, point).await;
    let now = status(&world, &job).await;
    match point {
        Failpoint::Submitted => assert_eq!(now, JobStatus::Submitted),
        Failpoint::Finished => assert_eq!(now, JobStatus::Released),
        _ => {
            assert_eq!(now, JobStatus::Running, "{point:?}");
            let Err(GateError::Denied(denial)) = world.run(&job).await else {
                panic!("{point:?}: it ran a second time");
            };
            assert!(denial.has(Code::WrongState), "{denial}");
        }
    }
    world.close().await;
}

/// The moment of the last entry of a closed home's log.
async fn last_ms(root: &Path) -> i64 {
    // Opening in the far past settles nothing: every step is denied.
    let world = World::open(root, 0, &size()).await.unwrap();
    let last = world.last_ms().await;
    world.close().await;
    last
}

async fn check_after_the_deadline(root: &Path, point: Failpoint, expected: &Left, handed: &[u64]) {
    let (world, tape) = reopen(root, last_ms(root).await + MINUTE_MS).await;
    let crashed = crashed_job(&world, point).await;
    assert_eq!(status(&world, &crashed).await, expected.status, "{point:?}");
    let mut ledger = Ledger::default();
    ledger.check(&world).await;
    ledger.check_handed(handed);
    let found = (ledger.reserved, ledger.releases);
    assert_eq!(found, (expected.spent, expected.releases), "{point:?}");

    // It goes on: the same package is the same job; what has ended is submitted anew.
    let (package, is_same) = match point {
        Failpoint::Submitted => (std::fs::read(root.join("first.igj")).unwrap(), true),
        _ => (world.package("again", &steps()), false),
    };
    let job = world.submit(package).await.unwrap();
    assert_eq!(job == crashed, is_same, "{point:?}");
    world.approve(&job).await;
    let RunOutcome::Released { release } = world.run(&job).await.unwrap() else {
        panic!("{point:?}: the next job was not released");
    };
    ledger.check(&world).await;
    assert_eq!(
        ledger.reserved,
        expected.spent + expected.again,
        "{point:?}"
    );
    let executions = tape.lock().unwrap().executions;
    assert_eq!(executions, expected.executions, "{point:?}");
    let folder = root.join("release");
    world.gate.export_release(&release, &folder).await.unwrap();
    assert!(verify_release(&folder, &key(AGENCY).public_key(), None).is_ok());
    assert!(world.gate.log().audit(None).await.unwrap().is_ok());
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_each_failpoint_of_a_question_ends_it_at_its_deadline() {
    // What is spent by the crash, and by asking again.
    for (point, spent, again) in [
        (Failpoint::Reserved, QUESTION_RHO, QUESTION_RHO),
        (Failpoint::Executed, QUESTION_RHO, QUESTION_RHO),
        (Failpoint::Released, QUESTION_RHO, 0),
        (Failpoint::Ended, QUESTION_RHO, 0),
        (Failpoint::Finished, QUESTION_RHO, 0),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let last = home(root).await;
        let armed = format!("{}=1", point.name());
        let mut child = spawn(root, Story::Question, last + 1, Some(armed));
        let ended = child.wait().unwrap();
        assert_eq!(
            ended.signal(),
            Some(SIGABRT),
            "{point:?} was not hit: {ended}"
        );
        assert_eq!(handed(&mut child), Vec::<u64>::new(), "{point:?}");
        let (world, tape) = reopen(root, last_ms(root).await + MINUTE_MS).await;
        let mut ledger = Ledger::default();
        ledger.check(&world).await;
        assert_eq!(ledger.reserved, spent, "{point:?}");
        let is_out = point == Failpoint::Finished;
        assert_eq!(
            (ledger.failed, ledger.ended_well),
            (u64::from(!is_out), u64::from(is_out))
        );
        let answer = question(&world, ASKED).await.unwrap();
        ledger.check(&world).await;
        assert_eq!(ledger.reserved, spent + again, "{point:?}");
        assert_eq!(tape.lock().unwrap().executions, usize::from(again > 0));
        ledger.check_handed(&[first_bits(&answer)]);
        assert_eq!(ledger.releases, 1, "{point:?}: the one it returned");
        world.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_kills_overspend_nothing_and_hand_over_nothing_unlogged() {
    let seed = std::env::var("IRONGATE_TEST_SEED")
        .map_or_else(|_| rand::rng().next_u64(), |text| text.parse().unwrap());
    println!("IRONGATE_TEST_SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let start = Instant::now();
    let mut last = home(root).await;
    compile_all(root);
    println!("set up in {:?}", start.elapsed());
    let mut ledger = Ledger::default();
    let (mut busy, mut handed_over) = (0, 0);
    for _ in 0..KILLS {
        let mut child = spawn(root, Story::Loop, last + MINUTE_MS, None);
        std::thread::sleep(Duration::from_micros(random.random_range(0..400_000)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let said = || std::fs::read_to_string(said_by_child(root)).unwrap();
        assert_eq!(status.signal(), Some(SIGKILL), "{status}: {}", said());
        let handed = handed(&mut child);
        // Far beyond every time a child's virtual clock can have reached, and all of it within the term.
        let at = last + 100 * MINUTE_MS;
        let world = World::open(root, at, &size()).await.unwrap();
        let before = ledger.entries;
        ledger.check(&world).await;
        ledger.check_handed(&handed);
        busy += u32::from(ledger.entries > before + 1);
        handed_over += handed.len();
        last = world.last_ms().await.max(at);
        world.close().await;
    }
    println!(
        "{KILLS} kills in {:?}: {busy} children killed at work",
        start.elapsed()
    );
    println!("{handed_over} tables handed over; {}", ledger.summary());
    assert!(
        busy > KILLS / 4,
        "only {busy} children got to work: kill them later"
    );
    assert!(ledger.failed > 0, "no child was killed within a job");
    let world = World::open(root, last + MINUTE_MS, &size()).await.unwrap();
    assert!(world.gate.log().audit(None).await.unwrap().is_ok());
    spend_the_rest(&world, &mut ledger).await;
    let (_, outcome) = world.job("last", &loop_steps(0)).await;
    assert!(
        matches!(outcome, RunOutcome::Released { .. }),
        "{outcome:?}"
    );
    world.close().await;
}

/// After all crashes the account of questions holds to the last unit: it is filled exactly.
async fn spend_the_rest(world: &World, ledger: &mut Ledger) {
    let account = AccountId {
        namespace: id("patient"),
        owner: Owner::Scenario(id(QUESTIONS)),
    };
    let left = world
        .gate
        .with_state(|state| state.accounts[&account].left())
        .await;
    println!("{left} of ρ (10⁻⁹) were left to questions");
    for nth in 0..left / QUESTION_RHO {
        question(world, &format!("{ASKED} AND days < {nth}"))
            .await
            .unwrap();
    }
    let Err(GateError::Denied(denial)) = question(world, &format!("{ASKED} AND days > 0")).await
    else {
        panic!("asked beyond the cap");
    };
    assert!(denial.has(Code::BudgetExhausted), "{denial}");
    ledger.check(world).await;
    let left = world
        .gate
        .with_state(|state| state.accounts[&account].left())
        .await;
    assert_eq!(left, 0);
}

/// Compiles the jobs of a loop, so that children find them in the cache; none of them runs.
fn compile_all(root: &Path) {
    let home = Home::at(root.join("home"));
    let key = home.cache_key(&SystemEntropy::new()).unwrap();
    let cache = ArtifactCache::new(home.cache(), &key);
    let engine = Engine::new(Provision::default()).unwrap();
    for nth in 0..LOOP_JOBS {
        let bytes = component(&loop_steps(nth));
        let admitted = admit(
            &bytes,
            irongate_sandbox::World::Analyst,
            &AdmissionLimits::default(),
        );
        cache
            .artifact(&engine, &compiler(), &admitted.unwrap())
            .unwrap();
    }
}
