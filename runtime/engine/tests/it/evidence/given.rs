//! A release that uses a value of an earlier one: whatever that value came out as, one person moves it by
//! no more than is charged for.

use super::judge::{groups, violations};
use super::{Neighbours, on_all_cores, runtime};
use crate::fixture::{Visit, catalog, options};
use irongate_engine::{
    BoundedRelease, ExecutionEnv, assumed, bounded_given, check, given, prepare,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const STATEMENTS: &[&str] = &[
    "SELECT COUNT(*) FROM visits WHERE amount > (SELECT AVG(amount) FROM visits)",
    "SELECT district, COUNT(*), SUM(amount) FROM visits v CROSS JOIN (SELECT AVG(amount) AS m FROM visits) e WHERE v.amount > e.m GROUP BY district",
    "SELECT SUM(amount) FROM visits v JOIN (SELECT district AS most FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) ORDER BY n DESC LIMIT 1) t ON v.district = t.most",
    "SELECT SUM(CLAMP(v.amount - CLAMP(m.n, 0, 100), -3, 3)) FROM visits v CROSS JOIN (SELECT COUNT(*) AS n FROM people) m",
    "SELECT COUNT(*) FROM visits WHERE id IN (SELECT id FROM visits GROUP BY id HAVING SUM(amount) > (SELECT COUNT(*) FROM visits))",
    "SELECT COUNT(*) FROM visits WHERE amount > (SELECT COUNT(*) / 2 FROM visits WHERE amount > (SELECT COUNT(*) / 3 FROM visits))",
    "SELECT SUM(CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN amount ELSE 0 END) FROM visits",
    "SELECT amount > (SELECT COUNT(*) / 8 FROM visits) AS k, COUNT(*) FILTER (WHERE amount < (SELECT COUNT(*) / 4 FROM visits)), SUM(amount) FROM visits GROUP BY k",
    "SELECT SUM(s) FROM (SELECT id, SUM(CASE WHEN amount > (SELECT AVG(amount) FROM visits) THEN amount ELSE 0 END) AS s FROM visits GROUP BY id)",
    "SELECT COUNT(*), SUM(amount) FROM visits WHERE district IN (SELECT district FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) WHERE n > 8)",
    "SELECT COUNT(*) FROM visits WHERE amount NOT IN (SELECT n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY ROLLUP (district)))",
    "SELECT v.district, SUM(amount * CLAMP(t.n, 0, 9)) FROM visits v JOIN (SELECT district, n FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) ORDER BY n DESC LIMIT 2) t ON v.district = t.district GROUP BY v.district",
    "SELECT SUM(CLAMP(amount - CLAMP((SELECT COUNT(*) / 8 FROM visits), 0, 100), -3, 3)) FROM visits",
];
/// Pairs of databases for each statement.
const PAIRS: usize = 12;

fn visit(random: &mut ChaCha8Rng) -> Visit {
    (
        random.random_range(1..6),
        random.random_range(1..5),
        (!random.random_bool(0.2)).then(|| random.random_range(0..11)),
        random.random_range(0..1000),
        None,
        "a",
    )
}

#[test]
fn a_release_that_uses_a_released_value_moves_as_charged() {
    let results = on_all_cores(STATEMENTS.len() * PAIRS, |number| {
        let sql = STATEMENTS[number % STATEMENTS.len()];
        let mut random = ChaCha8Rng::seed_from_u64(number as u64);
        let mut visits: Vec<Visit> = (0..30).map(|_| visit(&mut random)).collect();
        visits.sort_by_key(|v| v.0);
        let pair = Neighbours::new(&visits, visits[random.random_range(0..30)].0, 2);
        let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let env = ExecutionEnv::default();
        runtime().block_on(async {
            // As the gate does: what is not let in shows nothing.
            prepare(&query, &pair.with, &env).await.unwrap();
            let seen = given(&query, &pair.with, &env).await.unwrap();
            let of =
                |releases: Vec<BoundedRelease>| releases.iter().map(groups).collect::<Vec<_>>();
            let with = of(bounded_given(&query, &pair.with, &env, &seen)
                .await
                .unwrap());
            let without = of(bounded_given(&query, &pair.without, &env, &seen)
                .await
                .unwrap());
            // As many releases as the statement has, none of them left out.
            assert!(with.len() > 1 && with.len() == without.len());
            let last_moved = with.last() != without.last();
            let found = violations(&assumed(&query).unwrap(), &with, &without);
            assert!(found.is_empty(), "{sql}: {found:#?}");
            last_moved
        })
    });
    // A property of results that never move would show nothing.
    let moved = results.iter().filter(|moved| **moved).count();
    assert!(moved * 4 > results.len(), "{moved} of {}", results.len());
}
