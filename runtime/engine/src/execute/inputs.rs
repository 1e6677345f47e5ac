//! Public inputs of private parts: most are read before anything private is, and those that use released
//! values once these are drawn.

use super::Run;
use super::draw::Drawn;
use super::tables::{Tables, collect, session};
use super::united::united;
use crate::released::ExecutionError;
use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::collections::BTreeMap;

/// The public inputs that have been read, by number.
pub(super) type Publics = BTreeMap<usize, RecordBatch>;

/// Reads what can be read now and was not yet: inputs that stand on no release beyond those drawn.
pub(super) async fn read(
    run: &Run<'_>,
    publics: &mut Publics,
    drawn: &[Drawn],
) -> Result<(), ExecutionError> {
    for (number, input) in run.query.publics.iter().enumerate() {
        if publics.contains_key(&number) || input.after > drawn.len() {
            continue;
        }
        let released: Vec<RecordBatch> = united(run.query, drawn)?
            .into_iter()
            .map(|drawn| drawn.table)
            .collect();
        let tables = Tables::public(run, &released);
        let batch = collect(&session(run.env)?, tables.fill(&input.plan)?, run.until).await?;
        if input.after > 0 && batch.num_rows() as u64 > input.rows_at_most {
            return Err(ExecutionError::Layout(
                "released values have more rows than by their form",
            ));
        }
        in_types(&batch)?;
        publics.insert(number, batch);
    }
    Ok(())
}

/// What private parts compute with a public decimal is proven for the values of its type, and the engine's own arithmetic
/// may leave that.
fn in_types(batch: &RecordBatch) -> Result<(), ExecutionError> {
    let is_in = |column: &ArrayRef| match column.data_type() {
        DataType::Decimal128(precision, _) => {
            let decimals = column.as_primitive::<Decimal128Type>();
            decimals.validate_decimal_precision(*precision).is_ok()
        }
        _ => true,
    };
    if batch.columns().iter().all(is_in) {
        return Ok(());
    }
    let error = "a public decimal has more digits than its type".to_owned();
    Err(ArrowError::ArithmeticOverflow(error).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Decimal128Array;
    use std::sync::Arc;

    #[test]
    fn a_decimal_beyond_its_type_is_refused() {
        let batch = |values: Vec<Option<i128>>| {
            let values = Decimal128Array::from(values).with_precision_and_scale(38, 0);
            RecordBatch::try_from_iter([("d", Arc::new(values.unwrap()) as ArrayRef)]).unwrap()
        };
        let most = 10_i128.pow(38) - 1;
        in_types(&batch(vec![Some(most), None, Some(-most)])).unwrap();
        for beyond in [most + 1, -most - 1] {
            assert!(in_types(&batch(vec![None, Some(beyond)])).is_err());
        }
    }
}
