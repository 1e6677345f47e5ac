//! Work that never ends and never yields is ended by its deadline: public inputs before anything is
//! reserved, and what stands above the releases.

use crate::fixture::{catalog, data, options};
use crate::run::VISITS;
use irongate_engine::{ExecutionEnv, ExecutionError, check, execute, prepare};
use std::sync::mpsc;
use std::time::Duration;

/// A table of 3²⁴ rows.
fn cross_joins() -> String {
    let table = |n: usize| format!("(VALUES (1), (2), (3)) t{n}(x{n})");
    let tables: Vec<String> = (0..24).map(table).collect();
    let sum: Vec<String> = (0..24).map(|n| format!("x{n}")).collect();
    format!(
        "(SELECT MAX({}) AS x FROM {})",
        sum.join(" + "),
        tables.join(" CROSS JOIN ")
    )
}

/// `alike`, a table of 80³ rows, in whole batches, whose `k` are all alike.
fn alike() -> String {
    let values: Vec<String> = (0..80).map(|x| format!("({x})")).collect();
    let values = values.join(", ");
    format!(
        "WITH t(x) AS (VALUES {values}), \
         u AS (SELECT DISTINCT a.x * 6400 + b.x * 80 + c.x AS x FROM t a CROSS JOIN t b CROSS JOIN t c), \
         alike AS (SELECT x / 1000000 AS k, x FROM u)"
    )
}

const COUNT: &str = "SELECT COUNT(*) AS n FROM visits";

/// How the statement ends within a second's limit.
fn ends(sql: &str, before: bool) -> Result<(), ExecutionError> {
    let timeout = Duration::from_secs(1);
    ends_within(
        sql,
        before,
        ExecutionEnv {
            timeout,
            ..ExecutionEnv::default()
        },
    )
}

fn ends_within(sql: &str, before: bool, env: ExecutionEnv) -> Result<(), ExecutionError> {
    let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let data = data(&VISITS, 1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let end = runtime.block_on(async {
            if before {
                prepare(&query, &data, &env).await.map(drop)
            } else {
                execute(&query, &data, &env).await.map(drop)
            }
        });
        tell.send(end)
    });
    // Twenty times the limit: a slow machine is not what is looked for.
    told.recv_timeout(Duration::from_secs(20))
        .unwrap_or_else(|_| panic!("runs on: {sql}"))
}

#[test]
fn the_deadline_ends_what_never_yields() {
    let endless = cross_joins();
    let above = format!("SELECT n FROM ({COUNT}) JOIN {endless} e ON n < e.x + 1000");
    let below = format!("SELECT COUNT(*) FROM visits v JOIN {endless} e ON v.district = e.x");
    for (sql, before) in [(above, false), (below.clone(), true), (below, false)] {
        assert!(
            matches!(ends(&sql, before), Err(ExecutionError::Timeout)),
            "{sql}"
        );
    }
    assert!(ends(COUNT, false).is_ok() && ends(COUNT, true).is_ok());
}

#[test]
fn the_deadline_ends_a_join_that_finds_nothing() {
    // No pair is one: the join gives no batch before it has seen them all.
    for on in ["a.x + b.x < 0", "a.k = b.k AND a.x + b.x < 0"] {
        let pairs = format!("(SELECT a.x FROM alike a JOIN alike b ON {on})");
        let sql = format!(
            "{} SELECT n FROM ({COUNT}) JOIN {pairs} s ON n < s.x",
            alike()
        );
        assert!(
            matches!(ends(&sql, false), Err(ExecutionError::Timeout)),
            "{sql}"
        );
    }
}

#[test]
fn a_recursion_with_no_end_ends() {
    let ends_in_time = |sql: &str, before| {
        let env = ExecutionEnv {
            timeout: Duration::from_secs(15),
            memory_bytes: 64 << 20,
            ..ExecutionEnv::default()
        };
        ends_within(sql, before, env)
    };
    let rounds = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r)";
    let is_too_long =
        |end| matches!(end, Err(ExecutionError::TooLarge(text)) if text.contains("10000 times"));
    for rest in ["SELECT n FROM r", "SELECT COUNT(*) AS n FROM r"] {
        let above =
            format!("SELECT c.n FROM ({COUNT}) c JOIN ({rounds} {rest}) e ON c.n < e.n + 9");
        assert!(is_too_long(ends_in_time(&above, false)), "{above}");
    }
    let below =
        format!("SELECT COUNT(*) FROM visits WHERE amount < ({rounds} SELECT MAX(n) FROM r)");
    for before in [true, false] {
        assert!(is_too_long(ends_in_time(&below, before)), "{below}");
    }
    // Rows that triple in each round take all memory; pairs in one round take all time.
    let tripled = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL \
                   SELECT r.n FROM r CROSS JOIN (VALUES (1), (2), (3)) t(x)) SELECT COUNT(*) AS n FROM r";
    let tripled = ends_in_time(tripled, false);
    assert!(
        matches!(&tripled, Err(e) if e.to_string().contains("out of its memory")),
        "{tripled:?}"
    );
    let endless = cross_joins();
    let paired = format!(
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT e.x FROM r JOIN {endless} e ON r.n < e.x) SELECT n FROM r"
    );
    assert!(matches!(ends(&paired, false), Err(ExecutionError::Timeout)));
}
