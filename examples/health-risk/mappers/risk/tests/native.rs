//! The mapper natively, over made-up people.
#![allow(clippy::unwrap_used, reason = "tests")]

use irongate_guest::Table;
use irongate_guest::prelude::*;
use irongate_guest::testing::MapperHarness;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[derive(Row)]
struct Year {
    year: i64,
    age: i64,
    docvis: i64,
    hospvis: i64,
}

fn years(visits: &[i64]) -> Table {
    let year = |(year, docvis): (i64, &i64)| Year {
        year,
        age: 40,
        docvis: *docvis,
        hospvis: 0,
    };
    let rows: Vec<Year> = (1984..).zip(visits).map(year).collect();
    Table::from_rows(&rows).unwrap()
}

#[test]
fn trends_are_told_apart() {
    let harness = MapperHarness::<risk::map>::new(PROJECT, "risk").unwrap();
    for (visits, trend) in [
        (&[9, 6, 3, 1, 0][..], 0.0),
        (&[2, 2, 3, 2, 2], 1.0),
        (&[0, 2, 4, 9, 12], 2.0),
        (&[7], 1.0),
    ] {
        let numbers = harness.call(&years(visits)).unwrap().unwrap();
        assert_eq!(numbers[1], trend, "{visits:?}");
    }
}

#[test]
fn more_visits_are_no_lower_risk() {
    let harness = MapperHarness::<risk::map>::new(PROJECT, "risk").unwrap();
    let score = |visits| harness.call(&years(&[visits])).unwrap().unwrap()[0];
    assert!(score(0) < score(5) && score(5) < score(50));
}

#[test]
fn any_rows_give_an_answer_within_its_bounds() {
    let harness = MapperHarness::<risk::map>::new(PROJECT, "risk").unwrap();
    let tried = harness.try_people(2_000, 1).unwrap();
    assert_eq!((tried.defaults, tried.beyond), (0, 0), "{tried:?}");
}
