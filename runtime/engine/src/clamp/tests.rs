//! CLAMP over a whole small domain, and at the ends of its types.

use super::clamp;
use arrow::array::{ArrayRef, AsArray, Decimal128Array, Int64Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, Volatility};
use std::sync::Arc;

fn small() -> Vec<Option<i64>> {
    let ends = [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX];
    let values = (-5..=5).chain(ends).map(Some);
    values.chain([None]).collect()
}

/// All triples of value and bounds.
fn triples() -> Vec<[Option<i64>; 3]> {
    let mut out = Vec::new();
    for x in small() {
        for lo in small() {
            for hi in small() {
                out.push([x, lo, hi]);
            }
        }
    }
    out
}

fn clamped(arrays: [ArrayRef; 3]) -> ArrayRef {
    let kind = arrays[0].data_type().clone();
    let rows = arrays[0].len();
    let field = || Arc::new(Field::new("x", kind.clone(), true));
    let function = clamp();
    let kinds = vec![kind.clone(); 3];
    assert_eq!(function.inner().coerce_types(&kinds).unwrap(), kinds);
    let out = function.inner().invoke_with_args(ScalarFunctionArgs {
        args: arrays.into_iter().map(ColumnarValue::Array).collect(),
        arg_fields: vec![field(), field(), field()],
        number_rows: rows,
        return_field: field(),
        config_options: Arc::new(ConfigOptions::new()),
    });
    out.unwrap().into_array(rows).unwrap()
}

/// Null where anything is; else the nearest inside, if there is an inside.
fn holds([x, lo, hi]: [Option<i64>; 3], found: Option<i64>) {
    let (Some(x), Some(lo), Some(hi)) = (x, lo, hi) else {
        return assert_eq!(found, None);
    };
    let found = found.unwrap();
    if lo > hi {
        // Refused by the checker; all that matters is that it raises nothing.
        return;
    }
    let nearest = if x < lo { lo } else { x.min(hi) };
    assert_eq!(found, nearest, "{x} in {lo}..{hi}");
}

#[test]
fn every_integer_is_moved_to_the_nearest_inside_and_null_stays_null() {
    let triples = triples();
    let column = |at: usize| -> ArrayRef {
        Arc::new(triples.iter().map(|row| row[at]).collect::<Int64Array>())
    };
    let out = clamped([column(0), column(1), column(2)]);
    for (row, found) in triples.iter().zip(out.as_primitive::<Int64Type>()) {
        holds(*row, found);
    }
}

#[test]
fn every_decimal_is_moved_to_the_nearest_inside_and_null_stays_null() {
    let triples = triples();
    let kind = DataType::Decimal128(38, 2);
    let column = |at: usize| -> ArrayRef {
        let values = triples.iter().map(|row| row[at].map(i128::from));
        let values = values.collect::<Decimal128Array>();
        Arc::new(values.with_data_type(kind.clone()))
    };
    let out = clamped([column(0), column(1), column(2)]);
    assert_eq!(*out.data_type(), kind);
    for (row, found) in triples.iter().zip(out.as_primitive::<Decimal128Type>()) {
        holds(*row, found.map(|value| i64::try_from(value).unwrap()));
    }
}

#[test]
fn integers_are_taken_as_64_bits_and_other_types_refused() {
    let kinds = |kinds: &[DataType]| clamp().inner().coerce_types(kinds).ok();
    let long = vec![DataType::Int64; 3];
    let short = [DataType::Int32, DataType::Int64, DataType::Int64];
    assert_eq!(kinds(&short), Some(long.clone()));
    for refused in [
        [DataType::Utf8, DataType::Int64, DataType::Int64],
        [DataType::Float64, DataType::Int64, DataType::Int64],
        [DataType::Int64, DataType::Float64, DataType::Int64],
        [DataType::Int64, DataType::Int64, DataType::Float64],
    ] {
        assert_eq!(kinds(&refused), None, "{refused:?}");
    }
    assert_eq!(kinds(&long[..2]), None);
}

/// As the triples above show of every value: so whether a value can be null is no more than whether its arguments can.
#[test]
fn it_can_be_null_where_an_argument_can() {
    for null in [None, Some(0), Some(1), Some(2)] {
        let field = |at| Arc::new(Field::new("x", DataType::Int64, null == Some(at)));
        let field = clamp()
            .inner()
            .return_field_from_args(ReturnFieldArgs {
                arg_fields: &[field(0), field(1), field(2)],
                scalar_arguments: &[None, None, None],
            })
            .unwrap();
        assert_eq!(field.is_nullable(), null.is_some(), "{null:?}");
        assert_eq!(*field.data_type(), DataType::Int64);
    }
}

/// SQL finds a function by its name; nothing in it may change with time or chance.
#[test]
fn it_is_called_clamp_and_always_gives_the_same() {
    assert_eq!(clamp().name(), "clamp");
    assert_eq!(clamp().signature().volatility, Volatility::Immutable);
}
