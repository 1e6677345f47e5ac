//! The job against a fixture, natively. The fixture's numbers are made up.
#![allow(clippy::unwrap_used, reason = "tests")]

use complaint_topics::{SQL, run};
use irongate_guest::testing::Harness;

#[test]
fn hands_over_the_released_table() {
    let harness = Harness::new(env!("CARGO_MANIFEST_DIR")).unwrap();
    let released = harness.fixture("topics.csv").unwrap();
    let outcome = harness.answer(SQL, released.clone()).run(run).unwrap();
    assert_eq!(outcome.output("topics"), Some(&released));
}
