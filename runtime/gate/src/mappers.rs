//! A job's mappers: what statements know of them, and their code, ready in the sandbox.

use crate::error::GateError;
use irongate_engine::{Catalog, MapUnit, Mapped, MapperTable, Stopped};
use irongate_policy::mapper::Mapper as Declared;
use irongate_sandbox::{Code as Why, Mapper, Spent};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The mappers of one job, by the name under which SQL reads them.
#[derive(Clone, Default)]
pub(crate) struct Mappers {
    tables: BTreeMap<String, MapperTable>,
    code: BTreeMap<String, Arc<Code>>,
}

impl Mappers {
    /// Adds a mapper that is ready.
    pub(crate) fn add(
        &mut self,
        name: &str,
        declared: &Declared,
        mapper: Mapper,
        counts: Option<Arc<Counts>>,
    ) {
        let table = MapperTable {
            declared: Arc::new(declared.clone()),
            component: *mapper.digest(),
        };
        let code = Code {
            name: name.to_owned(),
            mapper,
            outputs: declared.outputs.len(),
            counts,
        };
        self.tables.insert(name.to_owned(), table);
        self.code.insert(name.to_owned(), Arc::new(code));
    }

    /// Shows that each mapper's input fits the catalog, and that its code reads the columns which that gives.
    ///
    /// # Errors
    /// [`GateError::Rejected`], with what each of them would be called with; [`GateError::Failed`] if the machine ended a call,
    /// which says nothing of the code.
    pub(crate) fn fit(&self, catalog: &Catalog) -> Result<(), GateError> {
        let mut problems = Vec::new();
        for (name, code) in &self.code {
            match irongate_engine::mapper_probe(catalog, name) {
                Err(rejection) => problems.push(rejection.to_string()),
                Ok(probe) if !code.takes(&probe.rows)? => problems.push(format!(
                    "mapper `{name}`: its code does not read the columns of its input, {}, or gives another count of \
                     numbers than is declared; build it for these, with `Option` where nulls may be, and with `Units` \
                     where the manifest has `blocks`, else `Rows`",
                    probe.columns
                )),
                Ok(_) => {}
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(GateError::Rejected(problems))
    }

    /// What statements know of them.
    pub(crate) fn tables(&self) -> &BTreeMap<String, MapperTable> {
        &self.tables
    }

    /// The code of one.
    pub(crate) fn code(&self, name: &str) -> Result<Arc<dyn MapUnit>, String> {
        let code = self.code.get(name).cloned();
        code.map(|code| code as Arc<dyn MapUnit>)
            .ok_or_else(|| format!("the job has no mapper `{name}`"))
    }
}

/// What a mapper did in a trial. Of invented rows alone: of real ones, it would be counts of persons without noise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MapperCalls {
    /// Units it was called for; of a mapper of blocks, blocks.
    pub units: u64,
    /// Units for which it gave no numbers, by why: the defaults stood for them.
    pub defaults: BTreeMap<&'static str, u64>,
    /// Fuel that half of the calls took at most.
    pub fuel_p50: u64,
    /// Fuel that 99 of 100 calls took at most.
    pub fuel_p99: u64,
    /// Most linear memory of a call, bytes.
    pub memory_bytes: u64,
}

/// What is noted of each call.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    fuel: Vec<u64>,
    defaults: BTreeMap<&'static str, u64>,
    memory_bytes: u64,
}

impl Tally {
    fn calls(mut self) -> MapperCalls {
        self.fuel.sort_unstable();
        let at = |percent: usize| {
            let calls = self.fuel.len().saturating_mul(percent).div_ceil(100);
            let place = calls.saturating_sub(1);
            self.fuel.get(place).copied().unwrap_or(0)
        };
        MapperCalls {
            units: self.fuel.len() as u64,
            fuel_p50: at(50),
            fuel_p99: at(99),
            defaults: self.defaults,
            memory_bytes: self.memory_bytes,
        }
    }
}

/// The calls of a trial's mappers, by name.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, Tally>>);

impl Counts {
    fn note(&self, name: &str, spent: Spent, mapped: irongate_sandbox::Mapped) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = all.entry(name.to_owned()).or_default();
        tally.fuel.push(spent.fuel);
        tally.memory_bytes = tally.memory_bytes.max(spent.memory_bytes);
        if let irongate_sandbox::Mapped::Default(why) = mapped {
            *tally.defaults.entry(why.as_str()).or_default() += 1;
        }
    }

    /// What was noted, which is then forgotten.
    pub(crate) fn take(&self) -> BTreeMap<String, MapperCalls> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = std::mem::take(&mut *all).into_iter();
        all.map(|(name, tally)| (name, tally.calls())).collect()
    }
}

/// Fuel for rows of nobody: to look at their head.
const PROBE_FUEL: u64 = 1_000_000;

/// A mapper of the sandbox as the engine calls it.
struct Code {
    name: String,
    mapper: Mapper,
    /// How many it gives.
    outputs: usize,
    /// In trials.
    counts: Option<Arc<Counts>>,
}

impl Code {
    /// Whether it gives as many numbers as are declared, or fails otherwise, for rows of nobody: code for other columns
    /// gives none.
    fn takes(&self, rows: &[u8]) -> Result<bool, GateError> {
        let mut outputs = vec![0.0; self.outputs];
        let mapped = self.mapper.with_at_most(PROBE_FUEL).map(rows, &mut outputs);
        let mapped = mapped.map_err(|aborted| GateError::Failed(aborted.to_string()))?;
        Ok(mapped != irongate_sandbox::Mapped::Default(Why::BadValue))
    }
}

impl MapUnit for Code {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        let mapped = self.mapper.map_measured(rows, outputs);
        let (mapped, spent) = mapped.map_err(|aborted| Stopped(aborted.to_string()))?;
        if let Some(counts) = &self.counts {
            counts.note(&self.name, spent, mapped);
        }
        Ok(match mapped {
            irongate_sandbox::Mapped::Values => Mapped::Numbers,
            irongate_sandbox::Mapped::Default(_) => Mapped::Default,
        })
    }
}
