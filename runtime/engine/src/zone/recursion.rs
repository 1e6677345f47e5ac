//! `WITH RECURSIVE` over released and public tables.
//!
//! A recursion reads itself round after round, so nothing private may stand in it: a release is drawn once,
//! before. A table that was released for its first term, or before it, may be read again in each round. How often it
//! goes round and how many rows it makes are limits of the run; texts that grow in each round have theirs here.

use super::deterministic::lengthens;
use super::{Node, Planner, Zone, internal, refuse};
use crate::reject::{Checked, Rule};
use crate::total::{Known, constant, integer};
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::functions::unicode;
use datafusion::logical_expr::{Expr, LogicalPlan, RecursiveQuery, TableScan};
use std::sync::Arc;

/// Most characters that a text may keep from one round to the next.
const MAX_KEPT: i128 = 1_000;

impl Planner<'_> {
    pub(super) fn recursion(&mut self, query: &RecursiveQuery) -> Checked<Node> {
        let first = self.visit(&query.static_term)?;
        let before = (self.releases.len(), self.publics.len());
        self.rounds.push(query.name.clone());
        let next = self.visit(&query.recursive_term)?;
        self.rounds.pop();
        if first.zone != Zone::Public || next.zone != Zone::Public {
            return refuse(
                Rule::UnitLocality,
                "WITH RECURSIVE over rows of a protected table",
                "aggregate first: a recursion is over released and public tables",
            );
        }
        if before != (self.releases.len(), self.publics.len()) {
            return release_in_rounds();
        }
        if references(&query.recursive_term, &query.name)? != 1 {
            return refuse(
                Rule::Statement,
                "WITH RECURSIVE that names itself several times",
                "name the recursion once, in FROM of its second term, outside other recursions",
            );
        }
        grows(&query.recursive_term)?;
        let plan = RecursiveQuery::try_new(
            query.name.clone(),
            Arc::new(first.plan),
            Arc::new(next.plan),
            query.is_distinct,
        )
        .map_err(internal)?;
        Ok(Node {
            columns: vec![Known::default(); plan.schema.fields().len()],
            plan: LogicalPlan::RecursiveQuery(plan),
            zone: Zone::Public,
            unique: None,
        })
    }
}

/// A release that each round would draw anew, or that a round decides.
pub(super) fn release_in_rounds<T>() -> Checked<T> {
    refuse(
        Rule::UnitLocality,
        "WITH RECURSIVE with a release in its second term",
        "release in the first term, or before: what is drawn there may be read again in the second",
    )
}

/// The name of the recursion whose last round a scan reads.
pub(crate) fn round_of(scan: &TableScan) -> Option<String> {
    let provider = source_as_provider(&scan.source).ok()?;
    let any: &dyn std::any::Any = provider.as_ref();
    let table = any.downcast_ref::<CteWorkTable>()?;
    Some(table.name().to_owned())
}

/// How often a plan reads the last round of a recursion; a second time within the rounds of another, where it would
/// be read again and again, but is there once. The engine tells recursions apart by name alone.
fn references(plan: &LogicalPlan, name: &str) -> Checked<usize> {
    let (mut found, mut again) = (0, 0);
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found += usize::from(round_of(scan).is_some_and(|of| of == name));
        }
        if let LogicalPlan::RecursiveQuery(inner) = node {
            again += references(&inner.recursive_term, name).unwrap_or(1);
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(internal)?;
    Ok(found + again)
}

/// Refuses texts that each round may make longer, but where they are cut.
fn grows(plan: &LogicalPlan) -> Checked<()> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|e| {
                found |= lengthens(e);
                Ok(if is_cut(e) {
                    TreeNodeRecursion::Jump
                } else {
                    TreeNodeRecursion::Continue
                })
            })
        })
    })
    .map_err(internal)?;
    if found {
        return refuse(
            Rule::Size,
            "WITH RECURSIVE whose texts grow",
            "cut it in each round: LEFT(a || b, n), with a constant n up to 1000",
        );
    }
    Ok(())
}

fn is_cut(expr: &Expr) -> bool {
    let Expr::ScalarFunction(call) = expr else {
        return false;
    };
    let most = call.args.get(1).and_then(constant);
    let most = most.as_ref().and_then(integer);
    *call.func == *unicode::left() && most.is_some_and(|n| (0..=MAX_KEPT).contains(&n))
}
