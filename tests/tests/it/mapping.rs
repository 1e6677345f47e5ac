//! Jobs that bring code over raw rows: honest ones, and such as are out for one person.

use std::collections::BTreeMap;

use irongate_gate::{Contents, GateError, RunOutcome, verify_release};
use irongate_policy::manifest::JobManifest;
use irongate_policy::mapper::Mapper;

use crate::data::{Tables, Visit};
use crate::guest::{Step, ask};
use crate::world::{AGENCY, Size, World, key};

/// What the mappers of these tests read and give.
const SCORE: &str = r#"
component = "score.wasm"
input = "SELECT year, visits, fee, note FROM visits"
max_rows = 5
fuel = 20_000
outputs = [{ name = "score", bounds = ["0", "30"], resolution = "1", default = "0" }]
"#;

/// The sum of scores by year, in the form of the output `stays`.
pub(crate) const SCORES: &str = "SELECT v.year, SUM(s.score) AS days \
    FROM visits v JOIN score s ON v.id = s.id GROUP BY v.year";

/// Asks for the scores and hands them over.
pub(crate) fn scoring(rho: &str) -> Vec<Step> {
    vec![ask(SCORES, rho, 5), Step::Emit("stays"), Step::Codes]
}

/// A mapper of two pages whose `map` runs `body`, which leaves the number it returns; `more` stands beside it. The
/// body may call `$has`, whether the rows hold an aligned 64-bit number, and `$answer`.
pub(crate) fn mapper(more: &str, body: &str) -> Vec<u8> {
    mapper_of(2, more, body)
}

/// The same with a memory of so many pages.
fn mapper_of(pages: u32, more: &str, body: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(component
          (core module $m
            (memory (export "memory") {pages})
            (global $next (mut i32) (i32.const 4096))
            (global $at (mut i32) (i32.const 0))
            (global $length (mut i32) (i32.const 0))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
              (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
              (global.set $next (i32.add (local.get $at) (local.get 3)))
              (local.get $at))
            (func $has (param $sought i64) (result i32) (local $i i32)
              (loop $more
                (if (i64.eq (i64.load (i32.add (global.get $at) (local.get $i))) (local.get $sought))
                  (then (return (i32.const 1))))
                (local.set $i (i32.add (local.get $i) (i32.const 8)))
                (br_if $more (i32.lt_u (local.get $i) (global.get $length))))
              (i32.const 0))
            (func $answer (param f64) (param $count i32) (result i32)
              (f64.store (i32.const 2048) (local.get 0))
              (i32.store (i32.const 2064) (i32.const 2048))
              (i32.store (i32.const 2068) (local.get $count))
              (i32.const 2064))
            {more}
            (func (export "map") (param i32 i32) (result i32) (local $n i64)
              (global.set $at (local.get 0))
              (global.set $length (local.get 1))
              {body}))
          (core instance $i (instantiate $m))
          (alias core export $i "memory" (core memory $memory))
          (func (export "map") (param "rows" (list u8)) (result (list f64))
            (canon lift (core func $i "map") (memory $memory) (realloc (core func $i "realloc")))))"#
    ))
    .unwrap()
}

/// How many rows a person has: the second number of the layout.
fn rows() -> Vec<u8> {
    let count =
        "(call $answer (f64.convert_i32_u (i32.load offset=4 (global.get $at))) (i32.const 1))";
    mapper("", count)
}

/// A number by which a person's rows can be told from all others': the first year's fee, in hundredths.
fn mark(tables: &Tables, person: u32) -> i64 {
    let fee = |visit: &Visit| visit.fee.replace('.', "").parse::<i64>().unwrap();
    let marked = |visit: &&Visit| visit.id == person;
    let mark = fee(tables.visits.iter().find(marked).unwrap());
    assert_eq!(tables.visits.iter().filter(|v| fee(v) == mark).count(), 1);
    mark
}

/// Mappers that do something else for the marked persons than for all others: each in another way by which code could
/// try to be heard.
pub(crate) fn hostile(tables: &Tables, persons: &[u32]) -> [(&'static str, Vec<u8>); 13] {
    let sought: Vec<String> = persons
        .iter()
        .map(|person| format!("(call $has (i64.const {}))", mark(tables, *person)))
        .collect();
    let any = sought
        .into_iter()
        .reduce(|a, b| format!("(i32.or {a} {b})"))
        .unwrap();
    let does = |more: &str, harm: &str| {
        let body = format!("(if {any} (then {harm})) (call $answer (f64.const 7) (i32.const 1))");
        mapper(more, &body)
    };
    let recursion = "(func $deep (param i64) (result i64)
        (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))";
    [
        ("trap", does("", "unreachable")),
        (
            "divide",
            does("", "(drop (i64.div_s (i64.const 1) (local.get $n)))"),
        ),
        ("loop", does("", "(loop $for-ever (br $for-ever))")),
        (
            "recursion",
            does(recursion, "(drop (call $deep (i64.const 0)))"),
        ),
        (
            "out-of-bounds",
            does("", "(drop (i64.load (i32.const -8)))"),
        ),
        ("grow", does("", "(drop (memory.grow (i32.const 60000)))")),
        (
            "nan",
            does("", "(return (call $answer (f64.const nan) (i32.const 1)))"),
        ),
        (
            "infinity",
            does("", "(return (call $answer (f64.const inf) (i32.const 1)))"),
        ),
        (
            "two-numbers",
            does("", "(return (call $answer (f64.const 1) (i32.const 2)))"),
        ),
        (
            "no-number",
            does("", "(return (call $answer (f64.const 1) (i32.const 0)))"),
        ),
        ("pointer", does("", "(return (i32.const 131068))")),
        (
            "remember",
            does("", "(i64.store (i32.const 100000) (i64.const 1))"),
        ),
        (
            "huge",
            does(
                "",
                "(return (call $answer (f64.const 1e300) (i32.const 1)))",
            ),
        ),
    ]
}

/// What a job with a mapper is made of.
pub(crate) fn contents(name: &str, manifest: &str, steps: &[Step], code: &[u8]) -> Contents {
    let mut parsed = JobManifest::parse(manifest).unwrap();
    let score: Mapper = toml::from_str(SCORE).unwrap();
    parsed.job.name = name.to_owned();
    parsed.mappers.insert("score".into(), score);
    let mut contents = World::contents(name, steps);
    contents.manifest_text = toml::to_string(&parsed).unwrap();
    contents.mappers = BTreeMap::from([("score".to_owned(), code.to_vec())]);
    contents
}

impl World {
    /// Submits, approves and runs a job of these steps with this mapper.
    pub(crate) async fn mapping(
        &self,
        name: &str,
        steps: &[Step],
        code: &[u8],
    ) -> (irongate_policy::JobId, RunOutcome) {
        let contents = contents(name, &Self::manifest(name), steps, code);
        let job = self.submit(self.pack(&contents)).await.unwrap();
        self.approve(&job).await;
        let outcome = self.run(&job).await.unwrap();
        (job, outcome)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_mapper_says_of_persons_is_released_with_noise() {
    let dir = tempfile::tempdir().unwrap();
    let tables = Tables::of(2_000);
    let size = Size {
        namespace_cap: "2.0",
        ..Size::default()
    };
    let world = World::make(dir.path(), &tables, &size).await;
    let (_, outcome) = world.mapping("rows", &scoring("0.05"), &rows()).await;
    let RunOutcome::Released { release } = outcome else {
        panic!("{outcome:?}");
    };
    let folder = dir.path().join("release");
    world.gate.export_release(&release, &folder).await.unwrap();
    verify_release(&folder, &key(AGENCY).public_key(), None).unwrap();
    let released = world.gate.released_tables(&release).await.unwrap();
    let stays = released.iter().find(|table| table.name == "stays").unwrap();
    let own = |visit: &&Visit| tables.visits.iter().filter(|v| v.id == visit.id).count();
    for row in stays.rows.as_array().unwrap() {
        let year = row["year"].as_u64().unwrap();
        let of_year = tables.visits.iter().filter(|v| u64::from(v.year) == year);
        let exact: usize = of_year.map(|visit| own(&visit)).sum();
        let days = row["days"].as_f64().unwrap();
        // σ is about 220: a person moves 5 years by 30 each at most.
        assert!(
            (days - exact as f64).abs() < 2_000.0,
            "{year}: {days} against {exact}"
        );
        assert!(days > 3_000.0, "{year}: {days}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packages_whose_mappers_do_not_fit_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::make(dir.path(), &Tables::of(20), &Size::default()).await;
    let manifest = World::manifest("unfit");
    let refused = async |contents: &Contents| match world.submit(world.pack(contents)).await {
        Err(GateError::Rejected(lines)) => lines.join("; "),
        other => panic!("{other:?}"),
    };
    let with = |code: &[u8]| contents("unfit", &manifest, &scoring("0.01"), code);
    // A job is no mapper, and a mapper imports nothing.
    let mut other_world = with(&rows());
    let job = other_world.component.clone();
    other_world.mappers.insert("score".into(), job);
    assert!(
        refused(&other_world)
            .await
            .contains("mapper `score` refused (import)")
    );
    let mut swapped = with(&rows());
    swapped.component = rows();
    assert!(
        refused(&swapped)
            .await
            .contains("component refused (exports)")
    );
    // No instance within its limits.
    let wide = mapper_of(20, "", "(call $answer (f64.const 1) (i32.const 1))");
    assert!(
        refused(&with(&wide))
            .await
            .contains("mapper `score` refused (memory)")
    );
    // Others than the manifest declares.
    let mut missing = with(&rows());
    missing.mappers.clear();
    assert!(refused(&missing).await.contains("other mappers than"));
    let mut more = with(&rows());
    more.mappers.insert("more".into(), rows());
    assert!(refused(&more).await.contains("other mappers than"));
}
