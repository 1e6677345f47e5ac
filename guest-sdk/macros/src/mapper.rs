//! `#[irongate_guest::mapper]`: on wasm the function becomes the component's `map`; natively it stays an ordinary
//! function that the harness calls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result, ReturnType};

pub(crate) fn expand(arguments: &TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`mapper` takes no arguments"));
    }
    let function: ItemFn = syn::parse2(item)?;
    let signature = &function.sig;
    let is_plain = signature.asyncness.is_none()
        && signature.generics.type_params().next().is_none()
        && signature.inputs.len() == 1
        && matches!(signature.output, ReturnType::Type(..));
    if !is_plain {
        return Err(Error::new_spanned(
            signature,
            "write a mapper as `fn map(rows: Rows<'_, Visit>) -> Score`",
        ));
    }
    let name = &signature.ident;
    Ok(quote! {
        #function

        const _: fn(&[u8]) -> ::std::vec::Vec<f64> = |rows| ::irongate_guest::outputs::of(rows, #name);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Mapper;
            impl ::irongate_guest::mapping::Guest for Mapper {
                fn map(rows: ::std::vec::Vec<u8>) -> ::std::vec::Vec<f64> {
                    ::irongate_guest::outputs::of(&rows, #name)
                }
            }
            ::irongate_guest::mapping::export_mapper!(Mapper with_types_in ::irongate_guest::mapping);
        };
    })
}
