//! Whatever constants a statement calls functions with, and whatever rows there are: what is accepted does not fail.
//!
//! The build stops at an overflow, in the engine's functions too, so a constant that one of them adds to a row's place or length
//! would end a query just where there is such a row.

use super::{on_all_cores, runtime};
use crate::fixture::{Visit, catalog, data, options};
use irongate_engine::{ExecutionEnv, ExecutionError, bounded, check, prepare};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Statements asked, a chunk of them by one seed.
const CHUNKS: usize = 60;
const CHUNK: usize = 400;
/// Of them at least so many must be accepted and run, with at least so many functions.
const RUN: usize = 2_000;
const FUNCTIONS: usize = 45;

/// What is declared is so: ingest sees to it.
const VISITS: [Visit; 6] = [
    (1, 1, Some(0), 0, Some(i64::MIN), ""),
    (1, 3, Some(10), 550, Some(i64::MAX), "é"),
    (1, 2, None, 1, None, "%_\\"),
    (2, 1, Some(3), 549, Some(0), "a b c"),
    (200, 3, Some(5), 501, Some(-1), "2021-02-03"),
    (200, 3, Some(5), 501, Some(-1), "𝒳𝒳"),
];

const COLUMNS: [&str; 11] = [
    "v.amount",
    "v.cost",
    "v.free",
    "v.note",
    "v.district",
    "s.day",
    "s.at",
    "s.free_day",
    "s.seq",
    "CLAMP(v.free, -9223372036854775807, 9223372036854775807)",
    "CAST(v.amount AS DECIMAL(38, 0))",
];
const NUMERIC: [&str; 7] = [
    "v.amount",
    "v.cost",
    "v.free",
    "v.district",
    "s.seq",
    "CLAMP(v.free, -9223372036854775807, 9223372036854775807)",
    "CAST(v.cost AS DECIMAL(38, 20))",
];
const NUMBERS: [&str; 14] = [
    "-9223372036854775808",
    "-1",
    "0",
    "1",
    "2",
    "17",
    "1000",
    "1000001",
    "2147483648",
    "9223372036854775807",
    "18446744073709551615",
    "0.5",
    "NULL",
    "99999999999999999999999999999999999999",
];
const TEXTS: [&str; 12] = [
    "''",
    "'a'",
    "'é'",
    "'%'",
    "'\\'",
    "'year'",
    "'month'",
    "'second'",
    "'1 day'",
    "'%Y-%m-%d'",
    "'9223372036854775807'",
    "NULL",
];
const OTHERS: [&str; 9] = [
    "DATE '0001-01-01'",
    "DATE '9999-12-31'",
    "TIMESTAMP '1677-09-21T00:12:44'",
    "TIMESTAMP '9999-12-31T23:59:59'",
    "INTERVAL '1 month'",
    "INTERVAL '-9999 years'",
    "INTERVAL '1 day'",
    "TRUE",
    "NULL",
];
const KINDS: [&str; 8] = [
    "BIGINT",
    "INT",
    "DECIMAL(38, 0)",
    "DECIMAL(38, 37)",
    "DECIMAL(3, 1)",
    "VARCHAR",
    "DATE",
    "TIMESTAMP",
];
const OPERATORS: [&str; 16] = [
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "=",
    "<",
    "IS DISTINCT FROM",
    "LIKE",
    "ILIKE",
    "~",
    "&",
    "|",
    "<<",
    ">>",
];

/// Calls whose arguments fit: `$` is a text of a row, `#` a number of one, `@` a date or time of one; doubled, a constant.
const CALLS: [&str; 40] = [
    "LEFT($, ##)",
    "RIGHT($, ##)",
    "SUBSTR($, ##)",
    "SUBSTR($, ##, ##)",
    "LPAD($, ##, $$)",
    "RPAD($, ##)",
    "REPEAT($, ##)",
    "SPLIT_PART($, $$, ##)",
    "TRANSLATE($, $$, $$)",
    "REPLACE($, $$, $$)",
    "OVERLAY($ PLACING $$ FROM ## FOR ##)",
    "STRPOS($, $$)",
    "STARTS_WITH($, $)",
    "INITCAP($)",
    "CONCAT_WS($$, $, $)",
    "BTRIM($, $$)",
    "CHR(#)",
    "REGEXP_LIKE($, $$)",
    "REGEXP_REPLACE($, $$, $$)",
    "DATE_TRUNC($$, @)",
    "DATE_PART($$, @)",
    "EXTRACT(EPOCH FROM @)",
    "EXTRACT(WEEK FROM @)",
    "TO_CHAR(@, $$)",
    "@ + @@",
    "@ - @@",
    "@ - @",
    "# + ##",
    "# - ##",
    "# * ##",
    "# / ##",
    "# % ##",
    "-#",
    "ABS(#)",
    "ROUND(#, ##)",
    "TRUNC(#, ##)",
    "SIGN(#)",
    "NULLIF(#, ##)",
    "WIDTH_BUCKET(#, ##, ##, ##)",
    "CLAMP(#, ##, ##)",
];

/// Random statements of one seed.
struct Author<'a> {
    random: ChaCha8Rng,
    functions: &'a [String],
    called: BTreeSet<String>,
}

impl Author<'_> {
    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from.choose(&mut self.random).unwrap()
    }

    fn atom(&mut self) -> String {
        let from: &[&str] = match self.random.random_range(0..6) {
            0..3 => &COLUMNS,
            3 => &NUMBERS,
            4 => &TEXTS,
            _ => &OTHERS,
        };
        self.pick(from).to_owned()
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom();
        }
        let within = |author: &mut Self| author.expression(depth - 1);
        match self.random.random_range(0..10) {
            0 => {
                let (a, b) = (within(self), self.atom());
                format!("({a} {} {b})", self.pick(&OPERATORS))
            }
            1 => {
                let cast = self.pick(&["CAST", "TRY_CAST"]);
                format!("{cast}({} AS {})", within(self), self.pick(&KINDS))
            }
            2 => format!(
                "CASE WHEN {} > {} THEN {} END",
                within(self),
                self.atom(),
                self.atom()
            ),
            3..7 => self.fitting(depth),
            _ => {
                let function = self.functions.choose(&mut self.random).unwrap().clone();
                let count = self.random.random_range(0..4);
                let rest: Vec<String> = (0..count).map(|_| self.atom()).collect();
                let first = within(self);
                let args: Vec<String> = std::iter::once(first).chain(rest).collect();
                let text = format!("{function}({})", args.join(", "));
                self.called.insert(function);
                text
            }
        }
    }

    /// A call whose arguments are of its types.
    fn fitting(&mut self, depth: usize) -> String {
        let call = self.pick(&CALLS);
        self.called.insert(call.to_owned());
        let mut text = String::new();
        let mut rest = call;
        while let Some(at) = rest.find(['$', '#', '@']) {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            let sign = &from[..1];
            let is_constant = from[1..].starts_with(sign);
            rest = from[1..].strip_prefix(sign).unwrap_or(&from[1..]);
            let inner = depth > 1 && !is_constant && self.random.random_range(0..3) == 0;
            let word = match (sign, is_constant) {
                _ if inner => self.fitting(depth - 1),
                ("$", true) => self.pick(&TEXTS).to_owned(),
                ("$", false) => "v.note".to_owned(),
                ("#", true) => self.pick(&NUMBERS).to_owned(),
                ("#", false) => self.pick(&NUMERIC).to_owned(),
                (_, true) => self.pick(&OTHERS).to_owned(),
                (_, false) => self.pick(&["s.day", "s.at", "s.free_day"]).to_owned(),
            };
            text.push_str(&word);
        }
        format!("({text}{rest})")
    }

    fn end(&mut self) -> String {
        match self.random.random_range(0..4) {
            0 => "CURRENT ROW".to_owned(),
            1 => format!("UNBOUNDED {}", self.pick(&["PRECEDING", "FOLLOWING"])),
            _ => {
                let by = self.pick(&NUMBERS);
                format!("{by} {}", self.pick(&["PRECEDING", "FOLLOWING"]))
            }
        }
    }

    fn statement(&mut self) -> String {
        self.called.clear();
        const FROM: &str = "FROM visits v JOIN stays s ON v.id = s.id";
        match self.random.random_range(0..6) {
            0 => {
                let function = self.pick(&[
                    "COUNT(*)",
                    "SUM(v.amount)",
                    "MIN(v.free)",
                    "MAX(v.note)",
                    "AVG(v.cost)",
                    "RANK()",
                    "ROW_NUMBER()",
                    "FIRST_VALUE(v.free)",
                    "LAST_VALUE(v.note)",
                    "LAG(v.free, 1000000, -9223372036854775808)",
                    "LEAD(v.note, 1)",
                ]);
                let unit = self.pick(&["ROWS", "RANGE", "GROUPS"]);
                let (start, end) = (self.end(), self.end());
                format!(
                    "SELECT COUNT(DISTINCT x) FROM (SELECT {function} OVER (PARTITION BY v.id ORDER BY v.amount, v.cost, v.free, \
                     v.note {unit} BETWEEN {start} AND {end}) AS x FROM visits v)"
                )
            }
            1 => {
                let function =
                    self.pick(&["COUNT(DISTINCT ", "SUM(", "MIN(", "MAX(", "AVG(", "MEDIAN("]);
                let of = self.expression(1);
                format!(
                    "SELECT COUNT(DISTINCT x) FROM (SELECT v.id, {function}{of}) AS x {FROM} GROUP BY v.id)"
                )
            }
            // Of one type, so that nothing is cast between them.
            2 => {
                let (x, [a, b]) = (self.pick(&NUMERIC), [(); 2].map(|()| self.pick(&NUMBERS)));
                let (by, compared) = (self.pick(&["+", "-", "*"]), self.pick(&["<", "=", "<>"]));
                format!("SELECT COUNT(*) {FROM} WHERE {x} {by} {a} {compared} {x} {by} {b}")
            }
            3 => {
                let (x, [a, b]) = (self.pick(&NUMERIC), [(); 2].map(|()| self.pick(&NUMBERS)));
                let by = self.pick(&["+", "-"]);
                format!(
                    "SELECT COUNT(*) FROM (SELECT v.id, SUM({x} {by} {a}) AS a, SUM({x} {by} {b}) AS b {FROM} GROUP BY v.id) WHERE a < b"
                )
            }
            4 => format!(
                "SELECT COUNT(*) {FROM} WHERE {} > {}",
                self.expression(2),
                self.atom()
            ),
            _ => format!("SELECT COUNT(DISTINCT {}) {FROM}", self.expression(2)),
        }
    }
}

#[test]
fn no_constant_makes_an_accepted_statement_fail() {
    let functions = datafusion::functions::all_default_functions();
    let functions: Vec<String> = functions.iter().map(|f| f.name().to_owned()).collect();
    let catalog = catalog();
    let chunks = on_all_cores(CHUNKS, |seed| {
        let mut author = Author {
            random: ChaCha8Rng::seed_from_u64(seed as u64),
            functions: &functions,
            called: BTreeSet::new(),
        };
        let data = data(&VISITS, 1);
        let env = ExecutionEnv {
            cores: std::num::NonZeroUsize::MIN,
            ..ExecutionEnv::default()
        };
        let (mut run, mut called) = (0, BTreeSet::new());
        for _ in 0..CHUNK {
            let sql = author.statement();
            let Ok(query) = check(&sql, &catalog, &options()) else {
                continue;
            };
            match runtime().block_on(prepare(&query, &data, &env)) {
                Ok(_) => {}
                Err(ExecutionError::TooLarge(_) | ExecutionError::Unplanned) => continue,
                Err(error) => panic!("{sql}: {error}"),
            }
            let bounded = runtime().block_on(bounded(&query, &data, &env));
            bounded.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            run += 1;
            called.append(&mut author.called);
        }
        (run, called)
    });
    let run: usize = chunks.iter().map(|(run, _)| run).sum();
    let called: BTreeSet<_> = chunks.into_iter().flat_map(|(_, called)| called).collect();
    println!(
        "{run} statements of {} were accepted, with {} functions: {called:?}",
        CHUNKS * CHUNK,
        called.len()
    );
    assert!(
        run >= RUN && called.len() >= FUNCTIONS,
        "{run} run, {} functions",
        called.len()
    );
}
