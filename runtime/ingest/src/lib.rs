//! Ingest: a provider's file becomes an immutable version of a dataset.
//!
//! ```text
//! file ─ read ─▶ chunks of text ─ clean (Polars) ─▶ typed rows ─ pseudonym ─▶ bucket files
//!      ─ sort ─▶ rows by unit ─ duplicates, row cap ─▶ part-00000.parquet … + manifest.json
//! ```
//!
//! *Invariant:* every rule looks at one row, or at the rows of one unit. Nothing is inferred from
//! data. So removing a unit from the file leaves every other unit's stored rows as they were.
//!
//! **What refuses the file**, with every problem listed: it does not have the declared format;
//! columns missing, undeclared or named twice; a row with the wrong number of fields; text that is
//! not UTF-8 or does not read as its column's type.
//!
//! **What drops a row**, and is counted in the [`QualityReport`] for the agency: a null in a unit
//! column; a null where the column says `null = "drop"`; a value outside domain, bounds or string
//! length where it says `out_of_range = "drop"`; a second row of a unit that agrees in all
//! `unique_within_unit` columns (nulls agree; the row that is first in canonical order stands); rows
//! of a unit beyond `max_rows` (those with the smallest keyed hash stand; equal rows are told apart
//! by their occurrence).
//!
//! **What is stored** (the engine relies on it): column `unit`, 16 bytes of `Binary`, never null,
//! dictionary-encoded; then all other columns in spec order as [`stored_schema`] says. Rows are
//! sorted by unit over all files and then in canonical order; no unit crosses a file or row group. A
//! public table has no `unit` column.

mod bucket;
mod canonical;
mod clean;
mod error;
mod ingest;
mod manifest;
mod parts;
mod read;
mod report;
mod sort;
mod twin;
mod units;

pub use canonical::UNIT_BYTES;
pub use error::{IngestError, MAX_LISTED_PROBLEMS, Problem, Problems};
pub use ingest::{IngestRequest, Ingested, Progress, ingest};
pub use manifest::{Commitment, MANIFEST_FILE, Manifest, StoredFile, verify_files};
pub use parts::{MAX_ROW_GROUP_ROWS, STORED_UNIT, stored_schema};
pub use report::{ColumnQuality, DropReason, Dropped, QualityReport};
pub use twin::{MAX_TWIN_ROWS, MAX_TWIN_UNITS, twin};
