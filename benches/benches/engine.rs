//! What bounding costs: the same statement plain in DataFusion over the same files, and answered by the
//! engine: checked, read, bounded for each person, given noise.
//!
//! Each timed answer's exact result is compared with the same bounding written as SQL, and both bounds
//! must have left rows out.

use criterion::{BenchmarkGroup, Criterion, SamplingMode, measurement::WallTime};
use irongate_benches::{Line, Outcome, Stored, Town, collect, machine, median_ms, plain};
use irongate_engine::{
    BoundedRelease, CheckedQuery, ExecutionEnv, LossRequest, QueryOptions, RowCounts, bounded,
    bounded_in_sql, check, release,
};
use irongate_fixtures::{TRIPS_SPEC, Trips};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::hint::black_box;
use std::io::BufWriter;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Long enough for the public worst case of data of this size.
const DEADLINE: Duration = Duration::from_secs(1_000_000);
/// Memory for bounding in SQL, which sorts every row.
const SQL_MEMORY: usize = 14 << 30;

/// How much is measured: in full, or only that it works.
struct Size {
    rows: u64,
    riders: u64,
    samples: usize,
    warm_up: Duration,
    measurement: Duration,
}

const FULL: Size = Size {
    rows: 10_000_000,
    riders: 500_000,
    samples: 15,
    warm_up: Duration::from_secs(2),
    measurement: Duration::from_secs(6),
};
const SMOKE: Size = Size {
    rows: 20_000,
    riders: 1_000,
    samples: 10,
    warm_up: Duration::from_millis(1),
    measurement: Duration::from_millis(10),
};

/// A statement, its bounds, and the most it may cost over the plain one.
struct Work {
    name: &'static str,
    sql: &'static str,
    groups: u32,
    rows: u32,
    bar: f64,
}

const WORKS: [Work; 2] = [
    Work {
        name: "trips-20",
        sql: "SELECT district, COUNT(*) AS n, SUM(amount) AS total, AVG(amount) AS mean \
              FROM trips GROUP BY district",
        groups: 4,
        rows: 10,
        bar: 2.0,
    },
    Work {
        name: "trips-4000",
        sql: "SELECT category, district, COUNT(*) AS n, SUM(amount) AS total, AVG(amount) AS mean \
              FROM trips GROUP BY category, district",
        groups: 16,
        rows: 10,
        bar: 3.0,
    },
];

impl Work {
    fn options(&self) -> Outcome<QueryOptions> {
        Ok(QueryOptions {
            max_groups_per_unit: Some(self.groups),
            max_rows_per_group: Some(self.rows),
            ..QueryOptions::new(LossRequest::Rho("0.1".parse()?))
        })
    }
}

/// The sums alone: the SQL formulation counts no rows.
fn is_same(one: &[BoundedRelease], other: &[BoundedRelease]) -> bool {
    let sums = |result: &BoundedRelease| {
        let BoundedRelease {
            keys,
            measures,
            units,
            ..
        } = result.clone();
        (keys, measures, units)
    };
    one.iter().map(sums).eq(other.iter().map(sums))
}

/// One bounded answer; its exact result must be the expected one.
async fn answer(
    work: &Work,
    stored: &Stored,
    env: &ExecutionEnv,
    expected: &[BoundedRelease],
) -> Outcome<RowCounts> {
    let query = check(work.sql, &stored.catalog, &work.options()?)?;
    let exact = bounded(&query, stored, env).await?;
    if !is_same(&exact, expected) {
        return Err("the bounded result is not that of SQL".into());
    }
    let seen = exact.first().map(|exact| exact.seen).unwrap_or_default();
    black_box(release(&query, &exact, stored, env).await?);
    Ok(seen)
}

fn env(cores: usize, memory: usize) -> Outcome<ExecutionEnv> {
    let mut env = ExecutionEnv::default();
    (env.memory_bytes, env.timeout) = (memory, DEADLINE);
    env.cores = NonZeroUsize::new(cores).ok_or("no cores")?;
    Ok(env)
}

/// Times bounded answers on as many threads as cores.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    work: &Work,
    stored: &Stored,
    expected: &[BoundedRelease],
    cores: usize,
) -> Outcome<RowCounts> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores)
        .enable_all()
        .build()?;
    let env = env(cores, ExecutionEnv::default().memory_bytes)?;
    let (failed, seen) = (RefCell::new(None), Cell::new(RowCounts::default()));
    group.bench_function(name, |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            match answer(work, stored, &env, expected).await {
                Ok(counts) => seen.set(counts),
                Err(error) => *failed.borrow_mut() = Some(error.to_string()),
            }
        });
    });
    match failed.take() {
        Some(error) => Err(format!("{}: {error}", work.name).into()),
        None => Ok(seen.get()),
    }
}

fn measure(work: &Work, size: &Size, folder: &Path, stored: &Stored) -> Outcome<()> {
    let runtime = Runtime::new()?;
    let cores = std::thread::available_parallelism()?.get();
    let query: CheckedQuery = check(work.sql, &stored.catalog, &work.options()?)?;
    let roomy = env(cores, SQL_MEMORY)?;
    let expected = runtime.block_on(bounded_in_sql(&query, stored, &roomy))?;

    let results = folder.join("criterion");
    let mut criterion = Criterion::default()
        .output_directory(&results)
        .without_plots()
        .sample_size(size.samples)
        .warm_up_time(size.warm_up)
        .measurement_time(size.measurement);
    let mut group = criterion.benchmark_group(work.name);
    group.sampling_mode(SamplingMode::Flat);
    let context = runtime.block_on(plain(stored))?;
    if runtime.block_on(collect(&context, work.sql))? == 0 {
        return Err("the plain query finds no rows".into());
    }
    group.bench_function("plain", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let rows = collect(&context, work.sql).await;
            black_box(rows.map_err(|error| error.to_string()))
        });
    });
    let seen = time(&mut group, "bounded", work, stored, &expected, cores)?;
    let is_full = size.samples == FULL.samples;
    if is_full && (seen.over_groups == 0 || seen.over_rows == 0) {
        return Err(format!("{}: a bound left nothing out: {seen:?}", work.name).into());
    }
    time(
        &mut group,
        "bounded-on-one-core",
        work,
        stored,
        &expected,
        1,
    )?;
    group.finish();

    let median = |what: &str| median_ms(&results, work.name, what);
    let (plain, bounded) = (median("plain")?, median("bounded")?);
    let one = median("bounded-on-one-core")?;
    let name = |what: &str| format!("engine/{}/{what}", work.name);
    for (what, value) in [
        ("plain", plain),
        ("bounded", bounded),
        ("bounded-on-one-core", one),
    ] {
        Line::new(name(what), value, "ms", size.samples).print();
    }
    for (what, rows) in [
        ("rows-over-c", seen.over_groups),
        ("rows-over-m", seen.over_rows),
    ] {
        Line::new(name(what), rows as f64, "rows", 1).print();
    }
    let ratio = Line::new(name("to-plain"), bounded / plain, "x", size.samples);
    let scaling = Line::new(name("cores-1-to-2"), one / bounded, "x", size.samples);
    if is_full {
        ratio.at_most(work.bar).print();
    } else {
        ratio.print();
    }
    scaling.print();
    Ok(())
}

#[expect(clippy::print_stderr, reason = "for the person at the terminal")]
fn main() -> Outcome<()> {
    let is_smoke = std::env::args().any(|word| word == "--smoke");
    let size = if is_smoke { &SMOKE } else { &FULL };
    eprintln!("engine bench on {}", machine()?);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("trips.parquet");
    let trips = Trips {
        rows: size.rows,
        riders: size.riders,
        seed: 1,
    };
    trips.write_parquet(BufWriter::new(File::create(&file)?))?;
    let found = Town::found(folder.path(), &file, TRIPS_SPEC);
    let (_town, stored) = Runtime::new()?.block_on(found)?;
    WORKS
        .iter()
        .try_for_each(|work| measure(work, size, folder.path(), &stored))
}
