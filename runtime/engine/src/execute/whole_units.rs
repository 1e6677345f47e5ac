//! Batches that split no window partition, the rows that agree in PARTITION BY: about a batch of rows, or one partition if it
//! has more.
//!
//! Rows of a window partition stand one after another, so whoever needs all of it at once holds that and a batch.

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

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{AsArray, Int64Array};
    use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
    use datafusion::logical_expr::{Volatility, create_udf};
    use datafusion::physical_expr::ScalarFunctionExpr;
    use datafusion::physical_expr::expressions::col;
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// The units of each run of rows that come in batches of so many, and how often partitions were looked for.
    async fn runs(units: &[i64], of_a_batch: usize, enough: usize) -> (Vec<Vec<i64>>, usize) {
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let column = |units: &[i64]| Arc::new(Int64Array::from(units.to_vec())) as ArrayRef;
        let batch = |units| RecordBatch::try_new(Arc::clone(&schema), vec![column(units)]);
        let batches: Vec<_> = units.chunks(of_a_batch).map(batch).collect();
        let batches = futures::stream::iter(batches.into_iter().map(|batch| Ok(batch?)));
        let input = Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), batches));
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let looked_at = create_udf(
            "looked_at",
            vec![DataType::Int64],
            DataType::Int64,
            Volatility::Immutable,
            Arc::new(move |args| {
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(args[0].clone())
            }),
        );
        let id = col("id", &schema).unwrap();
        let id = ScalarFunctionExpr::try_new(looked_at.into(), vec![id], &schema, Arc::default());
        let mut whole = WholeUnits::new(input, vec![Arc::new(id.unwrap())], enough);
        let mut runs = Vec::new();
        while let Some((batch, parts)) = whole.next().await.unwrap() {
            let units = batch.column(0).as_primitive::<Int64Type>().values();
            let of_parts: Vec<_> = parts.iter().flat_map(|part| &units[part.clone()]).collect();
            assert!(units.iter().eq(of_parts), "parts are all rows in order");
            assert!(
                parts
                    .iter()
                    .all(|part| units[part.clone()].iter().all(|u| *u == units[part.start]))
            );
            runs.push(units.to_vec());
        }
        (runs, looks.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn runs_have_about_as_many_rows_as_are_enough_and_split_no_unit() {
        // A unit of one row each: a look comes as soon as there are enough, and the last unit may go on.
        let units: Vec<i64> = (0..25).collect();
        let (found, _) = runs(&units, 5, 10).await;
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [9, 10, 6]);
        assert_eq!(found.concat(), units);
        for of_a_batch in [1, 2, 3, 7, 40] {
            let units: Vec<i64> = (0..30)
                .flat_map(|unit| vec![unit; unit as usize % 7])
                .collect();
            let (found, _) = runs(&units, of_a_batch, 8).await;
            assert_eq!(found.concat(), units);
            let ends = |run: &Vec<i64>| (run[0], run[run.len() - 1]);
            let ends: Vec<_> = found.iter().map(ends).collect();
            assert!(ends.is_sorted_by(|a, b| a.1 < b.0), "{ends:?}");
        }
        assert_eq!(runs(&[], 1, 8).await, (Vec::<Vec<i64>>::new(), 0));
    }

    #[tokio::test]
    async fn a_long_unit_is_put_together_a_few_times() {
        let units = [vec![1; 10_000], vec![2]].concat();
        let (found, looks) = runs(&units, 10, 10).await;
        assert_eq!(found.concat(), units);
        assert!(looks < 16, "{looks} looks");
    }
}
