//! The one pass over a text: both lanes at once, character by character.

use std::ops::Range;

use daachorse::charwise::iter::FindOverlappingStepper;

use super::patterns::{Automaton, Patterns};
use crate::detect::Census;
use crate::lane::{Gap, MAX_IGNORABLES, MAX_PLAIN_GAP, MAX_TIGHT_GAP};
use crate::table::{Class, Image, Seen, image, seen};

/// A pattern found, with the whole original characters it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    pub(super) pattern: u32,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What the pass finds.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) matches: Vec<Match>,
    /// Runs of more than [`MAX_IGNORABLES`] original characters that show nothing.
    pub(super) runs: Vec<Range<usize>>,
    pub(super) census: Census,
}

/// Reads `text` once in both lanes.
pub(super) fn walk(patterns: &Patterns, text: &str) -> Walk {
    let mut walk = Walk::default();
    let mut plain = Track::new(patterns.plain.as_ref(), text.len());
    let mut tight = Track::new(patterns.tight.as_ref(), text.len());
    let mut run_start = 0;
    let mut n_run = 0_usize;
    for (start, c) in text.char_indices() {
        let image = image(c);
        if matches!(image, Image::None) {
            if n_run == 0 {
                run_start = start;
            }
            n_run = n_run.saturating_add(1);
            continue;
        }
        if n_run > 0 {
            if n_run > MAX_IGNORABLES {
                plain.reset();
                tight.reset();
                walk.runs.push(run_start..start);
            }
            n_run = 0;
        }
        let end = start.saturating_add(c.len_utf8());
        match image {
            Image::None => {}
            Image::One(seen) => step(patterns, &mut walk, &mut plain, &mut tight, seen, start..end),
            Image::Many(cells) => {
                for &cell in cells {
                    step(patterns, &mut walk, &mut plain, &mut tight, seen(cell), start..end);
                }
            }
        }
    }
    if n_run > MAX_IGNORABLES {
        walk.runs.push(run_start..text.len());
    }
    walk
}

#[inline]
fn step(patterns: &Patterns, walk: &mut Walk, plain: &mut Track, tight: &mut Track, seen: Seen, at: Range<usize>) {
    if seen.class == Class::Cjk {
        plain.letter(patterns, seen.ch, &at, &mut walk.matches);
        tight.letter(patterns, seen.ch, &at, &mut walk.matches);
    } else if seen.class.is_word() {
        walk.census.take(seen);
        plain.letter(patterns, seen.ch, &at, &mut walk.matches);
        // No pattern of the tight lane has such a letter.
        tight.reset();
    } else {
        walk.census.take(seen);
        plain.fold(seen.class, at.start);
        tight.skip(seen.class, at.start);
    }
}

/// One lane on its way through the text.
///
/// INVARIANT: while `stepper` is `None`, no pattern of two or more characters has more than its first character read, and
/// that character, if any, is `before`. So two characters that begin no pattern leave the automaton untouched.
struct Track<'i> {
    automaton: Option<&'i Automaton>,
    stepper: Option<FindOverlappingStepper<'i, u32>>,
    before: Option<char>,
    /// Where the original character of each lane character since the last reset begins.
    starts: Vec<usize>,
    gap: Gap,
}

impl<'i> Track<'i> {
    fn new(automaton: Option<&'i Automaton>, n_bytes: usize) -> Self {
        // A Chinese character has three bytes; a text in Latin letters may grow the buffer once or twice.
        let capacity = if automaton.is_some() { n_bytes / 3 } else { 0 };
        Self { automaton, stepper: None, before: None, starts: Vec::with_capacity(capacity), gap: Gap::default() }
    }

    #[inline]
    fn letter(&mut self, patterns: &Patterns, ch: char, at: &Range<usize>, matches: &mut Vec<Match>) {
        self.gap = Gap::default();
        if self.automaton.is_some() && self.read(ch, at.start) {
            self.collect(patterns, at.end, matches);
            self.rest(ch);
        }
    }

    /// The plain lane at a separator: the first of a gap is a space.
    #[inline]
    fn fold(&mut self, class: Class, start: usize) {
        let is_first = self.gap.is_closed();
        if !self.gap.admits(class, start, MAX_PLAIN_GAP) {
            self.reset();
        } else if is_first && !self.starts.is_empty() && self.read(' ', start) {
            // No pattern ends with a space.
            self.rest(' ');
        }
    }

    /// The tight lane at a separator: nothing, unless the gap is too wide or ends a sentence.
    #[inline]
    fn skip(&mut self, class: Class, start: usize) {
        if class == Class::Stop || !self.gap.admits(class, start, MAX_TIGHT_GAP) {
            self.reset();
        }
    }

    #[inline]
    fn reset(&mut self) {
        self.starts.clear();
        self.stepper = None;
        self.before = None;
    }

    /// Reads one lane character. Whether the automaton had to.
    #[inline]
    fn read(&mut self, ch: char, start: usize) -> bool {
        self.starts.push(start);
        if let Some(stepper) = &mut self.stepper {
            stepper.consume(ch);
            return true;
        }
        let Some(automaton) = self.automaton else { return false };
        let before = self.before.replace(ch);
        let begins_pair = before.is_some_and(|before| automaton.filter.has_pair(before, ch));
        if !begins_pair && !automaton.filter.has_single(ch) {
            return false;
        }
        let mut stepper = automaton.machine.find_overlapping_stepper();
        if let Some(before) = before {
            stepper.consume(before);
        }
        stepper.consume(ch);
        self.stepper = Some(stepper);
        true
    }

    /// Takes the matches that end here.
    #[inline]
    fn collect(&self, patterns: &Patterns, end: usize, matches: &mut Vec<Match>) {
        for found in self.stepper.iter().flat_map(FindOverlappingStepper::matches) {
            let pattern = found.value();
            let first = self.starts.len().checked_sub(patterns.n_chars(pattern));
            if let Some(&start) = first.and_then(|first| self.starts.get(first)) {
                matches.push(Match { pattern, start, end });
            }
        }
    }

    /// Lets go of the automaton where it has read no more than the first character of any pattern.
    #[inline]
    fn rest(&mut self, ch: char) {
        if self.stepper.as_ref().and_then(FindOverlappingStepper::depth).is_some_and(|depth| depth < 2) {
            self.stepper = None;
            self.before = Some(ch);
        }
    }
}
