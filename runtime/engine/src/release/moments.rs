//! Values about the middle of their bounds, their squares and their products.
//!
//! For `x` in `[lo, hi]` and `c = ⌊(lo + hi)/2⌋`, `|x - c| ≤ r = hi - c`: neighbours move `Σ(x - c)` by at most
//! `m·r` in a group, `Σ(x - c)²` by at most `m·r²`, and `Σ(x - c)(y - d)` by at most `m·r·s`. No other constant
//! makes these smaller. The squares lie in `[0, r²]`, the products in `[-r·s, r·s]`, whatever the data.

use super::{Value, internal, refuse};
use crate::reject::{Checked, Rejection, Rule};
use crate::total::{Scope, numeric};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, binary_expr, cast, lit};

/// A value of an aggregate: an expression with its proven bounds at its scale.
#[derive(Debug, Clone)]
pub(super) struct Bounded {
    pub(super) expr: Expr,
    pub(super) kind: DataType,
    pub(super) scale: u8,
    pub(super) lo: i128,
    pub(super) hi: i128,
    pub(super) label: String,
    /// What has a value where this has one.
    pub(super) counted: Option<String>,
    pub(super) from: &'static str,
}

impl Bounded {
    pub(super) fn of(expr: &Expr, scope: &Scope<'_>) -> Checked<Self> {
        let known = scope.total(expr, 0)?;
        let kind = expr.get_type(scope.schema).map_err(internal)?;
        let Some((scale, ..)) = numeric(&kind) else {
            return refuse(
                Rule::Aggregate,
                format!("aggregate of `{expr}`"),
                "aggregate integers or decimals",
            );
        };
        // A noisy sum may be negative.
        if kind == DataType::UInt64 {
            return refuse(
                Rule::Aggregate,
                format!("aggregate of `{expr}`, which is unsigned"),
                "write CAST(x AS BIGINT)",
            );
        }
        let Some((lo, hi)) = known.range else {
            return refuse(
                Rule::Bounds,
                format!("aggregate of `{expr}`"),
                "write CLAMP(x, lo, hi) around it",
            );
        };
        Ok(Self {
            label: expr.to_string(),
            counted: None,
            from: "computed",
            expr: expr.clone(),
            kind,
            scale,
            lo,
            hi,
        })
    }

    pub(super) fn value(self) -> Value {
        Value {
            expr: self.expr,
            label: self.label,
            counted: self.counted,
            from: self.from,
            scale: self.scale,
            lo: self.lo,
            hi: self.hi,
        }
    }

    /// The middle of the bounds.
    pub(super) fn centre(&self) -> i128 {
        // Half of each first: the sum of both may not fit.
        (self.lo >> 1) + (self.hi >> 1) + (self.lo & self.hi & 1)
    }

    /// `x - centre`.
    pub(super) fn centred(&self, scope: &Scope<'_>) -> Checked<Self> {
        let centre = self.centre();
        if centre == 0 {
            return Ok(self.clone());
        }
        let (whole, constant) = match self.kind {
            DataType::Decimal128(precision, scale) => (
                self.expr.clone(),
                ScalarValue::Decimal128(Some(centre), precision, scale),
            ),
            _ => (
                cast(self.expr.clone(), DataType::Int64),
                ScalarValue::Int64(Some(i64::try_from(centre).map_err(|_| self.too_wide())?)),
            ),
        };
        let shown = irongate_policy::Decimal::new(centre, self.scale)
            .map_or_else(|_| centre.to_string(), |d| d.to_string());
        self.derived(
            binary_expr(whole, Operator::Minus, lit(constant)),
            (self.lo - centre, self.hi - centre),
            self.scale,
            format!("({} - {shown})", self.label),
            scope,
        )
    }

    /// The product of two centred values.
    pub(super) fn times(&self, other: &Self, scope: &Scope<'_>) -> Checked<Self> {
        let reach = |v: &Self| v.lo.saturating_abs().max(v.hi.saturating_abs());
        let most = reach(self)
            .checked_mul(reach(other))
            .ok_or_else(|| self.too_wide())?;
        let same = self.expr == other.expr;
        let wide = |v: &Self| match v.kind {
            DataType::Decimal128(..) => v.expr.clone(),
            _ => cast(v.expr.clone(), DataType::Int64),
        };
        self.derived(
            binary_expr(wide(self), Operator::Multiply, wide(other)),
            (if same { 0 } else { -most }, most),
            self.scale.saturating_add(other.scale),
            if same {
                format!("{}²", self.label)
            } else {
                format!("{}·{}", self.label, other.label)
            },
            scope,
        )
    }

    /// A value computed from this one, shown to be total like any other.
    fn derived(
        &self,
        expr: Expr,
        (lo, hi): (i128, i128),
        scale: u8,
        label: String,
        scope: &Scope<'_>,
    ) -> Checked<Self> {
        scope.total(&expr, 0).map_err(|_| self.too_wide())?;
        let kind = expr.get_type(scope.schema).map_err(internal)?;
        if numeric(&kind).is_none_or(|(s, ..)| s != scale) {
            return Err(self.too_wide());
        }
        Ok(Self {
            expr,
            kind,
            scale,
            lo,
            hi,
            label,
            counted: Some(self.counted.as_ref().unwrap_or(&self.label).clone()),
            from: self.from,
        })
    }

    fn too_wide(&self) -> Rejection {
        Rejection::new(
            Rule::Bounds,
            format!("aggregate of `{}`", self.label),
            "its squares do not fit; write CLAMP(x, lo, hi) with closer bounds around it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bounded(lo: i128, hi: i128) -> Bounded {
        Bounded {
            expr: lit(0_i64),
            kind: DataType::Int64,
            scale: 0,
            lo,
            hi,
            label: String::new(),
            counted: None,
            from: "",
        }
    }

    proptest! {
        #[test]
        fn no_constant_is_nearer_to_both_ends(lo in -99_i128..99, width in 0_i128..99, other in -99_i128..99) {
            let value = bounded(lo, lo + width);
            let reach = |c: i128| (value.lo - c).abs().max((value.hi - c).abs());
            prop_assert!(reach(value.centre()) <= reach(other));
        }
    }

    #[test]
    fn the_middle_of_the_widest_bounds_is_found() {
        assert_eq!(bounded(i128::MIN, i128::MAX).centre(), -1);
        assert_eq!(bounded(i128::MAX - 2, i128::MAX).centre(), i128::MAX - 1);
    }
}
