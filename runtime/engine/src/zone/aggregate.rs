//! `GROUP BY unit, …`: aggregates of one unit's rows.
//!
//! Rows of two units never meet in a group, because the unit is among its keys. A group's row is then a
//! function of that unit's rows, as a multiset: only aggregates that no order of rows can change are taken.
//! A unit has no more groups than rows, and one alone where nothing but the unit is grouped by.

use super::{Node, Planner, Zone, internal, refuse};
use crate::reject::{Checked, Rule};
use crate::total::{Known, Scope, constant, numeric};
use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::functions_aggregate::{average, count, median, min_max, sum};
use datafusion::logical_expr::{Aggregate, AggregateUDF, Expr, LogicalPlan, LogicalPlanBuilder};
use std::sync::Arc;

/// Most rows of one unit at any place of a plan. Whoever may have more is refused before anything is read;
/// sums are proven for this many where joins with public tables multiply rows.
pub(crate) const MAX_UNIT_ROWS: u64 = 1 << 22;

/// How many rows a group, partition or frame may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// At most, if no join with a public table multiplies them.
    pub(super) declared: u64,
    pub(super) multiplied: bool,
}

impl Rows {
    pub(super) fn of(zone: &Zone) -> Self {
        match zone {
            Zone::Public => Self {
                declared: MAX_UNIT_ROWS,
                multiplied: true,
            },
            Zone::UnitLocal {
                rows_per_unit,
                multiplied,
                ..
            } => Self {
                declared: *rows_per_unit,
                multiplied: *multiplied,
            },
        }
    }

    fn most(self) -> u64 {
        if self.multiplied {
            MAX_UNIT_ROWS
        } else {
            self.declared
        }
    }

    /// `[lo, most]` as public bounds. None where rows are multiplied: what a plan could need at worst says
    /// nothing of what it usually needs, and noise for it would drown every answer.
    pub(super) fn from(self, lo: i128) -> Known {
        Known::listed((!self.multiplied).then_some((lo, i128::from(self.declared))))
    }
}

/// The range of a sum of 1 to `rows` values of `[lo, hi]`.
fn sum_range((lo, hi): (i128, i128), rows: u64) -> Option<(i128, i128)> {
    let rows = i128::from(rows.max(1));
    Some((
        if lo < 0 { lo.checked_mul(rows)? } else { lo },
        if hi > 0 { hi.checked_mul(rows)? } else { hi },
    ))
}

/// An aggregate of at most `rows` rows of one unit, whatever their order; nothing of it may overflow.
pub(super) fn summary(
    scope: &Scope<'_>,
    written: &Expr,
    function: &AggregateUDF,
    args: &[Expr],
    rows: Rows,
) -> Checked<Known> {
    let is = |f: Arc<AggregateUDF>| *function == *f;
    let [arg] = args else {
        return refuse(
            Rule::Aggregate,
            format!("aggregate {}", function.name()),
            "give it one argument",
        );
    };
    if is(count::count_udaf()) {
        if constant(arg).is_none() {
            scope.total(arg, 0)?;
        }
        return Ok(rows.from(0));
    }
    if is(sum::sum_udaf()) {
        let known = scope.total(arg, 0)?;
        let range = scope
            .range(arg, &known)?
            .and_then(|range| sum_range(range, rows.most()));
        let kind = scope.kind(written)?;
        let sum = scope.fits(written, &kind, range)?;
        return Ok(Known {
            range: sum
                .range
                .filter(|_| known.range.is_some() && !rows.multiplied),
            ..Known::default()
        });
    }
    if is(average::avg_udaf()) {
        return mean(scope, written, arg, rows);
    }
    if is(min_max::min_udaf()) || is(min_max::max_udaf()) {
        return scope.total(arg, 0);
    }
    refuse(
        Rule::Aggregate,
        format!("aggregate {} for each unit", function.name()),
        "use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY",
    )
}

/// The mean of at most `rows` decimals: their exact sum, at the finer scale of the result, divided once and
/// cut off. It lies where they do.
fn mean(scope: &Scope<'_>, written: &Expr, arg: &Expr, rows: Rows) -> Checked<Known> {
    let (from, to) = (scope.kind(arg)?, scope.kind(written)?);
    let (DataType::Decimal128(_, scale), DataType::Decimal128(_, finer)) = (&from, &to) else {
        return refuse(
            Rule::Aggregate,
            "AVG of integers for each unit",
            "write AVG(CAST(x AS DECIMAL(18, 0))) for each unit: sums of doubles depend on the order of rows",
        );
    };
    let known = scope.total(arg, 0)?;
    let factor = finer
        .checked_sub(*scale)
        .and_then(|more| u32::try_from(more).ok())
        .and_then(|more| 10_i128.checked_pow(more));
    let scaled =
        |(lo, hi): (i128, i128)| Some((lo.checked_mul(factor?)?, hi.checked_mul(factor?)?));
    let range = scope.range(arg, &known)?.filter(|range| {
        let sum = sum_range(*range, rows.most()).and_then(scaled);
        let digits = numeric(&DataType::Decimal128(38, 0));
        sum.zip(digits)
            .is_some_and(|((lo, hi), (_, least, most))| least <= lo && hi <= most)
    });
    let out = scope.fits(written, &to, range.and_then(scaled))?;
    Ok(Known {
        range: out.range.filter(|_| known.range.is_some()),
        ..Known::default()
    })
}

/// The median of decimals: one of them, or half the sum of two, cut off; it lies where they do, and the engine
/// takes care of sums that do not fit. Other numbers would become doubles.
fn middle(scope: &Scope<'_>, arg: &Expr) -> Checked<Known> {
    if !matches!(scope.kind(arg)?, DataType::Decimal128(..)) {
        return refuse(
            Rule::Aggregate,
            "MEDIAN of integers for each unit",
            "write MEDIAN(CAST(x AS DECIMAL(18, 1))) for each unit: doubles stay above the release",
        );
    }
    let known = scope.total(arg, 0)?;
    Ok(Known {
        range: known.range,
        ..Known::default()
    })
}

impl Planner<'_> {
    pub(super) fn per_unit(&mut self, aggregate: &Aggregate, node: Node) -> Checked<Node> {
        let scope = node.scope();
        let mut columns = Vec::new();
        let mut unit = None;
        let mut alone = true;
        for (at, expr) in (0..).zip(&aggregate.group_expr) {
            if matches!(expr, Expr::GroupingSet(_)) {
                return refuse(
                    Rule::Aggregate,
                    "GROUPING SETS with the unit",
                    "write GROUP BY with the unit and the keys",
                );
            }
            if node.is_unit(expr) {
                unit = unit.or(Some(at));
                columns.push(Known {
                    unit: true,
                    ..Known::default()
                });
            } else {
                alone = false;
                columns.push(Known {
                    hidden: false,
                    ..scope.total(expr, 0)?
                });
            }
        }
        let Some(unit) = unit else {
            return refuse(Rule::UnitLocality, "GROUP BY", "group by the unit");
        };
        let keys: std::collections::BTreeSet<usize> = (0..columns.len()).collect();
        let rows = Rows::of(&node.zone);
        let (mut counts_distinct, mut sums_decimals) = (false, false);
        for expr in &aggregate.aggr_expr {
            let Expr::AggregateFunction(call) = expr.clone().unalias() else {
                return refuse(
                    Rule::Aggregate,
                    format!("`{expr}`"),
                    "use COUNT, SUM, AVG, MIN or MAX for each unit, or MEDIAN with GROUP BY",
                );
            };
            let params = &call.params;
            if !params.order_by.is_empty() || params.null_treatment.is_some() {
                return refuse(
                    Rule::Order,
                    format!("ordered aggregate {}", call.func.name()),
                    "aggregates cannot depend on order",
                );
            }
            if params.distinct && *call.func != *count::count_udaf() {
                return refuse(
                    Rule::Aggregate,
                    format!("{}(DISTINCT …)", call.func.name()),
                    "DISTINCT is for COUNT alone; SELECT DISTINCT first",
                );
            }
            if let Some(filter) = &params.filter {
                scope.total(filter, 0)?;
            }
            columns.push(match params.args.as_slice() {
                [arg] if *call.func == *median::median_udaf() => middle(&scope, arg)?,
                args => summary(&scope, expr, &call.func, args, rows)?,
            });
            counts_distinct |= params.distinct;
            sums_decimals |= *call.func == *sum::sum_udaf()
                && matches!(scope.kind(expr)?, DataType::Decimal128(..));
        }
        // DataFusion makes two aggregates of one with a DISTINCT and sums twice: the second sum's decimals
        // are wider than the plan says, and whatever meets them raises.
        if counts_distinct && sums_decimals {
            return refuse(
                Rule::Aggregate,
                "COUNT(DISTINCT …) beside a SUM of decimals",
                "count distinct values in a sub-query of its own, and join it on the unit",
            );
        }
        let (input, aggr_expr) = self.of_columns(&node, &aggregate.aggr_expr)?;
        let plan = LogicalPlan::Aggregate(
            Aggregate::try_new(Arc::new(input), aggregate.group_expr.clone(), aggr_expr)
                .map_err(internal)?,
        );
        if plan.schema().fields().len() != columns.len() {
            return refuse(
                Rule::Aggregate,
                "GROUP BY",
                "write the aggregate without repeating a key",
            );
        }
        Ok(Node {
            plan,
            zone: grouped(node.zone, unit, alone),
            columns,
            unique: Some(keys),
        })
    }
}

impl Planner<'_> {
    /// Aggregates of plain columns, and the plan that computes these. Of several sums of `x + 1`, `x + 2`, … the engine would make sums
    /// of `x`, and counts times the constants: other numbers than those whose ranges are proven, cast to types too small for them.
    fn of_columns(&mut self, node: &Node, calls: &[Expr]) -> Checked<(LogicalPlan, Vec<Expr>)> {
        let mut computed = Vec::new();
        let mut out = Vec::new();
        for written in calls {
            let mut call = written.clone().unalias();
            if let Expr::AggregateFunction(of) = &mut call {
                for arg in &mut of.params.args {
                    if matches!(arg, Expr::BinaryExpr(_)) {
                        let name = self.reserved("arg");
                        let arg = std::mem::replace(arg, Expr::Column(Column::from_name(&name)));
                        computed.push(arg.alias(name));
                    }
                }
            }
            let (table, name) = written.qualified_name();
            out.push(call.alias_qualified(table, name));
        }
        if computed.is_empty() {
            return Ok((node.plan.clone(), calls.to_vec()));
        }
        let columns = node.plan.schema().columns().into_iter().map(Expr::Column);
        let input = LogicalPlanBuilder::from(node.plan.clone())
            .project(columns.chain(computed))
            .and_then(LogicalPlanBuilder::build)
            .map_err(internal)?;
        Ok((input, out))
    }
}

/// The zone of one row for each value of keys that hold the unit, which stands at `unit`.
pub(super) fn grouped(mut zone: Zone, at: usize, alone: bool) -> Zone {
    if let Zone::UnitLocal {
        unit,
        rows_per_unit,
        multiplied,
        ..
    } = &mut zone
    {
        *unit = at;
        if alone {
            *rows_per_unit = 1;
            *multiplied = false;
        }
    }
    zone
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sum_keeps_the_sign_that_all_values_share() {
        assert_eq!(sum_range((-3, 4), 5), Some((-15, 20)));
        assert_eq!(sum_range((2, 4), 5), Some((2, 20)));
        assert_eq!(sum_range((-4, -2), 5), Some((-20, -2)));
        assert_eq!(sum_range((0, 0), 0), Some((0, 0)));
        assert_eq!(sum_range((i128::MIN, 0), 2), None);
    }

    proptest! {
        #[test]
        fn sums_of_so_many_values_lie_in_the_range(values in prop::collection::vec(-9_i128..9, 1..9), more in 0_u64..3) {
            let (lo, hi) = (*values.iter().min().unwrap(), *values.iter().max().unwrap());
            let (least, most) = sum_range((lo, hi), values.len() as u64 + more).unwrap();
            let sum: i128 = values.iter().sum();
            prop_assert!(least <= sum && sum <= most);
        }
    }
}
