//! Loading compiled code: the one `unsafe` of the project.

use wasmtime::component::Component;

use crate::cache::Authenticated;

/// Makes a component of authenticated machine code.
///
/// # Errors
/// When the artifact does not fit this engine.
#[expect(
    unsafe_code,
    reason = "loading machine code is trusting whoever made it; `Authenticated` is made only of \
              bytes our own compile worker wrote, or whose MAC under the home's key holds"
)]
pub(crate) fn load(
    engine: &wasmtime::Engine,
    artifact: &Authenticated,
) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are the unaltered output of `precompile_component` for these settings:
    // that is what `Authenticated` says, and only the cache can make one.
    unsafe { Component::deserialize(engine, artifact.bytes()) }
}
