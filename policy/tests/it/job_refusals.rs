//! What the decider refuses of jobs, reservations, thaws and packs.

use crate::flow::{finish, release, reserve};
use crate::refusals::{denied, freeze};
use crate::world::*;
use irongate_policy::agreement::Mode;
use irongate_policy::command::Charges;
use irongate_policy::request::*;
use irongate_policy::*;

const MAPPER: &str = r#"
component = "risk.wasm"
input = "SELECT visits FROM clinic"
max_rows = 10
outputs = [{ name = "score", bounds = ["0", "1"], resolution = "0.01", default = "0" }]
"#;

#[test]
fn reservations_that_go_too_far() {
    let (world, job) = World::running();
    let reserve = |asked: command::Reservation| world.clone().gate(reserve(&asked));
    let base = || ask(&job, &["visits"], 1_000, "q");
    assert_eq!(reserve(base()), Ok(1));
    denied(
        reserve(ask(&job, &["illness"], 1_000, "q")),
        Code::UndeclaredRead,
    );
    let mut elsewhere = base();
    elsewhere.reads = reads("hospital", &["visits"]);
    denied(reserve(elsewhere.clone()), Code::OutOfScope);
    denied(reserve(elsewhere), Code::UndeclaredRead);
    let mut free = base();
    free.charges = Charges::new();
    denied(reserve(free), Code::Uncharged);
    denied(reserve(ask(&job, &["visits"], 0, "q")), Code::Uncharged);
    let mut wrong = base();
    wrong.charges = [(id("citizen"), Loss::from_rho(1_000))].into();
    denied(reserve(wrong), Code::Uncharged);
    denied(
        reserve(ask(&job, &["visits"], 100_000_001, "q")),
        Code::OverGradeLimit,
    );
    denied(
        reserve(ask(&job, &["visits"], 100_000_001, "q")),
        Code::BudgetExhausted,
    );
    let mut delta = base();
    delta.charges = [(id("patient"), Loss::from_rho(1_000).with_delta(1).unwrap())].into();
    denied(reserve(delta), Code::NoDelta);
    let mut nothing = base();
    nothing.reads.clear();
    nothing.charges.clear();
    denied(reserve(nothing), Code::UndeclaredRead);
    denied(
        reserve(ask(&id("job-none"), &["visits"], 1, "q")),
        Code::UnknownJob,
    );
    let mut many = world.clone();
    for n in 0..4_u8 {
        let asked = ask(&job, &["visits"], 1_000, &n.to_string());
        many.gate(crate::flow::reserve(&asked)).unwrap();
    }
    denied(
        many.gate(crate::flow::reserve(&base())),
        Code::TooManyQueries,
    );
}

#[test]
fn jobs_the_grade_or_the_scenario_does_not_allow() {
    let world = World::granted();
    let submit = |party: &str, change: fn(&mut manifest::JobManifest)| {
        let mut body = order("x");
        change(&mut body.manifest);
        world.clone().ask(party, body)
    };
    assert_eq!(submit("developer", |_| ()), Ok(1), "a bound developer may");
    denied(submit("rival", |_| ()), Code::NotBound);
    denied(
        submit("operator", |m| {
            m.reads[0].columns = vec!["secretish".into()]
        }),
        Code::GradeForbids,
    );
    assert_eq!(
        submit("operator", |m| {
            m.mappers
                .insert("risk".into(), toml::from_str(MAPPER).unwrap());
        }),
        Ok(1)
    );
    assert_eq!(
        submit("operator", |m| m.reads[0].columns = vec!["illness".into()]),
        Ok(1)
    );
    denied(
        submit("operator", |m| {
            m.mappers
                .insert("risk".into(), toml::from_str(MAPPER).unwrap());
            m.reads[0].columns = vec!["illness".into()];
        }),
        Code::GradeForbids,
    );
    denied(
        submit("operator", |m| m.budget.cap = "0.26".parse().unwrap()),
        Code::OverGradeLimit,
    );
    denied(
        submit("operator", |m| m.job.deadline = manifest::Seconds(3601)),
        Code::OverGradeLimit,
    );
    denied(
        submit("operator", |m| m.limits.queries = 33),
        Code::OverGradeLimit,
    );
    denied(
        submit("operator", |m| m.job.kind = manifest::JobKind::Interactive),
        Code::BadManifest,
    );
    denied(
        submit("operator", |m| m.job.component = "../job.wasm".into()),
        Code::BadManifest,
    );
    denied(
        submit("operator", |m| m.budget.cap = "-1".parse().unwrap()),
        Code::BadBudget,
    );
    denied(
        submit("operator", |m| m.job.scenario = id("other")),
        Code::UnknownScenario,
    );
    denied(
        submit("operator", |m| m.reads[0].dataset = id("hospital")),
        Code::OutOfScope,
    );
}

#[test]
fn steps_cannot_be_skipped_or_reviewed_by_the_wrong_party() {
    let mut world = World::granted();
    let job = world.submit("a");
    denied(
        world.ask("agency", ApproveJob { job: job.clone() }),
        Code::WrongState,
    );
    denied(
        world.ask("agency", RunJob { job: job.clone() }),
        Code::WrongState,
    );
    denied(world.gate(finish(&job, "out")), Code::WrongState);
    denied(
        world.gate(reserve(&ask(&job, &["visits"], 1_000, "q"))),
        Code::WrongState,
    );
    denied(
        world.ask("agency", ReleaseJob { job: job.clone() }),
        Code::WrongState,
    );
    world
        .gate(GateAction::MarkChecked { job: job.clone() })
        .unwrap();
    denied(
        world.ask("operator", ApproveJob { job: job.clone() }),
        Code::WrongRole,
    );
    world.ok(
        "agency",
        RefuseJob {
            job: job.clone(),
            reason: "no".into(),
        },
    );
    denied(world.ask("agency", ApproveJob { job }), Code::WrongState);
}

#[test]
fn a_thaw_takes_two_and_lifts_only_the_freeze_it_names() {
    let mut world = World::granted();
    let thaw = |at: Timestamp| Thaw {
        target: FreezeTarget::All,
        frozen_at: at,
        reason: "resolved".into(),
    };
    world.ok("agency", freeze("all"));
    let first = world.at;
    world.ok("agency", thaw(first));
    assert_eq!(
        world.ask("agency", thaw(first)),
        Ok(0),
        "one party counts once"
    );
    denied(world.ask("operator", order("a")), Code::Frozen);
    denied(world.ask("provider", thaw(first)), Code::NotYours);
    world.ok("supervisor", thaw(first));
    assert_eq!(world.ask("operator", order("a")), Ok(1));
    world.at.0 += 1;
    world.ok("agency", freeze("all"));
    denied(world.ask("supervisor", thaw(first)), Code::NotFrozen);
}

#[test]
fn parties_do_not_share_keys_and_packs_do_not_go_back() {
    let mut world = World::open();
    let add = |party: &str, of: &str| AddParty {
        party: id(party),
        kind: PartyKind::Expert,
        key: key(of).public_key(),
    };
    denied(world.ask("agency", add("twin", "provider")), Code::KeyInUse);
    denied(world.ask("agency", add("provider", "new")), Code::IdInUse);
    let pack = |version: u32| InstallPack {
        pack: pack::DEFAULT.replace("version = 1", &format!("version = {version}")),
    };
    world.ok("agency", pack(3));
    denied(world.ask("agency", pack(2)), Code::BadPack);
    denied(
        world.ask(
            "agency",
            InstallPack {
                pack: "format = 1".into(),
            },
        ),
        Code::BadPack,
    );
}

#[test]
fn what_a_refused_job_released_is_not_handed_out_again() {
    let (mut world, job) = World::running();
    world
        .gate(reserve(&ask(&job, &["visits"], 1_000, "q")))
        .unwrap();
    world.gate(release(&job, 0, "r")).unwrap();
    let other = world.submit("b");
    world.approve(&other);
    world.ok("agency", RunJob { job: other.clone() });
    let again = crate::flow::reuse(&ask(&other, &["visits"], 1_000, "q"));
    denied(world.gate(again.clone()), Code::NothingToReuse);
    world.ok(
        "agency",
        RefuseJob {
            job,
            reason: "no".into(),
        },
    );
    denied(world.gate(again.clone()), Code::NothingToReuse);
    // Asked anew and paid for, it is this job's to ask again.
    world
        .gate(reserve(&ask(&other, &["visits"], 1_000, "q")))
        .unwrap();
    world.gate(release(&other, 0, "r-2")).unwrap();
    world.gate(again).unwrap();
}

#[test]
fn a_running_job_is_not_started_again() {
    let (mut world, job) = World::running();
    denied(world.ask("agency", RunJob { job }), Code::WrongState);
}

#[test]
fn a_running_job_needs_the_quorum_of_the_pack_in_force() {
    let (mut world, job) = World::running();
    let pack = pack::DEFAULT
        .replace("version = 1", "version = 2")
        .replace("quorum = 1\nhold", "quorum = 2\nhold");
    world.ok("agency", InstallPack { pack });
    let asked = ask(&job, &["visits"], 1_000, "q");
    denied(world.gate(reserve(&asked)), Code::QuorumMissing);
}

#[test]
fn a_provider_who_came_later_must_sign_the_agreement_too() {
    let mut world = World::granted();
    let mut moved = draft("clinic", "clinic-2");
    moved.spec.provider = id("bystander");
    let change = change_hash(&moved).unwrap();
    world.draft(moved);
    for party in ["provider", "bystander", "regulator"] {
        world.ok(
            party,
            Consent {
                dataset: id("clinic"),
                change,
            },
        );
    }
    let changes = vec![ChangeRef {
        dataset: id("clinic"),
        change,
    }];
    world.ok(
        "agency",
        Publish {
            batch: id("b"),
            changes,
        },
    );
    denied(world.ask("operator", order("a")), Code::ProviderMissing);
    let terms = Digest::of_json(&agreement(Mode::Scenario)).unwrap();
    world.ok(
        "bystander",
        ConsentAgreement {
            agreement: id("health-2026"),
            terms,
        },
    );
    assert_eq!(world.ask("operator", order("a")), Ok(1));
}
