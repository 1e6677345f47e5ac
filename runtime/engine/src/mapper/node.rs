//! A mapper in a plan: rows `[unit, columns…]` to one row `[unit, outputs…]` of each unit.

use super::{MapperTable, Ready};
use arrow::datatypes::SchemaRef;
use datafusion::common::{DFSchemaRef, Result, internal_datafusion_err};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};
use irongate_policy::NamespaceId;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The node. Its input has the unit first, its output too.
#[derive(Clone)]
pub(crate) struct MapperNode {
    pub(crate) name: String,
    pub(crate) table: MapperTable,
    pub(crate) input: LogicalPlan,
    pub(crate) schema: DFSchemaRef,
    /// The columns that it reads, as they were checked: what is laid out does not depend on how a plan is optimised.
    pub(crate) columns: SchemaRef,
    /// Units at most, declared.
    pub(crate) units: u64,
    /// The namespace of its unit.
    pub(crate) namespace: NamespaceId,
    /// What is called: not there until the plan is to run.
    pub(crate) ready: Option<Ready>,
}

impl MapperNode {
    /// The node that a plan is, if it is one.
    pub(crate) fn of(plan: &LogicalPlan) -> Option<&Self> {
        match plan {
            LogicalPlan::Extension(extension) => extension.node.as_any().downcast_ref(),
            _ => None,
        }
    }

    pub(crate) fn plan(self) -> LogicalPlan {
        let node = Arc::new(self);
        LogicalPlan::Extension(Extension { node })
    }

    /// The longest text of each column; nothing for those of other types.
    pub(crate) fn longest(&self) -> Vec<u64> {
        let outputs = self.table.declared.outputs.iter();
        let outputs = outputs.map(|output| super::known(output).longest());
        std::iter::once(0).chain(outputs).collect()
    }

    /// What a plan is, beside its code, which follows from the digest in it.
    fn parts(&self) -> (&str, &[u8; 32], &LogicalPlan, &DFSchemaRef) {
        (&self.name, &self.table.component, &self.input, &self.schema)
    }
}

impl fmt::Debug for MapperNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        UserDefinedLogicalNodeCore::fmt_for_explain(self, f)
    }
}

impl PartialEq for MapperNode {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts() && self.table == other.table
    }
}

impl Eq for MapperNode {}

impl Hash for MapperNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialOrd for MapperNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (name, component, input, _) = self.parts();
        let (other_name, other_component, other_input, _) = other.parts();
        let order = (name, component).cmp(&(other_name, other_component));
        match order {
            Ordering::Equal => input.partial_cmp(other_input),
            order => Some(order),
        }
    }
}

impl UserDefinedLogicalNodeCore for MapperNode {
    fn name(&self) -> &str {
        "Mapper"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let declared = &self.table.declared;
        write!(
            f,
            "Mapper: {}, at most {} rows",
            self.name, declared.max_rows
        )
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match (inputs.pop(), inputs.pop()) {
            (Some(input), None) => Ok(Self {
                input,
                ..self.clone()
            }),
            _ => Err(internal_datafusion_err!("a mapper takes one input")),
        }
    }
}
