//! The partitions of an input, of which a few are read at a time.

use super::layout;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

/// The partitions that no task has taken yet.
///
/// INVARIANT: no node of the input waits for another partition than its own, since that may be one which nobody reads yet.
#[derive(Clone)]
pub(crate) struct Parts {
    input: Arc<dyn ExecutionPlan>,
    next: Arc<AtomicUsize>,
    context: Arc<TaskContext>,
}

impl Parts {
    /// All partitions of the input of a node, which is one partition itself.
    pub(crate) fn of(
        input: &Arc<dyn ExecutionPlan>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<Self> {
        if partition > 0 {
            return Err(internal_datafusion_err!(
                "a node that reads all is one partition"
            ));
        }
        Ok(Self {
            input: Arc::clone(input),
            next: Arc::default(),
            context,
        })
    }

    pub(crate) fn context(&self) -> &TaskContext {
        &self.context
    }

    /// The rows of the next partition; `None` after the last. Tasks take turns, even where they share a thread.
    pub(crate) async fn take(&self) -> Result<Option<SendableRecordBatchStream>> {
        tokio::task::yield_now().await;
        let partition = self.next.fetch_add(1, Ordering::Relaxed);
        let is_there = partition < self.input.output_partitioning().partition_count();
        let rows = || self.input.execute(partition, Arc::clone(&self.context));
        is_there.then(rows).transpose()
    }

    /// Runs so many tasks, each of which takes partitions until none is left, and gives what each found. Dropping the
    /// future ends them.
    pub(crate) async fn side_by_side<T, F>(
        self,
        at_once: usize,
        task: impl Fn(Self) -> F,
    ) -> Result<Vec<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let partitions = self.input.output_partitioning().partition_count();
        let mut tasks = JoinSet::new();
        for _ in 0..at_once.clamp(1, partitions.max(1)) {
            tasks.spawn(task(self.clone()));
        }
        let mut found = Vec::new();
        while let Some(one) = tasks.join_next().await {
            found.push(one.map_err(|_| layout("a task that reads partitions stopped"))??);
        }
        Ok(found)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use arrow::datatypes::SchemaRef;
    use arrow::record_batch::RecordBatch;
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
    use futures::stream;
    use std::sync::atomic::Ordering::Relaxed;

    /// A partition of one batch, which takes a while.
    #[derive(Debug)]
    struct Slow {
        batch: RecordBatch,
        schema: SchemaRef,
        open: Arc<Open>,
    }

    /// How many partitions are open, and how many were at once.
    #[derive(Debug, Default)]
    pub(crate) struct Open {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Open {
        pub(crate) fn most(&self) -> usize {
            self.most.load(Relaxed)
        }
    }

    impl PartitionStream for Slow {
        fn schema(&self) -> &SchemaRef {
            &self.schema
        }

        fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
            let (batch, open) = (self.batch.clone(), Arc::clone(&self.open));
            let batch = stream::once(async move {
                open.most
                    .fetch_max(1 + open.now.fetch_add(1, Relaxed), Relaxed);
                tokio::task::yield_now().await;
                open.now.fetch_sub(1, Relaxed);
                Ok(batch)
            });
            let schema = Arc::clone(&self.schema);
            Box::pin(RecordBatchStreamAdapter::new(schema, batch))
        }
    }

    /// An input with a partition for each batch.
    pub(crate) fn slow(batches: Vec<RecordBatch>) -> (Arc<dyn ExecutionPlan>, Arc<Open>) {
        let open = Arc::<Open>::default();
        let schema = batches[0].schema();
        let part = |batch: RecordBatch| -> Arc<dyn PartitionStream> {
            let (schema, open) = (batch.schema(), Arc::clone(&open));
            Arc::new(Slow {
                batch,
                schema,
                open,
            })
        };
        let parts = batches.into_iter().map(part).collect();
        let input = StreamingTableExec::try_new(schema, parts, None, None, false, None).unwrap();
        (Arc::new(input), open)
    }
}
