//! An example for a rejection: the statement itself, rewritten, else a general one over the tables it
//! names. A candidate is offered only after the checker accepted it.

mod general;

use self::general::Tables;
use super::locate::Tokens;
use super::{MAX_STATEMENT_BYTES, checked, tokenized};
use crate::options::{Catalog, LossRequest, QueryOptions};
use crate::reject::{Example, Rejection, Rule, Span};
use std::collections::BTreeMap;

/// Longest statement that is rewritten, bytes: longer ones get a general example.
const MAX_REWRITTEN_BYTES: usize = 1_000;
/// Most candidates tried: a refusal then costs no more than so many checks of a short statement.
const MAX_CANDIDATES: usize = 8;

/// A statement and the options that go with it.
struct Candidate {
    sql: String,
    options: Vec<(&'static str, &'static str)>,
}

impl From<String> for Candidate {
    fn from(sql: String) -> Self {
        Self {
            sql,
            options: Vec::new(),
        }
    }
}

/// The first candidate that is accepted.
pub(super) fn example(
    rejection: &Rejection,
    sql: &str,
    catalog: &Catalog,
    options: &QueryOptions,
) -> Option<Example> {
    candidates(rejection, sql, catalog, options)
        .into_iter()
        .take(MAX_CANDIDATES)
        .find(|candidate| is_accepted(candidate, catalog, options))
        .map(|candidate| Example {
            sql: candidate.sql,
            options: candidate
                .options
                .into_iter()
                .map(|(name, value)| (name, value.to_owned()))
                .collect::<BTreeMap<_, _>>(),
        })
}

fn is_accepted(candidate: &Candidate, catalog: &Catalog, options: &QueryOptions) -> bool {
    let Some(options) = changed(options, &candidate.options) else {
        return false;
    };
    tokenized(&candidate.sql)
        .and_then(|tokens| checked(&candidate.sql, &tokens, catalog, &options))
        .is_ok()
}

/// The options with some of them set anew.
fn changed(options: &QueryOptions, changes: &[(&str, &str)]) -> Option<QueryOptions> {
    let mut options = options.to_owned();
    for (name, value) in changes {
        match *name {
            "epsilon" => options.loss = LossRequest::Epsilon(value.parse().ok()?),
            "rho" => options.loss = LossRequest::Rho(value.parse().ok()?),
            "delta" => options.delta = value.parse().ok()?,
            "max_groups_per_unit" => options.max_groups_per_unit = Some(value.parse().ok()?),
            "max_rows_per_group" => options.max_rows_per_group = Some(value.parse().ok()?),
            "max_values_per_group" => options.max_values_per_group = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    Some(options)
}

fn candidates(
    rejection: &Rejection,
    sql: &str,
    catalog: &Catalog,
    options: &QueryOptions,
) -> Vec<Candidate> {
    let words = if sql.len() <= MAX_STATEMENT_BYTES {
        tokenized(sql).unwrap_or_default()
    } else {
        Vec::new()
    };
    let tokens = Tokens::new(&words);
    let mut out = Vec::new();
    if sql.len() <= MAX_REWRITTEN_BYTES {
        out.extend(reoptioned(rejection.rule, sql, options));
        let unit = Tables::of(&tokens, catalog).and_then(|tables| tables.unit());
        out.extend(
            rewritten(rejection, sql, &tokens, unit.as_deref())
                .into_iter()
                .map(Candidate::from),
        );
    }
    if let Some(tables) = Tables::of(&tokens, catalog) {
        let general = tables.general(rejection);
        let mut general: Vec<Candidate> = general.into_iter().map(Candidate::from).collect();
        // Where the options are at fault, no statement passes with them.
        if let Some(first) = reoptioned(rejection.rule, sql, options).first() {
            for candidate in &mut general {
                candidate.options.clone_from(&first.options);
            }
        }
        out.extend(general);
    }
    out
}

/// The statement as it is, with other options.
fn reoptioned(rule: Rule, sql: &str, options: &QueryOptions) -> Vec<Candidate> {
    let loss = match options.loss {
        LossRequest::Epsilon(_) => "epsilon",
        LossRequest::Rho(_) => "rho",
    };
    let sets: Vec<Vec<(&'static str, &'static str)>> = match rule {
        Rule::Loss => vec![
            vec![(loss, "0.1")],
            vec![(loss, "0.1"), ("delta", "0")],
            vec![(loss, "0.1"), ("delta", "1e-6")],
        ],
        Rule::Contribution => {
            let caps = vec![("max_groups_per_unit", "3"), ("max_rows_per_group", "3")];
            let values = vec![("max_values_per_group", "3")];
            vec![caps.clone(), values.clone(), [caps, values].concat()]
        }
        Rule::Keys => vec![vec![("delta", "1e-6")]],
        _ => Vec::new(),
    };
    sets.into_iter()
        .map(|options| Candidate {
            sql: sql.to_owned(),
            options,
        })
        .collect()
}

/// The statement with the refused construct replaced.
fn rewritten(
    rejection: &Rejection,
    sql: &str,
    tokens: &Tokens<'_>,
    unit: Option<&str>,
) -> Vec<String> {
    let construct = rejection.construct.as_str();
    let here = rejection
        .span
        .and_then(|span| span.bytes(sql))
        .and_then(|range| Some((range.clone(), sql.get(range)?)));
    let with = |replacement: String| {
        let (range, _) = here.clone()?;
        Some(format!(
            "{}{replacement}{}",
            sql.get(..range.start)?,
            sql.get(range.end..)?
        ))
    };
    let text = here.clone().map_or("", |(_, text)| text);
    let argument = || {
        let (_, rest) = text.split_once('(')?;
        Some(rest.strip_suffix(')')?.trim())
    };
    let out = match rejection.rule {
        Rule::Bounds if construct.starts_with("aggregate of") => argument().map(|argument| {
            let name = text.split('(').next().unwrap_or_default().trim();
            with(format!("{name}(CLAMP({argument}, 0, 100))"))
        }),
        Rule::Total if construct.ends_with("which may overflow") => Some(with(clamped(text))),
        Rule::Total if construct.starts_with("CAST") => Some(with(tried(text))),
        Rule::Aggregate if construct.starts_with("aggregate ") => {
            argument().map(|argument| with(format!("AVG({argument})")))
        }
        Rule::Order if construct.starts_with("LIMIT") || construct.starts_with("ORDER") => {
            Some(with(String::new()))
        }
        Rule::Join if text.to_uppercase().ends_with("JOIN") => {
            Some(with("JOIN".to_owned()).or_else(|| with("LEFT JOIN".to_owned())))
        }
        Rule::UnitLocality if construct.starts_with("DISTINCT") => Some(grouped(sql, tokens, unit)),
        Rule::RowLevelOutput | Rule::UnitOutput => Some(counted(sql, tokens)),
        Rule::Statement => Some(inner(sql, tokens)),
        _ => None,
    };
    let mut all: Vec<String> = out.flatten().into_iter().map(|text| tidy(&text)).collect();
    if rejection.rule == Rule::Order {
        all.extend(counted(sql, tokens));
    }
    all
}

/// `x + 1` with each name in it clamped.
fn clamped(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() || matches!(c, '_' | '.') {
            word.push(c);
            continue;
        }
        if word.starts_with(|c: char| c.is_alphabetic() || c == '_') && c != '(' {
            out.push_str(&format!("CLAMP({word}, 0, 100)"));
        } else {
            out.push_str(&word);
        }
        word.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

/// `CAST(x AS t)` and `x::t` as a `TRY_CAST` to the nearest type that has one.
fn tried(text: &str) -> String {
    let (inner, kind) = match text.split_once("::") {
        Some((inner, kind)) => (inner.trim(), kind.trim()),
        None => {
            let open = text.find('(').map_or(0, |at| at + 1);
            let whole = text.get(open..).unwrap_or_default();
            let whole = whole.strip_suffix(')').unwrap_or(whole);
            let split = whole.to_uppercase().rfind(" AS ").unwrap_or(whole.len());
            (
                whole.get(..split).unwrap_or_default().trim(),
                whole.get(split + 4..).unwrap_or_default().trim(),
            )
        }
    };
    let kind = kind.to_uppercase();
    let kind = if kind.contains("INT") {
        "BIGINT"
    } else {
        &kind
    };
    format!("TRY_CAST({inner} AS {kind})")
}

fn bytes(span: Option<Span>, sql: &str) -> Option<std::ops::Range<usize>> {
    span?.bytes(sql)
}

/// The outermost `SELECT … FROM …` counted: no select list of its own, no order, no groups.
fn counted(sql: &str, tokens: &Tokens<'_>) -> Option<String> {
    let select = outermost(tokens)?;
    let from = tokens.clause_end(select) + 1;
    if !tokens.is(from, "FROM") {
        return None;
    }
    let start = bytes(tokens.span((select, select)), sql)?.start;
    let end = tail(tokens, from);
    let body = bytes(tokens.span((from, end)), sql)?;
    Some(format!(
        "{}SELECT COUNT(*) {}",
        sql.get(..start)?,
        sql.get(body)?
    ))
}

/// `SELECT DISTINCT x FROM …` as groups with the units in each.
fn grouped(sql: &str, tokens: &Tokens<'_>, unit: Option<&str>) -> Option<String> {
    let select = outermost(tokens)?;
    if !tokens.is(select + 1, "DISTINCT") {
        return None;
    }
    let list_end = tokens.clause_end(select);
    let start = bytes(tokens.span((select, select)), sql)?.start;
    let list = sql.get(bytes(tokens.span((select + 2, list_end)), sql)?)?;
    let from = list_end + 1;
    let body = sql.get(bytes(tokens.span((from, tail(tokens, from))), sql)?)?;
    Some(format!(
        "{}SELECT {list}, COUNT(DISTINCT {}) AS units {body} GROUP BY {list}",
        sql.get(..start)?,
        unit?,
    ))
}

fn outermost(tokens: &Tokens<'_>) -> Option<usize> {
    (0..tokens.len()).find(|i| tokens.is(*i, "SELECT") && tokens.depth(*i) == 0)
}

/// The last token before groups, order and limits.
fn tail(tokens: &Tokens<'_>, from: usize) -> usize {
    const ENDS: [&str; 9] = [
        "GROUP",
        "HAVING",
        "WINDOW",
        "ORDER",
        "LIMIT",
        "OFFSET",
        "UNION",
        "INTERSECT",
        "EXCEPT",
    ];
    (from..tokens.len())
        .find(|i| {
            tokens.depth(*i) == tokens.depth(from) && ENDS.iter().any(|word| tokens.is(*i, word))
        })
        .unwrap_or(tokens.len())
        .saturating_sub(1)
}

/// The query inside another statement, or the first of several.
fn inner(sql: &str, tokens: &Tokens<'_>) -> Option<String> {
    let start = (0..tokens.len()).find(|i| tokens.is(*i, "SELECT") || tokens.is(*i, "WITH"))?;
    let depth = tokens.depth(start);
    let end = (start..tokens.len())
        .find(|i| tokens.depth(*i) < depth || tokens.is_semicolon(*i))
        .unwrap_or(tokens.len());
    let range = bytes(tokens.span((start, end.checked_sub(1)?)), sql)?;
    sql.get(range).map(|text| match depth {
        0 => text.to_owned(),
        // The closing parenthesis has its opener's depth.
        _ => text.trim_end_matches(')').to_owned(),
    })
}

/// Without the gaps that a removed clause leaves.
fn tidy(sql: &str) -> String {
    sql.replace(" )", ")").trim().to_owned()
}
