//! Deciding from what the policies found.

use specialis_core::{
    Decision, Event, EventKind, FaultKind, Header, Level, Obligation, PolicyEvaluation, RefusedFact, Resolution,
    ResolutionInput, resolve,
};

use super::findings::View;
use super::release::{EventActions, Release, release_part};
use super::scan::{EventScan, Place, form};
use super::{PolicyState, Session};
use crate::runtime::{DecisionKey, feed};

impl Session {
    /// The decision on an event that is whole.
    pub(super) fn decision(&self, scan: &mut EventScan, seq: u32) -> Decision {
        let id = self.decision_id(scan, seq, None);
        let mut decision = Decision { id, ..self.draft_of_whole(scan, seq) };
        scan.add_scores(None, &mut decision);
        decision.review_for_bounds(scan.exceeded.iter().copied());
        self.complete(scan, &mut decision);
        decision
    }

    /// Adds what a reader of the decision is shown beside ids: the facts that reasons rest on, and places in characters.
    pub(super) fn complete(&self, scan: &EventScan, decision: &mut Decision) {
        let (context, content) = (&self.basis.opened.context, self.edition.content());
        let has_grades = context.general.grades.as_ref().is_some_and(|grades| !grades.is_empty());
        decision.note_grounds(context, &scan.event, |policy, reason| content.rests_on(policy, reason, has_grades));
        decision.fill_offsets(|part, at| scan.offsets_of(part, at));
    }

    /// The decision on what was found in a whole event, without scores and without an id. Where the same was answered on an event
    /// of the kind before, it is the one of then.
    fn draft_of_whole(&self, scan: &mut EventScan, seq: u32) -> Decision {
        let waiting = scan.waiting_answers().filter(|waiting| !waiting.is_empty() && self.stands_as_opened());
        let key = waiting.map(|answers| DecisionKey::new(&self.basis.opened, scan.kind(), answers.to_vec()));
        let decisions = &self.edition.decisions;
        if let Some(known) = key.as_ref().and_then(|key| decisions.get(key)) {
            return self.noting_move(known.again(self.header(scan, seq)));
        }
        scan.join_answers();
        let Some(key) = key else { return self.draft(scan, seq, View::Whole) };
        let decision = self.draft_anew(scan, seq, View::Whole);
        decisions.put(key, &decision);
        self.noting_move(decision)
    }

    /// The decision on what was found so far, as far as a view shows it, without scores and without an id.
    pub(super) fn draft(&self, scan: &EventScan, seq: u32, view: View) -> Decision {
        let first = || self.draft_anew(scan, seq, view);
        let is_unanswered = scan.is_unanswered() && self.stands_as_opened();
        let known = is_unanswered.then(|| self.basis.opened.unanswered(scan.kind(), first)).flatten();
        self.noting_move(known.map_or_else(first, |known| known.again(self.header(scan, seq))))
    }

    fn draft_anew(&self, scan: &EventScan, seq: u32, view: View) -> Decision {
        let evaluations = self.evaluations(scan, view);
        let input = self.input(scan.kind(), &evaluations);
        let mut decision = Decision::new(&input, resolve(&input), self.header(scan, seq));
        decision.stop_for_unsupported(&self.edition.content().platform().supports);
        decision
    }

    fn header(&self, scan: &EventScan, seq: u32) -> Header {
        // A wall-clock strike came from outside the text, and so do late scores and reviews.
        let is_struck = |state: &PolicyState| state.fault.as_ref().is_some_and(|f| f.kind == FaultKind::Deadline);
        let is_intervention = matches!(scan.kind(), EventKind::Signal | EventKind::Review | EventKind::Abort);
        Header {
            session: self.id.clone(),
            seq,
            what_if: self.basis.is_what_if,
            intervened: is_intervention || self.policies.iter().any(is_struck),
            refused_facts: self.refused(scan),
            edition: self.edition.id().to_owned(),
            id: String::new(),
        }
    }

    /// The facts that were refused: at open, since then, and of the event.
    fn refused(&self, scan: &EventScan) -> Vec<RefusedFact> {
        let of_session = self.basis.opened.refused.iter().chain(&self.facts.refused);
        of_session.chain(&scan.refused).cloned().collect()
    }

    /// Whether sectors and faults are those at which the session opened. A decision that rests on the same answers is then the same.
    fn stands_as_opened(&self) -> bool {
        let opened = &self.basis.opened;
        let mut policies = self.policies.iter().zip(&opened.policies);
        self.facts.sectors.is_same(&opened.sectors) && policies.all(|(state, at_open)| state.fault == at_open.fault)
    }

    fn noting_move(&self, mut decision: Decision) -> Decision {
        self.note_move(&mut decision);
        decision
    }

    /// The level of one part of an event: text actions hold for a choice and channel.
    pub(super) fn level_of(&self, scan: &EventScan, decision: &Decision, part: u32) -> Level {
        self.level_by_policies(scan, decision, part).max(scan.score_level(part))
    }

    /// The level of one part by what the policies found in it. What its scores add is in it only where it is in the decision.
    pub(super) fn level_by_policies(&self, scan: &EventScan, decision: &Decision, part: u32) -> Level {
        if !decision.unsupported.is_empty() {
            return Level::Stop;
        }
        let least = if scan.is_flooded() { Level::Review } else { Level::Pass };
        if scan.kind() != EventKind::Output || scan.event.parts.len() < 2 {
            return level_of_decision(decision).max(least);
        }
        let evaluations = self.evaluations(scan, View::Part(part));
        let Resolution { verdict, obligations, .. } = resolve(&self.input(scan.kind(), &evaluations));
        level(verdict, obligations.iter().map(|due| &due.obligation)).max(least)
    }

    /// What may go out of an event that is whole.
    pub(super) fn release_whole(&self, scan: &EventScan, decision: &mut Decision) -> Release {
        for (_, number) in scan.event.parts.iter().zip(0_u32..).filter(|(part, _)| part.text.is_some()) {
            let level = self.level_of(scan, decision, number);
            if level != decision.verdict {
                decision.parts.insert(number, level);
            }
        }
        let level_of = |number| decision.parts.get(&number).copied().unwrap_or(decision.verdict);
        self.release_parts(&scan.event, decision, level_of)
    }

    /// What may go out of the parts of an event that is whole, each at its level.
    pub(super) fn release_parts(&self, event: &Event, decision: &Decision, level_of: impl Fn(u32) -> Level) -> Release {
        let mut parts = Vec::new();
        let actions = EventActions::of(decision, &self.edition, self.locale());
        for (part, number) in event.parts.iter().zip(0_u32..) {
            let Some(text) = part.text.as_deref() else { continue };
            let of_part = (&actions.on(part), actions.masks(number));
            let of_text = (text, form(part));
            parts.push((number, release_part(decision, level_of(number), of_part, of_text, self.redaction())));
        }
        Release { parts }
    }

    /// The text that stands in place of what is masked.
    pub(super) fn redaction(&self) -> &str {
        &self.edition.content().sources.redaction
    }

    fn input<'a>(&'a self, kind: EventKind, evaluations: &'a [PolicyEvaluation]) -> ResolutionInput<'a> {
        ResolutionInput {
            registry: self.edition.registry(),
            trust: self.edition.trust(),
            sectors: &self.facts.sectors,
            as_of: self.basis.as_of,
            kind,
            evaluations,
        }
    }

    /// A keyed hash over edition, session, place and input. Without the key, short texts could be guessed from it.
    ///
    /// Source: `docs/design/0012-canonical-bytes.md`.
    pub(super) fn decision_id(&self, scan: &mut EventScan, seq: u32, place: Option<Place>) -> String {
        let mut hasher = self.basis.id_key.hasher();
        let position = place.map(Place::position);
        feed(&mut hasher, &("decision", 1, self.edition.id(), &self.id, seq, self.basis.as_of, position));
        hasher.update(self.basis.opened.digest.as_bytes());
        hasher.update(scan.digest(place).as_bytes());
        if !scan.has_repeatable_scores() {
            feed(&mut hasher, &scan.scores(None));
        }
        hasher.finalize().to_hex().as_str().get(..32).unwrap_or_default().to_owned()
    }
}

/// The level at which text goes out under a decision.
pub(super) fn level_of_decision(decision: &Decision) -> Level {
    level(decision.verdict, decision.obligations.iter().map(|due| &due.obligation))
}

/// The level of a verdict with its obligations: where nothing more may go out it is `stop`.
fn level<'a>(verdict: Level, mut obligations: impl Iterator<Item = &'a Obligation>) -> Level {
    if obligations.any(|obligation| matches!(obligation, Obligation::Stop)) { Level::Stop } else { verdict }
}
