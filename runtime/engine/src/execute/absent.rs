//! `IN` and `NOT IN` of a public table, once that table has been read.
//!
//! A null in the table keeps every row out. The engine finds it while it joins, and to do so holds the private
//! rows of all units. The table is known by then, so whether it holds a null is decided here: what is left is a plain
//! anti join, whose public side can be the one held.
//!
//! Within other conditions the engine makes a mark of it, which is never null. What it should be where the value
//! or one of the table's is null is written around the mark.

use super::inputs::Publics;
use crate::source::{self, RESERVED};
use arrow::array::Array;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, JoinType, Result, ScalarValue};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit, when};

/// A private plan whose filters ask tables of public values in ways that the engine answers exactly.
pub(super) fn decided(plan: &LogicalPlan, publics: &Publics) -> Result<LogicalPlan> {
    let mut joins = 0;
    plan.clone()
        .transform_up(|node| {
            let LogicalPlan::Filter(filter) = &node else {
                return Ok(Transformed::no(node));
            };
            let asks = |e: &Expr| Ok(matches!(e, Expr::InSubquery(_)));
            if !filter.predicate.exists(asks)? {
                return Ok(Transformed::no(node));
            }
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
                        joins += 1;
                        rows = without(rows, asked, joins)?;
                    }
                }
            }
            if let Some(rest) = conjunction(rest) {
                rows = rows.filter(rest)?;
            }
            Ok(Transformed::yes(rows.build()?))
        })
        .data()
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
    let null = || lit(ScalarValue::Boolean(None));
    let asked_in = |expr: Expr| {
        let Expr::InSubquery(mut asked) = expr else {
            return Ok(Transformed::no(expr));
        };
        let Some(values) = values(&asked, publics) else {
            return Ok(Transformed::no(Expr::InSubquery(asked)));
        };
        let found = !asked.negated;
        asked.negated = false;
        let otherwise = match values {
            Values::None => return Ok(Transformed::yes(lit(!found))),
            Values::WithNull => null(),
            Values::Plain => lit(!found),
        };
        let sought = asked.expr.as_ref().clone();
        let decided = when(sought.is_null(), null())
            .when(Expr::InSubquery(asked), lit(found))
            .otherwise(otherwise)?;
        Ok(Transformed::yes(decided))
    };
    condition.clone().transform_up(asked_in).data()
}

/// The rows whose value is none of the table's; those without a value are not.
fn without(
    rows: LogicalPlanBuilder,
    asked: &InSubquery,
    number: usize,
) -> Result<LogicalPlanBuilder> {
    let name = format!("{RESERVED}absent_{number}");
    let table = LogicalPlanBuilder::from(asked.subquery.subquery.as_ref().clone());
    let table = table.alias(name.as_str())?.build()?;
    let value = Column::new(Some(name), table.schema().field(0).name());
    let sought = asked.expr.as_ref().clone();
    rows.filter(sought.clone().is_not_null())?
        .join_with_expr_keys(
            table,
            JoinType::LeftAnti,
            (vec![sought], vec![Expr::Column(value)]),
            None,
        )
}
