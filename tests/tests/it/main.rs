//! Whole-system tests: the gate as a library, with a virtual clock and recorded entropy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod child;
mod crash;
mod data;
mod digests;
mod drafts;
mod end_to_end;
mod failures;
mod guest;
mod init;
mod ledger;
mod mapping;
mod questions;
mod regression;
mod replay;
mod search;
mod secrets;
mod shipped;
mod surroundings;
mod transcript;
mod visible;
mod worker;
mod world;
