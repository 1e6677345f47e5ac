//! The job against a fixture, natively. The fixture's numbers are made up.
#![allow(clippy::unwrap_used, reason = "tests")]

use care_model::{SQL, run};
use irongate_guest::testing::Harness;

#[test]
fn hands_over_the_released_table() {
    let harness = Harness::new(env!("CARGO_MANIFEST_DIR")).unwrap();
    let released = harness.fixture("model.csv").unwrap();
    let outcome = harness.answer(SQL, released.clone()).run(run).unwrap();
    assert_eq!(outcome.output("model"), Some(&released));
}
