//! Job manifests: what a job reads, spends, uses and gives out, declared before it runs.

use crate::agreement::FileError;
use crate::dataset::{Bilingual, Budget};
use crate::digest::MAX_JSON_INTEGER;
use crate::mapper::{MAX_MAPPERS, Mapper, is_reserved};
use crate::{DatasetId, Decimal, ScenarioId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The format of manifests.
pub const FORMAT: u32 = 1;
/// The most datasets a job reads, outputs it has, and columns of each: far above honest use.
pub const MAX_LIST: usize = 256;

/// An output may not be called so: its JSON would stand in the place of the release's certificate.
const CERTIFICATE: &str = "certificate";
/// What the ends of a released value's noise interval are called, after its column.
pub const INTERVAL_ENDS: [&str; 2] = ["_low95", "_high95"];

/// A job manifest: the file `irongate.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobManifest {
    /// [`FORMAT`].
    pub format: u32,
    /// What the job is.
    pub job: JobHeader,
    /// Everything it reads, filters and joins included.
    pub reads: Vec<ReadRule>,
    /// The most it may spend in each namespace.
    pub budget: Budget,
    /// The most it may use.
    pub limits: Limits,
    /// Its own code over raw rows, by the name under which SQL reads it.
    // Left out where there is none: such a manifest is signed as it always was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mappers: BTreeMap<String, Mapper>,
    /// What it gives out.
    pub outputs: Vec<Output>,
}

/// What a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobHeader {
    /// Its name.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// Its kind.
    pub kind: JobKind,
    /// The scenario it serves.
    pub scenario: ScenarioId,
    /// The component's path in the package.
    pub component: String,
    /// What it is for.
    pub purpose: Bilingual,
    /// When operators see its end.
    pub deadline: Seconds,
}

/// How a job reaches data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// A WASM component that sees released tables only.
    Analyst,
    /// One query, without a package; never written in a manifest.
    Interactive,
    /// Code over the raw rows of one unit, as part of a job; never a job's own kind.
    Mapper,
}

impl JobKind {
    /// The kind as written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Interactive => "interactive",
            Self::Mapper => "mapper",
        }
    }
}

/// Columns a job may read of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadRule {
    /// The dataset; its latest published version, fixed at approval.
    pub dataset: DatasetId,
    /// The columns.
    pub columns: Vec<String>,
}

/// Resources of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Units of fuel, as the sandbox counts them.
    pub fuel: u64,
    /// Linear memory, in MiB.
    pub memory_mib: u64,
    /// Queries.
    pub queries: u32,
    /// Released bytes handed to the guest, in MiB.
    pub returned_mib: u64,
}

impl Limits {
    /// The names of the limits in which `self` asks for more than `most` allows.
    pub fn beyond(&self, most: &Self) -> Vec<&'static str> {
        [
            ("fuel", self.fuel > most.fuel),
            ("memory_mib", self.memory_mib > most.memory_mib),
            ("queries", self.queries > most.queries),
            ("returned_mib", self.returned_mib > most.returned_mib),
        ]
        .into_iter()
        .filter_map(|(name, over)| over.then_some(name))
        .collect()
    }
}

/// A declared output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// The most rows it has.
    pub max_rows: u64,
    /// Whether the job fails without it.
    pub required: bool,
    /// Its columns.
    pub columns: Vec<OutputColumn>,
}

/// A column of a declared output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: OutputType,
    /// Whether it may be null.
    pub null: bool,
    /// Whether it carries a noise interval; by default none.
    #[serde(default)]
    pub interval: IntervalRule,
}

/// The type of an output's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum OutputType {
    Bool,
    Int64,
    Float64,
    String,
    Date,
    Timestamp,
}

/// Whether a value carries a noise interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum IntervalRule {
    Required,
    Optional,
    #[default]
    None,
}

/// A duration in whole seconds, written `"60s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seconds(pub u32);

/// Not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a duration is whole seconds such as `60s`")]
pub struct SecondsError;

impl TryFrom<String> for Seconds {
    type Error = SecondsError;
    fn try_from(text: String) -> Result<Self, SecondsError> {
        let digits = text.strip_suffix('s').ok_or(SecondsError)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SecondsError);
        }
        digits.parse().map(Self).map_err(|_| SecondsError)
    }
}

impl From<Seconds> for String {
    fn from(seconds: Seconds) -> Self {
        seconds.to_string()
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}s", self.0)
    }
}

impl JobManifest {
    /// Reads a manifest (TOML) and checks what can be checked without a catalog.
    ///
    /// # Errors
    /// [`FileError`] with every problem found, one a line.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let manifest: Self = toml::from_str(text).map_err(|error| FileError(error.to_string()))?;
        let problems = manifest.problems();
        if problems.is_empty() {
            Ok(manifest)
        } else {
            Err(FileError(problems.join("\n")))
        }
    }

    /// Everything wrong with it that needs no catalog to see.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut want = |ok: bool, text: String| {
            if !ok {
                problems.push(text);
            }
        };
        want(self.format == FORMAT, format!("`format` must be {FORMAT}"));
        want(
            self.job.kind == JobKind::Analyst,
            "`job.kind` must be `analyst`; interactive queries have no manifest".into(),
        );
        want(
            is_relative_file(&self.job.component),
            "`job.component` must be a relative path inside the package".into(),
        );
        want(
            !self.job.name.is_empty() && self.job.name.len() <= crate::id::MAX_ID_LENGTH,
            "`job.name` must have 1 to 64 bytes".into(),
        );
        want(
            self.job.deadline.0 > 0,
            "`job.deadline` must be above `0s`".into(),
        );
        want(
            !self.reads.is_empty(),
            "`reads` is empty: name what the job reads".into(),
        );
        want(
            !self.outputs.is_empty(),
            "`outputs` is empty: name what the job gives out".into(),
        );
        want(
            self.budget.cap >= Decimal::ZERO && self.budget.delta >= Decimal::ZERO,
            "`budget` must not be negative".into(),
        );
        want(
            self.reads.len() <= MAX_LIST && self.outputs.len() <= MAX_LIST,
            format!("at most {MAX_LIST} reads and {MAX_LIST} outputs"),
        );
        want(
            [
                self.limits.fuel,
                self.limits.memory_mib,
                self.limits.returned_mib,
            ]
            .iter()
            .all(|n| *n <= MAX_JSON_INTEGER),
            "`limits` must be below 2^53".into(),
        );
        let mut datasets = BTreeSet::new();
        for read in &self.reads {
            let columns: BTreeSet<_> = read.columns.iter().collect();
            want(
                datasets.insert(&read.dataset),
                format!("`reads`: `{}` is named twice", read.dataset),
            );
            want(
                !columns.is_empty() && columns.len() == read.columns.len(),
                format!("`reads`: `{}` must name columns, each once", read.dataset),
            );
        }
        let mut names = BTreeSet::new();
        for output in &self.outputs {
            let columns: BTreeSet<_> = output.columns.iter().map(|c| &c.name).collect();
            want(
                is_name(&output.name) && output.name != CERTIFICATE && names.insert(&output.name),
                format!(
                    "`outputs`: `{}` is not a name for an output, or stands twice",
                    output.name
                ),
            );
            want(
                !columns.is_empty()
                    && columns.len() == output.columns.len()
                    && columns.len() <= MAX_LIST
                    && columns.iter().all(|name| is_name(name)),
                format!(
                    "`outputs`: `{}` must have columns with names, each once",
                    output.name
                ),
            );
            // A released value's interval leaves beside it under these names.
            let is_end = |name: &&String| {
                let of = INTERVAL_ENDS.iter().find_map(|end| name.strip_suffix(end));
                of.is_some_and(|of| columns.iter().any(|column| *column == of))
            };
            want(
                !columns.iter().any(is_end),
                format!(
                    "`outputs`: `{}` has a column that is called as an end of another's noise interval; rename it",
                    output.name
                ),
            );
            want(
                output.max_rows <= MAX_JSON_INTEGER,
                format!(
                    "`outputs`: `{}`: `max_rows` must be below 2^53",
                    output.name
                ),
            );
        }
        want(
            self.mappers.len() <= MAX_MAPPERS,
            format!("at most {MAX_MAPPERS} mappers"),
        );
        let mut components = BTreeSet::from([&self.job.component]);
        for (name, mapper) in &self.mappers {
            let is_read = self.reads.iter().any(|read| read.dataset.as_str() == name);
            want(
                is_name(name) && !is_reserved(name) && !is_read,
                format!("`mappers`: `{name}` is not a name for a table, or is a dataset's"),
            );
            want(
                is_relative_file(&mapper.component) && components.insert(&mapper.component),
                format!(
                    "`mappers.{name}`: `component` must be a relative path inside the package, of no other component"
                ),
            );
            for problem in mapper.problems(is_name) {
                want(false, format!("`mappers.{name}`: {problem}"));
            }
        }
        problems
    }
}

/// Names of outputs stand in file names: `[a-z_][a-z0-9_-]{0,62}`.
fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

fn is_relative_file(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
