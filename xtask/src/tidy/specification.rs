//! Every promise names the test that holds it, and the test is there.

use crate::process::root;
use std::path::{Path, PathBuf};

/// How a promise without a test must say so.
const UNHELD: &str = "not yet held";
/// Lines above a function in which its attributes are looked for.
const ATTRIBUTE_REACH: usize = 60;

/// Names of crates as test paths write them, and where they are.
const CRATES: &[(&str, &str)] = &[
    ("irongate_policy", "policy"),
    ("irongate_engine", "runtime/engine"),
    ("irongate_sandbox", "runtime/sandbox"),
    ("irongate_ingest", "runtime/ingest"),
    ("irongate_store", "runtime/store"),
    ("irongate_gate", "runtime/gate"),
    ("irongate", "runtime/cli"),
    ("irongate_guest", "guest-sdk"),
    ("irongate_fixtures", "fixtures"),
    ("irongate_tests", "tests"),
    ("irongate_benches", "benches"),
    ("xtask", "xtask"),
];

/// The rows of the tables: (promise, last column).
fn rows(document: &str) -> Vec<(String, String)> {
    let cells = |line: &str| {
        line.trim()
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let body = document.lines().filter(|line| {
        line.starts_with('|') && !line.starts_with("|--") && !line.starts_with("| Promise")
    });
    body.filter_map(|line| {
        let cells = cells(line);
        Some((cells.first()?.clone(), cells.last()?.clone()))
    })
    .collect()
}

/// Test paths in a cell: what stands in backticks and has a `::`.
fn paths(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| text.contains("::"))
        .map(str::to_owned)
        .collect()
}

/// Whether `text` has a test function of that name.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().enumerate().any(|(at, line)| {
        let declares = line
            .trim_start()
            .trim_start_matches("pub ")
            .trim_start_matches("async ")
            .strip_prefix("fn ")
            .is_some_and(|rest| rest.split(['(', '<']).next() == Some(name));
        declares
            && lines[at.saturating_sub(ATTRIBUTE_REACH)..at]
                .iter()
                .rev()
                .take_while(|line| !line.trim_start().starts_with("fn ") && line.trim() != "}")
                .any(|line| {
                    let line = line.trim();
                    line.starts_with("#[") && (line.contains("test]") || line.contains("test("))
                })
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a file of a crate stands for: those of its folders below `src`, or below the one target in `tests`.
fn modules(file: &Path) -> Vec<String> {
    let whole = file.with_extension("");
    let mut names: Vec<_> = whole
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let root = match names.iter().position(|name| name == "src") {
        Some(src) => src + 1,
        None => names
            .iter()
            .rposition(|name| name == "it")
            .map_or(0, |it| it + 1),
    };
    names.drain(..root);
    if matches!(
        names.last().map(String::as_str),
        Some("lib" | "main" | "mod")
    ) {
        names.pop();
    }
    names
}

/// Whether a file holds the test at `path`, its modules and its name: those that are not the file's are declared in it.
fn holds(file: &Path, text: &str, path: &[&str]) -> bool {
    let of_file = modules(file);
    let Some((name, within)) = path.split_last() else {
        return false;
    };
    within.len() >= of_file.len()
        && within
            .iter()
            .zip(&of_file)
            .all(|(listed, own)| listed == own)
        && within[of_file.len()..]
            .iter()
            .all(|inner| text.contains(&format!("mod {inner} {{")))
        && has_test(text, name)
}

/// The faults of a specification, given how to find a test, its modules and its name, in a crate's folder.
fn faults(document: &str, exists: impl Fn(&str, &[&str]) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    let rows = rows(document);
    if rows.is_empty() {
        faults.push("no promise is listed".to_owned());
    }
    for (promise, cell) in rows {
        let paths = paths(&cell);
        if paths.is_empty() && !cell.contains(UNHELD) {
            faults.push(format!(
                "`{promise}` names no test and does not say `{UNHELD}`"
            ));
        }
        for path in paths {
            let words: Vec<&str> = path.split("::").collect();
            let (head, within) = words.split_first().unwrap_or((&"", &[]));
            match CRATES.iter().find(|(known, _)| known == head) {
                None => faults.push(format!("`{path}`: no such crate")),
                Some((_, folder)) if !exists(folder, within) => {
                    faults.push(format!("`{path}`: no such test"))
                }
                Some(_) => {}
            }
        }
    }
    faults
}

#[test]
fn listed_tests_exist() {
    let document = std::fs::read_to_string(root().join("docs/SPECIFICATION.md")).unwrap();
    let found = faults(&document, |folder, path| {
        let folder = root().join(folder);
        let mut files = Vec::new();
        sources(&folder, &mut files);
        files.iter().any(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            holds(file.strip_prefix(&folder).unwrap(), &text, path)
        })
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_bad_specification_is_found() {
    let check = |row: &str| {
        faults(
            &format!("| Promise | Test |\n|---|---|\n{row}\n"),
            |_, path| path == ["tidy", "there"],
        )
    };
    assert_eq!(check("| a | `xtask::tidy::there` |"), Vec::<String>::new());
    assert_eq!(
        check("| a | not yet held: no crash tests |"),
        Vec::<String>::new()
    );
    assert_eq!(
        check("| a | `xtask::tidy::gone` |"),
        ["`xtask::tidy::gone`: no such test"]
    );
    assert_eq!(
        check("| a | `nowhere::there` |"),
        ["`nowhere::there`: no such crate"]
    );
    assert_eq!(
        check("| a | trust us |"),
        ["`a` names no test and does not say `not yet held`"]
    );
    assert_eq!(check(""), ["no promise is listed"]);
}

#[test]
fn a_test_is_where_its_path_says() {
    let text = "#[test]\nfn a() {}\nmod tests {\n";
    let holds = |file: &str, path: &[&str]| holds(Path::new(file), text, path);
    assert!(holds("src/merkle.rs", &["merkle", "tests", "a"]));
    assert!(holds("src/lib.rs", &["tests", "a"]));
    assert!(holds("tests/it/tree.rs", &["tree", "a"]));
    assert!(holds(
        "tests/it/mapped/blocks.rs",
        &["mapped", "blocks", "a"]
    ));
    assert!(!holds("tests/it/tree.rs", &["merkle", "tests", "a"]));
    assert!(!holds("tests/it/mapped/blocks.rs", &["mapped", "a"]));
    assert!(!holds("src/merkle.rs", &["merkle", "other", "a"]));
    assert!(!holds("src/merkle.rs", &["merkle", "b"]));
}

#[test]
fn only_test_functions_count() {
    assert!(has_test("#[test]\nfn a() {}", "a"));
    assert!(has_test(
        "#[rstest]\n#[case(1)]\nfn a(#[case] n: u8) {}",
        "a"
    ));
    assert!(has_test(
        "#[tokio::test(flavor = \"multi_thread\")]\nasync fn a() {}",
        "a"
    ));
    assert!(!has_test("fn a() {}", "a"));
    assert!(!has_test("#[test]\nfn ab() {}", "a"));
    assert!(!has_test("#[test]\nfn b() {\n}\nfn a() {}", "a"));
}
