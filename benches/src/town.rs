//! A home where one published dataset may be asked questions, made as the command makes it.

use crate::{Outcome, Stored};
use irongate_gate::{
    Clock, Gate, Home, QueryOptions, Sleep, Surroundings, SystemClock, SystemEntropy,
};
use irongate_policy::agreement::Agreement;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::manifest::Seconds;
use irongate_policy::request::{
    AcceptAgreement, AddParty, ApproveScenario, ChangeRef, Consent, OfferAgreement, PartyKind,
    ProposeScenario, Publish,
};
use irongate_policy::scenario::Scenario;
use irongate_policy::{
    BatchId, DatasetId, Digest, PartyId, Request, ScenarioId, SigningKey, Timestamp, VersionId,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The machine's clock, but nobody waits: what is measured ends before the deadline is waited for.
struct Impatient;

impl Clock for Impatient {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms()
    }

    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(std::future::ready(()))
    }
}

/// Long enough for a million rows' public worst case.
const DEADLINE: Seconds = Seconds(60);

/// An open home and the operator's key.
pub struct Town {
    gate: Gate,
    operator: SigningKey,
    scenario: ScenarioId,
}

fn key(seed: u8) -> Outcome<SigningKey> {
    Ok(SigningKey::from_seed(&[seed; 32])?)
}

impl Town {
    /// Makes a home at `folder` and publishes `file` under `spec` in it.
    ///
    /// # Errors
    /// If any step is refused.
    pub async fn found(folder: &Path, file: &Path, spec: &str) -> Outcome<(Self, Stored)> {
        let spec = DatasetSpec::from_toml(spec).map_err(|problems| format!("{problems:?}"))?;
        let (agency, operator) = (key(1)?, key(2)?);
        let (provider, regulator) = (key(3)?, key(4)?);
        let around = Surroundings {
            clock: Arc::new(Impatient),
            entropy: Arc::new(SystemEntropy::new()),
        };
        let pack = irongate_policy::pack::DEFAULT;
        let home = Home::at(folder.join("home"));
        let agency_id = PartyId::new("agency")?;
        let (gate, _) = Gate::init(home, agency_id, &agency, pack, around).await?;
        let town = Self {
            gate,
            operator,
            scenario: ScenarioId::new("bench")?,
        };
        let operator_id = PartyId::new("city-data-co")?;
        for (party, kind, key) in [
            (operator_id.clone(), PartyKind::Operator, &town.operator),
            (spec.provider.clone(), PartyKind::Provider, &provider),
            (spec.regulator.clone(), PartyKind::Regulator, &regulator),
        ] {
            let key = key.public_key();
            town.send(&agency, AddParty { party, kind, key }).await?;
        }
        let dataset = spec.name.clone();
        let (draft, ..) = town.gate.ingest(file, spec.clone(), |_| {}).await?;
        let change = draft.change;
        for key in [&provider, &regulator] {
            let dataset = dataset.clone();
            town.send(key, Consent { dataset, change }).await?;
        }
        let batch = BatchId::new("bench")?;
        let changes = vec![ChangeRef {
            dataset: dataset.clone(),
            change,
        }];
        town.send(&agency, Publish { batch, changes }).await?;
        town.grant(&agency, &dataset).await?;
        let stored = town.stored(spec, &draft.version)?;
        Ok((town, stored))
    }

    async fn grant(&self, agency: &SigningKey, dataset: &DatasetId) -> Outcome<()> {
        let mut agreement = Agreement::parse(irongate_fixtures::DEMO_AGREEMENT)?;
        agreement.mode = irongate_policy::agreement::Mode::Whole;
        agreement.datasets.clear();
        let now = Timestamp(self.gate.around().clock.now_ms());
        agreement.from = now.day().ok_or("no day")?;
        agreement.to = agreement.from.plus_years(3).ok_or("no day")?;
        let mut scenario = Scenario::parse(irongate_fixtures::DEMO_SCENARIO)?;
        scenario.id = self.scenario.clone();
        scenario.datasets = vec![dataset.clone()];
        scenario.interactive = true;
        let (id, terms) = (agreement.id.clone(), Digest::of_json(&agreement)?);
        self.send(agency, OfferAgreement { agreement }).await?;
        let accepted = AcceptAgreement {
            agreement: id,
            terms,
        };
        self.send(&self.operator, accepted).await?;
        let terms = Digest::of_json(&scenario)?;
        self.send(&self.operator, ProposeScenario { scenario })
            .await?;
        let scenario = self.scenario.clone();
        self.send(agency, ApproveScenario { scenario, terms }).await
    }

    async fn send(&self, key: &SigningKey, request: impl Into<Request>) -> Outcome<()> {
        let signed = self.gate.sign_with(key, request).await?;
        self.gate.submit(signed).await?;
        Ok(())
    }

    fn stored(&self, spec: DatasetSpec, version: &VersionId) -> Outcome<Stored> {
        let folder = self.gate.home().version(&spec.name, version);
        let namespace = &spec
            .protected()
            .ok_or("the dataset is public")?
            .unit
            .namespace;
        let mut stored = Stored::new(self.gate.home().namespace_key(namespace)?);
        stored.add(spec, version.clone(), &folder)?;
        Ok(stored)
    }

    /// Asks one question, signed, through the whole gate.
    ///
    /// # Errors
    /// If it is refused or fails.
    pub async fn ask(&self, sql: &str, options: &QueryOptions) -> Outcome<()> {
        let (scenario, key) = (&self.scenario, &self.operator);
        self.gate
            .query(scenario, sql, options, DEADLINE, key)
            .await?;
        Ok(())
    }
}
