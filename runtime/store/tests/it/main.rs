//! Integration tests of the store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod append;
mod backup;
mod crash;
mod documents;
mod export;
mod forgery;
mod opening;
mod support;
mod tree;
