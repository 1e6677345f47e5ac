//! Mappers as a physical operator: rows in unit order to one row of each unit, in the same order and partitions.
//!
//! INVARIANT: what a call sees is a function of one unit's rows as a multiset, so neither batches, partitions and
//! threads nor how rows are stored change an output.

mod blocks;
mod order;
mod outputs;
mod planner;

use self::order::Ordering;
use self::outputs::Output;
pub(super) use self::planner::Planning;
use super::watch::late;
use super::whole_units::{Run, WholeUnits};
use crate::bound::{UNIT_BYTES, UNIT_ORDER, layout as broken};
use crate::mapper::{Cells, Head, Mapped, Ready, Stopped};
use crate::released::ExecutionError;
use arrow::array::{ArrayRef, AsArray, FixedSizeBinaryArray, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionMapping;
use datafusion::physical_expr::{
    Distribution, LexRequirement, OrderingRequirements, PhysicalExpr, PhysicalSortRequirement,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
};
use futures::stream;
use irongate_policy::mapper::Mapper;
use std::fmt;
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};

/// What is called, and with what.
#[derive(Clone)]
struct Plan {
    declared: Arc<Mapper>,
    /// The columns as they were checked.
    columns: SchemaRef,
    ready: Ready,
    /// What comes out.
    schema: SchemaRef,
}

impl Plan {
    /// Shows that the rows `[unit, columns…]` that come in are laid out as they were checked.
    fn fits(&self, from: &Schema) -> Result<()> {
        let read = from.fields().iter().skip(1);
        let mut pairs = read.clone().zip(self.columns.fields());
        let fits = pairs.all(|(read, checked)| {
            read.data_type() == checked.data_type()
                && (checked.is_nullable() || !read.is_nullable())
        });
        match fits && read.len() == self.columns.fields().len() {
            true => Ok(()),
            false => Err(broken("a mapper's rows are not as they were checked")),
        }
    }
}

/// Calls a mapper for each unit of its input, `[unit, columns…]`, and gives `[unit, outputs…]`.
pub(super) struct MapperExec {
    input: Arc<dyn ExecutionPlan>,
    plan: Plan,
    properties: Arc<PlanProperties>,
}

impl MapperExec {
    fn new(input: Arc<dyn ExecutionPlan>, plan: Plan) -> Result<Self> {
        let schema = &plan.schema;
        let name = |schema: &Schema| schema.fields().first().map(|unit| unit.name().clone());
        let renamed = name(schema).ok_or_else(|| broken("a mapper's table has no unit"))?;
        let from = input.schema();
        let mapping = ProjectionMapping::try_new([(unit(&from), renamed)], &from)?;
        let of_input = input.properties();
        let equivalences = &of_input.eq_properties;
        let properties = PlanProperties::new(
            equivalences.project(&mapping, Arc::clone(schema)),
            of_input.partitioning.project(&mapping, equivalences),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self {
            input,
            plan,
            properties: Arc::new(properties),
        })
    }
}

/// The unit, which stands first.
fn unit(schema: &Schema) -> Arc<dyn PhysicalExpr> {
    let name = schema.fields().first().map_or("", |field| field.name());
    Arc::new(Column::new(name, 0))
}

/// The unit of one row.
fn unit_at(batch: &RecordBatch, row: usize) -> Result<u128> {
    let no_unit = || broken("the unit is not a pseudonym of 16 bytes");
    let units = batch.columns().first().ok_or_else(no_unit)?;
    let units = units.as_fixed_size_binary_opt().ok_or_else(no_unit)?;
    let unit = units.value(row).try_into().map_err(|_| no_unit())?;
    Ok(u128::from_be_bytes(unit))
}

impl fmt::Debug for MapperExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for MapperExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MapperExec: rows={}", self.plan.declared.max_rows)
    }
}

impl ExecutionPlan for MapperExec {
    fn name(&self) -> &str {
        "MapperExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let unit = Distribution::KeyPartitioned(vec![unit(&self.input.schema())]);
        InputDistributionRequirements::new(vec![unit])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let unit = PhysicalSortRequirement::new(unit(&self.input.schema()), Some(UNIT_ORDER));
        vec![LexRequirement::new([unit]).map(OrderingRequirements::new)]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
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
            (Some(input), None) => Ok(Arc::new(Self::new(input, self.plan.clone())?)),
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
        let input = self.input.execute(partition, Arc::clone(&context))?;
        let from = input.schema();
        let by_unit = vec![unit(&from)];
        let units = WholeUnits::new(input, by_unit, context.session_config().batch_size());
        let most = usize::try_from(self.plan.declared.max_rows).unwrap_or(usize::MAX);
        let order = Ordering::new(&from, self.plan.ready.choice.clone(), most)?;
        let calls = Calls::new(&self.plan)?;
        let state = (units, calls, order);
        let batches = stream::try_unfold(state, |(mut units, mut calls, mut order)| async move {
            let Some(run) = units.next().await? else {
                return Ok(None);
            };
            let batch = off_worker(|| calls.map(&run, &mut order))?;
            Ok(Some((batch, (units, calls, order))))
        });
        let schema = Arc::clone(&self.plan.schema);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// Calls of a mapper, with what is used again for each.
struct Calls {
    ready: Ready,
    head: Head,
    outputs: Vec<Output>,
    schema: SchemaRef,
    rows: Vec<u8>,
    numbers: Vec<f64>,
    /// The unit that was called last.
    last: Option<u128>,
}

impl Calls {
    fn new(plan: &Plan) -> Result<Self> {
        let outputs = plan.declared.outputs.iter().map(Output::new);
        let outputs: Vec<_> = outputs.collect::<Result<_>>()?;
        Ok(Self {
            head: Head::new(&plan.columns)?,
            numbers: vec![0.0; outputs.len()],
            outputs,
            schema: Arc::clone(&plan.schema),
            rows: Vec::new(),
            ready: plan.ready.clone(),
            last: None,
        })
    }

    /// One row for each unit of a run.
    fn map(&mut self, (batch, parts): &Run, order: &mut Ordering) -> Result<RecordBatch> {
        let cells = Cells::of(batch)?;
        order.read(batch)?;
        let mut mapped: Vec<u8> = Vec::with_capacity(parts.len() * UNIT_BYTES);
        let mut values = self.no_values();
        for part in parts {
            if let Some(late) = late(self.ready.until) {
                return Err(late);
            }
            let unit = unit_at(batch, part.start)?;
            // A unit that came twice would have two rows.
            if self.last.replace(unit) >= Some(unit) {
                return Err(broken("rows are not in unit order"));
            }
            let seen = order.seen(unit, part.clone());
            self.head.write(&mut self.rows, &cells, seen, None)?;
            if self.call(&mut values)? {
                mapped.extend(unit.to_be_bytes());
            }
        }
        let units = FixedSizeBinaryArray::try_new(UNIT_BYTES as i32, mapped.into(), None)?;
        self.batch(units, &values)
    }

    /// Writes rows of a batch for the next call.
    fn write(&mut self, batch: &RecordBatch, rows: &[usize], ends: Option<&[u32]>) -> Result<()> {
        let cells = Cells::of(batch)?;
        self.head.write(&mut self.rows, &cells, rows, ends)
    }

    fn no_values(&self) -> Vec<Vec<i64>> {
        vec![Vec::new(); self.outputs.len()]
    }

    fn batch(&self, units: FixedSizeBinaryArray, values: &[Vec<i64>]) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(units)];
        for (output, values) in self.outputs.iter().zip(values) {
            columns.push(output.column(values)?);
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// Calls the mapper for the rows that are written, and adds to `values` what it gave; whether the unit has a row.
    fn call(&mut self, values: &mut [Vec<i64>]) -> Result<bool> {
        let given = self.ready.code.map(&self.rows, &mut self.numbers);
        let is_given = match given.map_err(stopped)? {
            Mapped::Numbers => true,
            Mapped::Default => false,
        };
        let numbers = self
            .numbers
            .iter()
            .map(|number| is_given.then_some(*number));
        let row: Option<Vec<i64>> = self
            .outputs
            .iter()
            .zip(numbers)
            .map(|(output, number)| output.value(number))
            .collect();
        let Some(row) = row else {
            return Ok(false);
        };
        for (values, value) in values.iter_mut().zip(row) {
            values.push(value);
        }
        Ok(true)
    }
}

/// Runs what blocks, such as calls of mappers. A worker that is within it looks at no timer: another takes its place, so that
/// a deadline that passes meanwhile is seen in time.
fn off_worker<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

fn stopped(stopped: Stopped) -> DataFusionError {
    DataFusionError::External(Box::new(ExecutionError::Stopped(stopped)))
}

#[cfg(test)]
mod tests;
