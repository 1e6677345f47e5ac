//! What is known of a query before it runs: its public inputs, and what follows from its worst case.

use super::Run;
use super::inputs::{Publics, read};
use super::tables::BATCH_ROWS;
use super::worst;
use crate::released::{ExecutionError, Planned};

/// A query that fits its limits, with the public inputs that were read to see it. It holds nothing protected.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The public inputs that stand on no release; others are added as these are drawn.
    pub(super) publics: Publics,
    /// Rows of a batch in the private part of each release.
    pub(super) batch_rows: Vec<usize>,
    planned: Planned,
}

/// What one release is run with.
#[derive(Clone, Copy)]
pub(super) struct Needs<'a> {
    pub(super) publics: &'a Publics,
    pub(super) batch_rows: usize,
}

impl Prepared {
    /// Reads the public inputs that stand on no release, and shows that the worst case is within the limits.
    pub(super) async fn new(run: &Run<'_>) -> Result<Self, ExecutionError> {
        let mut publics = Publics::new();
        read(run, &mut publics, &[]).await?;
        let (planned, batch_rows) = worst::fits(run.query, &publics, run.env)?;
        Ok(Self {
            publics,
            batch_rows,
            planned,
        })
    }

    /// The same with other public inputs.
    pub(super) fn with(&self, publics: Publics) -> Self {
        Self {
            publics,
            ..self.clone()
        }
    }

    /// What one release is run with.
    pub(super) fn at(&self, number: usize) -> Needs<'_> {
        Needs {
            publics: &self.publics,
            batch_rows: self.batch_rows.get(number).copied().unwrap_or(BATCH_ROWS),
        }
    }

    /// What is planned by the end of it, with what was before: see
    /// [`ExecutionEnv::planned`](crate::ExecutionEnv::planned).
    pub fn planned(&self) -> Planned {
        self.planned
    }
}
