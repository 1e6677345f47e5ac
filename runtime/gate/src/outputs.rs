//! Vetting outputs: what a job hands over against what its manifest declared.
//!
//! A guest can put any number into a table, half-widths included. A noise interval therefore stands
//! only where value *and* half-width are those of one release of this job, row by row; any other
//! column is marked derived, and an output that requires its interval is refused.

use irongate_policy::manifest::{IntervalRule, Output, OutputColumn, OutputType};
use irongate_sandbox::table::{Column, Table, Values};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The longest text in an output cell, in bytes.
pub const MAX_CELL_BYTES: usize = 256;

/// Where a column's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Unchanged values of one release, with their noise intervals.
    Released,
    /// Computed by the job, or values without an interval.
    Derived,
}

/// An output that fits its declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Vetted {
    /// Its declared name.
    pub name: String,
    /// The table; half-widths stand only where they are authentic.
    pub table: Table,
    /// One a column.
    pub provenance: Vec<Provenance>,
}

impl Vetted {
    /// An answer to one question: a released table, as it is.
    pub fn of_answer(table: Table) -> Self {
        let provenance = table.columns.iter().map(|column| match column.half_widths {
            Some(_) => Provenance::Released,
            None => Provenance::Derived,
        });
        Self {
            name: "answer".to_owned(),
            provenance: provenance.collect(),
            table,
        }
    }
}

/// Every value with a noise interval that a job was given, one set a released column.
#[derive(Debug, Default)]
pub struct ReleasedValues(Vec<HashSet<Cell>>);

impl ReleasedValues {
    /// Notes what the job is about to be given.
    pub fn note(&mut self, table: &Table) {
        self.0.extend(
            table
                .columns
                .iter()
                .filter_map(pairs)
                .map(|pairs| pairs.into_iter().collect()),
        );
    }

    /// Whether every row's value and half-width stand in one released column.
    fn hold(&self, column: &Column) -> bool {
        pairs(column).is_some_and(|pairs| {
            self.0
                .iter()
                .any(|known| pairs.iter().all(|pair| known.contains(pair)))
        })
    }
}

/// A value (none where it is null) and its half-width, as bits.
type Cell = (Option<u64>, u64);

/// Every row's cell, or nothing where the column has no half-widths, or not one a row.
fn pairs(column: &Column) -> Option<Vec<Cell>> {
    let widths = column.half_widths.as_ref()?;
    let values: Vec<u64> = match &column.values {
        Values::Int64s(values) => values.iter().map(|v| v.cast_unsigned()).collect(),
        Values::Float64s(values) => values.iter().map(|v| v.to_bits()).collect(),
        Values::Decimals { units, .. } => units.iter().map(|v| v.cast_unsigned()).collect(),
        Values::Bools(_) | Values::Strings(_) | Values::Dates(_) | Values::Timestamps(_) => {
            return None;
        }
    };
    if widths.len() != values.len() {
        return None;
    }
    let is_valid =
        |row: usize| column.valid.is_empty() || column.valid.get(row).copied().unwrap_or(false);
    let pair = |(row, (value, width)): (usize, (u64, &f64))| {
        (is_valid(row).then_some(value), width.to_bits())
    };
    Some(
        values
            .into_iter()
            .zip(widths)
            .enumerate()
            .map(pair)
            .collect(),
    )
}

/// Checks a table against its declaration and drops intervals that are not authentic.
///
/// # Errors
/// Every way in which the table does not fit, without any value of it.
pub fn vet(
    declared: &Output,
    table: Table,
    released: &ReleasedValues,
) -> Result<Vetted, Vec<String>> {
    let mut problems = Vec::new();
    let name = &declared.name;
    let got: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let wanted: Vec<&str> = declared
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    if got != wanted {
        return Err(vec![format!(
            "output `{name}`: its columns are not the declared ones, in declared order"
        )]);
    }
    let rows = table
        .columns
        .first()
        .map_or(0, |column| row_count(&column.values));
    if rows as u64 > declared.max_rows {
        problems.push(format!(
            "output `{name}`: more rows than the {} declared",
            declared.max_rows
        ));
    }
    let mut provenance = Vec::new();
    let mut columns = Vec::new();
    for (wanted, mut column) in declared.columns.iter().zip(table.columns) {
        let is_authentic = wanted.interval != IntervalRule::None && released.hold(&column);
        column.values = as_declared(column.values, wanted.kind);
        problems.extend(
            column_problems(wanted, &column, rows)
                .into_iter()
                .map(|p| format!("output `{name}`: {p}")),
        );
        if !is_authentic {
            column.half_widths = None;
            if wanted.interval == IntervalRule::Required {
                problems.push(format!(
                    "output `{name}`: column `{}` must carry its noise interval; emit the released column unchanged",
                    wanted.name
                ));
            }
        }
        provenance.push(if is_authentic {
            Provenance::Released
        } else {
            Provenance::Derived
        });
        columns.push(column);
    }
    if problems.is_empty() {
        Ok(Vetted {
            name: name.clone(),
            table: Table { columns },
            provenance,
        })
    } else {
        Err(problems)
    }
}

fn row_count(values: &Values) -> usize {
    match values {
        Values::Bools(v) => v.len(),
        Values::Int64s(v) | Values::Timestamps(v) => v.len(),
        Values::Float64s(v) => v.len(),
        Values::Strings(v) => v.len(),
        Values::Dates(v) => v.len(),
        Values::Decimals { units, .. } => units.len(),
    }
}

/// Decimals, such as means of them, leave as the nearest doubles where these are declared: files have no other type for
/// them. Anything else is as it came.
fn as_declared(values: Values, kind: OutputType) -> Values {
    match (values, kind) {
        (Values::Decimals { scale, units }, OutputType::Float64) => {
            let one = 10_f64.powi(i32::from(scale));
            Values::Float64s(units.into_iter().map(|units| units as f64 / one).collect())
        }
        (other, _) => other,
    }
}

fn column_problems(wanted: &OutputColumn, column: &Column, rows: usize) -> Vec<String> {
    let mut problems = Vec::new();
    let name = &wanted.name;
    let fits = match (&column.values, wanted.kind) {
        (Values::Bools(_), OutputType::Bool)
        | (Values::Int64s(_), OutputType::Int64)
        | (Values::Float64s(_), OutputType::Float64)
        | (Values::Strings(_), OutputType::String)
        | (Values::Dates(_), OutputType::Date)
        | (Values::Timestamps(_), OutputType::Timestamp) => true,
        (
            Values::Bools(_)
            | Values::Int64s(_)
            | Values::Float64s(_)
            | Values::Strings(_)
            | Values::Dates(_)
            | Values::Timestamps(_)
            | Values::Decimals { .. },
            _,
        ) => false,
    };
    if !fits {
        problems.push(format!("column `{name}` is not of the declared type"));
    }
    let has_rows = row_count(&column.values) == rows
        && (column.valid.is_empty() || column.valid.len() == rows);
    if !has_rows {
        problems.push(format!(
            "column `{name}` has another number of rows than the first"
        ));
    }
    if !wanted.null && column.valid.iter().any(|valid| !valid) {
        problems.push(format!("column `{name}` has nulls, and none are declared"));
    }
    if let Values::Strings(values) = &column.values
        && values.iter().any(|text| text.len() > MAX_CELL_BYTES)
    {
        problems.push(format!(
            "column `{name}` has a text longer than {MAX_CELL_BYTES} bytes"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(interval: IntervalRule) -> Output {
        let column = |name: &str, kind, null, interval| OutputColumn {
            name: name.into(),
            kind,
            null,
            interval,
        };
        Output {
            name: "visits".into(),
            max_rows: 2,
            required: true,
            columns: vec![
                column("year", OutputType::Int64, false, IntervalRule::None),
                column("mean", OutputType::Float64, true, interval),
            ],
        }
    }

    fn table(years: &[i64], means: &[f64], widths: Option<&[f64]>) -> Table {
        let column = |name: &str, values, half_widths: Option<&[f64]>| Column {
            name: name.into(),
            values,
            valid: Vec::new(),
            half_widths: half_widths.map(<[f64]>::to_vec),
        };
        Table {
            columns: vec![
                column("year", Values::Int64s(years.to_vec()), None),
                column("mean", Values::Float64s(means.to_vec()), widths),
            ],
        }
    }

    fn released() -> ReleasedValues {
        let mut released = ReleasedValues::default();
        released.note(&table(&[1984, 1985], &[3.5, 4.5], Some(&[0.25, 0.5])));
        released
    }

    #[test]
    fn an_interval_stands_only_on_an_unchanged_released_column() {
        let outcome = |means: &[f64], widths: Option<&[f64]>| {
            let years: Vec<i64> = (0..means.len() as i64).collect();
            vet(
                &declared(IntervalRule::Optional),
                table(&years, means, widths),
                &released(),
            )
            .unwrap()
            .provenance[1]
        };
        assert_eq!(
            outcome(&[3.5, 4.5], Some(&[0.25, 0.5])),
            Provenance::Released
        );
        assert_eq!(
            outcome(&[4.5], Some(&[0.5])),
            Provenance::Released,
            "a row left out"
        );
        assert_eq!(
            outcome(&[3.5, 4.6], Some(&[0.25, 0.5])),
            Provenance::Derived,
            "a changed value"
        );
        assert_eq!(
            outcome(&[3.5, 4.5], Some(&[0.25, 0.1])),
            Provenance::Derived,
            "a forged width"
        );
        assert_eq!(
            outcome(&[3.5, 4.5], Some(&[0.5, 0.25])),
            Provenance::Derived,
            "widths swapped"
        );
        assert_eq!(
            outcome(&[3.5, 4.5], Some(&[0.25])),
            Provenance::Derived,
            "a width missing"
        );
        assert_eq!(outcome(&[3.5, 4.5], None), Provenance::Derived);
    }

    #[test]
    fn decimals_leave_as_doubles_and_keep_their_intervals() {
        let mut decimal = table(&[1984], &[3.5], Some(&[0.25]));
        decimal.columns[1].values = Values::Decimals {
            scale: 2,
            units: vec![350],
        };
        let mut released = ReleasedValues::default();
        released.note(&decimal);
        let vetted = vet(&declared(IntervalRule::Required), decimal, &released).unwrap();
        assert_eq!(vetted.table.columns[1].values, Values::Float64s(vec![3.5]));
        assert_eq!(vetted.table.columns[1].half_widths, Some(vec![0.25]));
    }

    #[test]
    fn a_forged_interval_is_dropped_and_a_required_one_refused() {
        let forged = || table(&[1984], &[9.0], Some(&[0.001]));
        let vetted = vet(&declared(IntervalRule::Optional), forged(), &released()).unwrap();
        assert_eq!(vetted.table.columns[1].half_widths, None);
        let problems = vet(&declared(IntervalRule::Required), forged(), &released()).unwrap_err();
        assert!(
            problems[0].contains("must carry its noise interval"),
            "{problems:?}"
        );
    }

    #[test]
    fn what_does_not_fit_its_declaration_is_refused() {
        let check = |change: fn(&mut Table), expected: &str| {
            let mut changed = table(&[1984, 1985], &[3.5, 4.5], None);
            change(&mut changed);
            let problems = vet(&declared(IntervalRule::None), changed, &released()).unwrap_err();
            assert!(
                problems.iter().any(|p| p.contains(expected)),
                "{expected}: {problems:?}"
            );
        };
        check(
            |t| t.columns[0].name = "age".into(),
            "not the declared ones",
        );
        check(|t| t.columns.reverse(), "not the declared ones");
        check(|t| drop(t.columns.pop()), "not the declared ones");
        check(
            |t| t.columns[1].values = Values::Int64s(vec![1, 2]),
            "not of the declared type",
        );
        check(
            |t| t.columns[1].values = Values::Float64s(vec![1.0]),
            "another number of rows",
        );
        check(
            |t| t.columns[1].valid = vec![true],
            "another number of rows",
        );
        check(
            |t| t.columns[0].valid = vec![true, false],
            "none are declared",
        );
        check(
            |t| *t = table(&[1, 2, 3], &[1.0, 2.0, 3.0], None),
            "more rows",
        );
    }
}
