//! The public worst case of a query, held against its time and memory before anything private is read.
//!
//! Declared caps say how many rows units may have; the plan says what becomes of them: unions add, joins
//! multiply, with public tables by at most as many public rows as agree in the joined columns. Everything
//! else keeps or drops rows. Whether a query is refused here is public.

use super::tables::{BATCH_ROWS, private_session};
use super::texts::widest;
use crate::check::CheckedQuery;
use crate::options::Catalog;
use crate::release::Release;
use crate::released::{ExecutionEnv, ExecutionError};
use crate::source::{self, Source};
use crate::total::MAX_TEXT_BYTES;
use crate::zone::{MAX_UNIT_ROWS, PublicInput};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::row::{RowConverter, SortField};
use datafusion::common::JoinType;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{LogicalPlan, TableScan};
use std::collections::{BTreeMap, HashMap};

/// Private rows that a second is planned for. Machines that run slower fail by their time limit, which
/// counts as a residual failure: the agency then gives longer deadlines.
const ROWS_PER_SECOND: u64 = 2_000_000;
/// What the rows of one unit may take while they are bounded, bytes.
const MAX_UNIT_MEMORY: u64 = 256 << 20;
/// What one row takes there: its vector and slot, and an optional 128-bit integer a value.
const ROW_BYTES: u64 = 80;
const VALUE_BYTES: u64 = 32;
/// What the identity of a distinct value takes there, with its place among those that L is chosen of.
const IDENTITY_BYTES: u64 = 96;

pub(super) fn fits(
    query: &CheckedQuery,
    publics: &BTreeMap<usize, RecordBatch>,
    env: &ExecutionEnv,
) -> Result<(), ExecutionError> {
    for batch in publics.values() {
        short_texts(batch)?;
    }
    let session = private_session(env, BATCH_ROWS)?.state();
    // One release after another runs before the one deadline.
    let mut rows = 0_u64;
    for release in &query.releases {
        let worst = Inputs {
            catalog: &query.catalog,
            inputs: &query.publics,
            publics,
        }
        .rows(&release.private)?;
        rows = rows.saturating_add(release.units.saturating_mul(worst.work));
        unit_fits(release, &worst)?;
        // As it runs: without the columns that nothing reads.
        let optimised = session.optimize(&release.private)?;
        texts_fit(&optimised, &worst)?;
        distinct_fit(release, &worst, env)?;
    }
    let declared = env.declared.unwrap_or(env.timeout);
    let planned = declared.as_secs().max(1).saturating_mul(ROWS_PER_SECOND);
    if rows > planned {
        return too_large(format!(
            "up to {rows} rows by declared caps and joins, and the deadline allows for {planned}; \
             join fewer rows, ask for fewer releases, or set a longer deadline"
        ));
    }
    Ok(())
}

fn too_large<T>(text: String) -> Result<T, ExecutionError> {
    Err(ExecutionError::TooLarge(text))
}

fn unit_fits(release: &Release, worst: &Rows) -> Result<(), ExecutionError> {
    if worst.most > MAX_UNIT_ROWS {
        return too_large(format!(
            "one unit may have {} rows, over {MAX_UNIT_ROWS}; join fewer rows",
            worst.most
        ));
    }
    let row = ROW_BYTES
        + VALUE_BYTES.saturating_mul(release.values.len() as u64)
        + IDENTITY_BYTES.saturating_mul(release.distinct.len() as u64);
    let unit = worst.out.saturating_mul(row);
    if unit > MAX_UNIT_MEMORY {
        return too_large(format!(
            "one unit's rows may take {unit} bytes, over {MAX_UNIT_MEMORY}; join fewer public rows"
        ));
    }
    Ok(())
}

/// Joins, windows and sorts hold a unit's rows together, with their texts.
fn texts_fit(plan: &LogicalPlan, worst: &Rows) -> Result<(), ExecutionError> {
    let unit = widest(plan).held.saturating_mul(worst.most);
    if unit <= MAX_UNIT_MEMORY {
        return Ok(());
    }
    too_large(format!(
        "texts of one unit's rows may take {unit} bytes, over {MAX_UNIT_MEMORY}; join fewer rows, or carry fewer or \
         shorter texts through joins, windows and sorts"
    ))
}

/// Distinct values stay until all rows were read: C·L of each unit, if it has as many rows.
fn distinct_fit(release: &Release, worst: &Rows, env: &ExecutionEnv) -> Result<(), ExecutionError> {
    let bytes = release.memory(worst.out);
    if release.distinct.is_empty() || bytes <= env.memory_bytes as u64 {
        return Ok(());
    }
    too_large(format!(
        "the distinct values may take {bytes} bytes, over {}; lower L (distinct values of a unit in a group) or C",
        env.memory_bytes
    ))
}

/// Texts of public tables stand beside private rows: longer ones could outgrow a batch, depending on how
/// many rows there are.
fn short_texts(batch: &RecordBatch) -> Result<(), ExecutionError> {
    for column in batch.columns() {
        let long = column.as_string_opt::<i32>().is_some_and(|texts| {
            let bytes = |i| u64::try_from(texts.value_length(i)).unwrap_or(u64::MAX);
            (0..texts.len()).any(|i| bytes(i) > MAX_TEXT_BYTES)
        });
        if long {
            return too_large(format!(
                "a public table joined with private rows holds a text over {MAX_TEXT_BYTES} bytes; select shorter ones"
            ));
        }
    }
    Ok(())
}

/// Rows of one unit, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rows {
    /// That leave the plan.
    out: u64,
    /// Anywhere in it.
    most: u64,
    /// That its scans, joins, unions, aggregates and sorts go over, all together.
    work: u64,
}

impl Rows {
    fn step(of: &[Self], out: u64) -> Self {
        Self {
            out,
            most: of.iter().map(|r| r.most).max().unwrap_or(0).max(out),
            work: of.iter().fold(out, |sum, r| sum.saturating_add(r.work)),
        }
    }
}

struct Inputs<'a> {
    catalog: &'a Catalog,
    inputs: &'a [PublicInput],
    publics: &'a BTreeMap<usize, RecordBatch>,
}

impl Inputs<'_> {
    fn rows(&self, plan: &LogicalPlan) -> Result<Rows, ExecutionError> {
        let one = |input: &LogicalPlan| self.rows(input);
        match plan {
            LogicalPlan::TableScan(scan) => self.scan(scan),
            LogicalPlan::Projection(p) => one(&p.input),
            LogicalPlan::Filter(f) => one(&f.input),
            LogicalPlan::SubqueryAlias(a) => one(&a.input),
            LogicalPlan::Sort(s) => one(&s.input),
            LogicalPlan::Repartition(r) => one(&r.input),
            LogicalPlan::Aggregate(a) => one(&a.input).map(|r| Rows::step(&[r], r.out)),
            LogicalPlan::Window(w) => one(&w.input).map(|r| Rows::step(&[r], r.out)),
            LogicalPlan::Distinct(d) => one(d.input()).map(|r| Rows::step(&[r], r.out)),
            LogicalPlan::Union(union) => {
                let all = union
                    .inputs
                    .iter()
                    .map(|input| self.rows(input))
                    .collect::<Result<Vec<_>, _>>()?;
                let out = all.iter().fold(0_u64, |sum, r| sum.saturating_add(r.out));
                Ok(Rows::step(&all, out))
            }
            LogicalPlan::Join(join) => {
                let (left, right) = (self.rows(&join.left)?, self.rows(&join.right)?);
                // Beyond the unit, rows are compared one with another, also where none is made of them.
                let conditions = join.filter.iter().flat_map(split_conjunction).count();
                let compared = if join.on.len() + conditions > 1 {
                    left.out.saturating_mul(right.out)
                } else {
                    0
                };
                let out = match join.join_type {
                    JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => left.out,
                    JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => right.out,
                    JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                        left.out.saturating_mul(right.out)
                    }
                };
                let mut rows = Rows::step(&[left, right], out);
                if out < compared {
                    rows.work = rows.work.saturating_add(compared);
                }
                Ok(rows)
            }
            LogicalPlan::EmptyRelation(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::Limit(_)
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
            | LogicalPlan::DescribeTable(_) => Err(ExecutionError::Layout(
                "a private plan holds what none may hold",
            )),
        }
    }

    fn scan(&self, scan: &TableScan) -> Result<Rows, ExecutionError> {
        let missing = ExecutionError::Layout("a table of the plan is missing");
        match source::placeholder(scan).map(|p| p.source) {
            Some(Source::Dataset(name)) => {
                let table = self.catalog.tables.get(&name);
                match table.and_then(|t| t.spec.protected()) {
                    Some(p) => Ok(Rows::step(&[], u64::from(p.unit.max_rows))),
                    None => Err(missing),
                }
            }
            // As many as one private row may meet. They are read once, not for each unit.
            Some(Source::Public(number)) => {
                let out = match (self.inputs.get(number), self.publics.get(&number)) {
                    // By the form of its plan.
                    (Some(input), None) if input.after > 0 => 1,
                    (Some(input), Some(batch)) => most_alike(batch, &input.keys)?,
                    _ => return Err(missing),
                };
                Ok(Rows {
                    out,
                    most: 0,
                    work: 0,
                })
            }
            Some(Source::Release(_)) | None => Err(missing),
        }
    }
}

/// The most rows that agree in all of these columns; at least one, because a left join keeps its row.
fn most_alike(batch: &RecordBatch, keys: &[usize]) -> Result<u64, ExecutionError> {
    if keys.is_empty() {
        return Ok(batch.num_rows().max(1) as u64);
    }
    let columns = batch.project(keys)?;
    let fields = columns.schema();
    let fields = fields.fields().iter();
    let converter = RowConverter::new(
        fields
            .map(|field| SortField::new(field.data_type().clone()))
            .collect(),
    )?;
    let rows = converter.convert_columns(columns.columns())?;
    let mut counts: HashMap<&[u8], u64> = HashMap::new();
    for row in 0..rows.num_rows() {
        *counts.entry(rows.row(row).data()).or_default() += 1;
    }
    Ok(counts.into_values().max().unwrap_or(1))
}
