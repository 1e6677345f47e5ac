//! The job's way to the gate: questions and outputs.

use crate::{Decimal, Error, Result, Row, Table};

/// How a question may spend, as the gate takes it. Numbers are decimal strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The loss as ε, for Laplace noise.
    pub epsilon: Option<String>,
    /// The loss as ρ of zCDP, for Gaussian noise.
    pub rho: Option<String>,
    /// δ, for groups whose keys have no declared domain.
    pub delta: Option<String>,
    /// The most groups one unit contributes to (C).
    pub max_groups_per_unit: Option<u32>,
    /// The most rows one unit contributes to a group (m).
    pub max_rows_per_group: Option<u32>,
    /// The most distinct values one unit contributes to a group (L).
    pub max_values_per_group: Option<u32>,
    /// How near 95 % of the noise is to be to each COUNT and SUM: one number for all, or one for each.
    pub accuracy: Vec<String>,
    /// Weights by which the loss is divided over the aggregates.
    pub shares: Vec<u32>,
}

/// What answers a job: the gate, or the native harness.
pub trait Gate {
    /// Answers a question.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Rejected`] or [`Error::Failed`].
    fn query(&mut self, sql: &str, options: &Options) -> Result<Table>;

    /// Takes an output.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Rejected`] or [`Error::Failed`].
    fn output(&mut self, name: &str, table: Table) -> Result<()>;
}

/// What a job works with.
pub struct Context {
    gate: Box<dyn Gate>,
}

impl Context {
    /// A context over something that answers.
    pub fn new(gate: impl Gate + 'static) -> Self {
        Self {
            gate: Box::new(gate),
        }
    }

    /// Begins a question; [`Query::table`] or [`Query::rows`] asks it.
    pub fn query(&mut self, sql: impl Into<String>) -> Query<'_> {
        Query {
            context: self,
            sql: sql.into(),
            options: Options::default(),
        }
    }

    /// Hands over a declared output. Columns and types must be those of the manifest.
    ///
    /// # Errors
    /// [`Error::Rejected`] says how the table differs from the manifest.
    pub fn emit(&mut self, name: &str, table: Table) -> Result<()> {
        self.gate.output(name, table)
    }
}

/// A question being put together.
#[must_use = "a question is asked by `table` or `rows`"]
pub struct Query<'c> {
    context: &'c mut Context,
    sql: String,
    options: Options,
}

impl Query<'_> {
    /// Spends this much ε (Laplace noise), as a decimal: `"0.1"`.
    pub fn epsilon(mut self, epsilon: impl Into<String>) -> Self {
        self.options.epsilon = Some(epsilon.into());
        self
    }

    /// Spends this much ρ of zCDP (Gaussian noise), as a decimal: `"0.01"`.
    pub fn rho(mut self, rho: impl Into<String>) -> Self {
        self.options.rho = Some(rho.into());
        self
    }

    /// Spends this much δ, for groups whose keys have no declared domain: `"0.0000001"`.
    pub fn delta(mut self, delta: impl Into<String>) -> Self {
        self.options.delta = Some(delta.into());
        self
    }

    /// One unit contributes to at most so many groups (C).
    pub fn max_groups_per_unit(mut self, groups: u32) -> Self {
        self.options.max_groups_per_unit = Some(groups);
        self
    }

    /// One unit contributes at most so many rows to a group (m).
    pub fn max_rows_per_group(mut self, rows: u32) -> Self {
        self.options.max_rows_per_group = Some(rows);
        self
    }

    /// One unit contributes at most so many distinct values to a group (L), where they are counted.
    pub fn max_values_per_group(mut self, values: u32) -> Self {
        self.options.max_values_per_group = Some(values);
        self
    }

    /// Spends no more than it takes for 95 % of the noise to be within this of each COUNT and SUM: one number
    /// for all, or one for each, as `["50"]`. The ε or ρ is then the most that may be spent.
    pub fn accuracy(mut self, within: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.accuracy = within.into_iter().map(Into::into).collect();
        self
    }

    /// Divides the loss over the aggregates by these weights, in their order.
    pub fn shares(mut self, weights: impl IntoIterator<Item = u32>) -> Self {
        self.options.shares = weights.into_iter().collect();
        self
    }

    /// Asks, and gives the released table.
    ///
    /// # Errors
    /// [`Error::Rejected`] before anything is asked, if the options do not fit together; and what
    /// the gate says.
    pub fn table(self) -> Result<Table> {
        check(&self.options)?;
        self.context.gate.query(&self.sql, &self.options)
    }

    /// Asks, and gives the released rows.
    ///
    /// # Errors
    /// As [`Query::table`]; [`Error::Guest`] if the table's columns are not those of `R`.
    pub fn rows<R: Row>(self) -> Result<Vec<R>> {
        self.table()?.rows()
    }
}

/// The gate checks again; here the mistake is found without a gate.
fn check(options: &Options) -> Result<()> {
    match (&options.epsilon, &options.rho) {
        (Some(_), None) | (None, Some(_)) => {}
        _ => {
            return Err(Error::Rejected(
                "give a question exactly one of `epsilon` and `rho`".into(),
            ));
        }
    }
    if !options.accuracy.is_empty() && !options.shares.is_empty() {
        return Err(Error::Rejected(
            "give a question at most one of `accuracy` and `shares`".into(),
        ));
    }
    let numbers = [
        ("epsilon", &options.epsilon),
        ("rho", &options.rho),
        ("delta", &options.delta),
    ];
    let numbers = numbers
        .iter()
        .flat_map(|(name, number)| number.iter().map(|text| (*name, text)));
    let wanted = options.accuracy.iter().map(|text| ("accuracy", text));
    for (name, text) in numbers.chain(wanted) {
        let number: Decimal = text
            .parse()
            .map_err(|cause| Error::Rejected(format!("{name}: {cause}")))?;
        if number.units() < 0 || (number.units() == 0 && name != "delta") {
            return Err(Error::Rejected(format!(
                "{name}: write a number above zero"
            )));
        }
    }
    let bounds = [
        options.max_groups_per_unit,
        options.max_rows_per_group,
        options.max_values_per_group,
    ];
    if bounds.contains(&Some(0)) {
        return Err(Error::Rejected(
            "a unit contributes to at least one group with at least one row and value".into(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_fit_together() {
        let with = |epsilon: Option<&str>, rho: Option<&str>, groups| Options {
            epsilon: epsilon.map(Into::into),
            rho: rho.map(Into::into),
            max_groups_per_unit: groups,
            ..Options::default()
        };
        assert_eq!(check(&with(Some("0.1"), None, Some(1))), Ok(()));
        assert_eq!(check(&with(None, Some("1"), None)), Ok(()));
        for bad in [
            with(None, None, None),
            with(Some("1"), Some("1"), None),
            with(Some("0"), None, None),
            with(None, Some("-1"), None),
            with(None, Some("1e-3"), None),
            with(None, Some("1"), Some(0)),
        ] {
            assert!(matches!(check(&bad), Err(Error::Rejected(_))), "{bad:?}");
        }
    }

    #[test]
    fn accuracy_and_shares_exclude_each_other() {
        let with = |accuracy: &[&str], shares: &[u32], values| Options {
            rho: Some("1".into()),
            accuracy: accuracy.iter().map(|text| (*text).to_owned()).collect(),
            shares: shares.to_vec(),
            max_values_per_group: values,
            ..Options::default()
        };
        assert_eq!(check(&with(&["50", "2.5"], &[], Some(1))), Ok(()));
        assert_eq!(check(&with(&[], &[2, 1], None)), Ok(()));
        for bad in [
            with(&["50"], &[1], None),
            with(&["0"], &[], None),
            with(&["about 50"], &[], None),
            with(&[], &[], Some(0)),
        ] {
            assert!(matches!(check(&bad), Err(Error::Rejected(_))), "{bad:?}");
        }
    }
}
