//! One person's rows, read where they lie.
//!
//! The sandbox hands a mapper its rows in one buffer, laid out as `wit/rows.md` says. Nothing here copies it, and
//! whatever the bytes are, nothing is read out of bounds.

mod units;

pub use units::{Input, Units};

use crate::{Date, Decimal, Kind, Timestamp};
use std::fmt;

/// The layout's version, the first number of each buffer.
pub const VERSION: u32 = 1;
/// The version of a buffer with the rows of many people.
pub const VERSION_OF_UNITS: u32 = 2;
/// What each part of a buffer begins at a multiple of.
const ALIGNMENT: usize = 8;

/// A buffer that is not laid out as the mapper's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rows are not laid out as this mapper's; build it with a matching SDK")
    }
}

impl std::error::Error for Malformed {}

/// A struct that is a row of one person's, derived with `#[derive(UnitRow)]`.
pub trait UnitRow<'a>: Sized {
    /// What each column must be, in the order of the fields.
    const COLUMNS: &'static [ColumnNeeded];
    /// The columns it is read from.
    type Columns: Copy;

    /// Finds the columns, in the order of the fields.
    ///
    /// # Errors
    /// [`Malformed`] if they are others.
    fn open(parts: &mut Parts<'a>) -> Result<Self::Columns, Malformed>;

    /// Reads row `at`; beyond the last, whatever its types have as default.
    fn read(columns: &Self::Columns, at: usize) -> Self;
}

/// A column that a mapper reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnNeeded {
    /// Its name.
    pub name: &'static str,
    /// The kinds it may be of.
    pub kinds: &'static [Kind],
    /// Whether it may hold nulls.
    pub nullable: bool,
}

impl ColumnNeeded {
    /// A column of this name that is read as a `T`.
    pub const fn new<'a, T: RowField<'a>>(name: &'static str) -> Self {
        Self {
            name,
            kinds: T::KINDS,
            nullable: T::NULLABLE,
        }
    }
}

/// A checksum of the columns' names, by which a buffer tells whose rows it holds: FNV-1a of 32 bits over each name
/// and a zero.
pub const fn checksum(columns: &[ColumnNeeded]) -> u32 {
    let mut sum = 0x811c_9dc5;
    let mut rest = columns;
    while let [column, others @ ..] = rest {
        let mut bytes = column.name.as_bytes();
        while let [byte, more @ ..] = bytes {
            sum = step(sum, *byte);
            bytes = more;
        }
        sum = step(sum, 0);
        rest = others;
    }
    sum
}

const fn step(sum: u32, byte: u8) -> u32 {
    (sum ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// One person's rows, in the order of their columns: by the first, then the second, …; nulls first.
pub struct Rows<'a, R: UnitRow<'a>> {
    columns: R::Columns,
    next: usize,
    end: usize,
}

/// Where the columns are is copied, not what is in them.
impl<'a, R: UnitRow<'a>> Clone for Rows<'a, R> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, R: UnitRow<'a>> Rows<'a, R> {
    /// Finds the columns in a buffer.
    ///
    /// # Errors
    /// [`Malformed`] if it holds other columns, or anything else.
    pub fn new(buffer: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(buffer, VERSION, const { checksum(R::COLUMNS) })?;
        let end = parts.rows;
        let columns = R::open(&mut parts)?;
        if parts.columns.is_empty() && parts.rest.is_empty() {
            Ok(Self {
                columns,
                next: 0,
                end,
            })
        } else {
            Err(Malformed)
        }
    }

    /// How many are left; before any was taken, how many there are.
    pub fn len(&self) -> usize {
        self.end - self.next
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at `index` of those that are left, from 0.
    pub fn get(&self, index: usize) -> Option<R> {
        (index < self.len()).then(|| R::read(&self.columns, self.next + index))
    }
}

impl<'a, R: UnitRow<'a>> Iterator for Rows<'a, R> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        let row = self.get(0)?;
        self.next += 1;
        Some(row)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<'a, R: UnitRow<'a>> ExactSizeIterator for Rows<'a, R> {}

/// What is left to be read of a buffer.
pub struct Parts<'a> {
    rows: usize,
    /// A description of each column that was not opened yet.
    columns: &'a [[u8; ALIGNMENT]],
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn new(buffer: &'a [u8], version: u32, names: u32) -> Result<Self, Malformed> {
        let (head, rest) = buffer.split_first_chunk::<16>().ok_or(Malformed)?;
        let word = |at: usize| {
            head.get(at..)?
                .first_chunk()
                .copied()
                .map(u32::from_le_bytes)
        };
        let (Some(rows), Some(columns)) = (word(4), word(8)) else {
            return Err(Malformed);
        };
        if word(0) != Some(version) || word(12) != Some(names) {
            return Err(Malformed);
        }
        let size = |n: u32| usize::try_from(n).map_err(|_| Malformed);
        let described = size(columns)?.checked_mul(ALIGNMENT).ok_or(Malformed)?;
        let (columns, rest) = rest.split_at_checked(described).ok_or(Malformed)?;
        Ok(Self {
            rows: size(rows)?,
            columns: columns.as_chunks().0,
            rest,
        })
    }

    /// So many items of `N` bytes, and what fills them up.
    fn items<const N: usize>(&mut self, count: usize) -> Result<&'a [[u8; N]], Malformed> {
        let bytes = count.checked_mul(N).ok_or(Malformed)?;
        let (items, _) = self.bytes(bytes)?.as_chunks();
        Ok(items)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let filled = length
            .checked_next_multiple_of(ALIGNMENT)
            .ok_or(Malformed)?;
        let (part, rest) = self.rest.split_at_checked(filled).ok_or(Malformed)?;
        self.rest = rest;
        part.get(..length).ok_or(Malformed)
    }

    /// Opens the next column: its validity, if it may hold nulls, and its values.
    fn column<T: Cell<'a>>(&mut self) -> Result<(Option<&'a [u8]>, T::Values), Malformed> {
        let ([kind, scale, nullable, ..], columns) = self.columns.split_first().ok_or(Malformed)?;
        self.columns = columns;
        let valid = match nullable {
            0 => None,
            1 => Some(self.bytes(self.rows.div_ceil(8))?),
            _ => return Err(Malformed),
        };
        let described = Described {
            kind: kind_of(*kind).ok_or(Malformed)?,
            scale: *scale,
        };
        Ok((valid, T::open(self, described)?))
    }
}

/// The kinds of columns by their number in a buffer.
pub(crate) const KINDS: [Kind; 6] = [
    Kind::Bool,
    Kind::Int64,
    Kind::Decimal,
    Kind::Date,
    Kind::Timestamp,
    Kind::String,
];

fn kind_of(number: u8) -> Option<Kind> {
    KINDS.get(usize::from(number)).copied()
}

/// What a buffer says of a column.
#[derive(Debug, Clone, Copy)]
pub struct Described {
    kind: Kind,
    /// Digits after the point, of decimals.
    scale: u8,
}

/// A type that a value of a row may be read as, nulls apart.
pub trait Cell<'a>: Sized {
    /// The kinds of columns it is read from.
    const KINDS: &'static [Kind];
    /// The values, where they lie.
    type Values: Copy;

    /// Finds the values of a column.
    ///
    /// # Errors
    /// [`Malformed`] if the column is of another kind.
    fn open(parts: &mut Parts<'a>, described: Described) -> Result<Self::Values, Malformed>;

    /// The value of row `at`; beyond the last, the type's default.
    fn read(values: &Self::Values, at: usize) -> Self;
}

fn at<const N: usize>(items: &[[u8; N]], at: usize) -> [u8; N] {
    items.get(at).copied().unwrap_or([0; N])
}

macro_rules! cells {
    ($($type:ty, $kind:ident, $bytes:literal, $raw:ident => $to:expr;)*) => {$(
        impl<'a> Cell<'a> for $type {
            const KINDS: &'static [Kind] = &[Kind::$kind];
            type Values = &'a [[u8; $bytes]];

            fn open(parts: &mut Parts<'a>, described: Described) -> Result<Self::Values, Malformed> {
                match described.kind {
                    Kind::$kind => parts.items(parts.rows),
                    _ => Err(Malformed),
                }
            }

            fn read(values: &Self::Values, row: usize) -> Self {
                let $raw = at(values, row);
                $to
            }
        }
    )*};
}

cells! {
    bool, Bool, 1, raw => raw != [0];
    i64, Int64, 8, raw => i64::from_le_bytes(raw);
    Date, Date, 4, raw => Self::from_days(i32::from_le_bytes(raw));
    Timestamp, Timestamp, 8, raw => Self::from_micros(i64::from_le_bytes(raw));
}

impl<'a> Cell<'a> for Decimal {
    const KINDS: &'static [Kind] = &[Kind::Decimal];
    type Values = (&'a [[u8; 8]], u8);

    fn open(parts: &mut Parts<'a>, described: Described) -> Result<Self::Values, Malformed> {
        match described.kind {
            Kind::Decimal if described.scale <= Self::MAX_SCALE => {
                Ok((parts.items(parts.rows)?, described.scale))
            }
            _ => Err(Malformed),
        }
    }

    fn read((units, scale): &Self::Values, row: usize) -> Self {
        Self::new(i64::from_le_bytes(at(units, row)), *scale).unwrap_or_default()
    }
}

/// A double reads integers and decimals: the nearest one, while the digits without the point are a number below
/// 2⁵³.
impl<'a> Cell<'a> for f64 {
    const KINDS: &'static [Kind] = &[Kind::Int64, Kind::Decimal];
    type Values = (&'a [[u8; 8]], f64);

    fn open(parts: &mut Parts<'a>, described: Described) -> Result<Self::Values, Malformed> {
        let scale = match described.kind {
            Kind::Int64 => 0,
            Kind::Decimal if described.scale <= Decimal::MAX_SCALE => described.scale,
            _ => return Err(Malformed),
        };
        // Exact: 10¹⁸ is below 10²².
        Ok((parts.items(parts.rows)?, 10_f64.powi(i32::from(scale))))
    }

    #[expect(clippy::cast_precision_loss, reason = "documented: the nearest double")]
    fn read((units, one): &Self::Values, row: usize) -> Self {
        let units = i64::from_le_bytes(at(units, row)) as f64;
        // Of integers, and so of most columns: a comparison takes less than a division.
        if *one == 1.0 { units } else { units / one }
    }
}

/// Where texts end, and all of them one after another.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    ends: &'a [[u8; 4]],
    bytes: &'a str,
}

impl<'a> Cell<'a> for &'a str {
    const KINDS: &'static [Kind] = &[Kind::String];
    type Values = Texts<'a>;

    fn open(parts: &mut Parts<'a>, described: Described) -> Result<Self::Values, Malformed> {
        if described.kind != Kind::String {
            return Err(Malformed);
        }
        let ends = parts.items(parts.rows)?;
        let length = ends.last().map_or(0, |end| u32::from_le_bytes(*end));
        let bytes = parts.bytes(usize::try_from(length).map_err(|_| Malformed)?)?;
        let bytes = std::str::from_utf8(bytes).map_err(|_| Malformed)?;
        Ok(Texts { ends, bytes })
    }

    fn read(texts: &Self::Values, row: usize) -> Self {
        let end = |row: usize| usize::try_from(u32::from_le_bytes(at(texts.ends, row))).ok();
        let start = row.checked_sub(1).map_or(Some(0), end);
        let text = start
            .zip(end(row))
            .and_then(|(start, end)| texts.bytes.get(start..end));
        text.unwrap_or_default()
    }
}

/// A type that a field of a row may have: a value that is always there, or an `Option` of one.
pub trait RowField<'a>: Sized {
    /// The kinds of columns it is read from.
    const KINDS: &'static [Kind];
    /// Whether the column may hold nulls.
    const NULLABLE: bool;
    /// The column, where it lies.
    type Column: Copy;

    /// Opens the next column.
    ///
    /// # Errors
    /// [`Malformed`] if it is of another kind, or may hold nulls where the type has none.
    fn open(parts: &mut Parts<'a>) -> Result<Self::Column, Malformed>;

    /// The value of row `at`.
    fn read(column: &Self::Column, at: usize) -> Self;
}

impl<'a, T: Cell<'a>> RowField<'a> for T {
    const KINDS: &'static [Kind] = T::KINDS;
    const NULLABLE: bool = false;
    type Column = T::Values;

    fn open(parts: &mut Parts<'a>) -> Result<Self::Column, Malformed> {
        match parts.column::<T>()? {
            (None, values) => Ok(values),
            (Some(_), _) => Err(Malformed),
        }
    }

    fn read(column: &Self::Column, at: usize) -> Self {
        <T as Cell>::read(column, at)
    }
}

impl<'a, T: Cell<'a>> RowField<'a> for Option<T> {
    const KINDS: &'static [Kind] = T::KINDS;
    const NULLABLE: bool = true;
    /// Without validity, no value is null.
    type Column = (Option<&'a [u8]>, T::Values);

    fn open(parts: &mut Parts<'a>) -> Result<Self::Column, Malformed> {
        parts.column::<T>()
    }

    fn read((valid, values): &Self::Column, at: usize) -> Self {
        let is_valid = valid.is_none_or(|valid| {
            let byte = valid.get(at / 8).copied().unwrap_or_default();
            byte >> (at % 8) & 1 == 1
        });
        is_valid.then(|| <T as Cell>::read(values, at))
    }
}

#[cfg(test)]
mod tests;
