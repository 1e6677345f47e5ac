//! The command line as people type it. Nothing here does anything: `commands` does.

mod data;
mod work;

pub(crate) use data::{Agreement, Catalog, Key, Party, Scenario};
pub(crate) use work::{Budget, HomeCommand, Job, Log, Question, Release};

use clap::{Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  irongate key new --out agency.key
  irongate --home /srv/gate init --key agency.key
  irongate --home /srv/gate catalog ingest visits.csv --spec visits.toml
  irongate --home /srv/gate log verify";

/// A gate for public data: untrusted jobs in, vetted aggregates out.
#[derive(Debug, Parser)]
#[command(name = "irongate", version, after_help = EXAMPLES, propagate_version = true)]
pub(crate) struct Cli {
    /// The gate's home directory.
    #[arg(long, global = true, env = "IRONGATE_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Print one JSON document on stdout.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a party's key.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate key new --out operator.key"
    )]
    Key(Key),
    /// Make a home: its store, its namespace keys' place, the default policy pack.
    #[command(after_help = "Example:\n  irongate --home gate init --key agency.key")]
    Init {
        /// The agency's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The agency's party id.
        #[arg(long, default_value = "agency")]
        id: String,
        /// A policy pack other than the default one.
        #[arg(long, value_name = "FILE")]
        pack: Option<PathBuf>,
    },
    /// Parties: organisations with a key each.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate party add city-data-co --kind operator --public-key 1f…9a --key agency.key"
    )]
    Party(Party),
    /// The catalog: ingest, consent, publish.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate catalog ingest rwm5yr.csv --spec spec.toml"
    )]
    Catalog(Catalog),
    /// Agreements between the agency and an operator.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate agreement offer --file agreement.toml --key agency.key"
    )]
    Agreement(Agreement),
    /// Scenarios under an agreement.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate scenario propose --file scenario.toml --key operator.key"
    )]
    Scenario(Scenario),
    /// Jobs: written on an operator's machine, run on the agency's.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate job new my-job --bundle care-planning.bundle"
    )]
    Job(Job),
    /// Ask one private question, signed, where the scenario allows it.
    #[command(
        after_help = "Example:\n  irongate query \"SELECT year, COUNT(*) AS n FROM rwm5yr GROUP BY year\" \\\n    --scenario care-planning --key operator.key --rho 0.001"
    )]
    Query {
        #[command(flatten)]
        question: Question,
        /// When the answer is shown, as in `10s`: however long it took, and a failure if it took longer.
        #[arg(long, default_value = "10s")]
        deadline: String,
        /// The asking party's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Show what a question would cost and how exact it would be; spends nothing, reads no data.
    #[command(
        after_help = "Example:\n  irongate explain \"SELECT COUNT(*) AS n FROM rwm5yr\" --scenario care-planning --rho 0.001\n  irongate explain \"SELECT COUNT(*) AS n FROM rwm5yr\" --scenario care-planning --rho 1 --accuracy 50"
    )]
    Explain {
        #[command(flatten)]
        question: Question,
    },
    /// Privacy budgets.
    #[command(subcommand, after_help = "Example:\n  irongate budget show")]
    Budget(Budget),
    /// The policy log.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate log verify --since kept.checkpoint"
    )]
    Log(Log),
    /// Releases: export and verify.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate release verify released --agency-key 1f…9a"
    )]
    Release(Release),
    /// Stop all use of a dataset, of an operator, or of everything.
    #[command(
        after_help = "Example:\n  irongate freeze dataset:rwm5yr --reason \"incident 7\" --key agency.key"
    )]
    Freeze {
        /// `dataset:ID`, `operator:ID`, `namespace:ID` or `all`.
        target: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The freezing party's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Lift a freeze; takes the keys of two parties.
    #[command(
        after_help = "Example:\n  irongate thaw dataset:rwm5yr --reason closed --key agency.key --key provider.key"
    )]
    Thaw {
        /// `dataset:ID`, `operator:ID`, `namespace:ID` or `all`.
        target: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The key files of two parties.
        #[arg(long, required = true, num_args = 1, value_name = "FILE")]
        key: Vec<PathBuf>,
    },
    /// Look after the home: backup, restore, check.
    #[command(
        subcommand,
        after_help = "Example:\n  irongate home backup --out backup-2026-12-01"
    )]
    Home(HomeCommand),
    /// List every denial code with its remedy.
    #[command(after_help = "Example:\n  irongate denials")]
    Denials,
    /// Compiles one module for the sandbox; started by the gate itself.
    #[command(name = "compile-worker", hide = true)]
    CompileWorker,
}

#[cfg(test)]
mod tests;
