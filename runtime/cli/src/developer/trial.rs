//! `job test`: the component on a synthetic twin of the bundle's datasets, with production noise.

use super::{BUNDLE, Bundle, MANIFEST, manifest};
use irongate_gate::{
    Contents, GateError, MAX_PACKAGE_BYTES, MapperCalls, Sandbox, Trial, TrialReport,
    measure_mappers, read_given, source_digest, start_witness, try_on_twin,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What `job test` tells.
#[derive(Debug, Serialize)]
pub(crate) struct Tried {
    /// Always: no row of a trial is anybody's.
    pub(crate) synthetic: bool,
    /// Always nothing.
    pub(crate) spent: u8,
    /// What the rows were drawn from, besides the bundle.
    pub(crate) seed: u64,
    /// What came of it.
    #[serde(flatten)]
    pub(crate) report: TrialReport,
    /// What job and gate said.
    pub(crate) log: Vec<String>,
}

/// What a project holds for the gate: the manifest as written, and the component it names.
pub(crate) fn contents(dir: &Path) -> Result<Contents, GateError> {
    let rejected = |error: super::DeveloperError| GateError::rejected(error.to_string());
    let manifest = manifest(dir).map_err(rejected)?;
    let read = |component: &str| {
        read_given(&dir.join(component), MAX_PACKAGE_BYTES).map_err(|error| {
            GateError::rejected(format!("{error}; build the job first: irongate job build"))
        })
    };
    let component = read(&manifest.job.component)?;
    let mappers = manifest.mappers.iter();
    let mappers = mappers.map(|(name, mapper)| Ok((name.clone(), read(&mapper.component)?)));
    let mappers = mappers.collect::<Result<_, GateError>>()?;
    let path = dir.join(MANIFEST);
    let text = read_given(&path, MAX_PACKAGE_BYTES)?;
    let manifest_text = String::from_utf8(text)
        .map_err(|_| GateError::rejected(format!("{}: not UTF-8", path.display())))?;
    Ok(Contents {
        manifest_text,
        component,
        mappers,
        source: source_digest(dir)?,
    })
}

/// Calls the mappers of the job in `dir` for units invented from its bundle.
///
/// # Errors
/// [`GateError`] if one is refused.
pub(crate) async fn measured(dir: &Path) -> Result<BTreeMap<String, MapperCalls>, GateError> {
    let bundle =
        Bundle::read(&dir.join(BUNDLE)).map_err(|error| GateError::rejected(error.to_string()))?;
    let trial = Trial {
        scenario: &bundle.scenario,
        specs: &bundle.datasets,
        contents: contents(dir)?,
        seed: 1,
    };
    let folder =
        tempfile::tempdir().map_err(|error| GateError::failed("making a folder", error))?;
    measure_mappers(trial, &folder.path().join("home"), Sandbox::open).await
}

/// Runs the job in `dir` on rows invented from its bundle, in a home made for it and removed again.
///
/// # Errors
/// [`GateError`], as the agency's gate would give it; a job that fails is a rejection that holds what
/// was said meanwhile.
pub(crate) async fn trial(dir: &Path, seed: u64) -> Result<Tried, GateError> {
    let bundle = Bundle::read(&dir.join(BUNDLE)).map_err(|error| {
        GateError::rejected(format!(
            "{error}; the rows are invented from a bundle: put the agency's here"
        ))
    })?;
    let trial = Trial {
        scenario: &bundle.scenario,
        specs: &bundle.datasets,
        contents: contents(dir)?,
        seed,
    };
    let witness = start_witness();
    let folder =
        tempfile::tempdir().map_err(|error| GateError::failed("making a folder", error))?;
    let report = try_on_twin(trial, &folder.path().join("home"), Sandbox::open).await?;
    let log = witness.lines();
    if report.state == "failed" {
        let mut lines = vec!["the job failed on its twin".to_owned()];
        lines.extend(log);
        return Err(GateError::Rejected(lines));
    }
    Ok(Tried {
        synthetic: true,
        spent: 0,
        seed,
        report,
        log,
    })
}
