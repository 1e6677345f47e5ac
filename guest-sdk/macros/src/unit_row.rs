//! `#[derive(UnitRow)]`.

use crate::fields::{named_fields, names};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, GenericParam, Index, Lifetime, Result};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let fields = named_fields(&input, "UnitRow")?;
    let lifetime = lifetime(&input)?;
    let borrowed = lifetime.clone().unwrap_or_else(|| syn::parse_quote!('a));
    let arguments = lifetime.map(|lifetime| quote!(<#lifetime>));
    let names = names(fields, "column")?;
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let places = (0..types.len()).map(Index::from);
    let row = &input.ident;
    Ok(quote! {
        impl<#borrowed> ::irongate_guest::UnitRow<#borrowed> for #row #arguments {
            const COLUMNS: &'static [::irongate_guest::rows::ColumnNeeded] = &[#(
                ::irongate_guest::rows::ColumnNeeded::new::<#types>(#names)
            ),*];
            type Columns = (#(<#types as ::irongate_guest::rows::RowField<#borrowed>>::Column,)*);

            fn open(
                parts: &mut ::irongate_guest::rows::Parts<#borrowed>,
            ) -> ::core::result::Result<Self::Columns, ::irongate_guest::rows::Malformed> {
                ::core::result::Result::Ok((#(
                    <#types as ::irongate_guest::rows::RowField<#borrowed>>::open(parts)?,
                )*))
            }

            fn read(columns: &Self::Columns, at: usize) -> Self {
                Self {
                    #(#idents: ::irongate_guest::rows::RowField::read(&columns.#places, at)),*
                }
            }
        }
    })
}

/// The lifetime of what the row borrows, if it has one; it has no other parameter.
fn lifetime(input: &DeriveInput) -> Result<Option<Lifetime>> {
    let mut parameters = input.generics.params.iter();
    let lifetime = match parameters.next() {
        None => None,
        Some(GenericParam::Lifetime(parameter)) => Some(parameter.lifetime.clone()),
        Some(other) => return Err(Error::new_spanned(other, ONE_LIFETIME)),
    };
    match parameters.next() {
        None => Ok(lifetime),
        Some(other) => Err(Error::new_spanned(other, ONE_LIFETIME)),
    }
}

const ONE_LIFETIME: &str = "a row has at most one parameter: the lifetime of its texts";
