//! How deep expressions are looked into, where a subquery may stand, and what is known of constants.

use super::*;
use crate::bucket::width_bucket;
use crate::clamp::clamp;
use arrow::datatypes::{Field, Schema};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::{
    LogicalPlan, LogicalPlanBuilder, cast, col, exists, in_subquery, lit, scalar_subquery,
    try_cast, when,
};
use rstest::rstest;
use std::sync::Arc;

/// A truth `b`, a number `n` that is 0 or 1, a day `d` within the years.
fn looked_at(expr: &Expr) -> Checked<Known> {
    let field = |name, kind| Field::new(name, kind, true);
    let fields = vec![
        field("b", DataType::Boolean),
        field("n", DataType::Int64),
        field("d", DataType::Date32),
    ];
    let schema = DFSchema::try_from(Schema::new(fields)).unwrap();
    let of = |range| Known {
        range,
        ..Known::default()
    };
    let bounds = [None, Some((0, 1)), Some((0, 1))];
    let scope = Scope {
        schema: &schema,
        columns: &bounds.map(of),
    };
    scope.total(expr, 0)
}

/// A public table that was read before.
fn public() -> LogicalPlan {
    let schema = Schema::new(vec![Field::new("x", DataType::Boolean, true)]);
    let schema = DFSchema::try_from(schema).unwrap();
    source::stand_in(source::Source::Public(0), &schema).unwrap()
}

fn not(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr))
}

fn negative(expr: Expr) -> Expr {
    Expr::Negative(Box::new(expr))
}

/// Functions take long to be given types, so most levels around one are others.
fn seven(expr: Expr, around: impl Fn(Expr) -> Expr) -> Expr {
    (0..7).fold(expr, |e, _| around(e))
}

fn text(of: Expr) -> Expr {
    when(of, lit("a")).end().unwrap()
}

fn like(expr: Expr) -> Expr {
    let (expr, pattern) = (Box::new(expr), Box::new(lit("a%")));
    Expr::Like(Like::new(false, expr, pattern, None, false))
}

/// Depth is counted along every way into an expression: the checker's work and stack are bounded by it.
#[rstest]
#[case::alias("b", 1, |e: Expr| e.alias("x"))]
#[case::not("b", 1, not)]
#[case::negative("n", 1, negative)]
#[case::between("b", 1, |e: Expr| lit(true).between(lit(false), e))]
#[case::listed("b", 1, |e: Expr| e.in_list(vec![lit(true)], false))]
#[case::list("b", 1, |e: Expr| lit(true).in_list(vec![e], false))]
#[case::condition("b", 1, |e: Expr| when(e, lit(true)).end().unwrap())]
#[case::choice("b", 1, |e: Expr| when(lit(true), e).end().unwrap())]
#[case::left("b", 1, |e: Expr| e.eq(lit(true)))]
#[case::right("b", 1, |e: Expr| lit(true).eq(e))]
#[case::cast("b", 1, |e: Expr| cast(e, DataType::Boolean))]
#[case::try_cast("b", 1, |e: Expr| try_cast(e, DataType::Boolean))]
#[case::function("b", 8, |e: Expr| coalesce(vec![seven(e, not), lit(true)]))]
#[case::clamp("n", 8, |e: Expr| clamp().call(vec![seven(e, negative), lit(0_i64), lit(1_i64)]))]
#[case::bucket("n", 8, |e: Expr| width_bucket().call(vec![seven(e, negative), lit(0_i64), lit(1_i64), lit(1_i64)]))]
#[case::like("b", 2, |e: Expr| like(text(e)))]
#[case::asked("b", 1, |e: Expr| in_subquery(e, Arc::new(public())))]
#[case::moved("d", 1, |e: Expr| e + lit(ScalarValue::new_interval_mdn(0, 0, 0)))]
fn every_expression_nests_256_deep_and_no_deeper(
    #[case] column: &str,
    #[case] levels: usize,
    #[case] around: impl Fn(Expr) -> Expr,
) {
    let deepest = (0..MAX_EXPRESSION_DEPTH / levels).fold(col(column), |e, _| around(e));
    // Deep expressions are looked at on a stack of their own, as statements are.
    let on_a_stack = |expr: Expr| {
        let look = move || looked_at(&expr).map_err(|rejection| rejection.rule).err();
        let thread = std::thread::Builder::new().stack_size(64 << 20);
        thread.spawn(look).unwrap().join().unwrap()
    };
    assert_eq!(on_a_stack(deepest.clone()), None);
    assert_eq!(on_a_stack(around(deepest)), Some(Rule::Limit));
}

#[test]
fn a_subquery_that_was_not_run_before_is_refused_wherever_it_stands() {
    let plan = LogicalPlanBuilder::empty(true)
        .project(vec![lit(true)])
        .unwrap();
    let plan = || Arc::new(plan.clone().build().unwrap());
    let asked = [
        scalar_subquery(plan()),
        in_subquery(col("b"), plan()),
        exists(plan()),
    ];
    for asked in asked {
        let bound = when(asked.clone(), lit(1_i64)).otherwise(lit(0_i64));
        for expr in [
            asked.clone(),
            not(asked),
            clamp().call(vec![col("n"), bound.unwrap(), lit(1_i64)]),
        ] {
            assert_eq!(looked_at(&expr).unwrap_err().rule, Rule::Subquery, "{expr}");
        }
    }
}

#[rstest]
#[case(lit(-3_i8), Some(-3))]
#[case(lit(-3_i16), Some(-3))]
#[case(lit(-3_i32), Some(-3))]
#[case(lit(-3_i64), Some(-3))]
#[case(lit(3_u8), Some(3))]
#[case(lit(3_u16), Some(3))]
#[case(lit(3_u32), Some(3))]
#[case(lit(u64::MAX), Some(i128::from(u64::MAX)))]
#[case(lit(ScalarValue::Decimal128(Some(150), 3, 2)), Some(150))]
#[case(lit(3_i64).alias("three"), Some(3))]
#[case(negative(lit(3_i64)), Some(-3))]
#[case(negative(lit(i64::MIN)), None)]
#[case(cast(lit(300_i64), DataType::Int8), None)]
#[case(lit(ScalarValue::Int64(None)), None)]
#[case(lit(3.0), None)]
fn constants_of_every_whole_type_are_known(#[case] expr: Expr, #[case] known: Option<i128>) {
    assert_eq!(constant(&expr).as_ref().and_then(integer), known);
}

#[test]
fn what_is_one_of_several_is_the_unit_only_if_each_is() {
    let unit = Known {
        unit: true,
        ..Known::default()
    };
    assert!(Known::hull(&[&unit, &unit]).unit);
    assert!(!Known::hull(&[&unit, &Known::default()]).unit);
    assert!(!Known::hull(&[&Known::default(), &unit]).unit);
}
