//! Twins: from the spec alone, in the stored layout.

use crate::support::{Site, batches, rows_of, spec};
use irongate_fixtures::{CLINIC_SPEC, EDUCATION_SPEC, RWM5YR_SPEC, VISITS_SPEC};
use irongate_ingest::{IngestError, MAX_TWIN_UNITS, Manifest, stored_schema, twin, verify_files};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn files(folder: &Path, manifest: &Manifest) -> Vec<PathBuf> {
    manifest
        .files
        .iter()
        .map(|file| folder.join(&file.name))
        .collect()
}

#[test]
fn twins_keep_what_is_declared() {
    for text in [RWM5YR_SPEC, CLINIC_SPEC, VISITS_SPEC] {
        let (site, spec) = (Site::new(), spec(text));
        let path = site.path("twin");
        let manifest = twin(&spec, 1, &path).unwrap();
        verify_files(&path, &manifest).unwrap();
        let files = files(&path, &manifest);
        assert_eq!(batches(&files[0])[0].schema(), stored_schema(&spec));
        let rows = rows_of(&files);
        let unit = &spec.protected().unwrap().unit;
        let mut per_unit: BTreeMap<&String, u32> = BTreeMap::new();
        rows.iter()
            .for_each(|(unit, _)| *per_unit.entry(unit).or_default() += 1);
        assert!(per_unit.len() as u64 <= MAX_TWIN_UNITS && per_unit.len() > 1000);
        assert!(per_unit.values().all(|rows| *rows <= unit.max_rows));
        assert!(rows.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        for (i, column) in spec.stored_columns().enumerate() {
            let values: BTreeSet<_> = rows.iter().map(|(_, cells)| cells[i].as_deref()).collect();
            assert_eq!(
                values.contains(&None),
                !column.is_non_null(),
                "{}",
                column.name
            );
            if let Some((lo, hi)) = column.stored_bounds() {
                let stored = values
                    .iter()
                    .flatten()
                    .map(|text| column.kind.stored_integer(text).unwrap());
                assert!(
                    stored.clone().all(|value| (lo..=hi).contains(&value)),
                    "{}",
                    column.name
                );
                assert!(
                    stored.collect::<BTreeSet<_>>().len() > 10,
                    "{}",
                    column.name
                );
            }
            if let Some(domain) = &column.domain {
                assert_eq!(
                    values.iter().flatten().count(),
                    domain.len(),
                    "{}",
                    column.name
                );
            }
        }
    }
}

#[test]
fn a_public_twin_lists_its_domains() {
    let site = Site::new();
    let path = site.path("twin");
    let manifest = twin(&spec(EDUCATION_SPEC), 1, &path).unwrap();
    let rows = rows_of(&files(&path, &manifest));
    let names: Vec<_> = rows
        .iter()
        .map(|(unit, cells)| {
            (
                unit.as_str(),
                cells[0].clone().unwrap(),
                cells[1].clone().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("1", "未完成高中"),
        ("2", "高中"),
        ("3", "大学"),
        ("4", "研究生"),
    ];
    assert_eq!(
        names,
        expected.map(|(level, name)| ("", level.to_owned(), name.to_owned()))
    );
}

#[test]
fn the_seed_decides_and_a_namespace_shares_its_units() {
    let site = Site::new();
    let make = |text: &str, seed, name: &str| {
        let path = site.path(name);
        let manifest = twin(&spec(text), seed, &path).unwrap();
        rows_of(&files(&path, &manifest))
    };
    let one = make(RWM5YR_SPEC, 1, "a");
    assert_eq!(one, make(RWM5YR_SPEC, 1, "b"));
    assert_ne!(one, make(RWM5YR_SPEC, 2, "c"));
    let units = |rows: &[crate::support::Row]| {
        rows.iter()
            .map(|(unit, _)| unit.clone())
            .collect::<BTreeSet<_>>()
    };
    let same_namespace = make(&CLINIC_SPEC.replace("\"resident\"", "\"patient\""), 1, "d");
    assert!(units(&one).intersection(&units(&same_namespace)).count() > 1000);
    let other_namespace = make(CLINIC_SPEC, 1, "e");
    assert!(units(&one).is_disjoint(&units(&other_namespace)));
    assert!(matches!(
        twin(&spec(CLINIC_SPEC), 1, &site.path("e")),
        Err(IngestError::Exists(_))
    ));
}
