//! Measurements: criterion's estimates, printed as one JSON object a line.

use serde::Serialize;
use std::path::Path;

/// One measurement, as `cargo xtask bench` reads it.
#[derive(Debug, Serialize)]
pub struct Line {
    work: String,
    value: f64,
    unit: &'static str,
    bar: Option<f64>,
    met: Option<bool>,
    samples: usize,
}

impl Line {
    /// A measurement that is only reported.
    pub fn new(work: impl Into<String>, value: f64, unit: &'static str, samples: usize) -> Self {
        Self {
            work: work.into(),
            value,
            unit,
            bar: None,
            met: None,
            samples,
        }
    }

    /// A measurement that may be at most `bar`.
    #[must_use]
    pub fn at_most(self, bar: f64) -> Self {
        Self {
            bar: Some(bar),
            met: Some(self.value <= bar),
            ..self
        }
    }

    /// A measurement that must be at least `bar`.
    #[must_use]
    pub fn at_least(self, bar: f64) -> Self {
        Self {
            bar: Some(bar),
            met: Some(self.value >= bar),
            ..self
        }
    }

    /// Prints it as one line of JSON.
    #[expect(clippy::print_stdout, reason = "measurements are what a bench prints")]
    pub fn print(&self) {
        match serde_json::to_string(self) {
            Ok(line) => println!("{line}"),
            Err(error) => println!("not printable: {error}"),
        }
    }
}

#[derive(serde::Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(serde::Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Criterion's estimate of the median of a bench, in milliseconds, from its folder of results.
///
/// # Errors
/// A text if the bench left none.
pub fn median_ms(results: &Path, group: &str, bench: &str) -> Result<f64, String> {
    let path = results.join(group).join(bench).join("new/estimates.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let estimates: Estimates =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(estimates.median.point_estimate / 1e6)
}

/// The middle one; not a number if there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// CPU, cores, memory and operating system, for the table of results.
///
/// # Errors
/// If the system does not tell.
pub fn machine() -> Result<String, sysinfo::Error> {
    let system = sysinfo::System::new_all()?;
    let cpu = system.cpus().first().map(|cpu| cpu.brand().trim());
    Ok(format!(
        "{}, {} cores, {} GiB, {}",
        cpu.unwrap_or_default(),
        system.cpus().len(),
        system.total_memory() >> 30,
        sysinfo::System::long_os_version().unwrap_or_default()
    ))
}
