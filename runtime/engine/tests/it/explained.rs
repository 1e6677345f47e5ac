//! What `explain` says, as people and as programs read it.

use crate::fixture::catalog;
use irongate_engine::{Explain, LossRequest, QueryOptions, check};

fn explain(sql: &str, loss: LossRequest) -> Explain {
    let options = QueryOptions {
        delta: "1e-6".parse().unwrap(),
        max_rows_per_group: Some(2),
        ..QueryOptions::new(loss)
    };
    check(sql, &catalog(), &options).unwrap().explain()
}

fn epsilon() -> LossRequest {
    LossRequest::Epsilon("1".parse().unwrap())
}

const DENSE: &str = "SELECT district, COUNT(*) AS n, SUM(CLAMP(free, 0, 3)) AS f, AVG(amount) AS a, STDDEV(cost) AS s \
                     FROM visits WHERE note <> 'x' GROUP BY district";

#[test]
fn a_dense_release_is_told_as_a_tree() {
    insta::assert_snapshot!(explain(DENSE, epsilon()));
}

#[test]
fn a_dense_release_is_told_as_json() {
    insta::assert_json_snapshot!(explain(DENSE, epsilon()));
}

#[test]
fn thresholded_keys_and_grouping_sets_are_told_as_a_tree() {
    let sql = "SELECT note, COUNT(DISTINCT id) AS u, CORR(amount, cost) AS c FROM visits GROUP BY ROLLUP (note)";
    insta::assert_snapshot!(explain(sql, LossRequest::Rho("0.5".parse().unwrap())));
}

#[test]
fn public_tables_cost_nothing() {
    insta::assert_snapshot!(explain("SELECT area FROM areas", epsilon()));
}

#[test]
fn a_cap_is_told_with_what_set_it() {
    let rows = "visits";
    let sums = "(SELECT id, district, SUM(amount) AS s FROM visits GROUP BY id, district)";
    for (from, asked, told) in [
        (rows, None, (5, "from metadata")),
        (rows, Some(2), (2, "asked for")),
        (sums, Some(2), (1, "one row of a unit in a group")),
        (sums, Some(1), (1, "asked for")),
    ] {
        let sql = format!("SELECT district, COUNT(*) FROM {from} GROUP BY district");
        let options = QueryOptions {
            max_rows_per_group: asked,
            ..QueryOptions::new(epsilon())
        };
        let query = check(&sql, &catalog(), &options).unwrap();
        let caps = query.explain().releases[0].max_rows_per_group;
        assert_eq!(caps, told, "{sql}");
    }
}
