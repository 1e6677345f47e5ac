//! Every refusal of the case files teaches: its place is in the statement, its remedy is said in both
//! languages, and its example is accepted.

use crate::cases::statements;
use crate::fixture::{catalog, options};
use irongate_engine::{Example, LossRequest, QueryOptions, Rejection, Rule, check};
use std::collections::BTreeMap;

/// Every refusal of the case files.
fn rejections() -> Vec<(String, QueryOptions, Rejection)> {
    statements()
        .into_iter()
        .filter_map(|(sql, options)| {
            let rejection = check(&sql, &catalog(), &options).err()?;
            Some((sql, options, rejection))
        })
        .collect()
}

/// The options of a statement as its example changes them.
fn with(example: &Example, mut options: QueryOptions) -> QueryOptions {
    for (name, value) in &example.options {
        match *name {
            "epsilon" => options.loss = LossRequest::Epsilon(value.parse().unwrap()),
            "rho" => options.loss = LossRequest::Rho(value.parse().unwrap()),
            "delta" => options.delta = value.parse().unwrap(),
            "max_groups_per_unit" => options.max_groups_per_unit = Some(value.parse().unwrap()),
            "max_rows_per_group" => options.max_rows_per_group = Some(value.parse().unwrap()),
            "max_values_per_group" => options.max_values_per_group = Some(value.parse().unwrap()),
            _ => panic!("{name}"),
        }
    }
    options
}

#[test]
fn every_rule_is_taught_with_an_example_that_is_accepted() {
    let mut wrong = Vec::new();
    let mut taught: BTreeMap<String, usize> = BTreeMap::new();
    for (sql, options, rejection) in rejections() {
        let Some(example) = &rejection.example else {
            wrong.push(format!("no example: {sql}"));
            continue;
        };
        match check(&example.sql, &catalog(), &with(example, options)) {
            Ok(_) => *taught.entry(format!("{:?}", rejection.rule)).or_default() += 1,
            Err(e) => wrong.push(format!("{sql}\n  its example {example}\n  {e}")),
        }
    }
    println!("{taught:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for rule in Rule::ALL {
        assert!(
            taught.contains_key(&format!("{rule:?}")),
            "{rule:?} has no case"
        );
    }
}

#[test]
fn every_refusal_has_its_place_and_both_languages() {
    let mut wrong = Vec::new();
    for (sql, _, rejection) in rejections() {
        // What is wrong with the options or the length stands nowhere in the statement.
        let nowhere = matches!(
            rejection.rule,
            Rule::Loss | Rule::Contribution | Rule::Limit
        );
        let place = rejection.span.map(|span| span.bytes(&sql));
        if !(place.as_ref().is_some_and(Option::is_some) || place.is_none() && nowhere) {
            wrong.push(format!("no place, {:?}: {sql}", rejection.span));
        }
        let zh = rejection.instead_zh();
        let is_untold = zh.ends_with(&format!("（{}）", rejection.instead));
        if is_untold && !matches!(rejection.rule, Rule::Syntax | Rule::UnknownName) {
            wrong.push(format!("no Chinese for `{}`: {sql}", rejection.instead));
        }
        if rejection.construct_zh() == rejection.construct
            && rejection
                .construct
                .starts_with(|c: char| c.is_ascii_lowercase())
            && !rejection.construct.contains("(DISTINCT")
        {
            wrong.push(format!("no Chinese for `{}`: {sql}", rejection.construct));
        }
        let whole = rejection.zh();
        if !whole.contains(&zh) || !whole.contains(rejection.rule.text().1) {
            wrong.push(format!("{whole}: {sql}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_example_keeps_what_it_can_of_the_statement() {
    for (sql, example) in [
        (
            "SELECT district, SUM(free) FROM visits WHERE amount > 3 GROUP BY district",
            "SELECT district, SUM(CLAMP(free, 0, 100)) FROM visits WHERE amount > 3 GROUP BY district",
        ),
        (
            "SELECT SUM(free + 1) FROM visits",
            "SELECT SUM(CLAMP(free, 0, 100) + 1) FROM visits",
        ),
        (
            "SELECT COUNT(*) FROM visits WHERE CAST(note AS INT) > 0",
            "SELECT COUNT(*) FROM visits WHERE TRY_CAST(note AS BIGINT) > 0",
        ),
        (
            "SELECT district, amount FROM visits WHERE amount > 3 ORDER BY amount",
            "SELECT COUNT(*) FROM visits WHERE amount > 3",
        ),
        (
            "SELECT COUNT(*) FROM (SELECT amount FROM visits LIMIT 10) WHERE amount > 1",
            "SELECT COUNT(*) FROM (SELECT amount FROM visits) WHERE amount > 1",
        ),
        (
            "SELECT a.area, COUNT(*) FROM visits v JOIN areas a ON v.district = a.district GROUP BY a.area",
            "SELECT a.area, COUNT(*) FROM visits v JOIN areas a ON v.district = a.district GROUP BY a.area  -- with delta 1e-6",
        ),
        (
            "SELECT COUNT(*) FROM visits v FULL JOIN people p ON v.id = p.id WHERE p.age > 3",
            "SELECT COUNT(*) FROM visits v JOIN people p ON v.id = p.id WHERE p.age > 3",
        ),
        (
            "EXPLAIN ANALYZE SELECT COUNT(*) FROM visits",
            "SELECT COUNT(*) FROM visits",
        ),
        (
            "SELECT DISTINCT district FROM visits WHERE amount > 1",
            "SELECT district, COUNT(DISTINCT id) AS units FROM visits WHERE amount > 1 GROUP BY district",
        ),
        (
            "SELECT SUM(10 / amount) FROM visits",
            "SELECT 1.0 * SUM(amount) / NULLIF(COUNT(*), 0) AS ratio FROM visits",
        ),
        (
            "SELECT now()",
            "SELECT district, COUNT(*) AS n, AVG(amount) AS mean FROM visits GROUP BY district",
        ),
    ] {
        let rejection = check(sql, &catalog(), &options()).unwrap_err();
        assert_eq!(
            rejection.example.map(|e| e.to_string()).as_deref(),
            Some(example),
            "{sql}"
        );
    }
}

#[test]
fn a_scenario_without_protected_tables_has_no_example() {
    let mut catalog = catalog();
    catalog.tables.retain(|name, _| name == "areas");
    let rejection = check("SELECT nothing FROM areas", &catalog, &options()).unwrap_err();
    assert_eq!(rejection.example, None);
}
