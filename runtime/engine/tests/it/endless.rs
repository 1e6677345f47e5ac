//! Work that never ends and never yields is ended by its deadline: public inputs before anything is
//! reserved, and what stands above the releases.

use crate::fixture::{catalog, data, options};
use crate::run::VISITS;
use irongate_engine::{ExecutionEnv, ExecutionError, check, execute, fits};
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

const COUNT: &str = "SELECT COUNT(*) AS n FROM visits";

/// How the statement ends within a second's limit.
fn ends(sql: &str, before: bool) -> Result<(), ExecutionError> {
    let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let data = data(&VISITS, 1);
        let env = ExecutionEnv {
            timeout: Duration::from_secs(1),
            ..ExecutionEnv::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let end = runtime.block_on(async {
            if before {
                fits(&query, &data, &env).await
            } else {
                execute(&query, &data, &env).await.map(|_| ())
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
