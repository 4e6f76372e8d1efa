//! What waits until a person has decided, and when a person's answer frees it.

use std::sync::Arc;

use specialis_core::words::ReviewOutcome;
use specialis_core::{Decision, Event, EventFacts, EventKind, Level, PolicyId};

use super::Session;
use super::release::Release;
use super::scan::EventScan;

/// What a decision asked a person for.
pub(super) struct ReviewRequest {
    /// The decision's id, which an approval names.
    decision: String,
    /// The policies that asked; those that could not answer are not among them.
    policies: Vec<PolicyId>,
}

impl ReviewRequest {
    pub(super) fn of(decision: &Decision) -> Self {
        let findings = decision.duties.iter().flat_map(|duty| &duty.findings).filter(|finding| finding.counts());
        let asking = findings.filter(|finding| finding.answer.demand().is_some_and(|d| d.level == Level::Review));
        Self { decision: decision.id.clone(), policies: asking.map(|finding| finding.policy.clone()).collect() }
    }

    /// Whether an event is a person's answer to this request.
    fn is_answered_by(&self, facts: &EventFacts) -> bool {
        matches!(facts, EventFacts::Review(review) if review.digest.as_deref() == Some(self.decision.as_str()))
    }

    /// Whether a review frees what is pending: a person approved the very decision that asked for one, nothing on the review
    /// asks for more, and every policy that asked was called on the answer.
    pub(super) fn is_approved(&self, session: &Session, scan: &EventScan, decision: &Decision) -> bool {
        let EventFacts::Review(review) = &scan.event.facts else { return false };
        let was_called = |id: &PolicyId| {
            let policies = session.edition.policies.iter().zip(&scan.findings);
            let mut own = policies.filter(|(policy, _)| policy.content.card.id == *id);
            own.any(|(_, found)| found.is_called)
        };
        review.outcome == Some(ReviewOutcome::Approved)
            && self.is_answered_by(&scan.event.facts)
            && decision.verdict < Level::Review
            && self.policies.iter().all(was_called)
    }
}

/// An event that was given whole, and whose text waits for a person.
pub(super) struct WaitingEvent {
    request: ReviewRequest,
    event: Arc<Event>,
    decision: Decision,
}

impl WaitingEvent {
    /// The event of a decision, where it waits.
    pub(super) fn of(scan: &EventScan, decision: &Decision) -> Option<Box<Self>> {
        let has_text = scan.event.parts.iter().any(|part| part.text.is_some());
        let waits = decision.verdict == Level::Review && !decision.what_if && !decision.unrecorded && has_text;
        waits.then(|| {
            let (event, decision) = (scan.event.clone(), decision.clone());
            Box::new(Self { request: ReviewRequest::of(&decision), event, decision })
        })
    }

    /// How many bytes of its text wait.
    pub(super) fn n_bytes(&self) -> usize {
        let texts = self.event.parts.iter().filter_map(|part| part.text.as_deref());
        texts.map(str::len).fold(0, usize::saturating_add)
    }
}

impl Session {
    /// Applies an event to the whole event that waits, of which `scan` and `decision` say what came of it; the text that it frees.
    /// None where it is about something else. What a decision of `stop`, an abort or a refusal ends never goes out.
    pub(super) fn free_waiting(&mut self, scan: &EventScan, decision: &Decision) -> Option<Release> {
        let waiting = self.waiting.take()?;
        if waiting.request.is_approved(self, scan, decision) && !decision.unrecorded {
            return Some(self.release_approved(&waiting.event, &waiting.decision));
        }
        let is_answer = waiting.request.is_answered_by(&scan.event.facts);
        let is_refused = matches!(&scan.event.facts, EventFacts::Review(review)
            if is_answer && review.outcome.is_some_and(|outcome| outcome != ReviewOutcome::Approved));
        if scan.kind() != EventKind::Abort && decision.verdict != Level::Stop && !is_refused {
            self.waiting = Some(waiting);
        }
        is_answer.then(Release::default)
    }

    /// What may go out of an event once a person approved it: its masks and what is added stay.
    fn release_approved(&self, event: &Event, decision: &Decision) -> Release {
        self.release_parts(event, decision, |number| {
            let level = decision.parts.get(&number).copied().unwrap_or(decision.verdict);
            if level == Level::Review { Level::Redact } else { level }
        })
    }
}
