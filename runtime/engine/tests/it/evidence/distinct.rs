//! The neighbour property of distinct values, and that partitions and the same bounding in SQL agree.

use super::judge::{groups, violations};
use super::statements::{unit, visits};
use super::{Neighbours, on_all_cores, runtime};
use crate::fixture::{Data, catalog};
use irongate_engine::{
    BoundedRelease, CheckedQuery, ExecutionEnv, LossRequest, QueryOptions, assumed, bounded,
    bounded_in_sql, check,
};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::num::NonZeroUsize;

/// Pairs of databases, and statements asked of each.
const PAIRS: usize = 150;
const STATEMENTS: usize = 4;
/// Cases that must count.
const CASES: usize = 400;

const COUNTED: [&str; 10] = [
    "note",
    "amount",
    "cost",
    "free",
    "district",
    "CASE WHEN amount > 3 THEN note END",
    "amount % 3",
    "note || CAST(district AS VARCHAR)",
    "free IS NULL",
    "CLAMP(amount, 0, 4)",
];

const SOURCES: [&str; 6] = [
    "visits",
    "(SELECT * FROM visits WHERE amount > 2 UNION ALL SELECT * FROM visits WHERE district < 3)",
    "(SELECT v.* FROM visits v JOIN visits w ON v.id = w.id)",
    "(SELECT v.* FROM visits v JOIN areas a ON v.district = a.district)",
    "(SELECT DISTINCT id, district, amount, cost, free, note FROM visits)",
    "visits WHERE free > 0 OR note = 'a'",
];

const KEYS: [&str; 5] = [
    "",
    " GROUP BY district",
    " GROUP BY note",
    " GROUP BY note, district",
    " GROUP BY ROLLUP (district)",
];

const BESIDE: [&str; 5] = [
    "",
    ", COUNT(*)",
    ", SUM(amount)",
    ", COUNT(DISTINCT id)",
    ", COUNT(DISTINCT note) FILTER (WHERE amount > 5)",
];

fn statement(random: &mut ChaCha8Rng) -> (String, QueryOptions) {
    let mut pick = |from: &[&'static str]| *from.choose(random).unwrap();
    let sql = format!(
        "SELECT COUNT(DISTINCT {}) AS n{} FROM {}{}",
        pick(&COUNTED),
        pick(&BESIDE),
        pick(&SOURCES),
        pick(&KEYS)
    );
    let mut cap = |from: &[Option<u32>]| *from.choose(random).unwrap();
    let (c, m) = (
        cap(&[Some(1), Some(2), None]),
        cap(&[Some(2), Some(3), None, None]),
    );
    let l = cap(&[Some(1), Some(1), Some(1), Some(2), None]);
    let loss = match random.random_bool(0.5) {
        true => LossRequest::Epsilon("1".parse().unwrap()),
        false => LossRequest::Rho("0.5".parse().unwrap()),
    };
    let options = QueryOptions {
        delta: "1e-6".parse().unwrap(),
        max_groups_per_unit: c,
        max_rows_per_group: m,
        max_values_per_group: l,
        ..QueryOptions::new(loss)
    };
    (sql, options)
}

fn env(cores: usize) -> ExecutionEnv {
    ExecutionEnv {
        cores: NonZeroUsize::new(cores).unwrap(),
        ..ExecutionEnv::default()
    }
}

fn of(query: &CheckedQuery, data: &Data, cores: usize) -> Vec<BoundedRelease> {
    let env = env(cores);
    runtime().block_on(bounded(query, data, &env)).unwrap()
}

#[derive(Default)]
struct Case {
    /// The unit that is gone changes the result.
    counted: bool,
    /// A larger L changes it.
    is_bounded: bool,
    violations: Vec<String>,
}

fn case(random: &mut ChaCha8Rng, pair: &Neighbours) -> Case {
    let (sql, options) = statement(random);
    let query = check(&sql, &catalog(), &options).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let all = QueryOptions {
        max_values_per_group: None,
        ..options.clone()
    };
    let all = check(&sql, &catalog(), &all).unwrap();
    let results = [&pair.with, &pair.without].map(|data| of(&query, data, 1));
    let [with, without] = results
        .each_ref()
        .map(|releases| releases.iter().map(groups).collect::<Vec<_>>());
    let told = |text| format!("{text}\n  in {sql}\n  {options:?}");
    Case {
        counted: with != without,
        is_bounded: of(&all, &pair.with, 1) != results[0],
        violations: violations(&assumed(&query).unwrap(), &with, &without)
            .into_iter()
            .map(told)
            .collect(),
    }
}

#[test]
fn neighbouring_counts_of_distinct_values_differ_by_l_at_most() {
    let cases = on_all_cores(PAIRS, |number| {
        let mut random = ChaCha8Rng::seed_from_u64(number as u64);
        let visits = visits(&mut random);
        let pair = Neighbours::new(&visits, unit(&mut random), 1 + number % 3);
        let cases = (0..STATEMENTS).map(|_| case(&mut random, &pair));
        cases.collect::<Vec<_>>()
    });
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    let violations: Vec<&String> = cases.iter().flat_map(|case| &case.violations).collect();
    assert!(violations.is_empty(), "{violations:#?}");
    let counted = cases.iter().filter(|case| case.counted).count();
    let bounded = cases.iter().filter(|case| case.is_bounded).count();
    println!(
        "{} statements, {counted} counted, L active in {bounded}",
        cases.len()
    );
    assert!(counted >= CASES, "{counted} cases counted");
    assert!(bounded * 5 >= cases.len(), "L active in {bounded}");
}

#[test]
fn partitions_unite_distinct_values_and_sql_gives_the_same() {
    for seed in 0..40 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let data = crate::fixture::data(&visits(&mut random), 1 + seed as usize % 3);
        for _ in 0..3 {
            let (sql, options) = statement(&mut random);
            let query = check(&sql, &catalog(), &options).unwrap();
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
        }
    }
}
