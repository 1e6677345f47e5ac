//! UNION ALL of private rows, merged unit by unit.
//!
//! The engine's own puts partitions one after another, so that what stands on it is shuffled and sorted with the
//! rows of all units held in memory. Its inputs are in the order of the unit and cut at the same pseudonyms: merged,
//! they stay so, and a batch of each input is all that is held.

use super::tables::under;
use crate::bound::{UNIT_ORDER, UNIT_TYPE, layout};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexOrdering, OrderingRequirements, Partitioning,
    PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::sorts::streaming_merge::StreamingMergeBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
    RangePartitioning,
};
use futures::TryStreamExt;
use std::fmt;
use std::sync::Arc;

/// The same union in the order of the unit; `None` if not all of its inputs have one at the same place.
pub(super) fn in_unit_order(union: &UnionExec) -> Option<Arc<dyn ExecutionPlan>> {
    let inputs = union.inputs();
    let is_unit = |at: &usize| {
        inputs.iter().all(|input| {
            let schema = input.schema();
            let field = schema.fields().get(*at);
            field.is_some_and(|field| *field.data_type() == UNIT_TYPE && !field.is_nullable())
        })
    };
    let unit = (0..union.schema().fields().len()).find(is_unit)?;
    let merge = UnitUnionExec::new(inputs.clone(), union.schema(), unit)?;
    Some(Arc::new(merge))
}

/// A merge of inputs that are in the order of the unit and partitioned by it alike.
struct UnitUnionExec {
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    schema: SchemaRef,
    /// Where the unit stands.
    unit: usize,
    order: LexOrdering,
    properties: Arc<PlanProperties>,
}

impl UnitUnionExec {
    fn new(inputs: Vec<Arc<dyn ExecutionPlan>>, schema: SchemaRef, unit: usize) -> Option<Self> {
        let order = in_order(&schema, unit)?;
        let mut equivalences = EquivalenceProperties::new(Arc::clone(&schema));
        equivalences.add_ordering(order.clone());
        // The inputs' schemas may differ in names, but not in where the unit stands.
        let of_first = inputs.first().map(|input| &input.properties().partitioning);
        let partitioning = match of_first? {
            Partitioning::Range(range) => {
                let points = range.split_points().to_vec();
                let range = RangePartitioning::new(order.clone(), points);
                Partitioning::Range(range)
            }
            Partitioning::Hash(_, count) => Partitioning::Hash(vec![column(&schema, unit)], *count),
            other => Partitioning::UnknownPartitioning(other.partition_count()),
        };
        let properties = PlanProperties::new(
            equivalences,
            partitioning,
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Some(Self {
            inputs,
            schema,
            unit,
            order,
            properties: Arc::new(properties),
        })
    }
}

fn in_order(schema: &SchemaRef, at: usize) -> Option<LexOrdering> {
    LexOrdering::new([PhysicalSortExpr::new(column(schema, at), UNIT_ORDER)])
}

fn column(schema: &SchemaRef, at: usize) -> Arc<dyn PhysicalExpr> {
    let name = schema.fields().get(at).map_or("", |field| field.name());
    Arc::new(Column::new(name, at))
}

impl fmt::Debug for UnitUnionExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for UnitUnionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnitUnionExec: unit at {}", self.unit)
    }
}

impl ExecutionPlan for UnitUnionExec {
    fn name(&self) -> &str {
        "UnitUnionExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let by_unit = |input: &Arc<dyn ExecutionPlan>| {
            Distribution::KeyPartitioned(vec![column(&input.schema(), self.unit)])
        };
        let all: Vec<Distribution> = self.inputs.iter().map(by_unit).collect();
        match all.len() {
            0 | 1 => InputDistributionRequirements::new(all),
            _ => InputDistributionRequirements::co_partitioned(all),
        }
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let by_unit = |input: &Arc<dyn ExecutionPlan>| {
            in_order(&input.schema(), self.unit).map(OrderingRequirements::from)
        };
        self.inputs.iter().map(by_unit).collect()
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; self.inputs.len()]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let new = Self::new(children, Arc::clone(&self.schema), self.unit);
        Ok(Arc::new(new.ok_or_else(|| layout("a union of nothing"))?))
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
        let of_input = |input: &Arc<dyn ExecutionPlan>| -> Result<SendableRecordBatchStream> {
            let schema = Arc::clone(&self.schema);
            let batches = input.execute(partition, Arc::clone(&context))?;
            let batches = batches.and_then({
                let schema = Arc::clone(&schema);
                move |batch| std::future::ready(under(&schema, &batch))
            });
            Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
        };
        let streams = self.inputs.iter().map(of_input).collect::<Result<_>>()?;
        let memory = MemoryConsumer::new("UnitUnion").register(context.memory_pool());
        StreamingMergeBuilder::new()
            .with_streams(streams)
            .with_schema(Arc::clone(&self.schema))
            .with_expressions(&self.order)
            .with_metrics(BaselineMetrics::new(
                &ExecutionPlanMetricsSet::new(),
                partition,
            ))
            .with_batch_size(context.session_config().batch_size())
            .with_reservation(memory)
            .build()
    }
}
