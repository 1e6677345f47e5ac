//! What a command says: one JSON document, or text for people.

mod statement;

use clap::builder::styling::{AnsiColor, Style};
use irongate_gate::{GateError, Rejection};
use irongate_policy::Code;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Write};
use std::process::ExitCode;

/// Exit codes, as scripts rely on them.
pub(crate) mod exit {
    /// The command line does not read.
    pub(crate) const USAGE: u8 = 2;
    /// Denied by policy.
    pub(crate) const DENIED: u8 = 3;
    /// A plan, module or file was rejected.
    pub(crate) const REJECTED: u8 = 4;
    /// It failed.
    pub(crate) const FAILED: u8 = 5;
}

/// Reaches terminals only; elsewhere the stream strips it.
const TROUBLE: Style = AnsiColor::Red.on_default().bold();

/// What a command that worked has to say.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The log entries it made.
    pub(crate) events: Vec<u64>,
    /// For machines.
    pub(crate) data: Value,
    /// For people.
    pub(crate) text: String,
}

impl Answer {
    /// An answer without log entries; `text` is for people.
    pub(crate) fn new(data: impl Serialize, text: impl Into<String>) -> Result<Self, GateError> {
        let data = serde_json::to_value(data)
            .map_err(|error| GateError::failed("writing the answer", error))?;
        Ok(Self {
            events: Vec::new(),
            data,
            text: text.into(),
        })
    }
}

/// Why a command did not do what it was asked.
struct Refusal {
    code: &'static str,
    exit: u8,
    /// For machines: code and both languages.
    reasons: Vec<Value>,
    /// For people: what is wrong, and what to do about it.
    lines: Vec<String>,
}

impl Refusal {
    /// A refusal that has no code of its own for each line.
    fn plain(code: &'static str, exit: u8, zh: &str, lines: &[String]) -> Self {
        let reason =
            |line: &String| json!({"code": code, "zh": format!("{zh}：{line}"), "en": line});
        Self {
            code,
            exit,
            reasons: lines.iter().map(reason).collect(),
            lines: lines.iter().map(|line| indented(line)).collect(),
        }
    }

    fn statement(rejection: &Rejection, sql: &str) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            code: "rejected",
            exit: exit::REJECTED,
            reasons: vec![statement::reason(rejection)],
            lines: vec![statement::report(rejection, sql, is_terminal)],
        }
    }

    fn of(error: &GateError) -> Self {
        match error {
            GateError::Denied(denial) => Self {
                code: "denied",
                exit: exit::DENIED,
                reasons: denial.reasons.iter().map(reason).collect(),
                lines: denial
                    .reasons
                    .iter()
                    .map(|reason| told(reason.code, &reason.detail))
                    .collect(),
            },
            GateError::Statement(rejection, sql) => Self::statement(rejection, sql),
            GateError::Rejected(lines) => {
                Self::plain("rejected", exit::REJECTED, "未通过检查", lines)
            }
            GateError::Failed(line) => Self::plain(
                "failed",
                exit::FAILED,
                "执行失败",
                std::slice::from_ref(line),
            ),
        }
    }
}

fn reason(reason: &irongate_policy::Reason) -> Value {
    let (code, about) = (reason.code, &reason.detail);
    json!({
        "code": code.as_str(),
        "zh": format!("{}（{about}）；{}", code.zh(), code.remedy_zh()),
        "en": format!("{} ({about}); {}", code.en(), code.remedy_en()),
    })
}

fn told(code: Code, about: &str) -> String {
    format!(
        "  {}: {} ({about})\n    what to do: {}",
        code.as_str(),
        code.en(),
        code.remedy_en()
    )
}

/// Every line of a text under the word that says what it is.
fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("  {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Prints the outcome and gives the exit code. A closed pipe is no error.
pub(crate) fn finish(outcome: Result<Answer, GateError>, as_json: bool) -> ExitCode {
    match outcome {
        Ok(answer) if as_json => {
            let document = json!({"ok": true, "events": answer.events, "data": answer.data});
            written(writeln!(anstream::stdout(), "{document}"), 0)
        }
        Ok(answer) => written(writeln!(anstream::stdout(), "{}", answer.text), 0),
        Err(error) => refuse(&Refusal::of(&error), as_json),
    }
}

/// Says that the command line does not read. Help and version are answers, not errors.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // What was meant is not known, so neither is whether a program reads it: the word alone tells.
    let as_json = std::env::args_os().any(|word| word == "--json");
    if !error.use_stderr() || !as_json {
        let code = if error.use_stderr() { exit::USAGE } else { 0 };
        return written(error.print(), code);
    }
    let text = error.to_string();
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.trim().to_owned())
        .collect();
    refuse(
        &Refusal::plain("usage", exit::USAGE, "用法有误", &lines),
        true,
    )
}

fn refuse(refusal: &Refusal, as_json: bool) -> ExitCode {
    let Refusal {
        code,
        exit,
        reasons,
        lines,
    } = refusal;
    let said = if as_json {
        let document = json!({"ok": false, "code": code, "reasons": reasons});
        writeln!(anstream::stdout(), "{document}")
    } else {
        writeln!(
            anstream::stderr(),
            "{TROUBLE}{code}{TROUBLE:#}\n{}",
            lines.join("\n")
        )
    };
    written(said, *exit)
}

fn written(said: std::io::Result<()>, code: u8) -> ExitCode {
    match said {
        Ok(()) => ExitCode::from(code),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(code),
        Err(_) => ExitCode::from(exit::FAILED),
    }
}
