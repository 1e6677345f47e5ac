//! A plan that ends at its deadline, whether or not it ever yields.
//!
//! A timer is looked at when work yields, and a join whose inputs are in memory need not: rows multiplied
//! a hundredfold keep one thread busy for ever. So every node of a plan, and not just its leaves, looks
//! at the clock before each of its batches, and a join each time it looks at its condition.
//!
//! A recursion goes round so often at most: each round leaves a batch, and no pool counts what small ones take
//! beside their values.

use super::condition::with_watched_condition;
use super::lean::recomputed;
use crate::released::ExecutionError;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::ReplaceChildrenOptions;
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

/// Most rounds of a recursion, all together where another one starts it anew.
const MAX_ROUNDS: usize = 10_000;

/// The plan with every node watched; it is ready to run, nothing may optimise it after.
pub(super) fn watched(
    plan: Arc<dyn ExecutionPlan>,
    until: Instant,
) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let node = with_watched_condition(node, until)?;
        let node = with_counted_rounds(node, until)?;
        Ok(Transformed::yes(WatchedExec::over(node, until, None)))
    })
    .data()
}

/// A recursion whose second term runs so often at most; any other node as it is.
fn with_counted_rounds(
    node: Arc<dyn ExecutionPlan>,
    until: Instant,
) -> Result<Arc<dyn ExecutionPlan>> {
    let Some(recursion) = node.downcast_ref::<RecursiveQueryExec>() else {
        return Ok(node);
    };
    let first = Arc::clone(recursion.static_term());
    let rounds = Some(Arc::new(AtomicUsize::new(MAX_ROUNDS)));
    let next = WatchedExec::over(Arc::clone(recursion.recursive_term()), until, rounds);
    node.replace_children(vec![first, next], recomputed())
}

/// The error of a deadline that has passed.
pub(super) fn late(until: Instant) -> Option<DataFusionError> {
    let is_late = Instant::now() > until;
    is_late.then(|| DataFusionError::External(Box::new(ExecutionError::Timeout)))
}

/// A node that gives what the one beneath it gives, until the deadline.
struct WatchedExec {
    node: Arc<dyn ExecutionPlan>,
    until: Instant,
    /// How often it may yet be run, if not as often as one likes.
    rounds: Option<Arc<AtomicUsize>>,
}

impl WatchedExec {
    fn over(
        node: Arc<dyn ExecutionPlan>,
        until: Instant,
        rounds: Option<Arc<AtomicUsize>>,
    ) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self {
            node,
            until,
            rounds,
        })
    }
}

impl fmt::Debug for WatchedExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for WatchedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatchedExec")
    }
}

impl ExecutionPlan for WatchedExec {
    fn name(&self) -> &str {
        "WatchedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.node.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.node]
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let node = children
            .into_iter()
            .next()
            .ok_or_else(|| internal_datafusion_err!("a watched node has one child"))?;
        Ok(Self::over(node, self.until, self.rounds.clone()))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, recomputed())
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let one_less = |left: usize| left.checked_sub(1);
        if let Some(rounds) = &self.rounds
            && let Err(_) = rounds.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
        {
            let text = format!("a recursion goes round over {MAX_ROUNDS} times; end it sooner");
            return Err(DataFusionError::External(Box::new(
                ExecutionError::TooLarge(text),
            )));
        }
        Ok(Box::pin(Watched {
            batches: self.node.execute(partition, context)?,
            until: self.until,
        }))
    }
}

struct Watched {
    batches: SendableRecordBatchStream,
    until: Instant,
}

impl Stream for Watched {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(late) = late(self.until) {
            return Poll::Ready(Some(Err(late)));
        }
        self.batches.poll_next_unpin(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.batches.size_hint()
    }
}

impl RecordBatchStream for Watched {
    fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }
}
