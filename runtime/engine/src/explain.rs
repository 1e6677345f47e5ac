//! What a query would do and cost, from metadata alone.

mod show;

use crate::check::{CheckedQuery, ReleaseNoise};
use crate::estimate::{Noisy, computed};
use crate::noise::{AtOnce, Mechanism};
use crate::release::{Centred, Measure, Output, Release, Released};
use irongate_policy::{Decimal, Loss, NamespaceId};
use serde::Serialize;
use std::collections::BTreeMap;

/// Group sizes for which errors of computed statistics are told: what is divided by is not known beforehand.
const GROUP_SIZES: [u64; 3] = [100, 1_000, 10_000];

/// The bounded plan of a statement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explain {
    /// The releases, in the order they run.
    pub releases: Vec<ExplainRelease>,
    /// The plan above the releases: public, whatever it does.
    pub post_processing: String,
    /// What each namespace is charged; so are the accounts of operator, scenario and job under it.
    pub charges: BTreeMap<NamespaceId, Loss>,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainRelease {
    /// The privacy unit's namespace.
    pub unit: NamespaceId,
    /// The private part, below the release: each row of it depends on public data and one unit's rows alone.
    pub private_plan: String,
    /// Group keys, each with where its values come from.
    pub keys: Vec<String>,
    /// C and where it came from.
    pub max_groups_per_unit: (u32, &'static str),
    /// m and where it came from.
    pub max_rows_per_group: (u32, &'static str),
    /// L and where it came from, where distinct values are counted.
    pub max_values_per_group: Option<(u32, &'static str)>,
    /// Groups of a dense output; `None` when keys are thresholded.
    pub dense_groups: Option<u64>,
    /// Units a tuple needs (noisily) to be released, with the δ it costs.
    pub threshold: Option<(i64, String)>,
    /// Upper bound of the rows that are bounded, before public tables multiply them; public.
    pub rows_at_most: u64,
    /// Upper bound of what groups and distinct values take, bytes, public; what is planned for is more.
    pub memory_at_most: u64,
    /// One for each noisy sum.
    pub mechanisms: Vec<ExplainMechanism>,
    /// One for each aggregate.
    pub outputs: Vec<ExplainOutput>,
}

/// One vector of noisy sums.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainMechanism {
    /// What is summed.
    pub measure: String,
    /// `laplace` or `gaussian`.
    pub mechanism: &'static str,
    /// Clamp applied to each input, in the input's unit.
    pub bounds: (String, String),
    /// Where the clamp came from.
    pub bounds_from: &'static str,
    /// L1 (Laplace) or L2 (Gaussian) sensitivity, in steps of `10^-scale`.
    pub sensitivity: f64,
    /// Digits after the point of the summed integers.
    pub scale: u8,
    /// Scale of the noise, in the same steps.
    pub noise_scale: f64,
    /// 95 % of the noise is within ± this, in the input's unit.
    pub error_95: f64,
    /// Its share of the loss.
    pub loss: Loss,
}

/// One aggregate, as it was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainOutput {
    /// Its number in the statement, from 1: the order of shares and accuracies. The sets of one GROUP BY have
    /// their numbers in common.
    pub number: usize,
    /// As the planner names it.
    pub written: String,
    /// Clamp applied to each value, in its unit, where there is one such value.
    pub bounds: Option<(String, String)>,
    /// What it is instead of what its name says, if so: MIN and MAX are quantiles.
    pub instead: Option<&'static str>,
    /// The noisy sums it is computed from, by their place in `mechanisms`, from 1.
    pub sums: Vec<usize>,
    /// For a count or a sum: 95 % of the noise is within ± this.
    pub error_95: Option<f64>,
    /// For what is computed from several: the error by the size of the group, for values spread evenly over
    /// their bounds.
    pub error_95_of_rows: Vec<RowsError>,
}

/// The error of a statistic of a group of so many rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RowsError {
    /// Rows that count.
    pub rows: u64,
    /// The half-width of the 95 % interval.
    pub error_95: f64,
}

pub(crate) fn of(query: &CheckedQuery) -> Explain {
    let numbered = |at: usize| {
        let mut before = 0;
        for table in &query.tables {
            if table.parts.iter().any(|part| part.release == at) {
                break;
            }
            let first = table
                .parts
                .first()
                .and_then(|p| query.releases.get(p.release));
            before += first.map_or(0, |release| release.outputs.len());
        }
        before
    };
    let releases = query.releases.iter().zip(&query.mechanisms).enumerate();
    Explain {
        releases: releases
            .map(|(at, (release, noise))| explained(release, noise, numbered(at)))
            .collect(),
        post_processing: query.top.display_indent().to_string(),
        charges: query.charges(),
    }
}

fn shown(value: i128, scale: u8) -> String {
    Decimal::new(value, scale).map_or_else(|_| value.to_string(), |d| d.to_string())
}

fn explained(release: &Release, noise: &ReleaseNoise, before: usize) -> ExplainRelease {
    let mut mechanisms = Vec::new();
    if let Some(keyset) = &noise.keyset {
        mechanisms.push(mechanism(release, Measure::Units, keyset));
    }
    // The number of the noisy sum that stands for each measure.
    let mut numbers = Vec::new();
    for (measure, own) in release.measures.iter().zip(&noise.measures) {
        match own {
            Some(own) if own.joined => numbers.push(mechanisms.len()),
            Some(own) => {
                mechanisms.push(mechanism(release, *measure, own));
                numbers.push(mechanisms.len());
            }
            None => numbers.push(1),
        }
    }
    let output = |(i, released): (usize, &Released)| {
        let measures = released.output.measures();
        ExplainOutput {
            number: before + i + 1,
            written: released.written.clone(),
            bounds: released
                .output
                .bounds(release)
                .map(|(lo, hi, scale)| (shown(lo, scale), shown(hi, scale))),
            instead: released.output.instead(),
            sums: measures
                .iter()
                .filter_map(|m| numbers.get(*m).copied())
                .collect(),
            error_95: match released.output {
                Output::Measure(m) => Some(width(release, noise, m, AtOnce::One)),
                // However many rows there are.
                Output::Total { .. } => expected(release, noise, &released.output, 1),
                _ => None,
            },
            error_95_of_rows: GROUP_SIZES
                .into_iter()
                .filter(|_| !matches!(released.output, Output::Total { .. }))
                .filter_map(|rows| {
                    Some(RowsError {
                        rows,
                        error_95: expected(release, noise, &released.output, rows)?,
                    })
                })
                .collect(),
        }
    };
    ExplainRelease {
        unit: release.namespace.clone(),
        private_plan: release.private.display_indent().to_string(),
        keys: release
            .keys
            .iter()
            .map(|k| match &k.domain {
                Some(d) => format!("{}: {} declared values", k.name, d.len()),
                None => format!("{}: values from the data, thresholded", k.name),
            })
            .collect(),
        max_groups_per_unit: release.groups,
        max_rows_per_group: release.rows,
        max_values_per_group: (!release.distinct.is_empty()).then_some(release.most_distinct),
        dense_groups: release.dense,
        threshold: noise
            .keyset
            .and_then(|m| m.threshold)
            .map(|(t, d)| (t, shown(i128::from(d), 18))),
        rows_at_most: release.rows_at_most,
        memory_at_most: release.memory_at_most,
        outputs: release.outputs.iter().enumerate().map(output).collect(),
        mechanisms,
    }
}

fn mechanism(release: &Release, measure: Measure, m: &Mechanism) -> ExplainMechanism {
    let scale = release.scale(measure);
    let (lo, hi, from) = match measure {
        Measure::Sum(i) => release
            .values
            .get(i)
            .map_or((0, 0, ""), |v| (v.lo, v.hi, v.from)),
        Measure::Rows | Measure::Units | Measure::NonNull(_) | Measure::Distinct(_) => {
            (0, 1, "each counts once")
        }
    };
    ExplainMechanism {
        measure: release.describe(measure),
        mechanism: m.kind.name(),
        bounds: (shown(lo, scale), shown(hi, scale)),
        bounds_from: from,
        sensitivity: m.sensitivity.shown(m.kind),
        scale,
        noise_scale: m.scale,
        error_95: m.half_width(AtOnce::One) / 10_f64.powi(i32::from(scale)),
        loss: m.loss().unwrap_or(Loss::NONE),
    }
}

/// The half-width of a measure's noise, in its unit.
fn width(release: &Release, noise: &ReleaseNoise, measure: usize, at_once: AtOnce) -> f64 {
    let own = noise.measures.get(measure).copied().flatten();
    let scale = release
        .measures
        .get(measure)
        .map_or(0, |m| release.scale(*m));
    own.or(noise.keyset).map_or(f64::INFINITY, |m| {
        m.half_width(at_once) / 10_f64.powi(i32::from(scale))
    })
}

/// The half-width that a statistic would have of `rows` values spread evenly over their bounds, with noise of
/// nothing: the arithmetic is that of a real answer.
fn expected(release: &Release, noise: &ReleaseNoise, output: &Output, rows: u64) -> Option<f64> {
    let n = rows as f64;
    let typical = |measure: usize| {
        let sums = |of: Centred| {
            // The middle of the bounds, from where the sum is taken.
            let middle = (of.lo as f64 + of.hi as f64) / 2.0 - of.centre as f64;
            (of.sum == measure).then(|| n * middle / 10_f64.powi(i32::from(of.scale)))
        };
        let squares = |of: Centred, at: usize| {
            let half = (of.hi as f64 - of.lo as f64) / 2.0 / 10_f64.powi(i32::from(of.scale));
            (at == measure).then_some(n * half * half / 3.0)
        };
        let value = match *output {
            Output::Measure(_) => None,
            Output::Quantile { bins, .. } => Some(n / bins.count as f64),
            Output::Total { of, .. } | Output::Mean { of, .. } | Output::BlockMean { of, .. } => {
                sums(of)
            }
            Output::Spread {
                of, squares: at, ..
            } => sums(of).or_else(|| squares(of, at)),
            Output::Covariance { x, y, products, .. } => sums(x)
                .or_else(|| sums(y))
                .or((products == measure).then_some(0.0)),
            Output::Correlation {
                x,
                y,
                x_squares,
                y_squares,
                products,
                ..
            } => sums(x)
                .or_else(|| sums(y))
                .or_else(|| squares(x, x_squares))
                .or_else(|| squares(y, y_squares))
                .or((products == measure).then_some(0.0)),
        };
        // What is left is the count.
        value.unwrap_or(n)
    };
    let noisy = |measure: usize, at_once: AtOnce| {
        Ok::<_, std::convert::Infallible>(Noisy {
            value: typical(measure),
            width: width(release, noise, measure, at_once),
        })
    };
    let Ok(estimate) = computed(output, noisy);
    estimate.map(|e| e.half_width)
}
