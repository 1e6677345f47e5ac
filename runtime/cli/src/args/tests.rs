use super::Cli;
use clap::{Command, CommandFactory, Parser};
use std::path::Path;

/// Every command a person may type, groups of commands included.
fn walk(command: &Command, path: &str, visit: &mut dyn FnMut(&str, &Command)) {
    visit(path, command);
    for child in command
        .get_subcommands()
        .filter(|child| !child.is_hide_set())
    {
        walk(child, &format!("{path} {}", child.get_name()), visit);
    }
}

/// Command lines of ours in a text, continued lines put together.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("irongate "))
        .map(|line| line.split("  #").next().unwrap_or(line).to_owned())
        .collect()
}

/// Words as a shell would split them, with double quotes alone.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn reads(line: &str) {
    if let Err(error) = Cli::try_parse_from(words(line)) {
        panic!("`{line}`: {error}");
    }
}

#[test]
fn every_commands_help_has_an_example_that_can_be_typed() {
    let (mut commands, mut examples) = (0, 0);
    walk(&Cli::command(), "irongate", &mut |path, command| {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            help.starts_with("Example"),
            "`{path} --help` has no example"
        );
        let of_its_own = lines(&help);
        // The first example is of the command itself, or of one under it.
        let own = path
            .split(' ')
            .skip(1)
            .all(|word| of_its_own[0].split(' ').any(|w| w == word));
        assert!(own, "`{path}`: {}", of_its_own[0]);
        of_its_own.iter().for_each(|line| reads(line));
        assert!(
            command.get_about().is_some(),
            "`{path}` does not say what it does"
        );
        for argument in command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
        {
            assert!(
                argument.get_help().is_some(),
                "`{path}`: {} has no help",
                argument.get_id()
            );
        }
        commands += 1;
        examples += of_its_own.len();
    });
    assert!(
        commands > 50 && examples >= commands,
        "{commands} commands, {examples} examples"
    );
}

#[test]
fn every_command_that_the_documents_show_can_be_typed() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut shown = 0;
    let entries = |folder: &str| {
        let entries = std::fs::read_dir(checkout.join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let examples = entries("examples").map(|example| example.join("README.md"));
    let documents = entries("docs/guides")
        .chain(entries("docs"))
        .chain(examples);
    let documents = documents.filter(|path| path.is_file());
    for path in documents.chain([checkout.join("README.md")]) {
        let text = std::fs::read_to_string(&path).unwrap();
        for line in lines(&text) {
            // Words that stand for something the reader has.
            reads(
                &line
                    .replace("JOB-ID", "job-1")
                    .replace("RELEASE-ID", "out-1"),
            );
            shown += 1;
        }
    }
    assert!(shown > 30, "{shown}");
}
