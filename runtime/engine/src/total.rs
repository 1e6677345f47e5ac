//! Total expressions: below a release nothing may raise, depend on a clock, or blow up. Everything
//! not listed here is refused. Ranges come from interval arithmetic over declared bounds.

mod function;

use crate::reject::{Checked, Rejection, Rule};
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator};
use irongate_policy::dataset::DomainValue;

/// Deepest expression below a release.
pub(crate) const MAX_EXPRESSION_DEPTH: usize = 256;

/// Longest LIKE pattern, bytes: it is compiled to an automaton, whose size then stays far below the
/// compiler's own limit.
const MAX_PATTERN_BYTES: usize = 256;

/// What is publicly known of a column or an expression.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Known {
    /// Values lie in `[lo, hi]`, at the scale of the type.
    pub(crate) range: Option<(i128, i128)>,
    /// Where the range came from.
    pub(crate) domain: Option<Vec<DomainValue>>,
    /// The pseudonym of this unit-local row.
    pub(crate) unit: bool,
    /// Appended by the engine, not written by the author.
    pub(crate) hidden: bool,
    /// An unchanged column of a release.
    pub(crate) released: Option<(usize, usize)>,
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
        DataType::Decimal128(p, s) => {
            let most = 10_i128.checked_pow(u32::from(*p))? - 1;
            Some((u8::try_from(*s).ok()?, -most, most))
        }
        _ => None,
    }
}

impl Scope<'_> {
    fn kind(&self, expr: &Expr) -> Checked<DataType> {
        expr.get_type(self.schema)
            .map_err(|e| Rejection::new(Rule::Syntax, expr.to_string(), e.strip_backtrace()))
    }

    /// The range of a numeric expression: proven, or its type's.
    fn range(&self, expr: &Expr, known: &Known) -> Checked<Option<(i128, i128)>> {
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
            Expr::Literal(value, _) => Ok(Known {
                range: integer(value).map(|v| (v, v)),
                ..Known::default()
            }),
            Expr::BinaryExpr(binary) => self.binary(expr, binary, &kind, depth),
            Expr::Like(like) | Expr::SimilarTo(like) => {
                if matches!(expr, Expr::SimilarTo(_))
                    || !constant(&like.pattern).is_some_and(|p| is_short(&p))
                    || like.escape_char.is_some()
                {
                    return refuse(
                        "pattern match",
                        "use LIKE with a constant pattern of at most 256 bytes and no ESCAPE",
                    );
                }
                self.total(&like.expr, depth + 1).map(|_| Known::default())
            }
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
                let results: Vec<&Expr> = case
                    .when_then_expr
                    .iter()
                    .map(|(_, t)| &**t)
                    .chain(case.else_expr.iter().map(|e| &**e))
                    .collect();
                let mut range: Option<(i128, i128)> = None;
                let mut domain = Some(Vec::new());
                for result in results {
                    let known = self.total(result, depth + 1)?;
                    let null = constant(result).is_some_and(|v| v.is_null());
                    if let (Some((lo, hi)), false) = (self.range(result, &known)?, null) {
                        range = Some(range.map_or((lo, hi), |(a, b)| (a.min(lo), b.max(hi))));
                    }
                    // A CASE over constants has a public domain.
                    match (constant(result), &mut domain) {
                        (Some(v), Some(_)) if v.is_null() => {}
                        (Some(v), Some(values)) => match domain_value(&v) {
                            Some(v) => values.push(v),
                            None => domain = None,
                        },
                        _ => domain = None,
                    }
                }
                Ok(Known {
                    range,
                    domain,
                    ..Known::default()
                })
            }
            Expr::Cast(cast) => self.cast(expr, &cast.expr, &kind, depth),
            Expr::TryCast(cast) => {
                self.total(&cast.expr, depth + 1)?;
                match kind {
                    DataType::Int64
                    | DataType::Decimal128(..)
                    | DataType::Boolean
                    | DataType::Date32 => Ok(Known::default()),
                    _ => refuse(
                        format!("TRY_CAST to {kind}"),
                        "cast to BIGINT, DECIMAL, BOOLEAN or DATE below the release",
                    ),
                }
            }
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
            Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::ScalarSubquery(_)
            | Expr::SetComparison(_)
            | Expr::OuterReferenceColumn(..) => Err(Rejection::new(
                Rule::Subquery,
                "subquery in a private expression",
                "join with a public table instead, or compare above the release",
            )),
            #[expect(deprecated, reason = "matched so that no variant is missed")]
            Expr::Wildcard { .. } => refuse("*", "name the columns"),
        }
    }

    fn fits(&self, expr: &Expr, kind: &DataType, range: Option<(i128, i128)>) -> Checked<Known> {
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

    fn binary(
        &self,
        expr: &Expr,
        binary: &BinaryExpr,
        kind: &DataType,
        depth: usize,
    ) -> Checked<Known> {
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
            Operator::Divide | Operator::Modulo | Operator::IntegerDivide => refuse(
                format!("operator {} below the release", binary.op),
                "divide above the release, where it is free",
            ),
            Operator::RegexMatch
            | Operator::RegexIMatch
            | Operator::RegexNotMatch
            | Operator::RegexNotIMatch
            | Operator::LikeMatch
            | Operator::ILikeMatch
            | Operator::NotLikeMatch
            | Operator::NotILikeMatch
            | Operator::BitwiseAnd
            | Operator::BitwiseOr
            | Operator::BitwiseXor
            | Operator::BitwiseShiftRight
            | Operator::BitwiseShiftLeft
            | Operator::StringConcat
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
                "use comparisons, AND, OR, +, - and * below the release",
            ),
        }
    }

    fn cast(&self, expr: &Expr, inner: &Expr, to: &DataType, depth: usize) -> Checked<Known> {
        if let Some(value) = constant(expr) {
            return Ok(Known {
                range: integer(&value).map(|v| (v, v)),
                ..Known::default()
            });
        }
        let known = self.total(inner, depth + 1)?;
        let from = self.kind(inner)?;
        if from == *to {
            return Ok(known);
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

/// The types whose functions, casts and comparisons are shown here to be total. Binary is the unit's.
fn is_private_type(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Decimal128(..)
            | DataType::Utf8
            | DataType::Date32
            | DataType::Timestamp(_, None)
            | DataType::FixedSizeBinary(_)
            | DataType::Null
    )
}

fn is_short(pattern: &ScalarValue) -> bool {
    pattern.is_null()
        || pattern
            .try_as_str()
            .flatten()
            .is_some_and(|text| text.len() <= MAX_PATTERN_BYTES)
}

fn is_subquery(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_)
    )
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
