//! The hardened engine: what is on, what is off, what is set aside.

use std::sync::Arc;
use std::time::Duration;

use ring::digest;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::abi;
use crate::cost::costs;
use crate::job::Job;
use crate::limits::Provision;

/// How often the epoch moves on: the backstop's grain. Fuel stops nearly every job long before.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// Most core instances of one component: a job, its shim and fixup, and one to spare, with the
/// instances that carry their imports.
const CORE_INSTANCES: u32 = 16;

/// Places beyond those that mappers are provisioned with.
const SPARE_PLACES: u32 = 2;

/// Memories of mappers whose pages are given back to the kernel in one call, so in an eighth of the calls: when two
/// cores do it at once, each interrupts the other. The memories of that many units stay in a core's second cache.
const RESET_TOGETHER: u32 = 8;

/// Tables of one component; as in admission.
const TABLES: u32 = 4;

/// An engine could not be made.
#[derive(Debug, thiserror::Error)]
#[error("no sandbox engine: {0}")]
pub struct EngineError(String);

/// Settings that change the code that is generated. The compile worker and the engine share them.
pub(crate) fn code_config() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .operator_cost(costs())
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        .wasm_tail_call(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .wasm_component_model_error_context(false)
        .wasm_component_model_gc(false)
        .wasm_component_model_map(false)
        .wasm_component_model_memory64(false)
        .wasm_component_model_fixed_length_lists(false)
        .wasm_component_model_implements(false)
        .concurrency_support(false)
        .shared_memory(false)
        .memory_may_move(false)
        .memory_init_cow(true);
    config
}

/// Digest of everything that decides what code is generated: version, settings, target, CPU.
pub(crate) fn settings(engine: &wasmtime::Engine) -> [u8; 32] {
    struct Sha(digest::Context);
    impl std::hash::Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(&(bytes.len() as u64).to_le_bytes());
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0 // never asked for: the digest is taken instead
        }
    }
    let mut sha = Sha(digest::Context::new(&digest::SHA256));
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut sha);
    std::hash::Hash::hash(&cpu_features(), &mut sha);
    let mut out = [0; 32];
    out.copy_from_slice(sha.0.finish().as_ref());
    out
}

/// The features of this CPU that the compiler may use.
fn cpu_features() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let found = [
            ("sse3", std::is_x86_feature_detected!("sse3")),
            ("ssse3", std::is_x86_feature_detected!("ssse3")),
            ("sse4.1", std::is_x86_feature_detected!("sse4.1")),
            ("sse4.2", std::is_x86_feature_detected!("sse4.2")),
            ("popcnt", std::is_x86_feature_detected!("popcnt")),
            ("avx", std::is_x86_feature_detected!("avx")),
            ("avx2", std::is_x86_feature_detected!("avx2")),
            ("fma", std::is_x86_feature_detected!("fma")),
            ("bmi1", std::is_x86_feature_detected!("bmi1")),
            ("bmi2", std::is_x86_feature_detected!("bmi2")),
            ("avx512f", std::is_x86_feature_detected!("avx512f")),
            ("lzcnt", std::is_x86_feature_detected!("lzcnt")),
        ];
        let names: Vec<_> = found
            .iter()
            .filter(|(_, on)| *on)
            .map(|(name, _)| *name)
            .collect();
        format!("x86_64:{}", names.join(","))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        std::env::consts::ARCH.to_owned()
    }
}

/// Runs jobs. Cheap to clone; one for a process.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: wasmtime::Engine,
    pub(crate) linker: Arc<Linker<Job>>,
    pub(crate) provision: Provision,
    pub(crate) settings: [u8; 32],
}

impl Engine {
    /// Sets aside what `provision` says, and starts the backstop's clock.
    ///
    /// # Errors
    /// When the machine cannot set it aside.
    pub fn new(provision: Provision) -> Result<Self, EngineError> {
        let error = |e: wasmtime::Error| EngineError(e.to_string());
        let number = |n: u64| usize::try_from(n).map_err(|_| EngineError("too large".into()));
        let is_resident = provision.resident_bytes > 0;
        // Letting go of a component takes such of its places as are idle for a moment.
        let (spare, together) = if is_resident {
            (SPARE_PLACES + RESET_TOGETHER, RESET_TOGETHER)
        } else {
            (0, 1)
        };
        let jobs = provision.jobs.saturating_add(spare);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(jobs)
            .total_core_instances(jobs.saturating_mul(CORE_INSTANCES))
            .total_memories(jobs)
            .total_tables(jobs.saturating_mul(TABLES))
            .max_core_instances_per_component(CORE_INSTANCES)
            .max_memories_per_component(1)
            .max_tables_per_component(TABLES)
            .max_tables_per_module(TABLES)
            .max_memories_per_module(1)
            .max_memory_size(number(provision.memory_bytes)?)
            .table_elements(number(provision.table_elements)?)
            // A place whose last instance was of the same component is reset for less.
            .max_unused_warm_slots(if is_resident { jobs } else { 0 })
            .decommit_batch_size(number(together.into())?)
            .linear_memory_keep_resident(number(provision.resident_bytes)?)
            .table_keep_resident(number(provision.resident_bytes)?)
            .pagemap_scan(Enabled::No);
        let mut config = code_config();
        config
            .max_wasm_stack(number(provision.stack_bytes)?)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let inner = wasmtime::Engine::new(&config).map_err(error)?;
        let mut linker = Linker::new(&inner);
        abi::link(&mut linker).map_err(error)?;
        let weak = inner.weak();
        std::thread::Builder::new()
            .name("sandbox-epoch".into())
            .spawn(move || {
                loop {
                    std::thread::sleep(TICK);
                    match weak.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .map_err(|e| EngineError(e.to_string()))?;
        let settings = settings(&inner);
        Ok(Self {
            inner,
            linker: Arc::new(linker),
            provision,
            settings,
        })
    }
}

/// A component that is ready to run: admitted, compiled, authenticated.
#[derive(Clone)]
pub struct Artifact {
    pub(crate) component: Component,
    pub(crate) digest: [u8; 32],
}

impl Artifact {
    /// SHA-256 of the component it was compiled from.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}
