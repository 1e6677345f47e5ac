//! What the gate adds to a query: the same statement plain in DataFusion, in the engine alone, and
//! governed: signed, decided, reserved, run, released, logged.
//!
//! Bars, before the deadline is waited for: governed ≤ engine + 10 ms + 2 fsyncs of this disk; and over a million
//! rows, governed ≤ 1.3 × plain + 10 ms + 2 fsyncs. All are measured in turn, in rounds, so that a machine that is
//! slower for a while is so for each; what is held to a bar is the median over the rounds.

use criterion::{Criterion, SamplingMode};
use datafusion::prelude::SessionContext;
use irongate_benches::{
    Line, Outcome, Spans, Stored, Town, collect, machine, median, median_ms, plain,
};
use irongate_engine::ExecutionEnv;
use irongate_fixtures::{RWM5YR_SPEC, VISITS_SPEC, Visits};
use irongate_gate::{QueryOptions, engine_options};
use std::cell::Cell;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;
use tracing_subscriber::layer::SubscriberExt;

const FROM: &str =
    "SELECT year, edlevel, COUNT(*) AS n, SUM(docvis) AS visits, AVG(docvis) AS mean FROM ";
const GROUPS: &str = " GROUP BY year, edlevel";
/// What one fsync writes: about what one commit of the log does.
const PAGE: [u8; 4096] = [7; 4096];
/// The bar above the engine's own time and two fsyncs.
const BAR_MS: f64 = 10.0;
/// The most a governed query over many rows may take, times the plain one, before those.
const BAR_TO_PLAIN: f64 = 1.3;

/// How much is measured: in full, or only that it works.
struct Size {
    rows: u64,
    rounds: usize,
    /// Of each query in a round.
    samples: usize,
    warm_up: Duration,
    measurement: Duration,
    profiled: u32,
}

const FULL: Size = Size {
    rows: 1_000_000,
    rounds: 7,
    samples: 10,
    warm_up: Duration::from_millis(500),
    measurement: Duration::from_secs(2),
    profiled: 21,
};
const SMOKE: Size = Size {
    rows: 2_000,
    rounds: 1,
    samples: 10,
    warm_up: Duration::from_millis(1),
    measurement: Duration::from_millis(10),
    profiled: 3,
};

/// Each question asks for another loss, so that none is answered by a stored release. The amounts are
/// small: a benchmark must not end because a budget does.
struct Questions(Cell<u32>);

impl Questions {
    fn next(&self) -> QueryOptions {
        let number = self.0.get();
        self.0.set(number + 1);
        QueryOptions {
            rho: Some(format!("0.00001{number:04}")),
            ..QueryOptions::default()
        }
    }
}

/// What is asked, and of whom.
struct Asked {
    plain: SessionContext,
    stored: Stored,
    town: Town,
    sql: String,
    questions: Questions,
}

/// Medians of one round, milliseconds.
struct Round {
    plain: f64,
    engine: f64,
    governed: f64,
    fsync: f64,
}

struct Bench<'a> {
    name: &'static str,
    table: &'static str,
    folder: &'a Path,
    file: PathBuf,
    spec: &'static str,
    /// Whether the rows are so many that reading them is most of the plain query's time.
    many_rows: bool,
}

impl Bench<'_> {
    fn run(&self, size: &Size, runtime: &Runtime) -> Outcome<()> {
        let found = Town::found(self.folder, &self.file, self.spec);
        let (town, stored) = runtime.block_on(found)?;
        let sql = format!("{FROM}{}{GROUPS}", self.table);
        let plain = runtime.block_on(plain(&stored))?;
        // Outside the timed loops: a query that fails is fast, and would be measured as such.
        if runtime.block_on(collect(&plain, &sql))? == 0 {
            return Err("the plain query finds no rows".into());
        }
        let questions = Questions(Cell::new(0));
        runtime.block_on(engine(&stored, &sql, &questions.next()))?;
        let asked = Asked {
            plain,
            stored,
            town,
            sql,
            questions,
        };
        let mut rounds = Vec::new();
        for _ in 0..size.rounds {
            rounds.push(self.round(size, runtime, &asked)?);
        }

        let spans = Spans::default();
        let subscriber = tracing_subscriber::registry().with(spans.clone());
        tracing::subscriber::with_default(subscriber, || -> Outcome<()> {
            for _ in 0..size.profiled {
                runtime.block_on(asked.town.ask(&asked.sql, &asked.questions.next()))?;
            }
            Ok(())
        })?;
        self.report(size, &rounds, &spans);
        Ok(())
    }

    /// Measures the queries one after another.
    fn round(&self, size: &Size, runtime: &Runtime, asked: &Asked) -> Outcome<Round> {
        let results = self.folder.join("criterion");
        let mut criterion = Criterion::default()
            .output_directory(&results)
            .without_plots()
            .sample_size(size.samples)
            .warm_up_time(size.warm_up)
            .measurement_time(size.measurement);
        let mut group = criterion.benchmark_group(self.name);
        group.sampling_mode(SamplingMode::Flat);
        let Asked {
            plain,
            stored,
            town,
            sql,
            questions,
        } = asked;
        group.bench_function("plain", |bencher| {
            bencher.to_async(runtime).iter(|| async {
                let rows = collect(plain, sql).await;
                black_box(rows.map_err(|error| error.to_string()))
            });
        });
        group.bench_function("engine", |bencher| {
            bencher.to_async(runtime).iter(|| {
                let options = questions.next();
                async move { black_box(engine(stored, sql, &options).await.is_ok()) }
            });
        });
        let failed = Cell::new(None);
        group.bench_function("governed", |bencher| {
            bencher.to_async(runtime).iter(|| {
                let (options, failed) = (questions.next(), &failed);
                async move {
                    if let Err(error) = town.ask(sql, &options).await {
                        failed.set(Some(error.to_string()));
                    }
                }
            });
        });
        if let Some(error) = failed.take() {
            return Err(format!("a governed query failed: {error}").into());
        }
        let mut page = File::create(self.folder.join("page"))?;
        group.bench_function("fsync", |bencher| {
            bencher.iter(|| {
                let written = page.rewind().and_then(|()| page.write_all(&PAGE));
                black_box(written.and_then(|()| page.sync_all()).is_ok())
            });
        });
        group.finish();
        let median = |what: &str| median_ms(&results, self.name, what);
        Ok(Round {
            plain: median("plain")?,
            engine: median("engine")?,
            governed: median("governed")?,
            fsync: median("fsync")?,
        })
    }

    /// Prints the medians over the rounds, and of what each round compares.
    fn report(&self, size: &Size, rounds: &[Round], spans: &Spans) {
        let work = |what: &str| format!("gate/{}/{what}", self.name);
        let of = |value: &dyn Fn(&Round) -> f64| median(rounds.iter().map(value).collect());
        let samples = size.samples * rounds.len();
        let line = |what: &str, value, unit| Line::new(work(what), value, unit, samples);
        let held = |line: Line, bar: Option<f64>| match bar {
            Some(bar) if size.rounds == FULL.rounds => line.at_most(bar).print(),
            Some(_) | None => line.print(),
        };
        line("plain", of(&|round| round.plain), "ms").print();
        line("engine", of(&|round| round.engine), "ms").print();
        line("governed", of(&|round| round.governed), "ms").print();
        line("fsync", of(&|round| round.fsync), "ms").print();
        let to_plain = of(&|round| round.governed / round.plain);
        line("governed-to-plain", to_plain, "x").print();
        for (span, value, count) in spans.medians() {
            Line::new(work(&format!("span/{span}")), value, "ms", count).print();
        }
        let added = of(&|round| BAR_MS + 2.0 * round.fsync);
        let overhead = of(&|round| round.governed - round.engine);
        held(line("overhead", overhead, "ms"), Some(added));
        let above = of(&|round| round.governed - BAR_TO_PLAIN * round.plain);
        held(
            line("above-1.3-plain", above, "ms"),
            self.many_rows.then_some(added),
        );
    }
}

async fn engine(stored: &Stored, sql: &str, options: &QueryOptions) -> Outcome<()> {
    let query = irongate_engine::check(sql, &stored.catalog, &engine_options(options)?)?;
    irongate_engine::execute(&query, stored, &ExecutionEnv::default()).await?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "for the person at the terminal")]
fn main() -> Outcome<()> {
    let is_smoke = std::env::args().any(|word| word == "--smoke");
    let size = if is_smoke { &SMOKE } else { &FULL };
    eprintln!("gate bench on {}", machine()?);
    let runtime = Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let subfolder = |name: &str| -> Outcome<PathBuf> {
        let path = folder.path().join(name);
        std::fs::create_dir(&path)?;
        Ok(path)
    };
    let registry = subfolder("rwm5yr")?;
    Bench {
        name: "rwm5yr",
        table: "rwm5yr",
        folder: &registry,
        file: irongate_fixtures::path("rwm5yr/rwm5yr.csv"),
        spec: RWM5YR_SPEC,
        many_rows: false,
    }
    .run(size, &runtime)?;
    let generated = subfolder("visits")?;
    let file = generated.join("visits.csv");
    let visits = Visits {
        rows: size.rows,
        units: size.rows / 5,
        heavy_rows: 0,
        seed: 1,
    };
    visits.write_csv(BufWriter::new(File::create(&file)?))?;
    Bench {
        name: "visits-1m",
        table: "visits",
        folder: &generated,
        file,
        spec: VISITS_SPEC,
        many_rows: true,
    }
    .run(size, &runtime)
}
