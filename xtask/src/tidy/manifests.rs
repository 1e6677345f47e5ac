//! Who may depend on whom.

use crate::process::root;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// A crate: its folder, the crates of ours it may use, and what must not be among its own dependencies.
/// A trailing `*` stands for any ending.
type Rule = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Heavy parts that each belong to one crate.
const RULES: &[Rule] = &[
    (
        "irongate-policy",
        "policy",
        &[],
        &[
            "tokio",
            "async-trait",
            "futures*",
            "rand*",
            "getrandom",
            "arrow*",
            "parquet",
            "datafusion*",
            "polars*",
            "wasmtime*",
            "sqlx*",
            "opendp",
            "hyper",
            "axum",
            "reqwest",
            "tracing*",
        ],
    ),
    (
        "irongate-engine",
        "runtime/engine",
        &["irongate-policy"],
        &[
            "wasmtime*",
            "sqlx*",
            "polars*",
            "hyper",
            "axum",
            "reqwest",
            "tlog_tiles",
        ],
    ),
    (
        "irongate-sandbox",
        "runtime/sandbox",
        &["irongate-policy"],
        &[
            "datafusion*",
            "polars*",
            "sqlx*",
            "opendp",
            "hyper",
            "axum",
            "reqwest",
            "wasmtime-wasi*",
        ],
    ),
    (
        "irongate-ingest",
        "runtime/ingest",
        &["irongate-policy"],
        &[
            "datafusion*",
            "wasmtime*",
            "sqlx*",
            "opendp",
            "hyper",
            "axum",
            "reqwest",
        ],
    ),
    (
        "irongate-store",
        "runtime/store",
        &["irongate-policy"],
        &[
            "datafusion*",
            "arrow*",
            "parquet",
            "polars*",
            "wasmtime*",
            "opendp",
            "hyper",
            "axum",
            "reqwest",
        ],
    ),
    (
        "irongate-gate",
        "runtime/gate",
        &[
            "irongate-policy",
            "irongate-engine",
            "irongate-sandbox",
            "irongate-ingest",
            "irongate-store",
        ],
        &["datafusion*", "polars*", "wasmtime*", "opendp", "sqlx*"],
    ),
    (
        "irongate",
        "runtime/cli",
        // The sandbox for its compile worker, the store for verification without a home.
        &[
            "irongate-policy",
            "irongate-gate",
            "irongate-sandbox",
            "irongate-store",
        ],
        &["datafusion*", "polars*", "wasmtime*", "opendp", "sqlx*"],
    ),
    (
        "irongate-guest",
        "guest-sdk",
        &["irongate-guest-macros"],
        &["arrow*", "tokio", "datafusion*"],
    ),
];

/// What must not be reached even through others: crate, and the heads of what it stays free of.
const REACH: &[(&str, &[&str])] = &[
    (
        "irongate-policy",
        &[
            "datafusion",
            "polars",
            "wasmtime",
            "sqlx",
            "tokio",
            "opendp",
            "hyper",
        ],
    ),
    ("irongate-engine", &["wasmtime", "sqlx", "polars", "axum"]),
    (
        "irongate-sandbox",
        &["datafusion", "polars", "sqlx", "opendp", "hyper"],
    ),
    (
        "irongate-ingest",
        &["datafusion", "wasmtime", "sqlx", "opendp"],
    ),
    (
        "irongate-store",
        &["datafusion", "wasmtime", "polars", "opendp"],
    ),
];

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |head| name.starts_with(head))
}

/// Names in `[dependencies]` and `[build-dependencies]`, per target too; tests may use what they like.
fn direct(manifest: &toml::Table) -> BTreeSet<String> {
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let kinds = ["dependencies", "build-dependencies"];
    let found = tables
        .iter()
        .flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()));
    found.flat_map(|table| table.keys().cloned()).collect()
}

/// The faults of one crate's manifest under its rule.
fn faults(rule: &Rule, dependencies: &BTreeSet<String>) -> Vec<String> {
    let (name, _, ours, banned) = rule;
    let mut faults = Vec::new();
    for dependency in dependencies {
        if dependency.starts_with("irongate") && !ours.contains(&dependency.as_str()) {
            faults.push(format!(
                "{name} must not know {dependency}: arrows point one way"
            ));
        }
        if banned.iter().any(|pattern| matches(pattern, dependency)) {
            faults.push(format!("{name} must not depend on {dependency}"));
        }
    }
    faults
}

/// Faults among everything `from` reaches in a graph of package names.
fn reached(from: &str, heads: &[&str], graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![from.to_owned()];
    while let Some(name) = todo.pop() {
        if seen.insert(name.clone()) {
            todo.extend(graph.get(&name).into_iter().flatten().cloned());
        }
    }
    let hit = |name: &&String| {
        heads
            .iter()
            .any(|head| *name == head || name.starts_with(&format!("{head}-")))
    };
    seen.iter()
        .filter(hit)
        .map(|name| format!("{from} reaches {name}"))
        .collect()
}

fn metadata() -> serde_json::Value {
    let output = Command::new("cargo")
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Normal and build dependencies, resolved, by package name.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let data = metadata();
    let name_of: BTreeMap<&str, &str> = data["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            (
                package["id"].as_str().unwrap(),
                package["name"].as_str().unwrap(),
            )
        })
        .collect();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in data["resolve"]["nodes"].as_array().unwrap() {
        let from = name_of[node["id"].as_str().unwrap()].to_owned();
        let targets = graph.entry(from).or_default();
        for dependency in node["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds
                .iter()
                .any(|kind| kind["kind"].as_str() != Some("dev"))
            {
                targets.insert(name_of[dependency["pkg"].as_str().unwrap()].to_owned());
            }
        }
    }
    graph
}

fn manifest(folder: &str) -> toml::Table {
    std::fs::read_to_string(root().join(folder).join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn crates_depend_only_on_what_their_rule_allows() {
    let found: Vec<String> = RULES
        .iter()
        .flat_map(|rule| faults(rule, &direct(&manifest(rule.1))))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_runtime_crate_has_a_rule() {
    for entry in std::fs::read_dir(root().join("runtime")).unwrap() {
        let path = entry.unwrap().path();
        let folder = format!("runtime/{}", path.file_name().unwrap().to_string_lossy());
        // A crate without a tracked manifest is somebody's scratch.
        let tracked = Command::new("git")
            .args([
                "ls-files",
                "--error-unmatch",
                &format!("{folder}/Cargo.toml"),
            ])
            .current_dir(root())
            .output()
            .unwrap()
            .status
            .success();
        assert!(
            !tracked || RULES.iter().any(|rule| rule.1 == folder),
            "{folder} has no rule"
        );
    }
}

#[test]
fn heavy_crates_are_not_reached_through_others() {
    let graph = graph();
    for (from, heads) in REACH {
        assert!(graph.contains_key(*from), "{from} is not in the graph");
        assert_eq!(reached(from, heads, &graph), Vec::<String>::new());
    }
}

#[test]
fn the_guest_sdk_inherits_nothing() {
    for folder in ["guest-sdk", "guest-sdk/macros"] {
        assert!(
            !manifest(folder).to_string().contains("workspace"),
            "{folder} is copied to where there is no workspace"
        );
    }
}

#[test]
fn a_bad_manifest_is_found() {
    let bad: toml::Table =
        "[dependencies]\nserde = \"1\"\n[target.x.dependencies]\ndatafusion-common = \"1\"\n\
        [build-dependencies]\nirongate-gate = \"1\"\n[dev-dependencies]\ntokio = \"1\"\n"
            .parse()
            .unwrap();
    let found = faults(&RULES[0], &direct(&bad));
    assert_eq!(
        found,
        [
            "irongate-policy must not depend on datafusion-common",
            "irongate-policy must not know irongate-gate: arrows point one way",
        ]
    );
}

#[test]
fn a_roundabout_dependency_is_found() {
    let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let graph = BTreeMap::from([edge("a", "b"), edge("b", "sqlx-core"), edge("c", "tokio")]);
    assert_eq!(
        reached("a", &["sqlx", "tokio"], &graph),
        ["a reaches sqlx-core"]
    );
    assert_eq!(reached("a", &["sql"], &graph), Vec::<String>::new());
}
