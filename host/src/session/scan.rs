//! One event while it is read: what was found in its text, and which policies are to be called where.

mod answers;
mod form;
mod part;
mod plan;
mod scores;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use specialis_bundle::Keeps;
use specialis_core::{
    Bound, CategoryId, Decision, Event, EventKind, Finding, Level, Part, PolicyId, RecordedScore, RefusedFact,
    SectorId, SectorStatus, Span, StreamPosition, TextOffsets,
};
use specialis_scorer::{Moment, Scorer};
use specialis_text::{Point as TextPoint, Progress, Reader};

use super::findings::{Findings, News, View};
use crate::runtime::{Answered, CallPoint, Edition, EventLimits, PartHit, Sections, digest_of_value};
pub(super) use form::form;
use form::speaker;
pub(super) use part::PartId;
use part::PartScan;
use plan::CallPlan;
pub(super) use plan::is_out;
use scores::PartScores;

/// The most hits of a part that a policy sees before the end of an event, beside those that are new.
const MAX_HITS_SHOWN: usize = 64;
/// The most hits that a policy sees at the end of an event.
const MAX_HITS_AT_END: usize = 1_024;
/// How many bytes of a text are read at a time.
const PIECE_BYTES: usize = 4_096;
/// The most parts that are listed before the end of an event.
const MAX_PARTS_LISTED: usize = 64;

/// One event on its way through the policies.
pub(super) struct EventScan {
    pub(super) event: Arc<Event>,
    pub(super) refused: Vec<RefusedFact>,
    /// What each policy found so far, in the edition's order, without the answers that wait.
    pub(super) findings: Vec<Findings>,
    /// Every answer so far, while all of them wait to be joined.
    waiting: Option<Vec<Answered>>,
    /// Fuel that each called policy used.
    pub(super) fuel: BTreeMap<PolicyId, u64>,
    /// The bounds that it exceeds.
    pub(super) exceeded: BTreeSet<Bound>,
    /// One for each part that was read or is being read.
    parts: Vec<PartScan>,
    n_chars: u64,
    n_bytes: usize,
    /// Whether text was cut off, because there was too much.
    is_cut: bool,
    n_hits: usize,
    limits: EventLimits,
    plan: CallPlan,
    scorers: Arc<[Arc<dyn Scorer>]>,
    /// The facts of the event as policies read them.
    pub(super) written: Arc<OnceLock<Sections>>,
    /// A digest of the event without its parts.
    head: blake3::Hash,
    /// A digest of what the decisions before the end were made from.
    chain: Option<blake3::Hash>,
}

/// The level that follows from scores.
fn level_of_scores(scores: &[RecordedScore]) -> Level {
    scores.iter().map(|score| score.reason.level()).max().unwrap_or(Level::Pass)
}

/// A place in a stream: a part, and how many bytes of it were read.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// None before any streamed text.
    pub(super) part: Option<PartId>,
    pub(super) at: usize,
}

impl Place {
    /// Before any streamed text.
    pub(super) const START: Self = Self { part: None, at: 0 };

    /// The place as decisions write it.
    pub(super) fn position(self) -> StreamPosition {
        let at = u32::try_from(self.at).unwrap_or(u32::MAX);
        StreamPosition { part: self.part.map_or(0, PartId::number), at }
    }
}

/// The calls of one place in an event: whom to call, and what they see.
pub(super) struct CallRound {
    /// The part and how far it was read; none where all parts are whole.
    pub(super) read_to: Option<(PartId, usize)>,
    /// The hits to see, in order.
    pub(super) hits: Vec<PartHit>,
    /// The parts that are listed.
    pub(super) listed: Range<usize>,
    pub(super) calls: Vec<PlannedCall>,
    /// Characters of this event that are judged with these calls.
    pub(super) n_chars: u64,
}

/// One call of a policy, about to be made.
pub(super) struct PlannedCall {
    /// The policy's place in the edition.
    pub(super) policy: usize,
    pub(super) point: CallPoint,
    /// The text to judge, where the policy asked for text.
    pub(super) stretch: Option<Span>,
}

/// What a place in the text of one part brings.
struct Arrival {
    part: PartId,
    /// How far the part was read, in bytes.
    at: usize,
    /// Characters of the part up to there.
    n_chars: u64,
    /// The hits that resolved, with the requests that each waits for.
    hits: Vec<(PartHit, Vec<usize>)>,
    /// The requests for text that are met here, by their place in the plan, and up to where.
    met: Vec<(usize, usize)>,
    /// Whether the run of hits before it is over.
    ends_run: bool,
}

/// A digest of an event without its parts.
fn head_of(event: &Event) -> blake3::Hash {
    const DOMAIN: &str = "specialis 2026-11 event without its parts";
    let Event { facts, signals, source, sources, sector_facts, .. } = event;
    if sector_facts.is_empty() {
        return digest_of_value(DOMAIN, &(facts, signals, source, sources));
    }
    digest_of_value(DOMAIN, &(facts, signals, source, sources, sector_facts))
}

impl EventScan {
    pub(super) fn new(
        edition: &Edition,
        sectors: &BTreeMap<SectorId, SectorStatus>,
        (event, refused): (Event, Vec<RefusedFact>),
        limits: &EventLimits,
    ) -> Self {
        let n_signals = event.signals.len();
        Self {
            plan: CallPlan::new(edition, sectors, event.kind()),
            findings: edition.policies.iter().map(|_| Findings::default()).collect(),
            head: head_of(&event),
            waiting: answers::may_wait(event.kind(), event.parts.len()).then(Vec::new),
            event: Arc::new(event),
            refused,
            written: Arc::default(),
            scorers: edition.scorers().clone(),
            fuel: BTreeMap::new(),
            exceeded: (n_signals > limits.signals).then_some(Bound::Signals).into_iter().collect(),
            parts: Vec::new(),
            n_chars: 0,
            n_bytes: 0,
            is_cut: false,
            n_hits: 0,
            limits: limits.clone(),
            chain: None,
        }
    }

    /// Whether it exceeds a bound. Nothing more is read then.
    pub(super) fn is_flooded(&self) -> bool {
        !self.exceeded.is_empty()
    }

    pub(super) fn kind(&self) -> EventKind {
        self.event.kind()
    }

    /// How many parts were read or are being read.
    pub(super) fn n_parts(&self) -> usize {
        self.parts.len()
    }

    /// How many characters of it were read.
    pub(super) fn n_chars(&self) -> u64 {
        self.n_chars
    }

    /// How many hits were handed to the policies.
    pub(super) fn n_hits(&self) -> usize {
        self.n_hits
    }

    /// Adds a part to the event and begins to read it. None where the event has more parts than can be numbered.
    pub(super) fn add_part(&mut self, edition: &Edition, part: Part, max_kept_back: usize) -> Option<PartId> {
        if self.parts.len() != self.event.parts.len() {
            return None;
        }
        if self.parts.len() >= self.limits.parts {
            self.exceeded.insert(Bound::Parts);
            return None;
        }
        Arc::make_mut(&mut self.event).parts.push(part);
        self.begin_part(edition, max_kept_back)
    }

    /// Begins to read the next part of the event. `max_kept_back` bounds, in bytes, what its text keeps back.
    pub(super) fn begin_part(&mut self, edition: &Edition, max_kept_back: usize) -> Option<PartId> {
        let part = self.event.parts.get(self.parts.len())?;
        let id = PartId::nth(self.parts.len())?;
        if self.parts.len() >= self.limits.parts {
            self.exceeded.insert(Bound::Parts);
            return None;
        }
        let scores = PartScores::begin(&self.scorers, self.event.kind(), part);
        let reader = part.text.is_some().then(|| {
            let reader = Reader::new(edition.index().clone()).max_kept_back(max_kept_back);
            let reader = reader.said_by(speaker(self.event.kind(), part)).written_in(form(part));
            let reader = self.plan.configure(reader);
            if scores.is_empty() { reader } else { reader.sentences() }
        });
        self.parts.push(PartScan::new(part, reader, scores, self.plan.requests.len()));
        Some(id)
    }

    /// Adds text to a part and reads it.
    pub(super) fn append(&mut self, id: PartId, chunk: &str) -> Progress {
        let chunk = self.fitting(chunk);
        let event = Arc::make_mut(&mut self.event);
        let Some(text) = event.parts.get_mut(id.index()).and_then(|part| part.text.as_mut()) else {
            return Progress::default();
        };
        text.push_str(chunk);
        self.read(id, chunk)
    }

    /// Reads more of a part whose text the event already holds.
    pub(super) fn read(&mut self, id: PartId, chunk: &str) -> Progress {
        let (chunk, is_flooded) = (self.fitting(chunk), self.is_flooded());
        let Some(part) = self.parts.get_mut(id.index()) else { return Progress::default() };
        self.n_bytes = self.n_bytes.saturating_add(chunk.len());
        // Text that nobody reads is kept for the person who decides.
        if is_flooded {
            return Progress::default();
        }
        let n_before = part.n_chars;
        let progress = part.read(chunk);
        self.n_chars = self.n_chars.saturating_add(part.n_chars.saturating_sub(n_before));
        progress
    }

    /// As much of a text as the event still takes.
    fn fitting<'a>(&mut self, chunk: &'a str) -> &'a str {
        let room = self.limits.text.saturating_sub(self.n_bytes);
        let fitting = chunk.get(..chunk.floor_char_boundary(room)).unwrap_or_default();
        self.is_cut |= fitting.len() < chunk.len();
        fitting
    }

    /// Notes that text was cut off, once everything before was judged.
    pub(super) fn note_cut(&mut self) {
        if self.is_cut {
            self.exceeded.insert(Bound::Text);
        }
    }

    /// Ends the text of a part.
    pub(super) fn finish(&mut self, id: PartId) -> Vec<TextPoint> {
        let reader = self.parts.get_mut(id.index()).and_then(|part| part.reader.as_mut());
        reader.map(Reader::finish).unwrap_or_default()
    }

    /// A part of the event.
    pub(super) fn part(&self, id: PartId) -> Option<&Part> {
        self.event.parts.get(id.index())
    }

    /// The text of a part as read so far.
    pub(super) fn text(&self, id: PartId) -> &str {
        self.part(id).and_then(|part| part.text.as_deref()).unwrap_or_default()
    }

    /// Has no scorer score it.
    pub(super) fn leave_unscored(&mut self) {
        self.scorers = Arc::default();
    }

    /// Scores the text of a part up to a point, where a sentence ends there. Returns whether a higher level follows than before.
    pub(super) fn score_at(&mut self, id: PartId, point: &TextPoint) -> bool {
        point.sentence_end.is_some_and(|at| self.score(id, at, Moment::SentenceEnd))
    }

    /// Scores the whole text of a part. Returns whether a higher level follows than before.
    pub(super) fn score_at_text_end(&mut self, id: PartId) -> bool {
        let at = self.text(id).len();
        self.score(id, at, Moment::End)
    }

    fn score(&mut self, id: PartId, at: usize, moment: Moment) -> bool {
        let Some(part) = self.parts.get_mut(id.index()).filter(|part| !part.scores.is_empty()) else { return false };
        let text = self.event.parts.get(id.index()).and_then(|part| part.text.as_deref()).unwrap_or_default();
        part.scores.score(text, at, moment);
        let level = level_of_scores(&self.scores(Some(id.number())));
        let Some(part) = self.parts.get_mut(id.index()) else { return false };
        std::mem::replace(&mut part.score_level, level) < level
    }

    /// The scores to record: those of one part, or of all of them.
    pub(super) fn scores(&self, of: Option<u32>) -> Vec<RecordedScore> {
        let parts = (0_u32..).zip(&self.parts).filter(|(number, _)| of.is_none_or(|part| part == *number));
        parts.flat_map(|(number, part)| part.scores.recorded(number, &part.families)).collect()
    }

    /// Adds the scores of one part, or of all of them, to a decision.
    pub(super) fn add_scores(&self, of: Option<u32>, decision: &mut Decision) {
        decision.add_scores(self.scores(of));
        decision.intervened |= !self.has_repeatable_scores();
    }

    /// The level that follows from scores for a part: from those of the part itself, where text goes out part by part, else from all.
    pub(super) fn score_level(&self, part: u32) -> Level {
        let of = (self.event.kind() == EventKind::Output && self.event.parts.len() > 1).then_some(part);
        level_of_scores(&self.scores(of))
    }

    /// Whether the same text would always get the same scores.
    pub(super) fn has_repeatable_scores(&self) -> bool {
        self.parts.iter().all(|part| part.scores.is_repeatable())
    }

    /// The calls at a point of the text of a part, if there are any.
    pub(super) fn round_at(&mut self, edition: &Edition, id: PartId, point: &TextPoint) -> Option<CallRound> {
        let met = self.plan.met_at(point);
        let hits = point.hits.iter().filter_map(|hit| {
            let (span, category) = (span(id, hit.start, hit.end)?, hit.category.clone());
            let requests = self.plan.awaiting(&category);
            let (weight, origin) = (hit.weight, hit.origin.clone());
            Some((PartHit { span, category, weight, origin, speech: hit.speech }, requests))
        });
        let hits = once_each(hits.collect());
        let (at, n_chars, ends_run) = (point.at, point.n_chars, point.is_quiet);
        self.round(edition, Arrival { part: id, at, n_chars, hits, met, ends_run })
    }

    /// The calls where the text of a part ends: of policies that asked for text that was not judged, and of all policies that
    /// a waiting hit concerns.
    pub(super) fn round_at_text_end(&mut self, edition: &Edition, id: PartId) -> Option<CallRound> {
        let part = self.parts.get(id.index())?;
        let (at, n_chars) = (part.n_bytes, part.n_chars);
        let met = part.judged_to.iter().enumerate().filter(|(_, from)| **from < at).map(|(n, _)| (n, at)).collect();
        self.round(edition, Arrival { part: id, at, n_chars, hits: Vec::new(), met, ends_run: true })
    }

    fn round(&mut self, edition: &Edition, arrival: Arrival) -> Option<CallRound> {
        if self.is_flooded() {
            return None;
        }
        let Arrival { part: id, at, n_chars, hits, met, ends_run } = arrival;
        let has_run = self.parts.get(id.index()).is_some_and(|part| !part.run.is_empty());
        if hits.is_empty() && met.is_empty() && !(ends_run && has_run) {
            return None;
        }
        let listed = self.listed_around(id);
        let part = self.parts.get_mut(id.index())?;
        let n_chars = self.n_chars.saturating_sub(part.n_chars).saturating_add(n_chars);
        let (fresh, with_hit) = part.take_ready(hits, &met, ends_run);
        self.n_hits = self.n_hits.saturating_add(fresh.len());
        if self.n_hits > self.limits.hits {
            self.exceeded.insert(Bound::Hits);
            return None;
        }
        let kind = self.event.kind();
        let mut calls = Vec::new();
        for (n, policy) in edition.policies.iter().enumerate() {
            let stretches = met.iter().filter_map(|(request, to)| {
                let points = &self.plan.requests.get(*request).filter(|request| request.policy == n)?.points;
                let from = std::mem::replace(part.judged_to.get_mut(*request)?, *to);
                let is_of_interest = points.keeps != Keeps::Hits || with_hit.contains(request);
                span(id, from, *to).filter(|_| is_of_interest)
            });
            let stretch = stretches.reduce(|a, b| Span { start: a.start.min(b.start), ..b });
            if stretch.is_some() {
                calls.push(PlannedCall { policy: n, point: CallPoint::Text, stretch });
            } else if fresh.iter().any(|hit| policy.wakes_on_hit(kind, hit)) {
                calls.push(PlannedCall { policy: n, point: CallPoint::Hit, stretch: None });
            }
        }
        if calls.is_empty() {
            return None;
        }
        // Every fresh hit is shown, and so many before it.
        let first =
            fresh.first().map_or(usize::MAX, |first| part.hits.partition_point(|hit| hit.in_order(first).is_lt()));
        let n_hidden = part.hits.len().saturating_sub(MAX_HITS_SHOWN).min(first);
        let hits = part.hits.get(n_hidden..).unwrap_or_default().to_vec();
        Some(CallRound { read_to: Some((id, at)), hits, listed, calls, n_chars })
    }

    /// The parts that are listed for a policy that is called in a part: those around it, where there are many.
    fn listed_around(&self, id: PartId) -> Range<usize> {
        let n = self.parts.len();
        let last_first = n.saturating_sub(MAX_PARTS_LISTED);
        let first = id.index().saturating_sub(MAX_PARTS_LISTED / 2).min(last_first);
        first..first.saturating_add(MAX_PARTS_LISTED).min(n)
    }

    /// The hits that are shown at the end: all of them, where they are few. Of many, the first of each category, as many as fit.
    fn hits_at_end(&self) -> Vec<PartHit> {
        if self.n_hits <= MAX_HITS_AT_END {
            return self.hits().cloned().collect();
        }
        let categories: BTreeSet<&CategoryId> = self.hits().map(|hit| &hit.category).collect();
        let each = MAX_HITS_AT_END.checked_div(categories.len()).unwrap_or(0).max(1);
        let mut n_of_category: BTreeMap<&CategoryId, usize> = BTreeMap::new();
        let mut shown = Vec::new();
        for hit in self.hits() {
            let n = n_of_category.entry(&hit.category).or_default();
            *n = n.saturating_add(1);
            if *n <= each && shown.len() < MAX_HITS_AT_END {
                shown.push(hit.clone());
            }
        }
        shown
    }

    /// Every hit that was handed to the policies, by part.
    pub(super) fn hits(&self) -> impl Iterator<Item = &PartHit> {
        self.parts.iter().flat_map(|part| &part.hits)
    }

    /// The calls when the event is whole.
    pub(super) fn round_at_end(&self, edition: &Edition) -> CallRound {
        let point = if self.kind() == EventKind::Signal {
            CallPoint::Signal
        } else if self.kind() == EventKind::Review {
            CallPoint::Review
        } else {
            CallPoint::End
        };
        let woken = edition.policies.iter().enumerate().filter(|(_, p)| p.wakes_at_end(&self.event, self.hits()));
        let calls = woken.map(|(policy, _)| PlannedCall { policy, point, stretch: None }).collect();
        CallRound {
            read_to: None,
            hits: self.hits_at_end(),
            listed: 0..self.parts.len(),
            calls,
            n_chars: self.n_chars(),
        }
    }

    /// Adds what a policy found, by its place in the edition.
    fn add_findings(&mut self, policy: usize, findings: &[Finding], part: Option<u32>) {
        if let Some(all) = self.findings.get_mut(policy) {
            all.add(findings, part);
        }
        let n_findings = self.findings.iter().map(Findings::len).fold(0, usize::saturating_add);
        if n_findings > self.limits.findings {
            self.exceeded.insert(Bound::Findings);
        }
        let n_obligations = self.findings.iter().map(Findings::n_obligations).fold(0, usize::saturating_add);
        if n_obligations > self.limits.obligations {
            self.exceeded.insert(Bound::Obligations);
        }
    }

    /// What is new on a part since the last decision on it.
    pub(super) fn news(&self, part: PartId) -> News {
        self.findings.iter().map(|found| found.news(part.number())).fold(News::default(), News::and)
    }

    /// Everything of a view was told in a decision.
    pub(super) fn set_told(&mut self, view: View) {
        self.findings.iter_mut().for_each(|found| found.set_told(view));
    }

    /// How often what is on no part alone changed.
    pub(super) fn n_common_changes(&self) -> u64 {
        self.findings.iter().map(Findings::n_common_changes).fold(0, u64::saturating_add)
    }

    /// What stands before a byte offset in the text of a part.
    pub(super) fn offsets_of(&self, part: u32, at: u32) -> Option<TextOffsets> {
        let n = usize::try_from(part).ok()?;
        let text = self.event.parts.get(n)?.text.as_deref()?;
        self.parts.get(n)?.offsets_of(text, at)
    }

    /// Up to where the text of a part may go out, for all that policies and scorers keep back. Of a part that is not read nothing may.
    pub(super) fn kept_from(&self, id: PartId) -> usize {
        let Some(part) = self.parts.get(id.index()) else { return 0 };
        let keeping = self.plan.requests.iter().zip(&part.judged_to);
        let keeping = keeping.filter(|(request, _)| request.keeps_back && request.points.keeps == Keeps::Text);
        let keeping = keeping.map(|(_, from)| *from).chain([part.scores.held_from()]);
        part.first_waiting().into_iter().chain(keeping).min().unwrap_or(usize::MAX)
    }

    /// A digest of the event as far as it was read: at a place in a part, of what the decisions before stand on and the text of
    /// the part up to there. Each such digest goes into the next one. Text is hashed once, however often the digest is asked for.
    pub(super) fn digest(&mut self, place: Option<Place>) -> blake3::Hash {
        match place.and_then(|place| Some((place.part?, place.at))) {
            None => self.digest_of_all(),
            Some((id, at)) => self.digest_at(id, at),
        }
    }

    fn digest_at(&mut self, id: PartId, at: usize) -> blake3::Hash {
        let before = self.chain.unwrap_or(self.head);
        let mut hasher = blake3::Hasher::new_derive_key("specialis 2026-11 event up to a place in a part");
        hasher.update(before.as_bytes()).update(&id.number().to_le_bytes());
        let text = self.event.parts.get(id.index()).and_then(|part| part.text.as_deref()).unwrap_or_default();
        if let Some(part) = self.parts.get_mut(id.index()) {
            part.feed_to(&mut hasher, text, at);
        }
        *self.chain.insert(hasher.finalize())
    }

    fn digest_of_all(&mut self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_derive_key("specialis 2026-11 event as far as it was read");
        hasher.update(self.head.as_bytes());
        for (part, scan) in self.event.parts.iter().zip(&mut self.parts) {
            let text = part.text.as_deref().unwrap_or_default();
            scan.feed_to(&mut hasher, text, text.len());
        }
        let digest = hasher.finalize();
        self.chain.get_or_insert(digest);
        digest
    }
}

#[cfg(test)]
impl EventScan {
    /// Breaks it on purpose: it has read no part.
    pub(super) fn forget_parts(&mut self) {
        self.parts.clear();
        Arc::make_mut(&mut self.event).parts.clear();
    }

    /// Breaks it on purpose: the event has a part that is not read.
    pub(super) fn forget_last_part(&mut self) {
        self.parts.pop();
    }
}

/// Hits of one place, each category once at each span: by the heaviest term, however many lexicons have it.
fn once_each(mut hits: Vec<(PartHit, Vec<usize>)>) -> Vec<(PartHit, Vec<usize>)> {
    hits.sort_by(|(a, _), (b, _)| a.in_order(b).then(b.weight.cmp(&a.weight)));
    hits.dedup_by(|(a, _), (b, _)| a.in_order(b).is_eq());
    hits
}

/// A text in pieces that are read one after the other, so that what is found in a long one never has to be held at once.
pub(super) fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (piece, rest) = text.split_at_checked(text.floor_char_boundary(PIECE_BYTES))?;
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// A stretch of a part's text, unless it is empty.
fn span(id: PartId, start: usize, end: usize) -> Option<Span> {
    let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    (start < end).then_some(Span { part: id.number(), start, end })
}
