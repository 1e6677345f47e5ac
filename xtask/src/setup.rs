//! What is needed beyond a Rust toolchain, installed when missing, and said so.

use crate::Outcome;
use crate::process::{cargo, note, run, target, tools, works};
use std::process::Command;

/// Pinned tools: name, the subcommand that proves it is there, version.
const NEXTEST: (&str, &str, &str) = ("cargo-nextest", "nextest", "0.9.143");
const DENY: (&str, &str, &str) = ("cargo-deny", "deny", "0.20.2");
const MUTANTS: (&str, &str, &str) = ("cargo-mutants", "mutants", "27.1.0");

/// Guests are built for this target.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Everything `test`, `demo` and `deny` need.
pub(crate) fn everything() -> Outcome {
    wasm_target()?;
    tool(NEXTEST)?;
    tool(DENY)
}

/// What the tests need.
pub(crate) fn for_tests() -> Outcome {
    wasm_target()?;
    tool(NEXTEST)
}

/// What finding mutants needs; no other command does.
pub(crate) fn for_mutants() -> Outcome {
    tool(NEXTEST)?;
    tool(MUTANTS)
}

/// Checks licences, bans and sources. Advisories are left out: their database comes over the network.
pub(crate) fn deny() -> Outcome {
    tool(DENY)?;
    run(cargo(&[
        "deny",
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]))
}

fn tool((name, subcommand, version): (&str, &str, &str)) -> Outcome {
    if works(cargo(&[subcommand, "--version"])) {
        return Ok(());
    }
    note(&format!(
        "setup: {name} is missing; installing {version} into {} (a few minutes)",
        tools().display()
    ));
    let mut install = cargo(&["install", name, "--locked", "--version", version]);
    install
        .arg("--root")
        .arg(tools())
        .arg("--target-dir")
        .arg(target().join("tools-build"));
    // The workspace's own settings must not reach the tool's build.
    install
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR");
    run(install).map_err(|why| format!("{why}; install {name} {version} by hand and try again"))
}

/// Installs the guests' target through rustup.
pub(crate) fn wasm_target() -> Outcome {
    let installed = Command::new("rustup")
        .args(["target", "list", "--installed"])
        .output();
    let there = installed.is_ok_and(|out| {
        String::from_utf8_lossy(&out.stdout)
            .lines()
            .any(|line| line.trim() == WASM)
    });
    if there || has_wasm_std() {
        return Ok(());
    }
    note(&format!(
        "setup: the {WASM} target is missing; adding it with rustup"
    ));
    let mut add = Command::new("rustup");
    add.args(["target", "add", WASM]);
    run(add).map_err(|why| {
        format!("{why}; without rustup, install your distribution's standard library for {WASM} and try again")
    })
}

/// A toolchain that did not come from rustup may carry the target all the same.
fn has_wasm_std() -> bool {
    Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM])
        .output()
        .is_ok_and(|out| {
            let folder = String::from_utf8_lossy(&out.stdout).trim().to_owned();
            out.status.success()
                && std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
        })
}
