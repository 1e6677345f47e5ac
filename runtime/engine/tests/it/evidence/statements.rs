//! Random statements over the language, most of them accepted, and the data to ask them of.

use crate::fixture::Visit;
use irongate_engine::{LossRequest, QueryOptions};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

const UNITS: u8 = 8;
/// The row cap that the fixture declares.
const ROWS: u32 = 5;

/// Visits of a few units, many rows each; amounts lie beyond their declared bounds as often as not, as if
/// ingest had let them through.
pub(super) fn visits(random: &mut ChaCha8Rng) -> Vec<Visit> {
    let mut visits = Vec::new();
    for unit in 0..UNITS {
        for _ in 0..random.random_range(1..=ROWS) {
            // Spread over the range of pseudonyms, so that several files hold units.
            let unit = unit * 31 + 1;
            let amount = random
                .random_bool(0.85)
                .then(|| random.random_range(-6..22));
            let free = random.random_bool(0.8).then(|| random.random_range(-3..9));
            let note = *["a", "b", "c"].choose(random).unwrap();
            let district = random.random_range(1..=4);
            let cost = random.random_range(-200..900);
            visits.push((unit, district, amount, cost, free, note));
        }
    }
    visits
}

/// One of the units of [`visits`].
pub(super) fn unit(random: &mut ChaCha8Rng) -> u8 {
    random.random_range(0..UNITS) * 31 + 1
}

/// The sources a statement reads from, and which further columns each gives.
const SOURCES: [(&str, &[&str]); 9] = [
    ("visits v", &[]),
    ("visits v", &[]),
    ("(SELECT * FROM visits WHERE amount > 0) v", &[]),
    (
        "(SELECT id, district, amount, cost, free, note FROM visits) v",
        &[],
    ),
    ("visits v JOIN people p ON v.id = p.id", &["age"]),
    (
        "visits v JOIN areas a ON v.district = a.district",
        &["area"],
    ),
    (
        "visits v LEFT JOIN areas a ON v.district = a.district",
        &["area"],
    ),
    (
        "visits v LEFT SEMI JOIN areas a ON v.district = a.district",
        &[],
    ),
    ("visits v JOIN visits w ON v.id = w.id", &[]),
];

const PREDICATES: [&str; 12] = [
    "v.amount > 3",
    "v.amount IS NOT NULL",
    "v.note = 'a'",
    "v.note LIKE 'b%'",
    "v.cost BETWEEN 1 AND 6",
    "v.free IN (1, 2, 3, 4)",
    "v.district <> 2",
    "NOT (v.amount < 2 OR v.free > 5)",
    "COALESCE(v.free, 0) < 6",
    "v.amount + v.district < 20",
    "UPPER(v.note) <> 'C'",
    // Not total: refused.
    "10 / v.amount > 1",
];

const KEYS: [&str; 8] = [
    "v.district",
    "v.district",
    "v.amount > 5",
    "v.note",
    "CASE WHEN v.amount > 4 THEN 'much' WHEN v.amount > 0 THEN 'some' ELSE 'none' END",
    "v.note LIKE 'a%'",
    "v.free > 2",
    // A person's id may not leave: refused.
    "v.id",
];

const AGGREGATES: [&str; 29] = [
    "COUNT(*)",
    "COUNT(v.amount)",
    "COUNT(DISTINCT v.id)",
    "SUM(v.amount)",
    "SUM(v.amount)",
    "AVG(v.amount)",
    "SUM(v.cost)",
    "AVG(v.cost)",
    "SUM(CLAMP(v.free, 0, 3))",
    "SUM(v.amount * 2 + 1)",
    "SUM(CASE WHEN v.amount > 3 THEN v.amount ELSE 0 END)",
    "SUM(-v.amount)",
    "MEDIAN(v.amount)",
    "MAX(v.cost)",
    "MIN(CLAMP(v.free, -1, 4)) FILTER (WHERE v.note <> 'c')",
    "PERCENTILE_CONT(v.amount, 0.9)",
    "APPROX_PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY v.cost)",
    "VAR(v.amount)",
    "VAR_POP(v.cost)",
    "STDDEV(CLAMP(v.free, -1, 4))",
    "STDDEV_POP(v.amount)",
    "COVAR_SAMP(v.amount, v.cost)",
    "COVAR_POP(v.cost, CLAMP(v.free, 0, 3))",
    "CORR(v.amount, CLAMP(v.free, 0, 5))",
    "COUNT(*) FILTER (WHERE v.amount > 4)",
    "COUNT(v.free) FILTER (WHERE v.note = 'a')",
    "SUM(v.amount) FILTER (WHERE v.free > 2)",
    "AVG(v.cost) FILTER (WHERE v.district < 3)",
    // Without bounds: refused.
    "SUM(v.free)",
];

/// A statement and its options.
pub(super) fn statement(random: &mut ChaCha8Rng) -> (String, QueryOptions) {
    let (source, further) = SOURCES.choose(random).unwrap();
    let mut keys: Vec<String> = Vec::new();
    for _ in 0..*[0, 1, 1, 1, 2].choose(random).unwrap() {
        keys.push((*KEYS.choose(random).unwrap()).to_owned());
    }
    if further.contains(&"area") && random.random_bool(0.5) {
        keys.push("a.area".to_owned());
    }
    let mut aggregates: Vec<String> = Vec::new();
    for _ in 0..random.random_range(1..=3) {
        aggregates.push((*AGGREGATES.choose(random).unwrap()).to_owned());
    }
    if further.contains(&"age") {
        aggregates.push("SUM(p.age)".to_owned());
    }
    let mut filters = Vec::new();
    for _ in 0..*[0, 0, 1, 2].choose(random).unwrap() {
        filters.push(*PREDICATES.choose(random).unwrap());
    }
    let columns = keys
        .iter()
        .enumerate()
        .map(|(i, key)| format!("{key} AS k{i}"));
    let values = aggregates
        .iter()
        .enumerate()
        .map(|(i, value)| format!("{value} AS n{i}"));
    let columns: Vec<String> = columns.chain(values).collect();
    let mut sql = format!("SELECT {} FROM {source}", columns.join(", "));
    if !filters.is_empty() {
        sql += &format!(" WHERE {}", filters.join(" AND "));
    }
    if !keys.is_empty() {
        let keys = keys.join(", ");
        sql += &match random.random_range(0..6) {
            0 => format!(" GROUP BY ROLLUP ({keys})"),
            1 => format!(" GROUP BY CUBE ({keys})"),
            2 => format!(" GROUP BY GROUPING SETS (({keys}), ())"),
            _ => format!(" GROUP BY {keys}"),
        };
    }
    (above(random, sql), options(random))
}

/// Any SQL may stand above a release.
fn above(random: &mut ChaCha8Rng, sql: String) -> String {
    match random.random_range(0..8) {
        0 => format!("SELECT MAX(n0) FROM ({sql})"),
        1 => format!("WITH r AS ({sql}) SELECT a.n0 FROM r a CROSS JOIN r b"),
        2 => format!("SELECT * FROM ({sql}) WHERE n0 > 1 ORDER BY n0 LIMIT 3"),
        // Below a release there is no order: refused.
        3 if random.random_bool(0.3) => {
            "SELECT COUNT(*) FROM (SELECT id FROM visits LIMIT 2)".to_owned()
        }
        _ => sql,
    }
}

fn options(random: &mut ChaCha8Rng) -> QueryOptions {
    let cap = |random: &mut ChaCha8Rng| {
        *[Some(1), Some(1), Some(2), Some(3), None]
            .choose(random)
            .unwrap()
    };
    let loss = match random.random_bool(0.5) {
        true => LossRequest::Epsilon("1".parse().unwrap()),
        false => LossRequest::Rho("0.5".parse().unwrap()),
    };
    QueryOptions {
        delta: ["0", "1e-6", "1e-6"]
            .choose(random)
            .unwrap()
            .parse()
            .unwrap(),
        max_groups_per_unit: cap(random),
        max_rows_per_group: cap(random),
        ..QueryOptions::new(loss)
    }
}
