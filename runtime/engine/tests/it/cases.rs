//! Refused statements: each with the rule it breaks and a word its message must hold.

use crate::fixture::{catalog, options};
use irongate_engine::{LossRequest, QueryOptions, Rule, check};

fn cases() -> Vec<(Rule, String, String)> {
    include_str!("../cases/rejected.sql")
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .map(|line| {
            let (head, sql) = line.split_once('|').unwrap_or_else(|| panic!("{line}"));
            let (rule, word) = head.trim().split_once(' ').unwrap_or((head.trim(), ""));
            let rule = serde_json::from_value::<String>(serde_json::json!(rule)).unwrap();
            let all = [
                Rule::Limit,
                Rule::Syntax,
                Rule::Statement,
                Rule::UnknownName,
                Rule::RowLevelOutput,
                Rule::UnitOutput,
                Rule::UnitLocality,
                Rule::Join,
                Rule::Order,
                Rule::Aggregate,
                Rule::Total,
                Rule::Bounds,
                Rule::Volatile,
                Rule::Subquery,
                Rule::Keys,
                Rule::Loss,
                Rule::Contribution,
                Rule::OutputType,
                Rule::Size,
            ];
            let rule = all
                .into_iter()
                .find(|r| serde_json::to_value(r).unwrap() == serde_json::json!(rule))
                .unwrap_or_else(|| panic!("{line}"));
            (rule, word.trim().to_owned(), sql.trim().to_owned())
        })
        .collect()
}

#[test]
fn hostile_statements_are_rejected_for_the_right_reason() {
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 90, "{}", cases.len());
    for (rule, word, sql) in cases {
        match check(&sql, &catalog(), &options()) {
            Ok(_) => wrong.push(format!("PASSED: {sql}")),
            Err(e)
                if e.rule != rule
                    || !e.to_string().to_lowercase().contains(&word.to_lowercase()) =>
            {
                wrong.push(format!("{sql}\n   {:?}: {e}", e.rule))
            }
            Err(e) => {
                if e.span.is_none()
                    && !matches!(e.rule, Rule::Syntax | Rule::Statement | Rule::Limit)
                {
                    wrong.push(format!("no place: {sql}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deep_and_huge_statements_do_not_kill_the_process() {
    let many = |n: usize, sep: &str, term: &str| vec![term; n].join(sep);
    for sql in [
        format!("SELECT SUM({}) FROM visits", many(950, "+", "amount")),
        format!(
            "SELECT COUNT(*) FROM visits WHERE {}",
            many(450, " OR ", "amount = 1")
        ),
        format!("SELECT {}1{}", "(".repeat(3_000), ")".repeat(3_000)),
        format!("SELECT {}", "-".repeat(60_000)),
        format!("SELECT {} FROM visits", many(30_000, ",", "1")),
        "x".repeat(1 << 20),
        many(450, " UNION ALL ", "SELECT 1"),
    ] {
        // Accepted or not, it comes back.
        drop(check(&sql, &catalog(), &options()).map(|q| q.explain().to_string()));
    }
}

#[test]
fn losses_out_of_range_are_rejected() {
    let sql = "SELECT COUNT(*) FROM visits";
    for (loss, delta) in [
        ("0", "0"),
        ("-1", "0"),
        ("1e-12", "0"),
        ("1e17", "0"),
        ("1", "1"),
        ("1", "-0.1"),
        ("1", "2"),
    ] {
        for make in [LossRequest::Epsilon, LossRequest::Rho] {
            let options = QueryOptions {
                loss: make(loss.parse().unwrap()),
                delta: delta.parse().unwrap(),
                ..options()
            };
            assert_eq!(
                check(sql, &catalog(), &options).unwrap_err().rule,
                Rule::Loss,
                "{loss} {delta}"
            );
        }
    }
    for cap in [0, u32::MAX] {
        let options = QueryOptions {
            max_rows_per_group: Some(cap),
            ..options()
        };
        assert_eq!(
            check(sql, &catalog(), &options).unwrap_err().rule,
            Rule::Contribution
        );
    }
}
