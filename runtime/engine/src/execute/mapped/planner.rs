//! Mappers in physical plans.

use super::blocks::BlocksExec;
use super::{MapperExec, Plan};
use crate::bound::layout;
use crate::mapper::MapperNode;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use std::sync::Arc;

/// The engine's planner, which knows mappers too.
#[derive(Debug)]
pub(in crate::execute) struct Planning;

#[async_trait]
impl QueryPlanner for Planning {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self)])
            .create_physical_plan(plan, session)
            .await
    }
}

#[async_trait]
impl ExtensionPlanner for Planning {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [input]) = (node.as_any().downcast_ref::<MapperNode>(), inputs) else {
            return Ok(None);
        };
        let ready = node
            .ready
            .clone()
            .ok_or_else(|| layout("a mapper's code is missing"))?;
        let schema = Arc::clone(node.schema.inner());
        let plan = Plan {
            declared: Arc::clone(&node.table.declared),
            columns: Arc::clone(&node.columns),
            ready,
            schema,
        };
        plan.fits(&input.schema())?;
        let input = Arc::clone(input);
        Ok(Some(match plan.declared.blocks {
            None => Arc::new(MapperExec::new(input, plan)?),
            Some(_) => Arc::new(BlocksExec::new(input, plan)),
        }))
    }
}
