//! Calls of aggregate functions, as they are written.

use super::{KNOWN, internal, refuse, strip_alias};
use crate::reject::{Checked, Rule};
use crate::total::constant;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{AggregateUDF, Expr, when};

/// A call of an aggregate function.
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) function: &'a AggregateUDF,
    pub(super) args: &'a [Expr],
    pub(super) distinct: bool,
    /// WITHIN GROUP (ORDER BY x DESC): counted from the other end.
    pub(super) is_descending: bool,
    pub(super) filter: Option<&'a Expr>,
}

impl Call<'_> {
    pub(super) fn is(&self, function: &AggregateUDF) -> bool {
        self.function == function
    }
}

pub(super) fn call(expr: &Expr) -> Checked<Call<'_>> {
    let Expr::AggregateFunction(call) = strip_alias(expr) else {
        return refuse(Rule::Aggregate, format!("`{expr}`"), KNOWN);
    };
    let params = &call.params;
    let name = call.func.name();
    let ordered = match params.order_by.as_slice() {
        [] => None,
        [by] if call.func.supports_within_group_clause() => Some(by),
        [..] => {
            return refuse(
                Rule::Order,
                format!("ordered aggregate {name}"),
                "aggregates cannot depend on order",
            );
        }
    };
    if params.null_treatment.is_some() {
        return refuse(
            Rule::Order,
            format!("ordered aggregate {name}"),
            "aggregates cannot depend on order",
        );
    }
    Ok(Call {
        name,
        function: &call.func,
        args: &params.args,
        distinct: params.distinct,
        is_descending: ordered.is_some_and(|by| !by.asc),
        filter: params.filter.as_deref(),
    })
}

/// A constant share between 0 and 1.
pub(super) fn share(expr: &Expr) -> Checked<f64> {
    let value = constant(expr).and_then(|v| v.cast_to(&DataType::Float64).ok());
    match value {
        Some(ScalarValue::Float64(Some(p))) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => refuse(
            Rule::Aggregate,
            format!("quantile at `{expr}`"),
            "give a constant from 0 to 1",
        ),
    }
}

/// FILTER is a CASE: a row that does not meet it has no value, and adds nothing.
pub(super) fn filtered(call: &Call<'_>, expr: &Expr) -> Checked<Expr> {
    match call.filter {
        None => Ok(expr.clone()),
        Some(filter) => when(filter.clone(), expr.clone()).end().map_err(internal),
    }
}

pub(super) fn labelled(expr: &Expr, filter: Option<&Expr>) -> String {
    match filter {
        None => expr.to_string(),
        Some(filter) => format!("{expr} where {filter}"),
    }
}
