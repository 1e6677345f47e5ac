//! Arbitrary and nearly valid statements: the checker never panics, and never takes long.

use crate::cases::statements;
use crate::fixture::{catalog, options};
use irongate_engine::{LossRequest, QueryOptions, check};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Statements of one run; `IRONGATE_FUZZ_CASES` sets another number.
const CASES: usize = 6_000;
/// No statement may be looked at for longer.
const MOST_TIME: Duration = Duration::from_secs(20);
/// Longest statement that is changed, bytes: the long ones have cases of their own.
const LONGEST: usize = 600;

/// Words that the statements of the case files are cut into and mixed with.
const WORDS: [&str; 96] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "HAVING",
    "ORDER BY",
    "LIMIT 1",
    "OFFSET 1",
    "DISTINCT",
    "JOIN",
    "LEFT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "LEFT SEMI JOIN",
    "LEFT ANTI JOIN",
    "LATERAL",
    "ON",
    "USING (id)",
    "UNION ALL",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "WITH r AS",
    "RECURSIVE",
    "OVER ()",
    "OVER (PARTITION BY id ORDER BY amount)",
    "FILTER (WHERE amount > 1)",
    "WITHIN GROUP",
    "CASE WHEN amount > 1 THEN",
    "ELSE",
    "END",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN (1, 2)",
    "IS NULL",
    "BETWEEN 1 AND 2",
    "LIKE 'a%'",
    "~ 'a'",
    "EXISTS",
    "ANY",
    "ALL",
    "(",
    ")",
    ",",
    ";",
    "*",
    "+",
    "-",
    "/",
    "%",
    "||",
    "=",
    "<>",
    "<",
    "::",
    "::BIGINT",
    ".",
    "[1]",
    "'x'",
    "''",
    "0",
    "-1",
    "2.5",
    "1e400",
    "9223372036854775807",
    "NULL",
    "TRUE",
    "DATE '2020-01-01'",
    "INTERVAL '1' DAY",
    "X'00'",
    "visits",
    "visits v",
    "people p",
    "areas a",
    "firms",
    "r",
    "id",
    "v.id",
    "p.id",
    "district",
    "amount",
    "cost",
    "free",
    "note",
    "age",
    "area",
    "COUNT(*)",
    "COUNT(DISTINCT id)",
    "SUM(amount)",
    "AVG(cost)",
    "CLAMP(free, 0, 9)",
    "ROLLUP (district)",
    "(SELECT 1)",
    "é\u{202e}",
];

pub(crate) fn seed() -> u64 {
    std::env::var("IRONGATE_TEST_SEED").map_or(1, |text| text.parse().unwrap())
}

pub(crate) fn count() -> usize {
    std::env::var("IRONGATE_FUZZ_CASES").map_or(CASES, |text| text.parse().unwrap())
}

/// Where statements come from: those of the case files, cut into words, changed and mixed.
pub(crate) struct Soup {
    known: Vec<Vec<String>>,
}

impl Soup {
    pub(crate) fn new() -> Self {
        let known = statements()
            .into_iter()
            .filter(|(sql, _)| sql.len() <= LONGEST)
            .map(|(sql, _)| cut(&sql))
            .collect();
        Self { known }
    }

    /// One statement with its options.
    pub(crate) fn statement(&self, random: &mut ChaCha8Rng) -> (String, QueryOptions) {
        let mut words = match random.random_range(0..10) {
            0 => (0..random.random_range(1..40))
                .map(|_| word(random))
                .collect(),
            1 => format!(
                "SELECT COUNT(*) FROM visits WHERE {}",
                expression(random, 5)
            )
            .split(' ')
            .map(str::to_owned)
            .collect(),
            2 => format!(
                "SELECT {}, COUNT(*) FROM visits GROUP BY 1",
                expression(random, 4)
            )
            .split(' ')
            .map(str::to_owned)
            .collect(),
            3 => format!("SELECT SUM({}) FROM visits", expression(random, 4))
                .split(' ')
                .map(str::to_owned)
                .collect(),
            _ => self.known.choose(random).unwrap().clone(),
        };
        for _ in 0..*[0, 1, 1, 2, 4].choose(random).unwrap() {
            self.change(&mut words, random);
        }
        (words.join(" "), asked(random))
    }

    fn change(&self, words: &mut Vec<String>, random: &mut ChaCha8Rng) {
        let at = random.random_range(0..=words.len());
        let here = at.min(words.len().saturating_sub(1));
        match random.random_range(0..7) {
            0 => words.insert(at, word(random)),
            1 if !words.is_empty() => {
                words.remove(here);
            }
            2 if !words.is_empty() => words[here] = word(random),
            3 if !words.is_empty() => {
                let other = random.random_range(0..words.len());
                words.swap(here, other);
            }
            // A part of another statement, in the place of a word.
            4 if !words.is_empty() => {
                let other = self.known.choose(random).unwrap();
                let from = random.random_range(0..other.len());
                let to = random
                    .random_range(from..other.len().min(from + 12) + 1)
                    .min(other.len());
                words.splice(here..=here, other[from..to].iter().cloned());
            }
            // A whole statement as a table or a value.
            5 if !words.is_empty() => {
                let other = self.known.choose(random).unwrap().join(" ");
                words[here] = format!("({other})");
            }
            _ => {
                let whole = words.join(" ");
                *words = cut(&format!("SELECT COUNT(*) FROM ({whole}) x"));
            }
        }
    }
}

fn word(random: &mut ChaCha8Rng) -> String {
    (*WORDS.choose(random).unwrap()).to_owned()
}

/// Words, names and signs of a statement.
fn cut(sql: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quote = None;
    for c in sql.chars() {
        let last = out.last_mut().unwrap();
        if let Some(open) = quote {
            last.push(c);
            quote = (c != open).then_some(open);
        } else if c == '\'' || c == '"' {
            quote = Some(c);
            last.push(c);
        } else if c.is_whitespace() {
            out.push(String::new());
        } else if "(),;".contains(c) {
            out.extend([c.to_string(), String::new()]);
        } else {
            last.push(c);
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// A random expression over the columns of visits, total or not.
fn expression(random: &mut ChaCha8Rng, depth: usize) -> String {
    const LEAVES: [&str; 14] = [
        "amount",
        "free",
        "cost",
        "district",
        "note",
        "0",
        "1",
        "-1",
        "2.50",
        "NULL",
        "TRUE",
        "'a'",
        "9223372036854775807",
        "DATE '2020-02-29'",
    ];
    if depth == 0 || random.random_bool(0.2) {
        return (*LEAVES.choose(random).unwrap()).to_owned();
    }
    let mut next = || expression(random, depth - 1);
    let (a, b, c) = (next(), next(), next());
    match random.random_range(0..27) {
        0 => format!("( {a} + {b} )"),
        1 => format!("( {a} - {b} )"),
        2 => format!("( {a} * {b} )"),
        3 => format!("( {a} / {b} )"),
        4 => format!("( {a} % {b} )"),
        5 => format!("( {a} > {b} )"),
        6 => format!("( {a} = {b} )"),
        7 => format!("( {a} AND {b} )"),
        8 => format!("( {a} OR {b} )"),
        9 => format!("NOT {a}"),
        10 => format!("( - {a} )"),
        11 => format!("( {a} IS NULL )"),
        12 => format!("( {a} BETWEEN {b} AND {c} )"),
        13 => format!("( {a} IN ( {b} , {c} ) )"),
        14 => format!("CASE WHEN {a} THEN {b} ELSE {c} END"),
        15 => format!("COALESCE( {a} , {b} )"),
        16 => format!("NULLIF( {a} , {b} )"),
        17 => format!("CLAMP( {a} , 0 , 7 )"),
        18 => format!("CAST( {a} AS BIGINT )"),
        19 => format!("TRY_CAST( {a} AS DECIMAL(10, 2) )"),
        23 => format!("TRY_CAST( {a} AS DECIMAL(38, -2) )"),
        24 => format!("COALESCE( ( SELECT 5 WHERE 1 = 0 ) , {a} )"),
        25 => format!("( {a} IN ( SELECT district FROM areas ) )"),
        20 => format!("ABS( {a} )"),
        21 => format!("LOWER( {a} )"),
        22 => format!("CHARACTER_LENGTH( {a} )"),
        _ => format!("( {a} LIKE 'a%' )"),
    }
}

fn asked(random: &mut ChaCha8Rng) -> QueryOptions {
    let cap = |random: &mut ChaCha8Rng| {
        *[None, None, Some(1), Some(2), Some(3)]
            .choose(random)
            .unwrap()
    };
    let mut asked = options();
    asked.loss = *[
        LossRequest::Epsilon("1".parse().unwrap()),
        LossRequest::Rho("0.5".parse().unwrap()),
    ]
    .choose(random)
    .unwrap();
    asked.delta = ["0", "1e-6"].choose(random).unwrap().parse().unwrap();
    asked.max_groups_per_unit = cap(random);
    asked.max_rows_per_group = cap(random);
    asked
}

/// Panics of this process, the checker's own threads included: it turns them into refusals.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// A statement that the checker must be able to look at.
fn looked_at(sql: &str, options: &QueryOptions) -> Result<bool, String> {
    let (panics, start) = (PANICS.load(Ordering::SeqCst), Instant::now());
    let result = check(sql, &catalog(), options);
    let took = start.elapsed();
    if PANICS.load(Ordering::SeqCst) > panics {
        return Err(format!("panicked: {sql}"));
    }
    if took > MOST_TIME {
        return Err(format!("took {took:?}: {sql}"));
    }
    match result {
        Ok(query) => Ok(!query.explain().to_string().is_empty()),
        Err(rejection) if rejection.instead.contains("gave up") => Err(format!("gave up: {sql}")),
        Err(rejection) => {
            let place = rejection.span.map(|span| span.bytes(sql));
            if place == Some(None) {
                return Err(format!(
                    "a place outside of it, {:?}: {sql}",
                    rejection.span
                ));
            }
            Ok(false)
        }
    }
}

#[test]
fn no_statement_makes_the_checker_panic_or_hang() {
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::SeqCst);
    }));
    let (seed, count) = (seed(), count());
    let soup = Soup::new();
    let (mut accepted, mut wrong) = (0, Vec::new());
    for number in 0..count {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number as u64);
        let (sql, options) = soup.statement(&mut random);
        match looked_at(&sql, &options) {
            Ok(is_accepted) => accepted += usize::from(is_accepted),
            Err(text) => wrong.push(text),
        }
    }
    drop(std::panic::take_hook());
    println!("IRONGATE_TEST_SEED={seed}: {count} statements, {accepted} accepted");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A soup of which nothing is accepted would show little.
    assert!(accepted * 20 >= count, "{accepted} of {count} accepted");
}
