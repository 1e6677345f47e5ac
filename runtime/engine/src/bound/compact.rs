//! Groups that no unit chose are forgotten.
//!
//! Where keys are not declared a unit may bring as many of them as it has rows, of which C are chosen. Those that
//! are not would stay until all rows were read, and what that takes depends on the rows of all units: a statement
//! written for it would find out by running out of memory. So ids are given anew to the groups that are in the
//! totals or in the open unit whenever half as many others, and some, have come up.

use super::groups::Groups;
use super::pass::{NO_GROUP, Pass};
use arrow::error::ArrowError;

/// What groups of a pass may always take without need, bytes.
const SPARE_BYTES: u64 = 16 << 20;
/// Looks cost more than they give for fewer groups, and take longer than need be for more.
const SPARE_GROUPS: (u64, u64) = (1 << 10, 1 << 16);
/// Groups whose keys are read at once.
const KEYS_AT_ONCE: usize = 1 << 14;

/// Groups of a pass that may always be held without need, where one takes so many bytes.
pub(crate) fn spare_groups(group_bytes: u64) -> u64 {
    let fit = SPARE_BYTES.checked_div(group_bytes).unwrap_or(u64::MAX);
    fit.clamp(SPARE_GROUPS.0, SPARE_GROUPS.1)
}

/// When to look next.
pub(super) struct Compaction {
    spare: usize,
    at: usize,
}

impl Compaction {
    pub(super) fn new(spare: usize) -> Self {
        Self { spare, at: spare }
    }

    /// Looks whether enough groups have come up, and forgets those that nobody chose.
    pub(super) fn look(&mut self, groups: &mut Groups, pass: &mut Pass) -> Result<(), ArrowError> {
        if groups.is_declared() || groups.len() <= self.at {
            return Ok(());
        }
        let (fresh, used) = groups.only(&pass.used())?;
        pass.renumber(&used, groups.len());
        *groups = fresh;
        self.at = used.len() + used.len() / 2 + self.spare;
        Ok(())
    }
}

impl Groups {
    /// The groups `used` alone, and which of them has which id there: a null gets its own before the values that it
    /// comes with.
    fn only(&self, used: &[u32]) -> Result<(Self, Vec<u32>), ArrowError> {
        let mut fresh = self.without_groups()?;
        let mut placed = vec![NO_GROUP; used.len()];
        let mut ids = Vec::new();
        for some in used.chunks(KEYS_AT_ONCE) {
            let keys = self.keys(some)?;
            fresh.ids(&keys, some.len(), &mut ids)?;
            for (group, id) in some.iter().zip(&ids) {
                if let Some(place) = placed.get_mut(*id as usize) {
                    *place = *group;
                }
            }
        }
        if fresh.len() == used.len() && !placed.contains(&NO_GROUP) {
            return Ok((fresh, placed));
        }
        let lost = "a group was lost as ids were given anew";
        Err(ArrowError::ComputeError(lost.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Caps;
    use super::super::choice::Choice;
    use super::super::pass::{Lane, Rows};
    use super::super::units::Units;
    use super::*;
    use arrow::array::{ArrayRef, Int64Array};
    use arrow::datatypes::DataType;
    use irongate_policy::NamespaceKey;
    use std::sync::Arc;

    #[test]
    fn few_large_groups_and_many_small_ones_are_spared_within_limits() {
        let spared = [
            (0, 1 << 16),
            (192, 1 << 16),
            (1 << 10, 1 << 14),
            (1 << 30, 1 << 10),
        ];
        for (bytes, groups) in spared {
            assert_eq!(spare_groups(bytes), groups, "{bytes} bytes");
        }
    }

    /// One unit brings ten groups, and each of five more units one of them.
    #[test]
    fn the_next_look_is_at_half_as_many_again_and_the_spare_ones() {
        let choice = Choice::new(&NamespaceKey::new([5; 32]));
        let caps = Caps {
            groups: 1,
            rows: 1,
            clamps: vec![],
            distinct: vec![],
        };
        let mut pass = Pass::new(&caps, choice.clone());
        let mut groups = Groups::new(&[DataType::Int64], None, choice).unwrap();
        let units: Vec<[u8; 16]> = (0..15_u8).map(|row| [row.saturating_sub(9); 16]).collect();
        let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(0..15));
        let mut ids = Vec::new();
        groups.ids(&[keys], units.len(), &mut ids).unwrap();
        let rows = Rows {
            units: Units::Whole(&units),
            groups: &ids,
            lanes: &Vec::<Lane>::new(),
            identities: &[],
        };
        pass.push(&rows, groups.len(), &mut groups).unwrap();

        let mut later = Compaction::new(15);
        later.look(&mut groups, &mut pass).unwrap();
        assert_eq!((groups.len(), later.at), (15, 15), "as many as are spared");
        let mut now = Compaction::new(14);
        now.look(&mut groups, &mut pass).unwrap();
        assert_eq!((groups.len(), now.at), (6, 6 + 3 + 14));
    }
}
