//! `#[derive(Row)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, Result};

/// The column of a field: its name, or `#[row(rename = "…")]`.
fn column(field: &Field) -> Result<String> {
    let mut name = None;
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("row"))
    {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<LitStr>()?.value());
                Ok(())
            } else {
                Err(meta.error("only `rename = \"…\"` is known here"))
            }
        })?;
    }
    match (name, &field.ident) {
        (Some(name), _) => Ok(name),
        (None, Some(ident)) => Ok(ident.to_string().trim_start_matches("r#").to_owned()),
        (None, None) => Err(Error::new_spanned(field, "a row's fields have names")),
    }
}

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "`Row` is derived for structs",
        ));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(
            &input.ident,
            "`Row` is derived for structs whose fields have names",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "a row has no generic parameters",
        ));
    }
    let mut names: Vec<String> = Vec::new();
    for field in &fields.named {
        let name = column(field)?;
        if names.contains(&name) {
            return Err(Error::new_spanned(
                field,
                format!("two fields are column `{name}`"),
            ));
        }
        names.push(name);
    }
    let idents: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
    let types = fields.named.iter().map(|field| &field.ty);
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
