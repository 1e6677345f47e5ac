//! Public inputs of private parts: what runs apart from them and before, and takes its place as a table.
//!
//! A public input may use released values. It is then read once the releases it stands on are drawn, and is
//! a constant to what comes after: the later release is bounded and charged as for any other constant,
//! whatever its values turn out to be. Its size must be known before anything is spent: it has a few rows by its
//! form, of values of a fixed size, or of texts too where rows are only looked up in it (`x IN (…)`).

use super::recursion::{release_in_rounds, round_of};
use super::{Planner, internal, refuse};
use crate::reject::{Checked, Rule};
use crate::source::{self, Source};
use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, TableScan};
use std::sync::Arc;

/// Most rows of released values in a private part: as many as one would write into a statement by hand.
const MAX_RELEASED_ROWS: u64 = 1_000;

/// What becomes of the rows of a public input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// They stand beside private rows.
    Beside,
    /// A value of a private row is looked up among them.
    LookedUp,
    /// The one row is a value; where there is none, that value is null, whatever the plan says of its column.
    AsValue,
}

/// A public input of a private part.
#[derive(Debug, Clone)]
pub(crate) struct PublicInput {
    pub(crate) plan: LogicalPlan,
    /// Its columns that a join equates: rows that agree in all of them meet the same private rows.
    pub(crate) keys: Vec<usize>,
    /// Releases, the first so many, that are drawn before it is read; none, if it reads public tables alone.
    pub(crate) after: usize,
    /// The most rows that it has by its form: of one that stands on releases.
    pub(crate) rows_at_most: u64,
}

impl Planner<'_> {
    /// The table that takes the place of a public plan within a private part.
    pub(super) fn public_input(
        &mut self,
        plan: LogicalPlan,
        keys: Vec<usize>,
        taken: Taken,
        rule: Rule,
    ) -> Checked<LogicalPlan> {
        let is_round =
            |scan: &TableScan| round_of(scan).is_some_and(|name| self.rounds.contains(&name));
        if holds(&plan, is_round)? {
            return release_in_rounds();
        }
        let is_release = |scan: &TableScan| {
            source::placeholder(scan).is_some_and(|p| matches!(p.source, Source::Release(_)))
        };
        let is_released = holds(&plan, is_release)?;
        let kinds = plan.schema().fields().iter().map(|field| field.data_type());
        let has_texts = taken == Taken::LookedUp && only_keys_are_texts(&plan)?;
        let is_sized = |kind: &DataType| is_fixed(kind) || has_texts && is_text(kind);
        let rows_at_most = rows_at_most(&plan, &|scan| self.released_rows(scan));
        let rows_at_most = rows_at_most.filter(|rows| *rows <= MAX_RELEASED_ROWS);
        if is_released && !(rows_at_most.is_some() && kinds.into_iter().all(is_sized)) {
            return refuse(
                rule,
                "released table in a private part",
                "use at most 1000 rows of released numbers, texts with IN alone: GROUP BY declared keys, or ORDER BY with LIMIT; or join above the release",
            );
        }
        // The same written twice (a CTE used twice) is read once, and what stands on it is one release.
        let same = |input: &PublicInput| input.plan == plan && input.keys == keys;
        let known = self.publics.iter().position(same);
        let number = known.unwrap_or(self.publics.len());
        let schema = match taken {
            Taken::Beside | Taken::LookedUp => Arc::clone(plan.schema()),
            Taken::AsValue => nullable(plan.schema())?,
        };
        let table = source::stand_in(Source::Public(number), &schema).map_err(internal)?;
        if known.is_none() {
            self.publics.push(PublicInput {
                plan,
                keys,
                after: if is_released { self.releases.len() } else { 0 },
                rows_at_most: rows_at_most.unwrap_or(u64::MAX),
            });
        }
        Ok(table)
    }

    /// How many rows a released table has: its declared groups.
    fn released_rows(&self, scan: &TableScan) -> Option<u64> {
        let Source::Release(number) = source::placeholder(scan)?.source else {
            return None;
        };
        let parts = self.tables.get(number)?.parts.iter();
        all(parts.map(|part| self.releases.get(part.release)?.dense))
    }
}

/// The same columns, each of which may be null.
fn nullable(schema: &DFSchema) -> Checked<DFSchemaRef> {
    let field = |field: &Field| Arc::new(field.clone().with_nullable(true));
    let fields = schema.iter().map(|(of, f)| (of.cloned(), field(f)));
    DFSchema::new_with_metadata(fields.collect(), schema.metadata().clone())
        .map(Arc::new)
        .map_err(internal)
}

/// Whether every text of a plan is a released key: these are as long as is declared at most, while others may be put
/// together of any length.
fn only_keys_are_texts(plan: &LogicalPlan) -> Checked<bool> {
    let mut only = true;
    plan.apply_with_subqueries(|node| {
        let is_key = |expr: &Expr| matches!(expr.clone().unalias(), Expr::Column(_));
        let made: Vec<Expr> = match node {
            LogicalPlan::Projection(p) => p.expr.clone(),
            LogicalPlan::Aggregate(a) => [a.group_expr.as_slice(), a.aggr_expr.as_slice()].concat(),
            LogicalPlan::Window(_) => node.expressions(),
            _ => Vec::new(),
        };
        let is_released = match node {
            LogicalPlan::TableScan(scan) => source::placeholder(scan)
                .is_some_and(|table| matches!(table.source, Source::Release(_))),
            LogicalPlan::Values(_) => false,
            _ => true,
        };
        // What an expression is called by tells the field that it becomes.
        let texts = node
            .schema()
            .fields()
            .iter()
            .filter(|field| is_text(field.data_type()));
        let names: Vec<&String> = texts.map(|field| field.name()).collect();
        let makes = |expr: &Expr| !is_key(expr) && names.contains(&&expr.schema_name().to_string());
        only &= (is_released || names.is_empty()) && !made.iter().any(makes);
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(internal)?;
    Ok(only)
}

fn is_text(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8
    )
}

fn is_fixed(kind: &DataType) -> bool {
    kind.is_numeric() || kind.is_temporal() || *kind == DataType::Boolean
}

/// Whether a plan has such a scan.
fn holds(plan: &LogicalPlan, is: impl Fn(&TableScan) -> bool) -> Checked<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found |= is(scan);
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(internal)?;
    Ok(found)
}

/// All rows together, if each is known.
fn all(mut rows: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    rows.try_fold(0_u64, |sum, rows| Some(sum.saturating_add(rows?)))
}

/// Whether the form of a plan shows that it has one row or none.
pub(super) fn at_most_one_row(plan: &LogicalPlan) -> bool {
    rows_at_most(plan, &|_| None).is_some_and(|rows| rows <= 1)
}

/// The most rows of a plan by its form, where it shows them, and of its tables.
fn rows_at_most(plan: &LogicalPlan, of: &impl Fn(&TableScan) -> Option<u64>) -> Option<u64> {
    let input = |plan: &LogicalPlan| rows_at_most(plan, of);
    let fewer = |rows: Option<u64>, most: Option<u64>| rows.into_iter().chain(most).min();
    match plan {
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => Some(1),
        LogicalPlan::Aggregate(aggregate) => {
            let is_set = |e: &Expr| matches!(e, Expr::GroupingSet(_));
            let sets = aggregate.group_expr.iter().any(is_set);
            input(&aggregate.input).filter(|_| !sets)
        }
        LogicalPlan::Projection(p) => input(&p.input),
        LogicalPlan::SubqueryAlias(a) => input(&a.input),
        LogicalPlan::Filter(f) => input(&f.input),
        LogicalPlan::Window(w) => input(&w.input),
        LogicalPlan::Distinct(Distinct::All(of)) => input(of),
        LogicalPlan::Distinct(Distinct::On(on)) => input(&on.input),
        LogicalPlan::Sort(s) => fewer(input(&s.input), s.fetch.map(|rows| rows as u64)),
        LogicalPlan::Limit(l) => {
            let fetch = l.fetch.as_deref().and_then(crate::total::constant);
            let most = fetch.as_ref().and_then(crate::total::integer);
            fewer(input(&l.input), most.and_then(|n| u64::try_from(n).ok()))
        }
        LogicalPlan::Union(u) => all(u.inputs.iter().map(|plan| input(plan))),
        LogicalPlan::Values(v) => Some(v.values.len() as u64),
        LogicalPlan::EmptyRelation(_) => Some(1),
        LogicalPlan::TableScan(scan) => of(scan),
        LogicalPlan::Join(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::Unnest(_)
        | LogicalPlan::RecursiveQuery(_)
        | LogicalPlan::Extension(_)
        | LogicalPlan::Statement(_)
        | LogicalPlan::Explain(_)
        | LogicalPlan::Analyze(_)
        | LogicalPlan::Dml(_)
        | LogicalPlan::Ddl(_)
        | LogicalPlan::Copy(_)
        | LogicalPlan::DescribeTable(_) => None,
    }
}
