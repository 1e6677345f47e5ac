//! Cleaning and validation, as Polars expressions over chunks of text: types, nulls, ranges. Each
//! rule looks at one row alone; no value here depends on another row.

use crate::canonical::Cell;
use crate::error::{IngestError, Problems};
use crate::read::Chunk;
use crate::report::{ColumnQuality, DropReason};
use irongate_policy::dataset::{
    Column, ColumnType, DatasetSpec, DomainValue, Format, MAX_STRING_BYTES, NullRule, OutOfRange,
    Role,
};
use polars::prelude::{
    BooleanChunked, Column as Values, DataFrame, DataType, Expr, Field, Int64Chunked, IntoColumn,
    IntoLazy, NULL, NamedFrom, PolarsResult, Series, StringChunked, coalesce, col, lit, when,
};

/// Texts that are true and false.
const TRUE: [&str; 4] = ["1", "true", "TRUE", "True"];
const FALSE: [&str; 4] = ["0", "false", "FALSE", "False"];
/// Name of the column of reasons; as no declared column can be called.
const REASON: &str = "#reason";
/// Suffixes of the columns that mark cells, as no declared column can have.
const UNFIT: &str = "#unfit";
const IS_NULL: &str = "#null";
const OUTSIDE: &str = "#outside";

/// The cleaning rules of a dataset.
pub(crate) struct Cleaner {
    names: Vec<String>,
    kinds: Vec<ColumnType>,
    /// Texts to typed values; and where that fails.
    typed: Vec<Expr>,
    /// Where a typed value is null or out of range.
    marked: Vec<Expr>,
    /// Values with nulls replaced and clamped, and the first reason to drop the row.
    cleaned: Vec<Expr>,
    /// Every reason, with how many rows it dropped.
    pub(crate) dropped: Vec<(DropReason, u64)>,
    pub(crate) quality: Vec<ColumnQuality>,
    pub(crate) rows_read: u64,
}

/// The standing rows of a chunk: one entry for each declared column, in spec order.
pub(crate) struct CleanRows {
    columns: Vec<Cells>,
    pub(crate) rows: usize,
}

enum Cells {
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>),
    Text(StringChunked),
}

impl CleanRows {
    /// One value of a row; null past the end.
    pub(crate) fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        let cell = match self.columns.get(column) {
            Some(Cells::Bool(cells)) => cells.get(row).copied().flatten().map(Cell::Bool),
            Some(Cells::Int(cells)) => cells.get(row).copied().flatten().map(Cell::Int),
            Some(Cells::Text(cells)) => cells.get(row).map(|text| Cell::Text(text.into())),
            None => None,
        };
        cell.unwrap_or(Cell::Null)
    }
}

impl Cleaner {
    pub(crate) fn new(spec: &DatasetSpec) -> Self {
        let reasons = reasons(spec);
        let nulls: &[String] = if spec.source.format == Format::Csv {
            &spec.source.null_values
        } else {
            &[]
        };
        let codes: Vec<Expr> = (0_i64..)
            .zip(&reasons)
            .map(|(code, reason)| drops(reason, code))
            .collect();
        let reason = if codes.is_empty() {
            lit(NULL).cast(DataType::Int64)
        } else {
            coalesce(&codes)
        };
        Self {
            names: spec
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            kinds: spec.columns.iter().map(|column| column.kind).collect(),
            typed: spec
                .columns
                .iter()
                .flat_map(|column| typed(column, nulls))
                .collect(),
            marked: spec.columns.iter().flat_map(marked).collect(),
            cleaned: spec
                .columns
                .iter()
                .map(cleaned)
                .chain([reason.alias(REASON)])
                .collect(),
            dropped: reasons.into_iter().map(|reason| (reason, 0)).collect(),
            quality: spec
                .columns
                .iter()
                .map(|column| ColumnQuality {
                    column: column.name.clone(),
                    null: 0,
                    out_of_range: 0,
                })
                .collect(),
            rows_read: 0,
        }
    }

    /// Cleans a chunk. Cells that do not read as their type are noted as problems.
    pub(crate) fn clean(
        &mut self,
        chunk: Chunk,
        problems: &mut Problems,
    ) -> Result<CleanRows, IngestError> {
        self.rows_read += chunk.frame.height() as u64;
        let failed = || IngestError::internal("clean rows");
        let frame = chunk
            .frame
            .lazy()
            .select(self.typed.as_slice())
            .with_columns(self.marked.as_slice())
            .with_columns(self.cleaned.as_slice())
            .collect()
            .map_err(failed())?;
        self.note_unfit(&frame, &chunk.lines, problems)
            .map_err(failed())?;
        self.count(&frame).map_err(failed())?;
        let kept = frame
            .column(REASON)
            .and_then(|reason| frame.filter(&reason.is_null()))
            .map_err(failed())?;
        let columns = self
            .names
            .iter()
            .zip(&self.kinds)
            .map(|(name, kind)| cells(&kept, name, *kind));
        Ok(CleanRows {
            columns: columns.collect::<PolarsResult<_>>().map_err(failed())?,
            rows: kept.height(),
        })
    }

    fn note_unfit(
        &self,
        frame: &DataFrame,
        lines: &[u64],
        problems: &mut Problems,
    ) -> PolarsResult<()> {
        let mut unfit: Vec<(u64, usize)> = Vec::new();
        for (i, name) in self.names.iter().enumerate() {
            let marks = frame.column(&format!("{name}{UNFIT}"))?.bool()?;
            if marks.any() {
                let marked = marks
                    .iter()
                    .zip(lines)
                    .filter(|(mark, _)| *mark == Some(true));
                unfit.extend(marked.map(|(_, line)| (*line, i)));
            }
        }
        unfit.sort_unstable();
        for (line, i) in unfit {
            if let (Some(name), Some(kind)) = (self.names.get(i), self.kinds.get(i)) {
                problems.note(line, Some(name), form(*kind));
            }
        }
        Ok(())
    }

    fn count(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        for quality in &mut self.quality {
            let marks = |suffix: &str| {
                PolarsResult::Ok(
                    frame
                        .column(&format!("{}{suffix}", quality.column))?
                        .bool()?
                        .sum(),
                )
            };
            let (null, outside) = (marks(IS_NULL)?, marks(OUTSIDE)?);
            quality.null += u64::from(null.unwrap_or(0));
            quality.out_of_range += u64::from(outside.unwrap_or(0));
        }
        for code in frame.column(REASON)?.i64()?.iter().flatten() {
            if let Some((_, rows)) = usize::try_from(code)
                .ok()
                .and_then(|code| self.dropped.get_mut(code))
            {
                *rows += 1;
            }
        }
        Ok(())
    }
}

/// Every reason for which this dataset drops single rows, in the order in which they are looked for.
fn reasons(spec: &DatasetSpec) -> Vec<DropReason> {
    let units = spec
        .columns
        .iter()
        .filter(|column| column.role == Role::Unit);
    let mut reasons: Vec<_> = units
        .map(|column| DropReason::UnitNull(column.name.clone()))
        .collect();
    for column in &spec.columns {
        if column.null == NullRule::Drop {
            reasons.push(DropReason::Null(column.name.clone()));
        }
        if column.out_of_range == OutOfRange::Drop && is_bounded(column) {
            reasons.push(DropReason::OutOfRange(column.name.clone()));
        }
    }
    reasons
}

fn is_bounded(column: &Column) -> bool {
    column.kind == ColumnType::String || column.domain.is_some() || column.bounds.is_some()
}

/// The reason's code where it holds, else null.
fn drops(reason: &DropReason, code: i64) -> Expr {
    let holds = match reason {
        DropReason::UnitNull(column) | DropReason::Null(column) => {
            col(format!("{column}{IS_NULL}"))
        }
        DropReason::OutOfRange(column) => col(format!("{column}{OUTSIDE}")),
        DropReason::DuplicateWithinUnit | DropReason::BeyondRowCap => lit(false),
    };
    when(holds).then(int(code)).otherwise(lit(NULL))
}

/// A literal that is an Int64, whatever its size.
fn int(value: i64) -> Expr {
    lit(value).cast(DataType::Int64)
}

fn one_of(values: Series) -> Expr {
    lit(values).implode(true)
}

fn texts(values: &[impl AsRef<str>]) -> Series {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    Series::new("".into(), values)
}

/// A column's text as its type, null where it is null or does not read so; and a mark at the latter.
fn typed(column: &Column, null_values: &[String]) -> [Expr; 2] {
    let raw = col(column.name.as_str());
    let text = if null_values.is_empty() {
        raw
    } else {
        let is_null = raw.clone().is_in(one_of(texts(null_values)), false);
        when(is_null)
            .then(lit(NULL).cast(DataType::String))
            .otherwise(raw)
    };
    let value = match column.kind {
        ColumnType::String => text.clone(),
        ColumnType::Bool => when(text.clone().is_in(one_of(texts(&TRUE)), false))
            .then(lit(true))
            .when(text.clone().is_in(one_of(texts(&FALSE)), false))
            .then(lit(false))
            .otherwise(lit(NULL)),
        kind @ (ColumnType::Int64
        | ColumnType::Decimal { .. }
        | ColumnType::Date
        | ColumnType::Timestamp) => {
            let read = move |values: Values| {
                let read = |text: Option<&str>| text.and_then(|text| kind.stored_integer(text));
                let stored: Int64Chunked = values.str()?.iter().map(read).collect();
                Ok(stored.with_name(values.name().clone()).into_column())
            };
            text.clone().map(read, |_, field| {
                Ok(Field::new(field.name().clone(), DataType::Int64))
            })
        }
    };
    let unfit = text.is_not_null().and(value.clone().is_null());
    [
        value.alias(column.name.as_str()),
        unfit.alias(format!("{}{UNFIT}", column.name)),
    ]
}

/// Marks at nulls and at values outside domain, bounds or string length.
fn marked(column: &Column) -> [Expr; 2] {
    let value = col(column.name.as_str());
    let mut inside = lit(true);
    if let Some(domain) = &column.domain {
        inside = inside.and(
            value
                .clone()
                .is_in(one_of(domain_series(column, domain)), false),
        );
    }
    if let Some((lo, hi)) = column.stored_bounds() {
        inside = inside
            .and(value.clone().gt_eq(int(lo)))
            .and(value.clone().lt_eq(int(hi)));
    }
    if column.kind == ColumnType::String {
        inside = inside.and(
            value
                .clone()
                .str()
                .len_bytes()
                .lt_eq(lit(MAX_STRING_BYTES as u32)),
        );
    }
    let outside = value.clone().is_not_null().and(inside.not());
    [
        value.is_null().alias(format!("{}{IS_NULL}", column.name)),
        outside.alias(format!("{}{OUTSIDE}", column.name)),
    ]
}

fn domain_series(column: &Column, domain: &[DomainValue]) -> Series {
    match column.kind {
        ColumnType::Bool => {
            let values: Vec<bool> = domain
                .iter()
                .filter_map(|value| {
                    if let DomainValue::Bool(value) = value {
                        Some(*value)
                    } else {
                        None
                    }
                })
                .collect();
            Series::new("".into(), values)
        }
        ColumnType::String => {
            let values: Vec<&str> = domain
                .iter()
                .filter_map(|value| {
                    if let DomainValue::Text(value) = value {
                        Some(value.as_str())
                    } else {
                        None
                    }
                })
                .collect();
            Series::new("".into(), values)
        }
        ColumnType::Int64
        | ColumnType::Decimal { .. }
        | ColumnType::Date
        | ColumnType::Timestamp => {
            let values: Vec<i64> = domain
                .iter()
                .filter_map(|value| column.stored_value(value))
                .collect();
            Series::new("".into(), values)
        }
    }
}

/// A column clamped and with its nulls replaced.
fn cleaned(column: &Column) -> Expr {
    let mut value = col(column.name.as_str());
    if let (OutOfRange::Clamp, Some((lo, hi))) = (column.out_of_range, column.stored_bounds()) {
        value = when(value.clone().lt(int(lo)))
            .then(int(lo))
            .when(value.clone().gt(int(hi)))
            .then(int(hi))
            .otherwise(value);
    }
    let value = match &column.null {
        NullRule::Keep | NullRule::Drop => value,
        NullRule::Value(replacement) => match (column.stored_value(replacement), replacement) {
            (Some(stored), _) => value.fill_null(int(stored)),
            (None, DomainValue::Bool(replacement)) => value.fill_null(lit(*replacement)),
            (None, DomainValue::Text(replacement)) => value.fill_null(lit(replacement.clone())),
            (None, DomainValue::Int(replacement)) => value.fill_null(int(*replacement)),
        },
    };
    value.alias(column.name.as_str())
}

fn cells(frame: &DataFrame, name: &str, kind: ColumnType) -> PolarsResult<Cells> {
    let column = frame.column(name)?;
    Ok(match kind {
        ColumnType::Bool => Cells::Bool(BooleanChunked::iter(column.bool()?).collect()),
        ColumnType::String => Cells::Text(column.str()?.rechunk().into_owned()),
        ColumnType::Int64
        | ColumnType::Decimal { .. }
        | ColumnType::Date
        | ColumnType::Timestamp => Cells::Int(column.i64()?.iter().collect()),
    })
}

/// What to say of a text that does not read as a type.
fn form(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Bool => "no bool; write 0, 1, true or false",
        ColumnType::Int64 => "no integer of 64 bits; write digits alone",
        ColumnType::Decimal { .. } => {
            "no decimal of at most 18 digits; write digits with at most one point"
        }
        ColumnType::String => "no text; write it as UTF-8",
        ColumnType::Date => "no date; write YYYY-MM-DD",
        ColumnType::Timestamp => {
            "no timestamp; write YYYY-MM-DDThh:mm:ss, with Z or an offset such as +08:00 unless it is UTC"
        }
    }
}
