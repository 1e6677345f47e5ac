//! What one person's rows must not make fail: an accepted statement ends alike whoever is there.

use super::runtime;
use crate::fixture::{Visit, catalog, data, options};
use irongate_engine::{ExecutionEnv, check, execute};

fn visits() -> Vec<Visit> {
    let visit = |unit| (unit, 1, Some(1), 5, Some(1), "li");
    let mut visits: Vec<Visit> = (0..9).map(visit).collect();
    visits.push((251, 2, Some(1), 5, Some(1), "zhang"));
    visits
}

#[test]
fn a_moment_outside_the_calendar_does_not_fail() {
    let zhang = "note = 'zhang' AND district = 2";
    let text = format!("CASE WHEN {zhang} THEN '+5000000-01-01' ELSE '2020-01-01' END");
    let number = format!("CASE WHEN {zhang} THEN 2000000000 ELSE 1 END");
    let mut accepted = 0;
    for moment in [
        format!("CASE WHEN {zhang} THEN CAST(2000000000 AS DATE) ELSE DATE '2020-01-01' END"),
        format!("COALESCE(TRY_CAST({number} AS DATE), DATE '2020-01-01')"),
        format!("COALESCE(TRY_CAST({text} AS DATE), DATE '2020-01-01')"),
        format!(
            "CASE WHEN {zhang} THEN CAST(9000000000000000000 AS TIMESTAMP(0)) ELSE CAST(1 AS TIMESTAMP(0)) END"
        ),
        format!("TRY_CAST({number} AS DATE)"),
        format!("TRY_CAST({text} AS DATE)"),
        format!("NULLIF(TRY_CAST({text} AS DATE), DATE '2020-01-01')"),
    ] {
        for sql in [
            format!("SELECT SUM(EXTRACT(DAY FROM {moment})) FROM visits"),
            format!("SELECT SUM(EXTRACT(DAY FROM t)) FROM (SELECT {moment} AS t FROM visits)"),
            format!(
                "SELECT SUM(EXTRACT(DAY FROM t)) FROM (SELECT id, MAX({moment}) AS t FROM visits GROUP BY id)"
            ),
            format!("SELECT COUNT(DISTINCT EXTRACT(DAY FROM {moment})) FROM visits"),
        ] {
            let Ok(query) = check(&sql, &catalog(), &options()) else {
                continue;
            };
            accepted += 1;
            let data = data(&visits(), 1);
            let released = runtime().block_on(execute(&query, &data, &ExecutionEnv::default()));
            assert!(released.is_ok(), "{sql}: {:?}", released.err());
        }
    }
    // Where the null shows in the type, nothing is lost.
    assert!(accepted >= 12, "{accepted}");
}
