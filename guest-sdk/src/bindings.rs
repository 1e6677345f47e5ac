//! The component's side of the gate: what `#[irongate_guest::job]` expands to uses it; jobs do not.

#![expect(
    missing_docs,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated from the WIT"
)]

use crate::{Column, Context, Error, Gate, Level, Options, Result, Table, Values};

wit_bindgen::generate!({
    path: "wit",
    world: "analyst",
    pub_export_macro: true,
    export_macro_name: "export_job",
    default_bindings_module: "irongate_guest::bindings",
});

use irongate::sandbox::{gate, tables};

/// Runs a job's function against the gate that hosts this component.
///
/// # Errors
/// The job's error, as text for the agency.
pub fn run(job: fn(&mut Context) -> Result<()>) -> std::result::Result<(), String> {
    // A panic ends the component; this leaves its message in the job's log.
    std::panic::set_hook(Box::new(|panic| log(Level::Error, &panic.to_string())));
    job(&mut Context::new(Host)).map_err(|error| error.to_string())
}

pub(crate) fn log(level: Level, text: &str) {
    let level = match level {
        Level::Debug => gate::Level::Debug,
        Level::Info => gate::Level::Info,
        Level::Warn => gate::Level::Warn,
        Level::Error => gate::Level::Error,
    };
    gate::log(level, text);
}

struct Host;

impl Gate for Host {
    fn query(&mut self, sql: &str, options: &Options) -> Result<Table> {
        let options = gate::QueryOptions {
            epsilon: options.epsilon.clone(),
            rho: options.rho.clone(),
            delta: options.delta.clone(),
            max_groups_per_unit: options.max_groups_per_unit,
            max_rows_per_group: options.max_rows_per_group,
            max_values_per_group: options.max_values_per_group,
            accuracy: options.accuracy.clone(),
            shares: options.shares.clone(),
        };
        from_wit(gate::query(sql, &options).map_err(error)?)
    }

    fn output(&mut self, name: &str, table: Table) -> Result<()> {
        gate::output(name, &to_wit(&table)).map_err(error)
    }
}

fn error(error: gate::Error) -> Error {
    match error {
        gate::Error::Denied(codes) => Error::Denied(codes),
        gate::Error::Rejected(text) => Error::Rejected(text),
        gate::Error::Failed => Error::Failed,
    }
}

fn from_wit(table: tables::Table) -> Result<Table> {
    let column = |column: tables::Column| {
        let values = match column.values {
            tables::Values::Bools(list) => Values::Bools(list),
            tables::Values::Int64s(list) => Values::Int64s(list),
            tables::Values::Float64s(list) => Values::Float64s(list),
            tables::Values::Strings(list) => Values::Strings(list),
            tables::Values::Dates(list) => Values::Dates(list),
            tables::Values::Timestamps(list) => Values::Timestamps(list),
            tables::Values::Decimals(d) => Values::Decimals {
                scale: d.scale,
                units: d.units,
            },
        };
        Column::from_parts(column.name, values, column.valid, column.half_widths)
    };
    Table::new(
        table
            .columns
            .into_iter()
            .map(column)
            .collect::<Result<_>>()?,
    )
}

fn to_wit(table: &Table) -> tables::Table {
    let column = |column: &Column| tables::Column {
        name: column.name().to_owned(),
        values: match column.values().clone() {
            Values::Bools(list) => tables::Values::Bools(list),
            Values::Int64s(list) => tables::Values::Int64s(list),
            Values::Float64s(list) => tables::Values::Float64s(list),
            Values::Strings(list) => tables::Values::Strings(list),
            Values::Dates(list) => tables::Values::Dates(list),
            Values::Timestamps(list) => tables::Values::Timestamps(list),
            Values::Decimals { scale, units } => {
                tables::Values::Decimals(tables::Decimals { scale, units })
            }
        },
        valid: column.valid().to_vec(),
        half_widths: column.half_widths().map(<[f64]>::to_vec),
    };
    tables::Table {
        columns: table.columns().iter().map(column).collect(),
    }
}
