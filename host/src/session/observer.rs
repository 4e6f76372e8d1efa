//! Observers: who is told of decisions after they were made, without effect on them.

use std::sync::Arc;

use specialis_core::{Context, Date, Decision, Event, SessionId};

use super::Session;

/// Is told of decisions. Called on the deciding thread; it must not block.
pub(crate) trait DecisionObserver: Send + Sync {
    /// Whether it wants the decisions of a session now.
    fn observes(&self, session: &SessionId) -> bool;

    /// Takes one decision with what it was made from.
    fn observe(&self, observed: Observed);
}

/// One event as it was judged.
pub(crate) struct Observed {
    pub(crate) session: SessionId,
    pub(crate) context: Arc<Context>,
    pub(crate) as_of: Date,
    pub(crate) event: Event,
    pub(crate) decision: Decision,
}

impl Session {
    /// A copy of the event, if an observer wants to see the decision on it.
    pub(super) fn observed_event(&self, event: &Event) -> Option<Event> {
        let observer = self.basis.observer.as_ref()?;
        observer.observes(&self.id).then(|| event.clone())
    }

    /// Tells the observer what was decided on an event.
    pub(super) fn observe(&self, event: Option<Event>, decision: &Decision) {
        let (Some(event), Some(observer)) = (event, &self.basis.observer) else { return };
        observer.observe(Observed {
            session: self.id.clone(),
            context: self.basis.context.clone(),
            as_of: self.basis.as_of,
            event,
            decision: decision.clone(),
        });
    }
}
