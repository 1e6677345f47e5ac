#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use super::*;
use irongate_policy::dataset::DatasetSpec;
use std::process::Command;

fn bundle(dir: &Path) -> PathBuf {
    let spec = include_str!("../../../../fixtures/rwm5yr/spec.toml");
    let spec = DatasetSpec::from_toml(spec).unwrap();
    let path = dir.join("care.bundle.json");
    let scenario = include_str!("../../../../fixtures/demo/scenario.toml");
    let scenario = irongate_policy::scenario::Scenario::parse(scenario).unwrap();
    let bundle = serde_json::json!({ "format": 1, "scenario": scenario, "datasets": [spec] });
    std::fs::write(&path, bundle.to_string()).unwrap();
    path
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

fn cargo_test(project: &Path) {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(project)
        // As on a machine without a network: what cargo has is enough.
        .args([
            "test",
            "--quiet",
            "--locked",
            "--offline",
            "--color",
            "never",
            "--target-dir",
        ]);
    cargo.arg(
        std::env::var_os("IRONGATE_GUEST_TARGET_DIR")
            .map_or_else(|| project.join("target"), PathBuf::from),
    );
    let output = cargo.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn a_scaffold_tests_builds_and_passes_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = bundle(dir.path());
    for (name, bundle) in [
        ("with-bundle", Some(bundle.as_path())),
        ("without-bundle", None),
    ] {
        let made = new(name, dir.path(), bundle).unwrap();
        assert_eq!(made.placeholder, bundle.is_none());
        assert_eq!(
            made.dataset,
            if bundle.is_some() {
                "rwm5yr"
            } else {
                "my-dataset"
            }
        );
        cargo_test(&made.project);
        let built = build(&made.project).unwrap();
        let report = check(&made.project).unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
        assert_eq!(report.bundle, bundle.is_some());
        assert_eq!(report.digest, Some(built.digest));
    }
    // What stands against a job is listed all at once.
    let project = dir.path().join("with-bundle");
    replace(
        &project.join(MANIFEST),
        "scenario = \"care-planning\"",
        "scenario = \"other\"",
    );
    replace(
        &project.join(MANIFEST),
        "columns = [\"",
        "columns = [\"shoe_size\", \"",
    );
    std::fs::write(project.join("job.wasm"), b"\0asm\x01\0\0\0").unwrap();
    let report = check(&project).unwrap();
    assert!(!report.passed());
    let all = report.problems.join("\n");
    for part in [
        "job.wasm: this is a core module",
        "`other` is not the bundle's",
        "no column `shoe_size`",
    ] {
        assert!(all.contains(part), "{all}");
    }
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/visits-by-education");
    let first = build(&example).unwrap();
    let bytes = std::fs::read(&first.component).unwrap();
    // Compiled anew, not taken from cargo's target folder.
    let source = example.join("src/lib.rs");
    let now = std::fs::File::options().append(true).open(&source).unwrap();
    now.set_modified(
        std::fs::metadata(&first.component)
            .unwrap()
            .modified()
            .unwrap(),
    )
    .unwrap();
    let second = build(&example).unwrap();
    assert_eq!(first, second);
    assert_eq!(bytes, std::fs::read(&second.component).unwrap());
    assert!(check(&example).unwrap().passed());
    // The bytes tell nothing of the machine they were made on.
    let home = std::env::home_dir().unwrap();
    let home = home.to_str().unwrap().as_bytes();
    assert!(!bytes.windows(home.len()).any(|window| window == home));
}

#[test]
fn new_refuses_what_cannot_be() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "",
        "Upper",
        "a b",
        "../x",
        "1st",
        "-x",
        "fn",
        "std",
        "irongate-guest",
    ] {
        assert!(
            matches!(new(name, dir.path(), None), Err(DeveloperError::Name(_))),
            "{name}"
        );
    }
    std::fs::create_dir(dir.path().join("there")).unwrap();
    assert!(matches!(
        new("there", dir.path(), None),
        Err(DeveloperError::Exists(_))
    ));
    let no_bundle = dir.path().join("no.json");
    std::fs::write(&no_bundle, "{}").unwrap();
    assert!(matches!(
        new("job", dir.path(), Some(&no_bundle)),
        Err(DeveloperError::Bundle { .. })
    ));
    let scenario = include_str!("../../../../fixtures/demo/scenario.toml");
    let scenario = irongate_policy::scenario::Scenario::parse(scenario).unwrap();
    let empty = serde_json::json!({ "scenario": scenario, "datasets": [] });
    std::fs::write(&no_bundle, empty.to_string()).unwrap();
    assert!(matches!(
        new("job", dir.path(), Some(&no_bundle)),
        Err(DeveloperError::NothingToCount)
    ));
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        2,
        "nothing is left behind"
    );
}

#[test]
fn build_and_check_say_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let project = new("broken", dir.path(), None).unwrap().project;
    assert!(check(&project).unwrap().problems[0].contains("irongate job build"));
    replace(&project.join("src/lib.rs"), ".table()?", ".tables()?");
    match build(&project) {
        Err(DeveloperError::Compile(text)) => {
            assert!(text.contains("no method named `tables`"), "{text}")
        }
        other => panic!("{other:?}"),
    }
    replace(
        &project.join(MANIFEST),
        "component = \"job.wasm\"",
        "component = \"../job.wasm\"",
    );
    assert!(matches!(
        build(&project),
        Err(DeveloperError::Manifest { .. })
    ));
    assert!(check(&project).unwrap().problems[0].contains("job.component"));
}
