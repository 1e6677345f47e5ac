//! General examples for each rule, over the tables of the scenario.

use crate::check::locate::Tokens;
use crate::options::{Catalog, Table};
use crate::reject::{Rejection, Rule};
use irongate_policy::dataset::{Column, ColumnType, DatasetSpec};

/// Names to write an example with.
pub(super) struct Tables<'a> {
    protected: &'a DatasetSpec,
    name: &'a str,
    /// Another protected table of the namespace.
    sibling: Option<&'a str>,
    /// A public table, and the column it shares with the protected one.
    public: Option<(&'a str, &'a str)>,
}

impl<'a> Tables<'a> {
    /// The first protected table that the statement names, else any.
    pub(super) fn of(tokens: &Tokens<'_>, catalog: &'a Catalog) -> Option<Self> {
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

    pub(super) fn unit(&self) -> Option<String> {
        self.protected.unit_name().map(quoted)
    }

    fn column(&self, of: impl Fn(&Column) -> bool) -> Option<String> {
        self.protected
            .stored_columns()
            .find(|c| of(c))
            .map(|c| quoted(&c.name))
    }

    /// General examples for a rule, the closest first; the last is a plain count.
    pub(super) fn general(&self, rejection: &Rejection) -> Vec<String> {
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
