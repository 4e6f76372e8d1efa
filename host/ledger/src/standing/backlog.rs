//! The store of standings as the ledger uses it: what the store did not take waits and is tried again in order. While anything waits, no
//! standing is known, because the store would answer without it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{StandingAway, StandingRecord, StandingStore, SubjectState};
use crate::disk::Disk;
use crate::error::LedgerError;
use crate::format::reader::u64_of;
use crate::read::log::LogReader;
use crate::read::standing::{CatchUpError, catch_up};

/// How many changes wait in memory at most. Those that are signed are read from the log again.
const MAX_WAITING: usize = 65_536;

/// A store with what it has not taken yet.
pub(crate) struct Backlog {
    store: Arc<dyn StandingStore>,
    log: Arc<dyn Disk>,
    waiting: Mutex<Waiting>,
    /// How much waits, for threads that must not wait for the one that writes.
    n_waiting: AtomicU64,
}

struct Waiting {
    /// Whether the log has signed changes that the store may not have.
    is_log_ahead: bool,
    /// Changes from the log's end on.
    changes: VecDeque<StandingRecord>,
}

/// The store has not taken every change of the log yet.
#[derive(Debug, thiserror::Error)]
#[error("changes of standings are recorded and wait for the store")]
struct Behind;

impl Backlog {
    /// The store of a log that has a checkpoint, caught up if the store can be asked.
    pub(crate) fn open(store: Arc<dyn StandingStore>, log: Arc<dyn Disk>) -> Result<Self, LedgerError> {
        let mut waiting = Waiting { is_log_ahead: true, changes: VecDeque::new() };
        match waiting.drain(&log, &*store) {
            Err(CatchUpError::Log(error)) => return Err(error),
            Ok(()) | Err(CatchUpError::Store) => {}
        }
        let n_waiting = AtomicU64::new(waiting.len());
        Ok(Self { store, log, waiting: Mutex::new(waiting), n_waiting })
    }

    /// How many changes the store has not taken; those of the log count as one.
    pub(crate) fn n_waiting(&self) -> u64 {
        self.n_waiting.load(Ordering::Acquire)
    }

    /// The state of a user, where the store has everything.
    pub(crate) fn get(&self, tag: &str) -> Result<SubjectState, StandingAway> {
        if self.n_waiting() > 0 { Err(StandingAway { source: Box::new(Behind) }) } else { self.store.get(tag) }
    }

    /// Whether the user has breached without a lawful use since. Where that is not known the use is recorded: that never loosens
    /// what it should not, because the fold ignores a use without a row.
    pub(crate) fn may_be_in_row(&self, tag: &str) -> bool {
        self.get(tag).map_or(true, |state| state.is_in_row())
    }

    /// Applies changes in their order, behind those that wait. What the store does not take waits until the next call.
    pub(crate) fn apply(&self, changes: Vec<StandingRecord>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.changes.extend(changes);
        // A log that cannot be read now can be later: standings are unknown until then.
        let _ = waiting.drain(&self.log, &*self.store);
        if waiting.changes.len() > MAX_WAITING {
            waiting.leave_to_log(&self.log);
        }
        self.n_waiting.store(waiting.len(), Ordering::Release);
    }
}

impl Waiting {
    fn len(&self) -> u64 {
        u64_of(self.changes.len()).saturating_add(u64::from(self.is_log_ahead))
    }

    /// Gives the store what waits, up to the first change that it does not take.
    fn drain(&mut self, log: &Arc<dyn Disk>, store: &dyn StandingStore) -> Result<(), CatchUpError> {
        if self.is_log_ahead {
            let mut reader = LogReader::open_unverified(log.clone()).map_err(CatchUpError::Log)?;
            catch_up(&mut reader, store)?;
            self.is_log_ahead = false;
        }
        while let Some(first) = self.changes.front() {
            store.apply(first).map_err(|_| CatchUpError::Store)?;
            self.changes.pop_front();
        }
        Ok(())
    }

    /// Forgets changes that are signed: they are read from the log once the store is there.
    fn leave_to_log(&mut self, log: &Arc<dyn Disk>) {
        if let Ok(reader) = LogReader::open_unverified(log.clone()) {
            self.is_log_ahead = true;
            self.changes.retain(|change| change.index >= reader.size());
        }
    }
}
