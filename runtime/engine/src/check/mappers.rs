//! The mappers that a statement names.

use super::names::Names;
use super::parse::{parse, refused};
use super::{planned, size, tokenized, within_limits};
use crate::mapper::MapperTable;
use crate::reject::Checked;
use crate::zone::{self, Planner};
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

/// Checks what the mappers read that the statement names, and adds their tables. A mapper reads datasets alone.
pub(super) fn named(query: &ast::Query, names: &Names, planner: &mut Planner<'_>) -> Checked<()> {
    let mut named = BTreeSet::new();
    let ControlFlow::Continue(()) = ast::visit_relations(query, |relation| {
        let last = relation.0.last().and_then(|part| part.as_ident());
        named.extend(last.map(|name| name.value.to_ascii_lowercase()));
        ControlFlow::<Infallible>::Continue(())
    });
    let mut checked = Vec::new();
    for (name, table) in &planner.catalog.mappers {
        if named.contains(name) {
            let input = planned_input(name, table, names)?;
            checked.push((name, planner.mapper(name, table, &input)?));
        }
    }
    for (name, mapper) in checked {
        let added = names.add(name, mapper.placeholder.clone());
        added.map_err(|error| refused(&error))?;
        planner.mappers.insert(name.clone(), mapper);
    }
    Ok(())
}

/// The plan of a mapper's input, within the limits of any statement.
pub(super) fn planned_input(
    name: &str,
    table: &MapperTable,
    names: &Names,
) -> Checked<LogicalPlan> {
    let sql = &table.declared.input;
    let input = tokenized(sql).and_then(|tokens| {
        within_limits(&tokens)?;
        let query = parse(sql)?;
        size::is_small(&query)?;
        planned(query, names)
    });
    input.map_err(|rejection| zone::of_mapper(name, rejection))
}
