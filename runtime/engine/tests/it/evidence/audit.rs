//! An empirical audit of the production release path: what two neighbouring databases give, over very many
//! releases, bounds the loss from below. It must stay under the charge; a planted fault must not.
//!
//! One event is watched, and how often it happens with the unit and without. True probabilities lie within
//! [`radius`] of the frequencies but for [`ERROR`] (Hoeffding 1963), so the bounds hold whatever the noise.

use super::{Neighbours, on_all_cores, runtime};
use crate::fixture::{Data, Visit, catalog};
use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use irongate_engine::{
    DataAccess, ExecutionEnv, Fault, LossRequest, MapUnit, Mapped, QueryOptions, Released, Stopped,
    bounded, check, release,
};
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use std::path::PathBuf;
use std::sync::Arc;

/// How often each database is asked, of one unit in one group.
const RELEASES: usize = 18_000;
/// How often where only too much is looked for.
const FEWER: usize = 9_000;
/// Where a fault is planted; it shows sooner.
const FAULTY: usize = 4_000;
/// Releases a thread draws at once.
const CHUNK: usize = 500;
/// Chance that one bound does not hold.
const ERROR: f64 = 1e-7;

/// The unit whose presence is to be told.
const TARGET: u8 = 77;
/// Its rows: one in each district, under a key of its own; amounts are far beyond the bounds of 0 to 10.
const TARGETS: [Visit; 3] = [
    (TARGET, 1, Some(1_000), 100, None, "rare"),
    (TARGET, 2, Some(1_000), 100, None, "rarer"),
    (TARGET, 3, Some(1_000), 100, None, "rarest"),
];

/// What is asked, what it is charged, and what is watched for.
struct Audit {
    sql: &'static str,
    loss: LossRequest,
    delta: &'static str,
    groups: u32,
    /// The first output of the mapper that is asked for, from the rows it is called with.
    mapper: fn(&[u8]) -> f64,
    event: fn(&Released) -> bool,
}

/// Data with a mapper's code.
struct With<'a>(&'a Data, fn(&[u8]) -> f64);

impl DataAccess for With<'_> {
    fn files(&self, dataset: &DatasetId, version: &VersionId) -> Result<Vec<PathBuf>, String> {
        self.0.files(dataset, version)
    }
    fn key(&self, namespace: &NamespaceId) -> Result<NamespaceKey, String> {
        self.0.key(namespace)
    }
    fn mapper(&self, _: &str) -> Result<Arc<dyn MapUnit>, String> {
        Ok(Arc::new(Code(self.1)))
    }
}

struct Code(fn(&[u8]) -> f64);

impl MapUnit for Code {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        outputs.fill(0.0);
        outputs[0] = (self.0)(rows);
        Ok(Mapped::Numbers)
    }
}

/// Lower bounds of a loss, and what they are of.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// How often the event happens without the unit.
    without: f64,
    epsilon: f64,
    rho: f64,
    /// How often the event happens that never does without the unit.
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
            delta: self.delta.parse().unwrap(),
            max_groups_per_unit: Some(self.groups),
            max_rows_per_group: Some(1),
            ..QueryOptions::new(self.loss)
        };
        let query = check(self.sql, &catalog(), &options).unwrap();
        let others = (0..5).map(|unit| (unit, 1, Some(3), 100, None, "usual"));
        let visits: Vec<Visit> = others.chain(TARGETS).collect();
        let pair = Neighbours::new(&visits, TARGET, 1);
        let env = ExecutionEnv {
            fault,
            ..ExecutionEnv::default()
        };
        let frequency = |data| {
            let data = &With(data, self.mapper);
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
        let found = Found {
            without,
            epsilon: (p / q).ln(),
            rho: rho.into_iter().fold(0.0, f64::max),
            delta: if without > 0.0 { 0.0 } else { p },
        };
        println!(
            "{fault:?}: {releases} releases each, {with:.4} and {without:.4}: ε ≥ {:.3}, ρ ≥ {:.3}, δ ≥ {:.4}",
            found.epsilon, found.rho, found.delta
        );
        found
    }
}

/// The released sums, one a group.
fn values(released: &Released) -> Vec<i64> {
    let column = released.batch.columns().last().unwrap();
    column.as_primitive::<Int64Type>().values().to_vec()
}

/// One sum: 25 with the unit and 15 without. An event that starts where the exact sum is tells Laplace's
/// tails apart best; for Gaussian noise, one that starts in the middle does.
fn laplace() -> Audit {
    Audit {
        sql: "SELECT SUM(amount) FROM visits",
        loss: epsilon(),
        delta: "0",
        groups: 1,
        mapper: |_| 0.0,
        event: |released| values(released)[0] >= 25,
    }
}

fn gaussian() -> Audit {
    Audit {
        loss: rho(),
        event: |released| values(released)[0] >= 20,
        ..laplace()
    }
}

/// One unit in three groups at once: 25, 10 and 10 with it, 15, 0 and 0 without.
fn laplace_of_three() -> Audit {
    Audit {
        sql: "SELECT district, SUM(amount) FROM visits GROUP BY district ORDER BY district",
        groups: 3,
        event: |released| {
            let sums = values(released);
            sums[0] >= 25 && sums[1] >= 10 && sums[2] >= 10
        },
        ..laplace()
    }
}

fn gaussian_of_three() -> Audit {
    Audit {
        loss: rho(),
        event: |released| values(released).iter().sum::<i64>() >= 30,
        ..laplace_of_three()
    }
}

/// One unit alone has the three rare keys: any of them may be told with probability δ, and without the unit
/// never.
fn keyset(loss: LossRequest, groups: u32) -> Audit {
    Audit {
        sql: "SELECT note FROM visits GROUP BY note",
        loss,
        delta: "0.1",
        groups,
        mapper: |_| 0.0,
        event: |released| {
            let notes = released.batch.column(0).as_string::<i32>();
            notes.iter().flatten().any(|note| note.starts_with("rare"))
        },
    }
}

/// The released mean.
fn mean(released: &Released) -> f64 {
    released
        .batch
        .column(0)
        .as_primitive::<Float64Type>()
        .value(0)
}

/// A mapper that is written to tell whether the target is there: all it may say for the target, and the opposite for
/// everybody else. The sum is 20 with the unit and 0 without.
fn mapper() -> Audit {
    Audit {
        sql: "SELECT SUM(total) FROM spend",
        mapper: |rows| match rows.windows(6).any(|bytes| bytes == b"rarest") {
            true => f64::INFINITY,
            false => f64::NEG_INFINITY,
        },
        event: |released| values(released)[0] >= 20,
        ..laplace()
    }
}

/// The same of blocks: the target's block says 10 where it would say 0, so the mean of eight is 1.25 or 0.
fn blocks() -> Audit {
    Audit {
        sql: "SELECT AVG(people) FROM sample",
        mapper: |rows| match rows.chunks(8).any(|bytes| bytes == 1_000_i64.to_le_bytes()) {
            true => 10.0,
            false => 0.0,
        },
        event: |released| mean(released) > 1.249,
        ..laplace()
    }
}

#[test]
fn what_a_hostile_mapper_tells_stays_under_the_charge() {
    let units: fn(&Released) -> bool = |released| values(released)[0] >= 10;
    let means: fn(&Released) -> bool = |released| mean(released) > 0.62;
    for (name, audit, gaussian) in [("units", mapper(), units), ("blocks", blocks(), means)] {
        let found = audit.run(RELEASES, None);
        assert!(found.epsilon <= 1.0, "{name}: {found:?}");
        assert!(
            found.epsilon > 0.7,
            "the audit must come near the charge: {name}: {found:?}"
        );
        let found = audit.run(FAULTY, Some(Fault::SensitivityHalved));
        assert!(found.epsilon > 1.0, "{name}: {found:?}");
        let audit = Audit {
            loss: rho(),
            event: gaussian,
            ..audit
        };
        let found = audit.run(RELEASES, None);
        assert!(found.rho <= 0.5 && found.rho > 0.2, "{name}: {found:?}");
    }
}

fn epsilon() -> LossRequest {
    LossRequest::Epsilon("1".parse().unwrap())
}

fn rho() -> LossRequest {
    LossRequest::Rho("0.5".parse().unwrap())
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
    for groups in [1, 3] {
        for loss in [epsilon(), rho()] {
            let found = keyset(loss, groups).run(FEWER, None);
            assert!(found.delta <= 0.1, "{found:?}");
            // Of Gaussian noise so few keys leave that nothing shows so soon; a key that nobody has never does.
            let least = if loss == epsilon() { 0.03 } else { 0.0 };
            assert!(found.delta >= least && found.without == 0.0, "{found:?}");
        }
    }
}

/// Noise is for a unit in all the groups it may be in: for one of them it would be too little.
#[test]
fn a_unit_in_many_groups_tells_no_more() {
    let found = laplace_of_three().run(FEWER, None);
    assert!(found.epsilon <= 1.0 && found.epsilon > 0.1, "{found:?}");
    let found = gaussian_of_three().run(FEWER, None);
    assert!(found.rho <= 0.5 && found.rho > 0.1, "{found:?}");
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
    let found = keyset(epsilon(), 1).run(FAULTY, Some(Fault::ThresholdOffByOne));
    assert!(found.delta > 0.1, "{found:?}");
    // Gaussian tails fall so fast that only some δ lie between two thresholds; this one does.
    let gaussian = Audit {
        delta: "0.03",
        ..keyset(rho(), 1)
    };
    let found = gaussian.run(2 * RELEASES, Some(Fault::ThresholdOffByOne));
    assert!(found.delta > 0.03, "{found:?}");
}
