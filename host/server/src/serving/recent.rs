//! What was decided lately, for the console: content-free, bounded, in memory alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::ZonedDateTime;
use specialis::Observation;
use specialis::core::{Decision, EvaluationState, PolicyId};

use super::size::json_bytes;

/// How many decisions are kept.
const DECISIONS: usize = 500;
/// How many bytes of JSON they have together. The newest is kept whatever it has.
const BYTES: usize = 32 << 20;
/// Upper bounds of the classes of times, in microseconds; the last class has none.
pub(crate) const CLASSES: [u64; 10] = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/// A decision, and when it was made.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: ZonedDateTime,
    pub(crate) decision: Arc<Decision>,
}

/// The last decisions, and what judging cost.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    /// The newest first, each with its bytes.
    decisions: VecDeque<(Seen, usize)>,
    n_bytes: usize,
    n_seen: u64,
    fuel: BTreeMap<PolicyId, Fuel>,
    times: [u64; CLASSES.len() + 1],
}

/// The fuel of a policy's calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fuel {
    pub(crate) n_events: u64,
    pub(crate) sum: u64,
    pub(crate) max: u64,
}

impl Recent {
    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps a decision, in the place of the oldest where there are too many, or where they are too large together.
    pub(super) fn add(&self, decision: &Decision) {
        let seen = Seen { at: now(), decision: Arc::new(decision.clone()) };
        let n_bytes = json_bytes(decision);
        self.with(|table| table.add(seen, n_bytes, BYTES));
    }

    /// Counts what judging an event cost.
    pub(crate) fn observe(&self, observation: &Observation) {
        self.with(|table| {
            for (policy, fuel) in &observation.fuel {
                let entry = table.fuel.entry(policy.clone()).or_default();
                entry.n_events = entry.n_events.saturating_add(1);
                entry.sum = entry.sum.saturating_add(*fuel);
                entry.max = entry.max.max(*fuel);
            }
        });
    }

    /// Counts a time of judging.
    pub(super) fn time(&self, elapsed: Duration) {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let class = CLASSES.iter().position(|bound| micros <= *bound).unwrap_or(CLASSES.len());
        self.with(|table| {
            if let Some(n) = table.times.get_mut(class) {
                *n = n.saturating_add(1);
            }
        });
    }

    /// The kept decisions, the newest first.
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.with(|table| table.decisions.iter().map(|(seen, _)| seen.clone()).collect())
    }

    /// How many were made.
    pub(crate) fn n_seen(&self) -> u64 {
        self.with(|table| table.n_seen)
    }

    /// The decision with an id.
    pub(crate) fn find(&self, id: &str) -> Option<Seen> {
        self.with(|table| {
            let mut kept = table.decisions.iter().map(|(seen, _)| seen);
            kept.find(|seen| seen.decision.id == id).cloned()
        })
    }

    /// The fuel of each policy.
    pub(crate) fn fuel(&self) -> BTreeMap<PolicyId, Fuel> {
        self.with(|table| table.fuel.clone())
    }

    /// How many times fell into each of [`CLASSES`], and beyond the last.
    pub(crate) fn times(&self) -> [u64; CLASSES.len() + 1] {
        self.with(|table| table.times)
    }

    /// How many policies could not answer.
    pub(crate) fn n_faults(decision: &Decision) -> usize {
        decision.evaluations.values().filter(|one| one.state == EvaluationState::Unavailable).count()
    }
}

impl Table {
    fn add(&mut self, seen: Seen, n_bytes: usize, max_bytes: usize) {
        self.n_seen = self.n_seen.saturating_add(1);
        let room = max_bytes.saturating_sub(n_bytes);
        while self.decisions.len() >= DECISIONS || self.n_bytes > room {
            let Some((_, n)) = self.decisions.pop_back() else { break };
            self.n_bytes = self.n_bytes.saturating_sub(n);
        }
        self.n_bytes = self.n_bytes.saturating_add(n_bytes);
        self.decisions.push_front((seen, n_bytes));
    }
}

#[expect(clippy::disallowed_methods, reason = "when a decision was made is shown to a person, and decides nothing")]
fn now() -> ZonedDateTime {
    jiff::Timestamp::now().to_zoned_datetime(jiff::tz::offset(8).to_time_zone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(id: &str) -> Seen {
        let decision = json!({ "session": "s", "seq": 0, "kind": "prompt", "verdict": "pass", "as-of": "2026-11-30",
            "duties": [], "obligations": [], "evaluations": {}, "edition": "e", "id": id });
        Seen { at: now(), decision: Arc::new(serde_json::from_value(decision).unwrap()) }
    }

    fn ids(table: &Table) -> Vec<&str> {
        table.decisions.iter().map(|(seen, _)| seen.decision.id.as_str()).collect()
    }

    #[test]
    fn oldest_decisions_go_where_they_are_too_many_or_too_large_together() {
        let mut table = Table::default();
        for (id, n_bytes) in [("a", 40), ("b", 40), ("c", 20)] {
            table.add(seen(id), n_bytes, 100);
        }
        assert_eq!((ids(&table), table.n_bytes), (vec!["c", "b", "a"], 100));
        table.add(seen("d"), 1, 100);
        assert_eq!((ids(&table), table.n_bytes), (vec!["d", "c", "b"], 61));
        table.add(seen("e"), 500, 100);
        assert_eq!((ids(&table), table.n_bytes), (vec!["e"], 500));
        table.add(seen("f"), 1, 100);
        assert_eq!((ids(&table), table.n_bytes, table.n_seen), (vec!["f"], 1, 6));
        for _ in 0..2 * DECISIONS {
            table.add(seen("g"), 0, 100);
        }
        assert_eq!(table.decisions.len(), DECISIONS);
    }
}
