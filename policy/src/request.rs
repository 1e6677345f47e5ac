//! What parties ask for: the bodies of signed statements.

use crate::agreement::Agreement;
use crate::dataset::Budget;
use crate::manifest::JobManifest;
use crate::scenario::Scenario;
use crate::{
    AgreementId, BatchId, DatasetId, Digest, JobId, NamespaceId, PartyId, PublicKey, ScenarioId,
    Timestamp,
};
use serde::{Deserialize, Serialize};

/// What an organisation is (plan, clause 1). A person acts for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartyKind {
    /// Implementing agency (实施机构).
    Agency,
    /// Operator (运营机构).
    Operator,
    /// Developer (开发主体) working for an operator.
    Developer,
    /// Data provider (数据提供单位).
    Provider,
    /// Industry regulator (行业主管部门).
    Regulator,
    /// Supervisor (政务服务和大数据局).
    Supervisor,
    /// Expert (专家委员会).
    Expert,
    /// Auditor: reads only.
    Auditor,
}

impl PartyKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Agency,
        Self::Operator,
        Self::Developer,
        Self::Provider,
        Self::Regulator,
        Self::Supervisor,
        Self::Expert,
        Self::Auditor,
    ];

    /// The kind as written in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Operator => "operator",
            Self::Developer => "developer",
            Self::Provider => "provider",
            Self::Regulator => "regulator",
            Self::Supervisor => "supervisor",
            Self::Expert => "expert",
            Self::Auditor => "auditor",
        }
    }
}

impl std::fmt::Display for PartyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for PartyKind {
    type Err = UnknownKind;
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(UnknownKind)
    }
}

/// No such kind of party.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a party is one of agency, operator, developer, provider, regulator, supervisor, expert, auditor"
)]
pub struct UnknownKind;

/// What can be frozen. Written `dataset:ID`, `operator:ID`, `namespace:ID` or `all`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FreezeTarget {
    /// One dataset, all versions.
    Dataset(DatasetId),
    /// Everything under an operator's agreements.
    Operator(PartyId),
    /// Every dataset of a namespace; the gate does so when its failure allowance is used up.
    Namespace(NamespaceId),
    /// Everything.
    All,
}

/// Not a freeze target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write `dataset:ID`, `operator:ID`, `namespace:ID` or `all`")]
pub struct TargetError;

impl std::fmt::Display for FreezeTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dataset(id) => write!(f, "dataset:{id}"),
            Self::Operator(id) => write!(f, "operator:{id}"),
            Self::Namespace(id) => write!(f, "namespace:{id}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl std::str::FromStr for FreezeTarget {
    type Err = TargetError;
    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text.split_once(':') {
            None if text == "all" => Ok(Self::All),
            Some(("dataset", id)) => Ok(Self::Dataset(id.parse().map_err(|_| TargetError)?)),
            Some(("operator", id)) => Ok(Self::Operator(id.parse().map_err(|_| TargetError)?)),
            Some(("namespace", id)) => Ok(Self::Namespace(id.parse().map_err(|_| TargetError)?)),
            _ => Err(TargetError),
        }
    }
}

impl TryFrom<String> for FreezeTarget {
    type Error = TargetError;
    fn try_from(text: String) -> Result<Self, TargetError> {
        text.parse()
    }
}

impl From<FreezeTarget> for String {
    fn from(target: FreezeTarget) -> Self {
        target.to_string()
    }
}

/// One change of the catalog: a draft of a dataset, by its hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ChangeRef {
    pub dataset: DatasetId,
    pub change: Digest,
}

macro_rules! requests {
    ($($(#[$doc:meta])* $variant:ident = $kind:literal;)*) => {
        /// What a party asks for. The serialised `kind` is the prefix that keeps a signature for one
        /// purpose from serving another.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "body")]
        pub enum Request {
            $($(#[$doc])* #[serde(rename = $kind)] $variant($variant),)*
        }

        impl Request {
            /// The kind, as signed.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }
        }

        $(impl From<$variant> for Request {
            fn from(body: $variant) -> Self { Self::$variant(body) }
        })*
    };
}

requests! {
    /// Opens the log.
    Genesis = "irongate/v1/genesis";
    /// Registers a party and its key.
    AddParty = "irongate/v1/add-party";
    /// Replaces the policy pack.
    InstallPack = "irongate/v1/install-pack";
    /// Consents to a catalog change.
    Consent = "irongate/v1/consent";
    /// Publishes consented changes together.
    Publish = "irongate/v1/publish";
    /// Takes a dataset out of the catalog at once.
    Delist = "irongate/v1/delist";
    /// Offers an agreement.
    OfferAgreement = "irongate/v1/offer-agreement";
    /// Accepts an agreement.
    AcceptAgreement = "irongate/v1/accept-agreement";
    /// Consents, as an affected provider, to an agreement.
    ConsentAgreement = "irongate/v1/consent-agreement";
    /// Ends an agreement before its term.
    RevokeAgreement = "irongate/v1/revoke-agreement";
    /// Proposes a scenario.
    ProposeScenario = "irongate/v1/propose-scenario";
    /// Approves a scenario.
    ApproveScenario = "irongate/v1/approve-scenario";
    /// Submits a job.
    SubmitJob = "irongate/v1/submit-job";
    /// Approves a job.
    ApproveJob = "irongate/v1/approve-job";
    /// Starts an approved job.
    RunJob = "irongate/v1/run-job";
    /// Votes to release a held job.
    ReleaseJob = "irongate/v1/release-job";
    /// Refuses a job.
    RefuseJob = "irongate/v1/refuse-job";
    /// Asks one query outside a job.
    SubmitQuery = "irongate/v1/submit-query";
    /// Stops every use of something.
    Freeze = "irongate/v1/freeze";
    /// Lifts a freeze; two parties sign.
    Thaw = "irongate/v1/thaw";
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty,)* }
    )*};
}

bodies! {
    /// Opens the log. Signed by the agency with the key it names; the signer becomes its id.
    Genesis {
        /// The agency's public key.
        key: PublicKey,
        /// The log's signing key, as its checkpoints carry it (a `signed_note` verifier key).
        log_key: String,
        /// The text of the first policy pack (TOML).
        pack: String,
    }
    /// Registers a party and its key. Signed by the agency.
    AddParty {
        /// The party's id.
        party: PartyId,
        /// What it is.
        kind: PartyKind,
        /// Its public key; no two parties share one.
        key: PublicKey,
    }
    /// Replaces the policy pack by one of a higher version. Signed by the agency.
    InstallPack {
        /// The pack's text (TOML).
        pack: String,
    }
    /// Consents to a draft. Signed by the provider, and by the regulator, that its spec names.
    Consent {
        /// The dataset.
        dataset: DatasetId,
        /// The draft's change hash ([`crate::change_hash`]).
        change: Digest,
    }
    /// Publishes consented drafts as one batch. Signed by the agency.
    Publish {
        /// The batch.
        batch: BatchId,
        /// The drafts.
        changes: Vec<ChangeRef>,
    }
    /// Takes every published version of a dataset out of use, at once and for good; a later version
    /// may be published. Signed by the agency, or the provider or regulator the spec names.
    Delist {
        /// The dataset.
        dataset: DatasetId,
        /// Why; no personal data.
        reason: String,
    }
    /// Offers an agreement. Signed by the agency.
    OfferAgreement {
        /// What is offered.
        agreement: Agreement,
    }
    /// Accepts an agreement. Signed by its operator.
    AcceptAgreement {
        /// The agreement.
        agreement: AgreementId,
        /// What is signed: [`Digest::of_json`] of the [`Agreement`].
        terms: Digest,
    }
    /// Consents to an agreement. Signed by a provider of data it covers.
    ConsentAgreement {
        /// The agreement.
        agreement: AgreementId,
        /// What is signed: [`Digest::of_json`] of the [`Agreement`].
        terms: Digest,
    }
    /// Ends an agreement. Signed by the agency.
    RevokeAgreement {
        /// The agreement.
        agreement: AgreementId,
        /// Why; no personal data.
        reason: String,
    }
    /// Proposes a scenario. Signed by the operator of its agreement.
    ProposeScenario {
        /// What is proposed.
        scenario: Scenario,
    }
    /// Approves a scenario. Signed by the agency.
    ApproveScenario {
        /// The scenario.
        scenario: ScenarioId,
        /// What is signed: [`Digest::of_json`] of the [`Scenario`].
        terms: Digest,
    }
    /// Submits a job. Signed by the operator, or a developer bound to the scenario.
    SubmitJob {
        /// SHA-256 of the package's bytes.
        package: Digest,
        /// Its manifest.
        manifest: JobManifest,
    }
    /// Approves a checked job. Signed by reviewers, the agency among them.
    ApproveJob {
        /// The job.
        job: JobId,
    }
    /// Starts an approved job. Signed by the agency.
    RunJob {
        /// The job.
        job: JobId,
    }
    /// Votes to release a held job. Signed by reviewers, the agency among them.
    ReleaseJob {
        /// The job.
        job: JobId,
    }
    /// Refuses a job that has not been released. Signed by a reviewer.
    RefuseJob {
        /// The job.
        job: JobId,
        /// Why; no personal data.
        reason: String,
    }
    /// Asks one query. Signed by the operator, or a developer bound to the scenario.
    SubmitQuery {
        /// The scenario.
        scenario: ScenarioId,
        /// SHA-256 over the SQL and its options, in the gate's encoding.
        sql: Digest,
        /// The most it may spend in each namespace.
        budget: Budget,
        /// When the answer is shown.
        deadline: crate::manifest::Seconds,
    }
    /// Stops every use of the target. Signed by the agency, the supervisor, or, for a dataset, the
    /// provider or regulator its spec names.
    Freeze {
        /// What is frozen.
        target: FreezeTarget,
        /// Why; no personal data.
        reason: String,
    }
    /// Lifts one freeze, named by its moment so that an old signature cannot lift a later one. Two
    /// parties who may freeze the target sign, each with a statement of its own.
    Thaw {
        /// What is thawed.
        target: FreezeTarget,
        /// When it was frozen ([`crate::State::frozen_at`]).
        frozen_at: Timestamp,
        /// Why; no personal data.
        reason: String,
    }
}
