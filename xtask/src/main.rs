//! The project's own commands: `cargo xtask test`, `demo`, `bench`, `guides`, `neighbours`, `fuzz`,
//! `mutants`, `setup`, `deny`.
//!
//! Each sets up what is missing and says so. Tidiness checks (crate boundaries, documents) are ordinary
//! tests of this crate, under `tidy`.

mod bench;
mod date;
mod demo;
mod fuzz;
mod guides;
mod mutants;
mod neighbours;
mod peers;
mod process;
mod setup;
mod shipped;
mod stage;
mod test;
#[cfg(test)]
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What a step of a command gives back: nothing, or a sentence saying what failed and what to do.
type Outcome<T = ()> = Result<T, String>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the other commands need: the wasm target and two pinned tools.
    Setup,
    /// Run every test, the documentation's included, and print one summary.
    Test {
        /// Passed on to nextest, for example a filter.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        filter: Vec<String>,
    },
    /// Show the whole path, from a data file to a verified release, with the command line alone.
    Demo,
    /// Run the command blocks of the guides, as their readers would.
    Guides,
    /// Run benchmarks in release and compare them with their bars.
    Bench {
        /// A bench target, such as `gate`; all under `benches/benches` when left out. `peers` compares with
        /// other systems, which it installs from PyPI.
        name: Option<String>,
        /// Only JSON lines on standard output.
        #[arg(long)]
        json: bool,
        /// Words for the target, such as `--runs 10` for `peers`, or `tpch` for `engine`: a part of it alone.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Ask random statements of random neighbouring databases, and print what they cover.
    Neighbours {
        /// Cases that must count; the tests ask for 20,000.
        #[arg(long, default_value_t = 20_000)]
        cases: u64,
        /// The same seed gives the same cases.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The database to begin with, as a counter-example names it.
        #[arg(long, default_value_t = 0)]
        first: u64,
    },
    /// Ask the checker what a coverage-guided fuzzer comes upon.
    Fuzz {
        /// How long.
        #[arg(long, default_value_t = 600)]
        seconds: u32,
    },
    /// Change the privacy-critical modules in small ways, and see whether a test finds each.
    Mutants {
        /// Modules, by their path from the checkout; all that are listed when left out.
        modules: Vec<String>,
    },
    /// Check licences, banned crates and sources.
    Deny,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Setup => setup::everything(),
        Command::Test { filter } => test::run(&filter),
        Command::Demo => demo::run(),
        Command::Guides => guides::run().map(drop),
        Command::Bench { name, json, rest } => match name.as_deref() {
            Some(peers::NAME) => peers::run(json, &rest),
            name => bench::run(name, json, &rest),
        },
        Command::Neighbours { cases, seed, first } => neighbours::run_cases(cases, seed, first),
        Command::Fuzz { seconds } => fuzz::run_for(seconds),
        Command::Mutants { modules } => mutants::run(&modules),
        Command::Deny => setup::deny(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            process::note(&format!("error: {why}"));
            ExitCode::FAILURE
        }
    }
}
