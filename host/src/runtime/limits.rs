//! Limits: one type, and the only way to make a store.

use std::time::Duration;

use specialis_core::FaultKind;
use wasmtime::{Engine, ResourceLimiter, Store};

use super::abi::CallState;

/// What a policy may use. The defaults are safe:
///
/// - fuel: 5,000,000 for each session, and 20,000 more for each character judged; one call gets at most the fuel of 4,096 characters
/// - time: 200 ms of wall clock a call, measured in steps of 10 ms (a malicious guest can hold its thread that long)
/// - memory 16 MiB, tables 20,000 elements, stack 256 KiB
/// - 256 findings, 256 KiB of answer, 2 KiB of state
/// - 64 log lines of 512 bytes
/// - 16 KiB of text kept back of one part of a stream; what would need more is reviewed, never released
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Limits {
    /// Fuel of a session before any text is judged.
    pub fuel_base: u64,
    /// Fuel that each character judged adds.
    pub fuel_per_char: u64,
    /// Wall-clock backstop of one call. What a malicious guest can still do: hold its thread for this long, once.
    pub deadline: Duration,
    /// Bytes of linear memory.
    pub memory: usize,
    /// Elements of a table.
    pub table: usize,
    /// Bytes of stack.
    pub stack: usize,
    /// Findings of one call.
    pub findings: usize,
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
}

/// The characters that one call can draw fuel for at most.
const CHARS_PER_CALL: u64 = 4_096;
/// The step of the epoch ticker.
pub(crate) const TICK: Duration = Duration::from_millis(10);

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel_base: 5_000_000,
            fuel_per_char: 20_000,
            deadline: Duration::from_millis(200),
            memory: 16 << 20,
            table: 20_000,
            stack: 256 << 10,
            findings: 256,
            output: 256 << 10,
            state: 2 << 10,
            log_lines: 64,
            log_line: 512,
            slice: 4_096,
            kept_back: 16 << 10,
        }
    }
}

impl Limits {
    /// The fuel for the next call, after `used` has been spent on a session that has judged `chars` characters.
    pub(crate) fn allowance(&self, chars: u64, used: u64) -> u64 {
        let session = self.fuel_base.saturating_add(self.fuel_per_char.saturating_mul(chars)).saturating_sub(used);
        session.min(self.fuel_base.saturating_add(self.fuel_per_char.saturating_mul(CHARS_PER_CALL)))
    }

    /// A store under these limits.
    pub(crate) fn store(
        &self,
        engine: &Engine,
        mut state: CallState,
        fuel: u64,
    ) -> Result<Store<CallState>, wasmtime::Error> {
        state.guard = ResourceGuard { memory: self.memory, table: self.table };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.guard);
        store.set_fuel(fuel)?;
        let ticks = self.deadline.as_millis().div_ceil(TICK.as_millis());
        store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX).max(1));
        store.epoch_deadline_trap();
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

/// Watches memory and tables.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResourceGuard {
    memory: usize,
    table: usize,
}

impl ResourceLimiter for ResourceGuard {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.memory { Err(LimitReached(FaultKind::Memory).into()) } else { Ok(true) }
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.table { Err(LimitReached(FaultKind::Table).into()) } else { Ok(true) }
    }
}
