//! The scalar functions that are total.

use super::{Known, Scope, constant, integer, refuse};
use crate::reject::{Checked, Rejection, Rule};
use arrow::datatypes::DataType;
use datafusion::functions::{core as fcore, datetime, string, unicode};
use datafusion::logical_expr::expr::ScalarFunction;
use irongate_policy::dataset::DomainValue;

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
        // Each argument is looked at once: twice would double the work with each level of nesting.
        let arguments = call
            .args
            .iter()
            .map(|arg| self.total(arg, depth + 1))
            .collect::<Checked<Vec<_>>>()?;
        let text = [
            string::lower(),
            string::upper(),
            string::btrim(),
            string::ltrim(),
            string::rtrim(),
            string::starts_with(),
            unicode::character_length(),
        ];
        if text.iter().any(|f| is(f)) {
            return Ok(Known::default());
        }
        if is(&fcore::coalesce()) || is(&fcore::nullif()) {
            let mut range: Option<(i128, i128)> = None;
            for known in &arguments {
                let Some((lo, hi)) = known.range else {
                    return Ok(Known::default());
                };
                range = Some(range.map_or((lo, hi), |(a, b)| (a.min(lo), b.max(hi))));
            }
            return Ok(Known {
                range,
                ..Known::default()
            });
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
            let range = match part.as_str() {
                "year" => None,
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
            let whole = |(lo, hi): (i128, i128)| {
                (lo..=hi)
                    .filter_map(|v| i64::try_from(v).ok())
                    .map(DomainValue::Int)
                    .collect()
            };
            return Ok(Known {
                range,
                domain: range.map(whole),
                ..Known::default()
            });
        }
        refuse(
            format!("function {}", call.func.name()),
            "use CLAMP, COALESCE, NULLIF, LOWER, UPPER, TRIM, STARTS_WITH, CHARACTER_LENGTH or EXTRACT below the release",
        )
    }
}
