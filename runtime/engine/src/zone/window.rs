//! Window functions `PARTITION BY unit, …`.
//!
//! A partition holds rows of one unit, so what is added to a row is a function of that unit's rows, once
//! the order of rows that tie does not matter:
//! - a frame of the whole partition, or of whole groups of peers (`RANGE` up to the current row), is a
//!   multiset of rows: COUNT, SUM, MIN, MAX, RANK and DENSE_RANK take no more from it;
//! - FIRST_VALUE and LAST_VALUE of such a frame choose among peers: these must agree in the value;
//! - ROW_NUMBER, LAG, LEAD and `ROWS` frames tell peers apart: rows that tie must be alike in every column
//!   that is read, so that whichever comes first the rows, as a multiset, are the same.

use super::aggregate::{Rows, summary};
use super::deterministic::deterministic;
use super::partition::needed;
use super::{Node, Planner, Zone, internal, refuse, with_unit};
use crate::reject::{Checked, Rule};
use crate::total::{Known, Scope, constant, integer};
use datafusion::common::{Column, ScalarValue};
use datafusion::functions_window::{lead_lag, nth_value, rank, row_number};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, LogicalPlan, Projection, Window, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition, WindowUDF,
};
use std::collections::HashSet;
use std::sync::Arc;

/// Farthest LAG and LEAD, and end of a frame: a unit has no more rows, and the place of a row with it added is a number still.
const MAX_SHIFT: i128 = 1_000_000;

/// Which rows a frame takes, where some tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Peers are all in it or none.
    Peers,
    /// Peers may be parted.
    Rows,
}

impl Planner<'_> {
    /// Visits what stands below expressions. Where there are windows, columns that neither they nor the
    /// expressions read are left out below them: an order is total once it fixes what is read.
    pub(super) fn windowed(&mut self, input: &LogicalPlan, above: &[Expr]) -> Checked<Node> {
        let mut chain = Vec::new();
        let mut base = input;
        loop {
            base = match base {
                LogicalPlan::Window(window) => {
                    chain.push(base);
                    &window.input
                }
                LogicalPlan::Filter(filter) => {
                    chain.push(base);
                    &filter.input
                }
                _ => break,
            };
        }
        // Filters below the lowest window are no part of it.
        while let Some(LogicalPlan::Filter(_)) = chain.last() {
            base = chain.pop().unwrap_or(base);
        }
        let mut node = self.visit(base)?;
        if chain.is_empty() {
            return Ok(node);
        }
        let expressions: Vec<Expr> = chain.iter().flat_map(|plan| plan.expressions()).collect();
        node = pruned(node, above.iter().chain(&expressions))?;
        for plan in chain.into_iter().rev() {
            deterministic(plan, &mut self.growth)?;
            node = match plan {
                LogicalPlan::Window(window) => self.window(plan, window, node)?,
                LogicalPlan::Filter(filter) => self.filter(plan, filter, node)?,
                _ => node,
            };
        }
        Ok(node)
    }

    pub(super) fn window(
        &mut self,
        plan: &LogicalPlan,
        window: &Window,
        node: Node,
    ) -> Checked<Node> {
        if node.zone == Zone::Public {
            return self.public(plan, vec![node], None);
        }
        let mut columns = node.columns.clone();
        let mut told_apart: Option<&WindowFunctionParams> = None;
        let mut exprs = Vec::new();
        for expr in &window.window_expr {
            let inner = match expr {
                Expr::Alias(alias) => &alias.expr,
                other => other,
            };
            let Expr::WindowFunction(call) = inner else {
                return refuse(Rule::Order, format!("`{expr}`"), "write a window function");
            };
            let (known, frame) = over(&node, inner, call)?;
            if frame == Frame::Rows {
                // Which of two like rows comes first is chosen once, for one order.
                let params = &call.params;
                let other = told_apart.replace(params).is_some_and(|p| {
                    p.order_by != params.order_by || p.partition_by != params.partition_by
                });
                if other {
                    return refuse(
                        Rule::Order,
                        "window functions of several orders",
                        "use one PARTITION BY and ORDER BY in a SELECT",
                    );
                }
            }
            columns.push(known);
            let mut short = call.clone();
            short.params.partition_by = needed(&call.params.partition_by, &node);
            let name = expr.schema_name().to_string();
            exprs.push(if short == *call {
                expr.clone()
            } else {
                Expr::WindowFunction(short).alias(name)
            });
        }
        let plan =
            LogicalPlan::Window(Window::try_new(exprs, Arc::new(node.plan)).map_err(internal)?);
        Ok(Node {
            plan,
            zone: node.zone,
            columns,
            unique: node.unique,
        })
    }
}

/// Leaves out the columns that these expressions do not read.
fn pruned<'a>(node: Node, read: impl Iterator<Item = &'a Expr>) -> Checked<Node> {
    let Zone::UnitLocal { unit, .. } = node.zone else {
        return Ok(node);
    };
    let mut names: HashSet<&Column> = HashSet::new();
    for expr in read {
        names.extend(expr.column_refs());
    }
    let schema = Arc::clone(node.plan.schema());
    let mut kept: Vec<usize> = names
        .into_iter()
        // A window's own columns are not there yet.
        .filter_map(|column| schema.index_of_column(column).ok())
        .chain([unit])
        .collect();
    kept.sort_unstable();
    kept.dedup();
    let exprs: Vec<Expr> = kept
        .iter()
        .map(|i| Expr::Column(Column::from(schema.qualified_field(*i))))
        .collect();
    let columns = kept
        .iter()
        .filter_map(|i| node.columns.get(*i).cloned())
        .collect();
    let place = |i: &usize| kept.iter().position(|k| k == i);
    let unique = node
        .unique
        .as_ref()
        .and_then(|unique| unique.iter().map(place).collect());
    let at = place(&unit).unwrap_or(unit);
    Ok(Node {
        plan: LogicalPlan::Projection(
            Projection::try_new(exprs, Arc::new(node.plan)).map_err(internal)?,
        ),
        zone: with_unit(node.zone, at),
        columns,
        unique,
    })
}

/// What is known of a window function over rows of one unit, and whether it tells peers apart.
fn over(node: &Node, written: &Expr, call: &WindowFunction) -> Checked<(Known, Frame)> {
    let params = &call.params;
    let scope = node.scope();
    let name = call.fun.name();
    if !params.partition_by.iter().any(|e| node.is_unit(e)) {
        return refuse(
            Rule::UnitLocality,
            format!("window function {name} (OVER) below the release"),
            "write PARTITION BY with the unit, or use it above the aggregate, over released values",
        );
    }
    if params.filter.is_some() || params.null_treatment.is_some() || params.distinct {
        return refuse(
            Rule::Order,
            format!("window function {name} with FILTER, DISTINCT or IGNORE NULLS"),
            "write it plain; use CASE for a filter",
        );
    }
    let keys = || {
        params
            .partition_by
            .iter()
            .chain(params.order_by.iter().map(|s| &s.expr))
    };
    for key in keys().filter(|e| !node.is_unit(e)) {
        scope.total(key, 0)?;
    }
    let fixed = node.fixed(keys());
    let total_order = || -> Checked<()> {
        if node.fixes_rows(&fixed) {
            return Ok(());
        }
        let missing: Vec<String> = (0..)
            .zip(node.plan.schema().columns())
            .filter(|(i, _)| !fixed.contains(i))
            .map(|(_, c)| format!("`{}`", c.name))
            .collect();
        refuse(
            Rule::Order,
            format!("window function {name} over rows that may tie"),
            &format!(
                "ORDER BY all the columns that are read, {} too",
                missing.join(", ")
            ),
        )
    };
    let frame = frame(&params.window_frame)?;
    let rows = Rows::of(&node.zone);
    match &call.fun {
        WindowFunctionDefinition::AggregateUDF(function) => {
            let known = summary(&scope, written, function, &params.args, rows)?;
            if frame == Frame::Rows {
                total_order()?;
            }
            Ok((known, frame))
        }
        WindowFunctionDefinition::WindowUDF(function) => {
            let is = |f: Arc<WindowUDF>| **function == *f;
            if is(rank::rank_udwf()) || is(rank::dense_rank_udwf()) {
                return Ok((rows.from(1), Frame::Peers));
            }
            if is(row_number::row_number_udwf()) {
                total_order()?;
                return Ok((rows.from(1), Frame::Rows));
            }
            if is(lead_lag::lag_udwf()) || is(lead_lag::lead_udwf()) {
                let known = shifted(&scope, &params.args)?;
                total_order()?;
                return Ok((known, Frame::Rows));
            }
            if is(nth_value::first_value_udwf()) || is(nth_value::last_value_udwf()) {
                let [arg] = params.args.as_slice() else {
                    return refuse(Rule::Order, name, "give it one argument");
                };
                let known = scope.total(arg, 0)?;
                // Peers that agree in the value are as good as one.
                if frame == Frame::Rows || !node.fixes(&fixed, arg) {
                    total_order()?;
                    return Ok((known, Frame::Rows));
                }
                return Ok((known, Frame::Peers));
            }
            refuse(
                Rule::Order,
                format!("window function {name} below the release"),
                "use ROW_NUMBER, RANK, DENSE_RANK, LAG, LEAD, FIRST_VALUE, LAST_VALUE, COUNT, SUM, MIN or MAX",
            )
        }
    }
}

fn frame(frame: &WindowFrame) -> Checked<Frame> {
    let offset = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => !by.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    let whole = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => by.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    let is_near = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => {
            by.is_null() || integer(by).is_some_and(|by| (0..=MAX_SHIFT).contains(&by))
        }
        WindowFrameBound::CurrentRow => true,
    };
    let (start, end) = (&frame.start_bound, &frame.end_bound);
    match frame.units {
        _ if whole(start) && whole(end) => Ok(Frame::Peers),
        WindowFrameUnits::Rows if is_near(start) && is_near(end) => Ok(Frame::Rows),
        // An offset is added to a row's place, which could overflow where there is a row.
        WindowFrameUnits::Rows => refuse(
            Rule::Order,
            "window frame",
            "write a constant from 0 to 1000000, or UNBOUNDED",
        ),
        WindowFrameUnits::Range if !offset(start) && !offset(end) => Ok(Frame::Peers),
        // An offset is added to the row's own value, which could overflow.
        WindowFrameUnits::Range | WindowFrameUnits::Groups => refuse(
            Rule::Order,
            "window frame",
            "use ROWS, or RANGE between UNBOUNDED and CURRENT ROW",
        ),
    }
}

/// LAG and LEAD: the value of another row, or a constant.
fn shifted(scope: &Scope<'_>, args: &[Expr]) -> Checked<Known> {
    let Some(value) = args.first() else {
        return refuse(Rule::Order, "LAG or LEAD", "give it a value");
    };
    let mut known = scope.total(value, 0)?;
    if let Some(by) = args.get(1) {
        let by = constant(by).as_ref().and_then(integer);
        if !by.is_some_and(|by| (1..=MAX_SHIFT).contains(&by)) {
            return refuse(
                Rule::Order,
                "offset of LAG or LEAD",
                "write a constant from 1 to 1000000",
            );
        }
    }
    if let Some(otherwise) = args.get(2) {
        let kind = scope.kind(value)?;
        let constant = constant(otherwise).and_then(|v| v.cast_to(&kind).ok());
        let Some(constant) = constant else {
            return refuse(
                Rule::Order,
                "default of LAG or LEAD",
                "write a constant of the value's type",
            );
        };
        known = match constant {
            null if null.is_null() => known,
            value => Known::hull(&[&known, &scope.total(&literal(value), 0)?]),
        };
    }
    Ok(known)
}

fn literal(value: ScalarValue) -> Expr {
    Expr::Literal(value, None)
}
