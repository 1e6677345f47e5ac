//! The attributes and derives of the Irongate guest SDK.
//!
//! All are documented where they are re-exported, in `irongate-guest`.

mod fields;
mod job;
mod mapper;
mod outputs;
mod row;
mod unit_row;

use proc_macro::TokenStream;

/// Makes a function the job's entry: `fn run(ctx: &mut Context) -> Result<()>`.
#[proc_macro_attribute]
pub fn job(arguments: TokenStream, item: TokenStream) -> TokenStream {
    job::expand(&arguments.into(), item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Reads and writes a struct as a row: a field is the column of its name.
#[proc_macro_derive(Row, attributes(row))]
pub fn derive_row(item: TokenStream) -> TokenStream {
    row::expand(item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Makes a function the mapper: `fn map(rows: Rows<'_, Visit>) -> Score`.
#[proc_macro_attribute]
pub fn mapper(arguments: TokenStream, item: TokenStream) -> TokenStream {
    mapper::expand(&arguments.into(), item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Reads a struct as a row of a mapper's: a field is the column of its name.
#[proc_macro_derive(UnitRow, attributes(row))]
pub fn derive_unit_row(item: TokenStream) -> TokenStream {
    unit_row::expand(item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Makes a struct a mapper's outputs: a field is the output of its name.
#[proc_macro_derive(Outputs, attributes(row))]
pub fn derive_outputs(item: TokenStream) -> TokenStream {
    outputs::expand(item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
