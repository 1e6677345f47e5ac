//! Bounded statements beside the same ones plain.

use crate::{FULL, Size, env};
use criterion::{BenchmarkGroup, Criterion, SamplingMode, measurement::WallTime};
use datafusion::execution::context::SessionContext;
use irongate_benches::{Line, Outcome, Stored, collect, median, median_ms, plain};
use irongate_engine::{
    BoundedRelease, CheckedQuery, ExecutionEnv, LossRequest, QueryOptions, RowCounts, bounded,
    bounded_in_sql, check, release,
};
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::path::Path;
use tokio::runtime::Runtime;

/// How much faster two cores must be than one.
const SCALING_BAR: f64 = 1.7;
/// Memory for bounding in SQL, which sorts every row.
pub(crate) const SQL_MEMORY: usize = 14 << 30;

/// A statement, its bounds, and the most it may cost over the plain one.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
    /// C.
    pub(crate) groups: u32,
    /// m.
    pub(crate) rows: u32,
    /// The most it may cost, times the plain one.
    pub(crate) bar: f64,
    /// How much faster two cores must be than one; not measured where nothing is said.
    pub(crate) scaling_bar: Option<f64>,
    /// Whether C and m must leave rows out: where a person can have more groups, or more rows of one.
    pub(crate) leaves_out: [bool; 2],
}

pub(crate) const WORKS: [Work; 2] = [
    Work {
        name: "trips-20",
        sql: "SELECT district, COUNT(*) AS n, SUM(amount) AS total, AVG(amount) AS mean \
              FROM trips GROUP BY district",
        groups: 4,
        rows: 10,
        bar: 2.0,
        scaling_bar: Some(SCALING_BAR),
        leaves_out: [true, true],
    },
    Work {
        name: "trips-4000",
        sql: "SELECT category, district, COUNT(*) AS n, SUM(amount) AS total, AVG(amount) AS mean \
              FROM trips GROUP BY category, district",
        groups: 16,
        rows: 10,
        bar: 3.0,
        scaling_bar: Some(SCALING_BAR),
        leaves_out: [true, true],
    },
];

impl Work {
    pub(crate) fn options(&self) -> Outcome<QueryOptions> {
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

/// Medians of one round, milliseconds.
struct Round {
    plain: f64,
    bounded: f64,
    on_one_core: Option<f64>,
}

/// What is measured, and what each bounded answer must be.
struct Bench<'a> {
    work: &'a Work,
    stored: &'a Stored,
    plain: SessionContext,
    expected: Vec<BoundedRelease>,
    cores: usize,
}

impl Bench<'_> {
    /// Measures the queries one after another.
    fn round(&self, size: &Size, results: &Path, runtime: &Runtime) -> Outcome<(Round, RowCounts)> {
        let Self {
            work,
            stored,
            plain,
            expected,
            cores,
        } = self;
        let mut criterion = Criterion::default()
            .output_directory(results)
            .without_plots()
            .sample_size(size.samples)
            .warm_up_time(size.warm_up)
            .measurement_time(size.measurement);
        let mut group = criterion.benchmark_group(work.name);
        group.sampling_mode(SamplingMode::Flat);
        group.bench_function("plain", |bencher| {
            bencher.to_async(runtime).iter(|| async {
                let rows = collect(plain, work.sql).await;
                black_box(rows.map_err(|error| error.to_string()))
            });
        });
        let seen = time(&mut group, "bounded", work, stored, expected, *cores)?;
        let is_scaled = work.scaling_bar.is_some();
        if is_scaled {
            time(&mut group, "bounded-on-one-core", work, stored, expected, 1)?;
        }
        group.finish();
        let median = |what: &str| median_ms(results, work.name, what);
        let on_one_core = is_scaled.then(|| median("bounded-on-one-core"));
        let round = Round {
            plain: median("plain")?,
            bounded: median("bounded")?,
            on_one_core: on_one_core.transpose()?,
        };
        Ok((round, seen))
    }
}

pub(crate) fn measure(work: &Work, size: &Size, folder: &Path, stored: &Stored) -> Outcome<()> {
    let runtime = Runtime::new()?;
    let cores = std::thread::available_parallelism()?.get();
    let query: CheckedQuery = check(work.sql, &stored.catalog, &work.options()?)?;
    let roomy = env(cores, SQL_MEMORY)?;
    let bench = Bench {
        work,
        stored,
        plain: runtime.block_on(plain(stored))?,
        expected: runtime.block_on(bounded_in_sql(&query, stored, &roomy))?,
        cores,
    };
    if runtime.block_on(collect(&bench.plain, work.sql))? == 0 {
        return Err("the plain query finds no rows".into());
    }
    let results = folder.join("criterion");
    let (mut rounds, mut seen) = (Vec::new(), RowCounts::default());
    for _ in 0..size.rounds {
        let (round, counts) = bench.round(size, &results, &runtime)?;
        rounds.push(round);
        seen = counts;
    }
    let is_full = size.rounds == FULL.rounds;
    let left_out = [seen.over_groups > 0, seen.over_rows > 0];
    let mut left_out = work.leaves_out.iter().zip(left_out);
    if is_full && left_out.any(|(must, does)| *must && !does) {
        return Err(format!("{}: a bound left nothing out: {seen:?}", work.name).into());
    }
    report(work, size, &rounds, seen);
    Ok(())
}

/// Prints the medians over all rounds, and of the ratios of each.
fn report(work: &Work, size: &Size, rounds: &[Round], seen: RowCounts) {
    let of =
        |value: &dyn Fn(&Round) -> Option<f64>| median(rounds.iter().filter_map(value).collect());
    let name = |what: &str| format!("engine/{}/{what}", work.name);
    let samples = size.samples * rounds.len();
    let line = |what: &str, value, unit| Line::new(name(what), value, unit, samples);
    line("plain", of(&|round| Some(round.plain)), "ms").print();
    line("bounded", of(&|round| Some(round.bounded)), "ms").print();
    for (what, rows) in [
        ("rows-over-c", seen.over_groups),
        ("rows-over-m", seen.over_rows),
    ] {
        Line::new(name(what), rows as f64, "rows", 1).print();
    }
    let held = |line: Line, hold: fn(Line, f64) -> Line, bar| {
        if size.rounds == FULL.rounds {
            hold(line, bar).print();
        } else {
            line.print();
        }
    };
    let to_plain = of(&|round| Some(round.bounded / round.plain));
    held(line("to-plain", to_plain, "x"), Line::at_most, work.bar);
    if let Some(bar) = work.scaling_bar {
        let one = of(&|round| round.on_one_core);
        line("bounded-on-one-core", one, "ms").print();
        let scaling = of(&|round| Some(round.on_one_core? / round.bounded));
        held(line("cores-1-to-2", scaling, "x"), Line::at_least, bar);
    }
}
