//! Policy packs: what each grade allows, in numbers. Versioned, signed by the agency, TOML.

use crate::agreement::FileError;
use crate::manifest::{JobKind, Limits, Seconds};
use crate::{Decimal, Digest, Grade};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The text of the pack a fresh home starts with.
pub const DEFAULT: &str = include_str!("../packs/default.toml");
/// The format of policy packs.
pub const FORMAT: u32 = 1;

/// A policy pack. A grade that is not listed allows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// [`FORMAT`].
    pub format: u32,
    /// Grows with each pack: an older one cannot be installed again.
    pub version: u32,
    /// Residual failures a namespace may have; one more freezes it.
    pub residual_failures: u32,
    /// What each grade allows.
    pub grades: BTreeMap<Grade, GradeRules>,
}

/// What a grade allows. Loss limits bind one namespace's charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeRules {
    /// The kinds of job allowed.
    pub kinds: Vec<JobKind>,
    /// The most ρ a query may cost, whatever the currency.
    pub max_rho_query: Decimal,
    /// The most ρ a job may spend, where its budget is in ρ.
    pub max_rho_job: Decimal,
    /// The most ε a query may cost, where it has an ε.
    pub max_epsilon_query: Decimal,
    /// The most ε a job may spend, where its budget is in ε.
    pub max_epsilon_job: Decimal,
    /// The most δ a job may spend.
    pub max_delta_job: Decimal,
    /// How many reviewers approve a job, the agency among them.
    pub quorum: u32,
    /// Whether outputs wait for reviewers.
    pub hold: bool,
    /// How many reviewers release a held job, the agency among them.
    pub release_quorum: u32,
    /// The most a job may use.
    pub limits: Limits,
    /// The most rows all outputs of a job may have.
    pub output_rows: u64,
    /// The longest deadline.
    pub max_deadline: Seconds,
}

impl Pack {
    /// Reads a pack (TOML).
    ///
    /// # Errors
    /// [`FileError`] naming what is wrong: a field, a format of another version, a negative limit, or
    /// a quorum of nobody.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let pack: Self = toml::from_str(text).map_err(|error| FileError(error.to_string()))?;
        if pack.format != FORMAT {
            return Err(FileError(format!("`format` must be {FORMAT}")));
        }
        for (grade, rules) in &pack.grades {
            if rules.quorum == 0 || rules.release_quorum == 0 {
                return Err(FileError(format!(
                    "`{grade}`: a quorum is at least one reviewer"
                )));
            }
            let caps = [
                rules.max_rho_query,
                rules.max_rho_job,
                rules.max_epsilon_query,
                rules.max_epsilon_job,
                rules.max_delta_job,
            ];
            if caps.iter().any(|cap| *cap < Decimal::ZERO) {
                return Err(FileError(format!("`{grade}`: a limit is never negative")));
            }
        }
        Ok(pack)
    }

    /// The digest that names a pack in every event: SHA-256 of its text.
    pub fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    /// What a grade allows; nothing if it is not listed.
    pub fn rules(&self, grade: Grade) -> Option<&GradeRules> {
        self.grades.get(&grade)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_pack_reads_and_allows_nothing_on_core_data() {
        let pack = Pack::parse(DEFAULT).unwrap();
        assert!(pack.rules(Grade::Core).is_none());
        for pair in [
            Grade::General1,
            Grade::General2,
            Grade::General3,
            Grade::General4,
            Grade::Important,
        ]
        .windows(2)
        {
            let (low, high) = (pack.rules(pair[0]).unwrap(), pack.rules(pair[1]).unwrap());
            assert!(
                high.max_rho_job <= low.max_rho_job && high.quorum >= low.quorum,
                "graver is stricter"
            );
        }
    }

    #[test]
    fn refuses_packs_that_would_open_the_gate() {
        for (from, to) in [
            ("quorum = 1", "quorum = 0"),
            ("max_rho_query = \"0.5\"", "max_rho_query = \"-0.5\""),
            ("format = 1", "format = 2"),
            ("version = 1", "version = 1\nextra = 1"),
        ] {
            assert!(DEFAULT.contains(from), "{from}");
            assert!(Pack::parse(&DEFAULT.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
