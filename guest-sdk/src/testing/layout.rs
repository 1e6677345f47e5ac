//! One person's rows as the sandbox lays them out: what `wit/rows.md` says, from a table.

use crate::rows::{ColumnNeeded, KINDS, UnitRow, VERSION, VERSION_OF_UNITS, checksum};
use crate::{Column, Error, Kind, Result, Table, Value, Values};
use std::cmp::Ordering;

/// Lays out the rows of a table for a mapper that reads them as `R`: the columns that it names, the rows in the one
/// order they have.
///
/// # Errors
/// [`Error::Guest`] if a column is missing, or is of another kind.
pub fn lay_out<'a, R: UnitRow<'a>>(table: &Table) -> Result<Vec<u8>> {
    lay_out_columns(&[table], R::COLUMNS, false)
}

/// Lays out the rows of people, a table of each, for a mapper of blocks that reads them as `R`.
///
/// # Errors
/// As [`lay_out`].
pub fn lay_out_units<'a, R: UnitRow<'a>>(people: &[&Table]) -> Result<Vec<u8>> {
    lay_out_columns(people, R::COLUMNS, true)
}

/// The same for these columns; with where each person's rows end, if it is a block.
pub(super) fn lay_out_columns(
    people: &[&Table],
    columns: &[ColumnNeeded],
    is_block: bool,
) -> Result<Vec<u8>> {
    let names = checksum(columns);
    let mut all: Vec<Cells> = columns.iter().filter_map(nobodys).collect();
    let mut ends = Vec::new();
    let mut rows = 0;
    for table in people {
        let mut of_one = cells(table, columns)?;
        sort(&mut of_one, table.row_count());
        rows += table.row_count();
        ends.push(rows);
        for (all, one) in all.iter_mut().zip(of_one) {
            all.values.extend(one.values);
            (all.kind, all.scale) = (one.kind, one.scale);
        }
    }
    buffer(&all, rows, names, is_block.then_some(&ends))
}

/// A column without rows.
fn nobodys(needed: &ColumnNeeded) -> Option<Cells> {
    Some(Cells {
        kind: *needed.kinds.first()?,
        scale: 0,
        nullable: needed.nullable,
        values: Vec::new(),
    })
}

/// A table's columns as these, in its own order of rows.
fn cells(table: &Table, columns: &[ColumnNeeded]) -> Result<Vec<Cells>> {
    let find = |needed: &ColumnNeeded| {
        let name = needed.name;
        let column = table.column(name)?;
        if !needed.kinds.contains(&column.kind()) {
            return Err(Error::guest(format!(
                "column `{name}` is {}, and the mapper reads another type",
                column.kind()
            )));
        }
        let values: Vec<Value> = (0..table.row_count())
            .filter_map(|row| column.value(row))
            .collect();
        if !needed.nullable && values.contains(&Value::Null) {
            return Err(Error::guest(format!(
                "column `{name}` holds a null; read it as an `Option`"
            )));
        }
        Ok(Cells {
            kind: column.kind(),
            scale: scale(column),
            nullable: needed.nullable,
            values,
        })
    };
    columns.iter().map(find).collect()
}

struct Cells {
    kind: Kind,
    scale: u8,
    nullable: bool,
    values: Vec<Value>,
}

fn scale(column: &Column) -> u8 {
    match column.values() {
        Values::Decimals { scale, .. } => *scale,
        _ => 0,
    }
}

/// Nulls first, texts by their bytes.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int64(a), Value::Int64(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        // Of one column, and so of one scale.
        (Value::Decimal(a), Value::Decimal(b)) => a.units().cmp(&b.units()),
        _ => Ordering::Equal,
    }
}

fn sort(columns: &mut [Cells], rows: usize) {
    let mut places: Vec<usize> = (0..rows).collect();
    places.sort_by(|a, b| {
        let columns = columns.iter();
        let mut orders = columns.filter_map(|c| Some(order(c.values.get(*a)?, c.values.get(*b)?)));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    for column in columns {
        let sorted = places.iter().filter_map(|place| column.values.get(*place));
        column.values = sorted.cloned().collect();
    }
}

fn fill_up(buffer: &mut Vec<u8>) {
    buffer.resize(buffer.len().next_multiple_of(8), 0);
}

fn buffer(
    columns: &[Cells],
    rows: usize,
    names: u32,
    ends: Option<&Vec<usize>>,
) -> Result<Vec<u8>> {
    let number = |n: usize| u32::try_from(n).map_err(|_| Error::guest("too many rows"));
    let mut buffer = Vec::new();
    let version = match ends {
        None => VERSION,
        Some(_) => VERSION_OF_UNITS,
    };
    for word in [version, number(rows)?, number(columns.len())?, names] {
        buffer.extend(word.to_le_bytes());
    }
    for column in columns {
        let kind = KINDS.iter().position(|kind| *kind == column.kind);
        let kind = kind.and_then(|kind| u8::try_from(kind).ok());
        let kind = kind
            .ok_or_else(|| Error::guest(format!("a mapper reads no columns of {}", column.kind)))?;
        buffer.extend([kind, column.scale, u8::from(column.nullable), 0, 0, 0, 0, 0]);
    }
    if let Some(ends) = ends {
        buffer.extend(number(ends.len())?.to_le_bytes());
        fill_up(&mut buffer);
        for end in ends {
            buffer.extend(number(*end)?.to_le_bytes());
        }
        fill_up(&mut buffer);
    }
    for column in columns {
        if column.nullable {
            let bytes = column.values.chunks(8).map(|values| {
                let bits = (0..).zip(values);
                bits.fold(0, |byte, (bit, value)| {
                    byte | u8::from(*value != Value::Null) << bit
                })
            });
            buffer.extend(bytes);
            fill_up(&mut buffer);
        }
        values(&mut buffer, column)?;
    }
    Ok(buffer)
}

fn values(buffer: &mut Vec<u8>, column: &Cells) -> Result<()> {
    let mut texts = String::new();
    for value in &column.values {
        match (value, column.kind) {
            (Value::Bool(value), _) => buffer.push(u8::from(*value)),
            (Value::Int64(value), _) => buffer.extend(value.to_le_bytes()),
            (Value::Decimal(value), _) => buffer.extend(value.units().to_le_bytes()),
            (Value::Date(value), _) => buffer.extend(value.days().to_le_bytes()),
            (Value::Timestamp(value), _) => buffer.extend(value.micros().to_le_bytes()),
            (Value::String(value), _) => {
                texts.push_str(value);
                buffer.extend(end(&texts)?);
            }
            (Value::Null, Kind::String) => buffer.extend(end(&texts)?),
            (Value::Null, Kind::Bool) => buffer.push(0),
            (Value::Null, Kind::Date) => buffer.extend([0; 4]),
            (Value::Null | Value::Float64(_), _) => buffer.extend([0; 8]),
        }
    }
    fill_up(buffer);
    buffer.extend(texts.as_bytes());
    fill_up(buffer);
    Ok(())
}

fn end(texts: &str) -> Result<[u8; 4]> {
    u32::try_from(texts.len())
        .map(u32::to_le_bytes)
        .map_err(|_| Error::guest("the texts of a person's rows are too long"))
}
