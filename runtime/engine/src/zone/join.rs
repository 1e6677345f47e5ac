//! Joins: of protected tables on their unit, and of a protected table with public ones.

use super::public::{Taken, at_most_one_row};
use super::{Node, Planner, Zone, internal, plain, refuse};
use crate::reject::{Checked, Rule};
use crate::total::{Known, Scope};
use datafusion::common::JoinType;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Join, LogicalPlan, Operator};
use std::sync::Arc;

impl Planner<'_> {
    pub(super) fn join(&mut self, plan: &LogicalPlan, join: &Join) -> Checked<Node> {
        let left = self.visit(&join.left)?;
        let right = self.visit(&join.right)?;
        if left.zone == Zone::Public && right.zone == Zone::Public {
            return self.public(plan, vec![left, right], None).map(|mut n| {
                n.columns = vec![Known::default(); n.plan.schema().fields().len()];
                n
            });
        }
        self.joined(join, left, right)
    }

    /// A join of two sides already visited, at least one of them private. `join` is as it was written.
    pub(super) fn joined(&mut self, join: &Join, mut left: Node, mut right: Node) -> Checked<Node> {
        let zone = match (&left.zone, &right.zone) {
            (Zone::Public, Zone::Public) => {
                return refuse(Rule::Join, "JOIN", "join public tables above the release");
            }
            (
                Zone::UnitLocal {
                    namespace: a,
                    rows_per_unit: x,
                    unit,
                    multiplied: p,
                    population: m,
                },
                Zone::UnitLocal {
                    namespace: b,
                    rows_per_unit: y,
                    multiplied: q,
                    population: n,
                    ..
                },
            ) => {
                let equal = pairs(join)
                    .into_iter()
                    .any(|(l, r)| is_unit(l, &left) && is_unit(r, &right));
                if a != b || !equal {
                    return refuse(
                        Rule::Join,
                        "JOIN of protected tables",
                        "join tables of one namespace ON a.unit = b.unit, the declared unit of both",
                    );
                }
                let (rows, multiplied, population) = match join.join_type {
                    JoinType::Inner => (x.saturating_mul(*y), *p || *q, m.both(n)),
                    JoinType::LeftSemi => (*x, *p, m.both(n)),
                    JoinType::LeftAnti => (*x, *p, m.clone()),
                    JoinType::Left
                    | JoinType::Right
                    | JoinType::Full
                    | JoinType::RightSemi
                    | JoinType::RightAnti
                    | JoinType::LeftMark
                    | JoinType::RightMark => {
                        return refuse(
                            Rule::Join,
                            format!("{} JOIN of protected tables", join.join_type),
                            "use an inner, LEFT SEMI or LEFT ANTI join on the unit",
                        );
                    }
                };
                Zone::UnitLocal {
                    namespace: a.clone(),
                    unit: *unit,
                    rows_per_unit: rows,
                    multiplied,
                    population,
                }
            }
            (private @ Zone::UnitLocal { .. }, Zone::Public) => {
                let (JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti) =
                    join.join_type
                else {
                    return refuse(
                        Rule::Join,
                        format!("{} JOIN with a public table", join.join_type),
                        "keep the protected side whole: protected LEFT JOIN public, or an inner join",
                    );
                };
                let mut zone = private.clone();
                if let (Zone::UnitLocal { multiplied, .. }, JoinType::Inner | JoinType::Left) =
                    (&mut zone, join.join_type)
                {
                    *multiplied = true;
                }
                let keys = columns_of(pairs(join).into_iter().map(|(_, r)| r), &right);
                right.plan = self.public_input(right.plan, keys, Taken::Beside, Rule::Join)?;
                zone
            }
            (
                Zone::Public,
                Zone::UnitLocal {
                    namespace,
                    unit,
                    rows_per_unit,
                    population,
                    ..
                },
            ) => {
                let (JoinType::Inner | JoinType::Right) = join.join_type else {
                    return refuse(
                        Rule::Join,
                        format!("{} JOIN with a public table", join.join_type),
                        "keep the protected side whole: protected LEFT JOIN public, or an inner join",
                    );
                };
                let zone = Zone::UnitLocal {
                    namespace: namespace.clone(),
                    unit: unit + left.columns.len(),
                    rows_per_unit: *rows_per_unit,
                    multiplied: true,
                    population: population.clone(),
                };
                let keys = columns_of(pairs(join).into_iter().map(|(l, _)| l), &left);
                left.plan = self.public_input(left.plan, keys, Taken::Beside, Rule::Join)?;
                zone
            }
        };
        let one_row = join.join_type == JoinType::Inner
            && ((left.zone == Zone::Public && at_most_one_row(&join.left))
                || (right.zone == Zone::Public && at_most_one_row(&join.right)));
        if pairs(join).is_empty() && !one_row {
            return refuse(Rule::Join, "CROSS JOIN", "join ON an equality of columns");
        }
        // The equality on the unit is allowed; everything else must be total.
        let both = left
            .plan
            .schema()
            .join(right.plan.schema())
            .map_err(internal)?;
        let mut columns = left.columns.clone();
        columns.extend(right.columns.iter().cloned());
        let scope = Scope {
            schema: &both,
            columns: &columns,
        };
        let mut conditions: Vec<Expr> = join
            .on
            .iter()
            .map(|(l, r)| l.clone().eq(r.clone()))
            .collect();
        conditions.extend(
            join.filter
                .iter()
                .flat_map(|f| split_conjunction(f))
                .cloned(),
        );
        for condition in &conditions {
            let unit_equality = equality(condition).is_some_and(|(l, r)| {
                let unit = |e: &Expr| {
                    plain(e, &both)
                        .and_then(|i| columns.get(i))
                        .is_some_and(|k| k.unit)
                };
                unit(l) && unit(r)
            });
            if !unit_equality {
                scope.total(condition, 0)?;
            }
        }
        let joined = Join::try_new(
            Arc::new(left.plan),
            Arc::new(right.plan),
            join.on.clone(),
            join.filter.clone(),
            join.join_type,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )
        .map_err(internal)?;
        let (columns, unique) = match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti => (left.columns, left.unique),
            _ => (columns, None),
        };
        Ok(Node {
            plan: LogicalPlan::Join(joined),
            zone,
            columns,
            unique,
        })
    }
}

fn equality(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match expr {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Eq,
            right,
        }) => Some((left, right)),
        _ => None,
    }
}

/// Whether an expression is the unit's provenance on one side: the column that *is* the pseudonym.
fn is_unit(expr: &Expr, node: &Node) -> bool {
    let Zone::UnitLocal { unit, .. } = node.zone else {
        return false;
    };
    plain(expr, node.plan.schema())
        .is_some_and(|i| i == unit || node.columns.get(i).is_some_and(|k| k.unit))
}

/// The plain columns among these expressions over `node`.
fn columns_of<'a>(exprs: impl Iterator<Item = &'a Expr>, node: &Node) -> Vec<usize> {
    exprs
        .filter_map(|expr| plain(expr, node.plan.schema()))
        .collect()
}

/// Equalities between the two sides, left operand first.
fn pairs(join: &Join) -> Vec<(&Expr, &Expr)> {
    let mut out: Vec<(&Expr, &Expr)> = join.on.iter().map(|(l, r)| (l, r)).collect();
    for (a, b) in join
        .filter
        .iter()
        .flat_map(|f| split_conjunction(f))
        .filter_map(equality)
    {
        if plain(a, join.left.schema()).is_some() && plain(b, join.right.schema()).is_some() {
            out.push((a, b));
        } else if plain(b, join.left.schema()).is_some() && plain(a, join.right.schema()).is_some()
        {
            out.push((b, a));
        }
    }
    out
}
