//! Tables: typed columns of equal length.

use crate::{Cells, Date, Decimal, Error, Kind, Result, Row, Timestamp, Value};

/// The values of one column, in the form the gate takes. A null row holds a default.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Truth values.
    Bools(Vec<bool>),
    /// Signed integers of 64 bits.
    Int64s(Vec<i64>),
    /// Doubles.
    Float64s(Vec<f64>),
    /// Texts.
    Strings(Vec<String>),
    /// Days since 1970-01-01.
    Dates(Vec<i32>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamps(Vec<i64>),
    /// Exact decimals: each is `units × 10^-scale`.
    Decimals {
        /// Digits after the point, of every value.
        scale: u8,
        /// The values.
        units: Vec<i64>,
    },
}

/// Runs `$body` over the list of any variant.
macro_rules! each {
    ($values:expr, $list:ident => $body:expr) => {
        match $values {
            Values::Bools($list) => $body,
            Values::Int64s($list) | Values::Timestamps($list) => $body,
            Values::Float64s($list) => $body,
            Values::Strings($list) => $body,
            Values::Dates($list) => $body,
            Values::Decimals { units: $list, .. } => $body,
        }
    };
}

fn pick<T: Clone>(list: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter()
        .filter_map(|row| list.get(*row).cloned())
        .collect()
}

impl Values {
    /// How many rows.
    pub fn len(&self) -> usize {
        each!(self, list => list.len())
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Bools(_) => Kind::Bool,
            Self::Int64s(_) => Kind::Int64,
            Self::Float64s(_) => Kind::Float64,
            Self::Strings(_) => Kind::String,
            Self::Dates(_) => Kind::Date,
            Self::Timestamps(_) => Kind::Timestamp,
            Self::Decimals { .. } => Kind::Decimal,
        }
    }

    fn keep(&mut self, rows: &[usize]) {
        each!(self, list => *list = pick(list, rows));
    }

    fn get(&self, row: usize) -> Option<Value> {
        Some(match self {
            Self::Bools(list) => Value::Bool(*list.get(row)?),
            Self::Int64s(list) => Value::Int64(*list.get(row)?),
            Self::Float64s(list) => Value::Float64(*list.get(row)?),
            Self::Strings(list) => Value::String(list.get(row)?.clone()),
            Self::Dates(list) => Value::Date(Date::from_days(*list.get(row)?)),
            Self::Timestamps(list) => Value::Timestamp(Timestamp::from_micros(*list.get(row)?)),
            Self::Decimals { scale, units } => {
                Value::Decimal(Decimal::new(*units.get(row)?, *scale)?)
            }
        })
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    name: String,
    values: Values,
    valid: Vec<bool>,
    half_widths: Option<Vec<f64>>,
}

impl Column {
    /// A column without nulls and without noise intervals.
    pub fn new(name: impl Into<String>, values: Values) -> Self {
        Self {
            name: name.into(),
            values,
            valid: Vec::new(),
            half_widths: None,
        }
    }

    /// A column as the gate gives it: `valid` is empty or has one flag a row; `half_widths` has one
    /// a row.
    ///
    /// # Errors
    /// [`Error::Guest`] if the lengths differ.
    pub fn from_parts(
        name: impl Into<String>,
        values: Values,
        valid: Vec<bool>,
        half_widths: Option<Vec<f64>>,
    ) -> Result<Self> {
        let (name, rows) = (name.into(), values.len());
        let fits = |length: usize| length == rows;
        if !(valid.is_empty() || fits(valid.len()))
            || !half_widths.as_ref().is_none_or(|list| fits(list.len()))
        {
            return Err(Error::guest(format!(
                "column `{name}`: validity or intervals are not one a row"
            )));
        }
        Ok(Self {
            name,
            values,
            valid,
            half_widths,
        })
    }

    /// A column of single values; all are of `kind` or null, and decimals get the scale of the
    /// finest.
    ///
    /// # Errors
    /// [`Error::Guest`] names the first row that does not fit.
    pub fn from_values(name: impl Into<String>, kind: Kind, values: &[Value]) -> Result<Self> {
        let name = name.into();
        let scale = values.iter().fold(0, |scale, value| match value {
            Value::Decimal(number) => number.scale().max(scale),
            _ => scale,
        });
        let mut list = match kind {
            Kind::Bool => Values::Bools(Vec::new()),
            Kind::Int64 => Values::Int64s(Vec::new()),
            Kind::Float64 => Values::Float64s(Vec::new()),
            Kind::String => Values::Strings(Vec::new()),
            Kind::Date => Values::Dates(Vec::new()),
            Kind::Timestamp => Values::Timestamps(Vec::new()),
            Kind::Decimal => Values::Decimals {
                scale,
                units: Vec::new(),
            },
        };
        for (row, value) in values.iter().enumerate() {
            let pushed = match (&mut list, value) {
                (list, Value::Null) => {
                    each!(list, list => list.push(Default::default()));
                    true
                }
                (Values::Bools(list), Value::Bool(v)) => push(list, *v),
                (Values::Int64s(list), Value::Int64(v)) => push(list, *v),
                (Values::Float64s(list), Value::Float64(v)) => push(list, *v),
                (Values::Strings(list), Value::String(v)) => push(list, v.clone()),
                (Values::Dates(list), Value::Date(v)) => push(list, v.days()),
                (Values::Timestamps(list), Value::Timestamp(v)) => push(list, v.micros()),
                (Values::Decimals { units, .. }, Value::Decimal(v)) => {
                    v.rescaled(scale).is_some_and(|v| push(units, v.units()))
                }
                _ => false,
            };
            if !pushed {
                return Err(Error::guest(format!(
                    "column `{name}`, row {row}: the value is no {kind} of this column"
                )));
            }
        }
        let mut valid: Vec<bool> = values.iter().map(|value| *value != Value::Null).collect();
        if valid.iter().all(|valid| *valid) {
            valid.clear();
        }
        Ok(Self {
            name,
            values: list,
            valid,
            half_widths: None,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its values; where [`Column::is_valid`] is false, a default.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Its type.
    pub fn kind(&self) -> Kind {
        self.values.kind()
    }

    /// Whether this row has a value.
    pub fn is_valid(&self, row: usize) -> bool {
        row < self.values.len() && (self.valid.is_empty() || self.valid.get(row) == Some(&true))
    }

    /// Whether some row has no value.
    pub fn has_nulls(&self) -> bool {
        self.valid.contains(&false)
    }

    /// The value of this row; nothing beyond the last.
    pub fn value(&self, row: usize) -> Option<Value> {
        let value = self.values.get(row)?;
        Some(if self.is_valid(row) {
            value
        } else {
            Value::Null
        })
    }

    /// Half of the 95 % noise interval of each row, where the column is a released value.
    pub fn half_widths(&self) -> Option<&[f64]> {
        self.half_widths.as_deref()
    }

    /// Half of the 95 % noise interval of this row.
    pub fn half_width(&self, row: usize) -> Option<f64> {
        self.half_widths.as_ref()?.get(row).copied()
    }

    /// One flag a row; empty where no value is null.
    pub(crate) fn valid(&self) -> &[bool] {
        &self.valid
    }

    fn keep(&mut self, rows: &[usize]) {
        self.values.keep(rows);
        self.valid = pick(&self.valid, rows);
        self.half_widths = self.half_widths.as_ref().map(|list| pick(list, rows));
    }
}

fn push<T>(list: &mut Vec<T>, value: T) -> bool {
    list.push(value);
    true
}

/// A table. Choosing, renaming and ordering keep released values and their noise intervals; a
/// column that the job adds has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// [`Error::Guest`] if lengths differ or a name stands twice.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        columns
            .into_iter()
            .try_fold(Self::default(), Self::with_column)
    }

    /// A table made of rows. Its values are the job's own: it has no noise intervals.
    ///
    /// # Errors
    /// [`Error::Guest`] if decimals of one column do not fit a common scale.
    pub fn from_rows<R: Row>(rows: &[R]) -> Result<Self> {
        let names = R::columns();
        let mut lists: Vec<Vec<Value>> = vec![Vec::with_capacity(rows.len()); names.len()];
        for row in rows {
            for (list, value) in lists.iter_mut().zip(row.to_values()) {
                list.push(value);
            }
        }
        let columns = names
            .iter()
            .zip(&lists)
            .map(|((name, kind), list)| Column::from_values(*name, *kind, list));
        Self::new(columns.collect::<Result<_>>()?)
    }

    /// The rows, as structs.
    ///
    /// # Errors
    /// [`Error::Guest`] names the column that is missing or of another type.
    pub fn rows<R: Row>(&self) -> Result<Vec<R>> {
        (0..self.row_count())
            .map(|row| R::from_cells(&Cells::new(self, row)))
            .collect()
    }

    /// How many rows.
    pub fn row_count(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    ///
    /// # Errors
    /// [`Error::Guest`] if there is none; it names those there are.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .ok_or_else(|| {
                let names: Vec<_> = self.columns.iter().map(Column::name).collect();
                Error::guest(format!(
                    "no column `{name}`; there are: {}",
                    names.join(", ")
                ))
            })
    }

    /// With one more column at the end.
    ///
    /// # Errors
    /// [`Error::Guest`] if it has another length or its name is taken.
    pub fn with_column(mut self, column: Column) -> Result<Self> {
        let name = &column.name;
        if self.columns.iter().any(|other| other.name == *name) {
            return Err(Error::guest(format!("two columns `{name}`")));
        }
        if !self.columns.is_empty() && column.values.len() != self.row_count() {
            return Err(Error::guest(format!(
                "column `{name}` is not as long as the table"
            )));
        }
        self.columns.push(column);
        Ok(self)
    }

    /// These columns alone, in this order.
    ///
    /// # Errors
    /// [`Error::Guest`] if there is no such column or one is named twice.
    pub fn select(&self, names: &[&str]) -> Result<Self> {
        Self::new(
            names
                .iter()
                .map(|name| self.column(name).cloned())
                .collect::<Result<_>>()?,
        )
    }

    /// With a column renamed.
    ///
    /// # Errors
    /// [`Error::Guest`] if there is no such column or the new name is taken.
    pub fn rename(mut self, from: &str, to: &str) -> Result<Self> {
        self.column(from)?;
        for column in &mut self.columns {
            if column.name == from {
                column.name = to.to_owned();
            }
        }
        Self::new(self.columns)
    }

    /// The rows for which `keep` says yes.
    ///
    /// # Errors
    /// What `keep` says.
    pub fn filter(mut self, mut keep: impl FnMut(&Cells<'_>) -> Result<bool>) -> Result<Self> {
        let mut rows = Vec::new();
        for row in 0..self.row_count() {
            if keep(&Cells::new(&self, row))? {
                rows.push(row);
            }
        }
        self.keep(&rows);
        Ok(self)
    }

    /// The rows ordered by a key; equal keys keep their order.
    ///
    /// # Errors
    /// What `key` says.
    pub fn sort_by_key<K: Ord>(
        mut self,
        mut key: impl FnMut(&Cells<'_>) -> Result<K>,
    ) -> Result<Self> {
        let mut rows = (0..self.row_count())
            .map(|row| Ok((key(&Cells::new(&self, row))?, row)))
            .collect::<Result<Vec<_>>>()?;
        rows.sort();
        let rows: Vec<usize> = rows.into_iter().map(|(_, row)| row).collect();
        self.keep(&rows);
        Ok(self)
    }

    fn keep(&mut self, rows: &[usize]) {
        for column in &mut self.columns {
            column.keep(rows);
        }
    }
}

#[cfg(test)]
mod tests;
