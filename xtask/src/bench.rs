//! `cargo xtask bench`: run bench targets in release and hold them to their bars.

use crate::process::{cargo, note, root, say, shown, target};
use crate::{Outcome, shipped};
use serde::Deserialize;
use std::process::{Command, Stdio};

/// One measurement, as a bench target prints it: one JSON object a line.
#[derive(Debug, Deserialize)]
struct Line {
    /// What was measured, `target/dataset/quantity`.
    work: String,
    /// The estimate, in `unit`.
    value: f64,
    unit: String,
    /// The most it may be; nothing when it is only reported.
    bar: Option<f64>,
    /// Whether it kept to its bar.
    met: Option<bool>,
    samples: u64,
}

/// Runs `name` with `words` of its own, or every bench target.
///
/// # Errors
/// When a target fails, prints something that is not a measurement, or misses its bar.
pub(crate) fn run(name: Option<&str>, json: bool, words: &[String]) -> Outcome {
    let names = name.map_or_else(targets, |name| Ok(vec![name.to_owned()]))?;
    if names.is_empty() {
        return Err("there are no bench targets under `benches/benches`".into());
    }
    let mut missed = Vec::new();
    for name in names {
        note(&format!(
            "bench: {name}, in release; a cold build takes tens of minutes"
        ));
        guest(&name)?;
        let mut command = cargo(&[
            "bench",
            "--locked",
            "--package",
            "irongate-benches",
            "--features",
            features(&name),
            "--bench",
            &name,
            "--",
            "--json",
        ]);
        command.args(words);
        missed.extend(report(&output(command)?, json)?);
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("missed its bar: {}", missed.join(", ")))
    }
}

/// Runs every bench target on small data, as the tests are built: that it works, not how fast it is.
///
/// # Errors
/// When a target fails or prints no measurement.
pub(crate) fn smoke() -> Outcome {
    for name in targets()? {
        guest(&name)?;
        let command = cargo(&[
            "test",
            "--workspace",
            "--locked",
            "--features",
            features(&name),
            "--bench",
            &name,
            "--",
            "--smoke",
        ]);
        report(&output(command)?, true)?;
    }
    Ok(())
}

/// Builds what the mapper bench calls, as its author would.
fn guest(name: &str) -> Outcome {
    if name != "mapper" {
        return Ok(());
    }
    let mut build = Command::new(shipped::irongate(&[])?);
    build
        .args(["job", "build"])
        .arg(root().join("examples/health-risk"))
        .env("IRONGATE_GUEST_TARGET_DIR", target().join("guests"));
    output(build).map(drop)
}

/// The engine bench compares exact results; every other one measures what is shipped.
fn features(name: &str) -> &'static str {
    match name {
        "engine" => "irongate-benches/evidence",
        _ => "",
    }
}

/// What a bench target prints, if it ends well.
pub(crate) fn output(mut command: Command) -> Outcome<String> {
    let shown = shown(&command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {shown}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{shown} ended with {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Prints each measurement; gives back the works that missed their bar.
fn report(text: &str, json: bool) -> Outcome<Vec<String>> {
    let mut missed = Vec::new();
    let mut count = 0_u32;
    for raw in text.lines().filter(|line| line.starts_with('{')) {
        let line: Line = serde_json::from_str(raw)
            .map_err(|error| format!("not a measurement: `{raw}`: {error}"))?;
        count += 1;
        if json {
            say(raw);
        } else {
            say(&pretty(&line));
        }
        if line.met == Some(false) {
            missed.push(line.work);
        }
    }
    // A bench that prints nothing has measured nothing.
    if count == 0 {
        Err("the bench printed no measurement".into())
    } else {
        Ok(missed)
    }
}

fn pretty(line: &Line) -> String {
    let bar = match (line.bar, line.met) {
        (Some(bar), Some(true)) => format!("bar {bar}: met"),
        (Some(bar), _) => format!("bar {bar}: MISSED"),
        (None, _) => String::new(),
    };
    format!(
        "{:<48} {:>12.3} {:<6} {} ({} samples)",
        line.work, line.value, line.unit, bar, line.samples
    )
}

/// A target is a file, or a folder with a `main.rs`.
fn targets() -> Outcome<Vec<String>> {
    let folder = root().join("benches/benches");
    let files = std::fs::read_dir(&folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut names = Vec::new();
    for file in files {
        let path = file
            .map_err(|error| format!("cannot read {}: {error}", folder.display()))?
            .path();
        let is_target =
            path.extension().is_some_and(|end| end == "rs") || path.join("main.rs").is_file();
        if is_target && let Some(name) = path.file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{report, targets};

    fn line(bar: &str, met: &str) -> String {
        format!(
            r#"{{"work":"gate/a/b","value":7.2,"unit":"ms","bar":{bar},"met":{met},"samples":21}}"#
        )
    }

    #[test]
    fn every_bench_is_found_also_one_of_several_files() {
        let names = ["engine", "gate", "mapper"].map(str::to_owned);
        assert_eq!(targets(), Ok(names.to_vec()));
    }

    #[test]
    fn a_missed_bar_is_reported_and_nothing_measured_is_an_error() {
        assert_eq!(report(&line("10", "true"), true), Ok(vec![]));
        assert_eq!(report(&line("null", "null"), true), Ok(vec![]));
        assert_eq!(
            report(&line("5", "false"), false),
            Ok(vec!["gate/a/b".to_owned()])
        );
        assert!(report("", true).is_err());
        assert!(report("{\"work\":1}", true).is_err());
    }
}
