//! `cargo xtask guides`: run the guides' command blocks, so that what people are told to type works.
//!
//! A fenced block whose info string is `sh run N` is run; N orders the blocks of all guides, since their
//! readers act in turns. Words in capitals stand for what an earlier command answered.

use crate::demo::{read, with_term};
use crate::process::root;
use crate::stage::Stage;
use crate::{Outcome, date};
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields of answers that later commands refer to, and the words that stand for them.
const ANSWERS: &[(&str, &str)] = &[
    ("change", "HASH"),
    ("job", "JOB-ID"),
    ("release", "RELEASE-ID"),
];

/// A block to run: its place in the order, its guide, its commands as words.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    order: u32,
    guide: String,
    commands: Vec<Vec<String>>,
}

/// Runs every marked block of `docs/guides` in a folder of its own. Gives the number of commands.
///
/// # Errors
/// When a guide cannot be read, has a block that cannot be run, or a command does not end well.
pub(crate) fn run() -> Outcome<usize> {
    let blocks = all()?;
    let mut stage = Stage::afresh("guides-home")?;
    let fixtures = root().join("fixtures");
    // One dataset is enough for a guide; the demo shows two.
    let alone = |text: String| text.replace("[\"rwm5yr\", \"education\"]", "[\"rwm5yr\"]");
    stage.write("rwm5yr.csv", &read(&fixtures.join("rwm5yr/rwm5yr.csv"))?)?;
    stage.write("spec.toml", &read(&fixtures.join("rwm5yr/spec.toml"))?)?;
    let agreement = with_term(&read(&fixtures.join("demo/agreement.toml"))?, date::today());
    stage.write("agreement.toml", &alone(agreement))?;
    stage.write(
        "scenario.toml",
        &alone(read(&fixtures.join("demo/scenario.toml"))?),
    )?;
    let mut known = BTreeMap::new();
    let mut commands = 0;
    for block in blocks {
        stage.chapter(&block.guide);
        for words in &block.commands {
            let words: Vec<String> = words
                .iter()
                .map(|word| known.get(word).unwrap_or(word).clone())
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let answer = stage.ask(&block.guide, &words)?;
            learn(&words, &answer, &mut known);
            commands += 1;
        }
    }
    Ok(commands)
}

fn all() -> Outcome<Vec<Block>> {
    let folder = root().join("docs/guides");
    let entries = std::fs::read_dir(&folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut blocks = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| format!("cannot read {}: {error}", folder.display()))?
            .path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        blocks.extend(parse(&name, &read(&path)?)?);
    }
    ordered(blocks)
}

/// The blocks in the order of their numbers, which they have in each guide.
fn ordered(mut blocks: Vec<Block>) -> Outcome<Vec<Block>> {
    for (block, next) in blocks.iter().zip(blocks.iter().skip(1)) {
        if block.guide == next.guide && block.order >= next.order {
            let Block { guide, order, .. } = next;
            return Err(format!(
                "{guide}: block {order} is not after the one before it"
            ));
        }
    }
    blocks.sort();
    for (block, next) in blocks.iter().zip(blocks.iter().skip(1)) {
        if block.order == next.order {
            return Err(format!("two guides have a block {}", block.order));
        }
    }
    if blocks.is_empty() {
        return Err("no guide has a block to run".to_owned());
    }
    Ok(blocks)
}

/// The marked blocks of one guide.
fn parse(guide: &str, text: &str) -> Outcome<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(order) = line.strip_prefix("```sh run") {
            let order = order
                .trim()
                .parse()
                .map_err(|_| format!("{guide}: `{line}` has no number to be ordered by"))?;
            blocks.push(Block {
                order,
                guide: guide.to_owned(),
                commands: Vec::new(),
            });
            inside = true;
        } else if line.starts_with("```") {
            inside = false;
        } else if inside && let Some(block) = blocks.last_mut() {
            let command = line
                .strip_prefix("irongate ")
                .ok_or_else(|| format!("{guide}: cannot run `{line}`"))?;
            block.commands.push(words(command));
        }
    }
    Ok(blocks)
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

/// Remembers what an answer gives names to: `key new --out provider.key` gives `PROVIDER-HEX`.
fn learn(words: &[&str], answer: &Value, known: &mut BTreeMap<String, String>) {
    let field = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    for (name, word) in ANSWERS {
        if let Some(value) = field(name) {
            known.insert((*word).to_owned(), value);
        }
    }
    if let (["key", "new", "--out", file], Some(public)) = (words, field("public_key")) {
        known.insert(
            format!("{}-HEX", file.trim_end_matches(".key").to_uppercase()),
            public,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{all, learn, ordered, parse, words};
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn the_guides_have_blocks_that_can_be_run() {
        let blocks = all().unwrap();
        assert!(blocks.len() >= 8, "{blocks:?}");
    }

    #[test]
    fn only_marked_blocks_of_our_command_are_run() {
        let text = "```sh\nrm x\n```\n```sh run 2\nirongate explain \"SELECT 1\" --rho 0.1\n```\nirongate no";
        let blocks = parse("g", text).unwrap();
        assert_eq!(blocks.len(), 1);
        assert_eq!(
            blocks[0].commands,
            [["explain", "SELECT 1", "--rho", "0.1"]]
        );
        assert!(parse("g", "```sh run 1\nrm x\n```").is_err());
        assert!(parse("g", "```sh run\nirongate x\n```").is_err());
        assert_eq!(words("a \"b c\" d"), ["a", "b c", "d"]);
    }

    #[test]
    fn blocks_are_run_in_the_order_of_their_numbers() {
        let blocks = |guides: &[(&str, &[u32])]| {
            let text = |order: &u32| format!("```sh run {order}\nirongate x\n```\n");
            let of = |(guide, orders): &(&str, &[u32])| {
                parse(guide, &orders.iter().map(text).collect::<String>()).unwrap()
            };
            guides.iter().flat_map(of).collect()
        };
        let in_order = ordered(blocks(&[("a", &[1, 4]), ("b", &[2, 3])])).unwrap();
        let orders: Vec<_> = in_order.iter().map(|block| block.order).collect();
        assert_eq!(orders, [1, 2, 3, 4]);
        for (guides, refused) in [
            (blocks(&[("a", &[2, 1])]), "a: block 1 is not after"),
            (blocks(&[("a", &[1, 1])]), "a: block 1 is not after"),
            (blocks(&[("a", &[1, 2]), ("b", &[2])]), "two guides"),
            (Vec::new(), "no guide"),
        ] {
            let error = ordered(guides).unwrap_err();
            assert!(error.starts_with(refused), "{error}");
        }
    }

    #[test]
    fn answers_give_names_to_later_words() {
        let mut known = BTreeMap::new();
        learn(
            &["key", "new", "--out", "provider.key"],
            &json!({"public_key": "1f"}),
            &mut known,
        );
        learn(&["job", "submit", "x"], &json!({"job": "j1"}), &mut known);
        assert_eq!(
            known,
            BTreeMap::from([
                ("PROVIDER-HEX".into(), "1f".into()),
                ("JOB-ID".into(), "j1".into())
            ])
        );
    }
}
