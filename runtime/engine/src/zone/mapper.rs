//! Mappers as tables: what a statement names is a call for each unit, over the rows that the declared input gives.
//!
//! The input is held to the same rules as any private part, so its rows are functions of one unit's rows. A call
//! sees those of one unit, in an order that follows from them, so its outputs are a function of them too.

use super::{Node, Planner, Zone, internal, with_unit};
use crate::mapper::{self, MapperNode, MapperTable};
use crate::reject::{Checked, Rejection, Rule};
use crate::source::{Placeholder, Source};
use crate::total::Known;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, TableScan};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What SQL calls a block.
const BLOCK: &str = "block";
/// Widest decimal that fits the 8 bytes in which mappers read them.
const MAX_DIGITS: u8 = 18;

/// A mapper whose input was checked.
#[derive(Debug, Clone)]
pub(crate) struct CheckedMapper {
    table: MapperTable,
    /// Its rows `[unit, columns…]`.
    input: Node,
    /// What SQL names.
    pub(crate) placeholder: Placeholder,
}

impl CheckedMapper {
    /// The columns that it reads.
    pub(crate) fn columns(&self) -> Schema {
        let fields = self.input.plan.schema().fields().iter().skip(1);
        Schema::new(fields.cloned().collect::<Vec<_>>())
    }

    /// How many blocks it sees, if not units.
    pub(super) fn blocks(&self) -> Option<u32> {
        self.table.declared.blocks
    }
}

impl Planner<'_> {
    /// Checks what a mapper reads, from its input as it was planned.
    pub(crate) fn mapper(
        &mut self,
        name: &str,
        table: &MapperTable,
        input: &LogicalPlan,
    ) -> Checked<CheckedMapper> {
        let checked = self
            .visit(input)
            .and_then(|node| self.checked_mapper(name, table, node));
        checked.map_err(|rejection| of_mapper(name, rejection))
    }

    fn checked_mapper(
        &self,
        name: &str,
        table: &MapperTable,
        node: Node,
    ) -> Checked<CheckedMapper> {
        let Zone::UnitLocal {
            unit, population, ..
        } = &node.zone
        else {
            return Err(Rejection::new(
                Rule::UnitLocality,
                "input without private rows",
                "read a protected table, and leave aggregates of several units to the statement",
            ));
        };
        let schema = Arc::clone(node.plan.schema());
        let read: Vec<usize> = (0..node.columns.len())
            .filter(|at| node.columns.get(*at).is_some_and(|known| !known.unit))
            .collect();
        if read.is_empty() {
            return Err(Rejection::new(
                Rule::UnitLocality,
                "input without columns",
                "select at least one column beside the unit",
            ));
        }
        for at in &read {
            let field = schema.field(*at);
            if !is_read(field.data_type()) {
                return Err(Rejection::new(
                    Rule::Total,
                    format!("column `{}` of type {}", field.name(), field.data_type()),
                    "CAST it to BIGINT, DECIMAL(18, s), BOOLEAN, VARCHAR, DATE or TIMESTAMP",
                ));
            }
        }
        let unit_name = match table.declared.blocks {
            None => self.unit_name(population.first())?,
            Some(_) => BLOCK.to_owned(),
        };
        let kept: Vec<usize> = std::iter::once(*unit).chain(read).collect();
        let exprs = kept.iter().map(|at| {
            let column = Expr::Column(Column::from(schema.qualified_field(*at)));
            column.alias(schema.field(*at).name())
        });
        let exprs = exprs.collect::<Vec<_>>();
        let columns = kept.iter().filter_map(|at| node.columns.get(*at).cloned());
        let columns: Vec<Known> = columns.collect();
        let input = Projection::try_new(exprs, Arc::new(node.plan)).map_err(internal)?;
        let outputs = table.declared.outputs.iter().map(mapper::field);
        let unit_field = Field::new(&unit_name, crate::bound::UNIT_TYPE, false);
        let outputs: Vec<Field> = std::iter::once(unit_field).chain(outputs).collect();
        let names: BTreeSet<&str> = outputs.iter().map(|field| field.name().as_str()).collect();
        if names.len() < outputs.len() {
            return Err(Rejection::new(
                Rule::UnknownName,
                format!("output `{unit_name}`"),
                "name it otherwise: the unit's column has this name",
            ));
        }
        Ok(CheckedMapper {
            table: table.clone(),
            input: Node {
                plan: LogicalPlan::Projection(input),
                zone: with_unit(node.zone, 0),
                columns,
                unique: None,
            },
            placeholder: Placeholder::new(Source::Mapper(name.to_owned()), Schema::new(outputs)),
        })
    }

    /// What SQL calls the unit of a dataset.
    fn unit_name(&self, dataset: Option<&str>) -> Checked<String> {
        let table = dataset.and_then(|name| self.catalog.tables.get(name));
        let name = table.and_then(|table| table.spec.unit_name());
        name.map(str::to_owned)
            .ok_or_else(|| Rejection::new(Rule::UnitLocality, "unit", "read a protected table"))
    }

    /// A mapper's table where a statement names it. If it is of blocks, its rows are no unit's: only
    /// [`Self::released_blocks`] may take them.
    pub(super) fn mapped(&self, name: &str, scan: &TableScan) -> Checked<Node> {
        let Some(mapper) = self.mappers.get(name) else {
            return Err(Rejection::new(
                Rule::UnknownName,
                format!("table `{}`", scan.table_name),
                "name a dataset of the scenario",
            ));
        };
        let CheckedMapper { table, input, .. } = mapper;
        let unit = Known {
            unit: true,
            ..Known::default()
        };
        let outputs = table.declared.outputs.iter().map(mapper::known);
        let mut zone = input.zone.clone();
        let Zone::UnitLocal {
            namespace,
            rows_per_unit,
            multiplied,
            population,
            ..
        } = &mut zone
        else {
            return Err(Rejection::new(
                Rule::UnitLocality,
                "input",
                "read a protected table",
            ));
        };
        (*rows_per_unit, *multiplied) = (1, false);
        let node = MapperNode {
            name: name.to_owned(),
            table: table.clone(),
            input: input.plan.clone(),
            schema: Arc::clone(&scan.projected_schema),
            columns: Arc::new(mapper.columns()),
            units: population.units(),
            namespace: namespace.clone(),
            ready: None,
        };
        Ok(Node {
            plan: node.plan(),
            zone,
            columns: std::iter::once(unit).chain(outputs).collect(),
            // One row of a unit at most: none agree even in no column.
            unique: Some(BTreeSet::new()),
        })
    }
}

/// What stands against a mapper's input, which is no part of the statement.
pub(crate) fn of_mapper(name: &str, rejection: Rejection) -> Rejection {
    Rejection {
        construct: format!("mapper `{name}`: {}", rejection.construct),
        span: None,
        ..rejection
    }
}

/// The types that the layout of rows has.
fn is_read(kind: &DataType) -> bool {
    match kind {
        DataType::Boolean | DataType::Int64 | DataType::Utf8 | DataType::Date32 => true,
        DataType::Timestamp(unit, None) => *unit == TimeUnit::Microsecond,
        DataType::Decimal128(digits, scale) => *digits <= MAX_DIGITS && *scale >= 0,
        _ => false,
    }
}
