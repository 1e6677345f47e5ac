//! Mappers of blocks as a physical operator: rows of many units to one row of each block.
//!
//! INVARIANT: what a call sees is a function of its block's rows as a multiset, each with its unit. Every block has a row,
//! whether units are in it or not.

use super::{Calls, Plan, off_worker, unit, unit_at};
use crate::bound::{Parts, UNIT_BYTES, UNIT_ORDER, layout as broken};
use crate::execute::watch::late;
use crate::mapper::Ready;
use arrow::array::{FixedSizeBinaryArray, RecordBatch};
use arrow::compute::partition;
use arrow::datatypes::SchemaRef;
use arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{TryStreamExt, stream};
use irongate_policy::mapper::Mapper;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Calls a mapper for each block of the units in its input, `[unit, columns…]`, and gives `[block, outputs…]`.
pub(super) struct BlocksExec {
    input: Arc<dyn ExecutionPlan>,
    plan: Plan,
    properties: Arc<PlanProperties>,
}

impl BlocksExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, plan: Plan) -> Self {
        let schema = &plan.schema;
        let mut equivalences = EquivalenceProperties::new(Arc::clone(schema));
        let order = PhysicalSortExpr::new(unit(schema), UNIT_ORDER);
        if let Some(order) = LexOrdering::new([order]) {
            equivalences.add_ordering(order);
        }
        let properties = PlanProperties::new(
            equivalences,
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            input,
            plan,
            properties: Arc::new(properties),
        }
    }
}

impl fmt::Debug for BlocksExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for BlocksExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let declared = &self.plan.declared;
        let blocks = declared.blocks.unwrap_or(0);
        write!(f, "BlocksExec: B={blocks}, rows={}", declared.max_rows)
    }
}

impl ExecutionPlan for BlocksExec {
    fn name(&self) -> &str {
        "BlocksExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.pop()) {
            (Some(input), None) => Ok(Arc::new(Self::new(input, self.plan.clone()))),
            _ => Err(internal_datafusion_err!("a mapper takes one input")),
        }
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
        let from = self.input.schema();
        let parts = Parts::of(&self.input, partition, context)?;
        let calls = Calls::new(&self.plan)?;
        let plan = self.plan.clone();
        let mapped = async move {
            let mut all = Blocks::new(&from, &plan.declared, &plan.ready)?;
            let task = |parts| all.empty().of(parts);
            let found = parts.side_by_side(plan.ready.at_once, task).await?;
            found.into_iter().for_each(|some| all.take(some));
            off_worker(|| all.mapped(calls))
        };
        let schema = Arc::clone(&self.plan.schema);
        let batches = stream::once(mapped);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// The rows of each block, the unit first.
struct Blocks {
    converter: Arc<RowConverter>,
    from: SchemaRef,
    rows: Vec<Vec<OwnedRow>>,
    most: usize,
    ready: Ready,
}

impl Blocks {
    fn new(from: &SchemaRef, declared: &Mapper, ready: &Ready) -> Result<Self> {
        let fields = from.fields().iter();
        let fields = fields.map(|field| SortField::new(field.data_type().clone()));
        let blocks = usize::try_from(declared.blocks.unwrap_or(1)).unwrap_or(1);
        Ok(Self {
            converter: Arc::new(RowConverter::new(fields.collect())?),
            from: Arc::clone(from),
            rows: vec![Vec::new(); blocks],
            most: usize::try_from(declared.max_rows).unwrap_or(usize::MAX),
            ready: ready.clone(),
        })
    }

    /// As many blocks without rows.
    fn empty(&self) -> Self {
        Self {
            converter: Arc::clone(&self.converter),
            from: Arc::clone(&self.from),
            rows: vec![Vec::new(); self.rows.len()],
            most: self.most,
            ready: self.ready.clone(),
        }
    }

    /// Takes in the rows of partitions until none is left.
    async fn of(mut self, parts: Parts) -> Result<Self> {
        while let Some(mut rows) = parts.take().await? {
            while let Some(batch) = rows.try_next().await? {
                self.add(&batch)?;
                if let Some(late) = late(self.ready.until) {
                    return Err(late);
                }
                tokio::task::coop::consume_budget().await;
            }
        }
        Ok(self)
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = self.converter.convert_columns(batch.columns())?;
        for part in parts(batch)? {
            let unit = unit_at(batch, part.start)?;
            let blocks = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            let block = self.ready.choice.block_of(unit, blocks) as usize;
            let own = self.rows.get_mut(block);
            let own = own.ok_or_else(|| broken("a block is missing"))?;
            own.extend(part.map(|at| rows.row(at).owned()));
            if own.len() > self.most.saturating_mul(2) {
                chosen(own, self.most, &self.ready);
            }
        }
        Ok(())
    }

    /// Takes in the blocks of other units.
    fn take(&mut self, other: Self) {
        for (own, others) in self.rows.iter_mut().zip(other.rows) {
            own.extend(others);
            if own.len() > self.most.saturating_mul(2) {
                chosen(own, self.most, &self.ready);
            }
        }
    }

    /// One row for each block, in order.
    fn mapped(mut self, mut calls: Calls) -> Result<RecordBatch> {
        let mut blocks: Vec<u8> = Vec::new();
        let mut values = calls.no_values();
        for (number, mut own) in (0_u128..).zip(std::mem::take(&mut self.rows)) {
            if let Some(late) = late(self.ready.until) {
                return Err(late);
            }
            chosen(&mut own, self.most, &self.ready);
            // By unit, and then as the rows of one unit are ordered.
            own.sort_unstable();
            let batch = self.batch(&own)?;
            let ends = ends(&batch)?;
            let all: Vec<usize> = (0..batch.num_rows()).collect();
            calls.write(&batch, &all, Some(&ends))?;
            if !calls.call(&mut values)? {
                return Err(broken("a block has no value"));
            }
            blocks.extend(number.to_be_bytes());
        }
        let blocks = FixedSizeBinaryArray::try_new(UNIT_BYTES as i32, blocks.into(), None)?;
        calls.batch(blocks, &values)
    }

    fn batch(&self, rows: &[OwnedRow]) -> Result<RecordBatch> {
        if rows.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.from)));
        }
        let columns = self
            .converter
            .convert_rows(rows.iter().map(OwnedRow::row))?;
        Ok(RecordBatch::try_new(Arc::clone(&self.from), columns)?)
    }
}

/// Keeps at most so many rows, those with the smallest keyed hash. Equal rows of a unit stay or go together: they are few of
/// those that a block has, and are not numbered.
fn chosen(rows: &mut Vec<OwnedRow>, most: usize, ready: &Ready) {
    if rows.len() > most {
        // The unit is among the bytes.
        rows.sort_by_cached_key(|row| ready.choice.mapped_row(0, row.row().data()));
        rows.truncate(most);
    }
}

/// Where the rows of each unit stand.
fn parts(batch: &RecordBatch) -> Result<Vec<Range<usize>>> {
    Ok(partition(batch.columns().get(..1).unwrap_or_default())?.ranges())
}

/// Where the rows of each unit end.
fn ends(batch: &RecordBatch) -> Result<Vec<u32>> {
    if batch.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let end = |part: Range<usize>| u32::try_from(part.end);
    let ends: std::result::Result<_, _> = parts(batch)?.into_iter().map(end).collect();
    ends.map_err(|_| broken("a block has too many rows"))
}

#[cfg(test)]
mod tests;
