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
mod table;
mod value;

#[cfg(target_arch = "wasm32")]
pub mod bindings;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use context::{Context, Gate, Options, Query};
pub use error::{Error, Result};
pub use field::{Cells, Field, Released, Row};
pub use log::Level;
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

/// What a job uses: `use irongate_guest::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Column, Context, Date, Decimal, Error, Kind, Released, Result, Row, Table, Timestamp,
        Value, Values, log,
    };
}
