//! One query out of a text, and the words of the SQL engine turned into rejections.

use super::MAX_NESTING;
use crate::reject::{Checked, Rejection, Rule, Span};
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    self, Query, Select, SelectFlavor, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::parser::ParserError;
use std::ops::ControlFlow;

/// Most names a remedy lists.
const MAX_NAMES: usize = 12;
/// Longest text of the SQL engine that is passed on, characters.
const MAX_ENGINE_TEXT: usize = 400;

/// The one query that `sql` holds.
pub(super) fn parse(sql: &str) -> Checked<Box<Query>> {
    let mut statements = DFParserBuilder::new(sql)
        .with_recursion_limit(MAX_NESTING)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| refused(&error))?;
    if statements.len() > 1 {
        return Err(Rejection::new(
            Rule::Statement,
            "several statements",
            "send one statement",
        ));
    }
    let other = match statements.pop_front() {
        Some(Statement::Statement(inner)) => match *inner {
            ast::Statement::Query(query) => return plain(query),
            other => other.to_string(),
        },
        Some(other) => other.to_string(),
        None => "no statement".to_owned(),
    };
    let words: Vec<&str> = other.split_whitespace().take(2).collect();
    Err(Rejection::new(
        Rule::Statement,
        words.join(" "),
        "write a SELECT",
    ))
}

/// A query without the clauses that the SQL engine reads and then leaves out: its answer would not be
/// what the statement says.
fn plain(query: Box<Query>) -> Checked<Box<Query>> {
    let mut ignored = Ignored(None);
    match query.visit(&mut ignored) {
        ControlFlow::Continue(()) | ControlFlow::Break(()) => {}
    }
    match ignored.0 {
        None => Ok(query),
        Some(clause) => Err(Rejection::new(
            Rule::Statement,
            clause,
            "leave it out; it has no meaning here",
        )),
    }
}

struct Ignored(Option<&'static str>);

impl Ignored {
    fn found(&mut self, clauses: &[(bool, &'static str)]) -> ControlFlow<()> {
        match clauses.iter().find(|(is_there, _)| *is_there) {
            Some((_, clause)) => {
                self.0 = Some(clause);
                ControlFlow::Break(())
            }
            None => ControlFlow::Continue(()),
        }
    }
}

impl Visitor for Ignored {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.found(&[
            (!query.locks.is_empty(), "FOR UPDATE"),
            (query.for_clause.is_some(), "FOR clause"),
            (query.settings.is_some(), "SETTINGS"),
            (query.format_clause.is_some(), "FORMAT"),
        ])
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.found(&[
            (select.into.is_some(), "INTO"),
            // The SQL engine's planner panics on it in a scalar subquery.
            (
                select.projection.is_empty() && select.flavor == SelectFlavor::Standard,
                "SELECT without columns",
            ),
            (select.prewhere.is_some(), "PREWHERE"),
            (!select.connect_by.is_empty(), "CONNECT BY"),
        ])
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        match table {
            TableFactor::Table {
                sample,
                version,
                with_hints,
                partitions,
                ..
            } => self.found(&[
                (sample.is_some(), "TABLESAMPLE"),
                (version.is_some(), "table version"),
                (!with_hints.is_empty(), "table hint"),
                (!partitions.is_empty(), "PARTITION"),
            ]),
            TableFactor::Derived { sample, .. } => self.found(&[(sample.is_some(), "TABLESAMPLE")]),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// A refusal by the SQL engine's parser, planner or type checker.
pub(super) fn refused(error: &DataFusionError) -> Rejection {
    let mut rejection = match error.find_root() {
        DataFusionError::SchemaError(schema, _) => unknown(schema),
        DataFusionError::SQL(parser, _) => unparsed(parser),
        other => untyped(other.message().as_ref()),
    };
    let blamed = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    rejection.span = rejection.span.or(blamed.map(Span::from));
    rejection
}

fn unknown(error: &SchemaError) -> Rejection {
    match error {
        SchemaError::FieldNotFound {
            field,
            valid_fields,
        } => {
            let names: Vec<String> = valid_fields
                .iter()
                .take(MAX_NAMES)
                .map(|name| format!("`{}`", name.quoted_flat_name()))
                .collect();
            let instead = if names.is_empty() {
                "name a dataset of the scenario".to_owned()
            } else {
                format!("name one of {}", names.join(", "))
            };
            let mut rejection = Rejection::new(
                Rule::UnknownName,
                format!("column `{}`", field.name),
                instead,
            );
            rejection.span = field.spans.first().map(Span::from);
            rejection
        }
        SchemaError::AmbiguousReference { field } => {
            let mut rejection = Rejection::new(
                Rule::UnknownName,
                format!("column `{}`", field.name),
                "qualify it with its table's name",
            );
            rejection.span = field.spans.first().map(Span::from);
            rejection
        }
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => Rejection::new(
            Rule::Syntax,
            format!("column `{name}`"),
            "name each column once; give one of them another name with AS",
        ),
    }
}

fn unparsed(error: &ParserError) -> Rejection {
    match error {
        ParserError::RecursionLimitExceeded => Rejection::new(
            Rule::Limit,
            "statement",
            format!("nest at most {MAX_NESTING} deep"),
        ),
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => {
            let mut rejection = Rejection::new(Rule::Syntax, "statement", short(text));
            rejection.span = place(text);
            rejection
        }
    }
}

fn untyped(text: &str) -> Rejection {
    let quoted = text.split('\'').nth(1).unwrap_or_default();
    let name = quoted.rsplit('.').next().unwrap_or_default();
    if text.starts_with("table '") && text.contains("not found") {
        return Rejection::new(
            Rule::UnknownName,
            format!("table `{name}`"),
            "name a dataset of the scenario",
        );
    }
    if text.starts_with("Invalid function '") {
        return Rejection::new(
            Rule::Syntax,
            format!("function {quoted}"),
            "use a function that SQL knows",
        );
    }
    let rule = if text.contains("not found") {
        Rule::UnknownName
    } else {
        Rule::Syntax
    };
    // The engine quotes the function it could not type.
    let function = ["Function '", "function '"]
        .iter()
        .find_map(|start| text.split_once(start)?.1.split_once('\''));
    let construct = match function {
        Some((name, _)) => format!("function {name}"),
        None => "statement".to_owned(),
    };
    Rejection::new(rule, construct, short(text))
}

/// The first line of what the SQL engine says, without its own names for what failed.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" at Line:").next().unwrap_or(line);
    let line = line.split(", errors:").next().unwrap_or(line);
    let line = line
        .rsplit("Error during planning: ")
        .next()
        .unwrap_or(line);
    let line = line.split(" No function matches").next().unwrap_or(line);
    let mut characters = line.trim_end_matches('.').chars();
    let first = characters.next();
    let rest: String = characters.take(MAX_ENGINE_TEXT).collect();
    // A word in capitals stays one.
    let is_word = rest.starts_with(char::is_lowercase) || rest.starts_with(' ');
    first
        .map(|c| {
            if is_word {
                c.to_lowercase().to_string()
            } else {
                c.to_string()
            }
        })
        .into_iter()
        .chain([rest])
        .collect()
}

/// The place that the parser writes after its message.
fn place(text: &str) -> Option<Span> {
    let (_, at) = text.rsplit_once("at Line: ")?;
    let (line, column) = at.split_once(", Column: ")?;
    let line = line.trim().parse().ok().filter(|line| *line > 0)?;
    let digits: String = column.chars().take_while(char::is_ascii_digit).collect();
    let column: u64 = digits.parse().ok().filter(|column| *column > 0)?;
    Some(Span::at(line, column))
}
