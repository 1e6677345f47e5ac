//! A home with five parties, three published datasets, an agreement and two scenarios.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use irongate_gate::{Contents, Gate, GateError, Home, RunOutcome, Sandbox};
use irongate_policy::agreement::Agreement;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::request::*;
use irongate_policy::scenario::Scenario;
use irongate_policy::*;

use crate::data::{LEVELS_CSV, Tables, specs};
use crate::guest::{Step, component};
use crate::surroundings::{START_MS, Virtual, surroundings};
use crate::worker::compiler;

pub(crate) const AGENCY: &str = "agency";
pub(crate) const OPERATOR: &str = "city-data-co";
pub(crate) const PROVIDER: &str = "health-bureau";
const PARTIES: [(&str, PartyKind); 4] = [
    (OPERATOR, PartyKind::Operator),
    ("workshop", PartyKind::Developer),
    (PROVIDER, PartyKind::Provider),
    ("health-commission", PartyKind::Regulator),
];

/// The scenario of jobs, and the one of interactive questions.
pub(crate) const JOBS: &str = "care-planning";
pub(crate) const QUESTIONS: &str = "care-questions";

const AGREEMENT: &str = r#"
format = 1
id = "health-2026"
operator = "city-data-co"
mode = "domain"
domains = ["health-commission"]
from = "2026-12-01"
to = "2029-12-01"
"#;

const SCENARIO: &str = r#"
format = 1
id = "@ID@"
agreement = "health-2026"
title = { zh = "诊疗资源规划", en = "care planning" }
purpose = { zh = "规划门诊资源", en = "to plan outpatient care" }
datasets = ["visits", "stays", "levels"]
interactive = @INTERACTIVE@
developers = ["workshop"]
[budget]
currency = "rho"
cap = "@CAP@"
delta = "1e-6"
"#;

const MANIFEST: &str = r#"
format = 1
[job]
name = "@NAME@"
version = "0.1.0"
kind = "analyst"
scenario = "care-planning"
component = "job.wasm"
purpose = { zh = "统计", en = "statistics" }
deadline = "20s"
[[reads]]
dataset = "visits"
columns = ["year", "level", "visits", "fee", "note"]
[[reads]]
dataset = "stays"
columns = ["year", "days"]
[[reads]]
dataset = "levels"
columns = ["level", "title"]
[budget]
currency = "rho"
cap = "0.05"
delta = "0"
[limits]
fuel = 50_000_000
memory_mib = 16
queries = 8
returned_mib = 1
[[outputs]]
name = "visits"
max_rows = 20
required = false
columns = [
  { name = "year", type = "int64", null = false },
  { name = "level", type = "int64", null = false },
  { name = "mean_visits", type = "float64", null = true, interval = "required" },
]
[[outputs]]
name = "stays"
max_rows = 5
required = false
columns = [
  { name = "year", type = "int64", null = false },
  { name = "days", type = "int64", null = true, interval = "optional" },
]
[[outputs]]
name = "codes"
max_rows = 8
required = false
columns = [{ name = "code", type = "int64", null = false }]
"#;

pub(crate) fn id<T: std::str::FromStr<Err = IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn key(party: &str) -> SigningKey {
    SigningKey::from_seed(Digest::of(party.as_bytes()).as_bytes()).unwrap()
}

/// How large the world's caps and allowances are, and where its random bytes begin.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub(crate) namespace_cap: &'static str,
    pub(crate) scenario_cap: &'static str,
    pub(crate) residual_failures: u32,
    pub(crate) seed: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            namespace_cap: "2.0",
            scenario_cap: "0.5",
            residual_failures: 3,
            seed: 7,
        }
    }
}

pub(crate) struct World {
    pub(crate) gate: Arc<Gate>,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<Virtual>,
    pub(crate) size: Size,
    /// Source files and exports go here, the home is in `home/`.
    pub(crate) root: PathBuf,
}

impl World {
    /// The whole path up to approved scenarios, under `root`.
    pub(crate) async fn make(root: &Path, tables: &Tables, size: &Size) -> Self {
        Self::make_with(root, tables, size, |gate| gate).await
    }

    /// As [`World::make`], with what `wrap` makes of the gate before any data comes in.
    pub(crate) async fn make_with(
        root: &Path,
        tables: &Tables,
        size: &Size,
        wrap: impl FnOnce(Gate) -> Gate,
    ) -> Self {
        let clock = Virtual::at(START_MS);
        let around = surroundings(Arc::<Virtual>::clone(&clock), size.seed);
        let home = Home::at(root.join("home"));
        let allowance = format!("residual_failures = {}", size.residual_failures);
        let pack = pack::DEFAULT.replace("residual_failures = 3", &allowance);
        let (gate, _) = Gate::init(home.clone(), id(AGENCY), &key(AGENCY), &pack, around)
            .await
            .unwrap();
        let sandbox =
            Sandbox::with_worker(&home, gate.around().entropy.as_ref(), compiler()).unwrap();
        let world = Self {
            gate: Arc::new(wrap(gate)),
            sandbox,
            clock,
            size: size.clone(),
            root: root.to_owned(),
        };
        world.fill(tables).await;
        world
    }

    /// Opens the home again, at a moment after everything in its log.
    pub(crate) async fn open(root: &Path, at_ms: i64, size: &Size) -> Result<Self, GateError> {
        Self::open_with(root, at_ms, size, |gate| gate).await
    }

    /// As [`World::open`], with what `wrap` makes of the gate.
    pub(crate) async fn open_with(
        root: &Path,
        at_ms: i64,
        size: &Size,
        wrap: impl FnOnce(Gate) -> Gate,
    ) -> Result<Self, GateError> {
        let clock = Virtual::at(at_ms);
        let around = surroundings(
            Arc::<Virtual>::clone(&clock),
            size.seed ^ at_ms.cast_unsigned(),
        );
        let home = Home::at(root.join("home"));
        let gate = wrap(Gate::open(home.clone(), around).await?);
        let sandbox = Sandbox::with_worker(&home, gate.around().entropy.as_ref(), compiler())?;
        Ok(Self {
            gate: Arc::new(gate),
            sandbox,
            clock,
            size: size.clone(),
            root: root.to_owned(),
        })
    }

    pub(crate) async fn close(self) {
        let gate = Arc::into_inner(self.gate).expect("nobody else holds the gate");
        gate.close().await.unwrap();
    }

    /// The moment of the last log entry.
    pub(crate) async fn last_ms(&self) -> i64 {
        self.gate.with_state(|state| state.last.0).await
    }

    async fn fill(&self, tables: &Tables) {
        for (party, kind) in PARTIES {
            let key = key(party).public_key();
            let party = id(party);
            self.ok(AGENCY, AddParty { party, kind, key }).await;
        }
        let files = [
            tables.visits_csv(),
            tables.stays_csv(),
            LEVELS_CSV.to_owned(),
        ];
        let mut changes = Vec::new();
        for ((name, spec), text) in specs(self.size.namespace_cap).into_iter().zip(files) {
            changes.push(self.ingest(name, &spec, &text).await.unwrap());
        }
        for ChangeRef { dataset, change } in changes.clone() {
            for party in [PROVIDER, "health-commission"] {
                let dataset = dataset.clone();
                self.ok(party, Consent { dataset, change }).await;
            }
        }
        let batch = id("first");
        self.ok(AGENCY, Publish { batch, changes }).await;
        let agreement = Agreement::parse(AGREEMENT).unwrap();
        let terms = Digest::of_json(&agreement).unwrap();
        self.ok(AGENCY, OfferAgreement { agreement }).await;
        let agreement: AgreementId = id("health-2026");
        let accept = AcceptAgreement {
            agreement: agreement.clone(),
            terms,
        };
        self.ok(OPERATOR, accept).await;
        self.ok(PROVIDER, ConsentAgreement { agreement, terms })
            .await;
        for (name, interactive) in [(JOBS, false), (QUESTIONS, true)] {
            self.scenario(name, interactive).await;
        }
    }

    pub(crate) async fn scenario(&self, name: &str, interactive: bool) {
        let text = SCENARIO
            .replace("@ID@", name)
            .replace("@INTERACTIVE@", &interactive.to_string())
            .replace("@CAP@", self.size.scenario_cap);
        let scenario = Scenario::parse(&text).unwrap();
        let terms = Digest::of_json(&scenario).unwrap();
        self.ok(OPERATOR, ProposeScenario { scenario }).await;
        let scenario = id(name);
        self.ok(AGENCY, ApproveScenario { scenario, terms }).await;
    }

    /// Ingests a text as a draft.
    pub(crate) async fn ingest(
        &self,
        name: &str,
        spec: &str,
        text: &str,
    ) -> Result<ChangeRef, GateError> {
        let file = self.root.join(format!("{name}.csv"));
        std::fs::write(&file, text).unwrap();
        let spec = DatasetSpec::from_toml(spec).unwrap();
        let (draft, ..) = self.gate.ingest(&file, spec, |_| {}).await?;
        Ok(ChangeRef {
            dataset: draft.dataset,
            change: draft.change,
        })
    }

    /// A party's signed request.
    pub(crate) async fn ask(
        &self,
        party: &str,
        request: impl Into<Request>,
    ) -> Result<Vec<u64>, GateError> {
        let signed = self.gate.sign_with(&key(party), request).await?;
        self.gate.submit(signed).await
    }

    pub(crate) async fn ok(&self, party: &str, request: impl Into<Request>) {
        let request: Request = request.into();
        let kind = request.kind();
        self.ask(party, request)
            .await
            .unwrap_or_else(|error| panic!("{party}: {kind}: {error:?}"));
    }

    /// A job's package, signed by the operator.
    pub(crate) fn package(&self, name: &str, steps: &[Step]) -> Vec<u8> {
        self.package_with(name, steps, MANIFEST)
    }

    /// The same with this many seconds until its deadline.
    pub(crate) fn package_for(&self, seconds: u32, name: &str, steps: &[Step]) -> Vec<u8> {
        let deadline = format!("deadline = \"{seconds}s\"");
        self.package_with(
            name,
            steps,
            &MANIFEST.replace("deadline = \"20s\"", &deadline),
        )
    }

    fn package_with(&self, name: &str, steps: &[Step], manifest: &str) -> Vec<u8> {
        self.pack(&Contents {
            manifest_text: manifest.replace("@NAME@", name),
            ..Self::contents(name, steps)
        })
    }

    /// The manifest of jobs.
    pub(crate) fn manifest(name: &str) -> String {
        MANIFEST.replace("@NAME@", name)
    }

    /// What a job of these steps is made of.
    pub(crate) fn contents(name: &str, steps: &[Step]) -> Contents {
        Contents {
            manifest_text: Self::manifest(name),
            component: component(steps),
            mappers: BTreeMap::new(),
            source: Digest::of(name.as_bytes()),
        }
    }

    /// A package of these contents, signed by the operator.
    pub(crate) fn pack(&self, contents: &Contents) -> Vec<u8> {
        let request = contents.submission().unwrap();
        let signed = self.gate.sign(&key(OPERATOR), id(OPERATOR), request);
        contents.pack(&signed.unwrap()).unwrap()
    }

    pub(crate) async fn submit(&self, package: Vec<u8>) -> Result<JobId, GateError> {
        let (job, _) = self.gate.submit_package(package, &self.sandbox).await?;
        Ok(job)
    }

    pub(crate) async fn approve(&self, job: &JobId) {
        for party in [AGENCY, PROVIDER] {
            self.ok(party, ApproveJob { job: job.clone() }).await;
        }
    }

    pub(crate) async fn run(&self, job: &JobId) -> Result<RunOutcome, GateError> {
        self.gate.run_job(job, &key(AGENCY), &self.sandbox).await
    }

    /// Submits, approves and runs a job of these steps.
    pub(crate) async fn job(&self, name: &str, steps: &[Step]) -> (JobId, RunOutcome) {
        let job = self.submit(self.package(name, steps)).await.unwrap();
        self.approve(&job).await;
        let outcome = self.run(&job).await.unwrap();
        (job, outcome)
    }
}
