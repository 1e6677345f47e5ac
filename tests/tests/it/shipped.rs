//! What the tests need of the gate is not in what is shipped.

use std::process::Command;

/// The features that gate, store and engine are built with: for tests, or without anything of theirs.
fn features(edges: &str) -> Vec<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let listed = Command::new(cargo)
        .args([
            "tree",
            "--locked",
            "--offline",
            "--workspace",
            "--prefix",
            "none",
        ])
        .args(["--edges", edges, "--format", "{p}|{f}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "{said}");
    let text = String::from_utf8(listed.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once('|'));
    let ours = lines.filter(|(package, _)| {
        ["irongate-gate ", "irongate-store ", "irongate-engine "]
            .iter()
            .any(|name| package.starts_with(name))
    });
    ours.map(|(_, features)| features.replace(" (*)", ""))
        .collect()
}

/// Cargo unites the features of everything it builds at once, so the whole workspace is looked at.
#[test]
fn failpoints_replay_and_faults_are_in_no_shipped_binary() {
    let shipped = features("no-dev");
    assert!(shipped.len() >= 3, "gate, store and engine were not found");
    assert!(shipped.iter().all(String::is_empty), "{shipped:?}");
    // The same question does find them where they are.
    let tested = features("normal,build,dev");
    for feature in ["failpoints", "replay"] {
        assert!(
            tested.iter().any(|features| features.contains(feature)),
            "{tested:?}"
        );
    }
}
