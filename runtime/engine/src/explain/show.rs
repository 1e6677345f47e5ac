//! The plan as a tree for reading; as JSON it is its fields.

use super::{Explain, ExplainMechanism, ExplainOutput, ExplainRelease};
use irongate_policy::{Decimal, Loss};
use std::fmt;

/// A line and what stands under it.
struct Tree {
    line: String,
    under: Vec<Self>,
}

impl Tree {
    fn leaf(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            under: Vec::new(),
        }
    }

    fn node(line: impl Into<String>, under: Vec<Self>) -> Self {
        Self {
            line: line.into(),
            under,
        }
    }

    /// A plan of the SQL engine, as it indents it.
    fn plan(line: &str, plan: &str) -> Self {
        Self::node(line, plan.lines().map(Self::leaf).collect())
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, before: &str) -> fmt::Result {
        for (i, child) in self.under.iter().enumerate() {
            let is_last = i + 1 == self.under.len();
            let (branch, below) = if is_last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            writeln!(f, "{before}{branch}{}", child.line)?;
            child.write(f, &format!("{before}{below}"))?;
        }
        Ok(())
    }
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

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (namespace, charge) in &self.charges {
            writeln!(
                f,
                "cost: {} in `{namespace}`, to its account and those of operator, scenario and job under it",
                loss(charge)
            )?;
        }
        if self.charges.is_empty() {
            writeln!(f, "cost: nothing, it reads public tables only")?;
        }
        let mut under = vec![Tree::plan(
            "public: above the releases, at no cost",
            &self.post_processing,
        )];
        under.extend(
            self.releases
                .iter()
                .enumerate()
                .map(|(i, r)| r.tree(&format!("release {}, protecting one {}", i + 1, r.unit))),
        );
        writeln!(f, "query")?;
        Tree::node("query", under).write(f, "")
    }
}

impl ExplainRelease {
    fn tree(&self, line: &str) -> Tree {
        let (c, m) = (&self.max_groups_per_unit, &self.max_rows_per_group);
        let values = match &self.max_values_per_group {
            Some((most, from)) => format!(" and {most} distinct values (L: {from})"),
            None => String::new(),
        };
        let mut under = vec![Tree::leaf(format!(
            "it counts in at most {} groups (C: {}), with at most {} rows in each (m: {}){values}",
            c.0, c.1, m.0, m.1
        ))];
        let groups = match (self.dense_groups, &self.threshold) {
            (Some(groups), _) => format!("gives {groups} groups, whatever the data"),
            (None, Some((units, delta))) => {
                format!("gives groups with noisily at least {units} units, for δ {delta}")
            }
            (None, None) => "gives groups".to_owned(),
        };
        let keys = self.keys.iter().map(|key| Tree::leaf(format!("key {key}")));
        under.push(Tree::node(groups, keys.collect()));
        let sums = self.mechanisms.iter().enumerate();
        under.push(Tree::node(
            "noisy sums",
            sums.map(|(i, sum)| sum.tree(i + 1)).collect(),
        ));
        under.push(Tree::node(
            "aggregates, in the order of shares and accuracies",
            self.outputs.iter().map(ExplainOutput::tree).collect(),
        ));
        under.push(Tree::leaf(format!(
            "bounds at most {} rows; groups and distinct values take at most {} MiB",
            self.rows_at_most,
            self.memory_at_most.div_ceil(1 << 20)
        )));
        under.push(Tree::plan(
            &format!(
                "private: each row depends on public data and one {}'s rows alone",
                self.unit
            ),
            &self.private_plan,
        ));
        Tree::node(line, under)
    }
}

impl ExplainMechanism {
    fn tree(&self, number: usize) -> Tree {
        let (name, norm) = match self.mechanism {
            "gaussian" => ("σ", "L2"),
            _ => ("b", "L1"),
        };
        let step = match self.scale {
            0 => String::new(),
            digits => format!(", in steps of 1e-{digits}"),
        };
        Tree::node(
            format!(
                "{number}. {}: 95 % of its noise within ±{}, for {}",
                self.measure,
                rounded(self.error_95),
                loss(&self.loss)
            ),
            vec![Tree::leaf(format!(
                "each in [{}, {}], {}; {norm} sensitivity {}; {} noise, {name} = {}{step}",
                self.bounds.0,
                self.bounds.1,
                self.bounds_from,
                rounded(self.sensitivity),
                self.mechanism,
                rounded(self.noise_scale),
            ))],
        )
    }
}

impl ExplainOutput {
    fn tree(&self) -> Tree {
        let sums: Vec<String> = self.sums.iter().map(usize::to_string).collect();
        let (of, error) = match self.error_95 {
            Some(error) => (
                format!("sum {}", sums.join(", ")),
                format!("±{}", rounded(error)),
            ),
            None => {
                let by_rows = self.error_95_of_rows.iter();
                let by_rows =
                    by_rows.map(|e| format!("±{} of {} rows", rounded(e.error_95), e.rows));
                let by_rows: Vec<String> = by_rows.collect();
                let error = if by_rows.is_empty() {
                    "its interval comes with the answer".to_owned()
                } else {
                    by_rows.join(", ")
                };
                (format!("computed from sums {}", sums.join(", ")), error)
            }
        };
        let instead = self
            .instead
            .map_or_else(String::new, |text| format!(" ({text})"));
        let clamped = match &self.bounds {
            Some((lo, hi)) => format!(", values clamped to [{lo}, {hi}]"),
            None => String::new(),
        };
        Tree::leaf(format!(
            "{}. {}{instead}{clamped}: {of}; {error}",
            self.number, self.written
        ))
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
