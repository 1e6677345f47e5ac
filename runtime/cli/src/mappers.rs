//! What there is to see of a job's mappers before anybody approves them.

use irongate_gate::MapperCalls;
use irongate_policy::manifest::JobManifest;
use irongate_policy::mapper::{Mapper, MapperOutput, OutputValue};
use irongate_sandbox::{AdmissionLimits, Summary, World, admit};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One mapper: what it is made of, may use, and took on invented rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MapperReport {
    /// The component's SHA-256, in hexadecimal.
    pub(crate) digest: String,
    /// Its size.
    pub(crate) bytes: usize,
    /// What it imports: nothing, or it is refused.
    pub(crate) imports: Vec<String>,
    pub(crate) code: Summary,
    pub(crate) input: String,
    pub(crate) max_rows: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) blocks: Option<u32>,
    /// The most fuel and linear memory of a call.
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: u64,
    /// What its calls took on the bundle's twin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calls: Option<MapperCalls>,
}

/// A mapper of a package, which anybody can submit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Packaged {
    /// It may be called.
    Fits(Box<MapperReport>),
    /// It may not.
    Refused {
        /// Why.
        refused: String,
    },
}

impl Packaged {
    /// What there is to see of a component.
    pub(crate) fn of(component: &[u8], declared: &Mapper) -> Self {
        match MapperReport::of(component, declared) {
            Ok(report) => Self::Fits(Box::new(report)),
            Err(refused) => Self::Refused { refused },
        }
    }

    /// As people read it.
    pub(crate) fn text(&self, name: &str, declared: &Mapper) -> String {
        match self {
            Self::Fits(report) => report.text(name, declared),
            Self::Refused { refused } => {
                format!("mapper {name}\n  {:<13} refused: {refused}\n", "component")
            }
        }
    }
}

impl MapperReport {
    /// What there is to see of a component.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn of(component: &[u8], declared: &Mapper) -> Result<Self, String> {
        let admitted = admit(component, World::Mapper, &AdmissionLimits::default())
            .map_err(|error| error.to_string())?;
        let summary = admitted.summary().map_err(|error| error.to_string())?;
        let memory_bytes = u64::from(declared.memory_kib) << 10;
        if summary.initial_memory_bytes > memory_bytes {
            return Err(format!(
                "it starts with {} bytes of memory, and a call has {memory_bytes}",
                summary.initial_memory_bytes
            ));
        }
        Ok(Self {
            digest: const_hex::encode(admitted.digest()),
            bytes: component.len(),
            imports: admitted.imports().to_vec(),
            code: summary,
            input: declared.input.trim().to_owned(),
            max_rows: declared.max_rows,
            blocks: declared.blocks,
            fuel: declared.fuel,
            memory_bytes,
            calls: None,
        })
    }

    /// As people read it.
    fn text(&self, name: &str, declared: &Mapper) -> String {
        let mut text = format!("mapper {name}\n");
        let mut line = |label: &str, said: String| {
            // Writing to a string does not fail.
            let _written = writeln!(text, "  {label:<13} {said}");
        };
        line(
            "component",
            format!("{} ({} bytes)", self.digest, self.bytes),
        );
        line("imports", "nothing".to_owned());
        let code = &self.code;
        let depth = match code.deepest_calls {
            Some(depth) => format!("calls {depth} deep at most"),
            None => "functions that call each other in a circle".to_owned(),
        };
        line(
            "code",
            format!(
                "{} functions, {} bytes; {} loops; {} calls, {depth}; {} calls through a table; {} never called; asks for memory in {} places",
                code.functions,
                code.code_bytes,
                code.loops,
                code.calls,
                code.indirect_calls,
                code.unreached,
                code.memory_grows
            ),
        );
        let sees = match self.blocks {
            Some(blocks) => format!(
                "at most {} rows of each of {blocks} blocks of units",
                self.max_rows
            ),
            None => format!("at most {} rows of one unit", self.max_rows),
        };
        line(
            "sees",
            format!(
                "{sees}: {}",
                self.input.split_whitespace().collect::<Vec<_>>().join(" ")
            ),
        );
        for output in &declared.outputs {
            line("gives", given(output));
        }
        line(
            "a call",
            format!(
                "at most {} fuel; memory from {} to {} bytes",
                self.fuel, code.initial_memory_bytes, self.memory_bytes
            ),
        );
        if let Some(calls) = &self.calls {
            line("on its twin", calls_text(calls));
        }
        text
    }
}

fn given(output: &MapperOutput) -> String {
    match &output.value {
        OutputValue::Number {
            bounds,
            scale,
            default,
        } => format!(
            "{}: from {} to {}, {scale} digits after the point; default {default}",
            output.name, bounds.lo, bounds.hi
        ),
        OutputValue::Category { keys, default } => format!(
            "{}: one of {}; default {}",
            output.name,
            keys.join(", "),
            default.as_deref().unwrap_or("none: no row")
        ),
    }
}

/// What calls took on invented rows.
pub(crate) fn calls_text(calls: &MapperCalls) -> String {
    let defaults: u64 = calls.defaults.values().sum();
    let why = calls
        .defaults
        .iter()
        .map(|(why, times)| format!("{why} {times}"));
    let why = why.collect::<Vec<_>>().join(", ");
    let why = if why.is_empty() {
        why
    } else {
        format!(" ({why})")
    };
    format!(
        "{} calls, the default for {defaults}{why}; fuel {} of half of them at most, {} of 99 in 100; memory {} bytes at most",
        calls.units, calls.fuel_p50, calls.fuel_p99, calls.memory_bytes
    )
}

/// All mappers as people read them.
pub(crate) fn text(reports: &BTreeMap<String, MapperReport>, manifest: &JobManifest) -> String {
    let declared = reports
        .iter()
        .filter_map(|(name, report)| Some(report.text(name, manifest.mappers.get(name)?)));
    declared.collect::<Vec<_>>().join("")
}
