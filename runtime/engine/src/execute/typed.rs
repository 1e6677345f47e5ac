//! Whether an optimised plan computes with the types that were checked.
//!
//! A statement is checked as it was analysed, and the engine then simplifies it. Its rules compare types without their digits:
//! `x * 0` of decimals becomes that zero, of a type of its own, and a comparison with it raises, but only where there is a row.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema, Result};
use datafusion::functions::core as fcore;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use std::sync::Arc;

/// Whether what a plan compares or chooses among has one type, whether nodes give the types that they say, and the plan those of
/// the one that was checked.
pub(super) fn is_typed(optimised: &LogicalPlan, checked: &LogicalPlan) -> Result<bool> {
    let mut is_typed = types(optimised.schema()).eq(types(checked.schema()));
    optimised.apply_with_subqueries(|node| {
        is_typed &= is_typed_node(node)?;
        Ok(match is_typed {
            true => TreeNodeRecursion::Continue,
            false => TreeNodeRecursion::Stop,
        })
    })?;
    Ok(is_typed)
}

fn types(schema: &DFSchema) -> impl Iterator<Item = &DataType> {
    schema.fields().iter().map(|field| field.data_type())
}

fn is_typed_node(node: &LogicalPlan) -> Result<bool> {
    let inputs = node.inputs();
    let schema = match inputs.as_slice() {
        [] => node.schema().as_ref().clone(),
        inputs => merge_schema(inputs),
    };
    let mut is_typed = true;
    for expr in node.expressions() {
        expr.apply(|e| {
            is_typed &= is_typed_expr(e, &schema)?;
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    let given = |exprs: &mut dyn Iterator<Item = &Expr>| -> Result<Vec<DataType>> {
        exprs.map(|expr| expr.get_type(&schema)).collect()
    };
    let own: Vec<&DataType> = types(node.schema()).collect();
    let is_as_said = |given: Vec<DataType>, own: &[&DataType]| own.iter().copied().eq(&given);
    Ok(is_typed
        && match node {
            LogicalPlan::Projection(of) => is_as_said(given(&mut of.expr.iter())?, &own),
            LogicalPlan::Aggregate(of) => {
                let mut exprs = of.group_expr.iter().chain(&of.aggr_expr);
                is_as_said(given(&mut exprs)?, &own)
            }
            LogicalPlan::Window(of) => {
                let passed = of.input.schema().fields().len();
                let added = own.get(passed..).unwrap_or_default();
                is_as_said(given(&mut of.window_expr.iter())?, added)
            }
            LogicalPlan::Join(of) => {
                let mut is_one = true;
                for (left, right) in &of.on {
                    let left = left.get_type(of.left.schema().as_ref())?;
                    is_one &= left == right.get_type(of.right.schema().as_ref())?;
                }
                is_one
            }
            LogicalPlan::Union(of) => {
                let is_same =
                    |input: &Arc<LogicalPlan>| types(input.schema()).eq(own.iter().copied());
                of.inputs.iter().all(is_same)
            }
            _ => true,
        })
}

/// Whether what an expression compares, or is one of, has one type.
fn is_typed_expr(expr: &Expr, schema: &dyn ExprSchema) -> Result<bool> {
    let are_one = |exprs: &mut dyn Iterator<Item = &Expr>| -> Result<bool> {
        let mut first: Option<DataType> = None;
        for expr in exprs {
            let kind = expr.get_type(schema)?;
            if first.get_or_insert_with(|| kind.clone()) != &kind {
                return Ok(false);
            }
        }
        Ok(true)
    };
    match expr {
        Expr::BinaryExpr(binary) if binary.op.supports_propagation() => {
            are_one(&mut [&*binary.left, &*binary.right].into_iter())
        }
        Expr::Between(between) => {
            are_one(&mut [&*between.expr, &*between.low, &*between.high].into_iter())
        }
        Expr::InList(list) => are_one(&mut std::iter::once(&*list.expr).chain(&list.list)),
        Expr::Case(case) => {
            let pairs = case.when_then_expr.iter();
            let results = pairs.clone().map(|(_, then)| &**then);
            let is_one = are_one(&mut results.chain(case.else_expr.as_deref()))?;
            Ok(is_one
                && match &case.expr {
                    Some(of) => {
                        let whens = pairs.map(|(when, _)| &**when);
                        are_one(&mut std::iter::once(&**of).chain(whens))?
                    }
                    None => true,
                })
        }
        Expr::ScalarFunction(call) => {
            let chooses = [fcore::greatest(), fcore::least(), fcore::nullif()];
            match chooses.contains(&call.func) {
                true => are_one(&mut call.args.iter()),
                false => Ok(true),
            }
        }
        _ => Ok(true),
    }
}
