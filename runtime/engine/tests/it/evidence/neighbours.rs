//! The neighbour property: exact bounded results of neighbouring databases differ by at most what the
//! charged mechanisms take for granted.

use super::statements::{Statement, all_parts, statement, unit, visits};
use super::{Neighbours, on_all_cores, runtime};
use crate::fixture::{Data, catalog};
use arrow::util::display::array_value_to_string;
use irongate_engine::{
    BoundedRelease, CheckedQuery, ExecutionEnv, Fault, QueryOptions, assumed, bounded, check,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Cases that must count.
const CASES: usize = 2_000;
/// Statements asked of each pair of databases.
const STATEMENTS: usize = 6;
/// Pairs of databases: enough for [`CASES`], with room.
const PAIRS: usize = 720;
/// No unit has more rows or groups: five rows, joined with themselves.
const UNBOUNDED: u32 = 25;
/// Counted cases that each part of the language must be in.
const EACH: usize = 25;

/// Measures and units of each group, by its key.
pub(super) type Groups = BTreeMap<String, (Vec<i64>, i64)>;

pub(super) fn groups(release: &BoundedRelease) -> Groups {
    let row = |row: usize| {
        let key = release.keys.columns().iter().map(|column| {
            let text = array_value_to_string(column, row).unwrap();
            format!("{}{text};", u8::from(column.is_valid(row)))
        });
        let measures = release
            .measures
            .iter()
            .map(|measure| measure[row])
            .collect();
        (key.collect(), (measures, release.units[row]))
    };
    (0..release.units.len()).map(row).collect()
}

/// What one statement gives over one database.
struct Asked<'a> {
    query: &'a CheckedQuery,
    runtime: &'a tokio::runtime::Runtime,
}

impl Asked<'_> {
    fn of(&self, data: &Data, fault: Option<Fault>) -> Vec<Groups> {
        let env = ExecutionEnv {
            fault,
            // Cases run side by side; `partitions` holds that partitions change nothing.
            cores: std::num::NonZeroUsize::MIN,
            ..ExecutionEnv::default()
        };
        let result = self.runtime.block_on(bounded(self.query, data, &env));
        result.unwrap().iter().map(groups).collect()
    }
}

/// What of two neighbouring results is beyond what was taken for granted; empty if nothing is.
pub(super) fn violations(query: &CheckedQuery, with: &[Groups], without: &[Groups]) -> Vec<String> {
    let mut found = Vec::new();
    for ((assumed, with), without) in assumed(query).unwrap().iter().zip(with).zip(without) {
        let keys: BTreeSet<_> = with.keys().chain(without.keys()).collect();
        for (vector, first) in assumed.iter().enumerate().filter(|(i, a)| a.vector == *i) {
            // How far each group is moved, over all measures of the vector.
            let members: Vec<usize> = (0..assumed.len())
                .filter(|i| assumed[*i].vector == vector)
                .collect();
            let of = |groups: &Groups, key: &String, measure: usize| {
                groups
                    .get(key)
                    .map_or(0, |(measures, _)| i128::from(measures[measure]))
            };
            let apart = keys.iter().map(|key| {
                let each = members
                    .iter()
                    .map(|m| (of(with, key, *m) - of(without, key, *m)).abs());
                each.sum::<i128>()
            });
            let apart: Vec<i128> = apart.filter(|apart| *apart != 0).collect();
            if apart.len() > first.groups as usize || apart.iter().any(|a| *a > first.bound) {
                found.push(format!("measure {vector}: {apart:?} apart, {first:?}"));
            }
        }
        // The keyset's own count: a unit counts once, in as many groups as any measure may.
        let most = assumed
            .iter()
            .map(|assumed| assumed.groups)
            .max()
            .unwrap_or(0);
        let units = |groups: &Groups, key: &String| groups.get(key).map_or(0, |group| group.1);
        let apart: Vec<i64> = keys
            .iter()
            .map(|key| (units(with, key) - units(without, key)).abs())
            .filter(|apart| *apart != 0)
            .collect();
        if !assumed.is_empty() && (apart.len() > most as usize || apart.iter().any(|a| *a > 1)) {
            found.push(format!("units: {apart:?} apart, {most} groups"));
        }
    }
    found
}

/// One statement of one pair of databases.
#[derive(Default)]
struct Case {
    accepted: bool,
    /// The unit that is gone changes the result where nothing is bounded.
    counted: bool,
    /// Looked at for what bounds it: of every other one.
    looked_at: bool,
    clamp: bool,
    groups: bool,
    rows: bool,
    violations: Vec<String>,
    parts: Vec<&'static str>,
}

fn case(statement: Statement, pair: &Neighbours, fault: Option<Fault>, look: bool) -> Case {
    let Statement {
        sql,
        options,
        parts,
    } = statement;
    let runtime = runtime();
    let capped = |groups, rows| {
        let options = QueryOptions {
            max_groups_per_unit: groups,
            max_rows_per_group: rows,
            ..options.clone()
        };
        check(&sql, &catalog(), &options)
    };
    let (c, m) = (options.max_groups_per_unit, options.max_rows_per_group);
    let Ok(query) = capped(c, m) else {
        return Case::default();
    };
    let asked = |query: &CheckedQuery, data: &Data, fault| {
        Asked {
            query,
            runtime: &runtime,
        }
        .of(data, fault)
    };
    let unbounded = capped(Some(UNBOUNDED), Some(UNBOUNDED)).unwrap();
    let free = |data| asked(&unbounded, data, Some(Fault::ClampRemoved));
    let mut case = Case {
        accepted: true,
        counted: free(&pair.with) != free(&pair.without),
        parts,
        ..Case::default()
    };
    if case.counted {
        let (with, without) = (
            asked(&query, &pair.with, fault),
            asked(&query, &pair.without, fault),
        );
        if look {
            let is_other = |query: &CheckedQuery, fault| asked(query, &pair.with, fault) != with;
            case.looked_at = true;
            case.clamp = is_other(&query, Some(Fault::ClampRemoved));
            case.groups = is_other(&capped(Some(UNBOUNDED), m).unwrap(), fault);
            case.rows = is_other(&capped(c, Some(UNBOUNDED)).unwrap(), fault);
        }
        let told = |text| format!("{text}\n  in {sql}\n  C {c:?}, m {m:?}");
        case.violations = violations(&query, &with, &without)
            .into_iter()
            .map(told)
            .collect();
    }
    case
}

fn seed() -> u64 {
    std::env::var("IRONGATE_TEST_SEED").map_or(1, |text| text.parse().unwrap())
}

fn cases(pairs: usize, fault: Option<Fault>) -> Vec<Case> {
    let seed = seed();
    println!("IRONGATE_TEST_SEED={seed}");
    let cases = on_all_cores(pairs, |number| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number as u64);
        let visits = visits(&mut random);
        let files = random.random_range(1..=3);
        let pair = Neighbours::new(&visits, unit(&mut random), files);
        let mut cases = Vec::new();
        for at in 0..STATEMENTS {
            cases.push(case(statement(&mut random), &pair, fault, at % 2 == 0));
        }
        cases
    });
    cases.into_iter().flatten().collect()
}

#[test]
fn neighbouring_results_differ_by_at_most_the_sensitivities() {
    let cases = cases(PAIRS, None);
    let count = |what: fn(&Case) -> bool| cases.iter().filter(|case| what(case)).count();
    let (accepted, counted) = (count(|case| case.accepted), count(|case| case.counted));
    let looked_at = count(|case| case.looked_at);
    let active = [
        ("clamp", count(|case| case.clamp)),
        ("C", count(|case| case.groups)),
        ("m", count(|case| case.rows)),
    ];
    let share = |part: usize, whole: usize| 100.0 * part as f64 / whole as f64;
    println!(
        "{} statements, {accepted} accepted ({:.0} %), {counted} counted",
        cases.len(),
        share(accepted, cases.len())
    );
    for (what, part) in active {
        println!(
            "{what} active in {:.0} % of those looked at",
            share(part, looked_at)
        );
    }
    let counts = all_parts().into_iter().map(|part| {
        let with = |case: &&Case| case.counted && case.parts.contains(&part);
        (part, cases.iter().filter(with).count())
    });
    let counts: Vec<_> = counts.collect();
    println!("counted by part: {counts:?}");
    let violations: Vec<&String> = cases.iter().flat_map(|case| &case.violations).collect();
    assert!(violations.is_empty(), "{violations:#?}");
    assert!(counted >= CASES, "{counted} cases counted");
    let rare: Vec<_> = counts.iter().filter(|(_, n)| *n < EACH).collect();
    assert!(rare.is_empty(), "too few of {rare:?}");
    for (what, part) in active {
        assert!(
            share(part, looked_at) >= 30.0,
            "{what} active in {part} of {looked_at}"
        );
    }
}

#[test]
fn the_property_finds_a_clamp_that_is_missing() {
    let cases = cases(20, Some(Fault::ClampRemoved));
    assert!(cases.iter().any(|case| !case.violations.is_empty()));
}
