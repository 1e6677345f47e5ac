//! Mappers, called for real: by functions of the tests in the place of components.

mod blocks;
mod broken;
mod planned;

use crate::fixture::{Data, Visit, catalog, data_as_it_is, options};
use crate::run::VISITS;
use arrow::array::RecordBatch;
use irongate_engine::{
    DataAccess, ExecutionEnv, ExecutionError, MapUnit, Mapped, Released, Stopped, check, execute,
    prepare,
};
use irongate_guest::testing::lay_out;
use irongate_guest::{Date, Decimal, Row, Rows, Table, Timestamp, UnitRow};
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Function = dyn Fn(&[u8], &mut [f64]) -> Result<Mapped, Stopped> + Send + Sync;

/// A mapper that is a function of the test.
struct Code(Box<Function>);

impl MapUnit for Code {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        (self.0)(rows, outputs)
    }
}

fn code(
    function: impl Fn(&[u8], &mut [f64]) -> Result<Mapped, Stopped> + Send + Sync + 'static,
) -> Arc<dyn MapUnit> {
    Arc::new(Code(Box::new(function)))
}

/// Data with one mapper's code, whatever its name.
struct With {
    data: Data,
    code: Arc<dyn MapUnit>,
}

impl DataAccess for With {
    fn files(&self, dataset: &DatasetId, version: &VersionId) -> Result<Vec<PathBuf>, String> {
        self.data.files(dataset, version)
    }
    fn key(&self, namespace: &NamespaceId) -> Result<NamespaceKey, String> {
        self.data.key(namespace)
    }
    fn mapper(&self, _: &str) -> Result<Arc<dyn MapUnit>, String> {
        Ok(Arc::clone(&self.code))
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn ask(sql: &str, visits: &[Visit], code: Arc<dyn MapUnit>) -> Result<Released, ExecutionError> {
    ask_within(sql, visits, code, &ExecutionEnv::default())
}

fn ask_within(
    sql: &str,
    visits: &[Visit],
    code: Arc<dyn MapUnit>,
    env: &ExecutionEnv,
) -> Result<Released, ExecutionError> {
    let query = check(sql, &catalog(), &options()).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let mut visits = visits.to_vec();
    visits.sort_by_key(|visit| visit.0);
    let data = With {
        data: data_as_it_is(&visits, 2),
        code,
    };
    wait(async {
        prepare(&query, &data, env).await?;
        execute(&query, &data, env).await
    })
}

fn shown(batch: &RecordBatch) -> String {
    let value = |column, row| arrow::util::display::array_value_to_string(column, row).unwrap();
    let row = |row| {
        let columns = batch.columns().iter().map(|column| value(column, row));
        columns.collect::<Vec<_>>().join(",")
    };
    (0..batch.num_rows()).map(row).collect::<Vec<_>>().join(";")
}

/// What `spend` reads.
#[derive(Debug, Clone, Copy, PartialEq, UnitRow)]
struct Spend<'a> {
    amount: Option<i64>,
    cost: Decimal,
    district: i64,
    note: &'a str,
}

/// Sums of a unit's rows, as an honest author writes them.
fn spend() -> Arc<dyn MapUnit> {
    code(|rows, outputs| {
        let rows = Rows::<Spend<'_>>::new(rows).unwrap();
        let total: i64 = rows.clone().map(|row| row.amount.unwrap_or(0)).sum();
        outputs[0] = total as f64;
        outputs[1] = total as f64 / rows.len() as f64;
        outputs[2] = f64::from(u8::from(total > 6));
        Ok(Mapped::Numbers)
    })
}

#[test]
fn statements_read_what_mappers_give() {
    // By unit: 3 + 4, 5, 10 + 2, and 7 in a district that the key does not have.
    for (sql, expected) in [
        ("SELECT COUNT(*), SUM(total) FROM spend", "4,31"),
        ("SELECT SUM(mean) FROM spend", "19.50"),
        (
            "SELECT level, COUNT(*) FROM spend GROUP BY level ORDER BY 1",
            "high,3;low,1",
        ),
        (
            "SELECT v.district, SUM(s.total) FROM visits v JOIN spend s ON v.id = s.id GROUP BY v.district ORDER BY 1",
            "1,19;2,7;3,24",
        ),
        (
            "SELECT SUM(a.total - b.total), COUNT(*) FROM spend a JOIN spend b ON a.id = b.id",
            "0,4",
        ),
        (
            "SELECT SUM(total) FROM (SELECT id, total FROM spend UNION ALL SELECT id, amount FROM visits)",
            "62",
        ),
        (
            "SELECT COUNT(*) FROM people p LEFT SEMI JOIN (SELECT id FROM spend WHERE total > 6) s ON s.id = p.id",
            "3",
        ),
    ] {
        let released = ask(sql, &VISITS, spend()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        assert_eq!(shown(&released.batch), expected, "{sql}");
    }
}

#[test]
fn a_mapper_sees_the_declared_rows_in_their_order() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let watching = code(move |rows, _| {
        let rows = Rows::<Spend<'_>>::new(rows).unwrap();
        let row = |row: Spend<'_>| {
            let amount = row.amount.unwrap();
            format!("{amount} {} {} {}", row.cost, row.district, row.note)
        };
        into.lock().unwrap().push(rows.map(row).collect::<Vec<_>>());
        Ok(Mapped::Default)
    });
    ask("SELECT COUNT(*) FROM spend", &VISITS, watching).unwrap();
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    seen.sort();
    let expected: [&[&str]; 4] = [
        &["2 0.50 3 c", "10 5.50 3 c"],
        &["3 1.00 1 a", "4 2.00 1 a"],
        &["5 1.50 1 a"],
        &["7 0.10 9 c"],
    ];
    assert_eq!(seen, expected);
}

/// What `digest` reads: a column of each kind.
#[derive(UnitRow)]
#[expect(dead_code, reason = "laid out, not read")]
struct Everything<'a> {
    second: bool,
    amount: Option<i64>,
    cost: Decimal,
    free: Option<i64>,
    note: &'a str,
    again: &'a str,
    day: Date,
    at: Timestamp,
}

#[derive(Row)]
struct Given {
    second: bool,
    amount: Option<i64>,
    cost: Decimal,
    free: Option<i64>,
    note: String,
    again: String,
    day: Date,
    at: Timestamp,
}

/// The calls of a statement, in the order of their buffers.
fn calls(sql: &str, visits: &[Visit]) -> Vec<Vec<u8>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let watching = code(move |rows, _| {
        into.lock().unwrap().push(rows.to_vec());
        Ok(Mapped::Default)
    });
    ask(sql, visits, watching).unwrap();
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    seen.sort();
    seen
}

#[test]
fn rows_are_laid_out_as_the_sdk_lays_them_out() {
    let visits: [Visit; 3] = [
        (9, 1, None, 250, Some(-7), "né"),
        (9, 2, Some(4), 0, None, ""),
        (9, 2, Some(-4), -1, None, "a longer text"),
    ];
    let given = visits.map(|(_, district, amount, cost, free, note)| Given {
        second: district == 2,
        amount,
        cost: Decimal::new(cost as i64, 2).unwrap(),
        free,
        note: note.into(),
        again: note.into(),
        day: Date::from_ymd(2021, 2, 2).unwrap(),
        at: Timestamp::from_micros(18_660 * 86_400_000_000),
    });
    let table = Table::from_rows(&given).unwrap();
    let expected = lay_out::<Everything<'_>>(&table).unwrap();
    assert_eq!(calls("SELECT COUNT(*) FROM digest", &visits), [expected]);
}

#[test]
fn a_unit_of_several_batches_is_one_call() {
    // A batch has 16,384 rows.
    let visits: Vec<Visit> = [(3, 10), (4, 20_000), (5, 1), (6, 40_000)]
        .into_iter()
        .flat_map(|(unit, rows)| (0..rows).map(move |row| (unit, 1, Some(row % 7), 0, None, "a")))
        .collect();
    let calls = calls("SELECT COUNT(*) FROM class", &visits);
    let rows = |buffer: &Vec<u8>| u32::from_le_bytes(buffer[4..8].try_into().unwrap());
    let mut rows: Vec<u32> = calls.iter().map(rows).collect();
    rows.sort_unstable();
    assert_eq!(rows, [1, 10, 20_000, 40_000]);
}

#[test]
fn whatever_a_mapper_gives_is_within_its_bounds() {
    for (given, expected) in [
        ([1e9, 1e9, 1.0], "80,22.00,4"),
        ([-1e9, -1e9, 0.0], "0,-4.00,0"),
        ([f64::INFINITY, f64::NEG_INFINITY, 1.0], "80,-4.00,4"),
        // The defaults.
        ([f64::NAN, f64::NAN, f64::NAN], "0,2.00,0"),
    ] {
        let sql = "SELECT SUM(total), SUM(mean), SUM(CASE WHEN level = 'high' THEN 1 ELSE 0 END) FROM spend";
        let gives = code(move |_, outputs| {
            outputs.copy_from_slice(&given);
            Ok(Mapped::Numbers)
        });
        let released = ask(sql, &VISITS, gives).unwrap();
        assert_eq!(shown(&released.batch), expected, "{given:?}");
    }
}

#[test]
fn a_mapper_that_gives_nothing_gives_the_defaults() {
    let nothing = || {
        code(|_, outputs| {
            // What was written before counts for nothing.
            outputs.fill(3.0);
            Ok(Mapped::Default)
        })
    };
    let released = ask(
        "SELECT SUM(total), SUM(mean) FROM spend",
        &VISITS,
        nothing(),
    );
    assert_eq!(shown(&released.unwrap().batch), "0,2.00");
    let sql = "SELECT level, COUNT(*) FROM spend GROUP BY level ORDER BY 1";
    let released = ask(sql, &VISITS, nothing());
    assert_eq!(shown(&released.unwrap().batch), "high,0;low,4");
    // A category without a default.
    let sql = "SELECT COUNT(*) FROM class";
    assert_eq!(shown(&ask(sql, &VISITS, nothing()).unwrap().batch), "0");
}

#[test]
fn what_is_no_key_has_no_row() {
    let sql = "SELECT kind, COUNT(*) FROM class GROUP BY kind ORDER BY 1";
    // Three units have rows in an area.
    for (given, expected) in [
        (1.0, "a,0;b,3;c,0"),
        (3.0, "a,0;b,0;c,0"),
        (0.5, "a,0;b,0;c,0"),
        (-1.0, "a,0;b,0;c,0"),
    ] {
        let gives = code(move |_, outputs| {
            outputs[0] = given;
            Ok(Mapped::Numbers)
        });
        let released = ask(sql, &VISITS, gives).unwrap();
        assert_eq!(shown(&released.batch), expected, "{given}");
    }
}

/// Sums that tell any two sets of buffers apart, but for one in a million.
const DIGESTS: &str =
    "SELECT rows, COUNT(*), SUM(low), SUM(high) FROM digest GROUP BY rows ORDER BY rows";

fn digest() -> Arc<dyn MapUnit> {
    code(|rows, outputs| {
        let fnv = rows.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        outputs[0] = (fnv % 1_000) as f64;
        outputs[1] = (fnv / 1_000 % 1_000) as f64;
        outputs[2] = f64::from(u32::from_le_bytes(rows[4..8].try_into().unwrap()));
        Ok(Mapped::Numbers)
    })
}

/// Eight rows of each of so many units, in a random order within the unit.
fn many(units: u8, random: &mut ChaCha8Rng) -> Vec<Visit> {
    let mut visits = Vec::new();
    for unit in 0..units {
        let mut own: Vec<Visit> = (0..8_i64)
            .map(|row| {
                let free = (row % 3 > 0).then_some(row / 2);
                let amount = (row % 4 > 0).then_some(i64::from(unit) % 5);
                let note = ["", "a", "b-1", "ab"][row as usize % 4];
                (
                    unit,
                    1 + row % 3,
                    amount,
                    i128::from(row / 3) * 50,
                    free,
                    note,
                )
            })
            .collect();
        own.truncate(1 + usize::from(unit) % 8);
        own.shuffle(random);
        visits.extend(own);
    }
    visits
}

fn digests(visits: &[Visit], env: &ExecutionEnv) -> String {
    let query = check(DIGESTS, &catalog(), &options()).unwrap();
    let data = With {
        data: data_as_it_is(visits, 2),
        code: digest(),
    };
    shown(&wait(execute(&query, &data, env)).unwrap().batch)
}

#[test]
fn outputs_do_not_depend_on_how_rows_are_stored_or_run() {
    let random = &mut ChaCha8Rng::seed_from_u64(3);
    let visits = many(60, random);
    let first = digests(&visits, &ExecutionEnv::default());
    assert!(first.starts_with("0,0,0,0;1,8,"), "{first}");
    for cores in [1, 2, 5] {
        let mut again = visits.clone();
        again.shuffle(random);
        again.sort_by_key(|visit| visit.0);
        let env = ExecutionEnv {
            cores: cores.try_into().unwrap(),
            ..ExecutionEnv::default()
        };
        assert_eq!(digests(&again, &env), first, "{cores} cores");
    }
}

#[test]
fn the_cap_keeps_the_same_rows_whoever_else_is_there() {
    let random = &mut ChaCha8Rng::seed_from_u64(4);
    let seen = |visits: &[Visit]| calls("SELECT COUNT(*) FROM digest", visits);
    let visits = many(40, random);
    let all = seen(&visits);
    let rows = |buffer: &Vec<u8>| u32::from_le_bytes(buffer[4..8].try_into().unwrap());
    assert!(all.iter().any(|buffer| rows(buffer) == 4));
    assert!(all.iter().all(|buffer| rows(buffer) <= 4));
    for unit in [0, 7, 39] {
        let without: Vec<Visit> = visits.iter().copied().filter(|v| v.0 != unit).collect();
        let mut others = seen(&without);
        assert_eq!(others.len() + 1, all.len());
        // What is left is what was seen of the others before.
        others.retain(|buffer| !all.contains(buffer));
        assert!(others.is_empty(), "unit {unit}");
    }
}

#[test]
fn what_the_machine_stops_fails_the_whole() {
    let stops = code(|_, _| Err(Stopped("backstop".into())));
    let error = ask("SELECT COUNT(*) FROM spend", &VISITS, stops).unwrap_err();
    assert!(matches!(error, ExecutionError::Stopped(_)), "{error}");
}

#[test]
fn no_unit_is_begun_after_the_deadline() {
    let calls = Arc::new(Mutex::new(0));
    let count = Arc::clone(&calls);
    let slow = code(move |_, _| {
        *count.lock().unwrap() += 1;
        std::thread::sleep(Duration::from_millis(300));
        Ok(Mapped::Default)
    });
    let env = ExecutionEnv {
        timeout: Duration::from_millis(400),
        declared: Some(Duration::from_secs(60)),
        cores: 1.try_into().unwrap(),
        ..ExecutionEnv::default()
    };
    let visits = many(40, &mut ChaCha8Rng::seed_from_u64(5));
    let error = ask_within("SELECT COUNT(*) FROM spend", &visits, slow, &env).unwrap_err();
    assert!(matches!(error, ExecutionError::Timeout), "{error}");
    std::thread::sleep(Duration::from_millis(500));
    assert!(*calls.lock().unwrap() <= 4);
}

#[test]
fn a_mapper_that_may_take_too_long_is_refused_before_it_runs() {
    let error = ask("SELECT COUNT(*) FROM heavy", &VISITS, spend()).unwrap_err();
    assert!(matches!(error, ExecutionError::TooLarge(_)), "{error}");
}

#[test]
fn a_fingerprint_tells_components_apart() {
    let print = |change: fn(&mut irongate_engine::MapperTable)| {
        let mut catalog = catalog();
        change(catalog.mappers.get_mut("spend").unwrap());
        let query = check("SELECT COUNT(*) FROM spend", &catalog, &options()).unwrap();
        query.fingerprint()
    };
    let same = print(|_| ());
    assert_eq!(print(|_| ()), same);
    assert_ne!(print(|table| table.component[31] ^= 1), same);
    let capped = print(|table| Arc::make_mut(&mut table.declared).max_rows += 1);
    assert_ne!(capped, same);
}
