//! An example for a rejection: the statement itself, rewritten, else a general one over the tables it
//! names. A candidate is offered only after the checker accepted it.

use super::locate::Tokens;
use super::{MAX_STATEMENT_BYTES, checked, tokenized};
use crate::options::{Catalog, LossRequest, QueryOptions, Table};
use crate::reject::{Example, Rejection, Rule, Span};
use irongate_policy::dataset::{Column, ColumnType, DatasetSpec};
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
        Rule::Contribution => vec![vec![
            ("max_groups_per_unit", "3"),
            ("max_rows_per_group", "3"),
        ]],
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

/// Names to write an example with.
struct Tables<'a> {
    protected: &'a DatasetSpec,
    name: &'a str,
    /// Another protected table of the namespace.
    sibling: Option<&'a str>,
    /// A public table, and the column it shares with the protected one.
    public: Option<(&'a str, &'a str)>,
}

impl<'a> Tables<'a> {
    /// The first protected table that the statement names, else any.
    fn of(tokens: &Tokens<'_>, catalog: &'a Catalog) -> Option<Self> {
        let all: Vec<(&str, &Table)> = catalog
            .tables
            .iter()
            .map(|(n, t)| (n.as_str(), t))
            .collect();
        let is_protected = |(_, table): &&(&str, &Table)| table.spec.protected().is_some();
        let place = |name: &str| (0..tokens.len()).find(|i| tokens.is(*i, name));
        let named = all
            .iter()
            .filter(is_protected)
            .filter_map(|table| Some((place(table.0)?, table)))
            .min_by_key(|(at, _)| *at)
            .map(|(_, table)| table);
        // The widest has the most to show.
        let widest = || {
            all.iter()
                .filter(is_protected)
                .max_by_key(|(_, table)| table.spec.columns.len())
        };
        let (name, table) = named.or_else(widest)?;
        let protected = &table.spec;
        let namespace = &protected.protected()?.unit.namespace;
        let sibling = all
            .iter()
            .find(|(n, t)| {
                n != name
                    && t.spec
                        .protected()
                        .is_some_and(|p| p.unit.namespace == *namespace)
            })
            .map(|(n, _)| *n);
        let public = all
            .iter()
            .filter(|(_, t)| t.spec.protected().is_none())
            .find_map(|(n, t)| {
                let shared = protected.stored_columns().find(|column| {
                    t.spec
                        .columns
                        .iter()
                        .any(|c| c.name == column.name && c.kind == column.kind)
                })?;
                Some((*n, shared.name.as_str()))
            });
        Some(Self {
            protected,
            name,
            sibling,
            public,
        })
    }

    fn unit(&self) -> Option<String> {
        self.protected.unit_name().map(quoted)
    }

    fn column(&self, of: impl Fn(&Column) -> bool) -> Option<String> {
        self.protected
            .stored_columns()
            .find(|c| of(c))
            .map(|c| quoted(&c.name))
    }

    /// General examples for a rule, the closest first; the last is a plain count.
    fn general(&self, rejection: &Rejection) -> Vec<String> {
        let t = quoted(self.name);
        let is_number =
            |c: &Column| matches!(c.kind, ColumnType::Int64 | ColumnType::Decimal { .. });
        let key = self.column(|c| c.domain.is_some() || c.kind == ColumnType::Bool);
        let bounded = self.column(|c| c.bounds.is_some() && is_number(c));
        let number = self.column(|c| c.bounds.is_none() && is_number(c) && c.domain.is_none());
        let text = self.column(|c| c.kind == ColumnType::String);
        let unit = self.unit();
        let construct = rejection.construct.as_str();
        let mut out: Vec<Option<String>> = Vec::new();
        let by_key = |what: &str, after: &str| {
            key.as_ref()
                .map(|k| format!("SELECT {k}, {what} FROM {t} GROUP BY {k}{after}"))
        };
        let counts = by_key("COUNT(*) AS n", "");
        let units = unit
            .as_ref()
            .and_then(|u| by_key(&format!("COUNT(DISTINCT {u}) AS units"), ""));
        let means = bounded
            .as_ref()
            .and_then(|x| by_key(&format!("COUNT(*) AS n, AVG({x}) AS mean"), ""));
        let larger = bounded
            .as_ref()
            .map(|x| format!("SELECT COUNT(*) AS n FROM {t} WHERE {x} > 1"));
        match rejection.rule {
            Rule::UnitOutput => out.push(units),
            Rule::UnitLocality if construct.starts_with("DISTINCT") => out.push(units),
            Rule::UnitLocality => out.push(Some(format!(
                "SELECT 'all' AS part, COUNT(*) AS n FROM {t} UNION ALL SELECT 'again', COUNT(*) FROM {t}"
            ))),
            Rule::Join => {
                let siblings = self.sibling.zip(unit.as_ref()).map(|(s, u)| {
                    let s = quoted(s);
                    format!("SELECT COUNT(*) AS n FROM {t} a JOIN {s} b ON a.{u} = b.{u}")
                });
                let public = self.public.map(|(p, c)| {
                    let (p, c) = (quoted(p), quoted(c));
                    format!("SELECT COUNT(*) AS n FROM {t} a JOIN {p} b ON a.{c} = b.{c}")
                });
                let released = key.as_ref().map(|k| {
                    format!(
                        "WITH r AS (SELECT {k}, COUNT(*) AS n FROM {t} GROUP BY {k}) \
                         SELECT a.{k}, a.n, b.n AS other FROM r a JOIN r b ON a.{k} = b.{k}"
                    )
                });
                if construct.contains("released") {
                    out.push(released);
                } else if construct.contains("protected") {
                    out.push(siblings);
                } else {
                    out.extend([public, siblings]);
                }
            }
            Rule::Order => out.push(by_key("COUNT(*) AS n", " ORDER BY n DESC LIMIT 3")),
            Rule::Total => {
                if construct.contains("operator / ") || construct.contains("operator % ") {
                    out.push(bounded.as_ref().map(|x| {
                        format!("SELECT 1.0 * SUM({x}) / NULLIF(COUNT(*), 0) AS ratio FROM {t}")
                    }));
                } else if construct.contains("CAST") {
                    out.push(text.as_ref().map(|s| {
                        format!("SELECT COUNT(*) AS n FROM {t} WHERE TRY_CAST({s} AS BIGINT) > 0")
                    }));
                } else if construct.contains("pattern") || construct.contains("function") {
                    out.push(
                        text.as_ref()
                            .map(|s| format!("SELECT COUNT(*) AS n FROM {t} WHERE LOWER({s}) LIKE 'a%'")),
                    );
                }
                out.push(larger);
            }
            Rule::Bounds => {
                let any = number.as_ref().or(bounded.as_ref());
                out.push(any.map(|x| format!("SELECT SUM(CLAMP({x}, 0, 100)) AS total FROM {t}")));
            }
            Rule::Subquery => {
                out.push(key.as_ref().map(|k| {
                    format!(
                        "WITH r AS (SELECT {k}, COUNT(*) AS n FROM {t} GROUP BY {k}) \
                         SELECT {k}, n FROM r WHERE n > (SELECT AVG(n) FROM r)"
                    )
                }));
                out.push(larger);
            }
            Rule::Keys => out.push(units),
            Rule::Limit
            | Rule::Syntax
            | Rule::Statement
            | Rule::UnknownName
            | Rule::RowLevelOutput
            | Rule::Aggregate
            | Rule::Volatile
            | Rule::Loss
            | Rule::Contribution
            | Rule::OutputType
            | Rule::Size => out.push(means),
        }
        out.push(counts);
        out.push(Some(format!("SELECT COUNT(*) AS n FROM {t}")));
        out.into_iter().flatten().collect()
    }
}

/// A name as SQL needs it.
fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    // A few names that are words of SQL.
    let word = matches!(
        name,
        "year" | "month" | "day" | "date" | "order" | "group" | "user" | "table"
    );
    if plain && !word {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
