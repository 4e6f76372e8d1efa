//! Stopping: first nothing new is taken, then what is open ends cleanly.

use std::sync::Arc;

use tokio::sync::watch;

/// How far the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It serves.
    Serving,
    /// It takes nothing new; what is open goes on.
    Draining,
    /// What is open ends now, cleanly.
    Ending,
}

/// Tells everybody how far the server is. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown(Arc<watch::Sender<Phase>>);

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Serving)))
    }

    /// How far the server is now.
    pub(crate) fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Goes on to a phase; never back.
    pub(crate) fn enter(&self, phase: Phase) {
        self.0.send_if_modified(|now| {
            let is_later = phase > *now;
            *now = (*now).max(phase);
            is_later
        });
    }

    /// Waits until a phase has come.
    pub(crate) async fn reached(&self, phase: Phase) {
        let mut phases = self.0.subscribe();
        // INVARIANT: the sender lives as long as `self`.
        drop(phases.wait_for(|now| *now >= phase).await);
    }
}
