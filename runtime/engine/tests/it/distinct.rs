//! COUNT(DISTINCT x) at the release: exact when noise is nothing, L values of a unit in a group, and what
//! is refused, charged and told.

use crate::fixture::{Data, Visit, catalog, data, options};
use arrow::util::display::array_value_to_string;
use irongate_engine::{ExecutionEnv, ExecutionError, QueryOptions, Split, check, execute, prepare};

const VISITS: [Visit; 7] = [
    (1, 1, Some(3), 100, Some(1), "a"),
    (1, 1, Some(4), 200, None, "a"),
    (1, 2, None, 300, Some(2), "b"),
    (2, 1, Some(5), 150, Some(3), "a"),
    (200, 3, Some(10), 550, None, "c"),
    (200, 3, Some(2), 50, Some(9), "c"),
    (201, 9, Some(7), 10, Some(9), "c"),
];

const NOTES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// With at most L values of a unit in a group.
fn most(values: u32) -> QueryOptions {
    QueryOptions {
        max_values_per_group: Some(values),
        ..options()
    }
}

fn answer(sql: &str, options: &QueryOptions, visits: &[Visit], files: usize) -> String {
    let query = check(sql, &catalog(), options).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let data = data(visits, files);
    let released = runtime().block_on(execute(&query, &data, &ExecutionEnv::default()));
    let batch = released.unwrap_or_else(|e| panic!("{sql}: {e}")).batch;
    let cell = |row, column| array_value_to_string(batch.column(column), row).unwrap();
    let row = |row| (0..batch.num_columns()).map(move |column| cell(row, column));
    let rows = (0..batch.num_rows()).map(|at| row(at).collect::<Vec<_>>().join(","));
    rows.collect::<Vec<_>>().join(";")
}

#[test]
fn distinct_values_are_exact_when_noise_is_nothing() {
    for (sql, expected) in [
        ("SELECT COUNT(DISTINCT note) FROM visits", "3"),
        (
            "SELECT COUNT(DISTINCT amount), COUNT(DISTINCT free), COUNT(DISTINCT cost) FROM visits",
            "6,4,7",
        ),
        (
            "SELECT district, COUNT(DISTINCT note), COUNT(DISTINCT amount) FROM visits GROUP BY district ORDER BY 1",
            "1,1,3;2,1,0;3,1,2",
        ),
        (
            "SELECT COUNT(DISTINCT note) FILTER (WHERE amount > 4), COUNT(DISTINCT note), COUNT(DISTINCT id), SUM(amount), COUNT(*) FROM visits",
            "2,3,4,31,7",
        ),
        (
            "SELECT COUNT(DISTINCT CASE WHEN amount > 4 THEN note END) FROM visits",
            "2",
        ),
        (
            "SELECT COUNT(DISTINCT note) FILTER (WHERE amount > 100) FROM visits",
            "0",
        ),
        (
            "SELECT COUNT(DISTINCT 1), COUNT(DISTINCT NULL), COUNT(DISTINCT amount > 4) FROM visits",
            "1,0,2",
        ),
        (
            "SELECT COUNT(DISTINCT upper(note)), COUNT(DISTINCT district * 0) FROM visits",
            "3,1",
        ),
        (
            "SELECT district, COUNT(DISTINCT note) AS n FROM visits GROUP BY ROLLUP (district) ORDER BY n, 1",
            "1,1;2,1;3,1;,3",
        ),
        (
            "SELECT COUNT(DISTINCT a.area) FROM visits v JOIN areas a ON v.district = a.district",
            "2",
        ),
        (
            "SELECT COUNT(DISTINCT v.note) FROM visits v JOIN people p ON v.id = p.id WHERE p.age < 100",
            "2",
        ),
        (
            "SELECT COUNT(DISTINCT day), COUNT(DISTINCT at) FROM stays",
            "3,3",
        ),
        (
            "SELECT district FROM visits GROUP BY district HAVING COUNT(DISTINCT amount) > 1 ORDER BY 1",
            "1;3",
        ),
    ] {
        for files in [1, 3] {
            let got = answer(sql, &options(), &VISITS, files);
            assert_eq!(got, expected, "{sql} over {files} files");
        }
    }
}

/// So many units, each with the same five notes.
fn alike(units: u8) -> Vec<Visit> {
    let of = |unit: u8| NOTES.map(|note| (unit * 4 + 1, 1, Some(1), 0, None, note));
    (0..units).flat_map(of).collect()
}

#[test]
fn a_unit_brings_at_most_l_values() {
    let sql = "SELECT COUNT(DISTINCT note) FROM visits";
    for values in 1..=6 {
        let one = answer(sql, &most(values), &alike(1), 1);
        assert_eq!(one, values.min(5).to_string(), "L {values}");
    }
    // No more values than rows.
    let rows = QueryOptions {
        max_rows_per_group: Some(2),
        ..options()
    };
    assert_eq!(answer(sql, &rows, &alike(1), 1), "2");
}

#[test]
fn units_do_not_bring_the_same_values_first() {
    let sql = "SELECT COUNT(DISTINCT note) FROM visits";
    // Sixty units choose one of five values each: none would be left out but once in 10⁵ keys.
    assert_eq!(answer(sql, &most(1), &alike(60), 3), "5");
}

#[test]
fn values_that_units_share_count_once() {
    let sql = "SELECT COUNT(DISTINCT note) FROM visits";
    assert_eq!(answer(sql, &options(), &alike(60), 3), "5");
}

#[test]
fn l_bounds_what_is_charged_and_is_told() {
    let sql = "SELECT COUNT(DISTINCT note) FROM visits";
    let explained = |options: &QueryOptions| check(sql, &catalog(), options).unwrap().explain();
    let two = explained(&most(2));
    let of = |explain: &irongate_engine::Explain| explain.releases[0].mechanisms[0].sensitivity;
    assert_eq!((of(&two), of(&explained(&options()))), (2.0, 5.0));
    assert_eq!(two.releases[0].max_values_per_group, Some((2, "asked for")));
    let text = two.to_string();
    assert!(
        text.contains("and 2 distinct values (L: asked for)"),
        "{text}"
    );
    let text = explained(&most(9)).to_string();
    assert!(
        text.contains("5 distinct values (L: no more values than rows)"),
        "{text}"
    );
    // An accuracy costs less where a unit brings fewer values.
    let loss = |values| {
        let split = Split::Accuracy(vec!["50".parse().unwrap()]);
        let explain = explained(&QueryOptions {
            split,
            ..most(values)
        });
        let sum = &explain.releases[0].mechanisms[0];
        assert!(sum.error_95 <= 50.0 && sum.error_95 > 48.0, "{sum:?}");
        sum.loss.rho
    };
    assert!(loss(1) < loss(5));
}

#[test]
fn l_is_part_of_the_fingerprint() {
    let sql = "SELECT COUNT(DISTINCT note) FROM visits";
    let of = |options: &QueryOptions| check(sql, &catalog(), options).unwrap().fingerprint();
    assert_ne!(of(&most(2)), of(&most(3)));
}

#[test]
fn more_distinct_values_than_memory_holds_are_refused_before_anything_is_read() {
    let nothing = Data {
        dir: tempfile::tempdir().unwrap(),
    };
    let refusal = |sql: &str, options: &QueryOptions, bytes: usize| {
        let query = check(sql, &catalog(), options).unwrap();
        let env = ExecutionEnv {
            memory_bytes: bytes,
            ..ExecutionEnv::default()
        };
        match runtime().block_on(prepare(&query, &nothing, &env)) {
            Ok(_) => false,
            Err(ExecutionError::TooLarge(text)) => {
                assert!(
                    text.contains("distinct values, one unit's rows for each core"),
                    "{text}"
                );
                true
            }
            Err(e) => panic!("{e}"),
        }
    };
    // Ten thousand units of five rows, 96 bytes a value.
    let sql = "SELECT COUNT(DISTINCT note) FROM visits";
    assert!(refusal(sql, &options(), 4_000_000));
    assert!(!refusal(sql, &options(), 6_000_000));
    assert!(!refusal(sql, &most(1), 4_000_000));
    assert!(!refusal(
        "SELECT COUNT(note) FROM visits",
        &options(),
        4_000_000
    ));
    // A public table makes more rows of each, and so more values.
    let joined = "SELECT COUNT(DISTINCT v.cost + a.x) FROM visits v \
                  JOIN (VALUES (1, 1), (1, 2), (1, 3)) a(k, x) ON v.district = a.k";
    let fifteen = QueryOptions {
        max_rows_per_group: Some(15),
        ..options()
    };
    assert!(refusal(joined, &fifteen, 6_000_000));
    assert!(!refusal(joined, &fifteen, 16_000_000));
}
