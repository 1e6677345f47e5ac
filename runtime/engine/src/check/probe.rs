//! What a mapper would be called with, if there were nobody: its columns, and no rows.

use super::mappers::planned_input;
use super::names::names;
use super::parse::refused;
use super::{apart, gave_up, planner};
use crate::mapper::Head;
use crate::options::{Catalog, LossRequest, QueryOptions};
use crate::reject::{Checked, Rejection, Rule};

/// A mapper's rows of nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapperProbe {
    /// As they are laid out.
    pub rows: Vec<u8>,
    /// The columns, for people: names and types, and where nulls may be.
    pub columns: String,
}

/// Checks what a mapper of the catalog reads, from metadata alone, and lays out its columns without any rows. Code that does not
/// take this buffer was written for other columns, and would give no number for anybody.
///
/// # Errors
/// A [`Rejection`] if the catalog has no such mapper, or its input is refused.
pub fn mapper_probe(catalog: &Catalog, name: &str) -> Result<MapperProbe, Rejection> {
    apart(|| probe(catalog, name)).unwrap_or_else(|| Err(gave_up()))
}

fn probe(catalog: &Catalog, name: &str) -> Checked<MapperProbe> {
    let missing = || Rejection::new(Rule::UnknownName, format!("mapper `{name}`"), "declare it");
    let table = catalog.mappers.get(name).ok_or_else(missing)?;
    let names = names(catalog).map_err(|error| refused(&error))?;
    // What it would be asked with is no matter here.
    let options = QueryOptions::new(LossRequest::Rho(irongate_policy::Decimal::ZERO));
    let mut planner = planner(catalog, &options);
    let input = planned_input(name, table, &names)?;
    let checked = planner.mapper(name, table, &input)?;
    let internal = |error: datafusion::error::DataFusionError| {
        Rejection::new(
            Rule::Syntax,
            format!("mapper `{name}`"),
            error.strip_backtrace(),
        )
    };
    let columns = checked.columns();
    let head = Head::new(&columns).map_err(internal)?;
    let mut rows = Vec::new();
    let ends: &[u32] = &[];
    let ends = table.declared.blocks.map(|_| ends);
    head.write(&mut rows, &[], &[], ends).map_err(internal)?;
    let shown = columns.fields().iter().map(|field| {
        let nulls = if field.is_nullable() { " or null" } else { "" };
        format!("`{}` {}{nulls}", field.name(), field.data_type())
    });
    Ok(MapperProbe {
        rows,
        columns: shown.collect::<Vec<_>>().join(", "),
    })
}
