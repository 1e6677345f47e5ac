//! Interactive questions and jobs: one function, both signed, and a repeated one is free.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use irongate_gate::{Gate, GateError, Home, RunOutcome};
use irongate_policy::account::{AccountId, Owner};
use irongate_policy::manifest::Seconds;
use irongate_policy::{Code, Event, Fact, JobId};
use irongate_sandbox::table::Table;

use crate::data::Tables;
use crate::end_to_end::{MEANS, good_steps};
use crate::guest::{Step, ask};
use crate::replay::{Recorder, Tape};
use crate::surroundings::{Real, surroundings};
use crate::visible::rho;
use crate::world::{AGENCY, JOBS, OPERATOR, PROVIDER, QUESTIONS, Size, World, id, key};

/// A world whose queries on data are counted.
async fn counted(root: &Path) -> (World, impl Fn() -> usize) {
    let tape = Arc::new(Mutex::new(Tape::default()));
    let recorder = Arc::new(Recorder(Arc::clone(&tape)));
    let wrap = |gate: Gate| gate.replaying(recorder);
    let world = World::make_with(root, &Tables::of(100), &Size::default(), wrap).await;
    (world, move || tape.lock().unwrap().executions)
}

async fn question(world: &World, scenario: &str, party: &str) -> Result<Table, GateError> {
    let scenario = id(scenario);
    world
        .gate
        .query(&scenario, MEANS, &rho("0.02"), Seconds(20), &key(party))
        .await
}

/// ρ spent of the namespace, the agreement, and both scenarios, in 10⁻⁹.
async fn spent(world: &World) -> [u64; 4] {
    let owners = [
        Owner::Namespace,
        Owner::Operator(id("health-2026")),
        Owner::Scenario(id(JOBS)),
        Owner::Scenario(id(QUESTIONS)),
    ];
    world
        .gate
        .with_state(|state| {
            owners.map(|owner| {
                let namespace = id("patient");
                state.accounts[&AccountId { namespace, owner }].spent.rho
            })
        })
        .await
}

async fn job_spent(world: &World, job: &JobId) -> u64 {
    let account = AccountId {
        namespace: id("patient"),
        owner: Owner::Job(job.clone()),
    };
    world
        .gate
        .with_state(|state| state.accounts[&account].spent.rho)
        .await
}

async fn events(world: &World) -> Vec<Event> {
    let log = world.gate.log();
    let entries = log.read(0..log.size().await.unwrap()).await.unwrap();
    let event = |entry: &irongate_store::Entry| serde_json::from_slice(&entry.body).unwrap();
    entries.iter().map(event).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_and_jobs_reach_the_same_function_and_both_are_signed() {
    let dir = tempfile::tempdir().unwrap();
    let (world, executions) = counted(dir.path()).await;
    let (job, outcome) = world
        .job("means", &[ask(MEANS, "0.02", 5), Step::Emit("visits")])
        .await;
    assert!(matches!(outcome, RunOutcome::Released { .. }));
    assert_eq!(executions(), 1, "the job's");
    question(&world, QUESTIONS, OPERATOR).await.unwrap();
    assert_eq!(executions(), 2, "and the question's");

    let events = events(&world).await;
    let submitted = events
        .iter()
        .filter(|event| matches!(event.event, Fact::JobSubmitted { .. }));
    let submitted: Vec<_> = submitted
        .map(|event| {
            let signed = event.signed.as_ref().expect("signed");
            assert!(signed.is_by(&key(OPERATOR).public_key()));
            (
                signed.statement.request.kind(),
                event.event.job().cloned().unwrap(),
            )
        })
        .collect();
    let kinds: Vec<_> = submitted.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(
        kinds,
        ["irongate/v1/submit-job", "irongate/v1/submit-query"]
    );
    assert_eq!(submitted[0].1, job);
    // Each reservation and release stands in the log in the name of one of them.
    let of = |wanted: fn(&Fact) -> bool| {
        let facts = events.iter().filter(|event| wanted(&event.event));
        facts
            .map(|event| event.event.job().cloned().unwrap())
            .collect::<Vec<_>>()
    };
    let jobs: Vec<_> = submitted.into_iter().map(|(_, job)| job).collect();
    assert_eq!(of(|fact| matches!(fact, Fact::QueryReserved { .. })), jobs);
    assert_eq!(of(|fact| matches!(fact, Fact::QueryReleased { .. })), jobs);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_nobody_may_ask_touches_no_data() {
    let dir = tempfile::tempdir().unwrap();
    let (world, executions) = counted(dir.path()).await;
    let before = world.gate.log().size().await.unwrap();
    for (scenario, party, code) in [
        (JOBS, OPERATOR, Code::NotInteractive),
        (QUESTIONS, PROVIDER, Code::WrongRole),
        (QUESTIONS, AGENCY, Code::WrongRole),
    ] {
        let Err(GateError::Denied(denial)) = question(&world, scenario, party).await else {
            panic!("{party} asked under {scenario}");
        };
        assert!(denial.has(code), "{party}: {denial}");
    }
    let stranger = question(&world, QUESTIONS, "nobody").await;
    assert!(
        matches!(stranger, Err(GateError::Rejected(_))),
        "{stranger:?}"
    );
    assert_eq!(executions(), 0);
    assert_eq!(
        world.gate.log().size().await.unwrap(),
        before,
        "nothing was logged"
    );
    assert_eq!(spent(&world).await, [0; 4]);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_question_returns_the_stored_release_for_nothing() {
    const COST: u64 = 20_000_000;
    let dir = tempfile::tempdir().unwrap();
    let (world, executions) = counted(dir.path()).await;
    let first = question(&world, QUESTIONS, OPERATOR).await.unwrap();
    let paid = spent(&world).await;
    assert_eq!(paid, [COST, COST, 0, COST]);
    for party in [OPERATOR, "workshop"] {
        let again = question(&world, QUESTIONS, party).await.unwrap();
        assert_eq!(again, first, "bit for bit");
    }
    assert_eq!(executions(), 1);
    assert_eq!(spent(&world).await, paid, "free for the accounts that paid");
    let facts = events(&world).await;
    let reused = facts
        .iter()
        .filter(|event| matches!(event.event, Fact::ReleaseReused { .. }));
    assert_eq!(reused.count(), 2, "and in the log each time");

    // Another scenario has not paid: it is asked anew there, once, and then free there too.
    let steps = [ask(MEANS, "0.02", 5), Step::Emit("visits")];
    let (job, _) = world.job("means", &steps).await;
    assert_eq!((executions(), job_spent(&world, &job).await), (2, COST));
    let both = [2 * COST, 2 * COST, COST, COST];
    assert_eq!(spent(&world).await, both);
    let (again, outcome) = world.job("again", &steps).await;
    assert!(matches!(outcome, RunOutcome::Released { .. }));
    assert_eq!((executions(), spent(&world).await), (2, both));
    assert_eq!(
        job_spent(&world, &again).await,
        COST,
        "a job's own cap still counts it"
    );
    // And within a job.
    let twice = [good_steps(), vec![ask(MEANS, "0.02", 5)]].concat();
    world.job("twice", &twice).await;
    assert_eq!(executions(), 3, "only the other question of the good job");
    assert_eq!(question(&world, QUESTIONS, OPERATOR).await.unwrap(), first);
    world.close().await;
}

/// Each question is answered under its own submission, however many are asked at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_asked_at_once_are_not_taken_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    World::make(dir.path(), &Tables::of(60), &Size::default())
        .await
        .close()
        .await;
    // Sleepers wait side by side, which a virtual clock has no notion of.
    let clock = Arc::new(Real::ahead_by(Duration::from_secs(60)));
    let home = Home::at(dir.path().join("home"));
    let gate = Arc::new(Gate::open(home, surroundings(clock, 8)).await.unwrap());
    let asked = (0..8).map(|nth| {
        let gate = Arc::clone(&gate);
        tokio::spawn(async move {
            let sql = format!(
                "SELECT COUNT(*) AS n FROM visits WHERE visits < {}",
                30 + nth
            );
            let (scenario, party) = (id(QUESTIONS), [OPERATOR, "workshop"][nth % 2]);
            gate.query(&scenario, &sql, &rho("0.001"), Seconds(3), &key(party))
                .await
        })
    });
    for answer in asked.collect::<Vec<_>>() {
        answer.await.unwrap().unwrap();
    }
    let queries = gate.with_state(|state| {
        let jobs = state.jobs.values();
        jobs.map(|job| job.queries.len()).collect::<Vec<_>>()
    });
    assert_eq!(queries.await, [1; 8]);
}
