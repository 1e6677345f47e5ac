//! Dataset specs: what a provider declares about a dataset, from outside the data.
//!
//! Everything here is *public metadata*: no value in it is measured. The engine computes
//! bounds and costs from it alone, and the synthetic twin is generated from it alone.

use crate::{Currency, DatasetId, Decimal, ElementId, Grade, NamespaceId, PartyId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::mem::Discriminant;

pub mod parse;
mod value;

/// The name under which a composite unit appears as a column; no spec may declare it.
pub const UNIT_COLUMN: &str = "unit";

/// A text in Chinese and English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A checked dataset spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetSpec {
    /// The dataset's name in the catalog and in SQL.
    pub name: DatasetId,
    /// Its title.
    pub title: Bilingual,
    /// Who provides it (数据提供单位).
    pub provider: PartyId,
    /// The industry regulator who consents with the provider (行业主管部门).
    pub regulator: PartyId,
    /// The one authoritative source element (一数一源).
    pub source_element: ElementId,
    /// Why it may be processed.
    pub legal_basis: String,
    /// How often the provider promises a new version.
    pub update_frequency: UpdateFrequency,
    /// How its file is read.
    pub source: Source,
    /// Whether it holds privacy units.
    pub protection: Protection,
    /// Its columns, in declared order, unit columns included.
    pub columns: Vec<Column>,
}

/// Whether rows belong to privacy units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protection {
    /// A public table (a spec with no `[unit]`): reading it costs nothing.
    Public,
    /// Each row belongs to one privacy unit.
    Protected(Box<Protected>),
}

/// What is declared about a protected dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protected {
    /// The privacy unit.
    pub unit: Unit,
    /// The namespace's budget, for life.
    pub budget: Budget,
    /// An upper bound on the number of units, declared.
    pub units_at_most: u64,
    /// How large the dataset is, roughly.
    pub size_class: SizeClass,
}

/// The privacy unit of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// The population the unit belongs to.
    pub namespace: NamespaceId,
    /// Namespaces that hold some of the same persons: whatever is lost in one of them is charged to all.
    pub linked: BTreeSet<NamespaceId>,
    /// The columns that name the unit; a null in any drops the row. They are not stored.
    pub columns: Vec<String>,
    /// Rows a unit may have; those beyond are dropped by keyed hash.
    pub max_rows: u32,
    /// Columns in which two rows of one unit may not agree; later duplicates are dropped.
    pub unique_within_unit: Vec<String>,
}

/// A budget as declared or granted: decimals, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// What the account counts.
    pub currency: Currency,
    /// The most that may ever be charged, in the currency.
    pub cap: Decimal,
    /// The most δ that may ever be charged.
    pub delta: Decimal,
}

/// How often a new version is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum UpdateFrequency {
    None,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Declared size: small is up to 1 million rows, medium up to 100 million, large beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum SizeClass {
    Small,
    Medium,
    Large,
}

/// How a dataset's file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file's format.
    pub format: Format,
    /// Texts that stand for null (CSV).
    pub null_values: Vec<String>,
    /// Columns of the file to leave out; any other undeclared column is an error.
    pub ignore: Vec<String>,
}

/// A file format that can be ingested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    Csv,
    Parquet,
    Jsonl,
}

/// One declared column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name: `[a-z_][a-z0-9_]{0,62}`.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
    /// What it is for.
    pub role: Role,
    /// Its grade (its own, or the dataset's).
    pub grade: Grade,
    /// Every value it may take, in order, if declared.
    pub domain: Option<Vec<DomainValue>>,
    /// The least and the greatest value it may take, if declared.
    pub bounds: Option<Bounds>,
    /// What happens to a value outside domain or bounds.
    pub out_of_range: OutOfRange,
    /// What happens to a null.
    pub null: NullRule,
    /// The unit of measure, for people.
    pub measure: Option<String>,
}

/// The type of a column, and how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Arrow `Boolean`.
    Bool,
    /// Arrow `Int64`.
    Int64,
    /// Arrow `Decimal128(18, scale)`: the declared resolution is `10^-scale`.
    Decimal {
        /// Digits after the point.
        scale: u8,
    },
    /// Arrow `Utf8`, dictionary-encoded in Parquet; at most [`MAX_STRING_BYTES`] long.
    String,
    /// Arrow `Date32`.
    Date,
    /// Arrow `Timestamp(Microsecond, None)`, UTC.
    Timestamp,
}

/// Precision of stored decimals: the most digits that fit 64 bits.
pub const DECIMAL_PRECISION: u8 = 18;
/// The longest string value, in bytes of UTF-8; a longer one is out of range.
pub const MAX_STRING_BYTES: usize = 256;

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Names the privacy unit.
    Unit,
    /// Groups are made by it.
    Key,
    /// Is summed and averaged.
    Measure,
    /// Is filtered by.
    Attribute,
}

/// One value of a declared domain, of the column's type. Dates and timestamps are written as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum DomainValue {
    Bool(bool),
    Int(i64),
    Text(String),
}

/// The least and the greatest value of a column, both included. Dates count in days and timestamps
/// in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Bounds {
    pub lo: Decimal,
    pub hi: Decimal,
}

/// What happens to a value outside a column's domain or bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutOfRange {
    /// The row is dropped.
    Drop,
    /// The value is moved to the nearer bound.
    Clamp,
}

/// What happens to a null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NullRule {
    /// It stays null: the column is nullable.
    Keep,
    /// The row is dropped: the column is proven non-null.
    Drop,
    /// It becomes this value (in range): the column is proven non-null.
    Value(DomainValue),
}

impl DatasetSpec {
    /// The declared column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// What is declared about units, unless the dataset is public.
    pub fn protected(&self) -> Option<&Protected> {
        match &self.protection {
            Protection::Public => None,
            Protection::Protected(protected) => Some(protected),
        }
    }

    /// The name under which SQL sees the pseudonym: the unit's own column where there is just one,
    /// else [`UNIT_COLUMN`]. Nothing for a public table.
    pub fn unit_name(&self) -> Option<&str> {
        match self.protected()?.unit.columns.as_slice() {
            [only] => Some(only),
            _ => Some(UNIT_COLUMN),
        }
    }

    /// Whether both name a unit by columns of the same types in the same order, as far as its pseudonym goes: a decimal is
    /// the same at any resolution.
    pub fn names_units_as(&self, other: &Self) -> bool {
        self.unit_kinds() == other.unit_kinds()
    }

    fn unit_kinds(&self) -> Option<Vec<Option<Discriminant<ColumnType>>>> {
        let kind = |name: &String| Some(std::mem::discriminant(&self.column(name)?.kind));
        let columns = &self.protected()?.unit.columns;
        Some(columns.iter().map(kind).collect())
    }

    /// The columns that are stored under their own names: all but the unit's.
    pub fn stored_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns
            .iter()
            .filter(|column| column.role != Role::Unit)
    }
}

impl Column {
    /// Whether no stored value can be null.
    pub fn is_non_null(&self) -> bool {
        !matches!(self.null, NullRule::Keep)
    }
}
