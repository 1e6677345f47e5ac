//! What a mapper gave, as columns: clamped, rounded, and the default where it gave nothing.

use crate::bound::layout;
use crate::mapper::kind;
use arrow::array::{ArrayRef, Decimal128Array, Int64Array, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use irongate_policy::mapper::{MapperOutput, OutputValue};
use std::sync::Arc;

/// How the numbers of one output become values.
pub(super) enum Output {
    /// A count of the resolution.
    Number {
        kind: DataType,
        /// Counts in a unit of the value.
        counts: f64,
        bounds: (i64, i64),
        default: i64,
    },
    /// The place of a key.
    Category {
        keys: Vec<String>,
        default: Option<i64>,
    },
}

impl Output {
    pub(super) fn new(output: &MapperOutput) -> Result<Self> {
        match &output.value {
            OutputValue::Number { scale, .. } => {
                let (lo, hi, default) = output
                    .counts()
                    .ok_or_else(|| layout("a mapper's output has no bounds"))?;
                Ok(Self::Number {
                    kind: kind(output),
                    counts: 10_f64.powi(i32::from(*scale)),
                    bounds: (lo, hi),
                    default,
                })
            }
            OutputValue::Category { keys, default } => {
                let place = |key: &String| keys.iter().position(|other| other == key);
                let default = default.as_ref().and_then(place);
                Ok(Self::Category {
                    keys: keys.clone(),
                    default: default.and_then(|place| i64::try_from(place).ok()),
                })
            }
        }
    }

    /// The value of a number: a count or a place; `None` if the unit has no row. Whatever the number is, the value
    /// is within the declared bounds or among the declared keys.
    pub(super) fn value(&self, number: Option<f64>) -> Option<i64> {
        let number = number.filter(|number| !number.is_nan());
        match (self, number) {
            (Self::Number { default, .. }, None) => Some(*default),
            (
                Self::Number {
                    counts,
                    bounds: (lo, hi),
                    ..
                },
                Some(number),
            ) => {
                // Bounds are below 2^53: doubles hold them. What is beyond is cut off, infinity too.
                let count = (number * counts).round_ties_even();
                Some((count as i64).clamp(*lo, *hi))
            }
            (Self::Category { default, .. }, None) => *default,
            (Self::Category { keys, .. }, Some(number)) => {
                let place = number as i64;
                let is_place = place as f64 == number
                    && usize::try_from(place).is_ok_and(|place| place < keys.len());
                is_place.then_some(place)
            }
        }
    }

    /// The column of these values.
    pub(super) fn column(&self, values: &[i64]) -> Result<ArrayRef> {
        Ok(match self {
            Self::Number {
                kind: DataType::Decimal128(digits, scale),
                ..
            } => {
                let counts = values.iter().map(|value| i128::from(*value));
                let column = Decimal128Array::from_iter_values(counts);
                Arc::new(column.with_precision_and_scale(*digits, *scale)?)
            }
            Self::Number { .. } => Arc::new(Int64Array::from_iter_values(values.iter().copied())),
            Self::Category { keys, .. } => {
                let key = |place: &i64| usize::try_from(*place).ok().and_then(|at| keys.get(at));
                let texts = values.iter().map(key).collect::<Option<Vec<_>>>();
                let texts = texts.ok_or_else(|| layout("a category has no such key"))?;
                Arc::new(StringArray::from_iter_values(texts))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn number() -> Output {
        Output::Number {
            kind: DataType::Decimal128(18, 1),
            counts: 10.0,
            bounds: (-10, 995),
            default: 7,
        }
    }

    fn category(default: Option<i64>) -> Output {
        Output::Category {
            keys: vec!["low".into(), "high".into()],
            default,
        }
    }

    #[rstest]
    #[case(Some(0.25), Some(2))]
    #[case(Some(0.35), Some(4))]
    #[case(Some(99.5), Some(995))]
    #[case(Some(1e300), Some(995))]
    #[case(Some(f64::INFINITY), Some(995))]
    #[case(Some(f64::NEG_INFINITY), Some(-10))]
    #[case(Some(-0.0), Some(0))]
    #[case(Some(f64::NAN), Some(7))]
    #[case(None, Some(7))]
    fn a_number_is_clamped_and_rounded(#[case] given: Option<f64>, #[case] value: Option<i64>) {
        assert_eq!(number().value(given), value);
    }

    #[rstest]
    #[case(Some(0.0), Some(0))]
    #[case(Some(-0.0), Some(0))]
    #[case(Some(1.0), Some(1))]
    #[case(Some(2.0), None)]
    #[case(Some(-1.0), None)]
    #[case(Some(0.5), None)]
    #[case(Some(1e300), None)]
    #[case(Some(f64::INFINITY), None)]
    #[case(Some(f64::NAN), Some(1))]
    #[case(None, Some(1))]
    fn a_category_is_one_of_its_keys(#[case] given: Option<f64>, #[case] value: Option<i64>) {
        assert_eq!(category(Some(1)).value(given), value);
        let without = value.filter(|_| given.is_some_and(|number| !number.is_nan()));
        assert_eq!(category(None).value(given), without);
    }

    proptest! {
        #[test]
        fn no_number_leaves_its_bounds(bits in any::<u64>()) {
            let given = f64::from_bits(bits);
            let value = number().value(Some(given)).unwrap();
            prop_assert!((-10..=995).contains(&value));
            let place = category(None).value(Some(given));
            prop_assert!(place.is_none_or(|place| (0..2).contains(&place)));
        }
    }
}
