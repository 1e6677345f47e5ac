//! Jobs: submitted, checked, approved, run; released, held, refused or failed.

use super::freeze::allowance_used;
use super::usage::{has_quorum, want_job};
use super::{By, want_text};
use crate::account::Account;
use crate::denial::{Reasons, deny};
use crate::event::JobOrder;
use crate::request::{FreezeTarget, PartyKind, RefuseJob, SubmitJob};
use crate::state::{Job, JobStatus, LogInfo};
use crate::{Code, Denial, Digest, Fact, JobId, ReleaseId, State, Statement, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The id of a submitted job: 128 bits of the statement's digest, which its nonce makes unique.
///
/// # Errors
/// [`Code::BadManifest`] if the statement holds a number canonical JSON cannot carry exactly.
pub fn job_id(statement: &Statement) -> Result<JobId, Denial> {
    let digest = match statement.digest() {
        Ok(digest) => digest.to_string(),
        Err(error) => return deny(Code::BadManifest, error.to_string()),
    };
    let short: String = digest.chars().take(32).collect();
    JobId::new(format!("job-{short}")).or_else(|error| deny(Code::BadManifest, error.to_string()))
}

/// A job as it would be right after its submission.
pub(super) fn fresh(by: &By, order: JobOrder) -> Job {
    Job {
        submitter: by.party.clone(),
        order,
        status: JobStatus::Submitted,
        approvals: BTreeSet::new(),
        versions: BTreeMap::new(),
        started: None,
        queries: Vec::new(),
        outputs: None,
        votes: BTreeSet::new(),
        was_held: false,
    }
}

pub(super) fn submit(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    by: &By,
    statement: &Statement,
    body: &SubmitJob,
) -> Result<Vec<Fact>, Denial> {
    if state.find_live_job(&by.party, body).is_some() {
        return Ok(vec![]);
    }
    let order = JobOrder::Package(body.clone());
    let job = fresh(by, order);
    let mut why = Reasons::default();
    for problem in body.manifest.problems() {
        why.add(Code::BadManifest, problem);
    }
    why.want(
        Account::open(&body.manifest.budget).is_ok(),
        Code::BadBudget,
        "budget",
    );
    want_job(state, log, at, &job, false, &mut why);
    why.finish()?;
    Ok(vec![Fact::JobSubmitted {
        job: job_id(statement)?,
        order: Box::new(job.order),
    }])
}

/// The job, if it is in this state.
pub(super) fn in_state<'a>(
    state: &'a State,
    id: &JobId,
    allowed: &[JobStatus],
) -> Result<&'a Job, Denial> {
    let Some(job) = state.jobs.get(id) else {
        return deny(Code::UnknownJob, id.to_string());
    };
    if allowed.contains(&job.status) {
        Ok(job)
    } else {
        deny(Code::WrongState, format!("{id} is {}", job.status.name()))
    }
}

pub(super) fn checked(state: &State, id: &JobId) -> Result<Vec<Fact>, Denial> {
    let job = in_state(state, id, &[JobStatus::Submitted, JobStatus::Checked])?;
    if job.status == JobStatus::Checked {
        return Ok(vec![]);
    }
    Ok(vec![Fact::JobChecked { job: id.clone() }])
}

pub(super) fn rejected(state: &State, id: &JobId) -> Result<Vec<Fact>, Denial> {
    let job = in_state(state, id, &[JobStatus::Submitted, JobStatus::Rejected])?;
    if job.status == JobStatus::Rejected {
        return Ok(vec![]);
    }
    Ok(vec![Fact::JobRejected { job: id.clone() }])
}

/// Notes a reviewer who may not review this job: its submitter, or a provider or regulator of none of
/// the data it reads.
fn want_reviewer(state: &State, by: &By, job: &Job, why: &mut Reasons) {
    why.want(
        job.submitter != by.party,
        Code::SelfReview,
        by.party.to_string(),
    );
    let named = match by.kind {
        PartyKind::Provider | PartyKind::Regulator => job.declared_reads().is_some_and(|reads| {
            reads.keys().any(|dataset| {
                let spec = state.published_spec(dataset);
                spec.is_some_and(|s| s.provider == by.party || s.regulator == by.party)
            })
        }),
        _ => true,
    };
    why.want(named, Code::NotYours, by.party.to_string());
}

pub(super) fn approve(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    by: &By,
    id: &JobId,
) -> Result<Vec<Fact>, Denial> {
    if has_passed(state, id, |job| job.approvals.contains(&by.party)) {
        return Ok(vec![]);
    }
    let job = in_state(state, id, &[JobStatus::Checked, JobStatus::Approved])?;
    let mut why = Reasons::default();
    want_reviewer(state, by, job, &mut why);
    let rules = want_job(state, log, at, job, false, &mut why);
    why.finish()?;
    if job.approvals.contains(&by.party) && has_its_pins(job) {
        return Ok(vec![]);
    }
    let mut facts = Vec::new();
    let mut approvals = job.approvals.clone();
    if approvals.insert(by.party.clone()) {
        facts.push(Fact::JobApprovalGiven {
            job: id.clone(),
            reviewer: by.party.clone(),
        });
    }
    let enough = rules.is_some_and(|rules| has_quorum(state, &approvals, rules.quorum));
    if enough && job.status == JobStatus::Checked {
        let versions = job
            .declared_reads()
            .unwrap_or_default()
            .into_keys()
            .filter_map(|dataset| {
                let version = state.published_version(&dataset)?.clone();
                Some((dataset, version))
            })
            .collect();
        facts.push(Fact::JobApproved {
            job: id.clone(),
            versions,
        });
    }
    Ok(facts)
}

/// Whether a job has run and this was said of it before: saying it again changes nothing.
fn has_passed(state: &State, id: &JobId, said: impl FnOnce(&Job) -> bool) -> bool {
    state.jobs.get(id).is_some_and(|job| {
        let ran = matches!(
            job.status,
            JobStatus::Running | JobStatus::Held | JobStatus::Released
        );
        ran && said(job)
    })
}

fn has_its_pins(job: &Job) -> bool {
    job.status == JobStatus::Approved
}

pub(super) fn run(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    id: &JobId,
) -> Result<Vec<Fact>, Denial> {
    if has_passed(state, id, |job| job.outputs.is_some()) {
        return Ok(vec![]);
    }
    // A running job is not started again, not even after a crash: each run has its entry.
    let job = in_state(state, id, &[JobStatus::Approved])?;
    let mut why = Reasons::default();
    want_job(state, log, at, job, true, &mut why);
    why.finish()?;
    Ok(vec![Fact::JobStarted { job: id.clone() }])
}

pub(super) fn finish(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    id: &JobId,
    release: &ReleaseId,
    outputs: &Digest,
) -> Result<Vec<Fact>, Denial> {
    let job = in_state(state, id, &[JobStatus::Running])?;
    if state.releases.contains(release) {
        return deny(Code::ReleaseInUse, release.to_string());
    }
    // What the rules no longer allow waits for people instead of leaving (plan, clause 12).
    let mut why = Reasons::default();
    let rules = want_job(state, log, at, job, true, &mut why);
    let hold = !why.is_empty() || rules.is_some_and(|rules| rules.hold);
    let (job, release, outputs) = (id.clone(), release.clone(), *outputs);
    Ok(vec![if hold {
        Fact::JobHeld {
            job,
            release,
            outputs,
            why: why.codes(),
        }
    } else {
        Fact::JobReleased {
            job,
            release,
            outputs,
        }
    }])
}

pub(super) fn release(
    state: &State,
    log: &LogInfo,
    at: Timestamp,
    by: &By,
    id: &JobId,
) -> Result<Vec<Fact>, Denial> {
    let is_out = |job: &Job| job.status == JobStatus::Released && job.votes.contains(&by.party);
    if has_passed(state, id, is_out) {
        return Ok(vec![]);
    }
    let job = in_state(state, id, &[JobStatus::Held])?;
    let mut why = Reasons::default();
    want_reviewer(state, by, job, &mut why);
    let rules = want_job(state, log, at, job, true, &mut why);
    why.finish()?;
    let mut facts = Vec::new();
    let mut votes = job.votes.clone();
    if votes.insert(by.party.clone()) {
        facts.push(Fact::JobReleaseVoted {
            job: id.clone(),
            reviewer: by.party.clone(),
        });
    }
    // A job that read nothing has no grade, and asks for one reviewer.
    let quorum = rules.map_or(1, |rules| rules.release_quorum);
    if let Some((release, outputs)) = &job.outputs
        && has_quorum(state, &votes, quorum)
    {
        facts.push(Fact::JobReleased {
            job: id.clone(),
            release: release.clone(),
            outputs: *outputs,
        });
    }
    Ok(facts)
}

pub(super) fn refuse(state: &State, by: &By, body: &RefuseJob) -> Result<Vec<Fact>, Denial> {
    let Some(job) = state.jobs.get(&body.job) else {
        return deny(Code::UnknownJob, body.job.to_string());
    };
    let mut why = Reasons::default();
    want_reviewer(state, by, job, &mut why);
    want_text(&mut why, "reason", &body.reason);
    why.want(
        !job.status.is_final() || job.status == JobStatus::Refused,
        Code::WrongState,
        format!("{} is {}", body.job, job.status.name()),
    );
    why.finish()?;
    if job.status == JobStatus::Refused {
        return Ok(vec![]);
    }
    Ok(vec![Fact::JobRefused {
        job: body.job.clone(),
        reason: body.reason.clone(),
    }])
}

pub(super) fn fail(
    state: &State,
    log: &LogInfo,
    id: &JobId,
    residual: bool,
) -> Result<Vec<Fact>, Denial> {
    let job = in_state(state, id, &[JobStatus::Running])?;
    let mut facts = vec![Fact::JobFailed {
        job: id.clone(),
        residual,
    }];
    if residual {
        for namespace in state.charged_together(&job.touched()) {
            let failures = state.namespaces.get(&namespace).map_or(0, |n| n.failures);
            let target = FreezeTarget::Namespace(namespace);
            if failures >= log.pack.residual_failures && !state.freezes.contains_key(&target) {
                facts.push(allowance_used(target));
            }
        }
    }
    Ok(facts)
}
