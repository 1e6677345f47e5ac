//! A trial: a job on a synthetic twin, in a home that lives for the length of one call.
//!
//! Nothing here is a copy of the gate's rules. The parties, the catalog and the grant are made up, the
//! rows are invented from the specs alone, and then the job takes the gate's own path: the same policy,
//! engine, noise and vetting. So what a trial accepts, the gate accepts; and it can spend nothing,
//! because no account of anybody is there.

use crate::ask::HomeData;
use crate::clock::{Clock, Sleep, SystemClock};
use crate::entropy::{Entropy, SystemEntropy, random, random_id};
use crate::error::GateError;
use crate::explain::published;
use crate::gate::{Gate, Surroundings};
use crate::home::Home;
use crate::mappers::MapperCalls;
use crate::outputs::Provenance;
use crate::package::Contents;
use crate::run::{FILE, RunOutcome};
use crate::sandbox::Sandbox;
use irongate_engine::{ExecutionEnv, LossRequest};
use irongate_policy::agreement::{Agreement, FORMAT, Mode};
use irongate_policy::command::{Charges, Draft};
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::request::{
    AcceptAgreement, AddParty, ApproveJob, ApproveScenario, ChangeRef, Consent, OfferAgreement,
    PartyKind, ProposeScenario, Publish,
};
use irongate_policy::scenario::Scenario;
use irongate_policy::state::JobStatus;
use irongate_policy::{
    BatchId, DatasetId, Digest, GateAction, JobId, Loss, PartyId, ReleaseId, Request, SigningKey,
    Timestamp, VersionId,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A loss of no account: what a mapper gives here is of nobody.
const TRIAL_RHO: i64 = 1;
/// How long the units of a twin may take.
const TRIAL_TIME: Duration = Duration::from_secs(600);
const AGENCY: &str = "trial-agency";
const OPERATOR: &str = "trial-operator";

/// What is tried.
#[derive(Debug, Clone)]
pub struct Trial<'a> {
    /// The scenario, as the bundle has it.
    pub scenario: &'a Scenario,
    /// The specs of its datasets: all that the invented rows are made from.
    pub specs: &'a [DatasetSpec],
    /// The job.
    pub contents: Contents,
    /// Another seed, other rows.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct TrialReport {
    /// How the job ended: `released`, `held` (reviewers would have to vote) or `failed`.
    pub state: &'static str,
    /// What would have left.
    pub outputs: Vec<ReleasedTable>,
    /// Queries asked.
    pub queries: usize,
    /// What the job would cost in the agency's home, by namespace. Here it cost nothing.
    pub would_spend: Charges,
    /// What its mappers did on invented rows, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mappers: BTreeMap<String, MapperCalls>,
    /// The invented rows, by dataset.
    pub twin: BTreeMap<DatasetId, TwinRef>,
}

/// One invented dataset.
#[derive(Debug, Clone, Serialize)]
pub struct TwinRef {
    /// Its rows.
    pub rows: u64,
    /// Its units.
    pub units: u64,
    /// SHA-256 over spec, seed and stored rows: the same bundle and seed give the same.
    pub digest: String,
}

/// A table that left, or would have, with where its columns come from.
#[derive(Debug, Clone, Serialize)]
pub struct ReleasedTable {
    /// The output's name.
    pub name: String,
    /// Its columns in order; a released one is followed in `rows` by `NAME_low95` and `NAME_high95`.
    pub columns: Vec<(String, Provenance)>,
    /// The rows, as the JSON file has them.
    pub rows: serde_json::Value,
}

/// The machine's time, in which nobody waits: a trial has nobody to keep a deadline for.
struct Hurried(SystemClock);

impl Clock for Hurried {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }
    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(std::future::ready(()))
    }
}

/// Runs a job on the twin of its bundle, in a folder made for it. Why a job fails is in the trace.
///
/// # Errors
/// [`GateError`], as the agency's gate would give it to this job.
pub async fn try_on_twin(
    trial: Trial<'_>,
    folder: &Path,
    sandbox: impl FnOnce(&Home, &dyn Entropy) -> Result<Sandbox, GateError>,
) -> Result<TrialReport, GateError> {
    let mut stand = Stand::open(folder).await?;
    let twin = stand.catalog(trial.specs, trial.seed).await?;
    stand.grant(trial.scenario).await?;
    let gate = Arc::clone(&stand.gate);
    let sandbox = sandbox(gate.home(), gate.around().entropy.as_ref())?;
    let (sandbox, counts) = sandbox.counting();
    let order = trial.contents.submission()?;
    let operator = party(OPERATOR)?;
    let signed = gate.sign(stand.key(&operator)?, operator, order)?;
    let package = trial.contents.pack(&signed)?;
    let (job, _) = gate.submit_package(package, &sandbox).await?;
    stand.approve(&job).await?;
    let outcome = gate
        .run_job(&job, stand.key(&party(AGENCY)?)?, &sandbox)
        .await?;
    let (state, outputs) = match outcome {
        RunOutcome::Released { release } => ("released", gate.released_tables(&release).await?),
        RunOutcome::Held { release } => ("held", gate.released_tables(&release).await?),
        RunOutcome::Failed => ("failed", Vec::new()),
    };
    let (queries, would_spend) = stand.cost(&job).await?;
    Ok(TrialReport {
        state,
        outputs,
        queries,
        would_spend,
        mappers: counts.take(),
        twin,
    })
}

/// Calls each mapper of a job for the units of its bundle's twin, in a folder made for it: what the calls take, and how
/// often defaults stand for numbers.
///
/// # Errors
/// [`GateError::Rejected`] if a component or an input is refused.
pub async fn measure_mappers(
    trial: Trial<'_>,
    folder: &Path,
    sandbox: impl FnOnce(&Home, &dyn Entropy) -> Result<Sandbox, GateError>,
) -> Result<BTreeMap<String, MapperCalls>, GateError> {
    let mut stand = Stand::open(folder).await?;
    stand.catalog(trial.specs, trial.seed).await?;
    let gate = Arc::clone(&stand.gate);
    let sandbox = sandbox(gate.home(), gate.around().entropy.as_ref())?;
    let (sandbox, counts) = sandbox.counting();
    let mappers = sandbox.mappers(&trial.contents.mappers, &trial.contents.manifest()?)?;
    let names = trial.specs.iter().map(|spec| &spec.name);
    let mut catalog = gate.with_state(|state| published(state, names)).await;
    catalog.mappers = mappers.tables().clone();
    mappers.fit(&catalog)?;
    let options = irongate_engine::QueryOptions::new(LossRequest::Rho(TRIAL_RHO.into()));
    for (name, mapper) in mappers.tables() {
        let shown = match (mapper.declared.blocks, mapper.declared.outputs.first()) {
            (Some(_), Some(output)) => format!("AVG(\"{}\")", output.name),
            _ => "COUNT(*)".to_owned(),
        };
        let sql = format!("SELECT {shown} FROM \"{name}\"");
        let query = irongate_engine::check(&sql, &catalog, &options)
            .map_err(|refused| GateError::rejected(refused.to_string()))?;
        let env = ExecutionEnv {
            timeout: TRIAL_TIME,
            ..ExecutionEnv::default()
        };
        irongate_engine::execute(&query, &HomeData(gate.home(), &mappers), &env)
            .await
            .map_err(|error| GateError::rejected(format!("mapper `{name}`: {error}")))?;
    }
    Ok(counts.take())
}

fn party(name: &str) -> Result<PartyId, GateError> {
    PartyId::new(name).map_err(|error| GateError::failed("naming a party", error))
}

/// A home with everybody's keys in one hand.
struct Stand {
    gate: Arc<Gate>,
    keys: BTreeMap<PartyId, SigningKey>,
}

impl Stand {
    async fn open(folder: &Path) -> Result<Self, GateError> {
        let around = Surroundings {
            clock: Arc::new(Hurried(SystemClock)),
            entropy: Arc::new(SystemEntropy::new()),
        };
        let agency = new_key(around.entropy.as_ref())?;
        let pack = irongate_policy::pack::DEFAULT;
        let (gate, _) = Gate::init(Home::at(folder), party(AGENCY)?, &agency, pack, around).await?;
        let mut stand = Self {
            gate: Arc::new(gate),
            keys: BTreeMap::from([(party(AGENCY)?, agency)]),
        };
        stand.enter(&party(OPERATOR)?, PartyKind::Operator).await?;
        Ok(stand)
    }

    fn key(&self, who: &PartyId) -> Result<&SigningKey, GateError> {
        self.keys
            .get(who)
            .ok_or_else(|| GateError::Failed(format!("`{who}` has no key")))
    }

    async fn say(&self, who: &PartyId, request: impl Into<Request>) -> Result<(), GateError> {
        let signed = self.gate.sign(self.key(who)?, who.clone(), request)?;
        self.gate.submit(signed).await.map(drop)
    }

    async fn enter(&mut self, who: &PartyId, kind: PartyKind) -> Result<(), GateError> {
        if self.keys.contains_key(who) {
            return Ok(());
        }
        let key = new_key(self.gate.around().entropy.as_ref())?;
        let request = AddParty {
            party: who.clone(),
            kind,
            key: key.public_key(),
        };
        self.say(&party(AGENCY)?, request).await?;
        self.keys.insert(who.clone(), key);
        Ok(())
    }

    /// Invents the datasets and publishes them.
    async fn catalog(
        &mut self,
        specs: &[DatasetSpec],
        seed: u64,
    ) -> Result<BTreeMap<DatasetId, TwinRef>, GateError> {
        let mut twins = BTreeMap::new();
        let mut changes = Vec::new();
        for spec in specs {
            self.enter(&spec.provider, PartyKind::Provider).await?;
            self.enter(&spec.regulator, PartyKind::Regulator).await?;
            let (twin, change) = self.draft(spec, seed).await?;
            for who in [&spec.provider, &spec.regulator] {
                let consent = Consent {
                    dataset: spec.name.clone(),
                    change,
                };
                self.say(who, consent).await?;
            }
            changes.push(ChangeRef {
                dataset: spec.name.clone(),
                change,
            });
            twins.insert(spec.name.clone(), twin);
        }
        let batch = BatchId::new("trial").map_err(|e| GateError::failed("naming a batch", e))?;
        self.say(&party(AGENCY)?, Publish { batch, changes })
            .await?;
        Ok(twins)
    }

    async fn draft(&self, spec: &DatasetSpec, seed: u64) -> Result<(TwinRef, Digest), GateError> {
        let entropy = self.gate.around().entropy.as_ref();
        let home = self.gate.home();
        let version = VersionId::new(random_id("v", entropy)?)
            .map_err(|error| GateError::failed("naming a version", error))?;
        if let Some(protected) = spec.protected() {
            home.make_namespace_key(&protected.unit.namespace, entropy)?;
        }
        crate::home::private_folder(&home.dataset(&spec.name))?;
        let folder = home.version(&spec.name, &version);
        let manifest = irongate_ingest::twin(spec, seed, &folder)
            .map_err(|error| GateError::failed("inventing rows", error))?;
        let commitment = manifest.commitment();
        let draft = Draft {
            spec: spec.clone(),
            version,
            commitment: Digest::new(commitment.0),
        };
        let change = irongate_policy::change_hash(&draft)?;
        self.gate
            .step(GateAction::RecordDraft(Box::new(draft)), Vec::new())
            .await?;
        let twin = TwinRef {
            rows: manifest.rows,
            units: manifest.units,
            digest: commitment.to_string(),
        };
        Ok((twin, change))
    }

    /// Agreement and scenario, with the scenario's own budget; whoever the job's author is, here it is
    /// the operator.
    async fn grant(&self, scenario: &Scenario) -> Result<(), GateError> {
        let today = Timestamp(self.gate.around().clock.now_ms()).day();
        let term = today.and_then(|from| Some((from, from.plus_years(1)?)));
        let (from, to) =
            term.ok_or_else(|| GateError::Failed("the clock is set wrongly".into()))?;
        let (agency, operator) = (party(AGENCY)?, party(OPERATOR)?);
        let agreement = Agreement {
            format: FORMAT,
            id: scenario.agreement.clone(),
            operator: operator.clone(),
            mode: Mode::Whole,
            datasets: Vec::new(),
            domains: Vec::new(),
            scenarios: Vec::new(),
            from,
            to,
            budget: None,
        };
        let accept = AcceptAgreement {
            agreement: agreement.id.clone(),
            terms: Digest::of_json(&agreement)?,
        };
        self.say(&agency, OfferAgreement { agreement }).await?;
        self.say(&operator, accept).await?;
        let scenario = Scenario {
            developers: Vec::new(),
            ..scenario.clone()
        };
        let approve = ApproveScenario {
            scenario: scenario.id.clone(),
            terms: Digest::of_json(&scenario)?,
        };
        self.say(&operator, ProposeScenario { scenario }).await?;
        self.say(&agency, approve).await
    }

    /// The agency approves, then providers and regulators of what it reads, until they are enough.
    async fn approve(&self, job: &JobId) -> Result<(), GateError> {
        let reviewers = self.gate.with_state(|state| {
            let reads = state.jobs.get(job).and_then(|job| job.declared_reads());
            let specs = reads.into_iter().flat_map(|reads| reads.into_keys());
            specs
                .filter_map(|dataset| state.published_spec(&dataset))
                .flat_map(|spec| [spec.provider.clone(), spec.regulator.clone()])
                .collect::<Vec<_>>()
        });
        for who in std::iter::once(party(AGENCY)?).chain(reviewers.await) {
            let status = self
                .gate
                .with_state(|state| state.jobs.get(job).map(|job| job.status));
            if status.await != Some(JobStatus::Checked) {
                break;
            }
            self.say(&who, ApproveJob { job: job.clone() }).await?;
        }
        Ok(())
    }

    async fn cost(&self, job: &JobId) -> Result<(usize, Charges), GateError> {
        let queries = self
            .gate
            .with_state(|state| state.jobs.get(job).map(|job| job.queries.clone()))
            .await
            .unwrap_or_default();
        let mut total = Charges::new();
        for query in queries.iter().filter(|query| !query.reused) {
            for (namespace, charge) in &query.charges {
                let spent = total.get(namespace).copied().unwrap_or(Loss::NONE);
                let sum = spent
                    .compose(*charge)
                    .map_err(|error| GateError::failed("adding up the cost", error))?;
                total.insert(namespace.clone(), sum);
            }
        }
        Ok((queries.len(), total))
    }
}

fn new_key(entropy: &dyn Entropy) -> Result<SigningKey, GateError> {
    SigningKey::from_seed(&random::<32>(entropy)?)
        .map_err(|error| GateError::failed("making a key", error))
}

impl Gate {
    /// The tables of a release, for people to look at.
    ///
    /// # Errors
    /// [`GateError::Failed`] if a stored file is missing or damaged.
    pub async fn released_tables(
        &self,
        release: &ReleaseId,
    ) -> Result<Vec<ReleasedTable>, GateError> {
        let mut tables = Vec::new();
        for output in self.release_statement(release).await?.outputs {
            let name = format!("{release}/{}.json", output.name);
            let rows = serde_json::from_slice(&self.required_document(FILE, &name).await?)
                .map_err(|error| GateError::failed("reading a released table", error))?;
            let columns = output.columns.into_iter();
            tables.push(ReleasedTable {
                name: output.name,
                columns: columns.map(|c| (c.name, c.provenance)).collect(),
                rows,
            });
        }
        Ok(tables)
    }
}
