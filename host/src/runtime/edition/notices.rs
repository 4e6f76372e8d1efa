//! What sessions on an edition learn of it at their next judging point. Each notice is an intervention: it comes from outside
//! the text, and the decision says so.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use specialis_core::{FaultKind, PolicyId};

use super::Edition;

/// The notices of one edition.
#[derive(Default)]
pub(crate) struct Notices {
    /// Whether there is any notice; the lock is taken only then.
    has_any: AtomicBool,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    /// Sessions stayed too long: what they still ask is judged as if every policy failed.
    is_overdue: bool,
    /// Sessions move to this edition.
    moved_to: Option<Weak<Edition>>,
    /// These policies no longer answer.
    revoked: BTreeSet<PolicyId>,
}

impl Notices {
    /// Whether there is any notice.
    pub(crate) fn has_any(&self) -> bool {
        self.has_any.load(Ordering::Acquire)
    }

    /// The edition that sessions move to; none most of the time.
    pub(crate) fn moved_to(&self) -> Option<Arc<Edition>> {
        if !self.has_any() {
            return None;
        }
        self.lock().moved_to.as_ref()?.upgrade()
    }

    /// The fault of a policy in sessions on the edition; none most of the time.
    pub(crate) fn fault(&self, policy: &PolicyId) -> Option<FaultKind> {
        if !self.has_any() {
            return None;
        }
        let current = self.lock();
        if current.revoked.contains(policy) {
            return Some(FaultKind::Revoked);
        }
        current.is_overdue.then_some(FaultKind::Drained)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Current) -> T) -> T {
        let mut current = self.lock();
        let result = change(&mut current);
        let has_any = current.is_overdue || current.moved_to.is_some() || !current.revoked.is_empty();
        self.has_any.store(has_any, Ordering::Release);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Edition {
    /// Sessions on it have to end: from now on its policies do not answer them. Returns whether that is new.
    pub(crate) fn expire_sessions(&self) -> bool {
        self.notices.change(|current| !std::mem::replace(&mut current.is_overdue, true))
    }

    /// Moves its sessions to another edition.
    pub(crate) fn move_sessions_to(&self, edition: &Arc<Self>) {
        self.notices.change(|current| current.moved_to = Some(Arc::downgrade(edition)));
    }

    /// Takes the policies that were revoked under one of these digests out of its sessions.
    pub(crate) fn revoke(&self, digests: &BTreeSet<String>) {
        let revoked = self.policies.iter().filter(|policy| policy.content.revoked_under(digests).is_some());
        let revoked: Vec<PolicyId> = revoked.map(|policy| policy.content.card.id.clone()).collect();
        self.notices.change(|current| current.revoked.extend(revoked));
    }

    /// It is live, perhaps again: sessions on it may stay.
    pub(crate) fn become_live(&self) {
        self.notices.change(|current| {
            current.is_overdue = false;
            current.moved_to = None;
        });
    }
}
