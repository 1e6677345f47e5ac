//! Mappers: a function of one unit's rows, in an instance of its own for each unit.
//!
//! *Invariant:* what a call gives follows from the component, its limits and the unit's rows alone. Nothing of an
//! instance outlives it: not its memory or that memory's size, no global, table, segment, fuel or handle.

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, Linker};

use crate::contract::MAP;
use crate::engine::{Artifact, Engine};
use crate::failure::{Code, Failure};
use crate::growth::Growth;
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
    /// Wall-clock time after which a call is aborted: far above what `fuel` can take.
    pub backstop: std::time::Duration,
}

impl Default for MapperLimits {
    fn default() -> Self {
        Self {
            fuel: 1_000_000,
            memory_bytes: 1 << 20,
            table_elements: 1_000,
            stack_bytes: Provision::for_mappers(1).stack_bytes,
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

/// A call that the machine ended. Not a function of the rows: the whole job is aborted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a mapper was aborted: {}", code.as_str())]
pub struct Aborted {
    code: Code,
}

/// A mapper that is ready to be called. All mappers of an engine together may be called as often at once as it was
/// provisioned for ([`Provision::jobs`]).
#[derive(Clone)]
pub struct Mapper {
    engine: wasmtime::Engine,
    ready: InstancePre<Growth>,
    map: ComponentExportIndex,
    limits: MapperLimits,
}

impl Engine {
    /// Makes a mapper of a component that was admitted as one. The engine's provision is
    /// [`Provision::for_mappers`].
    ///
    /// # Errors
    /// [`Code::NotProvisioned`] if the limits are not what the engine was provisioned for; another code if not even
    /// an instance can be made within them, which would be so for every unit.
    pub fn mapper(&self, artifact: &Artifact, limits: MapperLimits) -> Result<Mapper, Failure> {
        let p = &self.provision;
        if limits.memory_bytes > p.memory_bytes
            || limits.table_elements > p.table_elements
            || limits.stack_bytes != p.stack_bytes
        {
            return Err(Failure::new(Code::NotProvisioned, "", 0));
        }
        let host = |error: wasmtime::Error| Failure::new(Code::Host, error.to_string(), 0);
        let component = &artifact.component;
        let ready = Linker::new(&self.inner)
            .instantiate_pre(component)
            .map_err(host)?;
        let map = component
            .get_export_index(None, MAP)
            .ok_or_else(|| Failure::new(Code::Host, "it exports no `map`", 0))?;
        let mapper = Mapper {
            engine: self.inner.clone(),
            ready,
            map,
            limits,
        };
        match mapper.instance() {
            Ok(_) => Ok(mapper),
            Err(error) => Err(Failure::new(classify(&error), error.to_string(), 0)),
        }
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
        match self.call(rows) {
            Ok(numbers) if numbers.len() == outputs.len() => {
                outputs.copy_from_slice(&numbers);
                Ok(Mapped::Values)
            }
            Ok(_) => Ok(Mapped::Default(Code::BadValue)),
            Err(error) => match classify(&error) {
                code if code.is_residual() => Err(Aborted { code }),
                code => Ok(Mapped::Default(code)),
            },
        }
    }

    /// An instance for one unit.
    fn instance(&self) -> wasmtime::Result<(Store<Growth>, Instance)> {
        let limits = &self.limits;
        let growth = Growth::new(limits.memory_bytes, limits.table_elements);
        let mut store = Store::new(&self.engine, growth);
        store.limiter(|growth| growth);
        // What is lifted is no more than the instance's memory holds, so this bounds nothing.
        store.set_hostcall_fuel(usize::MAX);
        store.set_epoch_deadline(ticks(limits.backstop));
        store.epoch_deadline_trap();
        // Before instantiation: start functions and segments cost fuel too.
        store.set_fuel(limits.fuel)?;
        let instance = self.ready.instantiate(&mut store)?;
        Ok((store, instance))
    }

    /// The numbers are copied as the call returns: the guest's `post-return`, which runs then, may free them.
    fn call(&self, rows: &[u8]) -> wasmtime::Result<Vec<f64>> {
        let (mut store, instance) = self.instance()?;
        let map = instance.get_typed_func::<(&[u8],), (Vec<f64>,)>(&mut store, &self.map)?;
        let (numbers,) = map.call(&mut store, (rows,))?;
        Ok(numbers)
    }
}
