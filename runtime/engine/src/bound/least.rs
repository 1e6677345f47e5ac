//! The least of a few tags, by place.
//!
//! Tags are 128 bits and have no order that could be guessed, so a place is found among them by their first
//! 48 bits alone; should two be alike in those where it matters, whole tags are compared.

/// Low bits of a key that hold the place; the others are the first bits of its tag.
const PLACE: u64 = 0xffff;

/// Memory used again.
#[derive(Debug, Default)]
pub(super) struct Least {
    keys: Vec<u64>,
    order: Vec<(u128, u32)>,
}

/// The greatest of the `count` least keys, at most `N` of them, by passing each key along the least so far.
fn last_of<const N: usize>(keys: &[u64], count: usize) -> u64 {
    let mut least = [u64::MAX; N];
    for key in keys {
        let mut key = *key;
        for slot in &mut least {
            let lower = key.min(*slot);
            key = key.max(*slot);
            *slot = lower;
        }
    }
    let last = count.checked_sub(1).and_then(|last| least.get(last));
    last.copied().unwrap_or(u64::MAX)
}

impl Least {
    /// Writes the places of the `count` least tags to `out`, in no order; the earlier place where two
    /// tags are equal.
    pub(super) fn of(
        &mut self,
        tags: impl Iterator<Item = u128> + Clone,
        count: usize,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        let Some(last) = count.checked_sub(1) else {
            return;
        };
        let keys = &mut self.keys;
        keys.clear();
        let places = tags.clone().zip(0_u64..);
        keys.extend(places.map(|(tag, place)| ((tag >> 64) as u64 & !PLACE) | (place & PLACE)));
        let all = keys.len();
        if count >= all {
            out.extend(0..all as u32);
            return;
        }
        let last_key = match count {
            1..=4 => last_of::<4>(keys, count),
            5..=8 => last_of::<8>(keys, count),
            9..=16 => last_of::<16>(keys, count),
            _ => *keys.select_nth_unstable(last).1,
        };
        let is_among = |key: &&u64| **key <= last_key | PLACE;
        let places = keys.iter().filter(is_among).map(|key| (key & PLACE) as u32);
        out.extend(places);
        if out.len() > count || all as u64 > PLACE {
            self.order.clear();
            self.order.extend(tags.zip(0..));
            self.order.select_nth_unstable(last);
            out.clear();
            out.extend(self.order.iter().take(count).map(|(_, place)| *place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tags alike in their first bits, in their last, or not at all.
    fn tag() -> impl Strategy<Value = u128> {
        (0_u64..3, 0_u64..3, 0_u64..3).prop_map(|(first, middle, last)| {
            (u128::from(first) << 120) | (u128::from(middle) << 66) | u128::from(last)
        })
    }

    proptest! {
        #[test]
        fn the_least_are_chosen_whatever_bits_they_differ_in(
            few in prop::collection::vec(tag(), 0..60),
            many in prop::collection::vec(any::<u128>(), 0..60),
            count in 0_usize..40,
        ) {
            let mut least = Least::default();
            let mut out = vec![7];
            for tags in [few, many] {
                least.of(tags.iter().copied(), count, &mut out);
                let mut sorted: Vec<(u128, u32)> = tags.iter().copied().zip(0..).collect();
                sorted.sort_unstable();
                let mut expected: Vec<u32> = sorted.iter().take(count).map(|(_, place)| *place).collect();
                out.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(&out, &expected);
            }
        }
    }

    #[test]
    fn the_last_of_many_places_are_told_apart() {
        // Half of what a key can name, all of it, and more.
        for all in [40_000_u32, 1 << 16, 70_000] {
            let tags = (0..all).map(|place| u128::from(all - place) << 100);
            let mut out = Vec::new();
            Least::default().of(tags, 2, &mut out);
            out.sort_unstable();
            assert_eq!(out, [all - 2, all - 1]);
        }
    }
}
