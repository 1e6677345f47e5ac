//! `cargo xtask fuzz`: the checker under a coverage-guided fuzzer, from the statements of the case files on; and the reader of
//! a mapper's rows, from any bytes.

use crate::Outcome;
use crate::process::{cargo, note, root, run, target};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Longest that one statement may take, seconds.
const MOST_SECONDS: u32 = 60;
/// Most memory, MiB.
const MOST_MEMORY: u32 = 6_000;
/// Longest statement, bytes.
const LONGEST: u32 = 2_000;
/// The reader of rows is small: it is fuzzed for this part of the time.
const ROWS_SHARE: u32 = 3;

/// Fuzzes for so many seconds. What is found stays in `target/fuzz`; so does the corpus, and the next run goes on
/// from there.
///
/// # Errors
/// When a statement panics, takes long, or passes though it has not the neighbour property; or when the
/// target cannot be built.
pub(crate) fn run_for(seconds: u32) -> Outcome {
    let fuzz = root().join("tests/fuzz");
    note("fuzz: building with branches counted");
    let mut build = cargo(&[
        "build",
        "--workspace",
        "--locked",
        "--bin",
        "fuzz-checker",
        "--bin",
        "fuzz-rows",
        "--features",
        "irongate-fuzz/fuzz",
    ]);
    build.env("RUSTC_WORKSPACE_WRAPPER", fuzz.join("instrumented"));
    run(build)?;
    let found = target().join("fuzz");
    let seeds = seeds(&found)?;
    note(&format!("fuzz: {seconds} seconds of statements"));
    let mut fuzzer = fuzzer("fuzz-checker", &found.join("corpus"), seconds)?;
    fuzzer
        .arg(seeds)
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-dict={}", fuzz.join("words.txt").display()))
        .arg(format!("-artifact_prefix={}/", found.display()));
    run(fuzzer)?;
    let rows = (seconds / ROWS_SHARE).max(1);
    note(&format!("fuzz: {rows} seconds of rows"));
    let found = target().join("fuzz-rows");
    let mut fuzzer = self::fuzzer("fuzz-rows", &found.join("corpus"), rows)?;
    fuzzer.arg(format!("-artifact_prefix={}/", found.display()));
    run(fuzzer)
}

/// A fuzzer that goes on from a corpus for so many seconds.
fn fuzzer(name: &str, corpus: &Path, seconds: u32) -> Outcome<Command> {
    std::fs::create_dir_all(corpus).map_err(|error| failed("make", corpus, &error))?;
    let mut fuzzer = Command::new(target().join("debug").join(name));
    fuzzer
        .arg(corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={MOST_SECONDS}"))
        .arg(format!("-rss_limit_mb={MOST_MEMORY}"))
        .arg("-print_final_stats=1");
    Ok(fuzzer)
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

/// A folder with a file for each statement of the case files.
fn seeds(found: &Path) -> Outcome<PathBuf> {
    let seeds = found.join("seeds");
    std::fs::create_dir_all(&seeds).map_err(|error| failed("make", &seeds, &error))?;
    let cases = root().join("runtime/engine/tests/cases");
    let files = std::fs::read_dir(&cases).map_err(|error| failed("read", &cases, &error))?;
    for file in files {
        let file = file.map_err(|error| failed("read", &cases, &error))?.path();
        let text = std::fs::read_to_string(&file).map_err(|error| failed("read", &file, &error))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        for (number, statement) in statements(&text).enumerate() {
            let path = seeds.join(format!("{name}-{number}"));
            std::fs::write(&path, statement).map_err(|error| failed("write", &path, &error))?;
        }
    }
    Ok(seeds)
}

/// What stands between empty lines, without what is expected of it.
fn statements(text: &str) -> impl Iterator<Item = String> {
    let paragraphs = text.split("\n\n");
    let own = paragraphs.map(|paragraph| {
        let lines = paragraph.lines();
        let own = lines.filter(|line| !line.starts_with("--") && !line.starts_with('#'));
        own.collect::<Vec<_>>().join("\n")
    });
    own.filter(|statement| !statement.is_empty())
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn statements_are_told_from_what_is_expected_of_them() {
        let text = "# About.\n\nSELECT 1\nFROM t\n-- cost 1\n\nSELECT 2\n-- rejected";
        let all: Vec<String> = statements(text).collect();
        assert_eq!(all, ["SELECT 1\nFROM t", "SELECT 2"]);
    }
}
