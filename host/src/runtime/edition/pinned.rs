//! A session's hold on its edition.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Edition;

/// An edition that a session is on, counted for as long as this is held. Copies of the `Arc` in the embedder's code do not
/// count, so an edition that somebody keeps still drains.
pub(crate) struct PinnedEdition(Arc<Edition>);

impl PinnedEdition {
    pub(crate) fn new(edition: Arc<Edition>) -> Self {
        edition.n_sessions.fetch_add(1, Ordering::AcqRel);
        Self(edition)
    }

    pub(crate) fn arc(&self) -> &Arc<Edition> {
        &self.0
    }
}

impl Deref for PinnedEdition {
    type Target = Edition;

    fn deref(&self) -> &Edition {
        &self.0
    }
}

impl Drop for PinnedEdition {
    fn drop(&mut self) {
        self.0.n_sessions.fetch_sub(1, Ordering::AcqRel);
    }
}
