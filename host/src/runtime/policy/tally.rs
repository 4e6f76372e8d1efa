//! How often a policy was called, and how often that was a fault.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counts the calls of one policy of one edition.
#[derive(Default)]
pub(crate) struct Tally {
    n_calls: AtomicU64,
    n_faults: AtomicU64,
    /// When the last faults happened, newest last.
    recent: Mutex<VecDeque<Duration>>,
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

    /// How many of the remembered faults happened at or after `since`.
    pub(crate) fn faults_since(&self, since: Duration) -> usize {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().filter(|at| **at >= since).count()
    }

    /// Forgets when faults happened. How many there were stays counted.
    pub(crate) fn forget_recent(&self) {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Counts a call, and the time of its fault where it was one.
    pub(super) fn count(&self, fault: Option<Duration>) {
        self.n_calls.fetch_add(1, Ordering::Relaxed);
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
