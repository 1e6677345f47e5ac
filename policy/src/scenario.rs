//! Scenarios (场景): what data is used for, under which agreement, at what cost at most.

use crate::agreement::FileError;
use crate::dataset::{Bilingual, Budget};
use crate::{AgreementId, DatasetId, PartyId, ScenarioId};
use serde::{Deserialize, Serialize};

/// A scenario as proposed: the file, and the body of the signed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// [`crate::agreement::FORMAT`].
    pub format: u32,
    /// The scenario's id.
    pub id: ScenarioId,
    /// The agreement it stands under.
    pub agreement: AgreementId,
    /// Its title.
    pub title: Bilingual,
    /// What it is for.
    pub purpose: Bilingual,
    /// The datasets it may read.
    pub datasets: Vec<DatasetId>,
    /// Whether single queries may be asked without an approved job.
    pub interactive: bool,
    /// Developers (开发主体) who may submit jobs beside the operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub developers: Vec<PartyId>,
    /// What it may spend in each namespace.
    pub budget: Budget,
}

impl Scenario {
    /// Reads a scenario file (TOML).
    ///
    /// # Errors
    /// [`FileError`] naming the line, for a field that is missing, unknown or of another form.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        toml::from_str(text).map_err(|error| FileError(error.to_string()))
    }
}
