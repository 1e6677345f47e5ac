//! Every cleaning rule, as tables of what goes in and what is stored.

use crate::support::{Site, spec};
use irongate_ingest::{DropReason, QualityReport};

/// What stands in a table for a row that is dropped.
const DROPPED: &str = "(dropped)";

/// A spec with a unit `id`, a number `n` and whatever `columns` adds.
fn with_columns(unit: &str, columns: &str) -> String {
    format!(
        r#"format = 1
name = "t"
title = {{ zh = "t", en = "t" }}
provider = "p"
regulator = "r"
source_element = "e"
legal_basis = "l"
update_frequency = "none"
source = {{ format = "csv", null_values = ["NA"] }}
unit = {{ namespace = "n", columns = ["id"], {unit} }}
budget = {{ currency = "rho", cap = "1" }}
public = {{ units_at_most = 10, size_class = "small" }}
[columns]
id = {{ type = "int64", role = "unit" }}
n = {{ type = "int64", role = "attribute" }}
{columns}
"#
    )
}

/// Ingests one row for each cell of a column `x`, each of its own unit, and compares what is stored:
/// `-` is null.
fn check(column: &str, cells: &[(&str, &str)]) -> QualityReport {
    let spec = spec(&with_columns(
        "max_rows = 1",
        &format!("x = {{ {column} }}"),
    ));
    let lines = cells
        .iter()
        .enumerate()
        .map(|(n, (cell, _))| format!("{n},{n},{cell}\n"));
    let csv = format!("id,n,x\n{}", lines.collect::<String>());
    let site = Site::new();
    let version = site
        .ingest(&spec, csv.as_bytes(), "v1")
        .unwrap_or_else(|error| panic!("{column}: {error}"));
    let numbers = version.column("n");
    let texts = version.column("x");
    let stored = |n: usize| {
        numbers
            .iter()
            .position(|number| *number == n.to_string())
            .map(|at| texts[at].as_str())
    };
    for (n, (cell, expected)) in cells.iter().enumerate() {
        assert_eq!(
            stored(n).unwrap_or(DROPPED),
            *expected,
            "{column}: `{cell}`"
        );
    }
    version.ingested.report
}

#[test]
fn types() {
    check(
        r#"type = "bool", role = "key""#,
        &[
            ("0", "false"),
            ("1", "true"),
            ("TRUE", "true"),
            ("False", "false"),
            ("NA", "-"),
        ],
    );
    check(
        r#"type = "int64", role = "key""#,
        &[
            ("-5", "-5"),
            ("007", "7"),
            ("9223372036854775807", "9223372036854775807"),
            ("NA", "-"),
        ],
    );
    check(
        r#"type = "decimal", role = "key", resolution = "0.01""#,
        &[
            ("1", "1.00"),
            ("1.005", "1.01"),
            ("-1.005", "-1.01"),
            ("1.0049", "1.00"),
            ("1e2", "100.00"),
            (".5", "0.50"),
            ("NA", "-"),
        ],
    );
    check(
        r#"type = "string", role = "key""#,
        &[
            ("a", "a"),
            ("", ""),
            ("\"a,\"\"b\"", "a,\"b"),
            (" 北京 ", " 北京 "),
            ("NA", "-"),
            ("na", "na"),
        ],
    );
    check(
        r#"type = "date", role = "key""#,
        &[
            ("2024-02-29", "2024-02-29"),
            ("0001-01-01", "0001-01-01"),
            ("NA", "-"),
        ],
    );
    check(
        r#"type = "timestamp", role = "key""#,
        &[
            ("2024-02-29T08:00:00+08:00", "2024-02-29T00:00:00"),
            ("2024-02-29 00:00:00.5", "2024-02-29T00:00:00.500"),
            ("NA", "-"),
        ],
    );
}

#[test]
fn ranges() {
    check(
        r#"type = "int64", role = "key", bounds = ["0", "9"]"#,
        &[
            ("-1", DROPPED),
            ("0", "0"),
            ("9", "9"),
            ("10", DROPPED),
            ("NA", "-"),
        ],
    );
    check(
        r#"type = "int64", role = "key", bounds = ["0", "9"], out_of_range = "clamp""#,
        &[("-1", "0"), ("9", "9"), ("10", "9"), ("NA", "-")],
    );
    check(
        r#"type = "int64", role = "key", domain = [3, 1]"#,
        &[("1", "1"), ("2", DROPPED), ("3", "3")],
    );
    let big = r#"type = "int64", role = "key", bounds = ["-9223372036854775808", "9223372036854775806"], out_of_range = "clamp""#;
    check(
        big,
        &[
            ("9223372036854775807", "9223372036854775806"),
            ("-9223372036854775808", "-9223372036854775808"),
        ],
    );
    check(
        r#"type = "decimal", role = "key", resolution = "0.1", bounds = ["-0.5", "2"]"#,
        &[
            ("-0.54", "-0.5"),
            ("-0.55", DROPPED),
            ("2.04", "2.0"),
            ("2.05", DROPPED),
        ],
    );
    check(
        r#"type = "decimal", role = "key", resolution = "0.1", domain = ["0.5", "1"]"#,
        &[("0.5", "0.5"), ("1.0", "1.0"), ("0.6", DROPPED)],
    );
    check(
        r#"type = "bool", role = "key", domain = [true]"#,
        &[("1", "true"), ("0", DROPPED)],
    );
    check(
        r#"type = "string", role = "key", domain = ["男", "女"]"#,
        &[("男", "男"), ("其他", DROPPED), ("NA", "-")],
    );
    let (fits, long) = ("x".repeat(256), "诊".repeat(86));
    check(
        r#"type = "string", role = "key""#,
        &[(&fits, &fits), (&long, DROPPED)],
    );
    check(
        r#"type = "date", role = "key", bounds = ["2024-01-01", "2024-12-31"]"#,
        &[
            ("2023-12-31", DROPPED),
            ("2024-01-01", "2024-01-01"),
            ("2025-01-01", DROPPED),
        ],
    );
    check(
        r#"type = "date", role = "key", bounds = ["2024-01-01", "2024-12-31"], out_of_range = "clamp""#,
        &[("2023-12-31", "2024-01-01")],
    );
    check(
        r#"type = "date", role = "key", domain = ["2024-01-01"]"#,
        &[("2024-01-01", "2024-01-01"), ("2024-01-02", DROPPED)],
    );
    check(
        r#"type = "timestamp", role = "key", bounds = ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"]"#,
        &[
            ("2024-01-01T08:00:00+08:00", "2024-01-01T00:00:00"),
            ("2024-01-01T01:00:01Z", DROPPED),
        ],
    );
}

#[test]
fn nulls() {
    check(
        r#"type = "int64", role = "key", null = "drop""#,
        &[("1", "1"), ("NA", DROPPED)],
    );
    check(
        r#"type = "int64", role = "key", null = 7, bounds = ["0", "9"]"#,
        &[("1", "1"), ("NA", "7"), ("10", DROPPED)],
    );
    check(
        r#"type = "bool", role = "key", null = true"#,
        &[("0", "false"), ("NA", "true")],
    );
    check(
        r#"type = "decimal", role = "key", resolution = "0.01", null = "0.5""#,
        &[("NA", "0.50")],
    );
    check(
        r#"type = "string", role = "key", null = "未知""#,
        &[("NA", "未知"), ("", "")],
    );
    check(
        r#"type = "string", role = "key", null = { value = "drop" }"#,
        &[("NA", "drop")],
    );
    check(
        r#"type = "date", role = "key", null = "2024-01-01""#,
        &[("NA", "2024-01-01")],
    );
    check(
        r#"type = "timestamp", role = "key", null = "2024-01-01T08:00:00+08:00""#,
        &[("NA", "2024-01-01T00:00:00")],
    );
    let report = check(
        r#"type = "int64", role = "key", null = "drop", bounds = ["0", "9"]"#,
        &[
            ("NA", DROPPED),
            ("10", DROPPED),
            ("NA", DROPPED),
            ("3", "3"),
        ],
    );
    let dropped: Vec<_> = report
        .dropped
        .iter()
        .map(|drop| (drop.reason.clone(), drop.rows))
        .collect();
    assert_eq!(
        dropped,
        [
            (DropReason::Null("x".into()), 2),
            (DropReason::OutOfRange("x".into()), 1)
        ]
    );
    let x = report
        .columns
        .iter()
        .find(|column| column.column == "x")
        .unwrap();
    assert_eq!(
        (x.null, x.out_of_range, report.rows_read, report.rows_kept),
        (2, 1, 4, 1)
    );
}

/// Ingests rows `id,n,day`, and compares the stored `n` of each unit, sorted, and what was dropped.
fn check_unit(unit: &str, rows: &[&str], stored: &[&[&str]], dropped: &[(DropReason, u64)]) {
    let spec = spec(&with_columns(
        unit,
        r#"day = { type = "int64", role = "key", bounds = ["0", "100"] }"#,
    ));
    let csv = |rows: &[&str]| format!("id,n,day\n{}\n", rows.join("\n"));
    let site = Site::new();
    let version = site.ingest(&spec, csv(rows).as_bytes(), "v1").unwrap();
    let mut units: Vec<(String, Vec<String>)> = Vec::new();
    for (unit, cells) in version.rows() {
        let n = cells[0].clone().unwrap_or_else(|| "-".into());
        match units.last_mut().filter(|(last, _)| *last == unit) {
            Some((_, numbers)) => numbers.push(n),
            None => units.push((unit, vec![n])),
        }
    }
    let mut units: Vec<Vec<String>> = units.into_iter().map(|(_, numbers)| numbers).collect();
    units.iter_mut().for_each(|numbers| numbers.sort());
    units.sort();
    assert_eq!(units, stored, "{unit}");
    let found: Vec<_> = version
        .ingested
        .report
        .dropped
        .iter()
        .map(|drop| (drop.reason.clone(), drop.rows))
        .collect();
    assert_eq!(found, dropped, "{unit}");
    // The order of the file's rows does not matter.
    let reversed: Vec<&str> = rows.iter().rev().copied().collect();
    assert_eq!(
        site.ingest(&spec, csv(&reversed).as_bytes(), "v2")
            .unwrap()
            .rows(),
        version.rows(),
        "{unit}"
    );
}

#[test]
fn units() {
    check_unit(
        "max_rows = 2",
        &["1,1,1", "NA,2,1", "1,3,2"],
        &[&["1", "3"]],
        &[(DropReason::UnitNull("id".into()), 1)],
    );
    let day = r#"max_rows = 9, unique_within_unit = ["day"]"#;
    let duplicate = |rows| [(DropReason::DuplicateWithinUnit, rows)];
    check_unit(
        day,
        &["1,5,1", "1,4,1", "1,4,1", "1,6,2", "2,9,1"],
        &[&["4", "6"], &["9"]],
        &duplicate(2),
    );
    check_unit(day, &["1,5,NA", "1,4,NA"], &[&["4"]], &duplicate(1));
    // A row that is dropped for its values is no duplicate of another.
    check_unit(
        day,
        &["1,5,101", "1,4,101"],
        &[],
        &[(DropReason::OutOfRange("day".into()), 2)],
    );
    let both = r#"max_rows = 9, unique_within_unit = ["n", "day"]"#;
    check_unit(
        both,
        &["1,5,1", "1,4,1", "1,5,1"],
        &[&["4", "5"]],
        &duplicate(1),
    );
    check_unit(
        "max_rows = 3",
        &["1,5,1", "1,5,1", "1,5,1", "2,6,1"],
        &[&["5", "5", "5"], &["6"]],
        &[],
    );
    let beyond = |rows| [(DropReason::BeyondRowCap, rows)];
    check_unit(
        "max_rows = 3",
        &["1,5,1", "1,5,1", "1,5,1", "1,5,1", "2,6,1"],
        &[&["5", "5", "5"], &["6"]],
        &beyond(1),
    );
    let mixed = r#"max_rows = 1, unique_within_unit = ["day"]"#;
    let two = [
        (DropReason::DuplicateWithinUnit, 1),
        (DropReason::BeyondRowCap, 1),
    ];
    check_unit(mixed, &["1,5,1", "1,5,2", "1,6,2"], &[&["5"]], &two);
}

/// Past the cap the keyed hash chooses: each row stands about equally often over keys, equal rows too.
#[test]
fn the_row_cap_favours_no_row() {
    let spec = spec(&with_columns("max_rows = 2", ""));
    let site = Site::new();
    let file = site.path("rows.csv");
    std::fs::write(&file, "id,n\n1,1\n1,2\n1,3\n1,4\n1,4\n").unwrap();
    let mut stood = [0; 4];
    for key in 0..100 {
        let version = site
            .ingest_file(&spec, &file, &format!("v{key}"), key)
            .unwrap();
        version
            .column("n")
            .iter()
            .for_each(|n| stood[n.parse::<usize>().unwrap() - 1] += 1);
    }
    assert_eq!(stood.iter().sum::<i32>(), 200);
    // Expected 40, 40, 40, 80; five standard deviations off.
    assert!(
        stood[..3].iter().all(|n| (16..=64).contains(n)) && (56..=104).contains(&stood[3]),
        "{stood:?}"
    );
}
