//! What a question would cost: from metadata alone.

use crate::error::GateError;
use crate::gate::Gate;
use irongate_engine::{Catalog, Explain, Table};
use irongate_policy::ScenarioId;
use irongate_sandbox::QueryOptions;

impl Gate {
    /// Explains a statement over a scenario's published datasets. Spends nothing, reads no data.
    ///
    /// # Errors
    /// [`GateError::Rejected`] if there is no such scenario, or the statement does not fit.
    pub async fn explain(
        &self,
        scenario: &ScenarioId,
        sql: &str,
        options: &QueryOptions,
    ) -> Result<Explain, GateError> {
        Ok(self.check_for(scenario, sql, options).await?.explain())
    }

    /// The tables that are published now for a scenario.
    pub(crate) async fn scenario_catalog(&self, scenario: &ScenarioId) -> Option<Catalog> {
        self.with_state(|state| {
            let known = &state.scenarios.get(scenario)?.scenario;
            let mut catalog = Catalog::default();
            for name in &known.datasets {
                if let (Some(spec), Some(version)) =
                    (state.published_spec(name), state.published_version(name))
                {
                    let table = Table {
                        spec: spec.clone(),
                        version: version.clone(),
                    };
                    catalog.tables.insert(name.to_string(), table);
                }
            }
            Some(catalog)
        })
        .await
    }
}
