//! The place of a refused construct: what the planner blamed, widened to the construct's own words.
//!
//! The planner knows at best which columns a refused expression reads. Keywords, calls and operators
//! around them are found in the tokens and in the parsed query; the word search comes last.

use crate::reject::{Rejection, Rule, Span, words};
use datafusion::sql::sqlparser::ast::{Expr, Query, Spanned, visit_expressions};
use datafusion::sql::sqlparser::tokenizer::{self, Token, TokenWithSpan};
use std::ops::ControlFlow;

/// The statement's tokens without blanks, each with its depth in parentheses.
pub(super) struct Tokens<'a> {
    tokens: &'a [TokenWithSpan],
    depths: Vec<usize>,
}

/// A range of tokens, both ends inclusive.
type Run = (usize, usize);

impl<'a> Tokens<'a> {
    pub(super) fn new(tokens: &'a [TokenWithSpan]) -> Self {
        let mut depth = 0_usize;
        let depths = tokens
            .iter()
            .map(|t| match t.token {
                Token::LParen => {
                    depth += 1;
                    depth - 1
                }
                Token::RParen => {
                    depth = depth.saturating_sub(1);
                    depth
                }
                _ => depth,
            })
            .collect();
        Self { tokens, depths }
    }

    pub(super) fn word(&self, at: usize) -> Option<&str> {
        match &self.tokens.get(at)?.token {
            Token::Word(word) => Some(&word.value),
            _ => None,
        }
    }

    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.word(at).is_some_and(|w| w.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_semicolon(&self, at: usize) -> bool {
        self.symbol(at, &Token::SemiColon)
    }

    pub(super) fn depth(&self, at: usize) -> usize {
        self.depths.get(at).copied().unwrap_or(0)
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn span(&self, (from, to): Run) -> Option<Span> {
        if from > to {
            return None;
        }
        let (from, to) = (self.tokens.get(from)?, self.tokens.get(to)?);
        Some(span(tokenizer::Span::new(from.span.start, to.span.end)))
    }

    fn symbol(&self, at: usize, symbol: &Token) -> bool {
        self.tokens.get(at).is_some_and(|t| t.token == *symbol)
    }

    /// The parenthesis that closes the one at `open`, or the last token.
    pub(super) fn closing(&self, open: usize) -> usize {
        let depth = self.depth(open);
        (open + 1..self.len())
            .find(|i| self.symbol(*i, &Token::RParen) && self.depth(*i) == depth)
            .unwrap_or(self.len().saturating_sub(1))
    }

    /// The first token at the depth of `from` that ends its clause.
    pub(super) fn clause_end(&self, from: usize) -> usize {
        const NEXT: [&str; 12] = [
            "FROM",
            "WHERE",
            "GROUP",
            "HAVING",
            "WINDOW",
            "QUALIFY",
            "ORDER",
            "LIMIT",
            "OFFSET",
            "UNION",
            "INTERSECT",
            "EXCEPT",
        ];
        let depth = self.depth(from);
        (from + 1..self.len())
            .find(|i| {
                let here = self.depth(*i);
                // What closes the clause's own parenthesis stands a level further out.
                here < depth
                    || here == depth
                        && (self.is_semicolon(*i) || NEXT.iter().any(|word| self.is(*i, word)))
            })
            .unwrap_or(self.len())
            .saturating_sub(1)
    }

    /// `span`, widened to the parentheses that open in it.
    fn balanced(&self, span: Span) -> Span {
        let inside = |i: &usize| self.span((*i, *i)).is_some_and(|token| span.holds(&token));
        let open: Vec<usize> = (0..self.len())
            .filter(|i| inside(i) && self.symbol(*i, &Token::LParen))
            .collect();
        let ends = open
            .into_iter()
            .filter_map(|open| self.span((open, self.closing(open))));
        ends.fold(span, Span::with)
    }

    /// Calls of any of `names`, whole.
    fn calls<'b>(&'b self, names: &'b [&str]) -> impl Iterator<Item = Run> + 'b {
        (0..self.len())
            .filter(|i| {
                self.symbol(i + 1, &Token::LParen) && names.iter().any(|name| self.is(*i, name))
            })
            .map(|i| (i, self.closing(i + 1)))
    }

    /// Runs of keywords, such as `GROUP BY`.
    fn phrases<'b>(&'b self, phrase: &'b [&str]) -> impl Iterator<Item = Run> + 'b {
        (0..self.len())
            .filter(|i| {
                phrase
                    .iter()
                    .enumerate()
                    .all(|(n, word)| self.is(i + n, word))
            })
            .map(|i| (i, i + phrase.len() - 1))
    }
}

fn span(span: tokenizer::Span) -> Span {
    Span {
        line: span.start.line,
        column: span.start.column,
        end_line: span.end.line,
        end_column: span.end.column,
    }
}

/// The place of what `rejection` names.
pub(super) fn locate(
    rejection: &Rejection,
    query: Option<&Query>,
    tokens: &[TokenWithSpan],
) -> Option<Span> {
    if matches!(rejection.rule, Rule::Loss | Rule::Contribution) {
        return None;
    }
    let tokens = Tokens::new(tokens);
    let blamed = rejection.span;
    if matches!(rejection.rule, Rule::Syntax | Rule::UnknownName) && blamed.is_some() {
        return blamed;
    }
    let construct = rejection.construct.as_str();
    output(rejection, &tokens)
        .or_else(|| clause(construct, blamed, &tokens))
        .or_else(|| called(construct, blamed, &tokens))
        .or_else(|| operation(construct, blamed, query).map(|span| tokens.balanced(span)))
        .or(blamed)
        .or_else(|| searched(construct, &tokens))
        .or_else(|| tokens.span((0, 0)))
}

/// The select list, where what leaves is wrong; the second statement, where there are several.
fn output(rejection: &Rejection, tokens: &Tokens<'_>) -> Option<Span> {
    if rejection.construct == "several statements" {
        let next = (0..tokens.len()).find(|i| tokens.is_semicolon(*i))? + 1;
        return tokens.span((next, next));
    }
    if rejection.rule == Rule::Statement && rejection.instead.starts_with("write") {
        return tokens.span((0, 1)).or_else(|| tokens.span((0, 0)));
    }
    if rejection.construct.ends_with("in the output") {
        let select =
            (0..tokens.len()).find(|i| tokens.is(*i, "SELECT") && tokens.depth(*i) == 0)?;
        return tokens
            .span((select + 1, tokens.clause_end(select)))
            .or_else(|| tokens.span((select, select)));
    }
    None
}

/// A clause that its keywords name.
fn clause(construct: &str, blamed: Option<Span>, tokens: &Tokens<'_>) -> Option<Span> {
    let below = construct.ends_with("below the release");
    let is = |text: &str| construct.starts_with(text);
    if is("GROUP BY") || is("GROUPING SETS") {
        let run = nearest(tokens.phrases(&["GROUP", "BY"]), blamed, false, tokens)?;
        return tokens.span((run.0, tokens.clause_end(run.1)));
    }
    if is("ORDER BY") {
        let run = nearest(tokens.phrases(&["ORDER", "BY"]), blamed, below, tokens)?;
        return tokens.span((run.0, tokens.clause_end(run.1)));
    }
    if is("LIMIT") {
        let runs = ["LIMIT", "OFFSET", "FETCH", "TOP"];
        let runs = (0..tokens.len())
            .filter(|i| runs.iter().any(|word| tokens.is(*i, word)))
            .map(|i| (i, i));
        let run = nearest(runs, blamed, true, tokens)?;
        return tokens.span((run.0, tokens.clause_end(run.0)));
    }
    if is("window") {
        let run = nearest(tokens.phrases(&["OVER"]), blamed, below, tokens)?;
        let end = if tokens.symbol(run.0 + 1, &Token::LParen) {
            tokens.closing(run.0 + 1)
        } else {
            run.0 + 1
        };
        return tokens.span((run.0, end));
    }
    if is("DISTINCT") || is("UNION") {
        let words: &[&str] = if is("UNION") {
            &["UNION"]
        } else {
            &["DISTINCT", "INTERSECT", "EXCEPT", "UNION"]
        };
        return words.iter().find_map(|word| {
            let run = nearest(tokens.phrases(&[word]), blamed, true, tokens)?;
            tokens.span(run)
        });
    }
    if construct.contains("JOIN") {
        return join(construct, blamed, tokens);
    }
    if is("WITH RECURSIVE") {
        return tokens.span(tokens.phrases(&["WITH", "RECURSIVE"]).next()?);
    }
    if is("FILTER") {
        return tokens.span(nearest(tokens.calls(&["FILTER"]), blamed, false, tokens)?);
    }
    if is("pattern match") {
        let words = ["LIKE", "ILIKE", "SIMILAR", "RLIKE", "REGEXP"];
        let runs = (0..tokens.len())
            .filter(|i| words.iter().any(|word| tokens.is(*i, word)))
            .map(|i| (i, (i + 1).min(tokens.len().saturating_sub(1))));
        let span = tokens.span(nearest(runs, None, false, tokens)?)?;
        return Some(blamed.map_or(span, |blamed| blamed.with(span)));
    }
    if construct.contains("subquery") {
        let run = (0..tokens.len())
            .filter(|i| tokens.symbol(*i, &Token::LParen))
            .filter(|i| tokens.is(i + 1, "SELECT") || tokens.is(i + 1, "WITH"))
            // A sub-query in FROM is a table, which is no fault.
            .filter(|i| {
                i.checked_sub(1)
                    .is_none_or(|before| !["FROM", "JOIN"].iter().any(|w| tokens.is(before, w)))
            })
            .map(|i| (i, tokens.closing(i)))
            .next()?;
        return tokens.span(run);
    }
    None
}

/// The words of a join, from its kind to the table's name.
fn join(construct: &str, blamed: Option<Span>, tokens: &Tokens<'_>) -> Option<Span> {
    const KINDS: [&str; 9] = [
        "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "SEMI", "ANTI", "NATURAL",
    ];
    let kind = construct
        .split_once(" JOIN")
        .map(|(kind, _)| kind.split(' ').next().unwrap_or_default().to_uppercase())
        .filter(|kind| KINDS.contains(&kind.as_str()));
    let whole = |join: usize| {
        let kinds = (0..join)
            .rev()
            .take_while(|i| KINDS.iter().any(|kind| tokens.is(*i, kind)));
        (kinds.last().unwrap_or(join), join)
    };
    let all: Vec<Run> = tokens.phrases(&["JOIN"]).map(|(i, _)| whole(i)).collect();
    let of_kind = |run: &&Run| kind.as_ref().is_none_or(|kind| tokens.is(run.0, kind));
    let matching: Vec<Run> = all.iter().filter(of_kind).copied().collect();
    let runs = if matching.is_empty() { all } else { matching };
    if let Some(run) = nearest(runs.into_iter(), blamed, false, tokens) {
        return tokens.span(run);
    }
    // Tables joined by a comma.
    let from = (0..tokens.len()).find(|i| tokens.is(*i, "FROM"))?;
    tokens.span((from, tokens.clause_end(from)))
}

/// Among runs: the last that starts at or before what is blamed, else the first after it. With nothing
/// to blame, the first, or the deepest if what stands `below` a release is sought.
fn nearest(
    runs: impl Iterator<Item = Run>,
    blamed: Option<Span>,
    below: bool,
    tokens: &Tokens<'_>,
) -> Option<Run> {
    let runs: Vec<Run> = runs.collect();
    let Some(blamed) = blamed else {
        return if below {
            // `max_by_key` gives the last of equals, and the first is wanted.
            runs.into_iter().rev().max_by_key(|run| tokens.depth(run.0))
        } else {
            runs.into_iter().next()
        };
    };
    let before = |run: &&Run| {
        tokens
            .span(**run)
            .is_some_and(|s| (s.line, s.column) <= (blamed.line, blamed.column))
    };
    runs.iter().rev().find(before).or(runs.first()).copied()
}

/// The innermost call that a construct names, or that holds what is blamed.
fn called(construct: &str, blamed: Option<Span>, tokens: &Tokens<'_>) -> Option<Span> {
    let starts = |text: &str| construct.starts_with(text);
    let named: Vec<&str> = if starts("aggregate of") {
        vec![
            "SUM",
            "AVG",
            "MEAN",
            "COUNT",
            "MIN",
            "MAX",
            "MEDIAN",
            "VARIANCE",
            "VAR",
            "VAR_POP",
            "VAR_SAMP",
            "VAR_SAMPLE",
            "STDDEV",
            "STDDEV_POP",
            "STDDEV_SAMP",
            "COVAR",
            "COVAR_POP",
            "COVAR_SAMP",
            "CORR",
        ]
    } else if starts("CAST") || starts("TRY_CAST") || construct.contains("CAST(") {
        vec!["CAST", "TRY_CAST", "SAFE_CAST"]
    } else if starts("date_part") {
        vec!["date_part", "EXTRACT", "datepart"]
    } else if starts("function")
        || starts("aggregate ")
        || starts("ordered aggregate")
        || construct == "CLAMP"
        || construct.ends_with("(DISTINCT …)")
    {
        words(construct).collect()
    } else {
        return None;
    };
    let holds = |run: &Run| {
        blamed.is_none_or(|blamed| tokens.span(*run).is_some_and(|span| span.holds(&blamed)))
    };
    let runs: Vec<Run> = tokens.calls(&named).filter(holds).collect();
    // A later start is further in.
    let run = match blamed {
        Some(_) => runs.last(),
        None => runs.first(),
    };
    tokens.span(*run?)
}

/// The smallest operation of the kind a construct names around what is blamed.
fn operation(construct: &str, blamed: Option<Span>, query: Option<&Query>) -> Option<Span> {
    let operator = construct
        .strip_prefix("operator ")
        .and_then(|rest| rest.split(' ').next());
    if operator.is_none() && !construct.ends_with("which may overflow") {
        return None;
    }
    let mut best: Option<Span> = None;
    let walked = visit_expressions(query?, |expr: &Expr| {
        let fits = match expr {
            Expr::BinaryOp { op, .. } => operator.is_none_or(|sign| op.to_string() == sign),
            Expr::UnaryOp { .. } => operator.is_none(),
            _ => false,
        };
        if fits && expr.span() != tokenizer::Span::empty() {
            let here = span(expr.span());
            let closer = best.is_none_or(|best| best.holds(&here));
            if closer && blamed.is_none_or(|blamed| here.holds(&blamed)) {
                best = Some(here);
            }
        }
        ControlFlow::<()>::Continue(())
    });
    match walked {
        ControlFlow::Continue(()) | ControlFlow::Break(()) => best,
    }
}

/// The first token that is a word of the construct, else a symbol of it.
fn searched(construct: &str, tokens: &Tokens<'_>) -> Option<Span> {
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
    let word = words(construct)
        .filter(|word| !FILLER.contains(word))
        .find_map(|word| (0..tokens.len()).find(|i| tokens.is(*i, word)));
    let symbol = || {
        (0..tokens.len()).find(|i| {
            tokens.tokens.get(*i).is_some_and(|token| {
                construct.split_whitespace().any(|part| {
                    part.len() < 3
                        && !part.chars().any(char::is_alphanumeric)
                        && token.token.to_string() == part
                })
            })
        })
    };
    let at = word.or_else(symbol)?;
    tokens.span((at, at))
}
