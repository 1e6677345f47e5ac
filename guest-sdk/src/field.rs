//! Rows as structs: what a cell may be in Rust.

use crate::{Date, Decimal, Error, Kind, Result, Table, Timestamp, Value};

/// A Rust type that can stand in a cell.
pub trait Field: Sized {
    /// The column type it is written as.
    const KIND: Kind;

    /// Reads a cell; `half_width` is half of its noise interval, where it has one.
    ///
    /// # Errors
    /// What was found instead, as text.
    fn from_value(value: Value, half_width: Option<f64>) -> Result<Self, String>;

    /// Writes a cell.
    fn to_value(&self) -> Value;
}

fn mismatch<T>(value: &Value, wanted: &str) -> Result<T, String> {
    Err(match value.kind() {
        None => format!("a null where {wanted} is wanted; read it as an `Option`"),
        Some(kind) => format!("{kind} where {wanted} is wanted"),
    })
}

macro_rules! fields {
    ($($type:ty, $kind:ident, $value:ident => $to:expr;)*) => {$(
        impl Field for $type {
            const KIND: Kind = Kind::$kind;
            fn from_value(value: Value, _: Option<f64>) -> Result<Self, String> {
                match value {
                    Value::$kind(value) => Ok(value),
                    other => mismatch(&other, stringify!($type)),
                }
            }
            fn to_value(&self) -> Value {
                let $value = self;
                Value::$kind($to)
            }
        }
    )*};
}

fields! {
    bool, Bool, v => *v;
    i64, Int64, v => *v;
    String, String, v => v.clone();
    Date, Date, v => *v;
    Timestamp, Timestamp, v => *v;
    Decimal, Decimal, v => *v;
}

/// A double reads every numeric column; integers beyond 2^53 and decimals are rounded to the
/// nearest double.
impl Field for f64 {
    const KIND: Kind = Kind::Float64;

    fn from_value(value: Value, _: Option<f64>) -> Result<Self, String> {
        match value {
            Value::Float64(value) => Ok(value),
            #[expect(clippy::cast_precision_loss, reason = "documented: the nearest double")]
            Value::Int64(value) => Ok(value as f64),
            Value::Decimal(value) => Ok(value.to_f64()),
            other => mismatch(&other, "a number"),
        }
    }

    fn to_value(&self) -> Value {
        Value::Float64(*self)
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;

    fn from_value(value: Value, half_width: Option<f64>) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value, half_width).map(Some),
        }
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_value)
    }
}

/// A released value with its noise: the value before noise lies within `value ± half_width` in 95
/// of 100 releases. This says nothing of the bias that clamping and contribution bounds bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Released<T> {
    /// The value, noise included.
    pub value: T,
    /// Half of the 95 % noise interval, in the value's unit.
    pub half_width: f64,
}

/// Reads only columns that carry intervals; written, the interval is lost, because a table made of
/// rows is the job's own work.
impl<T: Field> Field for Released<T> {
    const KIND: Kind = T::KIND;

    fn from_value(value: Value, half_width: Option<f64>) -> Result<Self, String> {
        let value = T::from_value(value, half_width)?;
        let half_width =
            half_width.ok_or("a column without noise intervals where a released one is wanted")?;
        Ok(Self { value, half_width })
    }

    fn to_value(&self) -> Value {
        self.value.to_value()
    }
}

/// A struct that is a row; derive it.
pub trait Row: Sized {
    /// Its columns, in order.
    fn columns() -> Vec<(&'static str, Kind)>;

    /// Reads a row.
    ///
    /// # Errors
    /// [`Error::Guest`] names the column that is missing or of another type.
    fn from_cells(cells: &Cells<'_>) -> Result<Self>;

    /// Writes a row: one value a column.
    fn to_values(&self) -> Vec<Value>;
}

/// One row of a table.
pub struct Cells<'t> {
    table: &'t Table,
    row: usize,
}

impl<'t> Cells<'t> {
    pub(crate) fn new(table: &'t Table, row: usize) -> Self {
        Self { table, row }
    }

    /// The cell of this column.
    ///
    /// # Errors
    /// [`Error::Guest`] names the column that is missing or of another type.
    pub fn get<T: Field>(&self, name: &str) -> Result<T> {
        let column = self.table.column(name)?;
        let value = column
            .value(self.row)
            .ok_or_else(|| Error::guest(format!("no row {}", self.row)))?;
        T::from_value(value, column.half_width(self.row))
            .map_err(|cause| Error::guest(format!("column `{name}`, row {}: {cause}", self.row)))
    }
}
