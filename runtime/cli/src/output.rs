//! What a command says: one JSON document, or text for people.

use irongate_gate::GateError;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;

/// Exit codes, as scripts rely on them.
pub(crate) mod exit {
    /// Denied by policy.
    pub(crate) const DENIED: u8 = 3;
    /// A plan, module or file was rejected.
    pub(crate) const REJECTED: u8 = 4;
    /// It failed.
    pub(crate) const FAILED: u8 = 5;
}

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

fn reasons(error: &GateError) -> (&'static str, u8, Value) {
    match error {
        GateError::Denied(denial) => {
            let reasons = denial
                .reasons
                .iter()
                .map(|reason| {
                let (zh, en) = (reason.code.zh(), reason.code.en());
                let about = &reason.detail;
                json!({"code": reason.code.as_str(), "zh": format!("{zh}：{about}"), "en": format!("{en}: {about}")})
            });
            ("denied", exit::DENIED, reasons.collect())
        }
        GateError::Rejected(lines) => {
            let reasons = lines
                .iter()
                .map(|line| json!({"code": "rejected", "zh": line, "en": line}));
            ("rejected", exit::REJECTED, reasons.collect())
        }
        GateError::Failed(line) => (
            "failed",
            exit::FAILED,
            json!([{"code": "failed", "zh": line, "en": line}]),
        ),
    }
}

/// Prints the outcome and gives the exit code. A closed pipe is no error.
pub(crate) fn finish(outcome: Result<Answer, GateError>, as_json: bool) -> ExitCode {
    let (document, text, code) = match outcome {
        Ok(answer) => {
            let document = json!({"ok": true, "events": answer.events, "data": answer.data});
            (document, Ok(answer.text), ExitCode::SUCCESS)
        }
        Err(error) => {
            let (code, exit, reasons) = reasons(&error);
            let lines: Vec<String> = reasons
                .as_array()
                .into_iter()
                .flatten()
                .map(line_for_people)
                .collect();
            let document = json!({"ok": false, "code": code, "reasons": reasons});
            (
                document,
                Err(format!("{code}:\n{}", lines.join("\n"))),
                ExitCode::from(exit),
            )
        }
    };
    let written = match text {
        _ if as_json => writeln!(anstream::stdout(), "{document}"),
        Ok(text) => writeln!(anstream::stdout(), "{text}"),
        Err(text) => writeln!(anstream::stderr(), "{text}"),
    };
    match written {
        Ok(()) => code,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => code,
        Err(_) => ExitCode::from(exit::FAILED),
    }
}

fn line_for_people(reason: &Value) -> String {
    let field = |name: &str| reason.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("  {}: {}", field("code"), field("en"))
}
