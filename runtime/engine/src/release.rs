//! A release: keys, exact sums wanted, caps; planned from an aggregate over unit-local rows.

mod aggregate;
mod bins;
mod caps;
mod grouping;
mod key;
mod moments;
mod origin;
mod output;

pub(crate) use self::bins::Bins;
pub(crate) use self::caps::AskedCaps;
pub(crate) use self::grouping::{Part, ReleasedTable, sets};
pub(crate) use self::output::{Asked, Centred, Output, Released};

use self::aggregate::{Builder, Built};
use self::caps::cap;
use crate::bound::Caps;
use crate::noise::Sensitivity;
use crate::reject::{Checked, Rejection, Rule};
use crate::source::RESERVED;
use crate::total::{Known, Scope};
use crate::zone::{Node, Zone};
use arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use irongate_policy::NamespaceId;

/// Most groups of a dense output.
pub(crate) const MAX_DENSE_GROUPS: u64 = 1_000_000;
/// Most values that a release adds up, bins included: each takes room in every group.
pub(crate) const MAX_VALUES: usize = 256;
/// Most memory the groups of a release may need, bytes.
pub(crate) const MAX_GROUP_MEMORY: u64 = 4 << 30;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) kind: DataType,
    /// Every value the key may have, null included; `None` where none is declared.
    pub(crate) domain: Option<Vec<ScalarValue>>,
    /// Its longest text, bytes, or what another value takes.
    pub(crate) longest: u64,
}

/// What is added up: an integer at a scale, between public bounds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    pub(crate) expr: Expr,
    /// How people are told of it, and of a count of it where that differs.
    pub(crate) label: String,
    pub(crate) counted: Option<String>,
    /// Where its bounds come from.
    pub(crate) from: &'static str,
    pub(crate) scale: u8,
    pub(crate) lo: i128,
    pub(crate) hi: i128,
}

/// What distinct values are counted of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counted {
    pub(crate) expr: Expr,
    pub(crate) kind: DataType,
    /// How people are told of it.
    pub(crate) label: String,
}

/// An exact sum per group that gets noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Rows,
    Units,
    NonNull(usize),
    Sum(usize),
    /// How many distinct values there are of a column of [`Release::distinct`].
    Distinct(usize),
}

/// By what the rows of neighbouring databases differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Neighbours {
    /// All rows of a unit are there or not.
    Units,
    /// One row of so many, each of a block of units, is another.
    Blocks(u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) namespace: NamespaceId,
    pub(crate) neighbours: Neighbours,
    /// Rows `[unit, keys…, values…, distinct…]`, in any order.
    pub(crate) private: LogicalPlan,
    pub(crate) keys: Vec<Key>,
    pub(crate) values: Vec<Value>,
    pub(crate) distinct: Vec<Counted>,
    pub(crate) measures: Vec<Measure>,
    /// Runs of measures, first and number, that are one vector: a unit moves all of it by no more than one of
    /// them may move alone, and it is charged once.
    pub(crate) vectors: Vec<(usize, usize)>,
    pub(crate) outputs: Vec<Released>,
    pub(crate) groups: (u32, &'static str),
    pub(crate) rows: (u32, &'static str),
    /// L: distinct values of a unit that count in a group.
    pub(crate) most_distinct: (u32, &'static str),
    pub(crate) dense: Option<u64>,
    pub(crate) rows_at_most: u64,
    /// Units at most, declared.
    pub(crate) units: u64,
    /// What one group takes, without distinct values, and all that units may keep.
    pub(crate) group_bytes: u64,
    pub(crate) group_memory: u64,
    pub(crate) memory_at_most: u64,
}

impl Release {
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.namespace == other.namespace
            && self.neighbours == other.neighbours
            && self.private == other.private
            && self.keys == other.keys
            && self.values == other.values
            && self.distinct == other.distinct
            && self.measures == other.measures
            && self.vectors == other.vectors
            && self.outputs == other.outputs
            && self.groups == other.groups
            && self.rows == other.rows
            && self.most_distinct == other.most_distinct
    }

    /// The types of the keys, in order.
    pub(crate) fn key_kinds(&self) -> Vec<DataType> {
        self.keys.iter().map(|key| key.kind.clone()).collect()
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
            distinct: vec![self.most_distinct.0 as usize; self.distinct.len()],
        }
    }

    /// `l0 = C`; `bound = m·max(|lo|, |hi|)`, or L of distinct values: neighbours add or remove a
    /// whole unit. Where they replace a row, it is removed and another is added: twice that, so `hi - lo` of a value about
    /// the middle of its bounds.
    pub(crate) fn sensitivity(&self, measure: Measure) -> Sensitivity {
        let m = i128::from(self.rows.0);
        let bound = match measure {
            Measure::Units => 1,
            Measure::Rows | Measure::NonNull(_) => m,
            Measure::Distinct(_) => i128::from(self.most_distinct.0),
            Measure::Sum(i) => self.values.get(i).map_or(i128::MAX, |v| {
                m.saturating_mul(v.lo.saturating_abs().max(v.hi.saturating_abs()))
            }),
        };
        let times = match self.neighbours {
            Neighbours::Units => 1,
            Neighbours::Blocks(_) => 2,
        };
        Sensitivity {
            l0: self.groups.0,
            bound: bound.max(1).saturating_mul(times),
        }
    }

    /// What the groups and their distinct values may take, bytes, where a unit has so many rows.
    pub(crate) fn memory(&self, rows_of_a_unit: u64) -> u64 {
        let caps = (self.groups.0, self.most_distinct.0);
        let identities =
            caps::identity_memory(self.units, rows_of_a_unit, caps, self.distinct.len());
        self.group_memory.saturating_add(identities)
    }

    /// The measure that is charged for a measure's noise: itself, or the first of its vector.
    pub(crate) fn charged(&self, measure: usize) -> usize {
        let of = |(first, count): &(usize, usize)| (*first..first + count).contains(&measure);
        self.vectors.iter().find(|v| of(v)).map_or(measure, |v| v.0)
    }

    pub(crate) fn scale(&self, measure: Measure) -> u8 {
        match measure {
            Measure::Sum(i) => self.values.get(i).map_or(0, |v| v.scale),
            Measure::Rows | Measure::Units | Measure::NonNull(_) | Measure::Distinct(_) => 0,
        }
    }

    pub(crate) fn describe(&self, measure: Measure) -> String {
        let value = |i: usize| self.values.get(i).map_or("", |v| &v.label);
        let counted = |i: usize| self.values.get(i).and_then(|v| v.counted.as_deref());
        match measure {
            Measure::Rows => "count of rows".to_owned(),
            Measure::Units => "count of units".to_owned(),
            Measure::NonNull(i) => format!("count of {}", counted(i).unwrap_or(value(i))),
            Measure::Sum(i) => format!("sum of {}", value(i)),
            Measure::Distinct(i) => {
                let label = self.distinct.get(i).map_or("", |of| &of.label);
                format!("count of distinct {label}")
            }
        }
    }
}

fn internal(error: datafusion::error::DataFusionError) -> Rejection {
    Rejection::new(Rule::Syntax, "aggregate", error.strip_backtrace())
}

fn refuse<T>(rule: Rule, construct: impl Into<String>, instead: &str) -> Checked<T> {
    Err(Rejection::new(rule, construct, instead))
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

/// Plans the release of aggregates, each with the type of its column, over a unit-local node.
pub(crate) fn plan(
    group_by: &[Expr],
    aggregates: &[(&Expr, DataType)],
    node: &Node,
    asked: AskedCaps,
    neighbours: Neighbours,
) -> Checked<Release> {
    let blocks = match neighbours {
        Neighbours::Units => None,
        Neighbours::Blocks(blocks) => Some(blocks),
    };
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
    let keys = group_by
        .iter()
        .map(|e| key::key(e, &scope))
        .collect::<Checked<Vec<_>>>()?;
    let Built {
        outputs,
        values,
        distinct,
        measures,
        vectors,
    } = Builder::new(scope, &node.plan, blocks).outputs(aggregates)?;
    if values.len() + distinct.len() > MAX_VALUES {
        return refuse(
            Rule::Limit,
            "statement",
            "ask for fewer quantiles at once: all aggregates together may add up 256 values",
        );
    }
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
    let mut rows = cap(asked.rows, *rows_per_unit, "max rows per group (m)")?;
    // Rows that no two of one unit agree in the keys, such as sums of a unit in each group.
    if rows.0 > 1 && node.has_one_row(&node.fixed(group_by.iter())) {
        rows = (1, "one row of a unit in a group");
    }
    let mut groups = cap(
        asked.groups,
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
    let most_distinct = caps::values(asked.values, rows.0)?;
    let units = population.units();
    let rows_at_most = units.saturating_mul(*rows_per_unit);
    let group_count = dense.unwrap_or_else(|| units.saturating_mul(u64::from(groups.0)));
    let group_bytes = caps::group_bytes(&keys, values.len(), distinct.len());
    let group_memory = group_count.saturating_mul(group_bytes);
    let caps = (groups.0, most_distinct.0);
    let memory_at_most = group_memory.saturating_add(caps::identity_memory(
        units,
        *rows_per_unit,
        caps,
        distinct.len(),
    ));
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
        group_by
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
    let counted = distinct.iter().enumerate();
    exprs.extend(counted.map(|(i, d)| d.expr.clone().alias(format!("{RESERVED}d{i}"))));
    let private = LogicalPlanBuilder::from(node.plan.clone())
        .project(exprs)
        .and_then(LogicalPlanBuilder::build)
        .map_err(internal)?;
    Ok(Release {
        namespace: namespace.clone(),
        neighbours,
        private,
        keys,
        values,
        distinct,
        measures,
        vectors,
        outputs,
        groups,
        rows,
        most_distinct,
        dense,
        rows_at_most,
        units,
        group_bytes,
        group_memory,
        memory_at_most,
    })
}
