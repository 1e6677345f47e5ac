//! Digests find any change; commitments bind and hide.

use crate::support::{Site, Version, spec};
use irongate_fixtures::{CLINIC_SPEC, clinic, clinic_csv};
use irongate_ingest::{IngestError, MANIFEST_FILE, Manifest, verify_files};

fn version(site: &Site) -> Version {
    site.ingest(
        &spec(CLINIC_SPEC),
        clinic_csv(&clinic(200, 30, 1)).as_bytes(),
        "v1",
    )
    .unwrap()
}

fn altered(version: &Version) -> String {
    match verify_files(&version.path, &version.ingested.manifest) {
        Err(IngestError::Altered { file, what }) => format!("{file} {what}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn any_changed_byte_is_found() {
    let site = Site::new();
    let version = version(&site);
    verify_files(&version.path, &version.ingested.manifest).unwrap();
    let file = &version.files()[0];
    let bytes = std::fs::read(file).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(file, &changed).unwrap();
        assert_eq!(
            altered(&version),
            "part-00000.parquet has changed",
            "byte {at}"
        );
    }
    std::fs::write(file, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(altered(&version), "part-00000.parquet has changed");
    std::fs::remove_file(file).unwrap();
    assert_eq!(altered(&version), "part-00000.parquet is missing");
    std::fs::write(file, &bytes).unwrap();
    std::fs::copy(file, version.path.join("part-00099.parquet")).unwrap();
    assert_eq!(
        altered(&version),
        "part-00099.parquet is not in the manifest"
    );
}

#[test]
fn the_manifest_is_in_the_folder() {
    let site = Site::new();
    let version = version(&site);
    assert_eq!(
        Manifest::read(&version.path).unwrap(),
        version.ingested.manifest
    );
    let path = version.path.join(MANIFEST_FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    for changed in [
        text.replace("\"format\": 1", "\"format\": 2"),
        text.replace("\"rows\"", "\"rosw\""),
        String::new(),
    ] {
        std::fs::write(&path, changed).unwrap();
        assert!(matches!(
            Manifest::read(&version.path),
            Err(IngestError::Altered { .. })
        ));
    }
}

#[test]
fn the_commitment_binds_every_field() {
    let site = Site::new();
    let manifest = version(&site).ingested.manifest;
    let commitment = manifest.commitment();
    let changes: [fn(&mut Manifest); 11] = [
        |m| m.format += 1,
        |m| m.dataset = irongate_policy::DatasetId::new("other").unwrap(),
        |m| m.version = irongate_policy::VersionId::new("other").unwrap(),
        |m| m.spec_sha256.replace_range(0..1, "x"),
        |m| m.schema.swap(0, 1),
        |m| m.rows += 1,
        |m| m.units += 1,
        |m| m.files[0].name.push('x'),
        |m| m.files[0].rows += 1,
        |m| m.files[0].sha256.replace_range(0..1, "x"),
        |m| m.blinding.replace_range(0..1, "x"),
    ];
    for (i, change) in changes.iter().enumerate() {
        let mut changed = manifest.clone();
        change(&mut changed);
        assert_ne!(changed.commitment(), commitment, "change {i}");
    }
    let shown = commitment.to_string();
    assert!(shown.len() == 64 && !manifest.files.iter().any(|file| shown == file.sha256));
}
