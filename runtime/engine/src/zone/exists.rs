//! Correlated `[NOT] EXISTS` and `[NOT] IN`: semi and anti joins, under the rules of any other join.
//!
//! `EXISTS (SELECT … FROM t WHERE c)` keeps a row if some row of `t` meets `c`, which may name the outer
//! row's columns: `LEFT SEMI JOIN t ON c`. `NOT EXISTS` keeps it if none does: `LEFT ANTI JOIN`. `x IN (SELECT y
//! FROM t WHERE c)` is `EXISTS` with `x = y` beside `c`, where a null decides as false does. `x NOT IN` is `NOT EXISTS`
//! with `(x = y) IS NOT FALSE`: there a null keeps the row out, if any row meets `c`.

use super::{Node, Planner, internal, refuse};
use crate::reject::{Checked, Rule};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinConstraint, JoinType, NullEquality};
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, Join, LogicalPlan};
use std::sync::Arc;

/// A correlated subquery that is a join: the table it looks in, and what a row of it must meet.
struct Looked<'a> {
    table: &'a Arc<LogicalPlan>,
    conditions: Vec<Expr>,
    negated: bool,
}

impl Planner<'_> {
    /// The rows for which a correlated EXISTS or IN holds; `None` if the condition is neither.
    pub(super) fn correlated(
        &mut self,
        condition: &Expr,
        outer: &Arc<LogicalPlan>,
        node: &Node,
    ) -> Checked<Option<Node>> {
        let Some(looked) = looked(condition)? else {
            return Ok(None);
        };
        let kind = if looked.negated {
            JoinType::LeftAnti
        } else {
            JoinType::LeftSemi
        };
        let join = Join::try_new(
            Arc::clone(outer),
            Arc::clone(looked.table),
            Vec::new(),
            conjunction(looked.conditions),
            kind,
            JoinConstraint::On,
            NullEquality::NullEqualsNothing,
            false,
        )
        .map_err(internal)?;
        let inner = self.visit(looked.table)?;
        self.joined(&join, node.clone(), inner).map(Some)
    }
}

fn looked(condition: &Expr) -> Checked<Option<Looked<'_>>> {
    let (subquery, negated, equal) = match condition {
        Expr::Exists(asked) => (&asked.subquery, asked.negated, None),
        Expr::InSubquery(asked) => (&asked.subquery, asked.negated, Some(&asked.expr)),
        Expr::Not(inner) => match inner.as_ref() {
            Expr::InSubquery(asked) => (&asked.subquery, !asked.negated, Some(&asked.expr)),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    if subquery.outer_ref_columns.is_empty() {
        return Ok(None);
    }
    // What is selected does not matter to EXISTS; IN compares with the one column there is.
    let mut plan = &subquery.subquery;
    let mut selected = None;
    if let LogicalPlan::Projection(projection) = &**plan {
        selected = projection.expr.first();
        plan = &projection.input;
    }
    let (LogicalPlan::Filter(filter), true) = (&**plan, equal.is_none() || selected.is_some())
    else {
        return form();
    };
    let mut conditions = Vec::new();
    for part in split_conjunction(&filter.predicate) {
        conditions.push(inner_and_outer(part)?);
    }
    if let (Some(outer), Some(inner)) = (equal, selected) {
        let inner = inner_and_outer(unaliased(inner))?;
        let equal = outer.as_ref().clone().eq(inner);
        conditions.push(if negated { equal.is_not_false() } else { equal });
    }
    if filter.input.contains_outer_reference() {
        return form();
    }
    Ok(Some(Looked {
        table: &filter.input,
        conditions,
        negated,
    }))
}

fn form<T>() -> Checked<T> {
    refuse(
        Rule::Subquery,
        "correlated subquery",
        "write EXISTS (SELECT 1 FROM t WHERE t.unit = outer.unit AND …), with the outer columns in that WHERE alone",
    )
}

fn unaliased(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unaliased(&alias.expr),
        other => other,
    }
}

/// An expression over both tables, the outer one's columns under their own names.
fn inner_and_outer(expr: &Expr) -> Checked<Expr> {
    let own = expr.clone().transform(|e| {
        Ok(match e {
            Expr::OuterReferenceColumn(_, column) => Transformed::yes(Expr::Column(column)),
            other => Transformed::no(other),
        })
    });
    own.map(|t| t.data).map_err(internal)
}
