//! How long the texts of a row may be: where rows of a unit are held together, and in any batch.

use crate::source::{self, Source};
use crate::total::{Known, MAX_TEXT_BYTES, Scope};
use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, JoinType};
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::{Expr, LogicalPlan};
use irongate_policy::dataset::MAX_STRING_BYTES;

/// The most bytes of text in a row.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Widest {
    /// That a join, window, sort or aggregate takes or gives.
    pub(super) held: u64,
    /// That any node gives.
    pub(super) any: u64,
}

/// The widest rows of a plan.
pub(super) fn widest(plan: &LogicalPlan) -> Widest {
    let mut widest = Widest::default();
    columns(plan, &mut widest);
    widest
}

fn bytes(row: &[u64]) -> u64 {
    row.iter().fold(0, |sum, text| sum.saturating_add(*text))
}

/// The longest text of each column; nothing for other columns.
fn columns(plan: &LogicalPlan, widest: &mut Widest) -> Vec<u64> {
    let inputs: Vec<Vec<u64>> = plan
        .inputs()
        .into_iter()
        .map(|input| columns(input, widest))
        .collect();
    let first = || inputs.first().cloned().unwrap_or_default();
    let of = |exprs: &[Expr]| -> Vec<u64> {
        let known: Vec<Known> = inputs.iter().flatten().map(|text| of_text(*text)).collect();
        let input = plan.inputs().first().map(|input| input.schema().as_ref());
        exprs.iter().map(|e| longest(e, input, &known)).collect()
    };
    let schema = plan.schema();
    let out = match plan {
        LogicalPlan::TableScan(scan) => {
            let is_stored =
                source::placeholder(scan).is_some_and(|p| matches!(p.source, Source::Dataset(_)));
            let most = if is_stored {
                MAX_STRING_BYTES as u64
            } else {
                MAX_TEXT_BYTES
            };
            texts(schema, most)
        }
        LogicalPlan::Projection(p) => of(&p.expr),
        LogicalPlan::Aggregate(a) => [of(&a.group_expr), of(&a.aggr_expr)].concat(),
        LogicalPlan::Window(w) => [first(), of(&w.window_expr)].concat(),
        LogicalPlan::Union(_) => (0..schema.fields().len())
            .map(|at| {
                inputs
                    .iter()
                    .filter_map(|i| i.get(at))
                    .copied()
                    .max()
                    .unwrap_or(0)
            })
            .collect(),
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti => first(),
            JoinType::RightSemi | JoinType::RightAnti => inputs.last().cloned().unwrap_or_default(),
            JoinType::LeftMark => [first(), vec![0]].concat(),
            JoinType::RightMark => [inputs.last().cloned().unwrap_or_default(), vec![0]].concat(),
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => inputs.concat(),
        },
        _ => first(),
    };
    // What keeps its columns in another order than is known here: none is longer than this.
    let out = if out.len() == schema.fields().len() {
        out
    } else {
        texts(schema, MAX_TEXT_BYTES)
    };
    let holds = matches!(
        plan,
        LogicalPlan::Join(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Distinct(_)
    );
    if holds {
        for row in inputs.iter().chain([&out]) {
            widest.held = widest.held.max(bytes(row));
        }
    }
    widest.any = widest.any.max(bytes(&out));
    out
}

fn of_text(text: u64) -> Known {
    Known {
        text: Some(text),
        ..Known::default()
    }
}

fn texts(schema: &DFSchema, most: u64) -> Vec<u64> {
    let is_text = |kind: &DataType| *kind == DataType::Utf8;
    let fields = schema.fields().iter();
    fields
        .map(|field| if is_text(field.data_type()) { most } else { 0 })
        .collect()
}

/// The longest text of an expression; what is not known to be shorter is as long as any may be.
fn longest(expr: &Expr, schema: Option<&DFSchema>, columns: &[Known]) -> u64 {
    let Some(schema) = schema else {
        return MAX_TEXT_BYTES;
    };
    let scope = Scope { schema, columns };
    match scope.kind(expr) {
        Ok(DataType::Utf8) => {}
        Ok(_) => return 0,
        Err(_) => return MAX_TEXT_BYTES,
    }
    match expr {
        Expr::Alias(alias) => longest(&alias.expr, Some(schema), columns),
        Expr::AggregateFunction(AggregateFunction { params, .. }) => {
            let args = params.args.iter();
            args.map(|arg| longest(arg, Some(schema), columns))
                .max()
                .unwrap_or(0)
        }
        Expr::WindowFunction(call) => {
            let WindowFunction { params, .. } = call.as_ref();
            let args = params.args.iter();
            args.map(|arg| longest(arg, Some(schema), columns))
                .max()
                .unwrap_or(0)
        }
        _ => scope
            .total(expr, 0)
            .map_or(MAX_TEXT_BYTES, |known| known.longest()),
    }
}
