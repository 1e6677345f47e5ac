//! What the open unit has in each group, by the group's id.
//!
//! Every group has its place, so that a row costs one load and one store and no search; the groups that
//! have rows are listed, so that the next unit begins from zero without a look at the others.

use super::Totals;
use super::pass::Lane;
use std::ops::Range;

/// Calls a method with the width of cells as a constant, for as few lanes as most releases have: a unit has few rows
/// in a group, and what is done for each is done by so many instructions. Zero stands for any width.
macro_rules! of_width {
    ($open:ident.$method:ident($($argument:expr),*)) => {
        match $open.lanes {
            0 => $open.$method::<1>($($argument),*),
            1 => $open.$method::<3>($($argument),*),
            2 => $open.$method::<5>($($argument),*),
            3 => $open.$method::<7>($($argument),*),
            _ => $open.$method::<0>($($argument),*),
        }
    };
}

#[derive(Debug)]
pub(super) struct Open {
    lanes: usize,
    /// For each group: its rows, then for each lane the sum, then for each lane how many values were null.
    cells: Vec<i64>,
    /// The groups that have rows, in the first `used` places. There is one place more than groups.
    listed: Vec<u32>,
    used: usize,
    /// Memory used again.
    room: Vec<i64>,
}

impl Open {
    pub(super) fn new(lanes: usize) -> Self {
        Self {
            lanes,
            cells: Vec::new(),
            listed: Vec::new(),
            used: 0,
            room: Vec::new(),
        }
    }

    fn width(&self) -> usize {
        1 + 2 * self.lanes
    }

    /// The same, where it is a constant.
    fn known_width<const W: usize>(&self) -> usize {
        if W == 0 { self.width() } else { W }
    }

    /// Makes place for so many groups.
    pub(super) fn resize(&mut self, groups: usize) {
        self.cells.resize(groups * self.width(), 0);
        self.listed.resize(groups + 1, 0);
    }

    /// Bytes held, for the memory account.
    pub(super) fn memory(&self) -> usize {
        self.cells.capacity() * 8 + self.listed.capacity() * 4
    }

    /// The groups that have rows.
    pub(super) fn groups(&self) -> &[u32] {
        self.listed.get(..self.used).unwrap_or_default()
    }

    fn cell(&self, group: u32) -> &[i64] {
        let start = group as usize * self.width();
        let cell = self.cells.get(start..start + self.width());
        cell.unwrap_or_default()
    }

    /// Rows of a group.
    pub(super) fn rows(&self, group: u32) -> u64 {
        let rows = self.cell(group).first().copied().unwrap_or_default();
        rows.cast_unsigned()
    }

    /// Adds what the unit has in each of these groups to the totals, and forgets it. A group of more than `most` rows
    /// stays and is noted: its sums are not of the rows that count, and may have wrapped. Gives the rows of all.
    pub(super) fn settle(
        &mut self,
        groups: &[u32],
        most: u64,
        totals: &mut Totals,
        larger: &mut Vec<u32>,
    ) -> u64 {
        of_width!(self.settle_cells(groups, most, totals, larger))
    }

    fn settle_cells<const W: usize>(
        &mut self,
        groups: &[u32],
        most: u64,
        totals: &mut Totals,
        larger: &mut Vec<u32>,
    ) -> u64 {
        let width = self.known_width::<W>();
        let mut all = 0_u64;
        for group in groups {
            let start = *group as usize * width;
            let Some((rows, lanes)) = self
                .cells
                .get_mut(start..start + width)
                .and_then(<[i64]>::split_first_mut)
            else {
                continue;
            };
            all = all.wrapping_add(rows.cast_unsigned());
            if rows.cast_unsigned() > most {
                larger.push(*group);
                continue;
            }
            let rows = std::mem::take(rows).cast_unsigned();
            let halves = lanes.split_at_mut_checked(width / 2);
            let (sums, nulls) = halves.unwrap_or_default();
            let added = sums.iter_mut().zip(nulls).map(|(sum, nulls)| {
                let there = rows.wrapping_sub(std::mem::take(nulls).cast_unsigned());
                (std::mem::take(sum), there)
            });
            totals.add(*group, width / 2, rows, added);
        }
        all
    }

    /// Counts and adds up rows; those outside every group have no place and are passed over.
    pub(super) fn add(&mut self, groups: &[u32], lanes: &[Lane], range: Range<usize>) {
        of_width!(self.add_rows(groups, lanes, range));
    }

    fn add_rows<const W: usize>(&mut self, groups: &[u32], lanes: &[Lane], range: Range<usize>) {
        let width = self.known_width::<W>();
        let groups = groups.get(range.clone()).unwrap_or_default();
        let (mut used, listed) = (self.used, self.listed.as_mut_slice());
        // Written whether or not the group is new: a branch would be guessed wrong every other time.
        let mut list = |group: u32, is_new: bool| {
            if let Some(next) = listed.get_mut(used) {
                *next = group;
            }
            used += usize::from(is_new);
        };
        if let Some(first) = lanes.first() {
            for (group, value) in groups.iter().zip(first.values(range.clone())) {
                let start = *group as usize * width;
                if let Some([rows, sum, ..]) = self.cells.get_mut(start..start + width) {
                    list(*group, *rows == 0);
                    *rows = rows.wrapping_add(1);
                    *sum = sum.wrapping_add(value);
                }
            }
        } else {
            for group in groups {
                if let Some(rows) = self.cells.get_mut(*group as usize * width) {
                    list(*group, *rows == 0);
                    *rows = rows.wrapping_add(1);
                }
            }
        }
        self.used = used;
        for (lane, column) in lanes.iter().enumerate().skip(1) {
            for (group, value) in groups.iter().zip(column.values(range.clone())) {
                if let Some(sum) = self.cells.get_mut(*group as usize * width + 1 + lane) {
                    *sum = sum.wrapping_add(value);
                }
            }
        }
        for (lane, column) in lanes.iter().enumerate() {
            let Some(nulls) = column.nulls() else {
                continue;
            };
            for (group, row) in groups.iter().zip(range.clone()) {
                let at = *group as usize * width + 1 + self.lanes + lane;
                if let Some(missing) = self.cells.get_mut(at) {
                    *missing = missing.wrapping_add(i64::from(nulls.is_null(row)));
                }
            }
        }
    }

    /// Forgets every group.
    pub(super) fn clear(&mut self) {
        of_width!(self.clear_cells());
    }

    fn clear_cells<const W: usize>(&mut self) {
        let width = self.known_width::<W>();
        for group in self.listed.iter().take(self.used) {
            let start = *group as usize * width;
            if let Some(cell) = self.cells.get_mut(start..start + width) {
                cell.fill(0);
            }
        }
        self.used = 0;
    }

    /// Forgets the groups, all of which are settled.
    pub(super) fn end(&mut self) {
        self.used = 0;
    }

    /// The same with other ids: for each group, its new one. Of so many groups.
    pub(super) fn renumbered(&self, id: impl Fn(u32) -> u32, groups: usize) -> Self {
        let mut new = Self::new(self.lanes);
        new.resize(groups);
        let width = self.width();
        for (old, listed) in self.groups().iter().zip(&mut new.listed) {
            *listed = id(*old);
            let start = *listed as usize * width;
            if let Some(cell) = new.cells.get_mut(start..start + width) {
                cell.copy_from_slice(self.cell(*old));
            }
        }
        new.used = self.used;
        new
    }

    /// Forgets every group but these, which have rows.
    pub(super) fn keep(&mut self, groups: &[u32]) {
        let width = self.width();
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        for group in groups {
            room.extend_from_slice(self.cell(*group));
        }
        self.clear();
        for (group, old) in groups.iter().zip(room.chunks_exact(width)) {
            let start = *group as usize * width;
            if let Some(cell) = self.cells.get_mut(start..start + width) {
                cell.copy_from_slice(old);
            }
        }
        for (next, group) in self.listed.iter_mut().zip(groups) {
            *next = *group;
        }
        (self.used, self.room) = (groups.len(), room);
    }
}
