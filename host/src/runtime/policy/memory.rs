//! What a policy answered before: the same bytes are the same findings, already read and checked.
//!
//! A finding with spans is checked against the text of its call, so it is never remembered, and neither is an answer that holds
//! one. Everything else is held to the manifest, the registries and the trust policy alone, which are those of one edition.

use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use specialis_core::{ConflictRole, Finding, Obligation, Registry, Shared};

/// How many bytes the answers of one policy take, and how many its single findings, as the sum of what [`weight`] says. What was
/// asked for longest ago is forgotten first.
pub(crate) const ANSWER_BYTES: usize = 256 << 10;

/// The findings of an answer, in order. Equal answers are one value, for as long as it is remembered.
pub(crate) type Answer = Shared<Vec<Finding>>;

/// How often something was known, and how much is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MemoryCounts {
    /// How often it was known.
    pub n_known: u64,
    /// How often it was not.
    pub n_new: u64,
    /// How many entries there are.
    pub n_entries: usize,
    /// How many bytes they take, about.
    pub n_bytes: usize,
}

impl MemoryCounts {
    /// The counts of two memories together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            n_known: self.n_known.saturating_add(other.n_known),
            n_new: self.n_new.saturating_add(other.n_new),
            n_entries: self.n_entries.saturating_add(other.n_entries),
            n_bytes: self.n_bytes.saturating_add(other.n_bytes),
        }
    }
}

/// The answers of one policy of one edition, and their findings, by their bytes.
pub(crate) struct AnswerMemory {
    answers: Bounded<Box<[u8]>, Answer>,
    findings: Bounded<Box<[u8]>, Finding>,
}

impl Default for AnswerMemory {
    fn default() -> Self {
        Self { answers: Bounded::new(ANSWER_BYTES), findings: Bounded::new(ANSWER_BYTES) }
    }
}

impl AnswerMemory {
    pub(super) fn answer(&self, bytes: &[u8]) -> Option<Answer> {
        self.answers.get(bytes)
    }

    pub(super) fn finding(&self, bytes: &[u8]) -> Option<Finding> {
        self.findings.get(bytes)
    }

    /// Remembers an answer that was checked and rests on no text.
    pub(super) fn keep_answer(&self, bytes: Vec<u8>, answer: &Answer) {
        self.answers.put(weight(bytes.len()), bytes.into(), answer.clone());
    }

    /// Remembers a finding that was checked and rests on no text.
    pub(super) fn keep_finding(&self, bytes: &[u8], finding: &Finding) {
        self.findings.put(weight(bytes.len()), bytes.into(), finding.clone());
    }

    /// The counts of answers and of findings.
    pub(crate) fn counts(&self) -> [MemoryCounts; 2] {
        [self.answers.counts(), self.findings.counts()]
    }
}

/// What an entry of so many bytes takes, about: the bytes, what was read from them, and the tables around both.
fn weight(n_bytes: usize) -> usize {
    n_bytes.saturating_mul(4).saturating_add(256)
}

/// Whether what a finding says was checked against the text.
pub(super) fn rests_on_text(finding: &Finding, registry: &Registry) -> bool {
    let Some(demand) = finding.answer.demand() else { return false };
    let is_of_text = |obligation: &Obligation| match obligation {
        Obligation::Redact(_) => true,
        Obligation::Measure(measure) => {
            let entry = registry.measures.get(&measure.id);
            entry.is_none_or(|entry| entry.conflict == Some(ConflictRole::KeepVerbatim))
        }
        Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop => false,
    };
    !demand.spans.is_empty() || demand.obligations.iter().any(is_of_text)
}

/// Entries that together take no more than so many bytes: what was used longest ago is forgotten first.
pub(crate) struct Bounded<K, V> {
    most: usize,
    held: Mutex<Held<K, V>>,
}

struct Held<K, V> {
    entries: LruCache<K, (usize, V)>,
    counts: MemoryCounts,
}

impl<K: std::hash::Hash + Eq, V: Clone> Bounded<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, held: Mutex::new(Held { entries: LruCache::unbounded(), counts: MemoryCounts::default() }) }
    }

    fn held(&self) -> MutexGuard<'_, Held<K, V>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ?Sized,
    {
        let mut held = self.held();
        let known = held.entries.get(key).map(|(_, value)| value.clone());
        let count = if known.is_some() { &mut held.counts.n_known } else { &mut held.counts.n_new };
        *count = count.saturating_add(1);
        known
    }

    /// Adds an entry that takes so many bytes. One that does not fit at all is not added.
    pub(crate) fn put(&self, n_bytes: usize, key: K, value: V) {
        if n_bytes > self.most {
            return;
        }
        let mut held = self.held();
        let Held { entries, counts } = &mut *held;
        if let Some((_, (before, _))) = entries.push(key, (n_bytes, value)) {
            counts.n_bytes = counts.n_bytes.saturating_sub(before);
        }
        counts.n_bytes = counts.n_bytes.saturating_add(n_bytes);
        while counts.n_bytes > self.most
            && let Some((_, (oldest, _))) = entries.pop_lru()
        {
            counts.n_bytes = counts.n_bytes.saturating_sub(oldest);
        }
        counts.n_entries = entries.len();
    }

    pub(crate) fn counts(&self) -> MemoryCounts {
        self.held().counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_is_forgotten_first() {
        let memory = Bounded::new(30);
        ["a", "b", "c"].into_iter().for_each(|key| memory.put(10, key, key));
        assert_eq!(memory.get("a"), Some("a"));
        memory.put(10, "d", "d");
        assert_eq!(["a", "b", "c", "d"].map(|key| memory.get(key).is_some()), [true, false, true, true]);
    }

    #[test]
    fn no_flood_takes_more_than_the_bound() {
        let memory = Bounded::new(1_000);
        (0..10_000_u32).for_each(|n| memory.put(7 + usize::try_from(n % 90).unwrap_or(0), n, ()));
        let counts = memory.counts();
        assert!(counts.n_bytes <= 1_000 && counts.n_entries > 10, "{counts:?}");
        memory.put(1_001, u32::MAX, ());
        assert_eq!(memory.counts(), counts, "what does not fit forgets nothing");
    }

    #[test]
    fn an_entry_that_is_put_again_counts_once() {
        let memory = Bounded::new(100);
        (0..5).for_each(|n| memory.put(40, "a", n));
        assert_eq!((memory.counts().n_bytes, memory.get("a")), (40, Some(4)));
    }
}
