//! Freezing on an incident, and thawing by two.

use super::{By, want_text};
use crate::denial::{Reasons, deny};
use crate::request::{Freeze, FreezeTarget, PartyKind, Thaw};
use crate::{Code, Denial, Fact, State};

/// Parties whose signatures lift a freeze.
const THAW_QUORUM: usize = 2;

/// The freeze of a namespace that used its allowance up, without anybody's asking.
pub(super) fn allowance_used(target: FreezeTarget) -> Fact {
    Fact::Frozen {
        target,
        reason: "the allowance for residual failures is used up".into(),
    }
}

pub(super) fn freeze(state: &State, by: &By, body: &Freeze) -> Result<Vec<Fact>, Denial> {
    let mut why = Reasons::default();
    want_party(state, by, &body.target, &mut why);
    want_text(&mut why, "reason", &body.reason);
    let known = match &body.target {
        FreezeTarget::Dataset(id) => state.datasets.contains_key(id),
        FreezeTarget::Operator(id) => {
            state.parties.get(id).map(|p| p.kind) == Some(PartyKind::Operator)
        }
        FreezeTarget::Namespace(id) => state.namespaces.contains_key(id),
        FreezeTarget::All => true,
    };
    why.want(known, Code::UnknownTarget, body.target.to_string());
    why.finish()?;
    if state.freezes.contains_key(&body.target) {
        return Ok(vec![]);
    }
    Ok(vec![Fact::Frozen {
        target: body.target.clone(),
        reason: body.reason.clone(),
    }])
}

pub(super) fn thaw(state: &State, by: &By, body: &Thaw) -> Result<Vec<Fact>, Denial> {
    let mut why = Reasons::default();
    want_party(state, by, &body.target, &mut why);
    want_text(&mut why, "reason", &body.reason);
    why.finish()?;
    let Some(freeze) = state.freezes.get(&body.target) else {
        return Ok(vec![]);
    };
    if freeze.at != body.frozen_at {
        return deny(Code::NotFrozen, format!("it was frozen at {}", freeze.at));
    }
    if freeze.thaws.contains(&by.party) {
        return Ok(vec![]);
    }
    let mut facts = vec![Fact::ThawSigned {
        target: body.target.clone(),
        party: by.party.clone(),
    }];
    if freeze.thaws.len() + 1 >= THAW_QUORUM {
        facts.push(Fact::Thawed {
            target: body.target.clone(),
        });
    }
    Ok(facts)
}

/// Agency and supervisor act on anything; a provider or regulator on datasets whose spec names it.
fn want_party(state: &State, by: &By, target: &FreezeTarget, why: &mut Reasons) {
    let may = match by.kind {
        PartyKind::Agency | PartyKind::Supervisor => true,
        _ => match target {
            FreezeTarget::Dataset(id) => state.datasets.get(id).is_some_and(|dataset| {
                dataset.changes.values().any(|change| {
                    let spec = &change.draft.spec;
                    spec.provider == by.party || spec.regulator == by.party
                })
            }),
            FreezeTarget::Operator(_) | FreezeTarget::Namespace(_) | FreezeTarget::All => false,
        },
    };
    why.want(may, Code::NotYours, target.to_string());
}
