//! What was decided lately, for the console: content-free, bounded, in memory alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::ZonedDateTime;
use specialis::Observation;
use specialis::core::{Decision, EvaluationState, PolicyId};

/// How many decisions are kept.
const DECISIONS: usize = 500;
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
    decisions: VecDeque<Seen>,
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

    /// Keeps a decision, in the place of the oldest where there are too many.
    pub(super) fn add(&self, decision: &Decision) {
        let seen = Seen { at: now(), decision: Arc::new(decision.clone()) };
        self.with(|table| {
            table.n_seen = table.n_seen.saturating_add(1);
            if table.decisions.len() >= DECISIONS {
                table.decisions.pop_back();
            }
            table.decisions.push_front(seen);
        });
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
        self.with(|table| table.decisions.iter().cloned().collect())
    }

    /// How many were made.
    pub(crate) fn n_seen(&self) -> u64 {
        self.with(|table| table.n_seen)
    }

    /// The decision with an id.
    pub(crate) fn find(&self, id: &str) -> Option<Seen> {
        self.with(|table| table.decisions.iter().find(|seen| seen.decision.id == id).cloned())
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

#[expect(clippy::disallowed_methods, reason = "when a decision was made is shown to a person, and decides nothing")]
fn now() -> ZonedDateTime {
    jiff::Timestamp::now().to_zoned_datetime(jiff::tz::offset(8).to_time_zone())
}
