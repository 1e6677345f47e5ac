//! Events: what happened. The log of them is the database.
//!
//! The serialised names are stable: a log written once is read for ever. No event holds personal
//! data or a value measured on protected data.

use crate::agreement::Agreement;
use crate::command::{Charges, Draft, Reads};
use crate::denial::Code;
use crate::pack::Pack;
use crate::request::{ChangeRef, FreezeTarget, PartyKind};
use crate::scenario::Scenario;
use crate::{
    AgreementId, BatchId, DatasetId, Digest, JobId, PartyId, PublicKey, ReleaseId, ScenarioId,
    Signed, Timestamp, VersionId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An event: a fact, with when, by whom, and under which rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// The digest of the policy pack it was decided under.
    pub pack: Digest,
    /// What happened.
    pub event: Fact,
    /// The signed statement it follows from; on the first event of a party's command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<Signed>>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// The gate itself.
    Gate,
    /// A party.
    Party(PartyId),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
#[expect(missing_docs, reason = "the field names say it")]
pub enum Fact {
    /// The log was opened.
    Opened {
        origin: String,
        log_key: String,
        agency: PartyId,
        key: PublicKey,
        pack: Box<Pack>,
        pack_digest: Digest,
    },
    /// A party was registered.
    PartyAdded {
        party: PartyId,
        kind: PartyKind,
        key: PublicKey,
    },
    /// A policy pack came into force.
    PackInstalled {
        pack: Box<Pack>,
        pack_digest: Digest,
    },
    /// A dataset was ingested.
    DraftRecorded { draft: Box<Draft>, change: Digest },
    /// A party named in the spec consented.
    ChangeConsented {
        dataset: DatasetId,
        change: Digest,
        party: PartyId,
    },
    /// A batch was published.
    BatchPublished {
        batch: BatchId,
        changes: Vec<ChangeRef>,
    },
    /// A dataset was taken out of the catalog.
    DatasetDelisted { dataset: DatasetId, reason: String },
    /// An agreement was offered.
    AgreementOffered { agreement: Box<Agreement> },
    /// Its operator accepted it.
    AgreementAccepted { agreement: AgreementId },
    /// An affected provider consented to it.
    AgreementConsented {
        agreement: AgreementId,
        provider: PartyId,
    },
    /// All who must have signed it: it is in force during its term.
    AgreementActivated { agreement: AgreementId },
    /// It was ended.
    AgreementRevoked {
        agreement: AgreementId,
        reason: String,
    },
    /// A scenario was proposed.
    ScenarioProposed { scenario: Box<Scenario> },
    /// A scenario was approved; its accounts are open.
    ScenarioApproved { scenario: ScenarioId },
    /// A job was submitted.
    JobSubmitted { job: JobId, order: Box<JobOrder> },
    /// Its package passed every check.
    JobChecked { job: JobId },
    /// Its package failed a check.
    JobRejected { job: JobId },
    /// One reviewer approved it.
    JobApprovalGiven { job: JobId, reviewer: PartyId },
    /// The quorum approved it: data versions are fixed and its account is open.
    JobApproved {
        job: JobId,
        versions: BTreeMap<DatasetId, VersionId>,
    },
    /// It was started.
    JobStarted { job: JobId },
    /// A query reserved its loss: spent, whatever follows.
    QueryReserved {
        job: JobId,
        query: u32,
        reads: Reads,
        charges: Charges,
        fingerprint: Digest,
    },
    /// A query's release was stored.
    QueryReleased {
        job: JobId,
        query: u32,
        release: ReleaseId,
        table: Digest,
    },
    /// A stored release was handed out again, for nothing.
    ReleaseReused {
        job: JobId,
        query: u32,
        release: ReleaseId,
        fingerprint: Digest,
    },
    /// A job's outputs wait for reviewers: its grade asks for it, or the rules no longer allow it.
    JobHeld {
        job: JobId,
        release: ReleaseId,
        outputs: Digest,
        why: Vec<Code>,
    },
    /// One reviewer voted to release them.
    JobReleaseVoted { job: JobId, reviewer: PartyId },
    /// A job's outputs left.
    JobReleased {
        job: JobId,
        release: ReleaseId,
        outputs: Digest,
    },
    /// A job was refused.
    JobRefused { job: JobId, reason: String },
    /// A job failed; `residual`: the failure could depend on protected data.
    JobFailed { job: JobId, residual: bool },
    /// Every use of the target stopped.
    Frozen {
        target: FreezeTarget,
        reason: String,
    },
    /// One party signed to lift a freeze.
    ThawSigned {
        target: FreezeTarget,
        party: PartyId,
    },
    /// A freeze was lifted.
    Thawed { target: FreezeTarget },
}

/// What a job is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each job, and boxed in events"
)]
pub enum JobOrder {
    /// A package with its manifest.
    Package(crate::request::SubmitJob),
    /// One interactive query.
    Query(crate::request::SubmitQuery),
}

impl Fact {
    /// The job it is about, if it is about one.
    pub fn job(&self) -> Option<&JobId> {
        match self {
            Self::JobSubmitted { job, .. }
            | Self::JobChecked { job }
            | Self::JobRejected { job }
            | Self::JobApprovalGiven { job, .. }
            | Self::JobApproved { job, .. }
            | Self::JobStarted { job }
            | Self::QueryReserved { job, .. }
            | Self::QueryReleased { job, .. }
            | Self::ReleaseReused { job, .. }
            | Self::JobHeld { job, .. }
            | Self::JobReleaseVoted { job, .. }
            | Self::JobReleased { job, .. }
            | Self::JobRefused { job, .. }
            | Self::JobFailed { job, .. } => Some(job),
            _ => None,
        }
    }
}
