//! Notices: what sessions on an edition learn of it at their next judging point. Each is an intervention: it comes from outside
//! the text, and the decision says so.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use specialis_core::{FaultKind, PolicyId};

use super::Edition;

/// What is to be known about an edition.
#[derive(Default)]
pub(crate) struct Notice {
    /// Whether there is anything; the rest is looked at only then.
    any: AtomicBool,
    rest: Mutex<Rest>,
}

/// What there is to know.
#[derive(Default)]
struct Rest {
    /// Sessions have had their time: what they still ask is judged as if every policy failed.
    is_overdue: bool,
    /// Sessions move to this edition.
    moved_to: Option<Weak<Edition>>,
    /// These policies no longer answer.
    revoked: BTreeSet<PolicyId>,
}

impl Notice {
    /// Whether there is anything to know.
    pub(crate) fn is_any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// The edition that sessions move to; none most of the time.
    pub(crate) fn moved_to(&self) -> Option<Arc<Edition>> {
        if !self.is_any() {
            return None;
        }
        self.lock().moved_to.as_ref()?.upgrade()
    }

    /// The fault of a policy in sessions on the edition; none most of the time.
    pub(crate) fn fault(&self, policy: &PolicyId) -> Option<FaultKind> {
        if !self.is_any() {
            return None;
        }
        let rest = self.lock();
        if rest.revoked.contains(policy) {
            return Some(FaultKind::Revoked);
        }
        rest.is_overdue.then_some(FaultKind::Drained)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Rest) -> T) -> T {
        let mut rest = self.lock();
        let came = change(&mut rest);
        let any = rest.is_overdue || rest.moved_to.is_some() || !rest.revoked.is_empty();
        self.any.store(any, Ordering::Release);
        came
    }

    fn lock(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Edition {
    /// Ends the time of its sessions; whether that is new.
    pub(crate) fn end_time(&self) -> bool {
        self.notice.change(|rest| !std::mem::replace(&mut rest.is_overdue, true))
    }

    /// Moves its sessions to another edition.
    pub(crate) fn move_to(&self, edition: &Arc<Self>) {
        self.notice.change(|rest| rest.moved_to = Some(Arc::downgrade(edition)));
    }

    /// Takes the policies with these files out of its sessions.
    pub(crate) fn revoke(&self, digests: &[String]) {
        let revoked = self.policies.iter().filter(|policy| digests.contains(&policy.digest));
        let revoked: Vec<PolicyId> = revoked.map(|policy| policy.card.id.clone()).collect();
        self.notice.change(|rest| rest.revoked.extend(revoked));
    }

    /// It is the live one (again): sessions on it have their time, and stay.
    pub(crate) fn be_live(&self) {
        self.notice.change(|rest| {
            rest.is_overdue = false;
            rest.moved_to = None;
        });
    }
}
