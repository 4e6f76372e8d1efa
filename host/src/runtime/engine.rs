//! The engine: how wasmtime is set up, and the ticker that keeps wall-clock deadlines.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;

use wasmtime::{Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::error::SandboxError;
use super::limits::{Limits, TICK};

/// How freed instances are reset. The defaults were chosen by measuring; see `host/benches/record`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceReset {
    /// Bytes of each linear memory that are zeroed by hand instead of being given back to the system. Above what a call
    /// touches, no page tables change and threads do not wait for each other.
    pub memory_keep_resident: usize,
    /// The same for tables.
    pub table_keep_resident: usize,
}

impl Default for InstanceReset {
    fn default() -> Self {
        Self { memory_keep_resident: 2 << 20, table_keep_resident: 64 << 10 }
    }
}

/// How many memories and tables one component may have: encoders make a few modules of one.
pub(crate) const MODULES_PER_COMPONENT: u32 = 8;
/// How many core instances one component may have. An interpreter that is linked from libraries, with a stub for each interface of
/// WASI, is some forty. They take no address space of the pool, so a host has room for them; the trust policy says who may have them.
pub(crate) const CORE_INSTANCES_PER_COMPONENT: u32 = 64;

/// The engine that calls policies.
pub(crate) fn engine(limits: &Limits, reset: &InstanceReset, slots: u32) -> Result<Engine, SandboxError> {
    let mut pool = PoolingAllocationConfig::default();
    let several = slots.saturating_mul(MODULES_PER_COMPONENT);
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        .total_memories(several)
        .total_tables(several)
        .max_memory_size(limits.memory)
        .table_elements(limits.table)
        .max_component_instance_size(4 << 20)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_memories_per_component(MODULES_PER_COMPONENT)
        .max_tables_per_component(MODULES_PER_COMPONENT)
        .linear_memory_keep_resident(reset.memory_keep_resident)
        .table_keep_resident(reset.table_keep_resident)
        .pagemap_scan(Enabled::No);
    let mut config = config(limits);
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_init_cow(true)
        .cranelift_opt_level(OptLevel::Speed);
    Engine::new(&config).map_err(|e| SandboxError::Engine { source: e.into() })
}

/// The engine that configures a policy once, for its snapshot. Code that runs once is not worth optimizing: a policy compiles in
/// half the time, to code that answers the same and uses the same fuel.
pub(crate) fn setup_engine(limits: &Limits) -> Result<Engine, SandboxError> {
    let mut config = config(limits);
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand).cranelift_opt_level(OptLevel::None);
    Engine::new(&config).map_err(|e| SandboxError::Engine { source: e.into() })
}

/// What decides how code behaves: the same for every engine.
fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack)
        .cranelift_nan_canonicalization(true)
        .wasm_component_model(true)
        .wasm_relaxed_simd(false);
    config
}

/// Bumps the epochs of the engines at a steady pace, whatever policies do, until it is dropped.
pub(crate) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

const TICKER_THREAD: &str = "specialis-ticker";

impl Ticker {
    pub(crate) fn start(engines: [&Engine; 2]) -> Result<Self, SandboxError> {
        let (stop, stopped) = mpsc::channel();
        let engines = engines.map(Engine::weak);
        let thread = std::thread::Builder::new()
            .name(TICKER_THREAD.to_owned())
            .spawn(move || {
                while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    for engine in engines.iter().filter_map(EngineWeak::upgrade) {
                        engine.increment_epoch();
                    }
                }
            })
            .map_err(|source| SandboxError::Thread { name: TICKER_THREAD, source })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
