//! `job check`: what the gate would say of a job at submission, as far as it can be known without
//! one. Every problem is listed.

use super::{BUNDLE, Bundle, DeveloperError, MANIFEST, io};
use crate::mappers::MapperReport;
use irongate_policy::manifest::{JobKind, JobManifest};
use irongate_sandbox::{AdmissionLimits, World, admit};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct CheckReport {
    /// The component's SHA-256, in hexadecimal, if it was admitted.
    pub(crate) digest: Option<String>,
    /// Whether there was a bundle to check the reads against.
    pub(crate) bundle: bool,
    /// What there is to see of its mappers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) mappers: BTreeMap<String, MapperReport>,
    /// Every problem; none means that the job may be packed.
    pub(crate) problems: Vec<String>,
}

impl CheckReport {
    /// Whether nothing stands against the job.
    #[must_use]
    pub(crate) fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Checks the job in `dir`: its manifest, its component, and its reads within the bundle, if the
/// project has one.
///
/// # Errors
/// [`DeveloperError`] if there is no manifest or the bundle cannot be read. Problems of the job are
/// in the report.
pub(crate) fn check(dir: &Path) -> Result<CheckReport, DeveloperError> {
    let mut report = CheckReport::default();
    let path = dir.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(io(&path))?;
    let manifest = match JobManifest::parse(&text) {
        Ok(manifest) => manifest,
        Err(error) => {
            report.problems.push(format!("{MANIFEST}: {error}"));
            return Ok(report);
        }
    };
    component(dir, &manifest, &mut report);
    mappers(dir, &manifest, &mut report);
    let path = dir.join(BUNDLE);
    if path.exists() {
        report.bundle = true;
        reads(&manifest, &Bundle::read(&path)?, &mut report.problems);
    }
    Ok(report)
}

fn component(dir: &Path, manifest: &JobManifest, report: &mut CheckReport) {
    let name = &manifest.job.component;
    if manifest.job.kind != JobKind::Analyst {
        report
            .problems
            .push("job.kind: this version admits `analyst` jobs alone".into());
        return;
    }
    let bytes = match std::fs::read(dir.join(name)) {
        Ok(bytes) => bytes,
        Err(error) => {
            report
                .problems
                .push(format!("{name}: {error}; run `irongate job build`"));
            return;
        }
    };
    let mut limits = AdmissionLimits::default();
    // A guest that starts with more memory than its manifest grants would never start.
    limits.memory_bytes = limits
        .memory_bytes
        .min(manifest.limits.memory_mib.saturating_mul(1 << 20));
    match admit(&bytes, World::Analyst, &limits) {
        Ok(admitted) => report.digest = Some(const_hex::encode(admitted.digest())),
        Err(error) => report.problems.push(format!("{name}: {error}")),
    }
}

fn mappers(dir: &Path, manifest: &JobManifest, report: &mut CheckReport) {
    for (name, declared) in &manifest.mappers {
        let path = &declared.component;
        let seen = std::fs::read(dir.join(path))
            .map_err(|error| format!("{error}; run `irongate job build`"))
            .and_then(|bytes| MapperReport::of(&bytes, declared));
        match seen {
            Ok(seen) => {
                report.mappers.insert(name.clone(), seen);
            }
            Err(problem) => report.problems.push(format!("{path}: {problem}")),
        }
    }
}

fn reads(manifest: &JobManifest, bundle: &Bundle, problems: &mut Vec<String>) {
    let scenario = &manifest.job.scenario;
    if scenario != bundle.scenario() {
        problems.push(format!(
            "job.scenario: `{scenario}` is not the bundle's `{}`",
            bundle.scenario()
        ));
    }
    for read in &manifest.reads {
        let dataset = &read.dataset;
        let Some(spec) = bundle.dataset(dataset.as_str()) else {
            problems.push(format!("reads.{dataset}: the bundle has no such dataset"));
            continue;
        };
        for column in read
            .columns
            .iter()
            .filter(|column| spec.column(column).is_none())
        {
            problems.push(format!(
                "reads.{dataset}.columns: the dataset has no column `{column}`"
            ));
        }
        if let Some(protected) = spec.protected()
            && protected.budget.currency != manifest.budget.currency
        {
            problems.push(format!(
                "budget.currency: `{dataset}` is accounted in the other currency"
            ));
        }
    }
}
