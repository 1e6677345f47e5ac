//! Where the story is told: each command is shown, run as a child process, and held to its exit code.

use crate::process::{note, root, say, target};
use crate::{Outcome, setup, shipped};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// What a command said and how it ended.
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

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
        let irongate = shipped::irongate(&[])?;
        let folder = root().join("target").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .map_err(|error| format!("cannot clear {}: {error}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        Ok(Self {
            irongate,
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

    /// As [`Stage::act`], and gives back what the command tells programs: it is asked once more, which
    /// changes nothing.
    pub(crate) fn act_for(&mut self, why: &str, words: &[&str]) -> Outcome<Value> {
        self.act(why, words)?;
        self.data(words)
    }

    fn shown(&self, why: &str, words: &[&str], expected: i32) -> Outcome<String> {
        self.told(why, words);
        let ended = self.output(words, true)?;
        for line in ended.stdout.lines() {
            say(&format!("    {line}"));
        }
        held(words, &ended, expected)?;
        Ok(format!("{}{}", ended.stdout, ended.stderr))
    }

    /// Runs a command with `--json` and gives back its `data`, showing it.
    pub(crate) fn ask(&mut self, why: &str, words: &[&str]) -> Outcome<Value> {
        self.told(why, words);
        let data = self.data(words)?;
        if let Some(fields) = data.as_object() {
            let plain = |value: &Value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            for (name, value) in fields.iter().filter_map(|(n, v)| Some((n, plain(v)?))) {
                say(&format!("    {name}: {value}"));
            }
        }
        Ok(data)
    }

    fn data(&self, words: &[&str]) -> Outcome<Value> {
        let mut all = words.to_vec();
        all.push("--json");
        let ended = self.output(&all, false)?;
        held(words, &ended, 0)?;
        let answer: Value = serde_json::from_str(&ended.stdout).map_err(|error| {
            format!(
                "`irongate {}` did not answer in JSON: {error}",
                all.join(" ")
            )
        })?;
        answer
            .get("data")
            .cloned()
            .ok_or_else(|| format!("the answer has no `data`: {answer}"))
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

    /// Runs a command to its end. What it says on standard error, progress and refusals, is passed on as
    /// it comes.
    fn output(&self, words: &[&str], aloud: bool) -> Outcome<Ended> {
        let failed = |error: std::io::Error| format!("`irongate {}`: {error}", words.join(" "));
        let mut child = Command::new(&self.irongate)
            .args(words)
            .current_dir(&self.folder)
            .env("IRONGATE_HOME", self.folder.join("home"))
            // What guests are built from is kept between stories.
            .env("IRONGATE_GUEST_TARGET_DIR", target().join("guests"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (mut stdout, mut stderr) = (String::new(), String::new());
        if let (Some(mut out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
            // Both at once: a pipe that nobody reads would stop the child.
            let out = std::thread::spawn(move || {
                let mut text = String::new();
                out.read_to_string(&mut text).map(|_| text)
            });
            for line in BufReader::new(err).lines() {
                let line = line.map_err(failed)?;
                if aloud {
                    say(&format!("    {line}"));
                }
                stderr.push_str(&line);
                stderr.push('\n');
            }
            let read = out.join().map_err(|_| "a reader stopped".to_owned())?;
            stdout = read.map_err(failed)?;
        }
        Ok(Ended {
            status: child.wait().map_err(failed)?,
            stdout,
            stderr,
        })
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

    /// Copies a file into the demo's folder.
    pub(crate) fn bring(&self, from: &Path, to: &str) -> Outcome {
        let copied = std::fs::copy(from, self.folder.join(to));
        copied
            .map(drop)
            .map_err(|error| format!("cannot copy {} to {to}: {error}", from.display()))
    }
}

/// An error unless the command ended as the story says.
fn held(words: &[&str], ended: &Ended, expected: i32) -> Outcome {
    let code = ended.status.code();
    if code == Some(expected) {
        return Ok(());
    }
    Err(format!(
        "`irongate {}` ended with {} where {expected} was expected\n{}{}",
        words.join(" "),
        code.map_or_else(|| "a signal".to_owned(), |code| code.to_string()),
        ended.stdout,
        ended.stderr,
    ))
}
