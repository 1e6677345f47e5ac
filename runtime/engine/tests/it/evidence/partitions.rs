//! How many partitions a plan is cut into changes nothing, and each row is read once.

use super::runtime;
use super::statements::{Statement, statement, visits};
use crate::fixture::{Data, catalog, data, options};
use irongate_engine::{BoundedRelease, CheckedQuery, ExecutionEnv, bounded, bounded_in_sql, check};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use std::num::NonZeroUsize;

const DATABASES: u64 = 40;

fn of(query: &CheckedQuery, data: &Data, cores: usize) -> Vec<BoundedRelease> {
    runtime()
        .block_on(bounded(query, data, &env(cores)))
        .unwrap()
}

fn env(cores: usize) -> ExecutionEnv {
    ExecutionEnv {
        cores: NonZeroUsize::new(cores).unwrap(),
        ..ExecutionEnv::default()
    }
}

#[test]
fn partitions_do_not_change_the_sums_and_sql_gives_the_same() {
    let mut compared = 0;
    for seed in 0..DATABASES {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let data = data(&visits(&mut rng), 1 + seed as usize % 3);
        for _ in 0..3 {
            let Statement { sql, options, .. } = statement(&mut rng);
            let Ok(query) = check(&sql, &catalog(), &options) else {
                continue;
            };
            let one = of(&query, &data, 1);
            for cores in [2, 8] {
                assert_eq!(of(&query, &data, cores), one, "{cores} cores: {sql}");
            }
            let sql_too = runtime().block_on(bounded_in_sql(&query, &data, &env(1)));
            for (bound, in_sql) in one.iter().zip(sql_too.unwrap()) {
                assert_eq!(
                    (&bound.keys, &bound.measures, &bound.units),
                    (&in_sql.keys, &in_sql.measures, &in_sql.units),
                    "{sql}"
                );
            }
            compared += 1;
        }
    }
    assert!(compared > DATABASES, "{compared} statements");
}

#[test]
fn a_scan_reads_each_row_once() {
    for sql in [
        "SELECT COUNT(*) FROM visits",
        "SELECT district, SUM(amount) FROM visits WHERE amount IS NOT NULL OR amount IS NULL GROUP BY district",
    ] {
        for seed in 0..8 {
            let visits = visits(&mut ChaCha8Rng::seed_from_u64(seed));
            let stored = data(&visits, 1 + seed as usize % 3);
            let query = check(sql, &catalog(), &options()).unwrap();
            for cores in [1, 2, 8] {
                let read: Vec<u64> = of(&query, &stored, cores)
                    .iter()
                    .map(|r| r.seen.read)
                    .collect();
                assert_eq!(read, [visits.len() as u64], "{cores} cores: {sql}");
            }
        }
    }
}

/// Cores take one partition after another, so none may wait for all of them: as a join does whose filter is made of what
/// it holds.
#[test]
fn no_partition_waits_for_another() {
    let ranked = "SELECT RANK() OVER (PARTITION BY v.id ORDER BY v.amount) AS r FROM visits v";
    let joined = [
        "JOIN areas a ON v.district = a.district",
        "LEFT SEMI JOIN areas a ON v.district = a.district",
        "LEFT JOIN areas a ON v.district = a.district",
        "LEFT ANTI JOIN areas a ON v.district = a.district",
        "JOIN people p ON v.id = p.id JOIN areas a ON v.district = a.district",
        "JOIN areas a ON v.note = a.area",
    ];
    let data = data(&visits(&mut ChaCha8Rng::seed_from_u64(1)), 2);
    for join in joined {
        let sql = format!("SELECT COUNT(*) FROM ({ranked} {join}) WHERE r = 1");
        let query = check(&sql, &catalog(), &options()).unwrap();
        let one = of(&query, &data, 1);
        for cores in [2, 8] {
            assert_eq!(of(&query, &data, cores), one, "{cores} cores: {sql}");
        }
    }
}
