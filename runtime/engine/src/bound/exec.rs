//! `UnitBound` as a physical operator: a pass on each core, over one partition of its input after another.

use super::choice::Choice;
use super::compact::Compaction;
use super::groups::{Domain, Groups};
use super::identity::Identities;
use super::parts::Parts;
use super::pass::{Lane, Pass, Rows};
use super::units::Units;
use super::{Caps, RowCounts, Totals, UNIT_ORDER, narrow};
use crate::released::ExecutionError;
use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, FixedSizeBinaryBuilder, Int64Array,
    LargeBinaryArray, LargeListArray, LargeListBuilder, RecordBatch,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Field, Int32Type, Int64Type, Schema,
    SchemaRef,
};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexRequirement, OrderingRequirements, Partitioning,
    PhysicalExpr, PhysicalSortRequirement,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
};
use futures::{StreamExt, TryStreamExt, stream};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Groups of one batch of totals.
const TOTALS_BATCH: usize = 1 << 16;
/// Length of an identity.
const IDENTITY_BYTES: i32 = 16;

/// What one release asks of bounding.
pub(crate) struct Bounding {
    pub(crate) caps: Caps,
    /// Off for the evidence tests alone.
    pub(crate) is_clamped: bool,
    pub(crate) choice: Choice,
    /// The types of the keys, in order.
    pub(crate) keys: Vec<DataType>,
    /// The types of the columns whose distinct values are counted.
    pub(crate) distinct: Vec<DataType>,
    /// The declared groups; `None` where keys are thresholded.
    pub(crate) domain: Option<Arc<Domain>>,
    /// Groups that nobody chose are forgotten once there are more than these, and half as many as are needed.
    pub(crate) spare_groups: usize,
    /// Partitions that are read at a time.
    pub(crate) at_once: usize,
    /// What was read and left out, added up as the passes end.
    pub(crate) seen: Mutex<RowCounts>,
}

impl Bounding {
    pub(super) fn schema(&self) -> SchemaRef {
        let mut fields = vec![
            Field::new("group", DataType::LargeBinary, false),
            Field::new("units", DataType::Int64, false),
            Field::new("rows", DataType::Int64, false),
        ];
        for lane in 0..self.caps.clamps.len() {
            let sum = DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0);
            fields.push(Field::new(format!("sum_{lane}"), sum, false));
            fields.push(Field::new(format!("count_{lane}"), DataType::Int64, false));
        }
        for column in 0..self.distinct.len() {
            let one = Field::new_list_field(DataType::FixedSizeBinary(IDENTITY_BYTES), true);
            let all = DataType::LargeList(Arc::new(one));
            fields.push(Field::new(format!("identities_{column}"), all, true));
        }
        Arc::new(Schema::new(fields))
    }
}

/// Bounds rows `[unit, keys…, values…, distinct…]`, and gives the exact sums of each group it met: canonical
/// bytes, units, rows, for each value its sum and how many there were, and for each column whose
/// distinct values are counted their identities. Its input never splits a unit over partitions, and is in unit order.
///
/// A few partitions are read at a time, each by a task that takes the next one when its own has ended: so one with more
/// rows than others holds up none of them. What a task found is given once, and a group may come from several tasks.
pub(crate) struct UnitBoundExec {
    input: Arc<dyn ExecutionPlan>,
    bounding: Arc<Bounding>,
    properties: Arc<PlanProperties>,
}

impl UnitBoundExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, bounding: Arc<Bounding>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(bounding.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            input,
            bounding,
            properties: Arc::new(properties),
        }
    }

    /// What is bounded.
    pub(crate) fn input(&self) -> &Arc<dyn ExecutionPlan> {
        &self.input
    }

    fn unit(&self) -> Arc<dyn PhysicalExpr> {
        let schema = self.input.schema();
        let name = schema.fields().first().map_or("", |field| field.name());
        Arc::new(Column::new(name, 0))
    }
}

impl fmt::Debug for UnitBoundExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for UnitBoundExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caps = &self.bounding.caps;
        write!(f, "UnitBoundExec: C={}, m={}", caps.groups, caps.rows)?;
        caps.distinct
            .first()
            .map_or(Ok(()), |most| write!(f, ", L={most}"))
    }
}

impl ExecutionPlan for UnitBoundExec {
    fn name(&self) -> &str {
        "UnitBoundExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let unit = Distribution::KeyPartitioned(vec![self.unit()]);
        InputDistributionRequirements::new(vec![unit])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let unit = PhysicalSortRequirement::new(self.unit(), Some(UNIT_ORDER));
        vec![LexRequirement::new([unit]).map(OrderingRequirements::new)]
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
            (Some(input), None) => Ok(Arc::new(Self::new(input, Arc::clone(&self.bounding)))),
            _ => Err(internal_datafusion_err!("UnitBound takes one input")),
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
        let parts = Parts::of(&self.input, partition, context)?;
        let schema = self.bounding.schema();
        let batches = stream::once(bounded(parts, Arc::clone(&self.bounding)))
            .map_ok(|batches| stream::iter(batches).map(Ok))
            .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// The error of data that is not laid out as declared.
pub(crate) fn layout(what: &'static str) -> DataFusionError {
    DataFusionError::External(Box::new(ExecutionError::Layout(what)))
}

async fn bounded(parts: Parts, bounding: Arc<Bounding>) -> Result<Vec<RecordBatch>> {
    let task = |parts| run(parts, Arc::clone(&bounding));
    let found = parts.side_by_side(bounding.at_once, task).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Bounds partitions until none is left.
async fn run(parts: Parts, bounding: Arc<Bounding>) -> Result<Vec<RecordBatch>> {
    let memory = MemoryConsumer::new("UnitBound").register(parts.context().memory_pool());
    let caps = &bounding.caps;
    let domain = bounding.domain.clone();
    let mut groups = Groups::new(&bounding.keys, domain, bounding.choice.clone())?;
    let choice = bounding.choice.clone();
    let mut pass = Pass::new(caps, choice);
    let mut step = Step::new(&bounding)?;
    let mut compaction = Compaction::new(bounding.spare_groups);
    let mut read = 0;
    while let Some(mut rows) = parts.take().await? {
        while let Some(batch) = rows.try_next().await? {
            read += batch.num_rows() as u64;
            step.feed(&batch, &bounding, &mut groups, &mut pass)?;
            compaction.look(&mut groups, &mut pass)?;
            memory.try_resize(groups.memory() + pass.memory() + step.memory())?;
            // Lets the time limit and a cancelled caller in now and then.
            tokio::task::coop::consume_budget().await;
        }
        pass.end_partition(&mut groups);
    }
    let (totals, mut seen) = pass.finish(&mut groups);
    seen.read = read;
    let mut all = bounding.seen.lock().unwrap_or_else(PoisonError::into_inner);
    all.add(seen);
    drop(all);
    encode(&totals, &groups, &bounding)
}

/// Memory used again for each batch.
struct Step {
    ids: Vec<u32>,
    lanes: Vec<Lane>,
    identities: Vec<Vec<Option<u128>>>,
    of: Vec<Identities>,
}

impl Step {
    fn new(bounding: &Bounding) -> Result<Self> {
        let kinds = bounding.distinct.iter();
        let of = kinds.map(|kind| Identities::new(kind, bounding.choice.clone()));
        Ok(Self {
            ids: Vec::new(),
            lanes: Vec::new(),
            identities: vec![Vec::new(); bounding.distinct.len()],
            of: of.collect::<Result<_, _>>()?,
        })
    }

    fn memory(&self) -> usize {
        self.of.iter().map(Identities::memory).sum()
    }

    fn feed(
        &mut self,
        batch: &RecordBatch,
        bounding: &Bounding,
        groups: &mut Groups,
        pass: &mut Pass,
    ) -> Result<()> {
        let no_unit = || layout("the unit is not a pseudonym of 16 bytes");
        let (unit, rest) = batch.columns().split_first().ok_or_else(no_unit)?;
        let units = Units::of(unit).ok_or_else(no_unit)?;
        let missing = || layout("columns are missing");
        let (keys, rest) = rest
            .split_at_checked(bounding.keys.len())
            .ok_or_else(missing)?;
        let (values, distinct) = rest
            .split_at_checked(bounding.caps.clamps.len())
            .filter(|(_, distinct)| distinct.len() == self.of.len())
            .ok_or_else(missing)?;
        groups.ids(keys, batch.num_rows(), &mut self.ids)?;
        self.lanes.clear();
        for (array, clamp) in values.iter().zip(&bounding.caps.clamps) {
            self.lanes.push(lane(array, *clamp, bounding.is_clamped)?);
        }
        let columns = self.of.iter_mut().zip(&mut self.identities);
        for ((of, identities), array) in columns.zip(distinct) {
            of.of(array, identities)?;
        }
        let rows = Rows {
            units,
            groups: &self.ids,
            lanes: &self.lanes,
            identities: &self.identities,
        };
        let count = groups.len();
        pass.push(&rows, count, groups)
            .map_err(|_| layout("rows are not in unit order, or of no unit"))
    }
}

/// Step 1: fixed-point integers, which are clamped before any row is chosen.
fn lane(array: &ArrayRef, clamp: (i128, i128), is_clamped: bool) -> Result<Lane> {
    let clamp = if is_clamped {
        (narrow(clamp.0), narrow(clamp.1))
    } else {
        (i64::MIN, i64::MAX)
    };
    let values = match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().values().clone(),
        DataType::Int32 => {
            let values = array.as_primitive::<Int32Type>().values();
            values.iter().map(|value| i64::from(*value)).collect()
        }
        DataType::Decimal128(..) => {
            let values = array.as_primitive::<Decimal128Type>().values();
            values.iter().map(|value| narrow(*value)).collect()
        }
        _ => {
            let wide = cast(array, &DataType::Int64)?;
            wide.as_primitive::<Int64Type>().values().clone()
        }
    };
    Ok(Lane::new(values, array.logical_nulls(), clamp))
}

/// The groups that units kept, in batches.
fn encode(totals: &Totals, groups: &Groups, bounding: &Bounding) -> Result<Vec<RecordBatch>> {
    let schema = bounding.schema();
    let kept = totals.counts.iter().enumerate();
    let kept: Vec<usize> = kept
        .filter(|(_, (units, _))| *units > 0)
        .map(|(id, _)| id)
        .collect();
    let lanes = bounding.caps.clamps.len();
    let batch = |ids: &[usize]| -> Result<RecordBatch> {
        let count = |id: &usize| totals.counts.get(*id).copied().unwrap_or_default();
        let bytes = ids.iter().map(|id| groups.canonical(*id));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(LargeBinaryArray::from_iter_values(bytes)),
            Arc::new(
                ids.iter()
                    .map(|id| Some(count(id).0))
                    .collect::<Int64Array>(),
            ),
            Arc::new(
                ids.iter()
                    .map(|id| Some(count(id).1))
                    .collect::<Int64Array>(),
            ),
        ];
        for lane in 0..lanes {
            let value = |id: &usize| totals.values.get(id * lanes + lane).copied();
            let sums = ids.iter().map(|id| value(id).map(|(sum, _)| sum));
            let counts = ids.iter().map(|id| value(id).map(|(_, count)| count));
            columns.push(Arc::new(
                sums.collect::<Decimal128Array>()
                    .with_precision_and_scale(DECIMAL128_MAX_PRECISION, 0)?,
            ));
            columns.push(Arc::new(counts.collect::<Int64Array>()));
        }
        for column in 0..bounding.distinct.len() {
            columns.push(Arc::new(identities(totals, ids, column)?));
        }
        Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
    };
    kept.chunks(TOTALS_BATCH).map(batch).collect()
}

/// The identities of one column, as a list for each group.
fn identities(totals: &Totals, ids: &[usize], column: usize) -> Result<LargeListArray> {
    let mut lists = LargeListBuilder::new(FixedSizeBinaryBuilder::new(IDENTITY_BYTES));
    for id in ids {
        for identity in totals.distinct.of(*id, column) {
            lists.values().append_value(identity.to_be_bytes())?;
        }
        lists.append(true);
    }
    Ok(lists.finish())
}
