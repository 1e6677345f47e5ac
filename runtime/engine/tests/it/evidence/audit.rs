//! An empirical audit of the production release path: what two neighbouring databases give, over very many
//! releases, bounds the loss from below. It must stay under the charge; a planted fault must not.
//!
//! One event is watched, and how often it happens with the unit and without. True probabilities lie within
//! [`radius`] of the frequencies but for [`ERROR`] (Hoeffding 1963), so the bounds hold whatever the noise.

use super::{Neighbours, on_all_cores, runtime};
use crate::fixture::{Visit, catalog};
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use irongate_engine::{
    ExecutionEnv, Fault, LossRequest, QueryOptions, Released, bounded, check, release,
};

/// How often each database is asked where nothing is planted: six times this, over all audits.
const RELEASES: usize = 18_000;
/// Where a fault is planted; it shows sooner.
const FAULTY: usize = 4_000;
/// Releases a thread draws at once.
const CHUNK: usize = 500;
/// Chance that one bound does not hold.
const ERROR: f64 = 1e-7;

/// The unit whose presence is to be told; its amount is far beyond the declared bounds of 0 to 10.
const TARGET: Visit = (77, 1, Some(1_000), 100, None, "rare");

/// What is asked, what it is charged, and what is watched for.
struct Audit {
    sql: &'static str,
    loss: LossRequest,
    delta: &'static str,
    event: fn(&Released) -> bool,
}

/// Lower bounds of a loss.
#[derive(Debug, Clone, Copy)]
struct Found {
    epsilon: f64,
    rho: f64,
    /// What pure loss of the charged ε cannot explain.
    delta: f64,
}

/// Half the width of a confidence interval of a frequency over `n` draws.
fn radius(n: usize) -> f64 {
    ((2.0 / ERROR).ln() / (2.0 * n as f64)).sqrt()
}

/// Rényi divergence of order `a` of two coins, over `a`: at most ρ for a ρ-zCDP mechanism (Bun and Steinke
/// 2016), since watching an event is post-processing.
fn renyi(p: f64, q: f64, a: f64) -> f64 {
    let sum = p.powf(a) * q.powf(1.0 - a) + (1.0 - p).powf(a) * (1.0 - q).powf(1.0 - a);
    sum.ln() / (a - 1.0) / a
}

impl Audit {
    fn run(&self, releases: usize, fault: Option<Fault>) -> Found {
        let options = QueryOptions {
            loss: self.loss,
            delta: self.delta.parse().unwrap(),
            max_groups_per_unit: Some(1),
            max_rows_per_group: Some(1),
        };
        let query = check(self.sql, &catalog(), &options).unwrap();
        let others = (0..5).map(|unit| (unit, 1, Some(3), 100, None, "usual"));
        let visits: Vec<Visit> = others.chain([TARGET]).collect();
        let pair = Neighbours::new(&visits, TARGET.0, 1);
        let env = ExecutionEnv {
            fault,
            ..ExecutionEnv::default()
        };
        let frequency = |data| {
            let exact = runtime().block_on(bounded(&query, data, &env)).unwrap();
            let seen = on_all_cores(releases / CHUNK, |_| {
                let runtime = runtime();
                let draw = |_| {
                    let drawn = runtime.block_on(release(&query, &exact, data, &env));
                    usize::from((self.event)(&drawn.unwrap()))
                };
                (0..CHUNK).map(draw).sum::<usize>()
            });
            seen.iter().sum::<usize>() as f64 / releases as f64
        };
        let (with, without) = (frequency(&pair.with), frequency(&pair.without));
        let p = (with - radius(releases)).max(0.0);
        let q = (without + radius(releases)).min(1.0);
        let orders = [1.01, 1.5, 2.0, 4.0, 8.0];
        let rho = orders.map(|a| if p > q { renyi(p, q, a) } else { 0.0 });
        let charged = match self.loss {
            LossRequest::Epsilon(epsilon) => epsilon.to_string().parse().unwrap(),
            LossRequest::Rho(_) => 0.0_f64,
        };
        let found = Found {
            epsilon: (p / q).ln(),
            rho: rho.into_iter().fold(0.0, f64::max),
            delta: p - charged.exp() * without,
        };
        println!(
            "{fault:?}: {releases} releases each, {with:.4} and {without:.4}: ε ≥ {:.3}, ρ ≥ {:.3}, δ ≥ {:.4}",
            found.epsilon, found.rho, found.delta
        );
        found
    }
}

fn value(released: &Released) -> i64 {
    released
        .batch
        .column(0)
        .as_primitive::<Int64Type>()
        .value(0)
}

/// The exact sums are 25 with the unit and 15 without. Noise as likely to be above as below zero is what
/// tells Laplace's tail apart best; for Gaussian noise, the middle does.
fn laplace() -> Audit {
    Audit {
        sql: "SELECT SUM(amount) FROM visits",
        loss: LossRequest::Epsilon("1".parse().unwrap()),
        delta: "0",
        event: |released| value(released) >= 25,
    }
}

fn gaussian() -> Audit {
    Audit {
        loss: LossRequest::Rho("0.5".parse().unwrap()),
        event: |released| value(released) >= 20,
        ..laplace()
    }
}

/// One unit alone has the key `rare`: it may be told with probability δ, and without the unit never.
fn keyset() -> Audit {
    Audit {
        sql: "SELECT note FROM visits GROUP BY note",
        loss: LossRequest::Epsilon("1".parse().unwrap()),
        delta: "0.1",
        event: |released| {
            let notes = released.batch.column(0).as_string::<i32>();
            notes.iter().any(|note| note == Some("rare"))
        },
    }
}

#[test]
fn what_releases_tell_stays_under_the_charge() {
    let found = laplace().run(RELEASES, None);
    assert!(found.epsilon <= 1.0, "{found:?}");
    assert!(
        found.epsilon > 0.7,
        "the audit must come near the charge: {found:?}"
    );
    let found = gaussian().run(RELEASES, None);
    assert!(found.rho <= 0.5, "{found:?}");
    assert!(
        found.rho > 0.2,
        "the audit must come near the charge: {found:?}"
    );
    let found = keyset().run(RELEASES, None);
    assert!(found.delta <= 0.1, "{found:?}");
    assert!(
        found.delta > 0.05,
        "the audit must come near the charge: {found:?}"
    );
}

#[test]
fn planted_faults_are_caught() {
    for fault in [
        Fault::SensitivityHalved,
        Fault::ClampRemoved,
        Fault::NoiseMissing,
    ] {
        let found = laplace().run(FAULTY, Some(fault));
        assert!(found.epsilon > 1.0, "{fault:?} under Laplace: {found:?}");
        let found = gaussian().run(FAULTY, Some(fault));
        assert!(found.rho > 0.5, "{fault:?} under Gaussian: {found:?}");
    }
    let found = keyset().run(FAULTY, Some(Fault::ThresholdOffByOne));
    assert!(found.delta > 0.1, "{found:?}");
}
