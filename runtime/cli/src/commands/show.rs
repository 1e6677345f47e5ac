//! Budgets, for people and machines.

use super::{Outcome, Place, table};
use crate::output::Answer;
use irongate_gate::Gate;
use irongate_policy::account::epsilon_shown;
use irongate_policy::{Currency, Decimal};
use serde::Serialize;

/// δ at which a ρ is shown as ε.
const SHOWN_DELTA_ATTO: u64 = 1_000_000_000_000;

/// One account.
#[derive(Debug, Serialize)]
pub(super) struct AccountRow {
    account: String,
    currency: Currency,
    cap: String,
    spent: String,
    left: String,
    /// What was spent as ε at δ = 10⁻⁶, for accounts in ρ.
    #[serde(skip_serializing_if = "Option::is_none")]
    epsilon_at_1e_6: Option<f64>,
}

fn nano(amount: u64) -> String {
    Decimal::new(i128::from(amount), 9)
        .map(|d| d.to_string())
        .unwrap_or_default()
}

pub(super) async fn accounts(gate: &Gate) -> Vec<AccountRow> {
    gate.with_state(|state| {
        let row = |(id, account): (
            &irongate_policy::account::AccountId,
            &irongate_policy::account::Account,
        )| {
            let spent = account.spent_amount();
            AccountRow {
                account: id.to_string(),
                currency: account.currency,
                cap: nano(account.cap),
                spent: nano(spent),
                left: nano(account.left()),
                epsilon_at_1e_6: match account.currency {
                    Currency::Rho => Some(epsilon_shown(spent, SHOWN_DELTA_ATTO)),
                    Currency::Epsilon => None,
                },
            }
        };
        state.accounts.iter().map(row).collect()
    })
    .await
}

pub(super) fn accounts_table(rows: &[AccountRow]) -> String {
    let cells = rows.iter().map(|row| {
        let currency = match row.currency {
            Currency::Rho => "ρ",
            Currency::Epsilon => "ε",
        };
        let shown = row
            .epsilon_at_1e_6
            .map(|e| format!("ε {e:.3} at δ 1e-6"))
            .unwrap_or_default();
        vec![
            row.account.clone(),
            currency.to_owned(),
            row.cap.clone(),
            row.spent.clone(),
            row.left.clone(),
            shown,
        ]
    });
    table(
        &["account", "in", "cap", "spent", "left", "spent, as"],
        cells.collect(),
    )
}

pub(super) async fn budget(place: &Place) -> Outcome {
    let gate = place.open().await?;
    let rows = accounts(&gate).await;
    gate.close().await?;
    let text = accounts_table(&rows);
    Answer::new(rows, text)
}
