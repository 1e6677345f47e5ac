//! A job's mappers: what statements know of them, and their code, ready in the sandbox.

use irongate_engine::{MapUnit, Mapped, MapperTable, Stopped};
use irongate_policy::mapper::Mapper as Declared;
use irongate_sandbox::{Artifact, Engine, Failure, Mapper, MapperLimits};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The mappers of one job, by the name under which SQL reads them.
#[derive(Clone, Default)]
pub(crate) struct Mappers {
    tables: BTreeMap<String, MapperTable>,
    code: BTreeMap<String, Arc<dyn MapUnit>>,
}

impl Mappers {
    /// Adds a mapper that was admitted and compiled, under its declared limits.
    ///
    /// # Errors
    /// [`Failure`] if not even one instance can be made within them.
    pub(crate) fn add(
        &mut self,
        name: &str,
        declared: &Declared,
        (engine, artifact): (&Engine, &Artifact),
        counts: Option<Arc<Counts>>,
    ) -> Result<(), Failure> {
        let limits = MapperLimits {
            fuel: declared.fuel,
            ..MapperLimits::default()
        };
        let code = Code {
            name: name.to_owned(),
            mapper: engine.mapper(artifact, limits)?,
            counts,
        };
        let table = MapperTable {
            declared: Arc::new(declared.clone()),
            component: *artifact.digest(),
        };
        self.tables.insert(name.to_owned(), table);
        self.code.insert(name.to_owned(), Arc::new(code));
        Ok(())
    }

    /// What statements know of them.
    pub(crate) fn tables(&self) -> &BTreeMap<String, MapperTable> {
        &self.tables
    }

    /// The code of one.
    pub(crate) fn code(&self, name: &str) -> Result<Arc<dyn MapUnit>, String> {
        let code = self.code.get(name);
        code.cloned()
            .ok_or_else(|| format!("the job has no mapper `{name}`"))
    }
}

/// How often a mapper was called, and how often its defaults took the place of numbers. Of invented rows alone:
/// of real ones, it would be a count of persons without noise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MapperCalls {
    /// Units it was called for.
    pub units: u64,
    /// Units for which it gave no numbers, by why.
    pub defaults: BTreeMap<&'static str, u64>,
}

/// The calls of a trial's mappers, by name.
pub(crate) type Counts = Mutex<BTreeMap<String, MapperCalls>>;

/// A mapper of the sandbox as the engine calls it.
struct Code {
    name: String,
    mapper: Mapper,
    /// In trials.
    counts: Option<Arc<Counts>>,
}

impl MapUnit for Code {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        let mapped = self.mapper.map(rows, outputs);
        let mapped = mapped.map_err(|aborted| Stopped(aborted.to_string()))?;
        if let Some(counts) = &self.counts {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            let calls = counts.entry(self.name.clone()).or_default();
            calls.units += 1;
            if let irongate_sandbox::Mapped::Default(why) = mapped {
                *calls.defaults.entry(why.as_str()).or_default() += 1;
            }
        }
        Ok(match mapped {
            irongate_sandbox::Mapped::Values => Mapped::Numbers,
            irongate_sandbox::Mapped::Default(_) => Mapped::Default,
        })
    }
}
