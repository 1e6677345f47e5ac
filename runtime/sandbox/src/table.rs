//! Tables as a job sees them: the plain Rust mirror of `interface tables` in `sandbox.wit`.

/// The values of one column. Where [`Column::valid`] is false, the value is a default of its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Truth values.
    Bools(Vec<bool>),
    /// Whole numbers.
    Int64s(Vec<i64>),
    /// Floating-point numbers.
    Float64s(Vec<f64>),
    /// Text.
    Strings(Vec<String>),
    /// Days since 1970-01-01.
    Dates(Vec<i32>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamps(Vec<i64>),
    /// Exact decimals: each value is `units × 10^-scale`.
    Decimals {
        /// Digits after the decimal point.
        scale: u8,
        /// The values, in units of `10^-scale`.
        units: Vec<i64>,
    },
}

/// What a value of a column of strings costs on the host beyond its bytes.
pub(crate) const STRING_OVERHEAD: u64 = 24;

impl Values {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Bools(v) => v.len(),
            Self::Int64s(v) | Self::Timestamps(v) | Self::Decimals { units: v, .. } => v.len(),
            Self::Float64s(v) => v.len(),
            Self::Strings(v) => v.len(),
            Self::Dates(v) => v.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn bytes(&self) -> u64 {
        let rows = self.len() as u64;
        match self {
            Self::Bools(_) => rows,
            Self::Dates(_) => rows.saturating_mul(4),
            Self::Int64s(_) | Self::Float64s(_) | Self::Timestamps(_) | Self::Decimals { .. } => {
                rows.saturating_mul(8)
            }
            Self::Strings(v) => v.iter().fold(0u64, |sum, s| {
                sum.saturating_add(STRING_OVERHEAD)
                    .saturating_add(s.len() as u64)
            }),
        }
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values, one a row.
    pub values: Values,
    /// One flag a row; empty where no value is null.
    pub valid: Vec<bool>,
    /// Half of the 95 % noise interval, one a row, where the column is a released value.
    pub half_widths: Option<Vec<f64>>,
}

/// What a column costs beyond its name and values: its record on the host.
pub(crate) const COLUMN_OVERHEAD: u64 = 64;

/// Columns of equal length. A table from a guest is well-typed, but its lengths are not compared:
/// see [`Table::rows`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
}

impl Table {
    /// Number of rows, if every column, its `valid` (unless empty) and its `half_widths` agree.
    pub fn rows(&self) -> Option<usize> {
        let rows = self.columns.first().map_or(0, |c| c.values.len());
        let fits = |c: &Column| {
            c.values.len() == rows
                && (c.valid.is_empty() || c.valid.len() == rows)
                && c.half_widths.as_ref().is_none_or(|h| h.len() == rows)
        };
        self.columns.iter().all(fits).then_some(rows)
    }

    /// Bytes this table counts for in the limits on returned and output bytes: 8 a number, 4 a
    /// date, 1 a flag, 24 and its UTF-8 length a string, 64 and its name a column.
    pub fn bytes(&self) -> u64 {
        self.columns.iter().fold(0u64, |sum, c| {
            let halves = c.half_widths.as_ref().map_or(0, |h| h.len() as u64);
            sum.saturating_add(COLUMN_OVERHEAD)
                .saturating_add(c.name.len() as u64)
                .saturating_add(c.values.bytes())
                .saturating_add(c.valid.len() as u64)
                .saturating_add(halves.saturating_mul(8))
        })
    }
}
