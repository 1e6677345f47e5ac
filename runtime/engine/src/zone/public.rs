//! Public inputs of private parts: what runs apart from them and before, and takes its place as a table.
//!
//! A public input may use released values. It is then read once the releases it stands on are drawn, and is
//! a constant to what comes after: the later release is bounded and charged as for any other constant,
//! whatever its value turns out to be. Its size must be known before anything is spent, so it has one
//! row, of values of a fixed size.

use super::recursion::{release_in_rounds, round_of};
use super::{Planner, internal, refuse};
use crate::reject::{Checked, Rule};
use crate::source::{self, Source};
use arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::{LogicalPlan, TableScan};

/// A public input of a private part.
#[derive(Debug, Clone)]
pub(crate) struct PublicInput {
    pub(crate) plan: LogicalPlan,
    /// Its columns that a join equates: rows that agree in all of them meet the same private rows.
    pub(crate) keys: Vec<usize>,
    /// Releases, the first so many, that are drawn before it is read; none, if it reads public tables alone.
    pub(crate) after: usize,
}

impl Planner<'_> {
    /// The table that takes the place of a public plan within a private part. `written` is the plan as it was
    /// before its releases were taken out.
    pub(super) fn public_input(
        &mut self,
        plan: LogicalPlan,
        written: &LogicalPlan,
        keys: Vec<usize>,
        rule: Rule,
    ) -> Checked<LogicalPlan> {
        let is_round =
            |scan: &TableScan| round_of(scan).is_some_and(|name| self.rounds.contains(&name));
        if holds(&plan, is_round)? {
            return release_in_rounds();
        }
        let is_release = |scan: &TableScan| {
            source::placeholder(scan).is_some_and(|p| matches!(p.source, Source::Release(_)))
        };
        let is_released = holds(&plan, is_release)?;
        let fields = plan.schema().fields();
        if is_released
            && !(at_most_one_row(written) && fields.iter().all(|f| is_fixed(f.data_type())))
        {
            return refuse(
                rule,
                "released table in a private part",
                "use one row of released numbers: aggregates without GROUP BY, or ORDER BY with LIMIT 1; or join above the release",
            );
        }
        // The same written twice (a CTE used twice) is read once, and what stands on it is one release.
        let same = |input: &PublicInput| input.plan == plan && input.keys == keys;
        let known = self.publics.iter().position(same);
        let number = known.unwrap_or(self.publics.len());
        let table = source::stand_in(Source::Public(number), plan.schema()).map_err(internal)?;
        if known.is_none() {
            self.publics.push(PublicInput {
                plan,
                keys,
                after: if is_released { self.releases.len() } else { 0 },
            });
        }
        Ok(table)
    }
}

fn is_fixed(kind: &DataType) -> bool {
    kind.is_numeric() || kind.is_temporal() || *kind == DataType::Boolean
}

/// Whether a plan has such a scan.
fn holds(plan: &LogicalPlan, is: impl Fn(&TableScan) -> bool) -> Checked<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found |= is(scan);
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(internal)?;
    Ok(found)
}

/// Whether the form of a plan shows that it has one row or none.
pub(super) fn at_most_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::Projection(p) => at_most_one_row(&p.input),
        LogicalPlan::SubqueryAlias(a) => at_most_one_row(&a.input),
        LogicalPlan::Filter(f) => at_most_one_row(&f.input),
        LogicalPlan::Sort(s) => at_most_one_row(&s.input) || s.fetch == Some(1),
        LogicalPlan::Limit(l) => {
            let fetch = l.fetch.as_deref().and_then(crate::total::constant);
            let most = fetch.as_ref().and_then(crate::total::integer);
            most.is_some_and(|n| (0..=1).contains(&n)) || at_most_one_row(&l.input)
        }
        LogicalPlan::Values(v) => v.values.len() <= 1,
        LogicalPlan::EmptyRelation(_) => true,
        LogicalPlan::TableScan(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::Distinct(_)
        | LogicalPlan::Unnest(_)
        | LogicalPlan::RecursiveQuery(_)
        | LogicalPlan::Extension(_)
        | LogicalPlan::Statement(_)
        | LogicalPlan::Explain(_)
        | LogicalPlan::Analyze(_)
        | LogicalPlan::Dml(_)
        | LogicalPlan::Ddl(_)
        | LogicalPlan::Copy(_)
        | LogicalPlan::DescribeTable(_) => false,
    }
}
