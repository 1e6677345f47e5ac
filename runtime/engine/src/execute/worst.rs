//! The public worst case of a query, held against its time and memory before anything private is read.
//!
//! Declared caps say how many rows units may have; the plan says what becomes of them: unions add, joins
//! multiply, with public tables by at most as many public rows as agree in the joined columns. Everything
//! else keeps or drops rows. Whether a query is refused here is public.

use super::inputs::Publics;
use super::tables::{BATCH_ROWS, at_once, batch_rows, private_session};
use super::texts::{Texts, longest_of, row_bytes, unknown};
use super::unit_work::{UnitWork, mapped_ns};
use crate::bound::spare_groups;
use crate::check::CheckedQuery;
use crate::mapper::MapperNode;
use crate::release::Release;
use crate::released::{ExecutionEnv, ExecutionError, Planned};
use crate::source::{self, Source};
use crate::total::MAX_TEXT_BYTES;
use crate::zone::MAX_UNIT_ROWS;
use arrow::array::RecordBatch;
use arrow::row::{RowConverter, SortField};
use datafusion::common::JoinType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{LogicalPlan, TableScan};
use std::collections::{BTreeMap, HashMap};

/// Private rows that a second is planned for. Machines that run slower fail by their time limit, which
/// counts as a residual failure: the agency then gives longer deadlines.
const ROWS_PER_SECOND: u64 = 2_000_000;
/// As how many rows one counts that a mapper may see: a keyed hash of it takes a microsecond.
const ROWS_OF_A_MAPPED: u64 = 6;
const NS_PER_ROW: u64 = 1_000_000_000 / ROWS_PER_SECOND;
/// What the rows of one unit may take while they are bounded, bytes.
pub(super) const MAX_UNIT_MEMORY: u64 = 512 << 20;
/// What one row takes there: its vector and slot, and an optional 128-bit integer a value.
const ROW_BYTES: u64 = 80;
const VALUE_BYTES: u64 = 32;
/// What a row takes that is numbered among its equals, as those with values are: a place in a table that may just have doubled.
const NUMBER_BYTES: u64 = 120;
/// What a group key takes there beside its texts, however it is found again.
const KEY_BYTES: u64 = 112;
/// What the identity of a distinct value takes there, with its place among those that L is chosen of.
const IDENTITY_BYTES: u64 = 96;

/// What a row takes in the table of hashes of a join.
const HASHED_BYTES: u64 = 64;

/// Shows that a query fits, and gives what is planned by its end and the rows of a batch of each release.
pub(super) fn fits(
    query: &CheckedQuery,
    publics: &Publics,
    env: &ExecutionEnv,
) -> Result<(Planned, Vec<usize>), ExecutionError> {
    for batch in publics.values() {
        short_texts(batch)?;
    }
    let inputs = Inputs::new(query, publics)?;
    let session = private_session(env, BATCH_ROWS)?.state();
    let declared = env.declared.unwrap_or(env.timeout);
    // One release after another runs before the one deadline, as do all queries of a job.
    let mut planned = env.planned;
    let mut batches = Vec::new();
    for release in &query.releases {
        let worst = inputs.rows(&release.private)?;
        let rows = release.units.saturating_mul(worst.work);
        let called = called(&release.private)?;
        planned.rows = planned.rows.saturating_add(rows).saturating_add(called);
        let bounded = unit_fits(release, &worst)?;
        // As it runs: without the columns that nothing reads.
        let optimised = session.optimize(&release.private)?;
        let work = UnitWork::of(&optimised, &inputs, worst);
        planned.unit_ns = planned.unit_ns.saturating_add(work.time_ns);
        work.fits(planned, declared)?;
        let rows = batch_rows(inputs.texts.widest(&optimised));
        let unit = bounded
            .saturating_add(work.held)
            .saturating_add(work.batches);
        let public = inputs.public_bytes(&release.private)?;
        memory_fits(release, &worst, (unit, rows, public), env)?;
        batches.push(rows);
    }
    let allowed = declared.as_secs().max(1).saturating_mul(ROWS_PER_SECOND);
    if planned.rows > allowed {
        return too_large(format!(
            "up to {} rows by declared caps and joins, in what was asked before too, and the deadline allows for {allowed}; \
             join fewer rows, ask for fewer releases, declare less fuel or memory for mappers, or set a longer deadline",
            planned.rows
        ));
    }
    Ok((planned, batches))
}

/// What the calls of mappers take in a private part, as rows: each mapper is called for all of its units, however few of them a
/// join leaves.
fn called(plan: &LogicalPlan) -> Result<u64, ExecutionError> {
    let mut rows = 0_u64;
    plan.apply_with_subqueries(|node| {
        if let Some(mapper) = MapperNode::of(node) {
            let blocks = mapper.table.declared.blocks.map(u64::from);
            let calls = blocks.unwrap_or(mapper.units);
            let each = mapped_ns(node).div_ceil(NS_PER_ROW);
            rows = rows.saturating_add(calls.saturating_mul(each));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(rows)
}

pub(super) fn too_large<T>(text: String) -> Result<T, ExecutionError> {
    Err(ExecutionError::TooLarge(text))
}

/// Shows that the rows of one unit fit while they are bounded, and gives what they take, bytes.
fn unit_fits(release: &Release, worst: &Rows) -> Result<u64, ExecutionError> {
    if worst.most > MAX_UNIT_ROWS {
        return too_large(format!(
            "one unit may have {} rows, over {MAX_UNIT_ROWS}; join fewer rows",
            worst.most
        ));
    }
    // Groups are told apart before C of them are chosen.
    let keys = release.keys.iter().filter(|_| release.dense.is_none());
    let keys = keys.map(|key| key.longest.saturating_add(KEY_BYTES));
    let is_numbered = !release.values.is_empty() || !release.distinct.is_empty();
    let row = keys.fold(ROW_BYTES, u64::saturating_add)
        + if is_numbered { NUMBER_BYTES } else { 0 }
        + VALUE_BYTES.saturating_mul(release.values.len() as u64)
        + IDENTITY_BYTES.saturating_mul(release.distinct.len() as u64);
    let unit = worst.out.saturating_mul(row);
    if unit > MAX_UNIT_MEMORY {
        return too_large(format!(
            "one unit's rows may take {unit} bytes, over {MAX_UNIT_MEMORY}; join fewer public rows, or group by shorter texts"
        ));
    }
    Ok(unit)
}

/// Groups and distinct values stay until all rows were read: C·L of each unit, if it has as many rows. Declared
/// groups have a place in each task that reads; of others, half as many again may be held that nobody chose, and
/// there too spare ones and those of a batch. There are `unit` bytes for the rows of one unit, and joins take `public` bytes.
fn memory_fits(
    release: &Release,
    worst: &Rows,
    (unit, batch_rows, public): (u64, usize, u64),
    env: &ExecutionEnv,
) -> Result<(), ExecutionError> {
    let at_once = at_once(env) as u64;
    let groups = match release.dense {
        Some(_) => release.group_memory.saturating_mul(at_once - 1),
        None => {
            let of_a_batch = spare_groups(release.group_bytes).saturating_add(batch_rows as u64);
            let of_all = at_once.saturating_mul(of_a_batch);
            let without_need = release.group_bytes.saturating_mul(of_all);
            without_need.saturating_add(release.group_memory / 2)
        }
    };
    let bytes = release.memory(worst.out).saturating_add(groups);
    let bytes = bytes.saturating_add(unit.saturating_mul(at_once));
    let bytes = bytes.saturating_add(public);
    if bytes <= env.memory_bytes as u64 {
        return Ok(());
    }
    too_large(format!(
        "the groups, their distinct values, one unit's rows for each core, the batches they come in and public tables may take \
         {bytes} bytes, over {}; group by fewer or shorter keys, join fewer rows, fewer tables or shorter texts, or lower C or L (distinct \
         values of a unit in a group)",
        env.memory_bytes
    ))
}

/// Texts of public tables stand beside private rows: longer ones could outgrow a batch, depending on how
/// many rows there are.
fn short_texts(batch: &RecordBatch) -> Result<(), ExecutionError> {
    if batch.columns().iter().map(longest_of).max() <= Some(MAX_TEXT_BYTES) {
        return Ok(());
    }
    too_large(format!(
        "a public table joined with private rows holds a text over {MAX_TEXT_BYTES} bytes; select shorter ones"
    ))
}

/// Rows of one unit, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rows {
    /// That leave the plan.
    pub(super) out: u64,
    /// Anywhere in it.
    pub(super) most: u64,
    /// That its scans, joins, unions, aggregates and sorts go over, all together.
    pub(super) work: u64,
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

/// What private parts read.
pub(super) struct Inputs<'a> {
    pub(super) texts: Texts<'a>,
    /// For each public table, how many of its rows one private row may meet.
    met: BTreeMap<usize, u64>,
}

impl<'a> Inputs<'a> {
    fn new(query: &'a CheckedQuery, publics: &'a Publics) -> Result<Self, ExecutionError> {
        let mut met = BTreeMap::new();
        for (number, input) in query.publics.iter().enumerate() {
            let rows = match publics.get(&number) {
                // By the form of its plan.
                None if input.after > 0 => input.rows_at_most.max(1),
                Some(batch) => most_alike(batch, &input.keys)?,
                None => return Err(missing()),
            };
            met.insert(number, rows);
        }
        let texts = Texts {
            catalog: &query.catalog,
            publics,
        };
        Ok(Self { texts, met })
    }

    /// What the public tables take that a private plan joins, bytes: each time their rows, put together, and a place for
    /// each in a table of hashes.
    fn public_bytes(&self, plan: &LogicalPlan) -> Result<u64, ExecutionError> {
        let mut bytes = 0_u64;
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node
                && let Some(Source::Public(number)) = source::placeholder(scan).map(|p| p.source)
            {
                let (rows, held) = match self.texts.publics.get(&number) {
                    Some(batch) => (
                        batch.num_rows() as u64,
                        batch.get_array_memory_size() as u64,
                    ),
                    None => {
                        let rows = self.met.get(&number).copied().unwrap_or(u64::MAX);
                        let row = row_bytes(&unknown(&scan.projected_schema));
                        (rows, rows.saturating_mul(row))
                    }
                };
                let hashes = rows.saturating_mul(HASHED_BYTES);
                bytes = bytes
                    .saturating_add(held.saturating_mul(2))
                    .saturating_add(hashes);
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(bytes)
    }

    /// The rows of one unit in a private plan.
    ///
    /// # Errors
    /// If the plan holds a node that none is checked to have; optimised ones may.
    pub(super) fn rows(&self, plan: &LogicalPlan) -> Result<Rows, ExecutionError> {
        let inputs = plan.inputs().into_iter().map(|input| self.rows(input));
        let inputs: Vec<Rows> = inputs.collect::<Result<_, _>>()?;
        self.given(plan, &inputs)
    }

    /// The rows that a node gives, by those it takes.
    pub(super) fn given(
        &self,
        plan: &LogicalPlan,
        inputs: &[Rows],
    ) -> Result<Rows, ExecutionError> {
        let as_many = |step: bool| match inputs {
            [input] if step => Ok(Rows::step(inputs, input.out)),
            [input] => Ok(*input),
            _ => Err(missing()),
        };
        match plan {
            LogicalPlan::TableScan(scan) => self.scan(scan),
            LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Repartition(_) => as_many(false),
            LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) | LogicalPlan::Distinct(_) => {
                as_many(true)
            }
            LogicalPlan::Union(_) => {
                let out = inputs
                    .iter()
                    .fold(0_u64, |sum, r| sum.saturating_add(r.out));
                Ok(Rows::step(inputs, out))
            }
            LogicalPlan::Join(join) => {
                let [left, right] = inputs else {
                    return Err(missing());
                };
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
                let mut rows = Rows::step(inputs, out);
                if out < compared {
                    rows.work = rows.work.saturating_add(compared);
                }
                Ok(rows)
            }
            LogicalPlan::Extension(_) if MapperNode::of(plan).is_some() => {
                // Rows are ordered, laid out and, beyond the cap, hashed.
                let each = inputs
                    .iter()
                    .map(|rows| rows.out.saturating_mul(ROWS_OF_A_MAPPED));
                let mut rows = Rows::step(inputs, 1);
                rows.work = each.fold(rows.work, u64::saturating_add);
                Ok(rows)
            }
            LogicalPlan::Extension(_)
            | LogicalPlan::EmptyRelation(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Subquery(_)
            | LogicalPlan::Unnest(_)
            | LogicalPlan::RecursiveQuery(_)
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
        match source::placeholder(scan).map(|p| p.source) {
            Some(Source::Dataset(name)) => {
                let table = self.texts.catalog.tables.get(&name);
                match table.and_then(|t| t.spec.protected()) {
                    Some(p) => Ok(Rows::step(&[], u64::from(p.unit.max_rows))),
                    None => Err(missing()),
                }
            }
            // They are read once, not for each unit.
            Some(Source::Public(number)) => Ok(Rows {
                out: *self.met.get(&number).ok_or_else(missing)?,
                most: 0,
                work: 0,
            }),
            Some(Source::Mapper(_) | Source::Release(_)) | None => Err(missing()),
        }
    }
}

fn missing() -> ExecutionError {
    ExecutionError::Layout("a table of the plan is missing")
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
