//! Random window functions over the rows of one unit.

use super::relations::{Relation, Speaker};
use super::world::Col;
use irongate_policy::dataset::ColumnType;
use rand::RngExt as _;

fn is_integer(column: &Col) -> bool {
    column.kind == ColumnType::Int64
}

impl Speaker<'_> {
    /// The rows of a relation with one column more, an integer.
    fn widened(&mut self, of: &Relation, call: &str, is_bounded: bool) -> (String, Col) {
        self.next += 1;
        let name = format!("x{}", self.next);
        let sql = format!("SELECT *, {call} AS {name} FROM {} s", of.sql);
        let column = Col {
            name,
            kind: ColumnType::Int64,
            is_bounded,
            has_domain: false,
            is_nullable: true,
        };
        (sql, column)
    }

    fn partition(&mut self, of: &Relation) -> String {
        let key = self.column(of, |_| true).filter(|_| self.one_in(3));
        let key = key.map_or_else(String::new, |key| format!(", s.{}", key.name));
        format!("PARTITION BY s.{}{key}", of.unit)
    }

    fn as_relation(of: &Relation, sql: String, column: Option<Col>) -> Relation {
        let mut out = of.clone();
        out.sql = format!("({sql})");
        out.columns.extend(column);
        out
    }

    /// The first rows of each unit in a total order.
    pub(super) fn told_apart(&mut self, of: Relation) -> Relation {
        self.part("ROW_NUMBER");
        let (partition, order) = (self.partition(&of), self.total_order(&of, "s"));
        let call = format!("ROW_NUMBER() OVER ({partition} ORDER BY {order})");
        let (sql, column) = self.widened(&of, &call, false);
        let most = self.random.random_range(1..=3);
        let names: Vec<_> = of.columns.iter().map(|c| c.name.clone()).collect();
        let kept = format!(
            "SELECT n.{}, {} FROM ({sql}) n WHERE n.{} <= {most}",
            of.unit,
            names
                .iter()
                .map(|name| format!("n.{name}"))
                .collect::<Vec<_>>()
                .join(", "),
            column.name
        );
        Self::as_relation(&of, kept, None)
    }

    /// Ranks, where peers are alike.
    pub(super) fn ranked(&mut self, of: Relation) -> Relation {
        self.part("RANK");
        let Some(by) = self.column(&of, |_| true) else {
            return of;
        };
        let (partition, rank) = (self.partition(&of), self.pick(&["RANK", "DENSE_RANK"]));
        let call = format!("{rank}() OVER ({partition} ORDER BY s.{})", by.name);
        let (sql, column) = self.widened(&of, &call, false);
        let kept = format!("SELECT * FROM ({sql}) n WHERE n.{} < 3", column.name);
        Self::as_relation(&of, kept, None)
    }

    pub(super) fn shifted(&mut self, of: Relation) -> Relation {
        let Some(value) = self.column(&of, is_integer) else {
            return self.told_apart(of);
        };
        let (part, function) = self.pick(&[("LAG", "LAG"), ("LEAD", "LEAD")]);
        self.part(part);
        let (partition, order) = (self.partition(&of), self.total_order(&of, "s"));
        let by = self.pick(&["", ", 2", ", 1, 1"]);
        let call = format!(
            "{function}(s.{}{by}) OVER ({partition} ORDER BY {order})",
            value.name
        );
        let (sql, column) = self.widened(&of, &call, value.is_bounded);
        Self::as_relation(&of, sql, Some(column))
    }

    /// Aggregates over frames.
    pub(super) fn windowed(&mut self, of: Relation) -> Relation {
        let Some(value) = self.column(&of, is_integer) else {
            return self.told_apart(of);
        };
        let partition = self.partition(&of);
        let x = format!("s.{}", value.name);
        let bounded = value.is_bounded;
        let (call, is_bounded) = match self.random.random_range(0..5) {
            0 => {
                self.part("FIRST_VALUE, LAST_VALUE");
                let function = self.pick(&["FIRST_VALUE", "LAST_VALUE"]);
                (
                    format!("{function}({x}) OVER ({partition} ORDER BY {x})"),
                    bounded,
                )
            }
            1 => {
                self.part("COUNT OVER");
                (format!("COUNT({x}) OVER ({partition})"), false)
            }
            2 if bounded => {
                self.part("SUM OVER");
                let order = self.column(&of, |_| true).filter(|_| self.one_in(2));
                let order = order.map_or_else(String::new, |c| format!(" ORDER BY s.{}", c.name));
                (format!("SUM({x}) OVER ({partition}{order})"), false)
            }
            3 => {
                self.part("ROWS frame");
                let order = self.total_order(&of, "s");
                let frame = self.pick(&[
                    "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
                    "ROWS UNBOUNDED PRECEDING",
                ]);
                (
                    format!("MAX({x}) OVER ({partition} ORDER BY {order} {frame})"),
                    bounded,
                )
            }
            _ => {
                self.part("MIN, MAX OVER");
                let function = self.pick(&["MIN", "MAX"]);
                (format!("{function}({x}) OVER ({partition})"), bounded)
            }
        };
        let (sql, column) = self.widened(&of, &call, is_bounded);
        Self::as_relation(&of, sql, Some(column))
    }
}
