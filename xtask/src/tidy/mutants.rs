//! The list of mutants fits the sources.

use crate::mutants::MODULES;
use crate::mutants::list::{self, List, Listed, Survivor};
use crate::process::root;

/// The faults of a list, given the digest of each file as it is.
fn faults(list: &List, digest: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for listed in &list.module {
        let file = &listed.file;
        if !MODULES.iter().any(|module| module.file == file) {
            faults.push(format!("{file} is not among the modules that are mutated"));
        }
        if digest(file).as_ref() != Some(&listed.sha256) {
            faults.push(format!(
                "{file} has changed since it was mutated; run `cargo xtask mutants {file}`"
            ));
        }
        let silent = listed.survivor.iter().filter(|s| s.why.trim().is_empty());
        faults.extend(silent.map(|s| format!("{file}: `{}` is not explained", s.mutant)));
        if listed.caught == 0 {
            faults.push(format!("{file}: no mutant was caught"));
        }
    }
    faults
}

#[test]
fn mutated_modules_are_as_they_were_and_survivors_explained() {
    let list = List::read().unwrap();
    let found = faults(&list, |file| list::digest(file).ok());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_module_to_mutate_is_there_and_was_mutated() {
    let list = List::read().unwrap();
    for module in MODULES {
        assert!(root().join(module.file).is_file(), "{}", module.file);
        let is_listed = list.module.iter().any(|listed| listed.file == module.file);
        assert!(is_listed, "run `cargo xtask mutants {}`", module.file);
    }
}

#[test]
fn a_list_that_does_not_fit_is_found() {
    let listed = |file: &str, sha256: &str, why: &str| Listed {
        file: file.to_owned(),
        sha256: sha256.to_owned(),
        caught: 1,
        survivor: vec![Survivor {
            mutant: "1:1: replace f with ()".to_owned(),
            why: why.to_owned(),
        }],
        ..Listed::default()
    };
    let known = MODULES[0].file;
    let faults = |listed| {
        let list = List {
            module: vec![listed],
        };
        faults(&list, |_| Some("aa".to_owned())).len()
    };
    assert_eq!(faults(listed(known, "aa", "it says so")), 0);
    assert_eq!(faults(listed(known, "bb", "it says so")), 1);
    assert_eq!(faults(listed(known, "aa", " ")), 1);
    assert_eq!(faults(listed("other.rs", "aa", "it says so")), 1);
    let nothing = Listed {
        caught: 0,
        ..listed(known, "aa", "it says so")
    };
    assert_eq!(faults(nothing), 1);
}
