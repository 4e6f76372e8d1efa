//! Pending text: what a stream keeps back until a late score or a person has spoken, and the events that speak.

use specialis_core::words::ReviewOutcome;
use specialis_core::{Decision, EventFacts, Level, PolicyId};

use super::Session;
use super::reading::Reading;
use super::stream::{Gate, Stream};
use crate::release::Release;

/// A decision that asked for a person.
pub(super) struct AskedFor {
    /// Its id, which an approval names.
    id: String,
    /// The policies that asked; those that could not answer are not among them.
    policies: Vec<PolicyId>,
}

impl AskedFor {
    /// What a decision asks a person for.
    pub(super) fn by(decision: &Decision) -> Self {
        let findings = decision.duties.iter().flat_map(|duty| &duty.findings).filter(|finding| finding.counts());
        let asking = findings.filter(|finding| finding.answer.demand().is_some_and(|d| d.level == Level::Review));
        Self { id: decision.id.clone(), policies: asking.map(|finding| finding.policy.clone()).collect() }
    }
}

impl Session {
    /// Lets a late score, a review or an abort act on the stream of the session, by the decision on it.
    pub(super) fn act_on_pending(&mut self, reading: &Reading, decision: &Decision) -> Release {
        let Some(mut stream) = self.stream.take() else { return Release::default() };
        let facts = &reading.event.facts;
        if matches!(facts, EventFacts::Abort(_)) {
            return Release::default();
        }
        let acted = if let EventFacts::Signal(score) = facts {
            stream.cover(score.part, score.up_to, score.category.as_deref());
            stream.shut(score.part, decision.verdict);
            true
        } else if decision.verdict == Level::Stop {
            stream.close_pending();
            true
        } else if self.is_approved(&stream, reading, decision) {
            stream.open_pending();
            true
        } else {
            false
        };
        let mut parts = Vec::new();
        for n in 0..stream.lanes.len() {
            let text = if !acted {
                None
            } else if stream.is_ended {
                self.let_rest_go(&mut stream, n)
            } else {
                self.let_frontier_go(&mut stream, n)
            };
            if let (Some(lane), Some(text)) = (stream.lanes.get(n), text) {
                parts.push((lane.part, Some(text)));
            }
        }
        if !stream.is_ended || stream.is_pending() {
            self.stream = Some(stream);
        }
        Release { parts }
    }

    /// Whether a review frees what is pending: a person approved the very decision that asked for one, nothing on the review
    /// asks for more, and every policy that asked has heard the answer.
    fn is_approved(&self, stream: &Stream, reading: &Reading, decision: &Decision) -> bool {
        let (EventFacts::Review(review), Some(asked)) = (&reading.event.facts, &stream.asked_for) else { return false };
        let has_heard = |id: &PolicyId| {
            let policies = self.edition.policies.iter().zip(&reading.heard);
            let mut own = policies.filter(|(policy, _)| policy.card.id == *id);
            own.any(|(_, heard)| heard.is_called)
        };
        review.outcome == Some(ReviewOutcome::Approved)
            && review.digest.as_deref() == Some(asked.id.as_str())
            && decision.verdict < Level::Review
            && asked.policies.iter().all(has_heard)
    }
}

impl Stream {
    /// Whether some of its text may still go out.
    pub(super) fn is_pending(&self) -> bool {
        self.lanes.iter().any(|lane| lane.has_rest(&self.reading))
    }

    /// Takes up to where a score covers the text; one of an unknown category covers nothing.
    fn cover(&mut self, part: Option<u32>, up_to: Option<u32>, category: Option<&str>) {
        let Some(category) = self.awaited.iter().find(|awaited| Some(awaited.as_str()) == category).cloned() else {
            return;
        };
        for lane in self.lanes.iter_mut().filter(|lane| part.is_none_or(|part| lane.part == part)) {
            let len = lane.text(&self.reading).len();
            let up_to = up_to.and_then(|up_to| usize::try_from(up_to).ok()).map_or(len, |up_to| up_to.min(len));
            let covered = lane.covered.entry(category.clone()).or_default();
            *covered = up_to.max(*covered);
        }
    }

    /// Shuts the lanes that a score is about, where it asks for that.
    fn shut(&mut self, part: Option<u32>, level: Level) {
        let gate = match level {
            Level::Stop => Gate::Closed,
            Level::Review => Gate::Pending,
            Level::Pass | Level::Mark | Level::Warn | Level::Redact => return,
        };
        for lane in self.lanes.iter_mut().filter(|lane| part.is_none_or(|part| lane.part == part)) {
            lane.gate = lane.gate.max(gate);
        }
    }

    fn open_pending(&mut self) {
        self.lanes.iter_mut().filter(|lane| lane.gate == Gate::Pending).for_each(|lane| lane.gate = Gate::Open);
    }

    pub(super) fn close_pending(&mut self) {
        self.lanes.iter_mut().filter(|lane| lane.gate == Gate::Pending).for_each(|lane| lane.gate = Gate::Closed);
    }
}
