//! Context clauses: which words stand around a match.

use super::Near;
use crate::lexicon::{Clause, ClauseKind};
use crate::place::{End, Place};

/// A context word that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cue {
    pub(super) cue: u32,
    pub(super) start: Place,
    pub(super) end: End,
    /// How many line and sentence ends stand up to its end.
    pub(super) n_breaks: u32,
}

/// The context words that a match still to come may have to its left, in the order of their ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Cues {
    recent: Vec<Cue>,
}

impl Cues {
    pub(super) fn add(&mut self, cue: Cue) {
        self.recent.push(cue);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.recent.is_empty()
    }

    /// Forgets the words that are too far from every match that begins with the character `number` or later.
    pub(super) fn forget(&mut self, number: u32) {
        self.recent.retain(|cue| distance(cue.end.number, number).is_none_or(|n| n <= u32::from(Clause::MAX_DISTANCE)));
        if self.recent.is_empty() && self.recent.capacity() > 8 {
            self.recent = Vec::new();
        }
    }

    /// Whether a clause that looks to the left holds for a match that begins at `start`.
    pub(super) fn hold(&self, clause: &Near, start: Place) -> bool {
        let is_one_sentence = |cue: &Cue| clause.kind != ClauseKind::OnlyAfter || cue.n_breaks == start.n_breaks;
        let is_near = |cue: &Cue| {
            cue.end.n_ends == start.n_ends && distance(cue.end.number, start.number).is_some_and(|n| n <= clause.within)
        };
        let found =
            self.recent.iter().rev().any(|cue| clause.cues.contains(&cue.cue) && is_near(cue) && is_one_sentence(cue));
        clause.kind.is_wanted() == found
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.recent.capacity().saturating_mul(size_of::<Cue>())
    }
}

/// Whether a word stands to the right of a match, as near as the clause asks.
pub(super) fn is_right_of(clause: &Near, end: End, cue: &Cue) -> bool {
    let is_near = distance(end.number, cue.start.number).is_some_and(|n| n <= clause.within);
    is_near && end.n_ends == cue.start.n_ends && clause.cues.contains(&cue.cue)
}

/// Whether no word that begins at `begun` or later can be near enough to a match.
pub(super) fn is_past(clause: &Near, end: End, begun: Place) -> bool {
    begun.n_ends > end.n_ends || distance(end.number, begun.number).is_some_and(|n| n > clause.within)
}

/// How many characters stand between two; none where the second is not behind the first.
fn distance(first: u32, second: u32) -> Option<u32> {
    second.checked_sub(first)?.checked_sub(1)
}
