//! What reaches a session from outside its text: notices on its edition. Each is an intervention, and the decision says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use specialis_core::{Decision, Fault, FaultKind, PolicyId};

use super::stream::StreamState;
use super::{OpenRequest, Session};
use crate::runtime::{CallPoint, Edition};

impl Session {
    /// Takes out policies that no longer answer: those that were revoked, and all of them where the session stayed too long.
    pub(super) fn apply_notices(&mut self) {
        if !self.edition.notices.has_any() {
            return;
        }
        for (policy, state) in self.edition.policies.iter().zip(&mut self.policies) {
            let fault = self.edition.notices.fault(&policy.content.card.id);
            if let Some(kind) = fault.filter(|_| state.fault.is_none()) {
                state.fault = Some(Fault::new(kind, CallPoint::End.as_str()));
            }
        }
    }

    /// Opens the session again on the edition that an urgent statement moved it to, and judges again the text of `stream` that
    /// has not gone out.
    ///
    /// No state crosses versions: policies are given the session's input once more where it was kept. Where it was not, they
    /// are given the stream alone, and the duties of a policy that remembered something go to their failure level.
    pub(super) fn follow_move(&mut self, stream: Option<&mut StreamState>) {
        let Some(edition) = self.edition.notices.moved_to() else { return };
        let mut again = self.reopen_on(&edition);
        let is_given = self.progress.input_log.is_whole();
        let replayed = if is_given {
            self.progress.input_log.replay(&mut again)
        } else {
            stream.as_deref().map(|stream| stream.replay(&mut again)).unwrap_or_default()
        };
        self.keep_faults(&mut again, is_given);
        let seq = stream.as_ref().and_then(|stream| stream.open_seq()).unwrap_or(self.progress.seq);
        self.progress.moved = Some((seq, self.edition.id().to_owned()));
        // What the other edition says of it nobody has judged.
        self.waiting = None;
        tracing::info!(session = %self.id, edition = %edition.id(), "moved to an urgent edition");
        again.facts.refused.clone_from(&self.facts.refused);
        let Session { edition, basis, facts, policies, .. } = again;
        self.edition = edition;
        self.basis.opened = basis.opened;
        self.facts = facts;
        self.policies = policies;
        if let Some(stream) = stream {
            stream.judge_again(self, replayed);
        }
    }

    /// The same session, empty, on another edition. What was said about sectors since it opened still holds.
    fn reopen_on(&self, edition: &Arc<Edition>) -> Self {
        let (given, what_if) = (self.basis.context.clone(), self.basis.is_what_if);
        let request = OpenRequest::unobserved(self.id.clone(), given, self.basis.as_of, what_if);
        let mut again = Self::open(self.runtime.clone(), edition.clone(), request);
        for (id, now) in self.facts.sectors.iter() {
            if self.basis.opened.sectors.get(id) != Some(now) {
                again.facts.sectors.insert(id.clone(), now.clone());
            }
        }
        again
    }

    /// Carries faults over to the session on the other edition, where the input could not be given again: faults there were,
    /// and the loss of what a policy remembered.
    fn keep_faults(&self, again: &mut Self, is_given: bool) {
        if is_given {
            return;
        }
        let old = self.edition.policies.iter().zip(&self.policies).zip(&self.basis.opened.policies);
        let mut faults: BTreeMap<&PolicyId, Fault> = BTreeMap::new();
        for ((policy, state), at_open) in old {
            let is_lost = state.state != at_open.state;
            let lost = is_lost.then(|| Fault::new(FaultKind::Moved, CallPoint::Open.as_str()));
            if let Some(fault) = state.fault.clone().or(lost) {
                faults.insert(&policy.content.card.id, fault);
            }
        }
        for (policy, state) in again.edition.policies.iter().zip(&mut again.policies) {
            let fault = faults.remove(&policy.content.card.id);
            state.fault = state.fault.take().or(fault);
        }
    }

    /// Says in the first decision after a move where the session was before.
    pub(super) fn note_move(&self, decision: &mut Decision) {
        if let Some((_, from)) = self.progress.moved.as_ref().filter(|(seq, _)| *seq == decision.seq) {
            decision.moved_from = Some(from.clone());
            decision.intervened = true;
        }
    }
}
