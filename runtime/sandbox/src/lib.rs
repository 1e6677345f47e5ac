//! The wasmtime host: admission, compilation, jobs.
//!
//! The adversary is the job's author. Bytes are walked before anything is compiled
//! ([`admit`]), compiled in a limited process ([`Compiler`]), cached under a MAC
//! ([`ArtifactCache`]) and run under limits whose exhaustion is deterministic ([`Engine`]).
//!
//! *Invariant:* guests see no clock, randomness, fuel or file; there is no WASI. Only a deterministic
//! limit gives a deterministic failure; everything else is residual ([`Code::is_residual`]).

mod abi;
mod admit;
mod cache;
mod compile;
mod contract;
mod cost;
mod engine;
mod extent;
mod failure;
mod growth;
mod host;
mod job;
mod limits;
mod load;
mod mapper;
mod run;
mod summary;
pub mod table;
mod worker;

pub use admit::{AdmissionError, AdmissionLimits, Admitted, World, admit};
pub use cache::ArtifactCache;
pub use compile::{CompileError, Compiler, Layers};
pub use engine::{Artifact, Engine, EngineError};
pub use failure::{Code, Failure, Finished};
pub use host::{GuestError, Host, Level, QueryOptions};
pub use limits::{Limits, Provision};
pub use mapper::{Aborted, Mapped, Mapper, MapperEngine, MapperLimits, NoMapper, Spent};
pub use summary::Summary;
pub use worker::{compile_worker_main, lock_in};
