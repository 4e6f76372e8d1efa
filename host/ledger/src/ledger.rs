//! The ledger as a host uses it: records are appended from any thread, written by one thread, signed by another.

mod builder;
mod control;
mod queue;
mod signer;
mod ticket;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use specialis_core::{Date, Decision, Event};

pub use builder::LedgerBuilder;
pub use control::{Erased, Expired};
pub use queue::LedgerFault;
pub use ticket::Ticket;

use crate::error::LedgerError;
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::{EntryKind, day_of};
use crate::keep::keeper::{Content, Keeper, KeeperError};
use crate::keep::keys::{Keyring, Subject, epoch_of};
use crate::keep::retention::content_until;
use crate::read::log::LogReader;
use crate::record::{Appended, OwnRecord, Record};
use crate::standing::backlog::Backlog;
use crate::standing::{Counts, StandingAway, SubjectState};
use queue::Shared;

/// What time it is. Called once for each record, on the thread that appends it; it must not block.
pub trait LedgerClock: Send + Sync {
    /// The moment, as precise as the clock has it.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTime;

impl LedgerClock for SystemTime {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// How a ledger does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerHealth {
    /// Records that wait to be written.
    pub n_queued: usize,
    /// Records that are durable and not signed yet.
    pub n_unsigned: usize,
    /// Records that were not kept since it was opened. Each is in a gap.
    pub n_dropped: u64,
    /// Changes of standings that wait for the store. While there are any, no standing is known.
    pub n_standing_waiting: u64,
    /// How many entries are signed.
    pub signed: u64,
    /// Why it stopped writing, where it did; or that the log has ended, which takes no decisions any more.
    pub stopped: Option<String>,
}

/// A ledger that is open for writing. It is shared between threads; closing it signs everything that was appended.
pub struct Ledger {
    shared: Arc<Shared>,
    /// The thread that writes and the one that signs, until they ended.
    threads: Mutex<Vec<JoinHandle<()>>>,
    keys: Option<Arc<Keyring>>,
    keeper: Option<Arc<dyn Keeper>>,
    standing: Option<Arc<Backlog>>,
}

impl Ledger {
    /// A builder with the origin of the log, such as `example.cn/node-1/2026`.
    pub fn builder(origin: &str) -> LedgerBuilder {
        LedgerBuilder::new(origin)
    }

    /// Appends the decision on an event, and the breach that it counts. A `what-if` decision releases nothing and is not recorded.
    ///
    /// Where [`Ticket::must_wait`] says so, nothing of the event may be released before [`Ticket::wait`] returns; the others cost
    /// the calling thread a place in a queue.
    ///
    /// # Errors
    /// Where the decision must be waited for and the queue is full or the ledger has stopped: a fault, which has to tighten. Any
    /// other decision is counted in a gap instead.
    pub fn append_decision(
        &self,
        decision: impl Into<Arc<Decision>>,
        subject: Option<&Subject>,
    ) -> Result<Ticket, LedgerFault> {
        let decision = decision.into();
        if decision.what_if {
            return Ok(Ticket::behind());
        }
        self.append(Record::Decision { decision, subject: subject.cloned() })
    }

    /// Appends any record. A log that ended for the next one takes looks alone.
    ///
    /// # Errors
    /// As [`Ledger::append_decision`], and where the log ended.
    pub fn append(&self, record: Record) -> Result<Ticket, LedgerFault> {
        self.shared.push(Appended::Host(record))
    }

    /// Hands the content of an event to the platform's own store where the decision on it asks to keep it, and records what became of
    /// it. Whether it was handed over; never where there is no keeper, because the ledger keeps no content itself.
    ///
    /// Call it once the decision is durable. A measure that is due afterwards holds nothing back: content that the store did not take
    /// is a record that is undone.
    ///
    /// # Errors
    /// Where the store did not take it.
    pub fn keep_content(
        &self,
        decision: &Decision,
        subject: Option<&Subject>,
        event: &Event,
    ) -> Result<bool, KeeperError> {
        let Some(keeper) = self.keeper.as_ref().filter(|_| !decision.what_if) else { return Ok(false) };
        let Some(until) = content_until(decision, self.today()) else { return Ok(false) };
        let kept = keeper.keep(&Content { decision, subject, event, until });
        let reference = kept.as_ref().ok().cloned();
        // Nobody waits for it. Where the queue is full, a gap says that a record is missing.
        drop(self.append(Record::Kept { decision: decision.id.clone(), until, reference, subject: subject.cloned() }));
        kept.map(|_| true)
    }

    /// The standing of a user on a day, of earlier breaches alone.
    ///
    /// A user whose state stands under a tag of an earlier month moves to that of this month.
    ///
    /// # Errors
    /// Where there is no store, no key, or the store is away: the standing is unknown, which tightens.
    pub fn standing(&self, subject: &Subject) -> Result<Counts, StandingAway> {
        let today = self.today();
        let (Some(keys), Some(standing)) = (&self.keys, &self.standing) else {
            let none = LedgerError::NoKeys { epoch: epoch_of(today) };
            return Err(StandingAway { source: Box::new(none) });
        };
        let away = |error: LedgerError| StandingAway { source: Box::new(error) };
        let epoch = epoch_of(today);
        keys.ensure(epoch).map_err(away)?;
        let state = standing.get(&keys.tag(epoch, subject).map_err(away)?)?;
        if state != SubjectState::default() {
            return Ok(state.counts(today));
        }
        for earlier in keys.epochs().into_iter().filter(|earlier| *earlier < epoch) {
            let state = standing.get(&keys.tag(earlier, subject).map_err(away)?)?;
            if state == SubjectState::default() {
                continue;
            }
            let mut own = OwnRecord::new(EntryKind::Key, []);
            own.change = Some((subject.clone(), earlier));
            let pushed = self.shared.push(Appended::Own(own));
            let ticket = pushed.map_err(|fault| StandingAway { source: Box::new(fault) })?;
            ticket.wait().map_err(|fault| StandingAway { source: Box::new(fault) })?;
            return Ok(state.counts(today));
        }
        Ok(state.counts(today))
    }

    /// The tags under which records name a user, one for each month; none where the ledger has no keys.
    ///
    /// # Errors
    /// Where a key is gone.
    pub fn tags(&self, subject: &Subject) -> Result<Vec<String>, LedgerError> {
        self.keys.as_ref().map_or_else(|| Ok(Vec::new()), |keys| keys.tags(subject))
    }

    /// The key under which ids of decisions are computed this month, with its epoch; nothing where the ledger has no keys.
    ///
    /// # Errors
    /// Where the keys of a new month cannot be made durable.
    pub fn id_key(&self) -> Result<Option<(u32, [u8; 32])>, LedgerError> {
        let Some(keys) = &self.keys else { return Ok(None) };
        let epoch = epoch_of(self.today());
        keys.ensure(epoch)?;
        keys.id_key(epoch).map(|key| Some((epoch, key)))
    }

    /// Today in Asia/Shanghai, by the ledger's clock.
    pub fn today(&self) -> Date {
        day_of(self.shared.clock.now())
    }

    /// Signs everything that was appended before, and returns the checkpoint.
    ///
    /// # Errors
    /// Where the ledger stopped.
    pub fn sign(&self) -> Result<Checkpoint, LedgerError> {
        self.shared.drained()?;
        self.shared.sign_now()
    }

    /// A reader of what is signed.
    ///
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub fn reader(&self) -> Result<LogReader, LedgerError> {
        let tree = self.shared.tree.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(LogReader::at(tree.disk().clone(), tree.checkpoint().clone()))
    }

    /// How it does.
    pub fn health(&self) -> LedgerHealth {
        let n_standing_waiting = self.standing.as_ref().map_or(0, |standing| standing.n_waiting());
        LedgerHealth { n_standing_waiting, ..self.shared.health() }
    }

    /// Closes it: everything that was appended is written and signed, and the next start finds a clean stop.
    ///
    /// # Errors
    /// Where the ledger stopped, or cannot finish.
    pub fn close(self) -> Result<Checkpoint, LedgerError> {
        self.close_shared()
    }

    /// The same for a ledger that others hold too, such as a host. What is appended from now on is refused; the folder is free once the
    /// last of them lets go of it.
    ///
    /// # Errors
    /// As [`Ledger::close`].
    pub fn close_shared(&self) -> Result<Checkpoint, LedgerError> {
        self.finish();
        self.shared.stopped()?;
        let tree = self.shared.tree.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(tree.checkpoint().clone())
    }

    fn finish(&self) {
        self.shared.close();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // One that panicked stopped the ledger, which `close` says; its records are in the journal, where the next start finds them.
            let _ = thread.join();
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.finish();
    }
}
