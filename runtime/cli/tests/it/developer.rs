//! The developer's path: a bundle, a key, and neither home nor checkout.

use crate::support::{Site, answer, example, files, guests, irongate};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// The command as on a developer's machine: a user's home with nothing in it, no gate's home, temporary
/// files in a folder that can be looked at.
fn developer(folder: &Path, words: &[&str]) -> Command {
    let mut command = irongate(folder);
    let home = std::env::var("HOME").unwrap();
    for (name, inside) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let place = std::env::var(name).unwrap_or_else(|_| format!("{home}/{inside}"));
        command.env(name, place);
    }
    for name in ["user", "tmp"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    command
        .env("HOME", folder.join("user"))
        .env("TMPDIR", folder.join("tmp"))
        .env("IRONGATE_GUEST_TARGET_DIR", guests())
        .args(words);
    command
}

fn ok(folder: &Path, words: &[&str]) -> Value {
    let (code, document) = answer(&mut developer(folder, words));
    assert_eq!(code, 0, "{words:?}: {document}");
    document["data"].clone()
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_job_is_made_built_tried_and_packed_with_a_bundle_alone_and_the_gate_takes_it() {
    let site = Site::granted();
    let (size, left) = (site.log_size(), site.left());
    let machine = tempfile::tempdir().unwrap();
    let folder = machine.path();
    for file in ["care-planning.bundle", "operator.key"] {
        std::fs::copy(site.path(file), folder.join(file)).unwrap();
    }
    let made = ok(
        folder,
        &["job", "new", "count", "--bundle", "care-planning.bundle"],
    );
    assert_eq!(
        (&made["dataset"], &made["placeholder"]),
        (&json!("rwm5yr"), &json!(false))
    );
    // Not a word of this checkout is in the project: the SDK came out of the command.
    let checkout = crate::support::checkout();
    let checkout = checkout.to_str().unwrap();
    for file in files(&folder.join("count")) {
        let text = String::from_utf8(std::fs::read(&file).unwrap()).unwrap();
        assert!(!text.contains(checkout), "{}", file.display());
    }
    replace(
        &folder.join("count/irongate.toml"),
        "deadline = \"15s\"",
        "deadline = \"6s\"",
    );
    let built = ok(folder, &["job", "build", "count"]);
    let checked = ok(folder, &["job", "check", "count"]);
    assert_eq!(
        (&checked["problems"], &checked["bundle"]),
        (&json!([]), &json!(true))
    );
    assert_eq!(checked["digest"], built["digest"]);

    let tried = ok(folder, &["job", "test", "count"]);
    assert_eq!(
        (&tried["synthetic"], &tried["spent"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(tried["state"], "released");
    assert_eq!(tried["outputs"][0]["columns"][1], json!(["n", "released"]));
    assert!(tried["would_spend"]["patient"]["rho"].as_u64().unwrap() > 0);
    let told = crate::support::said(&mut developer(folder, &["job", "test", "count"]));
    for part in [
        "synthetic twin",
        "Nothing was spent",
        "invented rows",
        "95 % noise interval",
    ] {
        assert!(told.stdout.contains(part), "{part}: {told:?}");
    }
    let left_behind: Vec<_> = std::fs::read_dir(folder.join("tmp")).unwrap().collect();
    assert!(left_behind.is_empty(), "the twin is gone: {left_behind:?}");

    ok(
        folder,
        &[
            "job",
            "pack",
            "count",
            "--key",
            "operator.key",
            "--out",
            "count.igj",
        ],
    );
    assert_eq!(
        (site.log_size(), site.left()),
        (size, left),
        "all of it cost nothing"
    );
    std::fs::copy(folder.join("count.igj"), site.path("count.igj")).unwrap();
    let submitted = site.ok(&["job", "submit", "count.igj"]);
    let job = submitted["job"].as_str().unwrap();
    assert_eq!(site.ok(&["job", "show", job])["component"], built["digest"]);
    for key in ["agency.key", "provider.key"] {
        site.ok(&["job", "approve", job, "--key", key]);
    }
    let ran = site.ok(&["job", "run", job, "--key", "agency.key"]);
    assert_eq!(
        ran["state"], "released",
        "what was tried on the twin runs on the data"
    );
}

/// What a trial of the example on this bundle tells.
fn tried(bundle: &Path, words: &[&str]) -> Value {
    let machine = tempfile::tempdir().unwrap();
    let job = machine.path().join("job");
    example(&job);
    std::fs::copy(bundle, job.join("irongate.bundle.json")).unwrap();
    ok(machine.path(), &[&["job", "test", "job"], words].concat())
}

#[test]
fn the_twin_is_made_from_the_bundle_alone_and_its_noise_is_productions() {
    let site = Site::granted();
    let bundle = site.path("care-planning.bundle");
    let once = tried(&bundle, &[]);
    let twin = &once["twin"]["rwm5yr"];
    assert!(twin["rows"].as_u64().unwrap() > 1000, "{twin}");

    // The same bundle, the same rows; but noise is drawn anew.
    let again = tried(&bundle, &[]);
    assert_eq!(&again["twin"]["rwm5yr"], twin);
    assert_ne!(again["outputs"], once["outputs"]);
    assert_ne!(&tried(&bundle, &["--seed", "2"])["twin"]["rwm5yr"], twin);

    // A gate with other rows gives the same twin: the bundle says nothing of them.
    let other = Site::granted();
    let rows = std::fs::read_to_string(other.path("rwm5yr.csv")).unwrap();
    let fewer: Vec<&str> = rows.lines().take(500).collect();
    other.write("rwm5yr.csv", &fewer.join("\n"));
    let draft = other.ok(&["catalog", "ingest", "rwm5yr.csv", "--spec", "spec.toml"]);
    let change = draft["change"].as_str().unwrap();
    for key in ["provider.key", "regulator.key"] {
        other.ok(&[
            "catalog", "consent", "rwm5yr", "--change", change, "--key", key,
        ]);
    }
    other.ok(&[
        "catalog",
        "publish",
        "rwm5yr",
        "--batch",
        "2026-2",
        "--key",
        "agency.key",
    ]);
    let words = [
        "catalog",
        "bundle",
        "--scenario",
        "care-planning",
        "--out",
        "fewer.bundle",
    ];
    other.ok(&words);
    assert_eq!(
        &tried(&other.path("fewer.bundle"), &[])["twin"]["rwm5yr"],
        twin
    );

    // No gate at all: specs and scenario written down by hand. Another bound gives other rows.
    let text = std::fs::read_to_string(&bundle).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let mut by_hand = json!({"scenario": whole["scenario"], "datasets": whole["datasets"]});
    other.write("by-hand.bundle", &by_hand.to_string());
    assert_eq!(
        &tried(&other.path("by-hand.bundle"), &[])["twin"]["rwm5yr"],
        twin
    );
    let columns = by_hand["datasets"][0]["columns"].as_array_mut().unwrap();
    let visits = columns
        .iter_mut()
        .find(|column| column["name"] == "docvis")
        .unwrap();
    assert_eq!(visits["bounds"]["hi"], "60", "{visits}");
    visits["bounds"]["hi"] = json!("59");
    other.write("by-hand.bundle", &by_hand.to_string());
    assert_ne!(
        &tried(&other.path("by-hand.bundle"), &[])["twin"]["rwm5yr"],
        twin
    );

    // Production noise: what the trial says it would cost is what the gate would charge for the same
    // question, and the intervals are as wide as noise of that cost makes them.
    let sql = "SELECT year, edlevel, AVG(docvis) AS mean_visits FROM rwm5yr GROUP BY year, edlevel";
    let explained = site.ok(&[
        "explain",
        sql,
        "--scenario",
        "care-planning",
        "--rho",
        "0.04",
        "--max-groups-per-unit",
        "5",
        "--max-rows-per-group",
        "1",
    ]);
    assert_eq!(once["would_spend"], explained["charges"]);
    let sum = &explained["releases"][0]["mechanisms"];
    let sum = sum.as_array().unwrap().iter();
    let errors: Vec<f64> = sum.map(|sum| sum["error_95"].as_f64().unwrap()).collect();
    assert_eq!(errors.len(), 2, "a sum and a count: {explained}");
    let (sum_error, count_error) = (errors[0].max(errors[1]), errors[0].min(errors[1]));
    let rows = once["outputs"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 20);
    for row in rows {
        let of = |name: &str| row[name].as_f64().unwrap();
        let half = of("mean_visits_high95") - of("mean_visits");
        // 2000 units with up to 5 rows each over 20 groups: about 300 rows a group, of mean 30. The count's
        // own noise may take more than half of them away.
        let most = (sum_error + 60.0 * count_error) / 100.0;
        let least = sum_error / 600.0 / 2.0;
        assert!(
            (least..most).contains(&half),
            "{least} < {half} < {most}: {row}"
        );
    }
}

#[test]
fn a_job_that_the_gate_would_not_let_through_fails_on_its_twin_and_says_why() {
    let site = Site::granted();
    let machine = tempfile::tempdir().unwrap();
    let job = machine.path().join("job");
    example(&job);
    std::fs::copy(
        site.path("care-planning.bundle"),
        job.join("irongate.bundle.json"),
    )
    .unwrap();
    let manifest = std::fs::read_to_string(job.join("irongate.toml")).unwrap();
    for (from, to, code, part) in [
        ("cap = \"0.05\"", "cap = \"0.01\"", 4, "budget-exhausted"),
        (
            "\"edlevel\", \"docvis\"]",
            "\"edlevel\"]",
            4,
            "undeclared-read",
        ),
        (
            "max_rows = 20",
            "max_rows = 19",
            4,
            "more rows than the 19 declared",
        ),
        ("cap = \"0.05\"", "cap = \"0.3\"", 3, "over-grade-limit"),
        (
            "deadline = \"6s\"",
            "deadline = \"7200s\"",
            3,
            "over-grade-limit",
        ),
    ] {
        assert!(manifest.contains(from), "{from}");
        std::fs::write(job.join("irongate.toml"), manifest.replace(from, to)).unwrap();
        let (found, document) = answer(&mut developer(machine.path(), &["job", "test", "job"]));
        assert_eq!(found, code, "{document}");
        assert!(document.to_string().contains(part), "{part}: {document}");
    }
}
