//! The commands of an operator's developer: `job new`, `job build`, `job check`, `job test`.
//!
//! They need no home and no checkout of this project: a bundle of public metadata at most. Nothing
//! here prints; reports are for the caller to show.

mod build;
mod bundle;
mod check;
mod new;
mod trial;

pub(crate) use build::build;
pub(crate) use bundle::Bundle;
pub(crate) use check::check;
pub(crate) use new::new;
pub(crate) use trial::{Tried, contents, measured, trial};

use irongate_policy::manifest::JobManifest;
use std::path::{Path, PathBuf};

/// The manifest's file name in a job's project.
pub(crate) const MANIFEST: &str = "irongate.toml";
/// The bundle's file name in a job's project.
pub(crate) const BUNDLE: &str = "irongate.bundle.json";

/// Why a developer's command did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeveloperError {
    /// A file or folder could not be read or written.
    #[error("{path}: {cause}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The project's name is no id.
    #[error("`{0}` is no name for a job: write `[a-z][a-z0-9-]{{0,63}}`, and no word of Rust")]
    Name(String),
    /// The folder is there already.
    #[error("{0} is there already; choose another name or remove it")]
    Exists(PathBuf),
    /// The bundle is none.
    #[error("{path}: no bundle: {cause}; write one with `irongate catalog bundle`")]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The bundle has nothing to count.
    #[error(
        "the bundle has no protected dataset with a key column of declared domain; start without `--bundle`"
    )]
    NothingToCount,
    /// The manifest does not have its form.
    #[error("{path}: {cause}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Every problem.
        cause: String,
    },
    /// The wasm target is not installed.
    #[error("the Rust target {target} is not installed; run `rustup target add {target}`", target = build::TARGET)]
    NoTarget,
    /// `cargo` or `rustc` could not be started.
    #[error("`{program}` could not be started ({cause}); install Rust from https://rustup.rs")]
    NoToolchain {
        /// Which.
        program: &'static str,
        /// Why.
        cause: std::io::Error,
    },
    /// The job does not compile.
    #[error("the job does not compile:\n{0}")]
    Compile(String),
    /// The core module could not be made a component.
    #[error("the module could not be made a component: {0}")]
    Component(String),
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> DeveloperError {
    let path = path.to_owned();
    move |cause| DeveloperError::Io { path, cause }
}

/// Reads and checks the project's manifest.
pub(crate) fn manifest(dir: &Path) -> Result<JobManifest, DeveloperError> {
    let path = dir.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(io(&path))?;
    JobManifest::parse(&text).map_err(|cause| DeveloperError::Manifest {
        path,
        cause: cause.to_string(),
    })
}

#[cfg(test)]
mod tests;
