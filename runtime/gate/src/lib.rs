//! The gate: joins policy, store, engine, sandbox and ingest.
//!
//! *Invariant:* no effect before its log entry is durable. [`Gate`] decides on a command, appends
//! the events, and only then moves; there is no other way in.

mod ask;
mod bundle;
mod catalog;
mod certificate;
mod clock;
mod deadline;
mod disclose;
mod entropy;
mod error;
mod explain;
mod export;
mod failpoint;
mod files;
mod gate;
mod home;
mod mappers;
mod outputs;
mod package;
mod query;
mod run;
mod sandbox;
mod settle;
mod stored;
mod trace;
mod trial;
mod upkeep;

pub use ask::engine_options;
pub use catalog::{DraftVersion, QUALITY, read_spec};
pub use certificate::{
    CERTIFICATE, Certificate, ColumnRef, DatasetRef, EntryRef, FileRef, LOG_HASHES, OutputRef,
    QueryRef, ReleaseStatement, VerifiedRelease, verify_release,
};
pub use clock::{Clock, Sleep, SystemClock};
pub use disclose::{Disclose, FromData, Releasing};
pub use entropy::{Entropy, EntropyError, SystemEntropy, random, random_id};
pub use error::GateError;
pub use explain::{AccountCost, Explained};
pub use failpoint::Failpoint;
pub use files::{ReleaseFile, batch, render, rows_json, show};
pub use gate::{Gate, Surroundings, log_key};
pub use home::{Home, private_folder, read_given, read_limited, write_private};
pub use irongate_engine::{Example, Rejection, Rule, Span};
pub use irongate_sandbox::QueryOptions;
pub use mappers::MapperCalls;
pub use outputs::{MAX_CELL_BYTES, Provenance, ReleasedValues, Vetted, vet};
pub use package::{Contents, MAX_PACKAGE_BYTES, Package, source_digest};
pub use run::RunOutcome;
pub use sandbox::{Sandbox, compile_worker};
pub use trace::{Witness, start_trace, start_witness};
pub use trial::{ReleasedTable, Trial, TrialReport, TwinRef, measure_mappers, try_on_twin};
pub use upkeep::{HomeReport, restore_home};
