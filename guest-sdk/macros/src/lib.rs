//! The job attribute and row derive of the Irongate guest SDK.
//!
//! Both are documented where they are re-exported, in `irongate-guest`.

mod job;
mod row;

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
