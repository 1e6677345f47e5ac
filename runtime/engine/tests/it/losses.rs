//! How a statement's loss is divided, and which accounts take it.

use crate::fixture::catalog;
use irongate_engine::{
    CheckedQuery, LossRequest, MAX_MECHANISMS, QueryOptions, Rejection, Rule, Split, check,
};
use irongate_policy::Loss;
use proptest::prelude::*;

fn epsilon(amount: &str) -> LossRequest {
    LossRequest::Epsilon(amount.parse().unwrap())
}

fn rho(amount: &str) -> LossRequest {
    LossRequest::Rho(amount.parse().unwrap())
}

fn asked(sql: &str, loss: LossRequest, split: Split) -> Result<CheckedQuery, Rejection> {
    let options = QueryOptions {
        split,
        delta: "1e-6".parse().unwrap(),
        ..QueryOptions::new(loss)
    };
    check(sql, &catalog(), &options)
}

/// The losses of a statement's noisy sums, in the order that `explain` lists them.
fn shares(query: &CheckedQuery) -> Vec<u64> {
    let explain = query.explain();
    let sums = explain.releases.iter().flat_map(|r| &r.mechanisms);
    sums.map(|m| m.loss.eps.unwrap_or(m.loss.rho)).collect()
}

fn accuracies(of: &[&str]) -> Split {
    Split::Accuracy(of.iter().map(|text| text.parse().unwrap()).collect())
}

#[test]
fn shares_divide_the_loss_over_the_sums_of_each_aggregate() {
    let sql = "SELECT COUNT(*), SUM(amount), VAR(cost) FROM visits";
    let of = |weights: &[u32]| asked(sql, epsilon("1"), Split::Shares(weights.to_vec()));
    // Rows are counted for COUNT and for VAR: 3 parts of its own and 1 of VAR's 3.
    assert_eq!(
        shares(&of(&[3, 6, 3]).unwrap()),
        [333_333_333, 83_333_333, 83_333_333, 500_000_000]
    );
    let keyed = "SELECT note, COUNT(*), SUM(amount) FROM visits GROUP BY note";
    let of_keyed = |weights: &[u32]| asked(keyed, epsilon("1"), Split::Shares(weights.to_vec()));
    // The keyset first: the mean of 1 and 3.
    assert_eq!(
        shares(&of_keyed(&[1, 3]).unwrap()),
        [333_333_333, 166_666_666, 500_000_000]
    );
    for wrong in [&[][..], &[1, 2], &[1, 2, 3, 4], &[1, 0, 1], &[1, 1, 1_001]] {
        assert_eq!(of(wrong).unwrap_err().rule, Rule::Loss, "{wrong:?}");
    }
    // The sets of one GROUP BY share their aggregates' weights.
    let sets = "SELECT district, COUNT(*), SUM(amount) FROM visits GROUP BY ROLLUP (district)";
    let query = asked(sets, epsilon("1"), Split::Shares(vec![1, 4])).unwrap();
    assert_eq!(
        shares(&query),
        [100_000_000, 400_000_000, 100_000_000, 400_000_000]
    );
}

#[test]
fn an_accuracy_is_met_at_the_least_loss() {
    for loss in [epsilon("100"), rho("100")] {
        let sql = "SELECT district, COUNT(*), SUM(amount), SUM(cost) FROM visits GROUP BY district";
        let query = asked(sql, loss, accuracies(&["50", "200", "99.5"])).unwrap();
        let explain = query.explain();
        for (sum, wanted) in explain.releases[0]
            .mechanisms
            .iter()
            .zip([50.0, 200.0, 99.5])
        {
            assert!(
                sum.error_95 <= wanted && sum.error_95 > wanted * 0.97,
                "{sum:?}"
            );
        }
        // One for all; and a keyset's count is held to a count's.
        let sql = "SELECT note, COUNT(*) FROM visits GROUP BY note";
        let query = asked(sql, loss, accuracies(&["50"])).unwrap();
        for sum in &query.explain().releases[0].mechanisms {
            assert!(sum.error_95 <= 50.0 && sum.error_95 > 48.0, "{sum:?}");
        }
    }
}

#[test]
fn an_accuracy_that_cannot_be_had_is_refused_with_what_it_needs() {
    for (sql, loss, split, word) in [
        (
            "SELECT COUNT(*) FROM visits",
            "0.001",
            accuracies(&["50"]),
            "needs ε 0.",
        ),
        (
            "SELECT AVG(amount) FROM visits",
            "1",
            accuracies(&["1"]),
            "COUNT and SUM",
        ),
        (
            "SELECT COUNT(*) FROM visits",
            "1",
            accuracies(&["0"]),
            "positive",
        ),
        (
            "SELECT COUNT(*) FROM visits",
            "1",
            accuracies(&["-3"]),
            "positive",
        ),
        (
            "SELECT COUNT(*) FROM visits",
            "1",
            accuracies(&["0.5"]),
            "whole steps",
        ),
        (
            "SELECT COUNT(*) FROM visits",
            "1",
            accuracies(&["5", "5"]),
            "for 1 aggregates",
        ),
        (
            "SELECT note, SUM(amount) FROM visits GROUP BY note",
            "1",
            accuracies(&["5"]),
            "COUNT(DISTINCT unit)",
        ),
    ] {
        let refused = asked(sql, epsilon(loss), split).unwrap_err();
        assert!(
            refused.rule == Rule::Loss && refused.to_string().contains(word),
            "{sql}: {refused}"
        );
    }
}

#[test]
fn how_the_loss_is_divided_is_part_of_the_fingerprint() {
    let sql = "SELECT COUNT(*), SUM(amount) FROM visits";
    let splits = [
        Split::Even,
        Split::Shares(vec![1, 1]),
        Split::Shares(vec![1, 2]),
        accuracies(&["500"]),
        accuracies(&["500", "500"]),
    ];
    let of = |split: Split| asked(sql, epsilon("9"), split).unwrap().fingerprint();
    let prints: std::collections::BTreeSet<_> = splits.into_iter().map(of).collect();
    assert_eq!(prints.len(), 5);
}

/// What a pure account asks of a charge: an ε, and no δ. The account itself is `irongate-policy`'s.
#[test]
fn only_unthresholded_laplace_noise_is_pure() {
    let pure = |loss: Loss| loss.eps.is_some() && loss.delta == 0;
    let charge = |sql: &str, loss| {
        let query = asked(sql, loss, Split::Even).unwrap();
        query.charges().into_values().next().unwrap()
    };
    let (dense, keyed) = (
        "SELECT district, COUNT(*), VAR(amount) FROM visits GROUP BY district",
        "SELECT note, COUNT(*) FROM visits GROUP BY note",
    );
    assert!(pure(charge(dense, epsilon("1"))));
    assert!(!pure(charge(dense, rho("1"))));
    assert!(!pure(charge(keyed, epsilon("1"))));
    assert!(!pure(charge(keyed, rho("1"))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn shares_never_exceed_the_loss(nano in 1_000_u64..9_000_000_000, a in 1_u32..=1_000, b in 1_u32..=1_000, c in 1_u32..=1_000, thresholded in any::<bool>(), laplace in any::<bool>()) {
        let keys = if thresholded { "note" } else { "district" };
        let sql = format!("SELECT {keys}, COUNT(*), AVG(amount), CORR(amount, cost) FROM visits GROUP BY ROLLUP ({keys})");
        let amount = irongate_policy::Decimal::new(i128::from(nano), 9).unwrap();
        let loss = if laplace { LossRequest::Epsilon(amount) } else { LossRequest::Rho(amount) };
        if let Ok(query) = asked(&sql, loss, Split::Shares(vec![a, b, c])) {
            let charge = query.charges().into_values().next().unwrap();
            let spent = if laplace { charge.eps.unwrap() } else { charge.rho };
            prop_assert!(spent <= nano && spent == shares(&query).iter().sum::<u64>());
            prop_assert!(charge.delta <= 1_000_000_000_000);
        }
    }
}

#[test]
fn a_statement_has_so_many_noisy_sums_and_no_more() {
    let asked = |sums: usize| {
        let sums: Vec<String> = (1..=sums)
            .map(|most| format!("SUM(CLAMP(free, 0, {most}))"))
            .collect();
        let sql = format!("SELECT {} FROM visits", sums.join(", "));
        check(&sql, &catalog(), &QueryOptions::new(epsilon("1"))).map(|_| ())
    };
    assert_eq!(asked(MAX_MECHANISMS), Ok(()));
    assert_eq!(asked(MAX_MECHANISMS + 1).unwrap_err().rule, Rule::Limit);
}
