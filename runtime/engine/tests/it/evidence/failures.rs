//! What one person's rows must not make fail: an accepted statement ends alike whoever is there.

use super::runtime;
use crate::fixture::{Visit, catalog, data, options};
use irongate_engine::{
    ExecutionEnv, ExecutionError, QueryOptions, bounded, check, execute, prepare, private_plans,
};
use std::num::NonZeroUsize;

/// Operators that hold rows of many units, or move them to others' partitions.
const HOLDING: [&str; 6] = [
    "CrossJoinExec",
    "NestedLoopJoinExec",
    "WindowAggExec",
    "SortExec",
    "SortPreservingMergeExec",
    "RepartitionExec",
];

/// A long text in one person's rows alone.
pub(super) fn long_if_zhang(name: &str) -> String {
    format!(
        "CASE WHEN note = 'zhang' THEN '{}' ELSE '' END AS {name}",
        "ab".repeat(3_990)
    )
}

pub(super) fn visits() -> Vec<Visit> {
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

#[test]
fn no_operator_holds_the_rows_of_all_units() {
    let over = |over: &str| {
        format!(
            "SELECT COUNT(*) FROM (SELECT note, {over} AS s FROM visits) WHERE CHARACTER_LENGTH(note) > s"
        )
    };
    for sql in [
        over("SUM(amount) OVER (PARTITION BY id)"),
        over("SUM(amount) OVER (PARTITION BY id, district)"),
        over(
            "COUNT(*) OVER (PARTITION BY id ORDER BY amount, note ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING)",
        ),
        over("RANK() OVER (PARTITION BY id ORDER BY amount)"),
        over("MAX(amount) OVER (PARTITION BY id ORDER BY district)"),
        over(
            "SUM(amount) OVER (PARTITION BY id) + RANK() OVER (PARTITION BY id ORDER BY amount DESC)",
        ),
        "SELECT COUNT(*) FROM (SELECT id, note FROM visits UNION ALL SELECT id, 'x' FROM people) WHERE note > 'a'"
            .to_owned(),
        "SELECT SUM(CLAMP(n, 0, 9)) FROM (SELECT id, COUNT(*) AS n FROM (SELECT id, amount FROM visits UNION ALL \
         SELECT id, age FROM people UNION ALL SELECT v.id, p.age FROM visits v JOIN people p ON v.id = p.id) \
         GROUP BY id)"
            .to_owned(),
        "SELECT COUNT(*) FROM areas p JOIN visits v ON p.district = v.district".to_owned(),
        "SELECT COUNT(*) FROM (SELECT * FROM visits UNION ALL SELECT * FROM visits) v CROSS JOIN (SELECT MAX(district) \
         AS d FROM areas) m WHERE v.amount < m.d"
            .to_owned(),
    ] {
        let query = check(&sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        for cores in [1, 4] {
            let env = ExecutionEnv {
                cores: NonZeroUsize::new(cores).unwrap(),
                ..ExecutionEnv::default()
            };
            let data = data(&visits(), 1);
            runtime().block_on(prepare(&query, &data, &env)).unwrap();
            let plans = runtime().block_on(private_plans(&query, &data, &env));
            for plan in plans.unwrap() {
                let holds = |line: &str| HOLDING.iter().any(|held| line.trim_start().starts_with(held));
                assert!(!plan.lines().any(holds), "{sql}:\n{plan}");
            }
        }
    }
}

/// More rows than a batch has, so that windows are cut into runs, here and there within a unit's rows.
#[test]
fn windows_in_runs_are_those_of_whole_partitions() {
    let rows_of = |unit: u8| 60 + i64::from(unit) % 90;
    let visits: Vec<Visit> = (0..=u8::MAX)
        .flat_map(|unit| {
            let visit = move |row| (unit, 1, Some(row % 2), 5, Some(row), "li");
            (0..rows_of(unit)).map(visit)
        })
        .collect();
    assert!(visits.len() > 16_384);
    let data = data(&visits, 1);
    for (over, from, times) in [
        (
            "SUM(CLAMP(amount, 1, 1)) OVER (PARTITION BY id)",
            "visits",
            1,
        ),
        (
            "COUNT(*) OVER (PARTITION BY id, district)",
            "(SELECT * FROM visits UNION ALL SELECT * FROM visits)",
            2,
        ),
    ] {
        // Of each unit five rows count, whichever.
        let sql =
            format!("SELECT SUM(CLAMP(s, 0, 500)) FROM (SELECT district, {over} AS s FROM {from})");
        let options = QueryOptions {
            max_rows_per_group: Some(5),
            ..options()
        };
        let query = check(&sql, &catalog(), &options).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let expected: i64 = (0..=u8::MAX).map(|unit| 5 * times * rows_of(unit)).sum();
        for cores in [1, 4] {
            let env = ExecutionEnv {
                cores: NonZeroUsize::new(cores).unwrap(),
                ..ExecutionEnv::default()
            };
            let bounded = runtime().block_on(bounded(&query, &data, &env)).unwrap();
            assert_eq!(bounded[0].measures, [[expected]], "{sql}");
        }
    }
}

#[test]
fn a_partition_of_many_batches_is_one() {
    let rows = [(1, 3), (2, 50_000), (3, 2)];
    let visits = rows.iter().flat_map(|(unit, count)| {
        (0..*count).map(|row| (*unit, 1, Some(row % 2), 5, Some(row), "li"))
    });
    let data = data(&visits.collect::<Vec<Visit>>(), 1);
    let sql = "SELECT SUM(CLAMP(s, 0, 60000)) FROM (SELECT COUNT(*) OVER (PARTITION BY id) AS s FROM visits)";
    let options = QueryOptions {
        max_rows_per_group: Some(5),
        ..options()
    };
    let query = check(sql, &catalog(), &options).unwrap();
    let env = ExecutionEnv::default();
    let bounded = runtime().block_on(bounded(&query, &data, &env)).unwrap();
    assert_eq!(bounded[0].measures, [[3 * 3 + 5 * 50_000 + 2 * 2]]);
}

#[test]
fn not_in_a_public_table_holds_the_public_side() {
    // Ten persons of one row, whose amounts are 1 but for one who has none.
    let mut visits = visits();
    visits[3].2 = None;
    for (of, left) in [
        ("SELECT district FROM areas", 0),
        ("SELECT district + 1 FROM areas WHERE district < 3", 9),
        (
            "SELECT NULLIF(district, 2) FROM areas WHERE district > 1",
            0,
        ),
        ("SELECT district FROM areas WHERE district > 9", 10),
    ] {
        for condition in [
            format!("amount NOT IN ({of})"),
            format!("NOT (amount IN ({of})) AND free = 1"),
            format!("amount NOT IN ({of}) OR free = 9"),
            format!("CASE WHEN amount NOT IN ({of}) THEN free = 1 ELSE FALSE END"),
            format!("NOT (amount IN ({of}) OR free = 9)"),
            format!("(amount IN ({of})) IS FALSE"),
        ] {
            let sql = format!("SELECT COUNT(*) FROM visits WHERE {condition}");
            let query =
                check(&sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
            let env = ExecutionEnv {
                cores: NonZeroUsize::MIN,
                ..ExecutionEnv::default()
            };
            let data = data(&visits, 1);
            let plans = runtime()
                .block_on(private_plans(&query, &data, &env))
                .unwrap();
            let holds = |plan: &String| {
                plan.contains("join_type=LeftAnti") || plan.contains("join_type=LeftMark")
            };
            assert!(!plans.iter().any(holds), "{sql}: {plans:#?}");
            let bounded = runtime().block_on(bounded(&query, &data, &env)).unwrap();
            assert_eq!(bounded[0].measures, [[left]], "{sql}");
        }
    }
}

#[test]
fn what_has_no_plan_is_refused_before_anything_is_read() {
    let released = "WITH r AS (SELECT district, COUNT(*) AS n FROM visits GROUP BY district)";
    let mut unplanned = 0;
    for above in [
        "SELECT a.n FROM r a",
        "SELECT a.n, (SELECT MAX(b.n) FROM r b WHERE b.district = a.district) FROM r a",
        "SELECT a.n, (SELECT MAX(b.n) FROM r b WHERE b.n < a.n) FROM r a",
        "SELECT a.n FROM r a WHERE a.n > (SELECT b.n FROM r b WHERE b.n < a.n ORDER BY b.n LIMIT 1)",
        "SELECT a.n FROM r a WHERE a.n = 0 OR EXISTS (SELECT 1 FROM r b WHERE b.n < a.n)",
        "SELECT a.n FROM r a WHERE (SELECT COUNT(*) FROM r b WHERE b.n < a.n) < 2",
    ] {
        let sql = format!("{released} {above}");
        let Ok(query) = check(&sql, &catalog(), &options()) else {
            continue;
        };
        let (data, env) = (data(&visits(), 1), ExecutionEnv::default());
        let fits = runtime().block_on(prepare(&query, &data, &env));
        let executed = runtime().block_on(execute(&query, &data, &env));
        match (fits, executed) {
            (Ok(_), Ok(_)) => {}
            (Err(ExecutionError::Unplanned), Err(ExecutionError::Engine(_))) => unplanned += 1,
            (fits, executed) => panic!("{sql}: {fits:?}, {executed:?}"),
        }
    }
    assert!(unplanned > 0);
}
