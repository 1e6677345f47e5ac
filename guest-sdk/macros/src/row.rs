//! `#[derive(Row)]`.

use crate::fields::{named_fields, names, no_parameters};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let fields = named_fields(&input, "Row")?;
    no_parameters(&input, "a row has no generic parameters")?;
    let names = names(fields, "column")?;
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let types = fields.iter().map(|field| &field.ty);
    let row = &input.ident;
    Ok(quote! {
        impl ::irongate_guest::Row for #row {
            fn columns() -> ::std::vec::Vec<(&'static str, ::irongate_guest::Kind)> {
                ::std::vec![#((#names, <#types as ::irongate_guest::Field>::KIND)),*]
            }
            fn from_cells(cells: &::irongate_guest::Cells<'_>) -> ::irongate_guest::Result<Self> {
                ::core::result::Result::Ok(Self { #(#idents: cells.get(#names)?),* })
            }
            fn to_values(&self) -> ::std::vec::Vec<::irongate_guest::Value> {
                ::std::vec![#(::irongate_guest::Field::to_value(&self.#idents)),*]
            }
        }
    })
}
