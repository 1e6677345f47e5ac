//! Sessions and tables: what a plan reads, by the zone it runs in.

use crate::check::{CheckedQuery, config};
use crate::clamp::clamp;
use crate::released::{DataAccess, ExecutionEnv, ExecutionError};
use crate::source::{self, Source};
use arrow::array::RecordBatchOptions;
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::Transformed;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::{MemTable, ViewTable, provider_as_source};
use datafusion::execution::context::SessionContext;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, ident};
use futures::TryStreamExt;
use irongate_policy::dataset::UNIT_COLUMN;
use std::sync::Arc;

/// Most that a public input, or the result above the releases, may take in memory.
const MAX_PUBLIC_BYTES: usize = 256 << 20;

/// The name of stored files inside a view; no statement sees it.
const STORED: &str = "__irongate_stored";

pub(super) fn session(env: &ExecutionEnv) -> Result<SessionContext, ExecutionError> {
    // No spilling: what does not fit the declared memory fails, it does not hang.
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(env.memory_bytes)))
        .with_disk_manager_builder(
            DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
        )
        .build_arc()?;
    let context = SessionContext::new_with_config_rt(config(), runtime);
    context.register_udf(clamp());
    Ok(context)
}

/// Puts real tables in the place of placeholders. Datasets of the wrong zone are an error.
pub(super) struct Tables<'a> {
    pub(super) query: &'a CheckedQuery,
    pub(super) data: &'a dyn DataAccess,
    pub(super) private: bool,
    pub(super) publics: &'a [RecordBatch],
    pub(super) released: &'a [RecordBatch],
}

impl Tables<'_> {
    pub(super) fn fill(&self, plan: &LogicalPlan) -> Result<LogicalPlan, ExecutionError> {
        let filled = plan.clone().transform_up_with_subqueries(|node| {
            let LogicalPlan::TableScan(mut scan) = node else {
                return Ok(Transformed::no(node));
            };
            let Some(placeholder) = source::placeholder(&scan) else {
                return datafusion::common::plan_err!("a scan of an unknown table");
            };
            let provider = self
                .provider(&placeholder.source, placeholder.schema())
                .map_err(|e| datafusion::error::DataFusionError::External(Box::new(e)))?;
            scan.source = provider_as_source(provider);
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        })?;
        Ok(filled.data)
    }

    fn provider(
        &self,
        source: &Source,
        schema: Arc<Schema>,
    ) -> Result<Arc<dyn TableProvider>, ExecutionError> {
        let missing = || ExecutionError::Layout("a table of the plan is missing");
        let memory = |batch: &RecordBatch| -> Result<Arc<dyn TableProvider>, ExecutionError> {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(
                Arc::clone(&schema),
                batch.columns().to_vec(),
                &options,
            )?;
            Ok(Arc::new(MemTable::try_new(
                Arc::clone(&schema),
                vec![vec![batch]],
            )?))
        };
        match source {
            Source::Release(n) if !self.private => {
                memory(self.released.get(*n).ok_or_else(missing)?)
            }
            Source::Public(n) if self.private => memory(self.publics.get(*n).ok_or_else(missing)?),
            Source::Dataset(name) => {
                let table = self.query.catalog.tables.get(name).ok_or_else(missing)?;
                // INVARIANT: only the private part of a release may open a protected table.
                if table.spec.protected().is_some() != self.private {
                    return Err(missing());
                }
                let files = self
                    .data
                    .files(&table.spec.name, &table.version)
                    .map_err(ExecutionError::Access)?;
                match table.spec.unit_name() {
                    None => parquet(&files, schema, false),
                    Some(name) => Ok(under_unit_name(
                        parquet(&files, stored(&schema), true)?,
                        name,
                    )?),
                }
            }
            Source::Release(_) | Source::Public(_) => Err(missing()),
        }
    }
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

/// The stored table with its unit under the name SQL knows it by.
fn under_unit_name(
    provider: Arc<dyn TableProvider>,
    name: &str,
) -> Result<Arc<dyn TableProvider>, ExecutionError> {
    if name == UNIT_COLUMN {
        return Ok(provider);
    }
    let schema = provider.schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| match field.name().as_str() {
            UNIT_COLUMN => ident(UNIT_COLUMN).alias(name),
            other => ident(other),
        });
    let columns: Vec<_> = columns.collect();
    let plan = LogicalPlanBuilder::scan(STORED, provider_as_source(provider), None)?
        .project(columns)?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

fn parquet(
    files: &[std::path::PathBuf],
    schema: Arc<Schema>,
    unit: bool,
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
    let mut options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let first = schema.fields().first().map(|f| f.name().clone());
    if let (true, Some(first)) = (unit && files.len() == 1, first) {
        // One file is sorted by unit as stored, so no sort is needed; `UnitBound` checks the order.
        options =
            options.with_file_sort_order(vec![vec![datafusion::logical_expr::expr::Sort::new(
                ident(first),
                true,
                true,
            )]]);
    }
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

pub(super) async fn collect(
    context: &SessionContext,
    plan: LogicalPlan,
) -> Result<RecordBatch, ExecutionError> {
    let frame = context.execute_logical_plan(plan).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let mut stream = frame.execute_stream().await?;
    let mut batches = Vec::new();
    let mut bytes = 0_usize;
    while let Some(batch) = stream.try_next().await? {
        bytes = bytes.saturating_add(batch.get_array_memory_size());
        if bytes > MAX_PUBLIC_BYTES {
            return Err(ExecutionError::TooLarge(format!(
                "a public or released table is over {MAX_PUBLIC_BYTES} bytes; select less of it"
            )));
        }
        batches.push(batch);
    }
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    Ok(concat_batches(&schema, &batches)?)
}
