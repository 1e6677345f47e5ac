//! Arithmetic and casts by intervals: what is accepted stays within its type.

use super::{Calendar, Known, Scope, constant, integer, numeric, refuse};
use crate::reject::Checked;
use arrow::datatypes::DataType;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

impl Scope<'_> {
    pub(crate) fn fits(
        &self,
        expr: &Expr,
        kind: &DataType,
        range: Option<(i128, i128)>,
    ) -> Checked<Known> {
        let inside = numeric(kind)
            .zip(range)
            .is_some_and(|((_, least, most), (lo, hi))| least <= lo && hi <= most);
        if inside {
            return Ok(Known {
                range,
                ..Known::default()
            });
        }
        refuse(
            format!("`{expr}`, which may overflow"),
            "give its inputs bounds with CLAMP(x, lo, hi)",
        )
    }

    pub(super) fn binary(
        &self,
        expr: &Expr,
        binary: &BinaryExpr,
        kind: &DataType,
        depth: usize,
    ) -> Checked<Known> {
        let moved = match binary.op {
            Operator::Plus | Operator::Minus => {
                self.moved(expr, &binary.left, &binary.right, depth)?
            }
            _ => None,
        };
        if let Some(known) = moved {
            return Ok(known);
        }
        if self.compares_doubles(binary, depth)? {
            return Ok(Known::default());
        }
        let a = self.total(&binary.left, depth + 1)?;
        let b = self.total(&binary.right, depth + 1)?;
        match binary.op {
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::And
            | Operator::Or
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom => Ok(Known::default()),
            Operator::Plus | Operator::Minus | Operator::Multiply => {
                let (lk, rk) = (self.kind(&binary.left)?, self.kind(&binary.right)?);
                if (binary.op, &lk, &rk, kind)
                    == (
                        Operator::Minus,
                        &DataType::Date32,
                        &DataType::Date32,
                        &DataType::Int64,
                    )
                {
                    return Ok(super::moment::days_between(&a, &b));
                }
                let (Some((sl, ..)), Some((sr, ..)), Some((so, ..)), Some(a), Some(b)) = (
                    numeric(&lk),
                    numeric(&rk),
                    numeric(kind),
                    self.range(&binary.left, &a)?,
                    self.range(&binary.right, &b)?,
                ) else {
                    return refuse(
                        format!("`{expr}`"),
                        "calculate with integers and decimals below the release",
                    );
                };
                let range = if binary.op == Operator::Multiply {
                    let products = [
                        a.0.checked_mul(b.0),
                        a.0.checked_mul(b.1),
                        a.1.checked_mul(b.0),
                        a.1.checked_mul(b.1),
                    ];
                    let all: Option<Vec<i128>> = products.into_iter().collect();
                    // A product at another scale than the sum of its factors' would be rounded.
                    all.filter(|_| sl + sr == so)
                        .and_then(|v| Some((*v.iter().min()?, *v.iter().max()?)))
                } else {
                    let up = |r: (i128, i128), s: u8| {
                        let f = 10_i128.checked_pow(u32::from(so.checked_sub(s)?))?;
                        Some((r.0.checked_mul(f)?, r.1.checked_mul(f)?))
                    };
                    up(a, sl).zip(up(b, sr)).and_then(|(a, b)| {
                        if binary.op == Operator::Plus {
                            Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?))
                        } else {
                            Some((a.0.checked_sub(b.1)?, a.1.checked_sub(b.0)?))
                        }
                    })
                };
                self.fits(expr, kind, range)
            }
            Operator::Divide | Operator::Modulo => {
                let whole = matches!(
                    (&self.kind(&binary.left)?, kind),
                    (DataType::Int8, DataType::Int8)
                        | (DataType::Int16, DataType::Int16)
                        | (DataType::Int32, DataType::Int32)
                        | (DataType::Int64, DataType::Int64)
                );
                let by = constant(&binary.right).as_ref().and_then(integer);
                let decimals = self.divided(binary, kind, &a, by)?;
                match (self.range(&binary.left, &a)?, by) {
                    (Some(_), Some(_)) if decimals.is_some() => Ok(Known {
                        range: decimals.filter(|_| a.range.is_some()),
                        ..Known::default()
                    }),
                    (Some(range), Some(by)) if whole && by != 0 && by != -1 => {
                        let out = if binary.op == Operator::Divide {
                            quotient(range, by)
                        } else {
                            remainder(range, by)
                        };
                        // An unproven range stays unproven, but a remainder is small whatever it is of.
                        let proven = a.range.is_some() || binary.op == Operator::Modulo;
                        Ok(Known::listed(out.filter(|_| proven)))
                    }
                    _ => refuse(
                        format!("operator {} below the release", binary.op),
                        "divide by a constant that is neither 0 nor -1, decimals within bounds; or divide above the release, where it is free",
                    ),
                }
            }
            Operator::IntegerDivide => {
                refuse("operator DIV below the release", "write / with integers")
            }
            Operator::RegexMatch
            | Operator::RegexIMatch
            | Operator::RegexNotMatch
            | Operator::RegexNotIMatch => {
                self.pattern(&binary.right, expr).map(|()| Known::default())
            }
            Operator::StringConcat => {
                self.concatenated(expr, &[(&binary.left, &a), (&binary.right, &b)])
            }
            Operator::LikeMatch
            | Operator::ILikeMatch
            | Operator::NotLikeMatch
            | Operator::NotILikeMatch
            | Operator::BitwiseAnd
            | Operator::BitwiseOr
            | Operator::BitwiseXor
            | Operator::BitwiseShiftRight
            | Operator::BitwiseShiftLeft
            | Operator::AtArrow
            | Operator::ArrowAt
            | Operator::Arrow
            | Operator::LongArrow
            | Operator::HashArrow
            | Operator::HashLongArrow
            | Operator::AtAt
            | Operator::HashMinus
            | Operator::AtQuestion
            | Operator::Question
            | Operator::QuestionAnd
            | Operator::QuestionPipe
            | Operator::Colon => refuse(
                format!("operator {}", binary.op),
                "use comparisons, AND, OR, +, -, *, /, %, || and ~ below the release",
            ),
        }
    }

    /// The range of decimals divided by a constant: they are brought to a finer scale first, which must not
    /// overflow, and the quotient is cut off. `None` for anything else.
    fn divided(
        &self,
        binary: &BinaryExpr,
        kind: &DataType,
        a: &Known,
        by: Option<i128>,
    ) -> Checked<Option<(i128, i128)>> {
        let (lk, rk) = (self.kind(&binary.left)?, self.kind(&binary.right)?);
        let (
            Operator::Divide,
            DataType::Decimal128(..),
            DataType::Decimal128(..),
            DataType::Decimal128(..),
        ) = (binary.op, &lk, &rk, kind)
        else {
            return Ok(None);
        };
        let (Some((sl, ..)), Some((sr, ..)), Some((so, least, most)), Some((lo, hi)), Some(by)) = (
            numeric(&lk),
            numeric(&rk),
            numeric(kind),
            self.range(&binary.left, a)?,
            by.filter(|by| *by != 0),
        ) else {
            return Ok(None);
        };
        let up = (so.checked_add(sr).and_then(|s| s.checked_sub(sl)))
            .and_then(|up| 10_i128.checked_pow(u32::from(up)));
        Ok(up
            .and_then(|up| Some((lo.checked_mul(up)?, hi.checked_mul(up)?)))
            .and_then(|range| quotient(range, by))
            .filter(|(lo, hi)| least <= *lo && *hi <= most))
    }

    /// TRY_CAST gives null for what it cannot convert, but for a timestamp without a date, which raises.
    pub(super) fn try_cast(&self, inner: &Expr, to: &DataType, depth: usize) -> Checked<Known> {
        let known = self.total(inner, depth + 1)?;
        let from = self.kind(inner)?;
        if let (DataType::Timestamp(..), DataType::Date32) = (&from, to) {
            return super::moment::date(&from, &known).map_or_else(
                || {
                    refuse(
                        "TRY_CAST to Date32",
                        "cast timestamps with declared bounds between the years 1700 and 2200",
                    )
                },
                Ok,
            );
        }
        match to {
            // Of numbers, and of texts with a sign, these may be days that no calendar has.
            DataType::Date32 => Ok(Known {
                calendar: Calendar::Nullable,
                ..Known::default()
            }),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Decimal128(..)
            | DataType::Boolean => Ok(Known::default()),
            _ => refuse(
                format!("TRY_CAST to {to}"),
                "cast to BIGINT, DECIMAL, BOOLEAN or DATE below the release",
            ),
        }
    }

    pub(super) fn cast(
        &self,
        expr: &Expr,
        inner: &Expr,
        to: &DataType,
        depth: usize,
    ) -> Checked<Known> {
        if let Some(value) = constant(expr) {
            return Known::constant(&value);
        }
        let known = self.total(inner, depth + 1)?;
        let from = self.kind(inner)?;
        if from == *to {
            return Ok(known);
        }
        if let Some(finer) = super::moment::finer(&from, to, &known) {
            return Ok(finer);
        }
        if let (DataType::Timestamp(..), DataType::Date32) = (&from, to)
            && let Some(date) = super::moment::date(&from, &known)
        {
            return Ok(date);
        }
        // A whole number's digits and its sign.
        if *to == DataType::Utf8 && matches!(numeric(&from), Some((0, ..))) && from.is_integer() {
            return Ok(Known {
                text: Some(20),
                ..Known::default()
            });
        }
        if let (Some((a, ..)), Some((b, least, most)), Some((lo, hi))) =
            (numeric(&from), numeric(to), self.range(inner, &known)?)
            && let Some(up) = b.checked_sub(a)
            && let Some(factor) = 10_i128.checked_pow(u32::from(up))
            && let (Some(lo), Some(hi)) = (lo.checked_mul(factor), hi.checked_mul(factor))
            && least <= lo
            && hi <= most
        {
            // An unproven range stays unproven: the type's own range is not a declared bound.
            return Ok(Known {
                range: known.range.map(|_| (lo, hi)),
                domain: known.domain,
                ..Known::default()
            });
        }
        refuse(
            format!("CAST to {to}"),
            "write TRY_CAST, which gives null where CAST would fail",
        )
    }
}

/// Division rounds towards zero, so it keeps or reverses order.
fn quotient((lo, hi): (i128, i128), by: i128) -> Option<(i128, i128)> {
    let (a, b) = (lo.checked_div(by)?, hi.checked_div(by)?);
    Some((a.min(b), a.max(b)))
}

/// A remainder has the sign of what is divided, and is smaller than it and than the divisor.
fn remainder((lo, hi): (i128, i128), by: i128) -> Option<(i128, i128)> {
    let most = by.checked_abs()?.checked_sub(1)?;
    Some((lo.max(-most).min(0), hi.min(most).max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotients_and_remainders_lie_in_their_ranges(a in -99_i128..99, more in 0_i128..99, at in 0_i128..99, by in -9_i128..9) {
            prop_assume!(by != 0 && by != -1);
            let (range, x) = ((a, a + more), a + at.min(more));
            let (lo, hi) = quotient(range, by).unwrap();
            prop_assert!(lo <= x / by && x / by <= hi);
            let (lo, hi) = remainder(range, by).unwrap();
            prop_assert!(lo <= x % by && x % by <= hi);
        }
    }

    #[test]
    fn ranges_are_no_wider_than_they_need_be() {
        assert_eq!(quotient((0, 120), 10), Some((0, 12)));
        assert_eq!(quotient((-7, 7), -2), Some((-3, 3)));
        assert_eq!(remainder((0, 120), 10), Some((0, 9)));
        assert_eq!(remainder((-120, -1), 7), Some((-6, 0)));
        assert_eq!(remainder((3, 4), 7), Some((0, 4)));
        assert_eq!(quotient((0, 1), 0), None);
    }
}
