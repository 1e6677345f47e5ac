//! A unit's rows as mappers read them: one buffer, as `guest-sdk/wit/rows.md` lays it out.

use crate::bound::layout;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int64Type, Schema, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;

/// The version of the layout: of a unit's rows, and of a block's.
const VERSION: u32 = 1;
const VERSION_OF_UNITS: u32 = 2;
/// What each part of a buffer begins at a multiple of.
const ALIGNMENT: usize = 8;

/// What every buffer of a mapper has alike: all but the number of rows.
pub(crate) struct Head {
    columns: u32,
    names: u32,
    /// Kind, scale and nullability of each column.
    kinds: Vec<[u8; ALIGNMENT]>,
    nullable: Vec<bool>,
}

impl Head {
    /// The head for columns of this schema.
    pub(crate) fn new(columns: &Schema) -> Result<Self> {
        let fields = columns.fields();
        let describe = |kind: &DataType| match kind {
            DataType::Boolean => Some((0, 0)),
            DataType::Int64 => Some((1, 0)),
            DataType::Decimal128(_, scale) => Some((2, u8::try_from(*scale).ok()?)),
            DataType::Date32 => Some((3, 0)),
            DataType::Timestamp(..) => Some((4, 0)),
            DataType::Utf8 => Some((5, 0)),
            _ => None,
        };
        let mut kinds = Vec::new();
        for field in fields {
            let (kind, scale) = describe(field.data_type())
                .ok_or_else(|| layout("a mapper reads a column of another type"))?;
            let nullable = u8::from(field.is_nullable());
            kinds.push([kind, scale, nullable, 0, 0, 0, 0, 0]);
        }
        let names = fields.iter().map(|field| field.name().as_str());
        Ok(Self {
            columns: u32::try_from(fields.len()).map_err(|_| layout("too many columns"))?,
            names: checksum(names),
            kinds,
            nullable: fields.iter().map(|field| field.is_nullable()).collect(),
        })
    }

    /// Writes the `rows` of a batch's columns into a buffer, in their order there; of a block with where each unit's end.
    pub(crate) fn write(
        &self,
        buffer: &mut Vec<u8>,
        columns: &[Cells<'_>],
        rows: &[usize],
        ends: Option<&[u32]>,
    ) -> Result<()> {
        let version = match ends {
            None => VERSION,
            Some(_) => VERSION_OF_UNITS,
        };
        let count = u32::try_from(rows.len()).map_err(|_| layout("too many rows"))?;
        buffer.clear();
        for word in [version, count, self.columns, self.names] {
            buffer.extend(word.to_le_bytes());
        }
        for kind in &self.kinds {
            buffer.extend(kind);
        }
        if let Some(ends) = ends {
            let units = u32::try_from(ends.len()).map_err(|_| layout("too many units"))?;
            buffer.extend(units.to_le_bytes());
            fill_up(buffer);
            buffer.extend(ends.iter().flat_map(|end| end.to_le_bytes()));
            fill_up(buffer);
        }
        for (column, nullable) in columns.iter().zip(&self.nullable) {
            if *nullable {
                column.write_validity(buffer, rows);
            }
            column.write(buffer, rows)?;
        }
        Ok(())
    }
}

/// FNV-1a of 32 bits over each name and a zero.
fn checksum<'a>(names: impl Iterator<Item = &'a str>) -> u32 {
    let bytes = names.flat_map(|name| name.bytes().chain([0]));
    bytes.fold(0x811c_9dc5, |sum: u32, byte| {
        (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

fn fill_up(buffer: &mut Vec<u8>) {
    buffer.resize(buffer.len().next_multiple_of(ALIGNMENT), 0);
}

/// A column of a batch.
pub(crate) struct Cells<'a> {
    values: Values<'a>,
    nulls: Option<&'a NullBuffer>,
}

enum Values<'a> {
    Bools(&'a BooleanArray),
    /// Integers and timestamps.
    Longs(&'a [i64]),
    Decimals(&'a [i128]),
    Days(&'a [i32]),
    Texts(&'a StringArray),
}

impl<'a> Cells<'a> {
    /// The columns of a batch but the first, which holds the unit.
    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Vec<Self>> {
        batch.columns().iter().skip(1).map(Self::new).collect()
    }

    fn new(array: &'a ArrayRef) -> Result<Self> {
        let values = match array.data_type() {
            DataType::Boolean => Values::Bools(array.as_boolean()),
            DataType::Int64 => Values::Longs(array.as_primitive::<Int64Type>().values()),
            DataType::Decimal128(..) => {
                Values::Decimals(array.as_primitive::<Decimal128Type>().values())
            }
            DataType::Date32 => Values::Days(array.as_primitive::<Date32Type>().values()),
            DataType::Timestamp(..) => {
                let times = array.as_primitive_opt::<TimestampMicrosecondType>();
                Values::Longs(
                    times
                        .ok_or_else(|| layout("a timestamp is not in microseconds"))?
                        .values(),
                )
            }
            DataType::Utf8 => Values::Texts(array.as_string()),
            _ => return Err(layout("a mapper reads a column of another type")),
        };
        Ok(Self {
            values,
            nulls: array.nulls(),
        })
    }

    fn is_there(&self, row: usize) -> bool {
        self.nulls.is_none_or(|nulls| nulls.is_valid(row))
    }

    fn write_validity(&self, buffer: &mut Vec<u8>, rows: &[usize]) {
        let bytes = rows.chunks(8).map(|rows| {
            let bits = (0..).zip(rows);
            bits.fold(0, |byte, (bit, row)| {
                byte | u8::from(self.is_there(*row)) << bit
            })
        });
        buffer.extend(bytes);
        fill_up(buffer);
    }

    fn write(&self, buffer: &mut Vec<u8>, rows: &[usize]) -> Result<()> {
        // Where there is no value, a zero stands.
        match self.values {
            Values::Bools(values) => {
                buffer.extend(
                    rows.iter()
                        .map(|row| u8::from(self.is_there(*row) && values.value(*row))),
                );
            }
            Values::Longs(values) => {
                self.write_each(buffer, rows, values, |value| Some(value.to_le_bytes()))?
            }
            Values::Decimals(values) => self.write_each(buffer, rows, values, |value| {
                Some(i64::try_from(value).ok()?.to_le_bytes())
            })?,
            Values::Days(values) => {
                self.write_each(buffer, rows, values, |value| Some(value.to_le_bytes()))?
            }
            Values::Texts(texts) => return self.write_texts(buffer, rows, texts),
        }
        fill_up(buffer);
        Ok(())
    }

    fn write_each<T: Copy, const N: usize>(
        &self,
        buffer: &mut Vec<u8>,
        rows: &[usize],
        values: &[T],
        bytes: impl Fn(T) -> Option<[u8; N]>,
    ) -> Result<()> {
        for row in rows {
            let written = match (self.is_there(*row), values.get(*row)) {
                (true, Some(value)) => bytes(*value),
                (false, _) => Some([0; N]),
                (true, None) => None,
            };
            buffer.extend(written.ok_or_else(|| layout("a value is not of its type"))?);
        }
        Ok(())
    }

    fn write_texts(&self, buffer: &mut Vec<u8>, rows: &[usize], texts: &StringArray) -> Result<()> {
        let text = |row: &usize| match self.is_there(*row) {
            true => texts.value(*row),
            false => "",
        };
        let mut end = 0_usize;
        for row in rows {
            end += text(row).len();
            let end = u32::try_from(end).map_err(|_| layout("a unit's texts are too long"))?;
            buffer.extend(end.to_le_bytes());
        }
        fill_up(buffer);
        for row in rows {
            buffer.extend(text(row).as_bytes());
        }
        fill_up(buffer);
        Ok(())
    }
}
