//! The engine: how wasmtime is set up, and the ticker that keeps wall-clock deadlines.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::error::BuildError;
use crate::limits::{Limits, TICK};

/// How freed instances are reset. The defaults were chosen by measuring; see `host/benches/record`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Bytes of each linear memory that are zeroed by hand instead of being given back to the system. Above what a call
    /// touches, no page tables change and threads do not wait for each other.
    pub memory_keep_resident: usize,
    /// The same for tables.
    pub table_keep_resident: usize,
}

impl Default for Reset {
    fn default() -> Self {
        Self { memory_keep_resident: 2 << 20, table_keep_resident: 64 << 10 }
    }
}

/// How many core instances, memories and tables one component may have: encoders make a few modules of one.
pub(crate) const EACH: u32 = 8;

pub(crate) fn engine(limits: &Limits, reset: &Reset, slots: u32) -> Result<Engine, BuildError> {
    let mut pool = PoolingAllocationConfig::default();
    let several = slots.saturating_mul(EACH);
    pool.total_component_instances(slots)
        .total_core_instances(several)
        .total_memories(several)
        .total_tables(several)
        .max_memory_size(limits.memory)
        .table_elements(limits.table)
        .max_component_instance_size(4 << 20)
        .max_core_instances_per_component(EACH)
        .max_memories_per_component(EACH)
        .max_tables_per_component(EACH)
        .linear_memory_keep_resident(reset.memory_keep_resident)
        .table_keep_resident(reset.table_keep_resident)
        .pagemap_scan(Enabled::No);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_init_cow(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .wasm_component_model(true)
        .wasm_relaxed_simd(false);
    Engine::new(&config).map_err(|e| BuildError::Engine { reason: e.to_string() })
}

/// Bumps an engine's epoch at a steady pace, whatever policies do, until it is dropped.
pub(crate) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> Result<Self, BuildError> {
        let (stop, stopped) = mpsc::channel();
        let engine = engine.weak();
        let thread = std::thread::Builder::new()
            .name("specialis-ticker".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .map_err(|e| BuildError::Engine { reason: format!("the ticker's thread does not start: {e}") })?;
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
