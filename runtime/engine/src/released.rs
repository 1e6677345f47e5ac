//! What leaves a query, and what the gate hands in to run one.

use crate::mapper::{MapUnit, Stopped};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where a version's files are and which key its namespace has. Held by the gate.
pub trait DataAccess: Send + Sync {
    /// The Parquet files of a version, in unit order (as ingest stores them).
    ///
    /// # Errors
    /// A text for the agency's log when the version is not there.
    fn files(&self, dataset: &DatasetId, version: &VersionId) -> Result<Vec<PathBuf>, String>;

    /// The namespace's key.
    ///
    /// # Errors
    /// A text for the agency's log when the key is not there.
    fn key(&self, namespace: &NamespaceId) -> Result<NamespaceKey, String>;

    /// The code of a mapper.
    ///
    /// # Errors
    /// A text for the agency's log when it is not there.
    fn mapper(&self, name: &str) -> Result<Arc<dyn MapUnit>, String> {
        Err(format!("there is no mapper `{name}`"))
    }
}

/// How much of a deadline is planned for, by declared metadata, public tables and statements alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    /// Rows that all units may have in the private parts.
    pub(crate) rows: u64,
    /// What the rows of one unit may take there, ns.
    pub(crate) unit_ns: u64,
}

/// Resources of one execution.
#[derive(Debug, Clone)]
pub struct ExecutionEnv {
    /// Memory pool of each part, private or public, bytes.
    pub memory_bytes: usize,
    /// Wall-clock limit of the whole execution.
    pub timeout: Duration,
    /// The time that was declared for it, which its public worst case is held against; [`Self::timeout`] if
    /// none was. What is left of a deadline tells how long earlier work took: nothing is refused for it.
    pub declared: Option<Duration>,
    /// What was planned before, for other queries that have to end by the same deadline.
    pub planned: Planned,
    /// Cores that one execution may use at once.
    pub cores: NonZeroUsize,
    /// A fault planted for the evidence tests; absent from shipped binaries.
    #[cfg(feature = "fault-injection")]
    pub fault: Option<Fault>,
}

impl Default for ExecutionEnv {
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 30,
            timeout: Duration::from_secs(60),
            declared: None,
            planned: Planned::default(),
            cores: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            #[cfg(feature = "fault-injection")]
            fault: None,
        }
    }
}

/// Faults that the empirical audit must catch.
#[cfg(feature = "fault-injection")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Noise for half the true sensitivity.
    SensitivityHalved,
    /// Inputs are added up unclamped.
    ClampRemoved,
    /// The threshold of a keyset is one too low.
    ThresholdOffByOne,
    /// Exact values leave.
    NoiseMissing,
}

/// A released table.
#[derive(Debug, Clone)]
pub struct Released {
    /// The table.
    pub batch: RecordBatch,
    /// One for each column of `batch`.
    pub columns: Vec<ColumnInfo>,
    /// For the agency alone: how long each stage took.
    pub timings: Timings,
}

/// Durations of the stages; measured, so never shown to operators.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timings {
    /// Reading, filtering, joining and bounding.
    pub bounded: Duration,
    /// Drawing noise.
    pub noise: Duration,
    /// SQL above the release.
    pub post: Duration,
}

/// What is known of one output column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnInfo {
    /// Column name.
    pub name: String,
    /// Bounds applied to each input value, in the column's unit, if an aggregate.
    pub bounds: Option<(String, String)>,
    /// The mechanism, e.g. `laplace`; empty for keys and derived values. For MIN and MAX it goes on to say
    /// that they are quantiles.
    pub mechanism: String,
    /// How the value relates to a release.
    pub status: ColumnStatus,
}

/// How an output column relates to a release.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnStatus {
    /// A group key, unchanged.
    Key,
    /// A released value, unchanged: half-widths of its 95 % noise interval, one per row, in the
    /// column's unit; `None` where the value is null. Excludes clamping bias.
    Value {
        /// One per row.
        half_widths: Vec<Option<f64>>,
    },
    /// Computed from releases or public data.
    Derived,
}

/// Why an execution failed. Operators see one opaque code; the text is the agency's, and holds no
/// value of the data either: what a library says is cut to its kind, since it may quote what it read.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// The wall-clock limit passed; ask for less work or a longer deadline
    #[error("the execution ran past its time limit; ask for less work or a longer deadline")]
    Timeout,
    /// The public worst case is beyond the limits; nothing was read
    #[error("{0}")]
    TooLarge(String),
    /// A part of the statement has no plan; nothing was read
    #[error(
        "no plan can be made for this statement; write it another way, for example with its unions, windows and \
         joins in sub-queries of their own"
    )]
    Unplanned,
    /// Data or keys could not be had
    #[error("data access failed: {0}")]
    Access(String),
    /// The stored data breaks the storage layout
    #[error("stored data breaks the layout: {0}; ingest the version again")]
    Layout(&'static str),
    /// The query engine failed
    #[error("the query engine failed: {}", engine_kind(.0))]
    Engine(#[from] DataFusionError),
    /// Columnar arithmetic failed
    #[error("columnar arithmetic failed: {}", arrow_kind(.0))]
    Arrow(#[from] ArrowError),
    /// The machine ended a mapper's call
    #[error("a mapper was stopped: {0}")]
    Stopped(Stopped),
    /// Noise could not be drawn
    #[error("noise: {0}")]
    Noise(String),
}

const OUT_OF_MEMORY: &str = "out of its memory; ask for less or give it more";
const UNREADABLE: &str = "a stored file cannot be read";
const NOT_WHOLE: &str = "a stored file is no whole Parquet file";

fn engine_kind(error: &DataFusionError) -> &'static str {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => OUT_OF_MEMORY,
        // How a merge join tells of it.
        DataFusionError::Execution(text) if text.ends_with("Disk spilling disabled.") => {
            OUT_OF_MEMORY
        }
        DataFusionError::ArrowError(error, _) => arrow_kind(error),
        DataFusionError::ParquetError(_) => NOT_WHOLE,
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => UNREADABLE,
        DataFusionError::ExecutionJoin(_) => "one of its tasks stopped",
        DataFusionError::Internal(_) => "an internal step",
        _ => "running the plan",
    }
}

fn arrow_kind(error: &ArrowError) -> &'static str {
    match error {
        ArrowError::CastError(_) | ArrowError::ParseError(_) | ArrowError::SchemaError(_) => {
            "a column is not of its type"
        }
        ArrowError::DivideByZero | ArrowError::ArithmeticOverflow(_) => "arithmetic",
        ArrowError::MemoryError(_) => "out of memory",
        ArrowError::IoError(..) => UNREADABLE,
        ArrowError::ParquetError(_) => NOT_WHOLE,
        _ => "computing a column",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_quotes_no_value() {
        let cast = || ArrowError::CastError("cannot cast `13800138000`".into());
        let nested = DataFusionError::ArrowError(Box::new(cast()), None)
            .context("while reading `13800138000`");
        let said = [
            ExecutionError::from(cast()).to_string(),
            ExecutionError::from(nested).to_string(),
            ExecutionError::from(DataFusionError::Execution("13800138000".into())).to_string(),
        ];
        assert_eq!(
            said,
            [
                "columnar arithmetic failed: a column is not of its type",
                "the query engine failed: a column is not of its type",
                "the query engine failed: running the plan",
            ]
        );
    }
}
