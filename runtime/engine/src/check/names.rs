//! The names that a statement may use: functions, which are made once, and its own tables.

#![expect(
    clippy::disallowed_methods,
    reason = "the engine plans here, over tables without rows"
)]

use super::config;
use crate::bucket::width_bucket;
use crate::clamp::clamp;
use crate::options::Catalog;
use crate::source;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider,
};
use datafusion::common::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::execution_props::ExecutionProps;
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
pub(super) fn names(catalog: &Catalog) -> Result<SessionState> {
    let mut state = FUNCTIONS.clone();
    *state.execution_props_mut() = ExecutionProps::new();
    let tables = MemorySchemaProvider::new();
    for (name, table) in &catalog.tables {
        tables.register_table(name.clone(), Arc::new(source::dataset(name, table)))?;
    }
    let options = &state.config_options().catalog;
    let schemas = MemoryCatalogProvider::new();
    schemas.register_schema(&options.default_schema, Arc::new(tables))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(options.default_catalog.clone(), Arc::new(schemas));
    state.register_catalog_list(Arc::new(catalogs));
    Ok(state)
}
