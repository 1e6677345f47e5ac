//! What bounding costs: the same statement plain in DataFusion over the same files, and answered by the
//! engine: checked, read, bounded for each person, given noise.
//!
//! Each timed answer's exact result is compared with the same bounding written as SQL, and both bounds
//! must have left rows out wherever they can.
//!
//! Words say which parts run (`trips`, `noise`, `tpch`, `scaling`); without any, all do. `--smoke` takes small data,
//! `--scale` lets `scaling` go on to 100 million rows, which takes a quarter of an hour and about 10 GB of disk.

mod bounded;
mod noise;
mod scaling;
mod tpch;

use irongate_benches::{Outcome, Stored, machine};
use irongate_engine::ExecutionEnv;
use irongate_fixtures::{TRIPS_SPEC, Trips};
use irongate_policy::NamespaceKey;
use irongate_policy::dataset::{DatasetSpec, Protection};
use std::fs::File;
use std::io::BufWriter;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

/// The key under which pseudonyms are made and rows chosen.
const KEY: [u8; 32] = [7; 32];

/// Long enough for the public worst case of data of this size.
const DEADLINE: Duration = Duration::from_secs(10_000_000);

/// How much is measured: in full, or only that it works.
struct Size {
    rows: u64,
    riders: u64,
    /// TPC-H's scale factor.
    tpch_scale: f64,
    /// Rows of the data of growing size.
    growing: &'static [u64],
    /// Times that the queries to compare are measured in turn: a machine that is slower for a while is so for all.
    rounds: usize,
    /// Of each query in a round.
    samples: usize,
    /// Groups that get noise, and how often.
    noised: Noised,
    warm_up: Duration,
    measurement: Duration,
}

/// Two keys of so many buckets, and one below and above them: their combinations are the groups.
struct Noised {
    buckets: u32,
    runs: usize,
}

const FULL: Size = Size {
    rows: 10_000_000,
    riders: 500_000,
    tpch_scale: 1.0,
    growing: &[1_000_000, 10_000_000],
    rounds: 5,
    samples: 10,
    noised: Noised {
        buckets: 998,
        runs: 5,
    },
    warm_up: Duration::from_millis(500),
    measurement: Duration::from_secs(2),
};
const SMOKE: Size = Size {
    rows: 20_000,
    riders: 1_000,
    tpch_scale: 0.01,
    growing: &[5_000, 20_000],
    rounds: 1,
    samples: 10,
    noised: Noised {
        buckets: 28,
        runs: 2,
    },
    warm_up: Duration::from_millis(1),
    measurement: Duration::from_millis(10),
};

/// Means without a limit of time, on so many cores.
fn env(cores: usize, memory: usize) -> Outcome<ExecutionEnv> {
    let mut env = ExecutionEnv::default();
    (env.memory_bytes, env.timeout) = (memory, DEADLINE);
    env.cores = NonZeroUsize::new(cores).ok_or("no cores")?;
    Ok(env)
}

/// The words of the command line.
struct Asked(Vec<String>);

impl Asked {
    fn is_for(&self, part: &str) -> bool {
        let mut names = self
            .0
            .iter()
            .filter(|word| !word.starts_with("--"))
            .peekable();
        names.peek().is_none() || names.any(|name| name == part)
    }

    fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|word| word == flag)
    }
}

/// Generated trips, ingested, and how many were kept: none of more than the row cap of one rider.
fn trips(rows: u64, riders: u64, folder: &Path) -> Outcome<(Stored, u64)> {
    let mut spec =
        DatasetSpec::from_toml(TRIPS_SPEC).map_err(|problems| format!("{problems:?}"))?;
    if let Protection::Protected(protected) = &mut spec.protection {
        protected.units_at_most = protected.units_at_most.max(riders);
    }
    let file = folder.join("trips.parquet");
    let seed = 1;
    let trips = Trips { rows, riders, seed };
    trips.write_parquet(BufWriter::new(File::create(&file)?))?;
    let mut stored = Stored::new(NamespaceKey::new(KEY));
    let kept = stored.ingest(folder, &file, spec)?;
    std::fs::remove_file(&file)?;
    Ok((stored, kept))
}

#[expect(clippy::print_stderr, reason = "for the person at the terminal")]
fn main() -> Outcome<()> {
    let asked = Asked(std::env::args().skip(1).collect());
    if let [one, folder, runs] = asked.0.as_slice()
        && one == scaling::ONE
    {
        return scaling::answer(Path::new(folder), runs.parse()?);
    }
    let size = if asked.has("--smoke") { &SMOKE } else { &FULL };
    eprintln!("engine bench on {}", machine()?);
    let folder = tempfile::tempdir()?;
    if asked.is_for("trips") || asked.is_for("noise") {
        let folder = folder.path().join("trips");
        std::fs::create_dir(&folder)?;
        let (stored, _) = trips(size.rows, size.riders, &folder)?;
        if asked.is_for("trips") {
            bounded::WORKS
                .iter()
                .try_for_each(|work| bounded::measure(work, size, &folder, &stored))?;
        }
        if asked.is_for("noise") {
            noise::measure(size, &stored)?;
        }
    }
    if asked.is_for("tpch") {
        tpch::measure_all(size, folder.path())?;
    }
    if asked.is_for("scaling") {
        scaling::measure(size, asked.has("--scale"), folder.path())?;
    }
    Ok(())
}
