//! The layout that the engine relies on.

use crate::support::{Row, Site, Version, batches, spec};
use arrow::datatypes::{DataType, TimeUnit};
use irongate_fixtures::{
    CLINIC_SPEC, EDUCATION_SPEC, RWM5YR_SPEC, VISITS_SPEC, Visits, clinic, clinic_csv, path,
};
use irongate_ingest::{MAX_ROW_GROUP_ROWS, stored_schema};
use parquet::basic::Encoding;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::BTreeSet;
use std::fs::File;

fn units(rows: &[Row]) -> Vec<&str> {
    let mut units: Vec<&str> = rows.iter().map(|(unit, _)| unit.as_str()).collect();
    units.dedup();
    units
}

/// Units are sorted and none comes back later, over all files; row groups hold whole units.
fn check_clustered(version: &Version) {
    let rows = version.rows();
    let units = units(&rows);
    assert!(units.is_sorted(), "units are sorted");
    assert_eq!(
        units.len(),
        units.iter().collect::<BTreeSet<_>>().len(),
        "a unit's rows stand together"
    );
    assert_eq!(units.len() as u64, version.ingested.manifest.units);
    let mut ends = Vec::new();
    for file in version.files() {
        let reader = SerializedFileReader::new(File::open(&file).unwrap()).unwrap();
        for group in 0..reader.metadata().num_row_groups() {
            let group = reader.metadata().row_group(group);
            assert!(group.num_rows() as usize <= MAX_ROW_GROUP_ROWS);
            // It tells which pseudonyms it has, all in one sixteenth of them, and nothing else.
            let (unit, others) = group.columns().split_first().unwrap();
            let unit = unit.statistics().unwrap();
            let cells = [unit.min_bytes_opt().unwrap(), unit.max_bytes_opt().unwrap()];
            assert!(cells.iter().all(|end| end.len() == 16));
            assert_eq!(
                cells[0][0] >> 4,
                cells[1][0] >> 4,
                "a row group reaches over a cut"
            );
            assert!(others.iter().all(|column| column.statistics().is_none()));
            let encodings: Vec<_> = group.column(0).encodings().collect();
            assert!(
                encodings.contains(&Encoding::RLE_DICTIONARY),
                "{encodings:?}"
            );
            let pages = group.column(0).page_encoding_stats_mask();
            assert!(
                pages.is_none_or(|mask| mask.is_only(Encoding::RLE_DICTIONARY)),
                "every pseudonym is in the dictionary"
            );
            ends.push(group.num_rows() as usize);
        }
    }
    let mut end = 0;
    for rows_of_group in ends {
        end += rows_of_group;
        if end < rows.len() {
            assert_ne!(rows[end - 1].0, rows[end].0, "a unit crosses row {end}");
        }
    }
    assert_eq!(end, rows.len());
}

#[test]
fn the_registry_is_stored_as_declared() {
    let site = Site::new();
    let spec = spec(RWM5YR_SPEC);
    let version = site
        .ingest_file(&spec, &path("rwm5yr/rwm5yr.csv"), "v1", 1)
        .unwrap();
    let report = &version.ingested.report;
    assert_eq!((report.rows_read, report.units), (19_609, 6_127));
    assert_eq!(report.rows_kept, version.ingested.manifest.rows);
    assert_eq!(
        report.rows_kept + report.dropped.iter().map(|drop| drop.rows).sum::<u64>(),
        report.rows_read
    );
    let schema = batches(&version.files()[0])[0].schema();
    assert_eq!(schema, stored_schema(&spec));
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| {
            (
                field.name().as_str(),
                field.data_type().clone(),
                field.is_nullable(),
            )
        })
        .collect();
    assert_eq!(fields[0], ("unit", DataType::Binary, false));
    assert_eq!(fields[1], ("year", DataType::Int64, false));
    assert_eq!(fields[3], ("female", DataType::Boolean, true));
    assert_eq!(fields[11], ("hhninc", DataType::Decimal128(18, 3), false));
    check_clustered(&version);
    // The first line of the file: 3.04999995231628 rounds to 3.050.
    let first = version.rows().into_iter().filter(|(_, cells)| {
        cells[0].as_deref() == Some("1984") && cells[10].as_deref() == Some("3.050")
    });
    assert!(first.count() >= 1);
}

#[test]
fn every_type_is_stored() {
    let site = Site::new();
    let spec = spec(CLINIC_SPEC);
    let version = site
        .ingest(&spec, clinic_csv(&clinic(2000, 300, 5)).as_bytes(), "v1")
        .unwrap();
    let schema = stored_schema(&spec);
    let kinds: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| (field.data_type().clone(), field.is_nullable()))
        .collect();
    assert_eq!(
        kinds,
        [
            (DataType::Binary, false),
            (DataType::Date32, true),
            (DataType::Timestamp(TimeUnit::Microsecond, None), true),
            (DataType::Utf8, false),
            (DataType::Boolean, false),
            (DataType::Int64, false),
            (DataType::Decimal128(18, 2), true),
            (DataType::Utf8, true),
        ]
    );
    check_clustered(&version);
    for note in ["两行\n记录", "he said \"ok\", twice", "", "-"] {
        assert!(
            version.column("note").iter().any(|text| text == note),
            "{note}"
        );
    }
    let report = version.ingested.report.to_string();
    assert!(
        report.contains("unit column `card` is null")
            && report.contains("beyond the unit's row cap"),
        "{report}"
    );
}

#[test]
fn many_units_share_files_and_row_groups() {
    let site = Site::new();
    let mut csv = Vec::new();
    Visits {
        rows: 1_300_000,
        units: 1_250_000,
        heavy_rows: 20,
        seed: 1,
    }
    .write_csv(&mut csv)
    .unwrap();
    let version = site.ingest(&spec(VISITS_SPEC), &csv, "v1").unwrap();
    assert_eq!(version.files().len(), 2);
    assert_eq!(version.ingested.report.rows_kept, 1_300_000 - 12);
    check_clustered(&version);
}

#[test]
fn a_public_table_has_no_unit() {
    let site = Site::new();
    let version = site
        .ingest_file(
            &spec(EDUCATION_SPEC),
            &path("education/education.csv"),
            "v1",
            1,
        )
        .unwrap();
    assert_eq!(
        version.column("name_zh"),
        ["未完成高中", "高中", "大学", "研究生"]
    );
    assert_eq!(version.rows()[0].0, "");
    assert_eq!(version.ingested.manifest.units, 0);
}

#[test]
fn no_rows_still_give_a_file_with_the_schema() {
    let site = Site::new();
    let spec = spec(VISITS_SPEC);
    let version = site
        .ingest(&spec, b"id,year,edlevel,docvis\n", "v1")
        .unwrap();
    let file = File::open(&version.files()[0]).unwrap();
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(*reader.schema(), stored_schema(&spec));
    assert_eq!(version.ingested.manifest.rows, 0);
}

#[test]
fn the_same_file_gives_the_same_rows_and_the_key_gives_the_pseudonyms() {
    let site = Site::new();
    let spec = spec(CLINIC_SPEC);
    let csv = clinic_csv(&clinic(500, 60, 2));
    let (one, two) = (
        site.ingest(&spec, csv.as_bytes(), "v1").unwrap(),
        site.ingest(&spec, csv.as_bytes(), "v2").unwrap(),
    );
    assert_eq!(one.rows(), two.rows());
    assert_ne!(
        one.ingested.manifest.commitment(),
        two.ingested.manifest.commitment(),
        "versions commit apart"
    );
    let other = site
        .ingest_file(&spec, &site.path("v1.input"), "v3", 2)
        .unwrap();
    let (a, b) = (one.rows(), other.rows());
    let (a, b): (BTreeSet<_>, BTreeSet<_>) = (
        units(&a).into_iter().collect(),
        units(&b).into_iter().collect(),
    );
    assert!(a.is_disjoint(&b));
}
