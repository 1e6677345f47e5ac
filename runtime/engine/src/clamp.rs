//! `CLAMP(x, lo, hi)`: gives a value public bounds. Null stays null.

#[cfg(test)]
mod tests;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use std::sync::Arc;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Clamp {
    signature: Signature,
}

/// The function as registered; the same identity everywhere.
pub(crate) fn clamp() -> ScalarUDF {
    ScalarUDF::from(Clamp {
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

impl ScalarUDFImpl for Clamp {
    fn name(&self) -> &str {
        "clamp"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [x, lo, hi] = types else {
            return plan_err!("CLAMP takes three arguments: CLAMP(x, lo, hi)");
        };
        if x.is_integer() && lo.is_integer() && hi.is_integer() {
            return Ok(vec![DataType::Int64; 3]);
        }
        match x {
            DataType::Decimal128(..) => Ok(vec![x.clone(); 3]),
            _ => plan_err!("CLAMP takes an integer with integer bounds, or a decimal"),
        }
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        types
            .first()
            .cloned()
            .map_or_else(|| plan_err!("CLAMP takes three arguments"), Ok)
    }
    /// Never null, where none of the three can be.
    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let Some(x) = args.arg_fields.first() else {
            return plan_err!("CLAMP takes three arguments");
        };
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(
            self.name(),
            x.data_type().clone(),
            nullable,
        )))
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [x, lo, hi] = arrays.as_slice() else {
            return plan_err!("CLAMP takes three arguments");
        };
        // `max` then `min`: total even when lo > hi, which the checker refuses.
        macro_rules! clamped {
            ($t:ty) => {{
                let rows = x
                    .as_primitive::<$t>()
                    .iter()
                    .zip(lo.as_primitive::<$t>())
                    .zip(hi.as_primitive::<$t>());
                rows.map(|((x, lo), hi)| Some(x?.max(lo?).min(hi?)))
                    .collect::<arrow::array::PrimitiveArray<$t>>()
            }};
        }
        let out: ArrayRef = match x.data_type() {
            DataType::Int64 => Arc::new(clamped!(Int64Type)),
            DataType::Decimal128(p, s) => {
                Arc::new(clamped!(Decimal128Type).with_precision_and_scale(*p, *s)?)
            }
            other => return plan_err!("CLAMP cannot take {other}"),
        };
        Ok(ColumnarValue::Array(out))
    }
}
