//! Batches that split no partition of rows: about a batch of rows, or one partition if it has more.
//!
//! Rows of a partition stand one after another, so whoever needs all of it at once holds that and a batch.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::{concat_batches, partition};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::PhysicalExpr;
use futures::TryStreamExt;
use std::ops::Range;
use std::sync::Arc;

/// A batch, and where each of its partitions stands.
pub(super) type Run = (RecordBatch, Vec<Range<usize>>);

/// What is read and has not been put out.
pub(super) struct WholeUnits {
    /// `None` once it has ended.
    input: Option<SendableRecordBatchStream>,
    held: Vec<RecordBatch>,
    /// Rows of a run, or more if they are of one partition.
    enough: usize,
    /// Rows to hold before a look at their partitions: twice as many after each look that found one alone, so
    /// that a long partition is not put together anew for each of its batches.
    wanted: usize,
    parted_by: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
}

impl WholeUnits {
    pub(super) fn new(
        input: SendableRecordBatchStream,
        parted_by: Vec<Arc<dyn PhysicalExpr>>,
        enough: usize,
    ) -> Self {
        Self {
            schema: input.schema(),
            input: Some(input),
            held: Vec::new(),
            enough,
            wanted: enough,
            parted_by,
        }
    }

    /// The next run; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Run>> {
        while let Some(input) = &mut self.input {
            let Some(batch) = input.try_next().await? else {
                self.input = None;
                break;
            };
            self.held.push(batch);
            if self.held.iter().map(RecordBatch::num_rows).sum::<usize>() < self.wanted {
                continue;
            }
            let held = concat_batches(&self.schema, &self.held)?;
            let mut parts = self.parts(&held)?;
            // The last part may go on in the next batch.
            let rest = parts.pop().map_or(0, |last| last.start);
            self.held = vec![held.slice(rest, held.num_rows() - rest)];
            self.wanted = self.enough;
            if parts.is_empty() {
                self.wanted = self.wanted.max(2 * held.num_rows());
            } else {
                return Ok(Some((held.slice(0, rest), parts)));
            }
        }
        let held = concat_batches(&self.schema, &std::mem::take(&mut self.held))?;
        if held.num_rows() == 0 {
            return Ok(None);
        }
        let parts = self.parts(&held)?;
        Ok(Some((held, parts)))
    }

    /// The partitions of a batch, one after another.
    fn parts(&self, batch: &RecordBatch) -> Result<Vec<Range<usize>>> {
        let by = |expr: &Arc<dyn PhysicalExpr>| -> Result<ArrayRef> {
            expr.evaluate(batch)?.into_array(batch.num_rows())
        };
        let by = self.parted_by.iter().map(by).collect::<Result<Vec<_>>>()?;
        Ok(partition(&by)?.ranges())
    }
}
