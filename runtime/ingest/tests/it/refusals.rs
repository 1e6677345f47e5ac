//! Files that do not fit their spec: every problem at once, with its line, and no value.

use crate::support::{Site, spec};
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use irongate_fixtures::{CLINIC_SPEC, VISITS_SPEC};
use irongate_ingest::{IngestError, MAX_LISTED_PROBLEMS, Problems};
use irongate_policy::dataset::DatasetSpec;
use parquet::arrow::ArrowWriter;
use std::sync::Arc;

const HEADER: &str = "id,year,edlevel,docvis\n";

fn visits(format: &str) -> DatasetSpec {
    spec(&VISITS_SPEC.replace(
        "format = \"csv\"",
        &format!("format = \"{format}\"\nignore = [\"extra\"]"),
    ))
}

fn refused(spec: &DatasetSpec, bytes: &[u8]) -> Problems {
    let site = Site::new();
    let before = std::fs::read_dir(site.folder.path()).unwrap().count();
    let error = site.ingest(spec, bytes, "v1").err().expect("refused");
    let left = std::fs::read_dir(site.folder.path()).unwrap().count();
    assert_eq!(left, before + 1, "nothing but the input is left behind");
    match error {
        IngestError::Problems(problems) => problems,
        other => panic!("{other:?}"),
    }
}

/// Asserts the problems of a file: line, column, part of the text.
fn check(spec: &DatasetSpec, bytes: impl AsRef<[u8]>, expected: &[(u64, Option<&str>, &str)]) {
    let problems = refused(spec, bytes.as_ref());
    assert_eq!(problems.list.len(), expected.len(), "{problems}");
    for (problem, (line, column, part)) in problems.list.iter().zip(expected) {
        assert_eq!(
            (problem.line, problem.column.as_deref()),
            (*line, *column),
            "{problems}"
        );
        assert!(problem.text.contains(part), "{problem}");
    }
}

#[test]
fn csv_headers() {
    let spec = visits("csv");
    check(&spec, "", &[(0, None, "empty")]);
    check(
        &spec,
        "id,year,edlevel\n1,1984,1\n",
        &[(1, Some("docvis"), "missing")],
    );
    check(
        &spec,
        "id,year,edlevel,docvis,extra,more\n1,1984,1,1,,\n",
        &[(1, None, "column 6 of the file is not declared")],
    );
    check(
        &spec,
        "id,year,edlevel,docvis,year\n1,1984,1,1,1984\n",
        &[(1, Some("year"), "twice")],
    );
    check(
        &spec,
        "ID,year,edlevel,docvis\n",
        &[(1, None, "not declared"), (1, Some("id"), "missing")],
    );
    check(&spec, b"id,year,\xff,docvis\n", &[(1, None, "UTF-8")]);
}

#[test]
fn csv_rows() {
    let spec = visits("csv");
    check(
        &spec,
        format!("{HEADER}1,1984,1\n1,1984,1,1\n1,1984,1,1,1\n"),
        &[(2, None, "3 fields"), (4, None, "5 fields")],
    );
    check(
        &spec,
        format!("{HEADER}x,1984,1,1\n\n1,1984.0,one,\n"),
        &[
            (2, Some("id"), "no integer"),
            (4, Some("year"), "no integer"),
            (4, Some("edlevel"), "no integer"),
            (4, Some("docvis"), "no integer"),
        ],
    );
    check(
        &spec,
        [HEADER.as_bytes(), b"1,\xff,1,1\n"].concat(),
        &[(2, None, "field 2 is not UTF-8")],
    );
    check(
        &spec,
        format!("{HEADER}1,1984,1,\"1\n1,1984,1,1\n"),
        &[(2, None, "never closed"), (2, Some("docvis"), "no integer")],
    );
    // A quote within an unquoted field is itself.
    check(
        &spec,
        format!("{HEADER}1\",1984,1,1\nx,1984,1,1\n"),
        &[(2, Some("id"), "no integer"), (3, Some("id"), "no integer")],
    );
    let endless = format!("{HEADER}1,1984,1,\"{}", "1\n".repeat(1 << 20));
    check(&spec, endless, &[(2, None, "more than 1048576 bytes")]);
    // Rows are judged even where the header is wrong: one round mends all.
    check(
        &spec,
        "id,year,edlevel\nx,1984,1\n",
        &[
            (1, Some("docvis"), "missing"),
            (2, Some("id"), "no integer"),
        ],
    );
}

#[test]
fn lines_are_those_an_editor_shows() {
    let spec = visits("csv");
    let bad = [
        (3, Some("id"), "no integer"),
        (7, Some("id"), "no integer"),
        (9, Some("id"), "no integer"),
    ];
    let text = "id,year,edlevel,docvis\n\nx,1984,1,1\n\n\n1,1984,1,1\nx,1984,1,1\n\nx,1984,1,1";
    check(&spec, text, &bad);
    check(&spec, text.replace('\n', "\r\n"), &bad);
    let clinic = clinic_header();
    let quoted = format!("{clinic}\n1,1,a,,,,,,,\"two\n\nlines\"\n\n2,1,a,,,,,x,,\n");
    let null = crate::support::spec(&CLINIC_SPEC.replace("[\"NA\"]", "[\"\"]"));
    check(&null, &quoted, &[(6, Some("visits"), "digits alone")]);
    check(
        &null,
        quoted.replace('\n', "\r\n"),
        &[(6, Some("visits"), "digits alone")],
    );
}

fn clinic_header() -> &'static str {
    "serial,card,name,visited,arrived,dept,insured,visits,fee,note"
}

#[test]
fn every_type() {
    let spec = spec(&CLINIC_SPEC.replace("ignore = [\"serial\"]", ""));
    let header = "card,name,visited,arrived,dept,insured,visits,fee,note";
    check(
        &spec,
        format!("{header}\n1,a,2025-13-01,noon,x,maybe,1.5,1.2.3,\n"),
        &[
            (2, Some("visited"), "YYYY-MM-DD"),
            (2, Some("arrived"), "hh:mm"),
            (2, Some("insured"), "true or false"),
            (2, Some("visits"), "digits alone"),
            (2, Some("fee"), "18 digits"),
        ],
    );
}

#[test]
fn json_lines() {
    let spec = visits("jsonl");
    let good = r#"{"id":1,"year":1984,"edlevel":1,"docvis":0,"extra":{"a":[1]}}"#;
    check(
        &spec,
        format!(
            "{good}\n{{\"id\":\n[1]\n{{\"id\":\"x\"}}\n{{\"id\":1,\"id\":2}}\n{{\"id\":[1]}}\n{{\"other\":1}}\n{{\"other\":2}}\n{good} {good}\n{{\"id\":1.5}}\n"
        ),
        &[
            (2, None, "no JSON object"),
            (3, None, "no JSON object"),
            (4, Some("id"), "no integer"),
            (5, Some("id"), "twice"),
            (6, Some("id"), "single value"),
            (7, None, "not declared"),
            (9, None, "no JSON object"),
            (10, Some("id"), "no integer"),
        ],
    );
    check(&spec, b"{\"id\":\"\xff\"}\n", &[(1, None, "UTF-8")]);
    let long = format!(
        "{{\"extra\":\"{}\"}}\n{{\"id\":true}}\n",
        "x".repeat(1 << 20)
    );
    check(
        &spec,
        long,
        &[
            (1, None, "more than 1048576 bytes"),
            (2, Some("id"), "no integer"),
        ],
    );
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    out
}

#[test]
fn parquet_files() {
    let spec = visits("parquet");
    let ints = || -> ArrayRef { Arc::new(Int64Array::from(vec![1, 2])) };
    check(&spec, "no parquet", &[(0, None, "not Parquet")]);
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    let bytes = parquet(vec![
        ("id", ints()),
        ("year", floats),
        ("docvis", ints()),
        ("other", ints()),
    ]);
    check(
        &spec,
        bytes,
        &[
            (0, None, "column 4"),
            (0, Some("edlevel"), "missing"),
            (0, Some("year"), "does not suit"),
        ],
    );
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["1984", "x"]));
    let bytes = parquet(vec![
        ("id", ints()),
        ("year", texts),
        ("docvis", ints()),
        ("edlevel", ints()),
    ]);
    check(&spec, &bytes, &[(2, Some("year"), "no integer")]);
    let footer = bytes.len() - 8;
    check(&spec, &bytes[..footer], &[(0, None, "not Parquet")]);
}

#[test]
fn many_problems_are_counted() {
    let csv = format!("{HEADER}{}", "x,1984,1,1\n".repeat(MAX_LISTED_PROBLEMS + 7));
    let problems = refused(&visits("csv"), csv.as_bytes());
    assert_eq!(
        (problems.list.len(), problems.more),
        (MAX_LISTED_PROBLEMS, 7)
    );
    assert!(problems.to_string().ends_with("and 7 more"), "{problems}");
}

#[test]
fn errors_hold_no_value() {
    const PLANTED: &str = "PLANTED330106";
    for (format, text) in [
        (
            "csv",
            format!("{HEADER}{PLANTED},{PLANTED},1,1\n{PLANTED}\n1,1984,1,\"{PLANTED}\n"),
        ),
        (
            "jsonl",
            format!(
                "{{\"id\":\"{PLANTED}\",\"year\":{PLANTED}}}\n{{\"id\":\"{PLANTED}\"}}\n{{\"{PLANTED}\":1}}\n{PLANTED}\n\"{PLANTED}\"\n"
            ),
        ),
        (
            "csv",
            format!("id,year,edlevel,docvis,{PLANTED}\n1,1,1,1,1\n"),
        ),
        ("parquet", PLANTED.to_owned()),
    ] {
        let error = Site::new()
            .ingest(&visits(format), text.as_bytes(), "v1")
            .err()
            .unwrap();
        assert!(
            !format!("{error} {error:?}").contains(PLANTED),
            "{format}: {error}"
        );
    }
}

#[test]
fn a_version_never_changes() {
    let (site, spec) = (Site::new(), visits("csv"));
    let version = site.ingest(&spec, HEADER.as_bytes(), "v1").unwrap();
    let before = std::fs::read(version.path.join("manifest.json")).unwrap();
    assert!(matches!(
        site.ingest(&spec, HEADER.as_bytes(), "v1"),
        Err(IngestError::Exists(_))
    ));
    assert_eq!(
        std::fs::read(version.path.join("manifest.json")).unwrap(),
        before
    );
}
