//! Refusals, as cases: a world, one thing wrong, the code.

use crate::flow::{finish, release, reserve};
use crate::world::*;
use irongate_policy::agreement::Mode;
use irongate_policy::request::*;
use irongate_policy::*;

#[track_caller]
pub(crate) fn denied(outcome: Result<usize, Denial>, code: Code) {
    match outcome {
        Ok(events) => panic!("{events} events instead of `{}`", code.as_str()),
        Err(denial) => assert!(denial.has(code), "not `{}` but {denial}", code.as_str()),
    }
}

fn day(text: &str) -> Timestamp {
    text.parse::<Day>().unwrap().start()
}

pub(crate) fn freeze(target: &str) -> Freeze {
    Freeze {
        target: target.parse().unwrap(),
        reason: "incident".into(),
    }
}

#[test]
fn statements_that_are_not_what_they_seem() {
    let mut world = World::granted();
    let signed = world.sign("agency", freeze("all"));
    let party = |signed: &Signed| Action::Party(Box::new(signed.clone()));

    let mut altered = signed.clone();
    altered.statement.request = freeze("dataset:clinic").into();
    denied(world.act(party(&altered)), Code::BadSignature);
    let mut nonce = signed.clone();
    nonce.statement.nonce = Nonce::new([1; 32]);
    denied(world.act(party(&nonce)), Code::BadSignature);
    let mut other = signed.clone();
    other.statement.origin = "elsewhere/log".into();
    denied(world.act(party(&other)), Code::OtherOrigin);
    let elsewhere = key("agency")
        .sign(
            freeze("all").into(),
            "elsewhere/log",
            Nonce::new([2; 32]),
            id("agency"),
        )
        .unwrap();
    denied(world.act(party(&elsewhere)), Code::OtherOrigin);
    let forged = key("operator")
        .sign(
            freeze("all").into(),
            ORIGIN,
            Nonce::new([3; 32]),
            id("agency"),
        )
        .unwrap();
    denied(world.act(party(&forged)), Code::BadSignature);
    let stranger = key("stranger")
        .sign(
            freeze("all").into(),
            ORIGIN,
            Nonce::new([4; 32]),
            id("stranger"),
        )
        .unwrap();
    denied(world.act(party(&stranger)), Code::UnknownParty);
    assert_eq!(world.act(party(&signed)), Ok(1));
    denied(world.act(party(&signed)), Code::Replayed);
}

#[test]
fn every_reason_is_named_at_once() {
    let mut world = World::granted();
    let mut body = order("x");
    body.manifest.reads[0].columns.push("nowhere".into());
    body.manifest.budget.cap = "9".parse().unwrap();
    body.manifest.limits.fuel = 1 << 50;
    body.manifest.outputs[0].max_rows = 1 << 40;
    world.ok("agency", freeze("all"));
    let denial = world.ask("rival", body).unwrap_err();
    for code in [
        Code::Frozen,
        Code::UnknownColumn,
        Code::OverGradeLimit,
        Code::NotBound,
    ] {
        assert!(denial.has(code), "{}", code.as_str());
    }
    let over = denial
        .reasons
        .iter()
        .filter(|r| r.code == Code::OverGradeLimit)
        .count();
    assert_eq!(over, 3);
}

#[test]
fn time_does_not_go_back() {
    let mut world = World::granted();
    world.at.0 -= 1;
    denied(world.ask("agency", freeze("all")), Code::ClockWentBack);
}

#[test]
fn nothing_before_the_log_is_open_and_nothing_twice() {
    let mut empty = World::default();
    denied(empty.ask("agency", freeze("all")), Code::NotInitialised);
    let genesis = |log_key: &str| Genesis {
        key: key("agency").public_key(),
        log_key: log_key.into(),
        pack: pack::DEFAULT.into(),
    };
    denied(empty.ask("operator", genesis("k")), Code::BadSignature);
    let mut world = World::open();
    assert_eq!(world.ask("agency", genesis("log key")), Ok(0));
    denied(
        world.ask("agency", genesis("other")),
        Code::AlreadyInitialised,
    );
}

#[test]
fn the_agency_cannot_stand_in_for_provider_or_regulator() {
    let mut world = World::open();
    let first = draft("clinic", "clinic-1");
    let consent = Consent {
        dataset: id("clinic"),
        change: change_hash(&first).unwrap(),
    };
    world.draft(first);
    denied(world.ask("agency", consent.clone()), Code::WrongRole);
    denied(world.ask("bystander", consent.clone()), Code::NotYours);
    world.ok("provider", consent.clone());
    denied(
        world.ask("agency", batch("clinic", "clinic-1")),
        Code::NotConsented,
    );
    // The regulator consents to another change: the hashes differ.
    world.draft(draft("clinic", "clinic-2"));
    world.consent("clinic", "clinic-2", "regulator");
    denied(
        world.ask("agency", batch("clinic", "clinic-1")),
        Code::NotConsented,
    );
    denied(
        world.ask("agency", batch("clinic", "clinic-2")),
        Code::NotConsented,
    );
    world.ok("regulator", consent);
    assert_eq!(world.ask("agency", batch("clinic", "clinic-1")), Ok(1));
}

#[test]
fn drafts_that_break_a_rule() {
    let world = World::published();
    let record =
        |draft: command::Draft| world.clone().gate(GateAction::RecordDraft(Box::new(draft)));
    let protected = |draft: &mut command::Draft, change: fn(&mut dataset::Protected)| {
        if let dataset::Protection::Protected(protected) = &mut draft.spec.protection {
            change(protected);
        }
    };
    let fresh = || draft("clinic", "clinic-9");
    assert!(record(fresh()).is_ok());

    let mut second = fresh();
    protected(&mut second, |p| p.unit.namespace = id("citizen"));
    denied(record(second), Code::SecondNamespace);
    let mut public = fresh();
    public.spec.protection = dataset::Protection::Public;
    denied(record(public.clone()), Code::SecondNamespace);
    public.spec.name = id("clinic-open");
    denied(record(public), Code::SecondNamespace);
    let mut richer = fresh();
    protected(&mut richer, |p| p.budget.cap = "9".parse().unwrap());
    denied(record(richer), Code::BudgetDiffers);
    let mut renamed = fresh();
    for column in renamed
        .spec
        .columns
        .iter_mut()
        .filter(|c| c.role == dataset::Role::Unit)
    {
        column.kind = dataset::ColumnType::String;
    }
    denied(record(renamed), Code::UnitDiffers);
    let mut negative = draft("new", "new-1");
    protected(&mut negative, |p| {
        p.unit.namespace = id("fresh");
        p.budget.cap = "-1".parse().unwrap();
    });
    denied(record(negative), Code::BadBudget);
    let mut nobody = fresh();
    nobody.spec.provider = id("operator");
    denied(record(nobody), Code::UnknownParty);
    denied(record(draft("new", "clinic-1")), Code::VersionInUse);
    let mut large = fresh();
    protected(&mut large, |p| p.units_at_most = u64::MAX);
    denied(record(large), Code::BadSpec);
}

#[test]
fn a_new_provider_cannot_replace_the_old_one_alone() {
    let mut world = World::published();
    let mut moved = draft("clinic", "clinic-2");
    moved.spec.provider = id("bystander");
    let change = change_hash(&moved).unwrap();
    world.draft(moved);
    for party in ["bystander", "regulator"] {
        world.ok(
            party,
            Consent {
                dataset: id("clinic"),
                change,
            },
        );
    }
    let publish = Publish {
        batch: id("b"),
        changes: vec![ChangeRef {
            dataset: id("clinic"),
            change,
        }],
    };
    denied(world.ask("agency", publish.clone()), Code::NotConsented);
    world.ok(
        "provider",
        Consent {
            dataset: id("clinic"),
            change,
        },
    );
    world.ok("agency", publish);
}

#[test]
fn agreements_that_may_not_stand() {
    let mut world = World::published();
    let offer = |change: fn(&mut agreement::Agreement), mode| {
        let mut agreement = agreement(mode);
        change(&mut agreement);
        world.clone().ask("agency", OfferAgreement { agreement })
    };
    assert_eq!(offer(|_| (), Mode::Scenario), Ok(1));
    assert_eq!(offer(|_| (), Mode::Whole), Ok(1));
    denied(
        offer(|a| a.to = "2029-12-02".parse().unwrap(), Mode::Whole),
        Code::BadTerm,
    );
    denied(offer(|a| a.to = a.from, Mode::Whole), Code::BadTerm);
    denied(
        offer(|a| a.operator = id("agency"), Mode::Whole),
        Code::UnknownParty,
    );
    denied(
        offer(|a| a.datasets = vec![id("clinic")], Mode::Whole),
        Code::BadAgreement,
    );
    denied(
        offer(|a| a.datasets = vec![], Mode::Scenario),
        Code::BadAgreement,
    );
    denied(
        offer(|a| a.datasets = vec![id("nowhere")], Mode::Domain),
        Code::NotPublished,
    );
    denied(
        offer(|a| a.domains = vec![id("provider")], Mode::Domain),
        Code::UnknownParty,
    );

    let terms = agreement(Mode::Scenario);
    let digest = Digest::of_json(&terms).unwrap();
    let accept = |terms| AcceptAgreement {
        agreement: id("health-2026"),
        terms,
    };
    world.ok("agency", OfferAgreement { agreement: terms });
    denied(world.ask("rival", accept(digest)), Code::NotYours);
    denied(
        world.ask("operator", accept(Digest::of(b"other"))),
        Code::OtherTerms,
    );
    world.ok("operator", accept(digest));
    denied(
        world.ask(
            "operator",
            ProposeScenario {
                scenario: scenario(),
            },
        ),
        Code::AgreementNotActive,
    );
    let consent = ConsentAgreement {
        agreement: id("health-2026"),
        terms: digest,
    };
    denied(world.ask("bystander", consent.clone()), Code::NotYours);
    world.ok("provider", consent);
    denied(
        world.ask(
            "rival",
            ProposeScenario {
                scenario: scenario(),
            },
        ),
        Code::NotYours,
    );
    let mut wide = scenario();
    wide.datasets.push(id("hospital"));
    denied(
        world.ask("operator", ProposeScenario { scenario: wide }),
        Code::OutOfScope,
    );
    world.ok(
        "operator",
        ProposeScenario {
            scenario: scenario(),
        },
    );
    let mut second = scenario();
    second.id = id("second");
    denied(
        world.ask("operator", ProposeScenario { scenario: second }),
        Code::SecondScenario,
    );
    denied(
        world.ask("operator", order("early")),
        Code::ScenarioNotApproved,
    );
}

/// What stops use at each step: submission, approval, start, reservation, query release, job end.
#[test]
fn what_stops_use_stops_it_at_every_step() {
    type Stop = (&'static str, fn(&mut World), Code);
    let stops: [Stop; 8] = [
        (
            "freeze all",
            |w| w.ok("supervisor", freeze("all")),
            Code::Frozen,
        ),
        (
            "freeze dataset",
            |w| w.ok("provider", freeze("dataset:clinic")),
            Code::Frozen,
        ),
        (
            "freeze operator",
            |w| w.ok("agency", freeze("operator:operator")),
            Code::Frozen,
        ),
        (
            "freeze namespace",
            |w| w.ok("agency", freeze("namespace:patient")),
            Code::Frozen,
        ),
        (
            "delist",
            |w| {
                w.ok(
                    "provider",
                    Delist {
                        dataset: id("clinic"),
                        reason: "x".into(),
                    },
                )
            },
            Code::Delisted,
        ),
        (
            "revoke",
            |w| {
                w.ok(
                    "agency",
                    RevokeAgreement {
                        agreement: id("health-2026"),
                        reason: "x".into(),
                    },
                )
            },
            Code::AgreementRevoked,
        ),
        ("expire", |w| w.at = day("2029-12-01"), Code::OutsideTerm),
        (
            "stricter pack",
            |w| {
                let pack = pack::DEFAULT
                    .replace("version = 1", "version = 2")
                    .replace("kinds = [\"analyst\", ", "kinds = [");
                w.ok("agency", InstallPack { pack });
            },
            Code::GradeForbids,
        ),
    ];
    for (name, stop, code) in stops {
        eprintln!("{name}");
        let mut world = World::granted();
        let stopped = |world: &World| {
            let mut world = world.clone();
            stop(&mut world);
            world
        };
        denied(stopped(&world).ask("operator", order("a")), code);
        let job = world.submit("a");
        world
            .gate(GateAction::MarkChecked { job: job.clone() })
            .unwrap();
        denied(
            stopped(&world).ask("agency", ApproveJob { job: job.clone() }),
            code,
        );
        world.ok("agency", ApproveJob { job: job.clone() });
        denied(
            stopped(&world).ask("agency", RunJob { job: job.clone() }),
            code,
        );
        world.ok("agency", RunJob { job: job.clone() });
        let asked = ask(&job, &["visits"], 1_000, "q");
        denied(stopped(&world).gate(reserve(&asked)), code);
        world.gate(reserve(&asked)).unwrap();
        denied(stopped(&world).gate(release(&job, 0, "r")), code);
        world.gate(release(&job, 0, "r")).unwrap();
        let mut held = stopped(&world);
        held.gate(finish(&job, "out")).unwrap();
        assert_eq!(
            held.state.jobs[&job].status,
            state::JobStatus::Held,
            "{name}"
        );
        denied(held.ask("agency", ReleaseJob { job: job.clone() }), code);
    }
}

/// The ends of a released value's interval leave beside it: a column of the same name would stand in their place.
#[test]
fn no_column_is_called_as_an_end_of_anothers_interval() {
    let whole = order("x").manifest;
    assert_eq!(whole.problems(), Vec::<String>::new());
    for end in ["_low95", "_high95"] {
        let mut manifest = whole.clone();
        let columns = &mut manifest.outputs[0].columns;
        let mut forged = columns[0].clone();
        forged.name += end;
        columns.insert(0, forged);
        let problems = manifest.problems();
        assert!(
            problems.len() == 1 && problems[0].contains("noise interval"),
            "{problems:?}"
        );
    }
}
