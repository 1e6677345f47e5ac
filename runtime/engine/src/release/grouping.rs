//! GROUPING SETS, ROLLUP and CUBE: each set is a release of its own, with its own caps and charge; what
//! stands above sees them united in one table.

use super::refuse;
use crate::reject::{Checked, Rule};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Aggregate, Expr, GroupingSet};

/// Most sets of one statement's GROUP BY: each is bounded and noised apart.
pub(crate) const MAX_GROUPING_SETS: usize = 16;

/// What stands above the releases sees as one table: one release, or those of all grouping sets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReleasedTable {
    pub(crate) parts: Vec<Part>,
    /// Columns before the first output: keys, and the number of the grouping set where there are several.
    pub(crate) keys: usize,
}

/// One release in a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) release: usize,
    /// For each key of the table, the release's own, or none where the set leaves it out.
    pub(crate) keys: Vec<Option<usize>>,
    /// The value of the grouping-set column.
    pub(crate) id: Option<ScalarValue>,
}

/// One set: its keys as places among all of them, and its number.
pub(crate) struct Set {
    pub(crate) keys: Vec<usize>,
    pub(crate) id: ScalarValue,
}

/// All key expressions of an aggregate, and its sets; no sets where it groups plainly.
pub(crate) fn sets(aggregate: &Aggregate) -> Checked<(Vec<Expr>, Option<Vec<Set>>)> {
    let [Expr::GroupingSet(grouping)] = aggregate.group_expr.as_slice() else {
        return Ok((aggregate.group_expr.clone(), None));
    };
    let too_many = || {
        refuse(
            Rule::Limit,
            "GROUP BY sets",
            "ask for at most 16 grouping sets in one GROUP BY",
        )
    };
    let sets: Vec<Vec<Expr>> = match grouping {
        GroupingSet::GroupingSets(sets) => sets.clone(),
        GroupingSet::Rollup(exprs) if exprs.len() < MAX_GROUPING_SETS => (0..=exprs.len())
            .map(|n| exprs.iter().take(n).cloned().collect())
            .collect(),
        GroupingSet::Cube(exprs) if exprs.len() < MAX_GROUPING_SETS => (0..1_usize << exprs.len())
            .map(|set| {
                let chosen = exprs.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1);
                chosen.map(|(_, e)| e.clone()).collect()
            })
            .collect(),
        GroupingSet::Rollup(_) | GroupingSet::Cube(_) => return too_many(),
    };
    if sets.len() > MAX_GROUPING_SETS {
        return too_many();
    }
    let all: Vec<Expr> = grouping.distinct_expr().into_iter().cloned().collect();
    let mut seen: Vec<u64> = Vec::new();
    let mut out = Vec::new();
    for set in sets {
        let keys: Vec<usize> = (0..all.len())
            .filter(|i| all.get(*i).is_some_and(|e| set.contains(e)))
            .collect();
        // The SQL engine's own numbering: a bit for each key left out, the last key's lowest; above them,
        // how often the same set stood before.
        let mask =
            (0..all.len()).fold(0_u64, |mask, i| (mask << 1) | u64::from(!keys.contains(&i)));
        let before = seen.iter().filter(|m| **m == mask).count() as u64;
        seen.push(mask);
        let id = u32::try_from(all.len())
            .ok()
            .and_then(|bits| before.checked_shl(bits))
            .map(|before| ScalarValue::UInt64(Some(before | mask)));
        let kind = aggregate.schema.field(all.len()).data_type();
        let Some(id) = id.and_then(|id| id.cast_to(kind).ok()) else {
            return too_many();
        };
        out.push(Set { keys, id });
    }
    Ok((all, Some(out)))
}
