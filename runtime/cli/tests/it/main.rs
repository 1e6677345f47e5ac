//! The command as its users meet it: a child process, its exit code, and what it says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod developer;
mod examples;
mod flow;
mod home;
mod hostile;
mod readme;
mod refusals;
mod release;
mod repeat;
mod support;
mod terminal;
