//! `cargo xtask bench peers`: builds our side of the comparison, and starts the driver that runs the others'.

use crate::Outcome;
use crate::bench::output;
use crate::process::{cargo, note, root, run as run_command, target};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// As the bench target is called, and this command's argument.
pub(crate) const NAME: &str = "peers";

/// One line of what cargo tells of a build.
#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Runs every system, passing `rest` on to the driver.
///
/// # Errors
/// When ours cannot be built or gives no answer, or is less accurate than another with the same bounds.
pub(crate) fn run(json: bool, rest: &[String]) -> Outcome {
    note("bench: peers, in release; a cold build takes tens of minutes, and so do all systems");
    let built = output(cargo(&[
        "bench",
        "--locked",
        "--package",
        "irongate-benches",
        "--bench",
        NAME,
        "--no-run",
        "--message-format",
        "json-render-diagnostics",
    ]))?;
    let ours = executable(&built).ok_or("cargo named no executable of the bench target `peers`")?;
    run_command(driver(&ours, json, rest))
}

fn driver(ours: &Path, json: bool, rest: &[String]) -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(root().join("benches/peers/peers.py"));
    command.arg("--ours").arg(ours);
    command.arg("--folder").arg(target().join(NAME));
    if json {
        command.arg("--json");
    }
    command.args(rest);
    command
}

fn executable(built: &str) -> Option<PathBuf> {
    let messages = built
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    messages
        .filter(|message: &Message| {
            message.target.as_ref().is_some_and(|target| {
                target.name == NAME && target.kind.iter().any(|kind| kind == "bench")
            })
        })
        .find_map(|message| message.executable)
}

#[cfg(test)]
mod tests {
    use super::executable;

    #[test]
    fn our_executable_is_found_among_what_cargo_tells() {
        let of = |name: &str, kind: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"{name}","kind":["{kind}"]}},"executable":"/t/{name}"}}"#
            )
        };
        let told = [
            r#"{"reason":"build-script-executed"}"#.to_owned(),
            of("engine", "bench"),
            of("peers", "lib"),
            of("peers", "bench"),
        ];
        assert_eq!(executable(&told.join("\n")), Some("/t/peers".into()));
        assert_eq!(executable(&told[..2].join("\n")), None);
    }
}
