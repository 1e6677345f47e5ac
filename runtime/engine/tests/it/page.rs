//! The statements of `docs/sql.md` are answered as the page says.

use crate::fixture::{catalog, options};
use irongate_engine::{LossRequest, QueryOptions, check};

const PAGE: &str = include_str!("../../../../docs/sql.md");

/// Every block of statements, and whether it is said to be refused.
fn blocks() -> Vec<(bool, String)> {
    let mut out = Vec::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```sql") else {
            continue;
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        out.push((kind == " refused", text.join("\n")));
    }
    out
}

#[test]
fn every_statement_of_the_page_is_answered_as_it_says() {
    let blocks = blocks();
    // Groups by text have no declared keys.
    let with_delta = QueryOptions {
        delta: "1e-7".parse().unwrap(),
        ..QueryOptions::new(LossRequest::Rho("0.1".parse().unwrap()))
    };
    for (is_refused, sql) in &blocks {
        let pure = check(sql, &catalog(), &options());
        match (is_refused, check(sql, &catalog(), &with_delta)) {
            (false, Err(why)) => panic!("{sql}: {why}"),
            (true, Ok(_)) => panic!("accepted: {sql}"),
            (true, Err(_)) => assert!(pure.is_err(), "{sql}"),
            (false, Ok(_)) => {}
        }
    }
    let refused = blocks.iter().filter(|(is_refused, _)| *is_refused).count();
    assert!(
        refused >= 4 && blocks.len() - refused >= 8,
        "{refused} of {}",
        blocks.len()
    );
}
