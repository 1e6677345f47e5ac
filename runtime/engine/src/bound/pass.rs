//! Steps 2 to 4 of bounding in one pass over rows in unit order.
//!
//! A unit's rows are counted and added up by group as they come. When the unit ends, its
//! C groups are chosen; a chosen group of at most m rows has its sums already, and only a larger one
//! looks at its rows again. A unit that goes on in the next batch keeps C groups and m rows of each, and how
//! many there were of each: what is past them now is past them for good, since the smallest of a set are among
//! the smallest of each part of it.

use super::choice::{Block, Choice};
use super::kept::Kept;
use super::least::Least;
use super::open::Open;
use super::units::Units;
use super::{Caps, RowCounts, Totals};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use std::ops::Range;

/// The id of rows that are in no group: their keys are not among the declared ones.
pub(crate) const NO_GROUP: u32 = u32::MAX;

/// One summed value of each row; zero where null.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    values: ScalarBuffer<i64>,
    nulls: Option<NullBuffer>,
    lo: i64,
    hi: i64,
}

impl Lane {
    /// Values that are clamped to `[lo, hi]` when they are looked at.
    pub(crate) fn new(
        values: ScalarBuffer<i64>,
        nulls: Option<NullBuffer>,
        (lo, hi): (i64, i64),
    ) -> Self {
        let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else {
            let nulls = None;
            return Self {
                values,
                nulls,
                lo,
                hi,
            };
        };
        // A null adds nothing, whatever stands in its place and whether or not it may be zero.
        let clamped = values.iter().map(|value| (*value).max(lo).min(hi));
        let there = clamped.zip(&nulls);
        let values = there.map(|(value, is_there)| if is_there { value } else { 0 });
        Self {
            values: values.collect::<Vec<_>>().into(),
            nulls: Some(nulls),
            lo: i64::MIN,
            hi: i64::MAX,
        }
    }

    /// The clamped values of rows.
    pub(super) fn values(&self, range: Range<usize>) -> impl Iterator<Item = i64> {
        let values = self.values.get(range).unwrap_or_default();
        let (lo, hi) = (self.lo, self.hi);
        values.iter().map(move |value| (*value).max(lo).min(hi))
    }

    /// Where values are null, if any is.
    pub(super) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    pub(super) fn get(&self, row: usize) -> Option<i64> {
        let valid = self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let value = self.values.get(row).filter(|_| valid);
        value.map(|value| (*value).max(self.lo).min(self.hi))
    }
}

/// Rows in unit order: the unit, the group and the values of each.
pub(crate) struct Rows<'a> {
    pub(crate) units: Units<'a>,
    pub(crate) groups: &'a [u32],
    pub(crate) lanes: &'a [Lane],
    /// For each column whose distinct values are counted, the identity of each row's.
    pub(crate) identities: &'a [Vec<Option<u128>>],
}

/// The names of groups by their ids; see [`Choice::name`].
pub(crate) trait Names {
    fn name(&mut self, group: u32) -> u128;

    /// Writes the name of each group.
    fn names(&mut self, groups: &[u32], out: &mut Vec<u128>) {
        out.clear();
        for group in groups {
            out.push(self.name(*group));
        }
    }
}

/// Rows were not in unit order, or one was of no unit.
#[derive(Debug)]
pub(crate) struct OutOfOrder;

/// The state of one pass: the totals, and what there is of the open unit.
pub(crate) struct Pass {
    groups: usize,
    /// Groups of more rows look at them again: m, or none where distinct values are counted.
    summed: u64,
    choice: Choice,
    unit: Option<u128>,
    is_open: bool,
    open: Open,
    kept: Kept,
    room: Room,
    totals: Totals,
    seen: RowCounts,
}

/// Memory used again for each unit.
#[derive(Default)]
struct Room {
    names: Vec<u128>,
    blocks: Vec<Block>,
    least: Least,
    places: Vec<u32>,
    chosen: Vec<u32>,
    large: Vec<u32>,
    values: Vec<(i64, u64)>,
}

impl Pass {
    pub(crate) fn new(caps: &Caps, choice: Choice) -> Self {
        let rows = caps.rows as u64;
        let totals = Totals::new(caps);
        Self {
            groups: caps.groups,
            summed: if totals.distinct.is_empty() { rows } else { 0 },
            choice,
            unit: None,
            is_open: false,
            open: Open::new(caps.clamps.len()),
            kept: Kept::new(caps.rows),
            room: Room::default(),
            totals,
            seen: RowCounts::default(),
        }
    }

    /// Takes rows; `count` groups have ids so far.
    pub(crate) fn push(
        &mut self,
        rows: &Rows<'_>,
        count: usize,
        names: &mut impl Names,
    ) -> Result<(), OutOfOrder> {
        self.open.resize(count);
        self.kept.resize(count);
        self.totals.resize(count);
        // All rows that are in a group, until the groups that stay are taken off.
        let inside = rows.groups.iter().filter(|group| **group != NO_GROUP);
        self.seen.over_groups = self.seen.over_groups.wrapping_add(inside.count() as u64);
        let mut start = 0;
        while let Some((unit, end)) = rows.units.run(start) {
            match self.unit {
                Some(last) if last == unit && self.is_open => {}
                Some(last) if last >= unit => return Err(OutOfOrder),
                _ => {
                    self.close(names);
                    self.unit = Some(unit);
                }
            }
            self.open.add(rows.groups, rows.lanes, start..end);
            self.is_open = end == rows.units.len();
            if self.is_open {
                self.carry(rows, start..end, names);
            } else {
                self.end_unit(rows, start..end, names);
            }
            start = end;
        }
        // A row whose place in the dictionary is none.
        match start == rows.units.len() {
            true => Ok(()),
            false => Err(OutOfOrder),
        }
    }

    /// No more rows come of the open unit; those of the next partition are in an order of their own.
    pub(crate) fn end_partition(&mut self, names: &mut impl Names) {
        self.close(names);
        self.unit = None;
    }

    /// The exact sums of each group, and what the bounds dropped.
    pub(crate) fn finish(mut self, names: &mut impl Names) -> (Totals, RowCounts) {
        self.close(names);
        (self.totals, self.seen)
    }

    /// Bytes held, for the memory account.
    pub(crate) fn memory(&self) -> usize {
        self.totals.memory() + self.open.memory() + self.kept.memory()
    }

    /// The groups in the totals or in the open unit.
    pub(super) fn used(&self) -> Vec<u32> {
        let counts = (0..).zip(&self.totals.counts);
        let is_open = |group: u32| self.open.rows(group) > 0;
        counts
            .filter(|(group, (units, _))| *units > 0 || is_open(*group))
            .map(|(group, _)| group)
            .collect()
    }

    /// Keeps the groups `used` alone, of so many: each gets its place there as its id.
    pub(super) fn renumber(&mut self, used: &[u32], groups: usize) {
        let mut ids = vec![NO_GROUP; groups];
        for (id, group) in (0..).zip(used) {
            if let Some(slot) = ids.get_mut(*group as usize) {
                *slot = id;
            }
        }
        let id = |group: u32| ids.get(group as usize).copied().unwrap_or(NO_GROUP);
        self.totals.select(used);
        self.open = self.open.renumbered(id, used.len());
        self.kept.renumber(id, used.len());
    }

    /// Groups and rows of the open unit that are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.open.groups().len(), self.kept.held())
    }

    fn close(&mut self, names: &mut impl Names) {
        if self.is_open {
            let none = Rows {
                units: Units::Whole(&[]),
                groups: &[],
                lanes: &[],
                identities: &[],
            };
            self.end_unit(&none, 0..0, names);
            self.is_open = false;
        }
    }

    /// Step 3: the C groups with the smallest tags. Names are 128 bits of a keyed hash of
    /// the group's bytes and tags a permutation of them, so no two groups of a unit have one tag.
    fn choose(&mut self, names: &mut impl Names) {
        let groups = self.open.groups();
        let room = &mut self.room;
        room.chosen.clear();
        if groups.len() <= self.groups {
            room.chosen.extend_from_slice(groups);
            return;
        }
        names.names(groups, &mut room.names);
        let unit = self.unit.unwrap_or_default();
        let named = room.names.iter().copied();
        let tags = self.choice.group_tags(unit, named, &mut room.blocks);
        room.least.of(tags, self.groups, &mut room.places);
        let chosen = room.places.iter();
        let chosen = chosen.filter_map(|place| groups.get(*place as usize).copied());
        room.chosen.extend(chosen);
    }

    /// The unit ends with the rows last added, those at `range`.
    fn end_unit(&mut self, rows: &Rows<'_>, range: Range<usize>, names: &mut impl Names) {
        self.choose(names);
        let Room { chosen, large, .. } = &mut self.room;
        large.clear();
        let stay = self
            .open
            .settle(chosen, self.summed, &mut self.totals, large);
        self.seen.over_groups = self.seen.over_groups.wrapping_sub(stay);
        if large.is_empty() && chosen.len() == self.open.groups().len() {
            self.open.end();
            self.kept.keep(&[]);
            return;
        }
        if !self.room.large.is_empty() {
            let large = std::mem::take(&mut self.room.large);
            let unit = self.unit.unwrap_or_default();
            self.kept
                .take(&large, rows, range, unit, names, &self.choice);
            for group in &large {
                self.add_kept(*group, unit);
            }
            self.room.large = large;
        }
        self.open.clear();
        self.kept.keep(&[]);
    }

    fn add_kept(&mut self, group: u32, unit: u128) {
        let kept = self.kept.of(group);
        let values = &mut self.room.values;
        values.clear();
        values.resize(self.totals.lanes, (0, 0));
        for row in kept {
            for ((sum, count), value) in values.iter_mut().zip(&row.values) {
                *sum = sum.wrapping_add(value.unwrap_or(0));
                *count += u64::from(value.is_some());
            }
        }
        let rows = kept.len() as u64;
        self.seen.over_rows += self.open.rows(group).saturating_sub(rows);
        let lanes = self.totals.lanes;
        self.totals.add(group, lanes, rows, values.iter().copied());
        let identities = kept.iter().map(|row| row.identities.as_ref());
        let distinct = &mut self.totals.distinct;
        distinct.add(unit, group, identities, &self.choice);
    }

    /// The unit goes on in the next batch: only C groups and m rows of each may stay then.
    fn carry(&mut self, rows: &Rows<'_>, range: Range<usize>, names: &mut impl Names) {
        self.choose(names);
        let (chosen, unit) = (&self.room.chosen, self.unit.unwrap_or_default());
        self.kept
            .take(chosen, rows, range, unit, names, &self.choice);
        self.kept.keep(chosen);
        self.open.keep(chosen);
    }
}
