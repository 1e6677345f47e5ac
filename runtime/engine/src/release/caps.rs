//! The caps of a release: C groups of a unit, m rows and L distinct values in each, and the memory they bound.

use super::Key;
use crate::options::QueryOptions;
use crate::reject::{Checked, Rejection, Rule};

/// Largest C, m and L.
pub(crate) const MAX_CAP: u32 = 1_000_000;
/// What one identity takes, bytes: a place in a set that is as little as seven sixteenths full, while it is
/// copied to the totals or united with those of other tasks.
const IDENTITY_BYTES: u64 = 96;

/// What a group takes, bytes: its place in the totals, in what the open unit has, and its canonical bytes and name,
/// in vectors that may be half empty.
const GROUP_BYTES: u64 = 192;
/// What each of its keys takes besides its text, which is held for the key and for the group.
const KEY_BYTES: u64 = 96;
/// What each value or set of distinct values takes: sums and counts, of the unit and of all.
const VALUE_BYTES: u64 = 96;

/// What a group of a release takes, bytes.
pub(super) fn group_bytes(keys: &[Key], values: usize, distinct: usize) -> u64 {
    let of_key = |key: &Key| key.longest.saturating_mul(2).saturating_add(KEY_BYTES);
    let of_keys = keys
        .iter()
        .map(of_key)
        .fold(GROUP_BYTES, u64::saturating_add);
    of_keys.saturating_add(VALUE_BYTES.saturating_mul((values + distinct) as u64))
}

/// The caps that are asked for; what is not follows from metadata.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AskedCaps {
    /// C.
    pub(crate) groups: Option<u32>,
    /// m.
    pub(crate) rows: Option<u32>,
    /// L.
    pub(crate) values: Option<u32>,
}

impl AskedCaps {
    pub(crate) fn of(options: &QueryOptions) -> Self {
        Self {
            groups: options.max_groups_per_unit,
            rows: options.max_rows_per_group,
            values: options.max_values_per_group,
        }
    }
}

/// A cap and where it came from.
pub(super) fn cap(asked: Option<u32>, otherwise: u64, name: &str) -> Checked<(u32, &'static str)> {
    let (value, from) = match asked {
        Some(value) => (value, "asked for"),
        None => (
            u32::try_from(otherwise).unwrap_or(u32::MAX),
            "from metadata",
        ),
    };
    if (1..=MAX_CAP).contains(&value) {
        Ok((value, from))
    } else {
        Err(Rejection::new(
            Rule::Contribution,
            name,
            format!("ask for 1 to {MAX_CAP}"),
        ))
    }
}

/// L: what is asked for, but no more than m, since m rows have no more values.
pub(super) fn values(asked: Option<u32>, rows: u32) -> Checked<(u32, &'static str)> {
    let most = (rows, "no more values than rows");
    match asked {
        Some(_) => {
            let values = cap(asked, 1, "max values per group (L)")?;
            Ok(if values.0 < rows { values } else { most })
        }
        None => Ok(most),
    }
}

/// What the identities of a release may take, bytes: a unit brings at most L of each column to each of C
/// groups, and no more than it has rows.
pub(super) fn identity_memory(
    units: u64,
    rows_of_a_unit: u64,
    (groups, values): (u32, u32),
    columns: usize,
) -> u64 {
    let of_a_unit = u64::from(groups) * u64::from(values);
    units
        .saturating_mul(of_a_unit.min(rows_of_a_unit))
        .saturating_mul(IDENTITY_BYTES)
        .saturating_mul(columns as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_no_more_than_rows() {
        let values = |asked| values(asked, 5).map(|values| values.0).ok();
        let asked = [None, Some(0), Some(1), Some(5), Some(6), Some(MAX_CAP + 1)];
        let found = [Some(5), None, Some(1), Some(5), Some(5), None];
        assert_eq!(asked.map(values), found);
    }

    #[test]
    fn identities_are_bounded_by_units_groups_values_rows_and_columns() {
        let one = identity_memory(1, 100, (1, 1), 1);
        assert_eq!(identity_memory(7, 100, (2, 3), 5), 7 * 2 * 3 * 5 * one);
        assert_eq!(identity_memory(7, 4, (2, 3), 5), 7 * 4 * 5 * one);
        assert_eq!(identity_memory(7, 4, (2, 3), 0), 0);
        assert_eq!(identity_memory(u64::MAX, 4, (2, 3), 2), u64::MAX);
    }
}
