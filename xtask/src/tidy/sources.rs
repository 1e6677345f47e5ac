//! What sources may say.

use crate::process::root;
use std::process::Command;

/// One idea a file; longer files hide a second.
const MOST_LINES: usize = 500;

/// Words that do not belong, put together here so that this file does not contain them.
const BANNED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("un", "implemented!("),
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "home/"),
];

/// Where unsafe code may be, in one file alone: the module that loads authenticated artifacts.
const UNSAFE_UNDER: &str = "runtime/sandbox/src/";
/// Where OpenDP may be named: the module that draws noise.
const NOISE_UNDER: &str = "runtime/engine/src/noise";

/// Tracked and new files, ignored ones left out, as (path, text); files that are not text are skipped.
fn files() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success());
    let names = String::from_utf8(listed.stdout).unwrap();
    let texts = names.lines().filter_map(|name| {
        Some((
            name.to_owned(),
            std::fs::read_to_string(root().join(name)).ok()?,
        ))
    });
    let files: Vec<_> = texts.collect();
    assert!(
        files.iter().any(|(name, _)| name == "Cargo.toml"),
        "the tree was not found"
    );
    files
}

fn is_prose_or_code(name: &str) -> bool {
    [".rs", ".md", ".toml", ".wit", ".sh"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Lines of code, without comments (a `//` inside a string ends the line early, which only loses a match
/// behind it).
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(line))
}

/// Whether a line opens unsafe code or an unsafe attribute; lint names and strings about it do not.
fn is_unsafe(line: &str) -> bool {
    [
        "unsafe {",
        "unsafe fn",
        "unsafe impl",
        "unsafe extern",
        "unsafe trait",
        "#[unsafe(",
    ]
    .iter()
    .any(|form| line.contains(form))
}

fn faults(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if is_prose_or_code(name) {
        let found = BANNED.iter().filter(|word| text.contains(**word));
        faults.extend(found.map(|word| format!("{name}: says `{word}`")));
    }
    if name.ends_with(".rs") {
        let lines = text.lines().count();
        if lines > MOST_LINES {
            faults.push(format!("{name}: {lines} lines, at most {MOST_LINES}"));
        }
        if name.ends_with("/mod.rs") {
            faults.push(format!("{name}: name the file after its module"));
        }
        if !name.starts_with(UNSAFE_UNDER)
            && !name.starts_with("xtask/src/tidy")
            && code(text).any(is_unsafe)
        {
            faults.push(format!("{name}: unsafe code"));
        }
        let noise = name.starts_with(NOISE_UNDER) || name.starts_with("xtask/src/tidy");
        if !noise && code(text).any(|line| line.contains("opendp::")) {
            faults.push(format!("{name}: names OpenDP outside the noise module"));
        }
    }
    faults
}

#[test]
fn sources_keep_to_the_house_rules() {
    let found: Vec<String> = files()
        .iter()
        .flat_map(|(name, text)| faults(name, text))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn unsafe_code_is_in_one_file_at_most() {
    let files = files();
    let with: Vec<&String> = files
        .iter()
        .filter(|(name, text)| name.starts_with(UNSAFE_UNDER) && code(text).any(is_unsafe))
        .map(|(name, _)| name)
        .collect();
    assert!(with.len() <= 1, "unsafe code in several files: {with:?}");
}

#[test]
fn bad_sources_are_found() {
    let cases = [
        ("policy/src/a.rs", "let x = unsafe { y };"),
        ("policy/src/a.rs", "#[unsafe(no_mangle)]"),
        (
            "runtime/gate/src/a.rs",
            "use opendp::measurements::make_laplace;",
        ),
        ("policy/src/a/mod.rs", ""),
        ("docs/a.md", BANNED[0]),
        ("docs/a.md", BANNED[3]),
    ];
    for (name, text) in cases {
        assert_eq!(faults(name, text).len(), 1, "{name}: {text}");
    }
    assert_eq!(faults("a.rs", &"\n".repeat(MOST_LINES + 1)).len(), 1);
    for (name, text) in [
        ("policy/src/a.rs", "#![forbid(unsafe_code)] // unsafe { }"),
        ("runtime/engine/src/noise.rs", "use opendp::core::Function;"),
        ("a.rs", &"\n".repeat(MOST_LINES)),
    ] {
        assert_eq!(faults(name, text), Vec::<String>::new(), "{name}: {text}");
    }
}
