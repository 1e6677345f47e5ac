//! Refusals of a statement, from metadata alone. A rejection teaches: what, where, why, what instead,
//! and an example that was accepted before it was offered.

mod rule;
mod zh;

pub use self::rule::Rule;
use datafusion::common::Spans;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Where in the statement, 1-based; `None` in [`Rejection`] when no token can be blamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// End line, inclusive.
    pub end_line: u64,
    /// End column, exclusive.
    pub end_column: u64,
}

impl Span {
    /// The bytes of `statement` that this span covers; `None` if it is not of this statement.
    pub fn bytes(&self, statement: &str) -> Option<Range<usize>> {
        let start = offset(statement, self.line, self.column)?;
        let end = offset(statement, self.end_line, self.end_column)?;
        (start <= end).then_some(start..end)
    }

    /// One character.
    pub(crate) fn at(line: u64, column: u64) -> Self {
        Self {
            line,
            column,
            end_line: line,
            end_column: column.saturating_add(1),
        }
    }

    /// The smallest span that holds both.
    pub(crate) fn with(self, other: Self) -> Self {
        let (line, column) = (self.line, self.column).min((other.line, other.column));
        let (end_line, end_column) =
            (self.end_line, self.end_column).max((other.end_line, other.end_column));
        Self {
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// Whether it holds all of `other`.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        (self.line, self.column) <= (other.line, other.column)
            && (other.end_line, other.end_column) <= (self.end_line, self.end_column)
    }
}

impl From<datafusion::common::Span> for Span {
    fn from(span: datafusion::common::Span) -> Self {
        Self {
            line: span.start.line,
            column: span.start.column,
            end_line: span.end.line,
            end_column: span.end.column,
        }
    }
}

fn offset(text: &str, line: u64, column: u64) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += text.get(start..)?.find('\n')? + 1;
    }
    let rest = text.get(start..)?;
    let skipped = usize::try_from(column.checked_sub(1)?).ok()?;
    let within = rest
        .char_indices()
        .map(|(i, _)| i)
        .chain([rest.len()])
        .nth(skipped)?;
    Some(start + within)
}

/// A statement that does what was refused, or the nearest that can be done. It was checked against the
/// same catalog and accepted before it was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The whole statement.
    pub sql: String,
    /// Options to change with it, by the names the command and the manifest use.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<&'static str, String>,
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)?;
        for (i, (name, value)) in self.options.iter().enumerate() {
            let joint = if i == 0 { "  -- with" } else { "," };
            write!(f, "{joint} {name} {value}")?;
        }
        Ok(())
    }
}

/// A refused statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{construct}{}: {}; {instead}", place(.span), .rule.text().0)]
pub struct Rejection {
    /// The construct, as SQL names it.
    pub construct: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// The rule it broke.
    pub rule: Rule,
    /// What to write instead.
    pub instead: String,
    /// A statement that is accepted; `None` where the scenario has no table to show it on.
    pub example: Option<Box<Example>>,
}

fn place(span: &Option<Span>) -> String {
    span.map_or_else(String::new, |s| format!(" at {}:{}", s.line, s.column))
}

impl Rejection {
    pub(crate) fn new(
        rule: Rule,
        construct: impl Into<String>,
        instead: impl Into<String>,
    ) -> Self {
        Self {
            construct: construct.into(),
            span: None,
            rule,
            instead: instead.into(),
            example: None,
        }
    }

    /// Blames the columns of `expr`, unless something closer was blamed already.
    pub(crate) fn near(mut self, expr: &Expr) -> Self {
        if self.span.is_none() {
            self.span = columns(expr);
        }
        self
    }

    /// Blames the expression that the construct quotes or names, else all of them.
    pub(crate) fn among(mut self, exprs: &[Expr]) -> Self {
        if self.span.is_none() {
            let named = exprs
                .iter()
                .find(|expr| expr.exists(|e| Ok(self.quotes(e))).unwrap_or(false));
            self.span = match named {
                Some(expr) => columns(expr),
                None => exprs.iter().filter_map(columns).reduce(Span::with),
            };
        }
        self
    }

    fn quotes(&self, expr: &Expr) -> bool {
        let quoted = self.construct.split('`').nth(1);
        match expr {
            Expr::AggregateFunction(call) if quoted.is_none() => {
                words(&self.construct).any(|word| word.eq_ignore_ascii_case(call.func.name()))
            }
            other => quoted.is_some_and(|quoted| quoted == other.to_string()),
        }
    }

    /// The construct in Chinese; SQL stays SQL.
    pub fn construct_zh(&self) -> String {
        zh::construct(&self.construct)
    }

    /// The remedy in Chinese; SQL stays SQL.
    pub fn instead_zh(&self) -> String {
        zh::instead(self.rule, &self.instead)
    }

    /// The whole message in Chinese.
    pub fn zh(&self) -> String {
        let place = self
            .span
            .map_or_else(String::new, |s| format!("（{}:{}）", s.line, s.column));
        format!(
            "{}{place}：{}；{}",
            self.construct_zh(),
            self.rule.text().1,
            self.instead_zh()
        )
    }
}

/// The words of a construct.
pub(crate) fn words(construct: &str) -> impl Iterator<Item = &str> {
    construct
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// Where the columns of an expression stand in the statement.
fn columns(expr: &Expr) -> Option<Span> {
    let mut found: Option<Span> = None;
    let walked = expr.apply(|e| {
        if let Some(span) = e.spans().and_then(Spans::first).map(Span::from) {
            found = Some(found.map_or(span, |all| all.with(span)));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.ok().and(found)
}

pub(crate) type Checked<T> = Result<T, Rejection>;
