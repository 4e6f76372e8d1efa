//! Budgets: what a policy has used of a session, and what its next call may use. They follow what is really done, so that a long
//! honest session never runs dry.

use std::time::Duration;

use specialis_core::FaultKind;

use super::{LimitReached, Limits};

/// The most characters that add fuel to one call.
const CHARS_PER_CALL: u64 = 4_096;
/// Fuel of one call of a host function, and of each byte that it hands over.
const FUEL_PER_READ: u64 = 100;
const FUEL_PER_BYTE: u64 = 2;

/// What a policy has used of a session, and what added to its budget.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    n_calls: u64,
    /// Hits, parts and signals that were shown, each as often as it was.
    n_items: u64,
    fuel: u64,
    time: Duration,
    n_reads: u64,
    /// The most memory of one call.
    memory: usize,
}

/// What one call used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) fuel: u64,
    /// Wall-clock time, without the wait for a pool slot.
    pub(crate) time: Duration,
    /// How often it called a function of the host.
    pub(crate) n_reads: u64,
    /// Bytes of linear memory.
    pub(crate) memory: usize,
}

/// What a policy used in one session. All of it depends on the input alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyUsage {
    /// How often it was called, at open and on events.
    pub n_calls: u64,
    /// Fuel of all calls.
    pub fuel: u64,
    /// How often it called functions of the host.
    pub n_host_calls: u64,
    /// Bytes of linear memory: the most of one call.
    pub memory: usize,
    /// Bytes of state that it remembered at the end.
    pub state: usize,
}

/// What the next call is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    /// Characters that the session has judged, with those of this call.
    pub(crate) n_chars: u64,
    /// Hits, parts and signals that the call shows.
    pub(crate) n_items: u64,
}

/// Whose code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeOf {
    /// Anybody's.
    Anyone,
    /// An interpreter, of a signer who may bring one.
    Interpreter,
}

/// What one call may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) fuel: u64,
    pub(crate) time: Duration,
}

/// The longest call that nobody waits for. Fuel ends it long before; the clock is for what fuel does not count.
const UNHURRIED: Duration = Duration::from_secs(30);

impl Allowance {
    /// The same fuel, and time enough on a machine with much other work.
    pub(crate) fn unhurried(self) -> Self {
        Self { time: UNHURRIED, ..self }
    }
}

impl Spent {
    /// Adds one call.
    pub(crate) fn add(&mut self, work: Work, used: Used) {
        self.n_calls = self.n_calls.saturating_add(1);
        self.n_items = self.n_items.saturating_add(work.n_items);
        self.fuel = self.fuel.saturating_add(used.fuel);
        self.time = self.time.saturating_add(used.time);
        self.n_reads = self.n_reads.saturating_add(used.n_reads);
        self.memory = self.memory.max(used.memory);
    }

    /// Wall-clock time of all calls.
    pub(crate) fn time(&self) -> Duration {
        self.time
    }

    /// The same for people.
    pub(crate) fn usage(&self) -> PolicyUsage {
        let &Self { n_calls, fuel, n_reads, memory, .. } = self;
        PolicyUsage { n_calls, fuel, n_host_calls: n_reads, memory, ..PolicyUsage::default() }
    }
}

impl Limits {
    /// What the next call may use.
    pub(crate) fn allowance(&self, code: CodeOf, spent: &Spent, work: Work) -> Allowance {
        match code {
            CodeOf::Anyone => self.left(spent, work),
            CodeOf::Interpreter => self.of_interpreter().left(spent, work),
        }
    }

    /// What these limits leave for the next call.
    fn left(&self, spent: &Spent, work: Work) -> Allowance {
        let of_calls = |n: u64| self.fuel_per_call.saturating_mul(n);
        let of_items = |n: u64| self.fuel_per_item.saturating_mul(n);
        let of_chars = |n: u64| self.fuel_per_char.saturating_mul(n);
        let sum = |parts: [u64; 4]| parts.into_iter().fold(0, u64::saturating_add);
        let n_calls = spent.n_calls.saturating_add(1);
        let n_items = spent.n_items.saturating_add(work.n_items);
        let earned = sum([self.fuel_base, of_calls(n_calls), of_items(n_items), of_chars(work.n_chars)]);
        let most = sum([self.fuel_base, of_calls(1), of_items(work.n_items), of_chars(CHARS_PER_CALL)]);
        let n_before = u32::try_from(spent.n_calls).unwrap_or(u32::MAX);
        let time = self.deadline.saturating_add(self.time_per_call.saturating_mul(n_before));
        Allowance {
            fuel: earned.saturating_sub(spent.fuel).min(most),
            time: time.saturating_sub(spent.time).min(self.deadline),
        }
    }

    /// What a call may use that belongs to no session.
    pub(crate) fn allowance_alone(&self, code: CodeOf) -> Allowance {
        self.allowance(code, &Spent::default(), Work::default())
    }
}

/// What one call has read from the host, in fuel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadMeter {
    used: u64,
    allowed: u64,
    n_reads: u64,
}

impl ReadMeter {
    pub(crate) fn new(allowed: u64) -> Self {
        Self { used: 0, allowed, n_reads: 0 }
    }

    /// Charges one read of so many bytes, before it is made.
    pub(crate) fn charge(&mut self, n_bytes: usize) -> Result<(), LimitReached> {
        let n_bytes = u64::try_from(n_bytes).unwrap_or(u64::MAX);
        let cost = FUEL_PER_READ.saturating_add(n_bytes.saturating_mul(FUEL_PER_BYTE));
        self.used = self.used.saturating_add(cost);
        self.n_reads = self.n_reads.saturating_add(1);
        if self.used > self.allowed { Err(LimitReached(FaultKind::Fuel)) } else { Ok(()) }
    }

    /// Fuel used by reading.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    /// How many reads there were.
    pub(crate) fn n_reads(&self) -> u64 {
        self.n_reads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(fuel: u64, time: Duration) -> Used {
        Used { fuel, time, ..Used::default() }
    }

    #[test]
    fn what_is_done_adds_to_the_budget() {
        let limits =
            Limits { fuel_base: 10, fuel_per_call: 5, fuel_per_char: 3, fuel_per_item: 2, ..Limits::default() };
        let mut spent = Spent::default();
        let work = Work { n_chars: 4, n_items: 1 };
        assert_eq!(limits.allowance(CodeOf::Anyone, &spent, work).fuel, 10 + 5 + 12 + 2);
        spent.add(work, used(29, Duration::ZERO));
        assert_eq!(limits.allowance(CodeOf::Anyone, &spent, work).fuel, 5 + 2, "the same characters add nothing");
        assert_eq!(limits.allowance(CodeOf::Anyone, &spent, Work { n_chars: 5, n_items: 0 }).fuel, 5 + 3);
    }

    #[test]
    fn one_call_gets_no_more_than_its_own_work_adds() {
        let limits = Limits::default();
        let work = Work { n_chars: u64::MAX, n_items: 0 };
        assert_eq!(
            limits.allowance(CodeOf::Anyone, &Spent::default(), work).fuel,
            5_000_000 + 1_000_000 + 4_096 * 20_000
        );
    }

    #[test]
    fn an_interpreter_has_eight_times_the_fuel_and_time() {
        let limits = Limits::default();
        let (plain, interpreted) = (CodeOf::Anyone, CodeOf::Interpreter);
        let (one, other) = (limits.allowance_alone(plain), limits.allowance_alone(interpreted));
        assert_eq!((other.fuel, other.time), (8 * one.fuel, 8 * one.time));
        let mut spent = Spent::default();
        spent.add(Work::default(), used(other.fuel, other.time));
        let next = limits.allowance(interpreted, &spent, Work::default());
        assert_eq!((next.fuel, next.time), (8 * limits.fuel_per_call, 8 * limits.time_per_call));
        assert_eq!(limits.allowance(plain, &spent, Work::default()).fuel, 0);
    }

    #[test]
    fn wall_clock_time_adds_up_over_a_session() {
        let limits = Limits::default();
        let mut spent = Spent::default();
        assert_eq!(limits.allowance_alone(CodeOf::Anyone).time, limits.deadline);
        spent.add(Work::default(), used(0, limits.deadline));
        assert_eq!(limits.allowance(CodeOf::Anyone, &spent, Work::default()).time, limits.time_per_call);
        (0..100).for_each(|_| spent.add(Work::default(), used(0, Duration::from_millis(1))));
        assert_eq!(limits.allowance(CodeOf::Anyone, &spent, Work::default()).time, limits.deadline);
    }
}
