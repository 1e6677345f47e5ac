//! Bounded sums to a released table with its half-widths.

use super::BoundedRelease;
use crate::bound::{converter, narrow};
use crate::check::ReleaseNoise;
use crate::estimate::{Noisy, computed};
use crate::noise::{AtOnce, Mechanism, PART};
use crate::release::{Centred, Output, Release, Released};
use crate::released::{ExecutionEnv, ExecutionError};
use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// A release with its noise: a table under the aggregate's types, and half-widths per output.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    pub(super) table: RecordBatch,
    pub(super) half_widths: Vec<Vec<Option<f64>>>,
}

/// Work on parts of a vector, on so many cores; results in the order of the parts. Each core takes the next part
/// as it ends one: none waits for another's.
async fn on_cores<P, T>(
    cores: NonZeroUsize,
    parts: Vec<P>,
    work: impl Fn(P) -> Result<T, String> + Clone + Send + 'static,
) -> Result<Vec<T>, ExecutionError>
where
    P: Send + 'static,
    T: Send + 'static,
{
    let queue = Arc::new(Mutex::new(parts.into_iter().enumerate()));
    let mut workers = JoinSet::new();
    for _ in 0..cores.get() {
        // A query that is cancelled drops the queue, and its workers find none.
        let (queue, work) = (Arc::downgrade(&queue), work.clone());
        // Measurements are not `Send`: built and invoked inside one blocking call.
        workers.spawn_blocking(move || {
            let next = || {
                let queue = queue.upgrade()?;
                let mut parts = queue.lock().unwrap_or_else(PoisonError::into_inner);
                parts.next()
            };
            let mut done = Vec::new();
            while let Some((place, part)) = next() {
                done.push((place, work(part)?));
            }
            Ok(done)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = workers.join_next().await {
        let done = done.map_err(|error| ExecutionError::Noise(error.to_string()))?;
        all.extend(done.map_err(ExecutionError::Noise)?);
    }
    all.sort_unstable_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

/// Noise on whole vectors, all drawn part by part: see [`crate::noise`] for why it is the same. The cores share the
/// parts of all, since each vector of few groups is one part alone.
async fn noisy_vectors(
    vectors: Vec<(Mechanism, Vec<i64>)>,
    cores: NonZeroUsize,
) -> Result<Vec<Vec<i64>>, ExecutionError> {
    let starts = |(number, (_, exact)): (usize, &(_, Vec<i64>))| {
        let starts = (0..exact.len()).step_by(PART);
        starts.map(move |start| (number, start))
    };
    let parts: Vec<(usize, usize)> = vectors.iter().enumerate().flat_map(starts).collect();
    let mut all: Vec<Vec<i64>> = vectors.iter().map(|_| Vec::new()).collect();
    let vectors = Arc::new(vectors);
    let drawn = on_cores(cores, parts, move |(number, start)| {
        let (mechanism, exact) = vectors.get(number).ok_or("a vector is missing")?;
        let part = exact.iter().skip(start).take(PART).copied().collect();
        Ok((number, mechanism.release(&part)?))
    });
    for (number, part) in drawn.await? {
        all.get_mut(number).ok_or_else(lost)?.extend(part);
    }
    Ok(all)
}

/// The groups whose noisy count of units reaches the threshold: their places, and those counts.
async fn noisy_keys(
    mechanism: Mechanism,
    release: &Release,
    bounded: &BoundedRelease,
    cores: NonZeroUsize,
) -> Result<(Vec<u64>, Vec<i64>), ExecutionError> {
    let kinds = release.key_kinds();
    let rows = converter(&kinds)?.convert_columns(bounded.keys.columns())?;
    let units: Vec<(String, i64)> = rows
        .iter()
        .map(|row| hex(row.as_ref()))
        .zip(bounded.units.iter().copied())
        .collect();
    let parts: Vec<Vec<(String, i64)>> = units.chunks(PART).map(<[_]>::to_vec).collect();
    let kept = on_cores(cores, parts, move |part| mechanism.release_keys(&part)).await?;
    // Groups stay in the order of their canonical bytes: it tells nothing but the keys released.
    Ok((0..)
        .zip(kept.into_iter().flatten())
        .filter_map(|(place, count)| Some((place, count?)))
        .unzip())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |d: u8| char::from_digit(u32::from(d), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}

#[cfg(feature = "fault-injection")]
fn planted(mechanism: &Mechanism, env: &ExecutionEnv) -> Mechanism {
    use crate::released::Fault;
    let mut out = *mechanism;
    if env.fault.is_some() {
        // The text also tells a binary with this feature from one without: see `cargo xtask test`.
        tracing::warn!("irongate-planted-fault: noise is not what was charged");
    }
    match env.fault {
        Some(Fault::SensitivityHalved) => out.scale /= 2.0,
        Some(Fault::ThresholdOffByOne) => out.threshold = out.threshold.map(|(t, d)| (t - 1, d)),
        Some(Fault::NoiseMissing) => out.scale = 0.0,
        Some(Fault::ClampRemoved) | None => {}
    }
    out
}

#[cfg(not(feature = "fault-injection"))]
fn planted(mechanism: &Mechanism, _: &ExecutionEnv) -> Mechanism {
    *mechanism
}

pub(super) async fn draw(
    release: &Release,
    noise: &ReleaseNoise,
    bounded: BoundedRelease,
    env: &ExecutionEnv,
) -> Result<Drawn, ExecutionError> {
    let mut keys = bounded.keys.clone();
    let mut measures = bounded.measures.clone();
    let mut counted = Vec::new();
    if let Some(mechanism) = &noise.keyset {
        let (places, counts) =
            noisy_keys(planted(mechanism, env), release, &bounded, env.cores).await?;
        for values in &mut measures {
            let at = |place: &u64| values.get(usize::try_from(*place).ok()?).copied();
            *values = places.iter().filter_map(at).collect();
        }
        keys = arrow::compute::take_record_batch(&keys, &arrow::array::UInt64Array::from(places))?;
        counted = counts;
    }
    let vectors = measures.into_iter().zip(&noise.measures);
    let vectors = vectors.filter_map(|(values, m)| Some((planted(m.as_ref()?, env), values)));
    let mut drawn = noisy_vectors(vectors.collect(), env.cores)
        .await?
        .into_iter();
    let mut noisy = Vec::new();
    for mechanism in &noise.measures {
        noisy.push(match mechanism {
            Some(_) => drawn.next().ok_or_else(lost)?,
            None => counted.clone(),
        });
    }
    let mut columns: Vec<ArrayRef> = keys.columns().to_vec();
    let mut half_widths = Vec::new();
    let sums = Sums {
        release,
        noise,
        noisy: &noisy,
        rows: keys.num_rows(),
    };
    for released in &release.outputs {
        let (column, widths) = sums.column(released)?;
        columns.push(column);
        half_widths.push(widths);
    }
    let keys_named = release
        .keys
        .iter()
        .map(|k| Field::new(&k.name, k.kind.clone(), true));
    let outputs_named = release
        .outputs
        .iter()
        .enumerate()
        .map(|(i, released)| Field::new(format!("o{i}"), released.kind.clone(), true));
    let fields: Vec<Field> = keys_named.chain(outputs_named).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(keys.num_rows()));
    let table =
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
    Ok(Drawn { table, half_widths })
}

pub(super) fn mechanism(noise: &ReleaseNoise, measure: usize) -> Result<Mechanism, ExecutionError> {
    noise
        .measures
        .get(measure)
        .copied()
        .flatten()
        .or(noise.keyset)
        .ok_or_else(|| ExecutionError::Noise("a measure has no mechanism".to_owned()))
}

/// The noisy sums of a release, from which its columns are computed.
struct Sums<'a> {
    release: &'a Release,
    noise: &'a ReleaseNoise,
    noisy: &'a [Vec<i64>],
    rows: usize,
}

fn lost() -> ExecutionError {
    ExecutionError::Noise("a measure is missing".to_owned())
}

/// Decimals of whole steps, or of what is nearest in their type: noise may be larger than any sum, and what stands on a released
/// value is proven for the values of its type alone.
fn decimals(
    steps: impl Iterator<Item = Option<i128>>,
    precision: u8,
    scale: i8,
) -> Result<ArrayRef, ExecutionError> {
    let most = 10_i128.checked_pow(precision.into()).ok_or_else(lost)? - 1;
    let steps: Decimal128Array = steps.map(|v| Some(v?.clamp(-most, most))).collect();
    Ok(Arc::new(steps.with_precision_and_scale(precision, scale)?))
}

/// Whole steps under a column's type, within which they stay.
fn whole(steps: impl Iterator<Item = i128>, kind: &DataType) -> Result<ArrayRef, ExecutionError> {
    Ok(match kind {
        DataType::Decimal128(p, s) => decimals(steps.map(Some), *p, *s)?,
        _ => {
            let steps: Int64Array = steps.map(|v| Some(narrow(v))).collect();
            cast(&steps, kind)?
        }
    })
}

type Column = (ArrayRef, Vec<Option<f64>>);

impl Sums<'_> {
    fn column(&self, released: &Released) -> Result<Column, ExecutionError> {
        let Released { output, kind, .. } = released;
        if let Output::Measure(i) = *output {
            return self.sum(i, kind);
        }
        let estimates = (0..self.rows)
            .map(|row| computed(output, |measure, at_once| self.noisy(measure, row, at_once)))
            .collect::<Result<Vec<_>, _>>()?;
        let values = estimates.iter().map(|e| e.map(|e| e.value));
        let array: ArrayRef = match (*output, kind) {
            (Output::Total { of, count }, _) => self.total(of, count, kind)?,
            (_, DataType::Decimal128(p, s)) => {
                let step = 10_f64.powi(i32::from(*s));
                decimals(
                    values.map(|v| v.map(|v| (v * step).round() as i128)),
                    *p,
                    *s,
                )?
            }
            (_, DataType::Float64) => Arc::new(values.collect::<Float64Array>()),
            // Quantiles of integers are whole already.
            _ => cast(
                &(Arc::new(values.collect::<Float64Array>()) as ArrayRef),
                kind,
            )?,
        };
        Ok((
            array,
            estimates.iter().map(|e| e.map(|e| e.half_width)).collect(),
        ))
    }

    fn sum(&self, measure: usize, kind: &DataType) -> Result<Column, ExecutionError> {
        let values = self.noisy.get(measure).ok_or_else(lost)?;
        let width = mechanism(self.noise, measure)?.half_width(AtOnce::One) / self.unit(measure);
        let array = whole(values.iter().map(|v| i128::from(*v)), kind)?;
        Ok((array, vec![Some(width); values.len()]))
    }

    /// A sum of its parts, exact in whole steps.
    fn total(
        &self,
        of: Centred,
        count: usize,
        kind: &DataType,
    ) -> Result<ArrayRef, ExecutionError> {
        let sums = self.noisy.get(of.sum).ok_or_else(lost)?;
        let counts = self.noisy.get(count).ok_or_else(lost)?;
        let total = |(sum, count): (&i64, &i64)| {
            let about = of.centre.saturating_mul(i128::from(*count));
            about.saturating_add(i128::from(*sum))
        };
        whole(sums.iter().zip(counts).map(total), kind)
    }

    /// Steps in one whole of a measure.
    fn unit(&self, measure: usize) -> f64 {
        let scale = self.release.measures.get(measure);
        10_f64.powi(scale.map_or(0, |m| i32::from(self.release.scale(*m))))
    }

    fn noisy(&self, measure: usize, row: usize, at_once: AtOnce) -> Result<Noisy, ExecutionError> {
        let values = self.noisy.get(measure).ok_or_else(lost)?;
        let unit = self.unit(measure);
        Ok(Noisy {
            value: *values.get(row).ok_or_else(lost)? as f64 / unit,
            width: mechanism(self.noise, measure)?.half_width(at_once) / unit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{Kind, Sensitivity};

    #[test]
    fn parts_of_vectors_keep_their_order() {
        let one = Sensitivity { l0: 1, bound: 1 };
        // So large a loss that no draw is off by as much as half a part.
        let mechanism = Mechanism::plan(Kind::Laplace, one, 1_000_000_000).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let long: Vec<i64> = (0..PART as i64 * 5 / 2).collect();
        let far = 1_000_000;
        let exact = [
            long.clone(),
            Vec::new(),
            vec![far],
            long.iter().map(|n| n - far).collect(),
        ];
        let vectors = exact.iter().map(|exact| (mechanism, exact.clone()));
        let noisy = noisy_vectors(vectors.collect(), NonZeroUsize::new(4).unwrap());
        let noisy = runtime.block_on(noisy).unwrap();
        let lengths = |of: &[Vec<i64>]| of.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(&noisy), lengths(&exact));
        let (exact, noisy) = (exact.concat(), noisy.concat());
        let off = exact.iter().zip(&noisy).map(|(a, b)| (a - b).abs());
        assert!(off.max().unwrap() < PART as i64 / 2);
    }
}
