//! The models in `docs/files.md` are what they say.

use irongate_policy::agreement::Agreement;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::manifest::JobManifest;
use irongate_policy::scenario::Scenario;

/// The fenced blocks of TOML, each with the kind of file that it is a model of.
fn models(document: &str) -> Vec<(&str, &str)> {
    let blocks = document.split("```toml ").skip(1);
    blocks
        .filter_map(|block| {
            let (kind, rest) = block.split_once('\n')?;
            Some((kind, rest.split("```").next()?))
        })
        .collect()
}

#[test]
fn the_models_of_files_are_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/files.md");
    let document = std::fs::read_to_string(path).unwrap();
    let mut kinds = Vec::new();
    for (kind, text) in models(&document) {
        match kind {
            "dataset" => drop(DatasetSpec::from_toml(text).unwrap()),
            "agreement" => assert!(Agreement::parse(text).unwrap().lists_fit_mode()),
            "scenario" => drop(Scenario::parse(text).unwrap()),
            "job" => drop(JobManifest::parse(text).unwrap()),
            other => panic!("a model of `{other}`"),
        }
        kinds.push(kind);
    }
    assert_eq!(kinds, ["dataset", "agreement", "scenario", "job"]);
}
