//! `job build`: from the project's source to its components.
//!
//! The job itself is the project's own crate. A mapper is the crate in `mappers/NAME`; one that has none is built by
//! other means, and its component has to be there.

use super::{DeveloperError, io, manifest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What guests are compiled for.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// Where the crates of mappers lie in a project.
const MAPPERS: &str = "mappers";
/// A mapper's stack comes first in its memory, and all of it that is touched is reset after each unit: so it is
/// small, and the stack, data and rows of most lie within two pages.
const SMALL_STACK: &str = "-Clink-arg=-zstack-size=16384";
/// Another place for the compiler's files than the project's `target` folder.
const TARGET_DIR: &str = "IRONGATE_GUEST_TARGET_DIR";

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BuildReport {
    /// The component.
    pub(crate) component: PathBuf,
    /// Its size.
    pub(crate) bytes: usize,
    /// Its SHA-256, in hexadecimal.
    pub(crate) digest: String,
    /// Its mappers that are crates of the project, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) mappers: BTreeMap<String, BuildReport>,
}

#[derive(Deserialize)]
struct CargoToml {
    package: Package,
    lib: Option<Library>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize)]
struct Library {
    name: Option<String>,
}

/// Builds the job in `dir` and writes its component where the manifest says. The same source gives
/// the same bytes.
///
/// # Errors
/// [`DeveloperError`]: the manifest, the toolchain, or the compiler's own words.
pub(crate) fn build(dir: &Path) -> Result<BuildReport, DeveloperError> {
    let manifest = manifest(dir)?;
    let dir = dir.canonicalize().map_err(io(dir))?;
    has_target()?;
    let target_dir = std::env::var_os(TARGET_DIR).map_or_else(|| dir.join("target"), PathBuf::from);
    let mut report = build_one(
        &dir,
        &dir,
        &target_dir,
        &dir.join(&manifest.job.component),
        &[],
    )?;
    for (name, mapper) in &manifest.mappers {
        let own = dir.join(MAPPERS).join(name);
        if own.join("Cargo.toml").exists() {
            let path = dir.join(&mapper.component);
            let built = build_one(&dir, &own, &target_dir, &path, &[SMALL_STACK])?;
            report.mappers.insert(name.clone(), built);
        }
    }
    Ok(report)
}

/// Builds the crate in `own`, which belongs to the project in `dir`, and writes its component to `path`.
fn build_one(
    dir: &Path,
    own: &Path,
    target_dir: &Path,
    path: &Path,
    flags: &[&str],
) -> Result<BuildReport, DeveloperError> {
    tracing::info!(project = %own.display(), "compiling");
    compile(dir, own, target_dir, flags)?;
    let module = target_dir
        .join(TARGET)
        .join("release")
        .join(format!("{}.wasm", library(own)?));
    let module = std::fs::read(&module).map_err(io(&module))?;
    let component = componentize(&module)?;
    let folder = path.parent().unwrap_or(dir);
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    // In its place whole or not at all: whoever packs meanwhile never reads half a component.
    let staged = tempfile::NamedTempFile::new_in(folder).map_err(io(path))?;
    std::fs::write(staged.path(), &component).map_err(io(path))?;
    staged
        .persist(path)
        .map_err(|error| io(path)(error.error))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &component);
    Ok(BuildReport {
        component: path.to_owned(),
        bytes: component.len(),
        digest: const_hex::encode(digest),
        mappers: BTreeMap::new(),
    })
}

fn has_target() -> Result<(), DeveloperError> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|cause| DeveloperError::NoToolchain {
            program: "rustc",
            cause,
        })?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && libraries.is_dir() {
        Ok(())
    } else {
        Err(DeveloperError::NoTarget)
    }
}

fn compile(dir: &Path, own: &Path, target_dir: &Path, more: &[&str]) -> Result<(), DeveloperError> {
    // Panic messages name source files: without these, the bytes would depend on, and tell, where
    // the project and the registry lie.
    let mut flags = vec![format!("--remap-path-prefix={}=job", dir.display())];
    if let Some(cargo_home) = cargo_home() {
        flags.push(format!(
            "--remap-path-prefix={}=cargo",
            cargo_home.display()
        ));
    }
    flags.extend(more.iter().map(|flag| (*flag).to_owned()));
    let output = Command::new("cargo")
        .current_dir(own)
        .args([
            "build",
            "--release",
            "--lib",
            "--target",
            TARGET,
            "--color",
            "never",
            "--target-dir",
        ])
        .arg(target_dir)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .output()
        .map_err(|cause| DeveloperError::NoToolchain {
            program: "cargo",
            cause,
        })?;
    if output.status.success() {
        Ok(())
    } else {
        Err(DeveloperError::Compile(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ))
    }
}

fn cargo_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
}

/// The file name of the library, which cargo writes with underscores.
fn library(dir: &Path) -> Result<String, DeveloperError> {
    let path = dir.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(io(&path))?;
    let cargo: CargoToml = toml::from_str(&text).map_err(|cause| DeveloperError::Manifest {
        path,
        cause: cause.to_string(),
    })?;
    Ok(cargo
        .lib
        .and_then(|lib| lib.name)
        .unwrap_or(cargo.package.name)
        .replace('-', "_"))
}

fn componentize(module: &[u8]) -> Result<Vec<u8>, DeveloperError> {
    let mut encoder = wit_component::ComponentEncoder::default();
    encoder
        .validate(true)
        .module(module)
        .and_then(wit_component::ComponentEncoder::encode)
        .map_err(|cause| DeveloperError::Component(format!("{cause:#}")))
}
