//! A release: keys, exact sums wanted, caps; planned from an aggregate over unit-local rows.

use crate::bound::Caps;
use crate::noise::Sensitivity;
use crate::reject::{Checked, Rejection, Rule};
use crate::source::RESERVED;
use crate::total::{Known, Scope, constant, numeric};
use crate::zone::{Node, Zone};
use arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::{average, count, sum};
use datafusion::logical_expr::{
    Aggregate, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, lit, when,
};
use irongate_policy::NamespaceId;
use irongate_policy::dataset::{DomainValue, MAX_STRING_BYTES};

/// Most groups of a dense output.
pub(crate) const MAX_DENSE_GROUPS: u64 = 1_000_000;
/// Largest C and m.
pub(crate) const MAX_CAP: u32 = 1_000_000;
/// Most memory the groups of a release may need, bytes.
pub(crate) const MAX_GROUP_MEMORY: u64 = 4 << 30;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) kind: DataType,
    /// Every value the key may have, null included; `None` where none is declared.
    pub(crate) domain: Option<Vec<ScalarValue>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    pub(crate) expr: Expr,
    pub(crate) scale: u8,
    pub(crate) lo: i128,
    pub(crate) hi: i128,
}

/// An exact sum per group that gets noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Rows,
    Units,
    NonNull(usize),
    Sum(usize),
}

/// How an output column comes from noisy measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Measure(usize),
    /// Noisy sum over noisy count: post-processing, clamped to the value's bounds.
    Mean {
        sum: usize,
        count: usize,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) namespace: NamespaceId,
    /// Rows `[unit, keys…, values…]`, in any order.
    pub(crate) private: LogicalPlan,
    pub(crate) keys: Vec<Key>,
    pub(crate) values: Vec<Value>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) outputs: Vec<(Output, DataType)>,
    pub(crate) groups: (u32, &'static str),
    pub(crate) rows: (u32, &'static str),
    pub(crate) dense: Option<u64>,
    pub(crate) rows_at_most: u64,
    /// Units at most, declared.
    pub(crate) units: u64,
    pub(crate) memory_at_most: u64,
}

impl Release {
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.namespace == other.namespace
            && self.private == other.private
            && self.keys == other.keys
            && self.values == other.values
            && self.measures == other.measures
            && self.outputs == other.outputs
            && self.groups == other.groups
            && self.rows == other.rows
    }

    /// The declared values of each key, if every key declares them.
    pub(crate) fn domain(&self) -> Option<Vec<Vec<ScalarValue>>> {
        self.dense?;
        self.keys.iter().map(|key| key.domain.clone()).collect()
    }

    pub(crate) fn caps(&self) -> Caps {
        Caps {
            groups: self.groups.0 as usize,
            rows: self.rows.0 as usize,
            clamps: self.values.iter().map(|v| (v.lo, v.hi)).collect(),
        }
    }

    /// `l0 = C`; `bound = m·max(|lo|, |hi|)` (design §5): neighbours add or remove a whole unit.
    pub(crate) fn sensitivity(&self, measure: Measure) -> Sensitivity {
        let m = i128::from(self.rows.0);
        let bound = match measure {
            Measure::Units => 1,
            Measure::Rows | Measure::NonNull(_) => m,
            Measure::Sum(i) => self.values.get(i).map_or(i128::MAX, |v| {
                m.saturating_mul(v.lo.saturating_abs().max(v.hi.saturating_abs()))
            }),
        };
        Sensitivity {
            l0: self.groups.0,
            bound: bound.max(1),
        }
    }

    pub(crate) fn scale(&self, measure: Measure) -> u8 {
        match measure {
            Measure::Sum(i) => self.values.get(i).map_or(0, |v| v.scale),
            Measure::Rows | Measure::Units | Measure::NonNull(_) => 0,
        }
    }

    pub(crate) fn describe(&self, measure: Measure) -> String {
        let value = |i: usize| {
            self.values
                .get(i)
                .map_or_else(String::new, |v| v.expr.to_string())
        };
        match measure {
            Measure::Rows => "count of rows".to_owned(),
            Measure::Units => "count of units".to_owned(),
            Measure::NonNull(i) => format!("count of {}", value(i)),
            Measure::Sum(i) => format!("sum of {}", value(i)),
        }
    }
}

fn internal(error: datafusion::error::DataFusionError) -> Rejection {
    Rejection::new(Rule::Syntax, "aggregate", error.strip_backtrace())
}

fn refuse<T>(rule: Rule, construct: impl Into<String>, instead: &str) -> Checked<T> {
    Err(Rejection::new(rule, construct, instead))
}

struct Builder<'a> {
    scope: Scope<'a>,
    values: Vec<Value>,
    measures: Vec<Measure>,
}

impl Builder<'_> {
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
        self.values
            .iter()
            .position(|v| *v == value)
            .unwrap_or_else(|| {
                self.values.push(value);
                self.values.len() - 1
            })
    }

    fn summed(&mut self, expr: &Expr) -> Checked<usize> {
        let known = self.scope.total(expr, 0)?;
        let kind = expr.get_type(self.scope.schema).map_err(internal)?;
        let Some((scale, ..)) = numeric(&kind) else {
            return refuse(
                Rule::Aggregate,
                format!("aggregate of `{expr}`"),
                "sum integers or decimals",
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
        Ok(self.value(Value {
            expr: expr.clone(),
            scale,
            lo,
            hi,
        }))
    }

    fn nullable(&self, expr: &Expr) -> bool {
        expr.nullable(self.scope.schema).unwrap_or(true)
    }

    /// The count that divides a mean: of rows, where the value cannot be null.
    fn non_null(&mut self, expr: &Expr, value: usize) -> usize {
        let measure = if self.nullable(expr) {
            Measure::NonNull(value)
        } else {
            Measure::Rows
        };
        self.measure(measure)
    }

    fn output(&mut self, expr: &Expr) -> Checked<Output> {
        let Expr::AggregateFunction(call) = strip_alias(expr) else {
            return refuse(
                Rule::Aggregate,
                format!("`{expr}`"),
                "use COUNT, SUM or AVG",
            );
        };
        let params = &call.params;
        let name = call.func.name();
        if params.filter.is_some() {
            return refuse(
                Rule::Aggregate,
                "FILTER clause",
                "write SUM(CASE WHEN … THEN x ELSE 0 END)",
            );
        }
        if !params.order_by.is_empty() || params.null_treatment.is_some() {
            return refuse(
                Rule::Order,
                format!("ordered aggregate {name}"),
                "aggregates cannot depend on order",
            );
        }
        let [arg] = params.args.as_slice() else {
            return refuse(
                Rule::Aggregate,
                format!("aggregate {name}"),
                "give COUNT, SUM and AVG one argument",
            );
        };
        let is = |f: &datafusion::logical_expr::AggregateUDF| call.func.as_ref() == f;
        let unit = column(arg, &self.scope).is_some_and(|k| k.unit);
        if params.distinct {
            return if is(&count::count_udaf()) && unit {
                Ok(Output::Measure(self.measure(Measure::Units)))
            } else {
                refuse(
                    Rule::Aggregate,
                    format!("{name}(DISTINCT …)"),
                    "DISTINCT is for COUNT(DISTINCT unit) alone",
                )
            };
        }
        if is(&count::count_udaf()) {
            let whole = unit || constant(arg).is_some_and(|v| !v.is_null()) || {
                self.scope.total(arg, 0)?;
                !self.nullable(arg)
            };
            if whole {
                return Ok(Output::Measure(self.measure(Measure::Rows)));
            }
            let expr = when(arg.clone().is_not_null(), lit(1_i64))
                .end()
                .map_err(internal)?;
            let value = self.value(Value {
                expr,
                scale: 0,
                lo: 1,
                hi: 1,
            });
            return Ok(Output::Measure(self.measure(Measure::NonNull(value))));
        }
        if is(&sum::sum_udaf()) {
            let value = self.summed(arg)?;
            return Ok(Output::Measure(self.measure(Measure::Sum(value))));
        }
        if is(&average::avg_udaf()) {
            // The SQL engine averages doubles; we average the exact integers beneath the cast.
            let inner = match arg {
                Expr::Cast(cast) if cast.field.data_type().is_floating() => &cast.expr,
                other => other,
            };
            let value = self.summed(inner)?;
            let sum = self.measure(Measure::Sum(value));
            let count = self.non_null(inner, value);
            return Ok(Output::Mean { sum, count });
        }
        refuse(
            Rule::Aggregate,
            format!("aggregate {name}"),
            "use COUNT(*), COUNT(x), COUNT(DISTINCT unit), SUM(x) or AVG(x)",
        )
    }
}

fn strip_alias(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => strip_alias(&alias.expr),
        other => other,
    }
}

fn column(expr: &Expr, scope: &Scope<'_>) -> Option<Known> {
    match strip_alias(expr) {
        Expr::Column(c) => scope
            .columns
            .get(scope.schema.index_of_column(c).ok()?)
            .cloned(),
        _ => None,
    }
}

fn key(expr: &Expr, scope: &Scope<'_>) -> Checked<Key> {
    if column(expr, scope).is_some_and(|k| k.unit) {
        return refuse(
            Rule::UnitOutput,
            format!("GROUP BY `{expr}`"),
            "group by something persons share",
        );
    }
    if matches!(expr, Expr::GroupingSet(_)) {
        return refuse(
            Rule::Aggregate,
            "GROUPING SETS",
            "write one query for each set",
        );
    }
    let known = scope.total(expr, 0)?;
    let kind = expr.get_type(scope.schema).map_err(internal)?;
    let nullable = expr.nullable(scope.schema).unwrap_or(true);
    let declared = match (&known.domain, &kind) {
        (Some(values), _) => Some(values.clone()),
        (None, DataType::Boolean) => Some(vec![DomainValue::Bool(false), DomainValue::Bool(true)]),
        (None, _) => None,
    };
    let domain = declared.and_then(|values| {
        let mut out = Vec::new();
        for value in values {
            let value = match value {
                DomainValue::Bool(b) => ScalarValue::Boolean(Some(b)),
                DomainValue::Int(i) => ScalarValue::Int64(Some(i)),
                DomainValue::Text(t) => ScalarValue::Utf8(Some(t)),
            };
            let value = value.cast_to(&kind).ok().filter(|v| !v.is_null())?;
            if !out.contains(&value) {
                out.push(value);
            }
        }
        if nullable {
            out.push(ScalarValue::try_from(&kind).ok()?);
        }
        Some(out)
    });
    Ok(Key {
        name: expr.schema_name().to_string(),
        kind,
        domain,
    })
}

fn cap(asked: Option<u32>, otherwise: u64, name: &str) -> Checked<(u32, &'static str)> {
    let (value, from) = match asked {
        Some(value) => (value, "asked for"),
        None => (
            u32::try_from(otherwise).unwrap_or(u32::MAX),
            "from metadata",
        ),
    };
    if (1..=MAX_CAP).contains(&value) {
        Ok((value, from))
    } else {
        Err(Rejection::new(
            Rule::Contribution,
            name,
            format!("ask for 1 to {MAX_CAP}"),
        ))
    }
}

/// Plans the release of an aggregate over a unit-local node.
pub(crate) fn plan(
    aggregate: &Aggregate,
    node: &Node,
    caps: (Option<u32>, Option<u32>),
) -> Checked<Release> {
    let Zone::UnitLocal {
        namespace,
        unit,
        rows_per_unit,
        population,
        ..
    } = &node.zone
    else {
        return refuse(
            Rule::UnitLocality,
            "aggregate",
            "aggregate a protected table",
        );
    };
    let schema = node.plan.schema();
    let scope = Scope {
        schema,
        columns: &node.columns,
    };
    let keys = aggregate
        .group_expr
        .iter()
        .map(|e| key(e, &scope))
        .collect::<Checked<Vec<_>>>()?;
    let mut builder = Builder {
        scope,
        values: Vec::new(),
        measures: Vec::new(),
    };
    let mut outputs = Vec::new();
    let fields = aggregate.schema.fields().iter().skip(keys.len());
    for (expr, field) in aggregate.aggr_expr.iter().zip(fields) {
        outputs.push((builder.output(expr)?, field.data_type().clone()));
    }
    let Builder {
        values, measures, ..
    } = builder;
    let dense = keys
        .iter()
        .try_fold(1_u64, |n, k| n.checked_mul(k.domain.as_ref()?.len() as u64));
    if dense.is_some_and(|n| n > MAX_DENSE_GROUPS) {
        return Err(Rejection::new(
            Rule::Size,
            "GROUP BY",
            format!("group by fewer or smaller keys: at most {MAX_DENSE_GROUPS} groups"),
        ));
    }
    let rows = cap(caps.1, *rows_per_unit, "max rows per group (m)")?;
    let mut groups = cap(
        caps.0,
        dense.unwrap_or(u64::MAX).min(*rows_per_unit).max(1),
        "max groups per unit (C)",
    )?;
    // No unit touches more groups than there are.
    if let Some(n) = dense
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n < groups.0)
    {
        groups = (n.max(1), "the number of groups");
    }
    let units = population.units();
    let rows_at_most = units.saturating_mul(*rows_per_unit);
    let group_count = dense.unwrap_or_else(|| units.saturating_mul(u64::from(groups.0)));
    let memory_at_most = group_count.saturating_mul(
        128 + 64 * values.len() as u64 + (MAX_STRING_BYTES as u64 + 64) * keys.len() as u64,
    );
    if memory_at_most > MAX_GROUP_MEMORY {
        return Err(Rejection::new(
            Rule::Size,
            "GROUP BY",
            format!(
                "the groups may need {memory_at_most} bytes, over {MAX_GROUP_MEMORY}; lower C or group by declared keys"
            ),
        ));
    }
    let pseudonym =
        Expr::Column(Column::from(schema.qualified_field(*unit))).alias(format!("{RESERVED}u"));
    let mut exprs = vec![pseudonym];
    exprs.extend(
        aggregate
            .group_expr
            .iter()
            .enumerate()
            .map(|(i, e)| strip_alias(e).clone().alias(format!("{RESERVED}k{i}"))),
    );
    exprs.extend(
        values
            .iter()
            .enumerate()
            .map(|(i, v)| v.expr.clone().alias(format!("{RESERVED}v{i}"))),
    );
    let private = LogicalPlanBuilder::from(node.plan.clone())
        .project(exprs)
        .and_then(LogicalPlanBuilder::build)
        .map_err(internal)?;
    Ok(Release {
        namespace: namespace.clone(),
        private,
        keys,
        values,
        measures,
        outputs,
        groups,
        rows,
        dense,
        rows_at_most,
        units,
        memory_at_most,
    })
}
