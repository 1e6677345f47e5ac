//! `IN` and `NOT IN` of a public table, once that table has been read.
//!
//! A null in the table keeps every row out. The engine finds it while it joins, and to do so holds the private
//! rows of all units. The table is known by then, so whether it holds a null is decided here: what is left is a plain
//! anti join, whose public side can be the one held.
//!
//! Within other conditions the engine makes a mark of it, which is never null; in a column or an argument it makes
//! nothing of it, so the mark is joined here. What it should be where the value or one of the table's is null is written
//! around the mark.

use super::inputs::Publics;
use crate::source::{self, RESERVED};
use arrow::array::Array;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, JoinType, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, LogicalPlanBuilder, lit, when};

/// The column of a mark join that tells whether a row was found.
const MARK: &str = "mark";

/// A private plan that asks tables of public values in ways that the engine answers exactly.
pub(super) fn decided(plan: &LogicalPlan, publics: &Publics) -> Result<LogicalPlan> {
    let mut joins = 0;
    plan.clone()
        .transform_up(|node| {
            let asks = |e: &Expr| Ok(matches!(e, Expr::InSubquery(_)));
            let mut asked = false;
            for expr in node.expressions() {
                asked |= expr.exists(asks)?;
            }
            Ok(match &node {
                _ if !asked => Transformed::no(node),
                LogicalPlan::Filter(filter) => {
                    Transformed::yes(filtered(filter, publics, &mut joins)?)
                }
                _ => Transformed::yes(valued(&node, publics, &mut joins)?),
            })
        })
        .data()
}

/// A filter of which what joins can decide is decided by joins.
fn filtered(filter: &Filter, publics: &Publics, joins: &mut usize) -> Result<LogicalPlan> {
    let conditions = split_conjunction(&filter.predicate);
    let mut rest = Vec::new();
    let mut rows = LogicalPlanBuilder::from(filter.input.as_ref().clone());
    for condition in conditions {
        match absent(condition, publics) {
            // A semi join.
            None if matches!(condition, Expr::InSubquery(_)) => {
                rest.push(condition.clone());
            }
            None => rest.push(with_nulls(condition, publics)?),
            Some((_, Values::None)) => {}
            Some((_, Values::WithNull)) => rest.push(lit(false)),
            Some((asked, Values::Plain)) => {
                *joins += 1;
                rows = without(rows, asked, *joins)?;
            }
        }
    }
    if let Some(rest) = conjunction(rest) {
        rows = rows.filter(rest)?;
    }
    rows.build()
}

/// A projection or an aggregate, over rows with a mark for each table that its expressions ask.
fn valued(node: &LogicalPlan, publics: &Publics, joins: &mut usize) -> Result<LogicalPlan> {
    let inputs = node.inputs();
    let [input] = inputs.as_slice() else {
        return plan_err!("IN in a node that has not one input");
    };
    let mut rows = (*input).clone();
    let names = NamePreserver::new(node);
    let mut exprs = Vec::new();
    for expr in node.expressions() {
        let name = names.save(&expr);
        let marked = expr.transform_up(|expr| {
            let Expr::InSubquery(asked) = expr else {
                return Ok(Transformed::no(expr));
            };
            // Of a table that is not there yet, the form of the plan is all that is looked at.
            let values = values(&asked, publics).unwrap_or(Values::Plain);
            *joins += 1;
            let (marked, mark) = with_mark(rows.clone(), &asked, *joins)?;
            rows = marked;
            Ok(Transformed::yes(found(&asked, values, mark)?))
        });
        exprs.push(name.restore(marked.data()?));
    }
    node.with_new_exprs(exprs, vec![rows])
}

/// The rows, and for each whether its value is among the table's.
fn with_mark(rows: LogicalPlan, asked: &InSubquery, number: usize) -> Result<(LogicalPlan, Expr)> {
    let (table, value) = named(asked, number)?;
    let mark = Column::new(value.relation.clone(), MARK);
    let rows = LogicalPlanBuilder::from(rows).join_with_expr_keys(
        table,
        JoinType::LeftMark,
        (vec![asked.expr.as_ref().clone()], vec![Expr::Column(value)]),
        None,
    )?;
    Ok((rows.build()?, Expr::Column(mark)))
}

/// The table under a name that no author can write, and its column of values.
fn named(asked: &InSubquery, number: usize) -> Result<(LogicalPlan, Column)> {
    let name = format!("{RESERVED}asked_{number}");
    let table = LogicalPlanBuilder::from(asked.subquery.subquery.as_ref().clone());
    let table = table.alias(name.as_str())?.build()?;
    let value = Column::new(Some(name), table.schema().field(0).name());
    Ok((table, value))
}

/// What a table holds.
enum Values {
    None,
    WithNull,
    Plain,
}

/// The `NOT IN` of a public table, if the condition is one.
fn absent<'a>(condition: &'a Expr, publics: &Publics) -> Option<(&'a InSubquery, Values)> {
    let asked = match condition {
        Expr::InSubquery(asked) if asked.negated => asked,
        Expr::Not(inner) => match inner.as_ref() {
            Expr::InSubquery(asked) if !asked.negated => asked,
            _ => return None,
        },
        _ => return None,
    };
    Some((asked, values(asked, publics)?))
}

/// What the table that is asked holds, if it is known.
fn values(asked: &InSubquery, publics: &Publics) -> Option<Values> {
    let table = publics.get(&source::public(&asked.subquery.subquery)?)?;
    Some(match table.columns().first()? {
        none if none.is_empty() => Values::None,
        some if some.logical_null_count() > 0 => Values::WithNull,
        _ => Values::Plain,
    })
}

/// A condition with the nulls that `IN` and `NOT IN` in it have.
fn with_nulls(condition: &Expr, publics: &Publics) -> Result<Expr> {
    let asked_in = |expr: Expr| {
        let Expr::InSubquery(asked) = expr else {
            return Ok(Transformed::no(expr));
        };
        let Some(values) = values(&asked, publics) else {
            return Ok(Transformed::no(Expr::InSubquery(asked)));
        };
        let mark = Expr::InSubquery(InSubquery {
            negated: false,
            ..asked.clone()
        });
        Ok(Transformed::yes(found(&asked, values, mark)?))
    };
    condition.clone().transform_up(asked_in).data()
}

/// What `IN` or `NOT IN` is, where a mark tells whether the value is among the table's.
fn found(asked: &InSubquery, values: Values, mark: Expr) -> Result<Expr> {
    let null = || lit(ScalarValue::Boolean(None));
    let found = !asked.negated;
    let otherwise = match values {
        Values::None => return Ok(lit(!found)),
        Values::WithNull => null(),
        Values::Plain => lit(!found),
    };
    when(asked.expr.as_ref().clone().is_null(), null())
        .when(mark, lit(found))
        .otherwise(otherwise)
}

/// The rows whose value is none of the table's; those without a value are not.
fn without(
    rows: LogicalPlanBuilder,
    asked: &InSubquery,
    number: usize,
) -> Result<LogicalPlanBuilder> {
    let (table, value) = named(asked, number)?;
    let sought = asked.expr.as_ref().clone();
    rows.filter(sought.clone().is_not_null())?
        .join_with_expr_keys(
            table,
            JoinType::LeftAnti,
            (vec![sought], vec![Expr::Column(value)]),
            None,
        )
}
