//! A command repeated with the same content does nothing.

use crate::support::Site;

#[test]
fn every_command_repeated_with_the_same_content_logs_nothing() {
    let (site, job, release) = Site::released();
    let public = |key: &str| {
        let file = std::fs::read_to_string(site.path(key)).unwrap();
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        file["public_key"].as_str().unwrap().to_owned()
    };
    let (operator, provider) = (public("operator.key"), public("provider.key"));
    let ingest = ["catalog", "ingest", "rwm5yr.csv", "--spec", "spec.toml"];
    let change = site.ok(&ingest)["change"].as_str().unwrap().to_owned();
    let freeze = [
        "freeze",
        "operator:city-data-co",
        "--reason",
        "r",
        "--key",
        "agency.key",
    ];
    let thaw = [
        "thaw",
        "operator:city-data-co",
        "--reason",
        "r",
        "--key",
        "agency.key",
        "--key",
        "supervisor.key",
    ];
    let made = site.ok(&["key", "new", "--out", "supervisor.key"]);
    let supervisor = made["public_key"].as_str().unwrap();
    let add = |id, kind, public| {
        [
            "party",
            "add",
            id,
            "--kind",
            kind,
            "--public-key",
            public,
            "--key",
            "agency.key",
        ]
    };
    site.ok(&add("data-bureau", "supervisor", supervisor));
    let size = site.log_size();
    let left = site.left();
    let again: &[&[&str]] = &[
        &["init", "--key", "agency.key"],
        &add("city-data-co", "operator", &operator),
        &add("health-bureau", "provider", &provider),
        &ingest,
        &[
            "catalog",
            "consent",
            "rwm5yr",
            "--change",
            &change,
            "--key",
            "provider.key",
        ],
        &[
            "catalog",
            "publish",
            "rwm5yr",
            "--batch",
            "2026-1",
            "--key",
            "agency.key",
        ],
        &[
            "agreement",
            "offer",
            "--file",
            "agreement.toml",
            "--key",
            "agency.key",
        ],
        &[
            "agreement",
            "accept",
            "health-2026",
            "--key",
            "operator.key",
        ],
        &[
            "agreement",
            "consent",
            "health-2026",
            "--key",
            "provider.key",
        ],
        &[
            "scenario",
            "propose",
            "--file",
            "scenario.toml",
            "--key",
            "operator.key",
        ],
        &[
            "scenario",
            "approve",
            "care-planning",
            "--key",
            "agency.key",
        ],
        &["job", "submit", "visits.igj"],
        &["job", "approve", &job, "--key", "agency.key"],
        &["job", "approve", &job, "--key", "provider.key"],
        &["job", "run", &job, "--key", "agency.key"],
        &["release", "export", &release, "--out", "released"],
    ];
    for words in again {
        let (code, document) = site.answer(words);
        assert_eq!(code, 0, "{words:?}: {document}");
        assert_eq!(
            document["events"],
            serde_json::json!([]),
            "{words:?}: {document}"
        );
        assert_eq!(site.log_size(), size, "{words:?}");
    }
    assert_eq!(site.left(), left);
    // The same answers as the first time.
    assert_eq!(site.ok(&ingest)["change"], change.as_str());
    assert_eq!(
        site.ok(&["job", "submit", "visits.igj"])["job"],
        job.as_str()
    );
    let ran = site.ok(&["job", "run", &job, "--key", "agency.key"]);
    assert_eq!(ran["release"], release.as_str());
    // And of commands that come and go.
    site.ok(&freeze);
    assert_eq!(site.answer(&freeze).1["events"], serde_json::json!([]));
    site.ok(&thaw);
    assert_eq!(site.answer(&thaw).1["events"], serde_json::json!([]));
    let revoke = [
        "agreement",
        "revoke",
        "health-2026",
        "--reason",
        "r",
        "--key",
        "agency.key",
    ];
    site.ok(&revoke);
    assert_eq!(site.answer(&revoke).1["events"], serde_json::json!([]));
}

#[test]
fn the_same_name_with_other_content_is_refused() {
    let site = Site::published();
    site.ok(&["key", "new", "--out", "other.key"]);
    let before = std::fs::read(site.path("other.key")).unwrap();
    assert_eq!(
        site.refused(&["key", "new", "--out", "other.key"], 4),
        ["rejected"]
    );
    assert_eq!(std::fs::read(site.path("other.key")).unwrap(), before);
    assert_eq!(site.answer(&["init", "--key", "other.key"]).0, 3);
    let other = std::fs::read_to_string(site.path("other.key")).unwrap();
    let other: serde_json::Value = serde_json::from_str(&other).unwrap();
    let public = other["public_key"].as_str().unwrap();
    let add = [
        "party",
        "add",
        "city-data-co",
        "--kind",
        "operator",
        "--public-key",
        public,
        "--key",
        "agency.key",
    ];
    assert_eq!(site.refused(&add, 3), ["id-in-use"]);
    // Another file is another draft, under the same dataset.
    let rows = std::fs::read_to_string(site.path("rwm5yr.csv")).unwrap();
    let fewer: Vec<&str> = rows.lines().take(1000).collect();
    site.write("fewer.csv", &fewer.join("\n"));
    let ingest =
        |file| site.ok(&["catalog", "ingest", file, "--spec", "spec.toml"])["change"].clone();
    assert_ne!(ingest("fewer.csv"), ingest("rwm5yr.csv"));
}
