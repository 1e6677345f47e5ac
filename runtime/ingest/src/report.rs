//! The quality report of an ingest, for the agency only: everything in it is measured.

use irongate_policy::{DatasetId, VersionId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What was read, kept and dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityReport {
    /// The dataset.
    pub dataset: DatasetId,
    /// The version.
    pub version: VersionId,
    /// Rows of the file.
    pub rows_read: u64,
    /// Rows stored.
    pub rows_kept: u64,
    /// Units stored; 0 for a public table.
    pub units: u64,
    /// Rows dropped, each counted under the first reason that holds.
    pub dropped: Vec<Dropped>,
    /// Every declared column, over all rows read.
    pub columns: Vec<ColumnQuality>,
}

/// Rows dropped for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Why.
    pub reason: DropReason,
    /// How many.
    pub rows: u64,
}

/// Why a row is dropped, in the order in which reasons are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// A column of the unit is null.
    UnitNull(String),
    /// A null in a column that drops them.
    Null(String),
    /// A value outside the column's domain, bounds or string length.
    OutOfRange(String),
    /// The unit has an earlier row with the same `unique_within_unit` columns.
    DuplicateWithinUnit,
    /// The unit has more rows than `max_rows`.
    BeyondRowCap,
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnitNull(column) => write!(f, "unit column `{column}` is null"),
            Self::Null(column) => write!(f, "`{column}` is null"),
            Self::OutOfRange(column) => write!(f, "`{column}` is out of range"),
            Self::DuplicateWithinUnit => f.write_str("duplicate within its unit"),
            Self::BeyondRowCap => f.write_str("beyond the unit's row cap"),
        }
    }
}

/// One column over all rows read, before nulls are replaced and values clamped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnQuality {
    /// The column.
    pub column: String,
    /// Rows in which it is null.
    pub null: u64,
    /// Rows in which it is outside domain, bounds or string length.
    pub out_of_range: u64,
}

/// A share of all rows, in percent.
fn percent(part: u64, of: u64) -> f64 {
    // Shown to people: the nearest double is exact enough.
    if of == 0 {
        0.0
    } else {
        100.0 * part as f64 / of as f64
    }
}

impl fmt::Display for QualityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.rows_read;
        writeln!(f, "{} {} (for the agency only)", self.dataset, self.version)?;
        writeln!(f, "  rows read   {read:>12}")?;
        writeln!(
            f,
            "  rows kept   {:>12}  {:6.2} %  of {} units",
            self.rows_kept,
            percent(self.rows_kept, read),
            self.units
        )?;
        for Dropped { reason, rows } in &self.dropped {
            writeln!(
                f,
                "  dropped     {rows:>12}  {:6.2} %  {reason}",
                percent(*rows, read)
            )?;
        }
        let width = self
            .columns
            .iter()
            .map(|column| column.column.len())
            .max()
            .unwrap_or(0)
            .max("column".len());
        writeln!(f, "  {:width$}        null   out of range", "column")?;
        for ColumnQuality {
            column,
            null,
            out_of_range,
        } in &self.columns
        {
            writeln!(
                f,
                "  {column:width$}   {:7.3} %      {:7.3} %",
                percent(*null, read),
                percent(*out_of_range, read)
            )?;
        }
        Ok(())
    }
}
