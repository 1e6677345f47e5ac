//! What the gate offers a running job.

use crate::table::Table;

/// How a query may spend, as the guest wrote it. Numbers are decimal strings and unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryOptions {
    /// ε to spend.
    pub epsilon: Option<String>,
    /// ρ to spend.
    pub rho: Option<String>,
    /// δ to spend.
    pub delta: Option<String>,
    /// Most groups a unit may be in (C).
    pub max_groups_per_unit: Option<u32>,
    /// Most rows of a unit that count in a group (m).
    pub max_rows_per_group: Option<u32>,
    /// Most distinct values of a unit that count in a group (L).
    pub max_values_per_group: Option<u32>,
    /// The least loss for which 95 % of the noise is within this of each count and sum: one for all, or one for
    /// each.
    pub accuracy: Vec<String>,
    /// Weights by which the loss is divided over the aggregates.
    pub shares: Vec<u32>,
}

/// What a guest is told when a call fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestError {
    /// Policy says no: the codes of every reason.
    Denied(Vec<String>),
    /// The statement or the table does not fit; the text says what to write instead.
    Rejected(String),
    /// It failed; why is not said.
    Failed,
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For the developer.
    Debug,
    /// Progress.
    Info,
    /// Odd, but the job goes on.
    Warn,
    /// Something the job could not do.
    Error,
}

/// The gate's side of the analyst world. Called on the job's own thread, one call at a time;
/// limits and fuel have been charged when a call arrives. A panic in it aborts the job.
pub trait Host: Send {
    /// Asks for private statistics.
    ///
    /// # Errors
    /// What the guest is told.
    fn query(&mut self, sql: &str, options: &QueryOptions) -> Result<Table, GuestError>;

    /// Hands over a declared output. The table's lengths are not checked yet.
    ///
    /// # Errors
    /// What the guest is told.
    fn output(&mut self, name: &str, table: Table) -> Result<(), GuestError>;

    /// Writes to the job's log, which the agency reads.
    fn log(&mut self, level: Level, text: &str);
}
