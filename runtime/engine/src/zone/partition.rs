//! What rows are partitioned by, without what the rest of it fixes.
//!
//! Where rows are grouped, their keys fix all else. The SQL engine knows this of orders, takes a shorter one
//! for `PARTITION BY key, x`, and then misses `x` in it and raises. So `x` is left out before: the partitions
//! are the same.

use super::{Node, plain};
use datafusion::common::{DFSchema, FunctionalDependence};
use datafusion::logical_expr::Expr;

/// The expressions of `by` that are not fixed by others of them. The unit always stays.
pub(super) fn needed(by: &[Expr], node: &Node) -> Vec<Expr> {
    let schema = node.plan.schema();
    let places: Vec<Option<usize>> = by.iter().map(|e| plain(e, schema)).collect();
    let known = schema.functional_dependencies().iter();
    let Some(keys) = known
        .filter(|keys| is_of_groups(keys, schema))
        .find(|keys| {
            let mut sources = keys.source_indices.iter();
            sources.all(|column| places.contains(&Some(*column)))
        })
    else {
        return by.to_vec();
    };
    let is_key = |place: &Option<usize>| place.is_some_and(|c| keys.source_indices.contains(&c));
    by.iter()
        .zip(&places)
        .filter(|(expr, place)| is_key(place) || node.is_unit(expr) || !fixes(keys, expr, schema))
        .map(|(expr, _)| expr.clone())
        .collect()
}

/// Whether keys hold a column that is never null. Rows that an outer join fills with nulls are no group.
fn is_of_groups(keys: &FunctionalDependence, schema: &DFSchema) -> bool {
    let mut sources = keys.source_indices.iter();
    sources.any(|column| {
        let field = schema.fields().get(*column);
        field.is_some_and(|field| !field.is_nullable())
    })
}

/// Whether rows that agree in the keys agree in the expression.
fn fixes(keys: &FunctionalDependence, expr: &Expr, schema: &DFSchema) -> bool {
    expr.column_refs().into_iter().all(|column| {
        let place = schema.index_of_column(column);
        place.is_ok_and(|place| keys.target_indices.contains(&place))
    })
}
