//! Writing a version's Parquet files.

use crate::canonical::{Cell, RowLayout, UNIT_BYTES, broken, take_cell};
use crate::error::IngestError;
use crate::manifest::StoredFile;
use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use irongate_policy::dataset::{ColumnType, DECIMAL_PRECISION, DatasetSpec};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ring::digest;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the stored pseudonym column.
pub const STORED_UNIT: &str = irongate_policy::dataset::UNIT_COLUMN;
/// Rows of a row group at most, unless a single unit has more.
pub const MAX_ROW_GROUP_ROWS: usize = 128 << 10;
/// A row group has pseudonyms of which this many first bits agree: all tables of a namespace are cut at
/// the same places, and join on the unit piece by piece.
const CUT_BITS: u32 = 4;
/// Row groups of a file: files of about a million rows can be read side by side.
const ROW_GROUPS_PER_FILE: usize = 8;
/// Rows handed to the writer at once.
const BATCH_ROWS: usize = 8192;
/// Room for a dictionary with an entry for every row of a row group: pseudonyms may all differ.
const DICTIONARY_BYTES: usize = MAX_ROW_GROUP_ROWS * UNIT_BYTES * 2;
/// What the files name as their writer: no versions, which could tell when data was ingested.
const CREATED_BY: &str = "irongate";

/// The Arrow schema of a dataset's stored files.
pub fn stored_schema(spec: &DatasetSpec) -> SchemaRef {
    // Parquet's type for bytes of one length cannot be read as the dictionary that it is written as.
    let unit = Field::new(STORED_UNIT, DataType::Binary, false);
    let columns = spec.stored_columns().map(|column| {
        let kind = match column.kind {
            ColumnType::Bool => DataType::Boolean,
            ColumnType::Int64 => DataType::Int64,
            ColumnType::Decimal { scale } => {
                DataType::Decimal128(DECIMAL_PRECISION, scale.cast_signed())
            }
            ColumnType::String => DataType::Utf8,
            ColumnType::Date => DataType::Date32,
            ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        };
        Field::new(&column.name, kind, !column.is_non_null())
    });
    let unit = spec.protected().map(|_| unit);
    Arc::new(Schema::new(
        unit.into_iter().chain(columns).collect::<Vec<_>>(),
    ))
}

/// The builder of one stored column.
enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Decimal(Decimal128Builder),
    Text(StringBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Builder {
    fn new(kind: ColumnType) -> Result<Self, IngestError> {
        Ok(match kind {
            ColumnType::Bool => Self::Bool(BooleanBuilder::with_capacity(BATCH_ROWS)),
            ColumnType::Int64 => Self::Int(Int64Builder::with_capacity(BATCH_ROWS)),
            ColumnType::Decimal { scale } => Self::Decimal(
                Decimal128Builder::with_capacity(BATCH_ROWS)
                    .with_precision_and_scale(DECIMAL_PRECISION, scale.cast_signed())
                    .map_err(IngestError::internal("lay out a decimal column"))?,
            ),
            ColumnType::String => Self::Text(StringBuilder::new()),
            ColumnType::Date => Self::Date(Date32Builder::with_capacity(BATCH_ROWS)),
            ColumnType::Timestamp => {
                Self::Timestamp(TimestampMicrosecondBuilder::with_capacity(BATCH_ROWS))
            }
        })
    }

    fn push(&mut self, cell: Cell<'_>) -> Result<(), IngestError> {
        match (self, cell) {
            (Self::Bool(builder), Cell::Bool(value)) => builder.append_value(value),
            (Self::Bool(builder), Cell::Null) => builder.append_null(),
            (Self::Int(builder), Cell::Int(value)) => builder.append_value(value),
            (Self::Int(builder), Cell::Null) => builder.append_null(),
            (Self::Decimal(builder), Cell::Int(value)) => builder.append_value(i128::from(value)),
            (Self::Decimal(builder), Cell::Null) => builder.append_null(),
            (Self::Text(builder), Cell::Text(value)) => builder.append_value(value),
            (Self::Text(builder), Cell::Null) => builder.append_null(),
            (Self::Date(builder), Cell::Int(value)) => {
                builder.append_value(i32::try_from(value).map_err(|_| broken())?)
            }
            (Self::Date(builder), Cell::Null) => builder.append_null(),
            (Self::Timestamp(builder), Cell::Int(value)) => builder.append_value(value),
            (Self::Timestamp(builder), Cell::Null) => builder.append_null(),
            (_, Cell::Bool(_) | Cell::Int(_) | Cell::Text(_)) => return Err(broken()),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
        }
    }
}

/// A file that is hashed as it is written.
struct HashedFile {
    file: BufWriter<File>,
    hash: digest::Context,
    bytes: u64,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// One file being written.
struct Part {
    name: String,
    writer: ArrowWriter<HashedFile>,
    rows: u64,
    groups: usize,
}

/// Writes the files of a version.
pub(crate) struct PartWriter<'a> {
    folder: PathBuf,
    layout: &'a RowLayout,
    schema: SchemaRef,
    properties: WriterProperties,
    unit: Option<BinaryBuilder>,
    /// In spec order.
    columns: Vec<Builder>,
    batch_rows: usize,
    group_rows: usize,
    /// First bits of the pseudonyms of the row group.
    cut: u8,
    part: Option<Part>,
    files: Vec<StoredFile>,
    pub(crate) rows: u64,
    pub(crate) units: u64,
}

impl<'a> PartWriter<'a> {
    pub(crate) fn new(
        folder: &Path,
        spec: &DatasetSpec,
        layout: &'a RowLayout,
    ) -> Result<Self, IngestError> {
        let level =
            ZstdLevel::try_new(1).map_err(IngestError::internal("choose a compression level"))?;
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            // Its second version writes numbers that outgrow their dictionary as differences.
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_compression(Compression::ZSTD(level))
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_statistics_enabled(EnabledStatistics::None)
            // Which pseudonyms a row group has, and nothing else of its contents.
            .set_column_statistics_enabled(STORED_UNIT.into(), EnabledStatistics::Chunk)
            .set_max_row_group_row_count(None)
            .build();
        Ok(Self {
            folder: folder.to_owned(),
            layout,
            schema: stored_schema(spec),
            properties,
            unit: spec
                .protected()
                .map(|_| BinaryBuilder::with_capacity(BATCH_ROWS, BATCH_ROWS * UNIT_BYTES)),
            columns: spec
                .stored_columns()
                .map(|column| Builder::new(column.kind))
                .collect::<Result<_, _>>()?,
            batch_rows: 0,
            group_rows: 0,
            cut: 0,
            part: None,
            files: Vec::new(),
            rows: 0,
            units: 0,
        })
    }

    /// Writes all rows of one unit, in canonical order, into one row group.
    pub(crate) fn push_unit(&mut self, rows: &[Vec<u8>]) -> Result<(), IngestError> {
        let first = rows.first().and_then(|row| row.first());
        let cut = first.ok_or_else(broken)? >> (u8::BITS - CUT_BITS);
        if self.group_rows > 0 && cut != self.cut {
            self.end_group()?;
        }
        self.cut = cut;
        self.make_room(rows.len())?;
        self.units += 1;
        rows.iter().try_for_each(|row| self.push_cells(row))
    }

    /// Writes one row of a public table.
    pub(crate) fn push_public(&mut self, row: &[u8]) -> Result<(), IngestError> {
        self.make_room(1)?;
        self.push_cells(row)
    }

    /// Ends the row group if as many rows more do not fit it.
    fn make_room(&mut self, rows: usize) -> Result<(), IngestError> {
        if self.group_rows > 0 && self.group_rows + rows > MAX_ROW_GROUP_ROWS {
            self.end_group()?;
        }
        Ok(())
    }

    fn push_cells(&mut self, row: &[u8]) -> Result<(), IngestError> {
        let (unit, mut cells) = row.split_at_checked(UNIT_BYTES).ok_or_else(broken)?;
        if let Some(builder) = &mut self.unit {
            builder.append_value(unit);
        }
        for (column, kind) in &self.layout.cells {
            let cell = take_cell(&mut cells, *kind).ok_or_else(broken)?;
            self.columns
                .get_mut(*column)
                .ok_or_else(broken)?
                .push(cell)?;
        }
        self.rows += 1;
        self.group_rows += 1;
        self.batch_rows += 1;
        if self.batch_rows == BATCH_ROWS {
            self.end_batch()
        } else {
            Ok(())
        }
    }

    fn end_batch(&mut self) -> Result<(), IngestError> {
        if self.batch_rows == 0 {
            return Ok(());
        }
        let unit = self
            .unit
            .as_mut()
            .map(|builder| Arc::new(builder.finish()) as ArrayRef);
        let columns = self.columns.iter_mut().map(Builder::finish);
        let batch = RecordBatch::try_new(
            Arc::clone(&self.schema),
            unit.into_iter().chain(columns).collect(),
        )
        .map_err(IngestError::internal("lay out stored rows"))?;
        let rows = std::mem::take(&mut self.batch_rows) as u64;
        let part = self.part()?;
        part.rows += rows;
        part.writer
            .write(&batch)
            .map_err(IngestError::internal("encode a stored file"))
    }

    /// The file being written; opens the next one if there is none.
    fn part(&mut self) -> Result<&mut Part, IngestError> {
        if self.part.is_none() {
            let name = format!("part-{:05}.parquet", self.files.len());
            let file = File::create_new(self.folder.join(&name))
                .map_err(IngestError::io("create a stored file"))?;
            let file = HashedFile {
                file: BufWriter::new(file),
                hash: digest::Context::new(&digest::SHA256),
                bytes: 0,
            };
            let writer = ArrowWriter::try_new(
                file,
                Arc::clone(&self.schema),
                Some(self.properties.clone()),
            )
            .map_err(IngestError::internal("start a stored file"))?;
            self.part = Some(Part {
                name,
                writer,
                rows: 0,
                groups: 0,
            });
        }
        self.part.as_mut().ok_or_else(broken)
    }

    fn end_group(&mut self) -> Result<(), IngestError> {
        self.end_batch()?;
        self.group_rows = 0;
        let part = self.part()?;
        part.writer
            .flush()
            .map_err(IngestError::internal("end a row group"))?;
        part.groups += 1;
        if part.groups == ROW_GROUPS_PER_FILE {
            self.end_part()
        } else {
            Ok(())
        }
    }

    fn end_part(&mut self) -> Result<(), IngestError> {
        let Some(mut part) = self.part.take() else {
            return Ok(());
        };
        part.writer
            .finish()
            .map_err(IngestError::internal("end a stored file"))?;
        let file = part.writer.inner_mut();
        file.flush()
            .and_then(|()| file.file.get_ref().sync_all())
            .map_err(IngestError::io("write a stored file"))?;
        let sha256 = const_hex::encode(file.hash.clone().finish());
        self.files.push(StoredFile {
            name: part.name,
            rows: part.rows,
            bytes: file.bytes,
            sha256,
        });
        Ok(())
    }

    /// Ends the last file; a version without rows has one file without rows.
    pub(crate) fn finish(&mut self) -> Result<Vec<StoredFile>, IngestError> {
        self.end_batch()?;
        if self.files.is_empty() {
            self.part()?;
        }
        self.end_part()?;
        Ok(std::mem::take(&mut self.files))
    }
}
