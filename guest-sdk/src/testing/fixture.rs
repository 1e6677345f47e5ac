//! Fixtures as CSV files whose header gives the types.

use crate::{Column, Error, Kind, Result, Table, Timestamp, Value};
use std::path::Path;

/// What stands under a header cell.
enum Role {
    Values(Kind),
    HalfWidths,
}

fn role(text: &str) -> Option<Role> {
    Some(Role::Values(match text {
        "bool" => Kind::Bool,
        "int64" => Kind::Int64,
        "float64" => Kind::Float64,
        "string" => Kind::String,
        "date" => Kind::Date,
        "timestamp" => Kind::Timestamp,
        "decimal" => Kind::Decimal,
        "half_width" => return Some(Role::HalfWidths),
        _ => return None,
    }))
}

fn value(kind: Kind, text: &str) -> Option<Value> {
    if text.is_empty() {
        return Some(Value::Null);
    }
    match kind {
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::Int64 => text.parse().ok().map(Value::Int64),
        Kind::Float64 => text.parse().ok().map(Value::Float64),
        Kind::String => Some(Value::String(text.to_owned())),
        Kind::Date => text.parse().ok().map(Value::Date),
        Kind::Timestamp => text
            .parse()
            .ok()
            .map(|micros| Value::Timestamp(Timestamp::from_micros(micros))),
        Kind::Decimal => text.parse().ok().map(Value::Decimal),
    }
}

pub(crate) fn read(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Error::guest(format!("{}: {cause}", path.display())))?;
    parse(&text).map_err(|cause| Error::guest(format!("{}: {cause}", path.display())))
}

fn parse(text: &str) -> Result<Table, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|cause| cause.to_string())?.clone();
    let mut lists: Vec<Vec<String>> = vec![Vec::new(); header.len()];
    for record in reader.records() {
        let record = record.map_err(|cause| cause.to_string())?;
        for (list, field) in lists.iter_mut().zip(&record) {
            list.push(field.to_owned());
        }
    }
    let mut half_widths: Vec<(String, Vec<f64>)> = Vec::new();
    let mut columns = Vec::new();
    for (cell, list) in header.iter().zip(&lists) {
        let unknown =
            || format!("header `{cell}`: write NAME:TYPE, like `year:int64`, or NAME:half_width");
        let (name, kind) = cell.split_once(':').ok_or_else(unknown)?;
        let wrong =
            |row: usize| format!("line {}, column `{cell}`: no value of this type", row + 2);
        match role(kind).ok_or_else(unknown)? {
            Role::Values(kind) => {
                let values = list
                    .iter()
                    .enumerate()
                    .map(|(row, text)| value(kind, text).ok_or_else(|| wrong(row)));
                let values = values.collect::<Result<Vec<_>, _>>()?;
                columns.push(
                    Column::from_values(name, kind, &values).map_err(|cause| cause.to_string())?,
                );
            }
            Role::HalfWidths => {
                // A null value has no interval worth naming.
                let read = |(row, text): (usize, &String)| match text.as_str() {
                    "" => Ok(0.0),
                    text => text.parse().map_err(|_| wrong(row)),
                };
                half_widths.push((
                    name.to_owned(),
                    list.iter()
                        .enumerate()
                        .map(read)
                        .collect::<Result<_, _>>()?,
                ));
            }
        }
    }
    for (name, list) in half_widths {
        let column = columns.iter_mut().find(|column| column.name() == name);
        let column =
            column.ok_or_else(|| format!("`{name}:half_width` without a column `{name}`"))?;
        *column = Column::from_parts(
            name,
            column.values().clone(),
            column.valid().to_vec(),
            Some(list),
        )
        .map_err(|cause| cause.to_string())?;
    }
    Table::new(columns).map_err(|cause| cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Values;

    #[test]
    fn reads_types_nulls_and_intervals() {
        let table = parse(
            "day:date,n:float64,n:half_width,name:string\n2026-01-02,1.5,0.2,\"a, b\"\n,,,x\n",
        )
        .unwrap();
        assert_eq!(
            table.column("day").unwrap().values(),
            &Values::Dates(vec![20_455, 0])
        );
        let n = table.column("n").unwrap();
        assert_eq!(
            (n.value(0), n.value(1)),
            (Some(Value::Float64(1.5)), Some(Value::Null))
        );
        assert_eq!(n.half_widths(), Some(&[0.2, 0.0][..]));
        assert_eq!(
            table.column("name").unwrap().value(0),
            Some(Value::String("a, b".into()))
        );
    }

    #[test]
    fn says_where_a_fixture_is_wrong() {
        for (text, part) in [
            ("year\n1\n", "header `year`"),
            ("year:int\n1\n", "header `year:int`"),
            ("year:int64\n1984\n19x\n", "line 3, column `year:int64`"),
            ("year:half_width\n1\n", "without a column `year`"),
            ("a:int64,b:int64\n1\n", "fields"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
