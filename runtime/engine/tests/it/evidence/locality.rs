//! Unit-locality: the private rows of a unit are the same whether anyone else is there or not.

use super::statements::{Statement, all_parts, statement, unit, visits};
use super::{on_all_cores, runtime};
use crate::fixture::{Data, Visit, catalog, data};
use arrow::array::AsArray as _;
use arrow::util::display::array_value_to_string;
use irongate_engine::{CheckedQuery, ExecutionEnv, check, private_rows};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Databases, and statements asked of each.
const DATABASES: usize = 360;
const STATEMENTS: usize = 6;
/// Statements with rows of the unit, in all and of each part of the language.
const COUNTED: usize = 800;
const EACH: usize = 8;

/// The rows of one unit that bounding would take, in any order; one list a release.
fn rows(query: &CheckedQuery, data: &Data, unit: u8) -> Vec<Vec<String>> {
    let batches = runtime()
        .block_on(private_rows(query, data, &ExecutionEnv::default()))
        .unwrap();
    let of = |batch: &arrow::record_batch::RecordBatch| {
        let units = batch.column(0).as_fixed_size_binary();
        let mut rows: Vec<String> = (0..batch.num_rows())
            .filter(|row| units.value(*row) == [unit; 16])
            .map(|row| {
                let values = batch.columns().iter().map(|column| {
                    let text = array_value_to_string(column, row).unwrap();
                    format!("{}{text};", u8::from(column.is_valid(row)))
                });
                values.collect()
            })
            .collect();
        rows.sort();
        rows
    };
    batches.iter().map(of).collect()
}

#[test]
fn rows_of_a_unit_do_not_depend_on_other_units() {
    let cases = on_all_cores(DATABASES, |number| {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        random.set_stream(number as u64);
        let visits = visits(&mut random);
        let unit = unit(&mut random);
        let own: Vec<Visit> = visits.iter().filter(|v| v.0 == unit).copied().collect();
        let files = random.random_range(1..=3);
        let (all, alone) = (data(&visits, files), data(&own, 1));
        let mut cases = Vec::new();
        for _ in 0..STATEMENTS {
            let Statement {
                sql,
                options,
                parts,
            } = statement(&mut random);
            let Ok(query) = check(&sql, &catalog(), &options) else {
                continue;
            };
            let (with, without) = (rows(&query, &all, unit), rows(&query, &alone, unit));
            let counted = with.iter().any(|rows| !rows.is_empty());
            let differ = (with != without).then(|| format!("{sql}: {with:?}, alone {without:?}"));
            cases.push((counted, parts, differ));
        }
        cases
    });
    let cases: Vec<_> = cases.into_iter().flatten().collect();
    let differ: Vec<_> = cases
        .iter()
        .filter_map(|(.., differ)| differ.as_ref())
        .collect();
    assert!(differ.is_empty(), "{differ:#?}");
    let of = |part: Option<&str>| {
        let has = |parts: &[&str]| part.is_none_or(|part| parts.contains(&part));
        cases
            .iter()
            .filter(|(counted, parts, _)| *counted && has(parts))
            .count()
    };
    let parts = all_parts().into_iter().map(|part| (part, of(Some(part))));
    let parts: Vec<_> = parts.collect();
    println!("{} statements with rows of the unit: {parts:?}", of(None));
    assert!(of(None) >= COUNTED, "{} counted", of(None));
    let rare: Vec<_> = parts.iter().filter(|(_, n)| *n < EACH).collect();
    assert!(rare.is_empty(), "too few of {rare:?}");
}
