//! Private SQL: check, bound, execute, release.
//!
//! A statement becomes an analysed plan; every node below a release is shown to be *unit-local*;
//! inputs are bounded to exact integers; noise is drawn through OpenDP; any SQL above runs over the
//! released tables alone.
//!
//! *Invariant:* SQL runs on protected data through [`execute`] and [`execute_prepared`] alone, which are one path;
//! `noise` is the only module that draws noise.

mod bound;
mod bucket;
mod check;
mod clamp;
mod estimate;
mod execute;
mod explain;
mod mapper;
mod noise;
mod options;
mod reject;
mod release;
mod released;
mod source;
mod total;
mod zone;

#[cfg(feature = "evidence")]
pub use bound::RowCounts;
pub use check::{
    CheckedQuery, MAX_CUBE_KEYS, MAX_MECHANISMS, MAX_NESTING, MAX_PLAN_NODES, MAX_PLAN_PARTS,
    MAX_STATEMENT_BYTES, MAX_TABLES, MAX_TOKENS, MapperProbe, check, mapper_probe,
};
#[cfg(feature = "evidence")]
pub use execute::{
    Assumed, BoundedRelease, Given, assumed, bounded, bounded_given, bounded_in_sql, given,
    plans_on_trial, private_plans, private_rows, release,
};
pub use execute::{Prepared, execute, execute_prepared, prepare};
pub use explain::{Explain, ExplainMechanism, ExplainOutput, ExplainRelease, RowsError};
pub use mapper::{MapUnit, Mapped, MapperTable, Stopped};
pub use options::{Catalog, LossRequest, MAX_SHARE, QueryOptions, Split, Table};
pub use reject::{Example, Rejection, Rule, Span};
#[cfg(feature = "fault-injection")]
pub use released::Fault;
pub use released::{
    ColumnInfo, ColumnStatus, DataAccess, ExecutionEnv, ExecutionError, Planned, Released, Timings,
};
