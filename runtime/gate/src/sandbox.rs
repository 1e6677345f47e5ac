//! Components on their way to running: admitted, compiled in a limited process, cached under a MAC.

use crate::entropy::Entropy;
use crate::error::GateError;
use crate::home::Home;
use irongate_policy::manifest::JobManifest;
use irongate_sandbox::{
    AdmissionLimits, ArtifactCache, CompileError, Compiler, Engine, Host, Limits, Provision, World,
    admit,
};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// The hidden command that the gate starts to compile one component.
const WORKER: &str = "compile-worker";
const MIB: u64 = 1 << 20;

/// Runs the compile worker: one component in, one artifact out, in a process that can do nothing else.
pub fn compile_worker() -> ExitCode {
    irongate_sandbox::compile_worker_main()
}

/// The sandbox of one gate.
#[derive(Clone)]
pub struct Sandbox {
    engine: Arc<Engine>,
    compiler: Arc<Compiler>,
    cache: Arc<ArtifactCache>,
}

/// A job did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}")]
pub(crate) struct RunFailure {
    /// The sandbox's code.
    pub(crate) code: String,
    /// What is known of it: the guest's own words, or where it trapped.
    pub(crate) text: String,
    /// Whether it counts as a failure that tells something (design: residual failures).
    pub(crate) is_residual: bool,
}

impl Sandbox {
    /// Sets the sandbox up over a home's artifact cache.
    ///
    /// # Errors
    /// [`GateError::Failed`] if memory cannot be set aside, or the cache cannot be opened.
    pub fn open(home: &Home, entropy: &dyn Entropy) -> Result<Self, GateError> {
        let program = std::env::current_exe()
            .map_err(|error| GateError::failed("finding the compile worker", error))?;
        Self::with_worker(home, entropy, Compiler::new(program, [WORKER.to_owned()]))
    }

    /// As [`Sandbox::open`], with another compile worker: for programs that are not the command.
    ///
    /// # Errors
    /// As [`Sandbox::open`].
    pub fn with_worker(
        home: &Home,
        entropy: &dyn Entropy,
        compiler: Compiler,
    ) -> Result<Self, GateError> {
        let engine = Engine::new(Provision::default())
            .map_err(|error| GateError::failed("the sandbox", error))?;
        let cache = ArtifactCache::new(home.cache(), &home.cache_key(entropy)?);
        Ok(Self {
            engine: Arc::new(engine),
            compiler: Arc::new(compiler),
            cache: Arc::new(cache),
        })
    }

    /// Whether a component may become a job. It is compiled here, and kept: its run, which is held to
    /// a deadline, does not wait for the compiler.
    ///
    /// # Errors
    /// [`GateError::Rejected`] with the code and what stands against it; [`GateError::Failed`] if the
    /// compile worker cannot be used.
    pub fn admit(&self, component: &[u8]) -> Result<(), GateError> {
        let admitted =
            admit(component, World::Analyst, &AdmissionLimits::default()).map_err(|error| {
                GateError::rejected(format!("component refused ({}): {error}", error.code()))
            })?;
        match self.cache.artifact(&self.engine, &self.compiler, &admitted) {
            Ok(_) => Ok(()),
            Err(error @ CompileError::Worker(_)) => Err(GateError::Failed(error.to_string())),
            Err(error) => Err(GateError::rejected(format!("component refused: {error}"))),
        }
    }

    /// Runs a component under its manifest's limits. Blocks.
    ///
    /// # Errors
    /// How it ended, if not well.
    pub(crate) fn run(
        &self,
        component: &[u8],
        manifest: &JobManifest,
        host: Box<dyn Host>,
    ) -> Result<(), RunFailure> {
        let failure = |code: &str, text: String, is_residual| RunFailure {
            code: code.to_owned(),
            text,
            is_residual,
        };
        let admitted = admit(component, World::Analyst, &AdmissionLimits::default())
            .map_err(|error| failure(error.code(), error.to_string(), false))?;
        let artifact = self
            .cache
            .artifact(&self.engine, &self.compiler, &admitted)
            .map_err(|error| failure("compile", error.to_string(), false))?;
        let limits = Limits {
            fuel: manifest.limits.fuel,
            memory_bytes: manifest.limits.memory_mib.saturating_mul(MIB),
            queries: u64::from(manifest.limits.queries),
            returned_bytes: manifest.limits.returned_mib.saturating_mul(MIB),
            backstop: Duration::from_secs(u64::from(manifest.job.deadline.0)),
            ..Limits::default()
        };
        match self.engine.run_analyst(&artifact, &limits, host) {
            Ok(_) => Ok(()),
            Err(end) => {
                let is_residual = end.code.is_residual();
                Err(failure(end.code.as_str(), end.text, is_residual))
            }
        }
    }
}
