//! The bundle of a scenario: public metadata alone, for the machines of operators and developers.

use crate::error::GateError;
use crate::gate::Gate;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::scenario::Scenario;
use irongate_policy::{PartyId, ScenarioId};
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the bundle's format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Bundle<'a> {
    format: u32,
    origin: &'a str,
    scenario: &'a Scenario,
    /// The published specs of its datasets.
    datasets: Vec<&'a DatasetSpec>,
    /// Who may submit under it, by public key.
    parties: BTreeMap<String, &'a PartyId>,
}

impl Gate {
    /// The bundle of a scenario, as JSON: what specs, scenario and parties declare, nothing measured.
    ///
    /// # Errors
    /// [`GateError::Rejected`] if there is no such scenario.
    pub async fn bundle(&self, scenario: &ScenarioId) -> Result<Vec<u8>, GateError> {
        self.with_state(|state| {
            let known = &state.scenarios.get(scenario)?.scenario;
            let operator = &state.agreements.get(&known.agreement)?.agreement.operator;
            let submitters = known.developers.iter().chain([operator]);
            let bundle = Bundle {
                format: FORMAT,
                origin: self.origin(),
                scenario: known,
                datasets: known
                    .datasets
                    .iter()
                    .filter_map(|name| state.published_spec(name))
                    .collect(),
                parties: submitters
                    .filter_map(|id| Some((state.parties.get(id)?.key.to_string(), id)))
                    .collect(),
            };
            Some(serde_json::to_vec_pretty(&bundle))
        })
        .await
        .ok_or_else(|| GateError::rejected(format!("scenario `{scenario}`: no such scenario")))?
        .map_err(|error| GateError::failed("writing the bundle", error))
    }
}
