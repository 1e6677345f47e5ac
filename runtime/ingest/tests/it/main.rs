//! Ingest from files to stored rows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod formats;
mod manifest;
mod neighbours;
mod refusals;
mod rules;
mod size;
mod storage;
mod support;
mod twin;
