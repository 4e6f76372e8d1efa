//! Streams: text that comes in pieces and goes out as soon as it cannot become part of a match any more.
//!
//! Where policies are called, what they answer and what goes out depends on the text alone, never on how it was cut. So text
//! is released up to a judging point first, then the policies are called, then text is released from there on.
//!
//! A part, an outlet or a place that cannot be found keeps its text back: no branch here releases text for want of knowledge.

mod deciding;
mod handle;
mod outlet;
mod pending;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use specialis_core::{
    CategoryId, ChannelFault, Decision, Decisive, Delivery, Event, EventKind, Level, Mode, Part, PolicyEvaluation, Span,
};
use specialis_text::Point as TextPoint;

use super::findings::View;
use super::input_log::Entry;
use super::release::{EventActions, Release, release_part};
use super::review::ReviewRequest;
use super::scan::{EventScan, PartId, Place, form, pieces};
use super::{Judged, Observation, Session};
use deciding::Ground;
pub use handle::{OwnedStream, Stream};
use outlet::{Outlet, OutletId, Outlets};

/// What one piece of a stream brought, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Text of a part that may go out now.
    Text {
        /// The part.
        part: u32,
        /// Its next text, with stretches masked.
        text: String,
    },
    /// The decision on what was read so far, where it differs from the one before.
    Decision(Box<Decision>),
    /// Nothing more of a part goes out: until a person has decided (`review`), or at all.
    Closed {
        /// The part.
        part: u32,
        /// Its level.
        level: Level,
    },
}

/// An event whose text streams in. One implementation under [`Stream`] and [`OwnedStream`]; whoever holds it hands it the
/// session it belongs to.
pub(super) struct StreamState {
    scan: EventScan,
    outlets: Outlets,
    /// Categories in which a late score must cover text before it goes out.
    awaited: BTreeSet<CategoryId>,
    delivery: Delivery,
    phase: Phase,
    /// What the decision on the whole asked a person for.
    review: Option<ReviewRequest>,
    /// Steps that were not returned yet.
    steps: Vec<Step>,
    record: StreamRecord,
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Text may come.
    Open,
    /// The whole was judged.
    Ended,
    /// The reader is gone: nothing goes out any more.
    Aborted,
}

/// What the decisions of a stream say about it.
struct StreamRecord {
    seq: u32,
    n_open_calls: u32,
    /// How many parts the event had when the stream began: those are whole, and all later ones are streamed.
    n_whole_parts: u32,
    /// Stretches that were to be masked in text that is out.
    late: BTreeSet<Span>,
    faults: BTreeMap<u32, ChannelFault>,
    /// Whether something is out that is to be taken back.
    is_taken_back: bool,
    /// Whether something is asked for that the platform cannot do in time.
    is_unsupported: bool,
    /// Why a decision of it could not be recorded, where one could not.
    not_recorded: Option<String>,
    /// The highest level of any outlet so far, and what decided it.
    highest: (Level, Option<Decisive>),
    /// What the last decision on all parts stood on, and that decision.
    told: Option<(Ground, Box<Decision>)>,
    /// What it asks the host to do with the text.
    actions: EventActions,
}

impl StreamState {
    /// Begins a stream, and with it the event's number in the session.
    pub(super) fn begin(session: &mut Session, event: Event) -> Box<Self> {
        session.follow_move(None);
        session.pending = None;
        session.waiting = None;
        session.progress.reported.clear();
        session.progress.input_log.note(|| Entry::Begin(event.clone()));
        let n_open_calls = session.take_open_calls();
        let n_whole_parts = u32::try_from(event.parts.len()).unwrap_or(0);
        let mut scan = session.scan(event);
        // What is found is told at once.
        scan.join_answers();
        session.read_parts(&mut scan);
        session.progress.has_output |= scan.kind() == EventKind::Output;
        let seq = session.take_seq();
        let mut stream = Box::new(Self {
            scan,
            outlets: Outlets::default(),
            awaited: session.awaited_categories(),
            delivery: session.delivery(),
            phase: Phase::Open,
            review: None,
            steps: Vec::new(),
            record: StreamRecord {
                seq,
                n_open_calls,
                n_whole_parts,
                late: BTreeSet::new(),
                faults: BTreeMap::new(),
                is_taken_back: false,
                is_unsupported: false,
                not_recorded: None,
                highest: (Level::Pass, None),
                told: None,
                actions: EventActions::default(),
            },
        });
        stream.decide_all(session, Some(Place::START));
        stream
    }

    /// The steps that were not returned yet.
    pub(super) fn take_steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    /// Takes a piece of one choice and channel.
    pub(super) fn push(
        &mut self,
        session: &mut Session,
        choice: u32,
        channel: Option<&str>,
        chunk: &[u8],
    ) -> Vec<Step> {
        session.follow_move(Some(self));
        if self.phase != Phase::Open {
            return self.take_steps();
        }
        session.progress.input_log.note(|| Entry::Push {
            choice,
            channel: channel.map(str::to_owned),
            bytes: chunk.to_vec(),
        });
        let outlet = self.outlets.find(choice, channel).or_else(|| self.add_outlet(session, choice, channel));
        if let Some(outlet) = outlet {
            self.feed(session, outlet, chunk);
        }
        self.close_if_flooded(session, Place::START);
        self.take_steps()
    }

    /// Ends the stream and judges the whole of it. Text that waits for a person or a score stays with the session.
    pub(super) fn end(mut self: Box<Self>, session: &mut Session) -> Judged {
        let started = Instant::now();
        session.follow_move(Some(&mut self));
        session.progress.input_log.note(|| Entry::End);
        self.read_to_end(session);
        let decision = self.decide_all(session, None);
        session.observe(session.observed_event(&self.scan.event), &decision);
        if self.phase == Phase::Open {
            self.phase = Phase::Ended;
        }
        self.review = Some(ReviewRequest::of(&decision));
        session.note_read(&self.scan);
        let release = self.release_at_end(session, &decision);
        let observation = Observation {
            elapsed: started.elapsed(),
            fuel: self.scan.fuel.clone(),
            n_open_calls: self.record.n_open_calls,
            n_hits: self.scan.n_hits(),
            not_recorded: self.record.not_recorded.clone(),
        };
        session.pending = self.is_pending().then_some(self);
        Judged { decision, release, observation }
    }

    /// Ends the stream, and returns what each policy answered on the whole of it.
    pub(super) fn evaluate(mut self: Box<Self>, session: &mut Session) -> Vec<PolicyEvaluation> {
        self.read_to_end(session);
        session.note_read(&self.scan);
        session.evaluations(&self.scan, View::Whole)
    }

    /// Takes what is left of every outlet, and calls the policies that have a reason when the event is whole.
    fn read_to_end(&mut self, session: &mut Session) {
        if self.phase == Phase::Open {
            for outlet in self.outlets.ids() {
                self.finish_outlet(session, outlet);
            }
        }
        session.call_at_end(&mut self.scan);
    }

    /// The number of the event, while it is open.
    pub(super) fn open_seq(&self) -> Option<u32> {
        (self.phase == Phase::Open).then_some(self.record.seq)
    }

    /// Adds an outlet for a choice and channel. None where the event cannot have another part: its text is kept back.
    fn add_outlet(&mut self, session: &Session, choice: u32, channel: Option<&str>) -> Option<OutletId> {
        let channel = channel.map(str::to_owned);
        let part = Part { choice, channel: channel.clone(), ..Part::text(String::new()) };
        let form = form(&part);
        let part = self.scan.add_part(&session.edition, part, session.runtime.limits().kept_back)?;
        let id = self.outlets.add(Outlet::new(part, (choice, channel), form, session.basis.is_what_if));
        self.decide_first(session, id);
        Some(id)
    }

    fn feed(&mut self, session: &mut Session, id: OutletId, chunk: &[u8]) {
        let Some(outlet) = self.outlets.get_mut(id) else { return };
        let part = outlet.part;
        let Ok(chunk) = outlet.bytes.push(chunk) else {
            return self.break_off(session, id, ChannelFault::InvalidText);
        };
        if chunk.is_empty() {
            return;
        }
        let chunk = chunk.to_owned();
        for piece in pieces(&chunk) {
            let progress = self.scan.append(part, piece);
            for point in &progress.points {
                self.judge_at(session, id, point);
            }
            if let Some(outlet) = self.outlets.get_mut(id) {
                outlet.frontier = progress.frontier;
                self.release_to(session, id, self.promised(usize::MAX, progress.frontier));
            }
            self.scan.note_cut();
            self.close_if_flooded(session, self.end_of(part));
        }
    }

    /// Releases text up to a judging point, then calls the policies there.
    fn judge_at(&mut self, session: &mut Session, id: OutletId, point: &TextPoint) {
        self.release_to(session, id, self.promised(point.at, point.frontier));
        let Some(part) = self.outlets.get(id).map(|outlet| outlet.part) else { return };
        let is_raised = self.scan.score_at(part, point);
        let round = self.scan.round_at(&session.edition, part, point);
        let was_called = session.call_policies(&mut self.scan, round);
        let n_kept = point.at.saturating_sub(self.scan.kept_from(part));
        let is_full = point.is_full || n_kept > session.runtime.limits().kept_back;
        if is_full && !self.record.faults.contains_key(&part.number()) {
            self.break_off(session, id, ChannelFault::KeptBack);
        } else if self.scan.is_flooded() {
            self.close_if_flooded(session, Place { part: Some(part), at: point.at });
        } else if was_called || is_raised {
            self.decide_at(session, id, (point.at, is_raised));
        }
    }

    /// Up to where text may go out: to `at` where it may be taken back, else to the frontier.
    fn promised(&self, at: usize, frontier: usize) -> usize {
        if self.delivery == Delivery::DeliverThenRetract { at } else { frontier }
    }

    fn finish_outlet(&mut self, session: &mut Session, id: OutletId) {
        let Some(outlet) = self.outlets.get_mut(id) else { return };
        let part = outlet.part;
        if outlet.bytes.finish().is_err() {
            self.break_off(session, id, ChannelFault::InvalidText);
        }
        for point in self.scan.finish(part) {
            self.judge_at(session, id, &point);
        }
        let is_raised = self.scan.score_at_text_end(part);
        let round = self.scan.round_at_text_end(&session.edition, part);
        if session.call_policies(&mut self.scan, round) || is_raised {
            self.decide_at(session, id, (self.scan.text(part).len(), is_raised));
        }
        if let Some(outlet) = self.outlets.get_mut(id) {
            outlet.frontier = usize::MAX;
        }
    }

    fn break_off(&mut self, session: &Session, id: OutletId, fault: ChannelFault) {
        let Some(part) = self.outlets.get(id).map(|outlet| outlet.part) else { return };
        let worst = self.record.faults.entry(part.number()).or_insert(fault);
        *worst = fault.max(*worst);
        self.tell_at(session, id, self.scan.text(part).len());
    }

    /// Closes all outlets where the event exceeds a bound of the host.
    fn close_if_flooded(&mut self, session: &Session, place: Place) {
        let is_told = self.record.told.as_ref().is_some_and(|(_, told)| told.exceeded == self.scan.exceeded);
        if self.scan.is_flooded() && !is_told {
            self.decide_all(session, Some(place));
        }
    }

    /// Where the text of a part ends that was read so far.
    fn end_of(&self, part: PartId) -> Place {
        Place { part: Some(part), at: self.scan.text(part).len() }
    }

    /// Releases the text of an outlet up to `to`, as far as its gate and the policies allow.
    fn release_to(&mut self, session: &Session, id: OutletId, to: usize) {
        if self.delivery == Delivery::KeepAll && self.phase == Phase::Open {
            return;
        }
        let Some(outlet) = self.outlets.get_mut(id).filter(|outlet| outlet.is_open()) else { return };
        let limit = match self.delivery {
            Delivery::DeliverThenRetract => usize::MAX,
            Delivery::KeepWindow | Delivery::KeepAll => {
                outlet.covered_to(&self.awaited).min(self.scan.kept_from(outlet.part))
            }
        };
        let text = outlet.release(self.scan.text(outlet.part), to.min(limit), session.redaction());
        if !text.is_empty() {
            self.steps.push(Step::Text { part: outlet.part.number(), text });
        }
    }

    /// What goes out when the stream ends, after all that went before.
    fn release_at_end(&mut self, session: &Session, decision: &Decision) -> Release {
        let mut parts: BTreeMap<u32, Option<String>> = BTreeMap::new();
        for step in self.take_steps() {
            if let Step::Text { part, text } = step {
                parts.entry(part).or_default().get_or_insert_default().push_str(&text);
            }
        }
        for id in self.outlets.ids() {
            let Some(part) = self.outlets.get(id).map(|outlet| outlet.part) else { continue };
            let rest = self.release_rest(session, id);
            let text = parts.entry(part.number()).or_default();
            if let Some(rest) = rest {
                text.get_or_insert_default().push_str(&rest);
            }
        }
        let actions = EventActions::of(decision, &session.edition, session.locale());
        for (part, number) in self.scan.event.parts.iter().zip(0..self.record.n_whole_parts) {
            if let Some(text) = &part.text {
                let level = session.level_of(&self.scan, decision, number);
                let of_part = (&actions.on(part), actions.masks(number));
                let released = release_part(decision, level, of_part, (text, form(part)), session.redaction());
                parts.insert(number, released.filter(|_| self.phase != Phase::Aborted));
            }
        }
        Release { parts: parts.into_iter().collect() }
    }
}

impl Session {
    /// The strictest delivery promise that anybody asks for.
    fn delivery(&self) -> Delivery {
        let policies = self.edition.policies.iter().map(|policy| &policy.content);
        let asked = policies.filter(|policy| policy.card.mode == Mode::Enforce);
        let asked = asked.filter_map(|policy| policy.manifest().delivery);
        let asked = asked.chain(self.edition.content().service().delivery).chain(self.progress.delivery);
        asked.max().unwrap_or(Delivery::KeepWindow)
    }

    /// The categories in which a policy awaits scores that the platform sends late.
    fn awaited_categories(&self) -> BTreeSet<CategoryId> {
        let late = &self.edition.content().platform().late_signals;
        let policies = self.edition.policies.iter().map(|policy| &policy.content);
        let enforcing = policies.filter(|policy| policy.card.mode == Mode::Enforce);
        let awaited = enforcing.flat_map(|policy| &policy.manifest().wakes.awaits);
        awaited.filter(|category| late.contains(*category)).cloned().collect()
    }
}
