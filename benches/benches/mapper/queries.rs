//! Whole statements over mappers: in the sandbox, with the same function natively, and with none; and their memory as
//! units grow, each number of units in a process of its own.

use crate::Size;
use crate::score::{Native, Sandbox, Sandboxed, component, declared, stored};
use irongate_benches::{Line, Outcome, Stored, median};
use irongate_engine::{
    Catalog, DataAccess, ExecutionEnv, LossRequest, MapUnit, Mapped, MapperTable, QueryOptions,
    Stopped, check, execute,
};
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// The word that makes this executable answer once, for its peak memory.
pub(crate) const ONE: &str = "one-size";
/// The most that peak memory may grow while units grow tenfold: the engine's own bar.
const FLAT: f64 = 1.25;
const MAPPED: &str = "SELECT trend, COUNT(*), AVG(score) FROM risk GROUP BY trend";
/// The same sums, of what SQL computes for each person.
const PER_UNIT: &str = "SELECT v > 4 AS trend, COUNT(*), AVG(s) FROM \
    (SELECT id, MAX(docvis) AS s, MIN(hospvis) AS v FROM years GROUP BY id) GROUP BY v > 4";

/// Stored data with a mapper.
struct With<'a> {
    stored: &'a Stored,
    code: Arc<dyn MapUnit>,
}

impl DataAccess for With<'_> {
    fn files(&self, dataset: &DatasetId, version: &VersionId) -> Result<Vec<PathBuf>, String> {
        self.stored.files(dataset, version)
    }
    fn key(&self, namespace: &NamespaceId) -> Result<NamespaceKey, String> {
        self.stored.key(namespace)
    }
    fn mapper(&self, _: &str) -> Result<Arc<dyn MapUnit>, String> {
        Ok(Arc::clone(&self.code))
    }
}

/// What is called, and how long all calls took.
struct Timed {
    code: Arc<dyn MapUnit>,
    spent: AtomicU64,
}

impl Timed {
    fn new(code: Arc<dyn MapUnit>) -> Arc<Self> {
        let spent = AtomicU64::new(0);
        Arc::new(Self { code, spent })
    }

    /// Seconds since it was last asked.
    fn taken(&self) -> f64 {
        Duration::from_nanos(self.spent.swap(0, Relaxed)).as_secs_f64()
    }
}

impl MapUnit for Timed {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        let start = Instant::now();
        let mapped = self.code.map(rows, outputs);
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.spent.fetch_add(nanos, Relaxed);
        mapped
    }
}

fn catalog(stored: &Stored) -> Outcome<Catalog> {
    let mut catalog = stored.catalog.clone();
    let table = MapperTable {
        declared: Arc::new(declared()?),
        component: [0; 32],
    };
    catalog.mappers.insert("risk".into(), table);
    Ok(catalog)
}

fn env(cores: usize) -> Outcome<ExecutionEnv> {
    Ok(ExecutionEnv {
        timeout: Duration::from_secs(10_000_000),
        cores: NonZeroUsize::new(cores).ok_or("no cores")?,
        ..ExecutionEnv::default()
    })
}

/// Seconds that one answer takes.
fn answered(sql: &str, data: &With<'_>, runtime: &Runtime, cores: usize) -> Outcome<f64> {
    let options = QueryOptions::new(LossRequest::Rho("0.1".parse()?));
    let (catalog, env) = (catalog(data.stored)?, env(cores)?);
    let start = Instant::now();
    let query = check(sql, &catalog, &options)?;
    runtime.block_on(execute(&query, data, &env))?;
    Ok(start.elapsed().as_secs_f64())
}

fn sandboxed(cores: usize) -> Outcome<Arc<dyn MapUnit>> {
    let sandbox = Sandbox::new(NonZeroUsize::new(cores).ok_or("no cores")?)?;
    Ok(Arc::new(Sandboxed(sandbox.mapper(&component()?)?)))
}

fn peak_mib() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix("kB"));
    Ok(number.ok_or("no peak memory")?.trim().parse::<f64>()? / 1024.0)
}

/// Answers once over persons that are made in `folder`, and prints the peak memory.
#[expect(clippy::print_stdout, reason = "the other process reads it")]
pub(crate) fn one(folder: &Path) -> Outcome<()> {
    let cores = std::thread::available_parallelism()?.get();
    let mut data = Stored::new(NamespaceKey::new([7; 32]));
    let spec = std::fs::read_to_string(folder.join("spec.json"))?;
    data.add(
        serde_json::from_str(&spec)?,
        VersionId::new("bench")?,
        &folder.join("years"),
    )?;
    let data = With {
        stored: &data,
        code: sandboxed(cores)?,
    };
    answered(MAPPED, &data, &Runtime::new()?, cores)?;
    println!("{}", peak_mib()?);
    Ok(())
}

fn peak(persons: i64, folder: &Path) -> Outcome<f64> {
    let folder = folder.join(format!("persons-{persons}"));
    std::fs::create_dir(&folder)?;
    let data = stored(persons, &folder)?;
    let table = data.catalog.tables.values().next().ok_or("no table")?;
    std::fs::write(folder.join("spec.json"), serde_json::to_vec(&table.spec)?)?;
    let output = Command::new(std::env::current_exe()?)
        .arg(ONE)
        .arg(&folder)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!(
            "the process for {persons} persons ended with {}",
            output.status
        )
        .into());
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

pub(crate) fn measure(size: Size, folder: &Path) -> Outcome<()> {
    let persons = i64::from(size.persons);
    let data = stored(persons, folder)?;
    let cores = std::thread::available_parallelism()?.get();
    let runtime = Runtime::new()?;
    let with = |code| With {
        stored: &data,
        code,
    };
    let (mapped, native) = (with(sandboxed(cores)?), with(Arc::new(Native)));
    let clock = Timed::new(Arc::clone(&mapped.code));
    let timed = with(Arc::clone(&clock) as _);
    let [mut isolated, mut plain, mut without, mut one_core] = [const { Vec::new() }; 4];
    let mut in_calls = Vec::new();
    for _ in 0..size.rounds {
        isolated.push(answered(MAPPED, &mapped, &runtime, cores)?);
        plain.push(answered(MAPPED, &native, &runtime, cores)?);
        without.push(answered(PER_UNIT, &native, &runtime, cores)?);
        one_core.push(answered(MAPPED, &mapped, &runtime, 1)?);
        let whole = answered(MAPPED, &timed, &runtime, 1)?;
        in_calls.push(clock.taken() / whole);
    }
    let [isolated, plain, without, one_core] = [isolated, plain, without, one_core].map(median);
    let line = |what: &str, value, unit| {
        Line::new(format!("mapper/query/{what}"), value, unit, size.rounds)
    };
    line("in-the-sandbox", isolated * 1e3, "ms").print();
    line("native", plain * 1e3, "ms").print();
    line("per-unit-sql", without * 1e3, "ms").print();
    line("sandbox-over-native", isolated / plain, "x").print();
    line("units", persons as f64 / isolated, "units/s").print();
    line("second-core", one_core / isolated, "x").print();
    line("one-core", one_core * 1e3, "ms").print();
    line("part-in-calls-on-one-core", median(in_calls), "of 1").print();
    let few = peak(persons, folder)?;
    let many = peak(10 * persons, folder)?;
    line("peak-memory", few, "MiB").print();
    line("peak-memory-of-ten-times-as-many", many, "MiB").print();
    line("memory-grows", many / few, "x").at_most(FLAT).print();
    Ok(())
}
