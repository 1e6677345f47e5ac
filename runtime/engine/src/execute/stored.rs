//! Stored protected tables as plans read them: in unit order, in partitions that never split a unit, and
//! short texts, and pseudonyms where only bounding looks at them, as the dictionaries they are stored in.
//!
//! Ingest starts a row group wherever the first four bits of the pseudonym change, and notes in each
//! row group which pseudonyms it has. So all tables of a namespace are cut at the same places, and join
//! on the unit partition by partition.

use super::cut::{Piece, Place, cell, cut, in_cells};
use crate::bound::{UNIT_BYTES, UNIT_ORDER, Units, layout};
use crate::released::ExecutionError;
use arrow::array::{ArrayRef, AsArray, FixedSizeBinaryArray, RecordBatchOptions};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, ScalarValue, SplitPoint, Statistics, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, RangePartitioning,
};
use futures::{StreamExt, TryStreamExt, stream};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
    RowFilter,
};
use parquet::basic::Type as PhysicalType;
use parquet::errors::ParquetError;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// The files of a version, with what their footers say.
#[derive(Debug)]
struct Stored {
    /// The columns as stored and as SQL names them; the unit is the first.
    schema: SchemaRef,
    files: Vec<(PathBuf, ArrowReaderMetadata)>,
    /// For each partition what it reads, in unit order.
    partitions: Vec<Vec<Piece>>,
    rows_at_most: u64,
}

/// A table provider over [`Stored`].
#[derive(Debug)]
pub(super) struct StoredTable(Arc<Stored>);

impl StoredTable {
    /// Opens a version's files. `schema` is what SQL knows the table by, `stored` the same columns as the
    /// files name them; `partitions` is a power of two.
    pub(super) fn open(
        files: &[PathBuf],
        schema: SchemaRef,
        stored: SchemaRef,
        partitions: usize,
        rows_at_most: u64,
    ) -> std::result::Result<Self, ExecutionError> {
        let mut opened = Vec::new();
        let mut places = Vec::new();
        for (number, path) in files.iter().enumerate() {
            let file =
                File::open(path).map_err(|e| ExecutionError::Access(e.kind().to_string()))?;
            let metadata = footer(&file, &stored)
                .map_err(|_| ExecutionError::Layout("a stored file is not laid out as declared"))?;
            for (group, row_group) in metadata.metadata().row_groups().iter().enumerate() {
                let unit = row_group
                    .columns()
                    .first()
                    .and_then(|unit| unit.statistics());
                let cells = unit.and_then(|unit| {
                    Some((cell(unit.min_bytes_opt()?)?, cell(unit.max_bytes_opt()?)?))
                });
                places.push(Place {
                    file: number,
                    group,
                    cells,
                });
            }
            opened.push((path.clone(), metadata));
        }
        Ok(Self(Arc::new(Stored {
            schema,
            partitions: cut(&places, partitions),
            files: opened,
            rows_at_most,
        })))
    }
}

/// What a file's footer says, and how its columns are read: as `stored`, but pseudonyms as the dictionary
/// they are written in.
fn footer(
    file: &File,
    stored: &SchemaRef,
) -> std::result::Result<ArrowReaderMetadata, ParquetError> {
    let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    let metadata = Arc::clone(metadata.metadata());
    let columns = metadata.file_metadata().schema_descr().columns();
    let unit = columns.first().map(|unit| unit.physical_type());
    let mut schema = Arc::clone(stored);
    if unit == Some(PhysicalType::BYTE_ARRAY) {
        schema = with_units(stored, pseudonym_dictionary());
    }
    ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new().with_schema(schema))
}

/// The schema with another type for the unit, its first column.
fn with_units(schema: &Schema, kind: DataType) -> SchemaRef {
    let fields = schema.fields().iter().enumerate();
    let fields = fields.map(|(at, field)| match at {
        0 => Arc::new(field.as_ref().clone().with_data_type(kind.clone())),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

#[async_trait]
impl TableProvider for StoredTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..self.0.schema.fields().len()).collect();
        let projection = projection.cloned().unwrap_or_else(all);
        let scan = StoredScan::new(Arc::clone(&self.0), projection, &self.0.schema)?;
        Ok(Arc::new(scan))
    }

    fn statistics(&self) -> Option<Statistics> {
        Some(self.0.statistics(&self.0.schema))
    }
}

impl Stored {
    /// Declared, not measured: plans do not depend on data.
    fn statistics(&self, schema: &Schema) -> Statistics {
        let rows = usize::try_from(self.rows_at_most).unwrap_or(usize::MAX);
        Statistics::new_unknown(schema).with_num_rows(Precision::Inexact(rows))
    }

    fn partitioning(&self, unit: &LexOrdering) -> Partitioning {
        let count = self.partitions.len();
        let points = (1..count).map(|i| {
            let mut first = vec![0_u8; UNIT_BYTES];
            if let Some(byte) = first.first_mut() {
                *byte = u8::try_from(i * (256 / count)).unwrap_or(u8::MAX);
            }
            let width = UNIT_BYTES as i32;
            SplitPoint::new(vec![ScalarValue::FixedSizeBinary(width, Some(first))])
        });
        Partitioning::Range(RangePartitioning::new(unit.clone(), points.collect()))
    }
}

/// Whether a node reads a protected table.
pub(super) fn is_stored(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.downcast_ref::<StoredScan>().is_some()
}

/// A scan of some columns of [`Stored`].
#[derive(Debug)]
struct StoredScan {
    stored: Arc<Stored>,
    projection: Vec<usize>,
    properties: Arc<PlanProperties>,
}

/// The scan with pseudonyms at `column` as a dictionary; `None` for any other node, and where `column` is no
/// pseudonym or is not stored so.
pub(super) fn with_unit_dictionary(
    scan: &Arc<dyn ExecutionPlan>,
    column: usize,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(scan) = scan.downcast_ref::<StoredScan>() else {
        return Ok(None);
    };
    let kind = pseudonym_dictionary();
    let is_stored_so = |file: &(PathBuf, ArrowReaderMetadata)| {
        let unit = file.1.schema().fields().first();
        unit.is_some_and(|unit| *unit.data_type() == kind)
    };
    if scan.projection.get(column) != Some(&0) || !scan.stored.files.iter().all(is_stored_so) {
        return Ok(None);
    }
    let projection = scan.projection.clone();
    let schema = with_units(&scan.stored.schema, kind);
    let scan = StoredScan::new(Arc::clone(&scan.stored), projection, &schema)?;
    Ok(Some(Arc::new(scan)))
}

impl StoredScan {
    fn new(stored: Arc<Stored>, projection: Vec<usize>, schema: &Schema) -> Result<Self> {
        let schema = Arc::new(schema.project(&projection)?);
        let mut equivalences = EquivalenceProperties::new(Arc::clone(&schema));
        let mut partitioning = Partitioning::UnknownPartitioning(stored.partitions.len());
        if let Some(at) = projection.iter().position(|column| *column == 0) {
            let unit = Arc::new(Column::new(schema.field(at).name(), at));
            if let Some(order) = LexOrdering::new([PhysicalSortExpr::new(unit, UNIT_ORDER)]) {
                partitioning = stored.partitioning(&order);
                equivalences.add_ordering(order);
            }
        }
        let properties = PlanProperties::new(
            equivalences,
            partitioning,
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self {
            stored,
            projection,
            properties: Arc::new(properties),
        })
    }
}

impl DisplayAs for StoredScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let partitions = self.stored.partitions.len();
        write!(f, "StoredScan: {partitions} partitions")?;
        let kind = pseudonym_dictionary();
        let mut columns = self.properties.eq_properties.schema().fields().iter();
        match columns.any(|column| *column.data_type() == kind) {
            true => write!(f, ", units by key"),
            false => Ok(()),
        }
    }
}

impl ExecutionPlan for StoredScan {
    fn name(&self) -> &str {
        "StoredScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn partition_statistics(&self, _: Option<usize>) -> Result<Arc<Statistics>> {
        Ok(Arc::new(self.stored.statistics(&self.schema())))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let pieces = self.stored.partitions.get(partition).cloned();
        let pieces = pieces.ok_or_else(|| internal_datafusion_err!("no such partition"))?;
        let stored = Arc::clone(&self.stored);
        let schema = self.schema();
        let read = Read {
            columns: self.projection.clone(),
            schema: self.schema(),
            batch_rows: context.session_config().batch_size(),
        };
        let batches = stream::iter(pieces)
            .map(move |piece| open(&stored, piece, read.clone()))
            .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// What to read of a file, and how to hand it on.
#[derive(Clone)]
struct Read {
    columns: Vec<usize>,
    schema: SchemaRef,
    batch_rows: usize,
}

/// The batches of one row group, so that none has pseudonyms of two dictionaries. Pages are read when they are asked
/// for: a row group's columns are never held whole, and no other thread is woken for each of them.
fn open(
    stored: &Stored,
    piece: Piece,
    read: Read,
) -> Result<impl stream::Stream<Item = Result<RecordBatch>> + use<>> {
    let (path, metadata) = stored
        .files
        .get(piece.file)
        .ok_or_else(|| internal_datafusion_err!("no such file"))?;
    let file = File::open(path)?;
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
    if let Some(cells) = piece.of {
        let unit = ProjectionMask::roots(builder.parquet_schema(), [0]);
        let is_own = move |batch: RecordBatch| Ok(in_cells(&batch, &cells));
        let own = ArrowPredicateFn::new(unit, is_own);
        builder = builder.with_row_filter(RowFilter::new(vec![Box::new(own)]));
    }
    let columns = ProjectionMask::roots(builder.parquet_schema(), read.columns.iter().copied());
    // The reader gives columns in the file's order.
    let mut sorted = read.columns.clone();
    sorted.sort_unstable();
    let place = |column: &usize| sorted.binary_search(column).unwrap_or(usize::MAX);
    let order: Vec<usize> = read.columns.iter().map(place).collect();
    let batches = builder
        .with_projection(columns)
        .with_row_groups(vec![piece.group])
        .with_batch_size(read.batch_rows)
        .build()?;
    let schema = read.schema;
    Ok(stream::iter(batches.map(move |batch| {
        handed_on(&batch?.project(&order)?, &schema)
    })))
}

/// The columns under the names and in the form that the plan knows them by.
fn handed_on(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| match field.data_type() {
        DataType::FixedSizeBinary(_) => one_each(column),
        _ => Ok(Arc::clone(column)),
    });
    let columns = columns.collect::<Result<_>>()?;
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}

/// Pseudonyms as the dictionary they are stored in.
fn pseudonym_dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Binary))
}

/// Pseudonyms one for each row, from their dictionary or as they are.
fn one_each(units: &ArrayRef) -> Result<ArrayRef> {
    if units.as_fixed_size_binary_opt().is_some() {
        return Ok(Arc::clone(units));
    }
    let Some(Units::Keys(keys, values)) = Units::of(units) else {
        return Err(layout("the unit is not a pseudonym of 16 bytes"));
    };
    let mut bytes = Vec::with_capacity(keys.len() * UNIT_BYTES);
    for key in keys {
        let value = values.get(key.cast_unsigned() as usize);
        bytes.extend_from_slice(value.ok_or_else(|| layout("a pseudonym is missing"))?);
    }
    let whole = FixedSizeBinaryArray::try_new(UNIT_BYTES as i32, bytes.into(), None)?;
    Ok(Arc::new(whole))
}

/// How a text column with few values is read: as the dictionary it is stored in.
pub(super) fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}
