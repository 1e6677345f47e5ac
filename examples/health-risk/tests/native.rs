//! The job against fixtures, natively. The numbers of the fixtures are made up.
#![allow(clippy::unwrap_used, reason = "tests")]

use health_risk::{BY_EDUCATION, BY_TREND, run};
use irongate_guest::testing::Harness;

#[test]
fn hands_over_both_tables() {
    let harness = Harness::new(env!("CARGO_MANIFEST_DIR")).unwrap();
    let by_trend = harness.fixture("by_trend.csv").unwrap();
    let by_education = harness.fixture("by_education.csv").unwrap();
    let outcome = harness
        .answer(BY_TREND, by_trend.clone())
        .answer(BY_EDUCATION, by_education.clone())
        .run(run)
        .unwrap();
    assert_eq!(outcome.output("by_trend"), Some(&by_trend));
    assert_eq!(outcome.output("by_education"), Some(&by_education));
    let spent: Vec<_> = outcome.asked.iter().map(|asked| asked.options.rho.as_deref()).collect();
    assert_eq!(spent, [Some("0.02"), Some("0.02")]);
}
