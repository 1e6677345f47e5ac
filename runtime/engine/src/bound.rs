//! Contribution bounding: from rows that name their unit to exact sums of which one unit
//! moves at most C groups, and each by at most m clamped rows.
//!
//! INVARIANT: what a unit adds to the sums is a function of that unit's own rows (as a multiset), of
//! the namespace key, and of the plan. Order, batches, partitions and other units do not enter.

mod choice;
mod compact;
mod copies;
mod distinct;
mod exec;
#[cfg(test)]
mod exhaustive;
mod groups;
mod identity;
mod kept;
mod least;
#[cfg(test)]
mod memory;
mod numbers;
mod open;
#[cfg(any(test, feature = "evidence"))]
mod oracle;
mod parts;
mod pass;
#[cfg(test)]
mod tests;
mod units;

pub(crate) use self::choice::{Block, Choice};
pub(crate) use self::compact::spare_groups;
pub(crate) use self::distinct::Distinct;
pub(crate) use self::exec::{Bounding, UnitBoundExec, layout};
pub(crate) use self::groups::{Domain, converter};
#[cfg(feature = "evidence")]
pub(crate) use self::oracle::in_sql;
pub(crate) use self::parts::Parts;
#[cfg(test)]
pub(crate) use self::parts::tests::slow;
pub(crate) use self::units::Units;

use arrow::compute::SortOptions;
use arrow::datatypes::DataType;

/// Length of a pseudonym.
pub(crate) const UNIT_BYTES: usize = 16;
/// The type of a column of pseudonyms.
pub(crate) const UNIT_TYPE: DataType = DataType::FixedSizeBinary(UNIT_BYTES as i32);
/// The order of rows by their unit, as they are stored and as bounding takes them.
pub(crate) const UNIT_ORDER: SortOptions = SortOptions {
    descending: false,
    nulls_first: true,
};

/// The caps of one release, and the clamps of its measures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caps {
    /// C.
    pub(crate) groups: usize,
    /// m.
    pub(crate) rows: usize,
    /// `[lo, hi]` of each summed value.
    pub(crate) clamps: Vec<(i128, i128)>,
    /// L of each column whose distinct values are counted.
    pub(crate) distinct: Vec<usize>,
}

/// Rows that bounding read and left out: for the agency, never for an operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "evidence"),
    expect(unreachable_pub, reason = "public with the `evidence` feature alone")
)]
pub struct RowCounts {
    /// Rows read, after filters and joins.
    pub read: u64,
    /// Rows in groups past a unit's C.
    pub over_groups: u64,
    /// Rows past m in the groups that stayed.
    pub over_rows: u64,
}

impl RowCounts {
    fn add(&mut self, other: Self) {
        self.read = self.read.saturating_add(other.read);
        self.over_groups = self.over_groups.saturating_add(other.over_groups);
        self.over_rows = self.over_rows.saturating_add(other.over_rows);
    }
}

/// An integer in 64 bits, saturated: of sums that moves no two apart, so that sensitivities hold, and
/// sensitivities below 2^62 keep every real end of a clamp inside.
pub(crate) fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// Units that kept a group, and their rows in it.
type Count = (i64, i64);
/// The sum of a lane's values in a group, and how many there were.
type Value = (i128, i64);

/// Exact sums of every group, by its id.
#[derive(Debug)]
pub(crate) struct Totals {
    lanes: usize,
    /// Units that kept the group, and their rows in it.
    pub(crate) counts: Vec<Count>,
    /// For each group and lane: the sum of the values, and how many there were.
    pub(crate) values: Vec<Value>,
    /// The distinct values that units brought to each group.
    pub(crate) distinct: Distinct,
}

impl Totals {
    fn new(caps: &Caps) -> Self {
        Self {
            lanes: caps.clamps.len(),
            counts: Vec::new(),
            values: Vec::new(),
            distinct: Distinct::new(&caps.distinct),
        }
    }

    fn resize(&mut self, groups: usize) {
        self.counts.resize(groups, (0, 0));
        self.values.resize(groups * self.lanes, (0, 0));
        self.distinct.resize(groups);
    }

    /// Keeps these groups alone, in their order.
    fn select(&mut self, groups: &[u32]) {
        let count = |group: &u32| {
            self.counts
                .get(*group as usize)
                .copied()
                .unwrap_or_default()
        };
        let values = |group: &u32| {
            let first = *group as usize * self.lanes;
            self.values
                .get(first..first + self.lanes)
                .unwrap_or_default()
        };
        let values = groups.iter().flat_map(values).copied().collect();
        self.counts = groups.iter().map(count).collect();
        self.values = values;
        self.distinct.select(groups);
    }

    fn memory(&self) -> usize {
        self.counts.capacity() * size_of::<Count>()
            + self.values.capacity() * size_of::<Value>()
            + self.distinct.memory()
    }

    /// Adds what one unit kept of one group, which has so many lanes. Counts stay far below 2^63, sums below 2^127: a
    /// unit adds less than 2^63 to one sum.
    fn add(
        &mut self,
        group: u32,
        lanes: usize,
        rows: u64,
        added: impl Iterator<Item = (i64, u64)>,
    ) {
        if let Some((units, all)) = self.counts.get_mut(group as usize) {
            *units = units.wrapping_add(1);
            *all = all.wrapping_add_unsigned(rows);
        }
        let first = group as usize * lanes;
        let values = self.values.get_mut(first..first + lanes);
        for ((sum, count), (value, values)) in values.unwrap_or_default().iter_mut().zip(added) {
            *sum = sum.wrapping_add(i128::from(value));
            *count = count.wrapping_add_unsigned(values);
        }
    }
}
