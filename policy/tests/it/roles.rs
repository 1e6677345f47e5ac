//! Role × action: every kind of party asks for everything; only those named may.

use crate::world::*;
use irongate_policy::agreement::Mode;
use irongate_policy::manifest::Seconds;
use irongate_policy::request::*;
use irongate_policy::*;

/// One request of each kind, and the parties who may be heard. All else about it is arranged so that
/// the role alone decides: others must be told `wrong-role`, these must not.
fn matrix() -> Vec<(Request, &'static [&'static str])> {
    let reason = || "drill".to_owned();
    let job = || id::<JobId>("job-0");
    let reviewers: &[&str] = &[
        "agency",
        "provider",
        "bystander",
        "regulator",
        "supervisor",
        "expert",
    ];
    let terms = Digest::of(b"terms");
    let agreement = || id::<AgreementId>("health-2026");
    vec![
        (
            Genesis {
                key: key("x").public_key(),
                log_key: "k".into(),
                pack: String::new(),
            }
            .into(),
            &["agency"],
        ),
        (
            AddParty {
                party: id("new"),
                kind: PartyKind::Expert,
                key: key("new").public_key(),
            }
            .into(),
            &["agency"],
        ),
        (
            InstallPack {
                pack: String::new(),
            }
            .into(),
            &["agency"],
        ),
        (
            Consent {
                dataset: id("clinic"),
                change: terms,
            }
            .into(),
            &["provider", "bystander", "regulator"],
        ),
        (batch("clinic", "clinic-1").into(), &["agency"]),
        (
            Delist {
                dataset: id("clinic"),
                reason: reason(),
            }
            .into(),
            &["agency", "provider", "bystander", "regulator"],
        ),
        (
            OfferAgreement {
                agreement: crate::world::agreement(Mode::Whole),
            }
            .into(),
            &["agency"],
        ),
        (
            AcceptAgreement {
                agreement: agreement(),
                terms,
            }
            .into(),
            &["operator", "rival"],
        ),
        (
            ConsentAgreement {
                agreement: agreement(),
                terms,
            }
            .into(),
            &["provider", "bystander"],
        ),
        (
            RevokeAgreement {
                agreement: agreement(),
                reason: reason(),
            }
            .into(),
            &["agency"],
        ),
        (
            ProposeScenario {
                scenario: scenario(),
            }
            .into(),
            &["operator", "rival"],
        ),
        (approve_scenario().into(), &["agency"]),
        (order("x").into(), &["operator", "rival", "developer"]),
        (
            SubmitQuery {
                scenario: id("care"),
                sql: terms,
                budget: budget("0.01", "0"),
                deadline: Seconds(10),
            }
            .into(),
            &["operator", "rival", "developer"],
        ),
        (ApproveJob { job: job() }.into(), reviewers),
        (RunJob { job: job() }.into(), &["agency"]),
        (ReleaseJob { job: job() }.into(), reviewers),
        (
            RefuseJob {
                job: job(),
                reason: reason(),
            }
            .into(),
            reviewers,
        ),
        (
            Freeze {
                target: FreezeTarget::All,
                reason: reason(),
            }
            .into(),
            &["agency", "provider", "bystander", "regulator", "supervisor"],
        ),
        (
            Thaw {
                target: FreezeTarget::All,
                frozen_at: Timestamp(0),
                reason: reason(),
            }
            .into(),
            &["agency", "provider", "bystander", "regulator", "supervisor"],
        ),
    ]
}

#[test]
fn only_parties_of_the_right_kind_are_heard() {
    let world = World::granted();
    let mut refused = 0;
    for (request, may) in matrix() {
        for (party, _) in PARTIES {
            let outcome = world.clone().ask(party, request.clone());
            let wrong = outcome.is_err_and(|denial| denial.has(Code::WrongRole));
            assert_eq!(
                wrong,
                !may.contains(&party),
                "{party} asks {}",
                request.kind()
            );
            refused += usize::from(wrong);
        }
    }
    assert_eq!(matrix().len(), 20, "every kind of request is in the matrix");
    assert!(refused > 100);
}

#[test]
fn an_auditor_can_change_nothing() {
    for (request, _) in matrix() {
        assert!(World::granted().ask("auditor", request).is_err());
    }
}
