//! A child that runs jobs and asks questions until it is stopped: this binary again, running
//! [`child`] alone. It prints what it was handed, only after it was.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use irongate_gate::GateError;
use irongate_policy::Code;
use irongate_policy::manifest::Seconds;
use irongate_sandbox::table::{Table, Values};
use irongate_store::failpoint;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tracing_subscriber::EnvFilter;

use crate::guest::{Step, ask};
use crate::init::init;
use crate::visible::rho;
use crate::world::{AGENCY, OPERATOR, QUESTIONS, Size, World, id, key};

const ROOT: &str = "IRONGATE_TEST_GATE_ROOT";
const STORY: &str = "IRONGATE_TEST_GATE_STORY";
const AT: &str = "IRONGATE_TEST_GATE_AT";

/// What a child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    /// Two jobs with the same question, from the packages `first.igj` and `second.igj`.
    Jobs,
    /// A home is made.
    Init,
    /// One interactive question.
    Question,
    /// Jobs and questions at random, without end.
    Loop,
}

impl Story {
    const ALL: [Self; 4] = [Self::Jobs, Self::Init, Self::Question, Self::Loop];
}

/// A cap that is met before two hundred children are dead, and an allowance they do not use up.
pub(crate) fn size() -> Size {
    Size {
        scenario_cap: "0.0004",
        residual_failures: 1_000_000,
        ..Size::default()
    }
}

pub(crate) const ASKED: &str = "SELECT SUM(days) AS days FROM stays WHERE days < 29";
/// ρ of every question of a child's jobs, and of its interactive ones, in 10⁻⁹: so small that noise
/// makes each released value nearly one of its kind.
pub(crate) const JOB_RHO: u64 = 10_000;
pub(crate) const QUESTION_RHO: u64 = 1_000;
const JOB_AMOUNT: &str = "0.00001";
pub(crate) const QUESTION_AMOUNT: &str = "0.000001";

pub(crate) fn steps() -> Vec<Step> {
    vec![ask(ASKED, JOB_AMOUNT, 5), Step::Tell, Step::Codes]
}

/// The jobs of a loop: each asks two questions of its own.
pub(crate) const LOOP_JOBS: u32 = 24;

pub(crate) fn loop_steps(nth: u32) -> Vec<Step> {
    let sum = |column: &str| {
        let sql = format!(
            "SELECT SUM(days) AS days FROM stays WHERE {column} < {}",
            3000 + nth
        );
        ask(&sql, JOB_AMOUNT, 5)
    };
    vec![
        sum("days"),
        Step::Tell,
        sum("year"),
        Step::Tell,
        Step::Codes,
    ]
}

/// Not a test of its own: what a child runs. Returns at once in the test run itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(root) = std::env::var(ROOT) else {
        return;
    };
    let variable = |name: &str| std::env::var(name).unwrap();
    failpoint::arm_from_env().unwrap();
    // What a guest logs goes to the agency's trace; here, to the parent.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("irongate_gate=info"))
        .with_ansi(false)
        .init();
    let at: i64 = variable(AT).parse().unwrap();
    if variable(STORY) == format!("{:?}", Story::Init) {
        init(Path::new(&root), AGENCY, at).await.unwrap();
        return;
    }
    let world = World::open(Path::new(&root), at, &size()).await.unwrap();
    let story = variable(STORY);
    match Story::ALL.into_iter().find(|s| format!("{s:?}") == story) {
        Some(Story::Jobs) => jobs(&world).await,
        Some(Story::Question) => drop(question(&world, ASKED).await.unwrap()),
        Some(Story::Loop) => loop_on(&world, at).await,
        Some(Story::Init) | None => panic!("{story}"),
    }
    world.close().await;
}

async fn jobs(world: &World) {
    for package in ["first.igj", "second.igj"] {
        let bytes = std::fs::read(world.root.join(package)).unwrap();
        let job = world.submit(bytes).await.unwrap();
        world.approve(&job).await;
        world.run(&job).await.unwrap();
    }
}

/// Asks, and prints what it was answered.
pub(crate) async fn question(world: &World, sql: &str) -> Result<Table, GateError> {
    let scenario = id(QUESTIONS);
    let answer = world
        .gate
        .query(
            &scenario,
            sql,
            &rho(QUESTION_AMOUNT),
            Seconds(20),
            &key(OPERATOR),
        )
        .await?;
    println!("question handed {:016x}", first_bits(&answer));
    Ok(answer)
}

/// The 64 bits of a table's first value, as `Step::Tell` reads them.
pub(crate) fn first_bits(table: &Table) -> u64 {
    match &table.columns[0].values {
        Values::Int64s(values) => values[0].cast_unsigned(),
        Values::Float64s(values) => values[0].to_bits(),
        other => panic!("{other:?}"),
    }
}

async fn loop_on(world: &World, seed: i64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed.cast_unsigned());
    println!("looping");
    for round in 0_u64.. {
        let sql = match random.random_range(0..10) {
            // One of a few: nearly always asked before.
            0..2 => format!("{ASKED} AND days >= {}", random.random_range(0..3)),
            2..6 => format!(
                "{ASKED} AND year < {}",
                random.random_range(1..1_000_000_000)
            ),
            _ => {
                let steps = loop_steps(random.random_range(0..LOOP_JOBS));
                let name = format!("loop-{seed}-{round}");
                let job = world.submit(world.package(&name, &steps)).await.unwrap();
                world.approve(&job).await;
                world.run(&job).await.unwrap();
                continue;
            }
        };
        match question(world, &sql).await {
            Ok(_) => {}
            Err(GateError::Denied(denial)) if denial.has(Code::BudgetExhausted) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Where a child's complaints go.
pub(crate) fn said_by_child(root: &Path) -> PathBuf {
    root.join("child.err")
}

pub(crate) fn spawn(root: &Path, story: Story, at_ms: i64, failpoint: Option<String>) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child::child", "--nocapture", "--test-threads=1"])
        .env(ROOT, root)
        .env(STORY, format!("{story:?}"))
        .env(AT, at_ms.to_string())
        .env_remove(failpoint::ENV)
        .envs(failpoint.map(|place| (failpoint::ENV, place)))
        .stdout(Stdio::piped())
        .stderr(File::create(said_by_child(root)).unwrap())
        .spawn()
        .unwrap()
}

/// What a dead child said it was handed; a line cut short says nothing.
pub(crate) fn handed(child: &mut Child) -> Vec<u64> {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (mut handed, mut line) = (Vec::new(), String::new());
    while out.read_line(&mut line).unwrap() > 0 {
        let bits = line
            .split_once("handed ")
            .filter(|_| line.ends_with('\n'))
            .map(|(_, rest)| u64::from_str_radix(&rest[..16], 16).unwrap());
        handed.extend(bits);
        line.clear();
    }
    handed
}
