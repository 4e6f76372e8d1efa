//! One event while it is read: what was found in its text, and which policies are to be called where.

mod part;
mod plan;
mod scores;

use std::collections::BTreeMap;
use std::sync::Arc;

use specialis_bundle::Keeps;
use specialis_core::{
    Event, EventKind, Finding, Level, Part, PolicyId, RecordedScore, RefusedFact, SectorId, SectorStatus, Span,
    StreamPosition, family,
};
use specialis_scorer::{Moment, Scorer};
use specialis_text::{HitOrigin, Point as TextPoint, Progress, Reader};

use super::findings::Findings;
use crate::runtime::{CallPoint, Edition, PartHit, digest_of_value};
pub(super) use part::PartId;
use part::{PartScan, WaitingHit};
use plan::CallPlan;
pub(super) use plan::is_out;
use scores::PartScores;

/// The most hits of a part that a policy sees before the end of an event.
const MAX_HITS_SHOWN: usize = 64;

/// One event on its way through the policies.
pub(super) struct EventScan {
    pub(super) event: Arc<Event>,
    pub(super) refused: Vec<RefusedFact>,
    /// Every hit that was handed to the policies, by part.
    pub(super) hits: Vec<PartHit>,
    /// What each policy found so far, in the edition's order.
    pub(super) findings: Vec<Findings>,
    /// Fuel that each called policy used.
    pub(super) fuel: BTreeMap<PolicyId, u64>,
    /// One for each part that was read or is being read.
    parts: Vec<PartScan>,
    plan: CallPlan,
    scorers: Arc<[Arc<dyn Scorer>]>,
    /// A digest of the event without its parts.
    head: blake3::Hash,
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
    hits: Vec<PartHit>,
    /// The requests for text that are met here, by their place in the plan, and up to where.
    met: Vec<(usize, usize)>,
}

impl EventScan {
    pub(super) fn new(
        edition: &Edition,
        sectors: &BTreeMap<SectorId, SectorStatus>,
        event: Event,
        refused: Vec<RefusedFact>,
    ) -> Self {
        let about = (&event.facts, &event.signals, &event.source, &event.sources);
        Self {
            plan: CallPlan::new(edition, sectors, event.kind()),
            findings: edition.policies.iter().map(|_| Findings::default()).collect(),
            head: digest_of_value("specialis 2026-11 event without its parts", &about),
            event: Arc::new(event),
            refused,
            scorers: edition.scorers().clone(),
            hits: Vec::new(),
            fuel: BTreeMap::new(),
            parts: Vec::new(),
        }
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
        self.parts.iter().map(|part| part.n_chars).fold(0, u64::saturating_add)
    }

    /// Adds a part to the event and begins to read it. None where the event has more parts than can be numbered.
    pub(super) fn add_part(&mut self, edition: &Edition, part: Part, max_kept_back: usize) -> Option<PartId> {
        if self.parts.len() != self.event.parts.len() {
            return None;
        }
        Arc::make_mut(&mut self.event).parts.push(part);
        self.begin_part(edition, max_kept_back)
    }

    /// Begins to read the next part of the event. `max_kept_back` bounds, in bytes, what its text keeps back.
    pub(super) fn begin_part(&mut self, edition: &Edition, max_kept_back: usize) -> Option<PartId> {
        let part = self.event.parts.get(self.parts.len())?;
        let id = PartId::nth(self.parts.len())?;
        let scores = PartScores::begin(&self.scorers, self.event.kind(), part);
        let reader = part.text.is_some().then(|| {
            let reader = Reader::new(edition.index().clone()).max_kept_back(max_kept_back);
            let reader = self.plan.configure(reader);
            if scores.is_empty() { reader } else { reader.sentences() }
        });
        self.parts.push(PartScan::new(part, reader, scores, self.plan.requests.len()));
        Some(id)
    }

    /// Adds text to a part and reads it.
    pub(super) fn append(&mut self, id: PartId, chunk: &str) -> Progress {
        let event = Arc::make_mut(&mut self.event);
        let Some(text) = event.parts.get_mut(id.index()).and_then(|part| part.text.as_mut()) else {
            return Progress::default();
        };
        text.push_str(chunk);
        self.read(id, chunk)
    }

    /// Reads more of a part whose text the event already holds.
    pub(super) fn read(&mut self, id: PartId, chunk: &str) -> Progress {
        self.parts.get_mut(id.index()).map(|part| part.read(chunk)).unwrap_or_default()
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
        let level = self.score_level(Some(id.number()));
        let Some(part) = self.parts.get_mut(id.index()) else { return false };
        std::mem::replace(&mut part.score_level, level) < level
    }

    /// The scores to record: those of one part, or of all of them.
    pub(super) fn scores(&self, of: Option<u32>) -> Vec<RecordedScore> {
        let parts = (0_u32..)
            .zip(&self.parts)
            .filter(|(number, part)| !part.scores.is_empty() && of.is_none_or(|part| part == *number));
        parts
            .flat_map(|(number, part)| {
                let is_term =
                    |hit: &&PartHit| hit.span.part == number && matches!(hit.origin, HitOrigin::Lexicon { .. });
                let families = self.hits.iter().filter(is_term).map(|hit| family(&hit.category)).collect();
                part.scores.recorded(number, &families)
            })
            .collect()
    }

    /// The level that follows from the scores of one part, or of all of them.
    pub(super) fn score_level(&self, of: Option<u32>) -> Level {
        self.scores(of).iter().map(|score| score.reason.level()).max().unwrap_or(Level::Pass)
    }

    /// Whether the same text would always get the same scores.
    pub(super) fn has_repeatable_scores(&self) -> bool {
        self.parts.iter().all(|part| part.scores.is_repeatable())
    }

    /// The calls at a point of the text of a part, if there are any.
    pub(super) fn round_at(&mut self, edition: &Edition, id: PartId, point: &TextPoint) -> Option<CallRound> {
        let met = self.plan.met_at(point);
        let hits = point.hits.iter().filter_map(|hit| {
            let span = span(id, hit.start, hit.end)?;
            Some(PartHit { span, category: hit.category.clone(), weight: hit.weight, origin: hit.origin.clone() })
        });
        let hits = hits.collect();
        self.round(edition, Arrival { part: id, at: point.at, n_chars: point.n_chars, hits, met })
    }

    /// The calls where the text of a part ends: of policies that asked for text that was not judged, and of all policies that
    /// a waiting hit concerns.
    pub(super) fn round_at_text_end(&mut self, edition: &Edition, id: PartId) -> Option<CallRound> {
        let part = self.parts.get(id.index())?;
        let (at, n_chars) = (part.n_bytes, part.n_chars);
        let met = part.judged_to.iter().enumerate().filter(|(_, from)| **from < at).map(|(n, _)| (n, at)).collect();
        self.round(edition, Arrival { part: id, at, n_chars, hits: Vec::new(), met })
    }

    fn round(&mut self, edition: &Edition, arrival: Arrival) -> Option<CallRound> {
        let Arrival { part: id, at, n_chars, hits, met } = arrival;
        if hits.is_empty() && met.is_empty() {
            return None;
        }
        let others = self.parts.iter().enumerate().filter(|(n, _)| *n != id.index());
        let n_chars = others.map(|(_, part)| part.n_chars).fold(n_chars, u64::saturating_add);
        let part = self.parts.get_mut(id.index())?;
        for hit in hits {
            part.waiting.push(WaitingHit { requests: self.plan.awaiting(&hit.category), hit });
        }
        let (mut fresh, with_hit) = part.take_ready(&met);
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
        self.hits.append(&mut fresh);
        self.hits.sort_by(|a, b| (a.span, &a.category).cmp(&(b.span, &b.category)));
        if calls.is_empty() {
            return None;
        }
        Some(CallRound { read_to: Some((id, at)), hits: self.last_hits_of(id), calls, n_chars })
    }

    /// The last hits of a part, as many as a policy sees.
    fn last_hits_of(&self, id: PartId) -> Vec<PartHit> {
        let of_part = |hit: &&PartHit| hit.span.part == id.number();
        let n_hidden = self.hits.iter().filter(of_part).count().saturating_sub(MAX_HITS_SHOWN);
        self.hits.iter().filter(of_part).skip(n_hidden).cloned().collect()
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
        let woken = edition.policies.iter().enumerate().filter(|(_, p)| p.wakes_at_end(&self.event, &self.hits));
        let calls = woken.map(|(policy, _)| PlannedCall { policy, point, stretch: None }).collect();
        CallRound { read_to: None, hits: self.hits.clone(), calls, n_chars: self.n_chars() }
    }

    /// Adds what a policy found, by its place in the edition.
    pub(super) fn add_findings(&mut self, policy: usize, findings: Vec<Finding>, part: Option<PartId>) {
        if let Some(all) = self.findings.get_mut(policy) {
            all.add(findings, part.map(PartId::number));
        }
    }

    /// Up to where the text of a part may go out, for all that policies and scorers keep back. Of a part that is not read nothing may.
    pub(super) fn kept_from(&self, id: PartId) -> usize {
        let Some(part) = self.parts.get(id.index()) else { return 0 };
        let is_kept_for = |n: &usize| self.plan.requests.get(*n).is_none_or(|request| request.keeps_back);
        let waiting = part.waiting.iter().filter(|waiting| waiting.requests.iter().any(is_kept_for));
        let waiting = waiting.map(|waiting| usize::try_from(waiting.hit.span.start).unwrap_or(0));
        let keeping = self.plan.requests.iter().zip(&part.judged_to);
        let keeping = keeping.filter(|(request, _)| request.keeps_back && request.points.keeps == Keeps::Text);
        let held = part.scores.held_from();
        waiting.chain(keeping.map(|(_, from)| *from)).min().unwrap_or(usize::MAX).min(held)
    }

    /// A digest of the event as far as it was read: at a place in a part its text up to there, of the other parts all of it.
    /// Text is hashed once, however often the digest is asked for.
    pub(super) fn digest(&mut self, place: Option<Place>) -> blake3::Hash {
        let read_to = place.and_then(|place| Some((place.part?, place.at)));
        let mut hasher = blake3::Hasher::new_derive_key("specialis 2026-11 event as far as it was read");
        hasher.update(self.head.as_bytes());
        for (n, (part, scan)) in self.event.parts.iter().zip(&mut self.parts).enumerate() {
            let text = part.text.as_deref().unwrap_or_default();
            let to = read_to.filter(|(id, _)| id.index() == n).map_or(text.len(), |(_, to)| to);
            scan.feed_to(&mut hasher, text, to);
        }
        hasher.finalize()
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

/// A stretch of a part's text, unless it is empty.
fn span(id: PartId, start: usize, end: usize) -> Option<Span> {
    let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    (start < end).then_some(Span { part: id.number(), start, end })
}
