//! A home is backed up, restored and checked; the past does not come back unseen.

use crate::support::{Site, files, said};

#[test]
fn a_home_comes_back_from_its_backup_as_it_was() {
    let (site, job, release) = Site::released();
    let checked = site.ok(&["home", "check"]);
    assert_eq!(
        (&checked["versions"], &checked["jobs"]),
        (&1.into(), &1.into()),
        "{checked}"
    );
    assert_eq!(checked["releases"], 2, "a query's and the job's: {checked}");
    let backed_up = site.ok(&["home", "backup", "--out", "backup"]);
    assert_eq!(backed_up["checkpoint"], checked["checkpoint"]);
    let told = said(&mut site.command(&["home", "backup", "--out", "told"]));
    let checkpoint = checked["checkpoint"].as_str().unwrap();
    assert!(told.stdout.contains(checkpoint), "{told:?}");
    let left = site.left();
    std::fs::remove_dir_all(site.path("home")).unwrap();
    site.ok(&["home", "restore", "backup"]);
    assert_eq!(site.ok(&["home", "check"]), checked);
    assert_eq!(site.left(), left);
    assert_eq!(site.ok(&["job", "show", &job])["state"], "released");
    site.ok(&["release", "export", &release, "--out", "again"]);
    // It goes on: the home's own keys came back too.
    let before = site.log_size();
    site.ok(&["freeze", "all", "--reason", "drill", "--key", "agency.key"]);
    assert_eq!(site.log_size(), before + 1);
    for file in files(&site.path("home")) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        let is_key = file.to_string_lossy().contains("/keys/");
        assert!(!is_key || mode & 0o077 == 0, "{}: {mode:o}", file.display());
    }
}

#[test]
fn restoring_behind_a_newer_checkpoint_or_over_a_home_is_refused() {
    let site = Site::new();
    site.ok(&["home", "backup", "--out", "backup"]);
    site.keep_checkpoint("then");
    site.ok(&["freeze", "all", "--reason", "drill", "--key", "agency.key"]);
    site.keep_checkpoint("now");
    assert_eq!(
        site.refused(&["home", "restore", "backup"], 4),
        ["rejected"]
    );
    let restore = |kept| {
        [
            "--home", "new", "home", "restore", "backup", "--since", kept,
        ]
    };
    let (code, document) = site.answer(&restore("now"));
    assert_eq!(code, 4);
    assert!(
        document
            .to_string()
            .contains("truncated, or is an old copy"),
        "{document}"
    );
    let left = std::fs::read_dir(site.folder.path()).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains("new")),
        "{left:?}"
    );
    assert_eq!(site.answer(&restore("then")).0, 0);
}

#[test]
fn what_was_changed_in_a_home_or_a_backup_is_named() {
    let site = Site::published();
    site.ok(&["home", "backup", "--out", "backup"]);
    let part = |folder: &str| {
        let all = files(&site.path(folder));
        let mut parts = all
            .into_iter()
            .filter(|file| file.extension().is_some_and(|e| e == "parquet"));
        parts.next().unwrap()
    };
    for (folder, words) in [
        ("home/data", &["home", "check"][..]),
        (
            "backup/data",
            &["--home", "new", "home", "restore", "backup"],
        ),
    ] {
        let part = part(folder);
        let whole = std::fs::read(&part).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&part, &bytes).unwrap();
        let (code, document) = site.answer(words);
        assert_eq!(code, 4, "{document}");
        assert!(
            document.to_string().contains("dataset `rwm5yr`"),
            "{document}"
        );
        std::fs::write(&part, &whole).unwrap();
    }
    assert_eq!(site.answer(&["home", "check"]).0, 0);
    // A missing namespace key would make other pseudonyms: it is missed, and never made anew.
    let key = files(&site.path("home/keys/namespace")).remove(0);
    std::fs::remove_file(&key).unwrap();
    let (code, document) = site.answer(&["home", "check"]);
    assert_eq!(code, 4);
    assert!(
        document.to_string().contains("its namespace's key"),
        "{document}"
    );
    assert!(!key.exists());
}

#[test]
fn a_log_that_was_kept_once_is_found_truncated_or_forked() {
    let site = Site::new();
    site.keep_checkpoint("then");
    site.ok(&["home", "backup", "--out", "backup"]);
    site.ok(&[
        "freeze",
        "all",
        "--reason",
        "one way",
        "--key",
        "agency.key",
    ]);
    site.keep_checkpoint("now");
    let verify = |kept| ["log", "verify", "--since", kept];
    for kept in ["then", "now"] {
        assert!(site.ok(&verify(kept))["since"].is_u64());
    }
    // The past, brought back by somebody who gave no checkpoint.
    std::fs::remove_dir_all(site.path("home")).unwrap();
    site.ok(&["home", "restore", "backup"]);
    let (code, document) = site.answer(&verify("now"));
    assert_eq!(code, 4);
    assert!(document.to_string().contains("truncated"), "{document}");
    // And then another way.
    let freeze = [
        "freeze",
        "operator:city-data-co",
        "--reason",
        "other way",
        "--key",
        "agency.key",
    ];
    site.ok(&freeze);
    let (code, document) = site.answer(&verify("now"));
    assert_eq!(code, 4);
    assert!(
        document.to_string().contains("rewritten or forked"),
        "{document}"
    );
    assert_eq!(site.answer(&verify("then")).0, 0, "both go on from here");
}
