//! Aggregates as the noisy sums they are computed from.

mod blocks;
mod call;

use self::call::{Call, call, filtered, labelled, share};
use super::bins::Bins;
use super::moments::Bounded;
use super::origin::origin;
use super::{
    Asked, Centred, Counted, Measure, Output, Released, Value, column, internal, refuse,
    strip_alias,
};
use crate::reject::{Checked, Rule};
use crate::total::{Scope, constant};
use arrow::datatypes::DataType;
use datafusion::functions_aggregate::{
    approx_median, approx_percentile_cont, average, correlation, count, covariance, median,
    min_max, percentile_cont, stddev, sum, variance,
};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, lit, when};

const KNOWN: &str = "use COUNT, SUM, AVG, VAR, VAR_POP, STDDEV, STDDEV_POP, COVAR_SAMP, COVAR_POP, CORR, MEDIAN, PERCENTILE_CONT, MIN or MAX";

/// MIN and MAX are this far from the ends: one row alone may not decide what is shown.
const EXTREME: f64 = 0.01;

pub(super) struct Builder<'a> {
    scope: Scope<'a>,
    plan: &'a LogicalPlan,
    values: Vec<Value>,
    distinct: Vec<Counted>,
    measures: Vec<Measure>,
    vectors: Vec<(usize, usize)>,
    /// How many rows there are, if a public constant says.
    blocks: Option<u32>,
}

/// The outputs of all aggregates, and what they need together.
pub(super) struct Built {
    pub(super) outputs: Vec<Released>,
    pub(super) values: Vec<Value>,
    pub(super) distinct: Vec<Counted>,
    pub(super) measures: Vec<Measure>,
    pub(super) vectors: Vec<(usize, usize)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(scope: Scope<'a>, plan: &'a LogicalPlan, blocks: Option<u32>) -> Self {
        Self {
            scope,
            plan,
            values: Vec::new(),
            distinct: Vec::new(),
            measures: Vec::new(),
            vectors: Vec::new(),
            blocks,
        }
    }

    /// Plans all aggregates of a release.
    pub(super) fn outputs(mut self, aggregates: &[(&Expr, DataType)]) -> Checked<Built> {
        // Counts and sums last: they take what is computed from several sums where they can.
        let plain =
            |e: &Expr| call(e).is_ok_and(|c| c.is(&count::count_udaf()) || c.is(&sum::sum_udaf()));
        let mut outputs = vec![None; aggregates.len()];
        for is_plain in [false, true] {
            for ((expr, _), slot) in aggregates.iter().zip(&mut outputs) {
                if plain(expr) == is_plain {
                    *slot = Some(self.output(expr)?);
                }
            }
        }
        let released = aggregates
            .iter()
            .zip(outputs)
            .filter_map(|((expr, kind), output)| {
                Some(Released {
                    output: output?,
                    kind: kind.clone(),
                    written: strip_alias(expr).schema_name().to_string(),
                })
            });
        Ok(Built {
            outputs: released.collect(),
            values: self.values,
            distinct: self.distinct,
            measures: self.measures,
            vectors: self.vectors,
        })
    }

    fn measure(&mut self, measure: Measure) -> usize {
        self.measures
            .iter()
            .position(|m| *m == measure)
            .unwrap_or_else(|| {
                self.measures.push(measure);
                self.measures.len() - 1
            })
    }

    fn value(&mut self, value: Value) -> usize {
        let same = |v: &Value| v.expr == value.expr && (v.lo, v.hi) == (value.lo, value.hi);
        self.values.iter().position(same).unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        })
    }

    fn sum(&mut self, value: Bounded) -> usize {
        let value = self.value(value.value());
        self.measure(Measure::Sum(value))
    }

    fn nullable(&self, expr: &Expr) -> bool {
        expr.nullable(self.scope.schema).unwrap_or(true)
    }

    /// How many rows have a value: all of them, where it cannot be null. Those that have one about the middle are the
    /// same, and that is added up anyway.
    fn count_of(&mut self, value: &Bounded) -> Checked<usize> {
        let measure = if self.nullable(&value.expr) {
            Measure::NonNull(self.value(value.centred(&self.scope)?.value()))
        } else {
            Measure::Rows
        };
        Ok(self.measure(measure))
    }

    /// An argument as integers, null where the call's FILTER is not met. The SQL engine casts it to a double;
    /// we take what is beneath the cast.
    fn argument(&self, call: &Call<'_>, arg: &Expr) -> Checked<Bounded> {
        let exact = match arg {
            Expr::Cast(cast) if cast.field.data_type().is_floating() => &cast.expr,
            other => other,
        };
        let mut bounded = Bounded::of(&filtered(call, exact)?, &self.scope)?;
        bounded.label = labelled(exact, call.filter);
        bounded.from = origin(exact, self.plan);
        Ok(bounded)
    }

    /// The sum about the middle of the bounds; a sum that is asked for anyway serves as well.
    fn centred(&mut self, value: &Bounded) -> Checked<(Centred, Bounded)> {
        let about = value.centred(&self.scope)?;
        let of = Centred {
            sum: self.sum(about.clone()),
            centre: value.centre(),
            lo: value.lo,
            hi: value.hi,
            scale: value.scale,
        };
        Ok((of, about))
    }

    fn output(&mut self, expr: &Expr) -> Checked<Output> {
        let call = call(expr)?;
        if let Some(blocks) = self.blocks {
            return self.of_blocks(&call, blocks);
        }
        if call.distinct {
            return self.distinct(&call);
        }
        match call.args {
            [x] if call.is(&count::count_udaf()) => self.count(&call, x),
            [x] if call.is(&sum::sum_udaf()) => {
                let value = self.argument(&call, x)?;
                self.total(value)
            }
            [x] if call.is(&average::avg_udaf()) => self.mean(&call, x),
            [x] if call.is(&variance::var_samp_udaf()) => self.spread(&call, x, true, false),
            [x] if call.is(&variance::var_pop_udaf()) => self.spread(&call, x, false, false),
            [x] if call.is(&stddev::stddev_udaf()) => self.spread(&call, x, true, true),
            [x] if call.is(&stddev::stddev_pop_udaf()) => self.spread(&call, x, false, true),
            [x, y] if call.is(&covariance::covar_samp_udaf()) => self.covariance(&call, x, y, true),
            [x, y] if call.is(&covariance::covar_pop_udaf()) => self.covariance(&call, x, y, false),
            [x, y] if call.is(&correlation::corr_udaf()) => self.correlation(&call, x, y),
            _ => match self.asked_quantile(&call)? {
                Some(output) => Ok(output),
                None => refuse(Rule::Aggregate, format!("aggregate {}", call.name), KNOWN),
            },
        }
    }

    /// MEDIAN, other quantiles, MIN and MAX; nothing if it is another aggregate.
    fn asked_quantile(&mut self, call: &Call<'_>) -> Checked<Option<Output>> {
        let (x, p, asked) = match call.args {
            [x] if call.is(&median::median_udaf())
                || call.is(&approx_median::approx_median_udaf()) =>
            {
                (x, 0.5, Asked::Quantile)
            }
            [x] if call.is(&min_max::min_udaf()) => (x, EXTREME, Asked::Least),
            [x] if call.is(&min_max::max_udaf()) => (x, 1.0 - EXTREME, Asked::Greatest),
            [x, p]
                if call.is(&percentile_cont::percentile_cont_udaf())
                    || call.is(&approx_percentile_cont::approx_percentile_cont_udaf()) =>
            {
                let p = share(p)?;
                let p = if call.is_descending { 1.0 - p } else { p };
                (x, p, Asked::Quantile)
            }
            _ => return Ok(None),
        };
        self.quantile(call, x, p, asked).map(Some)
    }

    fn distinct(&mut self, call: &Call<'_>) -> Checked<Output> {
        let refused = |instead| {
            let construct = format!("{}(DISTINCT …)", call.name);
            refuse(Rule::Aggregate, construct, instead)
        };
        if !call.is(&count::count_udaf()) {
            return refused(
                "DISTINCT is for COUNT alone; SELECT DISTINCT unit, x in a sub-query takes each value once per unit",
            );
        }
        let [x] = call.args else {
            return refused("count the distinct values of one expression");
        };
        if !column(x, &self.scope).is_some_and(|k| k.unit) {
            return self.distinct_values(call, x);
        }
        if call.filter.is_some() {
            return refuse(
                Rule::Aggregate,
                "FILTER of COUNT(DISTINCT unit)",
                "write the condition as WHERE, in a query of its own",
            );
        }
        Ok(Output::Measure(self.measure(Measure::Units)))
    }

    /// The distinct values of an expression, null where the call's FILTER is not met: nulls do not count.
    fn distinct_values(&mut self, call: &Call<'_>, x: &Expr) -> Checked<Output> {
        let expr = filtered(call, x)?;
        self.scope.total(&expr, 0)?;
        let counted = Counted {
            kind: self.scope.kind(&expr)?,
            label: labelled(x, call.filter),
            expr,
        };
        let same = |of: &Counted| of.expr == counted.expr;
        let at = self.distinct.iter().position(same).unwrap_or_else(|| {
            self.distinct.push(counted);
            self.distinct.len() - 1
        });
        Ok(Output::Measure(self.measure(Measure::Distinct(at))))
    }

    fn count(&mut self, call: &Call<'_>, arg: &Expr) -> Checked<Output> {
        let unit = column(arg, &self.scope).is_some_and(|k| k.unit);
        let whole = unit || constant(arg).is_some_and(|v| !v.is_null()) || {
            self.scope.total(arg, 0)?;
            !self.nullable(arg)
        };
        if whole && call.filter.is_none() {
            return Ok(Output::Measure(self.measure(Measure::Rows)));
        }
        // A mean of it has a count already.
        if let Ok(value) = self.argument(call, arg)
            && let Ok(about) = value.centred(&self.scope)
            && let Some(count) = self.counted(&value, &about)
        {
            return Ok(Output::Measure(count));
        }
        let one = if whole {
            lit(1_i64)
        } else {
            when(arg.clone().is_not_null(), lit(1_i64))
                .end()
                .map_err(internal)?
        };
        let expr = filtered(call, &one)?;
        self.scope.total(&expr, 0)?;
        let shown = if whole {
            "rows".to_owned()
        } else {
            arg.to_string()
        };
        let value = self.value(Value {
            expr,
            counted: None,
            label: match call.filter {
                Some(filter) => format!("{shown} where {filter}"),
                None => shown,
            },
            from: "counted",
            scale: 0,
            lo: 1,
            hi: 1,
        });
        Ok(Output::Measure(self.measure(Measure::NonNull(value))))
    }

    fn mean(&mut self, call: &Call<'_>, x: &Expr) -> Checked<Output> {
        let value = self.argument(call, x)?;
        let count = self.count_of(&value)?;
        let (of, _) = self.centred(&value)?;
        Ok(Output::Mean { of, count })
    }

    /// A sum, of the sum about the middle and the count where a mean or a spread has both.
    fn total(&mut self, value: Bounded) -> Checked<Output> {
        let about = value.centred(&self.scope)?;
        let summed = |m: &Measure| matches!(m, Measure::Sum(v) if self.is_value(*v, &about));
        let sum = self.measures.iter().position(summed);
        let count = self.counted(&value, &about);
        Ok(match sum.zip(count) {
            Some((sum, count)) if value.centre() != 0 => Output::Total {
                of: Centred {
                    sum,
                    centre: value.centre(),
                    lo: value.lo,
                    hi: value.hi,
                    scale: value.scale,
                },
                count,
            },
            _ => Output::Measure(self.sum(value)),
        })
    }

    fn is_value(&self, at: usize, value: &Bounded) -> bool {
        let same = |v: &Value| v.expr == value.expr && (v.lo, v.hi) == (value.lo, value.hi);
        self.values.get(at).is_some_and(same)
    }

    /// The count of a value's rows, if something has asked for it.
    fn counted(&self, value: &Bounded, about: &Bounded) -> Option<usize> {
        let nullable = self.nullable(&value.expr);
        self.measures.iter().position(|m| match m {
            Measure::NonNull(v) => nullable && self.is_value(*v, about),
            Measure::Rows => !nullable,
            Measure::Units | Measure::Sum(_) | Measure::Distinct(_) => false,
        })
    }

    fn spread(&mut self, call: &Call<'_>, x: &Expr, sample: bool, root: bool) -> Checked<Output> {
        let value = self.argument(call, x)?;
        let count = self.count_of(&value)?;
        let (of, about) = self.centred(&value)?;
        let squares = about.times(&about, &self.scope)?;
        Ok(Output::Spread {
            of,
            squares: self.sum(squares),
            count,
            sample,
            root,
        })
    }

    fn quantile(&mut self, call: &Call<'_>, x: &Expr, p: f64, asked: Asked) -> Checked<Output> {
        let value = self.argument(call, x)?;
        let Some(mut bins) = Bins::of(&value) else {
            return refuse(
                Rule::Bounds,
                format!("aggregate of `{x}`"),
                "write CLAMP(x, lo, hi) with closer bounds around it",
            );
        };
        let mut lanes = Vec::new();
        for bin in 0..bins.count {
            let lane = Value {
                expr: bins.lane(bin, &value, &self.scope)?,
                label: format!("{} in {} bins", value.label, bins.count),
                counted: None,
                from: value.from,
                scale: 0,
                lo: 1,
                hi: 1,
            };
            lanes.push(Measure::NonNull(self.value(lane)));
        }
        let same = |(first, count): &(usize, usize)| {
            self.measures.get(*first..first + count) == Some(lanes.as_slice())
        };
        bins.first = match self.vectors.iter().find(|v| same(v)) {
            Some((first, _)) => *first,
            None => {
                let first = self.measures.len();
                self.measures.extend(lanes);
                self.vectors.push((first, bins.count));
                first
            }
        };
        Ok(Output::Quantile { bins, p, asked })
    }

    /// Two arguments, each null in rows where the other is.
    fn pair(&self, call: &Call<'_>, x: &Expr, y: &Expr) -> Checked<(Bounded, Bounded)> {
        let (mut a, mut b) = (self.argument(call, x)?, self.argument(call, y)?);
        let (free, other) = (a.expr.clone(), b.expr.clone());
        if self.nullable(&other) {
            a.expr = when(other.clone().is_not_null(), a.expr)
                .end()
                .map_err(internal)?;
        }
        if self.nullable(&free) {
            b.expr = when(free.is_not_null(), b.expr).end().map_err(internal)?;
        }
        Ok((a, b))
    }

    fn covariance(&mut self, call: &Call<'_>, x: &Expr, y: &Expr, sample: bool) -> Checked<Output> {
        let (a, b) = self.pair(call, x, y)?;
        let (x, about_x) = self.centred(&a)?;
        let (y, about_y) = self.centred(&b)?;
        let products = about_x.times(&about_y, &self.scope)?;
        Ok(Output::Covariance {
            x,
            y,
            count: self.count_of(&a)?,
            products: self.sum(products),
            sample,
        })
    }

    fn correlation(&mut self, call: &Call<'_>, x: &Expr, y: &Expr) -> Checked<Output> {
        let (a, b) = self.pair(call, x, y)?;
        let (x, about_x) = self.centred(&a)?;
        let (y, about_y) = self.centred(&b)?;
        let x_squares = about_x.times(&about_x, &self.scope)?;
        let y_squares = about_y.times(&about_y, &self.scope)?;
        let products = about_x.times(&about_y, &self.scope)?;
        Ok(Output::Correlation {
            x,
            y,
            x_squares: self.sum(x_squares),
            y_squares: self.sum(y_squares),
            products: self.sum(products),
            count: self.count_of(&a)?,
        })
    }
}
