//! Sessions and tables: what a plan reads, by the zone it runs in.

use super::Run;
use super::absent::decided;
use super::cut::MAX_PARTITIONS;
use super::inputs::Publics;
use super::mapped::Planning;
use super::runs::InRuns;
use super::stored::{StoredTable, dictionary};
use super::watch::watched;
use crate::bound::Choice;
use crate::check::{CheckedQuery, config};
use crate::mapper::{MapperNode, Ready};
use crate::released::{DataAccess, ExecutionEnv, ExecutionError};
use crate::source::{self, Source};
use crate::zone::round_of;
use arrow::array::RecordBatchOptions;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::execution::context::{SessionConfig, SessionContext};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::execute_stream;
use futures::TryStreamExt;
use irongate_policy::dataset::{DatasetSpec, Role, UNIT_COLUMN};
use std::sync::Arc;
use std::time::Instant;

/// Rows of a batch in the private part: twice the engine's own, so that less is paid for each batch while
/// its columns still fit a core's cache.
pub(super) const BATCH_ROWS: usize = 16_384;
/// Most text of one batch, which no pool counts while a node makes it: 2 KiB for each of its rows. Joins, windows and aggregates keep
/// several.
const MAX_BATCH_BYTES: u64 = 32 << 20;

/// Most that a public input, or the result above the releases, may take in memory.
const MAX_PUBLIC_BYTES: usize = 256 << 20;

/// Rows of a batch: fewer where rows are wide, by the form of the plan alone. How much memory a batch takes would
/// else be a count of rows that costs nothing.
pub(super) fn batch_rows(widest: u64) -> usize {
    let fit = MAX_BATCH_BYTES.checked_div(widest).unwrap_or(u64::MAX);
    usize::try_from(fit).map_or(BATCH_ROWS, |fit| fit.clamp(1, BATCH_ROWS))
}

/// A session for the private part: as many partitions as [`partitions`] says, which no rule multiplies.
pub(super) fn private_session(
    env: &ExecutionEnv,
    batch_rows: usize,
) -> Result<SessionContext, ExecutionError> {
    let mut config = config()
        .with_target_partitions(partitions(env))
        .with_batch_size(batch_rows);
    config
        .options_mut()
        .optimizer
        .enable_round_robin_repartition = false;
    // Which side of a join is held is decided by what is private, see `merge`, and not by sizes.
    config.options_mut().optimizer.join_reordering = false;
    // Unions of partitions are read one after another: interleaving them is planned for inputs that then
    // turn out not to be partitioned alike, and fails.
    config.options_mut().optimizer.prefer_existing_union = true;
    // A join that makes a filter of what it holds waits for all partitions first, of which a few are read at a time.
    config
        .options_mut()
        .optimizer
        .enable_join_dynamic_filter_pushdown = false;
    let builder = session_with(config, env)?
        .with_query_planner(Arc::new(Planning))
        .with_physical_optimizer_rule(Arc::new(InRuns));
    Ok(SessionContext::new_with_state(builder.build()))
}

/// The same for what is planned from its text, which calls functions by their names.
#[cfg(feature = "evidence")]
pub(super) fn private_sql_session(
    env: &ExecutionEnv,
    batch_rows: usize,
) -> Result<SessionContext, ExecutionError> {
    let state = private_session(env, batch_rows)?.state();
    let builder = SessionStateBuilder::new_from_existing(state).with_default_features();
    Ok(SessionContext::new_with_state(builder.build()))
}

/// As many as there can be, of which a core takes one after another: so none has nothing to do for long.
pub(super) fn partitions(env: &ExecutionEnv) -> usize {
    match env.cores.get() {
        1 => 1,
        _ => MAX_PARTITIONS,
    }
}

/// Partitions that are read at a time.
pub(super) fn at_once(env: &ExecutionEnv) -> usize {
    env.cores.get().min(partitions(env))
}

pub(super) fn session(env: &ExecutionEnv) -> Result<SessionContext, ExecutionError> {
    let builder = session_with(config(), env)?;
    Ok(SessionContext::new_with_state(builder.build()))
}

fn session_with(
    config: SessionConfig,
    env: &ExecutionEnv,
) -> Result<SessionStateBuilder, ExecutionError> {
    // No spilling: what does not fit the declared memory fails. A repartition that spills from two inputs at
    // once may wait for ever (apache/datafusion#24883), and protected rows would lie about on a disk.
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(env.memory_bytes)))
        .with_disk_manager_builder(
            DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
        )
        .build_arc()?;
    // A plan holds the functions it calls; the one that is looked up by its name is what becomes of DISTINCT ON.
    Ok(SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_aggregate_functions(vec![first_value_udaf()]))
}

/// Puts real tables in the place of placeholders. Datasets of the wrong zone are an error.
pub(super) struct Tables<'a> {
    pub(super) query: &'a CheckedQuery,
    pub(super) data: &'a dyn DataAccess,
    pub(super) zone: Zone<'a>,
    /// Partitions of a protected table, and how many of them are read at a time.
    pub(super) partitions: usize,
    pub(super) at_once: usize,
    /// No unit is mapped after.
    pub(super) until: Instant,
    /// Whether the plan is made to see that it can be: then nothing protected is opened, and what is not there
    /// yet is one row.
    pub(super) is_trial: bool,
}

/// What a plan may read beside datasets.
#[derive(Clone, Copy)]
pub(super) enum Zone<'a> {
    /// Public inputs, by number.
    Private(&'a Publics),
    /// Released tables, by number.
    Public(&'a [RecordBatch]),
}

impl<'a> Tables<'a> {
    /// For a private part.
    pub(super) fn private(run: &Run<'a>, publics: &'a Publics) -> Self {
        Self {
            query: run.query,
            data: run.data,
            zone: Zone::Private(publics),
            partitions: partitions(run.env),
            at_once: at_once(run.env),
            until: run.until,
            is_trial: false,
        }
    }

    /// For what stands above releases.
    pub(super) fn public(run: &Run<'a>, released: &'a [RecordBatch]) -> Self {
        Self {
            query: run.query,
            data: run.data,
            zone: Zone::Public(released),
            partitions: 1,
            at_once: 1,
            until: run.until,
            is_trial: false,
        }
    }

    pub(super) fn fill(&self, plan: &LogicalPlan) -> Result<LogicalPlan, ExecutionError> {
        let plan = match self.zone {
            Zone::Private(publics) => decided(plan, publics)?,
            Zone::Public(_) => plan.clone(),
        };
        let filled = plan.transform_up_with_subqueries(|node| {
            if let Some(mapper) = MapperNode::of(&node) {
                let ready = self.ready(mapper);
                let ready = ready.map_err(|e| DataFusionError::External(Box::new(e)))?;
                let node = MapperNode {
                    ready: Some(ready),
                    ..mapper.clone()
                };
                return Ok(Transformed::yes(node.plan()));
            }
            let LogicalPlan::TableScan(scan) = node else {
                return Ok(Transformed::no(node));
            };
            // Of a recursion, which has none but public and released tables.
            if matches!(self.zone, Zone::Public(_)) && round_of(&scan).is_some() {
                return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
            }
            let Some(placeholder) = source::placeholder(&scan) else {
                return datafusion::common::plan_err!("a scan of an unknown table");
            };
            let provider = self
                .provider(&placeholder.source, placeholder.schema())
                .map_err(|e| DataFusionError::External(Box::new(e)))?;
            let stored = LogicalPlanBuilder::scan(
                scan.table_name.clone(),
                provider_as_source(provider),
                scan.projection.clone(),
            )?;
            Ok(Transformed::yes(as_declared(
                stored,
                &scan.projected_schema,
            )?))
        });
        filled.data().map_err(own)
    }

    /// What a mapper is called with.
    fn ready(&self, mapper: &MapperNode) -> Result<Ready, ExecutionError> {
        let key = self.data.key(&mapper.namespace);
        Ok(Ready {
            code: self
                .data
                .mapper(&mapper.name)
                .map_err(ExecutionError::Access)?,
            choice: Choice::new(&key.map_err(ExecutionError::Access)?),
            until: self.until,
            at_once: self.at_once,
        })
    }

    fn provider(
        &self,
        source: &Source,
        schema: Arc<Schema>,
    ) -> Result<Arc<dyn TableProvider>, ExecutionError> {
        let missing = || ExecutionError::Layout("a table of the plan is missing");
        let memory =
            |batch: Option<&RecordBatch>| -> Result<Arc<dyn TableProvider>, ExecutionError> {
                let batch = match batch {
                    Some(batch) => batch,
                    None if self.is_trial => &one_row(&schema, some)?,
                    None => return Err(missing()),
                };
                let batch = under(&schema, batch)?;
                Ok(Arc::new(MemTable::try_new(
                    Arc::clone(&schema),
                    vec![vec![batch]],
                )?))
            };
        match source {
            // What it reads stands in its place.
            Source::Mapper(_) => Err(missing()),
            Source::Release(n) => match self.zone {
                Zone::Public(released) => memory(released.get(*n)),
                Zone::Private(_) => Err(missing()),
            },
            Source::Public(n) => match self.zone {
                Zone::Private(publics) => memory(publics.get(n)),
                Zone::Public(_) => Err(missing()),
            },
            Source::Dataset(name) => {
                let table = self.query.catalog.tables.get(name).ok_or_else(missing)?;
                // INVARIANT: only the private part of a release may open a protected table.
                let is_private = matches!(self.zone, Zone::Private(_));
                if table.spec.protected().is_some() != is_private {
                    return Err(missing());
                }
                let files = match is_private && self.is_trial {
                    true => Vec::new(),
                    false => self
                        .data
                        .files(&table.spec.name, &table.version)
                        .map_err(ExecutionError::Access)?,
                };
                let Some(protected) = table.spec.protected() else {
                    return parquet(&files, schema);
                };
                let rows = u64::from(protected.unit.max_rows);
                let rows = rows.saturating_mul(protected.units_at_most);
                let schema = with_dictionaries(&schema, &table.spec);
                let stored = stored(&schema);
                let table = StoredTable::open(&files, schema, stored, self.partitions, rows)?;
                Ok(Arc::new(table))
            }
        }
    }
}

/// The same columns with the names and nullability of another schema.
pub(super) fn under(
    schema: &Arc<Schema>,
    batch: &RecordBatch,
) -> Result<RecordBatch, DataFusionError> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch.columns().to_vec();
    let batch = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?;
    Ok(batch)
}

/// Any value of a column's type.
pub(super) fn some(field: &Field) -> Result<ScalarValue, DataFusionError> {
    ScalarValue::new_default(field.data_type())
}

/// A table of one row.
pub(super) fn one_row(
    schema: &Arc<Schema>,
    value: fn(&Field) -> Result<ScalarValue, DataFusionError>,
) -> Result<RecordBatch, ExecutionError> {
    let value = |field: &Arc<Field>| value(field)?.to_array();
    let columns = schema.fields().iter().map(value);
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns.collect::<Result<_, DataFusionError>>()?,
        &options,
    )?)
}

/// The schema of the stored files: the unit's column has one name in every dataset.
fn stored(schema: &Schema) -> Arc<Schema> {
    let fields = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(position, field)| match position {
            0 => Arc::new(field.as_ref().clone().with_name(UNIT_COLUMN)),
            _ => Arc::clone(field),
        });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The schema with texts of few values as dictionaries: keys, and whatever has a declared domain.
fn with_dictionaries(schema: &Schema, spec: &DatasetSpec) -> Arc<Schema> {
    let field = |field: &Arc<Field>| {
        let column = spec.stored_columns().find(|c| &c.name == field.name());
        let has_few = column.is_some_and(|c| c.domain.is_some() || c.role == Role::Key);
        match field.data_type() {
            DataType::Utf8 if has_few => {
                Arc::new(field.as_ref().clone().with_data_type(dictionary()))
            }
            _ => Arc::clone(field),
        }
    };
    Arc::new(Schema::new(
        schema.fields().iter().map(field).collect::<Vec<_>>(),
    ))
}

/// The scan under the types the checker knows. Casts at the top of the plan are taken off again where
/// bounding can do with the dictionary.
fn as_declared(
    scan: LogicalPlanBuilder,
    declared: &DFSchema,
) -> Result<LogicalPlan, DataFusionError> {
    let as_read = Arc::clone(scan.schema());
    let pairs = || declared.iter().zip(as_read.fields());
    if pairs().all(|((_, field), read)| field.data_type() == read.data_type()) {
        return scan.build();
    }
    let columns = pairs().map(|((qualifier, field), read)| {
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        if field.data_type() == read.data_type() {
            return column;
        }
        let to = field.data_type().clone();
        datafusion::logical_expr::cast(column, to).alias_qualified(qualifier.cloned(), field.name())
    });
    scan.project(columns.collect::<Vec<_>>())?.build()
}

fn parquet(
    files: &[std::path::PathBuf],
    schema: Arc<Schema>,
) -> Result<Arc<dyn TableProvider>, ExecutionError> {
    if files.is_empty() {
        return Ok(Arc::new(MemTable::try_new(schema, vec![vec![]])?));
    }
    let urls = files
        .iter()
        .map(|f| {
            let path = std::path::absolute(f).map_err(|e| ExecutionError::Access(e.to_string()))?;
            Ok(ListingTableUrl::parse(path.to_string_lossy())?)
        })
        .collect::<Result<Vec<_>, ExecutionError>>()?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// Runs a plan over public or released tables, whose result must be small, until the deadline.
pub(super) async fn collect(
    context: &SessionContext,
    plan: LogicalPlan,
    until: Instant,
) -> Result<RecordBatch, ExecutionError> {
    let frame = context.execute_logical_plan(plan).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let plan = watched(frame.create_physical_plan().await?, until)?;
    let mut stream = execute_stream(plan, context.task_ctx())?;
    let mut batches = Vec::new();
    // Batches may be slices of one large one, whose memory counts once.
    let mut memory = RecordBatchMemoryCounter::new();
    while let Some(batch) = stream.try_next().await.map_err(own)? {
        memory.count_batch(&batch);
        if memory.memory_usage() > MAX_PUBLIC_BYTES {
            return Err(ExecutionError::TooLarge(format!(
                "a public or released table is over {MAX_PUBLIC_BYTES} bytes; select less of it"
            )));
        }
        batches.push(batch);
    }
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    Ok(concat_batches(&schema, &batches)?)
}

/// An error of this crate comes back through the engine wrapped.
pub(super) fn own(error: DataFusionError) -> ExecutionError {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<ExecutionError>() {
            Ok(error) => *error,
            Err(inner) => DataFusionError::External(inner).into(),
        },
        // Of an input that several partitions wait for.
        DataFusionError::Shared(shared) => match Arc::try_unwrap(shared) {
            Ok(error) => own(error),
            Err(shared) => match shared.find_root() {
                DataFusionError::External(inner) => match inner.downcast_ref() {
                    Some(ExecutionError::Timeout) => ExecutionError::Timeout,
                    Some(ExecutionError::Layout(what)) => ExecutionError::Layout(what),
                    Some(ExecutionError::TooLarge(text)) => ExecutionError::TooLarge(text.clone()),
                    Some(ExecutionError::Stopped(stopped)) => {
                        ExecutionError::Stopped(stopped.clone())
                    }
                    _ => DataFusionError::Shared(shared).into(),
                },
                _ => DataFusionError::Shared(shared).into(),
            },
        },
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH_ROWS, batch_rows};

    #[test]
    fn wide_rows_make_small_batches() {
        for (widest, rows) in [
            (0, BATCH_ROWS),
            (2 << 10, BATCH_ROWS),
            (400 << 10, 81),
            (32 << 20, 1),
            (u64::MAX, 1),
        ] {
            assert_eq!(batch_rows(widest), rows, "{widest} bytes");
        }
    }
}
