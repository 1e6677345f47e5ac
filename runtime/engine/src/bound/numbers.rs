//! The codes of whole numbers met so far: those near each other in a table, the others in a map.

use super::groups::{NO_CODE, UNSEEN};
use hashbrown::HashMap;

/// Numbers in the table: the days of a lifetime, in 128 KiB.
const NEAR: usize = 1 << 15;
/// Numbers outside a domain that are remembered beside those in the table.
const MAX_OUTSIDE: usize = 1 << 16;

#[derive(Default)]
pub(super) struct Numbers {
    /// The number that the table begins with.
    first: i64,
    near: Vec<u32>,
    far: HashMap<i64, u32>,
}

impl Numbers {
    fn place(&self, number: i64) -> usize {
        usize::try_from(number.wrapping_sub(self.first).cast_unsigned()).unwrap_or(usize::MAX)
    }

    /// The code of a number: [`UNSEEN`] if it is not known.
    pub(super) fn get(&self, number: i64) -> u32 {
        match self.near.get(self.place(number)) {
            Some(code) => *code,
            None => self.far.get(&number).copied().unwrap_or(UNSEEN),
        }
    }

    /// Remembers codes. The first numbers ever met say where the table is.
    pub(super) fn extend(&mut self, codes: impl Iterator<Item = (i64, u32)> + Clone) {
        if self.near.is_empty()
            && let Some(least) = codes.clone().map(|(number, _)| number).min()
        {
            // Others may be a little less than those.
            self.first = least.saturating_sub(NEAR as i64 / 4);
            self.near.resize(NEAR, UNSEEN);
        }
        if self.far.len() > MAX_OUTSIDE {
            // What is outside a domain may be any number of values.
            self.far.retain(|_, code| *code != NO_CODE);
        }
        for (number, code) in codes {
            let place = self.place(number);
            match self.near.get_mut(place) {
                Some(slot) => *slot = code,
                None => {
                    self.far.insert(number, code);
                }
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.near.capacity() * 4 + self.far.capacity() * 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_codes_wherever_they_lie() {
        let all = [0, -1, 5, i64::MIN, i64::MAX, 1 << 14, 1 << 15, 1 << 40];
        for first in all {
            let mut numbers = Numbers::default();
            numbers.extend([(first, 77)].into_iter());
            assert_eq!(numbers.get(first), 77);
            let others = all.into_iter().filter(|number| *number != first);
            let codes = others.clone().zip(0..);
            assert!(others.clone().all(|number| numbers.get(number) == UNSEEN));
            numbers.extend(codes.clone());
            assert!(
                codes
                    .clone()
                    .all(|(number, code)| numbers.get(number) == code)
            );
            assert_eq!(numbers.get(first), 77);
        }
    }

    #[test]
    fn only_so_many_outside_a_domain_are_remembered() {
        let mut numbers = Numbers::default();
        numbers.extend([(0, 1), (i64::MAX, 2)].into_iter());
        for start in 0..4_i64 {
            let far = (0..MAX_OUTSIDE as i64).map(|n| ((start << 20) + (1 << 30) + n, NO_CODE));
            numbers.extend(far);
        }
        assert!(numbers.far.len() <= 2 * MAX_OUTSIDE + 1);
        assert_eq!((numbers.get(0), numbers.get(i64::MAX)), (1, 2));
    }

    #[test]
    fn all_outside_are_remembered_up_to_their_bound() {
        let mut numbers = Numbers::default();
        numbers.extend([(0, 1)].into_iter());
        let far = (0..1 << 16).map(|n| ((1 << 30) + n, NO_CODE));
        numbers.extend(far);
        numbers.extend([(1 << 40, NO_CODE)].into_iter());
        assert_eq!(numbers.far.len(), (1 << 16) + 1);
        numbers.extend([(1 << 41, NO_CODE)].into_iter());
        assert_eq!(numbers.far.len(), 1);
    }

    #[test]
    fn the_table_begins_a_quarter_before_the_first_number() {
        let (first, begin) = (1_000_000, 1_000_000 - (1 << 13));
        let mut numbers = Numbers::default();
        numbers.extend([(first, 0)].into_iter());
        let table = begin..begin + (1 << 15);
        numbers.extend(table.clone().map(|number| (number, 1)));
        assert!(numbers.far.is_empty());
        numbers.extend([(table.start - 1, 2), (table.end, 2)].into_iter());
        assert_eq!(numbers.far.len(), 2);
    }
}
