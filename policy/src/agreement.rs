//! Agreements (授权运营协议): what an operator is granted, how, and for how long.

use crate::dataset::Budget;
use crate::{AgreementId, DatasetId, Day, PartyId, ScenarioId, Term};
use serde::{Deserialize, Serialize};

/// The format of agreement and scenario files.
pub const FORMAT: u32 = 1;

/// How an agreement grants (plan, clause 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Everything published (整体授权); the agency grants alone.
    Whole,
    /// By domain (分领域授权); each affected provider signs.
    Domain,
    /// One scenario, one grant (一场景一授权); each affected provider signs.
    Scenario,
}

/// An agreement as offered: the file, and the body of the signed request.
///
/// A *domain* is the field of one industry regulator and is named by that party's id: a dataset
/// belongs to the domain of the regulator its spec names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// [`FORMAT`].
    pub format: u32,
    /// The agreement's id.
    pub id: AgreementId,
    /// Who operates.
    pub operator: PartyId,
    /// How it grants.
    pub mode: Mode,
    /// The datasets granted (modes `domain` and `scenario`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<DatasetId>,
    /// The domains granted, as ids of regulators (mode `domain`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<PartyId>,
    /// The one scenario it is for (mode `scenario`); if none is named, the first proposed is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<ScenarioId>,
    /// The first day, Asia/Shanghai.
    pub from: Day,
    /// The day after the last, at most three calendar years on.
    pub to: Day,
    /// What the operator may spend under it in each namespace; by default, as much as the namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

/// A file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileError(pub String);

impl Agreement {
    /// Reads an agreement file (TOML).
    ///
    /// # Errors
    /// [`FileError`] naming the line, for a field that is missing, unknown or of another form. What
    /// the rules say about the content is decided by [`crate::decide`].
    pub fn parse(text: &str) -> Result<Self, FileError> {
        toml::from_str(text).map_err(|error| FileError(error.to_string()))
    }

    /// Its term.
    pub fn term(&self) -> Term {
        Term {
            from: self.from,
            to: self.to,
        }
    }

    /// Whether it grants a dataset whose spec names `regulator`.
    pub fn covers(&self, dataset: &DatasetId, regulator: &PartyId) -> bool {
        match self.mode {
            Mode::Whole => true,
            Mode::Domain => self.domains.contains(regulator) || self.datasets.contains(dataset),
            Mode::Scenario => self.datasets.contains(dataset),
        }
    }

    /// Whether providers must sign too.
    pub fn needs_providers(&self) -> bool {
        match self.mode {
            Mode::Whole => false,
            Mode::Domain | Mode::Scenario => true,
        }
    }

    /// Whether its lists are those of its mode: `whole` lists nothing; `domain` lists domains or
    /// datasets; `scenario` lists datasets and at most one scenario.
    pub fn lists_fit_mode(&self) -> bool {
        let (datasets, domains, scenarios) = (
            self.datasets.len(),
            self.domains.len(),
            self.scenarios.len(),
        );
        match self.mode {
            Mode::Whole => datasets == 0 && domains == 0 && scenarios == 0,
            Mode::Domain => datasets + domains > 0 && scenarios == 0,
            Mode::Scenario => datasets > 0 && domains == 0 && scenarios <= 1,
        }
    }
}
