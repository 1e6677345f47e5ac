//! One declared column.

use super::MAX_DOMAIN_VALUES;
use super::reader::{Node, Problems, Table};
use crate::dataset::{
    Bounds, Column, ColumnType, DECIMAL_PRECISION, DomainValue, MAX_STRING_BYTES, NullRule,
    OutOfRange, Role, UNIT_COLUMN,
};
use crate::{Decimal, Grade};
use std::collections::BTreeSet;
use std::ops::Range;

/// The longest column name.
const MAX_NAME_BYTES: usize = 63;
/// Names that grading rules outside this system give to what may never enter it.
const SECRETS: [&str; 11] = [
    "秘密",
    "机密",
    "绝密",
    "国家秘密",
    "工作秘密",
    "statesecret",
    "worksecret",
    "secret",
    "topsecret",
    "confidential",
    "classified",
];
const FIELDS: [&str; 9] = [
    "type",
    "role",
    "grade",
    "domain",
    "bounds",
    "resolution",
    "out_of_range",
    "null",
    "measure",
];

/// Whether a column may have this name.
fn is_name(name: &str) -> bool {
    let first = name
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    first
        && name.len() <= MAX_NAME_BYTES
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Reads a grade; secrets have none and are refused with a text of their own.
pub(super) fn grade(node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Grade> {
    let text = node.text(problems)?;
    let folded: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if SECRETS.contains(&folded.as_str()) {
        let refusal = "state secrets and work secrets (国家秘密、工作秘密) have no grade here and may not be \
                       imported at all; remove the data from this system and tell the secrecy officer (保密部门)";
        node.note(problems, format!("`{text}`: {refusal}"));
        return None;
    }
    node.choice(problems, &Grade::ALL.map(|grade| (grade.name(), grade)))
}

/// Reads the column `name`; `default` is the dataset's grade.
pub(super) fn column(
    name: &str,
    key: &Range<usize>,
    node: &Node<'_>,
    default: Grade,
    problems: &mut Problems<'_>,
) -> Option<Column> {
    if name == UNIT_COLUMN {
        problems.note(
            key,
            &node.path,
            format!("`{UNIT_COLUMN}` is reserved for the pseudonym; choose another name"),
        );
    } else if !is_name(name) {
        let form =
            "a column name is a lower-case letter or `_`, then up to 62 of `a-z`, `0-9` and `_`";
        problems.note(
            key,
            &node.path,
            format!("{form}; rename it here and in the file's header"),
        );
    }
    let table = node.table(problems)?;
    table.only(problems, &FIELDS);
    let kind = kind(&table, problems);
    let role = table
        .need(problems, "role", "\"attribute\"")
        .and_then(|node| role(&node, kind, problems));
    let grade = match table.get("grade") {
        Some(node) => grade(&node, problems),
        None => Some(default),
    };
    let measure = match table.get("measure") {
        Some(node) => Some(node.text(problems)?.to_owned()),
        None => None,
    };
    // What follows is judged by the type.
    let kind = kind?;
    let mut column = Column {
        name: name.to_owned(),
        kind,
        role: role?,
        grade: grade?,
        domain: None,
        bounds: None,
        out_of_range: OutOfRange::Drop,
        null: NullRule::Keep,
        measure,
    };
    if let Some(node) = table.get("bounds") {
        column.bounds = Some(bounds(&node, kind, problems)?);
    }
    if let Some(node) = table.get("domain") {
        column.domain = Some(domain(&node, &column, problems)?);
    }
    if let Some(node) = table.get("out_of_range") {
        let choices = [("drop", OutOfRange::Drop), ("clamp", OutOfRange::Clamp)];
        column.out_of_range = node.choice(problems, &choices)?;
        if column.out_of_range == OutOfRange::Clamp
            && (column.bounds.is_none() || column.domain.is_some())
        {
            node.note(problems, "only a value with bounds and no domain can be clamped; declare `bounds`, or write `\"drop\"`");
        }
    }
    if let Some(node) = table.get("null") {
        column.null = null_rule(&node, &column, problems)?;
        if column.role == Role::Unit {
            node.note(
                problems,
                "a row whose unit is null is always dropped; leave `null` out",
            );
        }
    }
    Some(column)
}

fn kind(table: &Table<'_>, problems: &mut Problems<'_>) -> Option<ColumnType> {
    let node = table.need(problems, "type", "\"int64\"")?;
    let choices = [
        ("bool", ColumnType::Bool),
        ("int64", ColumnType::Int64),
        ("decimal", ColumnType::Decimal { scale: 0 }),
        ("string", ColumnType::String),
        ("date", ColumnType::Date),
        ("timestamp", ColumnType::Timestamp),
    ];
    let kind = node.choice(problems, &choices)?;
    let resolution = table.get("resolution");
    if let ColumnType::Decimal { .. } = kind {
        let node = table.need(problems, "resolution", "\"0.01\"")?;
        let scale = node.parsed::<Decimal>(problems)?.power_of_ten_scale();
        let scale = scale.filter(|scale| *scale <= DECIMAL_PRECISION);
        if scale.is_none() {
            node.note(
                problems,
                "a resolution is 1, 0.1, 0.01, … ; write one of these",
            );
        }
        return Some(ColumnType::Decimal { scale: scale? });
    }
    if let Some(node) = resolution {
        node.note(
            problems,
            "only a decimal has a resolution; leave it out, or write `type = \"decimal\"`",
        );
    }
    Some(kind)
}

fn role(node: &Node<'_>, kind: Option<ColumnType>, problems: &mut Problems<'_>) -> Option<Role> {
    let choices = [
        ("unit", Role::Unit),
        ("key", Role::Key),
        ("measure", Role::Measure),
        ("attribute", Role::Attribute),
    ];
    let role = node.choice(problems, &choices)?;
    let numeric = matches!(
        kind,
        None | Some(ColumnType::Int64 | ColumnType::Decimal { .. })
    );
    if role == Role::Measure && !numeric {
        node.note(
            problems,
            "only int64 and decimal columns can be summed; write `key` or `attribute`",
        );
    }
    Some(role)
}

/// A bound as text, in the unit that is stored: dates in days, timestamps in microseconds.
fn bound(node: &Node<'_>, kind: ColumnType, problems: &mut Problems<'_>) -> Option<Decimal> {
    let text = node.text(problems)?;
    let value = match kind {
        ColumnType::Date | ColumnType::Timestamp => kind.stored_integer(text).map(Decimal::from),
        ColumnType::Int64 | ColumnType::Decimal { .. } | ColumnType::Bool | ColumnType::String => {
            text.parse().ok()
        }
    };
    let fits = value.filter(|value| kind.stored_bound(*value).is_some());
    if fits.is_none() {
        node.note(
            problems,
            format!("`{text}` is no {}; write {}", describe(kind), example(kind)),
        );
    }
    fits
}

fn bounds(node: &Node<'_>, kind: ColumnType, problems: &mut Problems<'_>) -> Option<Bounds> {
    if matches!(kind, ColumnType::Bool | ColumnType::String) {
        node.note(
            problems,
            format!(
                "a {} has no bounds; declare a `domain` instead",
                describe(kind)
            ),
        );
        return None;
    }
    let items = node.items(problems)?;
    let [lo, hi] = items.as_slice() else {
        node.note(
            problems,
            "write two strings, the least and the greatest value: `[\"0\", \"60\"]`",
        );
        return None;
    };
    let (lo, hi) = (bound(lo, kind, problems), bound(hi, kind, problems));
    let (lo, hi) = (lo?, hi?);
    if lo > hi {
        node.note(
            problems,
            "the first bound is above the second; write the least value first",
        );
        return None;
    }
    Some(Bounds { lo, hi })
}

/// One value of the column's type, within its bounds and its domain as far as they are known.
fn value(node: &Node<'_>, column: &Column, problems: &mut Problems<'_>) -> Option<DomainValue> {
    let text = node.value().as_str();
    let value = match column.kind {
        ColumnType::Bool => node.value().as_bool().map(DomainValue::Bool),
        ColumnType::Int64 => node
            .integer()
            .or_else(|| column.kind.stored_integer(text?))
            .map(DomainValue::Int),
        ColumnType::String => text
            .filter(|text| text.len() <= MAX_STRING_BYTES)
            .map(|text| DomainValue::Text(text.to_owned())),
        ColumnType::Decimal { .. } => text
            .and_then(|text| text.parse::<Decimal>().ok())
            .filter(|value| column.kind.stored_bound(*value).is_some())
            .map(|value| DomainValue::Text(value.to_string())),
        ColumnType::Date | ColumnType::Timestamp => text
            .filter(|text| column.kind.stored_integer(text).is_some())
            .map(|text| DomainValue::Text(text.to_owned())),
    };
    let Some(value) = value else {
        node.note(
            problems,
            format!(
                "not a {}; write {}",
                describe(column.kind),
                example(column.kind)
            ),
        );
        return None;
    };
    let stored = column.stored_value(&value);
    let outside = column
        .stored_bounds()
        .zip(stored)
        .is_some_and(|((lo, hi), stored)| stored < lo || hi < stored);
    if outside {
        node.note(
            problems,
            "outside the column's bounds; write a value between them, or widen `bounds`",
        );
        return None;
    }
    let undeclared = column
        .domain
        .as_ref()
        .is_some_and(|domain| !domain.contains(&value));
    if undeclared {
        node.note(
            problems,
            "not in the column's domain; write one of its values, or add it to `domain`",
        );
        return None;
    }
    Some(value)
}

fn domain(
    node: &Node<'_>,
    column: &Column,
    problems: &mut Problems<'_>,
) -> Option<Vec<DomainValue>> {
    let items = node.items(problems)?;
    if items.is_empty() || items.len() > MAX_DOMAIN_VALUES {
        node.note(
            problems,
            format!("a domain has 1 to {MAX_DOMAIN_VALUES} values; list them, or leave it out"),
        );
        return None;
    }
    let mut values = Vec::with_capacity(items.len());
    // Two spellings of one instant or number are one value.
    let mut known = BTreeSet::new();
    let mut good = true;
    for item in &items {
        let Some(value) = value(item, column, problems) else {
            good = false;
            continue;
        };
        let identity = column
            .stored_value(&value)
            .map_or_else(|| format!("{value:?}"), |int| int.to_string());
        if !known.insert(identity) {
            item.note(problems, "listed twice; write it once");
            good = false;
        }
        values.push(value);
    }
    good.then_some(values)
}

/// `"keep"`, `"drop"`, a value, or `{ value = … }` for a text that reads like a rule.
fn null_rule(node: &Node<'_>, column: &Column, problems: &mut Problems<'_>) -> Option<NullRule> {
    match node.value().as_str() {
        Some("keep") => return Some(NullRule::Keep),
        Some("drop") => return Some(NullRule::Drop),
        Some(_) | None => {}
    }
    if node.value().as_table().is_some() {
        let table = node.table(problems)?;
        table.only(problems, &["value"]);
        let inner = table.need(problems, "value", "…")?;
        return value(&inner, column, problems).map(NullRule::Value);
    }
    value(node, column, problems).map(NullRule::Value)
}

fn describe(kind: ColumnType) -> String {
    match kind {
        ColumnType::Bool => "bool".to_owned(),
        ColumnType::Int64 => "int64".to_owned(),
        ColumnType::Decimal { scale } => {
            format!(
                "decimal of at most {DECIMAL_PRECISION} digits, {scale} of them after the point"
            )
        }
        ColumnType::String => format!("string of at most {MAX_STRING_BYTES} bytes"),
        ColumnType::Date => "date".to_owned(),
        ColumnType::Timestamp => "timestamp".to_owned(),
    }
}

fn example(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Bool => "`true` or `false`",
        ColumnType::Int64 => "a whole number such as `60`",
        ColumnType::Decimal { .. } => "digits in quotes, such as `\"0.25\"`",
        ColumnType::String => "a text in quotes",
        ColumnType::Date => "a day in quotes, such as `\"2026-12-01\"`",
        ColumnType::Timestamp => "a moment in quotes, such as `\"2026-12-01T08:00:00+08:00\"`",
    }
}
