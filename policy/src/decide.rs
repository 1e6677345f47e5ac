//! The decider: who may do what, when. Pure; every refusal names all its reasons.

mod catalog;
mod freeze;
mod grant;
mod job;
mod query;
mod usage;

pub use catalog::change_hash;
pub use job::job_id;

use crate::denial::{Reasons, deny};
use crate::pack::Pack;
use crate::request::{AddParty, Genesis, InstallPack, PartyKind};
use crate::state::LogInfo;
use crate::{
    Action, Actor, Code, Command, Denial, Digest, Event, Fact, GateAction, PartyId, Request,
    Signed, State, Timestamp,
};

/// The longest free text of a request, in bytes.
const MAX_TEXT: usize = 2000;

/// The events that follow from a command, or why there are none. No events: the command is already
/// in effect.
///
/// # Errors
/// A [`Denial`] with every reason found.
pub fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Denial> {
    if state.log.is_some() && command.at < state.last {
        return deny(
            Code::ClockWentBack,
            format!("{} is before {}", command.at, state.last),
        );
    }
    let at = command.at;
    match (&command.action, &state.log) {
        (Action::Party(signed), None) => match &signed.statement.request {
            Request::Genesis(body) => genesis(at, signed, body),
            _ => deny(Code::NotInitialised, signed.statement.request.kind()),
        },
        (Action::Gate(_), None) => deny(Code::NotInitialised, "gate"),
        (Action::Party(signed), Some(log)) => {
            let by = authenticate(state, log, signed)?;
            let facts = by_party(state, log, at, &by, signed)?;
            let actor = Actor::Party(by.party);
            Ok(wrap(at, actor, log.pack_digest, Some(signed), facts))
        }
        (Action::Gate(action), Some(log)) => {
            let facts = by_gate(state, log, at, action)?;
            let at = logged_at(state, at, action);
            Ok(wrap(at, Actor::Gate, log.pack_digest, None, facts))
        }
    }
}

/// When a step of the gate is said to have been. How long a query was at protected data is a measured value, so what happens
/// between a job's start and its end bears the time of the entry before.
fn logged_at(state: &State, at: Timestamp, action: &GateAction) -> Timestamp {
    match action {
        GateAction::Reserve(_) | GateAction::ReleaseQuery { .. } | GateAction::ReuseRelease(_) => {
            state.last
        }
        GateAction::RecordDraft(_)
        | GateAction::MarkChecked { .. }
        | GateAction::MarkRejected { .. }
        | GateAction::FinishJob { .. }
        | GateAction::FailJob { .. } => at,
    }
}

fn wrap(
    at: Timestamp,
    actor: Actor,
    pack: Digest,
    signed: Option<&Signed>,
    facts: Vec<Fact>,
) -> Vec<Event> {
    let mut signed = signed.map(|s| Box::new(s.clone()));
    facts
        .into_iter()
        .map(|event| Event {
            at,
            actor: actor.clone(),
            pack,
            event,
            signed: signed.take(),
        })
        .collect()
}

/// Who signed, once the signature is checked.
struct By {
    party: PartyId,
    kind: PartyKind,
}

fn authenticate(state: &State, log: &LogInfo, signed: &Signed) -> Result<By, Denial> {
    let mut why = Reasons::default();
    let statement = &signed.statement;
    why.want(
        statement.origin == log.origin,
        Code::OtherOrigin,
        format!("`{}`, not `{}`", statement.origin, log.origin),
    );
    why.want(
        !state.nonces.contains(&statement.nonce),
        Code::Replayed,
        statement.nonce.to_string(),
    );
    let Some(party) = state.parties.get(&statement.signer) else {
        why.add(Code::UnknownParty, statement.signer.to_string());
        return Err(Denial::from(why));
    };
    why.want(
        signed.is_by(&party.key),
        Code::BadSignature,
        statement.signer.to_string(),
    );
    why.finish()?;
    Ok(By {
        party: statement.signer.clone(),
        kind: party.kind,
    })
}

/// The kinds of party that may ask for each thing at all.
fn roles(request: &Request) -> &'static [PartyKind] {
    use PartyKind::{Agency, Developer, Expert, Operator, Provider, Regulator, Supervisor};
    match request {
        Request::Genesis(_)
        | Request::AddParty(_)
        | Request::InstallPack(_)
        | Request::Publish(_)
        | Request::OfferAgreement(_)
        | Request::RevokeAgreement(_)
        | Request::ApproveScenario(_)
        | Request::RunJob(_) => &[Agency],
        Request::Consent(_) => &[Provider, Regulator],
        Request::Delist(_) => &[Agency, Provider, Regulator],
        Request::AcceptAgreement(_) | Request::ProposeScenario(_) => &[Operator],
        Request::ConsentAgreement(_) => &[Provider],
        Request::SubmitJob(_) | Request::SubmitQuery(_) => &[Operator, Developer],
        Request::ApproveJob(_) | Request::ReleaseJob(_) | Request::RefuseJob(_) => {
            &[Agency, Provider, Regulator, Supervisor, Expert]
        }
        Request::Freeze(_) | Request::Thaw(_) => &[Agency, Provider, Regulator, Supervisor],
    }
}

fn by_party(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    by: &By,
    signed: &Signed,
) -> Result<Vec<Fact>, Denial> {
    let request = &signed.statement.request;
    if !roles(request).contains(&by.kind) {
        return deny(
            Code::WrongRole,
            format!("{} is a party of kind {}", by.party, by.kind),
        );
    }
    match request {
        Request::Genesis(body) => {
            let same = state.parties.get(&by.party).map(|p| p.key) == Some(body.key)
                && log.log_key == body.log_key
                && log.pack_digest == Pack::digest(&body.pack);
            if same {
                Ok(vec![])
            } else {
                deny(Code::AlreadyInitialised, log.origin.clone())
            }
        }
        Request::AddParty(body) => add_party(state, body),
        Request::InstallPack(body) => install_pack(log, body),
        Request::Consent(body) => catalog::consent(state, by, body),
        Request::Publish(body) => catalog::publish(state, log, at, body),
        Request::Delist(body) => catalog::delist(state, by, body),
        Request::OfferAgreement(body) => grant::offer(state, at, &body.agreement),
        Request::AcceptAgreement(body) => grant::accept(state, by, body),
        Request::ConsentAgreement(body) => grant::consent(state, by, body),
        Request::RevokeAgreement(body) => grant::revoke(state, body),
        Request::ProposeScenario(body) => grant::propose(state, at, by, &body.scenario),
        Request::ApproveScenario(body) => grant::approve(state, at, body),
        Request::SubmitJob(body) => job::submit(state, log, at, by, &signed.statement, body),
        Request::SubmitQuery(body) => query::submit(state, log, at, by, &signed.statement, body),
        Request::ApproveJob(body) => job::approve(state, log, at, by, &body.job),
        Request::RunJob(body) => job::run(state, log, at, &body.job),
        Request::ReleaseJob(body) => job::release(state, log, at, by, &body.job),
        Request::RefuseJob(body) => job::refuse(state, by, body),
        Request::Freeze(body) => freeze::freeze(state, by, body),
        Request::Thaw(body) => freeze::thaw(state, by, body),
    }
}

fn by_gate(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    action: &GateAction,
) -> Result<Vec<Fact>, Denial> {
    match action {
        GateAction::RecordDraft(draft) => catalog::draft(state, draft),
        GateAction::MarkChecked { job } => job::checked(state, job),
        GateAction::MarkRejected { job } => job::rejected(state, job),
        GateAction::Reserve(reservation) => query::reserve(state, log, at, reservation),
        GateAction::ReleaseQuery {
            job,
            query,
            release,
            table,
        } => query::release(state, log, at, job, *query, release, table),
        GateAction::ReuseRelease(reservation) => query::reuse(state, log, at, reservation),
        GateAction::FinishJob {
            job,
            release,
            outputs,
        } => job::finish(state, log, at, job, release, outputs),
        GateAction::FailJob { job, residual } => job::fail(state, log, job, *residual),
    }
}

fn genesis(at: Timestamp, signed: &Signed, body: &Genesis) -> Result<Vec<Event>, Denial> {
    let mut why = Reasons::default();
    let statement = &signed.statement;
    why.want(
        signed.is_by(&body.key),
        Code::BadSignature,
        statement.signer.to_string(),
    );
    want_text(&mut why, "origin", &statement.origin);
    want_text(&mut why, "log key", &body.log_key);
    let pack = parse_pack(&mut why, &body.pack);
    why.finish()?;
    let pack_digest = Pack::digest(&body.pack);
    let facts = pack
        .map(|pack| Fact::Opened {
            origin: statement.origin.clone(),
            log_key: body.log_key.clone(),
            agency: statement.signer.clone(),
            key: body.key,
            pack: Box::new(pack),
            pack_digest,
        })
        .into_iter()
        .collect();
    let actor = Actor::Party(statement.signer.clone());
    Ok(wrap(at, actor, pack_digest, Some(signed), facts))
}

fn parse_pack(why: &mut Reasons, text: &str) -> Option<Pack> {
    match Pack::parse(text) {
        Ok(pack) => Some(pack),
        Err(error) => {
            why.add(Code::BadPack, error.to_string());
            None
        }
    }
}

fn install_pack(log: &LogInfo, body: &InstallPack) -> Result<Vec<Fact>, Denial> {
    let pack_digest = Pack::digest(&body.pack);
    if pack_digest == log.pack_digest {
        return Ok(vec![]);
    }
    let mut why = Reasons::default();
    let pack = parse_pack(&mut why, &body.pack);
    if let Some(pack) = &pack {
        why.want(
            pack.version > log.pack.version,
            Code::BadPack,
            format!("version {} is in force", log.pack.version),
        );
    }
    why.finish()?;
    Ok(pack
        .map(|pack| Fact::PackInstalled {
            pack: Box::new(pack),
            pack_digest,
        })
        .into_iter()
        .collect())
}

fn add_party(state: &State, body: &AddParty) -> Result<Vec<Fact>, Denial> {
    let mut why = Reasons::default();
    if let Some(known) = state.parties.get(&body.party) {
        if known.kind == body.kind && known.key == body.key {
            return Ok(vec![]);
        }
        why.add(Code::IdInUse, body.party.to_string());
    }
    for (id, party) in &state.parties {
        why.want(
            *id == body.party || party.key != body.key,
            Code::KeyInUse,
            id.to_string(),
        );
    }
    why.finish()?;
    Ok(vec![Fact::PartyAdded {
        party: body.party.clone(),
        kind: body.kind,
        key: body.key,
    }])
}

fn want_text(why: &mut Reasons, what: &str, text: &str) {
    why.want(
        !text.trim().is_empty() && text.len() <= MAX_TEXT,
        Code::BadText,
        what,
    );
}
