//! The command line as people type it. Nothing here does anything: `commands` does.

use clap::{Args, Parser, Subcommand};
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
    #[command(subcommand)]
    Key(Key),
    /// Make a home: its store, its namespace keys' place, the default policy pack.
    #[command(after_help = "Example:\n  irongate --home gate init --key agency.key")]
    Init {
        /// The agency's key file.
        #[arg(long)]
        key: PathBuf,
        /// The agency's party id.
        #[arg(long, default_value = "agency")]
        id: String,
        /// A policy pack other than the default one.
        #[arg(long)]
        pack: Option<PathBuf>,
    },
    /// Parties: organisations with a key each.
    #[command(subcommand)]
    Party(Party),
    /// The catalog: ingest, consent, publish.
    #[command(subcommand)]
    Catalog(Catalog),
    /// Agreements between the agency and an operator.
    #[command(subcommand)]
    Agreement(Agreement),
    /// Scenarios under an agreement.
    #[command(subcommand)]
    Scenario(Scenario),
    /// Jobs: written on an operator's machine, run on the agency's.
    #[command(subcommand)]
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
        #[arg(long)]
        key: PathBuf,
    },
    /// Show what a question would cost and how exact it would be; spends nothing, reads no data.
    #[command(
        after_help = "Example:\n  irongate explain \"SELECT COUNT(*) AS n FROM rwm5yr\" --scenario care-planning --rho 0.001"
    )]
    Explain {
        #[command(flatten)]
        question: Question,
    },
    /// Privacy budgets.
    #[command(subcommand)]
    Budget(Budget),
    /// The policy log.
    #[command(subcommand)]
    Log(Log),
    /// Releases: export and verify.
    #[command(subcommand)]
    Release(Release),
    /// Stop all use of a dataset, of an operator, or of everything.
    #[command(
        after_help = "Example:\n  irongate freeze dataset:rwm5yr --reason \"incident 7\" --key agency.key"
    )]
    Freeze {
        /// `dataset:ID`, `operator:ID` or `all`.
        target: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The freezing party's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Lift a freeze; takes the keys of two parties.
    #[command(
        after_help = "Example:\n  irongate thaw dataset:rwm5yr --reason closed --key agency.key --key provider.key"
    )]
    Thaw {
        /// `dataset:ID`, `operator:ID` or `all`.
        target: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The key files of two parties.
        #[arg(long, required = true, num_args = 1)]
        key: Vec<PathBuf>,
    },
    /// List every denial code with its remedy.
    Denials,
    /// Compiles one module for the sandbox; started by the gate itself.
    #[command(name = "compile-worker", hide = true)]
    CompileWorker,
}

#[derive(Debug, Args)]
pub(crate) struct Question {
    /// One SQL statement.
    pub(crate) sql: String,
    /// The scenario it is asked under.
    #[arg(long)]
    pub(crate) scenario: String,
    /// The loss to spend as ε (Laplace noise).
    #[arg(long, conflicts_with = "rho", required_unless_present = "rho")]
    pub(crate) epsilon: Option<String>,
    /// The loss to spend as ρ of zCDP (Gaussian noise).
    #[arg(long)]
    pub(crate) rho: Option<String>,
    /// δ, for groups whose keys have no declared domain.
    #[arg(long)]
    pub(crate) delta: Option<String>,
    /// Groups one unit may contribute to (C).
    #[arg(long, value_name = "C")]
    pub(crate) max_groups_per_unit: Option<u32>,
    /// Rows one unit may contribute to a group (m).
    #[arg(long, value_name = "M")]
    pub(crate) max_rows_per_group: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Write a new key file and print its id and public key; needs no home.
    #[command(after_help = "Example:\n  irongate key new --out operator.key")]
    New {
        /// Where to write it; must not exist.
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Party {
    /// Add a party.
    #[command(
        after_help = "Example:\n  irongate party add city-data-co --kind operator --public-key 1f…9a --key agency.key"
    )]
    Add {
        /// The party's id.
        id: String,
        /// agency, operator, developer, provider, regulator, supervisor, expert or auditor.
        #[arg(long)]
        kind: String,
        /// Its public key, in hexadecimal.
        #[arg(long)]
        public_key: String,
        /// The agency's key file.
        #[arg(long)]
        key: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Catalog {
    /// Clean, check and store a file as a draft version of a dataset.
    #[command(after_help = "Example:\n  irongate catalog ingest rwm5yr.csv --spec spec.toml")]
    Ingest {
        /// The data file.
        file: PathBuf,
        /// The dataset's spec.
        #[arg(long)]
        spec: PathBuf,
    },
    /// Consent to a change, as the provider or the regulator.
    Consent {
        /// The dataset.
        name: String,
        /// The change hash that ingest printed.
        #[arg(long)]
        change: String,
        /// The consenting party's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Publish consented changes in a batch.
    Publish {
        /// The datasets.
        #[arg(required = true)]
        names: Vec<String>,
        /// The batch's id.
        #[arg(long)]
        batch: String,
        /// The agency's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Take a dataset off the catalog.
    Delist {
        /// The dataset.
        name: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The key file of the agency, its provider or its regulator.
        #[arg(long)]
        key: PathBuf,
    },
    /// List datasets.
    List,
    /// Show a dataset's public metadata.
    Show {
        /// The dataset.
        name: String,
    },
    /// Write the public metadata of a scenario, for operators' machines.
    Bundle {
        /// The scenario.
        #[arg(long)]
        scenario: String,
        /// Where to write it.
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Agreement {
    /// Offer an agreement, as the agency.
    Offer {
        /// The agreement's TOML.
        #[arg(long)]
        file: PathBuf,
        /// The agency's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Consent to an agreement over one's data, as a provider.
    Consent {
        /// The agreement.
        id: String,
        /// The provider's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Accept an agreement, as its operator.
    Accept {
        /// The agreement.
        id: String,
        /// The operator's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// End an agreement at once.
    Revoke {
        /// The agreement.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The agency's key file.
        #[arg(long)]
        key: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Propose a scenario, as the agreement's operator.
    Propose {
        /// The scenario's TOML.
        #[arg(long)]
        file: PathBuf,
        /// The operator's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Approve a scenario, as the agency; prints the accounts opened.
    Approve {
        /// The scenario.
        id: String,
        /// The agency's key file.
        #[arg(long)]
        key: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Start a job's project; needs no home.
    #[command(
        after_help = "Example:\n  irongate job new my-job --bundle care-planning.bundle.json"
    )]
    New {
        /// The project's name and folder.
        name: String,
        /// The scenario's bundle.
        #[arg(long)]
        bundle: Option<PathBuf>,
    },
    /// Build a job's component; needs no home.
    Build {
        /// The project.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Check a job as the gate will; needs no home.
    Check {
        /// The project.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Sign a job's package; needs no home.
    Pack {
        /// The project.
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// The key file of the operator, or of a developer bound to the scenario.
        #[arg(long)]
        key: PathBuf,
        /// Where to write the package.
        #[arg(long)]
        out: PathBuf,
    },
    /// Submit a signed package.
    Submit {
        /// The package.
        package: PathBuf,
    },
    /// Show a job as a reviewer needs it.
    Show {
        /// The job.
        id: String,
    },
    /// List jobs.
    List,
    /// Approve a job.
    Approve {
        /// The job.
        id: String,
        /// The reviewer's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Run an approved job; its result is out at its deadline.
    Run {
        /// The job.
        id: String,
        /// The agency's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Release a held job's outputs.
    Release {
        /// The job.
        id: String,
        /// The reviewer's key file.
        #[arg(long)]
        key: PathBuf,
    },
    /// Refuse a job, or a held job's outputs.
    Refuse {
        /// The job.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The reviewer's key file.
        #[arg(long)]
        key: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Budget {
    /// Show every account: cap, spent, left.
    Show,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Show the log's entries.
    Show,
    /// Print an entry with its inclusion proof.
    Prove {
        /// The entry's number.
        index: u64,
    },
    /// Write entries, tiles and checkpoint to a folder.
    Export {
        /// The folder.
        #[arg(long)]
        out: PathBuf,
    },
    /// Verify the whole log, against a kept checkpoint if there is one.
    Verify {
        /// A checkpoint kept from before.
        #[arg(long)]
        since: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Release {
    /// List releases.
    List,
    /// Write a release with its certificate to a folder.
    Export {
        /// The release (or its job).
        id: String,
        /// The folder; must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Verify an exported release offline; needs no home.
    #[command(after_help = "Example:\n  irongate release verify ./visits --agency-key 1f…9a")]
    Verify {
        /// The folder.
        dir: PathBuf,
        /// The agency's public key, in hexadecimal.
        #[arg(long)]
        agency_key: String,
    },
}
