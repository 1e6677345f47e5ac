//! The rules of Irongate, pure: commands in, events or a denial out; and the vocabulary every
//! other crate shares.
//!
//! *Invariant:* this crate does no I/O, reads no clock, draws no randomness, and knows neither SQL
//! nor WASM. Time, ids and salts come in with the command.

pub mod account;
pub mod agreement;
pub mod bound;
pub mod command;
pub mod dataset;
mod decide;
mod decimal;
pub mod denial;
mod digest;
pub mod event;
mod grade;
mod id;
mod loss;
pub mod manifest;
pub mod mapper;
pub mod pack;
pub mod request;
pub mod scenario;
mod secret;
pub mod signature;
pub mod state;
pub mod time;

pub use command::{Action, Command, GateAction};
pub use decide::{change_hash, decide, job_id};
pub use decimal::{Decimal, DecimalError};
pub use denial::{Code, Denial, Reason};
pub use digest::{Digest, DigestError, MAX_JSON_INTEGER, canonical_json};
pub use event::{Actor, Event, Fact};
pub use grade::Grade;
pub use id::{
    AgreementId, BatchId, DatasetId, ElementId, IdError, JobId, NamespaceId, PartyId, ReleaseId,
    ScenarioId, VersionId,
};
pub use loss::{ATTO_SCALE, Currency, Loss, LossError, NANO_SCALE};
pub use request::Request;
pub use secret::{KeyPurpose, NamespaceKey};
pub use signature::{Nonce, PublicKey, Signed, SigningKey, Statement};
pub use state::State;
pub use time::{Day, Term, TermError, Timestamp};
