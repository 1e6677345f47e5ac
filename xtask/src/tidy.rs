//! What must hold of the whole tree, held by tests: crate boundaries, sources, documents.
//!
//! Each check is a function from an input to the list of its faults, so that a test can show it failing.

mod commands;
mod manifests;
mod mutants;
mod sources;
mod specification;
