//! The evidence interface and the planted faults do what they say.

use crate::fixture::{Visit, catalog, data, options};
use arrow::array::{AsArray, types::Int64Type};
use irongate_engine::{ExecutionEnv, Fault, LossRequest, QueryOptions, bounded, check, release};

#[test]
fn bounded_results_are_exact_and_faults_show() {
    let visits: Vec<Visit> = (0..20).map(|u| (u, 1, Some(90), 1, None, "a")).collect();
    let options = QueryOptions {
        loss: LossRequest::Epsilon("0.1".parse().unwrap()),
        ..options()
    };
    let query = check(
        "SELECT SUM(CLAMP(amount, 0, 2)) FROM visits",
        &catalog(),
        &options,
    )
    .unwrap();
    let data = data(&visits, 1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let with = |fault| ExecutionEnv {
        fault,
        ..ExecutionEnv::default()
    };
    let exact = runtime
        .block_on(bounded(&query, &data, &with(None)))
        .unwrap();
    assert_eq!(exact[0].measures, [[40]]);
    let value = |fault| {
        let released = runtime
            .block_on(release(&query, &exact, &data, &with(fault)))
            .unwrap();
        released
            .batch
            .column(0)
            .as_primitive::<Int64Type>()
            .value(0)
    };
    assert_eq!(value(Some(Fault::NoiseMissing)), 40);
    assert!((0..20).any(|_| value(None) != 40));
    let plain = check("SELECT SUM(amount) FROM visits", &catalog(), &options).unwrap();
    let sum = |fault| {
        runtime
            .block_on(bounded(&plain, &data, &with(fault)))
            .unwrap()[0]
            .measures[0][0]
    };
    assert_eq!((sum(None), sum(Some(Fault::ClampRemoved))), (200, 1800));
}
