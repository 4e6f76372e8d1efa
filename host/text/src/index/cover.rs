//! Exceptions: which hits they cover.

use std::collections::HashMap;

use super::{ANY, ExceptionScope};

/// The lexicon number of exceptions that cover everybody's hits.
const EVERYBODY: u32 = u32::MAX;

/// The exceptions found in a text, by whose hits and of which category they cover.
#[derive(Debug, Default)]
pub(super) struct Covers {
    spans: HashMap<(u32, u32), Vec<(usize, usize)>>,
}

impl Covers {
    pub(super) fn add(&mut self, scope: ExceptionScope, lexicon: u32, category: u32, start: usize, end: usize) {
        let whose = match scope {
            ExceptionScope::OwnLexicon => lexicon,
            ExceptionScope::Everything => EVERYBODY,
        };
        self.spans.entry((whose, category)).or_default().push((start, end));
    }

    /// Orders the spans by start and gives each the furthest end of those before it, so that one search answers
    /// whether any span covers a hit.
    pub(super) fn seal(&mut self) {
        for spans in self.spans.values_mut() {
            spans.sort_unstable();
            let mut furthest = 0;
            for (_, end) in spans {
                furthest = furthest.max(*end);
                *end = furthest;
            }
        }
    }

    /// Whether a hit lies inside an exception that speaks of it. Detectors have no lexicon.
    pub(super) fn cover(&self, lexicon: Option<u32>, category: u32, start: usize, end: usize) -> bool {
        if self.spans.is_empty() {
            return false;
        }
        let whose = lexicon.into_iter().chain([EVERYBODY]);
        whose.flat_map(|whose| [(whose, category), (whose, ANY)]).any(|key| {
            let Some(spans) = self.spans.get(&key) else { return false };
            let n_before = spans.partition_point(|&(from, _)| from <= start);
            n_before.checked_sub(1).and_then(|last| spans.get(last)).is_some_and(|&(_, furthest)| furthest >= end)
        })
    }
}
