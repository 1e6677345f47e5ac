//! The project's own commands can be typed as the documents show them.

use crate::Cli;
use crate::process::root;
use clap::Parser;
use std::path::{Path, PathBuf};

/// How such a command begins.
const START: &str = "cargo xtask ";

/// The commands of a document: up to the end of a line, of what is in backticks, or to what is said of them.
fn commands(document: &str) -> Vec<&str> {
    let lines = document.lines();
    lines
        .flat_map(|line| line.split(START).skip(1))
        .map(|rest| rest.split(['`', '#', '>']).next().unwrap_or_default())
        .collect()
}

/// What is wrong with a command: words in capitals stand for numbers.
fn fault(command: &str) -> Option<String> {
    let capitals = |word: &str| word.chars().all(|c| c.is_ascii_uppercase());
    let words = command
        .split_whitespace()
        .map(|word| if capitals(word) { "7" } else { word });
    let typed = Cli::try_parse_from(std::iter::once("cargo xtask").chain(words));
    typed
        .err()
        .map(|error| format!("`{START}{command}`: {error}"))
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            documents(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

#[test]
fn every_command_of_the_project_that_documents_show_can_be_typed() {
    let mut files = Vec::new();
    documents(&root(), &mut files);
    let texts: Vec<String> = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let shown: Vec<&str> = texts.iter().flat_map(|text| commands(text)).collect();
    assert!(shown.len() > 20, "{shown:?}");
    let faults: Vec<String> = shown.into_iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_cannot_be_typed_is_found() {
    assert_eq!(
        commands("so `cargo xtask bench gate` and\ncargo xtask demo # all"),
        ["bench gate", "demo "]
    );
    assert!(fault("bench mapper -- fuel").is_none());
    assert!(fault("neighbours --cases N").is_none());
    assert!(fault("bench mapper fuel").is_some());
    assert!(fault("no-such-command").is_some());
}
