//! Components on their way to running: admitted, compiled in a limited process, cached under a MAC.

use crate::entropy::Entropy;
use crate::error::GateError;
use crate::home::Home;
use crate::mappers::{Counts, Mappers};
use crate::package::Package;
use irongate_policy::manifest::JobManifest;
use irongate_sandbox::{
    AdmissionLimits, Artifact, ArtifactCache, CompileError, Compiler, Engine, Host, Limits,
    Provision, World, admit,
};
use std::num::NonZeroUsize;
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
    /// Of mappers, an instance for each unit.
    mappers: Arc<Engine>,
    /// In trials.
    counts: Option<Arc<Counts>>,
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

/// A component that does not become an artifact.
enum Refused {
    Admission(&'static str, String),
    Compile(CompileError),
}

impl Refused {
    fn of(self, what: &str) -> GateError {
        match self {
            Self::Admission(code, text) => {
                GateError::rejected(format!("{what} refused ({code}): {text}"))
            }
            Self::Compile(error @ CompileError::Worker(_)) => GateError::Failed(error.to_string()),
            Self::Compile(error) => GateError::rejected(format!("{what} refused: {error}")),
        }
    }
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
        // As many threads call mappers at once as run queries.
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = u32::try_from(threads).unwrap_or(1);
        let mappers = Engine::new(Provision::for_mappers(threads))
            .map_err(|error| GateError::failed("the mappers' sandbox", error))?;
        let cache = ArtifactCache::new(home.cache(), &home.cache_key(entropy)?);
        Ok(Self {
            engine: Arc::new(engine),
            mappers: Arc::new(mappers),
            counts: None,
            compiler: Arc::new(compiler),
            cache: Arc::new(cache),
        })
    }

    /// Counts what mappers do: of invented rows alone.
    pub(crate) fn counting(self) -> (Self, Arc<Counts>) {
        let counts = Arc::new(Counts::default());
        let sandbox = Self {
            counts: Some(Arc::clone(&counts)),
            ..self
        };
        (sandbox, counts)
    }

    /// Whether a package's components may become a job. They are compiled here, and kept: its run, which is held to
    /// a deadline, does not wait for the compiler.
    ///
    /// # Errors
    /// [`GateError::Rejected`] with the code and what stands against it; [`GateError::Failed`] if the
    /// compile worker cannot be used.
    pub fn admit(&self, package: &Package) -> Result<(), GateError> {
        let component = &package.contents.component;
        self.artifact(&self.engine, component, World::Analyst)
            .map_err(|refused| refused.of("component"))?;
        self.mappers(package).map(drop)
    }

    /// The mappers of a package, ready to be called.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub(crate) fn mappers(&self, package: &Package) -> Result<Mappers, GateError> {
        let mut mappers = Mappers::default();
        for (name, declared) in &package.manifest.mappers {
            let what = format!("mapper `{name}`");
            let component = package.contents.mappers.get(name);
            let component =
                component.ok_or_else(|| GateError::rejected(format!("{what}: missing")))?;
            let artifact = self
                .artifact(&self.mappers, component, World::Mapper)
                .map_err(|refused| refused.of(&what))?;
            let ready = (self.mappers.as_ref(), &artifact);
            mappers
                .add(name, declared, ready, self.counts.clone())
                .map_err(|failure| {
                    GateError::rejected(format!(
                        "{what} refused ({}): no instance of it can be made within its limits",
                        failure.code.as_str()
                    ))
                })?;
        }
        Ok(mappers)
    }

    /// The artifact of a component, admitted and compiled.
    fn artifact(
        &self,
        engine: &Engine,
        component: &[u8],
        world: World,
    ) -> Result<Artifact, Refused> {
        let admitted = admit(component, world, &AdmissionLimits::default())
            .map_err(|error| Refused::Admission(error.code(), error.to_string()))?;
        self.cache
            .artifact(engine, &self.compiler, &admitted)
            .map_err(Refused::Compile)
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
        let artifact = self
            .artifact(&self.engine, component, World::Analyst)
            .map_err(|refused| match refused {
                Refused::Admission(code, text) => failure(code, text, false),
                Refused::Compile(error) => failure("compile", error.to_string(), false),
            })?;
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
