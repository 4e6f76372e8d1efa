//! Measures that somebody else carries out: they leave as signed webhooks, are kept until they are answered, and what nobody carries
//! out is undone, counted and shown.
//!
//! A folder that is full is the fault [`FULL`]: the measures of decisions are undone until there is room again.

mod delivery;
mod outbox;
mod send;

use specialis::core::{Decision, Outcome};

use crate::app::App;

pub(crate) use delivery::Delivery;
pub(crate) use outbox::Outbox;

/// The fault of an outbox that keeps as many measures as it may, as logs and figures name it.
pub(crate) const FULL: &str = "outbox-full";

impl App {
    /// Hands over the measures of a decision that leave by the webhook; what became of each, by its index. What cannot be kept is
    /// not among them: it is counted, and undone.
    pub(crate) fn hand_over(&self, decision: &Decision) -> Vec<(usize, Outcome)> {
        let Some(outbox) = &self.outbox else { return Vec::new() };
        let taken = outbox.take(decision);
        for _ in 0..taken.n_refused {
            self.metrics.count_measure("refused");
        }
        taken.handed_over
    }
}
