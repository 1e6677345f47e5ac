//! What an Irongate job is written with.
//!
//! A job asks private questions and hands over outputs; it never sees a person's row. On wasm it
//! runs behind the gate; natively the same function runs against fixtures, with `testing::Harness`.
//!
//! ```
//! use irongate_guest::prelude::*;
//!
//! #[derive(Row)]
//! struct Visits {
//!     year: i64,
//!     mean_visits: Option<f64>,
//! }
//!
//! #[irongate_guest::job]
//! fn run(ctx: &mut Context) -> Result<()> {
//!     let table = ctx
//!         .query("SELECT year, AVG(docvis) AS mean_visits FROM rwm5yr GROUP BY year")
//!         .rho("0.02")
//!         .max_groups_per_unit(5)
//!         .table()?;
//!     let rows: Vec<Visits> = table.rows()?;
//!     log::info(format!("{} years", rows.len()));
//!     ctx.emit("visits", table)
//! }
//! ```
//!
//! *Invariant:* nothing here offers a clock, randomness, files or a network: the sandbox has none.

// The derive names the crate as jobs do.
#[cfg(test)]
extern crate self as irongate_guest;

mod context;
mod error;
mod field;
pub mod log;
pub mod outputs;
pub mod rows;
mod table;
mod value;

#[cfg(target_arch = "wasm32")]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
pub mod mapping;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use context::{Context, Gate, Options, Query};
pub use error::{Error, Result};
pub use field::{Cells, Field, Released, Row};
pub use log::Level;
pub use outputs::Outputs;
pub use rows::{Rows, UnitRow, Units};
pub use table::{Column, Table, Values};
pub use value::{Date, Decimal, Kind, Timestamp, Value};

/// Makes a function the job's entry; a project has one. It takes the context and returns a result:
/// an error is written to the job's log and fails the job, without outputs.
///
/// ```
/// use irongate_guest::prelude::*;
/// #[irongate_guest::job]
/// fn run(ctx: &mut Context) -> Result<()> {
///     let table = ctx.query("SELECT COUNT(*) AS n FROM visits").rho("0.01").table()?;
///     ctx.emit("count", table)
/// }
/// ```
/// Anything else does not compile: an argument too few,
/// ```compile_fail
/// #[irongate_guest::job]
/// fn run() -> irongate_guest::Result<()> { Ok(()) }
/// ```
/// another return type,
/// ```compile_fail
/// #[irongate_guest::job]
/// fn run(ctx: &mut irongate_guest::Context) {}
/// ```
/// an async function,
/// ```compile_fail
/// #[irongate_guest::job]
/// async fn run(ctx: &mut irongate_guest::Context) -> irongate_guest::Result<()> { Ok(()) }
/// ```
/// or arguments to the attribute.
/// ```compile_fail
/// #[irongate_guest::job(fast)]
/// fn run(ctx: &mut irongate_guest::Context) -> irongate_guest::Result<()> { Ok(()) }
/// ```
pub use irongate_guest_macros::job;

/// Reads and writes a struct as a row: each field is the column of its name, or of
/// `#[row(rename = "…")]`.
///
/// ```
/// use irongate_guest::prelude::*;
/// #[derive(Row)]
/// struct Visits {
///     year: i64,
///     #[row(rename = "mean_visits")]
///     mean: Option<f64>,
/// }
/// ```
/// Only structs with named fields of known types are rows:
/// ```compile_fail
/// #[derive(irongate_guest::Row)]
/// struct Visits(i64);
/// ```
/// ```compile_fail
/// #[derive(irongate_guest::Row)]
/// enum Visits { One }
/// ```
/// ```compile_fail
/// #[derive(irongate_guest::Row)]
/// struct Visits { year: std::time::Duration }
/// ```
/// ```compile_fail
/// #[derive(irongate_guest::Row)]
/// struct Visits { year: i64, #[row(rename = "year")] again: i64 }
/// ```
pub use irongate_guest_macros::Row;

/// Makes a function the mapper of a project: what it returns for one person's rows. It has no context and imports
/// nothing, and each call has an instance of its own. With `blocks` in the manifest it takes [`Units`] in the place of [`Rows`]:
/// the rows of many people.
///
/// ```
/// use irongate_guest::prelude::*;
///
/// #[derive(UnitRow)]
/// struct Visit {
///     year: i64,
///     docvis: f64,
///     income: Option<f64>,
/// }
///
/// #[derive(Outputs)]
/// struct Score {
///     score: f64,
/// }
///
/// #[irongate_guest::mapper]
/// fn map(rows: Rows<'_, Visit>) -> Score {
///     let visits: f64 = rows.map(|visit| visit.docvis).sum();
///     Score { score: visits.sqrt() }
/// }
/// ```
/// A row that holds texts borrows them:
/// ```
/// use irongate_guest::prelude::*;
/// #[derive(UnitRow)]
/// struct Note<'a> { text: &'a str }
/// #[derive(Outputs)]
/// struct Length { longest: usize }
/// #[irongate_guest::mapper]
/// fn map<'a>(rows: Rows<'a, Note<'a>>) -> Length {
///     Length { longest: rows.map(|note| note.text.len()).max().unwrap_or(0) }
/// }
/// ```
/// Anything else does not compile: another argument,
/// ```compile_fail
/// #[irongate_guest::mapper]
/// fn map(rows: &[u8]) -> f64 { 0.0 }
/// ```
/// or nothing returned.
/// ```compile_fail
/// # use irongate_guest::prelude::*;
/// # #[derive(UnitRow)]
/// # struct Visit { year: i64 }
/// #[irongate_guest::mapper]
/// fn map(rows: Rows<'_, Visit>) {}
/// ```
pub use irongate_guest_macros::mapper;

/// Reads a struct as a row of a mapper's: each field is the column of its name, or of `#[row(rename = "…")]`. A
/// field that is no `Option` needs a column without nulls; `f64` reads integers and decimals.
///
/// ```compile_fail
/// #[derive(irongate_guest::UnitRow)]
/// struct Visit<T> { year: T }
/// ```
/// ```compile_fail
/// #[derive(irongate_guest::UnitRow)]
/// struct Visit { year: i64, #[row(rename = "year")] again: i64 }
/// ```
pub use irongate_guest_macros::UnitRow;

/// Makes a struct what a mapper returns: each field is the output of its name, or of `#[row(rename = "…")]`.
///
/// ```compile_fail
/// #[derive(irongate_guest::Outputs)]
/// struct Score { score: String }
/// ```
pub use irongate_guest_macros::Outputs;

/// What a job uses: `use irongate_guest::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Column, Context, Date, Decimal, Error, Kind, Outputs, Released, Result, Row, Rows, Table,
        Timestamp, UnitRow, Units, Value, Values, log,
    };
}
