//! Step 2: of a unit's rows in a group the m with the smallest keyed hash, each of them numbered among its equals.
//!
//! Only rows that may yet be chosen are held: what is past the m least of some rows is past those of all.

use super::choice::{Block, Choice, encoded};
use super::copies::Copies;
use super::pass::{Names, Rows};
use std::ops::Range;

/// No place: the group has no rows here.
const NONE: u32 = u32::MAX;

/// A row that may yet be chosen. Equal rows add the same, so which of them stays does not matter.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    tag: u128,
    pub(super) values: Box<[Option<i64>]>,
    pub(super) identities: Box<[Option<u128>]>,
}

/// Rows of one unit, by group.
#[derive(Debug)]
pub(super) struct Kept {
    most: usize,
    /// For each group, where its rows are.
    places: Vec<u32>,
    groups: Vec<u32>,
    /// The rows of each of `groups`; what is past them is empty.
    rows: Vec<Vec<Row>>,
    /// All rows seen of the unit in the groups that were chosen so far, held or not.
    copies: Copies,
    /// Memory used again: rows by group as lists, from the last row to earlier ones.
    heads: Vec<u32>,
    earlier: Vec<u32>,
    own: Vec<usize>,
    tags: Vec<u128>,
    numbers: Vec<u64>,
    blocks: Vec<Block>,
    order: Vec<u128>,
}

fn identity(column: &[Option<u128>], row: usize) -> Option<u128> {
    column.get(row).copied().flatten()
}

impl Kept {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            places: Vec::new(),
            groups: Vec::new(),
            rows: Vec::new(),
            copies: Copies::default(),
            heads: Vec::new(),
            earlier: Vec::new(),
            own: Vec::new(),
            tags: Vec::new(),
            numbers: Vec::new(),
            blocks: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Makes place for so many groups.
    pub(super) fn resize(&mut self, groups: usize) {
        self.places.resize(groups, NONE);
    }

    /// Bytes held, for the memory account.
    pub(super) fn memory(&self) -> usize {
        let one = |row: &Row| 16 * row.values.len() + 32 * row.identities.len() + size_of::<Row>();
        let each = |rows: &Vec<Row>| rows.first().map_or(0, |row| rows.len() * one(row));
        let rows = self.rows.iter().map(each).sum::<usize>();
        self.places.capacity() * 4 + rows + self.copies.memory()
    }

    /// Rows held of all groups.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// The rows held of a group.
    pub(super) fn of(&self, group: u32) -> &[Row] {
        let place = self.places.get(group as usize).copied().unwrap_or(NONE);
        let rows = self.rows.get(place as usize);
        rows.map(Vec::as_slice).unwrap_or_default()
    }

    /// Gives each group a place.
    fn place(&mut self, groups: &[u32]) {
        for group in groups {
            let next = self.groups.len();
            if let Some(place) = self.places.get_mut(*group as usize)
                && *place == NONE
            {
                *place = next as u32;
                self.groups.push(*group);
                if self.rows.len() == next {
                    self.rows.push(Vec::new());
                }
            }
        }
    }

    /// Takes those of the unit's rows at `range` that are in `groups`, and leaves each group its m least.
    pub(super) fn take(
        &mut self,
        groups: &[u32],
        rows: &Rows<'_>,
        range: Range<usize>,
        unit: u128,
        names: &mut impl Names,
        choice: &Choice,
    ) {
        self.place(groups);
        // One look at each row, whatever the number of groups.
        self.heads.clear();
        self.heads.resize(self.groups.len(), NONE);
        self.earlier.clear();
        let of = rows.groups.get(range.clone()).unwrap_or_default();
        for (at, group) in (0_u32..).zip(of) {
            let place = self.places.get(*group as usize).copied().unwrap_or(NONE);
            let head = self.heads.get_mut(place as usize);
            let earlier = head.map_or(NONE, |head| std::mem::replace(head, at));
            self.earlier.push(earlier);
        }
        for group in groups {
            let place = self.places.get(*group as usize).copied().unwrap_or(NONE);
            self.own.clear();
            let mut at = self.heads.get(place as usize).copied().unwrap_or(NONE);
            while at != NONE {
                self.own.push(range.start + at as usize);
                at = self.earlier.get(at as usize).copied().unwrap_or(NONE);
            }
            let seed = choice.row_seed(unit, names.name(*group));
            self.choose(place, rows, seed, choice);
        }
    }

    /// Takes the rows at `own` into a group.
    fn choose(&mut self, place: u32, rows: &Rows<'_>, seed: u128, choice: &Choice) {
        let Self {
            own,
            tags,
            numbers,
            copies,
            blocks,
            order,
            most,
            ..
        } = self;
        let Some(kept) = self.rows.get_mut(place as usize) else {
            return;
        };
        tags.clear();
        tags.resize(own.len(), seed);
        for lane in rows.lanes {
            let values = own.iter().map(|row| encoded(lane.get(*row)));
            choice.absorb(tags, values, blocks);
        }
        for column in rows.identities {
            let values = own.iter().map(|row| identity(column, *row));
            choice.absorb(tags, values.map(Option::unwrap_or_default), blocks);
        }
        // Rows that add nothing beside themselves are all alike.
        if !rows.lanes.is_empty() || !rows.identities.is_empty() {
            numbers.clear();
            numbers.extend(tags.iter().map(|tag| copies.number(*tag)));
            choice.number(tags, numbers, blocks);
        }
        // Rows past m of those held, or of the new ones, are past m of all.
        let mut limit = u128::MAX;
        if kept.len() >= *most {
            limit = kept.iter().map(|row| row.tag).max().unwrap_or(0);
        }
        if let Some(last) = most.checked_sub(1).filter(|last| *last < tags.len()) {
            order.clear();
            order.extend_from_slice(tags);
            limit = limit.min(*order.select_nth_unstable(last).1);
        }
        for (row, tag) in own.iter().zip(tags) {
            if *tag <= limit {
                kept.push(Row {
                    tag: *tag,
                    values: rows.lanes.iter().map(|lane| lane.get(*row)).collect(),
                    identities: rows.identities.iter().map(|c| identity(c, *row)).collect(),
                });
            }
        }
        if kept.len() > *most
            && let Some(last) = most.checked_sub(1)
        {
            kept.select_nth_unstable(last);
            kept.truncate(*most);
        }
    }

    /// Gives each group its new id, of so many.
    pub(super) fn renumber(&mut self, id: impl Fn(u32) -> u32, groups: usize) {
        self.places = vec![NONE; groups];
        for (place, group) in (0..).zip(&mut self.groups) {
            *group = id(*group);
            if let Some(slot) = self.places.get_mut(*group as usize) {
                *slot = place;
            }
        }
    }

    /// Forgets every group but these, which have places.
    pub(super) fn keep(&mut self, groups: &[u32]) {
        if self.groups.is_empty() {
            return;
        }
        if groups.is_empty() {
            self.copies.clear();
        }
        for (to, group) in groups.iter().enumerate() {
            let Some(place) = self.places.get_mut(*group as usize) else {
                continue;
            };
            let from = std::mem::replace(place, to as u32) as usize;
            if from < self.groups.len() && to < self.groups.len() {
                self.groups.swap(from, to);
                self.rows.swap(from, to);
            }
            if let Some(moved) = self.groups.get(from)
                && let Some(place) = self.places.get_mut(*moved as usize)
            {
                *place = from as u32;
            }
        }
        let gone = self.groups.iter().zip(&mut self.rows).skip(groups.len());
        for (group, rows) in gone {
            rows.clear();
            if let Some(place) = self.places.get_mut(*group as usize) {
                *place = NONE;
            }
        }
        self.groups.truncate(groups.len());
    }
}
