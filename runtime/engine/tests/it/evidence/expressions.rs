//! Random expressions over columns, by type: total ones, as the checker wants them below a release.

use super::relations::{Relation, Speaker};
use super::world::Col;
use irongate_policy::dataset::ColumnType;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

/// How deep expressions are nested.
const DEPTH: usize = 2;

impl Speaker<'_> {
    /// Whether something is done that is done one time in `n`.
    pub(super) fn one_in(&mut self, n: u32) -> bool {
        self.random.random_range(0..n) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *from.choose(self.random).unwrap()
    }

    pub(super) fn part(&mut self, part: &'static str) {
        self.parts.insert(part);
    }

    /// One of several texts, each counted as the part before it.
    fn one_of(&mut self, from: &[(&'static str, String)]) -> String {
        let (part, text) = from.choose(self.random).unwrap();
        self.parts.insert(part);
        text.clone()
    }

    /// A column of one of these types.
    pub(super) fn column(&mut self, of: &Relation, is: impl Fn(&Col) -> bool) -> Option<Col> {
        let fitting: Vec<&Col> = of.columns.iter().filter(|column| is(column)).collect();
        let column = (*fitting.choose(self.random)?).clone();
        self.parts.insert(match column.kind {
            ColumnType::Bool => "a bool",
            ColumnType::Int64 => "an integer",
            ColumnType::Decimal { .. } => "a decimal",
            ColumnType::String => "a text",
            ColumnType::Date => "a date",
            ColumnType::Timestamp => "a timestamp",
        });
        let is_number = matches!(column.kind, ColumnType::Int64 | ColumnType::Decimal { .. });
        if column.is_bounded {
            self.parts.insert("declared bounds");
        } else if is_number {
            self.parts.insert("no declared bounds");
        }
        if column.is_nullable {
            self.parts.insert("a column with nulls");
        }
        Some(column)
    }

    fn is_text(column: &Col) -> bool {
        column.kind == ColumnType::String
    }

    /// An integer with public bounds.
    pub(super) fn integer(&mut self, v: &str, of: &Relation, depth: usize) -> Option<String> {
        if depth >= DEPTH || self.one_in(3) {
            let column = self.column(of, |c| c.kind == ColumnType::Int64)?;
            let name = format!("{v}.{}", column.name);
            if column.is_bounded {
                return Some(name);
            }
            self.part("CLAMP");
            let lo = self.random.random_range(-4..2);
            return Some(format!("CLAMP({name}, {lo}, {})", lo + 5));
        }
        let x = self.integer(v, of, depth + 1)?;
        Some(match self.random.random_range(0..11) {
            0 => {
                self.part("CASE");
                let (p, y) = (
                    self.condition(v, of, depth + 1),
                    self.integer(v, of, depth + 1)?,
                );
                format!("CASE WHEN {p} THEN {x} ELSE {y} END")
            }
            1 => {
                self.part("arithmetic");
                let y = self.integer(v, of, depth + 1)?;
                let sign = self.pick(&["+", "-", "*"]);
                format!("({x} {sign} {y})")
            }
            2 => {
                self.part("length of a text");
                let text = self.text(v, of)?;
                let function = self.pick(&["OCTET_LENGTH", "CHARACTER_LENGTH"]);
                format!("{function}({text})")
            }
            3 => {
                let column = self.column(of, |c| {
                    c.is_bounded && matches!(c.kind, ColumnType::Date | ColumnType::Timestamp)
                })?;
                self.part("EXTRACT");
                let part = self.pick(&["YEAR", "MONTH", "DAY", "DOW", "QUARTER"]);
                format!("EXTRACT({part} FROM {v}.{})", column.name)
            }
            4 => {
                self.part("CLAMP");
                format!("CLAMP({x}, -1, 4)")
            }
            _ => self.one_of(&[
                ("arithmetic", format!("({x} * 2 + 1)")),
                ("arithmetic", format!("(-{x})")),
                ("ABS", format!("ABS({x})")),
                ("GREATEST, LEAST", format!("GREATEST({x}, 2)")),
                ("GREATEST, LEAST", format!("LEAST({x}, 3)")),
                ("division", format!("({x} / 3)")),
                ("remainder", format!("({x} % 4)")),
                ("NVL, NULLIF", format!("NVL({x}, 2)")),
                ("NVL, NULLIF", format!("NULLIF({x}, 1)")),
                ("COALESCE", format!("COALESCE({x}, 0)")),
            ]),
        })
    }

    /// A number with public bounds: an integer, or a decimal column.
    pub(super) fn number(&mut self, v: &str, of: &Relation) -> Option<String> {
        if self.one_in(2) {
            let is = |c: &Col| matches!(c.kind, ColumnType::Decimal { .. });
            if let Some(column) = self.column(of, is) {
                let mut name = format!("{v}.{}", column.name);
                if !column.is_bounded {
                    self.part("CLAMP");
                    name = format!("CLAMP({name}, 0, 5)");
                }
                return Some(self.one_of(&[
                    ("a decimal", name.clone()),
                    ("division of decimals", format!("({name} / 4)")),
                    ("division of decimals", format!("({name} / -0.5)")),
                    ("FLOOR, CEIL", format!("FLOOR({name})")),
                    ("FLOOR, CEIL", format!("CEIL({name})")),
                ]));
            }
        }
        self.integer(v, of, 0)
    }

    /// A text.
    pub(super) fn text(&mut self, v: &str, of: &Relation) -> Option<String> {
        let x = format!("{v}.{}", self.column(of, Self::is_text)?.name);
        let (part, longer) = ("text function", "replacement, padding");
        Some(match self.random.random_range(0..3) {
            0 => x,
            _ => self.one_of(&[
                (part, format!("LOWER({x})")),
                (part, format!("UPPER({x})")),
                (part, format!("INITCAP({x})")),
                (part, format!("REVERSE({x})")),
                (part, format!("TRIM({x})")),
                (part, format!("SUBSTR({x}, 1, 1)")),
                (part, format!("LEFT({x}, 1)")),
                (part, format!("RIGHT({x}, 1)")),
                (part, format!("SPLIT_PART({x}, '-', 1)")),
                (longer, format!("REPLACE({x}, 'a', 'bc')")),
                (longer, format!("TRANSLATE({x}, 'ab', 'b')")),
                (longer, format!("LPAD({x}, 3, '-')")),
                (longer, format!("RPAD({x}, 2)")),
                (longer, format!("REPEAT({x}, 2)")),
                ("concatenation", format!("({x} || 'x')")),
                ("concatenation", format!("CONCAT_WS('-', {x}, 'b')")),
                ("concatenation", format!("CONCAT({x}, '-', {x})")),
            ]),
        })
    }

    /// A condition of WHERE, where public tables may be looked at.
    pub(super) fn filter(&mut self, v: &str, of: &Relation) -> String {
        if self.one_in(6)
            && let Some(condition) = self.of_public(v, of)
        {
            return condition;
        }
        self.condition(v, of, 0)
    }

    /// A condition of a column, a key or an aggregate, where public tables may be looked at too.
    pub(super) fn truth(&mut self, v: &str, of: &Relation) -> String {
        if self.one_in(4)
            && let Some(condition) = self.of_public(v, of)
        {
            self.part("public table looked at for a value");
            return condition;
        }
        self.condition(v, of, 0)
    }

    /// A condition; always one, since any column can be asked for null.
    pub(super) fn condition(&mut self, v: &str, of: &Relation, depth: usize) -> String {
        for _ in 0..4 {
            if let Some(condition) = self.some_condition(v, of, depth) {
                return condition;
            }
        }
        self.part("comparison");
        match self.column(of, |_| true) {
            Some(column) => format!("{v}.{} IS NOT NULL", column.name),
            None => "TRUE".to_owned(),
        }
    }

    fn some_condition(&mut self, v: &str, of: &Relation, depth: usize) -> Option<String> {
        Some(match self.random.random_range(0..8) {
            0 | 1 => {
                let x = self.integer(v, of, depth + 1)?;
                let sign = self.pick(&["<", ">", "<=", "<>", "=", "IS DISTINCT FROM"]);
                let n = self.random.random_range(-3..7);
                self.part("comparison");
                format!("({x} {sign} {n})")
            }
            2 => {
                let x = self.number(v, of)?;
                self.one_of(&[
                    ("BETWEEN", format!("{x} BETWEEN -1 AND 6")),
                    ("BETWEEN", format!("{x} NOT BETWEEN 1 AND 2")),
                    ("IN list", format!("{x} IN (0, 1, 2, 3, 4, 5)")),
                    ("IN list", format!("{x} NOT IN (1, 4)")),
                    ("null test", format!("{x} IS NOT NULL")),
                    ("null test", format!("{x} IS NULL")),
                ])
            }
            3 => {
                let x = self.text(v, of)?;
                self.one_of(&[
                    ("LIKE", format!("{x} LIKE '%a%'")),
                    ("LIKE", format!("{x} NOT LIKE '%b%'")),
                    ("regular expression", format!("{x} ~ '^[abc]{{1,2}}$'")),
                    ("regular expression", format!("REGEXP_LIKE({x}, '[b-z]')")),
                    ("regular expression", format!("{x} !~* 'C'")),
                    ("text search", format!("STRPOS({x}, 'b') = 0")),
                    ("text search", format!("STARTS_WITH({x}, 'a')")),
                    ("text search", format!("CONTAINS({x}, 'b')")),
                    ("comparison", format!("{x} <> 'a'")),
                    ("IN list", format!("{x} IN ('a', 'b', 'x')")),
                    ("TRY_CAST", format!("TRY_CAST({x} AS BIGINT) IS NULL")),
                ])
            }
            4 => self.of_moments(v, of)?,
            5 => {
                let column = self.column(of, |c| c.kind == ColumnType::Bool)?;
                self.part("truth");
                let form = self.pick(&["", " IS TRUE", " IS NOT FALSE", " IS NOT TRUE"]);
                format!("{v}.{}{form}", column.name)
            }
            6 if depth < DEPTH => {
                self.part("AND, OR, NOT");
                let (a, b) = (
                    self.condition(v, of, depth + 1),
                    self.condition(v, of, depth + 1),
                );
                let form = self.random.random_range(0..3);
                match form {
                    0 => format!("({a} OR {b})"),
                    1 => format!("NOT ({a} AND {b})"),
                    _ => format!("({a} AND {b})"),
                }
            }
            _ => {
                let (a, b) = (self.integer(v, of, 1)?, self.integer(v, of, 1)?);
                self.part("comparison");
                format!("({a} <= {b} + 2)")
            }
        })
    }

    /// A condition on dates and timestamps.
    fn of_moments(&mut self, v: &str, of: &Relation) -> Option<String> {
        let is = |c: &Col| matches!(c.kind, ColumnType::Date | ColumnType::Timestamp);
        let column = self.column(of, is)?;
        let x = format!("{v}.{}", column.name);
        if !column.is_bounded {
            if column.kind == ColumnType::Timestamp {
                return None;
            }
            return Some(self.one_of(&[
                ("comparison of dates", format!("{x} > DATE '2020-12-01'")),
                ("TO_CHAR", format!("TO_CHAR({x}, '%d/%m %A') > '15'")),
            ]));
        }
        Some(self.one_of(&[
            ("comparison of dates", format!("{x} < DATE '2021-03-01'")),
            (
                "interval",
                format!("{x} + INTERVAL '1' MONTH > DATE '2021-01-15'"),
            ),
            (
                "interval",
                format!("{x} - INTERVAL '40' DAY < DATE '2021-02-01'"),
            ),
            (
                "DATE_TRUNC",
                format!("DATE_TRUNC('month', {x}) <> TIMESTAMP '2021-01-01T00:00:00'"),
            ),
            ("EXTRACT", format!("EXTRACT(MONTH FROM {x}) < 7")),
            ("TO_CHAR", format!("TO_CHAR({x}, '%m %H') < '07'")),
        ]))
    }

    /// A condition that looks at a public table.
    fn of_public(&mut self, v: &str, of: &Relation) -> Option<String> {
        let tables: Vec<_> = self
            .world
            .tables
            .iter()
            .filter(|t| t.space.is_none())
            .collect();
        let table = tables.choose(self.random)?;
        let (name, code, label) = (&table.name, &table.columns[0].name, &table.columns[1].name);
        let x = format!(
            "{v}.{}",
            self.column(of, |c| c.kind == ColumnType::Int64)?.name
        );
        Some(self.one_of(&[
            (
                "public IN",
                format!("{x} IN (SELECT {code} FROM {name} WHERE {label} = 'x')"),
            ),
            (
                "public NOT IN",
                format!("{x} NOT IN (SELECT {code} FROM {name} WHERE {label} = 'y')"),
            ),
            (
                "public scalar",
                format!("{x} >= (SELECT MIN({code}) FROM {name})"),
            ),
        ]))
    }
}
