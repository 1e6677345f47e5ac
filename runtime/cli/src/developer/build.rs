//! `job build`: from the project's source to a component.

use super::{DeveloperError, io, manifest};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What guests are compiled for.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";
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
    tracing::info!(project = %dir.display(), "compiling the job");
    compile(&dir, &target_dir)?;
    let module = target_dir
        .join(TARGET)
        .join("release")
        .join(format!("{}.wasm", library(&dir)?));
    let module = std::fs::read(&module).map_err(io(&module))?;
    let component = componentize(&module)?;
    let path = dir.join(&manifest.job.component);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(io(parent))?;
    }
    // In its place whole or not at all: whoever packs meanwhile never reads half a component.
    let staged =
        tempfile::NamedTempFile::new_in(path.parent().unwrap_or(&dir)).map_err(io(&path))?;
    std::fs::write(staged.path(), &component).map_err(io(&path))?;
    staged
        .persist(&path)
        .map_err(|error| io(&path)(error.error))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &component);
    Ok(BuildReport {
        component: path,
        bytes: component.len(),
        digest: const_hex::encode(digest),
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

fn compile(dir: &Path, target_dir: &Path) -> Result<(), DeveloperError> {
    // Panic messages name source files: without these, the bytes would depend on, and tell, where
    // the project and the registry lie.
    let mut flags = vec![format!("--remap-path-prefix={}=job", dir.display())];
    if let Some(cargo_home) = cargo_home() {
        flags.push(format!(
            "--remap-path-prefix={}=cargo",
            cargo_home.display()
        ));
    }
    let output = Command::new("cargo")
        .current_dir(dir)
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
