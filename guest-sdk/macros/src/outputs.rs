//! `#[derive(Outputs)]`.

use crate::fields::{named_fields, names, no_parameters};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let fields = named_fields(&input, "Outputs")?;
    no_parameters(&input, "outputs have no generic parameters")?;
    let names = names(fields, "output")?;
    let idents = fields.iter().map(|field| &field.ident);
    let outputs = &input.ident;
    Ok(quote! {
        impl ::irongate_guest::Outputs for #outputs {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn values(&self) -> ::std::vec::Vec<f64> {
                ::std::vec![#(::irongate_guest::outputs::Output::value(&self.#idents)),*]
            }
        }
    })
}
