//! Private rows to exact bounded sums: the plan beneath `UnitBound`, its passes, their totals.

use super::held::holds_units;
use super::lean::{lean, recomputed, with_unit_dictionary};
use super::merge::merged;
use super::outlast::outlasting;
use super::prepared::Needs;
#[cfg(feature = "evidence")]
use super::prepared::Prepared;
#[cfg(feature = "evidence")]
use super::tables::private_sql_session;
use super::tables::{Tables, at_once, own, private_session};
use super::typed::is_typed;
use super::watch::watched;
use super::{BoundedRelease, Run};
use crate::bound::{
    Bounding, Choice, Domain, RowCounts, UnitBoundExec, converter, narrow, spare_groups,
};
use crate::release::{Measure, Release};
use crate::released::{DataAccess, ExecutionEnv, ExecutionError};
use arrow::array::{
    ArrayRef, AsArray, Decimal128Array, FixedSizeBinaryArray, Int64Array, LargeBinaryArray,
    RecordBatchOptions,
};
use arrow::datatypes::{Decimal128Type, Field, Int64Type, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::physical_planner::DefaultPhysicalPlanner;
use hashbrown::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the unit stands in what is bounded.
const UNIT: usize = 0;

fn bounding(
    release: &Release,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Bounding, ExecutionError> {
    #[cfg(feature = "fault-injection")]
    let is_clamped = env.fault != Some(crate::released::Fault::ClampRemoved);
    #[cfg(not(feature = "fault-injection"))]
    let is_clamped = {
        let _: &ExecutionEnv = env;
        true
    };
    let key = data
        .key(&release.namespace)
        .map_err(ExecutionError::Access)?;
    let keys = release.key_kinds();
    let domain = release.domain().map(|values| Domain::new(&keys, values));
    Ok(Bounding {
        caps: release.caps(),
        is_clamped,
        choice: Choice::new(&key),
        keys,
        distinct: release.distinct.iter().map(|of| of.kind.clone()).collect(),
        domain: domain.transpose()?.map(Arc::new),
        spare_groups: spare_groups(release.group_bytes) as usize,
        at_once: at_once(env),
        seen: Mutex::default(),
    })
}

/// A release whose plan is ready to run.
struct Ready {
    context: SessionContext,
    plan: Arc<dyn ExecutionPlan>,
    bounding: Arc<Bounding>,
}

impl Ready {
    async fn new(
        run: &Run<'_>,
        release: &Release,
        needs: Needs<'_>,
        is_trial: bool,
    ) -> Result<Self, ExecutionError> {
        let bounding = Arc::new(bounding(release, run.data, run.env)?);
        let context = private_session(run.env, needs.batch_rows)?;
        let tables = Tables {
            is_trial,
            ..Tables::private(run, needs.publics)
        };
        let plan = tables.fill(&release.private)?;
        Ok(Self {
            plan: outlasting(physical(&context, &plan, Arc::clone(&bounding)).await?)?,
            context,
            bounding,
        })
    }
}

/// The exact bounded sums of one release, whose public inputs have been read.
pub(super) async fn bound_one(
    run: &Run<'_>,
    release: &Release,
    needs: Needs<'_>,
) -> Result<BoundedRelease, ExecutionError> {
    let Ready {
        context,
        plan,
        bounding,
    } = Ready::new(run, release, needs, false).await?;
    let parts = collect(watched(plan, run.until)?, context.task_ctx());
    let parts = parts.await.map_err(own)?;
    let seen = *bounding.seen.lock().unwrap_or_else(PoisonError::into_inner);
    gather(release, &parts, bounding.domain.as_deref(), seen)
}

/// Plans one release without opening anything protected.
pub(super) async fn plan_on_trial(
    run: &Run<'_>,
    release: &Release,
    needs: Needs<'_>,
) -> Result<(), ExecutionError> {
    let ready = Ready::new(run, release, needs, true).await?;
    if holds_units(&ready.plan) {
        return Err(ExecutionError::Unplanned);
    }
    watched(ready.plan, run.until)?;
    Ok(())
}

/// The plan of one release as text, a line a node, and how many rows its batches have at most.
#[cfg(feature = "evidence")]
pub(super) async fn shown(
    run: &Run<'_>,
    release: &Release,
    needs: Needs<'_>,
    is_trial: bool,
) -> Result<String, ExecutionError> {
    let ready = Ready::new(run, release, needs, is_trial).await?;
    let plan = datafusion::physical_plan::displayable(ready.plan.as_ref());
    let rows = ready.context.copied_config().batch_size();
    Ok(format!("{}batches of {rows} rows", plan.indent(false)))
}

/// What bounding would give by the same bounding written as SQL: slow, and another way.
#[cfg(feature = "evidence")]
pub(super) async fn bound_all_in_sql(run: &Run<'_>) -> Result<Vec<BoundedRelease>, ExecutionError> {
    let Run {
        query, data, env, ..
    } = *run;
    let prepared = Prepared::new(run).await?;
    let mut out = Vec::new();
    for (number, release) in query.releases.iter().enumerate() {
        let bounding = bounding(release, data, env)?;
        let needs = prepared.at(number);
        let context = private_sql_session(env, needs.batch_rows)?;
        let tables = Tables::private(run, needs.publics);
        let rows = context
            .execute_logical_plan(tables.fill(&release.private)?)
            .await?;
        let parts = crate::bound::in_sql(&context, rows, &bounding).await?;
        let domain = bounding.domain.as_deref();
        out.push(gather(release, &parts, domain, RowCounts::default())?);
    }
    Ok(out)
}

/// The plan of the private part beneath `UnitBound`: optimised with it in place, so that what it asks of
/// its input is seen to.
async fn physical(
    context: &SessionContext,
    plan: &LogicalPlan,
    bounding: Arc<Bounding>,
) -> Result<Arc<dyn ExecutionPlan>, ExecutionError> {
    let state = context.state();
    let plain = SessionStateBuilder::new_from_existing(state.clone())
        .with_physical_optimizer_rules(Vec::new())
        .build();
    let optimised = plain.optimize(plan)?;
    if !is_typed(&optimised, plan)? {
        return Err(ExecutionError::Unplanned);
    }
    let planner = plain.query_planner();
    let input = planner.create_physical_plan(&optimised, &plain).await?;
    let input = merged(lean(input, bounding.keys.len())?)?;
    let bound = Arc::new(UnitBoundExec::new(input, bounding));
    let plan =
        DefaultPhysicalPlanner::default().optimize_physical_plan(bound, &state, |_, _| {})?;
    let input = plan
        .downcast_ref::<UnitBoundExec>()
        .map(UnitBoundExec::input);
    let input = input.map(|input| with_unit_dictionary(input, UNIT));
    match input.transpose()?.flatten() {
        Some(input) => Ok(plan.replace_children(vec![input], recomputed())?),
        None => Ok(plan),
    }
}

/// Adds up what was found side by side: the groups in order of their canonical bytes.
fn gather<'a>(
    release: &Release,
    parts: &'a [RecordBatch],
    domain: Option<&'a Domain>,
    seen: RowCounts,
) -> Result<BoundedRelease, ExecutionError> {
    let mut places: HashMap<&'a [u8], usize> = HashMap::new();
    let mut totals: Vec<Sums<'a>> = Vec::new();
    let mut place = |bytes: &'a [u8], totals: &mut Vec<Sums<'a>>| {
        *places.entry(bytes).or_insert_with(|| {
            totals.push(Sums::new(bytes, release));
            totals.len() - 1
        })
    };
    for bytes in domain.into_iter().flat_map(Domain::canonical) {
        place(bytes, &mut totals);
    }
    for part in parts {
        let part = Part::of(part, release)?;
        for (row, bytes) in part.groups.iter().enumerate() {
            let at = place(bytes.unwrap_or_default(), &mut totals);
            if let Some(sums) = totals.get_mut(at) {
                part.add(row, sums);
            }
        }
    }
    totals.sort_unstable_by_key(|sums| sums.group);
    let kinds = release.key_kinds();
    let columns = if kinds.is_empty() {
        Vec::new()
    } else {
        let converter = converter(&kinds)?;
        let parser = converter.parser();
        converter.convert_rows(totals.iter().map(|sums| parser.parse(sums.group)))?
    };
    let fields: Vec<Field> = kinds
        .into_iter()
        .enumerate()
        .map(|(i, kind)| Field::new(format!("c{i}"), kind, true))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(totals.len()));
    let keys = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
    let measure = |measure: &Measure| -> Vec<i64> {
        let of = |sums: &Sums| match measure {
            Measure::Rows => sums.rows,
            Measure::Units => sums.units,
            Measure::Sum(i) => sums.values.get(*i).map_or(0, |value| narrow(value.0)),
            Measure::NonNull(i) => sums.values.get(*i).map_or(0, |value| value.1),
            Measure::Distinct(i) => sums.distinct.get(*i).map_or(0, |set| set.len() as i64),
        };
        totals.iter().map(of).collect()
    };
    Ok(BoundedRelease {
        keys,
        measures: release.measures.iter().map(measure).collect(),
        units: totals.iter().map(|sums| sums.units).collect(),
        seen,
    })
}

/// Exact sums of one group.
struct Sums<'a> {
    group: &'a [u8],
    units: i64,
    rows: i64,
    /// For each value: the sum, and how many there were.
    values: Vec<(i128, i64)>,
    /// For each column whose distinct values are counted: their identities, from all passes.
    distinct: Vec<HashSet<&'a [u8]>>,
}

impl<'a> Sums<'a> {
    fn new(group: &'a [u8], release: &Release) -> Self {
        Self {
            group,
            units: 0,
            rows: 0,
            values: vec![(0, 0); release.values.len()],
            distinct: vec![HashSet::new(); release.distinct.len()],
        }
    }
}

/// A batch of totals as `UnitBound` gives it.
struct Part<'a> {
    groups: &'a LargeBinaryArray,
    units: &'a Int64Array,
    rows: &'a Int64Array,
    values: Vec<(&'a Decimal128Array, &'a Int64Array)>,
    distinct: Vec<Identities<'a>>,
}

/// The identities of one column: all of them, and where those of each group begin.
type Identities<'a> = (&'a FixedSizeBinaryArray, &'a [i64]);

impl<'a> Part<'a> {
    fn of(batch: &'a RecordBatch, release: &Release) -> Result<Self, ExecutionError> {
        let wrong = || ExecutionError::Layout("totals are not laid out as totals");
        let [groups, units, rows, rest @ ..] = batch.columns() else {
            return Err(wrong());
        };
        let (values, distinct) = rest
            .split_at_checked(2 * release.values.len())
            .filter(|(_, distinct)| distinct.len() == release.distinct.len())
            .ok_or_else(wrong)?;
        let identities = |array: &'a ArrayRef| -> Result<Identities<'a>, ExecutionError> {
            let lists = array.as_list_opt::<i64>().ok_or_else(wrong)?;
            let all = lists
                .values()
                .as_fixed_size_binary_opt()
                .ok_or_else(wrong)?;
            Ok((all, lists.value_offsets()))
        };
        let count = |array: &'a ArrayRef| array.as_primitive_opt::<Int64Type>().ok_or_else(wrong);
        let value = |pair: &'a [ArrayRef]| match pair {
            [sum, number] => Ok((
                sum.as_primitive_opt::<Decimal128Type>().ok_or_else(wrong)?,
                count(number)?,
            )),
            _ => Err(wrong()),
        };
        Ok(Self {
            groups: groups.as_binary_opt::<i64>().ok_or_else(wrong)?,
            units: count(units)?,
            rows: count(rows)?,
            values: values.chunks(2).map(value).collect::<Result<_, _>>()?,
            distinct: distinct.iter().map(identities).collect::<Result<_, _>>()?,
        })
    }

    fn add(&self, row: usize, sums: &mut Sums<'a>) {
        sums.units = sums.units.wrapping_add(self.units.value(row));
        sums.rows = sums.rows.wrapping_add(self.rows.value(row));
        for ((sum, count), (more, number)) in sums.values.iter_mut().zip(&self.values) {
            *sum = sum.wrapping_add(more.value(row));
            *count = count.wrapping_add(number.value(row));
        }
        for (set, (all, offsets)) in sums.distinct.iter_mut().zip(&self.distinct) {
            if let Some([from, to]) = offsets.get(row..row + 2) {
                set.extend((*from as usize..*to as usize).map(|at| all.value(at)));
            }
        }
    }
}
