//! Group choice over a whole small domain: every unit of up to four rows, in every order, under every caps.

use super::choice::{Choice, encoded};
use super::pass::{Lane, NO_GROUP, Names, Pass, Rows};
use super::units::Units;
use super::{Caps, Totals, UNIT_BYTES};
use arrow::buffer::NullBuffer;
use irongate_policy::NamespaceKey;
use rstest::rstest;
use std::collections::BTreeMap;

/// A group, or none of the declared ones, and a value.
type Row = (u32, Option<i64>);
/// Units, rows, the sum and how many values it is of.
type Group = (i64, i64, i128, i64);

const GROUPS: [u32; 4] = [0, 1, 2, NO_GROUP];
const VALUES: [Option<i64>; 3] = [None, Some(-1), Some(2)];
const MOST_ROWS: u32 = 4;

/// A group's name, as its canonical bytes would give it.
struct Named(Vec<u128>);

impl Names for Named {
    fn name(&mut self, group: u32) -> u128 {
        self.0[group as usize]
    }
}

fn choice() -> Choice {
    Choice::new(&NamespaceKey::new([5; 32]))
}

fn names(choice: &Choice) -> Named {
    Named((0..3_u8).map(|group| choice.name(&[group])).collect())
}

/// Every list of up to [`MOST_ROWS`] rows.
fn all_units() -> impl Iterator<Item = Vec<Row>> {
    let kinds = GROUPS.len() * VALUES.len();
    (0..=MOST_ROWS).flat_map(move |length| {
        (0..kinds.pow(length)).map(move |number| {
            let row = |at: u32| {
                let kind = number / kinds.pow(at) % kinds;
                (GROUPS[kind % GROUPS.len()], VALUES[kind / GROUPS.len()])
            };
            (0..length).map(row).collect()
        })
    })
}

fn push(pass: &mut Pass, names: &mut Named, rows: &[(u8, Row)]) {
    let units: Vec<[u8; UNIT_BYTES]> = rows.iter().map(|row| [row.0; UNIT_BYTES]).collect();
    let groups: Vec<u32> = rows.iter().map(|row| row.1.0).collect();
    let there = rows.iter().map(|row| row.1.1.is_some());
    let values = rows.iter().map(|row| row.1.1.unwrap_or(7)).collect();
    let nulls = NullBuffer::from_iter(there);
    let lane = Lane::new(values, Some(nulls), (i64::MIN, i64::MAX));
    let rows = Rows {
        units: Units::Whole(&units),
        groups: &groups,
        lanes: &[lane],
        identities: &[],
    };
    pass.push(&rows, 3, names).unwrap();
}

#[test]
fn a_row_of_no_unit_or_of_one_that_ended_fails_the_pass() {
    let units = [1, 2, 1].map(|unit| [unit; UNIT_BYTES]);
    let places = [
        ([0, 0, 1], true),
        ([0, 1, 3], false),
        ([0, -1, 1], false),
        // The first unit again: past another, and under another key.
        ([0, 1, 2], false),
        ([0, 2, 1], false),
    ];
    for (keys, is_whole) in places {
        let choice = choice();
        let mut names = names(&choice);
        let mut pass = Pass::new(&of((1, 1)), choice);
        let lane = Lane::new(vec![7; 3].into(), None, (i64::MIN, i64::MAX));
        let rows = Rows {
            units: Units::Keys(&keys, &units),
            groups: &[0; 3],
            lanes: &[lane],
            identities: &[],
        };
        let pushed = pass.push(&rows, 3, &mut names);
        assert_eq!(pushed.is_ok(), is_whole, "{keys:?}");
    }
}

fn groups(totals: &Totals) -> [Group; 3] {
    let of = |group: usize| {
        let (units, rows) = totals.counts.get(group).copied().unwrap_or_default();
        let (sum, count) = totals.values.get(group).copied().unwrap_or_default();
        (units, rows, sum, count)
    };
    [of(0), of(1), of(2)]
}

/// C and m, for one value as it is.
fn of(caps: (usize, usize)) -> Caps {
    Caps {
        groups: caps.0,
        rows: caps.1,
        clamps: vec![(i128::MIN, i128::MAX)],
        distinct: vec![],
    }
}

/// What these batches add up to under C and m.
fn bounded(caps: (usize, usize), batches: &[Vec<(u8, Row)>]) -> [Group; 3] {
    let choice = choice();
    let mut names = names(&choice);
    let mut pass = Pass::new(&of(caps), choice);
    for batch in batches {
        push(&mut pass, &mut names, batch);
    }
    groups(&pass.finish(&mut names).0)
}

/// The rule itself: the C groups with the smallest tags, of each the m rows with the smallest, numbered among their equals.
fn as_ruled(caps: (usize, usize), unit: u8, rows: &[Row], choice: &Choice) -> [Group; 3] {
    let mut names = names(choice);
    let unit = u128::from_be_bytes([unit; UNIT_BYTES]);
    let mut of: BTreeMap<u32, Vec<(u128, Option<i64>)>> = BTreeMap::new();
    let mut numbers: BTreeMap<Row, u64> = BTreeMap::new();
    for (group, value) in rows.iter().filter(|row| row.0 != NO_GROUP) {
        let mut tag = [choice.row_seed(unit, names.name(*group))];
        choice.absorb(&mut tag, std::iter::once(encoded(*value)), &mut Vec::new());
        let number = numbers.entry((*group, *value)).or_default();
        *number += 1;
        choice.number(&mut tag, &[*number], &mut Vec::new());
        of.entry(*group).or_default().push((tag[0], *value));
    }
    let mut room = Vec::new();
    let mut order: Vec<(u128, u32)> = Vec::new();
    for group in of.keys() {
        let name = std::iter::once(names.name(*group));
        order.extend(choice.group_tags(unit, name, &mut room).zip([*group]));
    }
    order.sort_unstable();
    let mut out = [(0, 0, 0, 0); 3];
    for (_, group) in order.into_iter().take(caps.0) {
        let mut rows = of.remove(&group).unwrap();
        rows.sort_unstable();
        rows.truncate(caps.1);
        let values = rows.iter().filter_map(|row| row.1);
        let sum = values.clone().map(i128::from).sum();
        out[group as usize] = (1, rows.len() as i64, sum, values.count() as i64);
    }
    out
}

#[rstest]
fn a_unit_keeps_at_most_c_groups_and_m_rows_by_its_own_rows_alone(
    #[values(1, 2, 3)] most_groups: usize,
    #[values(1, 2, 3, 4)] most_rows: usize,
) {
    const UNIT: u8 = 7;
    let (caps, choice) = ((most_groups, most_rows), choice());
    // Others before and after it, who use groups and rows of theirs.
    let before: Vec<(u8, Row)> = vec![(1, (0, Some(2))), (1, (2, None)), (1, (0, Some(2)))];
    let after: Vec<(u8, Row)> = vec![(9, (2, Some(-1))), (9, (1, Some(2)))];
    let others = bounded(caps, &[before.clone(), after.clone()]);
    for rows in all_units() {
        let own: Vec<(u8, Row)> = rows.iter().map(|row| (UNIT, *row)).collect();
        let ruled = as_ruled(caps, UNIT, &rows, &choice);
        let kept = ruled.iter().filter(|group| group.0 > 0).count();
        assert!(kept <= caps.0, "{rows:?} under {caps:?}");
        assert!(ruled.iter().all(|group| group.1 <= caps.1 as i64));
        let alone = bounded(caps, std::slice::from_ref(&own));
        assert_eq!(alone, ruled, "{rows:?} under {caps:?}");
        // Row by row, and among others: what the unit adds is the same.
        let apart: Vec<Vec<(u8, Row)>> = own.iter().map(|row| vec![*row]).collect();
        assert_eq!(bounded(caps, &apart), ruled, "{rows:?} apart, {caps:?}");
        let among = bounded(caps, &[[before.clone(), own, after.clone()].concat()]);
        for ((all, own), others) in among.iter().zip(&ruled).zip(&others) {
            let sums = (
                own.0 + others.0,
                own.1 + others.1,
                own.2 + others.2,
                own.3 + others.3,
            );
            assert_eq!(*all, sums, "{rows:?} among others, {caps:?}");
        }
    }
}

/// Orders of the same rows are all among [`all_units`]: here, that they come to the same.
#[rstest]
fn the_order_of_a_units_rows_does_not_matter(
    #[values(1, 2, 3)] most_groups: usize,
    #[values(1, 2, 3, 4)] most_rows: usize,
) {
    let caps = (most_groups, most_rows);
    let mut of: BTreeMap<Vec<Row>, [Group; 3]> = BTreeMap::new();
    let mut orders = 0;
    for rows in all_units() {
        let own: Vec<(u8, Row)> = rows.iter().map(|row| (7, *row)).collect();
        let found = bounded(caps, &[own]);
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        orders += usize::from(sorted != rows);
        let first = *of.entry(sorted).or_insert(found);
        assert_eq!(found, first, "{rows:?} under {caps:?}");
    }
    assert!(orders > of.len(), "too few orders to tell");
}

#[test]
fn a_unit_that_goes_on_holds_c_groups_and_m_rows_of_each() {
    let choice = choice();
    let mut names = names(&choice);
    let mut pass = Pass::new(&of((2, 3)), choice);
    let batch: Vec<(u8, Row)> = (0..30_u8)
        .map(|at| (1, (u32::from(at % 3), Some(i64::from(at)))))
        .collect();
    for _ in 0..5 {
        push(&mut pass, &mut names, &batch);
        assert_eq!(pass.held(), (2, 6));
    }
    push(&mut pass, &mut names, &[(2, (0, Some(1)))]);
    let (totals, seen) = pass.finish(&mut names);
    let rows: i64 = groups(&totals).iter().map(|group| group.1).sum();
    assert_eq!((rows, seen.over_groups, seen.over_rows), (7, 50, 94));
}

/// Of a hundred rows of a unit, 90 add one thing and 10 another: of many units, the ten that stay do so by that share.
#[rstest]
fn rows_stay_by_how_many_there_are(#[values(100, 7, 1)] of_a_batch: usize) {
    let value = |at: usize| Some(i64::from(at.is_multiple_of(10)));
    let rows = |unit: u8| (0..100).map(move |at| (unit, (0, value(at))));
    let rows: Vec<(u8, Row)> = (1..=200).flat_map(rows).collect();
    let batches: Vec<_> = rows.chunks(of_a_batch).map(<[_]>::to_vec).collect();
    let [(units, kept, sum, _), ..] = bounded((1, 10), &batches);
    assert_eq!((units, kept), (200, 2_000));
    // 200 are expected; their standard deviation is 13.
    assert!((140..260).contains(&sum), "{sum} of 2000");
}
