//! Random private relations: tables, joins, unions, and aggregates and windows of one unit, one over another.

use super::world::{Col, World};
use irongate_policy::dataset::ColumnType;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// What makes statements up; it notes the parts of the language they are of.
pub(super) struct Speaker<'a> {
    pub(super) random: &'a mut ChaCha8Rng,
    pub(super) world: &'a World,
    pub(super) parts: BTreeSet<&'static str>,
    /// Numbers the columns that are made up.
    pub(super) next: usize,
}

/// Something that may stand in FROM, its unit and its columns.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) sql: String,
    pub(super) space: usize,
    pub(super) unit: String,
    pub(super) columns: Vec<Col>,
    unique: Option<String>,
}

impl Relation {
    /// Its unit and all its columns, of `v`, as they are called.
    fn all(&self, v: &str) -> String {
        let names = self.columns.iter().map(|column| &column.name);
        let all: Vec<_> = [&self.unit]
            .into_iter()
            .chain(names)
            .map(|n| format!("{v}.{n}"))
            .collect();
        all.join(", ")
    }

    fn is_ordered(column: &Col) -> bool {
        // Booleans have no least.
        column.kind != ColumnType::Bool
    }
}

impl Speaker<'_> {
    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("x{}", self.next)
    }

    fn table(&mut self, space: usize) -> Relation {
        let world = self.world;
        let tables: Vec<_> = world
            .tables
            .iter()
            .filter(|t| t.space == Some(space))
            .collect();
        let table = tables.choose(self.random).unwrap();
        Relation {
            sql: table.name.clone(),
            space,
            unit: table.unit.clone(),
            columns: table.columns.clone(),
            unique: table.unique.clone(),
        }
    }

    /// A relation of so many steps.
    pub(super) fn relation(&mut self, space: usize, steps: usize) -> Relation {
        if steps == 0 {
            return self.table(space);
        }
        let of = self.relation(space, steps - 1);
        match self.random.random_range(0..26) {
            0 | 1 => self.filtered(of),
            2 => self.computed(of),
            3 | 4 => self.joined(of),
            5 | 6 => self.with_public(of),
            7 => self.semi_joined(of),
            8 => self.in_units(of),
            9 | 10 => self.united(of),
            11 => self.united_tables(of),
            12 => self.twice(of),
            13..=15 => self.per_unit(of),
            16 => self.distinct(of),
            17 => self.first_of(of),
            18 | 19 => self.told_apart(of),
            20 => self.ranked(of),
            21 => self.shifted(of),
            22 | 23 => self.correlated(of),
            _ => self.windowed(of),
        }
    }

    fn derived(&self, of: &Relation, sql: String) -> Relation {
        Relation {
            sql: format!("({sql})"),
            ..of.clone()
        }
    }

    fn filtered(&mut self, of: Relation) -> Relation {
        self.part("sub-query");
        let condition = self.filter("s", &of);
        let sql = format!("SELECT * FROM {} s WHERE {condition}", of.sql);
        self.derived(&of, sql)
    }

    /// Columns left as they are, and one that is computed.
    fn computed(&mut self, of: Relation) -> Relation {
        self.part("computed column");
        let Some(mut number) = self.integer("s", &of, 0) else {
            return self.filtered(of);
        };
        if self.one_in(4) {
            self.part("CASE");
            number = format!(
                "CASE WHEN {} THEN {number} ELSE 1 END",
                self.truth("s", &of)
            );
        }
        let name = self.fresh();
        let sql = format!(
            "SELECT {}, CAST({number} AS BIGINT) AS {name} FROM {} s",
            of.all("s"),
            of.sql
        );
        let mut out = self.derived(&of, sql);
        out.columns.push(Col {
            name,
            kind: ColumnType::Int64,
            is_bounded: true,
            has_domain: false,
            is_nullable: true,
        });
        out
    }

    /// With another relation of the namespace, or with itself.
    fn joined(&mut self, of: Relation) -> Relation {
        let other = self.table(of.space);
        self.part(if other.sql == of.sql {
            "self-join"
        } else {
            "join on the unit"
        });
        let named: Vec<(Col, Col)> = other
            .columns
            .iter()
            .map(|column| {
                let renamed = Col {
                    name: self.fresh(),
                    ..column.clone()
                };
                (column.clone(), renamed)
            })
            .collect();
        let more: Vec<_> = named
            .iter()
            .map(|(old, new)| format!("w.{} AS {}", old.name, new.name))
            .collect();
        let sql = format!(
            "SELECT {}, {} FROM {} s JOIN {} w ON s.{} = w.{}",
            of.all("s"),
            more.join(", "),
            of.sql,
            other.sql,
            of.unit,
            other.unit
        );
        let mut out = self.derived(&of, sql);
        out.columns.extend(named.into_iter().map(|(_, new)| new));
        out.unique = None;
        out
    }

    fn with_public(&mut self, of: Relation) -> Relation {
        let world = self.world;
        let tables: Vec<_> = world.tables.iter().filter(|t| t.space.is_none()).collect();
        let table = tables.choose(self.random).unwrap();
        let Some(on) = self.column(&of, |c| c.kind == ColumnType::Int64) else {
            return self.filtered(of);
        };
        let kinds = [
            ("public join", "JOIN"),
            ("public join", "JOIN"),
            ("public left join", "LEFT JOIN"),
            ("public semi join", "LEFT SEMI JOIN"),
            ("public anti join", "LEFT ANTI JOIN"),
        ];
        let (part, join) = self.pick(&kinds);
        self.part(part);
        let (code, label, size) = (&table.columns[0], &table.columns[1], &table.columns[2]);
        let condition = format!("s.{} = a.{}", on.name, code.name);
        if join.contains("SEMI") || join.contains("ANTI") {
            let sql = format!(
                "SELECT {} FROM {} s {join} {} a ON {condition}",
                of.all("s"),
                of.sql,
                table.name
            );
            return self.derived(&of, sql);
        }
        let (a, b) = (self.fresh(), self.fresh());
        let sql = format!(
            "SELECT {}, a.{} AS {a}, a.{} AS {b} FROM {} s {join} {} a ON {condition}",
            of.all("s"),
            label.name,
            size.name,
            of.sql,
            table.name
        );
        let mut out = self.derived(&of, sql);
        for (name, column) in [(a, label), (b, size)] {
            out.columns.push(Col {
                name,
                is_nullable: join == "LEFT JOIN",
                ..column.clone()
            });
        }
        out.unique = None;
        out
    }

    fn semi_joined(&mut self, of: Relation) -> Relation {
        let (part, join) = self.pick(&[
            ("semi join on the unit", "LEFT SEMI JOIN"),
            ("anti join on the unit", "LEFT ANTI JOIN"),
        ]);
        self.part(part);
        let other = self.table(of.space);
        let condition = self.filter("o", &other);
        let sql = format!(
            "SELECT {} FROM {} s {join} (SELECT o.{} AS u FROM {} o WHERE {condition}) w ON s.{} = w.u",
            of.all("s"),
            of.sql,
            other.unit,
            other.sql,
            of.unit
        );
        self.derived(&of, sql)
    }

    fn in_units(&mut self, of: Relation) -> Relation {
        let (part, word) = self.pick(&[("unit IN", "IN"), ("unit NOT IN", "NOT IN")]);
        self.part(part);
        let other = self.table(of.space);
        let condition = self.filter("o", &other);
        let sql = format!(
            "SELECT * FROM {} s WHERE s.{} {word} (SELECT o.{} FROM {} o WHERE {condition})",
            of.sql, of.unit, other.unit, other.sql
        );
        self.derived(&of, sql)
    }

    /// Rows by what the unit's rows of another table hold, or a public one's of the same code.
    fn correlated(&mut self, of: Relation) -> Relation {
        let Some(x) = self.integer("s", &of, 1) else {
            return self.filtered(of);
        };
        let (part, word) = self.pick(&[
            ("correlated NOT IN", "NOT IN"),
            ("correlated NOT IN", "NOT IN"),
            ("correlated IN, EXISTS", "IN"),
            ("correlated IN, EXISTS", "EXISTS"),
            ("correlated IN, EXISTS", "NOT EXISTS"),
        ]);
        self.part(part);
        let public = self.random.random_range(0..3) == 0;
        let code = self.column(&of, |c| c.kind == ColumnType::Int64);
        let world = self.world;
        let table = world.tables.iter().find(|t| t.space.is_none());
        let (y, from) = match (table, code) {
            (Some(table), Some(code)) if public => {
                let (key, size) = (&table.columns[0].name, &table.columns[2].name);
                let from = format!("{} w WHERE w.{key} = s.{}", table.name, code.name);
                (format!("w.{size}"), from)
            }
            _ => {
                let other = self.table(of.space);
                let y = self
                    .integer("w", &other, 1)
                    .unwrap_or_else(|| "1".to_owned());
                let condition = self.condition("w", &other, 1);
                let from = format!(
                    "{} w WHERE w.{} = s.{} AND {condition}",
                    other.sql, other.unit, of.unit
                );
                (y, from)
            }
        };
        let asked = if word.ends_with("IN") {
            format!("{x} {word} (SELECT {y} FROM {from})")
        } else {
            format!("{word} (SELECT 1 FROM {from} AND {y} > {x})")
        };
        let sql = format!("SELECT * FROM {} s WHERE {asked}", of.sql);
        self.derived(&of, sql)
    }

    /// With other rows of itself.
    fn united(&mut self, of: Relation) -> Relation {
        let (part, word) = self.pick(&[
            ("UNION ALL", "UNION ALL"),
            ("UNION ALL", "UNION ALL"),
            ("UNION", "UNION"),
        ]);
        self.part(part);
        let (a, b) = (self.filter("s", &of), self.filter("s", &of));
        let all = of.all("s");
        let sql = format!(
            "SELECT {all} FROM {0} s WHERE {a} {word} SELECT {all} FROM {0} s WHERE {b}",
            of.sql
        );
        let mut out = self.derived(&of, sql);
        out.unique = None;
        out
    }

    /// With integers of another table.
    fn united_tables(&mut self, of: Relation) -> Relation {
        let other = self.table(of.space);
        let (Some(a), Some(b)) = (self.integer("s", &of, 1), self.integer("w", &other, 1)) else {
            return self.filtered(of);
        };
        self.part("UNION ALL of tables");
        let name = self.fresh();
        let sql = format!(
            "SELECT s.{}, CAST({a} AS BIGINT) AS {name} FROM {} s UNION ALL SELECT w.{}, CAST({b} AS BIGINT) FROM {} w",
            of.unit, of.sql, other.unit, other.sql
        );
        let mut out = self.derived(&of, sql);
        out.columns = vec![Col {
            name,
            kind: ColumnType::Int64,
            is_bounded: true,
            has_domain: false,
            is_nullable: true,
        }];
        out.unique = None;
        out
    }

    fn twice(&mut self, of: Relation) -> Relation {
        self.part("CTE used twice");
        let (name, condition) = (self.fresh(), self.filter("s", &of));
        let all = of.all("s");
        let sql = format!(
            "WITH {name} AS (SELECT * FROM {}) SELECT {all} FROM {name} s UNION ALL SELECT {all} FROM {name} s WHERE {condition}",
            of.sql
        );
        let mut out = self.derived(&of, sql);
        out.unique = None;
        out
    }

    fn distinct(&mut self, of: Relation) -> Relation {
        self.part("DISTINCT");
        let sql = format!("SELECT DISTINCT {} FROM {} s", of.all("s"), of.sql);
        self.derived(&of, sql)
    }

    /// All columns but one in some order, each up or down.
    fn ordered(&mut self, of: &Relation, v: &str, but: Option<&str>) -> Vec<String> {
        if let Some(unique) = of.unique.clone()
            && Some(unique.as_str()) != but
            && self.one_in(2)
        {
            self.part("order by unique columns");
            return vec![format!("{v}.{unique}")];
        }
        let names = of.columns.iter().map(|column| column.name.as_str());
        let names: Vec<&str> = names.filter(|name| Some(*name) != but).collect();
        let directed = names.into_iter().map(|name| {
            let direction = self.pick(&["", "", " DESC", " NULLS FIRST"]);
            format!("{v}.{name}{direction}")
        });
        directed.collect()
    }

    /// An order in which no two rows tie, but those that are alike.
    pub(super) fn total_order(&mut self, of: &Relation, v: &str) -> String {
        self.ordered(of, v, None).join(", ")
    }

    /// The first row of each unit, or of each unit and key. No column is named twice in the order.
    fn first_of(&mut self, of: Relation) -> Relation {
        self.part("DISTINCT ON");
        let key = self.column(&of, |_| true).filter(|_| self.one_in(2));
        let key = key.map(|key| key.name);
        let mut on = vec![format!("s.{}", of.unit)];
        on.extend(key.iter().map(|key| format!("s.{key}")));
        let order = self.ordered(&of, "s", key.as_deref());
        let sql = format!(
            "SELECT DISTINCT ON ({}) {} FROM {} s ORDER BY {}",
            on.join(", "),
            of.all("s"),
            of.sql,
            [on.clone(), order].concat().join(", ")
        );
        self.derived(&of, sql)
    }

    /// One row for each unit, or for each unit and key.
    fn per_unit(&mut self, of: Relation) -> Relation {
        self.part("per-unit aggregate");
        let key = self.column(&of, |_| true).filter(|_| self.one_in(2));
        let mut items = vec![format!("s.{}", of.unit)];
        let mut columns = Vec::new();
        let mut group_by = format!("s.{}", of.unit);
        if let Some(key) = key {
            items.push(format!("s.{}", key.name));
            group_by += &format!(", s.{}", key.name);
            columns.push(key);
        }
        for column in of
            .columns
            .iter()
            .filter(|column| Relation::is_ordered(column))
        {
            if columns.iter().any(|c: &Col| c.name == column.name) {
                continue;
            }
            let mut new = Col {
                has_domain: false,
                is_nullable: true,
                ..column.clone()
            };
            let x = format!("s.{}", column.name);
            let is_number = matches!(column.kind, ColumnType::Int64 | ColumnType::Decimal { .. });
            let value = match self.random.random_range(0..7) {
                0 if column.is_bounded && is_number => {
                    self.part("per-unit SUM");
                    new.is_bounded = false;
                    format!("SUM({x})")
                }
                1 if column.kind == ColumnType::Int64 => {
                    self.part("per-unit COUNT");
                    new.is_bounded = false;
                    let forms = [
                        "COUNT(*)".to_owned(),
                        format!("COUNT({x})"),
                        format!("COUNT(DISTINCT {x})"),
                    ];
                    forms.choose(self.random).unwrap().clone()
                }
                2..=4 if column.is_bounded && matches!(column.kind, ColumnType::Decimal { .. }) => {
                    self.part("per-unit AVG");
                    format!("AVG({x})")
                }
                5 if matches!(column.kind, ColumnType::Decimal { .. }) => {
                    self.part("per-unit MEDIAN");
                    format!("MEDIAN({x})")
                }
                5 if column.is_bounded && is_number => {
                    self.part("per-unit MEDIAN");
                    new.kind = ColumnType::Decimal { scale: 1 };
                    format!("MEDIAN(CAST({x} AS DECIMAL(18, 1)))")
                }
                0..=3 => format!("MIN({x})"),
                _ => format!("MAX({x})"),
            };
            new.name = self.fresh();
            items.push(format!("{value} AS {}", new.name));
            columns.push(new);
        }
        let having = if self.one_in(3) {
            self.part("per-unit HAVING");
            " HAVING COUNT(*) > 1"
        } else {
            ""
        };
        let sql = format!(
            "SELECT {} FROM {} s GROUP BY {group_by}{having}",
            items.join(", "),
            of.sql
        );
        let mut out = self.derived(&of, sql);
        out.columns = columns;
        out.unique = None;
        out
    }
}
