//! The place of a refused construct.

use crate::reject::Span;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// The place of a construct: its first word that stands in the statement, else the statement.
pub(super) fn locate(construct: &str, tokens: &[TokenWithSpan]) -> Option<Span> {
    const FILLER: [&str; 12] = [
        "of",
        "the",
        "in",
        "a",
        "table",
        "function",
        "column",
        "operator",
        "below",
        "with",
        "output",
        "aggregate",
    ];
    let words = construct
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| !w.is_empty() && !FILLER.contains(w));
    let found = words.into_iter().find_map(|w| {
        tokens.iter().find(|t| match &t.token {
            Token::Word(word) => word.value.eq_ignore_ascii_case(w),
            _ => false,
        })
    });
    let symbol = || {
        tokens.iter().find(|t| {
            construct.split_whitespace().any(|w| {
                w.len() < 3 && !w.chars().any(char::is_alphanumeric) && t.token.to_string() == w
            })
        })
    };
    let span = found.or_else(symbol).or_else(|| tokens.first())?.span;
    Some(Span {
        line: span.start.line,
        column: span.start.column,
        end_line: span.end.line,
        end_column: span.end.column,
    })
}
