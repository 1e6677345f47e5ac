//! Released tables as the gate keeps them: exact bytes, so that a release handed out again is the
//! same release.

use crate::error::GateError;
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use irongate_engine::{ColumnStatus, Released};
use irongate_sandbox::table::{Column, Table, Values};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct StoredColumn {
    name: String,
    values: StoredValues,
    valid: Vec<bool>,
    half_widths: Option<Vec<u64>>,
}

/// Floats as bits: text would not bring every one back.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredValues {
    Bools(Vec<bool>),
    Int64s(Vec<i64>),
    Float64s(Vec<u64>),
    Strings(Vec<String>),
    Dates(Vec<i32>),
    Timestamps(Vec<i64>),
    Decimals { scale: u8, units: Vec<i64> },
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn floats(values: &[u64]) -> Vec<f64> {
    values.iter().map(|value| f64::from_bits(*value)).collect()
}

/// Writes a table exactly.
///
/// # Errors
/// [`GateError::Failed`] if it cannot be written as JSON.
pub(crate) fn write(table: &Table) -> Result<Vec<u8>, GateError> {
    let stored = |column: &Column| StoredColumn {
        name: column.name.clone(),
        values: match &column.values {
            Values::Bools(v) => StoredValues::Bools(v.clone()),
            Values::Int64s(v) => StoredValues::Int64s(v.clone()),
            Values::Float64s(v) => StoredValues::Float64s(bits(v)),
            Values::Strings(v) => StoredValues::Strings(v.clone()),
            Values::Dates(v) => StoredValues::Dates(v.clone()),
            Values::Timestamps(v) => StoredValues::Timestamps(v.clone()),
            Values::Decimals { scale, units } => StoredValues::Decimals {
                scale: *scale,
                units: units.clone(),
            },
        },
        valid: column.valid.clone(),
        half_widths: column.half_widths.as_deref().map(bits),
    };
    let columns: Vec<StoredColumn> = table.columns.iter().map(stored).collect();
    serde_json::to_vec(&columns).map_err(|error| GateError::failed("storing a release", error))
}

/// Reads a table back as it was written.
///
/// # Errors
/// [`GateError::Failed`] if it is damaged.
pub(crate) fn read(bytes: &[u8]) -> Result<Table, GateError> {
    let columns: Vec<StoredColumn> = serde_json::from_slice(bytes)
        .map_err(|error| GateError::failed("reading a stored release", error))?;
    let column = |column: StoredColumn| Column {
        name: column.name,
        values: match column.values {
            StoredValues::Bools(v) => Values::Bools(v),
            StoredValues::Int64s(v) => Values::Int64s(v),
            StoredValues::Float64s(v) => Values::Float64s(floats(&v)),
            StoredValues::Strings(v) => Values::Strings(v),
            StoredValues::Dates(v) => Values::Dates(v),
            StoredValues::Timestamps(v) => Values::Timestamps(v),
            StoredValues::Decimals { scale, units } => Values::Decimals { scale, units },
        },
        valid: column.valid,
        half_widths: column.half_widths.as_deref().map(floats),
    };
    Ok(Table {
        columns: columns.into_iter().map(column).collect(),
    })
}

/// The engine's released batch as the table a job sees.
///
/// # Errors
/// [`GateError::Failed`] if a column is of a type that no job can be handed; the text names no value.
pub(crate) fn from_released(released: &Released) -> Result<Table, GateError> {
    let columns = released.batch.columns().iter().zip(&released.columns);
    let column = |(array, info): (&arrow::array::ArrayRef, &irongate_engine::ColumnInfo)| {
        Ok(Column {
            name: info.name.clone(),
            values: values(array.as_ref()).ok_or_else(|| {
                GateError::Failed(format!(
                    "column `{}` is of a type jobs cannot be handed",
                    info.name
                ))
            })?,
            valid: if array.null_count() == 0 {
                Vec::new()
            } else {
                (0..array.len()).map(|row| array.is_valid(row)).collect()
            },
            half_widths: match &info.status {
                ColumnStatus::Value { half_widths } => Some(
                    half_widths
                        .iter()
                        .map(|width| width.unwrap_or(0.0))
                        .collect(),
                ),
                ColumnStatus::Key | ColumnStatus::Derived => None,
            },
        })
    };
    Ok(Table {
        columns: columns.map(column).collect::<Result<_, GateError>>()?,
    })
}

/// A column's values, defaults where null; nothing if the type is not one of the world's.
fn values(array: &dyn Array) -> Option<Values> {
    Some(match array.data_type() {
        DataType::Boolean => Values::Bools(
            array
                .as_boolean()
                .iter()
                .map(Option::unwrap_or_default)
                .collect(),
        ),
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => {
            let array = cast(array, &DataType::Int64).ok()?;
            Values::Int64s(
                array
                    .as_primitive::<Int64Type>()
                    .iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
            )
        }
        DataType::UInt64 => {
            let cast = cast(array, &DataType::Int64).ok()?;
            // A value beyond 63 bits would become null.
            if cast.null_count() != array.null_count() {
                return None;
            }
            Values::Int64s(
                cast.as_primitive::<Int64Type>()
                    .iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
            )
        }
        DataType::Float32 | DataType::Float64 => {
            let array = cast(array, &DataType::Float64).ok()?;
            Values::Float64s(
                array
                    .as_primitive::<Float64Type>()
                    .iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
            )
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) => {
            let array = cast(array, &DataType::Utf8).ok()?;
            Values::Strings(
                array
                    .as_string::<i32>()
                    .iter()
                    .map(|v| v.unwrap_or_default().to_owned())
                    .collect(),
            )
        }
        DataType::Date32 => Values::Dates(
            array
                .as_primitive::<Date32Type>()
                .iter()
                .map(Option::unwrap_or_default)
                .collect(),
        ),
        DataType::Timestamp(_, _) => {
            let array = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None)).ok()?;
            let array = array.as_primitive::<TimestampMicrosecondType>();
            Values::Timestamps(array.iter().map(Option::unwrap_or_default).collect())
        }
        DataType::Decimal128(_, scale) => {
            let units = array
                .as_primitive::<Decimal128Type>()
                .iter()
                .map(Option::unwrap_or_default);
            let units: Option<Vec<i64>> = units.map(|unit| i64::try_from(unit).ok()).collect();
            Values::Decimals {
                scale: u8::try_from(*scale).ok()?,
                units: units?,
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_back_bit_for_bit() {
        let column = |name: &str, values| Column {
            name: name.into(),
            values,
            valid: vec![true, false],
            half_widths: None,
        };
        let mut table = Table {
            columns: vec![
                column("b", Values::Bools(vec![true, false])),
                column("i", Values::Int64s(vec![i64::MIN, i64::MAX])),
                column("f", Values::Float64s(vec![0.1 + 0.2, -0.0])),
                column("s", Values::Strings(vec!["诊疗\"\n".into(), String::new()])),
                column("d", Values::Dates(vec![-1, 1])),
                column("t", Values::Timestamps(vec![-1, 1])),
                column(
                    "m",
                    Values::Decimals {
                        scale: 3,
                        units: vec![-1, 1],
                    },
                ),
            ],
        };
        table.columns[2].half_widths = Some(vec![1.0 / 3.0, f64::MIN_POSITIVE]);
        assert_eq!(read(&write(&table).unwrap()).unwrap(), table);
        assert!(read(b"[{}]").is_err());
    }
}
