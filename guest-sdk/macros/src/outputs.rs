//! `#[derive(Outputs)]`.

use crate::row::{column, named_fields};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, Result};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let fields = named_fields(&input, "Outputs")?;
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "outputs have no generic parameters",
        ));
    }
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let name = column(field)?;
        if names.contains(&name) {
            return Err(Error::new_spanned(
                field,
                format!("two fields are output `{name}`"),
            ));
        }
        names.push(name);
    }
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
