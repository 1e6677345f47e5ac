//! The one function that runs SQL on protected data, and the stages it is made of: public inputs,
//! bounding, noise, post-processing.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place that opens sessions over data and runs plans"
)]

mod absent;
mod bounding;
mod condition;
mod draw;
mod finish;
mod inputs;
mod lean;
mod merge;
mod runs;
mod stored;
mod tables;
mod texts;
mod trial;
mod union;
mod unit_work;
mod united;
mod watch;
mod worst;

use self::bounding::bound_one;
use self::draw::{Drawn, draw};
use self::finish::finish;
use self::inputs::Publics;
use self::texts::Texts;
use crate::bound::RowCounts;
use crate::check::CheckedQuery;
use crate::released::{DataAccess, ExecutionEnv, ExecutionError, Planned, Released, Timings};
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
/// is reserved. Gives what is planned by then, with what was before: see [`ExecutionEnv::planned`].
///
/// # Errors
/// [`ExecutionError::TooLarge`] and [`ExecutionError::Unplanned`], whose texts may be shown; any other is the
/// agency's alone.
pub async fn fits(
    query: &CheckedQuery,
    data: &dyn DataAccess,
    env: &ExecutionEnv,
) -> Result<Planned, ExecutionError> {
    let run = Run::start(query, data, env);
    let (publics, planned) = planned(&run).await?;
    trial::plans(&run, &publics).await?;
    Ok(planned)
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
    let result = tokio::time::timeout_at(run.until.into(), whole(&run)).await;
    // The limit holds also where the work ended before the timer was looked at.
    match result {
        Ok(result) if Instant::now() <= run.until => result,
        Ok(_) | Err(_) => Err(ExecutionError::Timeout),
    }
}

/// What is known of texts once these inputs have been read.
fn texts<'a>(run: &Run<'a>, publics: &'a Publics) -> Texts<'a> {
    Texts {
        catalog: &run.query.catalog,
        publics,
    }
}

/// Reads the public inputs that stand on no release, and shows that the worst case is within the limits.
async fn begin(run: &Run<'_>) -> Result<Publics, ExecutionError> {
    planned(run).await.map(|(publics, _)| publics)
}

/// The same, with what is planned by then.
async fn planned(run: &Run<'_>) -> Result<(Publics, Planned), ExecutionError> {
    let mut publics = Publics::new();
    inputs::read(run, &mut publics, &[]).await?;
    let planned = worst::fits(run.query, &publics, run.env)?;
    Ok((publics, planned))
}

/// Bounds and draws the releases one after another: a later one may use values of an earlier one.
async fn draw_all(run: &Run<'_>, timings: &mut Timings) -> Result<Vec<Drawn>, ExecutionError> {
    let Run { query, env, .. } = *run;
    let start = Instant::now();
    let mut publics = begin(run).await?;
    timings.bounded += start.elapsed();
    let mut released = Vec::new();
    for (release, noise) in query.releases.iter().zip(&query.mechanisms) {
        let start = Instant::now();
        inputs::read(run, &mut publics, &released).await?;
        let bounded = bound_one(run, release, &publics).await?;
        timings.bounded += start.elapsed();
        let start = Instant::now();
        released.push(draw(release, noise, bounded, env).await?);
        timings.noise += start.elapsed();
    }
    Ok(released)
}

async fn whole(run: &Run<'_>) -> Result<Released, ExecutionError> {
    let mut timings = Timings::default();
    let released = draw_all(run, &mut timings).await?;
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
    let publics = begin(&run).await?;
    let mut out = Vec::new();
    for release in &query.releases {
        out.push(bound_one(&run, release, &publics).await?);
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
    draw_all(&run, &mut Timings::default()).await.map(Given)
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
    let mut publics = begin(&run).await?;
    inputs::read(&run, &mut publics, &given.0).await?;
    let mut out = Vec::new();
    for release in &query.releases {
        out.push(bound_one(&run, release, &publics).await?);
    }
    Ok(out)
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
    let run = Run::start(query, data, env);
    let publics = begin(&run).await?;
    let mut out = Vec::new();
    for release in &query.releases {
        out.push(bounding::shown(&run, release, &publics).await?);
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
    let publics = begin(&run).await?;
    let mut out = Vec::new();
    for release in &query.releases {
        let plan = tables::Tables::private(&run, &publics).fill(&release.private)?;
        let session = tables::session_for(&release.private, texts(&run, &publics), env)?;
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
