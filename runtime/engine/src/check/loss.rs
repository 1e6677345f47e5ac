//! The loss: shared out over the mechanisms, and charged by namespace.

mod split;

use self::split::split;
use super::{MAX_MECHANISMS, ReleaseNoise};
use crate::noise::{Kind, Mechanism};
use crate::options::{LossRequest, QueryOptions};
use crate::reject::{Checked, Rejection, Rule};
use crate::release::{Measure, Release, ReleasedTable};
use irongate_policy::{Loss, NamespaceId};
use std::collections::BTreeMap;

/// Nano-ε or nano-ρ of each noisy sum of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shares {
    /// One per measure; `None` where another is charged.
    measures: Vec<Option<u64>>,
    keyset: Option<u64>,
}

fn refused(why: impl Into<String>) -> Rejection {
    Rejection::new(Rule::Loss, "loss", why)
}

/// Whether a measure is charged for noise, rather than covered by the keyset's count or its vector's first.
fn is_charged(release: &Release, at: usize, measure: Measure) -> bool {
    let by_keyset = release.dense.is_none() && measure == Measure::Units;
    release.charged(at) == at && !by_keyset
}

pub(super) fn mechanisms(
    releases: &[Release],
    tables: &[ReleasedTable],
    options: &QueryOptions,
) -> Checked<Vec<ReleaseNoise>> {
    let (kind, amount) = match options.loss {
        LossRequest::Epsilon(e) => (Kind::Laplace, e),
        LossRequest::Rho(r) => (Kind::Gaussian, r),
    };
    // Rounded down here: a share may never exceed the request.
    let total = Loss::nano(amount).map_err(|e| refused(e.to_string()))?;
    let exact = amount
        .at_scale(18)
        .is_some_and(|v| v == i128::from(total) * 1_000_000_000);
    let total = if exact {
        total
    } else {
        total.saturating_sub(1)
    };
    if total == 0 {
        return Err(refused("ask for a positive loss of at least 1e-9"));
    }
    let delta = Loss::atto(options.delta).map_err(|e| refused(e.to_string()))?;
    if delta >= 1_000_000_000_000_000_000 {
        return Err(refused("δ is below 1; ask for something like 1e-6"));
    }
    let thresholded = releases.iter().filter(|r| r.dense.is_none()).count() as u64;
    if thresholded > 0 && delta / thresholded == 0 {
        let keys: Vec<_> = releases
            .iter()
            .flat_map(|r| &r.keys)
            .filter(|k| k.domain.is_none())
            .map(|k| format!("`{}`", k.name))
            .collect();
        return Err(Rejection::new(
            Rule::Keys,
            format!("GROUP BY {}", keys.join(", ")),
            "ask for δ (such as 1e-6), or group by a column with a declared domain",
        ));
    }
    let noisy = |r: &Release| {
        let measures = r.measures.iter().enumerate();
        let charged = measures.filter(|(at, m)| is_charged(r, *at, **m)).count();
        charged + usize::from(r.dense.is_none())
    };
    if releases.iter().map(noisy).sum::<usize>() > MAX_MECHANISMS {
        return Err(Rejection::new(
            Rule::Limit,
            "statement",
            format!(
                "ask for at most {MAX_MECHANISMS} noisy sums; VAR needs 3, CORR 6, a grouping set as many as the query"
            ),
        ));
    }
    let shares = split(releases, tables, options, kind, total)?;
    releases
        .iter()
        .zip(shares)
        .map(|(release, shares)| planned(release, &shares, kind, delta, thresholded))
        .collect()
}

fn planned(
    release: &Release,
    shares: &Shares,
    kind: Kind,
    delta: u64,
    thresholded: u64,
) -> Checked<ReleaseNoise> {
    let mut measures: Vec<Option<Mechanism>> = release
        .measures
        .iter()
        .zip(&shares.measures)
        .map(|(measure, share)| {
            share
                .map(|share| {
                    Mechanism::plan(kind, release.sensitivity(*measure), share).map_err(refused)
                })
                .transpose()
        })
        .collect::<Checked<_>>()?;
    // The rest of a vector has the noise of its first, which is charged for all of it.
    for at in 0..measures.len() {
        let charged = release.charged(at);
        let first = measures.get(charged).copied().flatten();
        if let (true, Some(slot)) = (charged != at, measures.get_mut(at)) {
            *slot = first.map(|m| Mechanism { joined: true, ..m });
        }
    }
    let keyset = shares
        .keyset
        .map(|share| {
            let delta = delta.checked_div(thresholded).unwrap_or(0);
            Mechanism::plan_threshold(kind, release.groups.0, share, delta).map_err(refused)
        })
        .transpose()?;
    Ok(ReleaseNoise { measures, keyset })
}

pub(super) fn charges(
    releases: &[Release],
    noise: &[ReleaseNoise],
) -> Checked<BTreeMap<NamespaceId, Loss>> {
    let mut out = BTreeMap::new();
    let overflow = |e: irongate_policy::LossError| refused(e.to_string());
    for (release, noise) in releases.iter().zip(noise) {
        let total = out.entry(release.namespace.clone()).or_insert(Loss::NONE);
        for mechanism in noise.measures.iter().flatten().chain(&noise.keyset) {
            *total = total
                .compose(mechanism.loss().map_err(overflow)?)
                .map_err(overflow)?;
        }
    }
    Ok(out)
}
