//! Limits: one type, and the only way to make a store.

mod budget;

use std::time::Duration;

use specialis_core::FaultKind;
use wasmtime::{Engine, ResourceLimiter, Store};

use super::abi::CallState;
pub use budget::PolicyUsage;
pub(crate) use budget::{Allowance, CodeOf, ReadMeter, Spent, Used, Work};

/// What a policy may use, and how much an event may hold. The defaults are safe:
///
/// - fuel of a policy in a session: 5,000,000, and for each call 1,000,000 more, for each character judged 20,000, for each
///   hit, part and signal shown 40,000; one call gets at most what 4,096 characters add. Reading from the host costs fuel too, by the byte
/// - time: 200 ms of wall clock for one call, measured in steps of 10 ms; in a session 200 ms in total, and 20 ms more for each call
/// - memory 16 MiB, tables 20,000 elements, stack 256 KiB
/// - 256 findings, 128 of them different, with 16 obligations each beside masks; 256 KiB of answer, 2 KiB of state
/// - 64 log lines of 512 bytes
/// - 16 KiB of text kept back of one part of a stream; what would need more is reviewed, never released
/// - what an event and a session may hold: as [`EventLimits`] says
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Limits {
    /// Fuel that a policy has in a session before anything is judged.
    pub fuel_base: u64,
    /// Fuel that each call adds.
    pub fuel_per_call: u64,
    /// Fuel that each character judged adds.
    pub fuel_per_char: u64,
    /// Fuel that each hit, part and signal adds, each time that it is shown.
    pub fuel_per_item: u64,
    /// Wall-clock backstop of one call, and what a policy has in a session before its first call. What a malicious guest can
    /// still do: hold its thread for this long, once. While an edition is staged, `configure` and the vectors that are compared have
    /// 30 s at each call, so that a busy machine changes nothing.
    pub deadline: Duration,
    /// Wall-clock time that each call adds to what a policy has in a session.
    pub time_per_call: Duration,
    /// Bytes of linear memory, all memories of a policy together.
    pub memory: usize,
    /// Elements of tables, all of a policy together.
    pub table: usize,
    /// Bytes of stack.
    pub stack: usize,
    /// Findings of one call.
    pub findings: usize,
    /// Findings of one call that differ.
    pub distinct_findings: usize,
    /// Obligations of one finding, masks apart.
    pub obligations: usize,
    /// Bytes of one answer, strings and lists together.
    pub output: usize,
    /// Bytes of state.
    pub state: usize,
    /// Log lines of one call.
    pub log_lines: u32,
    /// Bytes of one log line.
    pub log_line: usize,
    /// Bytes one read of text may return.
    pub slice: u32,
    /// Bytes of one part of a stream that may be kept back. What a malicious user can still do: write text that looks like
    /// the beginning of a match for so long that a person has to decide.
    pub kept_back: usize,
    /// What an event and a session may hold.
    pub event: EventLimits,
}

/// How much an event and a session may hold. What holds more is reviewed, never released, and the decision says which bound it
/// exceeded. The cost of judging grows in a line with each of these. The defaults:
///
/// - 16 MiB of text, 4,096 parts, 16,384 hits, 4,096 signals, 65,536 findings and 256 obligations in one event
/// - 1,000,000 events and 1,048,576 hits in one session; a session that exceeds one of these is closed: each later event is
///   reviewed, and no policy is called. What a malicious user can still do: close its own session
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EventLimits {
    /// Bytes of text in one event, its parts together.
    pub text: usize,
    /// Parts of one event. In a stream each choice and channel is one.
    pub parts: usize,
    /// Hits in the text of one event.
    pub hits: usize,
    /// Signals of one event.
    pub signals: usize,
    /// Findings on one event, those of a rule on a part for one reason counted once.
    pub findings: usize,
    /// Different obligations on one event beside masks, those of each policy counted by themselves.
    pub obligations: usize,
    /// Events of one session.
    pub session_events: u32,
    /// Hits in all events of one session.
    pub session_hits: usize,
}

impl Default for EventLimits {
    fn default() -> Self {
        Self {
            text: 16 << 20,
            parts: 4_096,
            hits: 16_384,
            signals: 4_096,
            findings: 65_536,
            obligations: 256,
            session_events: 1_000_000,
            session_hits: 1 << 20,
        }
    }
}

/// How many times the fuel and the time of others a policy with an interpreter has.
const INTERPRETED: u32 = 8;

/// The step of the epoch ticker.
pub(crate) const TICK: Duration = Duration::from_millis(10);

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel_base: 5_000_000,
            fuel_per_call: 1_000_000,
            fuel_per_char: 20_000,
            fuel_per_item: 40_000,
            deadline: Duration::from_millis(200),
            time_per_call: Duration::from_millis(20),
            memory: 16 << 20,
            table: 20_000,
            stack: 256 << 10,
            findings: 256,
            distinct_findings: 128,
            obligations: 16,
            output: 256 << 10,
            state: 2 << 10,
            log_lines: 64,
            log_line: 512,
            slice: 4_096,
            kept_back: 16 << 10,
            event: EventLimits::default(),
        }
    }
}

impl Limits {
    /// What a policy with an interpreter may use, whose signer may bring one: eight times the fuel and the time, and of all else as much.
    #[must_use]
    pub fn of_interpreter(&self) -> Self {
        let more = |fuel: u64| fuel.saturating_mul(u64::from(INTERPRETED));
        Self {
            fuel_base: more(self.fuel_base),
            fuel_per_call: more(self.fuel_per_call),
            fuel_per_char: more(self.fuel_per_char),
            fuel_per_item: more(self.fuel_per_item),
            deadline: self.deadline.saturating_mul(INTERPRETED),
            time_per_call: self.time_per_call.saturating_mul(INTERPRETED),
            ..self.clone()
        }
    }

    /// A store under these limits, for one call.
    pub(crate) fn store(
        &self,
        engine: &Engine,
        mut state: CallState,
        allowance: Allowance,
    ) -> Result<Store<CallState>, wasmtime::Error> {
        state.guard = ResourceGuard { memory: self.memory, table: self.table, ..ResourceGuard::default() };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.guard);
        store.set_fuel(allowance.fuel)?;
        let ticks = allowance.time.as_millis().div_ceil(TICK.as_millis());
        store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX).max(1));
        store.epoch_deadline_trap();
        // What a guest hands over is copied before it can be looked at. Its copy is larger than the bytes that are counted.
        store.set_hostcall_fuel(self.output.saturating_mul(COPY_FACTOR));
        Ok(store)
    }
}

/// A limit that was reached, as an error that the classification of faults recognizes by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitReached(pub(crate) FaultKind);

impl std::fmt::Display for LimitReached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl std::error::Error for LimitReached {}

/// How many times larger the copy of an answer may be than the bytes of it that are counted.
const COPY_FACTOR: usize = 8;

/// Watches memory and tables: all memories of a policy together, and all tables.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResourceGuard {
    memory: usize,
    table: usize,
    used_memory: usize,
    used_table: usize,
}

impl ResourceGuard {
    /// Bytes of linear memory.
    pub(crate) fn used_memory(&self) -> usize {
        self.used_memory
    }
}

impl ResourceLimiter for ResourceGuard {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.used_memory = self.used_memory.saturating_add(desired.saturating_sub(current));
        if self.used_memory > self.memory { Err(LimitReached(FaultKind::Memory).into()) } else { Ok(true) }
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.used_table = self.used_table.saturating_add(desired.saturating_sub(current));
        if self.used_table > self.table { Err(LimitReached(FaultKind::Table).into()) } else { Ok(true) }
    }
}
