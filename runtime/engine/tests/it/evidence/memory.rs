//! A pool too small for a plan is an error, or the plan's answer: never a hang, never another answer.

use super::runtime;
use crate::fixture::{Data, Visit, catalog, data, options};
use irongate_engine::{
    BoundedRelease, CheckedQuery, ExecutionEnv, ExecutionError, bounded, bounded_in_sql, check,
};
use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// Merge and hash joins, unions, aggregates and windows of a unit.
const SOURCES: [&str; 8] = [
    "visits v",
    "visits v JOIN people p ON v.id = p.id",
    "visits v JOIN visits w ON v.id = w.id AND v.amount <= w.amount",
    "visits v LEFT ANTI JOIN visits w ON v.id = w.id AND v.amount > w.amount",
    "visits v JOIN areas a ON v.district = a.district",
    "(SELECT * FROM visits UNION ALL SELECT * FROM visits WHERE amount > 3) v",
    "(SELECT id, district, SUM(amount) AS amount FROM visits GROUP BY id, district) v",
    "(SELECT *, RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits) v",
];

const POOLS: [usize; 7] = [
    1 << 10,
    4 << 10,
    16 << 10,
    64 << 10,
    256 << 10,
    1 << 20,
    4 << 20,
];

/// Each unit with as many rows as the fixture declares.
fn visits() -> Vec<Visit> {
    let visit = |at: i64| {
        let (unit, row) = ((at / 5) as u8, at % 5);
        let amount = (at % 7 != 0).then_some(at % 11);
        (unit, 1 + row % 3, amount, 100, Some(row), "note")
    };
    (0..5 * 256).map(visit).collect()
}

type End = Result<Vec<BoundedRelease>, ExecutionError>;

/// How the query ends with so much memory; panics where it does not.
fn end(query: &Arc<CheckedQuery>, data: &Arc<Data>, memory_bytes: usize, cores: usize) -> End {
    let (tell, told) = mpsc::channel();
    let (query, data) = (Arc::clone(query), Arc::clone(data));
    std::thread::spawn(move || {
        let env = ExecutionEnv {
            memory_bytes,
            cores: NonZeroUsize::new(cores).unwrap(),
            ..ExecutionEnv::default()
        };
        tell.send(runtime().block_on(bounded(&query, data.as_ref(), &env)))
    });
    // A second is plenty: a slow machine is not what is looked for.
    let end = told.recv_timeout(Duration::from_secs(30));
    end.unwrap_or_else(|_| panic!("{memory_bytes} bytes and {cores} cores: runs on"))
}

#[test]
fn a_small_pool_gives_an_error_or_the_answer_and_never_a_hang() {
    let data = Arc::new(data(&visits(), 3));
    let (mut short, mut answered) = (0, 0);
    for from in SOURCES {
        let sql = format!(
            "SELECT v.district, COUNT(*), SUM(CLAMP(v.amount, 0, 10)) FROM {from} GROUP BY v.district"
        );
        let query =
            Arc::new(check(&sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}")));
        let env = ExecutionEnv::default();
        let oracle = bounded_in_sql(&query, data.as_ref(), &env);
        let oracle = runtime().block_on(oracle).unwrap();
        for (pool, cores) in POOLS.into_iter().flat_map(|pool| [(pool, 1), (pool, 4)]) {
            match end(&query, &data, pool, cores) {
                Ok(bounded) => {
                    for (bounded, oracle) in bounded.iter().zip(&oracle) {
                        assert_eq!(bounded.measures, oracle.measures, "{pool}: {from}");
                    }
                    answered += 1;
                }
                // Less than the groups alone may take, which is known before.
                Err(ExecutionError::TooLarge(text)) => {
                    assert!(text.contains("the groups"), "{pool}: {from}: {text}");
                }
                Err(error) => {
                    let text = error.to_string();
                    assert!(
                        text.contains("out of its memory"),
                        "{pool}: {from}: {error:?}"
                    );
                    short += 1;
                }
            }
        }
        assert!(end(&query, &data, 64 << 20, 4).is_ok(), "{from}");
    }
    assert!(
        short > 10 && answered > 10,
        "{short} errors, {answered} answers"
    );
}
