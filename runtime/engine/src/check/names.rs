//! The names that a statement may use: functions, which are made once, and its own tables.

#![expect(
    clippy::disallowed_methods,
    reason = "the engine plans here, over tables without rows"
)]

use super::config;
use crate::bucket::width_bucket;
use crate::clamp::clamp;
use crate::options::Catalog;
use crate::source::{self, Placeholder};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider,
};
use datafusion::common::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Query};
use futures::executor::block_on;
use std::sync::{Arc, LazyLock};

/// Making the hundreds of functions takes longer than planning a statement.
static FUNCTIONS: LazyLock<SessionState> = LazyLock::new(|| {
    let mut builder = SessionStateBuilder::new()
        .with_config(config())
        .with_default_features();
    let functions = builder.scalar_functions().get_or_insert_default();
    functions.extend([clamp(), width_bucket()].map(Arc::new));
    builder.build()
});

/// What a statement over these tables is planned with. Nothing that planning changes is shared with other statements.
pub(super) fn names(catalog: &Catalog) -> Result<Names> {
    let mut state = FUNCTIONS.clone();
    *state.execution_props_mut() = ExecutionProps::new();
    let tables = Arc::new(MemorySchemaProvider::new());
    for (name, table) in &catalog.tables {
        tables.register_table(name.clone(), Arc::new(source::dataset(name, table)))?;
    }
    let options = &state.config_options().catalog;
    let schemas = MemoryCatalogProvider::new();
    schemas.register_schema(&options.default_schema, Arc::clone(&tables) as _)?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(options.default_catalog.clone(), Arc::new(schemas));
    state.register_catalog_list(Arc::new(catalogs));
    Ok(Names { state, tables })
}

/// What a statement may name.
pub(super) struct Names {
    pub(super) state: SessionState,
    tables: Arc<MemorySchemaProvider>,
}

impl Names {
    /// Adds a table; one of its name is an error.
    pub(super) fn add(&self, name: &str, table: Placeholder) -> Result<()> {
        self.tables
            .register_table(name.to_owned(), Arc::new(table))
            .map(drop)
    }

    /// The plan of a query over the tables that are there.
    pub(super) fn plan(&self, query: Box<Query>) -> Result<LogicalPlan> {
        let statement = Statement::Statement(Box::new(ast::Statement::Query(query)));
        // Tables are in memory: this never waits.
        block_on(self.state.statement_to_plan(statement))
    }

    /// The same plan with its types settled.
    pub(super) fn analysed(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let options = self.state.config_options();
        self.state
            .analyzer()
            .execute_and_check(plan, options, |_, _| {})
    }
}
