//! The same bounding written as SQL: sorts and hash tables do here what one pass does in the operator;
//! only the keyed hashes are shared. Tests and benchmarks compare the two byte for byte.

#![expect(
    clippy::disallowed_methods,
    reason = "the second way to bound runs SQL, in a session of its own"
)]

use super::choice::Choice;
use super::exec::{Bounding, layout};
use super::groups::converter;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility, create_udf, ident};
use datafusion::prelude::DataFrame;
use std::collections::HashSet;
use std::sync::Arc;

type Function = Arc<dyn Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync>;

fn register(context: &SessionContext, name: &str, from: &[DataType], to: DataType, f: Function) {
    let run = move |args: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(args)?;
        f(&arrays).map(ColumnarValue::Array)
    };
    let function = create_udf(
        name,
        from.to_vec(),
        to,
        Volatility::Immutable,
        Arc::new(run),
    );
    context.register_udf(function);
}

fn unit(units: &ArrayRef, row: usize) -> Result<u128> {
    let bytes = units.as_fixed_size_binary().value(row).try_into();
    bytes
        .map(u128::from_be_bytes)
        .map_err(|_| layout("the unit is not a pseudonym of 16 bytes"))
}

/// A tag for each row, as text that sorts like it, from unit and group.
fn tags(
    arrays: &[ArrayRef],
    tag: impl Fn(u128, u128, usize, &[ArrayRef]) -> u128,
    choice: &Choice,
) -> Result<ArrayRef> {
    let [units, groups, values @ ..] = arrays else {
        return Err(layout("columns are missing"));
    };
    let groups = groups.as_binary::<i32>();
    let tags = (0..units.len()).map(|row| {
        let name = choice.name(groups.value(row));
        Ok(format!(
            "{:032x}",
            tag(unit(units, row)?, name, row, values)
        ))
    });
    let tags = tags.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StringArray::from(tags)))
}

/// Fixed-point integers, clamped.
fn fixed(array: &ArrayRef, (lo, hi): (i128, i128)) -> Result<ArrayRef> {
    let wide: Vec<Option<i128>> = match array.data_type() {
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().iter().collect(),
        _ => cast(array, &DataType::Int64)?
            .as_primitive::<Int64Type>()
            .iter()
            .map(|value| value.map(i128::from))
            .collect(),
    };
    let clamped = wide.into_iter().map(|value| {
        let value = value?;
        i64::try_from(if value < lo {
            lo
        } else if value > hi {
            hi
        } else {
            value
        })
        .ok()
    });
    Ok(Arc::new(clamped.collect::<Int64Array>()))
}

/// Bounds `rows`, `[unit, keys…, values…]` in any order, in a session of its own; the totals are laid
/// out as the operator's.
pub(crate) async fn in_sql(
    context: &SessionContext,
    rows: DataFrame,
    bounding: &Bounding,
) -> Result<Vec<RecordBatch>> {
    let kinds: Vec<DataType> = rows
        .schema()
        .fields()
        .iter()
        .map(|f| f.data_type().clone())
        .collect();
    let (keys, lanes) = (bounding.keys.len(), bounding.caps.clamps.len());
    let key = |i: usize| format!("k{i}");
    let names: Vec<String> = std::iter::once("u".to_owned())
        .chain((0..keys).map(key))
        .chain((0..lanes).map(|i| format!("v{i}")))
        .collect();
    let columns: Vec<Expr> = rows
        .schema()
        .columns()
        .into_iter()
        .zip(&names)
        .map(|(column, name)| Expr::Column(column).alias(name))
        .collect();
    context.register_table("rows", rows.select(columns)?.into_view())?;
    let with_keys = kinds.get(..=keys).unwrap_or_default();
    let declared = bounding.keys.clone();
    let group_of = move |arrays: &[ArrayRef]| -> Result<ArrayRef> {
        let [units, keys @ ..] = arrays else {
            return Err(layout("columns are missing"));
        };
        if keys.is_empty() {
            return Ok(Arc::new(BinaryArray::from_iter_values(vec![
                b"";
                units.len()
            ])));
        }
        let columns = keys
            .iter()
            .zip(&declared)
            .map(|(array, kind)| cast(array, kind));
        let rows =
            converter(&declared)?.convert_columns(&columns.collect::<Result<Vec<_>, _>>()?)?;
        Ok(Arc::new(BinaryArray::from_iter_values(
            rows.iter().map(|row| row.data().to_vec()),
        )))
    };
    register(
        context,
        "group_of",
        with_keys,
        DataType::Binary,
        Arc::new(group_of),
    );
    let domain = bounding.domain.as_ref();
    let domain = domain.map(|domain| {
        domain
            .canonical()
            .map(<[u8]>::to_vec)
            .collect::<HashSet<_>>()
    });
    let inside = move |arrays: &[ArrayRef]| -> Result<ArrayRef> {
        let groups = arrays
            .first()
            .ok_or_else(|| layout("columns are missing"))?;
        let is_inside = |group: Option<&[u8]>| {
            domain
                .as_ref()
                .is_none_or(|domain| group.is_some_and(|group| domain.contains(group)))
        };
        let groups = groups
            .as_binary::<i32>()
            .iter()
            .map(|group| Some(is_inside(group)));
        Ok(Arc::new(groups.collect::<BooleanArray>()))
    };
    register(
        context,
        "inside",
        &[DataType::Binary],
        DataType::Boolean,
        Arc::new(inside),
    );
    for ((lane, clamp), kind) in bounding
        .caps
        .clamps
        .iter()
        .enumerate()
        .zip(kinds.iter().skip(1 + keys))
    {
        let clamp = *clamp;
        let run = move |arrays: &[ArrayRef]| match arrays {
            [array] => fixed(array, clamp),
            _ => Err(layout("columns are missing")),
        };
        let name = format!("fixed{lane}");
        register(
            context,
            &name,
            std::slice::from_ref(kind),
            DataType::Int64,
            Arc::new(run),
        );
    }
    let mut from = vec![DataType::FixedSizeBinary(16), DataType::Binary];
    let choice = bounding.choice.clone();
    let group_tag = move |arrays: &[ArrayRef]| {
        let tag = |unit, name, _, _: &[ArrayRef]| {
            let mut room = Vec::new();
            let mut tags = choice.group_tags(unit, std::iter::once(name), &mut room);
            tags.next().unwrap_or_default()
        };
        tags(arrays, tag, &choice)
    };
    register(
        context,
        "group_tag",
        &from,
        DataType::Utf8,
        Arc::new(group_tag),
    );
    let choice = bounding.choice.clone();
    let row_tag = move |arrays: &[ArrayRef]| {
        let tag = |unit, name, row, values: &[ArrayRef]| {
            let mut tag = [choice.row_seed(unit, name)];
            for array in values {
                let values = array.as_primitive::<Int64Type>();
                let value = values.is_valid(row).then(|| values.value(row));
                choice.absorb(&mut tag, std::iter::once(value));
            }
            tag.first().copied().unwrap_or_default()
        };
        tags(arrays, tag, &choice)
    };
    from.extend(vec![DataType::Int64; lanes]);
    register(context, "row_tag", &from, DataType::Utf8, Arc::new(row_tag));
    context
        .sql(&statement(keys, lanes, bounding))
        .await?
        .collect()
        .await?
        .into_iter()
        .map(|batch| {
            let schema = bounding.schema();
            let columns = batch.columns().iter().zip(schema.fields());
            let columns = columns.map(|(column, field)| cast(column, field.data_type()));
            Ok(RecordBatch::try_new(
                Arc::clone(&schema),
                columns.collect::<Result<_, _>>()?,
            )?)
        })
        .collect::<Result<_, DataFusionError>>()
}

fn statement(keys: usize, lanes: usize, bounding: &Bounding) -> String {
    let list = |of: &dyn Fn(usize) -> String, count: usize| {
        (0..count)
            .map(|i| format!(", {}", of(i)))
            .collect::<String>()
    };
    let keys = list(&|i| ident(format!("k{i}")).to_string(), keys);
    let fixed = list(&|i| format!("fixed{i}(v{i}) AS v{i}"), lanes);
    let values = list(&|i| format!("v{i}"), lanes);
    let sum = |i| format!("COALESCE(SUM(CAST(v{i} AS DECIMAL(38, 0))), 0), COUNT(v{i})");
    let sums = list(&sum, lanes);
    format!(
        "WITH clamped AS (SELECT u, group_of(u{keys}) AS g{fixed} FROM rows),
              numbered AS (
                SELECT u, g{values},
                       ROW_NUMBER() OVER (PARTITION BY u, g ORDER BY row_tag(u, g{values})) AS row_place,
                       DENSE_RANK() OVER (PARTITION BY u ORDER BY group_tag(u, g)) AS group_place
                FROM clamped WHERE inside(g))
         SELECT g, COUNT(DISTINCT u), COUNT(*){sums}
         FROM numbered WHERE row_place <= {} AND group_place <= {} GROUP BY g",
        bounding.caps.rows, bounding.caps.groups
    )
}
