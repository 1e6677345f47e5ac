//! `#[irongate_guest::job]`: on wasm the function becomes the component's `run`; natively it stays
//! an ordinary function that the harness calls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

pub(crate) fn expand(arguments: &TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`job` takes no arguments"));
    }
    let function: ItemFn = syn::parse2(item)?;
    let signature = &function.sig;
    let wrong = if let Some(token) = &signature.asyncness {
        Some(Error::new_spanned(
            token,
            "a job is not async: the gate answers each call before it returns",
        ))
    } else if !signature.generics.params.is_empty() {
        Some(Error::new_spanned(
            &signature.generics,
            "a job has no generic parameters",
        ))
    } else if signature.inputs.len() != 1 {
        Some(Error::new_spanned(
            signature,
            "write a job as `fn run(ctx: &mut Context) -> Result<()>`",
        ))
    } else {
        None
    };
    if let Some(error) = wrong {
        return Err(error);
    }
    let name = &signature.ident;
    Ok(quote! {
        #function

        const _: fn(&mut ::irongate_guest::Context) -> ::irongate_guest::Result<()> = #name;

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Job;
            impl ::irongate_guest::bindings::Guest for Job {
                fn run() -> ::core::result::Result<(), ::std::string::String> {
                    ::irongate_guest::bindings::run(#name)
                }
            }
            ::irongate_guest::bindings::export_job!(Job with_types_in ::irongate_guest::bindings);
        };
    })
}
