//! What left can be verified by anybody, with the agency's public key alone.

use crate::support::{Site, files, said};
use irongate_gate::verify_release;
use irongate_policy::PublicKey;
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes of a file that are changed, one at a time: enough to meet every part of it.
const CHANGES: usize = 150;

/// `release verify` with nothing around it: no environment, no home, an empty folder to stand in.
fn verify(release: &Path, agency: &str, since: Option<&Path>) -> (i32, String) {
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_irongate"));
    command
        .env_clear()
        .current_dir(nowhere.path())
        .stdin(Stdio::null())
        .args(["release", "verify"])
        .arg(release)
        .args(["--agency-key", agency]);
    if let Some(kept) = since {
        command.arg("--since").arg(kept);
    }
    let said = said(&mut command);
    assert!(files(nowhere.path()).is_empty(), "it leaves nothing behind");
    (said.code, format!("{}{}", said.stdout, said.stderr))
}

#[test]
fn a_release_is_verified_with_the_agencys_public_key_alone_and_any_changed_byte_is_found() {
    let (site, ..) = Site::released();
    let copy = tempfile::tempdir().unwrap();
    let moved = copy.path().join("anywhere");
    std::fs::rename(site.path("released"), &moved).unwrap();
    let agency = site.agency.clone();
    drop(site);
    let (code, told) = verify(&moved, &agency, None);
    assert_eq!(code, 0, "{told}");

    // Another agency's key, or none.
    let other = "0".repeat(64);
    assert_eq!(verify(&moved, &other, None).0, 4);
    assert_eq!(verify(&moved, "agency", None).0, 4);

    // Any changed byte in any file.
    let key: PublicKey = agency.parse().unwrap();
    let all = files(&moved);
    assert_eq!(
        all.len(),
        5,
        "certificate, hashes, Parquet, CSV, JSON: {all:?}"
    );
    let mut changed = 0;
    for file in &all {
        let whole = std::fs::read(file).unwrap();
        let stride = (whole.len() / CHANGES).max(1);
        // The last bytes too, wherever the stride ends.
        for at in (0..whole.len()).step_by(stride).chain([whole.len() - 1]) {
            for bit in [0x01, 0x80] {
                let mut bytes = whole.clone();
                bytes[at] ^= bit;
                std::fs::write(file, &bytes).unwrap();
                let verified = verify_release(&moved, &key, None);
                assert!(verified.is_err(), "byte {at} of {}", file.display());
                changed += 1;
            }
        }
        for bytes in [
            &whole[..whole.len() - 1],
            &[&whole[..], b"\n"].concat(),
            b"",
        ] {
            std::fs::write(file, bytes).unwrap();
            assert!(
                verify_release(&moved, &key, None).is_err(),
                "{}",
                file.display()
            );
        }
        // Once by the command itself, which names the file or the certificate.
        assert_eq!(verify(&moved, &agency, None).0, 4);
        std::fs::remove_file(file).unwrap();
        assert_ne!(
            verify(&moved, &agency, None).0,
            0,
            "{} is gone",
            file.display()
        );
        std::fs::write(file, &whole).unwrap();
    }
    println!("{changed} changed bytes in {} files, all found", all.len());
    std::fs::write(moved.join("extra.csv"), "year\n").unwrap();
    let (code, told) = verify(&moved, &agency, None);
    assert_eq!(code, 4);
    assert!(
        told.contains("extra.csv: not part of the release"),
        "{told}"
    );
    std::fs::remove_file(moved.join("extra.csv")).unwrap();
    assert_eq!(verify(&moved, &agency, None).0, 0, "as it was");
}

#[test]
fn a_release_continues_a_kept_checkpoint_or_is_refused() {
    let (site, job) = Site::approved();
    let early = site.keep_checkpoint("early");
    let ran = site.ok(&["job", "run", &job, "--key", "agency.key"]);
    let release = ran["release"].as_str().unwrap();
    site.ok(&["release", "export", release, "--out", "released"]);
    let at_export = site.keep_checkpoint("at-export");
    let (released, agency) = (site.path("released"), &site.agency);
    for (kept, size) in [("early", early), ("at-export", at_export)] {
        let (code, told) = verify(&released, agency, Some(&site.path(kept)));
        assert_eq!(code, 0, "{told}");
        assert!(
            told.contains(&format!("checkpoint of {size} entries")),
            "{told}"
        );
    }
    let (code, told) = verify(&released, agency, None);
    assert!(code == 0 && told.contains("no kept checkpoint"), "{told}");

    // The log went on: what was exported before is older than the checkpoint, and a new export is not.
    site.ok(&["freeze", "all", "--reason", "drill", "--key", "agency.key"]);
    site.keep_checkpoint("later");
    let (code, told) = verify(&released, agency, Some(&site.path("later")));
    assert_eq!(code, 4);
    assert!(told.contains("truncated, or is an old copy"), "{told}");
    site.ok(&["release", "export", release, "--out", "again"]);
    assert_eq!(
        verify(&site.path("again"), agency, Some(&site.path("later"))).0,
        0
    );

    // A fork: the home as it was, gone another way, with the same keys.
    fork(&site);
    let (code, told) = verify(&site.path("again"), agency, Some(&site.path("forked")));
    assert_eq!(code, 4);
    assert!(told.contains("rewritten or forked"), "{told}");
    // Another log's checkpoint, a changed one, and none at all.
    let note = std::fs::read_to_string(site.path("early")).unwrap();
    let size = format!("\n{early}\n");
    assert!(note.contains(&size));
    site.write(
        "changed",
        &note.replace(&size, &format!("\n{}\n", early - 1)),
    );
    let other = Site::new();
    other.keep_checkpoint("other");
    std::fs::copy(other.path("other"), site.path("other")).unwrap();
    site.write("empty", "");
    for kept in ["changed", "other", "empty"] {
        let (code, told) = verify(&released, agency, Some(&site.path(kept)));
        assert_eq!(code, 4, "{kept}: {told}");
    }
}

/// Goes back to a backup and on from there: the checkpoint of that other history is kept as `forked`.
fn fork(site: &Site) {
    site.ok(&["home", "backup", "--out", "backup"]);
    site.ok(&[
        "freeze",
        "dataset:rwm5yr",
        "--reason",
        "one way",
        "--key",
        "agency.key",
    ]);
    site.keep_checkpoint("one-way");
    site.ok(&[
        "release",
        "export",
        &first_release(site),
        "--out",
        "one-way-release",
    ]);
    let elsewhere = |words: &[&str]| {
        let home = site.path("other-home");
        let home = home.to_str().unwrap();
        site.ok(&[&["--home", home], words].concat())
    };
    elsewhere(&["home", "restore", "backup"]);
    elsewhere(&[
        "freeze",
        "operator:city-data-co",
        "--reason",
        "other",
        "--key",
        "agency.key",
    ]);
    let verified = elsewhere(&["log", "verify"]);
    site.write("forked", verified["checkpoint"].as_str().unwrap());
    std::fs::remove_dir_all(site.path("again")).unwrap();
    std::fs::rename(site.path("one-way-release"), site.path("again")).unwrap();
}

fn first_release(site: &Site) -> String {
    site.ok(&["release", "list"])[0]["release"]
        .as_str()
        .unwrap()
        .to_owned()
}
