//! One part of an event while it is read.

use specialis_core::{Level, Part};
use specialis_text::{Progress, Reader};

use super::scores::PartScores;
use crate::runtime::{PartHit, digest_of_value};

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
    pub(super) scores: PartScores,
    /// The level that followed from the scores when they were last taken.
    pub(super) score_level: Level,
    /// Hits that wait for the point that some policy asked for.
    pub(super) waiting: Vec<WaitingHit>,
    /// Up to where each request for text was met, in the order of the plan.
    pub(super) judged_to: Vec<usize>,
    /// A digest of what is known of the part beside its text.
    head: blake3::Hash,
    /// A hash of its text up to `hashed_to`.
    text: blake3::Hasher,
    hashed_to: usize,
}

/// A hit and what it waits for.
pub(super) struct WaitingHit {
    pub(super) hit: PartHit,
    /// The requests that were not met yet, by their place in the plan.
    pub(super) requests: Vec<usize>,
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
            waiting: Vec::new(),
            judged_to: vec![0; n_requests],
            head: digest_of_value("specialis 2026-11 part without its text", &about),
            text: blake3::Hasher::new(),
            hashed_to: 0,
        }
    }

    /// Reads more text.
    pub(super) fn read(&mut self, chunk: &str) -> Progress {
        let n_chars = u64::try_from(chunk.chars().count()).unwrap_or(u64::MAX);
        self.n_bytes = self.n_bytes.saturating_add(chunk.len());
        self.n_chars = self.n_chars.saturating_add(n_chars);
        self.reader.as_mut().map(|reader| reader.push(chunk)).unwrap_or_default()
    }

    /// Takes the hits that wait for nothing any more once the given requests were met, and the requests that a hit waited for.
    pub(super) fn take_ready(&mut self, met: &[(usize, usize)]) -> (Vec<PartHit>, Vec<usize>) {
        let is_past = |request: &usize, hit: &PartHit| {
            met.iter().any(|(n, to)| n == request && usize::try_from(hit.span.end).is_ok_and(|end| end <= *to))
        };
        let (mut ready, mut with_hit) = (Vec::new(), Vec::new());
        self.waiting.retain_mut(|waiting| {
            with_hit.extend(waiting.requests.extract_if(.., |request| is_past(request, &waiting.hit)));
            if waiting.requests.is_empty() {
                ready.push(waiting.hit.clone());
            }
            !waiting.requests.is_empty()
        });
        (ready, with_hit)
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
