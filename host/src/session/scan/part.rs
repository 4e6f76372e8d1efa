//! One part of an event while it is read.

use std::collections::BTreeSet;

use specialis_core::{Level, Part, TextOffsets, family};
use specialis_text::{HitOrigin, Progress, Reader};

use super::scores::PartScores;
use super::waiting::{Run, WaitingHits};
use crate::runtime::{PartHit, digest_of_value};

/// How many bytes apart the places are from which other offsets are counted.
const OFFSET_STEP: usize = 1_024;

/// The place of a part in its event. Made by [`EventScan`](super::EventScan) alone, for parts it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) struct PartId(u32);

impl PartId {
    pub(super) fn nth(n: usize) -> Option<Self> {
        u32::try_from(n).ok().map(Self)
    }

    /// The place as decisions write it.
    pub(in crate::session) fn number(self) -> u32 {
        self.0
    }

    /// The place as an index. On a machine where it does not fit, no part has it.
    pub(super) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// One part while it is read.
pub(super) struct PartScan {
    pub(super) reader: Option<Reader>,
    pub(super) n_bytes: usize,
    pub(super) n_chars: u64,
    /// Every hit that was handed to the policies, in order.
    pub(super) hits: Vec<PartHit>,
    /// The families of the terms among them.
    pub(super) families: BTreeSet<String>,
    pub(super) scores: PartScores,
    /// The level that followed from the scores when they were last taken.
    pub(super) score_level: Level,
    /// Hits that wait for the point that some policy asked for.
    pub(super) waiting: WaitingHits,
    /// The hits that are judged next.
    pub(super) run: Run,
    /// Up to where each request for text was met, in the order of the plan.
    pub(super) judged_to: Vec<usize>,
    /// What stands before a place every kibibyte or so of its text.
    offsets: Vec<(usize, TextOffsets)>,
    /// UTF-16 units of its text.
    n_units: u32,
    /// A digest of what is known of the part beside its text.
    head: blake3::Hash,
    /// A hash of its text up to `hashed_to`.
    text: blake3::Hasher,
    hashed_to: usize,
}

impl PartScan {
    pub(super) fn new(part: &Part, reader: Option<Reader>, scores: PartScores, n_requests: usize) -> Self {
        let Part { role, channel, choice, medium, shown, text, media } = part;
        let about = (role, channel, choice, medium, shown, text.is_some(), media);
        Self {
            reader,
            scores,
            score_level: Level::Pass,
            n_bytes: 0,
            n_chars: 0,
            hits: Vec::new(),
            families: BTreeSet::new(),
            waiting: WaitingHits::default(),
            run: Run::default(),
            judged_to: vec![0; n_requests],
            offsets: Vec::new(),
            n_units: 0,
            head: digest_of_value("specialis 2026-11 part without its text", &about),
            text: blake3::Hasher::new(),
            hashed_to: 0,
        }
    }

    /// Reads more text.
    pub(super) fn read(&mut self, chunk: &str) -> Progress {
        for c in chunk.chars() {
            if self.n_bytes >= self.offsets.len().saturating_mul(OFFSET_STEP) {
                let characters = u32::try_from(self.n_chars).unwrap_or(u32::MAX);
                self.offsets.push((self.n_bytes, TextOffsets { utf16: self.n_units, characters }));
            }
            self.n_bytes = self.n_bytes.saturating_add(c.len_utf8());
            self.n_chars = self.n_chars.saturating_add(1);
            self.n_units = self.n_units.saturating_add(if c > '\u{ffff}' { 2 } else { 1 });
        }
        self.reader.as_mut().map(|reader| reader.push(chunk)).unwrap_or_default()
    }

    /// Adds hits that came to those that wait, takes the hits that are judged where the given requests are met, and returns the
    /// requests that a hit waited for. `ends_run` says that the run of hits before this place is over.
    pub(super) fn take_ready(
        &mut self,
        came: Vec<(PartHit, Vec<usize>)>,
        met: &[(usize, usize)],
        ends_run: bool,
    ) -> (Vec<PartHit>, Vec<usize>) {
        let mut ready = Vec::new();
        for (hit, requests) in came {
            if requests.is_empty() { ready.push(hit) } else { self.waiting.add(hit, &requests) }
        }
        let mut with_hit = Vec::new();
        for (request, to) in met {
            if self.waiting.meet(*request, *to, &mut ready) {
                with_hit.push(*request);
            }
        }
        self.run.add(ready);
        let fresh = self.run.take(ends_run || !met.is_empty());
        self.insert(&fresh);
        (fresh, with_hit)
    }

    /// Adds hits, in order, to those that were handed to the policies. Few are moved: what comes later lies further on.
    fn insert(&mut self, fresh: &[PartHit]) {
        let Some(first) = fresh.first() else { return };
        let terms = fresh.iter().filter(|hit| matches!(hit.origin, HitOrigin::Lexicon { .. }));
        for hit in terms {
            let family = family(&hit.category);
            if !self.families.contains(family) {
                self.families.insert(family.to_owned());
            }
        }
        let from = self.hits.partition_point(|hit| hit.in_order(first).is_lt());
        self.hits.extend_from_slice(fresh);
        if let Some(moved) = self.hits.get_mut(from..) {
            moved.sort_by(PartHit::in_order);
        }
    }

    /// Where the first hit begins that was not handed to the policies.
    pub(super) fn first_waiting(&self) -> Option<usize> {
        let first = self.waiting.first_start().into_iter().chain(self.run.first_start()).min()?;
        usize::try_from(first).ok()
    }

    /// What stands before a byte offset in its text. None inside a character and past the end.
    pub(super) fn offsets_of(&self, text: &str, at: u32) -> Option<TextOffsets> {
        let at = usize::try_from(at).ok()?;
        let known = self.offsets.partition_point(|(byte, _)| *byte <= at).checked_sub(1);
        let none = (0, TextOffsets { utf16: 0, characters: 0 });
        let (byte, before) = known.and_then(|known| self.offsets.get(known)).copied().unwrap_or(none);
        let more = text.get(byte..at)?;
        let plus = |n: u32, more: usize| Some(n.saturating_add(u32::try_from(more).ok()?));
        let utf16 = plus(before.utf16, more.encode_utf16().count())?;
        Some(TextOffsets { utf16, characters: plus(before.characters, more.chars().count())? })
    }

    /// Feeds the part with its text up to `to` to a hasher.
    pub(super) fn feed_to(&mut self, hasher: &mut blake3::Hasher, text: &str, to: usize) {
        let bytes = text.as_bytes();
        let to = to.min(bytes.len());
        // Text is hashed once as it comes. A place before what was hashed already is rare, and its text is hashed anew.
        let text = match bytes.get(self.hashed_to..to) {
            Some(more) => {
                self.text.update(more);
                self.hashed_to = to;
                self.text.finalize()
            }
            None => blake3::hash(bytes.get(..to).unwrap_or_default()),
        };
        hasher.update(self.head.as_bytes()).update(text.as_bytes());
    }
}
