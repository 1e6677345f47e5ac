//! `cargo xtask test`: every test there is, then one summary.

use crate::process::{cargo, note, root, run_keeping, say, target};
use crate::{Outcome, bench, fuzz, setup, shipped};

/// The engine's feature that plants faults for the privacy audit to catch.
const FAULTS: &str = "fault-injection";

/// How long the checker is fuzzed: enough to show that it can be.
const FUZZ_SECONDS: u32 = 30;

/// Runs the whole suite, or what `filter` selects of it.
///
/// # Errors
/// When a test fails, or something a test needs cannot be built.
pub(crate) fn run(filter: &[String]) -> Outcome {
    setup::for_tests()?;
    let mut summary = Vec::new();
    if filter.is_empty() {
        guest()?;
        // Before the main run, so that the binaries left behind are the ones without planted faults.
        let feature = format!("irongate-engine/{FAULTS}");
        let selection = [
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--features",
            &feature,
            "-E",
            "test(/fault|evidence/)",
        ];
        summary.push(nextest("privacy evidence and planted faults", &selection)?);
        if !shipped::has_marks(&["--features", &feature])? {
            return Err("the mark of planted faults is not found where they are".into());
        }
    }
    if filter.is_empty() {
        fuzz::run_for(FUZZ_SECONDS)?;
        summary.push(format!("fuzz: {FUZZ_SECONDS} s, nothing found"));
    }
    let mut all = vec!["nextest", "run", "--workspace", "--locked"];
    all.extend(filter.iter().map(String::as_str));
    summary.push(nextest("tests", &all)?);
    if filter.is_empty() {
        note("test: documentation examples");
        run_docs()?;
        summary.push("documentation examples: passed".to_owned());
        note("test: benchmarks, on small data and without bars");
        bench::smoke()?;
        summary.push("benchmarks on small data: ran".to_owned());
        note("test: the command as shipped");
        if shipped::has_marks(&[])? {
            return Err("the shipped command holds what only tests may have".into());
        }
        summary.push("the shipped command: nothing in it that only tests may have".to_owned());
        let commands = crate::guides::run()?;
        summary.push(format!("guides: {commands} commands ended well"));
        crate::demo::run()?;
        summary.push("demo: every exit code as told".to_owned());
    }
    let summary = summary.join("\n");
    let kept = target().join("test-summary.txt");
    std::fs::write(&kept, format!("{summary}\n"))
        .map_err(|error| format!("cannot write {}: {error}", kept.display()))?;
    say(&summary);
    Ok(())
}

fn run_docs() -> Outcome {
    crate::process::run(cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--doc",
        "--quiet",
    ]))
}

/// Builds the example job for the guests' target, as its author would.
fn guest() -> Outcome {
    let manifest = root().join("examples/visits-by-education/Cargo.toml");
    note("test: building the example job");
    let mut build = cargo(&[
        "build",
        "--release",
        "--target",
        setup::WASM,
        "--manifest-path",
    ]);
    build
        .arg(manifest)
        .env("CARGO_TARGET_DIR", target().join("guests"));
    crate::process::run(build)
}

fn nextest(what: &str, args: &[&str]) -> Outcome<String> {
    note(&format!("test: {what}: building and running"));
    let (passed, lines) = run_keeping(cargo(args), is_summary)?;
    let Some(line) = lines.last() else {
        return Err(format!(
            "{what}: no summary; the tests did not build or did not start"
        ));
    };
    if passed {
        Ok(format!("{what}: {line}"))
    } else {
        Err(format!("{what}: {line}"))
    }
}

/// Nextest's closing line: `Summary [   1.234s] 10 tests run: 10 passed, 0 skipped`.
fn is_summary(line: &str) -> bool {
    line.trim_start().starts_with("Summary [")
}

#[cfg(test)]
mod tests {
    use super::is_summary;

    #[test]
    fn nextest_summary_is_told_from_other_lines() {
        assert!(is_summary(
            "     Summary [   1.234s] 10 tests run: 10 passed, 0 skipped"
        ));
        assert!(!is_summary("        PASS [   0.010s] xtask tests::summary"));
        assert!(!is_summary(""));
    }
}
