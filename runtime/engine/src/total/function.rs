//! The scalar functions that are total.

use super::{Known, Scope, constant, hull_of, integer, numeric, refuse};
use crate::bucket::MAX_BUCKETS;
use crate::reject::{Checked, Rejection, Rule};
use arrow::datatypes::DataType;
use datafusion::functions::{core as fcore, datetime, math};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;

impl Scope<'_> {
    pub(super) fn function(&self, call: &ScalarFunction, depth: usize) -> Checked<Known> {
        let is = |f: &datafusion::logical_expr::ScalarUDF| call.func.as_ref() == f;
        if is(&crate::clamp::clamp()) {
            let [x, lo, hi] = call.args.as_slice() else {
                return refuse("CLAMP", "write CLAMP(x, lo, hi)");
            };
            self.total(x, depth + 1)?;
            let bounds = constant(lo)
                .as_ref()
                .and_then(integer)
                .zip(constant(hi).as_ref().and_then(integer));
            return match bounds {
                Some((lo, hi)) if lo <= hi => Ok(Known {
                    range: Some((lo, hi)),
                    ..Known::default()
                }),
                _ => Err(Rejection::new(
                    Rule::Bounds,
                    "CLAMP",
                    "give CLAMP constant bounds with lo <= hi",
                )),
            };
        }
        if is(&crate::bucket::width_bucket()) {
            return self.width_bucket(call, depth);
        }
        // Each argument is looked at once: twice would double the work with each level of nesting.
        let arguments = call
            .args
            .iter()
            .map(|arg| self.total(arg, depth + 1))
            .collect::<Checked<Vec<_>>>()?;
        if let Some(known) = self.text(call, &arguments)? {
            return Ok(known);
        }
        let any =
            |of: &[std::sync::Arc<datafusion::logical_expr::ScalarUDF>]| of.iter().any(|f| is(f));
        if is(&fcore::nullif()) {
            return Ok(Known {
                released: None,
                ..arguments.first().cloned().unwrap_or_default()
            });
        }
        // The value of one of them.
        if any(&[
            fcore::coalesce(),
            fcore::nvl(),
            fcore::greatest(),
            fcore::least(),
        ]) {
            let of: Vec<_> = call.args.iter().zip(arguments).collect();
            return Ok(hull_of(&of));
        }
        if is(&fcore::nvl2()) {
            let of: Vec<_> = call.args.iter().zip(arguments).skip(1).collect();
            return Ok(hull_of(&of));
        }
        if any(&[math::floor(), math::ceil()]) {
            return self.to_whole(call, &arguments);
        }
        if is(&math::abs()) {
            let ([arg], [known]) = (call.args.as_slice(), arguments.as_slice()) else {
                return refuse("function abs", "give it one number");
            };
            let range = self.range(arg, known)?.and_then(magnitude);
            let written = Expr::ScalarFunction(call.clone());
            let out = self.fits(&written, &self.kind(&written)?, range)?;
            return Ok(Known {
                range: out.range.filter(|_| known.range.is_some()),
                ..Known::default()
            });
        }
        if is(&datetime::date_trunc()) {
            return self.date_trunc(call, &arguments);
        }
        if is(&datetime::to_char()) {
            return self.shown(call, &arguments);
        }
        if is(&datetime::date_part()) {
            let part = call
                .args
                .first()
                .and_then(constant)
                .and_then(|v| v.try_as_str().flatten().map(str::to_lowercase));
            let Some(part) = part else {
                return refuse("date_part", "name a constant part");
            };
            let of = call.args.get(1).map(|of| self.kind(of)).transpose()?;
            if !matches!(of, Some(DataType::Date32 | DataType::Timestamp(_, None))) {
                return refuse("date_part", "take it of a date or a timestamp");
            }
            let moments = call.args.get(1).zip(arguments.get(1));
            if let Some((moment, known)) = moments
                && !self.can_be_taken_apart(moment, known)?
            {
                return refuse(
                    "date_part, which may meet a day outside the calendar",
                    "take it of a stored date, of bounded dates, or of TRY_CAST itself: the default for its nulls comes after",
                );
            }
            let range = match part.as_str() {
                "year" => of
                    .as_ref()
                    .zip(arguments.get(1))
                    .and_then(|(kind, known)| super::moment::years(kind, known.range)),
                "quarter" => Some((1, 4)),
                "month" => Some((1, 12)),
                "day" => Some((1, 31)),
                "hour" => Some((0, 23)),
                "minute" => Some((0, 59)),
                "dow" => Some((0, 6)),
                "doy" => Some((1, 366)),
                _ => {
                    return refuse(
                        format!("date_part '{part}'"),
                        "use year, quarter, month, day, hour, minute, dow or doy",
                    );
                }
            };
            return Ok(Known::listed(range));
        }
        refuse(
            format!("function {}", call.func.name()),
            "use CLAMP, WIDTH_BUCKET, COALESCE, NVL, NVL2, NULLIF, GREATEST, LEAST, ABS, FLOOR, CEIL, LOWER, UPPER, INITCAP, TRIM, REVERSE, SUBSTR, LEFT, RIGHT, LPAD, RPAD, REPEAT, REPLACE, TRANSLATE, SPLIT_PART, CONCAT, CONCAT_WS, ASCII, STRPOS, CONTAINS, STARTS_WITH, ENDS_WITH, CHARACTER_LENGTH, OCTET_LENGTH, REGEXP_LIKE, EXTRACT, DATE_TRUNC or TO_CHAR below the release",
        )
    }

    /// FLOOR and CEIL of a decimal keep its type; what they round away must not carry it beyond.
    fn to_whole(&self, call: &ScalarFunction, arguments: &[Known]) -> Checked<Known> {
        let ([arg], [known]) = (call.args.as_slice(), arguments) else {
            return refuse(
                format!("function {}", call.func.name()),
                "give it one number",
            );
        };
        let kind = self.kind(arg)?;
        let range = numeric(&kind)
            .and_then(|(scale, ..)| 10_i128.checked_pow(u32::from(scale)))
            .zip(self.range(arg, known)?)
            .and_then(|(one, (lo, hi))| {
                let down = |v: i128| v.checked_sub(v.rem_euclid(one));
                Some((down(lo)?, down(hi.checked_add(one - 1)?)?))
            });
        let written = Expr::ScalarFunction(call.clone());
        let out = self.fits(&written, &self.kind(&written)?, range)?;
        Ok(Known {
            range: out.range.filter(|_| known.range.is_some()),
            ..Known::default()
        })
    }

    /// Few buckets between constant bounds: a histogram's keys, whose values are all known.
    fn width_bucket(&self, call: &ScalarFunction, depth: usize) -> Checked<Known> {
        let [x, lo, hi, n] = call.args.as_slice() else {
            return refuse("WIDTH_BUCKET", "write WIDTH_BUCKET(x, lo, hi, n)");
        };
        self.total(x, depth + 1)?;
        let whole = |e: &Expr| constant(e).as_ref().and_then(integer);
        match (whole(lo), whole(hi), whole(n)) {
            (Some(lo), Some(hi), Some(n)) if lo < hi && (1..=MAX_BUCKETS).contains(&n) => {
                // Within a bucket nothing is lost to overflow.
                let fits = hi.checked_sub(lo).and_then(|width| width.checked_mul(n));
                if fits.is_some() {
                    return Ok(Known::listed(Some((0, n + 1))));
                }
            }
            _ => {}
        }
        Err(Rejection::new(
            Rule::Bounds,
            "WIDTH_BUCKET",
            format!(
                "give WIDTH_BUCKET constant bounds with lo < hi, and a constant number of buckets up to {MAX_BUCKETS}"
            ),
        ))
    }
}

/// The range of `|x|`.
fn magnitude((lo, hi): (i128, i128)) -> Option<(i128, i128)> {
    let (a, b) = (lo.checked_abs()?, hi.checked_abs()?);
    let least = if lo <= 0 && hi >= 0 { 0 } else { a.min(b) };
    Some((least, a.max(b)))
}

#[cfg(test)]
mod tests {
    use super::magnitude;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn magnitudes_lie_in_their_range(lo in -99_i128..99, more in 0_i128..99, at in 0_i128..99) {
            let x = lo + at.min(more);
            let (least, most) = magnitude((lo, lo + more)).unwrap();
            prop_assert!(least <= x.abs() && x.abs() <= most);
        }
    }
}
