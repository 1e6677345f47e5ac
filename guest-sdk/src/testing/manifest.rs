//! The part of a job's manifest that its outputs are checked against.

use crate::{Error, Kind, Result, Table};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    limits: Limits,
    outputs: Vec<Output>,
    #[serde(default)]
    mappers: BTreeMap<String, DeclaredMapper>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeclaredMapper {
    pub(super) max_rows: usize,
    pub(super) blocks: Option<u32>,
    pub(super) outputs: Vec<DeclaredOutput>,
}

/// A mapper's output: a number within bounds, or the index of a key.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DeclaredOutput {
    pub(super) name: String,
    bounds: Option<[String; 2]>,
    #[serde(default)]
    keys: Vec<String>,
}

impl DeclaredOutput {
    /// Whether a number is within its bounds, or an index of a key. What is no number stands for the default.
    #[expect(clippy::cast_precision_loss, reason = "keys are few")]
    pub(super) fn holds(&self, number: f64) -> bool {
        match &self.bounds {
            _ if number.is_nan() => true,
            Some([lo, hi]) => {
                let bound = |text: &String| text.parse().unwrap_or(f64::NAN);
                (bound(lo)..=bound(hi)).contains(&number)
            }
            None => number.fract() == 0.0 && (0.0..self.keys.len() as f64).contains(&number),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Limits {
    queries: usize,
}

#[derive(Debug, Deserialize)]
struct Output {
    name: String,
    max_rows: usize,
    #[serde(default)]
    required: bool,
    columns: Vec<OutputColumn>,
}

#[derive(Debug, Deserialize)]
struct OutputColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    null: bool,
    #[serde(default)]
    interval: Interval,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Interval {
    Required,
    Optional,
    #[default]
    None,
}

impl Manifest {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let wrong =
            |cause: &dyn std::fmt::Display| Error::guest(format!("{}: {cause}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|cause| wrong(&cause))?;
        toml::from_str(&text).map_err(|cause| wrong(&cause))
    }

    /// What is declared of a mapper.
    pub(super) fn mapper(mut self, name: &str) -> Result<DeclaredMapper> {
        let mapper = self.mappers.remove(name);
        mapper.ok_or_else(|| Error::guest(format!("the manifest declares no mapper `{name}`")))
    }

    pub(crate) fn queries(&self) -> usize {
        self.limits.queries
    }

    pub(crate) fn required(&self) -> Vec<String> {
        self.outputs
            .iter()
            .filter(|output| output.required)
            .map(|output| output.name.clone())
            .collect()
    }

    /// Whether the table is what the manifest declares; all that is wrong is named at once.
    pub(crate) fn check(&self, name: &str, table: &Table) -> Result<()> {
        let output = self.outputs.iter().find(|output| output.name == name);
        let output = output
            .ok_or_else(|| Error::Rejected(format!("the manifest declares no output `{name}`")))?;
        let mut wrong = Vec::new();
        if table.row_count() > output.max_rows {
            wrong.push(format!("more than {} rows", output.max_rows));
        }
        let declared: Vec<_> = output
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let given: Vec<_> = table.columns().iter().map(crate::Column::name).collect();
        if declared != given {
            wrong.push(format!(
                "columns are {}, not {}",
                given.join(", "),
                declared.join(", ")
            ));
        }
        for (declared, given) in output.columns.iter().zip(table.columns()) {
            let column = &declared.name;
            let kind = match given.kind() {
                Kind::Decimal => Kind::Float64,
                other => other,
            };
            if kind.to_string() != declared.kind {
                wrong.push(format!(
                    "column `{column}` is {}, not {}",
                    given.kind(),
                    declared.kind
                ));
            }
            if given.has_nulls() && !declared.null {
                wrong.push(format!("column `{column}` has a null"));
            }
            if declared.interval == Interval::Required && given.half_widths().is_none() {
                wrong.push(format!("column `{column}` has no noise intervals: hand over the released values unchanged"));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Rejected(format!(
                "output `{name}`: {}",
                wrong.join("; ")
            )))
        }
    }
}
