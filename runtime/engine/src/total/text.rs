//! Text: every result has a longest length, so that no column of a batch outgrows its offsets; patterns are
//! constants that are compiled before anything runs.

use super::{Known, Scope, constant, integer, longest, refuse};
use crate::reject::{Checked, Rejection, Rule};
use arrow::array::StringArray;
use arrow::compute::kernels::regexp::regexp_is_match_scalar;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions::{regex, string, unicode};
use datafusion::logical_expr::expr::{Like, ScalarFunction};
use datafusion::logical_expr::{Expr, ScalarUDF};

/// Longest text below a release, bytes: a batch of 8,192 rows stays far below the 2 GiB that its offsets
/// can count.
pub(crate) const MAX_TEXT_BYTES: u64 = 8 << 10;

/// Longest pattern, bytes: it is compiled to an automaton, whose size then stays far below the compiler's
/// own limit.
const MAX_PATTERN_BYTES: usize = 256;

/// Most counted repetitions of a pattern, and the highest count: repetitions of repetitions multiply.
const MAX_REPETITIONS: usize = 2;
const MAX_REPETITION: u32 = 32;

/// Most that the counts of a pattern come to, one within another: its states, which each byte may visit.
const MAX_REPEATED: u32 = 128;

/// Longest set of characters to trim, bytes: each character of a text is looked for in it.
const MAX_TRIMMED_BYTES: usize = 16;

/// Changing case makes a text at most three times as long.
const CASE_GROWTH: u64 = 3;

/// The length of a constant text; too long a one is refused.
pub(super) fn literal(value: &ScalarValue) -> Checked<Option<u64>> {
    match value.try_as_str().flatten() {
        Some(text) => fits(text.len() as u64, "constant").map(Some),
        None => Ok(None),
    }
}

fn fits(bytes: u64, what: &str) -> Checked<u64> {
    if bytes > MAX_TEXT_BYTES {
        return Err(Rejection::new(
            Rule::Size,
            format!("{what} of up to {bytes} bytes below the release"),
            format!(
                "keep texts within {MAX_TEXT_BYTES} bytes: take LEFT(text, n) of them, or put fewer together"
            ),
        ));
    }
    Ok(bytes)
}

fn of(text: u64) -> Known {
    Known {
        text: Some(text),
        ..Known::default()
    }
}

/// Whether a pattern's counted repetitions are few and small.
fn modest(pattern: &str) -> bool {
    let counts: Vec<&str> = pattern
        .match_indices('{')
        .filter_map(|(at, _)| pattern.get(at + 1..))
        // Other braces name classes, such as \p{L}.
        .filter(|rest| {
            rest.trim_start()
                .starts_with(|c: char| c.is_ascii_digit() || c == ',')
        })
        .collect();
    // The highest count of one repetition; `None` if it is no count.
    let highest = |count: &&str| {
        let inside = count.split('}').next().unwrap_or_default();
        let counts = inside.split(',').map(str::trim).filter(|n| !n.is_empty());
        counts
            .map(|n| n.parse::<u32>().ok())
            .try_fold(1, |most, n| Some(n?.max(most)))
    };
    let repeated = counts.iter().try_fold(1_u32, |product, count| {
        highest(count)
            .filter(|n| *n <= MAX_REPETITION)
            .and_then(|n| product.checked_mul(n))
    });
    counts.len() <= MAX_REPETITIONS && repeated.is_some_and(|n| n <= MAX_REPEATED)
}

impl Scope<'_> {
    pub(super) fn like(&self, written: &Expr, like: &Like, depth: usize) -> Checked<Known> {
        let short = constant(&like.pattern).is_some_and(|p| {
            p.is_null()
                || p.try_as_str()
                    .flatten()
                    .is_some_and(|text| text.len() <= MAX_PATTERN_BYTES)
        });
        if matches!(written, Expr::SimilarTo(_)) || !short || like.escape_char.is_some() {
            return refuse(
                "pattern match",
                "use LIKE with a constant pattern of at most 256 bytes and no ESCAPE",
            );
        }
        self.total(&like.expr, depth + 1).map(|_| Known::default())
    }

    /// A constant regular expression, compiled here by the engine that would run it. Its time is linear in
    /// the text, and its size is bounded by its length.
    pub(super) fn pattern(&self, pattern: &Expr, written: &Expr) -> Checked<()> {
        let Some(value) = constant(pattern) else {
            return refuse(
                format!("pattern match `{written}`"),
                "write a constant regular expression",
            );
        };
        let Some(text) = value.try_as_str().flatten() else {
            return refuse(
                format!("pattern match `{written}`"),
                "write a constant regular expression, not null",
            );
        };
        let none = StringArray::from(vec![""]);
        if text.len() > MAX_PATTERN_BYTES
            || !modest(text)
            // As it would run for each kind of operator.
            || regexp_is_match_scalar(&none, text, None).is_err()
            || regexp_is_match_scalar(&none, text, Some("i")).is_err()
        {
            return refuse(
                "pattern match",
                "write a regular expression of at most 256 bytes that compiles, with at most two counts up to {32}, whose product is at most 128",
            );
        }
        Ok(())
    }

    /// Texts one after another.
    pub(super) fn concatenated(&self, written: &Expr, parts: &[(&Expr, &Known)]) -> Checked<Known> {
        let mut bytes = 0_u64;
        for (part, known) in parts {
            if !matches!(self.kind(part)?, DataType::Utf8 | DataType::Null) {
                return refuse(
                    format!("`{written}`"),
                    "concatenate texts; CAST integers to VARCHAR",
                );
            }
            bytes = bytes.saturating_add(known.longest());
        }
        fits(bytes, "concatenation").map(of)
    }

    /// The text functions; `None` for any other. `arguments` are what is known of `call.args`.
    pub(super) fn text(
        &self,
        call: &ScalarFunction,
        arguments: &[Known],
    ) -> Checked<Option<Known>> {
        let is = |f: &ScalarUDF| call.func.as_ref() == f;
        let any = |of: &[std::sync::Arc<ScalarUDF>]| of.iter().any(|f| is(f));
        let name = call.func.name();
        let first = arguments.first().cloned().unwrap_or_default();
        let count = |at: usize| {
            let value = call.args.get(at).and_then(constant)?;
            integer(&value)
        };
        // Counts of characters that cannot overflow whatever is added to them.
        let counted = |at: usize, least: i128| {
            count(at).is_some_and(|n| (least..=i128::from(u32::MAX)).contains(&n))
        };
        let texts = || -> Checked<()> {
            for arg in &call.args {
                if !matches!(self.kind(arg)?, DataType::Utf8 | DataType::Null) {
                    return refuse(format!("function {name}"), "give it texts");
                }
            }
            Ok(())
        };
        if any(&[
            string::starts_with(),
            string::ends_with(),
            string::contains(),
        ]) {
            texts()?;
            return Ok(Some(Known::default()));
        }
        if any(&[
            unicode::character_length(),
            unicode::strpos(),
            string::octet_length(),
        ]) {
            texts()?;
            // Nothing is found at the first place of any text, the empty one too.
            let least = i128::from(is(&unicode::strpos()));
            let most = i128::from(first.longest()).max(least);
            return Ok(Some(Known::listed(Some((0, most)))));
        }
        if any(&[
            string::btrim(),
            string::ltrim(),
            string::rtrim(),
            unicode::reverse(),
        ]) {
            texts()?;
            let is_short = |set: ScalarValue| {
                set.is_null()
                    || set
                        .try_as_str()
                        .flatten()
                        .is_some_and(|set| set.len() <= MAX_TRIMMED_BYTES)
            };
            if call.args.len() > 1 && !call.args.get(1).and_then(constant).is_some_and(is_short) {
                return refuse(
                    format!("function {name}"),
                    "trim a constant set of characters, of at most 16 bytes",
                );
            }
            return Ok(Some(of(first.longest())));
        }
        if is(&string::ascii()) {
            texts()?;
            return Ok(Some(Known::listed(Some((
                0,
                i128::from(u32::from(char::MAX)),
            )))));
        }
        if let Some(bytes) = longest(call, first.longest()) {
            return fits(bytes, name).map(of).map(Some);
        }
        if any(&[string::lower(), string::upper(), unicode::initcap()]) {
            texts()?;
            let bytes = first.longest().saturating_mul(CASE_GROWTH);
            return fits(bytes, name).map(of).map(Some);
        }
        if is(&unicode::substr()) {
            let ends = call.args.len() == 2 || counted(2, 0);
            if !counted(1, 1) || !ends {
                return refuse(
                    "function substr",
                    "give it a constant start from 1 and a constant length",
                );
            }
            return Ok(Some(of(first.longest())));
        }
        if any(&[unicode::left(), unicode::right()]) {
            let Some(n) = count(1).filter(|_| counted(1, 0)) else {
                return refuse(
                    format!("function {name}"),
                    "give it a constant number of characters, from 0",
                );
            };
            // A character takes at most four bytes.
            let bytes = u64::try_from(n).unwrap_or(u64::MAX).saturating_mul(4);
            return Ok(Some(of(bytes.min(first.longest()))));
        }
        if is(&string::split_part()) {
            let delimiter = call.args.get(1).and_then(constant);
            if !counted(2, 1) || delimiter.is_none_or(|d| d.is_null()) {
                return refuse(
                    "function split_part",
                    "give it a constant delimiter and a constant position from 1",
                );
            }
            return Ok(Some(of(first.longest())));
        }
        if is(&string::concat()) {
            let parts: Vec<_> = call.args.iter().zip(arguments).collect();
            let written = Expr::ScalarFunction(call.clone());
            return self.concatenated(&written, &parts).map(Some);
        }
        if is(&string::concat_ws()) {
            let separator = call.args.iter().zip(arguments).take(1);
            let rest = call.args.iter().zip(arguments).skip(1);
            let parts: Vec<_> = rest
                .flat_map(|part| separator.clone().chain([part]))
                .collect();
            let written = Expr::ScalarFunction(call.clone());
            return self.concatenated(&written, &parts).map(Some);
        }
        if is(&regex::regexp_like()) {
            let [_, pattern] = call.args.as_slice() else {
                return refuse("function regexp_like", "give it a text and a pattern alone");
            };
            self.pattern(pattern, pattern)?;
            return Ok(Some(Known::default()));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_repetitions_are_few_and_small() {
        for fine in [
            "a",
            r"\d{4}-\d{2}",
            r"\p{L}+",
            "a{0,32}",
            "a{3,}",
            "{",
            "(a{4}){32}",
        ] {
            assert!(modest(fine), "{fine}");
        }
        for not in [
            "a{33}",
            "a{1,99}",
            "a{2}b{2}c{2}",
            "(a{5}){32}",
            "a{99999999999}",
            "a{ 40 }",
        ] {
            assert!(!modest(not), "{not}");
        }
    }

    #[test]
    fn changing_case_makes_no_text_more_than_three_times_as_long() {
        let longest = (0..=u32::from(char::MAX))
            .filter_map(char::from_u32)
            .map(|c| {
                let all = c.to_lowercase().map(char::len_utf8).sum::<usize>();
                let all = all.max(c.to_uppercase().map(char::len_utf8).sum());
                all.div_ceil(c.len_utf8())
            });
        assert_eq!(longest.max(), Some(CASE_GROWTH as usize));
    }
}
