//! No operator-visible byte is a digest of row contents.

use std::path::Path;

use arrow::array::{Array as _, AsArray as _};
use irongate_ingest::Manifest;
use irongate_policy::manifest::Seconds;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::data::{Tables, specs};
use crate::end_to_end::{DAYS, MEANS, good_steps};
use crate::search::Heads;
use crate::visible::{Seen, files, operators_view, rho};
use crate::world::{OPERATOR, QUESTIONS, Size, World, id, key};

/// Digests of a table's text: of every row and cell as they are written, of every column.
fn of_text(heads: &mut Heads, name: &str, text: &str) {
    heads.digest_of(text.as_bytes(), format!("the file of {name}"));
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    for (line, cells) in text.lines().zip(&rows) {
        for end in ["", "\n", "\r\n"] {
            heads.digest_of(
                format!("{line}{end}").as_bytes(),
                format!("a row of {name}"),
            );
        }
        for between in ["", "|", "\t", "\0", "\x1f", ";", " "] {
            heads.digest_of(cells.join(between).as_bytes(), format!("a row of {name}"));
        }
        let named: serde_json::Map<String, serde_json::Value> = rows[0]
            .iter()
            .zip(cells)
            .map(|(column, cell)| ((*column).to_owned(), (*cell).into()))
            .collect();
        for json in [serde_json::json!(cells), serde_json::Value::Object(named)] {
            heads.digest_of(json.to_string().as_bytes(), format!("a row of {name}"));
        }
        for cell in cells {
            heads.digest_of(cell.as_bytes(), format!("a cell of {name}"));
        }
    }
    for (nth, column) in rows[0].iter().enumerate() {
        let mut cells: Vec<&str> = rows[1..].iter().map(|cells| cells[nth]).collect();
        for _ in 0..2 {
            for between in ["", ",", "\n", "\0"] {
                let joined = cells.join(between);
                heads.digest_of(joined.as_bytes(), format!("column {column} of {name}"));
                heads.digest_of(
                    format!("{joined}{between}").as_bytes(),
                    format!("column {column} of {name}"),
                );
            }
            // And again in order.
            cells.sort_unstable();
        }
    }
}

/// Digests of every file under `data/`, and what they hold: pseudonyms, and the digests of manifests.
fn of_stored(heads: &mut Heads, data: &Path) {
    for (name, bytes) in files(data) {
        heads.digest_of(&bytes, format!("the stored {name}"));
        if name.ends_with(".parquet") {
            of_units(heads, &data.join(&name), &name);
        }
        if name.ends_with("manifest.json") {
            let manifest: Manifest = serde_json::from_slice(&bytes).unwrap();
            for file in &manifest.files {
                let digest = const_hex::decode(&file.sha256).unwrap();
                heads.add(&digest, format!("a digest in {name}"));
            }
            let blinding = const_hex::decode(&manifest.blinding).unwrap();
            heads.add(&blinding, format!("the blinding in {name}"));
        }
    }
}

fn of_units(heads: &mut Heads, path: &Path, name: &str) {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    for batch in reader {
        let batch = batch.unwrap();
        let Some(column) = batch.column_by_name("unit") else {
            continue;
        };
        let units = column.as_binary::<i32>();
        for row in 0..units.len() {
            heads.add(units.value(row), format!("a pseudonym in {name}"));
            heads.digest_of(units.value(row), format!("a pseudonym in {name}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operator_visible_byte_is_a_digest_of_row_contents() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let tables = Tables::of(100);
    let world = World::make(root, &tables, &Size::default()).await;
    let mut seen = Seen::new();
    let outcome = world.job("good", &good_steps()).await;
    seen.insert("job".into(), format!("{outcome:?}").into());
    for (sql, amount) in [
        (MEANS, "0.02"),
        (DAYS, "0.01"),
        ("SELECT note FROM visits", "0.01"),
    ] {
        let scenario = id(QUESTIONS);
        let answer = world
            .gate
            .query(&scenario, sql, &rho(amount), Seconds(20), &key(OPERATOR))
            .await;
        seen.insert(format!("asked {sql}"), format!("{answer:?}").into());
    }
    seen.extend(operators_view(&world, &root.join("view")).await);
    world.close().await;

    let mut heads = Heads::default();
    of_text(&mut heads, "visits", &tables.visits_csv());
    of_text(&mut heads, "stays", &tables.stays_csv());
    of_stored(&mut heads, &root.join("home/data"));
    let bytes: usize = seen.values().map(Vec::len).sum();
    println!(
        "{} digests looked for in {bytes} bytes of {} things seen",
        heads.len(),
        seen.len()
    );
    let found = heads.found_in(&seen);
    assert!(found.is_empty(), "{found:#?}");
    check_the_search(&heads, &tables);
}

/// A digest is found in every form, whole or cut to half.
fn check_the_search(heads: &Heads, tables: &Tables) {
    use base64::Engine as _;
    let row = tables.visits_csv().lines().nth(7).unwrap().to_owned();
    let digest = irongate_policy::Digest::of(row.as_bytes());
    let digest = digest.as_bytes();
    let standard = base64::engine::general_purpose::STANDARD.encode(digest);
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
    let hex = const_hex::encode(digest);
    for form in [
        digest.to_vec(),
        digest[..16].to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.as_bytes()[..32].to_vec(),
        hex.into_bytes(),
        standard.into_bytes(),
        url.into_bytes(),
    ] {
        let around = [b"\"id\":\"", &form[..], b"\"}"].concat();
        let seen = Seen::from([("planted".to_owned(), around)]);
        let found: Vec<_> = heads.found_in(&seen).into_iter().collect();
        assert_eq!(
            found,
            ["a row of visits: planted"],
            "{}",
            String::from_utf8_lossy(&form)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_content_is_committed_to_differently_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let tables = Tables::of(50);
    let world = World::make(root, &tables, &Size::default()).await;
    let [_, (_, spec), _] = specs("2.0");
    world
        // The same file again would be the same draft: the same rows in another file.
        .ingest("stays", &spec, &tables.stays_csv().replace('\n', "\r\n"))
        .await
        .unwrap();
    let versions = world.gate.with_state(|state| {
        let dataset = &state.datasets[&id("stays")];
        let changes = dataset.changes.values();
        changes
            .map(|change| (change.draft.version.clone(), change.draft.commitment))
            .collect::<Vec<_>>()
    });
    let versions = versions.await;
    world.close().await;
    let [(one, first), (two, second)] = versions.try_into().unwrap();
    let read = |version: &irongate_policy::VersionId| {
        Manifest::read(&root.join("home/data/stays").join(version.as_str())).unwrap()
    };
    let (one, two) = (read(&one), read(&two));
    assert_eq!(
        one.files, two.files,
        "the same rows are stored as the same bytes"
    );
    assert_ne!(first, second);
    assert_eq!(
        one.commitment().0,
        *first.as_bytes(),
        "the log commits to the manifest"
    );
    // The blinding alone makes the difference; and content does too, under one blinding.
    let mut other = one.clone();
    other.blinding = two.blinding.clone();
    assert_ne!(other.commitment(), one.commitment());
    let mut other = one.clone();
    other.files[0].sha256 = "0".repeat(64);
    assert_ne!(other.commitment(), one.commitment());
}
