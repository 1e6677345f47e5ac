//! The mapper natively, over made-up cards.
#![allow(clippy::unwrap_used, reason = "tests")]

use irongate_guest::Table;
use irongate_guest::prelude::*;
use irongate_guest::testing::MapperHarness;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const MINUTE: i64 = 60_000_000;

#[derive(Row)]
struct Tap {
    at: Timestamp,
    line: i64,
    stop: i64,
}

/// Taps by minute and line, in any order.
fn taps(taps: &[(i64, i64)]) -> Table {
    let tap = |(minute, line): &(i64, i64)| Tap {
        at: Timestamp::from_micros(minute * MINUTE),
        line: *line,
        stop: 1,
    };
    Table::from_rows(&taps.iter().map(tap).collect::<Vec<_>>()).unwrap()
}

#[test]
fn taps_chain_to_trips() {
    let harness = MapperHarness::<chains::map>::new(PROJECT, "chains").unwrap();
    for (given, trips, transfers, kind) in [
        (&[(600, 1)][..], 1.0, 0.0, 1.0),
        // Another line a quarter of an hour later; the same line again is a second validation.
        (&[(615, 2), (600, 1), (616, 2)], 1.0, 1.0, 2.0),
        // An hour later: another trip.
        (&[(600, 1), (660, 2)], 2.0, 0.0, 1.0),
    ] {
        let numbers = harness.call(&taps(given)).unwrap().unwrap();
        assert_eq!(numbers, [trips, transfers, kind], "{given:?}");
    }
    let daily: Vec<(i64, i64)> = (0..22).map(|day| (day * 1_440 + 480, 7)).collect();
    assert_eq!(harness.call(&taps(&daily)).unwrap().unwrap(), [22.0, 0.0, 0.0]);
}

#[test]
fn any_taps_give_an_answer() {
    let harness = MapperHarness::<chains::map>::new(PROJECT, "chains").unwrap();
    let tried = harness.try_people(300, 3).unwrap();
    assert_eq!(tried.defaults, 0, "{tried:?}");
}
