//! `DISTINCT` and `DISTINCT ON` with the unit among the columns.
//!
//! With the unit among them, rows that are merged are of one unit, and what stays is a function of its
//! rows. `DISTINCT ON` keeps the first row in an order: rows that tie in it must agree in everything that
//! is selected, or else the order in which rows happen to be read would choose.

use super::aggregate::grouped;
use super::partition::needed;
use super::{Node, Planner, Zone, internal, plain, refuse};
use crate::reject::{Checked, Rule};
use crate::total::Known;
use datafusion::common::Column;
use datafusion::error::DataFusionError;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{
    Distinct, DistinctOn, Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, Projection,
    SortExpr, ident, lit,
};
use std::sync::Arc;

impl Planner<'_> {
    pub(super) fn distinct(
        &mut self,
        plan: &LogicalPlan,
        distinct: &Distinct,
        node: Node,
    ) -> Checked<Node> {
        if node.zone == Zone::Public {
            return self.public(plan, vec![node], None);
        }
        match distinct {
            Distinct::All(written) => distinct_rows(written, node),
            Distinct::On(on) => self.distinct_on(on, node),
        }
    }

    fn distinct_on(&mut self, on: &DistinctOn, node: Node) -> Checked<Node> {
        if !on.on_expr.iter().any(|e| node.is_unit(e)) {
            return refuse(
                Rule::UnitLocality,
                "DISTINCT ON without the unit",
                "put the unit among its expressions: DISTINCT ON (unit, …)",
            );
        }
        let scope = node.scope();
        let sorts = on.sort_expr.as_deref().unwrap_or_default();
        let keys = || on.on_expr.iter().chain(sorts.iter().map(|s| &s.expr));
        for expr in keys().filter(|e| !node.is_unit(e)) {
            scope.total(expr, 0)?;
        }
        let fixed = node.fixed(keys());
        let mut columns = Vec::new();
        let mut unit = None;
        for (at, expr) in (0..).zip(&on.select_expr) {
            if node.is_unit(expr) {
                unit = unit.or(Some(at));
                columns.push(Known {
                    unit: true,
                    ..Known::default()
                });
                continue;
            }
            columns.push(Known {
                hidden: false,
                ..scope.total(expr, 0)?
            });
            if !node.fixes(&fixed, expr) {
                return refuse(
                    Rule::Order,
                    format!("DISTINCT ON of `{expr}`, which rows that tie may not share"),
                    "ORDER BY every column that is selected",
                );
            }
        }
        let mut select = on.select_expr.clone();
        let unit = match (unit, &node.zone) {
            (None, Zone::UnitLocal { unit, .. }) => {
                let column = Column::from(node.plan.schema().qualified_field(*unit));
                select.push(Expr::Column(column).alias(self.reserved("unit")));
                columns.push(Known {
                    unit: true,
                    hidden: true,
                    ..Known::default()
                });
                columns.len() - 1
            }
            (unit, _) => unit.unwrap_or_default(),
        };
        let alone = on.on_expr.iter().all(|e| node.is_unit(e));
        let number = self.reserved("number");
        let by = needed(&on.on_expr, &node);
        let plan = first_rows(by, sorts, select, node.plan, &number).map_err(internal)?;
        Ok(Node {
            plan,
            zone: grouped(node.zone, unit, alone),
            columns,
            unique: None,
        })
    }
}

/// The first row of each group, numbered in the order. FIRST_VALUE, which the SQL engine would make of it,
/// panics where a row has an order that comes to the same column twice.
fn first_rows(
    by: Vec<Expr>,
    sorts: &[SortExpr],
    select: Vec<Expr>,
    plan: LogicalPlan,
    number: &str,
) -> Result<LogicalPlan, DataFusionError> {
    let mut numbered = row_number().partition_by(by);
    if !sorts.is_empty() {
        numbered = numbered.order_by(sorts.to_vec());
    }
    let numbered = numbered.build()?.alias(number);
    LogicalPlanBuilder::from(plan)
        .window([numbered])?
        .filter(ident(number).eq(lit(1_u64)))?
        .project(select)?
        .build()
}

fn distinct_rows(written: &LogicalPlan, node: Node) -> Checked<Node> {
    // The engine's own columns would make more rows distinct than the statement says.
    let schema = Arc::clone(node.plan.schema());
    let mut exprs = Vec::new();
    let mut columns = Vec::new();
    for column in written.schema().columns() {
        let known = plain(&Expr::Column(column.clone()), &schema)
            .and_then(|i| node.columns.get(i))
            .cloned();
        match known {
            Some(known) => columns.push(known),
            None => return refuse(Rule::Syntax, "DISTINCT", "give each column its own name"),
        }
        exprs.push(Expr::Column(column));
    }
    let Some(unit) = columns.iter().position(|k| k.unit && !k.hidden) else {
        return refuse(
            Rule::UnitLocality,
            "DISTINCT without the unit below the release",
            "put the unit among the columns, or write GROUP BY with COUNT(DISTINCT unit) for the values that occur",
        );
    };
    let alone = columns.iter().all(|k| k.unit);
    let visible =
        LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(node.plan)).map_err(internal)?);
    let unique = (0..columns.len()).collect();
    Ok(Node {
        plan: LogicalPlan::Distinct(Distinct::All(Arc::new(visible))),
        zone: grouped(node.zone, unit, alone),
        columns,
        unique: Some(unique),
    })
}
