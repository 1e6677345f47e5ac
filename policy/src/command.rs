//! Commands: what a decision is asked about.

use crate::dataset::DatasetSpec;
use crate::{DatasetId, Digest, JobId, Loss, NamespaceId, ReleaseId, Signed, Timestamp, VersionId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked for, and when. Time comes from the caller's clock; ids and nonces come with the
/// action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Now; not before the last event.
    pub at: Timestamp,
    /// What is asked for.
    pub action: Action,
}

/// Who asks for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A party, by a signed statement.
    Party(Box<Signed>),
    /// The gate itself.
    Gate(GateAction),
}

/// The columns read of each dataset, filters and joins included.
pub type Reads = BTreeMap<DatasetId, BTreeSet<String>>;

/// What a query costs each namespace.
pub type Charges = BTreeMap<NamespaceId, Loss>;

/// What the gate itself does. It is trusted to say truly what it did; policy decides whether it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateAction {
    /// A dataset was ingested.
    RecordDraft(Box<Draft>),
    /// A submitted job's package passed every check.
    MarkChecked {
        /// The job.
        job: JobId,
    },
    /// A submitted job's package failed a check.
    MarkRejected {
        /// The job.
        job: JobId,
    },
    /// A running job's query is about to touch data: spends at once.
    Reserve(Box<Reservation>),
    /// A reserved query's release is stored and about to be handed to the job.
    ReleaseQuery {
        /// The job.
        job: JobId,
        /// The query's number in the job ([`crate::event::Fact::QueryReserved`]).
        query: u32,
        /// The release's id, drawn by the gate.
        release: ReleaseId,
        /// SHA-256 of the released table: noisy values only.
        table: Digest,
    },
    /// A running job asks what was already released: spends nothing.
    ReuseRelease(Box<Reservation>),
    /// A running job has ended well: its outputs leave, or wait for reviewers.
    FinishJob {
        /// The job.
        job: JobId,
        /// The id of the outputs' release, drawn by the gate.
        release: ReleaseId,
        /// SHA-256 over the outputs, which hold released values only.
        outputs: Digest,
    },
    /// A running job failed.
    FailJob {
        /// The job.
        job: JobId,
        /// Whether the failure could depend on protected data: the host, not the guest's
        /// own trap, error or fuel.
        residual: bool,
    },
}

/// A version of a dataset, ingested and not yet agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Its spec.
    pub spec: DatasetSpec,
    /// Its version, random.
    pub version: VersionId,
    /// A hiding commitment to the stored files: never a digest of content.
    pub commitment: Digest,
}

/// What a query reads and costs, as the bounded plan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The job.
    pub job: JobId,
    /// Every column read, by dataset.
    pub reads: Reads,
    /// The loss charged to each namespace read; none for public data.
    pub charges: Charges,
    /// Names the bounded plan, parameters, loss, data versions, scenario and engine version.
    pub fingerprint: Digest,
}
