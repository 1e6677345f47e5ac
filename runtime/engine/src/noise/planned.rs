//! What is planned: the least that is enough, losses below their shares, bounds of cuts.

use super::*;

#[test]
fn what_is_enough_is_found_up_to_the_most() {
    for most in [5, 6, 8] {
        for enough in 1..=most + 1 {
            let least = least_above(0, most, |n| Ok(n >= enough)).unwrap();
            assert_eq!(least, (enough <= most).then_some(enough), "of {most}");
        }
    }
}

#[test]
fn an_accuracy_of_one_step_may_be_asked_for() {
    let one = Sensitivity { l0: 1, bound: 1 };
    for kind in [Kind::Laplace, Kind::Gaussian] {
        let share = Mechanism::least(kind, one, 1.0).unwrap();
        let planned = Mechanism::plan(kind, one, share).unwrap();
        assert_eq!(planned.half_width(AtOnce::One), 1.0, "{kind:?}");
    }
}

/// A share such as 0.1 is no double, and the nearest may be more: the loss is less than that.
#[test]
fn the_loss_is_below_the_share_where_the_scale_has_few_digits() {
    for kind in [Kind::Laplace, Kind::Gaussian] {
        for bound in [1, 3, 5, 7, 25] {
            for hundredths in 1..=200 {
                let share = hundredths * 10_000_000;
                let m = Mechanism::plan(kind, Sensitivity { l0: 1, bound }, share).unwrap();
                let loss = m.map().unwrap();
                assert!(loss < share as f64 / 1e9, "{loss} of {m:?}");
            }
        }
    }
}

#[test]
fn a_keyset_loses_no_more_than_its_counts() {
    for kind in [Kind::Laplace, Kind::Gaussian] {
        for l0 in [1, 2, 3, 7, 50, 1_000] {
            for hundredths in 1..=50 {
                let sensitivity = Sensitivity { l0, bound: 1 };
                let m = Mechanism::plan(kind, sensitivity, hundredths * 10_000_000).unwrap();
                let (loss, _) = m.map_threshold(10_000_000).unwrap();
                assert!(loss <= m.map().unwrap(), "{loss} of {m:?}");
            }
        }
    }
}

#[test]
fn the_bound_of_cuts_is_the_least_by_chernoffs_method() {
    for count in [2, 11, 12, 32, 64, 1_000] {
        let n = count as f64;
        // Both ends of every cut, each of which is missed no more often than this.
        let often = (2.0 * (n - 1.0) / 0.05).ln();
        for (kind, curvature, most) in [(Kind::Gaussian, 0.5, 4.0), (Kind::Laplace, 1.16, 0.5)] {
            let bound = |step: i32| {
                let at = most * f64::from(step) / 10_000.0;
                (often + n * curvature * at * at) / at
            };
            let least = (1..=10_000).map(bound).fold(f64::INFINITY, f64::min);
            let found = cuts(kind, count) / least;
            assert!((found - 1.0).abs() < 1e-4, "{kind:?} {count}: {found}");
        }
    }
}

#[test]
fn what_the_library_refuses_is_told_in_its_words() {
    let refused = Vector::new(Kind::Laplace, -1.0).err().unwrap();
    assert!(refused.contains("MakeMeasurement"), "{refused}");
}
