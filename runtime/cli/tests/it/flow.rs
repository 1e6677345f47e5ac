//! The whole path, from a data file to a verified release, told in JSON.

use crate::support::{DEADLINE, Site, checkout, question, said};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn a_job_goes_from_a_data_file_to_a_verified_release() {
    let site = Site::granted();

    // What is public of the catalog, and nothing measured.
    let listed = site.ok(&["catalog", "list"]);
    assert_eq!(listed[0]["dataset"], "rwm5yr");
    let shown = site.ok(&["catalog", "show", "rwm5yr"]);
    let lines = std::fs::read_to_string(site.path("rwm5yr.csv")).unwrap();
    let rows = (lines.lines().count() - 1).to_string();
    assert!(
        !shown.to_string().contains(&rows),
        "a measured value is shown"
    );
    let bundle = std::fs::read_to_string(site.path("care-planning.bundle")).unwrap();
    assert!(bundle.contains("docvis") && !bundle.contains(&rows));

    // A question explained costs nothing.
    let sql = "SELECT year, AVG(docvis) AS v FROM rwm5yr GROUP BY year";
    let before = site.log_size();
    let explained = site.ok(&[
        "explain",
        sql,
        "--scenario",
        "care-planning",
        "--rho",
        "0.01",
    ]);
    assert!(explained["charges"]["patient"]["rho"].as_u64().unwrap() <= 10_000_000);
    let accounts = explained["accounts"].as_array().unwrap();
    let named: Vec<_> = accounts
        .iter()
        .map(|a| a["account"].as_str().unwrap())
        .collect();
    assert_eq!(
        named,
        [
            "namespace patient",
            "agreement health-2026 in patient",
            "scenario care-planning in patient"
        ]
    );
    for account in accounts {
        assert_eq!(
            account["charge"], explained["charges"]["patient"],
            "{account}"
        );
        assert!(account["left"].as_u64().unwrap() > 0 && account["refused"].is_null());
    }
    assert!(
        explained["releases"][0]["mechanisms"][0]["error_95"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    assert_eq!((site.log_size(), site.left().as_str()), (before, "0.06"));

    // The job: checked, tried, signed, submitted.
    crate::support::example(&site.path("job"));
    std::fs::copy(
        site.path("care-planning.bundle"),
        site.path("job/irongate.bundle.json"),
    )
    .unwrap();
    assert_eq!(site.ok(&["job", "check", "job"])["problems"], json!([]));
    site.pack("developer.key", "visits.igj");
    let submitted = site.ok(&["job", "submit", "visits.igj"]);
    assert_eq!(submitted["state"], "checked");
    assert!(!submitted["checks"].as_array().unwrap().is_empty());
    let job = submitted["job"].as_str().unwrap();

    // What a reviewer needs is there before anyone approves.
    let shown = site.ok(&["job", "show", job]);
    for field in ["source", "component", "package"] {
        assert_eq!(shown[field].as_str().unwrap().len(), 64, "{field}");
    }
    assert_eq!(shown["submitter"], "clinic-analytics");
    assert_eq!(
        shown["reads"][0]["columns"],
        json!(["year", "edlevel", "docvis"])
    );
    assert_eq!(shown["budget"]["cap"], "0.05");
    assert_eq!(shown["outputs"][0]["name"], "visits");
    let imports = shown["imports"].as_array().unwrap();
    assert!(!imports.is_empty());
    assert!(
        imports
            .iter()
            .all(|name| name.as_str().unwrap().starts_with("irongate:sandbox/"))
    );

    // One approval is not enough for data of this grade.
    assert_eq!(
        site.ok(&["job", "approve", job, "--key", "agency.key"])["state"],
        "checked"
    );
    assert_eq!(
        site.refused(&["job", "run", job, "--key", "agency.key"], 3),
        ["wrong-state"]
    );
    assert_eq!(
        site.ok(&["job", "approve", job, "--key", "provider.key"])["state"],
        "approved"
    );

    // Its result is out at the deadline, and not before.
    let start = Instant::now();
    let (code, ran) = site.answer(&["job", "run", job, "--key", "agency.key"]);
    let deadline: u64 = DEADLINE.trim_end_matches('s').parse().unwrap();
    assert!(start.elapsed() >= Duration::from_secs(deadline));
    assert_eq!(
        (code, &ran["data"]["state"]),
        (0, &json!("released")),
        "{ran}"
    );
    assert_eq!(
        ran["events"].as_array().unwrap().len(),
        4,
        "started, reserved, released, out: {ran}"
    );
    assert_eq!(site.ok(&["job", "list"])[0]["state"], "released");
    let left = site.left();
    assert!(left.starts_with("0.02"), "0.06 - 0.04: {left}");

    // What left.
    let release = ran["data"]["release"].as_str().unwrap();
    assert_eq!(
        site.ok(&["release", "list"])[0],
        json!({"release": release, "job": job, "exportable": true})
    );
    site.ok(&["release", "export", release, "--out", "released"]);
    let verify = [
        "release",
        "verify",
        "released",
        "--agency-key",
        &site.agency,
    ];
    let verified = site.ok(&verify);
    assert_eq!(verified["release"], release);
    table_is_noisy_and_says_how(&site);

    // The log: shown, proved, exported, verified.
    let size = site.log_size();
    assert_eq!(
        site.ok(&["log", "show"]).as_array().unwrap().len() as u64,
        size
    );
    let proved = site.ok(&["log", "prove", "3"]);
    assert_eq!(
        (&proved["index"], &proved["proof"]["size"]),
        (&json!(3), &json!(size))
    );
    assert_eq!(
        site.ok(&["log", "export", "--out", "log-copy"])["entries"],
        size
    );
    assert_eq!(site.refused(&["log", "prove", "99999"], 4), ["rejected"]);

    refusals(&site);
}

/// 20 groups, each mean with its interval; and the certificate says where they come from.
fn table_is_noisy_and_says_how(site: &Site) {
    let rows: Value =
        serde_json::from_slice(&std::fs::read(site.path("released/visits.json")).unwrap()).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 20);
    for row in rows {
        let of = |name: &str| row[name].as_f64().unwrap();
        assert!(of("mean_visits_low95") < of("mean_visits"), "{row}");
        assert!(of("mean_visits") < of("mean_visits_high95"), "{row}");
    }
    let certificate = std::fs::read_to_string(site.path("released/certificate.json")).unwrap();
    let certificate: Value = serde_json::from_str(&certificate).unwrap();
    let statement = &certificate["statement"];
    let columns = &statement["outputs"][0]["columns"];
    assert_eq!(
        columns[2],
        json!({"name": "mean_visits", "provenance": "released"})
    );
    let charge = &statement["queries"][0]["charges"]["patient"]["rho"];
    assert!(charge.as_u64().unwrap() <= 40_000_000, "{charge}");
    assert_eq!(statement["approvals"], json!(["agency", "health-bureau"]));
}

/// What the gate refuses, each for its own reason; none of it costs anything.
fn refusals(site: &Site) {
    let left = site.left();
    let by_year = "SELECT year, COUNT(*) AS n FROM rwm5yr GROUP BY year";
    assert_eq!(
        site.refused(&question(by_year, "0.05"), 3),
        ["budget-exhausted"]
    );
    let (code, person) = site.answer(&question("SELECT id, docvis FROM rwm5yr", "0.01"));
    assert_eq!(code, 4, "{person}");
    assert!(
        person["reasons"][0]["en"].as_str().unwrap().contains("id"),
        "{person}"
    );
    is_taught(site, &person["reasons"][0]);
    let small = question("SELECT COUNT(*) AS n FROM rwm5yr", "0.001");
    let freeze = [
        "freeze",
        "dataset:rwm5yr",
        "--reason",
        "drill",
        "--key",
        "agency.key",
    ];
    site.ok(&freeze);
    assert!(site.refused(&small, 3).contains(&"frozen".to_owned()));
    assert_eq!(site.left(), left);

    // One key does not thaw; two do, and then the question is answered, at a price.
    let thaw = [
        "thaw",
        "dataset:rwm5yr",
        "--reason",
        "over",
        "--key",
        "agency.key",
    ];
    site.ok(&thaw);
    assert!(site.refused(&small, 3).contains(&"frozen".to_owned()));
    site.ok(&[&thaw[..], &["--key", "provider.key"]].concat());
    let counted = site.ok(&small);
    let row = &counted[0];
    let (low, high) = (
        row["n_low95"].as_f64().unwrap(),
        row["n_high95"].as_f64().unwrap(),
    );
    let n = row["n"].as_f64().unwrap();
    assert!(low < n && n < high, "{row}");
    assert!(site.left() < left);
    answers_are_not_exported(site);

    // An end to it all.
    let revoke = [
        "agreement",
        "revoke",
        "health-2026",
        "--reason",
        "breach",
        "--key",
        "agency.key",
    ];
    site.ok(&revoke);
    assert!(
        site.refused(&small, 3)
            .contains(&"agreement-revoked".to_owned())
    );
}

/// A refused statement comes back with its place, and with a statement that works.
fn is_taught(site: &Site, reason: &Value) {
    let span = json!({"line": 1, "column": 8, "end_line": 1, "end_column": 18});
    assert_eq!(reason["span"], span, "{reason}");
    for part in ["rule", "construct", "instead"] {
        for language in ["zh", "en"] {
            assert!(reason[part][language].is_string(), "{part}: {reason}");
        }
    }
    let example = reason["example"]["sql"].as_str().unwrap();
    let words = [
        "explain",
        example,
        "--scenario",
        "care-planning",
        "--rho",
        "0.01",
    ];
    let (code, explained) = site.answer(&words);
    assert_eq!(code, 0, "{example}: {explained}");
    // People see it underlined.
    let told = said(&mut site.command(&question("SELECT id, docvis FROM rwm5yr", "0.01")));
    for part in [
        "SELECT id, docvis FROM rwm5yr",
        "for example",
        "个人标识不得输出",
    ] {
        assert!(told.stderr.contains(part), "{part}: {}", told.stderr);
    }
}

/// An answer to a question has no files: the list says so, and an export is refused with the reason.
fn answers_are_not_exported(site: &Site) {
    let released = site.ok(&["release", "list"]);
    let answers: Vec<&Value> = released
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["exportable"] == false)
        .collect();
    assert_eq!(answers.len(), 1, "{released}");
    assert!(
        released
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["exportable"] == true),
        "{released}"
    );
    for id in [&answers[0]["release"], &answers[0]["job"]] {
        let (code, refused) =
            site.answer(&["release", "export", id.as_str().unwrap(), "--out", "answer"]);
        assert_eq!(code, 4, "{refused}");
        let why = refused["reasons"][0]["en"].as_str().unwrap();
        assert!(why.contains("answer to a question"), "{why}");
        assert!(!site.path("answer").exists());
    }
}

#[test]
fn every_denial_is_told_with_its_remedy_in_both_languages() {
    let (code, document) =
        crate::support::answer(crate::support::irongate(&checkout()).arg("denials"));
    assert_eq!(code, 0);
    let denials = document["data"].as_array().unwrap();
    assert!(denials.len() > 40);
    for denial in denials {
        for field in ["code", "zh", "en", "remedy_zh", "remedy_en"] {
            assert!(!denial[field].as_str().unwrap().is_empty(), "{denial}");
        }
        let chinese = |field: &str| {
            let text = denial[field].as_str().unwrap();
            text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
        };
        assert!(
            chinese("zh") && chinese("remedy_zh") && !chinese("en"),
            "{denial}"
        );
    }
}
