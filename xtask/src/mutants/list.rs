//! The list of modules that were mutated, and of the mutants that no test finds.

use crate::Outcome;
use crate::process::root;
use serde::{Deserialize, Serialize};

/// Where the list is, from the checkout.
pub(crate) const FILE: &str = "xtask/mutants.toml";

const HEAD: &str = "# What `cargo xtask mutants` found: written by it, all but the reasons. A module's digest is of its source as\n\
    # it was mutated; a test fails when the source has changed since, or a survivor has no reason.\n\n";

/// All modules that were mutated, in the order of their names.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    #[serde(default)]
    pub(crate) module: Vec<Listed>,
}

/// One module, and what came of its mutants.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) caught: usize,
    pub(crate) timed_out: usize,
    pub(crate) unviable: usize,
    #[serde(default)]
    pub(crate) survivor: Vec<Survivor>,
}

/// A mutant that no test finds, and why none need.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Survivor {
    pub(crate) mutant: String,
    pub(crate) why: String,
}

impl List {
    pub(crate) fn read() -> Outcome<Self> {
        match std::fs::read_to_string(root().join(FILE)) {
            Ok(text) => toml::from_str(&text).map_err(|error| format!("{FILE}: {error}")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("cannot read {FILE}: {error}")),
        }
    }

    pub(crate) fn write(&self) -> Outcome {
        let text = toml::to_string(self).map_err(|error| format!("{FILE}: {error}"))?;
        std::fs::write(root().join(FILE), format!("{HEAD}{text}"))
            .map_err(|error| format!("cannot write {FILE}: {error}"))
    }

    /// Puts a module in the place of what was listed of it before.
    pub(crate) fn put(&mut self, listed: Listed) {
        self.module.retain(|other| other.file != listed.file);
        self.module.push(listed);
        self.module.sort_by(|a, b| a.file.cmp(&b.file));
    }

    /// Why a mutant of this module survives, if it was explained; wherever in the file it stood then.
    pub(crate) fn why(&self, file: &str, mutant: &str) -> Option<String> {
        let listed = self.module.iter().find(|listed| listed.file == file)?;
        let same = |survivor: &&Survivor| change(&survivor.mutant) == change(mutant);
        let survivor = listed.survivor.iter().find(same)?;
        Some(survivor.why.clone())
    }
}

/// What a mutant changes, without its line and column.
fn change(mutant: &str) -> &str {
    mutant.split_once(": ").map_or(mutant, |(_, change)| change)
}

/// SHA-256 of a file of the checkout.
pub(crate) fn digest(file: &str) -> Outcome<String> {
    let bytes =
        std::fs::read(root().join(file)).map_err(|error| format!("cannot read {file}: {error}"))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let bytes = digest.as_ref().iter();
    Ok(bytes.map(|byte| format!("{byte:02x}")).collect())
}
