//! Steps 2 to 4 of bounding in one pass over rows in unit order.
//!
//! A unit's rows are counted and added up by group in a few slots as they come. When the unit ends, its
//! C groups are chosen; a chosen group of at most m rows has its sums already, and only a larger one
//! looks at its rows again. A unit that goes on in the next batch keeps C groups and m rows of each:
//! what is past them now is past them for good, since the smallest of a set are among the smallest
//! of each part of it.

use super::choice::{Block, Choice, encoded};
use super::{Caps, RowCounts, Totals, UNIT_BYTES};
use arrow::buffer::NullBuffer;
use std::ops::Range;

/// The id of rows that are in no group: their keys are not among the declared ones.
pub(crate) const NO_GROUP: u32 = u32::MAX;
/// The slot of those rows.
const NO_SLOT: u32 = 0;

/// One summed value of each row, clamped; zero where null.
#[derive(Debug, Default, Clone)]
pub(crate) struct Lane {
    pub(crate) values: Vec<i64>,
    pub(crate) nulls: Option<NullBuffer>,
}

impl Lane {
    fn get(&self, row: usize) -> Option<i64> {
        let valid = self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        self.values.get(row).copied().filter(|_| valid)
    }
}

fn identity(column: &[Option<u128>], row: usize) -> Option<u128> {
    column.get(row).copied().flatten()
}

/// Rows in unit order: the unit, the group and the values of each.
pub(crate) struct Rows<'a> {
    pub(crate) units: &'a [[u8; UNIT_BYTES]],
    pub(crate) groups: &'a [u32],
    pub(crate) lanes: &'a [Lane],
    /// For each column whose distinct values are counted, the identity of each row's.
    pub(crate) identities: &'a [Vec<Option<u128>>],
}

/// The names of groups by their ids; see [`Choice::name`].
pub(crate) trait Names {
    fn name(&mut self, group: u32) -> u128;
}

/// A row that may yet be chosen. Equal rows add the same, so which of them stays does not matter.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    tag: u128,
    values: Box<[Option<i64>]>,
    identities: Box<[Option<u128>]>,
}

/// One group of the open unit.
#[derive(Debug, Default, Clone, Copy)]
struct Slot {
    group: u32,
    rows: u64,
}

/// Rows were not in unit order.
#[derive(Debug)]
pub(crate) struct OutOfOrder;

/// The state of one pass: the totals, and a few slots for the open unit.
pub(crate) struct Pass {
    groups: usize,
    rows: u64,
    /// Slots of more rows look at them again: m, or none where distinct values are counted.
    summed: u64,
    lanes: usize,
    choice: Choice,
    unit: Option<u128>,
    is_open: bool,
    /// For each group, the slot it has and the round in which it got it.
    marks: Vec<u64>,
    round: u32,
    slots: Vec<Slot>,
    /// For each slot, rows that may yet be chosen, at most m; empty while none are needed.
    kept: Vec<Vec<Row>>,
    /// For each slot and lane: the sum, and how many values were null.
    sums: Vec<(i64, u32)>,
    slot_of: Vec<u32>,
    room: Room,
    totals: Totals,
    seen: RowCounts,
}

/// Up to this many, the least are put in place one by one.
const FEW: usize = 16;

/// Moves the `count` least to the front.
fn least_first(order: &mut [(u128, u32)], count: usize) {
    let Some(last) = count.checked_sub(1).filter(|_| count < order.len()) else {
        return;
    };
    if count > FEW {
        order.select_nth_unstable(last);
        return;
    }
    for end in 1..order.len() {
        let Some(new) = order.get(end).copied() else {
            return;
        };
        let at = end.min(last);
        if end > last {
            // Not among the least so far, or in the place of the greatest of them.
            if order.get(last).is_some_and(|most| *most < new) {
                continue;
            }
            order.swap(last, end);
        }
        let front = order.get_mut(..=at).unwrap_or_default();
        let place = front.iter().take(at).rposition(|old| *old < new);
        let moved = front.get_mut(place.map_or(0, |place| place + 1)..);
        moved.unwrap_or_default().rotate_right(1);
    }
}

/// Memory used again for each unit.
#[derive(Default)]
struct Room {
    blocks: Vec<Block>,
    order: Vec<(u128, u32)>,
    chosen: Vec<u32>,
    large: Vec<u32>,
}

impl Pass {
    pub(crate) fn new(caps: &Caps, choice: Choice) -> Self {
        let rows = caps.rows as u64;
        let totals = Totals::new(caps);
        let mut pass = Self {
            groups: caps.groups,
            rows,
            summed: if totals.distinct.is_empty() { rows } else { 0 },
            lanes: caps.clamps.len(),
            choice,
            unit: None,
            is_open: false,
            marks: Vec::new(),
            round: 0,
            slots: Vec::new(),
            kept: Vec::new(),
            sums: Vec::new(),
            slot_of: Vec::new(),
            room: Room::default(),
            totals,
            seen: RowCounts::default(),
        };
        pass.clear();
        pass
    }

    /// Takes rows; `count` groups have ids so far.
    pub(crate) fn push(
        &mut self,
        rows: &Rows<'_>,
        count: usize,
        names: &mut impl Names,
    ) -> Result<(), OutOfOrder> {
        self.marks.resize(count.max(self.marks.len()), 0);
        self.totals.resize(count);
        let mut start = 0;
        while let Some((first, rest)) = rows.units.get(start..).and_then(<[_]>::split_first) {
            let unit = u128::from_be_bytes(*first);
            let more = rest.iter().position(|other| other != first);
            let end = start + 1 + more.unwrap_or(rest.len());
            match self.unit {
                Some(last) if last == unit && self.is_open => {}
                Some(last) if last >= unit => return Err(OutOfOrder),
                _ => {
                    self.close(names);
                    self.unit = Some(unit);
                }
            }
            self.add(rows, start..end);
            self.is_open = end == rows.units.len();
            if self.is_open {
                self.carry(rows, start, names);
            } else {
                self.end_unit(rows, start, names);
            }
            start = end;
        }
        Ok(())
    }

    /// The exact sums of each group, and what the bounds dropped.
    pub(crate) fn finish(mut self, names: &mut impl Names) -> (Totals, RowCounts) {
        self.close(names);
        (self.totals, self.seen)
    }

    /// Bytes held, for the memory account.
    pub(crate) fn memory(&self) -> usize {
        let kept: usize = self.kept.iter().map(Vec::len).sum();
        self.totals.memory()
            + self.marks.capacity() * 8
            + self.slots.capacity() * size_of::<Slot>()
            + self.sums.capacity() * 16
            + kept * (size_of::<Row>() + 16 * self.lanes + 32 * self.totals.distinct.columns())
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.slots.push(Slot::default());
        self.kept.clear();
        self.sums.clear();
        self.sums.resize(self.lanes, (0, 0));
        self.next_round();
    }

    fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            // After 2^32 units the old marks would come alive again.
            self.marks.fill(0);
            self.round = 1;
        }
    }

    fn close(&mut self, names: &mut impl Names) {
        if self.is_open {
            self.slot_of.clear();
            let none = Rows {
                units: &[],
                groups: &[],
                lanes: &[],
                identities: &[],
            };
            self.end_unit(&none, 0, names);
            self.is_open = false;
        }
    }

    /// Counts and adds up the rows of one unit by slot.
    fn add(&mut self, rows: &Rows<'_>, range: Range<usize>) {
        self.slot_of.clear();
        for group in rows.groups.get(range.clone()).unwrap_or_default() {
            let slot = match self.marks.get_mut(*group as usize) {
                None => NO_SLOT,
                Some(mark) if (*mark >> 32) as u32 == self.round => *mark as u32,
                Some(mark) => {
                    let slot = self.slots.len() as u32;
                    *mark = (u64::from(self.round) << 32) | u64::from(slot);
                    self.slots.push(Slot {
                        group: *group,
                        rows: 0,
                    });
                    self.sums.resize(self.slots.len() * self.lanes, (0, 0));
                    slot
                }
            };
            if let Some(slot) = self.slots.get_mut(slot as usize) {
                slot.rows += 1;
            }
            self.slot_of.push(slot);
        }
        for (lane, column) in rows.lanes.iter().enumerate() {
            let values = column.values.get(range.clone()).unwrap_or_default();
            for (slot, value) in self.slot_of.iter().zip(values) {
                if let Some((sum, _)) = self.sums.get_mut(*slot as usize * self.lanes + lane) {
                    // A slot of at most m rows cannot wrap; the sum of a larger one is not used.
                    *sum = sum.wrapping_add(*value);
                }
            }
            let Some(nulls) = &column.nulls else { continue };
            for (slot, row) in self.slot_of.iter().zip(range.clone()) {
                if let Some((_, missing)) = self.sums.get_mut(*slot as usize * self.lanes + lane) {
                    *missing = missing.wrapping_add(u32::from(nulls.is_null(row)));
                }
            }
        }
    }

    /// Step 3: the slots of the C groups with the smallest tags. Names are 128 bits of a keyed hash of
    /// the group's bytes and tags a permutation of them, so no two groups of a unit have one tag.
    fn choose(&mut self, names: &mut impl Names) {
        let slots = 1..self.slots.len() as u32;
        let Room {
            blocks,
            order,
            chosen,
            ..
        } = &mut self.room;
        chosen.clear();
        if slots.len() <= self.groups {
            chosen.extend(slots);
            return;
        }
        let groups = self.slots.iter().skip(1).map(|slot| names.name(slot.group));
        let unit = self.unit.unwrap_or_default();
        order.clear();
        order.extend(self.choice.group_tags(unit, groups, blocks).zip(slots));
        least_first(order, self.groups);
        for (_, slot) in order.iter().skip(self.groups) {
            self.seen.over_groups += self.slots.get(*slot as usize).map_or(0, |slot| slot.rows);
        }
        chosen.extend(order.iter().take(self.groups).map(|(_, slot)| *slot));
    }

    /// The unit ends with the rows last added, which began at `start`.
    fn end_unit(&mut self, rows: &Rows<'_>, start: usize, names: &mut impl Names) {
        self.choose(names);
        self.room.large.clear();
        for index in self.room.chosen.iter().copied() {
            let Some(slot) = self.slots.get(index as usize) else {
                continue;
            };
            if slot.rows > self.summed {
                self.room.large.push(index);
                continue;
            }
            let sums = index as usize * self.lanes;
            let sums = self.sums.get(sums..sums + self.lanes).unwrap_or_default();
            let values = sums.iter().map(|(sum, missing)| {
                let count = slot.rows.saturating_sub(u64::from(*missing));
                (*sum, count)
            });
            self.totals.add(slot.group, slot.rows, values);
        }
        if !self.room.large.is_empty() {
            let large = std::mem::take(&mut self.room.large);
            self.keep(&large, rows, start, names);
            for index in large {
                self.add_kept(index);
            }
        }
        self.clear();
    }

    fn add_kept(&mut self, index: u32) {
        let Some(slot) = self.slots.get(index as usize) else {
            return;
        };
        let kept = self.kept.get(index as usize);
        let kept = kept.map(Vec::as_slice).unwrap_or_default();
        let mut values = vec![(0_i64, 0_u64); self.lanes];
        for row in kept {
            for ((sum, count), value) in values.iter_mut().zip(&row.values) {
                *sum = sum.wrapping_add(value.unwrap_or(0));
                *count += u64::from(value.is_some());
            }
        }
        let rows = kept.len() as u64;
        self.seen.over_rows += slot.rows.saturating_sub(rows);
        self.totals.add(slot.group, rows, values.into_iter());
        let unit = self.unit.unwrap_or_default();
        let identities = kept.iter().map(|row| row.identities.as_ref());
        let distinct = &mut self.totals.distinct;
        distinct.add(unit, slot.group, identities, &self.choice);
    }

    /// Step 2: takes the rows last added into the slots at `indices`, and leaves each the m rows with the
    /// smallest keyed hash.
    fn keep(&mut self, indices: &[u32], rows: &Rows<'_>, start: usize, names: &mut impl Names) {
        const END: u32 = u32::MAX;
        let unit = self.unit.unwrap_or_default();
        self.kept.resize_with(self.slots.len(), Vec::new);
        // Rows by slot, as lists: one look at each row, whatever the number of slots.
        let mut heads = vec![None; self.slots.len()];
        for index in indices {
            if let Some(head) = heads.get_mut(*index as usize) {
                *head = Some(END);
            }
        }
        let mut next = vec![END; self.slot_of.len()];
        for ((at, slot), next) in (0_u32..).zip(&self.slot_of).zip(&mut next) {
            if let Some(Some(head)) = heads.get_mut(*slot as usize) {
                *next = std::mem::replace(head, at);
            }
        }
        for index in indices {
            let (Some(slot), Some(kept)) = (
                self.slots.get(*index as usize),
                self.kept.get_mut(*index as usize),
            ) else {
                continue;
            };
            let mut own = Vec::new();
            let mut at = heads.get(*index as usize).copied().flatten();
            while let Some(row) = at.filter(|at| *at != END) {
                own.push(start + row as usize);
                at = next.get(row as usize).copied();
            }
            let seed = self.choice.row_seed(unit, names.name(slot.group));
            let mut tags = vec![seed; own.len()];
            for lane in rows.lanes {
                let values = own.iter().map(|row| encoded(lane.get(*row)));
                self.choice.absorb(&mut tags, values);
            }
            for column in rows.identities {
                let values = own.iter().map(|row| identity(column, *row));
                self.choice
                    .absorb(&mut tags, values.map(Option::unwrap_or_default));
            }
            let most = self.rows as usize;
            let limit = if kept.len() < most {
                None
            } else {
                kept.iter().map(|row| row.tag).max()
            };
            for (row, tag) in own.iter().zip(tags) {
                if limit.is_none_or(|limit| tag <= limit) {
                    kept.push(Row {
                        tag,
                        values: rows.lanes.iter().map(|lane| lane.get(*row)).collect(),
                        identities: rows.identities.iter().map(|c| identity(c, *row)).collect(),
                    });
                }
            }
            if kept.len() > most
                && let Some(last) = most.checked_sub(1)
            {
                kept.select_nth_unstable(last);
                kept.truncate(most);
            }
        }
    }

    /// The unit goes on in the next batch: only C groups and m rows of each may matter then.
    fn carry(&mut self, rows: &Rows<'_>, start: usize, names: &mut impl Names) {
        self.choose(names);
        let chosen = std::mem::take(&mut self.room.chosen);
        self.keep(&chosen, rows, start, names);
        let slots = std::mem::take(&mut self.slots);
        let mut kept = std::mem::take(&mut self.kept);
        let sums = std::mem::take(&mut self.sums);
        self.clear();
        self.kept.push(Vec::new());
        for old in chosen {
            let (Some(slot), Some(rows)) = (slots.get(old as usize), kept.get_mut(old as usize))
            else {
                continue;
            };
            if let Some(mark) = self.marks.get_mut(slot.group as usize) {
                *mark = (u64::from(self.round) << 32) | self.slots.len() as u64;
            }
            self.slots.push(*slot);
            self.kept.push(std::mem::take(rows));
            let sum = old as usize * self.lanes;
            let sum = sums.get(sum..sum + self.lanes).unwrap_or_default();
            self.sums.extend_from_slice(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_least_come_first(tags in prop::collection::vec(0_u128..40, 0..60), count in 0_usize..40) {
            let mut order: Vec<(u128, u32)> = tags.into_iter().zip(0..).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            least_first(&mut order, count);
            let count = count.min(order.len());
            let mut front = order[..count].to_vec();
            front.sort_unstable();
            prop_assert_eq!(&front, &sorted[..count]);
            order.sort_unstable();
            prop_assert_eq!(order, sorted);
        }
    }
}
