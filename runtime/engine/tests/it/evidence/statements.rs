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
        // Rows that are alike, and rows that tie in all but one column.
        if random.random_bool(0.5)
            && let Some(mut last) = visits.last().copied()
            && visits.iter().filter(|v| v.0 == last.0).count() < ROWS as usize
        {
            last.3 += random.random_range(0..2);
            visits.push(last);
        }
    }
    visits
}

/// One of the units of [`visits`].
pub(super) fn unit(random: &mut ChaCha8Rng) -> u8 {
    random.random_range(0..UNITS) * 31 + 1
}

/// Something a statement is made of: what it is counted as, and its text.
type Part = (&'static str, &'static str);

const ROW: &str = "id, district, amount, cost, free, note";

/// The sources a statement reads from, all of them with the columns of a visit; `$row` stands for those.
/// `p.age` and `a.area` are of the sources that join people and areas.
const SOURCES: [Part; 41] = [
    ("table", "visits v"),
    ("table", "visits v"),
    ("sub-query", "(SELECT * FROM visits WHERE amount > 0) v"),
    ("sub-query", "(SELECT $row FROM visits) v"),
    ("join on the unit", "visits v JOIN people p ON v.id = p.id"),
    ("join on the unit", "visits v JOIN visits w ON v.id = w.id"),
    (
        "public join",
        "visits v JOIN areas a ON v.district = a.district",
    ),
    (
        "public left join",
        "visits v LEFT JOIN areas a ON v.district = a.district",
    ),
    (
        "public semi join",
        "visits v LEFT SEMI JOIN areas a ON v.district = a.district",
    ),
    (
        "public anti join",
        "visits v LEFT ANTI JOIN areas a ON v.district = a.district",
    ),
    (
        "semi join on the unit",
        "visits v LEFT SEMI JOIN (SELECT id FROM visits WHERE free > 4) w ON v.id = w.id",
    ),
    (
        "semi join on the unit",
        "visits v LEFT SEMI JOIN visits w ON v.id = w.id AND v.amount > w.amount",
    ),
    (
        "anti join on the unit",
        "visits v LEFT ANTI JOIN (SELECT id FROM visits WHERE free > 7) w ON v.id = w.id",
    ),
    (
        "anti join on the unit",
        "visits v LEFT ANTI JOIN visits w ON v.id = w.id AND v.amount > w.amount",
    ),
    (
        "unit IN",
        "(SELECT * FROM visits WHERE id IN (SELECT id FROM people WHERE age > 60)) v",
    ),
    (
        "unit NOT IN",
        "(SELECT * FROM visits WHERE id NOT IN (SELECT id FROM visits WHERE amount > 19)) v",
    ),
    (
        "UNION ALL",
        "(SELECT * FROM visits WHERE amount > 2 UNION ALL SELECT * FROM visits WHERE district < 3) v",
    ),
    (
        "UNION ALL",
        "(SELECT $row FROM visits UNION ALL SELECT id, 1, age, 1.5, age, 'p' FROM people) v",
    ),
    (
        "CTE used twice",
        "(WITH x AS (SELECT * FROM visits WHERE amount > 1) SELECT * FROM x UNION ALL SELECT * FROM x WHERE district = 1) v",
    ),
    (
        "per-unit aggregate",
        "(SELECT id, district, MAX(amount) AS amount, MIN(cost) AS cost, MIN(free) AS free, MAX(note) AS note FROM visits GROUP BY id, district) v",
    ),
    (
        "per-unit aggregate",
        "(SELECT id, district, SUM(amount) AS amount, MAX(cost) AS cost, COUNT(DISTINCT note) AS free, MIN(note) AS note FROM visits GROUP BY id, district) v",
    ),
    (
        "per-unit aggregate",
        "(SELECT id, district, COUNT(*) AS amount, MAX(cost) AS cost, COUNT(free) FILTER (WHERE amount > 3) AS free, MIN(note) AS note FROM visits GROUP BY id, district) v",
    ),
    (
        "per-unit MEDIAN",
        "(SELECT id, district, MAX(amount) AS amount, MEDIAN(cost) AS cost, MIN(free) AS free, MIN(note) AS note FROM visits GROUP BY id, district) v",
    ),
    (
        "per-unit HAVING",
        "(SELECT id, MIN(district) AS district, SUM(amount) AS amount, SUM(cost) AS cost, MAX(free) AS free, MIN(note) AS note FROM visits GROUP BY id HAVING COUNT(*) > 1 AND MAX(amount) > 3) v",
    ),
    (
        "per-unit HAVING",
        "(SELECT id, MAX(district) AS district, COUNT(*) AS amount, MIN(cost) AS cost, COUNT(free) AS free, MAX(note) AS note FROM visits GROUP BY id HAVING MAX(free) > 3) v",
    ),
    ("DISTINCT", "(SELECT DISTINCT $row FROM visits) v"),
    (
        "DISTINCT",
        "(SELECT DISTINCT id, district, amount, 2.5 AS cost, free, note FROM visits) v",
    ),
    (
        "UNION",
        "(SELECT $row FROM visits WHERE amount > 1 UNION SELECT $row FROM visits WHERE free > 1) v",
    ),
    (
        "DISTINCT ON",
        "(SELECT DISTINCT ON (id) $row FROM visits ORDER BY id, amount, district, cost, free, note) v",
    ),
    (
        "DISTINCT ON",
        "(SELECT DISTINCT ON (id, district) $row FROM visits ORDER BY id, district, cost DESC, amount, free, note) v",
    ),
    (
        "ROW_NUMBER",
        "(SELECT * FROM (SELECT $row, ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount, district, cost, free, note) AS r FROM visits) WHERE r <= 2) v",
    ),
    (
        "ROW_NUMBER",
        "(SELECT id, district, CAST(r AS BIGINT) AS amount, cost, free, note FROM (SELECT $row, ROW_NUMBER() OVER (PARTITION BY id, note ORDER BY amount DESC, district, cost, free) AS r FROM visits)) v",
    ),
    (
        "RANK",
        "(SELECT * FROM (SELECT $row, RANK() OVER (PARTITION BY id ORDER BY district) AS r, DENSE_RANK() OVER (PARTITION BY id ORDER BY note) AS d FROM visits) WHERE r < 3 AND d < 3) v",
    ),
    (
        "LAG",
        "(SELECT id, district, LAG(amount) OVER (PARTITION BY id ORDER BY amount, district, cost, free, note) AS amount, cost, free, note FROM visits) v",
    ),
    (
        "LEAD",
        "(SELECT id, district, LEAD(amount, 2, 1) OVER (PARTITION BY id ORDER BY amount DESC, district, cost, free, note) AS amount, cost, free, note FROM visits) v",
    ),
    (
        "FIRST_VALUE",
        "(SELECT id, district, FIRST_VALUE(amount) OVER (PARTITION BY id ORDER BY amount) AS amount, cost, LAST_VALUE(free) OVER (PARTITION BY id ORDER BY free) AS free, note FROM visits) v",
    ),
    (
        "SUM OVER",
        "(SELECT id, district, SUM(amount) OVER (PARTITION BY id ORDER BY district) AS amount, MIN(cost) OVER (PARTITION BY id, note) AS cost, COUNT(*) OVER (PARTITION BY id) AS free, MAX(note) OVER (PARTITION BY id) AS note FROM visits) v",
    ),
    (
        "ROWS frame",
        "(SELECT id, district, SUM(amount) OVER (PARTITION BY id ORDER BY amount, district, cost, free, note ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS amount, cost, free, note FROM visits) v",
    ),
    // Of what ties, whichever is read first: refused.
    (
        "refused",
        "(SELECT * FROM (SELECT $row, ROW_NUMBER() OVER (PARTITION BY id ORDER BY district) AS r FROM visits) WHERE r <= 2) v",
    ),
    // Rows of several units in one partition, or none: refused.
    (
        "refused",
        "(SELECT * FROM (SELECT $row, RANK() OVER (PARTITION BY district ORDER BY amount) AS r FROM visits) WHERE r <= 2) v",
    ),
    (
        "refused",
        "(SELECT MAX(id) AS id, district, MAX(amount) AS amount, MAX(cost) AS cost, MAX(free) AS free, MAX(note) AS note FROM visits GROUP BY district) v",
    ),
];

const PREDICATES: [Part; 26] = [
    ("comparison", "v.amount > 3"),
    ("comparison", "v.amount IS NOT NULL"),
    ("comparison", "v.note = 'a'"),
    ("LIKE", "v.note LIKE 'b%'"),
    ("BETWEEN", "v.cost BETWEEN 1 AND 6"),
    ("IN list", "v.free IN (1, 2, 3, 4)"),
    ("comparison", "v.district <> 2"),
    ("comparison", "NOT (v.amount < 2 OR v.free > 5)"),
    ("COALESCE", "COALESCE(v.free, 0) < 6"),
    ("arithmetic", "v.amount + v.district < 20"),
    ("text function", "UPPER(v.note) <> 'C'"),
    (
        "text function",
        "SUBSTR(v.note, 1, 1) || LEFT(v.note, 1) <> 'bb'",
    ),
    (
        "text function",
        "CONCAT(REVERSE(v.note), '-', INITCAP(v.note)) <> 'a-A'",
    ),
    (
        "text function",
        "STRPOS(v.note, 'c') = 0 AND SPLIT_PART(v.note, '-', 1) <> 'b'",
    ),
    ("regular expression", "v.note ~ '^[ab]{1,2}$'"),
    (
        "regular expression",
        "v.note !~* 'C' OR REGEXP_LIKE(v.note, '[b-z]')",
    ),
    ("division", "v.free / 3 < 2"),
    ("remainder", "v.free % 2 = 1"),
    (
        "ABS, GREATEST",
        "ABS(v.amount - 8) < GREATEST(v.district, 3) + 5",
    ),
    ("NVL, NULLIF", "NVL(NULLIF(v.district, 4), 2) > 1"),
    (
        "public IN",
        "v.district IN (SELECT district FROM areas WHERE area = 'north')",
    ),
    (
        "public NOT IN",
        "v.district NOT IN (SELECT district FROM areas WHERE area = 'north')",
    ),
    (
        "correlated NOT IN",
        "v.amount NOT IN (SELECT o.free FROM visits o WHERE o.id = v.id AND o.district <> v.district)",
    ),
    (
        "public scalar",
        "v.amount > (SELECT MIN(district) FROM areas)",
    ),
    ("TRY_CAST", "TRY_CAST(v.note AS BIGINT) IS NULL"),
    // Not total: refused.
    ("refused", "10 / v.amount > 1"),
];

const KEYS: [Part; 13] = [
    ("declared key", "v.district"),
    ("declared key", "v.district"),
    ("comparison", "v.amount > 5"),
    ("thresholded key", "v.note"),
    (
        "CASE",
        "CASE WHEN v.amount > 4 THEN 'much' WHEN v.amount > 0 THEN 'some' ELSE 'none' END",
    ),
    ("LIKE", "v.note LIKE 'a%'"),
    ("comparison", "v.free > 2"),
    ("division", "v.district / 2"),
    ("remainder", "v.amount % 3"),
    ("thresholded key", "v.free / 2"),
    ("text function", "LOWER(v.note) || 'x'"),
    ("text function", "CHARACTER_LENGTH(v.note) + 1"),
    // A person's id may not leave: refused.
    ("refused", "v.id"),
];

const AGGREGATES: [Part; 34] = [
    ("COUNT", "COUNT(*)"),
    ("COUNT", "COUNT(v.amount)"),
    ("COUNT DISTINCT unit", "COUNT(DISTINCT v.id)"),
    ("SUM", "SUM(v.amount)"),
    ("SUM", "SUM(v.amount)"),
    ("AVG", "AVG(v.amount)"),
    ("SUM", "SUM(v.cost)"),
    ("AVG", "AVG(v.cost)"),
    ("CLAMP", "SUM(CLAMP(v.free, 0, 3))"),
    ("arithmetic", "SUM(v.amount * 2 + 1)"),
    (
        "CASE",
        "SUM(CASE WHEN v.amount > 3 THEN v.amount ELSE 0 END)",
    ),
    ("arithmetic", "SUM(-v.amount)"),
    ("division", "SUM(v.amount / 4)"),
    ("remainder", "SUM(v.free % 5)"),
    ("ABS, GREATEST", "SUM(ABS(LEAST(v.amount, 4) - 2))"),
    ("NVL, NULLIF", "SUM(NVL(v.amount, 2))"),
    ("text function", "SUM(OCTET_LENGTH(v.note))"),
    ("quantile", "MEDIAN(v.amount)"),
    ("MIN, MAX", "MAX(v.cost)"),
    (
        "MIN, MAX",
        "MIN(CLAMP(v.free, -1, 4)) FILTER (WHERE v.note <> 'c')",
    ),
    ("quantile", "PERCENTILE_CONT(v.amount, 0.9)"),
    (
        "quantile",
        "APPROX_PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY v.cost)",
    ),
    ("variance", "VAR(v.amount)"),
    ("variance", "VAR_POP(v.cost)"),
    ("variance", "STDDEV(CLAMP(v.free, -1, 4))"),
    ("variance", "STDDEV_POP(v.amount)"),
    ("covariance", "COVAR_SAMP(v.amount, v.cost)"),
    ("covariance", "COVAR_POP(v.cost, CLAMP(v.free, 0, 3))"),
    ("covariance", "CORR(v.amount, CLAMP(v.free, 0, 5))"),
    ("FILTER", "COUNT(*) FILTER (WHERE v.amount > 4)"),
    ("FILTER", "COUNT(v.free) FILTER (WHERE v.note = 'a')"),
    ("FILTER", "SUM(v.amount) FILTER (WHERE v.free > 2)"),
    ("FILTER", "AVG(v.cost) FILTER (WHERE v.district < 3)"),
    // Without bounds, but where a count or a constant bounds it: refused.
    ("refused", "SUM(v.free)"),
];

/// A statement, its options, and what it is made of.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) options: QueryOptions,
    pub(super) parts: Vec<&'static str>,
}

pub(super) fn statement(random: &mut ChaCha8Rng) -> Statement {
    let mut parts = Vec::new();
    let sql = one_release(random, &mut parts);
    let sql = above(random, &mut parts, sql);
    // A part that would be refused in one place may be accepted in another.
    parts.retain(|part| *part != "refused");
    parts.sort_unstable();
    parts.dedup();
    Statement {
        sql,
        options: options(random),
        parts,
    }
}

fn one_release(random: &mut ChaCha8Rng, parts: &mut Vec<&'static str>) -> String {
    let mut pick = |random: &mut ChaCha8Rng, from: &[Part]| {
        let (part, text) = *from.choose(random).unwrap();
        parts.push(part);
        text.to_owned()
    };
    let source = pick(random, &SOURCES).replace("$row", ROW);
    let mut keys: Vec<String> = Vec::new();
    for _ in 0..*[0, 1, 1, 1, 2].choose(random).unwrap() {
        keys.push(pick(random, &KEYS));
    }
    if source.contains("areas a") && !source.contains("SEMI") && !source.contains("ANTI") {
        keys.extend(random.random_bool(0.5).then(|| "a.area".to_owned()));
    }
    let mut aggregates: Vec<String> = Vec::new();
    for _ in 0..random.random_range(1..=3) {
        aggregates.push(pick(random, &AGGREGATES));
    }
    if source.contains("people p") {
        aggregates.push("SUM(p.age)".to_owned());
    }
    let mut filters = Vec::new();
    for _ in 0..*[0, 0, 1, 2].choose(random).unwrap() {
        filters.push(pick(random, &PREDICATES));
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
        let group_by = match random.random_range(0..6) {
            0 => format!("ROLLUP ({keys})"),
            1 => format!("CUBE ({keys})"),
            2 => format!("GROUPING SETS (({keys}), ())"),
            _ => keys.clone(),
        };
        if group_by != keys {
            parts.push("grouping sets");
        }
        sql += &format!(" GROUP BY {group_by}");
    }
    sql
}

/// Any SQL may stand above a release.
fn above(random: &mut ChaCha8Rng, parts: &mut Vec<&'static str>, sql: String) -> String {
    match random.random_range(0..10) {
        0 => format!("SELECT MAX(n0) FROM ({sql})"),
        1 => {
            parts.push("release used twice");
            format!("WITH r AS ({sql}) SELECT a.n0 FROM r a CROSS JOIN r b")
        }
        2 => format!("SELECT * FROM ({sql}) WHERE n0 > 1 ORDER BY n0 LIMIT 3"),
        3 => {
            parts.push("several releases");
            let other = one_release(random, parts);
            format!("SELECT a.n0, b.n0 FROM ({sql}) a CROSS JOIN ({other}) b")
        }
        4 => {
            parts.push("several releases");
            let other = one_release(random, parts);
            format!("SELECT n0 FROM ({sql}) UNION ALL SELECT n0 FROM ({other})")
        }
        // Below a release there is no order: refused.
        5 if random.random_bool(0.3) => {
            "SELECT COUNT(*) FROM (SELECT id FROM visits LIMIT 2)".to_owned()
        }
        _ => sql,
    }
}

/// Every part that an accepted statement can hold.
pub(super) fn all_parts() -> Vec<&'static str> {
    let fixed = [SOURCES.as_slice(), &PREDICATES, &KEYS, &AGGREGATES].concat();
    let mut parts: Vec<_> = fixed.into_iter().map(|(part, _)| part).collect();
    parts.extend(["grouping sets", "release used twice", "several releases"]);
    parts.retain(|part| *part != "refused");
    parts.sort_unstable();
    parts.dedup();
    parts
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
        delta: match random.random_bool(0.95) {
            true => "1e-6".parse().unwrap(),
            false => "0".parse().unwrap(),
        },
        max_groups_per_unit: cap(random),
        max_rows_per_group: cap(random),
        ..QueryOptions::new(loss)
    }
}
