//! The same bounding written as SQL: sorts and hash tables do here what one pass does in the operator;
//! only the keyed hashes are shared. Tests and benchmarks compare the two byte for byte.

#![expect(
    clippy::disallowed_methods,
    reason = "the second way to bound runs SQL, in a session of its own"
)]

use super::choice::{Choice, encoded};
use super::exec::{Bounding, layout};
use super::groups::converter;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, FixedSizeBinaryArray, Int64Array,
    RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, UInt64Type};
use arrow::row::Row;
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

fn identity(identities: &ArrayRef, row: usize) -> Result<Option<u128>> {
    let is_valid = identities.is_valid(row);
    is_valid.then(|| unit(identities, row)).transpose()
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

/// All columns of each row as one value. DataFusion 55.2 fails on windows that are parted by many columns, of which some are in order.
fn wholes(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let kinds: Vec<_> = arrays
        .iter()
        .map(|array| array.data_type().clone())
        .collect();
    let rows = converter(&kinds)?.convert_columns(arrays)?;
    Ok(Arc::new(rows.try_into_binary()?))
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

/// The identity of each row's distinct value, cast to the type that is counted.
fn identities(arrays: &[ArrayRef], kind: &DataType, choice: &Choice) -> Result<ArrayRef> {
    let [array] = arrays else {
        return Err(layout("columns are missing"));
    };
    let array = cast(array, kind)?;
    let rows = converter(std::slice::from_ref(kind))?.convert_columns(&[Arc::clone(&array)])?;
    let identity = |(at, row): (usize, Row<'_>)| {
        let is_valid = !array.is_null(at);
        is_valid.then(|| choice.identity(row.data()).to_be_bytes())
    };
    let all = rows.iter().enumerate().map(identity);
    let all = FixedSizeBinaryArray::try_from_sparse_iter_with_size(all, 16)?;
    Ok(Arc::new(all))
}

/// The tag of each row's distinct value; none where it has none.
fn value_tags(arrays: &[ArrayRef], choice: &Choice) -> Result<ArrayRef> {
    let [units, identities] = arrays else {
        return Err(layout("columns are missing"));
    };
    let tags = (0..units.len()).map(|row| {
        let Some(identity) = identity(identities, row)? else {
            return Ok(None);
        };
        let mut room = Vec::new();
        let mut tags = choice.value_tags(unit(units, row)?, std::iter::once(identity), &mut room);
        Ok(tags.next().map(|tag| format!("{tag:032x}")))
    });
    let tags = tags.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StringArray::from(tags)))
}

/// Bounds `rows`, `[unit, keys…, values…, distinct…]` in any order, in a session of its own; the totals are laid
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
    let columns_counted = bounding.distinct.len();
    let key = |i: usize| format!("k{i}");
    let names: Vec<String> = std::iter::once("u".to_owned())
        .chain((0..keys).map(key))
        .chain((0..lanes).map(|i| format!("v{i}")))
        .chain((0..columns_counted).map(|i| format!("d{i}")))
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
            let Some((number, values)) = values.split_last() else {
                return u128::MAX;
            };
            for array in values {
                let block = match array.as_primitive_opt::<Int64Type>() {
                    Some(values) => encoded(values.is_valid(row).then(|| values.value(row))),
                    None => identity(array, row).ok().flatten().unwrap_or_default(),
                };
                choice.absorb(&mut tag, std::iter::once(block), &mut Vec::new());
            }
            let numbers = number.as_primitive_opt::<UInt64Type>();
            let number = numbers.map_or(u64::MAX, |numbers| numbers.value(row));
            choice.number(&mut tag, &[number], &mut Vec::new());
            tag.first().copied().unwrap_or_default()
        };
        tags(arrays, tag, &choice)
    };
    from.extend(vec![DataType::Int64; lanes]);
    from.extend(vec![DataType::FixedSizeBinary(16); columns_counted]);
    let whole = DataType::Binary;
    register(context, "whole", &from, whole, Arc::new(wholes));
    from.push(DataType::UInt64);
    register(context, "row_tag", &from, DataType::Utf8, Arc::new(row_tag));
    for (i, kind) in kinds.iter().skip(1 + keys + lanes).enumerate() {
        let (choice, counted) = (bounding.choice.clone(), kind.clone());
        let identity = move |arrays: &[ArrayRef]| identities(arrays, &counted, &choice);
        let name = format!("identity{i}");
        let binary = DataType::FixedSizeBinary(16);
        register(
            context,
            &name,
            std::slice::from_ref(kind),
            binary,
            Arc::new(identity),
        );
    }
    let choice = bounding.choice.clone();
    register(
        context,
        "value_tag",
        &[DataType::FixedSizeBinary(16), DataType::FixedSizeBinary(16)],
        DataType::Utf8,
        Arc::new(move |arrays: &[ArrayRef]| value_tags(arrays, &choice)),
    );
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
    let counted = bounding.distinct.len();
    let named = list(&|i| format!("identity{i}(d{i}) AS d{i}"), counted);
    let counts = list(&|i| format!("d{i}"), counted);
    // Equal values have one place, and nulls the last.
    let place = |i| {
        format!(
            "DENSE_RANK() OVER (PARTITION BY u, g ORDER BY value_tag(u, d{i}) NULLS LAST) AS place{i}"
        )
    };
    let places = list(&place, counted);
    let union = |i| {
        let most = bounding.caps.distinct.get(i).copied().unwrap_or_default();
        format!("ARRAY_AGG(DISTINCT d{i}) FILTER (WHERE place{i} <= {most} AND d{i} IS NOT NULL)")
    };
    let unions = list(&union, counted);
    format!(
        "WITH clamped AS (SELECT u, group_of(u{keys}) AS g{fixed}{named} FROM rows),
              numbered AS (
                SELECT u, g{values}{counts},
                       ROW_NUMBER() OVER (PARTITION BY whole(u, g{values}{counts})) AS number
                FROM clamped WHERE inside(g)),
              placed AS (
                SELECT u, g{values}{counts},
                       ROW_NUMBER() OVER (PARTITION BY u, g ORDER BY row_tag(u, g{values}{counts}, number)) AS row_place,
                       DENSE_RANK() OVER (PARTITION BY u ORDER BY group_tag(u, g)) AS group_place
                FROM numbered),
              kept AS (
                SELECT u, g{values}{counts}{places}
                FROM placed WHERE row_place <= {} AND group_place <= {})
         SELECT g, COUNT(DISTINCT u), COUNT(*){sums}{unions} FROM kept GROUP BY g",
        bounding.caps.rows, bounding.caps.groups
    )
}
