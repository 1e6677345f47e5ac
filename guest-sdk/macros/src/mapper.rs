//! `#[irongate_guest::mapper]`: on wasm the function becomes the component's `map`; natively it stays an ordinary
//! function, with a type of its name for the harness.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, ItemFn, LitInt, Result, ReturnType, Token};

/// What a mapper allocates for one person at most, bytes, if it does not say: with stack and data, two pages.
const HEAP_BYTES: usize = 80 << 10;
/// The most it may say: what the sandbox gives.
const MAX_HEAP_BYTES: usize = 900 << 10;

/// `heap = BYTES`.
struct Heap(usize);

impl Parse for Heap {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Ok(Self(HEAP_BYTES));
        }
        let name: Ident = input.parse()?;
        if name != "heap" {
            return Err(Error::new(name.span(), "`mapper` takes `heap = BYTES`"));
        }
        let _: Token![=] = input.parse()?;
        let bytes: LitInt = input.parse()?;
        let value: usize = bytes.base10_parse()?;
        if value > MAX_HEAP_BYTES {
            let text = format!("a person's instance has {MAX_HEAP_BYTES} bytes at most");
            return Err(Error::new(bytes.span(), text));
        }
        Ok(Self(value))
    }
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Heap(heap) = syn::parse2(arguments)?;
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
            // Nothing is freed: the instance is gone after one person.
            #[global_allocator]
            static HEAP: ::irongate_guest::mapping::Heap<[u8; #heap]> =
                ::irongate_guest::mapping::Heap::uninit();

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
