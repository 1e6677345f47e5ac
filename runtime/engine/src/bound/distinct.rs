//! The distinct values of each group: of every unit the L with the smallest keyed hash, united over units.
//!
//! The hash covers unit and value: what a unit brings depends on its own rows alone, and no value is
//! brought before others by everybody.

use super::choice::{Block, Choice};
use hashbrown::HashSet;

/// For each group and each column that is counted: the identities that units brought.
#[derive(Debug)]
pub(crate) struct Distinct {
    /// L of each column.
    most: Vec<usize>,
    sets: Vec<HashSet<u128>>,
    /// Bytes of what is in all sets.
    held: usize,
    own: Vec<u128>,
    order: Vec<(u128, u128)>,
    blocks: Vec<Block>,
}

impl Distinct {
    pub(super) fn new(most: &[usize]) -> Self {
        Self {
            most: most.to_vec(),
            sets: Vec::new(),
            held: 0,
            own: Vec::new(),
            order: Vec::new(),
            blocks: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.most.is_empty()
    }

    pub(super) fn resize(&mut self, groups: usize) {
        let sets = groups * self.most.len();
        self.sets.resize_with(sets, HashSet::new);
    }

    /// Keeps the sets of these groups alone, in their order.
    pub(super) fn select(&mut self, groups: &[u32]) {
        let columns = self.most.len();
        let mut kept = Vec::with_capacity(groups.len() * columns);
        for group in groups {
            let first = *group as usize * columns;
            let sets = self.sets.get_mut(first..first + columns);
            kept.extend(sets.unwrap_or_default().iter_mut().map(std::mem::take));
        }
        self.held = kept.iter().map(HashSet::allocation_size).sum();
        self.sets = kept;
    }

    pub(super) fn memory(&self) -> usize {
        self.sets.capacity() * size_of::<HashSet<u128>>() + self.held
    }

    /// Takes what a unit's rows hold in one group: for each row, its identities by column.
    pub(super) fn add<'a>(
        &mut self,
        unit: u128,
        group: u32,
        rows: impl Iterator<Item = &'a [Option<u128>]> + Clone,
        choice: &Choice,
    ) {
        let first = group as usize * self.most.len();
        let sets = self.sets.get_mut(first..).unwrap_or_default();
        for ((column, most), set) in self.most.iter().enumerate().zip(sets) {
            let values = rows.clone().filter_map(|row| *row.get(column)?);
            self.own.clear();
            self.own.extend(values);
            self.own.sort_unstable();
            self.own.dedup();
            let before = set.allocation_size();
            if self.own.len() <= *most {
                set.extend(self.own.iter().copied());
            } else {
                let tags = choice.value_tags(unit, self.own.iter().copied(), &mut self.blocks);
                self.order.clear();
                self.order.extend(tags.zip(self.own.iter().copied()));
                // Tags are a permutation of identities: no two are alike.
                if let Some(last) = most.checked_sub(1) {
                    self.order.select_nth_unstable(last);
                }
                set.extend(self.order.iter().take(*most).map(|(_, value)| *value));
            }
            self.held += set.allocation_size() - before;
        }
    }

    /// The identities in one group, of one column.
    pub(super) fn of(&self, group: usize, column: usize) -> impl Iterator<Item = u128> {
        let set = self.sets.get(group * self.most.len() + column);
        set.into_iter().flatten().copied()
    }
}
