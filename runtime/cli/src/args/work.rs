//! Questions, jobs, and what is kept of them.

use clap::{Args, Subcommand};
use std::path::PathBuf;

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
    /// Spend the least for which 95 % of the noise is within this of each COUNT and SUM: one number for all, or one
    /// for each, separated by commas. The loss given is then the most to spend.
    #[arg(
        long,
        value_name = "WITHIN",
        value_delimiter = ',',
        conflicts_with = "shares"
    )]
    pub(crate) accuracy: Vec<String>,
    /// Divide the loss over the aggregates by these weights, separated by commas.
    #[arg(long, value_name = "WEIGHTS", value_delimiter = ',')]
    pub(crate) shares: Vec<u32>,
    /// δ, for groups whose keys have no declared domain.
    #[arg(long)]
    pub(crate) delta: Option<String>,
    /// Groups one unit may contribute to (C).
    #[arg(long, value_name = "C")]
    pub(crate) max_groups_per_unit: Option<u32>,
    /// Rows one unit may contribute to a group (m).
    #[arg(long, value_name = "M")]
    pub(crate) max_rows_per_group: Option<u32>,
    /// Distinct values of one unit that COUNT(DISTINCT …) counts in a group (L).
    #[arg(long, value_name = "L")]
    pub(crate) max_values_per_group: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Start a job's project; needs no home.
    #[command(after_help = "Example:\n  irongate job new my-job --bundle care-planning.bundle")]
    New {
        /// The project's name and folder.
        name: String,
        /// The scenario's bundle.
        #[arg(long)]
        bundle: Option<PathBuf>,
    },
    /// Build a job's component; needs no home.
    #[command(after_help = "Example:\n  irongate job build my-job")]
    Build {
        /// The project.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Check a job as the gate will; needs no home.
    #[command(after_help = "Example:\n  irongate job check my-job")]
    Check {
        /// The project.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Run a job on a synthetic twin of its bundle's datasets, with production noise; costs nothing and
    /// needs no home.
    #[command(
        after_help = "Example:\n  irongate job test my-job\n  irongate job test my-job --seed 7"
    )]
    Test {
        /// The project, with the scenario's bundle in it.
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// Other rows: what they are invented from, besides the bundle.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Sign a job's package; needs no home.
    #[command(
        after_help = "Example:\n  irongate job pack my-job --key operator.key --out my-job.igj"
    )]
    Pack {
        /// The project.
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// The key file of the operator, or of a developer bound to the scenario.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Where to write the package.
        #[arg(long)]
        out: PathBuf,
    },
    /// Submit a signed package.
    #[command(after_help = "Example:\n  irongate job submit my-job.igj")]
    Submit {
        /// The package.
        package: PathBuf,
    },
    /// Show a job as a reviewer needs it.
    #[command(after_help = "Example:\n  irongate job show job-3f…")]
    Show {
        /// The job.
        id: String,
    },
    /// List jobs.
    #[command(after_help = "Example:\n  irongate job list")]
    List,
    /// Approve a job.
    #[command(after_help = "Example:\n  irongate job approve job-3f… --key agency.key")]
    Approve {
        /// The job.
        id: String,
        /// The reviewer's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Run an approved job; its result is out at its deadline.
    #[command(after_help = "Example:\n  irongate job run job-3f… --key agency.key")]
    Run {
        /// The job.
        id: String,
        /// The agency's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Release a held job's outputs.
    #[command(after_help = "Example:\n  irongate job release job-3f… --key agency.key")]
    Release {
        /// The job.
        id: String,
        /// The reviewer's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Refuse a job, or a held job's outputs.
    #[command(
        after_help = "Example:\n  irongate job refuse job-3f… --reason \"out of purpose\" --key agency.key"
    )]
    Refuse {
        /// The job.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The reviewer's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Budget {
    /// Show every account: cap, spent, left.
    #[command(after_help = "Example:\n  irongate budget show")]
    Show,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Show the log's entries.
    #[command(after_help = "Example:\n  irongate log show")]
    Show,
    /// Print an entry with its inclusion proof.
    #[command(after_help = "Example:\n  irongate log prove 3 --json")]
    Prove {
        /// The entry's number.
        index: u64,
    },
    /// Write entries, tiles and checkpoint to a folder.
    #[command(after_help = "Example:\n  irongate log export --out log-copy")]
    Export {
        /// The folder.
        #[arg(long)]
        out: PathBuf,
    },
    /// Verify the whole log, against a kept checkpoint if there is one.
    #[command(
        after_help = "Example:\n  irongate log verify\n  irongate log verify --since kept.checkpoint"
    )]
    Verify {
        /// A checkpoint kept from before.
        #[arg(long, value_name = "CHECKPOINT")]
        since: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Release {
    /// List releases.
    #[command(after_help = "Example:\n  irongate release list")]
    List,
    /// Write a release with its certificate to a folder.
    #[command(after_help = "Example:\n  irongate release export out-7c… --out released")]
    Export {
        /// The release (or its job).
        id: String,
        /// The folder; must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Verify an exported release offline; needs no home.
    #[command(
        after_help = "Example:\n  irongate release verify released --agency-key 1f…9a\n  irongate release verify released --agency-key 1f…9a --since kept.checkpoint"
    )]
    Verify {
        /// The folder.
        dir: PathBuf,
        /// The agency's public key, in hexadecimal.
        #[arg(long, value_name = "HEX")]
        agency_key: String,
        /// A checkpoint kept from before, which the log must continue.
        #[arg(long, value_name = "CHECKPOINT")]
        since: Option<PathBuf>,
    },
}

/// Looking after a home.
#[derive(Debug, Subcommand)]
pub(crate) enum HomeCommand {
    /// Write everything the home needs to come back to a new folder: log, keys and data.
    #[command(after_help = "Example:\n  irongate home backup --out backup-2026-12-01")]
    Backup {
        /// The folder; must not exist. It holds the home's keys: keep it as the home is kept.
        #[arg(long)]
        out: PathBuf,
    },
    /// Bring a backup back as the home, where nothing may be.
    #[command(
        after_help = "Example:\n  irongate --home gate home restore backup-2026-12-01 --since newest.checkpoint"
    )]
    Restore {
        /// The backup's folder.
        backup: PathBuf,
        /// The newest checkpoint anyone kept: a backup that is behind it is refused.
        #[arg(long, value_name = "CHECKPOINT")]
        since: Option<PathBuf>,
    },
    /// Check log, data, packages and releases against each other.
    #[command(after_help = "Example:\n  irongate home check")]
    Check,
}
