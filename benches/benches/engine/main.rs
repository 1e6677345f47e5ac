//! What bounding costs: the same statement plain in DataFusion over the same files, and answered by the
//! engine: checked, read, bounded for each person, given noise.
//!
//! Each timed answer's exact result is compared with the same bounding written as SQL, and both bounds
//! must have left rows out.

mod bounded;
mod noise;

use irongate_benches::{Outcome, Town, machine};
use irongate_engine::ExecutionEnv;
use irongate_fixtures::{TRIPS_SPEC, Trips};
use std::fs::File;
use std::io::BufWriter;
use std::num::NonZeroUsize;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Long enough for the public worst case of data of this size.
const DEADLINE: Duration = Duration::from_secs(1_000_000);

/// How much is measured: in full, or only that it works.
struct Size {
    rows: u64,
    riders: u64,
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
    samples: 15,
    noised: Noised {
        buckets: 998,
        runs: 5,
    },
    warm_up: Duration::from_secs(2),
    measurement: Duration::from_secs(6),
};
const SMOKE: Size = Size {
    rows: 20_000,
    riders: 1_000,
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
    bounded::WORKS
        .iter()
        .try_for_each(|work| bounded::measure(work, size, folder.path(), &stored))?;
    noise::measure(size, &stored)
}
