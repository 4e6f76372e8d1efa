//! Decisions of a stream. One on a single part carries what is new there; one on all parts carries everything found so far. So a
//! long stream with many findings is decided in a time that grows in a line with them.

use std::collections::BTreeMap;

use specialis_core::{Decision, Delivery, EventKind, Level, MeasureId, SectorId, SectorStatus, Shared, Span, Streamed};

use super::outlet::Outlet;
use super::{OutletId, Step, StreamState};
use crate::session::Session;
use crate::session::decide::level_of_decision;
use crate::session::findings::View;
use crate::session::release::EventActions;
use crate::session::scan::{EventScan, Place};

/// What concerns all parts of a stream at once. Where it changes, all parts are decided on.
pub(super) struct Ground {
    n_faults: usize,
    n_common_changes: u64,
    edition: String,
    sectors: Shared<BTreeMap<SectorId, SectorStatus>>,
}

impl Ground {
    fn of(session: &Session, scan: &EventScan) -> Self {
        Self {
            n_faults: n_faults(session),
            n_common_changes: scan.n_common_changes(),
            edition: session.edition.id().to_owned(),
            sectors: session.facts.sectors.clone(),
        }
    }

    fn is_that_of(&self, session: &Session, scan: &EventScan) -> bool {
        self.n_faults == n_faults(session)
            && self.n_common_changes == scan.n_common_changes()
            && self.edition == session.edition.id()
            && self.sectors == session.facts.sectors
    }
}

fn n_faults(session: &Session) -> usize {
    session.policies.iter().filter(|policy| policy.fault.is_some()).count()
}

impl StreamState {
    /// Decides where policies were called in a part, if they found something new or the scores ask for more.
    pub(super) fn decide_at(&mut self, session: &Session, id: OutletId, (at, is_raised): (usize, bool)) {
        let Some(part) = self.outlets.get(id).map(|outlet| outlet.part) else { return };
        if self.has_new_ground(session) {
            self.decide_all(session, Some(Place { part: Some(part), at }));
        } else if self.scan.news(part).is_any || is_raised {
            self.tell_at(session, id, at);
        }
    }

    /// Decides on an outlet that was just added: nothing is known of it but what holds for all.
    pub(super) fn decide_first(&mut self, session: &Session, id: OutletId) {
        let Some(part) = self.outlets.get(id).map(|outlet| outlet.part) else { return };
        if self.has_new_ground(session) {
            self.decide_all(session, Some(Place { part: Some(part), at: 0 }));
            return;
        }
        let decision = session.draft(&self.scan, self.record.seq, View::Part(part.number()));
        self.set_actions(id);
        let level = level_of_decision(&decision);
        self.raise(id, Raise { level, by_policies: level, decision: &decision }, &[], true);
        self.apply_levels(&decision, [id]);
    }

    /// Decides on a part and tells the decision.
    pub(super) fn tell_at(&mut self, session: &Session, id: OutletId, at: usize) {
        let Some(part) = self.outlets.get(id).map(|outlet| outlet.part) else { return };
        let place = Some(Place { part: Some(part), at });
        let news = self.scan.news(part);
        let is_joint = self.scan.kind() != EventKind::Output && self.scan.event.parts.len() > 1;
        if is_joint || news.has_action || self.has_new_ground(session) {
            self.decide_all(session, place);
            return;
        }
        let number = part.number();
        let view = if news.relaxes { View::Part(number) } else { View::News(number) };
        let mut decision = session.draft(&self.scan, self.record.seq, view);
        if !decision.unsupported.is_empty() && !self.record.is_unsupported {
            self.decide_all(session, place);
            return;
        }
        let actions = EventActions::of(&decision, &session.edition, session.locale());
        let by_policies = level_of_decision(&decision);
        self.scan.add_scores(Some(number), &mut decision);
        let raise = Raise { level: level_of_decision(&decision), by_policies, decision: &decision };
        let late = self.raise(id, raise, actions.masks(number), news.relaxes);
        self.raise_to_highest(&mut decision);
        if let Some(level) = self.outlets.get(id).map(|outlet| outlet.highest.0) {
            decision.parts.extend((level != decision.verdict).then_some((number, level)));
        }
        let faults = self.record.faults.get(&number).map(|fault| (number, *fault)).into_iter().collect();
        let at = place.map(Place::position);
        decision.streamed = Some(Streamed { delivery: self.delivery, at, late, faults });
        self.scan.set_told(view);
        self.finish(session, &mut decision, place);
        self.keep(session, &mut decision, false);
        self.steps.push(Step::Decision(Box::new(decision.clone())));
        if decision.unrecorded {
            let all: Vec<OutletId> = self.outlets.ids().collect();
            return self.apply_levels(&decision, all);
        }
        self.apply_levels(&decision, [id]);
    }

    /// Decides on everything found so far, and tells the decision where it differs from the last one on everything. The decision
    /// on the whole, which has no place, is returned instead.
    pub(super) fn decide_all(&mut self, session: &Session, place: Option<Place>) -> Decision {
        let mut decision = session.draft(&self.scan, self.record.seq, View::Whole);
        self.record.is_unsupported |= !decision.unsupported.is_empty();
        self.record.actions = EventActions::of(&decision, &session.edition, session.locale());
        let by_policies = |outlet: &Outlet| session.level_by_policies(&self.scan, &decision, outlet.part.number());
        let levels: Vec<Level> = self.outlets.iter().map(by_policies).collect();
        self.scan.add_scores(None, &mut decision);
        let ids: Vec<OutletId> = self.outlets.ids().collect();
        for (id, by_policies) in ids.into_iter().zip(levels) {
            let Some(part) = self.outlets.get(id).map(|outlet| outlet.part) else { continue };
            self.set_actions(id);
            let masks = self.record.actions.masks(part.number()).to_vec();
            let level = by_policies.max(self.scan.score_level(part.number()));
            self.raise(id, Raise { level, by_policies, decision: &decision }, &masks, true);
        }
        self.raise_to_highest(&mut decision);
        decision.review_for_bounds(self.scan.exceeded.iter().copied());
        let levels = self.outlets.iter().map(|outlet| (outlet.part.number(), outlet.highest.0));
        decision.parts = levels.filter(|(_, level)| *level != decision.verdict).collect();
        decision.streamed = Some(Streamed {
            delivery: self.delivery,
            at: place.map(Place::position),
            late: self.record.late.iter().copied().collect(),
            faults: self.record.faults.clone(),
        });
        self.scan.set_told(View::Whole);
        self.finish(session, &mut decision, place);
        let is_new = self.record.told.as_ref().is_none_or(|(_, told)| !says_the_same(told, &decision));
        if is_new || place.is_none() {
            self.keep(session, &mut decision, place.is_none());
        }
        if is_new && place.is_some() {
            self.steps.push(Step::Decision(Box::new(decision.clone())));
        }
        self.record.told = Some((Ground::of(session, &self.scan), Box::new(decision.clone())));
        let all: Vec<OutletId> = self.outlets.ids().collect();
        self.apply_levels(&decision, all);
        decision
    }

    fn has_new_ground(&self, session: &Session) -> bool {
        self.record.told.as_ref().is_none_or(|(ground, _)| !ground.is_that_of(session, &self.scan))
    }

    /// Hands an outlet what the last decision on all parts asks for beside masking.
    fn set_actions(&mut self, id: OutletId) {
        let Some(outlet) = self.outlets.get_mut(id) else { return };
        match self.scan.part(outlet.part) {
            Some(part) => outlet.set_actions(self.record.actions.on(part)),
            None => outlet.close(),
        }
    }

    /// Takes what a decision asks to mask of an outlet, all of it or what is new, and raises its level, which only rises. Returns
    /// the stretches that were to be masked in text that is out.
    fn raise(&mut self, id: OutletId, raise: Raise<'_>, masks: &[Span], is_all: bool) -> Vec<Span> {
        let may_take_back = self.delivery == Delivery::DeliverThenRetract;
        let Some(outlet) = self.outlets.get_mut(id) else { return Vec::new() };
        let number = outlet.part.number();
        let fault = self.record.faults.get(&number).map_or(Level::Pass, |fault| fault.level());
        let mut level = raise.level.max(fault);
        let is_cut = self.record.is_unsupported || self.record.not_recorded.is_some();
        if is_cut {
            level = Level::Stop;
        }
        let mut by_policies = if is_cut { Level::Stop } else { raise.by_policies.max(fault) };
        let late = outlet.take_masks(masks, is_all);
        if !late.is_empty() && !may_take_back {
            (level, by_policies) = (Level::Stop, Level::Stop);
        }
        self.record.is_taken_back |= may_take_back && (!late.is_empty() || outlet.is_cut_off_at(by_policies));
        self.record.late.extend(&late);
        outlet.raise(level, raise.decision);
        if outlet.highest.0 > self.record.highest.0 {
            self.record.highest = outlet.highest.clone();
        }
        late
    }

    /// Raises a decision to the highest level of any outlet.
    fn raise_to_highest(&self, decision: &mut Decision) {
        let (level, decisive) = &self.record.highest;
        decision.raise(*level, decisive.clone());
    }

    /// Adds to a decision what is owed for the stream as a whole, and gives it its id.
    fn finish(&mut self, session: &Session, decision: &mut Decision, place: Option<Place>) {
        if self.record.is_taken_back {
            let platform = session.edition.content().platform();
            let supports = |id: &MeasureId| platform.supports.contains(id) || platform.by_hand.contains_key(id);
            decision.add_retraction(session.edition.registry(), supports);
        }
        if self.record.not_recorded.is_some() {
            decision.stop_unrecorded();
        }
        decision.id = session.decision_id(&mut self.scan, self.record.seq, place);
        session.complete(&self.scan, decision);
    }

    /// Keeps a decision that is about to be told, the one on the whole with its event. Where that fails, nothing more of the stream goes out.
    fn keep(&mut self, session: &Session, decision: &mut Decision, is_whole: bool) {
        let not_recorded = session.keep(decision, is_whole.then(|| &*self.scan.event));
        if not_recorded.is_some() && self.record.not_recorded.is_none() {
            self.record.not_recorded = not_recorded;
            self.record.highest = (Level::Stop, None);
            self.outlets.iter_mut().for_each(|outlet| outlet.raise(Level::Stop, decision));
        }
    }

    /// Opens or closes outlets as their levels ask for.
    fn apply_levels(&mut self, decision: &Decision, ids: impl IntoIterator<Item = OutletId>) {
        let is_supported = decision.unsupported.is_empty() && !decision.unrecorded;
        for id in ids {
            if let Some(outlet) = self.outlets.get_mut(id) {
                outlet.apply_level(is_supported, &mut self.steps);
            }
        }
    }
}

/// To what an outlet is raised.
struct Raise<'a> {
    level: Level,
    /// The level without the scores: they are a reason to keep back what is not out, and take nothing back.
    by_policies: Level,
    decision: &'a Decision,
}

/// Whether two decisions on all parts differ in nothing but where the stream stood.
fn says_the_same(told: &Decision, now: &Decision) -> bool {
    let streamed = |decision: &Decision| decision.streamed.as_ref().map(|s| (s.late.clone(), s.faults.clone()));
    (told.verdict, &told.parts, &told.unsupported) == (now.verdict, &now.parts, &now.unsupported)
        && (&told.duties, &told.obligations, &told.conflicts) == (&now.duties, &now.obligations, &now.conflicts)
        && (&told.edition, &told.exceeded, told.unrecorded) == (&now.edition, &now.exceeded, now.unrecorded)
        && streamed(told) == streamed(now)
}
