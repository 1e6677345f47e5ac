//! The project's own commands: `cargo xtask test`, `demo`, `bench`, `setup`, `deny`.
//!
//! Each sets up what is missing and says so. Tidiness checks (crate boundaries, documents) are ordinary
//! tests of this crate, under `tidy`.

mod bench;
mod date;
mod demo;
mod guides;
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
        /// For `peers`: options of its driver, such as `--runs 10`.
        #[arg(last = true)]
        rest: Vec<String>,
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
            name => bench::run(name, json),
        },
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
