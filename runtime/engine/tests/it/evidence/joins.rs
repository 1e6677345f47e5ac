//! Joins of protected tables are merges of stored order: nothing is shuffled, sorted or held for a table's
//! whole length; and they give what hash joins give.

use super::runtime;
use super::statements::visits;
use crate::fixture::{Data, catalog, data, options, write};
use arrow::array::{ArrayRef, FixedSizeBinaryArray, Int64Array};
use irongate_engine::{ExecutionEnv, bounded, bounded_in_sql, check, private_plans};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Joins of protected tables, and with a public table beside them.
const MERGED: [&str; 11] = [
    "visits v JOIN people p ON v.id = p.id",
    "people p JOIN visits v ON v.id = p.id AND p.age > v.amount",
    "people p JOIN visits v ON v.id = p.id AND v.district < p.age",
    "visits v JOIN visits w ON v.id = w.id AND v.amount = w.amount",
    "visits v JOIN visits w ON v.id = w.id AND v.district = w.district AND v.amount < w.free",
    "visits v LEFT SEMI JOIN visits w ON v.id = w.id AND v.amount = w.free",
    "visits v LEFT SEMI JOIN people p ON v.id = p.id",
    "visits v LEFT ANTI JOIN visits w ON v.id = w.id AND v.amount > w.amount",
    "visits v LEFT ANTI JOIN (SELECT id FROM visits WHERE free > 5) w ON v.id = w.id",
    "(SELECT * FROM visits WHERE id NOT IN (SELECT id FROM visits WHERE free > 5)) v",
    "visits v JOIN people p ON v.id = p.id JOIN stays s ON s.id = p.id",
];

const BESIDE: [&str; 4] = [
    "visits v JOIN people p ON v.id = p.id JOIN areas a ON a.district = v.district",
    "visits v JOIN people p ON v.id = p.id LEFT JOIN areas a ON a.district = v.district",
    "areas a JOIN visits v ON a.district = v.district JOIN people p ON v.id = p.id",
    "visits v LEFT SEMI JOIN areas a ON a.district = v.district LEFT SEMI JOIN people p ON p.id = v.id",
];

fn env(cores: usize) -> ExecutionEnv {
    ExecutionEnv {
        cores: NonZeroUsize::new(cores).unwrap(),
        ..ExecutionEnv::default()
    }
}

fn statement(from: &str) -> String {
    format!("SELECT v.district, COUNT(*), SUM(v.amount) FROM {from} GROUP BY v.district")
}

#[test]
fn joins_on_the_unit_neither_shuffle_nor_sort() {
    let data = data(&visits(&mut ChaCha8Rng::seed_from_u64(1)), 2);
    for from in MERGED.iter().chain(&BESIDE) {
        for cores in [1, 2, 8] {
            let query = check(&statement(from), &catalog(), &options()).unwrap();
            let env = env(cores);
            let plans = private_plans(&query, &data, &env);
            let plan = runtime().block_on(plans).unwrap().concat();
            assert!(plan.contains("SortMergeJoinExec"), "{plan}");
            for word in ["RepartitionExec", "SortExec"] {
                assert!(!plan.contains(word), "{cores} cores: {from}\n{plan}");
            }
            // A hash join holds its first input, which is the public one.
            let held = plan.split("HashJoinExec").nth(1);
            let held = held.map(|rest| rest.lines().skip(1).take(2).collect::<String>());
            assert!(
                !held.is_some_and(|held| held.contains("StoredScan")),
                "{plan}"
            );
            assert_eq!(
                plan.contains("HashJoinExec"),
                BESIDE.contains(from),
                "{plan}"
            );
        }
    }
}

#[test]
fn merged_joins_give_what_hash_joins_give() {
    let mut some = 0;
    for seed in 0..8 {
        let data = data(
            &visits(&mut ChaCha8Rng::seed_from_u64(seed)),
            1 + seed as usize % 3,
        );
        for from in MERGED.iter().chain(&BESIDE) {
            let query = check(&statement(from), &catalog(), &options()).unwrap();
            // The same joins within the SQL formulation are hash joins.
            let hashed = runtime()
                .block_on(bounded_in_sql(&query, &data, &env(1)))
                .unwrap_or_else(|e| panic!("{from}: {e:?}"));
            some += usize::from(hashed[0].units.iter().any(|units| *units > 0));
            for cores in [1, 8] {
                let merged = runtime()
                    .block_on(bounded(&query, &data, &env(cores)))
                    .unwrap_or_else(|e| panic!("{from}: {e:?}"));
                assert_eq!(
                    merged[0].measures, hashed[0].measures,
                    "{cores} cores: {from}"
                );
                assert_eq!(merged[0].units, hashed[0].units, "{cores} cores: {from}");
            }
        }
    }
    assert!(some > 80, "{some} of 120 joins give rows");
}

/// So many people of age 40, spread over the range of pseudonyms.
fn people(units: u32) -> Data {
    let dir = tempfile::tempdir().unwrap();
    let unit = |i: u32| -> [u8; 16] {
        let bytes = (i * (u32::MAX / units)).to_be_bytes();
        std::array::from_fn(|at| bytes[at % 4])
    };
    let units_of = FixedSizeBinaryArray::try_from_iter((0..units).map(unit)).unwrap();
    let ages: ArrayRef = Arc::new((0..units).map(|_| Some(40)).collect::<Int64Array>());
    let columns = vec![
        ("unit", Arc::new(units_of) as ArrayRef, false),
        ("age", ages, false),
    ];
    write(dir.path(), "people-0.parquet", columns);
    Data { dir }
}

#[test]
fn a_merged_join_takes_no_more_memory_for_more_units() {
    let sql =
        "SELECT COUNT(*), SUM(p.age) FROM people p JOIN people q ON p.id = q.id AND p.age >= q.age";
    let query = check(sql, &catalog(), &options()).unwrap();
    let env = ExecutionEnv {
        memory_bytes: 14 << 20,
        ..env(2)
    };
    let hashed = |data: &Data| {
        runtime()
            .block_on(bounded_in_sql(&query, data, &env))
            .is_ok()
    };
    for units in [1_000, 1_000_000] {
        let data = people(units);
        let merged = runtime().block_on(bounded(&query, &data, &env)).unwrap();
        assert_eq!(merged[0].units, [i64::from(units)]);
        // What a hash join holds does grow.
        assert_eq!(hashed(&data), units == 1_000, "{units} units");
    }
}
