//! Bounded results of neighbours against what the charged mechanisms take for granted.

use arrow::util::display::array_value_to_string;
use irongate_engine::{Assumed, BoundedRelease};
use std::collections::{BTreeMap, BTreeSet};

/// Measures and units of each group, by its key.
pub(super) type Groups = BTreeMap<String, (Vec<i64>, i64)>;

pub(super) fn groups(release: &BoundedRelease) -> Groups {
    let row = |row: usize| {
        let key = release.keys.columns().iter().map(|column| {
            let text = array_value_to_string(column, row).unwrap();
            format!("{}{text};", u8::from(column.is_valid(row)))
        });
        let measures = release
            .measures
            .iter()
            .map(|measure| measure[row])
            .collect();
        (key.collect(), (measures, release.units[row]))
    };
    (0..release.units.len()).map(row).collect()
}

/// What is taken for granted if noise is drawn for half the sensitivity of every sum.
pub(super) fn halved(assumed: &[Vec<Assumed>]) -> Vec<Vec<Assumed>> {
    let half = |assumed: &Assumed| Assumed {
        bound: assumed.bound / 2,
        ..*assumed
    };
    let all = assumed
        .iter()
        .map(|release| release.iter().map(half).collect());
    all.collect()
}

/// What of two neighbouring results is beyond what was taken for granted; empty if nothing is.
pub(super) fn violations(
    assumed: &[Vec<Assumed>],
    with: &[Groups],
    without: &[Groups],
) -> Vec<String> {
    let mut found = Vec::new();
    for ((assumed, with), without) in assumed.iter().zip(with).zip(without) {
        let keys: BTreeSet<_> = with.keys().chain(without.keys()).collect();
        for (vector, first) in assumed.iter().enumerate().filter(|(i, a)| a.vector == *i) {
            // How far each group is moved, over all measures of the vector.
            let members: Vec<usize> = (0..assumed.len())
                .filter(|i| assumed[*i].vector == vector)
                .collect();
            let of = |groups: &Groups, key: &String, measure: usize| {
                groups
                    .get(key)
                    .map_or(0, |(measures, _)| i128::from(measures[measure]))
            };
            let apart = keys.iter().map(|key| {
                let each = members
                    .iter()
                    .map(|m| (of(with, key, *m) - of(without, key, *m)).abs());
                each.sum::<i128>()
            });
            let apart: Vec<i128> = apart.filter(|apart| *apart != 0).collect();
            if apart.len() > first.groups as usize || apart.iter().any(|a| *a > first.bound) {
                found.push(format!("measure {vector}: {apart:?} apart, {first:?}"));
            }
        }
        // The keyset's own count: a unit counts once, in as many groups as any measure may.
        let most = assumed
            .iter()
            .map(|assumed| assumed.groups)
            .max()
            .unwrap_or(0);
        let units = |groups: &Groups, key: &String| groups.get(key).map_or(0, |group| group.1);
        let apart: Vec<i64> = keys
            .iter()
            .map(|key| (units(with, key) - units(without, key)).abs())
            .filter(|apart| *apart != 0)
            .collect();
        if !assumed.is_empty() && (apart.len() > most as usize || apart.iter().any(|a| *a > 1)) {
            found.push(format!("units: {apart:?} apart, {most} groups"));
        }
    }
    found
}
