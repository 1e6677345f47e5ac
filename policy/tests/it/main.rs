//! Tests of the decider from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "tests"
)]
#![allow(missing_docs, unreachable_pub, reason = "tests")]

mod documents;
mod exhaustive;
mod flow;
mod job_refusals;
mod linked;
mod random;
mod refusals;
mod roles;
mod world;
