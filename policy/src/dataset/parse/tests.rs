//! Specs that are read, and every way in which one is refused.

use super::*;
use crate::dataset::{Bounds, ColumnType, DomainValue, NullRule, OutOfRange};
use proptest::prelude::*;

mod columns;

const RWM5YR: &str = include_str!("../../../../fixtures/rwm5yr/spec.toml");
const EDUCATION: &str = include_str!("../../../../fixtures/education/spec.toml");

/// A spec with every kind of column, one field a line.
const BASE: &str = r#"format = 1
name = "clinic"
title = { zh = "门诊", en = "clinic" }
provider = "p"
regulator = "r"
source_element = "e"
legal_basis = "law"
update_frequency = "daily"
grade = "General2"
source = { format = "csv", null_values = ["NA"], ignore = ["x"] }
unit = { namespace = "n", columns = ["card", "who"], max_rows = 9, unique_within_unit = ["day"] }
budget = { currency = "epsilon", cap = "1" }
public = { units_at_most = 10, size_class = "large" }
[columns]
card = { type = "string", role = "unit", grade = "Core" }
who = { type = "string", role = "unit" }
day = { type = "date", role = "key", bounds = ["2020-01-01", "2020-12-31"], null = "drop" }
at = { type = "timestamp", role = "attribute", null = "2020-01-01T00:00:00+08:00" }
fee = { type = "decimal", role = "measure", resolution = "0.01", bounds = ["-1.5", "100"], out_of_range = "clamp" }
note = { type = "string", role = "attribute", domain = ["drop", "复诊"], null = { value = "drop" } }
paid = { type = "bool", role = "key", null = false }
times = { type = "int64", role = "measure", domain = [1, 2, 3] }
"#;

/// Reads `BASE` with `from` replaced by `to`, and asserts the problems: line, field, part of the text.
fn check(from: &str, to: &str, expected: &[(usize, &str, &str)]) {
    assert_eq!(BASE.matches(from).count(), 1, "`{from}` must occur once");
    refused(&BASE.replace(from, to), expected);
}

fn refused(text: &str, expected: &[(usize, &str, &str)]) {
    let problems = DatasetSpec::from_toml(text).expect_err("refused");
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), expected.len(), "{shown:#?}");
    for (problem, (line, at, part)) in problems.iter().zip(expected) {
        assert_eq!(
            (problem.line, problem.at.as_str()),
            (*line, *at),
            "{problem}"
        );
        assert!(problem.text.contains(part), "{problem}");
    }
}

#[test]
fn reads_the_registry() {
    let spec = DatasetSpec::from_toml(RWM5YR).unwrap();
    let protected = spec.protected().unwrap();
    assert_eq!(
        (
            spec.unit_name(),
            protected.unit.max_rows,
            protected.units_at_most
        ),
        (Some("id"), 5, 10_000)
    );
    assert_eq!(
        spec.stored_columns().next().unwrap().name,
        "year",
        "in declared order"
    );
    let income = spec.column("hhninc").unwrap();
    assert_eq!(income.kind, ColumnType::Decimal { scale: 3 });
    assert_eq!(
        (income.stored_bounds(), income.is_non_null()),
        (Some((0, 10_000)), true)
    );
    assert_eq!(
        (spec.column("id").unwrap().grade, income.grade),
        (Grade::General4, Grade::General3)
    );
    assert!(spec.notes().is_empty());
}

#[test]
fn a_spec_without_unit_is_a_public_table() {
    let spec = DatasetSpec::from_toml(EDUCATION).unwrap();
    assert_eq!(
        (spec.protection.clone(), spec.unit_name()),
        (Protection::Public, None)
    );
}

#[test]
fn reads_every_kind_of_column() {
    let spec = DatasetSpec::from_toml(BASE).unwrap();
    let column = |name: &str| spec.column(name).unwrap();
    assert_eq!(spec.unit_name(), Some("unit"));
    assert_eq!(
        column("day").bounds,
        Some(Bounds {
            lo: 18262.into(),
            hi: 18627.into()
        })
    );
    assert_eq!(column("fee").out_of_range, OutOfRange::Clamp);
    assert_eq!(
        column("note").null,
        NullRule::Value(DomainValue::Text("drop".into()))
    );
    assert_eq!(
        (column("day").null.clone(), column("fee").null.clone()),
        (NullRule::Drop, NullRule::Keep)
    );
    assert_eq!(
        column("paid").null,
        NullRule::Value(DomainValue::Bool(false))
    );
    assert_eq!(
        (column("card").grade, column("paid").grade),
        (Grade::Core, Grade::General2)
    );
    assert_eq!(spec.notes().len(), 1, "`times` is a measure without bounds");
    let ungraded = DatasetSpec::from_toml(&BASE.replace("grade = \"General2\"\n", "")).unwrap();
    assert_eq!(ungraded.column("paid").unwrap().grade, Grade::UNGRADED);
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<DatasetSpec>(&json).unwrap(), spec);
}

#[test]
fn refusals_of_the_document() {
    check("format = 1", "format = 2", &[(1, "format", "format = 1")]);
    check(
        "format = 1\n",
        "format = 1\ncolour = 3\n",
        &[(2, "colour", "unknown field")],
    );
    check("name = \"clinic\"\n", "", &[(1, "name", "missing")]);
    check(
        "name = \"clinic\"",
        "name = \"诊所\"",
        &[(2, "name", "a-z")],
    );
    check(
        "name = \"clinic\"",
        "name = 3",
        &[(2, "name", "double quotes")],
    );
    check(
        "en = \"clinic\"",
        "fr = \"clinic\"",
        &[(3, "title.fr", "unknown field"), (3, "title.en", "missing")],
    );
    check(
        "legal_basis = \"law\"",
        "legal_basis = \" \"",
        &[(7, "legal_basis", "empty")],
    );
    check(
        "\"daily\"",
        "\"hourly\"",
        &[(8, "update_frequency", "`weekly`")],
    );
    check(
        "ignore = [\"x\"]",
        "ignore = [\"x\", \"x\"]",
        &[(10, "source.ignore", "twice")],
    );
    check(
        "ignore = [\"x\"]",
        "ignore = [\"day\"]",
        &[(10, "source", "`day`")],
    );
    check(
        "format = \"csv\"",
        "format = \"jsonl\"",
        &[(10, "source", "null_values")],
    );
    check(
        "format = \"csv\"",
        "format = \"xlsx\"",
        &[(10, "source.format", "`parquet`")],
    );
    refused(
        "",
        &[
            (1, "format", "missing"),
            (1, "name", "missing"),
            (1, "title", "missing"),
            (1, "provider", "missing"),
            (1, "regulator", "missing"),
            (1, "source_element", "missing"),
            (1, "legal_basis", "missing"),
            (1, "update_frequency", "missing"),
            (1, "source", "missing"),
            (1, "columns", "missing"),
        ],
    );
    let broken =
        DatasetSpec::from_toml(&BASE.replace("name = \"clinic\"", "name = clinic")).unwrap_err();
    assert!(
        broken
            .iter()
            .any(|problem| problem.line == 2 && problem.text.contains("not TOML")),
        "{broken:?}"
    );
    let twice = DatasetSpec::from_toml(&format!("name = \"a\"\n{BASE}")).unwrap_err();
    assert!(
        twice
            .iter()
            .any(|problem| problem.line == 3 && problem.text.contains("not TOML")),
        "{twice:?}"
    );
    let long = format!("{BASE}#{}", "x".repeat(MAX_SPEC_BYTES));
    refused(&long, &[(1, "", "bytes")]);
}

#[test]
fn secrets_have_no_grade() {
    for secret in [
        "秘密",
        "机密",
        "绝密",
        "国家秘密",
        "工作秘密",
        "State secret",
        "WorkSecret",
        "top-secret",
    ] {
        check(
            "\"Core\"",
            &format!("\"{secret}\""),
            &[(15, "columns.card.grade", "may not be imported")],
        );
        check(
            "\"General2\"",
            &format!("\"{secret}\""),
            &[(9, "grade", "may not be imported")],
        );
    }
    check(
        "\"Core\"",
        "\"General5\"",
        &[(15, "columns.card.grade", "`General4`")],
    );
}

#[test]
fn linked_namespaces_are_others_each_once() {
    let with = |linked: &str| format!("namespace = \"n\", linked = {linked}, ");
    let from = "namespace = \"n\", ";
    let spec = DatasetSpec::from_toml(&BASE.replace(from, &with("[\"o\", \"p\"]"))).unwrap();
    let linked = &spec.protected().unwrap().unit.linked;
    let names: Vec<_> = linked.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["o", "p"]);
    for (refused, why) in [
        ("[\"n\"]", "other namespaces"),
        ("[\"o\", \"no name\"]", "other namespaces"),
        ("[\"o\", \"o\"]", "listed twice"),
    ] {
        check(from, &with(refused), &[(11, "unit.linked", why)]);
    }
}

#[test]
fn refusals_of_the_unit_and_budget() {
    check(
        "namespace = \"n\", ",
        "",
        &[(11, "unit.namespace", "missing")],
    );
    check(
        "max_rows = 9",
        "max_rows = 0",
        &[(11, "unit.max_rows", "1 to 1000000")],
    );
    check(
        "max_rows = 9",
        "max_rows = 1000001",
        &[(11, "unit.max_rows", "1 to 1000000")],
    );
    check(
        "[\"card\", \"who\"]",
        "[\"card\"]",
        &[(11, "unit.columns", "`columns.who`")],
    );
    check(
        "[\"card\", \"who\"]",
        "[\"card\", \"who\", \"fee\"]",
        &[(11, "unit.columns", "role = \"unit\"")],
    );
    check(
        "[\"card\", \"who\"]",
        "[\"card\", \"who\", \"no\"]",
        &[(11, "unit.columns", "not declared")],
    );
    check(
        "[\"day\"]",
        "[\"card\"]",
        &[(11, "unit.unique_within_unit", "outside the unit")],
    );
    check(
        "[\"day\"]",
        "[\"no\"]",
        &[(11, "unit.unique_within_unit", "outside the unit")],
    );
    check(
        "max_rows = 9",
        "max_rows = 9, owner = { dataset = \"o\", on = \"a = b\" }",
        &[(11, "unit.owner", "not supported")],
    );
    check(
        "cap = \"1\"",
        "cap = \"0\"",
        &[(12, "budget.cap", "above zero")],
    );
    check(
        "cap = \"1\"",
        "cap = \"-1\"",
        &[(12, "budget.cap", "above zero")],
    );
    check(
        "cap = \"1\"",
        "cap = 1.0",
        &[(12, "budget.cap", "double quotes")],
    );
    check(
        "cap = \"1\"",
        "cap = \"1\", delta = \"1\"",
        &[(12, "budget.delta", "below 1")],
    );
    check(
        "\"epsilon\"",
        "\"eps\"",
        &[(12, "budget.currency", "`rho`")],
    );
    check(
        "units_at_most = 10,",
        "",
        &[(13, "public.units_at_most", "missing")],
    );
    check(
        "\"large\"",
        "\"huge\"",
        &[(13, "public.size_class", "`medium`")],
    );
    check(
        "budget = { currency = \"epsilon\", cap = \"1\" }\n",
        "",
        &[(1, "budget", "missing")],
    );
    let public = BASE
        .lines()
        .filter(|line| !line.starts_with("unit ="))
        .fold(String::new(), |all, line| all + line + "\n");
    refused(
        &public,
        &[
            (1, "", "`columns.card` has role `unit`"),
            (1, "", "`columns.who` has role `unit`"),
            (11, "budget", "public table"),
            (12, "public", "public table"),
        ],
    );
}

#[test]
fn all_problems_come_at_once() {
    let text = BASE
        .replace("\"Core\"", "\"绝密\"")
        .replace("\"daily\"", "\"x\"")
        .replace("\"0.01\"", "\"2\"");
    refused(
        &text,
        &[
            (8, "update_frequency", "`x`"),
            (15, "columns.card.grade", "secret"),
            (19, "columns.fee.resolution", "1, 0.1"),
        ],
    );
}

#[test]
fn lines_count_in_header_tables_too() {
    refused(
        &RWM5YR.replace("max_rows = 5", "max_rows = -5"),
        &[(21, "unit.max_rows", "whole number")],
    );
    refused(
        &RWM5YR.replace("currency = \"rho\"\n", ""),
        &[(24, "budget.currency", "missing")],
    );
}

proptest! {
    /// Cutting a piece out of a good spec never panics, and what is refused says why.
    #[test]
    fn any_damage_is_either_read_or_explained(start in 0..BASE.len(), length in 1_usize..40) {
        let damaged: String = BASE.char_indices().filter(|(at, _)| !(start..start + length).contains(at)).map(|(_, c)| c).collect();
        if let Err(problems) = DatasetSpec::from_toml(&damaged) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| !problem.text.contains("maintainers")), "{:?}", problems);
        }
    }
}
