//! `#[derive(Row)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::token::Comma;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, Result};

/// The column of a field: its name, or `#[row(rename = "…")]`.
pub(crate) fn column(field: &Field) -> Result<String> {
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

/// The fields of a struct whose fields have names; nothing else is a `what`.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    what: &str,
) -> Result<&'a Punctuated<Field, Comma>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(&fields.named),
            Fields::Unnamed(_) | Fields::Unit => Err(Error::new_spanned(
                &input.ident,
                format!("`{what}` is derived for structs whose fields have names"),
            )),
        },
        Data::Enum(_) | Data::Union(_) => Err(Error::new_spanned(
            &input.ident,
            format!("`{what}` is derived for structs"),
        )),
    }
}

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let fields = named_fields(&input, "Row")?;
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "a row has no generic parameters",
        ));
    }
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let name = column(field)?;
        if names.contains(&name) {
            return Err(Error::new_spanned(
                field,
                format!("two fields are column `{name}`"),
            ));
        }
        names.push(name);
    }
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
