//! Text that waits for a late score or a person, and the events that free it or end it.

use specialis_core::{Decision, EventFacts, Level, kinds};

use super::{OutletId, Phase, Session, Step, StreamState};
use crate::session::release::Release;
use crate::session::scan::{EventScan, Place};

impl StreamState {
    /// Whether some of its text may still go out after its end.
    pub(in crate::session) fn is_pending(&self) -> bool {
        self.phase == Phase::Ended && self.n_kept_back() > 0
    }

    /// How many bytes of its text are kept back and may still go out.
    pub(in crate::session) fn n_kept_back(&self) -> usize {
        let kept = self.outlets.iter().map(|outlet| outlet.n_kept_back(self.scan.text(outlet.part)));
        kept.fold(0, usize::saturating_add)
    }

    /// Applies a late score, a review or an abort, of which `scan` and `decision` say what came of it, and returns the text
    /// that it frees.
    pub(in crate::session) fn apply_event(
        &mut self,
        session: &Session,
        scan: &EventScan,
        decision: &Decision,
    ) -> Release {
        let facts = &scan.event.facts;
        let may_release = if matches!(facts, EventFacts::Abort(_)) {
            self.abort();
            false
        } else if let EventFacts::Signal(score) = facts {
            self.apply_score(score, decision.verdict);
            true
        } else if decision.verdict == Level::Stop {
            self.outlets.iter_mut().filter(|outlet| outlet.is_pending()).for_each(|outlet| outlet.close());
            true
        } else if self.review.as_ref().is_some_and(|request| request.is_approved(session, scan, decision)) {
            self.outlets.iter_mut().for_each(|outlet| outlet.open_pending());
            true
        } else {
            false
        };
        self.release_freed(session, may_release)
    }

    /// The reader is gone: nothing goes out any more.
    fn abort(&mut self) {
        self.phase = Phase::Aborted;
        self.steps.clear();
        self.outlets.iter_mut().for_each(|outlet| outlet.close());
    }

    /// Takes up to where a score covers the text, and holds back the text that it is about where its decision asks for that. A
    /// score of a category that nobody awaits covers nothing.
    fn apply_score(&mut self, score: &kinds::LateSignal, level: Level) {
        let category = self.awaited.iter().find(|awaited| Some(awaited.as_str()) == score.category.as_deref()).cloned();
        for outlet in self.outlets.iter_mut() {
            if score.part.is_some_and(|part| part != outlet.part.number()) {
                continue;
            }
            if let Some(category) = category.clone() {
                let len = self.scan.text(outlet.part).len();
                let up_to = score.up_to.map_or(Some(len), |up_to| usize::try_from(up_to).ok());
                outlet.cover(category, up_to.unwrap_or(0).min(len));
            }
            outlet.hold_at(level);
        }
    }

    /// The text that may go out now, after text that was freed before and not returned yet.
    fn release_freed(&mut self, session: &Session, may_release: bool) -> Release {
        let mut parts = Vec::new();
        for id in self.outlets.ids() {
            let Some(part) = self.outlets.get(id).map(|outlet| outlet.part.number()) else { continue };
            let mut text = self.take_text_of(part);
            if may_release {
                let freed = if self.phase == Phase::Open {
                    self.release_frontier(session, id)
                } else {
                    self.release_rest(session, id)
                };
                text = match (text, freed) {
                    (Some(text), Some(freed)) => Some(text + &freed),
                    (text, freed) => text.or(freed),
                };
            }
            parts.extend(text.map(|text| (part, Some(text))));
        }
        Release { parts }
    }

    /// What goes out of an outlet that still takes text, after a score freed it.
    fn release_frontier(&mut self, session: &Session, id: OutletId) -> Option<String> {
        let outlet = self.outlets.get(id)?;
        let (part, frontier) = (outlet.part.number(), outlet.frontier);
        self.release_to(session, id, frontier);
        self.take_text_of(part)
    }

    /// What goes out of an outlet when nothing more comes, at the end or after a person or a score freed it: the rest of its
    /// text and what is added behind it.
    pub(super) fn release_rest(&mut self, session: &Session, id: OutletId) -> Option<String> {
        if self.phase == Phase::Aborted {
            return None;
        }
        self.release_to(session, id, usize::MAX);
        let outlet = self.outlets.get(id)?;
        let (part, text) = (outlet.part.number(), self.scan.text(outlet.part));
        let (tail, is_through) = (outlet.tail(text), outlet.is_through(text));
        let mut rest = self.take_text_of(part).unwrap_or_default();
        rest.push_str(&tail.unwrap_or_default());
        (is_through || !rest.is_empty()).then_some(rest)
    }

    /// Takes the text of a part out of the steps that were not returned yet.
    fn take_text_of(&mut self, number: u32) -> Option<String> {
        let is_text = |step: &mut Step| matches!(step, Step::Text { part, .. } if *part == number);
        let mut all = None;
        for step in self.steps.extract_if(.., is_text) {
            if let Step::Text { text, .. } = step {
                all.get_or_insert_with(String::new).push_str(&text);
            }
        }
        all
    }

    /// Gives the stream, as far as it has come, to another session, and returns it as it is there.
    pub(in crate::session) fn replay(&self, session: &mut Session) -> Option<Box<Self>> {
        let mut event = (*self.scan.event).clone();
        event.parts.truncate(usize::try_from(self.record.n_whole_parts).unwrap_or(0));
        let mut stream = Self::begin(session, event);
        for outlet in self.outlets.iter() {
            let text = self.scan.text(outlet.part).as_bytes();
            drop(stream.push(session, outlet.choice, outlet.channel.as_deref(), text));
        }
        if self.phase == Phase::Open {
            return Some(stream);
        }
        drop(stream.end(session));
        session.pending.take()
    }

    /// Judges the text that has not gone out yet again, by what another session found in the same stream. What went out stays
    /// out, and levels stay where they were at least.
    pub(in crate::session) fn judge_again(&mut self, session: &Session, other: Option<Box<Self>>) {
        match other {
            Some(other) => self.adopt(*other),
            // On the other edition nothing of it may go out any more.
            None => self.outlets.iter_mut().filter(|outlet| outlet.is_pending()).for_each(|outlet| outlet.close()),
        }
        let last = self.outlets.iter().last().map(|outlet| outlet.part);
        // After the end the decision on the whole was told, and counted what it counts. This one stands at a place, so that it counts
        // nothing again.
        let place = last.map_or(Place::START, |part| self.end_of(part));
        self.decide_all(session, Some(place));
    }

    /// Goes on with what another stream, given the same text, has read and found. An outlet that is not there is closed.
    fn adopt(&mut self, other: Self) {
        for outlet in self.outlets.iter_mut() {
            let same = other.outlets.find(outlet.choice, outlet.channel.as_deref());
            match same.and_then(|id| other.outlets.get(id)) {
                Some(same) => (outlet.part, outlet.frontier) = (same.part, same.frontier),
                None => outlet.close(),
            }
        }
        self.scan = other.scan;
        self.awaited = other.awaited;
        self.delivery = self.delivery.max(other.delivery);
    }
}
