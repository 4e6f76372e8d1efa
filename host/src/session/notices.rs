//! Notices: what reaches a session from outside its text. Each is an intervention, and the decision says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use specialis_core::{Decision, Event, Fault, FaultKind, PolicyId};

use super::{Session, Step};
use crate::abi::Point;
use crate::host::Host;

impl Session {
    /// Takes out policies that no longer answer: those that were revoked, and all of them where the session had its time.
    pub(super) fn heed(&mut self) {
        let notice = &self.edition.notice;
        if !notice.is_any() {
            return;
        }
        for (policy, held) in self.edition.policies.iter().zip(&mut self.memories) {
            if let Some(kind) = notice.fault(&policy.card.id).filter(|_| held.fault.is_none()) {
                held.fault = Some(Fault { kind, point: Point::End.as_str().to_owned() });
            }
        }
    }

    /// Opens the session again on the edition that an urgent act moved it to, and judges again what of a stream has not gone
    /// out. No state crosses versions: policies are given the session's input once more where it was kept. Where it was not,
    /// they get the current stream alone, and the duties of a policy that remembered something go to their failure level.
    pub(super) fn move_on(&mut self) -> Vec<Step> {
        let Some(edition) = self.edition.notice.moved_to() else { return Vec::new() };
        let beside = Host(self.host.clone()).on(edition.clone());
        let mut again = Self::open(beside.0, self.id.clone(), self.opened.given.clone(), self.as_of, self.what_if);
        // What was said about sectors since the session opened still holds.
        for (id, now) in self.sectors.iter() {
            if self.opened.sectors.get(id) != Some(now) {
                Arc::make_mut(&mut again.sectors).insert(id.clone(), now.clone());
            }
        }
        let is_given = self.log.give(&mut again);
        if !is_given {
            self.give_stream(&mut again);
        }
        let old = self.edition.policies.iter().zip(&self.memories).zip(&self.opened.memories);
        let mut before: BTreeMap<PolicyId, Option<Fault>> = BTreeMap::new();
        for ((policy, held), at_open) in old {
            let lost = (held.state != at_open.state)
                .then(|| Fault { kind: FaultKind::Moved, point: Point::Open.as_str().to_owned() });
            before.insert(policy.card.id.clone(), held.fault.clone().or(lost).filter(|_| !is_given));
        }
        for (policy, held) in edition.policies.iter().zip(&mut again.memories) {
            let fault = before.remove(&policy.card.id).flatten();
            held.fault = held.fault.take().or(fault);
        }
        self.memories = again.memories;
        self.sectors = again.sectors;
        let opened = again.opened;
        let since = self.refused.iter().skip(self.opened.refused.len()).cloned();
        self.refused = opened.refused.iter().cloned().chain(since).collect();
        self.moved = Some((self.current_seq(), self.edition.id.clone()));
        tracing::info!(session = %self.id, edition = %edition.id, "moved to an urgent edition");
        self.edition = edition;
        self.opened = opened;
        self.judge_again(again.stream)
    }

    /// Says in the first decision after a move where the session was before.
    pub(super) fn say_moved(&self, decision: &mut Decision) {
        if let Some((_, from)) = self.moved.as_ref().filter(|(seq, _)| *seq == decision.seq) {
            decision.moved_from = Some(from.clone());
            decision.intervened = true;
        }
    }

    /// The event, where a shadow wants to see what becomes of it.
    pub(super) fn for_shadow(&self, event: &Event) -> Option<Event> {
        let shadow = self.host.shadow.load();
        shadow.as_ref().filter(|shadow| shadow.takes(&self.id)).map(|_| event.clone())
    }

    /// Shows the shadow what was decided.
    pub(super) fn show_shadow(&self, event: Option<Event>, decision: &Decision) {
        let (Some(event), Some(shadow)) = (event, self.host.shadow.load_full()) else { return };
        shadow.offer(crate::shadow::Seen {
            session: self.id.clone(),
            context: self.opened.given.clone(),
            as_of: self.as_of,
            event,
            decision: decision.clone(),
        });
    }
}
