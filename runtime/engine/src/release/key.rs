//! Group keys, and every value each may have.

use super::{Key, column, internal, refuse};
use crate::reject::{Checked, Rule};
use crate::total::Scope;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ExprSchemable};
use irongate_policy::dataset::DomainValue;

pub(super) fn key(expr: &Expr, scope: &Scope<'_>) -> Checked<Key> {
    if column(expr, scope).is_some_and(|k| k.unit) {
        return refuse(
            Rule::UnitOutput,
            format!("GROUP BY `{expr}`"),
            "group by something persons share",
        );
    }
    if matches!(expr, Expr::GroupingSet(_)) {
        return refuse(
            Rule::Aggregate,
            "nested GROUPING SETS",
            "write the sets out in one GROUPING SETS",
        );
    }
    let known = scope.total(expr, 0)?;
    let kind = expr.get_type(scope.schema).map_err(internal)?;
    let nullable = expr.nullable(scope.schema).unwrap_or(true);
    let declared = match (&known.domain, &kind) {
        (Some(values), _) => Some(values.clone()),
        (None, DataType::Boolean) => Some(vec![DomainValue::Bool(false), DomainValue::Bool(true)]),
        (None, _) => None,
    };
    let domain = declared.and_then(|values| {
        let mut out = Vec::new();
        for value in values {
            let value = match value {
                DomainValue::Bool(b) => ScalarValue::Boolean(Some(b)),
                DomainValue::Int(i) => ScalarValue::Int64(Some(i)),
                DomainValue::Text(t) => ScalarValue::Utf8(Some(t)),
            };
            let value = value.cast_to(&kind).ok().filter(|v| !v.is_null())?;
            if !out.contains(&value) {
                out.push(value);
            }
        }
        if nullable {
            out.push(ScalarValue::try_from(&kind).ok()?);
        }
        Some(out)
    });
    let longest = match kind {
        DataType::Utf8 => known.longest(),
        _ => 16,
    };
    Ok(Key {
        longest,
        name: expr.schema_name().to_string(),
        kind,
        domain,
    })
}
