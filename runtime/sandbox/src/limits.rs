//! What one job may use, and what an engine has set aside for jobs.

use std::time::Duration;

const MIB: u64 = 1 << 20;

/// Deterministic limits of one job, and the wall-clock backstop behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Fuel: about one unit an instruction, one a byte moved in bulk or over the boundary.
    pub fuel: u64,
    /// Linear memory, bytes, over all memories of the job.
    pub memory_bytes: u64,
    /// Table elements, over all tables of the job.
    pub table_elements: u64,
    /// Stack of the guest, bytes. Must be what the engine was provisioned with: the depth at which
    /// a job stops must not depend on the engine it happened to meet.
    pub stack_bytes: u64,
    /// Calls into the gate, of any kind.
    pub host_calls: u64,
    /// Calls to `query`.
    pub queries: u64,
    /// Bytes of all tables and errors returned to the guest ([`crate::table::Table::bytes`]).
    pub returned_bytes: u64,
    /// Bytes of all tables the guest hands over, refused ones included.
    pub output_bytes: u64,
    /// Bytes of all log lines.
    pub log_bytes: u64,
    /// Wall-clock time after which the job is aborted. Not deterministic: hitting it is a residual
    /// failure, so it should be far above what `fuel` can take.
    pub backstop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let provision = Provision::default();
        Self {
            fuel: 1_000_000_000,
            memory_bytes: 64 * MIB,
            table_elements: 10_000,
            stack_bytes: provision.stack_bytes,
            host_calls: 10_000,
            queries: 16,
            returned_bytes: 8 * MIB,
            output_bytes: 8 * MIB,
            log_bytes: 64 * 1024,
            backstop: Duration::from_secs(60),
        }
    }
}

/// What an engine sets aside beforehand, so that running short of it cannot depend on data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// Jobs at once.
    pub jobs: u32,
    /// Most linear memory a job may ask for, bytes.
    pub memory_bytes: u64,
    /// Most table elements a job may ask for.
    pub table_elements: u64,
    /// Stack of every guest, bytes.
    pub stack_bytes: u64,
    /// Bytes of each memory that are reset by copying when an instance ends; the rest is given back to the kernel,
    /// which takes longer for each page that was touched.
    pub resident_bytes: u64,
}

impl Provision {
    /// Resident bytes for most mappers of the SDK.
    const FEW_RESIDENT: u64 = 24 * 1024;
    /// For those that reach further.
    const MANY_RESIDENT: u64 = 64 * 1024;

    /// For mappers, of which one unit runs at a time: those whose stack, data and rows lie within [`Self::FEW_RESIDENT`],
    /// and the others. One that stays within its resident bytes is called in less than half of the time
    /// (`docs/decisions/0004-mappers-are-called-as-components.md`).
    pub(crate) fn for_mappers() -> [Self; 2] {
        [Self::FEW_RESIDENT, Self::MANY_RESIDENT].map(|resident_bytes| Self {
            jobs: 1,
            memory_bytes: 16 * MIB,
            table_elements: 10_000,
            stack_bytes: Self::MAPPER_STACK_BYTES,
            resident_bytes,
        })
    }

    /// Stack of every mapper, bytes.
    pub(crate) const MAPPER_STACK_BYTES: u64 = MIB / 8;
}

impl Default for Provision {
    fn default() -> Self {
        Self {
            jobs: 4,
            memory_bytes: 256 * MIB,
            table_elements: 20_000,
            stack_bytes: MIB / 2,
            resident_bytes: 0,
        }
    }
}
