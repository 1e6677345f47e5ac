//! Agreements and scenarios.

use super::{By, want_text};
use crate::account::Account;
use crate::agreement::{Agreement, FORMAT, Mode};
use crate::denial::{Reasons, deny};
use crate::request::{
    AcceptAgreement, ApproveScenario, ConsentAgreement, PartyKind, RevokeAgreement,
};
use crate::scenario::Scenario;
use crate::state::AgreementState;
use crate::{AgreementId, Code, Denial, Digest, Fact, PartyId, State, Timestamp};
use std::collections::BTreeSet;

pub(super) fn offer(
    state: &State,
    at: Timestamp,
    agreement: &Agreement,
) -> Result<Vec<Fact>, Denial> {
    if let Some(known) = state.agreements.get(&agreement.id) {
        return if known.agreement == *agreement {
            Ok(vec![])
        } else {
            deny(Code::IdInUse, agreement.id.to_string())
        };
    }
    let mut why = Reasons::default();
    let kind = |id: &PartyId| state.parties.get(id).map(|p| p.kind);
    why.want(
        agreement.format == FORMAT && agreement.lists_fit_mode(),
        Code::BadAgreement,
        agreement.id.to_string(),
    );
    if let Err(error) = agreement.term().check() {
        why.add(Code::BadTerm, error.to_string());
    }
    why.want(
        at < agreement.to.start(),
        Code::BadTerm,
        "the term is over already",
    );
    why.want(
        kind(&agreement.operator) == Some(PartyKind::Operator),
        Code::UnknownParty,
        format!("{} as operator", agreement.operator),
    );
    for domain in &agreement.domains {
        why.want(
            kind(domain) == Some(PartyKind::Regulator),
            Code::UnknownParty,
            format!("{domain} as regulator"),
        );
    }
    for dataset in &agreement.datasets {
        why.want(
            state.published_spec(dataset).is_some(),
            Code::NotPublished,
            dataset.to_string(),
        );
    }
    if let Some(budget) = &agreement.budget {
        why.want(
            Account::open(budget).is_ok(),
            Code::BadBudget,
            agreement.id.to_string(),
        );
    }
    why.finish()?;
    Ok(vec![Fact::AgreementOffered {
        agreement: Box::new(agreement.clone()),
    }])
}

/// The agreement, if it is the one that was signed and was not revoked.
fn signable<'a>(
    state: &'a State,
    id: &AgreementId,
    terms: &Digest,
) -> Result<&'a AgreementState, Denial> {
    let Some(known) = state.agreements.get(id) else {
        return deny(Code::UnknownAgreement, id.to_string());
    };
    let mut why = Reasons::default();
    why.want(!known.revoked, Code::AgreementRevoked, id.to_string());
    why.want(
        Digest::of_json(&known.agreement).as_ref() == Ok(terms),
        Code::OtherTerms,
        id.to_string(),
    );
    why.finish()?;
    Ok(known)
}

/// Providers of published data it covers.
fn affected<'a>(state: &'a State, agreement: &Agreement) -> BTreeSet<&'a PartyId> {
    state
        .datasets
        .keys()
        .filter_map(|id| {
            let spec = state.published_spec(id)?;
            agreement
                .covers(id, &spec.regulator)
                .then_some(&spec.provider)
        })
        .collect()
}

/// Adds the activation, if `known` with these signatures has all it needs.
fn activate(
    state: &State,
    known: &AgreementState,
    accepted: bool,
    by: Option<&PartyId>,
) -> Option<Fact> {
    let signed = |provider: &&PartyId| known.providers.contains(*provider) || by == Some(*provider);
    let complete =
        !known.agreement.needs_providers() || affected(state, &known.agreement).iter().all(signed);
    (accepted && complete && !known.active).then(|| Fact::AgreementActivated {
        agreement: known.agreement.id.clone(),
    })
}

pub(super) fn accept(state: &State, by: &By, body: &AcceptAgreement) -> Result<Vec<Fact>, Denial> {
    let known = signable(state, &body.agreement, &body.terms)?;
    if known.agreement.operator != by.party {
        return deny(Code::NotYours, body.agreement.to_string());
    }
    if known.accepted {
        return Ok(vec![]);
    }
    let mut facts = vec![Fact::AgreementAccepted {
        agreement: body.agreement.clone(),
    }];
    facts.extend(activate(state, known, true, None));
    Ok(facts)
}

pub(super) fn consent(
    state: &State,
    by: &By,
    body: &ConsentAgreement,
) -> Result<Vec<Fact>, Denial> {
    let known = signable(state, &body.agreement, &body.terms)?;
    if !known.agreement.needs_providers() || !affected(state, &known.agreement).contains(&by.party)
    {
        return deny(Code::NotYours, body.agreement.to_string());
    }
    if known.providers.contains(&by.party) {
        return Ok(vec![]);
    }
    let mut facts = vec![Fact::AgreementConsented {
        agreement: body.agreement.clone(),
        provider: by.party.clone(),
    }];
    facts.extend(activate(state, known, known.accepted, Some(&by.party)));
    Ok(facts)
}

pub(super) fn revoke(state: &State, body: &RevokeAgreement) -> Result<Vec<Fact>, Denial> {
    let Some(known) = state.agreements.get(&body.agreement) else {
        return deny(Code::UnknownAgreement, body.agreement.to_string());
    };
    let mut why = Reasons::default();
    want_text(&mut why, "reason", &body.reason);
    why.finish()?;
    if known.revoked {
        return Ok(vec![]);
    }
    Ok(vec![Fact::AgreementRevoked {
        agreement: body.agreement.clone(),
        reason: body.reason.clone(),
    }])
}

/// Notes whatever keeps an agreement from being used now.
pub(super) fn want_in_force(
    state: &State,
    at: Timestamp,
    id: &AgreementId,
    why: &mut Reasons,
) -> Option<AgreementState> {
    let Some(known) = state.agreements.get(id) else {
        why.add(Code::UnknownAgreement, id.to_string());
        return None;
    };
    why.want(known.active, Code::AgreementNotActive, id.to_string());
    why.want(!known.revoked, Code::AgreementRevoked, id.to_string());
    why.want(
        known.agreement.term().contains(at),
        Code::OutsideTerm,
        format!(
            "{id} runs from {} to {}",
            known.agreement.from, known.agreement.to
        ),
    );
    Some(known.clone())
}

/// Notes whatever keeps a scenario from being proposed or approved.
fn want_grantable(state: &State, at: Timestamp, scenario: &Scenario, why: &mut Reasons) {
    let id = scenario.id.to_string();
    why.want(scenario.format == FORMAT, Code::BadManifest, "format");
    for text in [
        &scenario.title.zh,
        &scenario.title.en,
        &scenario.purpose.zh,
        &scenario.purpose.en,
    ] {
        want_text(why, "title and purpose", text);
    }
    why.want(
        Account::open(&scenario.budget).is_ok(),
        Code::BadBudget,
        &id,
    );
    why.want(
        !scenario.datasets.is_empty(),
        Code::OutOfScope,
        "no datasets",
    );
    for developer in &scenario.developers {
        why.want(
            state.parties.get(developer).map(|p| p.kind) == Some(PartyKind::Developer),
            Code::UnknownParty,
            format!("{developer} as developer"),
        );
    }
    let Some(known) = want_in_force(state, at, &scenario.agreement, why) else {
        return;
    };
    let agreement = &known.agreement;
    for dataset in &scenario.datasets {
        match state.published_spec(dataset) {
            Some(spec) => why.want(
                agreement.covers(dataset, &spec.regulator),
                Code::OutOfScope,
                dataset.to_string(),
            ),
            None => why.add(Code::NotPublished, dataset.to_string()),
        }
    }
    if agreement.mode == Mode::Scenario {
        let named = agreement.scenarios.is_empty() || agreement.scenarios.contains(&scenario.id);
        let other = state.scenarios.values().any(|other| {
            other.scenario.agreement == scenario.agreement && other.scenario.id != scenario.id
        });
        why.want(named && !other, Code::SecondScenario, &id);
    }
}

pub(super) fn propose(
    state: &State,
    at: Timestamp,
    by: &By,
    scenario: &Scenario,
) -> Result<Vec<Fact>, Denial> {
    if let Some(known) = state.scenarios.get(&scenario.id) {
        return if known.scenario == *scenario {
            Ok(vec![])
        } else {
            deny(Code::IdInUse, scenario.id.to_string())
        };
    }
    let mut why = Reasons::default();
    if let Some(known) = state.agreements.get(&scenario.agreement) {
        why.want(
            known.agreement.operator == by.party,
            Code::NotYours,
            scenario.agreement.to_string(),
        );
    }
    want_grantable(state, at, scenario, &mut why);
    why.finish()?;
    Ok(vec![Fact::ScenarioProposed {
        scenario: Box::new(scenario.clone()),
    }])
}

pub(super) fn approve(
    state: &State,
    at: Timestamp,
    body: &ApproveScenario,
) -> Result<Vec<Fact>, Denial> {
    let Some(known) = state.scenarios.get(&body.scenario) else {
        return deny(Code::UnknownScenario, body.scenario.to_string());
    };
    let mut why = Reasons::default();
    why.want(
        Digest::of_json(&known.scenario).as_ref() == Ok(&body.terms),
        Code::OtherTerms,
        body.scenario.to_string(),
    );
    if known.approved {
        why.finish()?;
        return Ok(vec![]);
    }
    want_grantable(state, at, &known.scenario, &mut why);
    why.finish()?;
    Ok(vec![Fact::ScenarioApproved {
        scenario: body.scenario.clone(),
    }])
}
