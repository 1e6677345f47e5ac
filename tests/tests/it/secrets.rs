//! A planted secret appears nowhere but in the stored data.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray, Int64Array, RecordBatch, StringArray};
use irongate_gate::{GateError, start_trace};
use irongate_policy::DatasetId;
use irongate_policy::manifest::Seconds;
use irongate_policy::request::{ChangeRef, Consent, Publish};
use irongate_policy::state::Dataset;
use irongate_sandbox::table::Table;
use parquet::arrow::ArrowWriter;

use crate::data::{Tables, Visit, specs};
use crate::end_to_end::{DAYS, MEANS, good_steps};
use crate::guest::{Step, ask};
use crate::search::texts_in;
use crate::visible::{Seen, files, operators_view, rho};
use crate::world::{AGENCY, OPERATOR, PROVIDER, QUESTIONS, Size, World, id, key};

/// A text, a measure within its bounds (as written, and as stored), one far outside, a person's id.
const TEXT: &str = "朱雀-secret-7f3a";
const FEE: &str = "831746295.17";
const FEE_STORED: &str = "83174629517";
const OUTLIER: u32 = 918_273_645;
const PERSON: u32 = 4_182_917_306;

fn secrets() -> Vec<String> {
    let numbers = [OUTLIER, PERSON].map(|number| number.to_string());
    let texts = [TEXT, FEE, FEE_STORED].map(str::to_owned);
    texts.into_iter().chain(numbers).collect()
}

/// Everyone, and a person who is nothing but secrets.
fn tables() -> Tables {
    let mut tables = Tables::of(100);
    for year in [1984, 1985] {
        tables.visits.push(Visit {
            id: PERSON,
            year,
            level: 1,
            visits: OUTLIER,
            fee: FEE.into(),
            note: TEXT.into(),
        });
        tables.stays.push((PERSON, year, OUTLIER));
    }
    tables
}

/// Files that are refused, each with the secret where the fault is.
fn refused_files() -> Vec<(&'static str, String)> {
    let head = "id,year,level,visits,fee,note\n";
    let file = |row: &str| format!("{head}1,1984,1,2,3.00,fine\n{row}\n2,1984,1,2,3.00,fine\n");
    vec![
        (
            "text for a number",
            file(&format!("3,1984,{TEXT},2,3.00,x")),
        ),
        ("a number for a year", file(&format!("3,{FEE},1,2,3.00,x"))),
        ("text for a decimal", file(&format!("3,1984,1,2,{TEXT},x"))),
        (
            "text for a person",
            file(&format!("{TEXT},1984,1,2,3.00,x")),
        ),
        (
            "a field too many",
            file(&format!("3,1984,1,2,3.00,x,{TEXT}")),
        ),
        ("a field too few", file(&format!("{PERSON},1984,{FEE}"))),
        ("an open quote", file(&format!("3,1984,1,2,3.00,\"{TEXT}"))),
        (
            "an undeclared column",
            format!("{TEXT},{head}1,1,1984,1,2,3.00,x\n"),
        ),
        (
            "a column named twice",
            format!("note,{head}{TEXT},1,1984,1,2,3.00,x\n"),
        ),
        ("no header", format!("{PERSON},1984,1,2,{FEE},{TEXT}\n")),
    ]
}

fn said(answer: Result<impl std::fmt::Debug, GateError>) -> Vec<u8> {
    match answer {
        Ok(good) => format!("{good:?}"),
        Err(error) => format!("{error}\n{error:?}"),
    }
    .into()
}

/// Refused files, and what the provider and the agency were told.
async fn refuse(world: &World, seen: &mut Seen) {
    let [(_, visits), ..] = specs("2.0");
    for (what, text) in refused_files() {
        let answer = world.ingest("visits", &visits, &text).await;
        assert!(
            matches!(answer, Err(GateError::Rejected(_))),
            "{what}: {answer:?}"
        );
        seen.insert(format!("refused: {what}"), said(answer));
    }
    let lines = visits.replace("\"csv\"", "\"jsonl\"");
    for (what, text) in [
        ("a line cut short", format!("{{\"id\":1,\"note\":\"{TEXT}")),
        (
            "a text for a number",
            format!("{{\"id\":1,\"year\":\"{TEXT}\"}}\n"),
        ),
        ("an undeclared key", format!("{{\"id\":1,\"{TEXT}\":2}}\n")),
    ] {
        let answer = world.ingest("visits", &lines, &text).await;
        assert!(answer.is_err(), "{what}: {answer:?}");
        seen.insert(format!("refused line: {what}"), said(answer));
    }
    // Bytes that are no text.
    let path = world.root.join("visits.csv");
    let mut bytes = b"id,year,level,visits,fee,note\n3,1984,1,2,3.00,".to_vec();
    bytes.extend_from_slice(&[TEXT.as_bytes(), b"\xff\xfe\n"].concat());
    std::fs::write(&path, bytes).unwrap();
    let spec = irongate_policy::dataset::DatasetSpec::from_toml(&visits).unwrap();
    let answer = world.gate.ingest(&path, spec, |_| {}).await;
    let answer = answer.map(|(draft, ..)| draft);
    assert!(answer.is_err());
    seen.insert("refused: not UTF-8".into(), said(answer));
}

async fn question(world: &World, sql: &str, amount: &str) -> Result<Table, GateError> {
    let scenario = id(QUESTIONS);
    let options = rho(amount);
    world
        .gate
        .query(&scenario, sql, &options, Seconds(20), &key(OPERATOR))
        .await
}

/// Jobs and questions of every end. Answers are added to what is seen.
async fn work(world: &World, seen: &mut Seen) {
    let jobs = [
        ("good", good_steps()),
        ("traps", vec![ask(MEANS, "0.011", 5), Step::Trap]),
        (
            "fails",
            vec![ask(DAYS, "0.012", 5), Step::Tell, Step::Fail("no")],
        ),
        (
            "rejected",
            vec![ask("SELECT note FROM visits", "0.01", 5), Step::Codes],
        ),
    ];
    for (name, steps) in jobs {
        let outcome = world.job(name, &steps).await;
        seen.insert(format!("job {name}"), format!("{outcome:?}").into());
    }
    for (sql, amount) in [
        (MEANS, "0.02"),
        (MEANS, "0.02"),
        (
            "SELECT SUM(fee) AS fees FROM visits WHERE visits > 59",
            "0.01",
        ),
        ("SELECT MIN(note) AS first FROM visits", "0.01"),
        (DAYS, "0.2"),
    ] {
        let answer = question(world, sql, amount).await;
        seen.insert(format!("asked {sql} for {amount}"), said(answer));
    }
    // Constants are the asker's own words: the answers may hold them, nothing that is kept may.
    for sql in [
        format!("SELECT COUNT(*) AS n FROM visits WHERE note = '{TEXT}'"),
        format!("SELECT COUNT(*) AS n FROM visits WHERE fee > {FEE}"),
        format!("SELECT COUNT(*) AS n FROM visits WHERE level = '{TEXT}'"),
        format!("SELECT note, '{TEXT}' AS t FROM visits"),
        format!("SELECT COUNT(*) AS n FROM visits WHERE CAST('{TEXT}' AS BIGINT) = {PERSON}"),
    ] {
        drop(question(world, &sql, "0.001").await);
    }
}

/// What writes another file in the place of a stored one.
type Spoil = fn(&Path);

/// Puts stored files in place that no ingest would have written, with secrets where the engine trips.
async fn spoil(world: &World, seen: &mut Seen) {
    let version = |name: &'static str| {
        let gate = Arc::clone(&world.gate);
        let root = world.root.clone();
        async move {
            let dataset = id(name);
            let version = gate.with_state(|state| state.published_version(&dataset).cloned());
            root.join("home/data")
                .join(name)
                .join(version.await.unwrap().as_str())
        }
    };
    let (visits, stays) = (version("visits").await, version("stays").await);
    let spoiled: [(&str, Spoil); 3] = [
        ("no Parquet", |part| {
            std::fs::write(part, TEXT.repeat(50)).unwrap()
        }),
        ("texts for numbers", write_texts),
        ("short units", write_numbers),
    ];
    for (nth, (what, spoil)) in spoiled.into_iter().enumerate() {
        spoil(&stays.join("part-00000.parquet"));
        let answer = question(world, DAYS, &format!("0.001{nth}")).await;
        assert!(answer.is_err(), "{what}: {answer:?}");
        seen.insert(format!("spoiled: {what}"), said(answer));
    }
    std::fs::remove_file(visits.join("part-00000.parquet")).unwrap();
    let steps = [ask(MEANS, "0.013", 5), Step::Codes];
    let outcome = world.job("spoiled", &steps).await;
    seen.insert("job spoiled".into(), format!("{outcome:?}").into());
}

fn write(part: &Path, columns: [(&str, ArrayRef); 3]) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(part).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn write_texts(part: &Path) {
    let unit = FixedSizeBinaryArray::try_from_iter([[1_u8; 16]].iter()).unwrap();
    let text = || -> ArrayRef { Arc::new(StringArray::from(vec![TEXT])) };
    write(
        part,
        [("unit", Arc::new(unit)), ("year", text()), ("days", text())],
    );
}

/// Pseudonyms of another length.
fn write_numbers(part: &Path) {
    let unit = FixedSizeBinaryArray::try_from_iter([[9_u8; 15], [1; 15]].iter()).unwrap();
    let number = || -> ArrayRef { Arc::new(Int64Array::from(vec![i64::from(PERSON); 2])) };
    write(
        part,
        [
            ("unit", Arc::new(unit)),
            ("year", number()),
            ("days", number()),
        ],
    );
}

/// Publishes a second version, all of its rows secrets; its report says how many were out of range.
async fn second_version(world: &World) {
    let mut everyone = tables().stays;
    let all = Tables {
        stays: everyone.split_off(everyone.len() - 2),
        ..Tables::default()
    };
    let [_, (_, spec), _] = specs("2.0");
    let ChangeRef { dataset, change } = world
        .ingest("stays", &spec, &all.stays_csv())
        .await
        .unwrap();
    for party in [PROVIDER, "health-commission"] {
        let dataset = dataset.clone();
        world.ok(party, Consent { dataset, change }).await;
    }
    let changes = vec![ChangeRef { dataset, change }];
    let batch = id("second");
    world.ok(AGENCY, Publish { batch, changes }).await;
}

/// A refused file leaves nothing behind: every folder under `data/` is a version in the log.
async fn check_folders(world: &World) {
    let versions = world.gate.with_state(|state| {
        let of = |(name, dataset): (&DatasetId, &Dataset)| {
            let versions = dataset.versions.keys();
            versions
                .map(|version| format!("{name}/{version}"))
                .collect::<Vec<_>>()
        };
        state.datasets.iter().flat_map(of).collect::<BTreeSet<_>>()
    });
    let data = world.root.join("home/data");
    let folders = |path: &Path| {
        let entries = std::fs::read_dir(path).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let mut stored = BTreeSet::new();
    for version in folders(&data).iter().flat_map(|dataset| folders(dataset)) {
        let name = version.strip_prefix(&data).unwrap().to_str().unwrap();
        stored.insert(name.to_owned());
    }
    assert_eq!(stored, versions.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_secret_appears_in_nothing_but_the_stored_data() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let size = Size {
        residual_failures: 100,
        ..Size::default()
    };
    let traced = |gate: irongate_gate::Gate| {
        start_trace(gate.home()).unwrap();
        gate
    };
    let world = World::make_with(root, &tables(), &size, traced).await;
    let mut seen = Seen::new();
    refuse(&world, &mut seen).await;
    work(&world, &mut seen).await;
    second_version(&world).await;
    spoil(&world, &mut seen).await;
    let view = operators_view(&world, &root.join("view")).await;
    check_folders(&world).await;
    world.close().await;
    seen.extend(view);

    let home = files(&root.join("home"));
    let (data, kept): (Seen, Seen) = home
        .into_iter()
        .partition(|(name, _)| name.starts_with("data/"));
    for wanted in ["log.sqlite", "agency.log", "origin"] {
        assert!(!kept[wanted].is_empty(), "{wanted}");
    }
    let trace = String::from_utf8(kept["agency.log"].clone()).unwrap();
    for step in [
        "ingest", "check", "reserve", "execute", "release", "run", "failed",
    ] {
        assert!(trace.contains(step), "the trace says nothing of `{step}`");
    }
    println!(
        "{} bytes of the home outside data/ ({} of the trace), {} bytes of answers and exports",
        kept.values().map(Vec::len).sum::<usize>(),
        trace.len(),
        seen.values().map(Vec::len).sum::<usize>(),
    );
    let secrets = secrets();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    assert_eq!(texts_in(&kept, &secrets), [""; 0], "kept in the home");
    assert_eq!(texts_in(&seen, &secrets), [""; 0], "shown");

    // The search finds them where they are: in the sources, and in whatever form they are written.
    let sources = Seen::from([("source".to_owned(), tables().visits_csv().into_bytes())]);
    assert!(texts_in(&sources, &secrets).len() >= 4);
    assert!(!data.is_empty());
    for form in [const_hex::encode(TEXT), base64_of(&format!("xx{TEXT}yy"))] {
        let planted = Seen::from([("planted".to_owned(), format!("..{form}..").into_bytes())]);
        assert!(!texts_in(&planted, &[TEXT]).is_empty(), "{form}");
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
