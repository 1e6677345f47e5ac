//! How a statement's loss is shared out: evenly, by weights, or as accuracies need it. From metadata alone.

use super::{Shares, is_charged, refused};
use crate::noise::{Kind, Mechanism, Sensitivity};
use crate::options::{MAX_SHARE, QueryOptions, Split};
use crate::reject::{Checked, Rejection, Rule};
use crate::release::{Measure, Output, Release, ReleasedTable};
use irongate_policy::Decimal;

/// Every statistic is computed from 1, 2, 3, 4 or 6 sums: its weight in twelfths divides over them.
const PARTS: u64 = 12;

pub(super) fn split(
    releases: &[Release],
    tables: &[ReleasedTable],
    options: &QueryOptions,
    kind: Kind,
    total: u64,
) -> Checked<Vec<Shares>> {
    match &options.split {
        Split::Even => share_out(&releases.iter().map(even).collect::<Vec<_>>(), total),
        Split::Shares(weights) => {
            if let Some(bad) = weights.iter().find(|w| !(1..=MAX_SHARE).contains(*w)) {
                return Err(refused(format!(
                    "a share of {bad} is not from 1 to {MAX_SHARE}"
                )));
            }
            let by_release = per_release(releases, tables, weights, "shares")?;
            let weighted: Vec<_> = releases.iter().zip(&by_release).map(weighted).collect();
            share_out(&weighted, total)
        }
        Split::Accuracy(wanted) => {
            let all = aggregates(releases, tables);
            let wanted = match wanted.as_slice() {
                [one] => vec![*one; all],
                several => several.to_vec(),
            };
            let by_release = per_release(releases, tables, &wanted, "accuracies")?;
            let needed = releases
                .iter()
                .zip(&by_release)
                .map(|(release, wanted)| accurate(release, wanted, kind))
                .collect::<Checked<Vec<_>>>()?;
            let sum = needed
                .iter()
                .flat_map(|s| s.measures.iter().flatten().chain(&s.keyset))
                .fold(0_u64, |sum, share| sum.saturating_add(*share));
            if sum > total {
                let shown = |v: u64| {
                    Decimal::new(i128::from(v), 9).map_or_else(|_| v.to_string(), |d| d.to_string())
                };
                return Err(refused(format!(
                    "this accuracy needs {} {}, and {} may be spent; allow that much, or ask for less accuracy",
                    symbol(kind),
                    shown(sum),
                    shown(total)
                )));
            }
            Ok(needed)
        }
    }
}

fn symbol(kind: Kind) -> &'static str {
    match kind {
        Kind::Laplace => "ε",
        Kind::Gaussian => "ρ",
    }
}

/// The outputs of a table: those of any of its releases.
fn outputs(releases: &[Release], table: &ReleasedTable) -> usize {
    let first = table.parts.first().and_then(|p| releases.get(p.release));
    first.map_or(0, |release| release.outputs.len())
}

/// Aggregates of the statement; the sets of one GROUP BY have theirs in common.
fn aggregates(releases: &[Release], tables: &[ReleasedTable]) -> usize {
    tables.iter().map(|table| outputs(releases, table)).sum()
}

/// What was given for each aggregate, as the releases have them. A release that several tables show has what
/// was given for each.
fn per_release<T: Copy>(
    releases: &[Release],
    tables: &[ReleasedTable],
    given: &[T],
    what: &str,
) -> Checked<Vec<Vec<Vec<T>>>> {
    let all = aggregates(releases, tables);
    if given.len() != all {
        return Err(refused(format!(
            "{} {what} for {all} aggregates; give one for each, in the order that `explain` lists them",
            given.len()
        )));
    }
    let mut out: Vec<Vec<Vec<T>>> = releases
        .iter()
        .map(|release| vec![Vec::new(); release.outputs.len()])
        .collect();
    let mut rest = given;
    for table in tables {
        let (these, after) = rest
            .split_at_checked(outputs(releases, table))
            .unwrap_or((rest, &[]));
        rest = after;
        for part in &table.parts {
            let slots = out
                .get_mut(part.release)
                .map_or(&mut [][..], Vec::as_mut_slice);
            for (slot, value) in slots.iter_mut().zip(these) {
                slot.push(*value);
            }
        }
    }
    Ok(out)
}

/// As much for each noisy sum.
fn even(release: &Release) -> Shares {
    let measures = release.measures.iter().enumerate();
    Shares {
        measures: measures
            .map(|(at, m)| is_charged(release, at, *m).then_some(1))
            .collect(),
        keyset: release.dense.is_none().then_some(1),
    }
}

/// An aggregate's weight is divided over its sums, and a sum has what its aggregates give it. A keyset weighs as
/// much as an aggregate does on average.
fn weighted((release, weights): (&Release, &Vec<Vec<u32>>)) -> Shares {
    let mut measures = vec![0_u64; release.measures.len()];
    let mut all = 0_u64;
    for (released, weights) in release.outputs.iter().zip(weights) {
        let weight: u64 = weights.iter().map(|w| u64::from(*w) * PARTS).sum();
        all += weight;
        let of = released.output.measures();
        for measure in &of {
            if let Some(slot) = measures.get_mut(release.charged(*measure)) {
                *slot += weight / of.len().max(1) as u64;
            }
        }
    }
    let mut keyset = all
        .checked_div(release.outputs.len() as u64)
        .unwrap_or(PARTS);
    let mut own = Vec::new();
    for (at, (measure, weight)) in release.measures.iter().zip(measures).enumerate() {
        let has_own = is_charged(release, at, *measure);
        if !has_own && *measure == Measure::Units {
            keyset += weight;
        }
        own.push(has_own.then_some(weight));
    }
    Shares {
        measures: own,
        keyset: release.dense.is_none().then_some(keyset),
    }
}

/// Divides `total` by weights; rounds down, so that the shares never exceed it together.
fn share_out(weights: &[Shares], total: u64) -> Checked<Vec<Shares>> {
    let each = weights
        .iter()
        .flat_map(|s| s.measures.iter().flatten().chain(&s.keyset));
    let sum: u128 = each.map(|w| u128::from(*w)).sum();
    let of = |weight: u64| {
        let share = (u128::from(total) * u128::from(weight)).checked_div(sum);
        u64::try_from(share.unwrap_or(0)).map_err(|_| refused("the loss is too large"))
    };
    weights
        .iter()
        .map(|s| {
            Ok(Shares {
                measures: s
                    .measures
                    .iter()
                    .map(|w| w.map(of).transpose())
                    .collect::<Checked<_>>()?,
                keyset: s.keyset.map(of).transpose()?,
            })
        })
        .collect()
}

/// The least loss of each sum whose 95 % half-width is at most what is wanted.
fn accurate(release: &Release, wanted: &[Vec<Decimal>], kind: Kind) -> Checked<Shares> {
    let mut widths: Vec<Option<Decimal>> = vec![None; release.measures.len()];
    for (released, wanted) in release.outputs.iter().zip(wanted) {
        let Output::Measure(measure) = released.output else {
            return Err(Rejection::new(
                Rule::Loss,
                format!("accuracy of {}", released.written),
                "ask for the accuracy of COUNT and SUM and compute the rest above them, or give a loss",
            ));
        };
        if let Some(slot) = widths.get_mut(release.charged(measure)) {
            *slot = slot.iter().chain(wanted).min().copied();
        }
    }
    let least = |measure: Measure, sensitivity: Sensitivity, width: Decimal| {
        Mechanism::least(kind, sensitivity, steps(width, release.scale(measure))?).map_err(|e| {
            Rejection::new(
                Rule::Loss,
                format!("accuracy of {}", release.describe(measure)),
                e,
            )
        })
    };
    let mut shares = Vec::new();
    for (at, (measure, width)) in release.measures.iter().zip(&widths).enumerate() {
        let own = width.filter(|_| is_charged(release, at, *measure));
        shares.push(
            own.map(|width| least(*measure, release.sensitivity(*measure), width))
                .transpose()?,
        );
    }
    let keyset = match release.dense {
        Some(_) => None,
        None => {
            let of = |is: fn(&Measure) -> bool| {
                let mut measured = release.measures.iter().zip(&widths);
                measured.find_map(|(m, width)| width.filter(|_| is(m)))
            };
            let width = of(|m| matches!(m, Measure::Units))
                .or_else(|| of(|m| matches!(m, Measure::Rows | Measure::NonNull(_))))
                .ok_or_else(|| {
                    Rejection::new(
                        Rule::Loss,
                        "accuracy of group keys",
                        "their keys are kept by a count of units: select COUNT(DISTINCT unit) too, with its accuracy",
                    )
                })?;
            Some(least(
                Measure::Units,
                release.sensitivity(Measure::Units),
                width,
            )?)
        }
    };
    Ok(Shares {
        measures: shares,
        keyset,
    })
}

/// An accuracy in steps of `10^-scale`.
fn steps(width: Decimal, scale: u8) -> Checked<f64> {
    let shown = 18_u8;
    match width.at_scale(shown).filter(|_| width > Decimal::ZERO) {
        Some(fine) => {
            Ok(fine as f64 / 10_f64.powi(i32::from(shown)) * 10_f64.powi(i32::from(scale)))
        }
        None => Err(refused(format!(
            "an accuracy of {width} is not a positive number"
        ))),
    }
}
