//! `UNION ALL` of private branches.
//!
//! A row of the union is a row of one branch, under the same unit: it stays a function of public data and
//! of that unit's rows. A unit has at most the rows of all branches together. A column is the unit's only
//! if it is in every branch; one that is the unit's in some branches alone would let ids pass for values.

use super::{Node, Planner, Zone, internal, plain, refuse};
use crate::reject::{Checked, Rule};
use crate::source::RESERVED;
use crate::total::Known;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, Union};
use std::sync::Arc;

impl Planner<'_> {
    pub(super) fn union(
        &mut self,
        plan: &LogicalPlan,
        union: &Union,
        nodes: Vec<Node>,
    ) -> Checked<Node> {
        if nodes.iter().all(|n| n.zone == Zone::Public) {
            return self.public(plan, nodes, None);
        }
        let width = union.schema.fields().len();
        // What the author wrote, in the author's order: the engine's own columns stay out of it.
        let mut branches = Vec::new();
        for (written, node) in union.inputs.iter().zip(nodes) {
            let places: Option<Vec<usize>> = written
                .schema()
                .columns()
                .into_iter()
                .map(|c| plain(&Expr::Column(c), node.plan.schema()))
                .collect();
            match places {
                Some(places) if places.len() == width => branches.push((node, places)),
                _ => {
                    return refuse(
                        Rule::Syntax,
                        "UNION",
                        "give every branch the same columns, each with a name of its own",
                    );
                }
            }
        }
        let mut columns: Vec<Known> = Vec::new();
        for at in 0..width {
            let all = branches
                .iter()
                .filter_map(|(node, places)| node.columns.get(*places.get(at)?));
            let known: Vec<&Known> = all.collect();
            let units = known.iter().filter(|k| k.unit).count();
            if units != 0 && units != branches.len() {
                return refuse(
                    Rule::UnitOutput,
                    "UNION of the unit with another column",
                    "put the unit in the same place of every branch",
                );
            }
            columns.push(Known::hull(&known));
        }
        let mut unit = columns.iter().position(|k| k.unit);
        let hidden = unit.is_none().then(|| self.reserved("unit"));
        let mut zone: Option<Zone> = None;
        let mut inputs = Vec::new();
        for (node, places) in branches {
            zone = Some(together(zone, &node.zone)?);
            let schema = node.plan.schema();
            let column = |i: usize, name: String| {
                Expr::Column(Column::from(schema.qualified_field(i))).alias(name)
            };
            let mut exprs: Vec<Expr> = (0..)
                .zip(&places)
                .map(|(at, i)| column(*i, numbered(at)))
                .collect();
            if let (Some(name), Zone::UnitLocal { unit, .. }) = (&hidden, &node.zone) {
                exprs.push(column(*unit, name.clone()));
            }
            inputs.push(Arc::new(LogicalPlan::Projection(
                Projection::try_new(exprs, Arc::new(node.plan)).map_err(internal)?,
            )));
        }
        let united = LogicalPlan::Union(Union::try_new(inputs).map_err(internal)?);
        let mut exprs: Vec<Expr> = (0..)
            .zip(union.schema.iter())
            .map(|(at, (qualifier, field))| {
                Expr::Column(Column::from_name(numbered(at)))
                    .alias_qualified(qualifier.cloned(), field.name())
            })
            .collect();
        if let Some(name) = hidden {
            exprs.push(Expr::Column(Column::from_name(name)));
            columns.push(Known {
                unit: true,
                hidden: true,
                ..Known::default()
            });
            unit = Some(width);
        }
        let plan = LogicalPlan::Projection(
            Projection::try_new(exprs, Arc::new(united)).map_err(internal)?,
        );
        match (zone, unit) {
            (Some(zone), Some(unit)) => Ok(Node {
                plan,
                zone: super::with_unit(zone, unit),
                columns,
                unique: None,
            }),
            _ => refuse(Rule::Syntax, "UNION", "unite at least two branches"),
        }
    }
}

fn numbered(at: usize) -> String {
    format!("{RESERVED}column_{at}")
}

/// The zone of rows that are of one branch or of another.
fn together(so_far: Option<Zone>, branch: &Zone) -> Checked<Zone> {
    match (so_far, branch) {
        (_, Zone::Public) => refuse(
            Rule::UnitLocality,
            "UNION of a protected table with a public one",
            "aggregate the protected branch first, and unite the released tables",
        ),
        (None, private @ Zone::UnitLocal { .. }) => Ok(private.clone()),
        (Some(Zone::Public), Zone::UnitLocal { .. }) => refuse(
            Rule::UnitLocality,
            "UNION of a protected table with a public one",
            "aggregate the protected branch first, and unite the released tables",
        ),
        (
            Some(Zone::UnitLocal {
                namespace: a,
                unit,
                rows_per_unit: x,
                multiplied: p,
                population: m,
            }),
            Zone::UnitLocal {
                namespace: b,
                rows_per_unit: y,
                multiplied: q,
                population: n,
                ..
            },
        ) => {
            if a != *b {
                return refuse(
                    Rule::UnitLocality,
                    "UNION of two namespaces",
                    "unite tables of one namespace, or aggregate each branch first",
                );
            }
            Ok(Zone::UnitLocal {
                namespace: a,
                unit,
                rows_per_unit: x.saturating_add(*y),
                multiplied: p || *q,
                population: m.either(n),
            })
        }
    }
}
