//! Parties, agreements, scenarios, freezes.

use super::{Outcome, Place, id, logged, read_text};
use crate::args::{Agreement, Party, Scenario};
use crate::keys;
use irongate_gate::GateError;
use irongate_policy::request::{
    AcceptAgreement, AddParty, ApproveScenario, ConsentAgreement, Freeze, FreezeTarget,
    OfferAgreement, PartyKind, ProposeScenario, RevokeAgreement, Thaw,
};
use irongate_policy::{AgreementId, Digest, ScenarioId};
use std::path::{Path, PathBuf};

pub(super) async fn party(place: &Place, command: Party) -> Outcome {
    let Party::Add {
        id: party,
        kind,
        public_key,
        key,
    } = command;
    let kind: PartyKind = kind
        .parse()
        .map_err(|error| GateError::rejected(format!("kind `{kind}`: {error}")))?;
    let public = public_key
        .parse()
        .map_err(|error| GateError::rejected(format!("public key: {error}")))?;
    let done = format!("party `{party}` added");
    place
        .send(
            &key,
            AddParty {
                party: id("party", &party)?,
                kind,
                key: public,
            },
            &done,
        )
        .await
}

pub(super) async fn agreement(place: &Place, command: Agreement) -> Outcome {
    match command {
        Agreement::Offer { file, key } => {
            let agreement = irongate_policy::agreement::Agreement::parse(&read_text(&file)?)
                .map_err(|error| GateError::rejected(format!("{}: {error}", file.display())))?;
            let done = format!("agreement `{}` offered", agreement.id);
            place.send(&key, OfferAgreement { agreement }, &done).await
        }
        Agreement::Consent { id: name, key } => {
            let (agreement, terms) = agreement_terms(place, &name).await?;
            place
                .send(
                    &key,
                    ConsentAgreement { agreement, terms },
                    &format!("consented to agreement `{name}`"),
                )
                .await
        }
        Agreement::Accept { id: name, key } => {
            let (agreement, terms) = agreement_terms(place, &name).await?;
            place
                .send(
                    &key,
                    AcceptAgreement { agreement, terms },
                    &format!("agreement `{name}` accepted"),
                )
                .await
        }
        Agreement::Revoke {
            id: name,
            reason,
            key,
        } => {
            let request = RevokeAgreement {
                agreement: id("agreement", &name)?,
                reason,
            };
            place
                .send(&key, request, &format!("agreement `{name}` revoked"))
                .await
        }
    }
}

/// The terms as they stand in the log: what is signed is what was read.
async fn agreement_terms(place: &Place, name: &str) -> Result<(AgreementId, Digest), GateError> {
    let agreement: AgreementId = id("agreement", name)?;
    let gate = place.open().await?;
    let terms = gate
        .with_state(|state| {
            Some(Digest::of_json(
                &state.agreements.get(&agreement)?.agreement,
            ))
        })
        .await;
    gate.close().await?;
    let terms = terms
        .ok_or_else(|| GateError::rejected(format!("agreement `{name}`: no such agreement")))??;
    Ok((agreement, terms))
}

pub(super) async fn scenario(place: &Place, command: Scenario) -> Outcome {
    match command {
        Scenario::Propose { file, key } => {
            let scenario = irongate_policy::scenario::Scenario::parse(&read_text(&file)?)
                .map_err(|error| GateError::rejected(format!("{}: {error}", file.display())))?;
            let done = format!("scenario `{}` proposed", scenario.id);
            place.send(&key, ProposeScenario { scenario }, &done).await
        }
        Scenario::Approve { id: name, key } => {
            let scenario: ScenarioId = id("scenario", &name)?;
            let gate = place.open().await?;
            let terms = gate
                .with_state(|state| {
                    Some(Digest::of_json(&state.scenarios.get(&scenario)?.scenario))
                })
                .await;
            let terms = terms.ok_or_else(|| {
                GateError::rejected(format!("scenario `{name}`: no such scenario"))
            })??;
            let signed = gate
                .sign_with(&keys::read(&key)?, ApproveScenario { scenario, terms })
                .await?;
            let events = gate.submit(signed).await?;
            let accounts = super::show::accounts(&gate).await;
            gate.close().await?;
            let mut answer = logged(events, &format!("scenario `{name}` approved"));
            answer.text = format!(
                "{}\n{}",
                answer.text,
                super::show::accounts_table(&accounts)
            );
            answer.data = serde_json::json!({"accounts": accounts});
            Ok(answer)
        }
    }
}

fn target(text: &str) -> Result<FreezeTarget, GateError> {
    text.parse()
        .map_err(|error| GateError::rejected(format!("`{text}`: {error}")))
}

pub(super) async fn freeze(place: &Place, text: &str, reason: String, key: &Path) -> Outcome {
    place
        .send(
            key,
            Freeze {
                target: target(text)?,
                reason,
            },
            &format!("`{text}` is frozen"),
        )
        .await
}

pub(super) async fn thaw(
    place: &Place,
    text: &str,
    reason: String,
    key_files: &[PathBuf],
) -> Outcome {
    let target = target(text)?;
    let gate = place.open().await?;
    let frozen_at = gate.with_state(|state| state.frozen_at(&target)).await;
    let Some(frozen_at) = frozen_at else {
        gate.close().await?;
        return Ok(logged(Vec::new(), &format!("`{text}` is not frozen")));
    };
    let mut events = Vec::new();
    for key in key_files {
        let request = Thaw {
            target: target.clone(),
            frozen_at,
            reason: reason.clone(),
        };
        let signed = gate.sign_with(&keys::read(key)?, request).await?;
        events.extend(gate.submit(signed).await?);
    }
    let is_frozen = gate
        .with_state(|state| state.frozen_at(&target).is_some())
        .await;
    gate.close().await?;
    let done = if is_frozen {
        "signed; another party must sign too"
    } else {
        "thawed"
    };
    Ok(logged(events, &format!("`{text}`: {done}")))
}
