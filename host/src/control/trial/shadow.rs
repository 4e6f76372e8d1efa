//! Shadow: a staged edition that judges beside the live one, on a share of the sessions, without effect.
//!
//! Off the reader's path: what was decided is put into a queue, bounded by events and by bytes, and judged again on a thread of its
//! own. Where that thread does not keep up, events are left out and counted; the reader never waits.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use lru::LruCache;
use specialis_core::SessionId;

use super::compare::Differences;
use crate::control::error::{ShadowObjection, StageCause, StageError, StageStep};
use crate::control::host::{Host, Staged};
use crate::runtime::{Edition, Runtime, SandboxError, length_of};
use crate::session::{DecisionObserver, Observed, Session};

/// How a shadow runs. The defaults: 50 of 1,000 sessions; 1,024 events and 64 MiB waiting at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShadowShare {
    /// How many of 1,000 sessions are judged again.
    pub permille: u16,
    /// How many events may wait.
    pub waiting: usize,
    /// How many bytes may wait: events with their contexts and decisions.
    pub waiting_bytes: usize,
}

impl Default for ShadowShare {
    fn default() -> Self {
        Self { permille: 50, waiting: 1_024, waiting_bytes: 64 << 20 }
    }
}

/// What a shadow must have shown before its edition may be published. The defaults: 1,000 events, none loosened, no new fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromotionCriteria {
    /// How many events must have been compared.
    pub events: u64,
    /// How many of them may have loosened.
    pub loosened: u64,
    /// How many of them may have brought a new fault.
    pub new_faults: u64,
}

impl Default for PromotionCriteria {
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
    /// Events that were left out because too much waited, or because the shadow broke off.
    pub n_left_out: u64,
}

/// The place of a host's shadow. Sessions on the live edition tell it what they decide.
#[derive(Default)]
pub(crate) struct ShadowSlot(ArcSwapOption<Shadow>);

impl DecisionObserver for ShadowSlot {
    fn observes(&self, session: &SessionId) -> bool {
        self.0.load().as_ref().is_some_and(|shadow| shadow.takes(session))
    }

    fn observe(&self, observed: Observed) {
        if let Some(shadow) = self.0.load_full() {
            shadow.offer(observed);
        }
    }
}

/// A shadow at work.
struct Shadow {
    edition: Arc<Edition>,
    permille: u16,
    queue: SyncSender<Waiting>,
    waiting_bytes: usize,
    progress: Arc<Progress>,
}

/// An event that waits, and how many bytes it takes.
struct Waiting {
    seen: Observed,
    n_bytes: usize,
}

#[derive(Default)]
struct Progress {
    differences: Mutex<Differences>,
    done: Condvar,
    /// How many bytes wait.
    n_bytes: AtomicUsize,
    n_taken: AtomicU64,
    n_left_out: AtomicU64,
    /// Whether the shadow's thread has ended. Where somebody still holds the queue, it panicked.
    has_ended: AtomicBool,
}

/// Notes the end of the shadow's thread, however it ends.
struct Ending<'a>(&'a Progress);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        // Under the lock: whoever looked before is waiting by now.
        let differences = self.0.lock();
        self.0.has_ended.store(true, Ordering::SeqCst);
        drop(differences);
        self.0.done.notify_all();
    }
}

/// How many sessions the shadow keeps open.
const SESSIONS: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");
/// How many bytes their contexts take.
const SESSION_BYTES: usize = 64 << 20;

/// The sessions that the shadow keeps open. The one that was used longest ago is closed first.
struct Sessions {
    open: LruCache<SessionId, (usize, Session)>,
    n_bytes: usize,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { open: LruCache::new(SESSIONS), n_bytes: 0 }
    }
}

impl Sessions {
    /// The session of an event, opened where it is not open.
    fn of(&mut self, seen: &Observed, open: impl FnOnce() -> Session) -> &mut Session {
        let mut n_bytes = 0;
        if !self.open.contains(&seen.session) {
            n_bytes = length_of(&*seen.context);
            let has_room = |sessions: &Self| {
                sessions.open.len() < SESSIONS.get() && sessions.n_bytes.saturating_add(n_bytes) <= SESSION_BYTES
            };
            while !has_room(self)
                && let Some((_, (closed, _))) = self.open.pop_lru()
            {
                self.n_bytes = self.n_bytes.saturating_sub(closed);
            }
            self.n_bytes = self.n_bytes.saturating_add(n_bytes);
        }
        let (_, session) = self.open.get_or_insert_mut(seen.session.clone(), || (n_bytes, open()));
        session
    }
}

impl Shadow {
    /// Whether a session is in the share. It depends on its id alone, so a session is in it whole or not at all.
    fn takes(&self, session: &SessionId) -> bool {
        let hash = blake3::derive_key("specialis 2026-11 share of sessions in shadow", session.as_str().as_bytes());
        let head = hash.first_chunk::<8>().map_or(0, |head| u64::from_le_bytes(*head));
        head.checked_rem(1_000).unwrap_or(0) < u64::from(self.permille)
    }

    fn offer(&self, seen: Observed) {
        let parts = [length_of(&seen.event), length_of(&*seen.context), length_of(&seen.decision)];
        let n_bytes = parts.into_iter().fold(0, usize::saturating_add);
        if self.progress.reserve(n_bytes, self.waiting_bytes) {
            match self.queue.try_send(Waiting { seen, n_bytes }) {
                Ok(()) => {
                    self.progress.n_taken.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.progress.free(n_bytes),
            }
        }
        self.progress.n_left_out.fetch_add(1, Ordering::Relaxed);
    }

    fn report(&self) -> ShadowReport {
        let differences = self.progress.lock().clone();
        let n_lost = if self.broke_off() { self.progress.n_to_judge(&differences) } else { 0 };
        ShadowReport {
            edition: self.edition.id().to_owned(),
            differences,
            n_left_out: self.progress.n_left_out.load(Ordering::Relaxed).saturating_add(n_lost),
        }
    }

    /// Whether its thread panicked: it judges nothing any more.
    fn broke_off(&self) -> bool {
        self.progress.has_ended.load(Ordering::SeqCst)
    }
}

impl Progress {
    fn lock(&self) -> std::sync::MutexGuard<'_, Differences> {
        self.differences.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes room for so many bytes among those that wait. Whether there is some.
    fn reserve(&self, n_bytes: usize, most: usize) -> bool {
        let with = |waiting: usize| waiting.checked_add(n_bytes).filter(|all| *all <= most);
        self.n_bytes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, with).is_ok()
    }

    /// Gives room back.
    fn free(&self, n_bytes: usize) {
        self.n_bytes.fetch_sub(n_bytes, Ordering::SeqCst);
    }

    /// How many of the events that were taken are not judged.
    fn n_to_judge(&self, differences: &Differences) -> u64 {
        self.n_taken.load(Ordering::SeqCst).saturating_sub(differences.n_events)
    }

    fn work(&self, runtime: &Runtime, edition: &Arc<Edition>, queue: &Receiver<Waiting>) {
        let _ending = Ending(self);
        let mut sessions = Sessions::default();
        for Waiting { seen, n_bytes } in queue {
            let open = || runtime.open_as_of(edition, seen.session.clone(), seen.context.clone(), seen.as_of);
            let session = sessions.of(&seen, open);
            let after = session.submit(seen.event).decision;
            self.free(n_bytes);
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
            queue,
            waiting_bytes: share.waiting_bytes,
            progress: progress.clone(),
        };
        let (runtime, edition) = (self.runtime().clone(), staged.edition.clone());
        // It ends when the queue does: when another shadow takes its place, or the host is gone.
        let name = "specialis-shadow";
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread
            .spawn(move || progress.work(&runtime, &edition, &waiting))
            .map_err(|source| StageError::new(StageStep::Activate, SandboxError::Thread { name, source }))?;
        self.0.shadow.0.store(Some(Arc::new(shadow)));
        Ok(())
    }

    /// What the shadow has seen, where there is one.
    pub fn shadow_report(&self) -> Option<ShadowReport> {
        self.0.shadow.0.load().as_ref().map(|shadow| shadow.report())
    }

    /// Waits until the shadow has judged everything that it took so far, or broke off, and says what it has seen.
    pub fn shadow_settled(&self) -> Option<ShadowReport> {
        let shadow = self.0.shadow.0.load_full()?;
        let mut differences = shadow.progress.lock();
        while shadow.progress.n_to_judge(&differences) > 0 && !shadow.broke_off() {
            differences = shadow.progress.done.wait(differences).unwrap_or_else(PoisonError::into_inner);
        }
        drop(differences);
        Some(shadow.report())
    }

    /// Ends the shadow.
    pub fn end_shadow(&self) {
        self.0.shadow.0.store(None);
    }

    /// Publishes a staged edition if its shadow has shown what the criteria ask for; the shadow ends.
    ///
    /// # Errors
    /// Where it has not, or where [`Host::activate`] refuses.
    pub fn promote(&self, staged: Staged, criteria: &PromotionCriteria) -> Result<Arc<Edition>, StageError> {
        let refused = |objection| Err(StageError::new(StageStep::Activate, StageCause::Shadow(objection)));
        let Some(report) = self.shadow_report().filter(|report| report.edition == staged.edition.id()) else {
            return refused(ShadowObjection::Absent);
        };
        if self.0.shadow.0.load().as_ref().is_some_and(|shadow| shadow.broke_off()) {
            return refused(ShadowObjection::BrokeOff);
        }
        let differences = &report.differences;
        let (compared, needed) = (differences.n_events, criteria.events);
        if compared < needed {
            return refused(ShadowObjection::TooFew { compared, needed });
        }
        let (found, allowed) = (differences.n_loosened(), criteria.loosened);
        if found > allowed {
            return refused(ShadowObjection::Loosened { found, allowed });
        }
        let (found, allowed) = (differences.n_new_faults(), criteria.new_faults);
        if found > allowed {
            return refused(ShadowObjection::NewFaults { found, allowed });
        }
        let edition = self.activate(staged)?;
        self.end_shadow();
        Ok(edition)
    }
}
