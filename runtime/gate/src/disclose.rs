//! What is computed from protected rows and seen by operators: released tables and commitments.
//!
//! Both are random by design (noise; a blinding that is never shown), and nothing else that depends
//! on protected rows may reach an operator. They are behind one trait so that the transcript test
//! can replay them on a neighbouring database and look at every other byte. Production has
//! [`FromData`] alone: without the feature `replay`, nothing else can be put in its place.

use irongate_engine::{CheckedQuery, DataAccess, ExecutionEnv, ExecutionError, Prepared, Released};
use irongate_ingest::{Commitment, Manifest};
use std::pin::Pin;

/// Resolves to a released table.
pub type Releasing<'a> =
    Pin<Box<dyn Future<Output = Result<Released, ExecutionError>> + Send + 'a>>;

/// The two disclosures.
pub trait Disclose: Send + Sync {
    /// Runs a reserved query and adds noise.
    fn release<'a>(
        &'a self,
        query: &'a CheckedQuery,
        prepared: Prepared,
        data: &'a dyn DataAccess,
        env: &'a ExecutionEnv,
    ) -> Releasing<'a>;

    /// Commits to a stored version.
    fn commit(&self, manifest: &Manifest) -> Commitment;
}

/// Both as they are: the engine's release, the manifest's commitment.
#[derive(Debug, Clone, Copy, Default)]
pub struct FromData;

impl Disclose for FromData {
    fn release<'a>(
        &'a self,
        query: &'a CheckedQuery,
        prepared: Prepared,
        data: &'a dyn DataAccess,
        env: &'a ExecutionEnv,
    ) -> Releasing<'a> {
        Box::pin(irongate_engine::execute_prepared(
            query, prepared, data, env,
        ))
    }

    fn commit(&self, manifest: &Manifest) -> Commitment {
        manifest.commitment()
    }
}
