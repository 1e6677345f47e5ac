//! What operators see of a query that fails or takes too long: one opaque failure, when its time comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use irongate_engine::{CheckedQuery, DataAccess, ExecutionEnv, ExecutionError, Prepared};
use irongate_gate::{Disclose, FromData, GateError, QueryOptions, Releasing, RunOutcome};
use irongate_ingest::{Commitment, Manifest};
use irongate_policy::manifest::Seconds;
use irongate_policy::state::JobStatus;

use crate::data::Tables;
use crate::guest::{Step, ask};
use crate::world::{OPERATOR, QUESTIONS, Size, World, id, key};

const COUNT: &str = "SELECT year, COUNT(*) AS n FROM visits GROUP BY year";

/// The days of the agreement's term that are left when a world is made.
const TERM: Duration = Duration::from_secs(1_095 * 86_400);

/// A query that fails after its reservation.
struct Failing;

impl Disclose for Failing {
    fn release<'a>(
        &'a self,
        _: &'a CheckedQuery,
        _: Prepared,
        _: &'a dyn DataAccess,
        _: &'a ExecutionEnv,
    ) -> Releasing<'a> {
        Box::pin(async { Err(ExecutionError::Timeout) })
    }

    fn commit(&self, manifest: &Manifest) -> Commitment {
        FromData.commit(manifest)
    }
}

/// A query that is busy for three seconds without a pause in which it could be stopped.
#[derive(Default)]
struct Busy(Arc<AtomicBool>);

impl Disclose for Busy {
    fn release<'a>(
        &'a self,
        query: &'a CheckedQuery,
        prepared: Prepared,
        data: &'a dyn DataAccess,
        env: &'a ExecutionEnv,
    ) -> Releasing<'a> {
        Box::pin(async move {
            std::thread::sleep(Duration::from_secs(3));
            self.0.store(true, Ordering::SeqCst);
            FromData.release(query, prepared, data, env).await
        })
    }

    fn commit(&self, manifest: &Manifest) -> Commitment {
        FromData.commit(manifest)
    }
}

fn options() -> QueryOptions {
    QueryOptions {
        rho: Some("0.001".into()),
        ..QueryOptions::default()
    }
}

impl World {
    async fn question(&self, deadline: u32) -> Result<(), GateError> {
        let (scenario, key) = (id(QUESTIONS), key(OPERATOR));
        self.gate
            .query(&scenario, COUNT, &options(), Seconds(deadline), &key)
            .await
            .map(drop)
    }
}

#[tokio::test]
async fn after_a_failed_query_a_job_spends_no_more() {
    let root = tempfile::tempdir().unwrap();
    let world = World::make_with(root.path(), &Tables::of(60), &Size::default(), |gate| {
        gate.replaying(Arc::new(Failing))
    })
    .await;
    let steps = [
        ask(COUNT, "0.001", 1),
        ask(COUNT, "0.002", 1),
        ask(COUNT, "0.003", 1),
        Step::Codes,
    ];
    let (job, outcome) = world.job("spelling", &steps).await;
    assert_eq!(outcome, RunOutcome::Failed);
    let reserved = world
        .gate
        .with_state(|state| state.jobs[&job].queries.len())
        .await;
    assert_eq!(
        reserved, 1,
        "the first failed; the others were not reserved"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_query_is_not_waited_for_past_its_deadline() {
    let root = tempfile::tempdir().unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let busy = Arc::new(Busy(Arc::clone(&ended)));
    let world = World::make_with(root.path(), &Tables::of(60), &Size::default(), |gate| {
        gate.replaying(busy)
    })
    .await;
    let error = world.question(1).await.unwrap_err();
    assert_eq!(error.to_string(), "the question failed");
    assert!(
        !ended.load(Ordering::SeqCst),
        "the answer came while it was busy"
    );
}

/// When a job's end is logged tells nothing of what it did: the time from its start is the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_end_of_a_job_is_seen_as_long_after_its_start() {
    let root = tempfile::tempdir().unwrap();
    let world = World::make(root.path(), &Tables::of(60), &Size::default()).await;
    let asks = |nth: u32| ask(COUNT, &format!("0.00{nth}"), 1);
    let mut lengths = Vec::new();
    for (name, steps) in [
        ("nothing", vec![]),
        ("answered", vec![asks(1), asks(2), asks(3), Step::Codes]),
        ("rejected", vec![ask("SELECT note FROM visits", "0.001", 1)]),
        ("denied", vec![ask(COUNT, "0.09", 1)]),
        ("trapped", vec![asks(4), Step::Trap]),
        ("spent", vec![asks(5), Step::Spin]),
    ] {
        let (job, _) = world.job(name, &steps).await;
        let (started, ended) = world
            .gate
            .with_state(|state| (state.jobs[&job].started.unwrap().0, state.last.0))
            .await;
        lengths.push((ended - started, name));
    }
    println!("{lengths:?}");
    assert!(lengths[0].0 >= 20_000, "the deadline");
    assert!(lengths.iter().all(|(length, _)| *length == lengths[0].0));
    world.close().await;
}

/// A query over up to 12.8 million rows by declared caps: 50,000 of people, times 256 public rows of a
/// level.
const WIDE: &str = "SELECT COUNT(*) AS n FROM visits v JOIN (SELECT a.level AS level FROM levels a \
    CROSS JOIN levels b CROSS JOIN levels c CROSS JOIN levels d CROSS JOIN levels e) p \
    ON v.level = p.level";

/// What fits into a job's time is a matter of its declared deadline. Were the time that earlier queries
/// took counted, a job could read it off the answer, and put it out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_a_query_took_does_not_decide_whether_the_next_one_fits() {
    let busy: Arc<dyn Disclose> = Arc::new(Busy::default());
    let mut ends = Vec::new();
    for disclose in [Arc::new(FromData), busy] {
        let root = tempfile::tempdir().unwrap();
        let world = World::make_with(root.path(), &Tables::of(60), &Size::default(), |gate| {
            gate.replaying(disclose)
        })
        .await;
        // Eight seconds allow for the second query; the less than five that are left would not.
        let steps = [ask(COUNT, "0.001", 1), ask(WIDE, "0.001", 1), Step::Codes];
        let package = world.package_for(8, "wide", &steps);
        let job = world.submit(package).await.unwrap();
        world.approve(&job).await;
        let outcome = world.run(&job).await.unwrap();
        let reserved = world
            .gate
            .with_state(|state| state.jobs[&job].queries.len());
        ends.push((reserved.await, outcome));
        world.close().await;
    }
    assert!(ends.iter().all(|(reserved, _)| *reserved == 2), "{ends:?}");
}

/// Each of them alone would fit.
#[tokio::test]
async fn what_a_job_asked_before_is_planned_for() {
    let root = tempfile::tempdir().unwrap();
    let world = World::make_with(root.path(), &Tables::of(60), &Size::default(), |gate| gate).await;
    let steps = [ask(WIDE, "0.001", 1), ask(WIDE, "0.002", 1), Step::Codes];
    let job = world.submit(world.package_for(8, "twice", &steps)).await;
    let job = job.unwrap();
    world.approve(&job).await;
    world.run(&job).await.unwrap();
    let reserved = world
        .gate
        .with_state(|state| state.jobs[&job].queries.len());
    assert_eq!(reserved.await, 1);
}

#[tokio::test]
async fn a_held_answer_is_not_handed_over() {
    let root = tempfile::tempdir().unwrap();
    let world = World::make(root.path(), &Tables::of(60), &Size::default()).await;
    world.question(20).await.unwrap();
    // The agreement ends while the answer waits for its deadline: policy holds it.
    let left = TERM - Duration::from_secs(30);
    world.clock.pass(left);
    let error = world.question(30).await.unwrap_err();
    assert!(error.to_string().contains("held"), "{error}");
    let held = world.gate.with_state(|state| {
        let status = |job: &irongate_policy::state::Job| job.status == JobStatus::Held;
        state.jobs.values().filter(|job| status(job)).count()
    });
    assert_eq!(held.await, 1);
}
