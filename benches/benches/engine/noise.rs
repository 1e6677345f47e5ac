//! Noise for a million groups, on one core and on all.

use crate::{FULL, Size, env};
use irongate_benches::{Line, Outcome, Stored, median};
use irongate_engine::{LossRequest, QueryOptions, bounded, check, release};
use std::hint::black_box;
use tokio::runtime::Runtime;

/// The most that noise for all groups may take, ms.
const BAR_MS: f64 = 6_000.0;
/// How much faster all cores must be than one.
const BAR_CORES: f64 = 1.8;

pub(crate) fn measure(size: &Size, stored: &Stored) -> Outcome<()> {
    let buckets = size.noised.buckets;
    let sql = format!(
        "SELECT WIDTH_BUCKET(COALESCE(amount, 0), 0, 1000, {buckets}) AS a, WIDTH_BUCKET(COALESCE(amount, 0), 1, 999, {buckets}) AS b, \
         COUNT(*) AS n FROM trips GROUP BY a, b"
    );
    let runtime = Runtime::new()?;
    let cores = std::thread::available_parallelism()?.get();
    let all = env(cores, 4 << 30)?;
    let one = env(1, 4 << 30)?;
    let options = |loss| QueryOptions {
        max_groups_per_unit: Some(4),
        max_rows_per_group: Some(10),
        ..QueryOptions::new(loss)
    };
    let is_full = size.rounds == FULL.rounds;
    for (kind, loss) in [
        ("gaussian", LossRequest::Rho("0.1".parse()?)),
        ("laplace", LossRequest::Epsilon("1".parse()?)),
    ] {
        let query = check(&sql, &stored.catalog, &options(loss))?;
        let exact = runtime.block_on(bounded(&query, stored, &all))?;
        let groups = exact.first().map_or(0, |exact| exact.units.len());
        if groups != (buckets as usize + 2).pow(2) {
            return Err(format!("{groups} groups, not the domain").into());
        }
        let (mut on_one, mut on_all) = (Vec::new(), Vec::new());
        // In turn, so that a machine that slows down slows both.
        for _ in 0..size.noised.runs {
            for (env, times) in [(&one, &mut on_one), (&all, &mut on_all)] {
                let released = runtime.block_on(release(&query, &exact, stored, env))?;
                times.push(released.timings.noise.as_secs_f64() * 1e3);
                black_box(released);
            }
        }
        let (one, all) = (median(on_one), median(on_all));
        let name = |what: &str| format!("engine/noise-{kind}/{what}");
        let runs = size.noised.runs;
        Line::new(name("groups"), groups as f64, "groups", 1).print();
        Line::new(name("one-core"), one, "ms", runs).print();
        let time = Line::new(name("all-cores"), all, "ms", runs);
        let scaling = Line::new(name("cores-1-to-all"), one / all, "x", runs);
        if is_full {
            time.at_most(BAR_MS).print();
            scaling.at_least(BAR_CORES).print();
        } else {
            time.print();
            scaling.print();
        }
    }
    Ok(())
}
