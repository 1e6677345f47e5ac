//! Groups that no unit chose are forgotten.
//!
//! Where keys are not declared a unit may bring as many of them as it has rows, of which C are chosen. Those that
//! are not would stay until all rows were read, and what that takes depends on the rows of all units: a statement
//! written for it would find out by running out of memory. So ids are given anew to the groups that are in the
//! totals or in the open unit whenever half as many others, and some, have come up.

use super::groups::Groups;
use super::pass::{NO_GROUP, Pass};
use arrow::error::ArrowError;

/// What groups of a partition may always take without need, bytes.
const SPARE_BYTES: u64 = 16 << 20;
/// Looks cost more than they give for fewer groups, and take longer than need be for more.
const SPARE_GROUPS: (u64, u64) = (1 << 10, 1 << 16);
/// Groups whose keys are read at once.
const KEYS_AT_ONCE: usize = 1 << 14;

/// Groups of a partition that may always be held without need, where one takes so many bytes.
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
