//! How many of a unit's rows in a group add the same.
//!
//! A row is chosen by what it adds. By that alone equal rows would stay or go together, and a value that nine of ten rows have would
//! be kept as often as the other. So its number among its equals is in a row's tag too; which of them has which does not matter.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// A table with room for more is given back when a unit ends, so that those after it need not clear as much.
const KEPT_CAPACITY: usize = 1 << 10;

/// Rows of one unit, counted by their tags.
#[derive(Debug, Default)]
pub(super) struct Copies(HashTable<(u128, u64)>);

/// Tags are hashes already.
fn hash(tag: u128) -> u64 {
    tag as u64
}

impl Copies {
    /// Counts a row: how many have its tag so far.
    pub(super) fn number(&mut self, tag: u128) -> u64 {
        let entry = self.0.entry(
            hash(tag),
            |(other, _)| *other == tag,
            |(other, _)| hash(*other),
        );
        let mut seen = match entry {
            Entry::Occupied(seen) => seen,
            Entry::Vacant(place) => place.insert((tag, 0)),
        };
        let (_, count) = seen.get_mut();
        *count = count.saturating_add(1);
        *count
    }

    /// Forgets the unit's rows.
    pub(super) fn clear(&mut self) {
        if self.0.capacity() > KEPT_CAPACITY {
            *self = Self::default();
        } else {
            self.0.clear();
        }
    }

    /// Bytes held, for the memory account.
    pub(super) fn memory(&self) -> usize {
        self.0.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_by_tag_until_the_unit_ends() {
        let mut copies = Copies::default();
        // Alike in what the table hashes.
        let tags = [1, 1 | 1 << 64, 2];
        for round in 1..4 {
            for tag in tags {
                assert_eq!(copies.number(tag), round);
            }
        }
        copies.clear();
        assert_eq!(copies.number(1), 1);
    }

    #[test]
    fn the_table_of_a_large_unit_is_given_back() {
        let mut copies = Copies::default();
        let of_units = [(10, true), (10_000, false)];
        for (rows, stays) in of_units {
            for tag in 0..rows {
                copies.number(tag);
            }
            assert!(copies.memory() > 32 * rows as usize);
            copies.clear();
            assert_eq!(copies.memory() > 0, stays, "{rows} rows");
        }
    }
}
