//! The sandbox against hostile jobs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod admission;
mod guests;
mod hostile;
mod mapper;
mod worker;
