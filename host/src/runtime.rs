//! Everything an open session needs besides its edition: the engine with its ticker, pool slots, limits, compiled code, the
//! clock, the key of decision ids.

mod abi;
mod canonical;
mod clock;
mod code;
mod edition;
mod engine;
mod error;
mod id_key;
mod limits;
mod log;
mod policy;
mod slots;

use std::sync::Arc;

use arc_swap::ArcSwap;
use wasmtime::Engine;
use wasmtime::component::Component;

pub(crate) use abi::{CallPoint, Input, PartHit, Sections, WrittenFacts};
pub(crate) use canonical::{digest_of_value, feed, length_of};
pub use clock::{Clock, SystemClock};
pub use code::{CodeCache, CodeCounts, CompilerProcess};
pub(crate) use edition::{
    Answered, DecisionKey, EditionParts, EditionSources, Opened, Opening, PinnedEdition, PolicyContent, PolicyOpening,
    admit_event, warranted,
};
pub use edition::{
    Change, ChangeClass, Edition, EditionContent, EditionRecord, Memories, PlatformProfile, PolicyStatus, Provenance,
    ServiceProfile, Settings,
};
pub use engine::InstanceReset;
pub(crate) use engine::{CORE_INSTANCES_PER_COMPONENT, MODULES_PER_COMPONENT};
pub use error::SandboxError;
pub use id_key::IdKey;
pub(crate) use limits::{CodeOf, Spent, Work};
pub use limits::{EventLimits, Limits, PolicyUsage};
pub use log::LogSink;
pub(crate) use policy::{
    Answer, Call, CallAnswer, CodeFor, CompiledPolicy, Policy, answer_bits, is_allowed, needs_grant,
};
pub use policy::{CallTimes, MemoryCounts};

use code::CodeStore;
use engine::Ticker;
use slots::Slots;

/// The sandbox and what belongs to it, shared by a host, its sessions and every edition staged on it.
///
/// Cheap to clone; `Send` and `Sync`. It lives, and its wall-clock deadlines strike, as long as the host or any session opened
/// on it lives.
#[derive(Clone)]
pub struct Runtime(Arc<Shared>);

struct Shared {
    engine: Engine,
    setup_engine: Engine,
    slots: Slots,
    limits: Arc<Limits>,
    snapshots: bool,
    threads: u32,
    code: CodeStore<CompiledPolicy>,
    compiler: Option<CompilerProcess>,
    reset: InstanceReset,
    clock: Arc<dyn Clock>,
    id_key: ArcSwap<IdKey>,
    log: Option<Arc<dyn LogSink>>,
    input_log_bytes: usize,
    _ticker: Ticker,
}

/// How a runtime is set up. [`HostBuilder`](crate::HostBuilder) documents the defaults.
pub(crate) struct RuntimeOptions {
    pub(crate) limits: Limits,
    pub(crate) reset: InstanceReset,
    pub(crate) threads: u32,
    pub(crate) slots: Option<u32>,
    pub(crate) snapshots: bool,
    pub(crate) code_cache: Option<CodeCache>,
    pub(crate) compiler: Option<CompilerProcess>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) id_key: Option<IdKey>,
    pub(crate) log: Option<Arc<dyn LogSink>>,
    pub(crate) input_log_bytes: usize,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        Self {
            limits: Limits::default(),
            reset: InstanceReset::default(),
            threads,
            slots: None,
            snapshots: true,
            code_cache: None,
            compiler: None,
            clock: Arc::new(SystemClock),
            id_key: None,
            log: None,
            input_log_bytes: 0,
        }
    }
}

impl Runtime {
    /// Sets up the engine and starts its ticker.
    pub(crate) fn start(options: RuntimeOptions) -> Result<Self, SandboxError> {
        let slots = options.slots.unwrap_or(options.threads);
        if slots < options.threads {
            return Err(SandboxError::PoolTooSmall { slots, threads: options.threads });
        }
        let id_key = options.id_key.map_or_else(IdKey::from_entropy, Ok)?;
        let engine = engine::engine(&options.limits, &options.reset, slots)?;
        let setup_engine = engine::setup_engine(&options.limits)?;
        let ticker = Ticker::start([&engine, &setup_engine])?;
        Ok(Self(Arc::new(Shared {
            engine,
            setup_engine,
            slots: Slots::new(slots),
            limits: Arc::new(options.limits),
            snapshots: options.snapshots,
            threads: options.threads,
            code: CodeStore::new(options.code_cache),
            compiler: options.compiler,
            reset: options.reset,
            clock: options.clock,
            id_key: ArcSwap::from_pointee(id_key),
            log: options.log,
            input_log_bytes: options.input_log_bytes,
            _ticker: ticker,
        })))
    }

    /// What a policy may use.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Replaces the key of decision ids for sessions that open from now on. Sessions that are open keep theirs.
    pub fn rotate_id_key(&self, key: IdKey) {
        self.0.id_key.store(Arc::new(key));
    }

    /// The key of decision ids for a session that opens now.
    pub(crate) fn id_key(&self) -> Arc<IdKey> {
        self.0.id_key.load_full()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Compiles a component for one of the engines, given whose code it is and whether it is worth optimizing: in a process of its own,
    /// where there is a program for that.
    fn compile(&self, engine: &Engine, how: (CodeOf, bool), bytes: &[u8]) -> Result<Component, SandboxError> {
        match &self.0.compiler {
            Some(compiler) => compiler.compile(engine, how, (&self.0.limits, &self.0.reset), bytes),
            None => Component::new(engine, bytes).map_err(|e| SandboxError::Compile { source: e.into() }),
        }
    }

    /// How many policies may be compiled at once.
    pub(crate) fn threads(&self) -> usize {
        usize::try_from(self.0.threads).unwrap_or(1).max(1)
    }

    /// How many bytes of its input each session keeps.
    pub(crate) fn input_log_bytes(&self) -> usize {
        self.0.input_log_bytes
    }

    pub(crate) fn code_counts(&self) -> CodeCounts {
        self.0.code.counts()
    }

    /// Whether `key` was marked as done in the code cache.
    pub(crate) fn has_mark(&self, key: &blake3::Hash) -> bool {
        self.0.code.has_mark(key)
    }

    /// Marks `key` as done in the code cache.
    pub(crate) fn mark(&self, key: &blake3::Hash) {
        self.0.code.mark(key);
    }
}
