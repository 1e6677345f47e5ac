//! The catalog: drafts, consents, batches, delisting.

use super::freeze::allowance_used;
use super::{By, want_text};
use crate::account::Account;
use crate::command::Draft;
use crate::denial::{Reasons, deny};
use crate::request::{Consent, Delist, FreezeTarget, PartyKind, Publish};
use crate::state::{Change, Dataset, LogInfo};
use crate::{Actor, Code, Denial, Digest, DigestError, Event, Fact, PartyId, State, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What a draft is called by those who consent to it: SHA-256 over the canonical JSON of spec,
/// version and commitment. The commitment hides the content, so the hash does too.
///
/// # Errors
/// [`DigestError::Number`] if the spec holds an integer beyond 2⁵³.
pub fn change_hash(draft: &Draft) -> Result<Digest, DigestError> {
    Digest::of_json(draft)
}

pub(super) fn draft(state: &State, draft: &Draft) -> Result<Vec<Fact>, Denial> {
    let spec = &draft.spec;
    let change = match change_hash(draft) {
        Ok(change) => change,
        Err(error) => return deny(Code::BadSpec, error.to_string()),
    };
    let dataset = state.datasets.get(&spec.name);
    if dataset.is_some_and(|dataset| dataset.changes.contains_key(&change)) {
        return Ok(vec![]);
    }
    let mut why = Reasons::default();
    for (party, kind) in [
        (&spec.provider, PartyKind::Provider),
        (&spec.regulator, PartyKind::Regulator),
    ] {
        why.want(
            state.parties.get(party).map(|p| p.kind) == Some(kind),
            Code::UnknownParty,
            format!("{party} as {kind}"),
        );
    }
    why.want(
        !state
            .datasets
            .values()
            .any(|dataset| dataset.versions.contains_key(&draft.version)),
        Code::VersionInUse,
        draft.version.to_string(),
    );
    let home = spec.protected().map(|p| &p.unit.namespace);
    if let Some(known) = state.elements.get(&spec.source_element) {
        why.want(
            known.as_ref() == home,
            Code::SecondNamespace,
            format!("source element {}", spec.source_element),
        );
    }
    for other in dataset.into_iter().flat_map(|d| d.changes.values()) {
        let other = other.draft.spec.protected().map(|p| &p.unit.namespace);
        why.want(
            other == home,
            Code::SecondNamespace,
            format!("dataset {}", spec.name),
        );
    }
    if let Some(protected) = spec.protected() {
        // A pseudonym is of the values with their types: a person named otherwise would be another unit.
        let mut others = state.drafted_in(&protected.unit.namespace);
        if let Some(other) = others.find(|other| !spec.names_units_as(other)) {
            why.add(
                Code::UnitDiffers,
                format!("dataset {} and dataset {}", spec.name, other.name),
            );
        }
        why.want(
            Account::open(&protected.budget).is_ok(),
            Code::BadBudget,
            spec.name.to_string(),
        );
        if let Some(namespace) = state.namespaces.get(&protected.unit.namespace) {
            why.want(
                namespace.budget == protected.budget,
                Code::BudgetDiffers,
                protected.unit.namespace.to_string(),
            );
        }
    }
    why.finish()?;
    Ok(vec![Fact::DraftRecorded {
        draft: Box::new(draft.clone()),
        change,
    }])
}

/// Who must consent: provider and regulator of the draft, and, so that nobody is replaced behind
/// their back, those of the version published last.
fn consenters<'a>(dataset: &'a Dataset, change: &'a Change) -> BTreeSet<&'a PartyId> {
    let last = dataset
        .published
        .as_ref()
        .and_then(|last| dataset.changes.get(last));
    [Some(change), last]
        .into_iter()
        .flatten()
        .flat_map(|change| [&change.draft.spec.provider, &change.draft.spec.regulator])
        .collect()
}

pub(super) fn consent(state: &State, by: &By, body: &Consent) -> Result<Vec<Fact>, Denial> {
    let Some(dataset) = state.datasets.get(&body.dataset) else {
        return deny(Code::UnknownDataset, body.dataset.to_string());
    };
    let Some(change) = dataset.changes.get(&body.change) else {
        return deny(Code::UnknownChange, body.change.to_string());
    };
    let mut why = Reasons::default();
    why.want(
        consenters(dataset, change).contains(&by.party),
        Code::NotYours,
        body.dataset.to_string(),
    );
    why.want(
        !change.delisted,
        Code::Delisted,
        change.draft.version.to_string(),
    );
    why.finish()?;
    if change.consents.contains(&by.party) {
        return Ok(vec![]);
    }
    Ok(vec![Fact::ChangeConsented {
        dataset: body.dataset.clone(),
        change: body.change,
        party: by.party.clone(),
    }])
}

pub(super) fn publish(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    body: &Publish,
) -> Result<Vec<Fact>, Denial> {
    if let Some(known) = state.batches.get(&body.batch) {
        return if *known == body.changes {
            Ok(vec![])
        } else {
            deny(Code::IdInUse, body.batch.to_string())
        };
    }
    let mut why = Reasons::default();
    why.want(
        !body.changes.is_empty(),
        Code::UnknownChange,
        "the batch is empty",
    );
    let mut seen = BTreeSet::new();
    let mut budgets = BTreeMap::new();
    let mut links = BTreeSet::new();
    for entry in &body.changes {
        let name = entry.dataset.to_string();
        why.want(seen.insert(&entry.dataset), Code::IdInUse, &name);
        let Some(dataset) = state.datasets.get(&entry.dataset) else {
            why.add(Code::UnknownDataset, name);
            continue;
        };
        let Some(change) = dataset.changes.get(&entry.change) else {
            why.add(Code::UnknownChange, entry.change.to_string());
            continue;
        };
        why.want(!change.delisted, Code::Delisted, &name);
        why.want(
            !change.published,
            Code::VersionInUse,
            change.draft.version.to_string(),
        );
        for party in consenters(dataset, change) {
            why.want(
                change.consents.contains(party),
                Code::NotConsented,
                format!("{name}: {party}"),
            );
        }
        if let Some(protected) = change.draft.spec.protected() {
            let namespace = &protected.unit.namespace;
            let known = state.namespaces.get(namespace).map(|n| n.budget);
            let budget = *budgets
                .entry(namespace)
                .or_insert(known.unwrap_or(protected.budget));
            why.want(budget == protected.budget, Code::BudgetDiffers, &name);
            links.extend(&protected.unit.linked);
        }
    }
    for linked in links {
        let known = state.namespaces.contains_key(linked) || budgets.contains_key(linked);
        why.want(known, Code::UnknownNamespace, linked.to_string());
    }
    why.finish()?;
    let published = Fact::BatchPublished {
        batch: body.batch.clone(),
        changes: body.changes.clone(),
    };
    // What failed in one of two linked namespaces counts in both, from now on.
    let mut after = state.clone();
    after.evolve(&Event {
        at,
        actor: Actor::Gate,
        pack: log.pack_digest,
        event: published.clone(),
        signed: None,
    });
    let over = after.namespaces.iter().filter(|(id, namespace)| {
        let before = state.namespaces.get(id).map_or(0, |n| n.failures);
        namespace.failures > before && namespace.failures > log.pack.residual_failures
    });
    let frozen = over.filter_map(|(id, _)| {
        let target = FreezeTarget::Namespace(id.clone());
        let is_new = !after.freezes.contains_key(&target);
        is_new.then(|| allowance_used(target))
    });
    Ok(std::iter::once(published).chain(frozen).collect())
}

pub(super) fn delist(state: &State, by: &By, body: &Delist) -> Result<Vec<Fact>, Denial> {
    let Some(dataset) = state.datasets.get(&body.dataset) else {
        return deny(Code::UnknownDataset, body.dataset.to_string());
    };
    let last = dataset
        .published
        .as_ref()
        .and_then(|last| dataset.changes.get(last));
    let Some(last) = last else {
        return deny(Code::NotPublished, body.dataset.to_string());
    };
    let spec = &last.draft.spec;
    let mut why = Reasons::default();
    why.want(
        by.kind == PartyKind::Agency || spec.provider == by.party || spec.regulator == by.party,
        Code::NotYours,
        body.dataset.to_string(),
    );
    want_text(&mut why, "reason", &body.reason);
    why.finish()?;
    if last.delisted {
        return Ok(vec![]);
    }
    Ok(vec![Fact::DatasetDelisted {
        dataset: body.dataset.clone(),
        reason: body.reason.clone(),
    }])
}
