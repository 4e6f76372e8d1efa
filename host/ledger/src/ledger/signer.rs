//! The thread that signs: turns durable records into the tree, and removes journals that are not needed any more.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::queue::{SIGNS, Shared, StopOnPanic, Unsigned, locked};
use crate::error::LedgerError;
use crate::write::journal::{FullJournal, JournalMaker, remove};
use crate::write::tree::Committed;

/// How many records are signed without waiting for the time to be over.
const MANY: usize = 4_096;

pub(super) struct Signer {
    pub(super) shared: Arc<Shared>,
    pub(super) maker: JournalMaker,
}

/// What there is to do.
struct Work {
    records: Vec<Committed>,
    full: Vec<FullJournal>,
    spare: Option<u64>,
    is_last: bool,
}

impl Signer {
    /// Signs until the writer has ended and everything is signed, or an error stops it.
    pub(super) fn run(self) {
        let _stop = StopOnPanic::new(&self.shared, SIGNS);
        loop {
            let work = self.wait();
            if self.shared.stopped().is_err() {
                return;
            }
            let is_last = work.is_last;
            let result = self.work(work).and_then(|()| if is_last { self.finish() } else { Ok(()) });
            if let Err(error) = result {
                self.shared.stop(error);
                return;
            }
            if is_last {
                return;
            }
        }
    }

    /// Waits until there is something to do: many records, the time is over, somebody asks, or the writer has ended.
    fn wait(&self) -> Work {
        let mut unsigned = locked(&self.shared.unsigned);
        loop {
            let left = unsigned.since.map(|since| self.shared.sign_every.saturating_sub(since.elapsed()));
            let is_due = self.is_much(&unsigned)
                || left.is_some_and(|left| left.is_zero())
                || (unsigned.is_urgent && !unsigned.records.is_empty())
                || unsigned.wants_spare.is_some()
                || unsigned.is_last
                || self.shared.stopped().is_err();
            if is_due {
                break;
            }
            unsigned = match left {
                None => self.shared.changed.wait(unsigned).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.shared.changed.wait_timeout(unsigned, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        unsigned.is_urgent = false;
        let is_last = unsigned.is_last;
        let spare = unsigned.wants_spare.take().filter(|_| !is_last);
        unsigned.is_making_spare = spare.is_some();
        // A journal is wanted ahead at once; the records can wait until their time.
        let signs = spare.is_none() || self.is_much(&unsigned);
        let records = if signs { std::mem::take(&mut unsigned.records) } else { Vec::new() };
        unsigned.n_signing = records.len();
        unsigned.n_signing_bytes = if signs { std::mem::take(&mut unsigned.n_bytes) } else { 0 };
        unsigned.since = (!unsigned.records.is_empty()).then(Instant::now);
        Work { records, full: std::mem::take(&mut unsigned.full), spare, is_last }
    }

    /// Whether so much waits that it is signed before its time: a part of what may wait, so that writing goes on meanwhile.
    fn is_much(&self, unsigned: &Unsigned) -> bool {
        unsigned.records.len() >= MANY || unsigned.n_bytes > self.shared.limits.bytes / 4
    }

    fn work(&self, work: Work) -> Result<(), LedgerError> {
        if let Some(number) = work.spare {
            let spare = self.maker.make(number)?;
            let mut unsigned = locked(&self.shared.unsigned);
            unsigned.spare = Some(spare);
            unsigned.is_making_spare = false;
            drop(unsigned);
            self.shared.changed.notify_all();
        }
        let mut tree = locked(&self.shared.tree);
        tree.integrate(&work.records)?;
        let size = tree.checkpoint().head().size;
        let (done, rest): (Vec<_>, Vec<_>) = work.full.into_iter().partition(|full| full.end <= size);
        locked(&self.shared.unsigned).full.extend(rest);
        remove(&*self.maker.disk, done.into_iter().map(|full| full.number))?;
        drop(tree);
        self.shared.signed(size);
        Ok(())
    }

    /// Removes the journal that was made ahead: no journal is left, and the next start finds a clean stop.
    fn finish(&self) -> Result<(), LedgerError> {
        let spare = locked(&self.shared.unsigned).spare.take();
        remove(&*self.maker.disk, spare.map(|spare| spare.number))
    }
}
