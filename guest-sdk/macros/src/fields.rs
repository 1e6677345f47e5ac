//! What the derives have in common: a struct's fields and the columns that they are.

use syn::punctuated::Punctuated;
use syn::token::Comma;
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

/// The columns of fields, each another; `what` they are called.
pub(crate) fn names(fields: &Punctuated<Field, Comma>, what: &str) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let name = column(field)?;
        if names.contains(&name) {
            let text = format!("two fields are {what} `{name}`");
            return Err(Error::new_spanned(field, text));
        }
        names.push(name);
    }
    Ok(names)
}

/// Refuses a struct with parameters.
pub(crate) fn no_parameters(input: &DeriveInput, text: &str) -> Result<()> {
    if input.generics.params.is_empty() {
        Ok(())
    } else {
        Err(Error::new_spanned(&input.generics, text))
    }
}
