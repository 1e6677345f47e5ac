//! Statistics computed from noisy sums, conditions on aggregates, grouping sets: exact when noise is nothing,
//! and inside their half-widths when it is not.

use crate::fixture::{Visit, catalog, data, options};
use arrow::array::ArrayRef;
use arrow::util::display::array_value_to_string;
use irongate_engine::{
    ColumnStatus, ExecutionEnv, LossRequest, QueryOptions, Released, check, execute,
};

const VISITS: [Visit; 7] = [
    (1, 1, Some(3), 100, Some(1), "a"),
    (1, 1, Some(4), 200, None, "a"),
    (1, 2, None, 300, Some(2), "b"),
    (2, 1, Some(5), 150, Some(3), "a"),
    (200, 3, Some(10), 550, None, "c"),
    (200, 3, Some(2), 50, Some(9), "c"),
    (201, 9, Some(7), 10, Some(9), "c"),
];

fn run(sql: &str, visits: &[Visit], options: &QueryOptions) -> Released {
    let query = check(sql, &catalog(), options).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(execute(&query, &data(visits, 2), &ExecutionEnv::default()))
        .unwrap_or_else(|e| panic!("{sql}: {e}"))
}

fn rows(released: &Released) -> String {
    let batch = &released.batch;
    let cell = |row: usize| {
        let of = |column: &ArrayRef| array_value_to_string(column, row).unwrap();
        batch.columns().iter().map(of).collect::<Vec<_>>().join(",")
    };
    (0..batch.num_rows())
        .map(cell)
        .collect::<Vec<_>>()
        .join(";")
}

/// So much that no sum of these rows is off by more than rounding hides, whatever its share.
fn noiseless() -> LossRequest {
    LossRequest::Rho("9000000000".parse().unwrap())
}

/// A statement and what it gives over [`VISITS`] when noise is nothing; doubles are rounded in the statement.
fn exact(sql: &str, expected: &str) {
    assert_eq!(
        rows(&run(sql, &VISITS, &QueryOptions::new(noiseless()))),
        expected,
        "{sql}"
    );
}

#[test]
fn spreads_are_those_of_the_bounded_values() {
    // Amounts are 3, 4, 5, 10, 2, 7 and a null.
    exact(
        "SELECT round(VAR_POP(amount), 4), round(VAR(amount), 4) FROM visits",
        "7.1389,8.5667",
    );
    exact(
        "SELECT round(STDDEV_POP(amount), 4), round(STDDEV(amount), 4) FROM visits",
        "2.6719,2.9269",
    );
    exact(
        "SELECT round(VAR(amount), 4) FROM visits WHERE district = 1",
        "1.0",
    );
    exact(
        "SELECT round(VAR_POP(cost), 2) FROM visits WHERE district = 1",
        "0.17",
    );
    // One value has a variance of nothing over a population, and none over a sample.
    exact(
        "SELECT VAR_POP(amount), VAR(amount) FROM visits WHERE amount = 10",
        "0.0,",
    );
    exact(
        "SELECT VAR_POP(amount), STDDEV(amount) FROM visits WHERE amount > 10",
        ",",
    );
    // Values beyond a clamp count as its end.
    exact(
        "SELECT round(VAR_POP(CLAMP(amount, 4, 5)), 4) FROM visits",
        "0.25",
    );
}

#[test]
fn covariances_are_of_rows_that_have_both() {
    // Both are there for (3, 1), (5, 3), (2, 9), (7, 9).
    let free = "CLAMP(free, 0, 9)";
    exact(
        &format!("SELECT round(COVAR_POP(amount, {free}), 4) FROM visits"),
        "1.375",
    );
    exact(
        &format!("SELECT round(COVAR_SAMP({free}, amount), 4) FROM visits"),
        "1.8333",
    );
    exact(
        &format!("SELECT round(CORR(amount, {free}), 4) FROM visits"),
        "0.2005",
    );
    exact("SELECT round(CORR(cost, cost), 2) FROM visits", "1.0");
    exact(
        "SELECT round(COVAR_POP(cost, amount), 3) FROM visits WHERE district = 1",
        "0.167",
    );
    // A constant has no correlation.
    exact("SELECT CORR(amount, CLAMP(free, 4, 4)) FROM visits", "");
}

#[test]
fn a_condition_on_an_aggregate_leaves_rows_out_of_it_alone() {
    exact(
        "SELECT COUNT(*) FILTER (WHERE amount > 3), COUNT(free) FILTER (WHERE note = 'c'), COUNT(*) FROM visits",
        "4,2,7",
    );
    exact(
        "SELECT SUM(amount) FILTER (WHERE amount > 3), SUM(amount) FROM visits",
        "26,31",
    );
    exact(
        "SELECT AVG(amount) FILTER (WHERE district = 1) FROM visits",
        "4.0",
    );
    exact(
        "SELECT AVG(amount) FILTER (WHERE free > 100) FROM visits",
        "",
    );
    exact(
        "SELECT round(VAR_POP(amount) FILTER (WHERE district = 1), 4) FROM visits",
        "0.6667",
    );
}

#[test]
fn a_mean_is_taken_about_the_middle_and_a_sum_beside_it_is_made_of_it() {
    let explained = |sql: &str| {
        let query = check(sql, &catalog(), &options()).unwrap();
        let sums = &query.explain().releases[0].mechanisms;
        let told: Vec<_> = sums
            .iter()
            .map(|m| (m.measure.clone(), m.sensitivity))
            .collect();
        told
    };
    // Five rows at most of at most 10; about 5, of at most 5.
    let alone = explained("SELECT AVG(amount) FROM visits");
    assert!(
        alone.contains(&("sum of (visits.amount - 5)".to_owned(), 25.0)),
        "{alone:?}"
    );
    assert_eq!(alone.len(), 2);
    let with = explained("SELECT COUNT(amount), SUM(amount), AVG(amount) FROM visits");
    assert_eq!(with, alone, "three answers of the two");
    let sum = explained("SELECT SUM(amount) FROM visits");
    assert_eq!(sum, [("sum of visits.amount".to_owned(), 50.0)]);
    let squares = explained("SELECT VAR(amount) FROM visits");
    assert!(
        squares.contains(&("sum of (visits.amount - 5)²".to_owned(), 125.0)),
        "{squares:?}"
    );
}

#[test]
fn quantiles_are_read_from_bins_that_cost_one_count() {
    // Amounts are 2, 3, 4, 5, 7, 10: of eleven values, so each has a bin.
    exact(
        "SELECT MEDIAN(amount), APPROX_MEDIAN(amount) FROM visits",
        "4.0,4.0",
    );
    exact("SELECT MIN(amount), MAX(amount) FROM visits", "2,10");
    exact(
        "SELECT PERCENTILE_CONT(amount, 0.25), APPROX_PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY amount), QUANTILE_CONT(0.9) WITHIN GROUP (ORDER BY amount DESC) FROM visits",
        "3.0,10.0,2.0",
    );
    exact(
        "SELECT MEDIAN(amount) FILTER (WHERE district = 3) FROM visits",
        "2.0",
    );
    exact(
        "SELECT district, MAX(amount) FROM visits GROUP BY district ORDER BY 1",
        "1,5;2,;3,10",
    );
    // Bounds that do not begin at nothing: what is clamped is 3, 3, 4, 5, 6, 6, or six less.
    for (lo, hi, expected) in [(3, 6, "4.0,3,6"), (-3, 0, "-2.0,-3,0")] {
        let value = format!("CLAMP(amount - {}, {lo}, {hi})", 3 - lo);
        exact(
            &format!("SELECT MEDIAN({value}), MIN({value}), MAX({value}) FROM visits"),
            expected,
        );
    }
    // Costs have 551 possible values and 32 bins: within one of 18 hundredths.
    let released = run(
        "SELECT MAX(cost) FROM visits",
        &VISITS,
        &QueryOptions::new(noiseless()),
    );
    let most: f64 = rows(&released).parse().unwrap();
    assert!((5.32..=5.5).contains(&most), "{most}");
    assert!(released.columns[0].mechanism.contains("99 % quantile"));
    assert_eq!(released.columns[0].bounds, Some(("0".into(), "5.5".into())));

    let query = check(
        "SELECT MEDIAN(amount), MAX(amount), COUNT(*) FROM visits",
        &catalog(),
        &QueryOptions::new(LossRequest::Epsilon("1".parse().unwrap())),
    )
    .unwrap();
    let sums = query.explain().releases[0].mechanisms.clone();
    assert_eq!(
        sums.len(),
        2,
        "the bins are one vector, whatever is read from them"
    );
    assert_eq!(sums[0].sensitivity, sums[1].sensitivity);
    assert_eq!(
        query.charges().values().next().unwrap().eps,
        Some(1_000_000_000)
    );
}

#[test]
fn every_value_is_in_a_bin_whatever_the_file_holds() {
    // Amounts are declared to be from 0 to 10.
    for (amounts, median) in [([-3, -2, -1, 5, 12], "0.0"), ([-1, 5, 12, 13, 14], "10.0")] {
        let visits: Vec<Visit> = (1..)
            .zip(amounts)
            .map(|(unit, amount)| (unit, 1, Some(amount), 100, None, "a"))
            .collect();
        let sql = "SELECT MEDIAN(amount) FROM visits";
        let released = run(sql, &visits, &QueryOptions::new(noiseless()));
        assert_eq!(rows(&released), median, "{amounts:?}");
    }
}

#[test]
fn a_sum_about_nothing_has_the_noise_of_one_sum() {
    let value = "CLAMP(free, -5, 5)";
    let sql = format!("SELECT AVG({value}), SUM({value}) FROM visits");
    let loss = LossRequest::Epsilon("1".parse().unwrap());
    let query = check(&sql, &catalog(), &QueryOptions::new(loss)).unwrap();
    let release = &query.explain().releases[0];
    let sum = release.mechanisms.iter().find(|m| m.sensitivity == 25.0);
    assert_eq!(release.mechanisms.len(), 2);
    assert_eq!(release.outputs[1].error_95, sum.map(|sum| sum.error_95));
}

#[test]
fn each_grouping_set_is_a_release_of_its_own() {
    let by = |groups: &str| {
        format!(
            "SELECT district, amount > 4 AS big, GROUPING(district, amount > 4) AS g, COUNT(*) AS n FROM visits WHERE amount IS NOT NULL GROUP BY {groups} ORDER BY g, 1, 2"
        )
    };
    exact(
        &by("ROLLUP (district, amount > 4)"),
        "1,false,0,2;1,true,0,1;1,,0,0;2,false,0,0;2,true,0,0;2,,0,0;3,false,0,1;3,true,0,1;3,,0,0;1,,1,3;2,,1,0;3,,1,2;,,3,6",
    );
    let twice = "SELECT amount > 4 AS big, GROUPING(amount > 4) AS g, COUNT(*) AS n FROM visits WHERE amount IS NOT NULL GROUP BY GROUPING SETS ((amount > 4), (), ()) ORDER BY g, 1";
    exact(twice, "false,0,3;true,0,3;,0,0;,1,6;,1,6");
    let cost = |sql: &str| {
        let options = QueryOptions {
            loss: LossRequest::Epsilon("1".parse().unwrap()),
            ..options()
        };
        let query = check(sql, &catalog(), &options).unwrap();
        let explain = query.explain();
        let shares = explain
            .releases
            .iter()
            .flat_map(|r| &r.mechanisms)
            .map(|m| m.loss.eps.unwrap());
        let total = query.charges().values().next().unwrap().eps.unwrap();
        (explain.releases.len(), shares.sum::<u64>(), total)
    };
    assert_eq!(
        cost(&by("CUBE (district, amount > 4)")),
        (4, 1_000_000_000, 1_000_000_000)
    );
    // The empty set written twice is one release, and paid once.
    assert_eq!(cost(twice), (2, 1_000_000_000, 1_000_000_000));
}

#[test]
fn values_of_all_grouping_sets_keep_their_intervals() {
    let sql = "SELECT district, SUM(amount) AS s FROM visits GROUP BY ROLLUP (district)";
    let released = run(sql, &VISITS, &options());
    assert!(matches!(released.columns[0].status, ColumnStatus::Key));
    let ColumnStatus::Value { half_widths } = &released.columns[1].status else {
        panic!("{:?}", released.columns[1])
    };
    assert_eq!(half_widths.len(), 4);
    assert!(half_widths.iter().all(Option::is_some));
}

/// Of many draws, the exact statistic of the bounded values lies within the half-width nearly always: the
/// intervals are safe ones. It is told within the public range, too.
#[test]
fn half_widths_hold_the_exact_statistics() {
    let visits: Vec<Visit> = (0..250)
        .map(|i| {
            let amount = i64::from(i) * 7 % 11;
            (
                i,
                1,
                Some(amount),
                i128::from(amount * 30 + i64::from(i) % 90),
                Some(amount),
                "a",
            )
        })
        .collect();
    let statistics = [
        "AVG(amount)",
        "VAR(amount)",
        "VAR_POP(cost)",
        "STDDEV(amount)",
        "COVAR_POP(amount, cost)",
        "CORR(amount, cost)",
        "MEDIAN(amount)",
        "PERCENTILE_CONT(cost, 0.9)",
        "MAX(cost)",
        "SUM(amount)",
        "SUM(cost)",
    ];
    let sql = format!(
        "SELECT {} FROM visits WHERE district = 1",
        statistics.join(", ")
    );
    let ask = |loss| {
        let asked = QueryOptions {
            loss,
            max_rows_per_group: Some(1),
            ..options()
        };
        let released = run(&sql, &visits, &asked);
        let width = |at: usize| match &released.columns[at].status {
            ColumnStatus::Value { half_widths } => half_widths[0].unwrap(),
            other => panic!("{other:?}"),
        };
        let values = rows(&released);
        let values = values.split(',').enumerate();
        values
            .map(|(at, value)| (value.parse().unwrap(), width(at)))
            .collect::<Vec<(f64, f64)>>()
    };
    let truth = ask(noiseless());
    for loss in [
        LossRequest::Epsilon("600".parse().unwrap()),
        LossRequest::Rho("2000".parse().unwrap()),
    ] {
        let mut inside = vec![0; statistics.len()];
        for _ in 0..20 {
            for ((at, (value, width)), (truth, _)) in ask(loss).into_iter().enumerate().zip(&truth)
            {
                inside[at] += usize::from((value - truth).abs() <= width);
                assert!(width < 30.0, "{}: ±{width} tells nothing", statistics[at]);
            }
        }
        // They are safe intervals: far fewer than one in twenty misses.
        assert!(
            inside.iter().all(|n| *n >= 17),
            "{inside:?} of {statistics:?}"
        );
    }
}
