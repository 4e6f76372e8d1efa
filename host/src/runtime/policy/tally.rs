//! How often a policy was called, how long that took, and how often it was a fault.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counts the calls of one policy of one edition.
#[derive(Default)]
pub(crate) struct Tally {
    n_calls: AtomicU64,
    n_faults: AtomicU64,
    /// How long all calls took, and the longest, in nanoseconds.
    nanos: AtomicU64,
    most_nanos: AtomicU64,
    /// When the last faults happened, newest last.
    recent: Mutex<VecDeque<Duration>>,
}

/// How long calls of a policy took, since its edition was staged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallTimes {
    /// On average.
    pub mean: Duration,
    /// The longest.
    pub most: Duration,
}

/// How many faults are remembered with their time.
const REMEMBERED: usize = 1_024;

impl Tally {
    pub(crate) fn n_calls(&self) -> u64 {
        self.n_calls.load(Ordering::Relaxed)
    }

    pub(crate) fn n_faults(&self) -> u64 {
        self.n_faults.load(Ordering::Relaxed)
    }

    /// How long a call took on average, and at most.
    pub(crate) fn times(&self) -> CallTimes {
        let load = |nanos: &AtomicU64| nanos.load(Ordering::Relaxed);
        let mean = load(&self.nanos).checked_div(self.n_calls()).unwrap_or_default();
        CallTimes { mean: Duration::from_nanos(mean), most: Duration::from_nanos(load(&self.most_nanos)) }
    }

    /// How many of the remembered faults happened at or after `since`.
    pub(crate) fn faults_since(&self, since: Duration) -> usize {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().filter(|at| **at >= since).count()
    }

    /// Forgets when faults happened. How many there were stays counted.
    pub(crate) fn forget_recent(&self) {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Counts a call with how long it took, and the time of its fault where it was one.
    pub(super) fn count(&self, took: Duration, fault: Option<Duration>) {
        self.n_calls.fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.most_nanos.fetch_max(nanos, Ordering::Relaxed);
        if let Some(at) = fault {
            self.n_faults.fetch_add(1, Ordering::Relaxed);
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            if recent.len() >= REMEMBERED {
                recent.pop_front();
            }
            recent.push_back(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_mean_and_the_longest() {
        let tally = Tally::default();
        assert_eq!(tally.times(), CallTimes::default());
        for micros in [10, 20, 60] {
            tally.count(Duration::from_micros(micros), None);
        }
        let (mean, most) = (Duration::from_micros(30), Duration::from_micros(60));
        assert_eq!((tally.times(), tally.n_calls()), (CallTimes { mean, most }, 3));
    }
}
