//! What a query would do and cost, from metadata alone.

use irongate_policy::{Loss, NamespaceId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The bounded plan of a statement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explain {
    /// The releases, in the order they run.
    pub releases: Vec<ExplainRelease>,
    /// The plan above the releases.
    pub post_processing: String,
    /// What each namespace is charged.
    pub charges: BTreeMap<NamespaceId, Loss>,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainRelease {
    /// The privacy unit's namespace.
    pub unit: NamespaceId,
    /// The private part, below the release.
    pub private_plan: String,
    /// Group keys, each with where its values come from.
    pub keys: Vec<String>,
    /// C and where it came from.
    pub max_groups_per_unit: (u32, &'static str),
    /// m and where it came from.
    pub max_rows_per_group: (u32, &'static str),
    /// Groups of a dense output; `None` when keys are thresholded.
    pub dense_groups: Option<u64>,
    /// Units a tuple needs (noisily) to be released, with the δ it costs.
    pub threshold: Option<(i64, String)>,
    /// Upper bound of the rows read, public.
    pub rows_at_most: u64,
    /// Upper bound of the memory of bounding, bytes, public.
    pub memory_at_most: u64,
    /// One for each noisy sum.
    pub mechanisms: Vec<ExplainMechanism>,
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

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "public: post-processing")?;
        for line in self.post_processing.lines() {
            writeln!(f, "  {line}")?;
        }
        for (i, r) in self.releases.iter().enumerate() {
            writeln!(f, "release {i} over unit {}", r.unit)?;
            writeln!(
                f,
                "  C = {} ({}), m = {} ({})",
                r.max_groups_per_unit.0,
                r.max_groups_per_unit.1,
                r.max_rows_per_group.0,
                r.max_rows_per_group.1
            )?;
            for key in &r.keys {
                writeln!(f, "  key {key}")?;
            }
            match (r.dense_groups, &r.threshold) {
                (Some(n), _) => writeln!(f, "  dense: {n} groups")?,
                (None, Some((t, delta))) => {
                    writeln!(f, "  thresholded: at least {t} units, delta {delta}")?
                }
                (None, None) => {}
            }
            for m in &r.mechanisms {
                writeln!(
                    f,
                    "  {}: {} noise, clamp [{}, {}], sensitivity {} and scale {} at 10^-{}, 95 % within ±{}, eps {:?} rho {} (nano)",
                    m.measure,
                    m.mechanism,
                    m.bounds.0,
                    m.bounds.1,
                    m.sensitivity,
                    m.noise_scale,
                    m.scale,
                    m.error_95,
                    m.loss.eps,
                    m.loss.rho
                )?;
            }
            writeln!(
                f,
                "  at most {} rows, {} bytes",
                r.rows_at_most, r.memory_at_most
            )?;
            writeln!(f, "  private:")?;
            for line in r.private_plan.lines() {
                writeln!(f, "    {line}")?;
            }
        }
        for (namespace, loss) in &self.charges {
            writeln!(
                f,
                "charge {namespace}: eps {:?} rho {} delta {} (nano, nano, atto)",
                loss.eps, loss.rho, loss.delta
            )?;
        }
        Ok(())
    }
}
