//! The mapper natively, over made-up people.
#![allow(clippy::unwrap_used, reason = "tests")]

use irongate_guest::Table;
use irongate_guest::prelude::*;
use irongate_guest::testing::MapperHarness;
use model::{Year, fit};

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[derive(Row)]
struct Made {
    age: i64,
    female: bool,
    hhninc: Decimal,
    docvis: i64,
}

/// People of whom older ones see a doctor more often, and no other difference counts.
fn people(count: i64) -> Vec<Table> {
    let person = |n: i64| {
        let age = 20 + n * 7 % 50;
        let seen = n * 37 % 100 < 20 + age;
        let made = Made {
            age,
            female: n % 2 == 1,
            hhninc: Decimal::new(2_000 + n * 91 % 3_000, 3).unwrap(),
            docvis: i64::from(seen) * 3,
        };
        Table::from_rows(&[made]).unwrap()
    };
    (0..count).map(person).collect()
}

#[test]
fn a_block_is_fitted() {
    let harness = MapperHarness::<model::map>::new(PROJECT, "model").unwrap();
    let people = people(500);
    let tables: Vec<&Table> = people.iter().collect();
    let numbers = harness.call_block(&tables).unwrap().unwrap();
    assert!(numbers[1] > 0.2 && numbers[1] < 0.8, "{numbers:?}");
    assert!(
        numbers[2].abs() < 0.3 && numbers[3].abs() < 0.3,
        "{numbers:?}"
    );
}

#[test]
fn nobody_has_no_model_and_one_person_a_finite_one() {
    let harness = MapperHarness::<model::map>::new(PROJECT, "model").unwrap();
    let nobody = harness.call_block(&[]).unwrap().unwrap();
    assert!(
        nobody.iter().all(|number| number.abs() < 1e-9),
        "{nobody:?}"
    );
    let one = people(1);
    let numbers = harness.call_block(&[&one[0]]).unwrap().unwrap();
    assert!(
        numbers.iter().all(|number| number.is_finite()),
        "{numbers:?}"
    );
}

#[test]
fn a_fit_does_not_depend_on_the_order_of_people() {
    let year = |n: i64| Year {
        age: Some((20 + n * 7 % 50) as f64),
        female: Some(n % 2 == 1),
        hhninc: 3.0,
        docvis: Some((n * 37 % 3) as f64),
    };
    let mut rows: Vec<Year> = (0..200).map(year).collect();
    let first = fit(&rows).unwrap();
    rows.reverse();
    let again = fit(&rows).unwrap();
    assert!((first.age - again.age).abs() < 1e-9 && (first.female - again.female).abs() < 1e-9);
}

#[test]
fn a_manifest_without_blocks_does_not_fit() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let text = std::fs::read_to_string(format!("{PROJECT}/irongate.toml")).unwrap();
    let single = text.replace("blocks = 256\n", "");
    assert_ne!(single, text);
    std::fs::write(format!("{folder}/irongate.toml"), single).unwrap();
    let refused = MapperHarness::<model::map>::new(folder, "model")
        .err()
        .unwrap();
    assert!(refused.to_string().contains("takes `Units`"), "{refused}");
}
