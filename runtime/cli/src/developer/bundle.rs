//! The bundle as a developer's commands read it: public metadata of one scenario.

use super::DeveloperError;
use super::new::is_refused;
use irongate_policy::dataset::{Column, ColumnType, DatasetSpec, Role};
use irongate_policy::scenario::Scenario;
use irongate_policy::{PartyId, PublicKey, ScenarioId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What the commands need of a bundle. It may hold more.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Bundle {
    /// The scenario it was made for.
    pub(crate) scenario: Scenario,
    /// The specs of the scenario's datasets.
    pub(crate) datasets: Vec<DatasetSpec>,
    /// The log's origin, which every signed request names.
    #[serde(default)]
    pub(crate) origin: String,
    /// Who may submit jobs, by public key.
    #[serde(default)]
    pub(crate) parties: BTreeMap<PublicKey, PartyId>,
}

impl Bundle {
    /// Reads a bundle file.
    ///
    /// # Errors
    /// [`DeveloperError::Io`]; [`DeveloperError::Bundle`] if it has not the form of a bundle.
    pub(crate) fn read(path: &Path) -> Result<Self, DeveloperError> {
        let text = std::fs::read_to_string(path).map_err(super::io(path))?;
        serde_json::from_str(&text).map_err(|cause| DeveloperError::Bundle {
            path: path.to_owned(),
            cause: cause.to_string(),
        })
    }

    /// The scenario's id.
    pub(crate) fn scenario(&self) -> &ScenarioId {
        &self.scenario.id
    }

    /// The spec of this dataset.
    pub(crate) fn dataset(&self, name: &str) -> Option<&DatasetSpec> {
        self.datasets.iter().find(|spec| spec.name.as_str() == name)
    }

    /// What a first job can count: a protected dataset and a key column of declared domain.
    pub(super) fn countable(&self) -> Option<(&DatasetSpec, &Column)> {
        self.datasets
            .iter()
            .filter(|spec| spec.protected().is_some())
            .find_map(|spec| {
                let key = spec.columns.iter().find(|column| {
                    // Domains of the other types are written otherwise in fixtures than in specs.
                    let plain = matches!(
                        column.kind,
                        ColumnType::Bool
                            | ColumnType::Int64
                            | ColumnType::String
                            | ColumnType::Date
                    );
                    let name = column.name.as_str();
                    plain
                        && column.role == Role::Key
                        && column.domain.is_some()
                        && name != "n"
                        && !is_refused(name)
                });
                key.map(|key| (spec, key))
            })
    }
}
