//! `cargo xtask neighbours`: the neighbour property over as many random cases as one has time for.

use crate::Outcome;
use crate::process::{cargo, note, run};
use crate::setup;

/// The test that makes the cases.
const TEST: &str = "evidence::neighbours::neighbouring_results_differ_by_at_most_the_sensitivities";

/// Runs at least `cases` counted cases of one seed, from database `first` on, and prints what they cover and
/// each counter-example with its statement, seed and both databases.
///
/// # Errors
/// When there is a counter-example, or the tests cannot be built.
pub(crate) fn run_cases(cases: u64, seed: u64, first: u64) -> Outcome {
    setup::for_tests()?;
    note(&format!(
        "neighbours: {cases} counted cases of seed {seed}, from database {first} on"
    ));
    let only = format!("package(irongate-engine) & test(={TEST})");
    let mut command = cargo(&[
        "nextest",
        "run",
        "--workspace",
        "--locked",
        // So many cases are worth another build: optimised, they take a third of the time.
        "--cargo-profile",
        "release",
        // It may take hours: this profile does not end what is slow.
        "--profile",
        "long",
        "--features",
        "irongate-engine/fault-injection",
        "--no-capture",
        "-E",
        &only,
    ]);
    command
        .env("IRONGATE_NEIGHBOUR_CASES", cases.to_string())
        .env("IRONGATE_NEIGHBOUR_FIRST", first.to_string())
        .env("IRONGATE_TEST_SEED", seed.to_string());
    run(command).map_err(|why| format!("{why}; the same seed gives the same cases again"))
}
