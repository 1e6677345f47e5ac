//! The neighbour property over whatever the checker accepts out of a soup of statements.

use super::on_all_cores;
use super::pair::{Neighbours, Ran, ran};
use super::statements::{unit, visits};
use crate::fixture::catalog;
use crate::fuzz::{Soup, count, seed};
use irongate_engine::{Fault, check};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Statements asked of each pair of databases.
const STATEMENTS: usize = 50;

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
