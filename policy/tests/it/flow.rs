//! The whole path, and the folds of it.

use crate::world::*;
use irongate_policy::account::{AccountId, Owner};
use irongate_policy::command::Reservation;
use irongate_policy::event::Fact;
use irongate_policy::manifest::Seconds;
use irongate_policy::request::*;
use irongate_policy::state::JobStatus;
use irongate_policy::*;

pub fn release(job: &JobId, query: u32, name: &str) -> GateAction {
    GateAction::ReleaseQuery {
        job: job.clone(),
        query,
        release: id(name),
        table: Digest::of(name.as_bytes()),
    }
}

pub fn finish(job: &JobId, name: &str) -> GateAction {
    GateAction::FinishJob {
        job: job.clone(),
        release: id(name),
        outputs: Digest::of(name.as_bytes()),
    }
}

pub fn reserve(asked: &Reservation) -> GateAction {
    GateAction::Reserve(Box::new(asked.clone()))
}

pub fn reuse(asked: &Reservation) -> GateAction {
    GateAction::ReuseRelease(Box::new(asked.clone()))
}

fn spent(world: &World, owner: Owner) -> u64 {
    let namespace = id("patient");
    world
        .state
        .account(&AccountId { namespace, owner })
        .unwrap()
        .spent
        .rho
}

#[test]
fn a_job_goes_from_submission_to_release_and_every_account_pays() {
    let (mut world, job) = World::running();
    assert_eq!(world.state.accounts.len(), 4, "approval opened the job's");
    assert!(
        world.state.accounts.values().all(|a| a.spent.rho == 0),
        "and spent nothing"
    );
    let asked = ask(&job, &["year", "visits"], 40_000_000, "q");
    world.gate(reserve(&asked)).unwrap();
    for owner in [
        Owner::Namespace,
        Owner::Operator(id("health-2026")),
        Owner::Scenario(id("care")),
        Owner::Job(job.clone()),
    ] {
        assert_eq!(spent(&world, owner), 40_000_000);
    }
    world.gate(release(&job, 0, "r0")).unwrap();
    world.gate(finish(&job, "out")).unwrap();
    assert_eq!(world.state.jobs[&job].status, JobStatus::Released);
    assert_eq!(State::replay(&world.log), world.state);
}

/// How long a query was at protected data is a measured value, and the log is for eyes that may not have one.
#[test]
fn what_happens_between_a_jobs_start_and_its_end_bears_the_time_of_its_start() {
    let (mut world, job) = World::running();
    let (before, started) = (world.log.len(), world.state.last);
    let asked = ask(&job, &["visits"], 1_000_000, "q");
    let steps = [reserve(&asked), release(&job, 0, "r0"), reuse(&asked)];
    for (step, took) in steps.into_iter().zip([3_000, 70, 8]) {
        world.at.0 += took;
        world.gate(step).unwrap();
    }
    world.at.0 += 900;
    world.gate(finish(&job, "out")).unwrap();
    let times = world.log.iter().skip(before).map(|event| event.at);
    let times: Vec<_> = times.collect();
    let (ended, within) = times.split_last().unwrap();
    assert!(within.len() >= 3 && within.iter().all(|at| *at == started));
    assert_eq!(
        *ended, world.at,
        "the end is at its deadline, whatever there was"
    );
}

#[test]
fn a_charge_hits_every_account_or_none() {
    let (mut world, job) = World::running();
    world
        .gate(reserve(&ask(&job, &["visits"], 90_000_000, "a")))
        .unwrap();
    let before = world.state.accounts.clone();
    let denial = world
        .gate(reserve(&ask(&job, &["visits"], 20_000_000, "b")))
        .unwrap_err();
    assert!(denial.has(Code::BudgetExhausted));
    assert_eq!(
        denial.reasons.len(),
        1,
        "only the job's account is short: {denial}"
    );
    assert_eq!(world.state.accounts, before);
}

#[test]
fn a_failed_query_stays_spent_and_failures_freeze_the_namespace() {
    let (mut world, job) = World::running();
    world
        .gate(reserve(&ask(&job, &["visits"], 10_000_000, "a")))
        .unwrap();
    let fail = |job: &JobId| GateAction::FailJob {
        job: job.clone(),
        residual: true,
    };
    world.gate(fail(&job)).unwrap();
    assert_eq!(spent(&world, Owner::Namespace), 10_000_000);
    for n in 1..=3_u64 {
        assert!(world.state.freezes.is_empty(), "{n} within the allowance");
        let job = world.submit(&n.to_string());
        world.approve(&job);
        world.ok("agency", RunJob { job: job.clone() });
        world
            .gate(reserve(&ask(&job, &["visits"], 10_000_000, &n.to_string())))
            .unwrap();
        world.gate(fail(&job)).unwrap();
    }
    let target: FreezeTarget = "namespace:patient".parse().unwrap();
    assert!(world.state.frozen_at(&target).is_some());
    let denial = world.ask("operator", order("later")).unwrap_err();
    assert!(denial.has(Code::Frozen));
}

#[test]
fn a_guests_own_failure_does_not_count() {
    let (mut world, job) = World::running();
    world
        .gate(reserve(&ask(&job, &["visits"], 10_000_000, "a")))
        .unwrap();
    world
        .gate(GateAction::FailJob {
            job,
            residual: false,
        })
        .unwrap();
    assert_eq!(
        world.state.namespaces[&id::<NamespaceId>("patient")].failures,
        0
    );
}

#[test]
fn a_stored_release_is_reused_for_nothing_while_policy_allows_it() {
    let (mut world, job) = World::running();
    let first = ask(&job, &["visits"], 40_000_000, "q");
    assert_eq!(
        world.gate(reuse(&first)).unwrap_err().code(),
        Code::NothingToReuse
    );
    world.gate(reserve(&first)).unwrap();
    world.gate(release(&job, 0, "r0")).unwrap();
    world.gate(reuse(&first)).unwrap();
    assert_eq!(
        spent(&world, Owner::Job(job.clone())),
        40_000_000,
        "free within the job"
    );
    // Another job of the scenario, once the first one has left: namespace and scenario paid, it pays itself.
    world.gate(finish(&job, "out")).unwrap();
    let other = world.submit("b");
    world.approve(&other);
    world.ok("agency", RunJob { job: other.clone() });
    let again = ask(&other, &["visits"], 40_000_000, "q");
    world.gate(reuse(&again)).unwrap();
    assert_eq!(spent(&world, Owner::Namespace), 40_000_000);
    assert_eq!(spent(&world, Owner::Job(other.clone())), 40_000_000);
    world.ok(
        "provider",
        Delist {
            dataset: id("clinic"),
            reason: "incident".into(),
        },
    );
    assert!(world.gate(reuse(&again)).unwrap_err().has(Code::Delisted));
}

#[test]
fn what_was_delisted_while_running_is_held() {
    let (mut world, job) = World::running();
    world
        .gate(reserve(&ask(&job, &["visits"], 1_000, "q")))
        .unwrap();
    world.ok(
        "regulator",
        Delist {
            dataset: id("clinic"),
            reason: "incident".into(),
        },
    );
    assert!(
        world
            .gate(release(&job, 0, "r0"))
            .unwrap_err()
            .has(Code::Delisted)
    );
    world.gate(finish(&job, "out")).unwrap();
    assert_eq!(world.state.jobs[&job].status, JobStatus::Held);
    let denial = world.ask("agency", ReleaseJob { job }).unwrap_err();
    assert!(denial.has(Code::Delisted));
}

#[test]
fn a_grave_grade_asks_for_two_reviewers_twice() {
    let mut world = World::granted();
    let mut body = order("grave");
    body.manifest.reads[0].columns = vec!["illness".into()];
    world.ok("operator", body.clone());
    let job = world
        .state
        .find_live_job(&id("operator"), &body)
        .unwrap()
        .clone();
    world
        .gate(GateAction::MarkChecked { job: job.clone() })
        .unwrap();
    let approve = || ApproveJob { job: job.clone() };
    world.ok("expert", approve());
    world.ok("provider", approve());
    let status = |world: &World| world.state.jobs[&job].status;
    assert_eq!(
        status(&world),
        JobStatus::Checked,
        "two, but not the agency"
    );
    assert!(
        world
            .ask("bystander", approve())
            .unwrap_err()
            .has(Code::NotYours)
    );
    world.ok("agency", approve());
    assert_eq!(status(&world), JobStatus::Approved);
    world.ok("agency", RunJob { job: job.clone() });
    world.gate(finish(&job, "out")).unwrap();
    assert_eq!(status(&world), JobStatus::Held);
    let vote = || ReleaseJob { job: job.clone() };
    world.ok("agency", vote());
    world.ok("agency", vote());
    assert_eq!(status(&world), JobStatus::Held, "one party votes once");
    world.ok("expert", vote());
    assert_eq!(status(&world), JobStatus::Released);
}

#[test]
fn versions_are_fixed_at_approval() {
    let (mut world, job) = World::running();
    world.draft(draft("clinic", "clinic-2"));
    world.consent("clinic", "clinic-2", "provider");
    world.consent("clinic", "clinic-2", "regulator");
    world.publish("clinic", "clinic-2");
    let clinic = id::<DatasetId>("clinic");
    assert_eq!(world.state.jobs[&job].versions[&clinic], id("clinic-1"));
    assert_eq!(
        world.state.published_version(&clinic),
        Some(&id("clinic-2"))
    );
    world
        .gate(reserve(&ask(&job, &["visits"], 1_000, "q")))
        .unwrap();
    assert_eq!(
        spent(&world, Owner::Namespace),
        1_000,
        "versions share the account"
    );
}

#[test]
fn every_use_is_as_grave_as_the_privacy_unit() {
    for (version, forbidden) in [("clinic-2", false), ("clinic-2-grave", true)] {
        let mut world = World::granted();
        world.draft(draft("clinic", version));
        world.consent("clinic", version, "provider");
        world.consent("clinic", version, "regulator");
        world.publish("clinic", version);
        let body = SubmitQuery {
            scenario: id("care"),
            sql: Digest::of(b"select"),
            budget: budget("0.02", "0"),
            deadline: Seconds(10),
        };
        world.ok("operator", body);
        let job = world.state.jobs.keys().next().unwrap().clone();
        // Counting rows, or joining to be counted, names no column.
        let outcome = world.gate(reserve(&ask(&job, &[], 1_000, "q")));
        assert_eq!(
            outcome.is_err_and(|denial| denial.has(Code::GradeForbids)),
            forbidden,
            "{version}"
        );
    }
}

#[test]
fn an_interactive_query_has_time_and_not_too_much() {
    for (deadline, allowed) in [(0, false), (1, true), (3_600, true), (3_601, false)] {
        let mut world = World::granted();
        let body = SubmitQuery {
            scenario: id("care"),
            sql: Digest::of(b"select"),
            budget: budget("0.02", "0"),
            deadline: Seconds(deadline),
        };
        world.ok("operator", body);
        let job = world.state.jobs.keys().next().unwrap().clone();
        let outcome = world.gate(reserve(&ask(&job, &["visits"], 1_000, "q")));
        let refused = outcome.is_err_and(|denial| denial.has(Code::OverGradeLimit));
        assert_eq!(refused, !allowed, "{deadline} s");
    }
}

#[test]
fn an_interactive_query_has_its_own_account_and_one_query() {
    let mut world = World::granted();
    let body = SubmitQuery {
        scenario: id("care"),
        sql: Digest::of(b"select"),
        budget: budget("0.02", "0"),
        deadline: Seconds(10),
    };
    world.ok("developer", body);
    let Fact::JobStarted { job } = world.log.last().unwrap().event.clone() else {
        panic!("an interactive query runs at once")
    };
    let over = ask(&job, &["visits"], 20_000_001, "q");
    assert!(
        world
            .gate(reserve(&over))
            .unwrap_err()
            .has(Code::BudgetExhausted)
    );
    let grave = ask(&job, &["illness"], 1_000, "q");
    assert!(
        world
            .gate(reserve(&grave))
            .unwrap_err()
            .has(Code::GradeForbids)
    );
    world
        .gate(reserve(&ask(&job, &["visits"], 20_000_000, "q")))
        .unwrap();
    let second = ask(&job, &["visits"], 1, "q2");
    assert!(
        world
            .gate(reserve(&second))
            .unwrap_err()
            .has(Code::TooManyQueries)
    );
}

#[test]
fn repeating_a_request_is_a_no_op() {
    let mut world = World::granted();
    let job = world.submit("a");
    let before = (world.state.clone(), world.log.len());
    for (party, request) in [
        ("operator", Request::from(order("a"))),
        ("agency", batch("clinic", "clinic-1").into()),
        ("agency", approve_scenario().into()),
        (
            "operator",
            ProposeScenario {
                scenario: scenario(),
            }
            .into(),
        ),
        (
            "agency",
            InstallPack {
                pack: pack::DEFAULT.into(),
            }
            .into(),
        ),
        (
            "agency",
            AddParty {
                party: id("expert"),
                kind: PartyKind::Expert,
                key: key("expert").public_key(),
            }
            .into(),
        ),
    ] {
        assert_eq!(
            world.ask(party, request.clone()),
            Ok(0),
            "{}",
            request.kind()
        );
    }
    assert_eq!((world.state.clone(), world.log.len()), before);
    assert_eq!(
        world.gate(GateAction::MarkChecked { job: job.clone() }),
        Ok(1)
    );
    assert_eq!(world.gate(GateAction::MarkChecked { job }), Ok(0));
}
