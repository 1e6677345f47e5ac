//! `UnitBound`: steps 2 to 4 of bounding (design §5), one pass over unit-sorted rows.
//!
//! INVARIANT: what a unit adds to the sums is a function of that unit's own rows (as a multiset), of
//! the namespace key, and of the plan. Order, batches and other units do not enter.

use irongate_policy::{KeyPurpose, NamespaceKey};
use ring::hmac;
use std::collections::{BTreeMap, HashMap};

/// Length of a pseudonym.
pub(crate) const UNIT_BYTES: usize = 16;

/// The caps of one release, and the clamps of its measures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caps {
    /// C.
    pub(crate) groups: usize,
    /// m.
    pub(crate) rows: usize,
    /// `[lo, hi]` of each summed value.
    pub(crate) clamps: Vec<(i128, i128)>,
}

/// Exact sums of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Units that kept the group.
    pub(crate) units: i128,
    /// Rows kept.
    pub(crate) rows: i128,
    /// For each value: sum of clamped non-null values, and how many.
    pub(crate) values: Vec<(i128, i128)>,
}

type Row = Vec<Option<i128>>;

/// Streaming bounding. Feed rows with [`push`](Self::push) in unit order; end with `finish`.
pub(crate) struct UnitBound {
    caps: Caps,
    clamp: bool,
    key: hmac::Key,
    unit: Option<[u8; UNIT_BYTES]>,
    groups: BTreeMap<Vec<u8>, Vec<Row>>,
    totals: HashMap<Vec<u8>, Sums>,
}

/// Rows that were not in unit order.
#[derive(Debug)]
pub(crate) struct OutOfOrder;

impl UnitBound {
    pub(crate) fn new(caps: Caps, key: &NamespaceKey, clamp: bool) -> Self {
        Self {
            caps,
            clamp,
            key: key.derive(KeyPurpose::ContributionBound),
            unit: None,
            groups: BTreeMap::new(),
            totals: HashMap::new(),
        }
    }

    /// Takes one row: its unit, its canonically encoded group, its values.
    pub(crate) fn push(
        &mut self,
        unit: [u8; UNIT_BYTES],
        group: &[u8],
        values: Row,
    ) -> Result<(), OutOfOrder> {
        match self.unit {
            Some(current) if current == unit => {}
            Some(current) if current > unit => return Err(OutOfOrder),
            _ => {
                self.flush();
                self.unit = Some(unit);
            }
        }
        // Step 1 for values: clamped here, before any row is chosen.
        let values = values
            .into_iter()
            .zip(&self.caps.clamps)
            .map(|(v, (lo, hi))| v.map(|v| if self.clamp { v.clamp(*lo, *hi) } else { v }))
            .collect();
        if let Some(rows) = self.groups.get_mut(group) {
            rows.push(values);
            if rows.len() > 2 * self.caps.rows {
                keep_rows(&self.key, &unit, group, rows, self.caps.rows);
            }
        } else {
            self.groups.insert(group.to_vec(), vec![values]);
            // State stays small: a group past the C smallest now is past them for good.
            if self.groups.len() > 2 * self.caps.groups + 64 {
                keep_groups(&self.key, &unit, &mut self.groups, self.caps.groups);
            }
        }
        Ok(())
    }

    fn flush(&mut self) {
        let Some(unit) = self.unit.take() else { return };
        let mut groups = std::mem::take(&mut self.groups);
        keep_groups(&self.key, &unit, &mut groups, self.caps.groups);
        for (group, mut rows) in groups {
            keep_rows(&self.key, &unit, &group, &mut rows, self.caps.rows);
            let width = self.caps.clamps.len();
            let total = self.totals.entry(group).or_insert_with(|| Sums {
                values: vec![(0, 0); width],
                ..Sums::default()
            });
            // `i128` holds 2^63 rows of 64-bit values; saturation keeps it total all the same.
            total.units = total.units.saturating_add(1);
            total.rows = total.rows.saturating_add(rows.len() as i128);
            for row in rows {
                for ((sum, count), value) in total.values.iter_mut().zip(row) {
                    if let Some(value) = value {
                        *sum = sum.saturating_add(value);
                        *count = count.saturating_add(1);
                    }
                }
            }
        }
    }

    /// The exact sums per group.
    pub(crate) fn finish(mut self) -> HashMap<Vec<u8>, Sums> {
        self.flush();
        self.totals
    }
}

fn tag(key: &hmac::Key, label: u8, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    context.update(&[label]);
    for part in parts {
        // Length first: the encoding is injective.
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    out
}

/// Step 3: the C groups with the smallest PRF, ties by their bytes.
fn keep_groups(
    key: &hmac::Key,
    unit: &[u8],
    groups: &mut BTreeMap<Vec<u8>, Vec<Row>>,
    most: usize,
) {
    if groups.len() <= most {
        return;
    }
    let mut order: Vec<_> = groups
        .keys()
        .map(|g| (tag(key, b'G', &[unit, g]), g.clone()))
        .collect();
    order.sort_unstable();
    for (_, group) in order.into_iter().skip(most) {
        groups.remove(&group);
    }
}

/// Step 2: the m rows with the smallest keyed hash. Rows of equal content add the same, so which of
/// them stays does not matter.
fn keep_rows(key: &hmac::Key, unit: &[u8], group: &[u8], rows: &mut Vec<Row>, most: usize) {
    if rows.len() <= most {
        return;
    }
    let mut order: Vec<_> = std::mem::take(rows)
        .into_iter()
        .map(|row| {
            let mut bytes = Vec::with_capacity(row.len() * 17);
            for value in &row {
                bytes.push(u8::from(value.is_some()));
                bytes.extend_from_slice(&value.unwrap_or(0).to_le_bytes());
            }
            (tag(key, b'R', &[unit, group, &bytes]), row)
        })
        .collect();
    order.sort_unstable();
    rows.extend(order.into_iter().take(most).map(|(_, row)| row));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Data = Vec<(u8, u8, Option<i64>)>;

    fn run(data: &Data, caps: &Caps) -> BTreeMap<Vec<u8>, Sums> {
        let mut bound = UnitBound::new(caps.clone(), &NamespaceKey::new([3; 32]), true);
        let mut data = data.clone();
        data.sort_by_key(|(unit, _, _)| *unit);
        for (unit, group, value) in data {
            bound
                .push([unit; UNIT_BYTES], &[group], vec![value.map(i128::from)])
                .unwrap();
        }
        bound.finish().into_iter().collect()
    }

    /// The same, written independently: no streaming, no pruning, own encoding of the hash input.
    fn oracle(data: &Data, caps: &Caps) -> BTreeMap<Vec<u8>, Sums> {
        let key = NamespaceKey::new([3; 32]).derive(KeyPurpose::ContributionBound);
        let hash = |label: u8, parts: Vec<Vec<u8>>| {
            let mut all = vec![label];
            for p in parts {
                all.extend((p.len() as u64).to_le_bytes());
                all.extend(p);
            }
            hmac::sign(&key, &all).as_ref().to_vec()
        };
        let (lo, hi) = caps.clamps[0];
        let mut out: BTreeMap<Vec<u8>, Sums> = BTreeMap::new();
        for unit in 0..=255_u8 {
            let u = vec![unit; UNIT_BYTES];
            let mut groups: Vec<u8> = data.iter().filter(|r| r.0 == unit).map(|r| r.1).collect();
            groups.sort_unstable();
            groups.dedup();
            groups.sort_by_key(|g| (hash(b'G', vec![u.clone(), vec![*g]]), *g));
            for g in groups.into_iter().take(caps.groups) {
                let mut rows: Vec<Option<i128>> = data
                    .iter()
                    .filter(|r| r.0 == unit && r.1 == g)
                    .map(|r| r.2.map(|v| i128::from(v).max(lo).min(hi)))
                    .collect();
                rows.sort_by_key(|v| {
                    let mut bytes = vec![u8::from(v.is_some())];
                    bytes.extend(v.unwrap_or(0).to_le_bytes());
                    hash(b'R', vec![u.clone(), vec![g], bytes])
                });
                rows.truncate(caps.rows);
                let sums = out.entry(vec![g]).or_insert(Sums {
                    values: vec![(0, 0)],
                    ..Sums::default()
                });
                sums.units += 1;
                sums.rows += rows.len() as i128;
                sums.values[0].0 += rows.iter().flatten().sum::<i128>();
                sums.values[0].1 += rows.iter().flatten().count() as i128;
            }
        }
        out
    }

    fn data() -> impl Strategy<Value = Data> {
        prop::collection::vec((0_u8..6, 0_u8..5, prop::option::of(-9_i64..9)), 0..80)
    }

    proptest! {
        #[test]
        fn agrees_with_the_oracle_in_any_order(rows in data(), c in 1_usize..5, m in 1_usize..4, hi in 1_i128..7, seed in any::<u64>()) {
            let caps = Caps { groups: c, rows: m, clamps: vec![(-2, hi)] };
            prop_assert_eq!(run(&rows, &caps), oracle(&rows, &caps));
            let mut shuffled = rows.clone();
            let n = shuffled.len().max(1) as u64;
            shuffled.sort_by_key(|r| (u64::from(r.0) * 31 + u64::from(r.1) * 7 + r.2.unwrap_or(0).unsigned_abs()).wrapping_mul(seed | 1) % n);
            prop_assert_eq!(run(&shuffled, &caps), run(&rows, &caps));
        }

        #[test]
        fn removing_a_unit_moves_the_sums_by_at_most_the_sensitivities(rows in data(), gone in 0_u8..6, c in 1_usize..5, m in 1_usize..4, hi in 1_i128..7) {
            let caps = Caps { groups: c, rows: m, clamps: vec![(-2, hi)] };
            let with = run(&rows, &caps);
            let without = run(&rows.into_iter().filter(|r| r.0 != gone).collect(), &caps);
            let zero = Sums { values: vec![(0, 0)], ..Sums::default() };
            let mut changed = 0;
            let bound = m as i128 * hi.max(2);
            for group in with.keys() {
                let (a, b) = (&with[group], without.get(group).unwrap_or(&zero));
                changed += usize::from(a != b);
                prop_assert!(a.units - b.units <= 1 && a.rows - b.rows <= m as i128);
                prop_assert!((a.values[0].0 - b.values[0].0).abs() <= bound);
            }
            prop_assert!(changed <= c && without.keys().all(|g| with.contains_key(g)));
        }
    }

    #[test]
    fn rows_out_of_unit_order_are_an_error() {
        let mut bound = UnitBound::new(
            Caps {
                groups: 1,
                rows: 1,
                clamps: vec![],
            },
            &NamespaceKey::new([0; 32]),
            true,
        );
        bound.push([2; UNIT_BYTES], b"", vec![]).unwrap();
        assert!(bound.push([1; UNIT_BYTES], b"", vec![]).is_err());
    }
}
