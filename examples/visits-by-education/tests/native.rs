//! The job against fixtures, natively. The numbers of the fixture are made up.
#![allow(clippy::unwrap_used, reason = "tests")]

use irongate_guest::testing::Harness;
use irongate_guest::{Error, Level};
use visits_by_education::{SQL, Visits, run};

fn harness() -> Harness {
    Harness::new(env!("CARGO_MANIFEST_DIR")).unwrap()
}

#[test]
fn hands_over_the_released_table() {
    let harness = harness();
    let released = harness.fixture("visits.csv").unwrap();
    let outcome = harness.answer(SQL, released.clone()).run(run).unwrap();
    assert_eq!(outcome.output("visits"), Some(&released));
    assert_eq!(
        outcome.log,
        [(Level::Info, "20 groups, 1 without a mean".to_owned())]
    );
    let rows: Vec<Visits> = released.rows().unwrap();
    assert!(
        rows.iter()
            .flat_map(|row| row.mean_visits)
            .all(|mean| mean.half_width > 0.0)
    );
}

#[test]
fn asks_one_question_within_its_budget() {
    let harness = harness();
    let released = harness.fixture("visits.csv").unwrap();
    let asked = harness.answer_next(released).run(run).unwrap().asked;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].options.rho.as_deref(), Some("0.04"));
    assert_eq!(asked[0].options.max_groups_per_unit, Some(5));
}

#[test]
fn a_denial_ends_the_job() {
    let denied = Error::Denied(vec!["budget-exhausted".into()]);
    assert_eq!(harness().refuse(SQL, denied.clone()).run(run), Err(denied));
}
