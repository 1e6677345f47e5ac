//! Sample and aggregate (Smith 2011; Mohan and others, GUPT, 2012): a table of one row for each block of units.
//!
//! A unit is in one block, by keyed hash, so when it comes or goes one row is another, in all of its outputs. How many rows
//! there are is a public constant. So such a table is released as it is, and nothing else may be made of it: to a rule
//! for rows of units, two rows would seem to be of two units.

use super::{Node, Planner, refuse};
use crate::reject::{Checked, Rule};
use crate::release::Neighbours;
use crate::source::{self, Source};
use datafusion::logical_expr::{Aggregate, LogicalPlan, SubqueryAlias};
use std::sync::Arc;

pub(super) const ALONE: &str =
    "write SELECT AVG(x), MEDIAN(y) FROM the table itself, without WHERE, GROUP BY or JOIN";

impl Planner<'_> {
    /// Into how many blocks a mapper divides units, if it sees blocks.
    pub(super) fn blocks_of(&self, mapper: &str) -> Option<u32> {
        self.mappers.get(mapper)?.blocks()
    }

    /// The table of blocks that a plan is, renamed or not, and how many there are.
    pub(super) fn blocks(&self, plan: &LogicalPlan) -> Checked<Option<(Node, u32)>> {
        match plan {
            LogicalPlan::SubqueryAlias(alias) => {
                let Some((node, blocks)) = self.blocks(&alias.input)? else {
                    return Ok(None);
                };
                let renamed = SubqueryAlias::try_new(Arc::new(node.plan), alias.alias.clone());
                let plan = LogicalPlan::SubqueryAlias(renamed.map_err(super::internal)?);
                Ok(Some((Node { plan, ..node }, blocks)))
            }
            LogicalPlan::TableScan(scan) => {
                let source = source::placeholder(scan).map(|table| table.source);
                let Some(Source::Mapper(name)) = source else {
                    return Ok(None);
                };
                let Some(blocks) = self.blocks_of(&name) else {
                    return Ok(None);
                };
                Ok(Some((self.mapped(&name, scan)?, blocks)))
            }
            _ => Ok(None),
        }
    }

    /// The release of a table of blocks.
    pub(super) fn released_blocks(
        &mut self,
        aggregate: &Aggregate,
        node: &Node,
        blocks: u32,
    ) -> Checked<Node> {
        if !aggregate.group_expr.is_empty() {
            return refuse(Rule::UnitLocality, "GROUP BY of blocks", ALONE);
        }
        let aggregate = self.with_public_arguments(aggregate)?;
        self.release(&aggregate, node, Neighbours::Blocks(blocks))
    }
}
