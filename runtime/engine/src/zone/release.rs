//! An aggregate over unit-local rows: its releases, and the public table that stands for them above.

use super::{Node, Planner, Zone, internal};
use crate::reject::Checked;
use crate::release::{self, Neighbours, Part, Release, ReleasedTable};
use crate::source::{self, Source};
use crate::total::Known;
use datafusion::logical_expr::{Aggregate, Expr};

impl Planner<'_> {
    pub(super) fn release(
        &mut self,
        aggregate: &Aggregate,
        node: &Node,
        neighbours: Neighbours,
    ) -> Checked<Node> {
        let planned = |keys: &[Expr], aggregates: &[_], caps| {
            release::plan(keys, aggregates, node, caps, neighbours)
        };
        let (keys, sets) = release::sets(aggregate)?;
        let before = keys.len() + usize::from(sets.is_some());
        let fields = aggregate.schema.fields().iter().skip(before);
        let aggregates: Vec<_> = aggregate
            .aggr_expr
            .iter()
            .zip(fields.map(|f| f.data_type().clone()))
            .collect();
        let mut parts = Vec::new();
        match sets {
            None => parts.push(Part {
                release: self.planned(planned(&keys, &aggregates, self.caps)?),
                keys: (0..keys.len()).map(Some).collect(),
                id: None,
            }),
            Some(sets) => {
                for set in sets {
                    let own: Vec<Expr> = set
                        .keys
                        .iter()
                        .filter_map(|i| keys.get(*i).cloned())
                        .collect();
                    let place = |i| set.keys.iter().position(|k| *k == i);
                    parts.push(Part {
                        release: self.planned(planned(&own, &aggregates, self.caps)?),
                        keys: (0..keys.len()).map(place).collect(),
                        id: Some(set.id),
                    });
                }
            }
        }
        let table = ReleasedTable {
            parts,
            keys: before,
        };
        let number = match self.tables.iter().position(|t| *t == table) {
            Some(i) => i,
            None => {
                self.tables.push(table);
                self.tables.len() - 1
            }
        };
        let plan =
            source::stand_in(Source::Release(number), &aggregate.schema).map_err(internal)?;
        let columns = (0..aggregate.schema.fields().len())
            .map(|i| Known {
                released: Some((number, i)),
                ..Known::default()
            })
            .collect();
        Ok(Node {
            plan,
            zone: Zone::Public,
            columns,
            unique: None,
        })
    }

    /// The number of a release. The same written twice (a CTE used twice) runs and is paid once.
    fn planned(&mut self, release: Release) -> usize {
        match self.releases.iter().position(|r| r.same(&release)) {
            Some(i) => i,
            None => {
                self.releases.push(release);
                self.releases.len() - 1
            }
        }
    }
}
