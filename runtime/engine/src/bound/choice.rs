//! The keyed hashes by which a unit's groups and rows are chosen.
//!
//! A group is chosen by `AES_g(u ⊕ name(K))`, where `name(K)` is 128 bits of HMAC-SHA-256 over the
//! group's canonical bytes: hashing first and permuting after is a pseudorandom function of (u, K)
//! (Carter and Wegman 1981). A row is chosen by CBC-MAC (Bellare, Kilian and Rogaway 2000) over its
//! values, of which every row of a release has as many, and its number among equal rows, begun from its unit and group. A distinct value is
//! chosen like a group, under a key of its own. The guarantee needs none of them to be random: only that
//! a choice depends on nothing but the unit's own rows.

use aes::Aes128;
pub(crate) use aes::Block;
use aes::cipher::{BlockEncrypt, KeyInit};
use irongate_policy::{KeyPurpose, NamespaceKey};
use ring::hmac;

const KEY_BYTES: usize = 16;
/// Blocks that the cipher works on side by side.
const PARALLEL_BLOCKS: usize = 8;

/// The keys of one namespace.
#[derive(Clone)]
pub(crate) struct Choice {
    names: hmac::Key,
    groups: Aes128,
    rows: Aes128,
    values: Aes128,
}

/// 128 bits of an HMAC over a label and bytes.
fn short(key: &hmac::Key, label: &[u8], bytes: &[u8]) -> [u8; KEY_BYTES] {
    let mut context = hmac::Context::with_key(key);
    context.update(label);
    context.update(bytes);
    let mut out = [0; KEY_BYTES];
    for (to, from) in out.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    out
}

fn cipher(key: &hmac::Key, label: &[u8]) -> Aes128 {
    Aes128::new(&short(key, label, &[]).into())
}

fn block(value: u128) -> Block {
    value.to_be_bytes().into()
}

fn number(block: &Block) -> u128 {
    u128::from_be_bytes((*block).into())
}

impl Choice {
    pub(crate) fn new(key: &NamespaceKey) -> Self {
        let key = key.derive(KeyPurpose::ContributionBound);
        Self {
            groups: cipher(&key, b"groups"),
            rows: cipher(&key, b"rows"),
            values: cipher(&key, b"values"),
            names: key,
        }
    }

    /// The 128-bit name of a group, from its canonical bytes.
    pub(crate) fn name(&self, canonical: &[u8]) -> u128 {
        u128::from_be_bytes(short(&self.names, b"name", canonical))
    }

    /// The 128-bit identity of a value, from its canonical bytes.
    pub(crate) fn identity(&self, canonical: &[u8]) -> u128 {
        u128::from_be_bytes(short(&self.names, b"value", canonical))
    }

    /// The tag by which one of more rows than a mapper may see is chosen, from the row's canonical bytes.
    pub(crate) fn mapped_row(&self, unit: u128, canonical: &[u8]) -> u128 {
        let mut label = *b"mapped row\0\0\0\0\0\0................";
        for (to, from) in label.iter_mut().skip(KEY_BYTES).zip(unit.to_be_bytes()) {
            *to = from;
        }
        u128::from_be_bytes(short(&self.names, &label, canonical))
    }

    /// The one of so many blocks that a unit is in.
    pub(crate) fn block_of(&self, unit: u128, blocks: u32) -> u32 {
        let name = u128::from_be_bytes(short(&self.names, b"block", &unit.to_be_bytes()));
        let block = name.checked_rem(u128::from(blocks));
        u32::try_from(block.unwrap_or(0)).unwrap_or(0)
    }

    /// The tags that order a unit's groups, from their names.
    pub(crate) fn group_tags<'a>(
        &self,
        unit: u128,
        names: impl Iterator<Item = u128>,
        room: &'a mut Vec<Block>,
    ) -> impl Iterator<Item = u128> + Clone + 'a {
        unit_tags(&self.groups, unit, names, room)
    }

    /// The tags that order a unit's distinct values, from their identities.
    pub(crate) fn value_tags<'a>(
        &self,
        unit: u128,
        identities: impl Iterator<Item = u128>,
        room: &'a mut Vec<Block>,
    ) -> impl Iterator<Item = u128> + Clone + 'a {
        unit_tags(&self.values, unit, identities, room)
    }

    /// What the tags of all rows of one unit in one group begin from.
    pub(crate) fn row_seed(&self, unit: u128, name: u128) -> u128 {
        let mut seed = block(unit ^ name);
        self.rows.encrypt_block(&mut seed);
        number(&seed)
    }

    /// Takes one more value of each row into its tag, each as a block; the tags began as seeds.
    pub(crate) fn absorb(
        &self,
        tags: &mut [u128],
        values: impl Iterator<Item = u128>,
        room: &mut Vec<Block>,
    ) {
        room.clear();
        room.extend(
            tags.iter()
                .zip(values)
                .map(|(tag, value)| block(tag ^ value)),
        );
        self.rows.encrypt_blocks(room);
        for (tag, done) in tags.iter_mut().zip(&*room) {
            *tag = number(done);
        }
    }

    /// Takes the last into the tags of rows: each row's number among its equals.
    pub(crate) fn number(&self, tags: &mut [u128], numbers: &[u64], room: &mut Vec<Block>) {
        self.absorb(tags, numbers.iter().copied().map(u128::from), room);
    }
}

/// Keyed permutations of `unit ⊕ name`.
fn unit_tags<'a>(
    cipher: &Aes128,
    unit: u128,
    names: impl Iterator<Item = u128>,
    room: &'a mut Vec<Block>,
) -> impl Iterator<Item = u128> + Clone + 'a {
    room.clear();
    room.extend(names.map(|name| block(unit ^ name)));
    let count = room.len();
    // A few blocks more cost less than what remains of a round one by one.
    room.resize(count.next_multiple_of(PARALLEL_BLOCKS), Block::default());
    cipher.encrypt_blocks(room);
    room.iter().take(count).map(number)
}

/// One block a value: whether it is there, and its bits.
pub(crate) fn encoded(value: Option<i64>) -> u128 {
    value.map_or(0, |v| (1 << 64) | u128::from(v.cast_unsigned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_apart_by_unit_group_key_and_every_value() {
        let choice = Choice::new(&NamespaceKey::new([1; 32]));
        let other = Choice::new(&NamespaceKey::new([2; 32]));
        let mut seen = Vec::new();
        let mut room = Vec::new();
        for keys in [&choice, &other] {
            for unit in [0, 1, u128::MAX] {
                let names = [keys.name(b""), keys.name(b"a"), keys.name(b"b")];
                seen.extend(keys.group_tags(unit, names.into_iter(), &mut room));
                seen.extend(keys.value_tags(unit, names.into_iter(), &mut room));
                for name in names {
                    let seed = keys.row_seed(unit, name);
                    for row in [[None, Some(0)], [Some(0), None], [Some(0), Some(-1)]] {
                        let mut tag = [seed];
                        for value in row {
                            keys.absorb(&mut tag, std::iter::once(encoded(value)), &mut Vec::new());
                        }
                        seen.extend(tag);
                    }
                }
            }
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((seen.len(), count), (90, 90));
    }

    #[test]
    fn many_tags_at_once_are_those_of_each_alone() {
        let choice = Choice::new(&NamespaceKey::new([1; 32]));
        let mut room = Vec::new();
        let many: Vec<u128> = choice.group_tags(7, 0..40, &mut room).collect();
        for (name, tag) in many.into_iter().enumerate() {
            let one = std::iter::once(name as u128);
            assert!(choice.group_tags(7, one, &mut room).eq([tag]));
        }
    }

    #[test]
    fn groups_values_and_rows_are_told_apart_by_key_unit_and_their_bytes() {
        let keys = [1, 2].map(|key| Choice::new(&NamespaceKey::new([key; 32])));
        let mut seen = Vec::new();
        for (choice, bytes) in keys
            .iter()
            .flat_map(|choice| [(choice, b"a"), (choice, b"b")])
        {
            seen.extend([choice.name(bytes), choice.identity(bytes)]);
            let units = [0, 1, 1 << 127];
            seen.extend(units.map(|unit| choice.mapped_row(unit, bytes)));
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((seen.len(), count), (20, 20));
    }

    #[test]
    fn each_block_gets_units_and_a_key_gives_others() {
        let blocks = [1, 2].map(|key| {
            let choice = Choice::new(&NamespaceKey::new([key; 32]));
            (0..300).map(|unit| choice.block_of(unit, 3)).collect()
        });
        let [one, other]: [Vec<u32>; 2] = blocks;
        for block in 0..3 {
            let count = one.iter().filter(|of| **of == block).count();
            assert!((50..150).contains(&count), "block {block} has {count}");
        }
        assert!(one.iter().all(|block| *block < 3));
        assert_ne!(one, other);
    }
}
