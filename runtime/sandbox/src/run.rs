//! One job, from instantiation to its end.

use std::time::Duration;

use wasmtime::{Store, Trap};

use crate::engine::{Artifact, Engine, TICK};
use crate::failure::{Code, Failure, Finished};
use crate::growth::Stop;
use crate::host::Host;
use crate::job::Job;
use crate::limits::Limits;

/// Stack for the host's own functions above the guest's. Queries are planned on it.
const HOST_STACK: u64 = 8 << 20;

impl Engine {
    /// Runs a job's `run` to its end, on a thread of its own whose stack holds the provisioned
    /// guest stack and the host's. Blocks.
    ///
    /// # Errors
    /// How it ended, if not well; [`Code::is_residual`] tells aborts from deterministic ends.
    pub fn run_analyst(
        &self,
        artifact: &Artifact,
        limits: &Limits,
        host: Box<dyn Host>,
    ) -> Result<Finished, Failure> {
        let p = &self.provision;
        if limits.memory_bytes > p.memory_bytes
            || limits.table_elements > p.table_elements
            || limits.stack_bytes != p.stack_bytes
        {
            return Err(Failure::new(Code::NotProvisioned, "", 0));
        }
        let stack = p.stack_bytes.saturating_add(HOST_STACK);
        let stack = usize::try_from(stack).unwrap_or(usize::MAX);
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .name("sandbox-job".into())
                .stack_size(stack)
                .spawn_scoped(scope, || self.run(artifact, limits, host))
                .map_err(|_| Failure::new(Code::Host, "no thread", 0))?
                .join()
                .unwrap_or_else(|_| Err(Failure::new(Code::Host, "the host panicked", 0)))
        })
    }

    fn run(
        &self,
        artifact: &Artifact,
        limits: &Limits,
        host: Box<dyn Host>,
    ) -> Result<Finished, Failure> {
        let mut store = Store::new(&self.inner, Job::new(host, limits.clone()));
        store.limiter(|job| &mut job.growth);
        // Lifted lists and strings stay in guest memory until charged, so this bounds nothing.
        store.set_hostcall_fuel(usize::MAX);
        store.set_epoch_deadline(ticks(limits.backstop));
        store.epoch_deadline_trap();
        // Before instantiation: start functions and segments cost fuel too.
        let set = store.set_fuel(limits.fuel);
        let ended = set.and_then(|()| self.call(artifact, &mut store));
        let left = store.get_fuel().unwrap_or(0);
        let fuel_used = limits.fuel.saturating_sub(left);
        let job = store.data();
        match ended {
            Ok(Ok(())) => Ok(Finished {
                fuel_used,
                host_calls: job.host_calls,
                queries: job.queries,
                output_bytes: job.output_bytes,
            }),
            Ok(Err(text)) => Err(Failure::new(Code::GuestError, text, fuel_used)),
            Err(error) => {
                let code = classify(&error);
                Err(Failure::new(code, error.to_string(), fuel_used))
            }
        }
    }

    fn call(
        &self,
        artifact: &Artifact,
        store: &mut Store<Job>,
    ) -> wasmtime::Result<Result<(), String>> {
        let instance = self.linker.instantiate(&mut *store, &artifact.component)?;
        // The text is copied as the call returns: the guest's `post-return`, which runs then, may free it.
        let run = instance
            .get_typed_func::<(), (Result<(), String>,)>(&mut *store, crate::contract::RUN)?;
        Ok(run.call(&mut *store, ())?.0)
    }
}

/// What the engine says when a guest breaks the canonical ABI. It has no type for these; each line
/// is held by a hostile case, and what is not here is residual, the safe side.
const BAD_VALUES: [&str; 6] = [
    "out of bounds",
    "not aligned",
    "realloc return",
    "discriminant",
    "invalid utf-8",
    "incomplete utf-8",
];

/// Ticks of the epoch that are no shorter than this.
pub(crate) fn ticks(backstop: Duration) -> u64 {
    let ticks = backstop.as_nanos().div_ceil(TICK.as_nanos());
    u64::try_from(ticks.saturating_add(1)).unwrap_or(u64::MAX / 2)
}

pub(crate) fn classify(error: &wasmtime::Error) -> Code {
    if let Some(Stop(code)) = error.downcast_ref::<Stop>() {
        return *code;
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match trap {
            Trap::OutOfFuel => Code::OutOfFuel,
            Trap::StackOverflow => Code::Stack,
            Trap::Interrupt => Code::Backstop,
            Trap::AllocationTooLarge => Code::Host,
            _ => Code::Trap,
        };
    }
    if error.downcast_ref::<std::str::Utf8Error>().is_some() {
        return Code::BadValue;
    }
    let text = error.root_cause().to_string();
    if BAD_VALUES.iter().any(|known| text.contains(known)) {
        return Code::BadValue;
    }
    Code::Host
}
