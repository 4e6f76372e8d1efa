//! One part of an event while it is read.

use specialis_core::Part;
use specialis_text::{Progress, Reader};

use super::waiting::{Run, WaitingHits};
use crate::runtime::{PartHit, digest_of_value};

/// How many bytes apart the places are from which UTF-16 offsets are counted.
const UTF16_STEP: usize = 1_024;

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
    /// Hits that wait for the point that some policy asked for.
    pub(super) waiting: WaitingHits,
    /// The hits that are judged next.
    pub(super) run: Run,
    /// Up to where each request for text was met, in the order of the plan.
    pub(super) judged_to: Vec<usize>,
    /// Where its text stands in UTF-16, at a place every kibibyte or so: bytes, and units before them.
    utf16: Vec<(usize, u32)>,
    /// UTF-16 units of its text.
    n_units: u32,
    /// A digest of what is known of the part beside its text.
    head: blake3::Hash,
    /// A hash of its text up to `hashed_to`.
    text: blake3::Hasher,
    hashed_to: usize,
}

impl PartScan {
    pub(super) fn new(part: &Part, reader: Option<Reader>, n_requests: usize) -> Self {
        let Part { role, channel, choice, medium, shown, text, media } = part;
        let about = (role, channel, choice, medium, shown, text.is_some(), media);
        Self {
            reader,
            n_bytes: 0,
            n_chars: 0,
            hits: Vec::new(),
            waiting: WaitingHits::default(),
            run: Run::default(),
            judged_to: vec![0; n_requests],
            utf16: Vec::new(),
            n_units: 0,
            head: digest_of_value("specialis 2026-11 part without its text", &about),
            text: blake3::Hasher::new(),
            hashed_to: 0,
        }
    }

    /// Reads more text.
    pub(super) fn read(&mut self, chunk: &str) -> Progress {
        for c in chunk.chars() {
            if self.n_bytes >= self.utf16.len().saturating_mul(UTF16_STEP) {
                self.utf16.push((self.n_bytes, self.n_units));
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

    /// The UTF-16 offset of a byte offset in its text. None inside a character and past the end.
    pub(super) fn utf16_of(&self, text: &str, at: u32) -> Option<u32> {
        let at = usize::try_from(at).ok()?;
        let known = self.utf16.partition_point(|(byte, _)| *byte <= at).checked_sub(1);
        let (byte, units) = known.and_then(|known| self.utf16.get(known)).copied().unwrap_or_default();
        let more = text.get(byte..at)?.encode_utf16().count();
        Some(units.saturating_add(u32::try_from(more).ok()?))
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
