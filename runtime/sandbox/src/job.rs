//! The state of one running job.

use crate::growth::Growth;
use crate::host::Host;
use crate::limits::Limits;

/// The state of one running job.
pub(crate) struct Job {
    pub(crate) host: Box<dyn Host>,
    pub(crate) limits: Limits,
    pub(crate) host_calls: u64,
    pub(crate) queries: u64,
    pub(crate) returned_bytes: u64,
    pub(crate) output_bytes: u64,
    pub(crate) log_bytes: u64,
    pub(crate) growth: Growth,
}

impl Job {
    pub(crate) fn new(host: Box<dyn Host>, limits: Limits) -> Self {
        Self {
            host,
            growth: Growth::new(limits.memory_bytes, limits.table_elements),
            limits,
            host_calls: 0,
            queries: 0,
            returned_bytes: 0,
            output_bytes: 0,
            log_bytes: 0,
        }
    }
}
