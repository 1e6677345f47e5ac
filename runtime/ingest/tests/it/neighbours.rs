//! The property that the privacy promise stands on: removing a unit leaves every other unit's stored
//! rows as they were.

use crate::formats::clinic_spec;
use crate::support::{Row, Site};
use irongate_fixtures::{ClinicRow, clinic, clinic_csv, clinic_jsonl, clinic_parquet};
use irongate_ingest::DropReason;
use irongate_policy::dataset::{DatasetSpec, Protection};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::BTreeSet;

const CASES: u32 = 150;

fn bytes(format: &str, rows: &[ClinicRow]) -> Vec<u8> {
    match format {
        "csv" => clinic_csv(rows).into_bytes(),
        "jsonl" => clinic_jsonl(rows).into_bytes(),
        _ => {
            let mut out = Vec::new();
            clinic_parquet(rows, &mut out).unwrap();
            out
        }
    }
}

fn with_caps(format: &str, max_rows: u32, unique: &[String]) -> DatasetSpec {
    let mut spec = clinic_spec(format);
    if let Protection::Protected(protected) = &mut spec.protection {
        protected.unit.max_rows = max_rows;
        protected.unit.unique_within_unit = unique.to_vec();
    }
    spec
}

fn units(rows: &[Row]) -> BTreeSet<&String> {
    rows.iter().map(|(unit, _)| unit).collect()
}

#[test]
fn removing_a_unit_leaves_all_others_as_they_were() {
    let (removed_units, duplicates, capped, dropped) =
        (Cell::new(0), Cell::new(0), Cell::new(0), Cell::new(0));
    let unique = prop_oneof![
        Just(vec![]),
        Just(vec!["dept".to_owned()]),
        Just(vec!["visited".to_owned(), "dept".to_owned()]),
        Just(vec!["insured".to_owned()]),
    ];
    let strategy = (
        prop_oneof!["csv", "jsonl", "parquet"],
        1_usize..150,
        1_u32..12,
        any::<u64>(),
        1_u32..6,
        unique,
        any::<prop::sample::Index>(),
    );
    let mut runner = TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let property = |(format, rows, people, seed, max_rows, unique, index): (
        String,
        usize,
        u32,
        u64,
        u32,
        Vec<String>,
        prop::sample::Index,
    )| {
        let spec = with_caps(&format, max_rows, &unique);
        let rows = clinic(rows, people, seed);
        let chosen = index.get(&rows).clone();
        let is_other = |row: &&ClinicRow| (&row.card, &row.name) != (&chosen.card, &chosen.name);
        let others: Vec<ClinicRow> = rows.iter().filter(is_other).cloned().collect();
        let site = Site::new();
        let with = site.ingest(&spec, &bytes(&format, &rows), "with").unwrap();
        let without = site
            .ingest(&spec, &bytes(&format, &others), "without")
            .unwrap();
        let (before, after) = (with.rows(), without.rows());
        let gone: Vec<String> = units(&before)
            .difference(&units(&after))
            .map(|unit| (*unit).clone())
            .collect();
        prop_assert!(gone.len() <= 1, "one unit at most is gone");
        let expected: Vec<&Row> = before
            .iter()
            .filter(|(unit, _)| !gone.contains(unit))
            .collect();
        prop_assert_eq!(expected, after.iter().collect::<Vec<_>>());
        removed_units.set(removed_units.get() + gone.len());
        for drop in &without.ingested.report.dropped {
            let count = match drop.reason {
                DropReason::DuplicateWithinUnit => &duplicates,
                DropReason::BeyondRowCap => &capped,
                DropReason::UnitNull(_) | DropReason::Null(_) | DropReason::OutOfRange(_) => {
                    &dropped
                }
            };
            count.set(count.get() + 1);
        }
        Ok(())
    };
    runner.run(&strategy, property).unwrap();
    let (removed, counts) = (
        removed_units.get(),
        [duplicates.get(), capped.get(), dropped.get()],
    );
    println!(
        "{CASES} cases: a unit removed in {removed}; among the others [duplicates, row cap, row rules] dropped rows: {counts:?}"
    );
    // The rules must have been at work on the units that stay.
    assert!(removed > CASES as usize * 2 / 3, "{removed}");
    assert!(
        counts.iter().all(|count| *count > CASES as usize * 3 / 10),
        "{counts:?}"
    );
}
