//! `WIDTH_BUCKET(x, lo, hi, n)`: the number of the one of `n` equally wide buckets between `lo` and `hi` that `x` lies
//! in, 0 below them and `n + 1` from `hi` on, as in the SQL standard (ISO/IEC 9075-2, 6.30). Null stays null.

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use std::sync::Arc;

/// The most buckets: each is a group of its own.
pub(crate) const MAX_BUCKETS: i128 = 1000;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct WidthBucket {
    signature: Signature,
}

/// The function as registered; the same identity everywhere.
pub(crate) fn width_bucket() -> ScalarUDF {
    ScalarUDF::from(WidthBucket {
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

/// The bucket of `x`; any integers are taken. The checker sees to `lo < hi` and `1 <= n`.
fn bucket(x: i128, lo: i128, hi: i128, n: i64) -> Option<i64> {
    if x < lo {
        return Some(0);
    }
    if x >= hi {
        return n.checked_add(1);
    }
    let from = x.checked_sub(lo)?.checked_mul(i128::from(n))?;
    let number = from.checked_div(hi.checked_sub(lo)?)?;
    i64::try_from(number).ok()?.checked_add(1)
}

impl ScalarUDFImpl for WidthBucket {
    fn name(&self) -> &str {
        "width_bucket"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [x, lo, hi, n] = types else {
            return plan_err!("WIDTH_BUCKET takes four arguments: WIDTH_BUCKET(x, lo, hi, n)");
        };
        let bounds = match x {
            _ if x.is_integer() && lo.is_integer() && hi.is_integer() => DataType::Int64,
            DataType::Decimal128(..) => x.clone(),
            _ => {
                return plan_err!(
                    "WIDTH_BUCKET takes an integer with integer bounds, or a decimal"
                );
            }
        };
        if !n.is_integer() {
            return plan_err!("WIDTH_BUCKET takes a whole number of buckets");
        }
        Ok(vec![
            bounds.clone(),
            bounds.clone(),
            bounds,
            DataType::Int64,
        ])
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }
    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), DataType::Int64, nullable)))
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [x, lo, hi, n] = arrays.as_slice() else {
            return plan_err!("WIDTH_BUCKET takes four arguments");
        };
        let n = n.as_primitive::<Int64Type>();
        macro_rules! buckets {
            ($t:ty) => {{
                let rows = x
                    .as_primitive::<$t>()
                    .iter()
                    .zip(lo.as_primitive::<$t>())
                    .zip(hi.as_primitive::<$t>())
                    .zip(n);
                rows.map(|(((x, lo), hi), n)| bucket(x?.into(), lo?.into(), hi?.into(), n?))
                    .collect::<Int64Array>()
            }};
        }
        let out: ArrayRef = match x.data_type() {
            DataType::Int64 => Arc::new(buckets!(Int64Type)),
            DataType::Decimal128(..) => Arc::new(buckets!(Decimal128Type)),
            other => return plan_err!("WIDTH_BUCKET cannot take {other}"),
        };
        Ok(ColumnarValue::Array(out))
    }
}

#[cfg(test)]
mod tests {
    use super::bucket;
    use proptest::prelude::*;

    proptest! {
        /// Buckets are as wide as one another to within one value, and follow each other.
        #[test]
        fn every_value_has_its_bucket(lo in -50_i128..50, width in 1_i128..60, n in 1_i64..20, x in -120_i128..120) {
            let hi = lo + width;
            let number = bucket(x, lo, hi, n).unwrap();
            let expected = if x < lo {
                0
            } else if x >= hi {
                n + 1
            } else {
                // The first bucket whose upper end lies above x.
                (1..=n).find(|k| (x - lo) * i128::from(n) < i128::from(*k) * width).unwrap()
            };
            prop_assert_eq!(number, expected);
        }

        #[test]
        fn no_value_raises(x in any::<i128>(), lo in any::<i128>(), hi in any::<i128>(), n in any::<i64>()) {
            let _ = bucket(x, lo, hi, n);
        }
    }
}
