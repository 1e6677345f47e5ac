//! Mappers: a function of one unit's rows, in an instance of its own for each unit.
//!
//! *Invariant:* what a call gives follows from the component, its limits and the unit's rows alone. Nothing of an
//! instance outlives it: not its memory or that memory's size, no global, table, segment, fuel or handle.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, Linker};
use wasmtime::{Store, Trap};

use crate::admit::Admitted;
use crate::cache::ArtifactCache;
use crate::compile::{CompileError, Compiler};
use crate::contract::MAP;
use crate::engine::{Engine, EngineError};
use crate::failure::{Code, Failure};
use crate::growth::{Growth, Stop};
use crate::limits::Provision;
use crate::run::{classify, ticks};

/// Deterministic limits of each unit's instance, and the wall-clock backstop behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapperLimits {
    /// Fuel: about one unit an instruction, one a byte moved in bulk.
    pub fuel: u64,
    /// Linear memory, bytes.
    pub memory_bytes: u64,
    /// Table elements.
    pub table_elements: u64,
    /// Stack, bytes. Must be what the engine was provisioned with, as a job's.
    pub stack_bytes: u64,
    /// About how much a unit's rows take at most, bytes. Nothing but speed depends on it.
    pub rows_bytes: u64,
    /// Wall-clock time after which a call is aborted: far above what `fuel` can take. Sixteen times as much with more memory than a
    /// core's cache is sure to hold, 512 KiB.
    pub backstop: std::time::Duration,
}

impl Default for MapperLimits {
    fn default() -> Self {
        Self {
            fuel: 1_000_000,
            memory_bytes: 1 << 20,
            table_elements: 1_000,
            stack_bytes: Provision::MAPPER_STACK_BYTES,
            rows_bytes: 4_096,
            backstop: std::time::Duration::from_secs(10),
        }
    }
}

/// What came of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Mapped {
    /// The mapper gave its numbers.
    Values,
    /// It did not, for a reason that is the same whenever these rows come: the declared defaults take their place.
    /// Why is for the developer's own trials alone.
    Default(Code),
}

/// What one call took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Fuel.
    pub fuel: u64,
    /// Linear memory at its end, bytes.
    pub memory_bytes: u64,
}

/// A call that the machine ended. Not a function of the rows: the whole job is aborted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a mapper was aborted: {}", code.as_str())]
pub struct Aborted {
    code: Code,
}

/// No unit of fuel takes so long on any machine that the product is for, ns: five times what is planned with. With it,
/// fuel runs out before the backstop.
const SLOWEST_NS: u128 = 20;

/// Linear memory of a call up to which no unit of fuel takes longer than that: it fits a core's second cache. Beyond it each
/// load may wait for memory, so many times as long.
const NEAR_BYTES: u64 = 512 << 10;
const FAR_TIMES: u32 = 16;

/// Where mappers run. Each call that may run at once has a place of its own, in an engine of its own: what instances
/// of one engine share, two cores would hand to and fro several times a call.
#[derive(Clone)]
pub struct MapperEngine {
    places: Arc<[Place]>,
}

struct Place {
    /// As [`Provision::for_mappers`] has them.
    engines: [Engine; 2],
    /// One call at a time.
    busy: Arc<Busy>,
}

/// On cache lines of its own: what another core writes to is not on them.
#[derive(Default)]
#[repr(align(128))]
struct Busy(Mutex<()>);

/// A component that does not become a mapper.
#[derive(Debug, thiserror::Error)]
pub enum NoMapper {
    /// It was not compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Not even one instance can be made within its limits, which would be so for every unit.
    #[error("no instance can be made within its limits: {}", .0.code.as_str())]
    Start(Failure),
}

/// A mapper that is ready to be called. Of all mappers of an engine together, as many calls run at once as it has
/// places; others wait.
#[derive(Clone)]
pub struct Mapper {
    ready: Arc<[Ready]>,
    limits: MapperLimits,
    digest: [u8; 32],
}

/// A mapper in one place.
struct Ready {
    engine: wasmtime::Engine,
    component: InstancePre<Growth>,
    map: ComponentExportIndex,
    busy: Arc<Busy>,
}

/// The places that threads begin to look at.
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Where this thread looks first, so that it finds what it left in its core's caches.
    static FIRST: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

impl MapperEngine {
    /// Sets aside what so many calls at once need.
    ///
    /// # Errors
    /// When the machine cannot set it aside.
    pub fn new(at_once: NonZeroUsize) -> Result<Self, EngineError> {
        let place = |_| {
            let [few, many] = Provision::for_mappers().map(Engine::new);
            Ok(Place {
                engines: [few?, many?],
                busy: Arc::default(),
            })
        };
        let places = (0..at_once.get()).map(place).collect::<Result<_, _>>()?;
        Ok(Self { places })
    }

    /// Makes a mapper of a component that was admitted as one, compiled once.
    ///
    /// # Errors
    /// [`NoMapper`].
    pub fn mapper(
        &self,
        cache: &ArtifactCache,
        compiler: &Compiler,
        admitted: &Admitted,
        limits: MapperLimits,
    ) -> Result<Mapper, NoMapper> {
        let host = |error: String| NoMapper::Start(Failure::new(Code::Host, error, 0));
        let reaches = admitted.extent().saturating_add(limits.rows_bytes);
        let mut ready = Vec::new();
        for Place { engines, busy } in self.places.iter() {
            let [few, many] = engines;
            let engine = match reaches <= few.provision.resident_bytes {
                true => few,
                false => many,
            };
            if !limits.fit(&engine.provision) {
                let failure = Failure::new(Code::NotProvisioned, "", 0);
                return Err(NoMapper::Start(failure));
            }
            let artifact = cache.artifact(engine, compiler, admitted)?;
            let component = &artifact.component;
            let map = component.get_export_index(None, MAP);
            ready.push(Ready {
                engine: engine.inner.clone(),
                map: map.ok_or_else(|| host("it exports no `map`".into()))?,
                component: Linker::new(&engine.inner)
                    .instantiate_pre(component)
                    .map_err(|error| host(error.to_string()))?,
                busy: Arc::clone(busy),
            });
        }
        let mapper = Mapper {
            ready: ready.into(),
            limits,
            digest: *admitted.digest(),
        };
        if let Some(first) = mapper.ready.first() {
            first
                .instance(&mapper.limits)
                .map_err(|e| NoMapper::Start(Failure::new(classify(&e), e.to_string(), 0)))?;
        }
        Ok(mapper)
    }
}

impl MapperLimits {
    fn ends_by(&self) -> std::time::Duration {
        match self.memory_bytes > NEAR_BYTES {
            true => self.backstop.saturating_mul(FAR_TIMES),
            false => self.backstop,
        }
    }

    fn fit(&self, provision: &Provision) -> bool {
        self.memory_bytes <= provision.memory_bytes
            && self.table_elements <= provision.table_elements
            && self.stack_bytes == provision.stack_bytes
            && u128::from(self.fuel) * SLOWEST_NS <= self.backstop.as_nanos()
    }
}

impl Mapper {
    /// Calls the mapper for one unit: `rows` as `guest-sdk/wit/rows.md` lays them out, `outputs` as many as are
    /// declared. Blocks. The caller's thread needs the stack that the engine was provisioned with, and as much again for the
    /// host's own functions.
    ///
    /// # Errors
    /// [`Aborted`] when the machine ended the call; then `outputs` says nothing.
    pub fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Aborted> {
        self.map_measured(rows, outputs).map(|(mapped, _)| mapped)
    }

    /// The same, and what it took. That is for trials on invented rows alone: of real ones it would tell of them.
    ///
    /// # Errors
    /// As [`Self::map`].
    pub fn map_measured(
        &self,
        rows: &[u8],
        outputs: &mut [f64],
    ) -> Result<(Mapped, Spent), Aborted> {
        let mut spent = Spent::default();
        let mapped = match self.call(rows, &mut spent) {
            Ok(numbers) if numbers.len() == outputs.len() => {
                outputs.copy_from_slice(&numbers);
                Mapped::Values
            }
            Ok(_) => Mapped::Default(Code::BadValue),
            Err(code) if code.is_residual() => return Err(Aborted { code }),
            Err(code) => Mapped::Default(code),
        };
        Ok((mapped, spent))
    }

    /// The numbers are copied as the call returns: the guest's `post-return`, which runs then, may free them.
    fn call(&self, rows: &[u8], spent: &mut Spent) -> Result<Vec<f64>, Code> {
        let first = FIRST.with(|first| *first);
        let places = self.ready.len().max(1);
        let each = || (0..places).filter_map(|more| self.ready.get((first + more) % places));
        let free = each().find_map(|place| Some((place, place.turn()?)));
        let (place, _turn) = match free {
            Some(found) => found,
            None => {
                let place = each().next().ok_or(Code::Host)?;
                (
                    place,
                    place.busy.0.lock().unwrap_or_else(PoisonError::into_inner),
                )
            }
        };
        place.call(&self.limits, rows, spent)
    }

    /// The same with no more fuel than this.
    #[must_use]
    pub fn with_at_most(&self, fuel: u64) -> Self {
        let limits = MapperLimits {
            fuel: self.limits.fuel.min(fuel),
            ..self.limits.clone()
        };
        Self {
            limits,
            ..self.clone()
        }
    }

    /// The same with another backstop, also one that its fuel may outlast: as on a machine that is far too slow.
    #[doc(hidden)]
    #[must_use]
    pub fn with_backstop(&self, backstop: std::time::Duration) -> Self {
        let limits = MapperLimits {
            backstop,
            ..self.limits.clone()
        };
        Self {
            limits,
            ..self.clone()
        }
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// Why a call ended. Once the instance is there, the host's own failures have types; what has none is how the engine says that the
/// guest broke the canonical ABI, in words that may change with its version.
fn ended(error: &wasmtime::Error) -> Code {
    let is_typed = error.downcast_ref::<Stop>().is_some() || error.downcast_ref::<Trap>().is_some();
    match classify(error) {
        Code::Host if !is_typed => Code::BadValue,
        code => code,
    }
}

impl Ready {
    /// The turn to run here, if nothing does. A call that panicked left nothing behind.
    fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.busy.0.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// An instance for one unit.
    fn instance(&self, limits: &MapperLimits) -> wasmtime::Result<(Store<Growth>, Instance)> {
        let growth = Growth::new(limits.memory_bytes, limits.table_elements);
        let mut store = Store::new(&self.engine, growth);
        store.limiter(|growth| growth);
        // What is lifted is no more than the instance's memory holds, so this bounds nothing.
        store.set_hostcall_fuel(usize::MAX);
        store.set_epoch_deadline(ticks(limits.ends_by()));
        store.epoch_deadline_trap();
        // Before instantiation: start functions and segments cost fuel too.
        store.set_fuel(limits.fuel)?;
        let instance = self.component.instantiate(&mut store)?;
        Ok((store, instance))
    }

    fn call(
        &self,
        limits: &MapperLimits,
        rows: &[u8],
        spent: &mut Spent,
    ) -> Result<Vec<f64>, Code> {
        let made = self.instance(limits).and_then(|(mut store, instance)| {
            let map = instance.get_typed_func::<(&[u8],), (Vec<f64>,)>(&mut store, &self.map)?;
            Ok((store, map))
        });
        let (mut store, map) = made.map_err(|error| classify(&error))?;
        let called = map.call(&mut store, (rows,));
        spent.fuel = limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        spent.memory_bytes = store.data().memory_bytes();
        called
            .map(|(numbers,)| numbers)
            .map_err(|error| ended(&error))
    }
}
