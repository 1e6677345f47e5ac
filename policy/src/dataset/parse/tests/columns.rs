//! Refusals of columns.

use super::*;

#[test]
fn refusals_of_columns() {
    check("note = {", "unit = {", &[(20, "columns.unit", "reserved")]);
    check(
        "note = {",
        "Note = {",
        &[(20, "columns.Note", "lower-case")],
    );
    check(
        "note = {",
        "\"备注\" = {",
        &[(20, "columns.备注", "lower-case")],
    );
    check(
        "paid = { type = \"bool\",",
        "paid = {",
        &[(21, "columns.paid.type", "missing")],
    );
    check(
        "type = \"bool\"",
        "type = \"float\"",
        &[(21, "columns.paid.type", "`decimal`")],
    );
    check(
        "\"bool\", role = \"key\"",
        "\"bool\", role = \"measure\"",
        &[(21, "columns.paid.role", "summed")],
    );
    check(
        "\"bool\", role = \"key\"",
        "\"bool\", rule = \"key\"",
        &[
            (21, "columns.paid.rule", "unknown"),
            (21, "columns.paid.role", "missing"),
        ],
    );
    check(
        "null = false",
        "null = 0",
        &[(21, "columns.paid.null", "`true` or `false`")],
    );
    check(
        "null = false",
        "bounds = [\"0\", \"1\"]",
        &[(21, "columns.paid.bounds", "domain")],
    );
    check(
        "null = false",
        "resolution = \"1\"",
        &[(21, "columns.paid.resolution", "only a decimal")],
    );
    check(
        "resolution = \"0.01\", ",
        "",
        &[(19, "columns.fee.resolution", "missing")],
    );
    check(
        "\"0.01\"",
        "\"0.05\"",
        &[(19, "columns.fee.resolution", "0.1")],
    );
    check(
        "\"-1.5\"",
        "\"-1.555\"",
        &[(19, "columns.fee.bounds", "2 of them after the point")],
    );
    check(
        "\"-1.5\", \"100\"",
        "\"100\", \"-1.5\"",
        &[(19, "columns.fee.bounds", "least")],
    );
    check(
        "\"-1.5\", \"100\"",
        "\"100\"",
        &[(19, "columns.fee.bounds", "two strings")],
    );
    check(
        "\"-1.5\", \"100\"",
        "\"-1.5\", \"1e17\"",
        &[(19, "columns.fee.bounds", "18 digits")],
    );
    check(
        "bounds = [\"-1.5\", \"100\"], ",
        "",
        &[(19, "columns.fee.out_of_range", "clamped")],
    );
    check(
        "domain = [1, 2, 3]",
        "domain = [1], bounds = [\"0\", \"9\"], out_of_range = \"clamp\"",
        &[(22, "columns.times.out_of_range", "no domain")],
    );
    check(
        "[1, 2, 3]",
        "[]",
        &[(22, "columns.times.domain", "1 to 10000")],
    );
    check(
        "[1, 2, 3]",
        "[1, 2, 1]",
        &[(22, "columns.times.domain", "twice")],
    );
    check(
        "[1, 2, 3]",
        "[1, \"x\", 2.5]",
        &[
            (22, "columns.times.domain", "int64"),
            (22, "columns.times.domain", "int64"),
        ],
    );
    check(
        "[1, 2, 3]",
        "[1, 2], bounds = [\"0\", \"1\"]",
        &[(22, "columns.times.domain", "outside")],
    );
    check(
        "[1, 2, 3]",
        "[1, 2], null = 3",
        &[(22, "columns.times.null", "not in the column's domain")],
    );
    check(
        "[1, 2, 3]",
        "[1], bounds = [\"0\", \"99999999999999999999\"]",
        &[(22, "columns.times.bounds", "no int64")],
    );
    check(
        "\"2020-12-31\"",
        "\"2020-02-30\"",
        &[(17, "columns.day.bounds", "2026-12-01")],
    );
    check(
        "2020-01-01T00:00:00+08:00",
        "noon",
        &[(18, "columns.at.null", "timestamp")],
    );
    check(
        "\"复诊\"",
        &format!("\"{}\"", "诊".repeat(86)),
        &[(20, "columns.note.domain", "256 bytes")],
    );
    check(
        "{ value = \"drop\" }",
        "{ value = \"keep\" }",
        &[(20, "columns.note.null.value", "domain")],
    );
    check(
        "\"string\", role = \"unit\" }",
        "\"string\", role = \"unit\", null = \"drop\" }",
        &[(16, "columns.who.null", "always dropped")],
    );
    check(
        "paid = { type = \"bool\", role = \"key\", null = false }",
        "paid = 3",
        &[(21, "columns.paid", "not a table")],
    );
}
