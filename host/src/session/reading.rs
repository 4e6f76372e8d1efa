//! An event while it is being read: what has been found in it, and who is to be called where.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use specialis_bundle::{Keeps, TextPoints};
use specialis_core::{
    CategoryId, Event, EventKind, Finding, Mode, Origin, PolicyId, RefusedFact, SectorId, SectorStatus, Span, Status,
};
use specialis_text::{Point as TextPoint, Progress, Reader};

use super::findings::Findings;
use crate::abi::{PartHit, Point};
use crate::edition::Edition;
use crate::policy::Policy;

/// The most hits that a policy sees before the end of an event.
const SEEN: usize = 64;
/// How often, in characters, a stream looks at what policies keep back.
const LOOK: u32 = 256;

/// An event on its way through the policies.
pub(crate) struct Reading {
    pub(crate) event: Arc<Event>,
    pub(crate) refused: Vec<RefusedFact>,
    /// Every hit that has been handed to the policies, by part.
    pub(crate) hits: Vec<PartHit>,
    /// What each policy has found so far, in the edition's order.
    pub(crate) heard: Vec<Findings>,
    /// Fuel that each called policy burnt.
    pub(crate) fuel: BTreeMap<PolicyId, u64>,
    /// One for each part that has been read.
    tracks: Vec<Track>,
    plan: Plan,
}

/// One part while it is being read.
struct Track {
    reader: Option<Reader>,
    n_bytes: usize,
    n_chars: u64,
    /// Hits that wait for the point that some policy asked for.
    waiting: Vec<Waiting>,
    /// Where the stretch begins that each policy which asks for text has not judged, in the order of the plan.
    judged: Vec<usize>,
}

/// A hit and what it waits for.
struct Waiting {
    hit: PartHit,
    /// The asks that have not had their point, by their place in the plan.
    asks: Vec<usize>,
}

/// Who asks for text in events of this kind.
struct Plan {
    asks: Vec<Ask>,
    every: Option<NonZeroU32>,
}

/// A policy that asks for text.
struct Ask {
    policy: usize,
    points: TextPoints,
    /// Whether something is kept back for it: a monitored policy has no effect.
    is_kept_for: bool,
    /// The categories that can lead to a finding on one of its duties.
    categories: Vec<CategoryId>,
}

/// A position at which policies are to be called.
pub(crate) struct Stop {
    /// The part and how far it has been read.
    pub(crate) read_to: Option<(u32, usize)>,
    /// The hits to see, in order.
    pub(crate) hits: Vec<PartHit>,
    /// Whom to call, by their place in the edition, why, and with which text to judge.
    pub(crate) calls: Vec<(usize, Point, Option<Span>)>,
    /// Characters of this event that have been judged with this stop.
    pub(crate) n_chars: u64,
}

impl Reading {
    pub(crate) fn new(
        edition: &Edition,
        sectors: &BTreeMap<SectorId, SectorStatus>,
        event: Arc<Event>,
        refused: Vec<RefusedFact>,
    ) -> Self {
        let plan = Plan::new(edition, sectors, event.kind());
        let heard = edition.policies.iter().map(|_| Findings::default()).collect();
        Self { event, refused, hits: Vec::new(), heard, fuel: BTreeMap::new(), tracks: Vec::new(), plan }
    }

    pub(crate) fn kind(&self) -> EventKind {
        self.event.kind()
    }

    /// How many parts have been read or are being read.
    pub(crate) fn n_parts(&self) -> usize {
        self.tracks.len()
    }

    /// Begins to read the next part. `kept_back` bounds, in bytes, what the text itself keeps back.
    pub(crate) fn begin_part(&mut self, edition: &Edition, has_text: bool, kept_back: usize) -> u32 {
        let reader = has_text.then(|| {
            let mut reader = Reader::new(edition.index.clone()).max_kept_back(kept_back);
            if self.plan.asks.iter().any(|ask| ask.points.sentences) {
                reader = reader.sentences();
            }
            match self.plan.every {
                Some(n) => reader.every(n),
                None => reader,
            }
        });
        let judged = self.plan.asks.iter().map(|_| 0).collect();
        self.tracks.push(Track { reader, n_bytes: 0, n_chars: 0, waiting: Vec::new(), judged });
        u32::try_from(self.tracks.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Reads more of a part, the text of which the event holds already.
    pub(crate) fn read(&mut self, part: u32, chunk: &str) -> Progress {
        let Some(track) = self.track_mut(part) else { return Progress::default() };
        let n_chars = u64::try_from(chunk.chars().count()).unwrap_or(u64::MAX);
        track.n_bytes = track.n_bytes.saturating_add(chunk.len());
        track.n_chars = track.n_chars.saturating_add(n_chars);
        track.reader.as_mut().map(|reader| reader.push(chunk)).unwrap_or_default()
    }

    /// Ends the text of a part.
    pub(crate) fn finish(&mut self, part: u32) -> Vec<TextPoint> {
        self.track_mut(part).and_then(|track| track.reader.as_mut()).map(Reader::finish).unwrap_or_default()
    }

    /// Whom to call at a point of the text of a part, if anybody.
    pub(crate) fn stop_at(&mut self, edition: &Edition, part: u32, point: &TextPoint) -> Option<Stop> {
        let kind = self.kind();
        let asked = self.plan.asks.iter().enumerate().filter_map(|(n, ask)| Some((n, ask.point(point)?))).collect();
        let found = point.hits.iter().filter_map(|hit| {
            let span = span(part, hit.start, hit.end)?;
            Some(PartHit { span, category: hit.category.clone(), weight: hit.weight, origin: hit.origin.clone() })
        });
        let found: Vec<PartHit> = found.collect();
        self.stop(edition, kind, part, point.at, point.n_chars, found, asked)
    }

    /// Whom to call where the text of a part ends: those who asked for text that has not been judged, and everybody whom a hit
    /// concerns that has waited for them.
    pub(crate) fn stop_at_text_end(&mut self, edition: &Edition, part: u32) -> Option<Stop> {
        let kind = self.kind();
        let track = self.track(part)?;
        let (at, n_chars) = (track.n_bytes, track.n_chars);
        let asked = track.judged.iter().enumerate().filter(|(_, from)| **from < at).map(|(n, _)| (n, at)).collect();
        self.stop(edition, kind, part, at, n_chars, Vec::new(), asked)
    }

    #[expect(clippy::too_many_arguments, reason = "what the two kinds of position have in common")]
    fn stop(
        &mut self,
        edition: &Edition,
        kind: EventKind,
        part: u32,
        at: usize,
        n_chars: u64,
        found: Vec<PartHit>,
        asked: Vec<(usize, usize)>,
    ) -> Option<Stop> {
        if found.is_empty() && asked.is_empty() {
            return None;
        }
        let others = self.tracks.iter().enumerate().filter(|(n, _)| u32::try_from(*n).ok() != Some(part));
        let n_chars = others.map(|(_, track)| track.n_chars).fold(n_chars, u64::saturating_add);
        let (plan, tracks) = (&self.plan, &mut self.tracks);
        let track = tracks.get_mut(usize::try_from(part).ok()?)?;
        let is_past = |ask: &usize, hit: &PartHit| {
            asked.iter().any(|(n, to)| n == ask && usize::try_from(hit.span.end).is_ok_and(|end| end <= *to))
        };
        for hit in found {
            track.waiting.push(Waiting { asks: plan.awaiting(&hit.category), hit });
        }
        let mut fresh: Vec<PartHit> = Vec::new();
        let mut with_hit: Vec<usize> = Vec::new();
        track.waiting.retain_mut(|waiting| {
            with_hit.extend(waiting.asks.extract_if(.., |ask| is_past(ask, &waiting.hit)));
            if waiting.asks.is_empty() {
                fresh.push(waiting.hit.clone());
            }
            !waiting.asks.is_empty()
        });
        let mut calls = Vec::new();
        for (n, policy) in edition.policies.iter().enumerate() {
            let stretches = asked.iter().filter_map(|(n_ask, to)| {
                let ask = plan.asks.get(*n_ask).filter(|ask| ask.policy == n)?;
                let from = std::mem::replace(track.judged.get_mut(*n_ask)?, *to);
                let is_of_interest = ask.points.keeps != Keeps::Hits || with_hit.contains(n_ask);
                span(part, from, *to).filter(|_| is_of_interest)
            });
            let stretch = stretches.reduce(|a, b| Span { start: a.start.min(b.start), ..b });
            if stretch.is_some() {
                calls.push((n, Point::Text, stretch));
            } else if fresh.iter().any(|hit| policy.wakes_on_hit(kind, &hit.category)) {
                calls.push((n, Point::Hit, None));
            }
        }
        self.hits.append(&mut fresh);
        self.hits.sort_by(|a, b| (a.span, &a.category).cmp(&(b.span, &b.category)));
        if calls.is_empty() {
            return None;
        }
        let of_part = |hit: &&PartHit| hit.span.part == part;
        let n_hidden = self.hits.iter().filter(of_part).count().saturating_sub(SEEN);
        let hits = self.hits.iter().filter(of_part).skip(n_hidden).cloned().collect();
        Some(Stop { read_to: Some((part, at)), hits, calls, n_chars })
    }

    /// Whom to call when the event is whole.
    pub(crate) fn stop_at_end(&self, edition: &Edition) -> Stop {
        let point = if self.kind() == EventKind::Signal {
            Point::Signal
        } else if self.kind() == EventKind::Review {
            Point::Review
        } else {
            Point::End
        };
        let woken = edition.policies.iter().enumerate().filter(|(_, p)| p.wakes_at_end(&self.event, &self.hits));
        Stop {
            read_to: None,
            hits: self.hits.clone(),
            calls: woken.map(|(n, _)| (n, point, None)).collect(),
            n_chars: self.n_chars(),
        }
    }

    /// How many characters of it have been read.
    pub(crate) fn n_chars(&self) -> u64 {
        self.tracks.iter().map(|track| track.n_chars).fold(0, u64::saturating_add)
    }

    /// Adds what a policy found, by its place in the edition.
    pub(crate) fn hear(&mut self, policy: usize, findings: Vec<Finding>, part: Option<u32>) {
        if let Some(heard) = self.heard.get_mut(policy) {
            heard.add(findings, part);
        }
    }

    /// Up to where the text of a part may go, for all that policies keep back; everything where they keep nothing.
    pub(crate) fn kept_from(&self, part: u32) -> usize {
        let Some(track) = self.track(part) else { return usize::MAX };
        let is_kept_for = |n: &usize| self.plan.asks.get(*n).is_some_and(|ask| ask.is_kept_for);
        let waiting = track.waiting.iter().filter(|waiting| waiting.asks.iter().any(is_kept_for));
        let waiting = waiting.filter_map(|waiting| usize::try_from(waiting.hit.span.start).ok());
        let keeping = self.plan.asks.iter().zip(&track.judged);
        let keeping = keeping.filter(|(ask, _)| ask.is_kept_for && ask.points.keeps == Keeps::Text);
        waiting.chain(keeping.map(|(_, from)| *from)).min().unwrap_or(usize::MAX)
    }

    fn track(&self, part: u32) -> Option<&Track> {
        self.tracks.get(usize::try_from(part).ok()?)
    }

    fn track_mut(&mut self, part: u32) -> Option<&mut Track> {
        self.tracks.get_mut(usize::try_from(part).ok()?)
    }
}

impl Plan {
    fn new(edition: &Edition, sectors: &BTreeMap<SectorId, SectorStatus>, kind: EventKind) -> Self {
        let asks: Vec<Ask> = edition
            .policies
            .iter()
            .enumerate()
            .filter_map(|(n, policy)| {
                let points = policy.manifest.wakes.text.as_ref().filter(|points| points.kinds.contains(&kind))?;
                let is_kept_for = policy.card.mode == Mode::Enforce && !is_out(policy, sectors);
                Some(Ask { policy: n, points: points.clone(), is_kept_for, categories: categories(edition, policy) })
            })
            .collect();
        let look = (!asks.is_empty()).then_some(LOOK);
        let every = asks.iter().filter_map(|ask| ask.points.every).chain(look).reduce(gcd).and_then(NonZeroU32::new);
        Self { asks, every }
    }

    /// The asks that a hit of a category waits for.
    fn awaiting(&self, category: &CategoryId) -> Vec<usize> {
        let asks = self.asks.iter().enumerate();
        let asks = asks.filter(|(_, ask)| ask.is_kept_for && ask.points.keeps != Keeps::Nothing);
        asks.filter(|(_, ask)| ask.categories.contains(category)).map(|(n, _)| n).collect()
    }
}

impl Ask {
    /// Up to where its text is there at a point, where the point is one it asked for.
    fn point(&self, point: &TextPoint) -> Option<usize> {
        let sentence = point.sentence_end.filter(|_| self.points.sentences);
        let every = self.points.every.filter(|n| point.is_interval && point.n_chars.is_multiple_of(u64::from(*n)));
        every.map(|_| point.at).or(sentence)
    }
}

/// Whether a policy's sector is certainly not the session's: then it is not called, and sees nothing.
pub(super) fn is_out(policy: &Policy, sectors: &BTreeMap<SectorId, SectorStatus>) -> bool {
    matches!(&policy.card.origin, Origin::Sector(sector)
        if sectors.get(sector).is_some_and(|known| known.status == Status::No))
}

/// The categories that can lead to a finding of a policy.
fn categories(edition: &Edition, policy: &Policy) -> Vec<CategoryId> {
    let duties = policy.card.governs.iter().filter_map(|duty| edition.registry.duties.get(duty));
    duties.flat_map(|duty| &duty.categories).chain(policy.reads.iter()).cloned().collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a.checked_rem(b).unwrap_or(0)) }
}

/// A stretch of a part's text, unless it is empty.
pub(crate) fn span(part: u32, start: usize, end: usize) -> Option<Span> {
    let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    (start < end).then_some(Span { part, start, end })
}
