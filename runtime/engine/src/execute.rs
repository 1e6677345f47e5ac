//! The one path by which SQL runs on protected data, and the stages it is made of: public inputs,
//! bounding, noise, post-processing.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place that opens sessions over data and runs plans"
)]

mod absent;
mod bounding;
mod condition;
mod cut;
mod draw;
mod finish;
mod held;
mod inputs;
mod lean;
mod mapped;
mod merge;
mod outlast;
mod prepared;
mod runs;
mod stored;
mod tables;
mod texts;
mod trial;
mod typed;
mod union;
mod unit_work;
mod united;
mod watch;
mod whole_units;
mod worst;

use self::bounding::bound_one;
use self::draw::{Drawn, draw};
use self::finish::finish;
pub use self::prepared::Prepared;
use crate::bound::RowCounts;
use crate::check::CheckedQuery;
use crate::released::{DataAccess, ExecutionEnv, ExecutionError, Released, Timings};
use arrow::record_batch::RecordBatch;
use std::time::{Duration, Instant};

/// A century: no process lives as long.
const A_LONG_TIME: Duration = Duration::from_secs(100 * 365 * 86_400);

/// One run of a query: over which data, with what means, and until when.
struct Run<'a> {
    query: &'a CheckedQuery,
    data: &'a dyn DataAccess,
    env: &'a ExecutionEnv,
    until: Instant,
}

impl<'a> Run<'a> {
    fn start(query: &'a CheckedQuery, data: &'a dyn DataAccess, env: &'a ExecutionEnv) -> Self {
        let now = Instant::now();
        Self {
            query,
            data,
            env,
            // A limit beyond what a clock counts is as good as none.
            until: now.checked_add(env.timeout).unwrap_or(now + A_LONG_TIME),
        }
    }
}

/// The exact bounded sums of one release, before noise.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    not(feature = "evidence"),
    expect(unreachable_pub, reason = "public with the `evidence` feature alone")
)]
pub struct BoundedRelease {
    /// The group keys, one row a group, in canonical order.
    pub keys: RecordBatch,
    /// For each measure (see `explain`), the exact integer of each group.
    pub measures: Vec<Vec<i64>>,
    /// Units in each group.
    pub units: Vec<i64>,
    /// What bounding read and left out.
    pub seen: RowCounts,
}

/// Shows that a query's public worst case is within its time and memory, and that each of its parts can be
/// planned: from declared metadata and public tables alone, so that a refusal tells nothing, and before anything
/// is reserved. Gives what running it needs of that.
///
/// # Errors
/// [`ExecutionError::TooLarge`] and [`ExecutionError::Unplanned`], whose texts may be shown; any other is the
/// agency's alone.
pub async fn prepare(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Prepared, ExecutionError> {
    let run = Run::start(query, data, env);
    let prepared = Prepared::new(&run).await?;
    trial::plans(&run, &prepared).await?;
    Ok(prepared)
}

/// Runs a checked query: reads, bounds, draws noise, and computes what stands above the releases.
/// Dropping the future cancels the reading.
///
/// # Errors
/// [`ExecutionError`]; its text is for the agency alone.
pub async fn execute(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Released, ExecutionError> {
    let run = Run::start(query, data, env);
    in_time(&run, async {
        let start = Instant::now();
        let prepared = Prepared::new(&run).await?;
        whole(&run, prepared, start.elapsed()).await
    })
    .await
}

/// Runs a query that was prepared over the same data: as [`execute`], without what was done already.
///
/// # Errors
/// As [`execute`].
pub async fn execute_prepared(
    query: &CheckedQuery,
    prepared: Prepared,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Released, ExecutionError> {
    let run = Run::start(query, data, env);
    in_time(&run, whole(&run, prepared, Duration::ZERO)).await
}

/// What a run gives before its time is over.
async fn in_time(
    run: &Run<'_>,
    released: impl Future<Output = Result<Released, ExecutionError>>,
) -> Result<Released, ExecutionError> {
    let result = tokio::time::timeout_at(run.until.into(), released).await;
    // The limit holds also where the work ended before the timer was looked at.
    match result {
        Ok(result) if Instant::now() <= run.until => result,
        Ok(_) | Err(_) => Err(ExecutionError::Timeout),
    }
}

/// Bounds and draws the releases one after another: a later one may use values of an earlier one.
async fn draw_all(
    run: &Run<'_>,
    mut prepared: Prepared,
    timings: &mut Timings,
) -> Result<Vec<Drawn>, ExecutionError> {
    let Run { query, env, .. } = *run;
    let mut released = Vec::new();
    for ((number, release), noise) in query.releases.iter().enumerate().zip(&query.mechanisms) {
        let start = Instant::now();
        inputs::read(run, &mut prepared.publics, &released).await?;
        let bounded = bound_one(run, release, prepared.at(number)).await?;
        timings.bounded += start.elapsed();
        let start = Instant::now();
        released.push(draw(release, noise, bounded, env).await?);
        timings.noise += start.elapsed();
    }
    Ok(released)
}

async fn whole(
    run: &Run<'_>,
    prepared: Prepared,
    preparation: Duration,
) -> Result<Released, ExecutionError> {
    let mut timings = Timings {
        bounded: preparation,
        ..Timings::default()
    };
    let released = draw_all(run, prepared, &mut timings).await?;
    let start = Instant::now();
    let (batch, columns) = finish(run, &released).await?;
    timings.post = start.elapsed();
    Ok(Released {
        batch,
        columns,
        timings,
    })
}

/// The exact bounded result of each release: for tests of the privacy evidence alone.
///
/// # Errors
/// As [`execute`]; and if a release uses a value of another, see [`bounded_given`].
#[cfg(feature = "evidence")]
pub async fn bounded(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Vec<BoundedRelease>, ExecutionError> {
    let run = Run::start(query, data, env);
    let prepared = Prepared::new(&run).await?;
    bound_all(&run, &prepared).await
}

/// All releases, none of which uses a value that was not given.
#[cfg(feature = "evidence")]
async fn bound_all(
    run: &Run<'_>,
    prepared: &Prepared,
) -> Result<Vec<BoundedRelease>, ExecutionError> {
    let mut out = Vec::new();
    for (number, release) in run.query.releases.iter().enumerate() {
        out.push(bound_one(run, release, prepared.at(number)).await?);
    }
    Ok(out)
}

/// What the releases of a query came out as.
#[cfg(feature = "evidence")]
pub struct Given(Vec<Drawn>);

/// Runs all releases of a query and gives what came out, for [`bounded_given`].
///
/// # Errors
/// As [`execute`].
#[cfg(feature = "evidence")]
pub async fn given(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Given, ExecutionError> {
    let run = Run::start(query, data, env);
    let prepared = Prepared::new(&run).await?;
    let drawn = draw_all(&run, prepared, &mut Timings::default()).await;
    drawn.map(Given)
}

/// The exact bounded result of each release where the earlier ones came out as given: what a later release
/// must bound is one person's part in it once an operator has seen the values it uses.
///
/// # Errors
/// As [`execute`].
#[cfg(feature = "evidence")]
pub async fn bounded_given(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
    given: &Given,
) -> Result<Vec<BoundedRelease>, ExecutionError> {
    let run = Run::start(query, data, env);
    let mut prepared = Prepared::new(&run).await?;
    inputs::read(&run, &mut prepared.publics, &given.0).await?;
    bound_all(&run, &prepared).await
}

/// The exact bounded results by the same bounding written as SQL, which counts no rows.
///
/// # Errors
/// As [`execute`].
#[cfg(feature = "evidence")]
pub async fn bounded_in_sql(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Vec<BoundedRelease>, ExecutionError> {
    bounding::bound_all_in_sql(&Run::start(query, data, env)).await
}

/// How the private part of each release is run, a line for each operator: for tests of the plans alone.
///
/// # Errors
/// As [`execute`].
#[cfg(feature = "evidence")]
pub async fn private_plans(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Vec<String>, ExecutionError> {
    plans(query, data, env, false).await
}

/// The same as planned before a reservation, when nothing protected is opened.
///
/// # Errors
/// As [`execute`].
#[cfg(feature = "evidence")]
pub async fn plans_on_trial(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Vec<String>, ExecutionError> {
    plans(query, data, env, true).await
}

#[cfg(feature = "evidence")]
async fn plans(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
    is_trial: bool,
) -> Result<Vec<String>, ExecutionError> {
    let run = Run::start(query, data, env);
    let prepared = Prepared::new(&run).await?;
    let mut out = Vec::new();
    for (number, release) in query.releases.iter().enumerate() {
        out.push(bounding::shown(&run, release, prepared.at(number), is_trial).await?);
    }
    Ok(out)
}

/// The rows that bounding would take, of each release: for tests of the privacy evidence alone.
///
/// # Errors
/// As [`execute`].
#[cfg(feature = "evidence")]
pub async fn private_rows(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Vec<RecordBatch>, ExecutionError> {
    let run = Run::start(query, data, env);
    let prepared = Prepared::new(&run).await?;
    let mut out = Vec::new();
    for (number, release) in query.releases.iter().enumerate() {
        let plan = tables::Tables::private(&run, &prepared.publics).fill(&release.private)?;
        let session = tables::private_session(env, prepared.at(number).batch_rows)?;
        out.push(tables::collect(&session, plan, run.until).await?);
    }
    Ok(out)
}

/// How far neighbouring bounded results of one measure may be apart, as the mechanism that is charged for
/// it takes for granted.
#[cfg(feature = "evidence")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumed {
    /// Groups that may differ.
    pub groups: u32,
    /// By how much each of them may, at the measure's scale.
    pub bound: i128,
    /// The first measure of the vector it belongs to, or itself: all of a vector together move a group by no more
    /// than `bound` in L1.
    pub vector: usize,
}

/// What the charged mechanisms take for granted: for each release, one for each of its measures.
///
/// # Errors
/// [`ExecutionError::Noise`] if a measure has no mechanism.
#[cfg(feature = "evidence")]
pub fn assumed(query: &CheckedQuery) -> Result<Vec<Vec<Assumed>>, ExecutionError> {
    let of_release = |(noise, release): (&crate::check::ReleaseNoise, &crate::release::Release)| {
        let of_measure = |measure| {
            let sensitivity = draw::mechanism(noise, measure)?.sensitivity;
            Ok(Assumed {
                groups: sensitivity.l0,
                bound: sensitivity.bound,
                vector: release.charged(measure),
            })
        };
        (0..noise.measures.len()).map(of_measure).collect()
    };
    query
        .mechanisms
        .iter()
        .zip(&query.releases)
        .map(of_release)
        .collect()
}

/// Draws noise for given bounded results and finishes the query: the production path after bounding.
///
/// # Errors
/// As [`execute`].
#[cfg(feature = "evidence")]
pub async fn release(
    query: &CheckedQuery,
    bounded: &[BoundedRelease],
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Released, ExecutionError> {
    let mut timings = Timings::default();
    let start = Instant::now();
    let mut released = Vec::new();
    for ((release, noise), bounded) in query.releases.iter().zip(&query.mechanisms).zip(bounded) {
        released.push(draw(release, noise, bounded.clone(), env).await?);
    }
    timings.noise = start.elapsed();
    let (batch, columns) = finish(&Run::start(query, data, env), &released).await?;
    Ok(Released {
        batch,
        columns,
        timings,
    })
}
