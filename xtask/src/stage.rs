//! Where the story is told: each command is shown, run as a child process, and held to its exit code.

use crate::process::{cargo, note, root, run, say, target};
use crate::{Outcome, setup};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The command under show, its working folder, and how far the story is.
pub(crate) struct Stage {
    irongate: PathBuf,
    folder: PathBuf,
    chapters: u32,
}

impl Stage {
    /// Builds the command and makes `target/NAME` afresh.
    pub(crate) fn afresh(name: &str) -> Outcome<Self> {
        setup::wasm_target()?;
        note("building the `irongate` command (a cold build takes about ten minutes on two cores)");
        // The tests' selection of packages, so that all commands share one set of built dependencies.
        run(cargo(&[
            "build",
            "--workspace",
            "--locked",
            "--bin",
            "irongate",
        ]))?;
        let folder = root().join("target").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .map_err(|error| format!("cannot clear {}: {error}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        Ok(Self {
            irongate: target().join("debug/irongate"),
            folder,
            chapters: 0,
        })
    }

    /// Begins a part of the story.
    pub(crate) fn chapter(&mut self, title: &str) {
        self.chapters += 1;
        say(&format!("\n{}. {title}\n{}", self.chapters, "─".repeat(72)));
    }

    /// Runs a command people would read the output of.
    pub(crate) fn act(&mut self, why: &str, words: &[&str]) -> Outcome {
        self.shown(why, words, 0).map(drop)
    }

    /// Runs a command that must be turned away with this exit code, and for this reason.
    pub(crate) fn refused(
        &mut self,
        why: &str,
        words: &[&str],
        code: i32,
        reason: &str,
    ) -> Outcome {
        let told = self.shown(why, words, code)?;
        if !told.contains(reason) {
            return Err(format!(
                "`irongate {}` was refused, but not with `{reason}`:\n{told}",
                words.join(" ")
            ));
        }
        say(&format!("    [exit code {code}, as it must be]"));
        Ok(())
    }

    fn shown(&self, why: &str, words: &[&str], expected: i32) -> Outcome<String> {
        self.told(why, words);
        let output = self.output(words)?;
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        for line in told.lines() {
            say(&format!("    {line}"));
        }
        held(words, &output, expected)?;
        Ok(told)
    }

    /// Runs a command with `--json` and gives back its `data`, showing it.
    pub(crate) fn ask(&mut self, why: &str, words: &[&str]) -> Outcome<Value> {
        self.told(why, words);
        let mut all = words.to_vec();
        all.push("--json");
        let output = self.output(&all)?;
        held(words, &output, 0)?;
        let answer: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            format!(
                "`irongate {}` did not answer in JSON: {error}",
                all.join(" ")
            )
        })?;
        let data = answer
            .get("data")
            .cloned()
            .ok_or_else(|| format!("the answer has no `data`: {answer}"))?;
        if let Some(fields) = data.as_object() {
            for (name, value) in fields
                .iter()
                .filter(|(_, value)| value.is_string() || value.is_number())
            {
                say(&format!(
                    "    {name}: {}",
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned)
                ));
            }
        }
        Ok(data)
    }

    fn told(&self, why: &str, words: &[&str]) {
        let quoted = words.iter().map(|word| {
            if word.contains(' ') {
                format!("\"{word}\"")
            } else {
                (*word).to_owned()
            }
        });
        say(&format!(
            "\n  # {why}\n  $ irongate {}",
            quoted.collect::<Vec<_>>().join(" ")
        ));
    }

    fn output(&self, words: &[&str]) -> Outcome<Output> {
        Command::new(&self.irongate)
            .args(words)
            .current_dir(&self.folder)
            .env("IRONGATE_HOME", self.folder.join("home"))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot start {}: {error}", self.irongate.display()))
    }

    /// Shows a text file of the demo's folder.
    pub(crate) fn show_file(&self, name: &str) -> Outcome {
        say(&format!("\n  # {name}"));
        for line in self.read(name)?.lines() {
            say(&format!("    {line}"));
        }
        Ok(())
    }

    pub(crate) fn read(&self, name: &str) -> Outcome<String> {
        std::fs::read_to_string(self.folder.join(name))
            .map_err(|error| format!("cannot read {name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Outcome {
        std::fs::write(self.folder.join(name), text)
            .map_err(|error| format!("cannot write {name}: {error}"))
    }

    /// Copies a file within the demo's folder.
    pub(crate) fn copy(&self, from: &str, to: &str) -> Outcome {
        let copied = std::fs::copy(self.folder.join(from), self.folder.join(to));
        copied
            .map(drop)
            .map_err(|error| format!("cannot copy {from} to {to}: {error}"))
    }

    /// Copies a project into the demo's folder, without what was built in it.
    pub(crate) fn copy_tree(&self, from: &Path, to: &str) -> Outcome {
        copy_tree(from, &self.folder.join(to))
            .map_err(|error| format!("cannot copy {}: {error}", from.display()))
    }
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name == "target" {
            continue;
        }
        if path.is_dir() {
            copy_tree(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// An error unless the command ended as the story says.
fn held(words: &[&str], output: &Output, expected: i32) -> Outcome {
    let code = output.status.code();
    if code == Some(expected) {
        return Ok(());
    }
    Err(format!(
        "`irongate {}` ended with {} where {expected} was expected\n{}{}",
        words.join(" "),
        code.map_or_else(|| "a signal".to_owned(), |code| code.to_string()),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    ))
}
