//! What calls of mappers are planned with.

use super::wait;
use crate::fixture::{catalog, data_as_it_is, declare, options};
use irongate_engine::{ExecutionEnv, ExecutionError, check, prepare};
use std::sync::Arc;
use std::time::Duration;

/// A join with a table of few people leaves few of a mapper's rows, and takes no call away.
#[test]
fn calls_are_planned_for_whatever_becomes_of_them() {
    let mut catalog = catalog();
    for (name, units) in [("visits", 1_000_000), ("people", 10)] {
        declare(&mut catalog, name, |caps| caps.units_at_most = units);
    }
    let env = ExecutionEnv {
        declared: Some(Duration::from_secs(60)),
        ..ExecutionEnv::default()
    };
    let data = data_as_it_is(&[], 1);
    let joined = "SELECT SUM(s.total) FROM spend s JOIN people p ON s.id = p.id";
    let asked = |fuel: u64| {
        let mut catalog = catalog.clone();
        let table = catalog.mappers.get_mut("spend").unwrap();
        let declared = Arc::make_mut(&mut table.declared);
        (declared.fuel, declared.memory_kib) = (fuel, 64);
        let query = check(joined, &catalog, &options()).unwrap();
        wait(prepare(&query, &data, &env)).map(drop)
    };
    asked(1_000).unwrap();
    // A million calls of 0.4 ms, of which a minute has time for 150,000.
    let error = asked(100_000).unwrap_err();
    assert!(matches!(error, ExecutionError::TooLarge(_)), "{error}");
}

/// A load may wait for memory that no cache holds.
#[test]
fn fuel_is_planned_for_longer_with_memory_beyond_a_cache() {
    let mut catalog = catalog();
    declare(&mut catalog, "visits", |caps| caps.units_at_most = 100_000);
    let env = ExecutionEnv {
        declared: Some(Duration::from_secs(60)),
        ..ExecutionEnv::default()
    };
    let data = data_as_it_is(&[], 1);
    let asked = |memory_kib: u32| {
        let mut catalog = catalog.clone();
        let table = catalog.mappers.get_mut("spend").unwrap();
        let declared = Arc::make_mut(&mut table.declared);
        (declared.fuel, declared.memory_kib) = (50_000, memory_kib);
        let query = check("SELECT SUM(total) FROM spend", &catalog, &options()).unwrap();
        wait(prepare(&query, &data, &env)).map(drop)
    };
    // A minute has 0.6 ms for each: 0.2 ms of fuel and 0.17 ms of pages, or 3.2 ms of fuel.
    asked(512).unwrap();
    let error = asked(516).unwrap_err();
    assert!(matches!(error, ExecutionError::TooLarge(_)), "{error}");
}
