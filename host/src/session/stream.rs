//! Streams: text that comes in pieces and goes out as soon as nothing can become of it any more.
//!
//! Where policies are called, what they answer and what goes out depends on the text alone, never on how it was cut. So text
//! goes up to a judging point first, then the point is acted on, then text goes on from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use specialis_core::{
    CategoryId, ChannelFault, Decision, Decisive, Delivery, Event, EventKind, Level, MeasureId, Mode, Part, Position,
    Span, Streamed,
};
use specialis_text::{Point as TextPoint, Utf8Assembler};

use super::log::Entry;
use super::pending::AskedFor;
use super::reading::Reading;
use super::{Judged, Observation, Session};
use crate::host::{Platform, carry_out};
use crate::release::{Actions, Outflow, Release, whole};

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
    /// The decision on what has been read so far, where it differs from the one before.
    Decision(Box<Decision>),
    /// Nothing more of a part goes out: until a person has decided (`review`), or at all.
    Closed {
        /// The part.
        part: u32,
        /// What it came to.
        level: Level,
    },
}

/// An event whose text streams in.
pub(super) struct Stream {
    pub(super) reading: Reading,
    pub(super) lanes: Vec<Lane>,
    /// Categories in which a late score must cover text before it goes out.
    pub(super) awaited: BTreeSet<CategoryId>,
    pub(super) delivery: Delivery,
    /// What the decision on the whole asked a person for.
    pub(super) asked_for: Option<AskedFor>,
    pub(super) is_ended: bool,
    /// A digest of the last decision that was told.
    told: Option<blake3::Hash>,
    seq: u32,
    n_open_calls: u32,
    late: BTreeSet<Span>,
    faults: BTreeMap<u32, ChannelFault>,
    /// Whether something is out that is to be taken back.
    is_taken_back: bool,
}

/// One choice and channel of a stream.
pub(super) struct Lane {
    pub(super) part: u32,
    pub(super) gate: Gate,
    /// Up to where late scores cover the text, by category.
    pub(super) covered: BTreeMap<CategoryId, usize>,
    choice: u32,
    channel: Option<String>,
    bytes: Utf8Assembler,
    /// Up to where nothing can become a match any more.
    frontier: usize,
    outflow: Outflow,
    /// Whether anything has gone out of it.
    has_out: bool,
    actions: Actions,
    /// The highest level it has come to, and what decided: in a stream levels only rise.
    highest: (Level, Option<Decisive>),
}

/// Whether text of a lane goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gate {
    Open,
    /// A person decides first.
    Pending,
    Closed,
}

impl Session {
    /// Begins a stream with an event that holds what is known of it; parts that it has already are whole and read first.
    /// Without this a stream is an `output` of which nothing is known. A stream that was not ended is closed: what it kept
    /// back never goes out.
    pub fn begin(&mut self, event: Event) -> Vec<Step> {
        let mut steps = self.move_on();
        let stream = self.start(event, &mut steps);
        self.stream = Some(stream);
        steps
    }

    /// Takes a piece of streamed text of one choice and channel, and says what may go out now and what changed. Where nothing
    /// changed and nothing may go out there are no steps.
    ///
    /// Choices and channels are streams of their own; the order in which their pieces come is part of what is judged, where a
    /// text is cut is not.
    pub fn push(&mut self, choice: u32, channel: Option<&str>, chunk: &str) -> Vec<Step> {
        self.push_bytes(choice, channel, chunk.as_bytes())
    }

    /// Takes a piece of streamed UTF-8, which may be cut inside a character. Bytes that are not UTF-8 are a fault of the
    /// channel: the part is closed, and nothing of what it kept back goes out.
    pub fn push_bytes(&mut self, choice: u32, channel: Option<&str>, chunk: &[u8]) -> Vec<Step> {
        let mut steps = self.move_on();
        let mut stream = match self.stream.take() {
            Some(stream) if !stream.is_ended => stream,
            Some(_) | None => self.start(Event::new(EventKind::Output), &mut steps),
        };
        self.log.note(|| Entry::Push { choice, channel: channel.map(str::to_owned), bytes: chunk.to_vec() });
        let n = match stream.lanes.iter().position(|lane| lane.is(choice, channel)) {
            Some(n) => n,
            None => self.add_lane(&mut stream, choice, channel, &mut steps),
        };
        self.feed(&mut stream, n, chunk, &mut steps);
        self.stream = Some(stream);
        steps
    }

    /// Ends the stream and judges the whole of it. The release holds what goes out now, after all that went before.
    pub fn end(&mut self) -> Judged {
        let started = Instant::now();
        let mut steps = self.move_on();
        let mut stream = match self.stream.take() {
            Some(stream) if !stream.is_ended => stream,
            Some(_) | None => self.start(Event::new(EventKind::Output), &mut steps),
        };
        self.log.note(|| Entry::End);
        for n in 0..stream.lanes.len() {
            self.finish_lane(&mut stream, n, &mut steps);
        }
        self.hear_end(&mut stream.reading);
        let decision = self.act(&mut stream, None, &mut steps);
        self.show_shadow(self.for_shadow(&stream.reading.event), &decision);
        stream.is_ended = true;
        stream.asked_for = Some(AskedFor::by(&decision));
        self.n_chars = self.n_chars.saturating_add(stream.reading.n_chars());
        let mut parts: BTreeMap<u32, Option<String>> = BTreeMap::new();
        for step in steps {
            if let Step::Text { part, text } = step {
                parts.entry(part).or_default().get_or_insert_default().push_str(&text);
            }
        }
        for n in 0..stream.lanes.len() {
            let rest = self.let_rest_go(&mut stream, n);
            let Some(lane) = stream.lanes.get(n) else { continue };
            let text = parts.entry(lane.part).or_default();
            if let Some(rest) = rest {
                text.get_or_insert_default().push_str(&rest);
            }
        }
        for (part, index) in stream.reading.event.parts.iter().zip(0_u32..) {
            if let (Some(text), false) = (&part.text, stream.lanes.iter().any(|lane| lane.part == index)) {
                let level = self.level_of(&stream.reading, &decision, index);
                let actions = Actions::of(&decision, part, index, &self.edition, self.locale());
                parts.insert(index, whole(&decision, level, &actions, text, &self.edition.redaction));
            }
        }
        let observation = Observation {
            elapsed: started.elapsed(),
            fuel: stream.reading.fuel.clone(),
            n_open_calls: stream.n_open_calls,
            n_hits: stream.reading.hits.len(),
        };
        self.stream = stream.is_pending().then_some(stream);
        Judged { decision, release: Release { parts: parts.into_iter().collect() }, observation }
    }

    /// How many bytes of the stream are kept back.
    pub fn n_kept_back(&self) -> usize {
        let Some(stream) = &self.stream else { return 0 };
        let kept = |lane: &Lane| lane.text(&stream.reading).len().saturating_sub(lane.outflow.at);
        stream.lanes.iter().filter(|lane| lane.gate != Gate::Closed).map(kept).fold(0, usize::saturating_add)
    }

    /// Hands every measure of a decision to the platform and settles it. What was carried out for an earlier decision of the
    /// same stream is not handed over again.
    pub fn carry_out(&mut self, decision: &Decision, platform: &mut dyn Platform) -> specialis_core::Settlement {
        let is_reported = |due: &specialis_core::Due| self.reported.iter().any(|(known, _)| known == due);
        let outcomes = carry_out(decision, platform, &|due| decision.streamed.is_some() && is_reported(due));
        self.settle(decision, &outcomes)
    }

    /// Gives the stream of this session, as far as it has come, to another session.
    pub(super) fn give_stream(&self, session: &mut Self) {
        let Some(stream) = &self.stream else { return };
        let mut event = (*stream.reading.event).clone();
        let is_lane = |part: u32| stream.lanes.iter().any(|lane| lane.part == part);
        let parts = std::mem::take(&mut event.parts).into_iter().zip(0_u32..);
        event.parts = parts.filter(|(_, part)| !is_lane(*part)).map(|(part, _)| part).collect();
        session.begin(event);
        for lane in &stream.lanes {
            session.push(lane.choice, lane.channel.as_deref(), lane.text(&stream.reading));
        }
        if stream.is_ended {
            session.end();
        }
    }

    /// Judges the text that has not gone out yet again, by what another session found in the same stream.
    pub(super) fn judge_again(&mut self, other: Option<Box<Stream>>) -> Vec<Step> {
        let mut steps = Vec::new();
        let Some(mut stream) = self.stream.take() else { return steps };
        match other {
            Some(other) => stream.go_on_with(*other),
            // There nothing may go out any more.
            None => stream.close_pending(),
        }
        let last = stream.lanes.last().map(|lane| (lane.part, lane.text(&stream.reading).len()));
        let (part, at) = last.unwrap_or_default();
        let at = if stream.is_ended { None } else { position(part, at) };
        // The edition is another one, so there is something to tell.
        stream.told = None;
        self.act(&mut stream, at, &mut steps);
        self.stream = Some(stream);
        steps
    }

    /// The number of the event that is being read.
    pub(super) fn current_seq(&self) -> u32 {
        self.stream.as_ref().filter(|stream| !stream.is_ended).map_or(self.seq, |stream| stream.seq)
    }

    fn start(&mut self, event: Event, steps: &mut Vec<Step>) -> Box<Stream> {
        self.reported.clear();
        self.log.note(|| Entry::Begin(event.clone()));
        let n_open_calls = self.take_open_calls();
        let mut reading = self.reading(event);
        self.read_parts(&mut reading);
        self.has_output |= reading.kind() == EventKind::Output;
        let seq = self.next_seq();
        let mut stream = Box::new(Stream {
            reading,
            lanes: Vec::new(),
            awaited: self.awaited(),
            delivery: self.delivery(),
            asked_for: None,
            is_ended: false,
            told: None,
            seq,
            n_open_calls,
            late: BTreeSet::new(),
            faults: BTreeMap::new(),
            is_taken_back: false,
        });
        self.act(&mut stream, Some(Position { part: 0, at: 0 }), steps);
        stream
    }

    /// The strictest delivery promise that anybody asks for.
    fn delivery(&self) -> Delivery {
        let policies = self.edition.policies.iter().filter(|policy| policy.card.mode == Mode::Enforce);
        let asked = policies.filter_map(|policy| policy.manifest.delivery);
        asked.chain(self.edition.service.delivery).chain(self.asked).max().unwrap_or(Delivery::KeepWindow)
    }

    /// The categories in which a policy awaits scores that the platform sends late.
    fn awaited(&self) -> BTreeSet<CategoryId> {
        let policies = self.edition.policies.iter().filter(|policy| policy.card.mode == Mode::Enforce);
        let awaited = policies.flat_map(|policy| &policy.manifest.wakes.awaits);
        awaited.filter(|category| self.edition.platform.late_signals.contains(*category)).cloned().collect()
    }

    fn locale(&self) -> Option<&str> {
        self.opened.context.locale.as_deref()
    }

    fn add_lane(&mut self, stream: &mut Stream, choice: u32, channel: Option<&str>, steps: &mut Vec<Step>) -> usize {
        let channel = channel.map(str::to_owned);
        let text = Part { choice, channel: channel.clone(), ..Part::text(String::new()) };
        Arc::make_mut(&mut stream.reading.event).parts.push(text);
        let part = stream.reading.begin_part(&self.edition, true, self.host.sandbox.limits.kept_back);
        stream.lanes.push(Lane {
            part,
            gate: if self.what_if { Gate::Closed } else { Gate::Open },
            covered: BTreeMap::new(),
            choice,
            channel,
            bytes: Utf8Assembler::new(),
            frontier: 0,
            outflow: Outflow::default(),
            has_out: false,
            actions: Actions::default(),
            highest: (Level::Pass, None),
        });
        self.act(stream, Some(Position { part, at: 0 }), steps);
        stream.lanes.len().saturating_sub(1)
    }

    fn feed(&mut self, stream: &mut Stream, n: usize, chunk: &[u8], steps: &mut Vec<Step>) {
        let Some(lane) = stream.lanes.get_mut(n) else { return };
        let part = lane.part;
        let chunk = match lane.bytes.push(chunk) {
            Ok(chunk) => chunk,
            Err(_) => return self.break_off(stream, part, ChannelFault::InvalidText, steps),
        };
        if chunk.is_empty() {
            return;
        }
        let event = Arc::make_mut(&mut stream.reading.event);
        let place = usize::try_from(part).ok().and_then(|part| event.parts.get_mut(part));
        if let Some(text) = place.and_then(|part| part.text.as_mut()) {
            text.push_str(chunk);
        }
        let progress = stream.reading.read(part, chunk);
        for point in &progress.points {
            self.at_point(stream, n, point, steps);
        }
        if let Some(lane) = stream.lanes.get_mut(n) {
            lane.frontier = progress.frontier;
            let to = if stream.delivery == Delivery::DeliverThenRetract { usize::MAX } else { progress.frontier };
            self.flow(stream, n, to, steps);
        }
    }

    /// Lets text go up to a judging point, then acts on it.
    fn at_point(&mut self, stream: &mut Stream, n: usize, point: &TextPoint, steps: &mut Vec<Step>) {
        let to = if stream.delivery == Delivery::DeliverThenRetract { point.at } else { point.frontier };
        self.flow(stream, n, to, steps);
        let Some(part) = stream.lanes.get(n).map(|lane| lane.part) else { return };
        let stop = stream.reading.stop_at(&self.edition, part, point);
        let was_called = self.hear(&mut stream.reading, stop);
        let kept = point.at.saturating_sub(stream.reading.kept_from(part));
        let is_full = point.is_full || kept > self.host.sandbox.limits.kept_back;
        if is_full && !stream.faults.contains_key(&part) {
            self.break_off(stream, part, ChannelFault::KeptBack, steps);
        } else if was_called {
            self.act(stream, position(part, point.at), steps);
        }
    }

    fn finish_lane(&mut self, stream: &mut Stream, n: usize, steps: &mut Vec<Step>) {
        let Some(lane) = stream.lanes.get(n) else { return };
        let part = lane.part;
        if lane.bytes.finish().is_err() {
            self.break_off(stream, part, ChannelFault::InvalidText, steps);
        }
        for point in stream.reading.finish(part) {
            self.at_point(stream, n, &point, steps);
        }
        let stop = stream.reading.stop_at_text_end(&self.edition, part);
        if self.hear(&mut stream.reading, stop) {
            let at = stream.lanes.get(n).map_or(0, |lane| lane.text(&stream.reading).len());
            self.act(stream, position(part, at), steps);
        }
        if let Some(lane) = stream.lanes.get_mut(n) {
            lane.frontier = usize::MAX;
        }
    }

    fn break_off(&mut self, stream: &mut Stream, part: u32, fault: ChannelFault, steps: &mut Vec<Step>) {
        let worst = stream.faults.entry(part).or_insert(fault);
        *worst = fault.max(*worst);
        let at = stream.lanes.iter().find(|lane| lane.part == part).map_or(0, |lane| lane.text(&stream.reading).len());
        self.act(stream, position(part, at), steps);
    }

    /// Lets the text of a lane go up to `to`, as far as its gate and what policies await allow.
    fn flow(&self, stream: &mut Stream, n: usize, to: usize, steps: &mut Vec<Step>) {
        if stream.delivery == Delivery::KeepAll && !stream.is_ended {
            return;
        }
        let to = to.min(stream.limit(n));
        let Some(lane) = stream.lanes.get_mut(n).filter(|lane| lane.gate == Gate::Open) else { return };
        let text = part_text(&stream.reading, lane.part);
        let to = (0..=to.min(text.len())).rev().find(|to| text.is_char_boundary(*to)).unwrap_or(0);
        let text = lane.outflow.let_go(text, to, &lane.actions.masks, &self.edition.redaction);
        if !text.is_empty() {
            lane.has_out = true;
            steps.push(Step::Text { part: lane.part, text });
        }
    }

    /// What goes out of a lane that is still being read, after a score has freed it.
    pub(super) fn let_frontier_go(&self, stream: &mut Stream, n: usize) -> Option<String> {
        let mut steps = Vec::new();
        let frontier = stream.lanes.get(n)?.frontier;
        self.flow(stream, n, frontier, &mut steps);
        only_text(steps)
    }

    /// What goes out of a lane when nothing more comes, now or after a person or a score has freed it: the rest of its text
    /// and what is added, which is added also where the text was cut off.
    pub(super) fn let_rest_go(&self, stream: &mut Stream, n: usize) -> Option<String> {
        let mut steps = Vec::new();
        self.flow(stream, n, usize::MAX, &mut steps);
        let lane = stream.lanes.get(n)?;
        let is_cut_off = lane.gate == Gate::Closed && lane.has_out;
        let is_through = lane.gate == Gate::Open && !lane.has_rest(&stream.reading);
        let mut rest = only_text(steps).unwrap_or_default();
        if is_cut_off || is_through {
            rest.push_str(&lane.actions.tail(lane.text(&stream.reading)));
        }
        (is_through || !rest.is_empty()).then_some(rest)
    }

    /// Decides on what has been found so far, says so where it is new, and opens or shuts the lanes accordingly.
    fn act(&self, stream: &mut Stream, at: Option<Position>, steps: &mut Vec<Step>) -> Decision {
        let mut decision = self.draft(&stream.reading, stream.seq);
        let mut levels = Vec::new();
        for lane in &mut stream.lanes {
            let mut level = self.level_of(&stream.reading, &decision, lane.part);
            level = level.max(stream.faults.get(&lane.part).map_or(Level::Pass, |fault| fault.level()));
            let parts = &stream.reading.event.parts;
            let Some(part) = usize::try_from(lane.part).ok().and_then(|part| parts.get(part)) else { continue };
            let actions = Actions::of(&decision, part, lane.part, &self.edition, self.locale());
            let late = lane.late(&actions);
            lane.actions = actions;
            let is_late = !late.is_empty();
            stream.late.extend(late);
            let may_take_back = stream.delivery == Delivery::DeliverThenRetract;
            if is_late && !may_take_back {
                level = Level::Stop;
            }
            let is_shut = level >= Level::Review || lane.actions.replacement.is_some();
            stream.is_taken_back |= may_take_back && (is_late || is_shut && lane.has_out);
            if level > lane.highest.0 {
                lane.highest = (level, decision.decisive.clone().filter(|decisive| decisive.level == level));
            }
            levels.push((lane.part, lane.highest.0));
        }
        if let Some((level, decisive)) = stream.lanes.iter().map(|lane| &lane.highest).max_by_key(|(level, _)| *level) {
            decision.raise(*level, decisive.clone());
        }
        decision.parts = levels.iter().copied().filter(|(_, level)| *level != decision.verdict).collect();
        decision.streamed = Some(Streamed {
            delivery: stream.delivery,
            at,
            late: stream.late.iter().copied().collect(),
            faults: stream.faults.clone(),
        });
        if stream.is_taken_back {
            let platform = &self.edition.platform;
            let supports = |id: &MeasureId| platform.supports.contains(id) || platform.by_hand.contains_key(id);
            decision.owe_retraction(&self.edition.registry, supports);
        }
        let now = Some(digest(&decision));
        let is_new = stream.told != now;
        stream.told = now;
        if at.is_none() || is_new {
            decision.id = self.decision_id(&stream.reading.event, stream.seq, at);
            decision.note_utf16(stream.reading.event.parts.iter().map(|part| part.text.as_deref()));
        }
        if at.is_some() && is_new {
            steps.push(Step::Decision(Box::new(decision.clone())));
        }
        let is_supported = decision.unsupported.is_empty();
        for (lane, (_, level)) in stream.lanes.iter_mut().zip(levels) {
            lane.shut(level, is_supported, steps);
        }
        decision
    }
}

impl Stream {
    /// Goes on with what another stream, given the same, has read and found. What went out stays out, and levels stay where
    /// they were at least.
    fn go_on_with(&mut self, other: Self) {
        for (lane, other) in self.lanes.iter_mut().zip(other.lanes) {
            lane.frontier = other.frontier;
        }
        self.reading = other.reading;
        self.awaited = other.awaited;
        self.delivery = self.delivery.max(other.delivery);
    }

    /// Up to where the text of a lane may go, for all that policies await.
    fn limit(&self, n: usize) -> usize {
        let Some(lane) = self.lanes.get(n) else { return 0 };
        if self.delivery == Delivery::DeliverThenRetract {
            return usize::MAX;
        }
        let covered = self.awaited.iter().map(|category| lane.covered.get(category).copied().unwrap_or(0));
        covered.chain([self.reading.kept_from(lane.part)]).min().unwrap_or(0)
    }
}

impl Lane {
    fn is(&self, choice: u32, channel: Option<&str>) -> bool {
        self.choice == choice && self.channel.as_deref() == channel
    }

    /// Its text as read so far.
    pub(super) fn text<'a>(&self, reading: &'a Reading) -> &'a str {
        part_text(reading, self.part)
    }

    /// Whether some of its text has not gone out yet and still may.
    pub(super) fn has_rest(&self, reading: &Reading) -> bool {
        self.gate != Gate::Closed && self.outflow.at < self.text(reading).len()
    }

    /// What is now to be masked and went out as it was.
    fn late(&self, now: &Actions) -> Vec<Span> {
        let new = now.masks.iter().filter(|mask| !self.actions.masks.contains(mask));
        let out = u32::try_from(self.outflow.at).unwrap_or(u32::MAX);
        let out = new.filter(|mask| mask.start < out).map(|mask| Span { end: mask.end.min(out), ..*mask });
        out.filter(|span| !is_covered(span, &self.actions.masks)).collect()
    }

    /// Shuts it where its level asks for that.
    fn shut(&mut self, level: Level, is_supported: bool, steps: &mut Vec<Step>) {
        let is_replaced = self.actions.replacement.is_some() && level != Level::Review;
        if self.gate == Gate::Closed || !(level >= Level::Review || is_replaced) {
            return;
        }
        let gate = if level == Level::Review { Gate::Pending } else { Gate::Closed };
        if self.gate == gate {
            return;
        }
        self.gate = gate;
        if let Some(replacement) = self.actions.replacement.clone().filter(|_| is_replaced && is_supported) {
            self.has_out = true;
            steps.push(Step::Text { part: self.part, text: replacement });
        }
        steps.push(Step::Closed { part: self.part, level });
    }
}

fn part_text(reading: &Reading, part: u32) -> &str {
    let part = usize::try_from(part).ok().and_then(|part| reading.event.parts.get(part));
    part.and_then(|part| part.text.as_deref()).unwrap_or_default()
}

fn position(part: u32, at: usize) -> Option<Position> {
    Some(Position { part, at: u32::try_from(at).unwrap_or(u32::MAX) })
}

/// Whether stretches, in order, cover all of a span.
fn is_covered(span: &Span, stretches: &[Span]) -> bool {
    let covered = stretches.iter().fold(span.start, |to, one| if one.start <= to { to.max(one.end) } else { to });
    covered >= span.end
}

/// The text in steps of one part.
fn only_text(steps: Vec<Step>) -> Option<String> {
    steps.into_iter().find_map(|step| if let Step::Text { text, .. } = step { Some(text) } else { None })
}

/// A digest of everything in a decision but where the stream stood. The decision has no id yet.
fn digest(decision: &Decision) -> blake3::Hash {
    let streamed = decision.streamed.as_ref().map(|streamed| (&streamed.late, &streamed.faults));
    let said = (decision.verdict, &decision.duties, &decision.obligations, &decision.conflicts);
    let mut hasher = blake3::Hasher::new();
    // INVARIANT: decisions have a JSON form; writing into a hasher does not fail.
    let _ = serde_json::to_writer(&mut hasher, &(said, &decision.unsupported, &decision.parts, streamed));
    hasher.finalize()
}
