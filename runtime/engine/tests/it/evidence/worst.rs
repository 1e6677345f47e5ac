//! The public worst case of a query: what one person's rows could make late or too large is refused to everyone.

use super::failures::{long_if_zhang, visits};
use super::runtime;
use crate::fixture::{catalog, data, options};
use irongate_engine::{
    ExecutionEnv, ExecutionError, Planned, QueryOptions, check, execute, prepare, private_plans,
};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Up to 31 million rows, which 60 seconds are planned for and 5 are not.
const JOINED: &str = "SELECT COUNT(*) FROM visits a JOIN visits b ON a.id = b.id JOIN visits c ON a.id = c.id JOIN visits d ON a.id = d.id JOIN visits e ON a.id = e.id";

#[test]
fn what_is_left_of_a_deadline_refuses_nothing() {
    let query = check(JOINED, &catalog(), &options()).unwrap();
    let data = data(&visits(), 1);
    let env = |timeout, declared| ExecutionEnv {
        timeout: Duration::from_secs(timeout),
        declared: Some(Duration::from_secs(declared)),
        ..ExecutionEnv::default()
    };
    let released = runtime().block_on(execute(&query, &data, &env(5, 60)));
    assert!(released.is_ok(), "{:?}", released.err());
    let refused = runtime().block_on(prepare(&query, &data, &env(60, 5)));
    assert!(
        matches!(refused, Err(ExecutionError::TooLarge(_))),
        "{refused:?}"
    );
}

#[test]
fn queries_of_one_deadline_are_planned_for_together() {
    let patterns: Vec<String> = (0..12).map(|i| format!("note ~ 'a[bc]*{i}'")).collect();
    let patterns = format!(
        "SELECT COUNT(*) FROM visits WHERE {}",
        patterns.join(" OR ")
    );
    for (sql, word) in [(JOINED, "rows"), (patterns.as_str(), "tenth")] {
        let query = check(sql, &catalog(), &options()).unwrap();
        let data = data(&visits(), 1);
        let after = |planned| {
            let env = ExecutionEnv {
                timeout: Duration::from_secs(30),
                planned,
                ..ExecutionEnv::default()
            };
            runtime().block_on(prepare(&query, &data, &env))
        };
        let once = after(Planned::default()).unwrap();
        match after(once.planned()) {
            Err(ExecutionError::TooLarge(text)) => assert!(text.contains(word), "{text}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn each_core_holds_the_rows_of_one_unit() {
    let query = check(&ranked(2, &power(5)), &catalog(), &options()).unwrap();
    let data = data(&visits(), 1);
    let on = |cores| {
        let env = ExecutionEnv {
            memory_bytes: 2 << 30,
            ..on_cores(cores)
        };
        runtime().block_on(prepare(&query, &data, &env))
    };
    on(2).unwrap();
    match on(64) {
        Err(ExecutionError::TooLarge(text)) => assert!(text.contains("for each core"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_that_are_compared_are_part_of_the_worst_case() {
    let rows = "SELECT v.id, v.amount FROM visits v JOIN visits a ON v.id = a.id JOIN visits b ON v.id = b.id";
    let statement = |beyond: &str| {
        format!(
            "SELECT COUNT(*) FROM ({rows}) x WHERE NOT EXISTS (SELECT 1 FROM ({rows}) y WHERE y.id = x.id {beyond})"
        )
    };
    let fits = |sql: &str| {
        let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let data = data(&visits(), 1);
        runtime().block_on(prepare(&query, &data, &ExecutionEnv::default()))
    };
    fits(&statement("")).unwrap();
    let refused = fits(&statement("AND y.amount > x.amount"));
    assert!(
        matches!(refused, Err(ExecutionError::TooLarge(_))),
        "{refused:?}"
    );
}

#[test]
fn one_row_meets_few_and_small_patterns() {
    let statement = |patterns: usize| {
        let any: Vec<String> = (0..patterns)
            .map(|i| format!("t ~ 'a(?:[ab]{{32}}){{{}}}[^ab]'", 1 + i % 4))
            .collect();
        format!(
            "SELECT COUNT(*) FROM (SELECT note, {} FROM visits) WHERE CASE WHEN note = 'zhang' THEN ({}) ELSE FALSE END",
            long_if_zhang("t"),
            any.join(" OR ")
        )
    };
    check(&statement(32), &catalog(), &options()).unwrap();
    let refused = check(&statement(33), &catalog(), &options()).unwrap_err();
    assert!(
        refused.to_string().contains("regular expressions"),
        "{refused}"
    );
    let used = "SELECT COUNT(*) FROM c UNION ALL ".repeat(24);
    let common = format!(
        "WITH c AS (SELECT id FROM visits WHERE note ~ 'a' OR note ~ 'b') {used} SELECT COUNT(*) FROM c"
    );
    let refused = check(&common, &catalog(), &options()).unwrap_err();
    assert!(
        refused.to_string().contains("regular expressions"),
        "{refused}"
    );
}

/// Visits ranked by so many long texts: the rows of a unit are sorted with them.
fn ranked(texts: usize, from: &str) -> String {
    let of = |shown: &dyn Fn(usize) -> String| (0..texts).map(shown).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY {}) AS r FROM (SELECT id, {} FROM \
         (SELECT v.id, {} FROM {from}))) WHERE r > 1",
        of(&|i| format!("t{i}")),
        of(&|i| format!("LEFT(t, {}) AS t{i}", 7_900 + i)),
        long_if_zhang("t").replace("note", "v.note"),
    )
}

#[test]
fn texts_of_one_units_rows_are_part_of_the_worst_case() {
    assert_eq!(said(&ranked(2, &power(5)), 60, 2 << 30), "");
    assert!(said(&ranked(50, &power(5)), 60, 2 << 30).contains("texts"));
}

#[test]
fn a_batch_holds_so_much_text_at_most_whoever_is_in_it() {
    let batches = |texts: usize| {
        let query = check(&ranked(texts, &power(1)), &catalog(), &options()).unwrap();
        let data = data(&visits(), 1);
        let env = ExecutionEnv::default();
        let plans = runtime()
            .block_on(private_plans(&query, &data, &env))
            .unwrap();
        let rows = plans[0].rsplit("batches of ").next().unwrap();
        rows.trim_end_matches(" rows").parse::<usize>().unwrap()
    };
    assert!((4_000..4_300).contains(&batches(1)), "{}", batches(1));
    assert!((50..100).contains(&batches(50)), "{}", batches(50));
}

#[test]
fn time_that_one_units_rows_may_take_is_part_of_the_worst_case() {
    let any = |count: usize, of: &dyn Fn(usize) -> String| {
        let any: Vec<String> = (0..count).map(of).collect();
        any.join(" OR ")
    };
    // Of the five rows that a unit may have, and of the 3,125 that five such tables joined may have.
    let alone = |condition: String| {
        let long = long_if_zhang("t");
        format!("SELECT COUNT(*) FROM (SELECT note, {long} FROM visits) WHERE {condition}")
    };
    let joined = |condition: String| {
        format!(
            "SELECT COUNT(*) FROM (SELECT v.note || d.note AS n, v.note FROM visits v JOIN visits a ON v.id = a.id \
             JOIN visits b ON v.id = b.id JOIN visits c ON v.id = c.id JOIN visits d ON v.id = d.id) WHERE {condition}"
        )
    };
    let pattern = |on: &'static str| move |i: usize| format!("{on} ~ 'a(?:[ab]{{32}}){{4}}x{i}'");
    let split = |i: usize| format!("SPLIT_PART(n, 'a', {}) = 'x'", i + 1);
    for (sql, is_fit) in [
        (alone(any(8, &pattern("t"))), true),
        (alone(any(32, &pattern("t"))), false),
        (alone(any(10, &pattern("LEFT(t, 100)"))), true),
        (alone(any(8, &|i| format!("t LIKE '%a_{i}%'"))), true),
        (alone(any(40, &|i| format!("t LIKE '%a_{i}%'"))), false),
        (alone(any(40, &|i| format!("t LIKE '%a{i}%'"))), true),
        (joined(any(1, &pattern("n"))), false),
        (joined(any(1, &pattern("LEFT(n, 20)"))), true),
        (joined(any(60, &split)), false),
        (joined(any(30, &split)), true),
        (alone("STRPOS(t, LEFT(t, 4000)) > 1".to_owned()), true),
        (joined("STRPOS(REPEAT(n, 16), 'x') > 1".to_owned()), true),
        (
            joined("STRPOS(REPEAT(n, 16), LEFT(REPEAT(n, 16), 2000)) > 1".to_owned()),
            false,
        ),
    ] {
        let said = said(&sql, 30, 1 << 30);
        assert_eq!(said.is_empty(), is_fit, "{sql}: {said}");
        assert!(is_fit || said.contains("tenth"), "{sql}: {said}");
    }
}

#[test]
fn rows_that_may_still_be_in_a_frame_are_copied_with_each_batch() {
    // 78,125 rows of one unit, each with a computed value; in batches of 16,384 they are copied six times.
    let digits: Vec<String> = (0..150).map(|i| format!("ABS(v.amount + {i})")).collect();
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT COUNT({}) OVER (PARTITION BY v.id ORDER BY v.amount ROWS BETWEEN 9999 PRECEDING \
         AND CURRENT ROW) AS n FROM {}) WHERE n > 1",
        digits.join(" + "),
        power(7),
    );
    // Computed and copied once they would take a second.
    assert!(said(&sql, 16, 4 << 30).contains("tenth"));
}

#[test]
fn texts_are_as_long_as_is_declared_or_read() {
    // Of 3,125 rows with twenty public texts in each: 8 KiB for each of them would be too much.
    let sql = |texts: usize| {
        let of = |shown: &dyn Fn(usize) -> String| (0..texts).map(shown).collect::<Vec<_>>();
        format!(
            "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY {}) AS r FROM (SELECT v.id, {} FROM \
             visits v JOIN visits a ON v.id = a.id JOIN visits b ON v.id = b.id JOIN visits c ON v.id = c.id \
             JOIN visits d ON v.id = d.id {})) WHERE r > 1",
            of(&|i| format!("a{i}")).join(", "),
            of(&|i| format!("p{i}.area AS a{i}")).join(", "),
            of(&|i| format!("JOIN areas p{i} ON p{i}.district = v.district")).join(" "),
        )
    };
    assert_eq!(said(&sql(20), 600, 1 << 30), "");
}

#[test]
fn groups_held_without_need_are_planned_for() {
    let sql = |key: &str| format!("SELECT {key}, COUNT(*) FROM visits GROUP BY {key}");
    // Declared keys, and those whose groups are forgotten late.
    for (key, needs) in [("district", 1 << 20), ("note", 80 << 20)] {
        assert_eq!(said(&sql(key), 600, needs), "", "{key}");
    }
    assert!(said(&sql("note"), 600, 40 << 20).contains("groups"));
}

#[test]
fn public_tables_that_are_joined_are_part_of_the_worst_case() {
    // Numbers that are all different: a private row meets one of them, however many there are.
    let sql = |tables: usize| {
        let digits: Vec<String> = (0..tables)
            .map(|i| format!("t{i}.district * {}", 10_i64.pow(i as u32)))
            .collect();
        let tables: Vec<String> = (0..tables).map(|i| format!("areas t{i}")).collect();
        format!(
            "SELECT COUNT(*) FROM visits v JOIN (SELECT {} AS k FROM {}) t ON v.district = t.k",
            digits.join(" + "),
            tables.join(" CROSS JOIN ")
        )
    };
    assert_eq!(said(&sql(1), 600, 64 << 10), "");
    assert!(said(&sql(9), 600, 64 << 10).contains("public tables"));
}

/// Whether a statement with δ fits, and what is said if not.
fn said(sql: &str, timeout: u64, memory_bytes: usize) -> String {
    let options = QueryOptions {
        delta: "1e-7".parse().unwrap(),
        max_groups_per_unit: Some(1),
        ..options()
    };
    let query = check(sql, &catalog(), &options).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let env = ExecutionEnv {
        timeout: Duration::from_secs(timeout),
        memory_bytes,
        ..on_cores(2)
    };
    let data = data(&visits(), 1);
    match runtime().block_on(prepare(&query, &data, &env)) {
        Ok(_) => String::new(),
        Err(ExecutionError::TooLarge(text)) => text,
        Err(other) => panic!("{sql}: {other:?}"),
    }
}

fn on_cores(cores: usize) -> ExecutionEnv {
    ExecutionEnv {
        cores: NonZeroUsize::new(cores).unwrap(),
        ..ExecutionEnv::default()
    }
}

/// Visits of one unit joined with themselves: five rows to this power.
fn power(tables: usize) -> String {
    let more = |i| format!(" JOIN visits t{i} ON v.id = t{i}.id");
    (1..tables)
        .map(more)
        .fold("visits v".to_owned(), |all, one| all + &one)
}

#[test]
fn groups_are_part_of_the_worst_case_before_they_are_chosen() {
    let by = |key: &str| {
        format!(
            "SELECT {key} AS k, COUNT(*) FROM {} GROUP BY {key}",
            power(7)
        )
    };
    assert_eq!(said(&by("v.free"), 7_200, 4 << 30), "");
    let refused = said(&by("REPEAT(v.note, 32)"), 7_200, 1 << 40);
    assert!(refused.contains("group by shorter texts"), "{refused}");
    // Of all units, whatever C is.
    let by_note = "SELECT note, COUNT(*) FROM visits GROUP BY note";
    assert_eq!(said(by_note, 60, 1 << 30), "");
    let refused = said(by_note, 60, 1 << 20);
    assert!(refused.contains("fewer or shorter keys"), "{refused}");
}

#[test]
fn what_one_unit_takes_is_added_up_over_releases_batches_and_nodes() {
    let pattern = "SELECT COUNT(*) FROM visits WHERE note ~ '{}'";
    let releases = |count: usize| {
        let each: Vec<String> = (0..count)
            .map(|i| format!("({}) AS r{i}", pattern.replace("{}", &format!("a[bc]*{i}"))))
            .collect();
        format!("SELECT {}", each.join(", "))
    };
    assert_eq!(said(&releases(5), 30, 4 << 30), "");
    assert!(said(&releases(20), 30, 4 << 30).contains("tenth"));
    // Each batch makes automatons anew: on few rows' texts, and none of them long.
    let joined = |tables| {
        let empty = |i| format!("CASE WHEN v.amount > t1.amount THEN '' END ~ 'a[bc]*{i}'");
        let any: Vec<String> = (0..20).map(empty).collect();
        format!(
            "SELECT COUNT(*) FROM {} WHERE {} OR t{}.amount = 1",
            power(tables),
            any.join(" OR "),
            tables - 1
        )
    };
    assert_eq!(said(&joined(5), 60, 4 << 30), "");
    assert!(said(&joined(7), 60, 4 << 30).contains("tenth"));
    // Rows are held with all of their columns.
    let held = |tables: usize| {
        let all: Vec<String> = (1..tables)
            .map(|i| format!("t{i}.amount AS a{i}, t{i}.cost AS c{i}, t{i}.free AS f{i}"))
            .collect();
        let sum: Vec<String> = (1..tables)
            .map(|i| format!("a{i} + c{i} + f{i} % 7"))
            .collect();
        format!(
            "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY {}) AS r FROM (SELECT v.id, {} FROM {})) \
             WHERE r > 1",
            sum.join(" + "),
            all.join(", "),
            power(tables)
        )
    };
    assert_eq!(said(&held(4), 7_200, 4 << 30), "");
    assert!(said(&held(8), 72_000, 4 << 30).contains("columns"));
}
