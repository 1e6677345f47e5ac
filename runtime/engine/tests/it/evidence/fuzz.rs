//! The neighbour property over whatever the checker accepts out of a soup of statements.

use super::judge::{groups, violations};
use super::statements::{unit, visits};
use super::{Neighbours, on_all_cores, runtime};
use crate::fixture::{Data, catalog};
use crate::fuzz::{Soup, count, seed};
use irongate_engine::{
    CheckedQuery, ExecutionEnv, Fault, assumed, bounded, bounded_given, check, fits, given,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Statements asked of each pair of databases.
const STATEMENTS: usize = 50;

/// What came of one accepted statement.
struct Ran {
    counted: bool,
    wrong: Vec<String>,
}

fn ran(sql: &str, query: &CheckedQuery, pair: &Neighbours, fault: Option<Fault>) -> Option<Ran> {
    let env = ExecutionEnv {
        fault,
        // Cases run side by side; `partitions` holds that partitions change nothing.
        cores: std::num::NonZeroUsize::MIN,
        ..ExecutionEnv::default()
    };
    let runtime = runtime();
    if query.charges().is_empty() {
        return None;
    }
    // What the machine has no room for is refused before anything is read.
    runtime.block_on(fits(query, &pair.with, &env)).ok()?;
    let seen = runtime.block_on(given(query, &pair.with, &env));
    // A release may use values of another: both sides see the same.
    let of = |data: &Data| {
        let result = match &seen {
            Ok(seen) => runtime.block_on(bounded_given(query, data, &env, seen)),
            Err(_) => runtime.block_on(bounded(query, data, &env)),
        };
        result.map(|releases| releases.iter().map(groups).collect::<Vec<_>>())
    };
    let told = |text: String| format!("{text}\n  in {sql}");
    Some(match (of(&pair.with), of(&pair.without)) {
        (Ok(with), Ok(without)) if seen.is_ok() => Ran {
            counted: with != without,
            wrong: violations(&assumed(query).unwrap(), &with, &without)
                .into_iter()
                .map(told)
                .collect(),
        },
        // Nothing that fails may depend on whose rows there are: an accepted statement does not fail.
        (with, without) => Ran {
            counted: false,
            wrong: vec![told(format!(
                "failed: {:?}, {:?}, {:?}",
                seen.as_ref().err().map(ToString::to_string),
                with.err().map(|e| e.to_string()),
                without.err().map(|e| e.to_string())
            ))],
        },
    })
}

fn all(count: usize, fault: Option<Fault>) -> Vec<Ran> {
    let seed = seed();
    let soup = Soup::new();
    let all = on_all_cores(count.div_ceil(STATEMENTS), |number| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number as u64);
        let visits = visits(&mut random);
        let files = random.random_range(1..=3);
        let pair = Neighbours::new(&visits, unit(&mut random), files);
        let mut out = Vec::new();
        for _ in 0..STATEMENTS {
            let (sql, options) = soup.statement(&mut random);
            if let Ok(query) = check(&sql, &catalog(), &options) {
                out.extend(ran(&sql, &query, &pair, fault));
            }
        }
        out
    });
    let all: Vec<Ran> = all.into_iter().flatten().collect();
    let counted = all.iter().filter(|ran| ran.counted).count();
    println!(
        "IRONGATE_TEST_SEED={seed}: {count} statements, {} accepted, {counted} counted",
        all.len()
    );
    all
}

#[test]
fn whatever_is_accepted_has_the_neighbour_property() {
    let count = count();
    let all = all(count, None);
    let counted = all.iter().filter(|ran| ran.counted).count();
    let wrong: Vec<&String> = all.iter().flat_map(|ran| &ran.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(counted * 50 >= count, "{counted} of {count} counted");
}

#[test]
fn the_soup_finds_a_clamp_that_is_missing() {
    let all = all(2_000, Some(Fault::ClampRemoved));
    assert!(all.iter().any(|ran| !ran.wrong.is_empty()));
}
