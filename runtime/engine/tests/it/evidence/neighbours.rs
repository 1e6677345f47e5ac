//! The neighbour property: exact bounded results of neighbouring databases differ by at most what the
//! charged mechanisms take for granted. Schemas, rows and statements are random; one statement is asked of
//! a whole database and of each neighbour it has in a namespace.
//!
//! A case is a statement, a database and a unit. It counts if its bounded results differ: then too little
//! noise, a missing clamp or cap can show in it, and how often each would is counted as well.

use super::on_all_cores;
use super::queries::PARTS;
use super::tally::{FAULTS, Tally};
use super::trial::trial;
use irongate_engine::Fault;

/// Cases that must count, unless `IRONGATE_NEIGHBOUR_CASES` says how many.
const CASES: usize = 20_000;
/// Counted cases that each part of the language must be in.
const EACH: usize = 200;
/// Counted cases in which each planted fault must be found.
const FOUND: usize = 100;
/// Databases made between looks at how many cases there are.
const AT_ONCE: usize = 40;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

/// Cases of one seed, from one database on, until so many count.
fn cases(seed: u64, first: usize, counted: usize, fault: Option<Fault>) -> Tally {
    let mut tally = Tally::default();
    let mut next = first;
    while tally.counted < counted {
        let before = tally.counted;
        for one in on_all_cores(AT_ONCE, |at| trial(seed, next + at, fault)) {
            tally.add(one);
        }
        next += AT_ONCE;
        assert!(tally.counted > before, "no case counts any more");
    }
    println!(
        "IRONGATE_TEST_SEED={seed}: databases {first} to {}",
        next - 1
    );
    tally
}

#[test]
fn neighbouring_results_differ_by_at_most_the_sensitivities() {
    let seed = number("IRONGATE_TEST_SEED").unwrap_or(1);
    let first = number("IRONGATE_NEIGHBOUR_FIRST").unwrap_or(0) as usize;
    let wanted = number("IRONGATE_NEIGHBOUR_CASES").map_or(CASES, |cases| cases as usize);
    let tally = cases(seed, first, wanted, None);
    tally.told();
    let wrong = tally.wrong.len();
    assert!(
        wrong == 0,
        "{wrong} counter-examples, the first of them above"
    );
    // What has no plan is refused before anything is read, and what has one does not fail.
    assert!(tally.failed.is_empty(), "{:#?}", tally.failed);
    let unknown: Vec<_> = tally
        .parts
        .keys()
        .filter(|part| !PARTS.contains(part))
        .collect();
    assert!(unknown.is_empty(), "not in the list of parts: {unknown:?}");
    if wanted < CASES {
        return;
    }
    let of = |part: &&str| tally.parts.get(part).copied().unwrap_or(0);
    let rare: Vec<_> = PARTS.iter().filter(|part| of(part) < EACH).collect();
    assert!(rare.is_empty(), "too few of {rare:?}");
    for (fault, (_, found)) in FAULTS.iter().zip(tally.found) {
        assert!(
            found >= FOUND,
            "{fault} would be found in {found} cases alone"
        );
    }
}

#[test]
fn the_property_finds_a_clamp_that_is_missing() {
    let tally = cases(1, 0, 500, Some(Fault::ClampRemoved));
    assert!(!tally.wrong.is_empty());
}
