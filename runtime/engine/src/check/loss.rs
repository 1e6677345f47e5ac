//! The loss: shared out over the mechanisms, and charged by namespace.

use super::{MAX_MECHANISMS, ReleaseNoise};
use crate::noise::{Kind, Mechanism};
use crate::options::{LossRequest, QueryOptions};
use crate::reject::{Checked, Rejection, Rule};
use crate::release::{Measure, Release};
use irongate_policy::{Loss, NamespaceId};
use std::collections::BTreeMap;

pub(super) fn mechanisms(
    releases: &[Release],
    options: &QueryOptions,
) -> Checked<Vec<ReleaseNoise>> {
    let loss = |e: String| Rejection::new(Rule::Loss, "loss", e);
    let (kind, amount) = match options.loss {
        LossRequest::Epsilon(e) => (Kind::Laplace, e),
        LossRequest::Rho(r) => (Kind::Gaussian, r),
    };
    // Rounded down here: a share may never exceed the request.
    let total = Loss::nano(amount).map_err(|e| loss(e.to_string()))?;
    let exact = amount
        .at_scale(18)
        .is_some_and(|v| v == i128::from(total) * 1_000_000_000);
    let total = if exact {
        total
    } else {
        total.saturating_sub(1)
    };
    if total == 0 {
        return Err(loss("ask for a positive loss of at least 1e-9".to_owned()));
    }
    let delta = Loss::atto(options.delta).map_err(|e| loss(e.to_string()))?;
    if delta >= 1_000_000_000_000_000_000 {
        return Err(loss("δ is below 1; ask for something like 1e-6".to_owned()));
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
    let needs = |r: &Release, m: Measure| !(r.dense.is_none() && m == Measure::Units);
    let count: usize = releases
        .iter()
        .map(|r| {
            usize::from(r.dense.is_none()) + r.measures.iter().filter(|m| needs(r, **m)).count()
        })
        .sum();
    if count > MAX_MECHANISMS {
        return Err(Rejection::new(
            Rule::Limit,
            "statement",
            format!("ask for at most {MAX_MECHANISMS} aggregates"),
        ));
    }
    let share = total / count.max(1) as u64;
    releases
        .iter()
        .map(|r| {
            let measures = r
                .measures
                .iter()
                .map(|m| {
                    needs(r, *m)
                        .then(|| Mechanism::plan(kind, r.sensitivity(*m), share).map_err(loss))
                        .transpose()
                })
                .collect::<Checked<Vec<_>>>()?;
            let keyset = r
                .dense
                .is_none()
                .then(|| {
                    Mechanism::plan_threshold(kind, r.groups.0, share, delta / thresholded)
                        .map_err(loss)
                })
                .transpose()?;
            Ok(ReleaseNoise { measures, keyset })
        })
        .collect()
}

pub(super) fn charges(
    releases: &[Release],
    noise: &[ReleaseNoise],
) -> Checked<BTreeMap<NamespaceId, Loss>> {
    let mut out = BTreeMap::new();
    let overflow =
        |e: irongate_policy::LossError| Rejection::new(Rule::Loss, "loss", e.to_string());
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
