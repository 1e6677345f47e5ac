//! The gate's places where a test stops the process (see `irongate_store::failpoint`).

use irongate_store::failpoint::Point;

/// The places, in the order a job passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failpoint {
    /// A submission and its package are durable; the component is not admitted yet.
    Submitted,
    /// A start is durable; nothing of the job ran.
    Started,
    /// A reservation is durable; no data was touched.
    Reserved,
    /// A released table is in memory; nothing of it is stored.
    Executed,
    /// A release is durable; the job was not handed its table.
    Released,
    /// The reuse of a stored release is durable; the job was not handed its table.
    Reused,
    /// The job has ended; nothing of its outputs is stored.
    Ended,
    /// The job's end is durable; nobody was told.
    Finished,
}

impl Failpoint {
    /// Every place, for tests that go through them all.
    pub const ALL: [Self; 8] = [
        Self::Submitted,
        Self::Started,
        Self::Reserved,
        Self::Executed,
        Self::Released,
        Self::Reused,
        Self::Ended,
        Self::Finished,
    ];
}

impl Point for Failpoint {
    fn name(self) -> &'static str {
        match self {
            Self::Submitted => "gate.submitted",
            Self::Started => "gate.started",
            Self::Reserved => "gate.reserved",
            Self::Executed => "gate.executed",
            Self::Released => "gate.released",
            Self::Reused => "gate.reused",
            Self::Ended => "gate.ended",
            Self::Finished => "gate.finished",
        }
    }
}
