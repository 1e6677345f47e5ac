//! The transcript test: on neighbouring databases, with the released tables, commitments, random
//! bytes and clock replayed, an operator sees the same bytes.

use std::path::Path;
use std::sync::{Arc, Mutex};

use irongate_gate::{Disclose, QUALITY, QueryOptions};
use irongate_policy::Code;
use irongate_policy::manifest::Seconds;

use crate::data::Tables;
use crate::end_to_end::{DAYS, MEANS, good_steps};
use crate::guest::{Step, ask};
use crate::mapping::{hostile, scoring};
use crate::replay::{Player, Recorder, Tape};
use crate::visible::{Seen, files, operators_view, rho};
use crate::world::{OPERATOR, QUESTIONS, Size, World, id, key};

/// What was seen, in order: a label that says when, and the bytes.
type Transcript = Vec<(String, Vec<u8>)>;

/// Jobs that end in every way that does not need broken data.
fn jobs() -> Vec<(&'static str, Vec<Step>)> {
    let unit = "SELECT id, visits FROM visits";
    vec![
        ("good", good_steps()),
        ("good-again", good_steps()),
        (
            "rejected",
            vec![ask(unit, "0.01", 5), ask(DAYS, "0.01", 5), Step::Codes],
        ),
        // More than its manifest's cap, after something within it.
        (
            "denied",
            vec![ask(MEANS, "0.03", 5), ask(DAYS, "0.04", 5), Step::Codes],
        ),
        ("traps", vec![ask(DAYS, "0.011", 5), Step::Trap]),
        ("fails", vec![ask(DAYS, "0.012", 5), Step::Fail("no")]),
        ("spins", vec![ask(DAYS, "0.013", 5), Step::Spin]),
        // A released table in an output that declares other columns.
        (
            "misfit",
            vec![ask(DAYS, "0.014", 5), Step::Emit("visits"), Step::Codes],
        ),
    ]
}

/// Keys without a declared domain: they leave through a threshold, which costs δ.
const KEYS: &str = "SELECT note, COUNT(*) AS n FROM visits GROUP BY note";

/// Interactive questions, and their ρ: four are answered (the first one twice), two rejected, one
/// denied.
const QUESTIONS_ASKED: [(&str, &str); 8] = [
    (MEANS, "0.02"),
    (MEANS, "0.02"),
    (KEYS, "0.1"),
    (
        "SELECT COUNT(*) AS n FROM visits WHERE note = 'note 7'",
        "0.01",
    ),
    (
        "SELECT COUNT(*) AS n FROM visits v JOIN stays s ON v.id = s.id AND v.year = s.year",
        "0.01",
    ),
    ("SELECT note FROM visits", "0.01"),
    ("SELECT SUM(1 / visits) AS most FROM visits", "0.01"),
    (DAYS, "0.2"),
];

/// People of the whole database, and those whom its neighbours are without.
const PEOPLE: u32 = 200;
const PERSONS: [u32; 3] = [1, 57, 120];

struct Run {
    seen: Transcript,
    /// What the agency alone sees.
    private: Seen,
}

/// One run of the whole story under `root`.
async fn run(root: &Path, tables: &Tables, disclose: Arc<dyn Disclose>) -> Run {
    let world = World::make_with(root, tables, &Size::default(), |gate| {
        gate.replaying(disclose)
    })
    .await;
    let mut seen = Transcript::new();
    for (name, steps) in jobs() {
        let (job, outcome) = world.job(name, &steps).await;
        seen.push((format!("job {name}"), format!("{job} {outcome:?}").into()));
        note_time(&world, &mut seen);
    }
    // Each of them looks for the persons whose rows the neighbours are without.
    for (name, code) in hostile(&Tables::of(PEOPLE), &PERSONS) {
        let (job, outcome) = world.mapping(name, &scoring("0.001"), &code).await;
        let text = format!("{job} {outcome:?}");
        assert!(text.contains("Released"), "{name}: {text}");
        seen.push((format!("job {name}"), text.into()));
        note_time(&world, &mut seen);
    }
    for (sql, amount) in QUESTIONS_ASKED {
        question(&world, sql, amount, &mut seen).await;
    }
    let private = private(&world).await;
    break_data(root, &world).await;
    // The namespace may fail three times; the fourth freezes it.
    for nth in 0..5 {
        let amount = format!("0.001{nth}");
        question(&world, DAYS, &amount, &mut seen).await;
    }
    note_time(&world, &mut seen);
    let view = operators_view(&world, &root.join("view")).await;
    seen.extend(view);
    world.close().await;
    Run { seen, private }
}

/// How often the clock was read, and how long was slept.
fn note_time(world: &World, seen: &mut Transcript) {
    let now = world.gate.around().clock.now_ms();
    seen.push(("time".into(), now.to_string().into()));
}

async fn question(world: &World, sql: &str, amount: &str, seen: &mut Transcript) {
    let options = QueryOptions {
        delta: (sql == KEYS).then(|| "1e-7".to_owned()),
        ..rho(amount)
    };
    let answer = world
        .gate
        .query(&id(QUESTIONS), sql, &options, Seconds(20), &key(OPERATOR))
        .await;
    let text = match answer {
        Ok(table) => format!("{table:?}"),
        Err(error) => format!("{error}\n{error:?}"),
    };
    seen.push((format!("asked {sql} for {amount}"), text.into()));
}

/// The agency's own: quality reports and stored versions.
async fn private(world: &World) -> Seen {
    let mut private = files(&world.root.join("home/data"));
    for report in world.gate.log().documents(QUALITY).await.unwrap() {
        let bytes = world.gate.log().document(QUALITY, &report).await.unwrap();
        private.insert(format!("report of {report}"), bytes.unwrap());
    }
    private
}

/// Loses the stored rows of `stays`, so that every later query on them fails.
async fn break_data(root: &Path, world: &World) {
    let version = world
        .gate
        .with_state(|state| state.published_version(&id("stays")).cloned())
        .await
        .unwrap();
    let part = root.join(format!("home/data/stays/{version}/part-00000.parquet"));
    std::fs::write(part, b"PAR1").unwrap();
}

/// The first place where two transcripts differ.
fn difference(one: &Transcript, two: &Transcript) -> Option<String> {
    for ((label, a), (other, b)) in one.iter().zip(two) {
        if label != other {
            return Some(format!("`{label}` against `{other}`"));
        }
        if let Some(at) = (0..a.len().max(b.len())).find(|at| a.get(*at) != b.get(*at)) {
            let near = |bytes: &[u8]| {
                let (from, to) = (at.saturating_sub(60), bytes.len().min(at + 60));
                String::from_utf8_lossy(&bytes[from.min(to)..to]).into_owned()
            };
            return Some(format!(
                "`{label}` at {at}: …{}… against …{}…",
                near(a),
                near(b)
            ));
        }
    }
    (one.len() != two.len()).then(|| "one is longer".to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_neighbouring_databases_an_operator_sees_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    // Each run happens at one place: an operator's paths do not change with the data.
    let root = dir.path().join("now");
    let everyone = Tables::of(PEOPLE);
    let tape = Arc::new(Mutex::new(Tape::default()));
    std::fs::create_dir(&root).unwrap();
    let recorder = Arc::new(Recorder(Arc::clone(&tape)));
    let first = run(&root, &everyone, recorder).await;
    std::fs::rename(&root, dir.path().join("first")).unwrap();
    check_story(&first);
    let recorded = Arc::into_inner(tape).unwrap().into_inner().unwrap();
    println!(
        "{} things seen, {} bytes; {} queries ran on data",
        first.seen.len(),
        first
            .seen
            .iter()
            .map(|(_, bytes)| bytes.len())
            .sum::<usize>(),
        recorded.executions
    );
    for person in PERSONS {
        let neighbours = everyone.without(person);
        let removed = everyone.visits.len() - neighbours.visits.len();
        let stays = everyone.stays.len() - neighbours.stays.len();
        assert!(removed > 0 && stays > 0, "a person in both datasets");
        let tape = Arc::new(Mutex::new(recorded.copy()));
        std::fs::create_dir(&root).unwrap();
        let player = Arc::new(Player(Arc::clone(&tape)));
        let second = run(&root, &neighbours, player).await;
        std::fs::rename(&root, dir.path().join(person.to_string())).unwrap();
        assert_eq!(
            difference(&first.seen, &second.seen),
            None,
            "person {person}"
        );
        let tape = tape.lock().unwrap();
        assert!(tape.is_used_up());
        assert_eq!(tape.executions, recorded.executions);
        check_private(&first.private, &second.private, removed + stays);
    }
}

/// The two databases do differ where the agency looks.
fn check_private(one: &Seen, two: &Seen, rows: usize) {
    assert!(one.keys().eq(two.keys()), "versions have the same names");
    let differs = |wanted: &str| {
        let found: Vec<_> = one
            .iter()
            .filter(|(name, bytes)| name.contains(wanted) && two.get(*name) != Some(bytes))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(found.len(), 2, "of visits and stays: {found:?}");
    };
    differs("report of");
    differs("manifest.json");
    differs(".parquet");
    let kept = |private: &Seen| -> u64 {
        let reports = private
            .iter()
            .filter(|(name, _)| name.contains("report of"));
        let reports =
            reports.map(|(_, bytes)| serde_json::from_slice::<serde_json::Value>(bytes).unwrap());
        reports
            .map(|report| report["rows_kept"].as_u64().unwrap())
            .sum()
    };
    assert_eq!(kept(one) - kept(two), rows as u64);
}

/// The story has what it is meant to have: answers, and an end of every kind.
fn check_story(run: &Run) {
    let text = |label: &str| {
        let found = run.seen.iter().filter(|(name, _)| name.starts_with(label));
        let texts: Vec<_> = found
            .map(|(_, b)| String::from_utf8_lossy(b).into_owned())
            .collect();
        texts
    };
    for (name, _) in jobs() {
        let outcome = &text(&format!("job {name}"))[0];
        let is_out = outcome.contains("Released");
        let is_good = ["good", "good-again", "rejected", "denied"].contains(&name);
        assert_eq!(is_out, is_good, "{name}: {outcome}");
    }
    let codes: Vec<String> = run
        .seen
        .iter()
        .filter(|(name, _)| name.ends_with("/codes.csv"))
        .map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap())
        .collect();
    for wanted in ["code\n0\n0\n", "code\n2\n0\n", "code\n0\n1\n"] {
        assert!(
            codes.iter().any(|text| text == wanted),
            "{wanted:?}: {codes:?}"
        );
    }
    let asked = text("asked ");
    let begins = |nth: usize, with: &str| assert!(asked[nth].starts_with(with), "{}", asked[nth]);
    (0..5).for_each(|nth| begins(nth, "Table"));
    assert_eq!(asked[0], asked[1], "the stored release");
    assert!(asked[2].contains("note "), "no key passed: {}", asked[2]);
    (5..7).for_each(|nth| {
        let is_rejected = ["Rejected", "Statement(Rejection"];
        let found = is_rejected.iter().any(|text| asked[nth].contains(text));
        assert!(found, "{}", asked[nth]);
    });
    assert!(
        asked[7].contains(&format!("{:?}", Code::OverGradeLimit)),
        "{}",
        asked[7]
    );
    (8..12).for_each(|nth| begins(nth, "the question failed\n"));
    assert!(
        asked[12].contains(&format!("{:?}", Code::Frozen)),
        "{}",
        asked[12]
    );
}
