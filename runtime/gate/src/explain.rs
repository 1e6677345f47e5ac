//! What a question would cost: from metadata alone.

use crate::error::GateError;
use crate::gate::Gate;
use irongate_engine::{Catalog, Explain, Table};
use irongate_policy::account::{Account, AccountId};
use irongate_policy::{Code, Currency, DatasetId, Loss, ScenarioId, State};
use irongate_sandbox::QueryOptions;
use serde::Serialize;

/// What a question would do, and what it would cost each account that lasts.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The plan, its bounds and its noise.
    #[serde(flatten)]
    pub explain: Explain,
    /// The accounts of namespace, operator and scenario it would be charged to, those of linked namespaces
    /// among them. The asking job has one of its own besides, opened with the job's budget.
    pub accounts: Vec<AccountCost>,
}

/// What a question would cost one account.
#[derive(Debug, Serialize)]
pub struct AccountCost {
    /// Whose it is.
    pub account: String,
    /// What it counts.
    pub currency: Currency,
    /// What it would be charged.
    pub charge: Loss,
    /// What is left in it now, in 10⁻⁹ of its currency.
    pub left: u64,
    /// Why it would refuse; nothing, if it would not.
    pub refused: Option<Code>,
}

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
    ) -> Result<Explained, GateError> {
        let query = self.check_for(scenario, sql, options).await?;
        let costs = self
            .with_state(|state| state.costs(scenario, &query.charges()))
            .await;
        let cost = |(id, account, charge): (AccountId, Account, Loss)| AccountCost {
            account: id.to_string(),
            currency: account.currency,
            charge,
            left: account.left(),
            refused: account.after(charge).err(),
        };
        Ok(Explained {
            explain: query.explain(),
            accounts: costs.into_iter().map(cost).collect(),
        })
    }

    /// The tables that are published now for a scenario.
    pub(crate) async fn scenario_catalog(&self, scenario: &ScenarioId) -> Option<Catalog> {
        self.with_state(|state| {
            let known = &state.scenarios.get(scenario)?.scenario;
            Some(published(state, &known.datasets))
        })
        .await
    }
}

/// The tables of these datasets, as they are published.
pub(crate) fn published<'a>(
    state: &State,
    datasets: impl IntoIterator<Item = &'a DatasetId>,
) -> Catalog {
    let mut catalog = Catalog::default();
    for name in datasets {
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
    catalog
}
