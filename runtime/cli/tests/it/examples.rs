//! The examples with mappers: their own tests, as their authors run them; what is built; what reviewers see of it; and the
//! job on its twin.

use crate::support::{answer, checkout, guests, irongate};
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::manifest::JobManifest;
use irongate_policy::scenario::Scenario;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs a project's native tests.
fn cargo_test(project: &Path) {
    let mut cargo = Command::new("cargo");
    let words = [
        "test",
        "--quiet",
        "--locked",
        "--offline",
        "--color",
        "never",
    ];
    let output = cargo
        .current_dir(project)
        .args(words)
        .arg("--target-dir")
        .arg(guests())
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}{}",
        said(&output.stdout),
        said(&output.stderr)
    );
    assert!(
        said(&output.stdout).contains(" passed; 0 failed"),
        "{project:?}"
    );
}

/// The answer of a command that ends well.
fn data(command: &mut Command) -> Value {
    let (code, mut document) = answer(command);
    assert_eq!(code, 0, "{document}");
    document["data"].take()
}

/// Builds an example and puts what is built into `folder`, beside a bundle of its dataset.
fn with_bundle(project: &Path, mapper: &str, folder: &Path) -> JobManifest {
    let built = data(irongate(project).args(["job", "build", "."]));
    assert!(
        built["mappers"][mapper]["bytes"].as_u64().unwrap() > 1_000,
        "{built}"
    );
    let text = std::fs::read_to_string(project.join("irongate.toml")).unwrap();
    let manifest = JobManifest::parse(&text).unwrap();
    let component = &manifest.mappers[mapper].component;
    for file in ["irongate.toml", &manifest.job.component, component] {
        std::fs::copy(project.join(file), folder.join(file)).unwrap();
    }
    let own = project.join("dataset.toml");
    let spec = match own.exists() {
        true => std::fs::read_to_string(own).unwrap(),
        false => include_str!("../../../../fixtures/rwm5yr/spec.toml").to_owned(),
    };
    let spec = DatasetSpec::from_toml(&spec).unwrap();
    let scenario = include_str!("../../../../fixtures/demo/scenario.toml");
    let mut scenario = Scenario::parse(scenario).unwrap();
    scenario.id = manifest.job.scenario.clone();
    scenario.datasets = vec![spec.name.clone()];
    let bundle = serde_json::json!({ "format": 1, "scenario": scenario, "datasets": [spec] });
    std::fs::write(folder.join("irongate.bundle.json"), bundle.to_string()).unwrap();
    manifest
}

#[test]
fn examples_with_mappers_build_fit_and_run_on_their_twins() {
    for (name, mapper) in [
        ("health-risk", "risk"),
        ("care-model", "model"),
        ("complaint-topics", "topic"),
        ("trip-chains", "chains"),
    ] {
        let project = checkout().join("examples").join(name);
        cargo_test(&project);
        cargo_test(&project.join("mappers").join(mapper));
        let dir = tempfile::tempdir().unwrap();
        let manifest = with_bundle(&project, mapper, dir.path());
        let checked = data(irongate(dir.path()).args(["job", "check", "."]));
        let seen = &checked["mappers"][mapper];
        assert_eq!(seen["imports"], serde_json::json!([]), "{seen}");
        assert!(
            seen["code"]["initial_memory_bytes"].as_u64().unwrap() <= 131_072,
            "{seen}"
        );
        let calls = &seen["calls"];
        assert!(calls["units"].as_u64().unwrap() > 0, "{name}: {calls}");
        assert_eq!(calls["defaults"], serde_json::json!({}), "{name}: {calls}");
        let (p50, p99) = (&calls["fuel_p50"], calls["fuel_p99"].as_u64().unwrap());
        assert!(p50.as_u64().unwrap() > 0, "{name}: {calls}");
        // Twice as much as nearly all need, and yet not what anything needs.
        assert!(2 * p99 < manifest.mappers[mapper].fuel, "{name}: {calls}");
        let tried = data(irongate(dir.path()).args(["job", "test", "."]));
        assert_eq!(tried["state"], "released", "{name}: {tried}");
        assert_eq!(
            tried["mappers"][mapper]["defaults"],
            serde_json::json!({}),
            "{name}: {tried}"
        );
    }
}

#[test]
fn a_mapper_of_other_columns_is_refused() {
    let project = checkout().join("examples/health-risk");
    let dir = tempfile::tempdir().unwrap();
    with_bundle(&project, "risk", dir.path());
    let path = dir.path().join("irongate.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    // One that reads a person's rows, where it would be called for blocks of persons; they give numbers alone.
    let trend = text.lines().find(|line| line.contains("trend\", keys"));
    let number = r#"  { name = "trend", bounds = ["0", "2"], resolution = "1", default = "1" },"#;
    let of_blocks = text.replace(trend.unwrap(), number);
    let of_blocks = of_blocks.replace("max_rows = 5", "max_rows = 5\nblocks = 4");
    for (from, to, said) in [
        (
            text.as_str(),
            of_blocks.as_str(),
            "does not read the columns of its input",
        ),
        (
            "year, age, docvis, hospvis FROM",
            "year, age, docvis FROM",
            "does not read the columns of its input",
        ),
        (
            "year, age, docvis, hospvis FROM",
            "age, year, docvis, hospvis FROM",
            "does not read the columns of its input",
        ),
        (
            "SELECT year, age, docvis, hospvis FROM rwm5yr",
            "SELECT COUNT(*) AS n FROM rwm5yr",
            "input without private rows",
        ),
        ("docvis, hospvis FROM", "docvis, teeth FROM", "teeth"),
        (
            "  { name = \"score\"",
            "  { name = \"more\", bounds = [\"0\", \"1\"], resolution = \"1\", default = \"0\" },\n  { name = \"score\"",
            "another count of numbers",
        ),
    ] {
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        for command in ["check", "test"] {
            let (code, refused) = answer(irongate(dir.path()).args(["job", command, "."]));
            assert_eq!(code, 4, "{command} {to}: {refused}");
            assert!(
                refused.to_string().contains(said),
                "{command} {to}: {refused}"
            );
        }
    }
}
