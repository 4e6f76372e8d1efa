//! The queue between whoever decides and the thread that writes. It is bounded: what does not fit is a fault or a gap.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{Timestamp, TimestampRound, Unit};

use super::ticket::{Slot, Ticket};
use super::{LedgerClock, LedgerHealth};
use crate::error::LedgerError;
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::EntryKind;
use crate::format::reader::u64_of;
use crate::record::{Appended, OwnRecord, Record};
use crate::write::journal::{EmptyJournal, FullJournal};
use crate::write::tree::{Committed, Tree};

/// Why a record that has to be durable is not. Whoever decides treats it as a fault, which tightens.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerFault {
    /// More records wait than may.
    #[error("the queue of the ledger is full; its disk is too slow for what is decided")]
    QueueFull,
    /// The ledger was closed.
    #[error("the ledger is closed; open it again")]
    Closed,
    /// The log ended for the next one.
    #[error("the log has ended; record in the one that its last entry names")]
    Ended,
    /// The record could not be written, or an earlier error stopped the ledger.
    #[error("the record is not durable")]
    Unwritten {
        /// What went wrong.
        #[source]
        source: Arc<LedgerError>,
    },
}

/// A record on its way.
pub(super) struct Queued {
    pub(super) n: u64,
    pub(super) t: Timestamp,
    pub(super) record: Appended,
    pub(super) slot: Option<Slot>,
}

/// Something that the writer does.
pub(super) enum Job {
    Write(Box<Queued>),
    /// Goes on in a new journal, so that the present one can be removed once its records are signed.
    Rotate(Slot),
}

/// Records that were not kept, one after the other.
#[derive(Clone, Copy, Debug)]
struct Gap {
    from: u64,
    count: u64,
    n_awaited: u64,
}

impl Gap {
    fn record(self) -> Appended {
        let details = [
            ("from", self.from.into()),
            ("count", self.count.into()),
            ("awaited", self.n_awaited.into()),
            ("why", "queue-full".into()),
        ];
        Appended::Own(OwnRecord::new(EntryKind::Gap, details))
    }
}

/// What both sides of the queue change.
#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// About how many bytes the records in `jobs` take.
    n_bytes: u64,
    next_n: u64,
    gap: Option<Gap>,
    n_dropped: u64,
    is_closed: bool,
    /// Whether the log has ended for the next one.
    is_ended: bool,
    /// Whether the writer is between taking jobs and finishing them.
    is_writing: bool,
}

/// What is durable and not signed yet.
#[derive(Default)]
pub(super) struct Unsigned {
    pub(super) records: Vec<Committed>,
    /// How many bytes they take.
    pub(super) n_bytes: u64,
    /// Since when records wait.
    pub(super) since: Option<Instant>,
    /// How many records are being signed.
    pub(super) n_signing: usize,
    /// How many bytes they take.
    pub(super) n_signing_bytes: u64,
    pub(super) full: Vec<FullJournal>,
    /// The number of the journal that is wanted ahead.
    pub(super) wants_spare: Option<u64>,
    /// Whether it is being made. Nobody else makes it then: two files of one name would be one journal that is lost.
    pub(super) is_making_spare: bool,
    pub(super) spare: Option<EmptyJournal>,
    /// Somebody waits for a signature.
    pub(super) is_urgent: bool,
    /// The writer has ended.
    pub(super) is_last: bool,
    pub(super) signed: u64,
}

impl Unsigned {
    /// How many records are durable and not signed yet.
    pub(super) fn n_waiting(&self) -> usize {
        self.records.len().saturating_add(self.n_signing)
    }

    /// How many bytes they take.
    pub(super) fn n_waiting_bytes(&self) -> u64 {
        self.n_bytes.saturating_add(self.n_signing_bytes)
    }
}

/// What may wait. Where more would, a record that is awaited is a fault and any other counts in a gap.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueLimits {
    /// Records that wait to be written.
    pub(super) records: usize,
    /// Bytes of records that wait to be written; as many may wait for a signature.
    pub(super) bytes: u64,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { records: 16_384, bytes: 64 << 20 }
    }
}

/// What all threads of a ledger share.
pub(super) struct Shared {
    pub(super) clock: Arc<dyn LedgerClock>,
    pub(super) limits: QueueLimits,
    pub(super) sign_every: Duration,
    queue: Mutex<Queue>,
    /// Something was queued, or the writer finished.
    queued: Condvar,
    pub(super) unsigned: Mutex<Unsigned>,
    /// Something is to be signed, or was.
    pub(super) changed: Condvar,
    pub(super) tree: Mutex<Tree>,
    stopped: Mutex<Option<Arc<LedgerError>>>,
    _lock: Box<dyn Send + Sync>,
}

/// What the thread that makes records durable does, in errors.
pub(super) const WRITES: &str = "writes";
/// What the other one does.
pub(super) const SIGNS: &str = "signs";

/// Stops the ledger where the thread that holds this panics, so that nobody waits for it. It has to be the first value of the thread:
/// then it is dropped last, when no lock is held any more.
pub(super) struct StopOnPanic {
    shared: Arc<Shared>,
    thread: &'static str,
}

impl StopOnPanic {
    pub(super) fn new(shared: &Arc<Shared>, thread: &'static str) -> Self {
        Self { shared: shared.clone(), thread }
    }
}

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.stop(LedgerError::Panicked { thread: self.thread });
        }
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(
        tree: Tree,
        clock: Arc<dyn LedgerClock>,
        limits: QueueLimits,
        sign_every: Duration,
        lock: Box<dyn Send + Sync>,
    ) -> Self {
        let signed = tree.checkpoint().head().size;
        Self {
            clock,
            limits,
            sign_every,
            queue: Mutex::default(),
            queued: Condvar::new(),
            unsigned: Mutex::new(Unsigned { signed, ..Unsigned::default() }),
            changed: Condvar::new(),
            tree: Mutex::new(tree),
            stopped: Mutex::new(None),
            _lock: lock,
        }
    }

    /// Queues a record under the next number.
    pub(super) fn push(&self, record: Appended) -> Result<Ticket, LedgerFault> {
        self.enqueue(record, false)
    }

    /// Queues the entry that ends the log. Behind it come no records of a host but looks.
    pub(super) fn push_end(&self, record: Appended) -> Result<Ticket, LedgerFault> {
        self.enqueue(record, true)
    }

    /// `ends` says whether the record ends the log.
    fn enqueue(&self, record: Appended, ends: bool) -> Result<Ticket, LedgerFault> {
        let is_behind = matches!(record, Appended::Own(_) | Appended::Host(Record::Read { .. }));
        let must_wait = record.must_wait();
        let (t, n_bytes) = (self.now(), record.n_bytes());
        let mut queue = locked(&self.queue);
        if let Err(fault) = self.writes(&queue) {
            queue.n_dropped = queue.n_dropped.saturating_add(1);
            return if must_wait { Err(fault) } else { Ok(Ticket::behind()) };
        }
        // Asked under the lock as well: what is queued before the end stands before it in the log.
        if queue.is_ended && (ends || !is_behind) {
            return Err(LedgerFault::Ended);
        }
        let n = queue.next_n;
        queue.next_n = n.saturating_add(1);
        if queue.jobs.len() >= self.limits.records || queue.n_bytes.saturating_add(n_bytes) > self.limits.bytes {
            let gap = queue.gap.get_or_insert(Gap { from: n, count: 0, n_awaited: 0 });
            gap.count = gap.count.saturating_add(1);
            gap.n_awaited = gap.n_awaited.saturating_add(u64::from(must_wait));
            queue.n_dropped = queue.n_dropped.saturating_add(1);
            return if must_wait { Err(LedgerFault::QueueFull) } else { Ok(Ticket::behind()) };
        }
        close_gap(&mut queue, t);
        queue.is_ended |= ends;
        let (ticket, slot) = if must_wait {
            let (ticket, slot) = Ticket::awaited();
            (ticket, Some(slot))
        } else {
            (Ticket::behind(), None)
        };
        queue.n_bytes = queue.n_bytes.saturating_add(n_bytes);
        queue.jobs.push_back(Job::Write(Box::new(Queued { n, t, record, slot })));
        drop(queue);
        self.queued.notify_all();
        Ok(ticket)
    }

    /// Asks the writer to go on in a new journal.
    pub(super) fn rotate(&self) -> Result<Ticket, LedgerFault> {
        let mut queue = locked(&self.queue);
        self.writes(&queue)?;
        let (ticket, slot) = Ticket::awaited();
        queue.jobs.push_back(Job::Rotate(slot));
        drop(queue);
        self.queued.notify_all();
        Ok(ticket)
    }

    /// Whether there is a writer that takes what is queued. Asked under the lock of the queue: what is queued before an error is noted
    /// is told of it, and nothing is queued after, which would be waited for without end.
    fn writes(&self, queue: &Queue) -> Result<(), LedgerFault> {
        match locked(&self.stopped).clone() {
            Some(source) => Err(LedgerFault::Unwritten { source }),
            None if queue.is_closed => Err(LedgerFault::Closed),
            None => Ok(()),
        }
    }

    /// Waits for jobs and takes them all; nothing where the ledger is closed and has none left.
    pub(super) fn take(&self) -> Option<VecDeque<Job>> {
        let mut queue = locked(&self.queue);
        queue.is_writing = false;
        self.queued.notify_all();
        loop {
            if locked(&self.stopped).is_some() {
                return None;
            }
            if queue.jobs.is_empty() {
                let t = self.now();
                close_gap(&mut queue, t);
            }
            if !queue.jobs.is_empty() {
                queue.is_writing = true;
                queue.n_bytes = 0;
                return Some(std::mem::take(&mut queue.jobs));
            }
            if queue.is_closed {
                return None;
            }
            queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until everything that was queued before is durable.
    pub(super) fn drained(&self) -> Result<(), LedgerError> {
        let mut queue = locked(&self.queue);
        while (!queue.jobs.is_empty() || queue.is_writing || queue.gap.is_some()) && locked(&self.stopped).is_none() {
            queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        drop(queue);
        self.stopped()
    }

    /// Has everything signed that is durable, and waits for it.
    pub(super) fn sign_now(&self) -> Result<Checkpoint, LedgerError> {
        let mut unsigned = locked(&self.unsigned);
        let end = unsigned.signed.saturating_add(u64_of(unsigned.n_waiting()));
        while unsigned.signed < end && locked(&self.stopped).is_none() {
            unsigned.is_urgent = true;
            self.changed.notify_all();
            unsigned = self.changed.wait(unsigned).unwrap_or_else(PoisonError::into_inner);
        }
        drop(unsigned);
        self.stopped()?;
        Ok(locked(&self.tree).checkpoint().clone())
    }

    /// Stops writing for good: after an error nothing that follows can be trusted.
    pub(super) fn stop(&self, error: LedgerError) -> Arc<LedgerError> {
        let mut stopped = locked(&self.stopped);
        let first = stopped.get_or_insert_with(|| Arc::new(error)).clone();
        drop(stopped);
        let jobs = std::mem::take(&mut locked(&self.queue).jobs);
        for job in jobs {
            match job {
                Job::Write(queued) => finish(queued.slot, Err(first.clone())),
                Job::Rotate(slot) => slot.finish(Err(first.clone())),
            }
        }
        // Whoever looked before the error was noted is waiting by now.
        drop(locked(&self.unsigned));
        self.queued.notify_all();
        self.changed.notify_all();
        first
    }

    /// The error that stopped it, if one did.
    pub(super) fn stopped(&self) -> Result<(), LedgerError> {
        match locked(&self.stopped).clone() {
            Some(source) => Err(LedgerError::Stopped { source }),
            None => Ok(()),
        }
    }

    /// Notes that an earlier start ended the log.
    pub(super) fn end(&self) {
        locked(&self.queue).is_ended = true;
    }

    pub(super) fn close(&self) {
        locked(&self.queue).is_closed = true;
        self.queued.notify_all();
        self.changed.notify_all();
    }

    /// Notes that the tree was signed up to a size.
    pub(super) fn signed(&self, size: u64) {
        let mut unsigned = locked(&self.unsigned);
        unsigned.signed = size;
        unsigned.n_signing = 0;
        unsigned.n_signing_bytes = 0;
        drop(unsigned);
        self.changed.notify_all();
    }

    /// How it does, without the store of standings.
    pub(super) fn health(&self) -> LedgerHealth {
        let stopped = locked(&self.stopped).as_ref().map(ToString::to_string);
        let (n_queued, n_dropped, is_ended) = {
            let queue = locked(&self.queue);
            (queue.jobs.len(), queue.n_dropped, queue.is_ended)
        };
        let stopped = stopped.or_else(|| is_ended.then(|| LedgerFault::Ended.to_string()));
        let unsigned = locked(&self.unsigned);
        LedgerHealth {
            n_queued,
            n_unsigned: unsigned.n_waiting(),
            n_dropped,
            n_standing_waiting: 0,
            signed: unsigned.signed,
            stopped,
        }
    }

    /// The moment, to the millisecond.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.round(TimestampRound::new().smallest(Unit::Millisecond)).unwrap_or(now)
    }
}

/// Queues the record of a gap that has ended. It takes the number of the first record that was not kept.
fn close_gap(queue: &mut Queue, t: Timestamp) {
    if let Some(gap) = queue.gap.take() {
        let queued = Queued { n: gap.from, t, record: gap.record(), slot: None };
        queue.jobs.push_back(Job::Write(Box::new(queued)));
    }
}

/// Tells whoever waits how a record went.
pub(super) fn finish(slot: Option<Slot>, result: Result<u64, Arc<LedgerError>>) {
    if let Some(slot) = slot {
        slot.finish(result);
    }
}

/// The particulars of records that could not be written.
pub(super) fn unwritable(from: u64) -> Appended {
    let details = BTreeMap::from([("from", from.into()), ("count", 1_u64.into()), ("why", "unwritable".into())]);
    Appended::Own(OwnRecord::new(EntryKind::Gap, details))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use serde_json::json;
    use specialis_core::Decision;

    use super::*;
    use crate::disk::Disk;
    use crate::ledger::Ledger;
    use crate::write::tests::disk::RecordingDisk;

    /// A clock that stops a ledger when it is looked at next: an error between a record that comes and its place in the queue.
    #[derive(Default)]
    struct Stopping(Mutex<Option<Arc<Shared>>>);

    impl LedgerClock for Stopping {
        fn now(&self) -> Timestamp {
            if let Some(shared) = locked(&self.0).take() {
                shared.stop(LedgerError::Closed);
            }
            "2026-11-30T04:00:00Z".parse().unwrap()
        }
    }

    #[test]
    fn record_that_comes_while_an_error_stops_the_ledger_is_not_waited_for() {
        let clock = Arc::new(Stopping::default());
        let builder =
            Ledger::builder("example.cn/node-1/2026").key(SigningKey::from_bytes(&[7; 32])).clock(clock.clone());
        let (ledger, _) = builder.open(Arc::new(RecordingDisk::default()) as Arc<dyn Disk>).unwrap();
        *locked(&clock.0) = Some(ledger.shared.clone());
        let decision: Decision = serde_json::from_value(json!({
            "session": "s", "seq": 0, "kind": "output", "verdict": "stop", "as-of": "2026-11-30", "duties": [],
            "obligations": [], "evaluations": {}, "edition": "e-1", "id": "d",
        }))
        .unwrap();
        let pushed = ledger.append_decision(decision, None);
        assert!(matches!(pushed, Err(LedgerFault::Unwritten { .. })), "{:?}", pushed.map(|ticket| ticket.must_wait()));
    }

    #[test]
    fn nothing_is_queued_once_no_writer_takes_it() {
        let open = || {
            let builder = Ledger::builder("example.cn/node-1/2026").key(SigningKey::from_bytes(&[7; 32]));
            builder.open(Arc::new(RecordingDisk::default()) as Arc<dyn Disk>).unwrap().0
        };
        let record = || Appended::Own(OwnRecord::new(EntryKind::Restrict, [("index", 0_u64.into())]));
        let queued = |shared: &Shared| [shared.push(record()), shared.push_end(record()), shared.rotate()];

        let stopped = open();
        stopped.shared.stop(LedgerError::Closed);
        for result in queued(&stopped.shared) {
            assert!(matches!(result, Err(LedgerFault::Unwritten { .. })), "{result:?}");
        }
        let closed = open();
        closed.close_shared().unwrap();
        for result in queued(&closed.shared) {
            assert!(matches!(result, Err(LedgerFault::Closed)), "{result:?}");
        }
        assert_eq!(closed.shared.health().n_queued, 0);
    }
}
