//! Random statements: releases over random relations, and public SQL above them.

use super::relations::{Relation, Speaker};
use super::world::{Col, World};
use irongate_engine::{LossRequest, QueryOptions};
use irongate_policy::dataset::ColumnType;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Every part of the language, of schemas and of options that statements are counted by.
pub(super) const PARTS: [&str; 112] = [
    "a bool",
    "a column with nulls",
    "a date",
    "a decimal",
    "a table as it is",
    "a text",
    "a timestamp",
    "ABS",
    "AND, OR, NOT",
    "AVG",
    "BETWEEN",
    "CASE",
    "CLAMP",
    "COALESCE",
    "COUNT OVER",
    "COUNT of a column",
    "COUNT of rows",
    "COUNT of units",
    "CTE used twice",
    "DATE_TRUNC",
    "DISTINCT",
    "DISTINCT ON",
    "EXTRACT",
    "FILTER",
    "FLOOR, CEIL",
    "FIRST_VALUE, LAST_VALUE",
    "GREATEST, LEAST",
    "GROUPING SETS, ROLLUP, CUBE",
    "Gaussian noise",
    "HAVING above",
    "IN list",
    "LAG",
    "LEAD",
    "LIKE",
    "Laplace noise",
    "MEDIAN",
    "MIN, MAX",
    "MIN, MAX OVER",
    "NVL, NULLIF",
    "RANK",
    "ROWS frame",
    "ROW_NUMBER",
    "SUM",
    "SUM OVER",
    "TO_CHAR",
    "TRY_CAST",
    "UNION",
    "UNION ALL",
    "UNION ALL of tables",
    "an integer",
    "another namespace",
    "anti join on the unit",
    "arithmetic",
    "caps by default",
    "comparison",
    "comparison of dates",
    "computed column",
    "computed key",
    "concatenation",
    "correlation",
    "correlated IN, EXISTS",
    "correlated NOT IN",
    "covariance",
    "declared bounds",
    "declared key",
    "division",
    "division of decimals",
    "interval",
    "join on the unit",
    "key of a condition",
    "key of dates",
    "key of texts",
    "length of a text",
    "more than one key",
    "no declared bounds",
    "no key",
    "null test",
    "one key",
    "order by unique columns",
    "per-unit AVG",
    "per-unit COUNT",
    "per-unit HAVING",
    "per-unit MEDIAN",
    "per-unit SUM",
    "per-unit aggregate",
    "public IN",
    "public NOT IN",
    "public anti join",
    "public join",
    "public left join",
    "public scalar",
    "public semi join",
    "public table looked at for a value",
    "quantile",
    "regular expression",
    "release used twice",
    "released rows below",
    "released value below",
    "released value in an aggregate or key",
    "remainder",
    "replacement, padding",
    "self-join",
    "semi join on the unit",
    "several namespaces",
    "several releases",
    "sub-query",
    "text function",
    "text search",
    "truth",
    "unit IN",
    "unit NOT IN",
    "variance, deviation",
];

/// The part that makes a release use values of earlier ones.
pub(super) const RELEASED_BELOW: &str = "released value below";

/// A statement, its options, and what it is made of.
pub(super) struct Asked {
    pub(super) sql: String,
    pub(super) options: QueryOptions,
    pub(super) parts: BTreeSet<&'static str>,
}

pub(super) fn asked(random: &mut ChaCha8Rng, world: &World) -> Asked {
    let mut speaker = Speaker {
        random,
        world,
        parts: BTreeSet::new(),
        next: 0,
    };
    let sql = speaker.statement();
    let options = speaker.options();
    Asked {
        sql,
        options,
        parts: speaker.parts,
    }
}

impl Speaker<'_> {
    fn statement(&mut self) -> String {
        let space = usize::from(self.one_in(5));
        if space == 1 {
            self.part("another namespace");
        }
        let release = self.release(space);
        match self.random.random_range(0..14) {
            0 => {
                self.part("HAVING above");
                format!("{release} HAVING COUNT(*) > 0")
            }
            1 => {
                self.part("release used twice");
                format!("WITH r AS ({release}) SELECT a.n0, b.n0 FROM r a CROSS JOIN r b")
            }
            2 => {
                self.part("several releases");
                let other = self.release(space);
                format!("SELECT a.n0, b.n0 FROM ({release}) a CROSS JOIN ({other}) b")
            }
            3 => {
                self.part("several namespaces");
                let other = self.release(1 - space);
                format!("SELECT a.n0, b.n0 FROM ({release}) a CROSS JOIN ({other}) b")
            }
            4 => format!("SELECT MAX(n0) FROM ({release}) r"),
            5 => format!("SELECT * FROM ({release}) r WHERE n0 > 1 ORDER BY n0 LIMIT 3"),
            _ => release,
        }
    }

    fn release(&mut self, space: usize) -> String {
        let steps = self.pick(&[0, 1, 1, 1, 2, 2, 3]);
        if steps == 0 {
            self.part("a table as it is");
        }
        let of = self.relation(space, steps);
        let mut keys: Vec<String> = Vec::new();
        for _ in 0..self.pick(&[0, 1, 1, 1, 2]) {
            keys.extend(self.key(&of));
        }
        keys.dedup();
        self.part(match keys.len() {
            0 => "no key",
            1 => "one key",
            _ => "more than one key",
        });
        let mut aggregates = Vec::new();
        for _ in 0..self.random.random_range(1..=2) {
            aggregates.push(self.aggregate(&of));
        }
        let items = keys
            .iter()
            .enumerate()
            .map(|(at, key)| format!("{key} AS k{at}"));
        let values = aggregates
            .iter()
            .enumerate()
            .map(|(at, value)| format!("{value} AS n{at}"));
        let items: Vec<String> = items.chain(values).collect();
        let mut sql = format!("SELECT {} FROM {} v", items.join(", "), of.sql);
        if self.one_in(4) {
            let condition = self.filter("v", &of);
            sql += &format!(" WHERE {condition}");
        } else if self.one_in(15)
            && let Some(x) = self.integer("v", &of, 1)
        {
            let is_among = (!self.one_in(4)).then(|| self.among(&x, space)).flatten();
            let condition = match is_among {
                Some(condition) => condition,
                None => format!("{x} >= {}", self.released(space)),
            };
            sql += &format!(" WHERE {condition}");
        }
        if keys.is_empty() {
            return sql;
        }
        let keys = keys.join(", ");
        let group_by = match self.random.random_range(0..12) {
            0 => format!("ROLLUP ({keys})"),
            1 => format!("CUBE ({keys})"),
            2 => format!("GROUPING SETS (({keys}), ())"),
            _ => keys.clone(),
        };
        if group_by != keys {
            self.part("GROUPING SETS, ROLLUP, CUBE");
        }
        format!("{sql} GROUP BY {group_by}")
    }

    /// A value of another release.
    fn released(&mut self, space: usize) -> String {
        self.part(RELEASED_BELOW);
        let other = self.relation(space, 0).sql;
        let value = self.pick(&["COUNT(*) / 8", "COUNT(*) - 20", "-COUNT(*)"]);
        format!("(SELECT {value} FROM {other})")
    }

    /// Whether a value is among the keys of another release whose counts are large.
    fn among(&mut self, x: &str, space: usize) -> Option<String> {
        let other = self.relation(space, 0);
        let key = self.column(&other, |c| c.has_domain && c.kind == ColumnType::Int64)?;
        self.part(RELEASED_BELOW);
        self.part("released rows below");
        let (key, from) = (key.name, &other.sql);
        let is = self.pick(&["IN", "NOT IN"]);
        Some(format!(
            "{x} {is} (SELECT k FROM (SELECT v.{key} AS k, COUNT(*) AS n FROM {from} v GROUP BY v.{key}) WHERE n > 3)"
        ))
    }

    /// A comparison with a value of another release, in a key or an aggregate.
    fn compared(&mut self, of: &Relation) -> Option<(String, String)> {
        let x = self.integer("v", of, 1)?;
        self.part("released value in an aggregate or key");
        let released = self.released(of.space);
        Some((format!("{x} >= {released}"), x))
    }

    fn key(&mut self, of: &Relation) -> Option<String> {
        if self.one_in(25) {
            return self.compared(of).map(|(condition, _)| condition);
        }
        Some(match self.random.random_range(0..9) {
            0..=3 => {
                let name = self.column(of, |c| c.has_domain)?.name;
                self.part("declared key");
                format!("v.{name}")
            }
            4 => {
                self.part("key of texts");
                self.text("v", of)?
            }
            5 => {
                let is = |c: &Col| {
                    c.is_bounded && matches!(c.kind, ColumnType::Date | ColumnType::Timestamp)
                };
                let name = self.column(of, is)?.name;
                self.part("key of dates");
                let forms = [
                    format!("v.{name}"),
                    format!("DATE_TRUNC('month', v.{name})"),
                    format!("EXTRACT(YEAR FROM v.{name})"),
                    format!("EXTRACT(MONTH FROM v.{name})"),
                    format!("TO_CHAR(v.{name}, '%Y-%m')"),
                ];
                forms[self.random.random_range(0..forms.len())].clone()
            }
            6 => {
                self.part("key of a condition");
                self.truth("v", of)
            }
            _ => {
                self.part("computed key");
                self.integer("v", of, 0)?
            }
        })
    }

    fn aggregate(&mut self, of: &Relation) -> String {
        for _ in 0..4 {
            if let Some(aggregate) = self.some_aggregate(of) {
                return aggregate;
            }
        }
        self.part("COUNT of rows");
        "COUNT(*)".to_owned()
    }

    fn some_aggregate(&mut self, of: &Relation) -> Option<String> {
        if self.one_in(25) {
            let (condition, x) = self.compared(of)?;
            let forms = [
                format!("SUM(CASE WHEN {condition} THEN {x} ELSE 1 END)"),
                format!("COUNT(*) FILTER (WHERE {condition})"),
            ];
            return Some(forms[usize::from(self.one_in(2))].clone());
        }
        let (part, call) = match self.random.random_range(0..16) {
            0 => ("COUNT of rows", "COUNT(*)".to_owned()),
            1 => {
                let column = self.column(of, |_| true)?;
                ("COUNT of a column", format!("COUNT(v.{})", column.name))
            }
            2 => {
                self.part("COUNT of units");
                return Some(format!("COUNT(DISTINCT v.{})", of.unit));
            }
            3..=7 => ("SUM", format!("SUM({})", self.number("v", of)?)),
            8 | 9 => ("AVG", format!("AVG({})", self.number("v", of)?)),
            10 => ("MEDIAN", format!("MEDIAN({})", self.close("v", of)?)),
            11 => {
                let x = self.close("v", of)?;
                let forms = [
                    format!("PERCENTILE_CONT({x}, 0.9)"),
                    format!("APPROX_PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY {x})"),
                ];
                ("quantile", forms[usize::from(self.one_in(2))].clone())
            }
            12 => {
                let function = self.pick(&["MIN", "MAX"]);
                ("MIN, MAX", format!("{function}({})", self.close("v", of)?))
            }
            13 => {
                let function = self.pick(&["VAR", "VAR_POP", "STDDEV", "STDDEV_POP"]);
                (
                    "variance, deviation",
                    format!("{function}({})", self.close("v", of)?),
                )
            }
            14 => {
                let function = self.pick(&["COVAR_SAMP", "COVAR_POP"]);
                let (x, y) = (self.close("v", of)?, self.close("v", of)?);
                ("covariance", format!("{function}({x}, {y})"))
            }
            _ => {
                let (x, y) = (self.close("v", of)?, self.close("v", of)?);
                ("correlation", format!("CORR({x}, {y})"))
            }
        };
        self.part(part);
        if self.one_in(5) {
            self.part("FILTER");
            let condition = self.truth("v", of);
            return Some(format!("{call} FILTER (WHERE {condition})"));
        }
        Some(call)
    }

    /// A number with few values, as bins and squares want it.
    fn close(&mut self, v: &str, of: &Relation) -> Option<String> {
        let column = self.column(of, |c| c.kind == ColumnType::Int64)?;
        let name = format!("{v}.{}", column.name);
        if column.is_bounded && self.one_in(2) {
            return Some(name);
        }
        self.part("CLAMP");
        let hi = self.random.random_range(1..5);
        Some(format!("CLAMP({name}, -1, {hi})"))
    }

    fn options(&mut self) -> QueryOptions {
        let caps = [Some(1), Some(1), Some(2), Some(3), None];
        let (groups, rows) = (self.pick(&caps), self.pick(&caps));
        if groups.is_none() && rows.is_none() {
            self.part("caps by default");
        }
        let (part, loss) = self.pick(&[
            ("Laplace noise", LossRequest::Epsilon("1".parse().unwrap())),
            ("Gaussian noise", LossRequest::Rho("0.5".parse().unwrap())),
        ]);
        self.part(part);
        QueryOptions {
            delta: "1e-6".parse().unwrap(),
            max_groups_per_unit: groups,
            max_rows_per_group: rows,
            ..QueryOptions::new(loss)
        }
    }
}
