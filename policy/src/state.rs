//! State: a fold of the events. Every field is public to read; only [`State::evolve`] writes.

mod accounts;
mod evolve;

use crate::account::{Account, AccountId};
use crate::agreement::Agreement;
use crate::command::{Charges, Draft, Reads};
use crate::dataset::{Budget, DatasetSpec};
use crate::event::{Event, Fact, JobOrder};
use crate::manifest::JobKind;
use crate::pack::Pack;
use crate::request::{FreezeTarget, PartyKind};
use crate::scenario::Scenario;
use crate::{
    AgreementId, BatchId, DatasetId, Digest, ElementId, JobId, NamespaceId, Nonce, PartyId,
    PublicKey, ReleaseId, ScenarioId, Timestamp, VersionId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything the events say. Empty before the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names say it")]
pub struct State {
    /// The log, once opened.
    pub log: Option<LogInfo>,
    /// When the last event happened.
    pub last: Timestamp,
    /// Nonces of every statement that had an effect.
    pub nonces: BTreeSet<Nonce>,
    pub parties: BTreeMap<PartyId, Party>,
    pub datasets: BTreeMap<DatasetId, Dataset>,
    /// The namespace each source element entered; nothing: as public data.
    pub elements: BTreeMap<ElementId, Option<NamespaceId>>,
    /// Each namespace's budget, fixed when its first dataset was published.
    pub namespaces: BTreeMap<NamespaceId, Namespace>,
    pub batches: BTreeMap<BatchId, Vec<crate::request::ChangeRef>>,
    pub agreements: BTreeMap<AgreementId, AgreementState>,
    pub scenarios: BTreeMap<ScenarioId, ScenarioState>,
    pub jobs: BTreeMap<JobId, Job>,
    /// Every open account. What is spent of it was lost in its namespace or in one linked to it.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Stored query releases by fingerprint.
    pub stored: BTreeMap<Digest, StoredRelease>,
    /// Ids of every release, of queries and of outputs.
    pub releases: BTreeSet<ReleaseId>,
    pub freezes: BTreeMap<FreezeTarget, FreezeState>,
}

/// The log's identity and the rules in force.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names say it")]
pub struct LogInfo {
    pub origin: String,
    pub log_key: String,
    pub pack: Pack,
    pub pack_digest: Digest,
}

/// A registered party.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names say it")]
pub struct Party {
    pub kind: PartyKind,
    pub key: PublicKey,
}

/// A dataset's drafts and versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dataset {
    /// Every draft, by change hash.
    pub changes: BTreeMap<Digest, Change>,
    /// The change hash of every version.
    pub versions: BTreeMap<VersionId, Digest>,
    /// The change hash of the latest published version.
    pub published: Option<Digest>,
}

/// A draft and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was ingested.
    pub draft: Draft,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who consented.
    pub consents: BTreeSet<PartyId>,
    /// Whether it was published.
    pub published: bool,
    /// Whether it was delisted, for good.
    pub delisted: bool,
}

/// A namespace, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its budget, for life.
    pub budget: Budget,
    /// Residual failures so far, of all it is charged together with.
    pub failures: u32,
    /// The other namespaces it is charged together with: those a published spec declares linked to
    /// it, and those linked to them. For ever, and mutual.
    pub linked: BTreeSet<NamespaceId>,
}

/// An agreement and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names say it")]
pub struct AgreementState {
    pub agreement: Agreement,
    pub accepted: bool,
    pub providers: BTreeSet<PartyId>,
    pub active: bool,
    pub revoked: bool,
}

/// A scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names say it")]
pub struct ScenarioState {
    pub scenario: Scenario,
    pub approved: bool,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum JobStatus {
    Submitted,
    Rejected,
    Checked,
    Approved,
    Running,
    Held,
    Released,
    Refused,
    Failed,
}

impl JobStatus {
    /// The status as written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Rejected => "rejected",
            Self::Checked => "checked",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Held => "held",
            Self::Released => "released",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more happens to the job.
    pub fn is_final(self) -> bool {
        match self {
            Self::Rejected | Self::Released | Self::Refused | Self::Failed => true,
            Self::Submitted | Self::Checked | Self::Approved | Self::Running | Self::Held => false,
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Who submitted it.
    pub submitter: PartyId,
    /// What it is to do.
    pub order: JobOrder,
    /// Where it is.
    pub status: JobStatus,
    /// Who approved it.
    pub approvals: BTreeSet<PartyId>,
    /// The data versions fixed at approval.
    pub versions: BTreeMap<DatasetId, VersionId>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// Its queries, by number from 0, reused ones included.
    pub queries: Vec<QueryState>,
    /// Its outputs once it has ended: their release id and digest.
    pub outputs: Option<(ReleaseId, Digest)>,
    /// Who voted to release them.
    pub votes: BTreeSet<PartyId>,
    /// Whether it was ever held.
    pub was_held: bool,
}

impl Job {
    /// Its kind.
    pub fn kind(&self) -> JobKind {
        match &self.order {
            JobOrder::Package(order) => order.manifest.job.kind,
            JobOrder::Query(_) => JobKind::Interactive,
        }
    }

    /// Whether it brings code over raw rows.
    pub fn has_mappers(&self) -> bool {
        match &self.order {
            JobOrder::Package(order) => !order.manifest.mappers.is_empty(),
            JobOrder::Query(_) => false,
        }
    }

    /// Its scenario.
    pub fn scenario(&self) -> &ScenarioId {
        match &self.order {
            JobOrder::Package(order) => &order.manifest.job.scenario,
            JobOrder::Query(order) => &order.scenario,
        }
    }

    /// The most it may spend in each namespace.
    pub fn budget(&self) -> Budget {
        match &self.order {
            JobOrder::Package(order) => order.manifest.budget,
            JobOrder::Query(order) => order.budget,
        }
    }

    /// The most queries it may ask.
    pub fn max_queries(&self) -> u32 {
        match &self.order {
            JobOrder::Package(order) => order.manifest.limits.queries,
            JobOrder::Query(_) => 1,
        }
    }

    /// Every column its manifest declares to read; nothing for an interactive query, whose reads are
    /// known only once it is planned.
    pub fn declared_reads(&self) -> Option<Reads> {
        match &self.order {
            JobOrder::Package(order) => Some(
                order
                    .manifest
                    .reads
                    .iter()
                    .map(|rule| (rule.dataset.clone(), rule.columns.iter().cloned().collect()))
                    .collect(),
            ),
            JobOrder::Query(_) => None,
        }
    }
}

/// A query of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names say it")]
pub struct QueryState {
    pub reads: Reads,
    pub charges: Charges,
    pub fingerprint: Digest,
    pub release: Option<ReleaseId>,
    pub reused: bool,
}

/// A stored release of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names say it")]
pub struct StoredRelease {
    pub release: ReleaseId,
    pub job: JobId,
    pub scenario: ScenarioId,
    pub table: Digest,
    pub reads: Reads,
    pub charges: Charges,
}

/// A freeze in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeState {
    /// When it was frozen.
    pub at: Timestamp,
    /// Who signed to lift it.
    pub thaws: BTreeSet<PartyId>,
}

impl State {
    /// The specs of all drafts that were ever recorded in a namespace, whatever became of them.
    pub fn drafted_in(&self, namespace: &NamespaceId) -> impl Iterator<Item = &DatasetSpec> {
        let changes = self.datasets.values().flat_map(|d| d.changes.values());
        let specs = changes.map(|change| &change.draft.spec);
        specs.filter(|spec| {
            let protected = spec.protected();
            protected.is_some_and(|protected| protected.unit.namespace == *namespace)
        })
    }

    /// The state after these events.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut state = Self::default();
        for event in events {
            state.evolve(event);
        }
        state
    }

    /// The spec of a dataset's latest published version, unless it was delisted.
    pub fn published_spec(&self, dataset: &DatasetId) -> Option<&DatasetSpec> {
        self.published_change(dataset)
            .map(|change| &change.draft.spec)
    }

    /// The latest published version of a dataset, unless it was delisted.
    pub fn published_version(&self, dataset: &DatasetId) -> Option<&VersionId> {
        self.published_change(dataset)
            .map(|change| &change.draft.version)
    }

    pub(crate) fn published_change(&self, dataset: &DatasetId) -> Option<&Change> {
        let dataset = self.datasets.get(dataset)?;
        let change = dataset.changes.get(dataset.published.as_ref()?)?;
        (!change.delisted).then_some(change)
    }

    /// What became of one version of a dataset.
    pub fn version(&self, dataset: &DatasetId, version: &VersionId) -> Option<&Change> {
        let dataset = self.datasets.get(dataset)?;
        dataset.changes.get(dataset.versions.get(version)?)
    }

    /// When the target was frozen, if it is.
    pub fn frozen_at(&self, target: &FreezeTarget) -> Option<Timestamp> {
        self.freezes.get(target).map(|freeze| freeze.at)
    }

    /// The job of this submission that has not ended, if there is one: submitting it again is a
    /// no-op.
    pub fn find_live_job(
        &self,
        submitter: &PartyId,
        order: &crate::request::SubmitJob,
    ) -> Option<&JobId> {
        self.jobs
            .iter()
            .find(|(_, job)| {
                !job.status.is_final()
                    && job.submitter == *submitter
                    && matches!(&job.order, JobOrder::Package(own) if own == order)
            })
            .map(|(id, _)| id)
    }
}
