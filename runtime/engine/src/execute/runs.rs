//! Windows and sorts that hold the rows of a few units at a time.
//!
//! DataFusion's own hold all rows of a partition, be it a window's or a scan's: a window whose frame ends at the last row makes one batch of
//! them, and fails once a column of it outgrows its offsets; a sort fails once they outgrow its memory. Whether
//! they do would be a count of units that costs nothing. Rows arrive in the order of the unit, so both can be done
//! with as many units as fill a batch.

use super::lean::recomputed;
use super::whole_units::WholeUnits;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{PhysicalExpr, window::WindowExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::ReplaceChildrenOptions;
use datafusion::physical_plan::sorts::partial_sort::PartialSortExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::stream;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The last rule of the private part.
#[derive(Debug)]
pub(super) struct InRuns;

impl PhysicalOptimizerRule for InRuns {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if let Some(sort) = node.downcast_ref::<SortExec>() {
                let new = in_parts(sort)?;
                return Ok(new.map_or_else(|| Transformed::no(node), Transformed::yes));
            }
            let is_window = node.downcast_ref::<WindowAggExec>().is_some_and(is_parted);
            if is_window {
                return Ok(Transformed::yes(Arc::new(WindowRunsExec { window: node })));
            }
            Ok(Transformed::no(node))
        })
        .data()
    }

    fn name(&self) -> &str {
        "InRuns"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A sort of rows that are in part sorted, such as by the unit: it holds those that agree in that part.
fn in_parts(sort: &SortExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let input = sort.input();
    let mut sorted = 0;
    while let Some(prefix) = sort.expr().get(..sorted + 1) {
        let properties = input.equivalence_properties();
        if !properties.ordering_satisfy(prefix.to_vec())? {
            break;
        }
        sorted += 1;
    }
    if sorted == 0 {
        return Ok(None);
    }
    let parts = PartialSortExec::new(sort.expr().clone(), Arc::clone(input), sorted)
        .with_preserve_partitioning(sort.preserve_partitioning())
        .with_fetch(sort.fetch());
    Ok(Some(Arc::new(parts)))
}

fn parted_by(window: &WindowAggExec) -> &[Arc<dyn PhysicalExpr>] {
    let first = window.window_expr().first();
    first.map_or(&[], |first| first.partition_by())
}

fn is_parted(window: &WindowAggExec) -> bool {
    !parted_by(window).is_empty()
}

/// A window over runs of its input, each of whole window partitions, about a batch of rows or one of them.
struct WindowRunsExec {
    /// A [`WindowAggExec`], whose input this one reads in its stead.
    window: Arc<dyn ExecutionPlan>,
}

impl fmt::Debug for WindowRunsExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for WindowRunsExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WindowRunsExec of ")?;
        self.window.fmt_as(kind, f)
    }
}

impl ExecutionPlan for WindowRunsExec {
    fn name(&self) -> &str {
        "WindowRunsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.window.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.window.children()
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let window = Arc::clone(&self.window).replace_children(children, options)?;
        Ok(Arc::new(Self { window }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, recomputed())
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.window.apply_expressions(f)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let window = self.window.downcast_ref::<WindowAggExec>();
        let window = window.ok_or_else(|| internal_datafusion_err!("runs are of a window"))?;
        let input = window.input().execute(partition, Arc::clone(&context))?;
        let runs = Runs {
            units: WholeUnits::new(
                input,
                parted_by(window).to_vec(),
                context.session_config().batch_size(),
            ),
            windows: window.window_expr().to_vec(),
            schema: window.schema(),
        };
        let schema = window.schema();
        let batches = stream::try_unfold(runs, |mut runs| async move {
            Ok(runs.next().await?.map(|batch| (batch, runs)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// The runs of an input, and what is added to them.
struct Runs {
    units: WholeUnits,
    windows: Vec<Arc<dyn WindowExpr>>,
    schema: SchemaRef,
}

impl Runs {
    /// The next run with its windows; `None` after the last.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let run = self.units.next().await?;
        run.map(|(batch, parts)| self.windowed(&batch, &parts))
            .transpose()
    }

    fn windowed(&self, batch: &RecordBatch, parts: &[Range<usize>]) -> Result<RecordBatch> {
        let mut columns = batch.columns().to_vec();
        for window in &self.windows {
            let of = |part: &Range<usize>| window.evaluate(&batch.slice(part.start, part.len()));
            let of_parts = parts.iter().map(of).collect::<Result<Vec<_>>>()?;
            let of_parts: Vec<_> = of_parts.iter().map(AsRef::as_ref).collect();
            columns.push(concat(&of_parts)?);
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}
