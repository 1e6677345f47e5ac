//! The engine, end to end over small files that the tests write.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod cases;
mod distinct;
mod endless;
#[cfg(feature = "fault-injection")]
mod evidence;
mod explained;
#[cfg(feature = "fault-injection")]
mod faults;
mod fixture;
mod fuzz;
mod losses;
mod mapped;
mod mappers;
mod page;
mod planned;
mod proven;
mod recursion;
mod run;
mod statistics;
#[cfg(feature = "fault-injection")]
mod stored;
mod teaching;
