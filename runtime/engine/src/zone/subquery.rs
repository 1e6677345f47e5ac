//! Subqueries, and the filters they stand in.
//!
//! In a private expression a subquery is public: it runs before anything private does, and its table takes
//! its place: from public tables, or released values. `x IN (…)` is then a function of the row's `x` and of public
//! data, nulls and all; a scalar subquery is a public value, of one row or none by the form of its plan, so that no count
//! of rows can fail; of none it is null. The one private subquery is `unit IN (SELECT unit …)`: a semi join on the unit, whose other side
//! holds rows of the same unit alone.

use super::public::{Taken, at_most_one_row};
use super::{Node, Planner, Zone, internal, plain, refuse, row_level};
use crate::reject::{Checked, Rejection, Rule};
use crate::total::Known;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, JoinConstraint, JoinType, NullEquality};
use datafusion::logical_expr::expr::{Case, InSubquery};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{
    Aggregate, Expr, Filter, Join, LogicalPlan, Projection, Subquery, SubqueryAlias, lit,
};
use std::sync::Arc;

/// Where a private expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In WHERE, where null is as false.
    Condition,
    /// Where a column is made of it.
    Value,
}

/// A truth as a column that may be null, as `IN` is where the table holds a null; the engine says that it cannot be.
fn nullable(truth: Expr) -> Expr {
    let is = |truth: bool| (Box::new(lit(truth)), Box::new(lit(truth)));
    Expr::Case(Case {
        expr: Some(Box::new(truth)),
        when_then_expr: vec![is(true), is(false)],
        else_expr: None,
    })
}

/// Above a release the engine makes no plan of it, and would say so only as the plan runs, after data was touched.
fn outside_where() -> Rejection {
    Rejection::new(
        Rule::Subquery,
        "IN or EXISTS outside WHERE",
        "ask it in WHERE; or LEFT JOIN the table, and whether its column is null",
    )
}

/// It would double what is asked.
fn within_in() -> Rejection {
    Rejection::new(
        Rule::Subquery,
        "IN within an IN",
        "select it under a name in a subquery, and ask of that name",
    )
}

fn is_in(expr: &Expr) -> datafusion::common::Result<bool> {
    Ok(matches!(expr, Expr::InSubquery(_)))
}

impl Planner<'_> {
    pub(super) fn filter(
        &mut self,
        plan: &LogicalPlan,
        filter: &Filter,
        node: Node,
    ) -> Checked<Node> {
        if node.zone == Zone::Public {
            let columns = node.columns.clone();
            return self.public(plan, vec![node], Some(columns));
        }
        let mut node = node;
        let mut rest = Vec::new();
        for condition in split_conjunction(&filter.predicate) {
            match condition {
                Expr::InSubquery(asked) if node.is_unit(&asked.expr) => {
                    node = self.of_units(asked, node)?;
                }
                other => {
                    if let Some(looked) = self.correlated(other, &filter.input, &node)? {
                        node = looked;
                        continue;
                    }
                    let condition = self.with_public_subqueries(other, Place::Condition)?;
                    node.scope().total(&condition, 0)?;
                    rest.push(condition);
                }
            }
        }
        if let Some(predicate) = conjunction(rest) {
            node.plan = LogicalPlan::Filter(
                Filter::try_new(predicate, Arc::new(node.plan)).map_err(internal)?,
            );
        }
        Ok(node)
    }

    /// `unit [NOT] IN (SELECT unit …)`: keeps or drops all rows of a unit by what else that unit has.
    fn of_units(&mut self, asked: &InSubquery, node: Node) -> Checked<Node> {
        let subquery = &asked.subquery;
        let instead = "write unit IN (SELECT unit FROM a table of the same namespace)";
        if !subquery.outer_ref_columns.is_empty() {
            return refuse(Rule::Subquery, "correlated subquery", instead);
        }
        let inner = self.visit(&subquery.subquery)?;
        let chosen = subquery
            .subquery
            .schema()
            .columns()
            .first()
            .and_then(|c| plain(&Expr::Column(c.clone()), inner.plan.schema()))
            .filter(|i| inner.columns.get(*i).is_some_and(|k| k.unit));
        let (
            Zone::UnitLocal {
                namespace: a, unit, ..
            },
            Zone::UnitLocal { namespace: b, .. },
            Some(chosen),
        ) = (&node.zone, &inner.zone, chosen)
        else {
            return refuse(Rule::Subquery, "subquery compared with the unit", instead);
        };
        if a != b {
            return refuse(Rule::Subquery, "subquery of another namespace", instead);
        }
        let (name, table) = (self.reserved("unit"), self.reserved("units"));
        let column = Column::from(inner.plan.schema().qualified_field(chosen));
        let units = LogicalPlan::Projection(
            Projection::try_new(
                vec![Expr::Column(column).alias(&name)],
                Arc::new(inner.plan),
            )
            .map_err(internal)?,
        );
        let units = LogicalPlan::SubqueryAlias(
            SubqueryAlias::try_new(Arc::new(units), table.as_str()).map_err(internal)?,
        );
        let left = Column::from(node.plan.schema().qualified_field(*unit));
        let on = vec![(
            Expr::Column(left),
            Expr::Column(Column::new(Some(table), name)),
        )];
        // Neither side is ever null, so NOT IN is an anti join.
        let kind = if asked.negated {
            JoinType::LeftAnti
        } else {
            JoinType::LeftSemi
        };
        let joined = Join::try_new(
            Arc::new(node.plan),
            Arc::new(units),
            on,
            None,
            kind,
            JoinConstraint::On,
            NullEquality::NullEqualsNothing,
            false,
        )
        .map_err(internal)?;
        Ok(Node {
            plan: LogicalPlan::Join(joined),
            ..node
        })
    }

    /// A private expression with its subqueries materialised; all of them must be public.
    pub(super) fn with_public_subqueries(&mut self, expr: &Expr, place: Place) -> Checked<Expr> {
        let name = NamePreserver::new_for_projection().save(expr);
        let mut failed = None;
        let done = expr
            .clone()
            .transform(|e| {
                Ok(match e {
                    Expr::InSubquery(ref asked) if asked.expr.exists(is_in)? => {
                        failed.get_or_insert_with(within_in);
                        Transformed::no(e)
                    }
                    Expr::InSubquery(mut asked) => {
                        self.stand_in(&mut asked.subquery, false, &mut failed);
                        let asked = Expr::InSubquery(asked);
                        Transformed::yes(match place {
                            Place::Condition => asked,
                            Place::Value => nullable(asked),
                        })
                    }
                    Expr::ScalarSubquery(mut asked) => {
                        self.stand_in(&mut asked, true, &mut failed);
                        Transformed::yes(Expr::ScalarSubquery(asked))
                    }
                    other => Transformed::no(other),
                })
            })
            .map_err(internal)?;
        match failed {
            Some(rejection) => Err(rejection),
            None if place == Place::Value => Ok(name.restore(done.data)),
            None => Ok(done.data),
        }
    }

    /// An aggregate over private rows with the subqueries in its arguments and keys materialised. Its schema stays:
    /// a subquery is called one, whatever stands in it.
    pub(super) fn with_public_arguments(&mut self, aggregate: &Aggregate) -> Checked<Aggregate> {
        let mut materialised = |exprs: &[Expr]| -> Checked<Vec<Expr>> {
            exprs
                .iter()
                .map(|e| self.with_public_subqueries(e, Place::Value))
                .collect()
        };
        let mut out = aggregate.clone();
        out.group_expr = materialised(&aggregate.group_expr)?;
        out.aggr_expr = materialised(&aggregate.aggr_expr)?;
        Ok(out)
    }

    fn stand_in(&mut self, subquery: &mut Subquery, scalar: bool, failed: &mut Option<Rejection>) {
        if failed.is_none() {
            match self.public_table(subquery, scalar) {
                Ok(table) => subquery.subquery = Arc::new(table),
                Err(rejection) => *failed = Some(rejection),
            }
        }
    }

    fn public_table(&mut self, subquery: &Subquery, scalar: bool) -> Checked<LogicalPlan> {
        let refused = |construct: &str, instead: &str| refuse(Rule::Subquery, construct, instead);
        if !subquery.outer_ref_columns.is_empty() {
            return refused(
                "correlated subquery in a private expression",
                "join with a public table, LEFT SEMI JOIN for EXISTS; or write unit IN (SELECT unit …)",
            );
        }
        if scalar && !at_most_one_row(&subquery.subquery) {
            return refused(
                "scalar subquery that may have several rows",
                "select one aggregate without GROUP BY, or LIMIT 1",
            );
        }
        let node = self.visit(&subquery.subquery)?;
        if node.zone != Zone::Public {
            return refused(
                "subquery in a private expression",
                "use public tables or released values in it, write unit IN (SELECT unit …), or compare above the release",
            );
        }
        let taken = if scalar {
            Taken::AsValue
        } else {
            Taken::LookedUp
        };
        self.public_input(node.plan, Vec::new(), taken, Rule::Subquery)
    }

    /// Rebuilds a node all of whose inputs are public, visiting the subqueries in its expressions.
    pub(super) fn public(
        &mut self,
        plan: &LogicalPlan,
        nodes: Vec<Node>,
        columns: Option<Vec<Known>>,
    ) -> Checked<Node> {
        // A join's condition becomes a filter where it can.
        let is_filter = matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Join(_));
        let mut failed = None;
        let mut exprs = Vec::new();
        for expr in plan.expressions() {
            let done = expr
                .transform(|e| {
                    let is_asked = matches!(
                        e,
                        Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_)
                    );
                    if is_asked && !is_filter {
                        failed.get_or_insert_with(outside_where);
                        return Ok(Transformed::no(e));
                    }
                    Ok(self.subquery(e, &mut failed))
                })
                .map_err(internal)?;
            exprs.push(done.data);
        }
        if let Some(rejection) = failed {
            return Err(rejection);
        }
        let inputs = nodes.into_iter().map(|n| n.plan).collect();
        let plan = plan.with_new_exprs(exprs, inputs).map_err(internal)?;
        let width = plan.schema().fields().len();
        Ok(Node {
            plan,
            zone: Zone::Public,
            columns: columns.unwrap_or_else(|| vec![Known::default(); width]),
            unique: None,
        })
    }

    fn subquery(&mut self, expr: Expr, failed: &mut Option<Rejection>) -> Transformed<Expr> {
        let mut inner = |subquery: &mut Subquery| {
            let correlated = !subquery.outer_ref_columns.is_empty();
            let before = self.releases.len();
            match self.visit(&subquery.subquery) {
                Ok(node)
                    if node.zone == Zone::Public
                        && !(correlated && self.releases.len() > before) =>
                {
                    subquery.subquery = Arc::new(node.plan)
                }
                Ok(_) if correlated => {
                    *failed = Some(Rejection::new(
                        Rule::Subquery,
                        "correlated subquery",
                        "a release cannot refer to the outer query; release first, then join",
                    ))
                }
                Ok(node) => *failed = Some(row_level(&node)),
                Err(rejection) => *failed = Some(rejection),
            }
        };
        match expr {
            Expr::ScalarSubquery(mut s) => {
                inner(&mut s);
                Transformed::yes(Expr::ScalarSubquery(s))
            }
            Expr::InSubquery(mut s) => {
                inner(&mut s.subquery);
                Transformed::yes(Expr::InSubquery(s))
            }
            Expr::Exists(mut s) => {
                inner(&mut s.subquery);
                Transformed::yes(Expr::Exists(s))
            }
            Expr::SetComparison(mut s) => {
                inner(&mut s.subquery);
                Transformed::yes(Expr::SetComparison(s))
            }
            other => Transformed::no(other),
        }
    }
}
