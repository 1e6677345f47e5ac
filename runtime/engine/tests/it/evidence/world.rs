//! Random schemas over every type that can be stored, random rows for them, and the databases they make:
//! the whole one, and for each privacy unit its neighbour without it.

use crate::fixture::{column, spec, write};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, FixedSizeBinaryArray, Int64Array,
    StringArray, TimestampMicrosecondArray,
};
use irongate_engine::{Catalog, DataAccess, Table};
use irongate_policy::dataset::{Column, ColumnType, DomainValue, NullRule, Protection, Role};
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// The namespaces, and how many units each has.
pub(super) const SPACES: [(&str, u8); 2] = [("person", 8), ("firm", 5)];
/// Text that columns hold; a declared domain is the first few.
const TEXTS: [&str; 6] = ["a", "b", "c", "ab", "b-1", ""];
/// 2021 in days and in microseconds since 1970; dates of data lie around it.
const DAY: i128 = 18_628;
const DAY_MICROS: i128 = 86_400_000_000;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Null,
    Number(i128),
    Text(&'static str),
}

/// A column as statements know it.
#[derive(Debug, Clone)]
pub(super) struct Col {
    pub(super) name: String,
    pub(super) kind: ColumnType,
    /// Has declared bounds.
    pub(super) is_bounded: bool,
    pub(super) has_domain: bool,
    pub(super) is_nullable: bool,
}

/// A table: what is declared, what statements know, and its rows in unit order.
pub(super) struct Held {
    pub(super) name: String,
    /// Its place in [`SPACES`]; none if it is public.
    pub(super) space: Option<usize>,
    /// What SQL calls the unit.
    pub(super) unit: String,
    pub(super) columns: Vec<Col>,
    /// A column no two rows of a unit agree in, if one is declared.
    pub(super) unique: Option<String>,
    rows: Vec<(u8, Vec<Cell>)>,
}

/// A catalog and its rows.
pub(super) struct World {
    pub(super) catalog: Catalog,
    pub(super) tables: Vec<Held>,
    dir: tempfile::TempDir,
    /// Units from this pseudonym on are in a second file.
    cut: u8,
}

/// Files of one database: those of tables that are alike are shared with its neighbours.
#[derive(Clone)]
pub(super) struct Database(BTreeMap<String, Vec<PathBuf>>);

impl DataAccess for Database {
    fn files(&self, dataset: &DatasetId, _: &VersionId) -> Result<Vec<PathBuf>, String> {
        let files = self.0.get(dataset.as_str());
        files.cloned().ok_or_else(|| "no such table".to_owned())
    }
    fn key(&self, _: &NamespaceId) -> Result<NamespaceKey, String> {
        Ok(NamespaceKey::new([9; 32]))
    }
}

/// The pseudonym's byte of a unit: spread, so that several row groups and files hold units.
pub(super) fn pseudonym(unit: u8) -> u8 {
    unit * 31 + 1
}

/// What is declared of a column, and where its values are drawn from.
struct Made {
    column: Column,
    known: Col,
    values: Vec<Cell>,
}

fn text_of(domain: &[Cell]) -> Vec<DomainValue> {
    let value = |cell: &Cell| match cell {
        Cell::Number(number) => Some(DomainValue::Int(i64::try_from(*number).ok()?)),
        Cell::Text(text) => Some(DomainValue::Text((*text).to_owned())),
        Cell::Null => None,
    };
    domain.iter().filter_map(value).collect()
}

/// A column of a random type; values lie outside of what is declared as often as not, as if ingest had let
/// them through.
fn made(random: &mut ChaCha8Rng, name: &str, kind: ColumnType) -> Made {
    let (lo, width) = (random.random_range(-6..4), random.random_range(1..14));
    let wide = |unit: i128, from: i128| -> ((i128, i128), Vec<Cell>) {
        let (lo, hi) = (from + lo * unit, from + (lo + width) * unit);
        let steps = (lo - 5 * unit..=hi + 9 * unit).step_by(usize::try_from(unit).unwrap());
        ((lo, hi), steps.map(Cell::Number).collect())
    };
    let (bounds, mut values) = match kind {
        ColumnType::Bool => (None, vec![Cell::Number(0), Cell::Number(1)]),
        ColumnType::Int64 => {
            let (bounds, values) = wide(1, 0);
            (Some((bounds.0.to_string(), bounds.1.to_string())), values)
        }
        ColumnType::Decimal { scale } => {
            let unit = 10_i128.pow(u32::from(scale));
            let ((lo, hi), values) = wide(unit, unit / 2);
            let of = |v: i128| irongate_policy::Decimal::new(v, scale).unwrap().to_string();
            (Some((of(lo), of(hi))), values)
        }
        ColumnType::String => (None, TEXTS.map(Cell::Text).to_vec()),
        ColumnType::Date => {
            let ((lo, hi), values) = wide(60, DAY);
            (Some((lo.to_string(), hi.to_string())), values)
        }
        ColumnType::Timestamp => {
            let ((lo, hi), values) = wide(13 * DAY_MICROS, DAY * DAY_MICROS);
            (Some((lo.to_string(), hi.to_string())), values)
        }
    };
    let domain = match kind {
        ColumnType::Int64 if random.random_bool(0.4) => {
            values = (1..=4).map(Cell::Number).collect();
            Some(text_of(&values[..random.random_range(2..=3)]))
        }
        ColumnType::String if random.random_bool(0.5) => {
            values.truncate(3);
            Some(text_of(&values[..2]))
        }
        _ => None,
    };
    let bounds = bounds.filter(|_| domain.is_none() && random.random_bool(0.7));
    let null = match random.random_range(0..4) {
        0 | 1 => NullRule::Keep,
        _ => NullRule::Drop,
    };
    let role = if domain.is_some() {
        Role::Key
    } else {
        *[Role::Measure, Role::Attribute].choose(random).unwrap()
    };
    let known = Col {
        name: name.to_owned(),
        kind,
        is_bounded: bounds.is_some(),
        has_domain: domain.is_some() || kind == ColumnType::Bool,
        is_nullable: null == NullRule::Keep,
    };
    let bounds = bounds.as_ref().map(|(lo, hi)| (lo.as_str(), hi.as_str()));
    Made {
        column: column(name, kind, role, domain, bounds, null),
        known,
        values,
    }
}

fn kind(random: &mut ChaCha8Rng) -> ColumnType {
    match random.random_range(0..9) {
        0..=2 => ColumnType::Int64,
        3 => ColumnType::Decimal {
            scale: random.random_range(0..3),
        },
        4 | 5 => ColumnType::String,
        6 => ColumnType::Bool,
        7 => ColumnType::Date,
        _ => ColumnType::Timestamp,
    }
}

impl World {
    pub(super) fn new(random: &mut ChaCha8Rng) -> Self {
        let mut world = Self {
            catalog: Catalog::default(),
            tables: Vec::new(),
            dir: tempfile::tempdir().unwrap(),
            cut: *[0, 0, 100].choose(random).unwrap(),
        };
        for number in 0..random.random_range(1..=3) {
            world.protected(random, &format!("t{number}"), 0);
        }
        for number in 0..random.random_range(1..=2) {
            world.protected(random, &format!("f{number}"), 1);
        }
        for number in 0..random.random_range(1..=2) {
            world.public(random, &format!("p{number}"));
        }
        world
    }

    fn protected(&mut self, random: &mut ChaCha8Rng, name: &str, space: usize) {
        let unit = *["id", "id", "who", "unit"].choose(random).unwrap();
        let mut all: Vec<Made> = Vec::new();
        for number in 0..random.random_range(2..=6) {
            // Numbers first: there is always one to add up.
            let kind = match number {
                0 => ColumnType::Int64,
                _ => kind(random),
            };
            all.push(made(random, &format!("{name}_c{number}"), kind));
        }
        let unique = random.random_bool(0.5).then(|| format!("{name}_seq"));
        if let Some(name) = &unique {
            let (lo, hi) = ("0", "9");
            let kind = ColumnType::Int64;
            all.push(Made {
                column: column(
                    name,
                    kind,
                    Role::Attribute,
                    None,
                    Some((lo, hi)),
                    NullRule::Drop,
                ),
                known: Col {
                    name: name.clone(),
                    kind,
                    is_bounded: true,
                    has_domain: false,
                    is_nullable: false,
                },
                values: Vec::new(),
            });
        }
        let most = random.random_range(2..=5);
        let mut rows = Vec::new();
        for unit in 0..SPACES[space].1 {
            let mut last: Option<Vec<Cell>> = None;
            let count = match random.random_range(0..10) {
                0 => 0,
                _ => random.random_range(1..=most),
            };
            for place in 0..count {
                // Some rows are alike, or tie in all but one column.
                let alike = last.clone().filter(|_| random.random_bool(0.25));
                let mut cells: Vec<Cell> =
                    all.iter().map(|made| cell(random, made, place)).collect();
                if let Some(old) = alike {
                    let other = random.random_range(0..cells.len());
                    let is_place = |at: usize| all[at].values.is_empty();
                    for (at, old) in old.into_iter().enumerate() {
                        if at != other && !is_place(at) {
                            cells[at] = old;
                        }
                    }
                }
                last = Some(cells.clone());
                rows.push((pseudonym(unit), cells));
            }
        }
        let columns = [column(
            unit,
            ColumnType::Int64,
            Role::Unit,
            None,
            None,
            NullRule::Drop,
        )];
        let columns = columns
            .into_iter()
            .chain(all.iter().map(|made| made.column.clone()));
        let mut spec = spec(name, Some(SPACES[space].0), columns.collect());
        if let Protection::Protected(protected) = &mut spec.protection {
            protected.unit.columns = vec![unit.to_owned()];
            protected.unit.max_rows = most;
            protected.unit.unique_within_unit = unique.iter().cloned().collect();
        }
        let version = VersionId::new("v1").unwrap();
        let table = Table { spec, version };
        self.catalog.tables.insert(name.to_owned(), table);
        self.tables.push(Held {
            name: name.to_owned(),
            space: Some(space),
            unit: unit.to_owned(),
            columns: all.into_iter().map(|made| made.known).collect(),
            unique,
            rows,
        });
    }

    /// A public table of codes; some have a code twice.
    fn public(&mut self, random: &mut ChaCha8Rng, name: &str) {
        let names = ["code", "label", "size"].map(|column| format!("{name}_{column}"));
        let kinds = [ColumnType::Int64, ColumnType::String, ColumnType::Int64];
        let declared = names.iter().zip(kinds);
        let declared =
            declared.map(|(n, k)| column(n, k, Role::Attribute, None, None, NullRule::Drop));
        let spec = spec(name, None, declared.collect());
        let mut rows = Vec::new();
        for code in 1..=random.random_range(2..=4) {
            for _ in 0..*[1, 1, 1, 2].choose(random).unwrap() {
                let label = *["x", "y"].choose(random).unwrap();
                let size = Cell::Number(random.random_range(0..9));
                rows.push((0, vec![Cell::Number(code), Cell::Text(label), size]));
            }
        }
        let version = VersionId::new("v1").unwrap();
        self.catalog
            .tables
            .insert(name.to_owned(), Table { spec, version });
        let known = names.into_iter().zip(kinds).map(|(name, kind)| Col {
            name,
            kind,
            is_bounded: false,
            has_domain: false,
            is_nullable: false,
        });
        self.tables.push(Held {
            name: name.to_owned(),
            space: None,
            unit: String::new(),
            columns: known.collect(),
            unique: None,
            rows,
        });
    }

    /// The whole database.
    pub(super) fn database(&self) -> Database {
        let files = self
            .tables
            .iter()
            .map(|t| (t.name.clone(), self.written(t, None)));
        Database(files.collect())
    }

    /// The whole one without one unit, in every table of its namespace.
    pub(super) fn without(&self, whole: &Database, space: usize, unit: u8) -> Database {
        let mut out = whole.clone();
        for table in self.tables.iter().filter(|t| t.space == Some(space)) {
            let gone = Some(pseudonym(unit));
            out.0.insert(table.name.clone(), self.written(table, gone));
        }
        out
    }

    fn written(&self, table: &Held, gone: Option<u8>) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for below in [true, false] {
            let stays = |row: &&(u8, Vec<Cell>)| gone != Some(row.0) && (row.0 < self.cut) == below;
            let rows: Vec<_> = table.rows.iter().filter(stays).collect();
            let tag = gone.map_or_else(|| "all".to_owned(), |unit| unit.to_string());
            let name = format!("{}-without-{tag}-{}.parquet", table.name, u8::from(!below));
            let path = self.dir.path().join(&name);
            if rows.is_empty() {
                continue;
            }
            if !path.exists() {
                let unit = |row: &&(u8, Vec<Cell>)| [row.0; 16];
                let units = FixedSizeBinaryArray::try_from_iter(rows.iter().map(unit)).unwrap();
                let units: ArrayRef = Arc::new(units);
                let unit = table.space.map(|_| ("unit", units, false));
                let columns = table.columns.iter().enumerate().map(|(at, column)| {
                    let cells = rows.iter().map(|row| row.1[at]);
                    (
                        column.name.as_str(),
                        array(column.kind, cells),
                        column.is_nullable,
                    )
                });
                write(
                    self.dir.path(),
                    &name,
                    unit.into_iter().chain(columns).collect(),
                );
            }
            files.push(path);
        }
        files
    }

    /// All rows, for a person to read; `gone` are those that the neighbour does not have.
    pub(super) fn told(&self, space: usize, unit: u8) -> String {
        let mut out = String::new();
        for table in &self.tables {
            let names: Vec<_> = table.columns.iter().map(|column| &column.name).collect();
            writeln!(out, "  {} {names:?}", table.name).unwrap();
            for (owner, cells) in &table.rows {
                let is_gone = table.space == Some(space) && *owner == pseudonym(unit);
                let mark = if is_gone { "- " } else { "  " };
                writeln!(out, "  {mark}{owner}: {cells:?}").unwrap();
            }
        }
        out
    }
}

fn cell(random: &mut ChaCha8Rng, made: &Made, place: u32) -> Cell {
    if made.known.is_nullable && random.random_bool(0.2) {
        return Cell::Null;
    }
    let value = made.values.choose(random).copied();
    value.unwrap_or(Cell::Number(i128::from(place)))
}

fn array(kind: ColumnType, cells: impl Iterator<Item = Cell>) -> ArrayRef {
    let number = |cell: Cell| match cell {
        Cell::Number(number) => Some(number),
        Cell::Null | Cell::Text(_) => None,
    };
    let long = |cell| number(cell).map(|number| i64::try_from(number).unwrap());
    match kind {
        ColumnType::Bool => Arc::new(
            cells
                .map(|c| number(c).map(|n| n != 0))
                .collect::<BooleanArray>(),
        ),
        ColumnType::Int64 => Arc::new(cells.map(long).collect::<Int64Array>()),
        ColumnType::Decimal { scale } => {
            let values = cells.map(number).collect::<Decimal128Array>();
            Arc::new(
                values
                    .with_precision_and_scale(18, scale.cast_signed())
                    .unwrap(),
            )
        }
        ColumnType::String => {
            let text = |cell| match cell {
                Cell::Text(text) => Some(text),
                Cell::Null | Cell::Number(_) => None,
            };
            Arc::new(cells.map(text).collect::<StringArray>())
        }
        ColumnType::Date => {
            let day = |cell| number(cell).map(|number| i32::try_from(number).unwrap());
            Arc::new(cells.map(day).collect::<Date32Array>())
        }
        ColumnType::Timestamp => Arc::new(cells.map(long).collect::<TimestampMicrosecondArray>()),
    }
}
