use super::*;
use crate::{Column, Kind, Value, Values};

const SQL: &str = "SELECT year, n FROM t";
const MANIFEST: &str = r#"
[limits]
queries = 2
[[outputs]]
name = "out"
max_rows = 2
required = true
columns = [
  { name = "year", type = "int64" },
  { name = "n", type = "float64", null = true, interval = "required" },
]
"#;

fn harness() -> Harness {
    let manifest = toml::from_str(MANIFEST).unwrap();
    Harness {
        project: PathBuf::new(),
        manifest,
        by_sql: Vec::new(),
        in_order: VecDeque::new(),
    }
}

fn table(rows: usize) -> Table {
    let n = Column::from_parts(
        "n",
        Values::Float64s(vec![1.0; rows]),
        vec![],
        Some(vec![0.1; rows]),
    );
    Table::new(vec![
        Column::new("year", Values::Int64s(vec![1984; rows])),
        n.unwrap(),
    ])
    .unwrap()
}

fn pass_on(ctx: &mut Context) -> Result<()> {
    let table = ctx.query(SQL).rho("0.1").table()?;
    crate::log::info("asked");
    ctx.emit("out", table)
}

fn rejected(result: Result<Outcome>, part: &str) {
    match result {
        Err(Error::Rejected(text)) => assert!(text.contains(part), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_job_runs_against_fixtures() {
    for harness in [
        harness().answer("SELECT year,  n\nFROM t", table(2)),
        harness().answer_next(table(2)),
    ] {
        // `year,  n` and `year, n` differ in white space alone.
        let outcome = harness.run(pass_on).unwrap();
        assert_eq!(outcome.output("out"), Some(&table(2)));
        assert_eq!(outcome.asked[0].sql, SQL);
        assert_eq!(outcome.asked[0].options.rho.as_deref(), Some("0.1"));
        assert_eq!(outcome.log, [(Level::Info, "asked".to_owned())]);
    }
}

#[test]
fn outputs_must_fit_the_manifest() {
    rejected(
        harness().answer_next(table(3)).run(pass_on),
        "more than 2 rows",
    );
    rejected(
        harness()
            .answer_next(table(1).select(&["n", "year"]).unwrap())
            .run(pass_on),
        "columns are n, year",
    );
    rejected(
        harness()
            .answer_next(table(1).select(&["year"]).unwrap())
            .run(pass_on),
        "columns are year",
    );
    let derived = Table::new(vec![
        Column::from_values("year", Kind::Int64, &[Value::Null]).unwrap(),
        Column::new("n", Values::Int64s(vec![1])),
    ]);
    let all = "column `year` has a null; column `n` is int64, not float64; column `n` has no noise intervals";
    rejected(harness().answer_next(derived.unwrap()).run(pass_on), all);
    rejected(
        harness().run(|ctx| ctx.emit("other", Table::default())),
        "no output `other`",
    );
    rejected(harness().run(|_| Ok(())), "`out` is required");
    rejected(
        harness().run(|ctx| {
            ctx.emit("out", table(1))?;
            ctx.emit("out", table(1))
        }),
        "already",
    );
}

#[test]
fn questions_need_a_fixture_and_have_a_limit() {
    rejected(
        harness().answer("SELECT 1", table(1)).run(pass_on),
        "no fixture for",
    );
    let three = |ctx: &mut Context| {
        for _ in 0..3 {
            ctx.query(SQL).rho("0.1").table()?;
        }
        ctx.emit("out", table(1))
    };
    rejected(harness().answer(SQL, table(1)).run(three), "limits.queries");
    rejected(
        harness()
            .answer(SQL, table(1))
            .run(|ctx| ctx.query(SQL).table().map(drop)),
        "exactly one of",
    );
}

#[test]
fn a_refusal_reaches_the_job() {
    let denied = Error::Denied(vec!["budget-exhausted".into()]);
    for harness in [
        harness().refuse(SQL, denied.clone()),
        harness().refuse_next(denied.clone()),
    ] {
        assert_eq!(harness.run(pass_on), Err(denied.clone()));
    }
}
