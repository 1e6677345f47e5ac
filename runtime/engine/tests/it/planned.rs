//! What statements are planned to take at most, by their form and the declared caps alone: rows of all units, time and memory
//! for those of one. Each number is a bound that privacy rests on, so a change of one is to be seen.

use crate::fixture::{Data, catalog, data, declare, options};
use crate::run::VISITS;
use irongate_engine::{
    Catalog, CheckedQuery, ExecutionEnv, ExecutionError, Prepared, check, prepare,
};
use irongate_policy::dataset::Protected;
use std::num::NonZeroUsize;
use std::time::Duration;

/// A form each, of what takes longer or more memory than others.
const STATEMENTS: &[&str] = &[
    // Operators and functions.
    "SELECT COUNT(*) FROM visits",
    "SELECT SUM(amount), AVG(cost) FROM visits",
    "SELECT COUNT(*) FROM visits WHERE amount + 1 > 3",
    "SELECT COUNT(*) FROM visits WHERE amount BETWEEN 2 AND 3 OR amount IS NULL",
    "SELECT COUNT(*) FROM visits WHERE note = 'a'",
    "SELECT COUNT(*) FROM visits WHERE note <> LOWER(note)",
    "SELECT COUNT(*) FROM visits WHERE note BETWEEN 'a' AND 'c'",
    "SELECT COUNT(*) FROM visits WHERE note NOT BETWEEN UPPER(note) AND note || 'c'",
    "SELECT COUNT(*) FROM visits WHERE note IN ('a', 'b', 'c', 'd', 'e')",
    "SELECT COUNT(*) FROM visits WHERE LEFT(note, 9) NOT IN ('a', 'b', 'c', 'd', 'e', 'f')",
    "SELECT COUNT(*) FROM visits WHERE note LIKE '%a%'",
    "SELECT COUNT(*) FROM visits WHERE note LIKE 'a%b'",
    "SELECT COUNT(*) FROM visits WHERE note LIKE '%a_%'",
    "SELECT COUNT(*) FROM visits WHERE note LIKE '\\%'",
    "SELECT COUNT(*) FROM visits WHERE note ILIKE '%a%'",
    "SELECT COUNT(*) FROM visits WHERE note ~ 'a+'",
    "SELECT COUNT(*) FROM visits WHERE note !~* 'a+'",
    "SELECT COUNT(*) FROM visits WHERE REGEXP_LIKE(note, 'a+') AND REGEXP_LIKE(LEFT(note, 7), 'b+')",
    "SELECT COUNT(*) FROM visits WHERE STRPOS(note, 'a') > 1",
    "SELECT COUNT(*) FROM visits WHERE STRPOS(note, LEFT(note, 64)) > 1",
    "SELECT COUNT(*) FROM visits WHERE note || 'a' = 'ba'",
    "SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS BIGINT) = 1",
    "SELECT COUNT(*) FROM visits WHERE CAST(amount AS VARCHAR) = '1'",
    "SELECT COUNT(*) FROM visits WHERE CASE note WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 ELSE 0 END = 1",
    "SELECT COUNT(*) FROM visits WHERE CASE WHEN amount > 1 THEN 1 WHEN amount > 2 THEN 2 ELSE 0 END = 1",
    // What puts rows of a unit together.
    "SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id WHERE p.age > 9",
    "SELECT COUNT(*) FROM visits v JOIN visits w ON v.id = w.id AND v.amount > w.amount",
    "SELECT COUNT(*) FROM visits v LEFT JOIN areas a ON v.district = a.district",
    "SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM stays s WHERE s.id = v.id)",
    "SELECT COUNT(*) FROM people p LEFT ANTI JOIN visits v ON p.id = v.id",
    "SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM stays s WHERE s.id = v.id AND s.seq > v.amount)",
    "SELECT COUNT(*) FROM visits v WHERE district IN (SELECT district FROM areas)",
    "SELECT COUNT(*) FROM visits v JOIN areas a ON v.district = a.district WHERE a.area <> v.note",
    "SELECT COUNT(*) FROM stays s JOIN visits v ON s.id = v.id JOIN areas a ON v.district = a.district",
    "SELECT COUNT(*) FROM (SELECT id, note FROM visits UNION ALL SELECT id, 'a' FROM people)",
    "SELECT COUNT(*) FROM (SELECT DISTINCT id, note FROM visits)",
    "SELECT COUNT(*) FROM people WHERE id IN (SELECT v.id FROM visits v JOIN visits w ON v.id = w.id) AND 1 = 0",
    "SELECT SUM(n) FROM (SELECT id, COUNT(*) AS n FROM visits GROUP BY id)",
    "SELECT COUNT(*) FROM (SELECT id, MEDIAN(cost) AS n, MAX(free) AS f FROM visits GROUP BY id) WHERE f > n",
    "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM visits) WHERE r = 1",
    "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY amount, note) AS r, \
     SUM(amount) OVER (PARTITION BY id ORDER BY amount, note) AS s FROM visits) WHERE r = 1 AND s > 1",
    // Mappers: one unit after another, and blocks.
    "SELECT SUM(total) FROM spend",
    "SELECT SUM(s.total) FROM spend s JOIN visits v ON s.id = v.id",
    "SELECT COUNT(*) FROM class",
    "SELECT AVG(people) FROM sample",
    "SELECT SUM(CLAMP(n, 0, 9)) FROM (SELECT id, COUNT(DISTINCT note) AS n, COUNT(DISTINCT cost) AS k, COUNT(DISTINCT free) AS l FROM visits GROUP BY id) WHERE k + l > 1",
    "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id, note ORDER BY amount, note) AS r, SUM(amount) OVER (PARTITION BY id ORDER BY amount, cost, note, free ROWS 1 PRECEDING) AS s, amount, cost, free, note FROM visits) WHERE r > s",
    "SELECT COUNT(*) FROM visits v WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = v.id AND p.age = v.amount)",
    "SELECT COUNT(*) FROM visits WHERE note ILIKE 'a_b' OR note LIKE 'a%b'",
    // What is held for groups.
    "SELECT district, COUNT(*) FROM visits GROUP BY district",
    "SELECT amount, COUNT(DISTINCT id) FROM visits GROUP BY amount",
    "SELECT LEFT(note, 9), SUM(amount) FROM visits GROUP BY 1",
    "SELECT district, COUNT(DISTINCT free) FROM visits GROUP BY district",
    "SELECT district, MEDIAN(amount) FROM visits GROUP BY ROLLUP (district)",
    "SELECT (SELECT COUNT(*) FROM visits) + (SELECT COUNT(*) FROM people)",
    "SELECT COUNT(*) FROM visits WHERE amount > (SELECT AVG(age) FROM people)",
];

#[test]
fn what_statements_take_at_most() {
    let data = data(&VISITS, 1);
    let mut told = String::new();
    for sql in STATEMENTS {
        let query = checked(sql, &catalog());
        let enough = planned(&data, &query, MOST, LONG).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let least = least(|bytes| planned(&data, &query, bytes, LONG).is_ok());
        told += &format!("{sql}\n  {:?}, {least} bytes\n", enough.planned());
    }
    insta::assert_snapshot!(told);
}

/// What is planned is let in, and no more: a tenth of the deadline for the rows of one unit, two million rows a second for all.
#[test]
fn what_is_planned_may_take_as_long_as_is_declared_and_no_longer() {
    let data = data(&VISITS, 1);
    let matched = checked("SELECT COUNT(*) FROM visits WHERE note ~ 'a+'", &catalog());
    let taken = Duration::from_nanos(205_120_840);
    planned(&data, &matched, MOST, taken * 10).unwrap();
    let refused = planned(&data, &matched, MOST, taken * 10 - Duration::from_nanos(10));
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("one unit's rows may take 205.1ms"),
        "{refused}"
    );

    let of = |units_at_most: u64| {
        let protected = |p: &mut Protected| p.units_at_most = units_at_most;
        let query = checked("SELECT COUNT(*) FROM visits", &visits(protected));
        planned(&data, &query, MOST, Duration::from_secs(1)).map(drop)
    };
    of(400_000).unwrap();
    let refused = of(400_001).unwrap_err().to_string();
    assert!(refused.contains("up to 2000005 rows"), "{refused}");
}

/// The rows of one unit: so many, so many bytes while they are bounded, and where a window puts them together.
#[test]
fn one_unit_has_so_many_rows_and_bytes() {
    let data = data(&VISITS, 1);
    let of = |sql: &str, max_rows: u32| {
        let protected = |p: &mut Protected| (p.unit.max_rows, p.units_at_most) = (max_rows, 10);
        let planned = planned(&data, &checked(sql, &visits(protected)), MOST, LONG);
        planned.err().map(|e| e.to_string()).unwrap_or_default()
    };
    // 80 bytes a row; of a key 112 and its text; of a value 32, with 120 for the number that rows with values have.
    let with_key = (512 << 20) / (80 + 112 + 64);
    let with_value = (512 << 20) / (80 + 32 + 120);
    for (sql, fits, too_many, said) in [
        (
            "SELECT COUNT(*) FROM visits",
            1 << 22,
            (1 << 22) + 1,
            "one unit may have 4194305 rows",
        ),
        (
            "SELECT LEFT(note, 16), COUNT(*) FROM visits GROUP BY 1",
            with_key,
            with_key + 1,
            "one unit's rows may take 536871168 bytes",
        ),
        (
            "SELECT SUM(amount) FROM visits",
            with_value,
            with_value + 1,
            "one unit's rows may take 536870968 bytes",
        ),
        (
            "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY note) AS r FROM visits) WHERE r = 1",
            1 << 10,
            1 << 20,
            "in joins, windows and sorts",
        ),
    ] {
        assert_eq!(of(sql, fits), "", "{sql}");
        let refused = of(sql, too_many);
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

/// The catalog with other declared caps for `visits`.
fn visits(caps: impl FnOnce(&mut Protected)) -> Catalog {
    let mut catalog = catalog();
    declare(&mut catalog, "visits", caps);
    catalog
}

fn checked(sql: &str, catalog: &Catalog) -> CheckedQuery {
    let mut options = options();
    options.delta = "1e-6".parse().unwrap();
    (options.max_groups_per_unit, options.max_rows_per_group) = (Some(3), Some(5));
    check(sql, catalog, &options).unwrap_or_else(|e| panic!("{sql}: {e}"))
}

fn planned(
    data: &Data,
    query: &CheckedQuery,
    memory_bytes: usize,
    declared: Duration,
) -> Result<Prepared, ExecutionError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let env = ExecutionEnv {
        memory_bytes,
        declared: Some(declared),
        cores: NonZeroUsize::new(2).unwrap(),
        ..ExecutionEnv::default()
    };
    runtime.block_on(prepare(query, data, &env))
}

/// Longer than any of the statements takes.
const LONG: Duration = Duration::from_secs(10_000_000);
/// More than any of the statements takes, bytes.
const MOST: usize = 1 << 36;

/// The least memory with which a statement is let in.
fn least(fits: impl Fn(usize) -> bool) -> usize {
    let (mut too_little, mut enough) = (0, MOST);
    while enough - too_little > 1 {
        let middle = too_little + (enough - too_little) / 2;
        match fits(middle) {
            true => enough = middle,
            false => too_little = middle,
        }
    }
    enough
}
