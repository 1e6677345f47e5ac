//! Functions that may lengthen a text: by constants alone, so that the longest result is known.

use super::{constant, integer};
use datafusion::functions::{string, unicode};
use datafusion::logical_expr::ScalarUDF;
use datafusion::logical_expr::expr::ScalarFunction;

/// Most repetitions, and most characters of a padded text: room for them is taken for each row, whatever it
/// holds. A padded text then is no longer than a stored one may be.
const MAX_TIMES: u64 = 64;

/// A character's bytes at most.
const CHARACTER: u64 = 4;

/// Bytes of the result of such a function over a text of up to `text` bytes; `None` for any other function,
/// and for one whose other arguments are no constants, or too large.
pub(crate) fn longest(call: &ScalarFunction, text: u64) -> Option<u64> {
    let is = |f: &ScalarUDF| call.func.as_ref() == f;
    let word = |at: usize| {
        let value = call.args.get(at).and_then(constant)?;
        Some(value.try_as_str()??.len() as u64)
    };
    let times = || {
        let value = call.args.get(1).and_then(constant)?;
        let times = u64::try_from(integer(&value)?).ok()?;
        (times <= MAX_TIMES).then_some(times)
    };
    if is(&string::replace()) {
        // Occurrences do not overlap: each of `from` bytes becomes `to` bytes.
        let (from, to) = (word(1).filter(|from| *from > 0)?, word(2)?);
        return Some(text.saturating_mul(to.div_ceil(from).max(1)));
    }
    if is(&unicode::translate()) {
        // A character of one byte becomes one of at most four.
        word(1).zip(word(2))?;
        return Some(text.saturating_mul(CHARACTER));
    }
    if is(&string::repeat()) {
        return Some(text.saturating_mul(times()?));
    }
    if is(&unicode::lpad()) || is(&unicode::rpad()) {
        if call.args.len() > 2 {
            word(2)?;
        }
        return Some(times()?.saturating_mul(CHARACTER));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::{Expr, lit};
    use proptest::prelude::*;

    fn of(call: &Expr, text: u64) -> Option<u64> {
        match call {
            Expr::ScalarFunction(call) => longest(call, text),
            _ => None,
        }
    }

    #[test]
    fn other_arguments_are_constants_within_limits() {
        let x = || datafusion::logical_expr::col("x");
        let of = |call: Expr| of(&call, 10);
        assert_eq!(
            of(string::expr_fn::replace(x(), lit("ab"), lit("xyz"))),
            Some(20)
        );
        assert_eq!(
            of(string::expr_fn::replace(x(), lit("ab"), lit(""))),
            Some(10)
        );
        assert_eq!(of(string::expr_fn::replace(x(), lit(""), lit("x"))), None);
        assert_eq!(of(string::expr_fn::replace(x(), x(), lit("x"))), None);
        assert_eq!(of(string::expr_fn::replace(x(), lit("x"), x())), None);
        assert_eq!(of(string::expr_fn::repeat(x(), lit(3_i64))), Some(30));
        assert_eq!(of(string::expr_fn::repeat(x(), lit(65_i64))), None);
        assert_eq!(of(string::expr_fn::repeat(x(), x())), None);
        let pad = |n| unicode::expr_fn::lpad(vec![x(), lit(n), lit("0")]);
        assert_eq!(of(pad(5_i64)), Some(20));
        assert_eq!(of(pad(-1_i64)), None);
        assert_eq!(of(unicode::expr_fn::rpad(vec![x(), lit(5_i64), x()])), None);
        assert_eq!(
            of(unicode::expr_fn::translate(x(), lit("a"), lit("é"))),
            Some(40)
        );
        assert_eq!(of(unicode::expr_fn::translate(x(), lit("a"), x())), None);
    }

    proptest! {
        #[test]
        fn no_replacement_is_longer_than_said(text in "[ab]{0,12}", from in "[ab]{1,3}", to in "[abé]{0,5}") {
            let x = datafusion::logical_expr::col("x");
            let call = string::expr_fn::replace(x, lit(from.clone()), lit(to.clone()));
            let most = of(&call, text.len() as u64).unwrap();
            prop_assert!(text.replace(&from, &to).len() as u64 <= most);
        }
    }
}
