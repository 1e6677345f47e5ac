//! What bounding says it holds, beside what it holds.

use super::choice::Choice;
use super::groups::Groups;
use super::kept::Kept;
use super::numbers::Numbers;
use super::open::Open;
use super::pass::{Lane, Names, Pass, Rows};
use super::units::Units;
use super::{Caps, UNIT_BYTES};
use allocation_counter::measure;
use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use irongate_policy::NamespaceKey;
use rstest::rstest;
use std::sync::Arc;

/// Rows of one batch: what is needed for one batch alone is not in the account.
const BATCH: u32 = 1_000;

/// The bytes that stay allocated, and what was made.
fn held<T>(make: impl FnOnce() -> T) -> (f64, T) {
    let mut made = None;
    let seen = measure(|| made = Some(make()));
    (seen.bytes_current as f64, made.unwrap())
}

/// The account is of what is asked for, not of what the allocator adds, and rounds where it cannot see.
fn check(held: f64, account: usize) {
    assert!(
        held > 1e6,
        "enough that what is rounded does not matter: {held}"
    );
    let part = account as f64 / held;
    assert!((0.8..1.6).contains(&part), "{account} of {held}: {part:.2}");
}

fn choice() -> Choice {
    Choice::new(&NamespaceKey::new([5; 32]))
}

struct Numbered;

impl Names for Numbered {
    fn name(&mut self, group: u32) -> u128 {
        u128::from(group)
    }
}

/// The pass after so many rows, of some values and some columns whose distinct values are counted: `row` gives the unit
/// and the group of each.
fn pass(
    rows: u32,
    most: usize,
    (values, distinct): (usize, usize),
    row: impl Fn(u32) -> (u32, u32),
) -> Pass {
    let caps = Caps {
        groups: most,
        rows: most,
        clamps: vec![(0, 10); values],
        distinct: vec![most; distinct],
    };
    let mut pass = Pass::new(&caps, choice());
    let unit = |unit: u32| -> [u8; UNIT_BYTES] { u128::from(unit).to_be_bytes() };
    for from in (0..rows).step_by(BATCH as usize) {
        let batch = from..from + BATCH;
        let units: Vec<_> = batch.clone().map(|at| unit(row(at).0)).collect();
        let groups: Vec<_> = batch.clone().map(|at| row(at).1).collect();
        let lane = Lane::new(batch.clone().map(i64::from).collect(), None, (0, 10));
        let identities: Vec<_> = batch.map(|at| Some(u128::from(at) << 64)).collect();
        let rows = Rows {
            units: Units::Whole(&units),
            groups: &groups,
            lanes: &vec![lane; values],
            identities: &vec![identities; distinct],
        };
        let count = groups.iter().max().unwrap() + 1;
        pass.push(&rows, count as usize, &mut Numbered).unwrap();
    }
    pass
}

#[rstest]
#[case(8, 1)]
#[case(1, 8)]
#[case(0, 0)]
fn totals_of_many_groups_are_in_the_account(#[case] values: usize, #[case] distinct: usize) {
    let (held, pass) = held(|| pass(50_000, 1, (values, distinct), |at| (at, at)));
    check(held, pass.memory());
}

#[test]
fn distinct_values_are_in_the_account() {
    let (held, pass) = held(|| pass(60_000, 1, (1, 2), |at| (at, at % 2)));
    check(held, pass.memory());
}

#[rstest]
#[case(8, 1)]
#[case(1, 8)]
fn the_rows_of_a_unit_that_goes_on_are_in_the_account(
    #[case] values: usize,
    #[case] distinct: usize,
) {
    let (held, pass) = held(|| pass(20_000, 20_000, (values, distinct), |at| (0, at % 2)));
    check(held, pass.memory());
}

#[test]
fn numbers_near_and_far_are_in_the_account() {
    let numbers = |of: std::ops::Range<i64>| {
        let mut numbers = Numbers::default();
        numbers.extend(of.map(|number| (number << 20, 1)));
        numbers
    };
    let (_, near) = held(|| numbers(0..1));
    assert_eq!(near.memory(), 4 << 15);
    let (held, far) = held(|| numbers(0..60_000));
    check(held, far.memory());
}

#[test]
fn the_places_of_groups_are_in_the_account() {
    let (held, kept) = held(|| {
        let mut kept = Kept::new(1);
        kept.resize(1_000_000);
        kept
    });
    check(held, kept.memory());
}

#[test]
fn the_cells_of_groups_are_in_the_account() {
    let (held, open) = held(|| {
        let mut open = Open::new(0);
        open.resize(1_000_000);
        open
    });
    check(held, open.memory());
}

/// The groups of `count` rows of keys, a batch at a time.
fn groups(kinds: &[DataType], count: u32, keys: impl Fn(u32) -> Vec<ArrayRef>) -> Groups {
    let mut groups = Groups::new(kinds, None, choice()).unwrap();
    for from in (0..count).step_by(BATCH as usize) {
        let mut ids = Vec::new();
        groups.ids(&keys(from), BATCH as usize, &mut ids).unwrap();
        for id in ids {
            groups.name(id);
        }
    }
    groups
}

fn texts(from: u32) -> ArrayRef {
    let text = |at| format!("a text that is as long as those of an address are, number {at}");
    Arc::new(StringArray::from_iter_values(
        (from..from + BATCH).map(text),
    ))
}

#[test]
fn groups_by_text_are_in_the_account() {
    let (held, groups) = held(|| groups(&[DataType::Utf8], 20_000, |from| vec![texts(from)]));
    check(held, groups.memory());
}

#[test]
fn groups_by_numbers_near_and_far_are_in_the_account() {
    for apart in [1, 1 << 20] {
        let keys = |from: u32| -> Vec<ArrayRef> {
            let numbers = (from..from + BATCH).map(|at| i64::from(at) * apart);
            vec![Arc::new(Int64Array::from_iter_values(numbers))]
        };
        let (held, groups) = held(|| groups(&[DataType::Int64], 50_000, keys));
        check(held, groups.memory());
    }
}

/// Short keys take less than what tells their pairs apart.
#[rstest]
#[case(DataType::Int64, 50_000)]
#[case(DataType::Int8, 64_000)]
fn groups_by_pairs_of_keys_are_in_the_account(#[case] kind: DataType, #[case] count: u32) {
    let column = |of: &dyn Fn(u32) -> u32, from: u32| {
        let numbers = (from..from + BATCH).map(|at| i64::from(of(at)) - 128);
        cast(&Int64Array::from_iter_values(numbers), &kind).unwrap()
    };
    let keys = |from| vec![column(&|at| at / 256, from), column(&|at| at % 256, from)];
    let kinds = [kind.clone(), kind.clone()];
    let (held, groups) = held(|| groups(&kinds, count, keys));
    check(held, groups.memory());
}
