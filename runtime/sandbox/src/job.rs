//! The state of one running job, and how far it may grow.

use wasmtime::ResourceLimiter;

use crate::failure::Code;
use crate::host::Host;
use crate::limits::Limits;

/// Why a host call or a growth ended the job.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{}", .0.as_str())]
pub(crate) struct Stop(pub(crate) Code);

/// The state of one running job.
pub(crate) struct Job {
    pub(crate) host: Box<dyn Host>,
    pub(crate) limits: Limits,
    pub(crate) host_calls: u64,
    pub(crate) queries: u64,
    pub(crate) returned_bytes: u64,
    pub(crate) output_bytes: u64,
    pub(crate) log_bytes: u64,
    memory: Growth,
    table: Growth,
}

impl Job {
    pub(crate) fn new(host: Box<dyn Host>, limits: Limits) -> Self {
        Self {
            host,
            memory: Growth::new(limits.memory_bytes, Code::Memory),
            table: Growth::new(limits.table_elements, Code::Table),
            limits,
            host_calls: 0,
            queries: 0,
            returned_bytes: 0,
            output_bytes: 0,
            log_bytes: 0,
        }
    }
}

/// How much of something there is, and how much there may be.
pub(crate) struct Growth {
    total: u64,
    limit: u64,
    /// What growing beyond is called.
    code: Code,
}

impl Growth {
    pub(crate) fn new(limit: u64, code: Code) -> Self {
        Self {
            total: 0,
            limit,
            code,
        }
    }

    /// Growth beyond the limit stops the guest, always at the same place. Growth beyond the module's declared
    /// maximum is the module's business. A growth that was allowed and fails all the same is the machine's doing,
    /// and must not be told to the guest.
    pub(crate) fn grow(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        let after = self.total.saturating_add(more);
        if after > self.limit {
            return Err(Stop(self.code).into());
        }
        if maximum.is_some_and(|max| desired > max) {
            return Ok(false);
        }
        self.total = after;
        Ok(true)
    }
}

impl ResourceLimiter for Job {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.memory.grow(current, desired, maximum)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Stop(Code::Host).into())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.table.grow(current, desired, maximum)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Stop(Code::Host).into())
    }
}
