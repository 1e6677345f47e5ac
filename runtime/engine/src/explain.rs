//! What a query would do and cost, from metadata alone.

use irongate_policy::{Decimal, Loss, NamespaceId};
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

/// A loss as people write it; stored losses are integers.
fn loss(loss: &Loss) -> String {
    let decimal = |amount: u64, scale: u8| {
        Decimal::new(i128::from(amount), scale)
            .map_or_else(|_| amount.to_string(), |d| d.to_string())
    };
    let mut text = match loss.eps {
        Some(eps) => format!("ε {} (ρ {})", decimal(eps, 9), decimal(loss.rho, 9)),
        None => format!("ρ {}", decimal(loss.rho, 9)),
    };
    if loss.delta > 0 {
        text.push_str(&format!(", δ {}", decimal(loss.delta, 18)));
    }
    text
}

fn indented(f: &mut fmt::Formatter<'_>, plan: &str) -> fmt::Result {
    plan.lines().try_for_each(|line| writeln!(f, "    {line}"))
}

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (namespace, charge) in &self.charges {
            writeln!(f, "cost: {} in `{namespace}`", loss(charge))?;
        }
        if self.charges.is_empty() {
            writeln!(f, "cost: nothing, it reads public tables only")?;
        }
        for (i, release) in self.releases.iter().enumerate() {
            writeln!(f, "\nrelease {}, protecting one {}", i + 1, release.unit)?;
            write!(f, "{release}")?;
        }
        writeln!(f, "\nafter the release, at no cost")?;
        indented(f, &self.post_processing)
    }
}

impl fmt::Display for ExplainRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (c, m) = (&self.max_groups_per_unit, &self.max_rows_per_group);
        writeln!(f, "  it counts in at most {} groups (C: {})", c.0, c.1)?;
        writeln!(f, "  with at most {} rows in each (m: {})", m.0, m.1)?;
        for key in &self.keys {
            writeln!(f, "  key {key}")?;
        }
        match (self.dense_groups, &self.threshold) {
            (Some(groups), _) => writeln!(f, "  gives {groups} groups, whatever the data")?,
            (None, Some((units, delta))) => writeln!(
                f,
                "  gives groups with noisily at least {units} units, for δ {delta}"
            )?,
            (None, None) => {}
        }
        for sum in &self.mechanisms {
            writeln!(
                f,
                "  {}: clamped to [{}, {}], {} noise, 95 % of it within ±{}, for {}",
                sum.measure,
                sum.bounds.0,
                sum.bounds.1,
                sum.mechanism,
                rounded(sum.error_95),
                loss(&sum.loss)
            )?;
        }
        writeln!(
            f,
            "  reads at most {} rows, in at most {} MiB",
            self.rows_at_most,
            self.memory_at_most.div_ceil(1 << 20)
        )?;
        writeln!(f, "  private plan")?;
        indented(f, &self.private_plan)
    }
}

/// An error for reading: four digits that tell.
fn rounded(error: f64) -> String {
    if error >= 1000.0 {
        format!("{error:.0}")
    } else if error >= 1.0 {
        format!("{error:.2}")
    } else {
        format!("{error:.6}")
    }
}
