//! Tables as the checker sees them: schemas alone. Real files come in only when a plan runs.

use crate::bound::UNIT_TYPE;
use crate::options::Table;
use crate::total::numeric;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, DFSchema, Result, not_impl_err};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableScan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use irongate_policy::dataset::{
    Column as SpecColumn, ColumnType, DECIMAL_PRECISION, DomainValue, MAX_STRING_BYTES,
};
/// Names the engine makes start so; statements may not use them.
pub(crate) use irongate_policy::mapper::RESERVED;
use std::sync::Arc;

/// What a placeholder stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Dataset(String),
    /// A mapper, until what it reads takes its place.
    Mapper(String),
    Release(usize),
    Public(usize),
}

/// A table without rows. Plans name tables by this object's identity, never by text.
#[derive(Debug, Clone)]
pub(crate) struct Placeholder {
    pub(crate) source: Source,
    schema: SchemaRef,
}

impl Placeholder {
    pub(crate) fn new(source: Source, schema: Schema) -> Self {
        Self {
            source,
            schema: Arc::new(schema),
        }
    }
}

#[async_trait]
impl TableProvider for Placeholder {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        not_impl_err!("a placeholder holds no rows")
    }
}

pub(crate) fn placeholder(scan: &TableScan) -> Option<Placeholder> {
    let provider = source_as_provider(&scan.source).ok()?;
    let any: &dyn std::any::Any = provider.as_ref();
    any.downcast_ref::<Placeholder>().cloned()
}

/// Whether a plan is nothing but a public table that the engine materialised.
pub(crate) fn is_public(plan: &LogicalPlan) -> bool {
    public(plan).is_some()
}

/// The number of the public input that a plan is.
pub(crate) fn public(plan: &LogicalPlan) -> Option<usize> {
    let scan = match plan {
        LogicalPlan::Projection(projection) => match projection.input.as_ref() {
            LogicalPlan::TableScan(scan) => scan,
            _ => return None,
        },
        LogicalPlan::TableScan(scan) => scan,
        _ => return None,
    };
    match placeholder(scan)?.source {
        Source::Public(number) => Some(number),
        Source::Dataset(_) | Source::Mapper(_) | Source::Release(_) => None,
    }
}

/// The Arrow type a column is stored in.
pub(crate) fn stored_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Decimal { scale } => {
            DataType::Decimal128(DECIMAL_PRECISION, i8::try_from(scale).unwrap_or(i8::MAX))
        }
        ColumnType::String => DataType::Utf8,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    }
}

/// A dataset's schema as SQL sees it, and as it is stored but for the unit's name.
pub(crate) fn schema(table: &Table) -> SchemaRef {
    let unit = table
        .spec
        .unit_name()
        .map(|name| Field::new(name, UNIT_TYPE, false));
    let rest = table
        .spec
        .stored_columns()
        .map(|c| Field::new(&c.name, stored_type(c.kind), !c.is_non_null()));
    Arc::new(Schema::new(
        unit.into_iter().chain(rest).collect::<Vec<_>>(),
    ))
}

pub(crate) fn dataset(name: &str, table: &Table) -> Placeholder {
    Placeholder {
        source: Source::Dataset(name.to_owned()),
        schema: schema(table),
    }
}

/// Declared bounds as integers at the stored scale: of dates in days, of timestamps in microseconds.
pub(crate) fn range(column: &SpecColumn) -> Option<(i128, i128)> {
    if matches!(column.kind, ColumnType::Date | ColumnType::Timestamp) {
        return column
            .stored_bounds()
            .map(|(lo, hi)| (i128::from(lo), i128::from(hi)));
    }
    let (scale, ..) = numeric(&stored_type(column.kind))?;
    let bounds = column.bounds?;
    Some((bounds.lo.at_scale(scale)?, bounds.hi.at_scale(scale)?))
}

/// The declared domain; a bool has one by nature.
pub(crate) fn domain(column: &SpecColumn) -> Option<Vec<DomainValue>> {
    match column.kind {
        ColumnType::Bool => Some(vec![DomainValue::Bool(false), DomainValue::Bool(true)]),
        _ => column.domain.clone(),
    }
}

/// The longest text of a stored column, bytes; nothing for other types. Ingest holds texts to it.
pub(crate) fn longest(column: &SpecColumn) -> u64 {
    if column.kind != ColumnType::String {
        return 0;
    }
    let length = |value: &DomainValue| match value {
        DomainValue::Text(text) => text.len() as u64,
        DomainValue::Int(_) | DomainValue::Bool(_) => 0,
    };
    match &column.domain {
        Some(values) => values.iter().map(length).max().unwrap_or(0),
        None => MAX_STRING_BYTES as u64,
    }
}

/// A scan of a placeholder under the given schema's qualified names.
pub(crate) fn stand_in(source: Source, schema: &DFSchema) -> Result<LogicalPlan> {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(i, f)| Field::new(format!("c{i}"), f.data_type().clone(), f.is_nullable()))
        .collect();
    let name = match &source {
        Source::Dataset(name) | Source::Mapper(name) => name.clone(),
        Source::Release(n) => format!("{RESERVED}release_{n}"),
        Source::Public(n) => format!("{RESERVED}public_{n}"),
    };
    let provider = Placeholder::new(source, Schema::new(fields));
    let exprs: Vec<Expr> = schema
        .iter()
        .enumerate()
        .map(|(i, (qualifier, field))| {
            Expr::Column(Column::new(Some(name.clone()), format!("c{i}")))
                .alias_qualified(qualifier.cloned(), field.name())
        })
        .collect();
    LogicalPlanBuilder::scan(name, provider_as_source(Arc::new(provider)), None)?
        .project(exprs)?
        .build()
}
