//! `#[irongate_guest::mapper]`: on wasm the function becomes the component's `map`; natively it stays an ordinary
//! function, with a type of its name for the harness.

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
            "write a mapper as `fn map(rows: Rows<'_, Visit>) -> Score`, or with `Units` for blocks of people",
        ));
    }
    let (name, visibility) = (&signature.ident, &function.vis);
    Ok(quote! {
        #function

        /// The mapper, for `irongate_guest::testing::MapperHarness`.
        #[expect(non_camel_case_types, reason = "named as its function")]
        #visibility enum #name {}

        impl ::irongate_guest::outputs::Mapper for #name {
            fn columns() -> &'static [::irongate_guest::rows::ColumnNeeded] {
                ::irongate_guest::outputs::columns(#name)
            }
            fn is_of_blocks() -> bool {
                ::irongate_guest::outputs::is_of_blocks(#name)
            }
            fn outputs() -> &'static [&'static str] {
                ::irongate_guest::outputs::names(#name)
            }
            fn map(rows: &[u8]) -> ::std::vec::Vec<f64> {
                ::irongate_guest::outputs::of(rows, #name)
            }
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            // Begins right above the data, in the pages that are there, and frees nothing: the instance is gone after
            // one person.
            #[global_allocator]
            static HEAP: ::irongate_guest::mapping::Heap = ::irongate_guest::mapping::Heap::INIT;

            struct Component;
            impl ::irongate_guest::mapping::Guest for Component {
                fn map(rows: ::std::vec::Vec<u8>) -> ::std::vec::Vec<f64> {
                    ::irongate_guest::outputs::of(&rows, #name)
                }
            }
            ::irongate_guest::mapping::export_mapper!(Component with_types_in ::irongate_guest::mapping);
        };
    })
}
