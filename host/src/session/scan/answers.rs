//! The answers on an event, in the order in which they came.
//!
//! Joining them takes longer than calling some policies. So the answers on a whole event wait, as long as each of them is one that
//! its policy gave before: the decision on the same answers may be known.

use specialis_core::EventKind;

use super::EventScan;
use super::part::PartId;
use crate::runtime::{Answer, Answered, CallAnswer};

/// How many answers wait at most.
const MOST: usize = 32;

/// Whether the answers on an event of a kind may wait. Those on events that act on a stream are looked at at once, and so are those
/// on several parts, each of which has a level of its own.
pub(super) fn may_wait(kind: EventKind, n_parts: usize) -> bool {
    match kind {
        EventKind::Signal | EventKind::Review | EventKind::Abort => false,
        EventKind::Output => n_parts < 2,
        EventKind::Prompt
        | EventKind::Retrieved
        | EventKind::Tool
        | EventKind::Media
        | EventKind::Publication
        | EventKind::TrainingIntake
        | EventKind::AnnotationBatch
        | EventKind::DataHandling
        | EventKind::Account
        | EventKind::ServiceChange => true,
    }
}

/// How many obligations the findings of an answer have, equal ones and masks counted too.
fn n_obligations(findings: &Answer) -> usize {
    let demands = findings.iter().filter_map(|finding| finding.answer.demand());
    demands.map(|demand| demand.obligations.len()).fold(0, usize::saturating_add)
}

impl EventScan {
    /// Adds what a policy answered, by its place in the edition.
    pub(in crate::session) fn add_answer(&mut self, policy: usize, answer: &CallAnswer, part: Option<PartId>) {
        let findings = answer.findings.clone();
        if let Some(waiting) = self.waiting.as_mut().filter(|_| answer.is_remembered) {
            let all = || waiting.iter().map(|one| &one.findings).chain([&findings]);
            let n_findings = all().map(|one| one.len()).fold(0, usize::saturating_add);
            let n_obligations = all().map(n_obligations).fold(0, usize::saturating_add);
            // No bound can be exceeded by fewer answers than that.
            if waiting.len() < MOST && n_findings <= self.limits.findings && n_obligations <= self.limits.obligations {
                waiting.push(Answered { policy, part: part.map(PartId::number), findings });
                return;
            }
        }
        self.join_answers();
        self.add_findings(policy, &findings, part.map(PartId::number));
    }

    /// Every answer on the event, where all of them wait.
    pub(in crate::session) fn waiting_answers(&self) -> Option<&[Answered]> {
        self.waiting.as_deref()
    }

    /// Joins the answers that wait. From then on none waits.
    pub(in crate::session) fn join_answers(&mut self) {
        for Answered { policy, part, findings } in self.waiting.take().into_iter().flatten() {
            self.add_findings(policy, &findings, part);
        }
    }

    /// Whether no policy has answered on the event.
    pub(in crate::session) fn is_unanswered(&self) -> bool {
        self.waiting.as_ref().is_none_or(Vec::is_empty) && self.findings.iter().all(|found| !found.is_called)
    }
}
