//! Keys, parties, the catalog and the grants.

use clap::Subcommand;
use std::path::PathBuf;

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
        #[arg(long, value_name = "FILE")]
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
        #[arg(long, value_name = "FILE")]
        spec: PathBuf,
    },
    /// Consent to a change, as the provider or the regulator.
    #[command(
        after_help = "Example:\n  irongate catalog consent rwm5yr --change 5f…c2 --key provider.key\n  irongate catalog consent rwm5yr --change 5f…c2 --key regulator.key"
    )]
    Consent {
        /// The dataset.
        name: String,
        /// The change hash that ingest printed.
        #[arg(long)]
        change: String,
        /// The consenting party's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Publish consented changes in a batch.
    #[command(
        after_help = "Example:\n  irongate catalog publish rwm5yr education --batch 2026-1 --key agency.key"
    )]
    Publish {
        /// The datasets.
        #[arg(required = true)]
        names: Vec<String>,
        /// The batch's id.
        #[arg(long)]
        batch: String,
        /// The agency's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Take a dataset off the catalog.
    #[command(
        after_help = "Example:\n  irongate catalog delist rwm5yr --reason \"wrong file\" --key provider.key"
    )]
    Delist {
        /// The dataset.
        name: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The key file of the agency, its provider or its regulator.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// List datasets.
    #[command(after_help = "Example:\n  irongate catalog list")]
    List,
    /// Show a dataset's public metadata.
    #[command(after_help = "Example:\n  irongate catalog show rwm5yr")]
    Show {
        /// The dataset.
        name: String,
    },
    /// Write the public metadata of a scenario, for operators' machines.
    #[command(
        after_help = "Example:\n  irongate catalog bundle --scenario care-planning --out care-planning.bundle"
    )]
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
    #[command(
        after_help = "Example:\n  irongate agreement offer --file agreement.toml --key agency.key"
    )]
    Offer {
        /// The agreement's TOML.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// The agency's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Consent to an agreement over one's data, as a provider.
    #[command(after_help = "Example:\n  irongate agreement consent health-2026 --key provider.key")]
    Consent {
        /// The agreement.
        id: String,
        /// The provider's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Accept an agreement, as its operator.
    #[command(after_help = "Example:\n  irongate agreement accept health-2026 --key operator.key")]
    Accept {
        /// The agreement.
        id: String,
        /// The operator's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// End an agreement at once.
    #[command(
        after_help = "Example:\n  irongate agreement revoke health-2026 --reason \"breach\" --key agency.key"
    )]
    Revoke {
        /// The agreement.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The agency's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Propose a scenario, as the agreement's operator.
    #[command(
        after_help = "Example:\n  irongate scenario propose --file scenario.toml --key operator.key"
    )]
    Propose {
        /// The scenario's TOML.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// The operator's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Approve a scenario, as the agency; prints the accounts opened.
    #[command(after_help = "Example:\n  irongate scenario approve care-planning --key agency.key")]
    Approve {
        /// The scenario.
        id: String,
        /// The agency's key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}
