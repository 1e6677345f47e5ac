//! Bounded sums to a released table with its half-widths.

use super::BoundedRelease;
use crate::bound::converter;
use crate::check::ReleaseNoise;
use crate::noise::{Alpha, Mechanism};
use crate::release::{Measure, Output, Release};
use crate::released::{ExecutionEnv, ExecutionError};
use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// A release with its noise: a table under the aggregate's types, and half-widths per output.
pub(super) struct Drawn {
    pub(super) table: RecordBatch,
    pub(super) half_widths: Vec<Vec<Option<f64>>>,
}

pub(super) async fn draw(
    release: Release,
    noise: ReleaseNoise,
    bounded: BoundedRelease,
    env: ExecutionEnv,
) -> Result<Drawn, ExecutionError> {
    // Measurements are not `Send`: built and invoked inside one blocking call.
    tokio::task::spawn_blocking(move || draw_blocking(&release, &noise, &bounded, &env))
        .await
        .map_err(|e| ExecutionError::Noise(e.to_string()))?
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

fn draw_blocking(
    release: &Release,
    noise: &ReleaseNoise,
    bounded: &BoundedRelease,
    env: &ExecutionEnv,
) -> Result<Drawn, ExecutionError> {
    let mut keys = bounded.keys.clone();
    let mut measures = bounded.measures.clone();
    let mut counted = Vec::new();
    if let Some(mechanism) = &noise.keyset {
        let kinds: Vec<DataType> = release.keys.iter().map(|key| key.kind.clone()).collect();
        let converter = converter(&kinds)?;
        let rows = converter.convert_columns(keys.columns())?;
        let names: Vec<String> = rows
            .iter()
            .map(|r| r.as_ref().iter().map(|b| format!("{b:02x}")).collect())
            .collect();
        let units = names
            .iter()
            .cloned()
            .zip(bounded.units.iter().copied())
            .collect();
        let kept = planted(mechanism, env)
            .release_keys(&units)
            .map_err(ExecutionError::Noise)?;
        // Order of the canonical bytes: it tells nothing but the keys released.
        let index: Vec<u32> = (0_u32..)
            .zip(&names)
            .filter(|(_, n)| kept.contains_key(*n))
            .map(|(i, _)| i)
            .collect();
        counted = names.iter().filter_map(|n| kept.get(n).copied()).collect();
        keys = arrow::compute::take_record_batch(
            &keys,
            &arrow::array::UInt32Array::from(index.clone()),
        )?;
        for values in &mut measures {
            *values = index
                .iter()
                .filter_map(|i| values.get(*i as usize).copied())
                .collect();
        }
    }
    let mut noisy = Vec::new();
    for (values, mechanism) in measures.iter().zip(&noise.measures) {
        noisy.push(match mechanism {
            Some(m) => planted(m, env)
                .release(values)
                .map_err(ExecutionError::Noise)?,
            None => counted.clone(),
        });
    }
    let mut columns: Vec<ArrayRef> = keys.columns().to_vec();
    let mut half_widths = Vec::new();
    for (output, kind) in &release.outputs {
        let (column, widths) = output_column(release, noise, &noisy, *output, kind)?;
        columns.push(column);
        half_widths.push(widths);
    }
    let mut fields: Vec<Field> = release
        .keys
        .iter()
        .map(|k| Field::new(&k.name, k.kind.clone(), true))
        .collect();
    fields.extend(
        release
            .outputs
            .iter()
            .enumerate()
            .map(|(i, (_, kind))| Field::new(format!("o{i}"), kind.clone(), true)),
    );
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

fn output_column(
    release: &Release,
    noise: &ReleaseNoise,
    noisy: &[Vec<i64>],
    output: Output,
    kind: &DataType,
) -> Result<(ArrayRef, Vec<Option<f64>>), ExecutionError> {
    let lost = || ExecutionError::Noise("a measure is missing".to_owned());
    match output {
        Output::Measure(i) => {
            let values = noisy.get(i).ok_or_else(lost)?;
            let scale = release.measures.get(i).map_or(0, |m| release.scale(*m));
            let width =
                mechanism(noise, i)?.half_width(Alpha::Five) / 10_f64.powi(i32::from(scale));
            let array: ArrayRef = match kind {
                DataType::Decimal128(p, s) => Arc::new(
                    values
                        .iter()
                        .map(|v| Some(i128::from(*v)))
                        .collect::<Decimal128Array>()
                        .with_precision_and_scale(*p, *s)?,
                ),
                _ => cast(
                    &(Arc::new(Int64Array::from(values.clone())) as ArrayRef),
                    kind,
                )?,
            };
            Ok((array, vec![Some(width); values.len()]))
        }
        Output::Mean { sum, count } => {
            let (Some(sums), Some(counts), Some(Measure::Sum(v))) =
                (noisy.get(sum), noisy.get(count), release.measures.get(sum))
            else {
                return Err(lost());
            };
            let value = release.values.get(*v).ok_or_else(lost)?;
            let unit = 10_f64.powi(i32::from(value.scale));
            let (lo, hi) = (value.lo as f64 / unit, value.hi as f64 / unit);
            let ws = mechanism(noise, sum)?.half_width(Alpha::TwoAndHalf);
            let wn = mechanism(noise, count)?.half_width(Alpha::TwoAndHalf);
            let mut means: Vec<Option<f64>> = Vec::new();
            let mut widths = Vec::new();
            for (s, n) in sums.iter().zip(counts) {
                let (s, n) = (*s as f64, *n as f64);
                if n < 1.0 {
                    means.push(None);
                    widths.push(None);
                    continue;
                }
                let mean = (s / n / unit).clamp(lo, hi);
                // Both within their 97.5 % intervals holds 95 % of the time: extremes of the quotient.
                let width = if n - wn >= 1.0 {
                    let ends = [
                        (s - ws) / (n - wn),
                        (s - ws) / (n + wn),
                        (s + ws) / (n - wn),
                        (s + ws) / (n + wn),
                    ];
                    ends.iter()
                        .map(|e| ((e / unit).clamp(lo, hi) - mean).abs())
                        .fold(0.0, f64::max)
                } else {
                    hi - lo
                };
                means.push(Some(mean));
                widths.push(Some(width));
            }
            let array: ArrayRef = match kind {
                DataType::Decimal128(p, s) => {
                    let step = 10_f64.powi(i32::from(*s));
                    let values = means
                        .iter()
                        .map(|m| m.map(|m| (m * step).round() as i128))
                        .collect::<Decimal128Array>();
                    Arc::new(values.with_precision_and_scale(*p, *s)?)
                }
                _ => Arc::new(Float64Array::from(means)),
            };
            Ok((array, widths))
        }
    }
}
