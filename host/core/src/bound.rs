//! Bounds of the host: how much an event or a session may hold before a person decides.

use crate::facts::words;
use crate::{Decision, Level};

words! {
    /// A bound that an event or its session exceeded. What lies beyond it was not judged, so nothing of the event goes out until a
    /// person has decided.
    Bound {
        /// Bytes of text in one event.
        Text = "text",
        /// Parts of one event; in a stream, choices and channels too.
        Parts = "parts",
        /// Hits in the text of one event.
        Hits = "hits",
        /// Signals of one event.
        Signals = "signals",
        /// Findings on one event.
        Findings = "findings",
        /// Different obligations on one event, masks apart.
        Obligations = "obligations",
        /// Events of the session. No policy is called any more.
        Events = "events",
        /// Hits in all events of the session. No policy is called any more.
        SessionHits = "session-hits",
    }
}

impl Bound {
    /// Whether the session is closed by it: each later event is reviewed.
    pub fn closes_session(self) -> bool {
        matches!(self, Self::Events | Self::SessionHits)
    }
}

impl Decision {
    /// Raises the verdict to `review` if the event or its session exceeded a bound.
    pub fn review_for_bounds(&mut self, bounds: impl IntoIterator<Item = Bound>) {
        self.exceeded.extend(bounds);
        if !self.exceeded.is_empty() {
            self.raise(Level::Review, None);
        }
    }
}
