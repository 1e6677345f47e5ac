//! Time and peak memory as rows grow. Each size is answered in a process of its own, whose peak is its alone.

use crate::bounded::{SQL_MEMORY, WORKS};
use crate::{FULL, KEY, Size, env, trips};
use irongate_benches::{Line, Outcome, Stored, median};
use irongate_engine::{ExecutionEnv, bounded, bounded_in_sql, check, release};
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{NamespaceKey, VersionId};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use tokio::runtime::Runtime;

/// The word that makes this executable answer once for [`measure`].
pub(crate) const ONE: &str = "one-size";
/// Rows of the largest data, which are not always measured.
const LARGEST: u64 = 100_000_000;
/// Of how many rows each is a rider.
const ROWS_PER_RIDER: u64 = 20;
/// More rows than bounding in SQL, which sorts them, fits in this machine's memory.
const SQL_ROWS: u64 = 10_000_000;
/// The most that time for a row and peak memory may grow from the smallest data on.
const BAR: f64 = 1.25;
const SPEC: &str = "spec.json";

/// What one process found.
#[derive(Serialize, Deserialize)]
struct Found {
    /// Median of the runs.
    seconds: f64,
    /// The most memory the process ever held.
    peak_kib: f64,
    measures: Vec<Vec<i64>>,
    units: Vec<i64>,
    read: u64,
    over_groups: u64,
    over_rows: u64,
}

fn peak_kib() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix("kB"));
    Ok(number.ok_or("no peak memory")?.trim().parse()?)
}

/// Answers over the trips that are stored in `folder` and prints what was found.
#[expect(clippy::print_stdout, reason = "the other process reads it")]
pub(crate) fn answer(folder: &Path, runs: usize) -> Outcome<()> {
    let [work, ..] = &WORKS;
    let spec: DatasetSpec = serde_json::from_str(&std::fs::read_to_string(folder.join(SPEC))?)?;
    let mut stored = Stored::new(NamespaceKey::new(KEY));
    let version = folder.join(spec.name.to_string());
    stored.add(spec, VersionId::new("bench")?, &version)?;
    let cores = std::thread::available_parallelism()?.get();
    let env = env(cores, ExecutionEnv::default().memory_bytes)?;
    let runtime = Runtime::new()?;
    let mut times = Vec::new();
    let mut found = None;
    for _ in 0..runs {
        let start = Instant::now();
        let query = check(work.sql, &stored.catalog, &work.options()?)?;
        let exact = runtime.block_on(bounded(&query, &stored, &env))?;
        runtime.block_on(release(&query, &exact, &stored, &env))?;
        times.push(start.elapsed().as_secs_f64());
        let [exact] = <[_; 1]>::try_from(exact).map_err(|_| "not one release")?;
        if found.as_ref().is_some_and(|last| *last != exact) {
            return Err("two answers differ before noise".into());
        }
        found = Some(exact);
    }
    let exact = found.ok_or("no runs")?;
    let found = Found {
        seconds: median(times),
        peak_kib: peak_kib()?,
        measures: exact.measures,
        units: exact.units,
        read: exact.seen.read,
        over_groups: exact.seen.over_groups,
        over_rows: exact.seen.over_rows,
    };
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}

/// Holds what a process found against the same bounding in SQL, where that fits, and its rows against the data's.
fn is_right(found: &Found, rows: u64, stored: &Stored) -> Outcome<bool> {
    let [work, ..] = &WORKS;
    let left_out = found.over_groups + found.over_rows;
    let Some(counts) = found.measures.first() else {
        return Ok(false);
    };
    let kept: i64 = counts.iter().sum();
    if found.read != rows || u64::try_from(kept)? + left_out != rows {
        return Ok(false);
    }
    if rows > SQL_ROWS {
        return Ok(true);
    }
    let query = check(work.sql, &stored.catalog, &work.options()?)?;
    let cores = std::thread::available_parallelism()?.get();
    let roomy = env(cores, SQL_MEMORY)?;
    let expected = Runtime::new()?.block_on(bounded_in_sql(&query, stored, &roomy))?;
    Ok(expected
        .iter()
        .map(|release| (&release.measures, &release.units))
        .eq([(&found.measures, &found.units)]))
}

fn one_size(rows: u64, runs: usize, folder: &Path) -> Outcome<Found> {
    let folder = folder.join(format!("trips-{rows}"));
    std::fs::create_dir(&folder)?;
    let (stored, kept) = trips(rows, rows / ROWS_PER_RIDER, &folder)?;
    let table = stored.catalog.tables.values().next().ok_or("no table")?;
    std::fs::write(folder.join(SPEC), serde_json::to_vec(&table.spec)?)?;
    let output = Command::new(std::env::current_exe()?)
        .arg(ONE)
        .arg(&folder)
        .arg(runs.to_string())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the process for {rows} rows ended with {}", output.status).into());
    }
    let found: Found = serde_json::from_slice(&output.stdout)?;
    if !is_right(&found, kept, &stored)? {
        return Err(format!("{rows} rows: the bounded result is not the expected one").into());
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(found)
}

pub(crate) fn measure(size: &Size, with_largest: bool, folder: &Path) -> Outcome<()> {
    let is_full = size.rounds == FULL.rounds;
    let runs = size.noised.runs;
    let sizes = size.growing.iter().copied();
    let mut first: Option<Found> = None;
    for rows in sizes.chain(with_largest.then_some(LARGEST)) {
        let found = one_size(rows, runs, folder)?;
        let name = |what: &str| format!("engine/scaling-{rows}/{what}");
        let line = |what: &str, value, unit| Line::new(name(what), value, unit, runs);
        line("time", found.seconds * 1e3, "ms").print();
        line("peak-memory", found.peak_kib / 1024.0, "MiB").print();
        line("rows-read", found.read as f64, "rows").print();
        line("rows-over-c", found.over_groups as f64, "rows").print();
        line("rows-over-m", found.over_rows as f64, "rows").print();
        let Some(small) = &first else {
            first = Some(found);
            continue;
        };
        let per_row = found.seconds / found.read as f64 / (small.seconds / small.read as f64);
        let memory = found.peak_kib / small.peak_kib;
        for (what, value) in [("time-a-row", per_row), ("peak-memory", memory)] {
            let line = line(&format!("{what}-to-smallest"), value, "x");
            if is_full {
                line.at_most(BAR).print();
            } else {
                line.print();
            }
        }
    }
    Ok(())
}
