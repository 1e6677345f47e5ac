//! What is proven of a statement holds for what is run: whatever noise is drawn, and whatever the engine makes of the plan.

use crate::fixture::{catalog, data, options};
use crate::run::{VISITS, rows, run};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type};
use irongate_engine::{ExecutionEnv, ExecutionError, LossRequest, QueryOptions, check, prepare};

/// Noise may be larger than any sum. What is computed with a released value is proven for the values of its type: beyond them the
/// last statement would overflow where there is a row that it asks for.
#[test]
fn a_released_decimal_stays_in_its_type() {
    let most = 99_999_999_999_i128;
    let much = QueryOptions {
        max_rows_per_group: Some(1_000_000),
        ..QueryOptions::new(LossRequest::Epsilon("0.000000002".parse().unwrap()))
    };
    let sum = "SELECT SUM(CAST(CLAMP(amount, 0, 9) AS DECIMAL(1, 0))) FROM visits";
    let released = run(sum, &much, 1);
    let column = released.batch.column(0).as_primitive::<Decimal128Type>();
    assert_eq!(column.data_type(), &DataType::Decimal128(11, 0));
    assert!(column.value(0).abs() <= most, "{column:?}");
    for note in ["a", "nobody"] {
        let sql = format!(
            "SELECT COUNT(*) FROM visits WHERE ({sum}) * CASE WHEN note = '{note}' THEN 999999999999999999999999999 ELSE 0 END > 0"
        );
        run(&sql, &much, 1);
    }
}

/// What the engine makes of a checked plan computes with other types and numbers: it raises where there is a row, or not at all.
#[test]
fn what_is_simplified_does_not_fail_where_there_is_a_row() {
    let ready = |sql: &str| {
        let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let (data, env) = (data(&VISITS, 1), ExecutionEnv::default());
        runtime
            .unwrap()
            .block_on(prepare(&query, &data, &env))
            .map(drop)
    };
    for by_nothing in [
        "cost * 0 < cost * 3",
        "0 * cost < cost * 3",
        "cost * (1 - 1) < cost * 3",
        "cost * (district * 0) < cost * CLAMP(district, 0, 9)",
        "CASE WHEN amount > 1 THEN cost * 3 WHEN amount > 0 THEN cost * 0 ELSE cost * 2 END > 1",
        "GREATEST(cost * 0, cost * 3) > 1",
        "cost * 0 IN (cost * 2, cost * 3)",
        "cost * 3 BETWEEN cost * 0 AND cost * 5",
    ] {
        for note in ["a", "nobody"] {
            let sql = format!("SELECT COUNT(*) FROM visits WHERE note = '{note}' AND {by_nothing}");
            match ready(&sql) {
                Ok(()) => drop(run(&sql, &options(), 1)),
                Err(refused) => assert!(
                    matches!(refused, ExecutionError::Unplanned),
                    "{sql}: {refused}"
                ),
            }
        }
    }
    for (a, b) in [
        ("cost + 0.5", "cost + 0.7"),
        ("cost - 1.5", "cost - 0.25"),
        ("amount + 1", "amount + 2"),
    ] {
        for note in ["a", "nobody"] {
            let sql = format!(
                "SELECT COUNT(*) FROM (SELECT id, SUM({a}) AS a, SUM({b}) AS b FROM visits WHERE note = '{note}' GROUP BY id) WHERE a <> b"
            );
            let persons = if note == "a" { "2" } else { "0" };
            assert_eq!(rows(&run(&sql, &options(), 1)), persons, "{sql}");
        }
    }
}
