//! Budgets and released tables, for people and machines.

use super::{Outcome, Place, table};
use crate::output::Answer;
use irongate_gate::{Gate, Provenance, ReleasedTable};
use irongate_policy::account::epsilon_shown;
use irongate_policy::{Currency, Decimal};
use serde::Serialize;
use serde_json::Value;

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

/// 10⁻⁹ of a unit, as a decimal.
pub(super) fn nano(amount: u64) -> String {
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

/// Rows of a released table that are shown; the files have them all.
const SHOWN_ROWS: usize = 100;

/// A released table with its noise intervals.
pub(super) fn released(output: &ReleasedTable) -> String {
    let mut header = Vec::new();
    for (name, provenance) in &output.columns {
        header.push(name.clone());
        if *provenance == Provenance::Released {
            header.push("95 % noise interval".to_owned());
        }
    }
    let all = output
        .rows
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows = all.iter().take(SHOWN_ROWS).map(|row| {
        let cell = |name: &str| cell(row.get(name).unwrap_or(&Value::Null));
        let mut cells = Vec::new();
        for (name, provenance) in &output.columns {
            cells.push(cell(name));
            if *provenance == Provenance::Released {
                let ends =
                    [format!("{name}_low95"), format!("{name}_high95")].map(|end| cell(&end));
                cells.push(ends.join(" … "));
            }
        }
        cells
    });
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut text = table(&header, rows.collect());
    if output
        .columns
        .iter()
        .any(|(_, of)| *of == Provenance::Released)
    {
        text.push_str(
            "\n95 of 100 draws of the noise fall within the interval; what clamping changed is not in it",
        );
    }
    if all.len() > SHOWN_ROWS {
        text.push_str(&format!("\n… and {} more rows", all.len() - SHOWN_ROWS));
    }
    text
}

/// A value for reading: three digits after the point say more than noise lets one know.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => format!("{float:.3}"),
            Some(_) | None => number.to_string(),
        },
        other => other.to_string(),
    }
}
