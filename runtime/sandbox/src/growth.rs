//! How far a guest may grow.

use wasmtime::ResourceLimiter;

use crate::failure::Code;

/// Why a host call or a growth ended the guest.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{}", .0.as_str())]
pub(crate) struct Stop(pub(crate) Code);

/// What a guest has of memory and table elements, and may have.
pub(crate) struct Growth {
    memory: Amount,
    table: Amount,
}

struct Amount {
    total: u64,
    limit: u64,
    /// What growing beyond is called.
    code: Code,
}

impl Growth {
    pub(crate) fn new(memory_bytes: u64, table_elements: u64) -> Self {
        let amount = |limit, code| Amount {
            total: 0,
            limit,
            code,
        };
        Self {
            memory: amount(memory_bytes, Code::Memory),
            table: amount(table_elements, Code::Table),
        }
    }

    /// Linear memory so far.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory.total
    }
}

impl Amount {
    /// Growth beyond the limit stops the guest, always at the same place. Growth beyond the module's declared
    /// maximum is the module's business. A growth that was allowed and fails all the same is the machine's doing,
    /// and must not be told to the guest.
    fn grow(
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

impl ResourceLimiter for Growth {
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
