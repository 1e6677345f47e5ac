//! Job packages (`.igj`): a tar of what is signed and what runs, and nothing else.
//!
//! ```text
//! irongate.toml   the manifest, as written
//! job.wasm        the component; the bytes that are signed are the bytes that run
//! mappers/NAME    the component of each mapper, if it has any
//! source.sha256   digest of the project's sources, for reviewers
//! request.json    the signed submission over all of it
//! ```

use crate::error::GateError;
use irongate_policy::manifest::JobManifest;
use irongate_policy::request::SubmitJob;
use irongate_policy::{Digest, Request, Signed};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The largest package: a component of the largest admitted size and its manifest.
pub const MAX_PACKAGE_BYTES: u64 = 32 << 20;

const MANIFEST: &str = "irongate.toml";
const COMPONENT: &str = "job.wasm";
const MAPPERS: &str = "mappers/";
const SOURCE: &str = "source.sha256";
const REQUEST: &str = "request.json";

/// What a package holds beside the signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// The manifest as written.
    pub manifest_text: String,
    /// The component.
    pub component: Vec<u8>,
    /// The components of its mappers, by name.
    pub mappers: BTreeMap<String, Vec<u8>>,
    /// The digest of the project's sources, as whoever packed it states.
    pub source: Digest,
}

/// A package that was read: its parts agree with each other and with the signed request.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// What it holds.
    pub contents: Contents,
    /// The parsed manifest.
    pub manifest: JobManifest,
    /// The signed submission.
    pub request: Signed,
}

#[derive(Serialize)]
struct Digests<'a> {
    manifest: Digest,
    component: Digest,
    // Left out where there are none: such a package is signed as it always was.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    mappers: BTreeMap<&'a str, Digest>,
    source: &'a Digest,
}

impl Contents {
    /// The digest that a submission signs: over the digests of every part.
    ///
    /// # Errors
    /// [`GateError`] if they cannot be written canonically.
    pub fn digest(&self) -> Result<Digest, GateError> {
        Ok(Digest::of_json(&Digests {
            manifest: Digest::of(self.manifest_text.as_bytes()),
            component: Digest::of(&self.component),
            mappers: self
                .mappers
                .iter()
                .map(|(name, bytes)| (name.as_str(), Digest::of(bytes)))
                .collect(),
            source: &self.source,
        })?)
    }

    /// The manifest, parsed.
    ///
    /// # Errors
    /// [`GateError::Rejected`] with every problem.
    pub fn manifest(&self) -> Result<JobManifest, GateError> {
        JobManifest::parse(&self.manifest_text)
            .map_err(|error| GateError::rejected(format!("{MANIFEST}: {error}")))
    }

    /// The request that submits these contents.
    ///
    /// # Errors
    /// [`GateError`] if the manifest does not parse.
    pub fn submission(&self) -> Result<Request, GateError> {
        Ok(SubmitJob {
            package: self.digest()?,
            manifest: self.manifest()?,
        }
        .into())
    }

    /// The package's bytes, with the signed request.
    ///
    /// # Errors
    /// [`GateError`] if it is larger than [`MAX_PACKAGE_BYTES`].
    pub fn pack(&self, request: &Signed) -> Result<Vec<u8>, GateError> {
        let named = |error: std::io::Error| GateError::failed("writing the package", error);
        let request = serde_json::to_vec_pretty(request)
            .map_err(|e| GateError::failed("writing the request", e))?;
        let mut archive = tar::Builder::new(Vec::new());
        let source = self.source.to_string();
        let mappers = self.mappers.iter();
        let mappers: Vec<_> = mappers
            .map(|(name, bytes)| (format!("{MAPPERS}{name}"), bytes.as_slice()))
            .collect();
        let parts = [
            (MANIFEST, self.manifest_text.as_bytes()),
            (COMPONENT, &self.component),
            (SOURCE, source.as_bytes()),
            (REQUEST, &request),
        ];
        let mappers = mappers.iter().map(|(name, bytes)| (name.as_str(), *bytes));
        for (name, bytes) in parts.into_iter().chain(mappers) {
            // No time, owner or mode of the packing machine: the same parts give the same bytes.
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            archive
                .append_data(&mut header, name, bytes)
                .map_err(named)?;
        }
        let bytes = archive.into_inner().map_err(named)?;
        if bytes.len() as u64 > MAX_PACKAGE_BYTES {
            return Err(GateError::rejected(format!(
                "the package is larger than {MAX_PACKAGE_BYTES} bytes"
            )));
        }
        Ok(bytes)
    }
}

impl Package {
    /// Reads a package and checks that its parts are the ones its request names. Whose signature
    /// stands under the request, policy decides.
    ///
    /// # Errors
    /// [`GateError::Rejected`] naming what does not fit.
    pub fn read(bytes: &[u8]) -> Result<Self, GateError> {
        let parts = Parts::read(bytes)?;
        let contents = Contents {
            manifest_text: text(MANIFEST, parts.take(MANIFEST)?)?,
            component: parts.take(COMPONENT)?,
            mappers: parts.mappers(),
            source: text(SOURCE, parts.take(SOURCE)?)?
                .trim()
                .parse()
                .map_err(|error| GateError::rejected(format!("{SOURCE}: {error}")))?,
        };
        let request: Signed = serde_json::from_slice(&parts.take(REQUEST)?)
            .map_err(|error| GateError::rejected(format!("{REQUEST}: {error}")))?;
        let manifest = contents.manifest()?;
        if !contents.mappers.keys().eq(manifest.mappers.keys()) {
            return Err(GateError::rejected(format!(
                "the package holds other mappers than {MANIFEST} declares; pack the job again"
            )));
        }
        if request.statement.request != contents.submission()? {
            return Err(GateError::rejected(
                "the package's parts are not the ones that were signed; pack the job again",
            ));
        }
        Ok(Self {
            contents,
            manifest,
            request,
        })
    }
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, GateError> {
    String::from_utf8(bytes).map_err(|_| GateError::rejected(format!("{name}: not UTF-8")))
}

struct Parts(Vec<(String, Vec<u8>)>);

impl Parts {
    fn read(bytes: &[u8]) -> Result<Self, GateError> {
        let malformed =
            |_| GateError::rejected("not a job package; make one with `irongate job pack`");
        if bytes.len() as u64 > MAX_PACKAGE_BYTES {
            return Err(GateError::rejected(format!(
                "the package is larger than {MAX_PACKAGE_BYTES} bytes"
            )));
        }
        let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in tar::Archive::new(bytes).entries().map_err(malformed)? {
            let mut entry = entry.map_err(malformed)?;
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap_or_default();
            let known = [MANIFEST, COMPONENT, SOURCE, REQUEST].contains(&name.as_str())
                || name.starts_with(MAPPERS);
            let is_new = parts.iter().all(|(other, _)| *other != name);
            if !known || !is_new || !entry.header().entry_type().is_file() {
                return Err(GateError::rejected(
                    "the package holds something besides one manifest, component, source digest and request, and mappers",
                ));
            }
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(malformed)?;
            parts.push((name, content));
        }
        Ok(Self(parts))
    }

    fn mappers(&self) -> BTreeMap<String, Vec<u8>> {
        let parts = self.0.iter();
        parts
            .filter_map(|(name, bytes)| {
                let name = name.strip_prefix(MAPPERS)?;
                Some((name.to_owned(), bytes.clone()))
            })
            .collect()
    }

    fn take(&self, name: &str) -> Result<Vec<u8>, GateError> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found
            .map(|(_, bytes)| bytes.clone())
            .ok_or_else(|| GateError::rejected(format!("{name}: missing from the package")))
    }
}

/// The digest of a project's sources: every file's path and bytes in order of path, build output,
/// version control, packages and components left out.
///
/// # Errors
/// [`GateError`] if a file cannot be read.
pub fn source_digest(project: &Path) -> Result<Digest, GateError> {
    let mut files = Vec::new();
    collect(project, project, &mut files)?;
    files.sort();
    Ok(Digest::of_json(&files)?)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Digest)>) -> Result<(), GateError> {
    let named =
        |error: std::io::Error| GateError::failed(&format!("reading {}", folder.display()), error);
    for entry in std::fs::read_dir(folder).map_err(named)? {
        let entry = entry.map_err(named)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(named)?;
        let name = entry.file_name();
        let is_package = path.extension().is_some_and(|extension| extension == "igj");
        let is_component = path
            .extension()
            .is_some_and(|extension| extension == "wasm");
        let left_out = name == "target" || name == ".git" || is_component || is_package;
        if left_out {
            continue;
        }
        if kind.is_dir() {
            collect(root, &path, files)?;
        } else if kind.is_file() {
            let relative = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            files.push((relative, Digest::of(&std::fs::read(&path).map_err(named)?)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use irongate_policy::{Nonce, PartyId, SigningKey};

    const EXAMPLE: &str = r#"
format = 1
[job]
name = "count"
version = "0.1.0"
kind = "analyst"
scenario = "care-planning"
component = "job.wasm"
purpose = { zh = "计数", en = "count" }
deadline = "5s"
[[reads]]
dataset = "rwm5yr"
columns = ["year"]
[budget]
currency = "rho"
cap = "0.05"
delta = "0"
[limits]
fuel = 1
memory_mib = 1
queries = 1
returned_mib = 1
[[outputs]]
name = "n"
max_rows = 1
required = true
columns = [{ name = "n", type = "int64", null = false }]
"#;

    fn package() -> (Contents, Signed) {
        let contents = Contents {
            manifest_text: EXAMPLE.to_owned(),
            component: b"\0asm".to_vec(),
            mappers: BTreeMap::new(),
            source: Digest::of(b"source"),
        };
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let signer = PartyId::new("city-data-co").unwrap();
        let request = key
            .sign(
                contents.submission().unwrap(),
                "origin",
                Nonce::new([2; 32]),
                signer,
            )
            .unwrap();
        (contents, request)
    }

    #[test]
    fn what_is_packed_is_read_back() {
        let (contents, request) = package();
        let bytes = contents.pack(&request).unwrap();
        assert_eq!(
            bytes,
            contents.pack(&request).unwrap(),
            "the same parts give the same bytes"
        );
        let read = Package::read(&bytes).unwrap();
        assert_eq!((read.contents, read.request), (contents, request));
    }

    #[test]
    fn a_changed_part_is_refused() {
        let (contents, request) = package();
        let other = |change: fn(&mut Contents)| {
            let mut changed = contents.clone();
            change(&mut changed);
            Package::read(&changed.pack(&request).unwrap())
                .unwrap_err()
                .to_string()
        };
        for change in [
            (|c| c.component.push(0)) as fn(&mut Contents),
            |c| c.source = Digest::of(b"other"),
            |c| c.manifest_text = c.manifest_text.replace("0.05", "0.06"),
            |c| c.manifest_text.push_str("# a comment\n"),
        ] {
            assert!(other(change).contains("not the ones that were signed"));
        }
    }

    #[test]
    fn a_strange_archive_is_refused() {
        for bytes in [&b""[..], b"no tar", &[0; 4096]] {
            assert!(Package::read(bytes).is_err());
        }
    }
}
