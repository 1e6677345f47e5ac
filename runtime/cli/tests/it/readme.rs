//! What the README shows is so.

use crate::support::{Site, checkout};

/// The first block of this language.
fn block(text: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let (_, rest) = text.split_once(&fence).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_readmes_first_job_has_ten_lines_builds_and_runs_on_its_twin() {
    let site = Site::granted();
    let readme = std::fs::read_to_string(checkout().join("README.md")).unwrap();
    let source = block(&readme, "rust");
    let lines = source.lines().filter(|line| !line.trim().is_empty());
    assert!(lines.count() <= 10, "{source}");
    let job = "visits-by-education";
    site.ok(&["job", "new", job, "--bundle", "care-planning.bundle"]);
    site.write(&format!("{job}/src/lib.rs"), &source);
    let manifest = checkout().join("examples").join(job).join("irongate.toml");
    std::fs::copy(manifest, site.path(&format!("{job}/irongate.toml"))).unwrap();
    site.ok(&["job", "build", job]);
    site.ok(&["job", "check", job]);
    let tried = site.ok(&["job", "test", job]);
    assert_eq!(tried["outputs"][0]["rows"].as_array().unwrap().len(), 20);
    // It asks what the whole example asks.
    let example = checkout().join("examples").join(job).join("src/lib.rs");
    let example = std::fs::read_to_string(example).unwrap();
    let asked = |text: &str| {
        let (_, rest) = text.split_once("\"SELECT").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(asked(&source), asked(&example));
}
