//! How large a statement is once everything it shares is written out.
//!
//! A common table costs a few words for each use. Planner and optimiser walk it once for each use, and put
//! expressions in the place of the columns they are named by. Both double with each level of a chain, so
//! they are counted before either begins.

use crate::reject::{Checked, Rejection, Rule};
use datafusion::common::Column;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::functions::regex;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};
use datafusion::sql::sqlparser::ast::{ObjectName, Query, Visit as _, Visitor};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Most tables and sub-queries of a statement, each counted as often as it is used.
pub const MAX_TABLES: u64 = 1_000;
/// Most nodes of a plan, each counted as often as it is used. Fifty times what a page of SQL has; their
/// optimisation takes a second or so.
pub const MAX_PLAN_NODES: usize = 4_000;
/// Most parts of all expressions of a plan, with each column written out as what it stands for. A
/// thousand-term sum has two thousand; optimising this many takes a second or two.
pub const MAX_PLAN_PARTS: u64 = 50_000;

/// Most regular expressions of a plan, each counted as often as it is used: a long text is searched for each,
/// and each is compiled.
const MAX_PATTERNS: usize = 32;

/// Refuses a statement that is too large to be planned.
pub(super) fn is_small(query: &Query) -> Checked<()> {
    let mut tables = Tables::default();
    match query.visit(&mut tables) {
        ControlFlow::Continue(()) | ControlFlow::Break(()) => {}
    }
    if tables.all > MAX_TABLES {
        return Err(refused(&format!(
            "use sub-queries and common tables less often: together they read over {MAX_TABLES} tables"
        )));
    }
    Ok(())
}

/// Counts what queries read; a common table is what its own query reads.
#[derive(Default)]
struct Tables {
    open: Vec<Open>,
    /// Of the largest query.
    all: u64,
}

/// A query whose end was not reached yet.
#[derive(Default)]
struct Open {
    /// What it read so far.
    reads: u64,
    /// Its common tables' own queries, by name.
    queries: Vec<(String, *const Query)>,
    /// What its common tables read.
    common: HashMap<String, u64>,
}

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let common = query.with.iter().flat_map(|with| &with.cte_tables);
        self.open.push(Open {
            reads: 1,
            queries: common
                .map(|table| {
                    let name = table.alias.name.value.to_lowercase();
                    (name, std::ptr::from_ref::<Query>(&table.query))
                })
                .collect(),
            ..Open::default()
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let reads = self.open.pop().map_or(0, |open| open.reads);
        self.all = self.all.max(reads);
        if let Some(outer) = self.open.last_mut() {
            let named = outer
                .queries
                .iter()
                .find(|(_, common)| std::ptr::eq(*common, query));
            match named {
                Some((name, _)) => {
                    outer.common.insert(name.clone(), reads);
                }
                None => outer.reads = outer.reads.saturating_add(reads),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = relation.to_string().replace('"', "").to_lowercase();
        let common = self
            .open
            .iter()
            .rev()
            .find_map(|open| open.common.get(&name));
        let reads = common.copied().unwrap_or(1);
        if let Some(open) = self.open.last_mut() {
            open.reads = open.reads.saturating_add(reads);
        }
        ControlFlow::Continue(())
    }
}

/// Refuses a plan that is too large to be optimised.
pub(super) fn fits(plan: &LogicalPlan) -> Checked<()> {
    let mut nodes = 0;
    count(plan, &mut nodes);
    if nodes > MAX_PLAN_NODES {
        return Err(refused(&format!(
            "use sub-queries and common tables less often: together they come to over {MAX_PLAN_NODES} steps"
        )));
    }
    if patterns_of(plan) > MAX_PATTERNS {
        return Err(refused(&format!(
            "match fewer regular expressions: with each use of a common table, they are over {MAX_PATTERNS}; | joins several in one"
        )));
    }
    let mut parts = Parts::default();
    parts.of_plan(plan);
    if parts.all > MAX_PLAN_PARTS {
        return Err(refused(&format!(
            "use computed columns less often: written out, they come to over {MAX_PLAN_PARTS} parts"
        )));
    }
    Ok(())
}

fn refused(instead: &str) -> Rejection {
    Rejection::new(Rule::Limit, "statement", instead)
}

/// Counts nodes, and stops soon after there are too many.
fn count(plan: &LogicalPlan, nodes: &mut usize) {
    let walked = plan.apply_with_subqueries(|_| {
        *nodes += 1;
        Ok(if *nodes > MAX_PLAN_NODES {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    });
    if walked.is_err() {
        *nodes = usize::MAX;
    }
}

/// How many regular expressions a plan matches.
fn patterns_of(plan: &LogicalPlan) -> usize {
    let mut found = 0_usize;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found = found.saturating_add(patterns(expr));
            Ok(TreeNodeRecursion::Continue)
        })
    });
    if walked.is_err() { usize::MAX } else { found }
}

/// How many regular expressions an expression matches.
pub(crate) fn patterns(expr: &Expr) -> usize {
    let mut found = 0;
    let walked = expr.apply(|e| {
        found += usize::from(is_pattern(e));
        Ok(TreeNodeRecursion::Continue)
    });
    if walked.is_err() { usize::MAX } else { found }
}

fn is_pattern(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(binary) => matches!(
            binary.op,
            Operator::RegexMatch
                | Operator::RegexIMatch
                | Operator::RegexNotMatch
                | Operator::RegexNotIMatch
        ),
        Expr::ScalarFunction(call) => *call.func == *regex::regexp_like(),
        _ => false,
    }
}

#[derive(Default)]
struct Parts {
    /// Of all expressions so far.
    all: u64,
    /// Of the heaviest column so far: what a reference to an outer query may stand for.
    heaviest: u64,
}

impl Parts {
    /// The parts of each output column.
    fn of_plan(&mut self, plan: &LogicalPlan) -> Vec<u64> {
        let inputs: Vec<(&LogicalPlan, Vec<u64>)> = plan
            .inputs()
            .into_iter()
            .map(|input| (input, self.of_plan(input)))
            .collect();
        let exprs: Vec<u64> = plan
            .expressions()
            .iter()
            .map(|expr| self.of_expr(expr, &inputs))
            .collect();
        let width = plan.schema().fields().len();
        let passed: Vec<u64> = inputs
            .iter()
            .flat_map(|(_, parts)| parts)
            .copied()
            .collect();
        let columns = match plan {
            LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_) => exprs,
            // Each branch gives every column.
            LogicalPlan::Union(_) => (0..width)
                .map(|i| {
                    let of = |(_, parts): &(&LogicalPlan, Vec<u64>)| parts.get(i).copied();
                    inputs.iter().filter_map(of).max().unwrap_or(1)
                })
                .collect(),
            LogicalPlan::Window(_) => passed.into_iter().chain(exprs).collect(),
            _ => passed,
        };
        let columns = if columns.len() == width {
            columns
        } else {
            // Semi-joins, grouping sets and whatever else reorders columns: none is heavier than this.
            let most = columns.iter().copied().max().unwrap_or(1);
            vec![most; width]
        };
        self.heaviest = columns.iter().copied().fold(self.heaviest, u64::max);
        columns
    }

    fn of_expr(&mut self, expr: &Expr, inputs: &[(&LogicalPlan, Vec<u64>)]) -> u64 {
        let mut parts = 0_u64;
        let walked = expr.apply(|e| {
            let here = match e {
                Expr::Column(column) => of_column(column, inputs),
                Expr::OuterReferenceColumn(..) => self.heaviest.max(1),
                Expr::ScalarSubquery(subquery) => self.of_subquery(&subquery.subquery),
                Expr::InSubquery(within) => self.of_subquery(&within.subquery.subquery),
                Expr::Exists(exists) => self.of_subquery(&exists.subquery.subquery),
                Expr::SetComparison(set) => self.of_subquery(&set.subquery.subquery),
                _ => 1,
            };
            parts = parts.saturating_add(here);
            Ok(TreeNodeRecursion::Continue)
        });
        if walked.is_err() {
            parts = u64::MAX;
        }
        self.all = self.all.saturating_add(parts);
        parts
    }

    fn of_subquery(&mut self, plan: &LogicalPlan) -> u64 {
        self.of_plan(plan).into_iter().fold(1, u64::saturating_add)
    }
}

fn of_column(column: &Column, inputs: &[(&LogicalPlan, Vec<u64>)]) -> u64 {
    inputs
        .iter()
        .find_map(|(plan, parts)| {
            let at = plan.schema().index_of_column(column).ok()?;
            parts.get(at).copied()
        })
        .unwrap_or(1)
}
