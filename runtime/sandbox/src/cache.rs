//! Compiled artifacts at rest, under a MAC.
//!
//! The MAC binds module, artifact, wasmtime version, settings and CPU features, so an entry that
//! was altered, or is another module's, or another machine's, is refused, deleted and made anew.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use ring::hmac;

use crate::admit::Admitted;
use crate::compile::{CompileError, Compiler};
use crate::engine::{Artifact, Engine};
use crate::load;

/// Version of the cache's format; part of what is authenticated.
const DOMAIN: &[u8] = b"irongate/v1/aot-artifact";
const TAG: usize = 32;

/// Machine code that our own worker made, or whose MAC holds. Only this module makes one.
pub(crate) struct Authenticated(Vec<u8>);

impl Authenticated {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A folder of compiled artifacts.
pub struct ArtifactCache {
    dir: PathBuf,
    key: hmac::Key,
}

impl ArtifactCache {
    /// A cache in `dir`, which exists, under a key of its own: 256 random bits that nothing else
    /// uses, kept where the home's keys are.
    pub fn new(dir: impl Into<PathBuf>, mac_key: &[u8; 32]) -> Self {
        Self {
            dir: dir.into(),
            key: hmac::Key::new(hmac::HMAC_SHA256, mac_key),
        }
    }

    /// The artifact of an admitted component: from the cache if its entry is authentic, else
    /// compiled, and kept.
    ///
    /// # Errors
    /// When compilation fails. A cache that cannot be written to is said in the log, no more.
    pub fn artifact(
        &self,
        engine: &Engine,
        compiler: &Compiler,
        admitted: &Admitted,
    ) -> Result<Artifact, CompileError> {
        let path = self.path(admitted);
        let authentic = match self.read(engine, admitted) {
            Ok(Some(found)) => found,
            found => {
                if let Err(why) = found {
                    tracing::warn!(target: "irongate::sandbox", why, "refused a cached artifact; compiling it anew");
                    if let Err(error) = fs::remove_file(&path) {
                        tracing::warn!(target: "irongate::sandbox", %error, "a refused artifact stays");
                    }
                }
                let made = compiler.compile(admitted, &engine.settings)?;
                if let Err(error) = self.write(engine, admitted, &made) {
                    tracing::warn!(target: "irongate::sandbox", %error, "an artifact was not kept");
                }
                Authenticated(made)
            }
        };
        let component =
            load::load(&engine.inner, &authentic).map_err(|e| CompileError::Load(e.to_string()))?;
        // Types are compared with the host's once more, by the engine itself.
        engine
            .linker
            .instantiate_pre(&component)
            .map_err(|e| CompileError::Load(e.to_string()))?;
        Ok(Artifact {
            component,
            digest: *admitted.digest(),
        })
    }

    fn path(&self, admitted: &Admitted) -> PathBuf {
        let name: String = admitted
            .digest()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        self.dir.join(name)
    }

    fn message(engine: &Engine, admitted: &Admitted, artifact: &[u8]) -> Vec<u8> {
        // Every part before the artifact has a fixed length.
        let mut message = Vec::with_capacity(artifact.len() + 128);
        message.extend_from_slice(DOMAIN);
        message.extend_from_slice(admitted.digest());
        message.extend_from_slice(&engine.settings);
        message.extend_from_slice(artifact);
        message
    }

    fn read(
        &self,
        engine: &Engine,
        admitted: &Admitted,
    ) -> Result<Option<Authenticated>, &'static str> {
        let file = match fs::File::open(self.path(admitted)) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err("it cannot be read"),
        };
        let mut bytes = Vec::new();
        file.take(Compiler::ARTIFACT_BYTES + TAG as u64)
            .read_to_end(&mut bytes)
            .map_err(|_| "it cannot be read")?;
        let Some((tag, artifact)) = bytes.split_at_checked(TAG) else {
            return Err("it is cut short");
        };
        hmac::verify(&self.key, &Self::message(engine, admitted, artifact), tag)
            .map_err(|_| "its MAC does not hold")?;
        bytes.drain(..TAG);
        Ok(Some(Authenticated(bytes)))
    }

    fn write(&self, engine: &Engine, admitted: &Admitted, made: &[u8]) -> std::io::Result<()> {
        let tag = hmac::sign(&self.key, &Self::message(engine, admitted, made));
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(tag.as_ref())?;
        file.write_all(made)?;
        file.persist(self.path(admitted)).map_err(|e| e.error)?;
        Ok(())
    }
}
