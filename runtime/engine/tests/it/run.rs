//! Whole queries at a loss so large that the noise is nothing (ε = 10^5), and the noise itself.

use crate::fixture::{Data, Visit, catalog, data, options};
use arrow::util::display::array_value_to_string;
use irongate_engine::{
    ColumnStatus, ExecutionEnv, LossRequest, QueryOptions, Released, check, execute,
};

pub(crate) const VISITS: [Visit; 7] = [
    (1, 1, Some(3), 100, Some(1), "a"),
    (1, 1, Some(4), 200, None, "a"),
    (1, 2, None, 300, Some(2), "b"),
    (2, 1, Some(5), 150, Some(3), "a"),
    (200, 3, Some(10), 550, None, "c"),
    (200, 3, Some(2), 50, Some(9), "c"),
    (201, 9, Some(7), 10, Some(9), "c"),
];

pub(crate) fn run(sql: &str, options: &QueryOptions, files: usize) -> Released {
    let query = check(sql, &catalog(), options).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let data = data(&VISITS, files);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let released = runtime
        .block_on(execute(&query, &data, &ExecutionEnv::default()))
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    assert_eq!(released.batch.schema(), query.output_schema(), "{sql}");
    released
}

pub(crate) fn rows(released: &Released) -> String {
    let batch = &released.batch;
    (0..batch.num_rows())
        .map(|r| {
            (0..batch.num_columns())
                .map(|c| array_value_to_string(batch.column(c), r).unwrap())
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect::<Vec<_>>()
        .join(";")
}

#[test]
fn statements_give_the_exact_answers_when_noise_is_nothing() {
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM visits", "7"),
        ("SELECT COUNT(DISTINCT id) FROM visits", "4"),
        ("SELECT COUNT(amount), COUNT(free) FROM visits", "6,5"),
        (
            "SELECT district, COUNT(*) FROM visits GROUP BY district ORDER BY 1",
            "1,3;2,1;3,2",
        ),
        (
            "SELECT district, SUM(amount) AS s FROM visits GROUP BY district ORDER BY 1",
            "1,12;2,0;3,12",
        ),
        (
            "SELECT district, AVG(amount) FROM visits GROUP BY district ORDER BY 1",
            "1,4.0;2,;3,6.0",
        ),
        ("SELECT SUM(cost) FROM visits WHERE district = 3", "6.00"),
        (
            "SELECT AVG(cost) FROM visits WHERE district = 1",
            "1.500000",
        ),
        ("SELECT SUM(CLAMP(free, 0, 2)) FROM visits", "9"),
        ("SELECT SUM(amount * 2 + 1) FROM visits", "68"),
        (
            "SELECT amount > 4 AS big, COUNT(*) FROM visits WHERE amount IS NOT NULL GROUP BY 1 ORDER BY 1",
            "false,3;true,3;,0",
        ),
        (
            "SELECT CASE WHEN amount > 4 THEN 'big' ELSE 'small' END AS s, COUNT(*) FROM visits GROUP BY 1 ORDER BY 1",
            "big,3;small,4",
        ),
        (
            "SELECT a.district, COUNT(*) FROM visits v JOIN areas a ON v.district = a.district GROUP BY a.district ORDER BY 1",
            "1,3;2,1;3,2",
        ),
        (
            "SELECT COUNT(*) FROM visits v LEFT JOIN areas a ON v.district = a.district",
            "7",
        ),
        (
            "SELECT COUNT(*) FROM areas a RIGHT JOIN visits v ON v.district = a.district",
            "7",
        ),
        (
            "SELECT COUNT(*) FROM visits v LEFT SEMI JOIN areas a ON v.district = a.district",
            "6",
        ),
        (
            "SELECT COUNT(*) FROM visits v LEFT ANTI JOIN areas a ON v.district = a.district",
            "1",
        ),
        (
            "SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id WHERE p.age > 100",
            "3",
        ),
        (
            "SELECT SUM(p.age) FROM visits v JOIN people p USING (id) WHERE v.district = 1",
            "4",
        ),
        (
            "WITH x AS (SELECT district AS d, amount FROM visits) SELECT d, COUNT(*) FROM x WHERE amount > 2 GROUP BY d ORDER BY d",
            "1,3;2,0;3,1",
        ),
        (
            "SELECT district FROM visits GROUP BY district HAVING COUNT(*) > 1 ORDER BY 1",
            "1;3",
        ),
        (
            "SELECT MAX(n) FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district)",
            "3",
        ),
        (
            "WITH r AS (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) SELECT a.district, b.n FROM r a JOIN r b ON a.district = b.district ORDER BY 1",
            "1,3;2,1;3,2",
        ),
        ("SELECT (SELECT COUNT(*) FROM visits) + 1", "8"),
        (
            "SELECT a.area, SUM(r.n) FROM (SELECT district, COUNT(*) AS n FROM visits GROUP BY district) r JOIN areas a ON a.district = r.district GROUP BY a.area ORDER BY 1",
            "north,4;south,2",
        ),
        ("SELECT area FROM areas ORDER BY district LIMIT 1", "north"),
        (
            "SELECT SUM(amount) FROM (SELECT amount FROM visits ORDER BY amount)",
            "31",
        ),
        ("SELECT COUNT(*) FROM visits EXCEPT SELECT 1", "7"),
        (
            "SELECT note LIKE 'a%', COUNT(*) FROM visits GROUP BY 1 ORDER BY 1",
            "false,4;true,3",
        ),
    ] {
        for files in [1, 2] {
            assert_eq!(
                rows(&run(sql, &options(), files)),
                expected,
                "{sql} over {files} files"
            );
        }
    }
}

#[test]
fn accepted_statements_give_the_exact_answers_when_noise_is_nothing() {
    let cases: Vec<(&str, &str)> = include_str!("../answers.sql")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split_once(" | ").unwrap_or_else(|| panic!("{line}")))
        .collect();
    assert!(cases.len() >= 70, "{}", cases.len());
    let wrong: Vec<String> = cases
        .into_iter()
        .filter_map(|(expected, sql)| {
            let of = |files| std::panic::catch_unwind(|| rows(&run(sql, &options(), files)));
            let got = [of(1), of(3)].map(|rows| rows.unwrap_or_else(|_| "none".to_owned()));
            let fine = got.iter().all(|rows| rows == expected);
            (!fine).then(|| format!("{sql}\n   expected {expected}, not {got:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn caps_bound_what_a_unit_adds() {
    let caps = |c, m| QueryOptions {
        max_groups_per_unit: Some(c),
        max_rows_per_group: Some(m),
        ..options()
    };
    assert_eq!(
        rows(&run("SELECT COUNT(*) FROM visits", &caps(1, 1), 1)),
        "4"
    );
    assert_eq!(
        rows(&run("SELECT COUNT(*) FROM visits", &caps(1, 2), 1)),
        "6"
    );
    let one = rows(&run(
        "SELECT SUM(n) FROM (SELECT district, COUNT(DISTINCT id) AS n FROM visits GROUP BY district)",
        &caps(1, 5),
        1,
    ));
    assert_eq!(one, "3", "unit 1 keeps one of its two districts");
}

#[test]
fn undeclared_keys_need_delta_and_a_threshold() {
    let sql = "SELECT note, COUNT(*) AS n FROM visits GROUP BY note ORDER BY note";
    assert!(
        check(sql, &catalog(), &options())
            .unwrap_err()
            .to_string()
            .contains("δ")
    );
    let with = QueryOptions {
        delta: "1e-6".parse().unwrap(),
        ..options()
    };
    let query = check(sql, &catalog(), &with).unwrap();
    assert!(query.charges().values().all(|l| l.delta > 0));
    let threshold = query.explain().releases[0].threshold.as_ref().unwrap().0;
    assert!(threshold >= 2);
    let got = rows(&run(sql, &with, 1));
    assert!(
        got.is_empty() || !got.contains('b'),
        "one unit's own note may not leave: {got}"
    );
}

#[test]
fn noise_is_drawn_and_its_interval_told() {
    let sql = "SELECT district AS d, COUNT(*) AS n, AVG(amount) AS a, COUNT(*) + 1 AS m FROM visits GROUP BY district";
    for loss in [
        LossRequest::Epsilon("0.1".parse().unwrap()),
        LossRequest::Rho("0.01".parse().unwrap()),
    ] {
        let options = QueryOptions { loss, ..options() };
        let released = run(sql, &options, 1);
        let again = run(sql, &options, 1);
        assert_ne!(rows(&released), rows(&again));
        let status: Vec<_> = released.columns.iter().map(|c| &c.status).collect();
        assert!(
            matches!(status[0], ColumnStatus::Key) && matches!(status[3], ColumnStatus::Derived)
        );
        let ColumnStatus::Value { half_widths } = status[1] else {
            panic!("{status:?}")
        };
        assert!(
            half_widths.iter().all(|w| w.unwrap() > 10.0),
            "{half_widths:?}"
        );
        assert!(matches!(status[2], ColumnStatus::Value { .. }));
        assert_eq!(released.columns[2].bounds, Some(("0".into(), "10".into())));
    }
}

#[test]
fn the_charge_is_at_most_the_request_and_comes_from_the_plan() {
    let options = QueryOptions {
        loss: LossRequest::Epsilon("1".parse().unwrap()),
        ..options()
    };
    let query = check(
        "SELECT district, COUNT(*), SUM(amount), COUNT(DISTINCT id) FROM visits GROUP BY district",
        &catalog(),
        &options,
    )
    .unwrap();
    let loss = query.charges().into_values().next().unwrap();
    assert_eq!(loss.eps, Some(999_999_999));
    let reads: Vec<_> = query
        .reads()
        .values()
        .next()
        .unwrap()
        .iter()
        .map(String::as_str)
        .collect();
    assert_eq!(reads, ["amount", "district", "id"]);
    let other = check(
        "select district, COUNT(*), SUM(amount), COUNT(DISTINCT id) FROM visits GROUP BY district ",
        &catalog(),
        &options,
    )
    .unwrap();
    assert_ne!(
        query.fingerprint(),
        check("SELECT COUNT(*) FROM visits", &catalog(), &options)
            .unwrap()
            .fingerprint()
    );
    assert_eq!(other.charges(), query.charges());
}

#[test]
fn a_public_worst_case_beyond_the_limits_is_refused_before_anything_is_read() {
    // One private row meets every public row that agrees with it: 30 times 30 times 30.
    let statement = |on: &str| {
        let ones = vec!["(1)"; 30].join(",");
        format!(
            "WITH t(k) AS (VALUES {ones}), big AS (SELECT x.k FROM t x CROSS JOIN t y CROSS JOIN t z) \
             SELECT COUNT(*) FROM visits v JOIN big a ON {on}"
        )
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let env = ExecutionEnv::default();
    let nothing = Data {
        dir: tempfile::tempdir().unwrap(),
    };
    let fits = |sql: &str, env: &ExecutionEnv| {
        let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        runtime.block_on(irongate_engine::prepare(&query, &nothing, env))
    };
    for on in ["v.district = a.k", "v.district = a.k AND v.amount < a.k"] {
        let refused = fits(&statement(on), &env).unwrap_err();
        assert!(
            matches!(&refused, irongate_engine::ExecutionError::TooLarge(text) if text.contains("deadline")),
            "{refused}"
        );
    }
    let small = "SELECT COUNT(*) FROM visits v JOIN (VALUES (1), (2)) a(k) ON v.district = a.k";
    fits(small, &env).unwrap();
    // Of a table's columns, those that are joined say how many of its rows one private row meets.
    let numbered = |on: &str| {
        let rows: Vec<String> = (0..30).map(|i| format!("({i}, 1)")).collect();
        let rows = rows.join(",");
        format!(
            "WITH t(i, k) AS (VALUES {rows}), big AS (SELECT x.i * 900 + y.i * 30 + z.i AS i, x.k FROM t x CROSS JOIN t y CROSS JOIN t z) \
             SELECT COUNT(*) FROM visits v JOIN big a ON {on}"
        )
    };
    fits(&numbered("v.district = a.i"), &env).unwrap();
    fits(&numbered("v.district = a.k"), &env).unwrap_err();
    // Fifty thousand rows at most are planned for within a second, and not within none.
    let self_joins = "SELECT COUNT(*) FROM visits a JOIN visits b ON a.id = b.id JOIN visits c ON a.id = c.id JOIN visits d ON a.id = d.id JOIN visits e ON a.id = e.id";
    assert!(
        fits(
            self_joins,
            &ExecutionEnv {
                timeout: std::time::Duration::from_secs(1),
                ..env
            }
        )
        .is_err()
    );
}

/// Its unit is carried once, where it is selected.
#[test]
fn a_sub_query_takes_no_more_memory_than_its_table() {
    let needed = |from: &str| {
        let sql = format!("SELECT SUM(v.amount) FROM {from} v JOIN people p ON v.id = p.id");
        let query = check(&sql, &catalog(), &options()).unwrap();
        let nothing = data(&[], 1);
        let env = ExecutionEnv {
            memory_bytes: 1,
            ..ExecutionEnv::default()
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let fits = runtime.block_on(irongate_engine::prepare(&query, &nothing, &env));
        fits.unwrap_err().to_string()
    };
    assert!(needed("visits").contains("bytes, over 1;"));
    assert_eq!(needed("(SELECT id, amount FROM visits)"), needed("visits"));
}

#[test]
fn what_a_plan_makes_of_declared_caps_is_held_against_time_and_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let nothing = Data {
        dir: tempfile::tempdir().unwrap(),
    };
    let refusal = |sql: &str, seconds: u64| {
        let env = ExecutionEnv {
            timeout: std::time::Duration::from_secs(seconds),
            ..ExecutionEnv::default()
        };
        let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let fits = runtime.block_on(irongate_engine::prepare(&query, &nothing, &env));
        fits.err().map(|e| e.to_string()).unwrap_or_default()
    };
    // 5 and 5 rows read, 25 made: 350,000 for 10,000 units, and 2,000,000 a second.
    let pairs = "SELECT v.id, v.amount FROM visits v JOIN visits w ON v.id = w.id";
    let six = [pairs; 6].join(" UNION ALL ");
    for (rows, fits) in [(pairs, true), (six.as_str(), false)] {
        let refused = refusal(&format!("SELECT COUNT(*) FROM ({rows})"), 1);
        assert_eq!(refused.is_empty(), fits, "{refused}");
        // As much is done where one row a unit is left of it.
        let one = format!("SELECT COUNT(*) FROM (SELECT id FROM ({rows}) GROUP BY id)");
        assert_eq!(refusal(&one, 1).is_empty(), fits);
        let ranked = format!(
            "SELECT COUNT(*) FROM (SELECT RANK() OVER (PARTITION BY id ORDER BY amount) AS r FROM ({rows})) WHERE r = 1"
        );
        assert_eq!(refusal(&ranked, 1).is_empty(), fits);
    }
    // What one release may do in time, six of them may not: they run one after another.
    let release = |at: usize| format!("(SELECT COUNT(*) FROM ({pairs}) WHERE amount > {at})");
    let sum: Vec<String> = (0..6).map(release).collect();
    assert_eq!(refusal(&format!("SELECT {}", sum.first().unwrap()), 1), "");
    assert!(refusal(&format!("SELECT {}", sum.join(" + ")), 1).contains("fewer releases"));
    // Nothing is left of them, but ten fives are multiplied on the way.
    let mut ten = "visits a0".to_owned();
    for at in 1..10 {
        ten += &format!(" JOIN visits a{at} ON a0.id = a{at}.id");
    }
    let semi = format!(
        "SELECT COUNT(*) FROM people p LEFT SEMI JOIN (SELECT a0.id FROM {ten}) a ON p.id = a.id"
    );
    let refused = refusal(&semi, 10_000_000);
    assert!(refused.contains("one unit may have"), "{refused}");
    // A pool counts whole batches, of which each join keeps those with a unit's rows: wide ones are planned for.
    let beside = |joins: usize| {
        let wide = "x".repeat(4_000);
        let asked = "EXISTS (SELECT 1 FROM w p WHERE p.id = v.id AND p.t <> v.note)";
        refusal(
            &format!(
                "WITH w AS (SELECT id, CASE WHEN age > 9 THEN '{wide}' ELSE '' END AS t FROM people) \
                 SELECT COUNT(*) FROM visits v WHERE {}",
                vec![asked; joins].join(" AND ")
            ),
            10_000_000,
        )
    };
    assert_eq!(beside(2), "");
    assert!(
        beside(40).contains("the batches they come in"),
        "{}",
        beside(40)
    );
    // A text that stands beside as many private rows as there are.
    let text = |n: usize| {
        let text = "x".repeat(n);
        refusal(
            &format!(
                "SELECT COUNT(*) FROM visits v JOIN (VALUES (1, '{text}')) a(k, t) ON v.district = a.k AND v.note <> a.t"
            ),
            60,
        )
    };
    assert_eq!(text(8_192), "");
    assert!(text(8_193).contains("text over 8192 bytes"));
}

/// Slices of one large table count once: 300,000 rows come in some 40 of them.
#[test]
fn a_large_answer_is_told_whole() {
    let sql = "SELECT WIDTH_BUCKET(cost, 0, 5, 548) AS a, WIDTH_BUCKET(cost, 0, 4, 548) AS b, COUNT(*) AS n FROM visits GROUP BY a, b";
    let large = QueryOptions {
        max_groups_per_unit: Some(1),
        ..QueryOptions::new(LossRequest::Epsilon("1".parse().unwrap()))
    };
    assert_eq!(run(sql, &large, 1).batch.num_rows(), 550 * 550);
}

#[test]
fn a_time_limit_ends_the_execution() {
    let query = check("SELECT COUNT(*) FROM visits", &catalog(), &options()).unwrap();
    let data = data(&VISITS, 1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let env = ExecutionEnv {
        timeout: std::time::Duration::ZERO,
        ..ExecutionEnv::default()
    };
    assert!(matches!(
        runtime.block_on(execute(&query, &data, &env)),
        Err(irongate_engine::ExecutionError::Timeout)
    ));
}

#[test]
fn the_secure_generator_is_compiled_in() {
    // Without OpenDP's default feature it silently draws from an insecure generator.
    let out = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "-p",
            "irongate-engine",
            "-e",
            "features,normal",
            "-i",
            "openssl",
            "--offline",
            "--depth",
            "3",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&out.stdout);
    assert!(
        tree.contains("opendp") && tree.contains("use-openssl"),
        "{tree}{}",
        String::from_utf8_lossy(&out.stderr)
    );
}
