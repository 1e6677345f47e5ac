//! Components on their way to running: admitted, compiled in a limited process, cached under a MAC.

use crate::entropy::Entropy;
use crate::error::GateError;
use crate::home::Home;
use crate::mappers::{Counts, Mappers};
use crate::package::Package;
use irongate_policy::manifest::JobManifest;
use irongate_policy::mapper::Mapper as Declared;
use irongate_sandbox::{
    AdmissionLimits, Admitted, Artifact, ArtifactCache, CompileError, Compiler, Engine, Host,
    Limits, Mapper, MapperEngine, MapperLimits, NoMapper, Provision, World, admit,
};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// The hidden command that the gate starts to compile one component.
const WORKER: &str = "compile-worker";
const MIB: u64 = 1 << 20;
/// About what a row takes as mappers are given it: four columns.
const ROW_BYTES: u64 = 32;

/// Runs the compile worker: one component in, one artifact out, in a process that can do nothing else.
pub fn compile_worker() -> ExitCode {
    irongate_sandbox::compile_worker_main()
}

/// The sandbox of one gate.
#[derive(Clone)]
pub struct Sandbox {
    engine: Arc<Engine>,
    /// Of mappers, an instance for each unit.
    mappers: MapperEngine,
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

fn admitted(component: &[u8], world: World) -> Result<Admitted, Refused> {
    admit(component, world, &AdmissionLimits::default())
        .map_err(|error| Refused::Admission(error.code(), error.to_string()))
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
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let mappers = MapperEngine::new(threads)
            .map_err(|error| GateError::failed("the mappers' sandbox", error))?;
        let cache = ArtifactCache::new(home.cache(), &home.cache_key(entropy)?);
        Ok(Self {
            engine: Arc::new(engine),
            mappers,
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
    pub(crate) fn admit(&self, package: &Package) -> Result<Mappers, GateError> {
        let component = &package.contents.component;
        self.artifact(component)
            .map_err(|refused| refused.of("component"))?;
        self.mappers(&package.contents.mappers, &package.manifest)
    }

    /// The mappers of a job, ready to be called.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub(crate) fn mappers(
        &self,
        components: &BTreeMap<String, Vec<u8>>,
        manifest: &JobManifest,
    ) -> Result<Mappers, GateError> {
        let mut mappers = Mappers::default();
        for (name, declared) in &manifest.mappers {
            let what = format!("mapper `{name}`");
            let component = components.get(name);
            let component =
                component.ok_or_else(|| GateError::rejected(format!("{what}: missing")))?;
            let mapper = self
                .mapper(component, declared)
                .map_err(|refused| refused.of(&what))?;
            mappers.add(name, declared, mapper, self.counts.clone());
        }
        Ok(mappers)
    }

    /// The artifact of a component, admitted and compiled.
    fn artifact(&self, component: &[u8]) -> Result<Artifact, Refused> {
        let admitted = admitted(component, World::Analyst)?;
        self.cache
            .artifact(&self.engine, &self.compiler, &admitted)
            .map_err(Refused::Compile)
    }

    /// The mapper of a component, under its declared limits.
    fn mapper(&self, component: &[u8], declared: &Declared) -> Result<Mapper, Refused> {
        let admitted = admitted(component, World::Mapper)?;
        let limits = MapperLimits {
            fuel: declared.fuel,
            memory_bytes: u64::from(declared.memory_kib) << 10,
            rows_bytes: match declared.blocks {
                None => u64::from(declared.max_rows) * ROW_BYTES,
                // Of many units.
                Some(_) => u64::MAX,
            },
            ..MapperLimits::default()
        };
        self.mappers
            .mapper(&self.cache, &self.compiler, &admitted, limits)
            .map_err(|error| match error {
                NoMapper::Compile(error) => Refused::Compile(error),
                NoMapper::Start(failure) => {
                    let text = "no instance of it can be made within its limits".to_owned();
                    Refused::Admission(failure.code.as_str(), text)
                }
            })
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
        let artifact = self.artifact(component).map_err(|refused| match refused {
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
