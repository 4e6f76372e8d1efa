//! Notices: what reaches a session from outside its text. Each is an intervention, and the decision says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use specialis_core::{Decision, Event, Fault, FaultKind, PolicyId};

use super::{Held, Session};
use crate::abi::Point;

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

    /// Opens the session again on the edition that an urgent act moved it to. What policies remembered stays behind, since no
    /// state crosses versions: where that was something, the policy's duties go to their failure level.
    pub(super) fn move_on(&mut self) {
        let Some(edition) = self.edition.notice.moved_to() else { return };
        let given = self.opened.given.clone();
        let opened = edition.open(&self.host.sandbox, given, self.as_of);
        let old = self.edition.policies.iter().zip(&self.memories).zip(&self.opened.memories);
        let mut before: BTreeMap<PolicyId, Option<Fault>> = BTreeMap::new();
        for ((policy, held), at_open) in old {
            let lost = (held.state != at_open.state)
                .then(|| Fault { kind: FaultKind::Moved, point: Point::Open.as_str().to_owned() });
            before.insert(policy.card.id.clone(), held.fault.clone().or(lost));
        }
        let each = edition.policies.iter().zip(&opened.memories);
        self.memories = each
            .map(|(policy, memory)| {
                let fault = before.get(&policy.card.id).cloned().flatten();
                Held { state: memory.state.clone(), fuel: memory.fuel, fault: memory.fault.clone().or(fault) }
            })
            .collect();
        // What was said about sectors since the session opened still holds.
        let mut sectors = (*opened.sectors).clone();
        for (id, now) in self.sectors.iter() {
            if self.opened.sectors.get(id) != Some(now) {
                sectors.insert(id.clone(), now.clone());
            }
        }
        self.sectors = Arc::new(sectors);
        let since = self.refused.iter().skip(self.opened.refused.len()).cloned();
        self.refused = opened.refused.iter().cloned().chain(since).collect();
        self.moved = Some((self.seq, self.edition.id.clone()));
        tracing::info!(session = %self.id, edition = %edition.id, "moved to an urgent edition");
        self.edition = edition;
        self.opened = opened;
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
