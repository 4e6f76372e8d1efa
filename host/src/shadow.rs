//! Shadow: a staged edition that judges beside the live one, on a share of the sessions, without effect.
//!
//! Off the reader's path: what was decided is put into a bounded queue and judged again on a thread of its own. Where that
//! thread does not keep up, events are left out and counted; the reader never waits.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use lru::LruCache;
use specialis_core::{Context, Date, Decision, Event, SessionId};

use crate::compare::Differences;
use crate::edition::Edition;
use crate::editions::Staged;
use crate::error::{BuildError, StageError, StageStep};
use crate::host::Host;
use crate::session::Session;

/// How a shadow runs. The defaults: 50 of 1,000 sessions, 1,024 events waiting at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShadowShare {
    /// How many of 1,000 sessions are judged again.
    pub permille: u16,
    /// How many events may wait.
    pub waiting: usize,
}

impl Default for ShadowShare {
    fn default() -> Self {
        Self { permille: 50, waiting: 1_024 }
    }
}

/// What a shadow must have shown before its edition may be published. The defaults: 1,000 events, none loosened, no new fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShadowGate {
    /// How many events must have been compared.
    pub events: u64,
    /// How many of them may have loosened.
    pub loosened: u64,
    /// How many of them may have brought a new fault.
    pub new_faults: u64,
}

impl Default for ShadowGate {
    fn default() -> Self {
        Self { events: 1_000, loosened: 0, new_faults: 0 }
    }
}

/// What a shadow has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShadowReport {
    /// The edition in shadow.
    pub edition: String,
    /// The differences so far.
    pub differences: Differences,
    /// Events that were left out because too many waited.
    pub n_left_out: u64,
}

/// One event as it was judged.
pub(crate) struct Seen {
    pub(crate) session: SessionId,
    pub(crate) context: Arc<Context>,
    pub(crate) as_of: Date,
    pub(crate) event: Event,
    pub(crate) decision: Decision,
}

/// A shadow at work.
pub(crate) struct Shadow {
    edition: Arc<Edition>,
    permille: u16,
    key: [u8; 32],
    queue: SyncSender<Seen>,
    progress: Arc<Progress>,
}

#[derive(Default)]
struct Progress {
    differences: Mutex<Differences>,
    done: Condvar,
    n_taken: AtomicU64,
    n_left_out: AtomicU64,
}

/// How many sessions the shadow keeps open.
const SESSIONS: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

impl Shadow {
    /// Whether a session is in the share. It depends on its id alone, so a session is in it whole or not at all.
    pub(crate) fn takes(&self, session: &SessionId) -> bool {
        let hash = blake3::keyed_hash(&self.key, session.as_str().as_bytes());
        let head = hash.as_bytes().first_chunk::<8>().map_or(0, |head| u64::from_le_bytes(*head));
        head.checked_rem(1_000).unwrap_or(0) < u64::from(self.permille)
    }

    pub(crate) fn offer(&self, seen: Seen) {
        match self.queue.try_send(seen) {
            Ok(()) => drop(self.progress.n_taken.fetch_add(1, Ordering::SeqCst)),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.progress.n_left_out.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn report(&self) -> ShadowReport {
        ShadowReport {
            edition: self.edition.id().to_owned(),
            differences: self.progress.lock().clone(),
            n_left_out: self.progress.n_left_out.load(Ordering::Relaxed),
        }
    }
}

impl Progress {
    fn lock(&self) -> std::sync::MutexGuard<'_, Differences> {
        self.differences.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, host: &Host, queue: &Receiver<Seen>) {
        let mut sessions: LruCache<SessionId, Session> = LruCache::new(SESSIONS);
        for seen in queue {
            let open = || host.open_as_of(seen.session.clone(), seen.context.clone(), seen.as_of);
            let session = sessions.get_or_insert_mut(seen.session.clone(), open);
            let after = session.submit(seen.event).decision;
            self.lock().add(&seen.decision, &after);
            self.done.notify_all();
        }
    }
}

impl Host {
    /// Lets a staged edition judge beside the live one. It replaces a shadow that was there before.
    ///
    /// # Errors
    /// Where the shadow's thread does not start.
    pub fn shadow(&self, staged: &Staged, share: ShadowShare) -> Result<(), StageError> {
        let (queue, waiting) = sync_channel(share.waiting.max(1));
        let progress = Arc::<Progress>::default();
        let shadow = Shadow {
            edition: staged.edition.clone(),
            permille: share.permille,
            key: self.0.id_key,
            queue,
            progress: progress.clone(),
        };
        let host = self.beside(&staged.edition);
        // It ends when the queue does: when another shadow takes its place, or the host is gone.
        let thread = std::thread::Builder::new().name("specialis-shadow".to_owned());
        thread.spawn(move || progress.work(&host, &waiting)).map_err(|e| {
            let reason = format!("the shadow's thread does not start: {e}");
            StageError::new(StageStep::Activate, BuildError::Engine { reason })
        })?;
        self.0.shadow.store(Some(Arc::new(shadow)));
        Ok(())
    }

    /// What the shadow has seen, where there is one.
    pub fn shadow_report(&self) -> Option<ShadowReport> {
        self.0.shadow.load().as_ref().map(|shadow| shadow.report())
    }

    /// Waits until the shadow has judged everything that it took so far, and says what it has seen.
    pub fn shadow_settled(&self) -> Option<ShadowReport> {
        let shadow = self.0.shadow.load_full()?;
        let mut differences = shadow.progress.lock();
        while differences.n_events < shadow.progress.n_taken.load(Ordering::SeqCst) {
            differences = shadow.progress.done.wait(differences).unwrap_or_else(PoisonError::into_inner);
        }
        drop(differences);
        Some(shadow.report())
    }

    /// Ends the shadow.
    pub fn end_shadow(&self) {
        self.0.shadow.store(None);
    }

    /// Publishes a staged edition if its shadow has shown what the gate asks for; the shadow ends.
    ///
    /// # Errors
    /// Where it has not, or where [`Host::activate`] refuses.
    pub fn promote(&self, staged: Staged, gate: &ShadowGate) -> Result<Arc<Edition>, StageError> {
        let refused = |reason: String| Err(StageError::new(StageStep::Activate, BuildError::Gate { reason }));
        let Some(report) = self.shadow_report().filter(|report| report.edition == staged.edition.id()) else {
            return refused("this edition is not in shadow; start it with `Host::shadow`".to_owned());
        };
        let differences = &report.differences;
        if differences.n_events < gate.events {
            return refused(format!("{} of {} events were compared", differences.n_events, gate.events));
        }
        if differences.n_loosened() > gate.loosened {
            return refused(format!("{} events loosened, {} may", differences.n_loosened(), gate.loosened));
        }
        if differences.n_new_faults() > gate.new_faults {
            return refused(format!(
                "{} events brought a new fault, {} may",
                differences.n_new_faults(),
                gate.new_faults
            ));
        }
        let edition = self.activate(staged)?;
        self.end_shadow();
        Ok(edition)
    }
}
