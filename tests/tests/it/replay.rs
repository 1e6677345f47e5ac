//! Recorded disclosures: kept from one database, played back on another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use irongate_engine::{CheckedQuery, DataAccess, ExecutionEnv, Prepared, Released};
use irongate_gate::{Disclose, FromData, Releasing};
use irongate_ingest::{Commitment, Manifest};

/// What left protected data, in order.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    released: VecDeque<Released>,
    commitments: VecDeque<Commitment>,
    /// Queries that were run on data, whatever was handed on.
    pub(crate) executions: usize,
}

impl Tape {
    /// The same record, to be played from its beginning.
    pub(crate) fn copy(&self) -> Self {
        Self {
            released: self.released.clone(),
            commitments: self.commitments.clone(),
            executions: 0,
        }
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.released.is_empty() && self.commitments.is_empty()
    }
}

/// Discloses as production does, and keeps what it disclosed.
pub(crate) struct Recorder(pub(crate) Arc<Mutex<Tape>>);

impl Disclose for Recorder {
    fn release<'a>(
        &'a self,
        query: &'a CheckedQuery,
        prepared: Prepared,
        data: &'a dyn DataAccess,
        env: &'a ExecutionEnv,
    ) -> Releasing<'a> {
        Box::pin(async move {
            let released = FromData.release(query, prepared, data, env).await;
            let mut tape = self.0.lock().unwrap();
            tape.executions += 1;
            let released = released?;
            tape.released.push_back(released.clone());
            Ok(released)
        })
    }

    fn commit(&self, manifest: &Manifest) -> Commitment {
        let commitment = FromData.commit(manifest);
        self.0.lock().unwrap().commitments.push_back(commitment);
        commitment
    }
}

/// Does all that production does on the data that is there, and hands on what was recorded instead.
/// A failure is handed on as it is.
pub(crate) struct Player(pub(crate) Arc<Mutex<Tape>>);

impl Disclose for Player {
    fn release<'a>(
        &'a self,
        query: &'a CheckedQuery,
        prepared: Prepared,
        data: &'a dyn DataAccess,
        env: &'a ExecutionEnv,
    ) -> Releasing<'a> {
        Box::pin(async move {
            let computed = FromData.release(query, prepared, data, env).await;
            let mut tape = self.0.lock().unwrap();
            tape.executions += 1;
            let computed = computed?;
            let recorded = tape.released.pop_front().expect("as many releases");
            assert_eq!(computed.batch.schema(), recorded.batch.schema());
            Ok(recorded)
        })
    }

    fn commit(&self, _: &Manifest) -> Commitment {
        let recorded = self.0.lock().unwrap().commitments.pop_front();
        recorded.expect("as many versions")
    }
}
