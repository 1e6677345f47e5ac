//! Mappers of blocks of units.

use super::{ask, ask_within, calls, code, many, shown};
use crate::fixture::Visit;
use crate::run::VISITS;
use irongate_engine::{ExecutionEnv, MapUnit, Mapped};
use irongate_guest::testing::lay_out_units;
use irongate_guest::{Row, Table, UnitRow, Units};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use std::sync::{Arc, Mutex};

/// What `sample` reads.
#[derive(UnitRow)]
struct Sampled {
    amount: Option<i64>,
    district: i64,
}

/// How many people a block has, and the share of their rows that are in district 1.
fn sample() -> Arc<dyn MapUnit> {
    code(|rows, outputs| {
        let people = Units::<Sampled>::new(rows).unwrap();
        let rows: Vec<Sampled> = people.rows().collect();
        let own = rows.iter().filter(|row| row.district == 1).count();
        assert!(
            rows.iter()
                .all(|row| row.amount.is_none_or(|amount| amount < 100))
        );
        outputs[0] = people.len() as f64;
        outputs[1] = own as f64 / rows.len() as f64;
        Ok(Mapped::Numbers)
    })
}

#[test]
fn every_unit_is_in_one_block_and_every_block_has_a_row() {
    for people in [4_u8, 40] {
        let visits = many(people, &mut ChaCha8Rng::seed_from_u64(6));
        let released = ask("SELECT AVG(people) FROM sample", &visits, sample()).unwrap();
        let mean: f64 = shown(&released.batch).parse().unwrap();
        assert!(
            (mean - f64::from(people) / 8.0).abs() < 1e-3,
            "{people} people: {mean}"
        );
    }
    // Of four people, some blocks have none: no share, and the default stands.
    let released = ask("SELECT MIN(share) FROM sample", &VISITS, sample()).unwrap();
    assert!(shown(&released.batch).parse::<f64>().unwrap() > -0.5);
}

#[test]
fn outputs_of_blocks_are_clamped_further() {
    let visits = many(40, &mut ChaCha8Rng::seed_from_u64(6));
    let blocks = calls("SELECT AVG(people) FROM sample", &visits);
    let people = |rows: &Vec<u8>| Units::<Sampled>::new(rows).unwrap().len();
    let people: Vec<usize> = blocks.iter().map(people).collect();
    assert!(people.iter().any(|n| *n < 5) && people.iter().any(|n| *n > 6));
    let clamped = people.iter().map(|n| (*n).clamp(5, 6)).sum::<usize>();
    let released = ask(
        "SELECT AVG(CLAMP(people, 5, 6)) FROM sample",
        &visits,
        sample(),
    );
    let mean: f64 = shown(&released.unwrap().batch).parse().unwrap();
    assert!((mean - clamped as f64 / 8.0).abs() < 1e-3, "{mean}");
}

#[test]
fn a_unit_changes_the_row_of_its_block_alone() {
    let visits = many(60, &mut ChaCha8Rng::seed_from_u64(7));
    for (sql, count) in [
        ("SELECT AVG(people) FROM sample", 8),
        ("SELECT AVG(rows) FROM few", 2),
    ] {
        let all = calls(sql, &visits);
        assert_eq!(all.len(), count, "{sql}");
        for unit in [0, 13, 59] {
            let without: Vec<Visit> = visits.iter().copied().filter(|v| v.0 != unit).collect();
            let mut others = calls(sql, &without);
            assert_eq!(others.len(), count, "{sql}");
            let before = others.len();
            others.retain(|buffer| !all.contains(buffer));
            assert!(
                before > others.len() && others.len() <= 1,
                "{sql}, unit {unit}"
            );
        }
    }
}

#[test]
fn blocks_are_laid_out_as_the_sdk_lays_them_out_and_do_not_depend_on_how_rows_are_stored() {
    let random = &mut ChaCha8Rng::seed_from_u64(8);
    let visits = many(60, random);
    // Of `sample` all rows are seen, of `few` those that its cap keeps.
    let [all, capped] = [
        "SELECT AVG(people) FROM sample",
        "SELECT AVG(rows) FROM few",
    ];
    for (cores, sql) in [(1, all), (2, all), (5, all), (1, capped), (2, capped)] {
        let mut again = visits.clone();
        again.shuffle(random);
        again.sort_by_key(|visit| visit.0);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        let watching = code(move |rows, _| {
            into.lock().unwrap().push(rows.to_vec());
            Ok(Mapped::Default)
        });
        let env = ExecutionEnv {
            cores: cores.try_into().unwrap(),
            ..ExecutionEnv::default()
        };
        ask_within(sql, &again, watching, &env).unwrap();
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        seen.sort();
        assert_eq!(seen, calls(sql, &visits), "{sql}, {cores} cores");
    }
    // One person alone, and a block of nobody.
    let visits: [Visit; 2] = [(9, 1, None, 1, None, "a"), (9, 2, Some(4), 1, None, "")];
    #[derive(Row)]
    struct Given {
        amount: Option<i64>,
        district: i64,
    }
    let given = visits.map(|(_, district, amount, ..)| Given { amount, district });
    let table = Table::from_rows(&given).unwrap();
    let mut expected = vec![lay_out_units::<Sampled>(&[&table]).unwrap()];
    let nobody = table.clone().filter(|_| Ok(false)).unwrap();
    let mut empty = lay_out_units::<Sampled>(&[&nobody]).unwrap();
    // No person at all, instead of one without rows.
    empty[32] = 0;
    empty.truncate(40);
    expected.extend(vec![empty; 7]);
    expected.sort();
    assert_eq!(calls("SELECT AVG(people) FROM sample", &visits), expected);
}

#[test]
fn a_block_sees_as_many_rows_as_its_cap() {
    let visits = many(80, &mut ChaCha8Rng::seed_from_u64(9));
    for buffer in calls("SELECT AVG(rows) FROM few", &visits) {
        assert_eq!(u32::from_le_bytes(buffer[4..8].try_into().unwrap()), 20);
    }
}
