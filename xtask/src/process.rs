//! Child processes, and where things are.

use crate::Outcome;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checkout. Cargo names it at run time, so a shared target folder serves several checkouts.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or(here.clone(), Path::to_path_buf)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Where `setup` puts tools, so that nothing of the machine's own is touched.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// Cargo, in the checkout, with our tools within reach.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(args).current_dir(root());
    command.env("PATH", path_with_tools());
    // Set by the `cargo run` that started us. Some crates' build scripts depend on them: with them, every
    // build of ours would make the world anew that a build from the shell had made, and the reverse.
    for (name, _) in std::env::vars_os() {
        let is_ours = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|start| name.starts_with(start))
        });
        if is_ours {
            command.env_remove(name);
        }
    }
    command
}

fn path_with_tools() -> OsString {
    let own = tools().join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(own).chain(std::env::split_paths(&path));
    std::env::join_paths(all).unwrap_or(path)
}

/// Whether a command runs and succeeds, its output unseen.
pub(crate) fn works(mut command: Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command whose output is the user's to see.
pub(crate) fn run(mut command: Command) -> Outcome {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cannot start {}: {error}", shown(&command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", shown(&command)))
    }
}

/// Runs a command, passing its standard error on line by line, and keeps the lines `keep` asks for.
pub(crate) fn run_keeping(
    mut command: Command,
    keep: fn(&str) -> bool,
) -> Outcome<(bool, Vec<String>)> {
    let mut child = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", shown(&command)))?;
    let mut kept = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line.map_err(|error| format!("cannot read what a child says: {error}"))?;
            note(&line);
            if keep(&line) {
                kept.push(line.trim().to_owned());
            }
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for {}: {error}", shown(&command)))?;
    Ok((status.success(), kept))
}

/// A command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A line on standard output. A closed pipe is the reader's choice, not an error.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

/// A line on standard error: progress.
pub(crate) fn note(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
