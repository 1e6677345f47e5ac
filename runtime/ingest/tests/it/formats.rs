//! The same rows through CSV, JSON lines and Parquet are stored alike.

use crate::support::{Site, Version, spec};
use irongate_fixtures::{
    CLINIC_SPEC, VISITS_SPEC, Visits, clinic, clinic_csv, clinic_jsonl, clinic_parquet,
};
use irongate_policy::dataset::DatasetSpec;

/// The clinic's spec for another format.
pub(crate) fn clinic_spec(format: &str) -> DatasetSpec {
    let other = CLINIC_SPEC.replace("format = \"csv\"", &format!("format = \"{format}\""));
    spec(&if format == "csv" {
        other
    } else {
        other.replace("null_values = [\"NA\"]\n", "")
    })
}

#[test]
fn the_clinic_is_stored_alike() {
    let site = Site::new();
    let rows = clinic(3000, 400, 7);
    let mut parquet = Vec::new();
    clinic_parquet(&rows, &mut parquet).unwrap();
    let inputs = [
        ("csv", clinic_csv(&rows).into_bytes()),
        ("jsonl", clinic_jsonl(&rows).into_bytes()),
        ("parquet", parquet),
    ];
    let versions: Vec<Version> = inputs
        .iter()
        .map(|(format, bytes)| site.ingest(&clinic_spec(format), bytes, format).unwrap())
        .collect();
    let expected = versions[0].rows();
    assert!(expected.len() > 500);
    for version in &versions[1..] {
        assert!(version.rows() == expected, "{}", version.path.display());
        assert_eq!(
            version.ingested.report.dropped,
            versions[0].ingested.report.dropped
        );
        assert_eq!(
            version.ingested.report.columns,
            versions[0].ingested.report.columns
        );
    }
}

#[test]
fn visits_are_stored_alike_over_many_chunks() {
    let site = Site::new();
    let visits = Visits {
        rows: 150_000,
        units: 40_000,
        heavy_rows: 500,
        seed: 4,
    };
    let (mut csv, mut parquet) = (Vec::new(), Vec::new());
    visits.write_csv(&mut csv).unwrap();
    visits.write_parquet(&mut parquet).unwrap();
    let as_csv = site.ingest(&spec(VISITS_SPEC), &csv, "csv").unwrap();
    let as_parquet = site
        .ingest(
            &spec(&VISITS_SPEC.replace("\"csv\"", "\"parquet\"")),
            &parquet,
            "parquet",
        )
        .unwrap();
    assert!(as_csv.rows() == as_parquet.rows());
    assert_eq!(as_csv.ingested.report.rows_kept, 150_000 - 492);
}

#[test]
fn byte_order_marks_and_line_ends_do_not_matter() {
    let site = Site::new();
    let plain = site
        .ingest(
            &spec(VISITS_SPEC),
            b"id,year,edlevel,docvis\n1,1984,1,2\n",
            "v1",
        )
        .unwrap();
    let marked = site
        .ingest(
            &spec(VISITS_SPEC),
            b"\xef\xbb\xbfid,year,edlevel,docvis\r\n1,1984,1,2",
            "v2",
        )
        .unwrap();
    assert_eq!(plain.rows(), marked.rows());
    let json = spec(&VISITS_SPEC.replace("\"csv\"", "\"jsonl\""));
    let line = b"\xef\xbb\xbf{\"docvis\":2,\"id\":1,\"edlevel\":\"1\",\"year\":1984}\r\n\r\n";
    assert_eq!(site.ingest(&json, line, "v3").unwrap().rows(), plain.rows());
}
