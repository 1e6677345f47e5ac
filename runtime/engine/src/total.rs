//! Total expressions: below a release nothing may raise, depend on a clock, or blow up. Everything
//! not listed here is refused. Ranges come from interval arithmetic over declared bounds.

mod arithmetic;
mod double;
mod function;
mod longer;
mod moment;
mod shown;
mod text;

pub(crate) use self::longer::longest;
pub(crate) use self::moment::Calendar;
pub(crate) use self::text::MAX_TEXT_BYTES;
use crate::reject::{Checked, Rejection, Rule};
use crate::source;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::{Expr, ExprSchemable};
use irongate_policy::dataset::DomainValue;

/// Deepest expression below a release.
pub(crate) const MAX_EXPRESSION_DEPTH: usize = 256;

/// Most values of a range that are listed as a domain, so that a GROUP BY of them needs no threshold.
const MAX_LISTED: i128 = 1_000;

/// What is publicly known of a column or an expression.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Known {
    /// Values lie in `[lo, hi]`, at the scale of the type.
    pub(crate) range: Option<(i128, i128)>,
    /// Every value it may have, if they are few and known.
    pub(crate) domain: Option<Vec<DomainValue>>,
    /// The pseudonym of this unit-local row.
    pub(crate) unit: bool,
    /// Appended by the engine, not written by the author.
    pub(crate) hidden: bool,
    /// An unchanged column of a release.
    pub(crate) released: Option<(usize, usize)>,
    /// Longest text, bytes; [`MAX_TEXT_BYTES`] if nothing less is known.
    pub(crate) text: Option<u64>,
    /// Of a date or timestamp, whether the calendar has its day.
    pub(crate) calendar: Calendar,
}

impl Known {
    /// What is known of a value that is one of these. No null need be among them.
    pub(crate) fn hull(of: &[&Self]) -> Self {
        let Some((first, rest)) = of.split_first() else {
            return Self::default();
        };
        let mut all = (*first).clone();
        (all.hidden, all.released) = (false, None);
        for one in rest {
            all.text = Some(all.longest().max(one.longest()));
            all.calendar = all.calendar.or(one.calendar);
            all.unit &= one.unit;
            all.range = all
                .range
                .zip(one.range)
                .map(|((a, b), (lo, hi))| (a.min(lo), b.max(hi)));
            all.domain = all.domain.zip(one.domain.as_ref()).map(|(mut all, more)| {
                all.extend(more.iter().cloned());
                all
            });
        }
        all
    }

    /// A constant: its own range, and a domain of one.
    fn constant(value: &ScalarValue) -> Checked<Self> {
        Ok(Self {
            range: integer(value)
                .or_else(|| moment::integer(value))
                .map(|v| (v, v)),
            domain: domain_value(value).map(|v| vec![v]),
            text: text::literal(value)?,
            calendar: moment::of_constant(value),
            ..Self::default()
        })
    }

    /// Longest text, bytes.
    pub(crate) fn longest(&self) -> u64 {
        self.text.unwrap_or(MAX_TEXT_BYTES)
    }

    /// Integers of a proven range, listed as a domain if they are few.
    pub(crate) fn listed(range: Option<(i128, i128)>) -> Self {
        let few = range.filter(|(lo, hi)| hi.checked_sub(*lo).is_some_and(|n| n < MAX_LISTED));
        Self {
            range,
            domain: few.map(|(lo, hi)| {
                (lo..=hi)
                    .filter_map(|v| i64::try_from(v).ok())
                    .map(DomainValue::Int)
                    .collect()
            }),
            ..Self::default()
        }
    }
}

/// Columns an expression may use.
pub(crate) struct Scope<'a> {
    pub(crate) schema: &'a DFSchema,
    pub(crate) columns: &'a [Known],
}

fn refuse<T>(construct: impl Into<String>, instead: &str) -> Checked<T> {
    Err(Rejection::new(Rule::Total, construct, instead))
}

/// The value of a constant expression.
pub(crate) fn constant(expr: &Expr) -> Option<ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value.clone()),
        Expr::Alias(alias) => constant(&alias.expr),
        Expr::Cast(cast) => constant(&cast.expr)?.cast_to(cast.field.data_type()).ok(),
        Expr::Negative(inner) => constant(inner)?.arithmetic_negate().ok(),
        _ => None,
    }
}

/// The integer behind a numeric constant, at its type's scale.
pub(crate) fn integer(value: &ScalarValue) -> Option<i128> {
    match value {
        ScalarValue::Int8(v) => v.map(i128::from),
        ScalarValue::Int16(v) => v.map(i128::from),
        ScalarValue::Int32(v) => v.map(i128::from),
        ScalarValue::Int64(v) => v.map(i128::from),
        ScalarValue::UInt8(v) => v.map(i128::from),
        ScalarValue::UInt16(v) => v.map(i128::from),
        ScalarValue::UInt32(v) => v.map(i128::from),
        ScalarValue::UInt64(v) => v.map(i128::from),
        ScalarValue::Decimal128(v, _, _) => *v,
        _ => None,
    }
}

/// Digits after the point of a summable type, and the largest magnitude the type holds.
pub(crate) fn numeric(kind: &DataType) -> Option<(u8, i128, i128)> {
    match kind {
        DataType::Int8 => Some((0, i128::from(i8::MIN), i128::from(i8::MAX))),
        DataType::Int16 => Some((0, i128::from(i16::MIN), i128::from(i16::MAX))),
        DataType::Int32 => Some((0, i128::from(i32::MIN), i128::from(i32::MAX))),
        DataType::Int64 => Some((0, i128::from(i64::MIN), i128::from(i64::MAX))),
        // Ranks and row numbers.
        DataType::UInt64 => Some((0, 0, i128::from(u64::MAX))),
        DataType::Decimal128(p, s) => {
            let most = 10_i128.checked_pow(u32::from(*p))? - 1;
            Some((u8::try_from(*s).ok()?, -most, most))
        }
        _ => None,
    }
}

impl Scope<'_> {
    pub(crate) fn kind(&self, expr: &Expr) -> Checked<DataType> {
        expr.get_type(self.schema)
            .map_err(|e| Rejection::new(Rule::Syntax, expr.to_string(), e.strip_backtrace()))
    }

    /// The range of a numeric expression: proven, or its type's.
    pub(crate) fn range(&self, expr: &Expr, known: &Known) -> Checked<Option<(i128, i128)>> {
        let whole = numeric(&self.kind(expr)?).map(|(_, lo, hi)| (lo, hi));
        Ok(known.range.or(whole))
    }

    /// Checks that `expr` is total over private rows; says what is known of its values.
    pub(crate) fn total(&self, expr: &Expr, depth: usize) -> Checked<Known> {
        self.shown_total(expr, depth)
            .map_err(|rejection| rejection.near(expr))
    }

    fn shown_total(&self, expr: &Expr, depth: usize) -> Checked<Known> {
        if depth > MAX_EXPRESSION_DEPTH {
            return Err(Rejection::new(
                Rule::Limit,
                "expression",
                format!("nest at most {MAX_EXPRESSION_DEPTH} deep"),
            ));
        }
        if depth == 0 && expr.exists(|e| Ok(is_subquery(e))).unwrap_or(true) {
            return Err(Rejection::new(
                Rule::Subquery,
                "subquery in a private expression",
                "join with a public table instead, or compare above the release",
            ));
        }
        let kind = self.kind(expr)?;
        if kind.is_floating() {
            return refuse(
                format!("floating point `{expr}`"),
                "use integers or decimals below the release; compute with doubles above it",
            );
        }
        if !is_private_type(&kind) {
            return refuse(
                format!("`{expr}` of type {kind}"),
                "use integers, decimals, booleans, text, dates and timestamps below the release",
            );
        }
        let each = |exprs: &mut dyn Iterator<Item = &Expr>| -> Checked<()> {
            for e in exprs {
                self.total(e, depth + 1)?;
            }
            Ok(())
        };
        match expr {
            Expr::Alias(alias) => self.total(&alias.expr, depth + 1),
            Expr::Column(column) => {
                let i = self.schema.index_of_column(column).map_err(|e| {
                    Rejection::new(Rule::UnknownName, column.to_string(), e.strip_backtrace())
                })?;
                let known = self.columns.get(i).cloned().unwrap_or_default();
                if known.unit {
                    return Err(Rejection::new(
                        Rule::UnitOutput,
                        format!("unit column `{}`", column.name),
                        "use the unit only in COUNT(DISTINCT …) and to join protected tables; a person's id may not leave",
                    ));
                }
                Ok(known)
            }
            Expr::Literal(value, _) => Known::constant(value),
            Expr::BinaryExpr(binary) => self.binary(expr, binary, &kind, depth),
            Expr::Like(like) | Expr::SimilarTo(like) => self.like(expr, like, depth),
            Expr::Not(e)
            | Expr::IsNotNull(e)
            | Expr::IsNull(e)
            | Expr::IsTrue(e)
            | Expr::IsFalse(e)
            | Expr::IsUnknown(e)
            | Expr::IsNotTrue(e)
            | Expr::IsNotFalse(e)
            | Expr::IsNotUnknown(e) => self.total(e, depth + 1).map(|_| Known::default()),
            Expr::Negative(e) => {
                let known = self.total(e, depth + 1)?;
                let range = self.range(e, &known)?.map(|(lo, hi)| (-hi, -lo));
                self.fits(expr, &kind, range)
            }
            Expr::Between(b) => {
                each(&mut [&*b.expr, &*b.low, &*b.high].into_iter()).map(|()| Known::default())
            }
            Expr::InList(list) => {
                self.total(&list.expr, depth + 1)?;
                each(&mut list.list.iter()).map(|()| Known::default())
            }
            Expr::Case(case) => {
                each(
                    &mut case
                        .expr
                        .iter()
                        .map(|e| &**e)
                        .chain(case.when_then_expr.iter().map(|(w, _)| &**w)),
                )?;
                let results = case
                    .when_then_expr
                    .iter()
                    .map(|(_, t)| &**t)
                    .chain(case.else_expr.iter().map(|e| &**e));
                self.one_of(results, depth)
            }
            Expr::Cast(cast) => self.cast(expr, &cast.expr, &kind, depth),
            Expr::TryCast(cast) => self.try_cast(&cast.expr, &kind, depth),
            Expr::ScalarFunction(function) => self.function(function, depth),
            Expr::AggregateFunction(_)
            | Expr::WindowFunction(_)
            | Expr::GroupingSet(_)
            | Expr::Unnest(_)
            | Expr::HigherOrderFunction(_)
            | Expr::Lambda(_)
            | Expr::LambdaVariable(_)
            | Expr::Placeholder(_)
            | Expr::ScalarVariable(..) => refuse(
                format!("`{expr}`"),
                "use plain scalar expressions below the release",
            ),
            // Public tables alone: the rest is refused above.
            Expr::InSubquery(asked) => self.total(&asked.expr, depth + 1).map(|_| Known::default()),
            Expr::ScalarSubquery(_) => Ok(Known::default()),
            Expr::Exists(_) | Expr::SetComparison(_) | Expr::OuterReferenceColumn(..) => {
                Err(Rejection::new(
                    Rule::Subquery,
                    "subquery in a private expression",
                    "join with a public table instead, or compare above the release",
                ))
            }
            #[expect(deprecated, reason = "matched so that no variant is missed")]
            Expr::Wildcard { .. } => refuse("*", "name the columns"),
        }
    }

    /// What is known of a value that is one of these; a null among them adds nothing.
    fn one_of<'a>(&self, exprs: impl Iterator<Item = &'a Expr>, depth: usize) -> Checked<Known> {
        let mut all = Vec::new();
        for expr in exprs {
            all.push((expr, self.total(expr, depth + 1)?));
        }
        Ok(hull_of(&all))
    }
}

/// What is known of a value that is one of these; a null among them adds nothing.
fn hull_of(of: &[(&Expr, Known)]) -> Known {
    let values = of
        .iter()
        .filter(|(expr, _)| !constant(expr).is_some_and(|v| v.is_null()));
    Known::hull(&values.map(|(_, known)| known).collect::<Vec<_>>())
}

/// The types whose functions, casts and comparisons are shown here to be total. Binary is the unit's.
fn is_private_type(kind: &DataType) -> bool {
    match kind {
        // Casts to and from a negative scale raise, TRY_CAST too.
        DataType::Decimal128(_, scale) => *scale >= 0,
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt64
        | DataType::Utf8
        | DataType::Date32
        | DataType::Timestamp(_, None)
        | DataType::FixedSizeBinary(_)
        | DataType::Null => true,
        _ => false,
    }
}

/// Whether an expression is a subquery, other than of a public table that the engine put in its place.
fn is_subquery(expr: &Expr) -> bool {
    match expr {
        Expr::Exists(_) | Expr::SetComparison(_) => true,
        Expr::InSubquery(asked) => !source::is_public(&asked.subquery.subquery),
        Expr::ScalarSubquery(asked) => !source::is_public(&asked.subquery),
        _ => false,
    }
}

fn domain_value(value: &ScalarValue) -> Option<DomainValue> {
    match value {
        ScalarValue::Boolean(Some(b)) => Some(DomainValue::Bool(*b)),
        ScalarValue::Int64(Some(i)) => Some(DomainValue::Int(*i)),
        ScalarValue::Utf8(Some(s)) => Some(DomainValue::Text(s.clone())),
        _ => None,
    }
}

/// The type a guest sees for an engine type; `None` if it cannot leave.
pub(crate) fn guest_type(kind: &DataType) -> Option<DataType> {
    match kind {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Some(DataType::Int64),
        DataType::Float32 | DataType::Float64 => Some(DataType::Float64),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(DataType::Utf8),
        DataType::Boolean | DataType::Date32 | DataType::Decimal128(..) => Some(kind.clone()),
        DataType::Timestamp(_, None) => Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
        DataType::Null => Some(DataType::Utf8),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
