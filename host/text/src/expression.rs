//! Regular expressions of policies, read over the view in linear time.
//!
//! An expression runs as a deterministic automaton over the UTF-8 of the view, so the state of a stream is one number. The
//! automaton goes forward to where a match ends; where the match begins, a second one finds, which goes back over the
//! characters kept since the first was last in its start state.

mod compile;

use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;

pub use compile::ExpressionProblem;
pub(crate) use compile::compile;

use crate::detect::{Find, Finder, Glyph, Sensors};

/// An automaton that owns its table.
type Dfa = dense::DFA<Vec<u32>>;

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    /// Finds where a match ends: unanchored, leftmost first.
    forward: Dfa,
    start: StateID,
    /// Finds where it begins: anchored, all matches.
    backward: Dfa,
    backward_start: StateID,
    max_chars: u64,
}

/// An expression in one text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thread {
    state: StateID,
    /// The number of the first character that a match may begin with.
    from: u64,
    /// The number of the character behind the match found so far, which may still grow.
    end: Option<u64>,
}

impl Expression {
    /// The beginning of a text.
    pub(crate) fn thread(&self) -> Thread {
        Thread { state: self.start, from: 0, end: None }
    }

    /// The memory of the automata, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.forward.memory_usage().saturating_add(self.backward.memory_usage())
    }

    /// Reads the character that `sensors` has read last.
    pub(crate) fn take(&self, thread: &mut Thread, number: usize, sensors: &Sensors, finds: &mut Vec<Find>) {
        let last = sensors.n_view().saturating_sub(1);
        self.read_on(thread, last, number, sensors, finds);
    }

    /// Ends the text.
    pub(crate) fn finish(&self, thread: &mut Thread, number: usize, sensors: &Sensors, finds: &mut Vec<Find>) {
        while let Some(end) = thread.end {
            self.found(thread, end, number, sensors, finds);
            self.read_on(thread, end, number, sensors, finds);
        }
    }

    /// Reads from the character with the number `next` to the last.
    fn read_on(&self, thread: &mut Thread, mut next: u64, number: usize, sensors: &Sensors, finds: &mut Vec<Find>) {
        while let Some(glyph) = sensors.since(next).first() {
            next = next.saturating_add(1);
            if self.step(thread, glyph, next)
                && let Some(end) = thread.end
            {
                self.found(thread, end, number, sensors, finds);
                next = end;
            }
        }
    }

    /// Reads the character before the one with the number `next`. Whether a match is final.
    fn step(&self, thread: &mut Thread, glyph: &Glyph, next: u64) -> bool {
        let mut buffer = [0; 4];
        for &byte in glyph.ch.encode_utf8(&mut buffer).as_bytes() {
            thread.state = self.forward.next_state(thread.state, byte);
        }
        if thread.state == self.start {
            thread.from = next;
            return false;
        }
        if self.forward.is_match_state(self.forward.next_eoi_state(thread.state)) {
            thread.end = Some(next);
            return !self.goes_on(thread.state);
        }
        if thread.end.is_none() {
            // What has begun and is no match yet has fewer characters than the longest match.
            thread.from = thread.from.max(next.saturating_add(1).saturating_sub(self.max_chars));
        }
        self.forward.is_dead_state(thread.state)
    }

    /// Whether a match that ends in this state can become longer.
    fn goes_on(&self, state: StateID) -> bool {
        // An automaton says one byte late that it has matched.
        let bytes = || self.forward.byte_classes().representatives(..).filter_map(|unit| unit.as_u8());
        bytes().map(|byte| self.forward.next_state(state, byte)).any(|after| {
            let matches = |state| self.forward.is_match_state(state);
            matches(self.forward.next_eoi_state(after))
                || bytes().any(|byte| !self.forward.is_dead_state(self.forward.next_state(after, byte)))
        })
    }

    /// Takes the match that ends before the character `end`, and begins anew there.
    fn found(&self, thread: &mut Thread, end: u64, number: usize, sensors: &Sensors, finds: &mut Vec<Find>) {
        let kept = sensors.since(thread.from);
        let n = end.checked_sub(thread.from).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let glyphs = kept.get(..n).unwrap_or(&[]);
        let mut state = self.backward_start;
        let mut first = None;
        for glyph in glyphs.iter().rev() {
            let mut buffer = [0; 4];
            for &byte in glyph.ch.encode_utf8(&mut buffer).as_bytes().iter().rev() {
                state = self.backward.next_state(state, byte);
            }
            if self.backward.is_match_state(self.backward.next_eoi_state(state)) {
                first = Some(glyph);
            }
            if self.backward.is_dead_state(state) {
                break;
            }
        }
        if let (Some(first), Some(last)) = (first, glyphs.last()) {
            finds.push(Find { by: Finder::Pattern(number), span: first.start..last.end() });
        }
        *thread = Thread { state: self.start, from: end, end: None };
    }
}

impl Thread {
    /// The number of the first character that may become part of a match.
    pub(crate) fn from(&self) -> u64 {
        self.from
    }
}
