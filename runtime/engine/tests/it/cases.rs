//! Statements as data: each file under `tests/cases` holds statements of one topic, and below each what
//! the checker must say of it: the bounded plan and its cost in short, or the rejection with the words it
//! underlines. `IRONGATE_CASES=write` writes what it says now into the files, to be read as a diff.

use crate::fixture::{catalog, options};
use irongate_engine::{LossRequest, QueryOptions, Rejection, Rule, check};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Statements that the files must hold together.
const CASES: usize = 300;
/// No statement may be looked at for longer. The slowest was seen to take 26 seconds, on a machine with other work.
const MOST_TIME: Duration = Duration::from_secs(60);

/// One statement with its options and what must be said of it.
struct Case {
    /// Comments above it, kept when the file is written.
    above: String,
    with: String,
    sql: String,
    expected: String,
}

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    files
}

/// Cases are set apart by empty lines: comments (`#`), options (`-- with …`), the statement, what must be
/// said (`-- …`).
fn cases(text: &str) -> Vec<Case> {
    text.split("\n\n")
        .filter(|block| !block.trim().is_empty())
        .map(|block| {
            let mut case = Case {
                above: String::new(),
                with: String::new(),
                sql: String::new(),
                expected: String::new(),
            };
            for line in block.trim_matches('\n').lines() {
                if case.sql.is_empty() && line.starts_with('#') {
                    case.above += &format!("{line}\n");
                } else if let Some(with) = line.strip_prefix("-- with ") {
                    case.with = with.to_owned();
                } else if line.starts_with("-- accepted") || line.starts_with("-- rejected") {
                    case.expected = line.to_owned();
                } else if case.expected.is_empty() {
                    if !case.sql.is_empty() {
                        case.sql.push('\n');
                    }
                    case.sql += line;
                } else {
                    case.expected += &format!("\n{line}");
                }
            }
            case
        })
        .collect()
}

/// Every statement of every file, as it would be sent.
pub(crate) fn statements() -> Vec<(String, QueryOptions)> {
    let texts = files()
        .into_iter()
        .map(|f| std::fs::read_to_string(f).unwrap());
    texts
        .flat_map(|text| {
            cases(&text)
                .into_iter()
                .filter(|case| !case.sql.is_empty())
                .filter_map(|case| Some((unfolded(&case.sql), with(&case.with)?)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// `{{950 of a + }}` stands for 950 times `a + `.
fn unfolded(sql: &str) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, after) = after.split_once("}}").unwrap();
        let (times, text) = inside.split_once(" of ").unwrap();
        out += before;
        out += &text.repeat(times.parse().unwrap());
        rest = after;
    }
    out + rest
}

/// The fixture's options with some set anew; `None` if an amount is no decimal, which is refused
/// before any statement is looked at.
fn with(text: &str) -> Option<QueryOptions> {
    let mut options = QueryOptions {
        loss: LossRequest::Epsilon("1".parse().unwrap()),
        ..options()
    };
    for word in text.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap();
        match name {
            "epsilon" => options.loss = LossRequest::Epsilon(value.parse().ok()?),
            "rho" => options.loss = LossRequest::Rho(value.parse().ok()?),
            "delta" => options.delta = value.parse().ok()?,
            "C" => options.max_groups_per_unit = Some(value.parse().unwrap()),
            "m" => options.max_rows_per_group = Some(value.parse().unwrap()),
            "L" => options.max_values_per_group = Some(value.parse().unwrap()),
            _ => panic!("{word}"),
        }
    }
    Some(options)
}

fn rule(rule: Rule) -> String {
    serde_json::to_value(rule)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

/// The words of the statement that the rejection underlines.
fn underlined(sql: &str, rejection: &Rejection) -> Option<String> {
    let range = rejection.span?.bytes(sql)?;
    let text = sql[range].split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = text.chars().take(60).collect();
    Some(if short == text {
        text
    } else {
        format!("{short}…")
    })
}

/// What is said of a statement, in short.
fn said(sql: &str, options: Option<&QueryOptions>) -> String {
    let Some(options) = options else {
        return "-- rejected: an amount that is no decimal".to_owned();
    };
    match check(sql, &catalog(), options) {
        Ok(query) => accepted(&serde_json::to_value(query.explain()).unwrap()),
        Err(rejection) => {
            let place = underlined(sql, &rejection)
                .map_or_else(String::new, |text| format!(" at «{text}»"));
            format!(
                "-- rejected {}{place}: {}; {}",
                rule(rejection.rule),
                rejection.construct.lines().collect::<Vec<_>>().join(" "),
                rejection.instead.lines().collect::<Vec<_>>().join(" "),
            )
        }
    }
}

/// Charges, then for each release its keys, caps, groups and sensitivities.
fn accepted(explain: &Value) -> String {
    let mut out = "-- accepted:".to_owned();
    let nano = |value: &Value| value.as_u64().map(|n| n as f64 / 1e9);
    for (namespace, loss) in explain["charges"].as_object().unwrap() {
        match nano(&loss["eps"]) {
            Some(epsilon) => write!(out, " ε {epsilon} of {namespace}").unwrap(),
            None => write!(out, " ρ {} of {namespace}", nano(&loss["rho"]).unwrap()).unwrap(),
        }
        if let Some(delta) = loss["delta"].as_u64().filter(|delta| *delta > 0) {
            write!(out, ", δ {}", delta as f64 / 1e18).unwrap();
        }
    }
    if explain["charges"].as_object().unwrap().is_empty() {
        out += " nothing private";
    }
    for release in explain["releases"].as_array().unwrap() {
        let keys: Vec<&str> = release["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
            .collect();
        write!(
            out,
            "\n--   C {}, m {}, {}{}",
            release["max_groups_per_unit"][0],
            release["max_rows_per_group"][0],
            match release["max_values_per_group"][0].as_u64() {
                Some(values) => format!("L {values}, "),
                None => String::new(),
            },
            match release["dense_groups"].as_u64() {
                Some(groups) => format!("{groups} groups"),
                None => format!("threshold {}", release["threshold"][0]),
            },
        )
        .unwrap();
        if !keys.is_empty() {
            write!(out, " by {}", keys.join("; ")).unwrap();
        }
        for sum in release["mechanisms"].as_array().unwrap() {
            write!(
                out,
                "\n--   {}: {} in [{}, {}], sensitivity {:.3}",
                sum["measure"].as_str().unwrap(),
                sum["mechanism"].as_str().unwrap(),
                sum["bounds"][0].as_str().unwrap(),
                sum["bounds"][1].as_str().unwrap(),
                sum["sensitivity"].as_f64().unwrap(),
            )
            .unwrap();
        }
    }
    out
}

/// Holds one file to what is said of its statements, or writes it.
#[rstest::rstest]
fn every_case_is_answered_as_its_file_says(#[files("tests/cases/*.sql")] file: PathBuf) {
    let writes = std::env::var("IRONGATE_CASES").is_ok_and(|what| what == "write");
    let (mut wrong, mut text) = (Vec::new(), String::new());
    for case in cases(&std::fs::read_to_string(&file).unwrap()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &case.above;
        if case.sql.is_empty() {
            continue;
        }
        let sql = unfolded(&case.sql);
        let start = Instant::now();
        let said = said(&sql, with(&case.with).as_ref());
        if start.elapsed() > MOST_TIME {
            wrong.push(format!("{:?} for {}", start.elapsed(), case.sql));
        }
        if said.contains("gave up") {
            wrong.push(format!("the checker gave up on {}", case.sql));
        }
        if said != case.expected && !writes {
            wrong.push(format!(
                "{}\n  said   {said}\n  wanted {}",
                case.sql, case.expected
            ));
        }
        if !case.with.is_empty() {
            text += &format!("-- with {}\n", case.with);
        }
        text += &format!("{}\n{said}\n", case.sql);
    }
    if writes {
        std::fs::write(&file, text).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn cases_are_many_and_no_two_are_the_same() {
    let mut seen = BTreeSet::new();
    for file in files() {
        for case in cases(&std::fs::read_to_string(&file).unwrap()) {
            if !case.sql.is_empty() {
                let is_new = seen.insert((unfolded(&case.sql), case.with));
                assert!(is_new, "twice: {}", case.sql);
            }
        }
    }
    assert!(seen.len() >= CASES, "{} cases", seen.len());
}
