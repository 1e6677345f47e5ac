//! Queries: reserve, release, reuse; and interactive ones.

use super::By;
use super::job::{fresh, in_state, job_id};
use super::usage::{want_charges, want_job, want_order, want_scenario, want_use};
use crate::account::{Account, AccountId, Owner, check_charge};
use crate::command::{Charges, Reservation};
use crate::denial::{Reasons, deny};
use crate::event::JobOrder;
use crate::pack::GradeRules;
use crate::request::SubmitQuery;
use crate::state::{Job, JobStatus, LogInfo};
use crate::{Code, Denial, Digest, Fact, JobId, ReleaseId, State, Statement, Timestamp};

/// An interactive query is a job that is running at once: its scenario's approval allows it, its
/// grade is known when it reserves. Versions are those published now.
pub(super) fn submit(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    by: &By,
    statement: &Statement,
    body: &SubmitQuery,
) -> Result<Vec<Fact>, Denial> {
    let job = fresh(by, JobOrder::Query(body.clone()));
    let mut why = Reasons::default();
    why.want(
        Account::open(&body.budget).is_ok(),
        Code::BadBudget,
        "budget",
    );
    want_scenario(state, at, &body.scenario, &mut why);
    want_job(state, log, at, &job, false, &mut why);
    why.finish()?;
    let id = job_id(statement)?;
    let versions = state
        .scenarios
        .get(&body.scenario)
        .into_iter()
        .flat_map(|known| &known.scenario.datasets)
        .filter_map(|dataset| Some((dataset.clone(), state.published_version(dataset)?.clone())))
        .collect();
    Ok(vec![
        Fact::JobSubmitted {
            job: id.clone(),
            order: Box::new(job.order),
        },
        Fact::JobApproved {
            job: id.clone(),
            versions,
        },
        Fact::JobStarted { job: id },
    ])
}

/// Everything a query must satisfy before its accounts are looked at.
fn want_query<'a>(
    state: &State,
    log: &'a LogInfo,
    at: Timestamp,
    job: &Job,
    asked: &Reservation,
    why: &mut Reasons,
) -> Option<&'a GradeRules> {
    want_job(state, log, at, job, true, why);
    let rules = want_use(state, log, at, job, &asked.reads, Some(&job.versions), why);
    why.want(!asked.reads.is_empty(), Code::UndeclaredRead, "no reads");
    if let Some(declared) = job.declared_reads() {
        for (dataset, columns) in &asked.reads {
            let allowed = declared.get(dataset);
            why.want(
                allowed.is_some_and(|allowed| columns.is_subset(allowed)),
                Code::UndeclaredRead,
                dataset.to_string(),
            );
        }
    }
    why.want(
        job.queries.len() < job.max_queries() as usize,
        Code::TooManyQueries,
        format!("{} declared", job.max_queries()),
    );
    if let Some(rules) = rules {
        want_order(&job.order, rules, why);
    }
    want_charges(state, job, &asked.reads, &asked.charges, rules, why);
    rules
}

/// Notes every account that cannot take its charge.
fn want_paid(state: &State, owners: &[Owner], charges: &Charges, why: &mut Reasons) {
    for (namespace, loss) in state.losses(charges) {
        for owner in owners {
            let id = AccountId {
                namespace: namespace.clone(),
                owner: owner.clone(),
            };
            match state.account(&id) {
                Some(account) => check_charge(&id, &account, loss, why),
                None => why.add(Code::BudgetExhausted, id.to_string()),
            }
        }
    }
}

fn number(job: &Job) -> Result<u32, Denial> {
    u32::try_from(job.queries.len())
        .or_else(|_| deny(Code::TooManyQueries, "more than can be numbered"))
}

pub(super) fn reserve(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    asked: &Reservation,
) -> Result<Vec<Fact>, Denial> {
    let job = in_state(state, &asked.job, &[JobStatus::Running])?;
    let mut why = Reasons::default();
    want_query(state, log, at, job, asked, &mut why);
    want_paid(state, &state.owners(&asked.job), &asked.charges, &mut why);
    why.finish()?;
    Ok(vec![Fact::QueryReserved {
        job: asked.job.clone(),
        query: number(job)?,
        reads: asked.reads.clone(),
        charges: asked.charges.clone(),
        fingerprint: asked.fingerprint,
    }])
}

pub(super) fn release(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    id: &JobId,
    query: u32,
    release: &ReleaseId,
    table: &Digest,
) -> Result<Vec<Fact>, Denial> {
    let job = in_state(state, id, &[JobStatus::Running])?;
    let reserved = job.queries.get(query as usize);
    let Some(reserved) = reserved.filter(|q| q.release.is_none()) else {
        return deny(Code::UnknownQuery, query.to_string());
    };
    let mut why = Reasons::default();
    why.want(
        !state.releases.contains(release),
        Code::ReleaseInUse,
        release.to_string(),
    );
    want_job(state, log, at, job, true, &mut why);
    want_use(
        state,
        log,
        at,
        job,
        &reserved.reads,
        Some(&job.versions),
        &mut why,
    );
    why.finish()?;
    Ok(vec![Fact::QueryReleased {
        job: id.clone(),
        query,
        release: release.clone(),
        table: *table,
    }])
}

pub(super) fn reuse(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    asked: &Reservation,
) -> Result<Vec<Fact>, Denial> {
    let job = in_state(state, &asked.job, &[JobStatus::Running])?;
    let stored = state.stored.get(&asked.fingerprint).filter(|stored| {
        stored.reads == asked.reads
            && stored.charges == asked.charges
            && stored.scenario == *job.scenario()
            && (stored.job == asked.job || left_freely(state, &stored.job))
    });
    let Some(stored) = stored else {
        return deny(Code::NothingToReuse, asked.fingerprint.to_string());
    };
    let mut why = Reasons::default();
    want_query(state, log, at, job, asked, &mut why);
    // Namespace, operator and scenario paid when it was made; another job still owes its own share.
    if !job.paid_for(&asked.fingerprint) {
        let own = [Owner::Job(asked.job.clone())];
        want_paid(state, &own, &asked.charges, &mut why);
    }
    why.finish()?;
    Ok(vec![Fact::ReleaseReused {
        job: asked.job.clone(),
        query: number(job)?,
        release: stored.release.clone(),
        fingerprint: asked.fingerprint,
    }])
}

/// Whether what this job released was neither held nor refused.
fn left_freely(state: &State, job: &JobId) -> bool {
    state.jobs.get(job).is_some_and(|job| {
        job.status == JobStatus::Released || (job.status == JobStatus::Failed && !job.was_held)
    })
}
