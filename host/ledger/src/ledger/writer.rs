//! The thread that writes: takes all that waits, makes it durable with one sync, then says so.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::queue::{Job, Queued, Shared, StopOnPanic, Unsigned, WRITES, finish, locked, unwritable};
use super::ticket::Slot;
use crate::error::LedgerError;
use crate::format::entry::Class;
use crate::format::frame::Framed;
use crate::format::reader::u64_of;
use crate::record::{Encoded, Encoder, size_of};
use crate::standing::{Change, StandingRecord};
use crate::write::journal::Journal;
use crate::write::tree::Committed;

/// About how many bytes go into one batch.
const BATCH_BYTES: u64 = 2 << 20;
/// How many durable records may wait for a signature before writing waits.
const MAX_UNSIGNED: usize = 65_536;

pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) journal: Journal,
    pub(super) encoder: Encoder,
    pub(super) origin: String,
}

/// Records that are written together.
#[derive(Default)]
struct Batch {
    records: Vec<Framed>,
    classes: Vec<Option<Class>>,
    changes: Vec<(u64, String, Change)>,
    /// Whoever waits, with the place of their record in the batch.
    waiting: Vec<(u64, Slot)>,
    n_bytes: u64,
}

impl Batch {
    fn add(&mut self, encoded: Vec<Encoded>, slot: Option<Slot>) {
        self.n_bytes = self.n_bytes.saturating_add(size_of(&encoded));
        let first = u64_of(self.records.len());
        self.waiting.extend(slot.map(|slot| (first, slot)));
        for (at, one) in (first..).zip(encoded) {
            self.changes.extend(one.change.map(|(tag, change)| (at, tag, change)));
            self.classes.push(one.class);
            self.records.push(one.framed);
        }
    }
}

impl Writer {
    /// Writes until the ledger is closed or an error stops it.
    pub(super) fn run(mut self) {
        let _stop = StopOnPanic::new(&self.shared, WRITES);
        while let Some(jobs) = self.shared.take() {
            if let Err(error) = self.work(jobs) {
                self.shared.stop(error);
                break;
            }
        }
        let mut unsigned = locked(&self.shared.unsigned);
        unsigned.full.push(self.journal.close());
        unsigned.is_last = true;
        drop(unsigned);
        self.shared.changed.notify_all();
    }

    /// Works off jobs. After an error everybody whose record is not durable is told.
    fn work(&mut self, mut jobs: VecDeque<Job>) -> Result<(), LedgerError> {
        let mut batch = Batch::default();
        while let Some(job) = jobs.pop_front() {
            let result = match job {
                Job::Write(queued) => {
                    self.encode(*queued, &mut batch);
                    if batch.n_bytes >= BATCH_BYTES { self.commit(&mut batch) } else { Ok(()) }
                }
                Job::Rotate(slot) => match self.commit(&mut batch).and_then(|()| self.rotate()) {
                    Ok(()) => {
                        slot.finish(Ok(0));
                        Ok(())
                    }
                    Err(error) => {
                        jobs.push_front(Job::Rotate(slot));
                        Err(error)
                    }
                },
            };
            if let Err(error) = result {
                return Err(self.fail(error, batch, jobs));
            }
        }
        match self.commit(&mut batch) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.fail(error, batch, jobs)),
        }
    }

    /// Adds the entries of a record to the batch. One that cannot be written leaves a gap, and whoever waits for it is told.
    fn encode(&self, queued: Queued, batch: &mut Batch) {
        let Queued { n, t, record, slot } = queued;
        match self.encoder.encode(&record, n, t) {
            Ok(encoded) => batch.add(encoded, slot),
            Err(error) => {
                finish(slot, Err(Arc::new(error)));
                if let Ok(encoded) = self.encoder.encode(&unwritable(n), n, t) {
                    batch.add(encoded, None);
                }
            }
        }
    }

    /// Makes the batch durable, then passes it on.
    fn commit(&mut self, batch: &mut Batch) -> Result<(), LedgerError> {
        if batch.records.is_empty() {
            return Ok(());
        }
        let framed = self.journal.batch(std::mem::take(&mut batch.records));
        let bytes = framed.to_bytes();
        if self.journal.is_full_for(u64_of(bytes.len())) {
            self.rotate()?;
        }
        let first = self.journal.commit(&bytes, u64_of(framed.records.len()))?;
        let done = std::mem::take(batch);
        self.standings(first, done.changes);
        for (at, slot) in done.waiting {
            slot.finish(Ok(first.saturating_add(at)));
        }
        let records = (first..).zip(framed.records).zip(done.classes).map(|((index, record), class)| Committed {
            index,
            entry: record.entry,
            body: record.body,
            class,
        });
        self.pass_on(records);
        Ok(())
    }

    /// Gives durable records to the thread that signs; waits where it is far behind.
    fn pass_on(&self, records: impl Iterator<Item = Committed>) {
        let mut unsigned = locked(&self.shared.unsigned);
        for record in records {
            unsigned.n_bytes = unsigned.n_bytes.saturating_add(record.n_bytes());
            unsigned.records.push(record);
        }
        unsigned.since.get_or_insert_with(Instant::now);
        let has_spare = unsigned.spare.is_some() || unsigned.is_making_spare;
        unsigned.wants_spare = self.journal.wants_spare().filter(|_| !has_spare);
        self.shared.changed.notify_all();
        let is_far_behind = |unsigned: &Unsigned| {
            unsigned.n_waiting() > MAX_UNSIGNED || unsigned.n_waiting_bytes() > self.shared.limits.bytes
        };
        while is_far_behind(&unsigned) && self.shared.stopped().is_ok() {
            unsigned = self.shared.changed.wait(unsigned).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Applies changes of standings, and tries again what the store did not take before.
    fn standings(&self, first: u64, changes: Vec<(u64, String, Change)>) {
        let Some(standing) = &self.encoder.standing else { return };
        if changes.is_empty() && standing.n_waiting() == 0 {
            return;
        }
        let records = changes.into_iter().map(|(at, tag, change)| StandingRecord {
            origin: self.origin.clone(),
            index: first.saturating_add(at),
            tag,
            change,
        });
        standing.apply(records.collect());
    }

    fn rotate(&mut self) -> Result<(), LedgerError> {
        let mut unsigned = locked(&self.shared.unsigned);
        unsigned.wants_spare = None;
        while unsigned.is_making_spare {
            self.shared.stopped()?;
            unsigned = self.shared.changed.wait(unsigned).unwrap_or_else(PoisonError::into_inner);
        }
        let spare = unsigned.spare.take();
        drop(unsigned);
        let full = self.journal.rotate(spare)?;
        locked(&self.shared.unsigned).full.push(full);
        Ok(())
    }

    /// Stops the ledger, and tells everybody whose record is not durable.
    fn fail(&self, error: LedgerError, batch: Batch, jobs: VecDeque<Job>) -> LedgerError {
        let source = self.shared.stop(error);
        for (_, slot) in batch.waiting {
            slot.finish(Err(source.clone()));
        }
        for job in jobs {
            match job {
                Job::Write(queued) => finish(queued.slot, Err(source.clone())),
                Job::Rotate(slot) => slot.finish(Err(source.clone())),
            }
        }
        LedgerError::Stopped { source }
    }
}
