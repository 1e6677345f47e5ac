//! The component's side of a mapper: what `#[irongate_guest::mapper]` expands to uses it; mappers do not.

#![expect(
    missing_docs,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated from the WIT"
)]

/// Memory that is handed out once, in order.
pub use mini_alloc::MiniAlloc as Heap;

wit_bindgen::generate!({
    path: "wit",
    world: "mapper",
    pub_export_macro: true,
    export_macro_name: "export_mapper",
    default_bindings_module: "irongate_guest::mapping",
});
