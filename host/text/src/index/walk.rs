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
struct Track<'i> {
    automaton: Option<&'i Automaton>,
    stepper: Option<FindOverlappingStepper<'i, u32>>,
    /// Where the original character of each lane character since the last reset begins.
    starts: Vec<usize>,
    gap: Gap,
}

impl<'i> Track<'i> {
    fn new(automaton: Option<&'i Automaton>, n_bytes: usize) -> Self {
        // A Chinese character has three bytes; a text in Latin letters may grow the buffer once or twice.
        let capacity = if automaton.is_some() { n_bytes / 3 } else { 0 };
        let stepper = automaton.map(Automaton::find_overlapping_stepper);
        Self { automaton, stepper, starts: Vec::with_capacity(capacity), gap: Gap::default() }
    }

    #[inline]
    fn letter(&mut self, patterns: &Patterns, ch: char, at: &Range<usize>, matches: &mut Vec<Match>) {
        self.gap = Gap::default();
        let Some(stepper) = &mut self.stepper else { return };
        self.starts.push(at.start);
        stepper.consume(ch);
        for found in stepper.matches() {
            let pattern = found.value();
            let first = self.starts.len().checked_sub(patterns.n_chars(pattern));
            if let Some(&start) = first.and_then(|first| self.starts.get(first)) {
                matches.push(Match { pattern, start, end: at.end });
            }
        }
    }

    /// The plain lane at a separator: the first of a gap is a space.
    #[inline]
    fn fold(&mut self, class: Class, start: usize) {
        let is_first = self.gap.is_closed();
        if !self.gap.admits(class, start, MAX_PLAIN_GAP) {
            self.reset();
        } else if is_first && !self.starts.is_empty() {
            let Some(stepper) = &mut self.stepper else { return };
            self.starts.push(start);
            stepper.consume(' ');
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
        if !self.starts.is_empty() {
            self.starts.clear();
            self.stepper = self.automaton.map(Automaton::find_overlapping_stepper);
        }
    }
}
