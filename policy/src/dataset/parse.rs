//! Reading a dataset spec. Every problem is reported at once, with its line and what to write.
//!
//! What the text means beyond its names:
//! - no `[unit]`: a public table, which then has neither `[budget]` nor `[public]`;
//! - no `grade` anywhere: the column counts as [`Grade::UNGRADED`];
//! - `out_of_range`: `"drop"` (the default) drops the row, `"clamp"` moves the value to the nearer
//!   bound. A decimal is first rounded to its resolution, half away from zero;
//! - `null`: `"keep"` (the default) leaves the column nullable, `"drop"` drops the row, any other
//!   value replaces nulls. A string column that needs the very text `drop` or `keep` writes
//!   `null = { value = "drop" }`;
//! - bounds of dates and timestamps are written as such and kept in days and microseconds since
//!   1970-01-01 UTC.

mod column;
mod reader;

use super::{
    Bilingual, Budget, Column, DatasetSpec, Format, Protected, Protection, Role, SizeClass, Source,
    Unit, UpdateFrequency,
};
use crate::{Currency, Decimal, Grade, Loss, NamespaceId};
use reader::{Node, Problems, Table};
use std::collections::BTreeSet;
use toml::de::DeTable;

/// The version of the spec format that is read.
const FORMAT: i64 = 1;
/// The longest spec, in bytes: it is read whole, and shown to people.
pub const MAX_SPEC_BYTES: usize = 1 << 20;
/// The most columns a dataset may declare.
pub const MAX_COLUMNS: usize = 1000;
/// The most values a domain may list: dense output has a row for each.
pub const MAX_DOMAIN_VALUES: usize = 10_000;
/// The most rows one unit may have: ingest and bounding hold as many in memory.
pub const MAX_ROWS_PER_UNIT: u32 = 1_000_000;
/// The most units a dataset may declare: more people than live.
pub const MAX_UNITS: u64 = 10_000_000_000;

/// Something in a spec that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{at}`: {text}")]
pub struct SpecProblem {
    /// The line, from 1.
    pub line: usize,
    /// The field, such as `columns.docvis.bounds`; empty for the document.
    pub at: String,
    /// What is wrong, and what to write instead.
    pub text: String,
}

impl DatasetSpec {
    /// Reads and checks a spec.
    ///
    /// # Errors
    /// Every problem of the text, in order of its lines.
    pub fn from_toml(text: &str) -> Result<Self, Vec<SpecProblem>> {
        let mut problems = Problems::new(text);
        if text.len() > MAX_SPEC_BYTES {
            problems.note(
                &(0..0),
                "",
                format!("a spec has at most {MAX_SPEC_BYTES} bytes; shorten it"),
            );
            return Err(problems.into_sorted());
        }
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            problems.note(
                &error.span().unwrap_or(0..0),
                "",
                format!("not TOML: {}", error.message()),
            );
        }
        let spec = spec(&Table::root(&document), &mut problems);
        if let (Some(spec), true) = (spec, problems.is_empty()) {
            return Ok(spec);
        }
        if problems.is_empty() {
            // INVARIANT: a part is left out only where a problem was noted.
            problems.note(
                &(0..0),
                "",
                "the spec cannot be read; report this text to the maintainers",
            );
        }
        Err(problems.into_sorted())
    }

    /// What the declaration makes impossible though it is not wrong, for the provider to know.
    pub fn notes(&self) -> Vec<String> {
        let unbounded = |column: &&Column| column.role == Role::Measure && column.bounds.is_none();
        let note = |column: &Column| {
            format!(
                "`columns.{}`: a measure without bounds cannot be summed unless a query clamps it",
                column.name
            )
        };
        self.columns.iter().filter(unbounded).map(note).collect()
    }
}

fn spec(root: &Table<'_>, problems: &mut Problems<'_>) -> Option<DatasetSpec> {
    root.only(
        problems,
        &[
            "format",
            "name",
            "title",
            "provider",
            "regulator",
            "source_element",
            "legal_basis",
            "update_frequency",
            "grade",
            "source",
            "unit",
            "budget",
            "public",
            "columns",
        ],
    );
    if let Some(node) = root.need(problems, "format", "1")
        && node.integer() != Some(FORMAT)
    {
        node.note(
            problems,
            format!("this version reads format {FORMAT}; write `format = {FORMAT}`"),
        );
    }
    let name = root
        .need(problems, "name", "\"dataset-id\"")
        .and_then(|node| node.parsed(problems));
    let title = title(root, problems);
    let provider = root
        .need(problems, "provider", "\"party-id\"")
        .and_then(|node| node.parsed(problems));
    let regulator = root
        .need(problems, "regulator", "\"party-id\"")
        .and_then(|node| node.parsed(problems));
    let source_element = root
        .need(problems, "source_element", "\"element-id\"")
        .and_then(|node| node.parsed(problems));
    let legal_basis = root
        .need(problems, "legal_basis", "\"…\"")
        .and_then(|node| {
            let text = node.text(problems)?;
            if text.trim().is_empty() {
                node.note(
                    problems,
                    "empty; name the law, rule or consent that allows the processing",
                );
            }
            Some(text.to_owned())
        });
    let update_frequency = root
        .need(problems, "update_frequency", "\"none\"")
        .and_then(|node| {
            let choices = [
                ("none", UpdateFrequency::None),
                ("daily", UpdateFrequency::Daily),
                ("weekly", UpdateFrequency::Weekly),
                ("monthly", UpdateFrequency::Monthly),
                ("yearly", UpdateFrequency::Yearly),
            ];
            node.choice(problems, &choices)
        });
    let grade = root
        .get("grade")
        .and_then(|node| column::grade(&node, problems))
        .unwrap_or(Grade::UNGRADED);
    let source = source(root, problems);
    let columns = columns(root, grade, problems);
    let protection = protection(root, columns.as_deref(), problems);
    if let (Some(source), Some(columns)) = (&source, &columns) {
        for name in source
            .ignore
            .iter()
            .filter(|name| columns.iter().any(|column| column.name == **name))
        {
            let node = root.get("source")?;
            node.note(
                problems,
                format!("`ignore` lists the declared column `{name}`; remove it here or there"),
            );
        }
    }
    Some(DatasetSpec {
        name: name?,
        title: title?,
        provider: provider?,
        regulator: regulator?,
        source_element: source_element?,
        legal_basis: legal_basis?,
        update_frequency: update_frequency?,
        source: source?,
        protection: protection?,
        columns: columns?,
    })
}

fn title(root: &Table<'_>, problems: &mut Problems<'_>) -> Option<Bilingual> {
    let table = root
        .need(problems, "title", "{ zh = \"…\", en = \"…\" }")?
        .table(problems)?;
    table.only(problems, &["zh", "en"]);
    let zh = table
        .need(problems, "zh", "\"…\"")
        .and_then(|node| node.text(problems));
    let en = table
        .need(problems, "en", "\"…\"")
        .and_then(|node| node.text(problems));
    Some(Bilingual {
        zh: zh?.to_owned(),
        en: en?.to_owned(),
    })
}

fn source(root: &Table<'_>, problems: &mut Problems<'_>) -> Option<Source> {
    let node = root.need(problems, "source", "{ format = \"csv\" }")?;
    let table = node.table(problems)?;
    table.only(problems, &["format", "null_values", "ignore"]);
    let format = table.need(problems, "format", "\"csv\"").and_then(|node| {
        node.choice(
            problems,
            &[
                ("csv", Format::Csv),
                ("parquet", Format::Parquet),
                ("jsonl", Format::Jsonl),
            ],
        )
    });
    let mut list = |key: &str| match table.get(key) {
        Some(node) => node.texts(problems),
        None => Some(Vec::new()),
    };
    let (null_values, ignore) = (list("null_values"), list("ignore"));
    let (format, null_values) = (format?, null_values?);
    if format != Format::Csv && !null_values.is_empty() {
        table.note(
            problems,
            "only a CSV file writes nulls as texts; remove `null_values`",
        );
    }
    Some(Source {
        format,
        null_values,
        ignore: ignore?,
    })
}

fn columns(root: &Table<'_>, grade: Grade, problems: &mut Problems<'_>) -> Option<Vec<Column>> {
    let node = root.need(problems, "columns", "{ … }")?;
    let table = node.table(problems)?;
    let fields = table.in_order();
    if fields.is_empty() || fields.len() > MAX_COLUMNS {
        node.note(
            problems,
            format!("a dataset has 1 to {MAX_COLUMNS} columns; declare them"),
        );
    }
    let declared = fields.len();
    let columns: Vec<_> = fields
        .into_iter()
        .filter_map(|(key, name, node)| column::column(name, &key, &node, grade, problems))
        .collect();
    (columns.len() == declared).then_some(columns)
}

/// Reads `[unit]`, `[budget]` and `[public]`; `columns` is absent where a column has problems of its own.
fn protection(
    root: &Table<'_>,
    columns: Option<&[Column]>,
    problems: &mut Problems<'_>,
) -> Option<Protection> {
    let Some(node) = root.get("unit") else {
        for key in ["budget", "public"] {
            if let Some(node) = root.get(key) {
                node.note(problems, format!("a spec with no `[unit]` is a public table; remove `[{key}]`, or declare `[unit]`"));
            }
        }
        for column in columns
            .into_iter()
            .flatten()
            .filter(|column| column.role == Role::Unit)
        {
            root.note(
                problems,
                format!(
                    "`columns.{}` has role `unit`, but there is no `[unit]`; declare it",
                    column.name
                ),
            );
        }
        return Some(Protection::Public);
    };
    let unit = node
        .table(problems)
        .and_then(|table| unit(&table, columns, problems));
    let budget = root
        .need(
            problems,
            "budget",
            "{ currency = \"rho\", cap = \"2.0\", delta = \"1e-6\" }",
        )
        .and_then(|node| node.table(problems))
        .and_then(|table| budget(&table, problems));
    let public = root
        .need(
            problems,
            "public",
            "{ units_at_most = 10000, size_class = \"small\" }",
        )
        .and_then(|node| node.table(problems))
        .and_then(|table| public(&table, problems));
    let (units_at_most, size_class) = public?;
    Some(Protection::Protected(Box::new(Protected {
        unit: unit?,
        budget: budget?,
        units_at_most,
        size_class,
    })))
}

fn unit(
    table: &Table<'_>,
    columns: Option<&[Column]>,
    problems: &mut Problems<'_>,
) -> Option<Unit> {
    table.only(
        problems,
        &[
            "namespace",
            "linked",
            "columns",
            "max_rows",
            "unique_within_unit",
            "owner",
        ],
    );
    if let Some(node) = table.get("owner") {
        node.note(
            problems,
            "a unit that hangs on a parent row is not supported by this version; add the owner's id as a column of \
             the file and name it in `unit.columns`",
        );
    }
    let namespace = table
        .need(problems, "namespace", "\"patient\"")
        .and_then(|node| node.parsed(problems));
    let linked = match table.get("linked") {
        None => Some(BTreeSet::new()),
        Some(node) => linked(&node, namespace.as_ref(), problems),
    };
    let max_rows = table.need(problems, "max_rows", "5").and_then(|node| {
        let rows = node.count(problems, u64::from(MAX_ROWS_PER_UNIT))?;
        u32::try_from(rows).ok()
    });
    let find =
        |name: &str| columns.and_then(|columns| columns.iter().find(|column| column.name == name));
    let unit_columns = table.need(problems, "columns", "[\"id\"]").and_then(|node| {
        let names = node.texts(problems)?;
        if names.is_empty() {
            node.note(problems, "a unit is named by one column or more; list them");
        }
        for name in names.iter().filter(|_| columns.is_some()) {
            match find(name) {
                None => node.note(problems, format!("`{name}` is not declared in `[columns]`; declare it with `role = \"unit\"`")),
                Some(column) if column.role != Role::Unit => {
                    node.note(problems, format!("`columns.{name}` names the unit; write `role = \"unit\"` there"));
                }
                Some(_) => {}
            }
        }
        for column in columns.into_iter().flatten() {
            if column.role == Role::Unit && !names.contains(&column.name) {
                node.note(problems, format!("`columns.{}` has role `unit`; list it here, or change its role", column.name));
            }
        }
        Some(names)
    });
    let unique = match table.get("unique_within_unit") {
        None => Some(Vec::new()),
        Some(node) => node.texts(problems).inspect(|names| {
            for name in names.iter().filter(|_| columns.is_some()) {
                if find(name).is_none_or(|column| column.role == Role::Unit) {
                    node.note(
                        problems,
                        format!(
                            "`{name}` is no declared column outside the unit; list one that is"
                        ),
                    );
                }
            }
        }),
    };
    Some(Unit {
        namespace: namespace?,
        linked: linked?,
        columns: unit_columns?,
        max_rows: max_rows?,
        unique_within_unit: unique?,
    })
}

/// The namespaces a unit's is linked to: others than its own.
fn linked(
    node: &Node<'_>,
    own: Option<&NamespaceId>,
    problems: &mut Problems<'_>,
) -> Option<BTreeSet<NamespaceId>> {
    let names = node.texts(problems)?;
    let count = names.len();
    let linked: BTreeSet<NamespaceId> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let fits = linked.len() == count && own.is_none_or(|own| !linked.contains(own));
    if !fits {
        node.note(
            problems,
            "list other namespaces that hold some of the same persons; write such as `[\"citizen\"]`",
        );
    }
    fits.then_some(linked)
}

fn budget(table: &Table<'_>, problems: &mut Problems<'_>) -> Option<Budget> {
    table.only(problems, &["currency", "cap", "delta"]);
    let currency = table
        .need(problems, "currency", "\"rho\"")
        .and_then(|node| {
            node.choice(
                problems,
                &[("rho", Currency::Rho), ("epsilon", Currency::Epsilon)],
            )
        });
    let cap = table.need(problems, "cap", "\"2.0\"").and_then(|node| {
        let cap = node.parsed::<Decimal>(problems)?;
        if !matches!(Loss::nano(cap), Ok(1..)) {
            node.note(problems, "a cap is above zero and no larger than an account can hold; write such as `\"2.0\"`");
        }
        Some(cap)
    });
    let delta = match table.get("delta") {
        None => Some(Decimal::ZERO),
        Some(node) => node.parsed::<Decimal>(problems).inspect(|delta| {
            if *delta < Decimal::ZERO || *delta >= Decimal::from(1) {
                node.note(
                    problems,
                    "δ is at least 0 and below 1; write such as `\"1e-6\"`",
                );
            }
        }),
    };
    Some(Budget {
        currency: currency?,
        cap: cap?,
        delta: delta?,
    })
}

fn public(table: &Table<'_>, problems: &mut Problems<'_>) -> Option<(u64, SizeClass)> {
    table.only(problems, &["units_at_most", "size_class"]);
    let units = table
        .need(problems, "units_at_most", "10000")
        .and_then(|node| node.count(problems, MAX_UNITS));
    let size = table
        .need(problems, "size_class", "\"small\"")
        .and_then(|node| {
            let choices = [
                ("small", SizeClass::Small),
                ("medium", SizeClass::Medium),
                ("large", SizeClass::Large),
            ];
            node.choice(problems, &choices)
        });
    Some((units?, size?))
}

#[cfg(test)]
mod tests;
