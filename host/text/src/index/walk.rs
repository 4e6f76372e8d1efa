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
    let mut lanes = Lanes {
        patterns,
        plain: Track::new(patterns.plain.as_ref()),
        tight: Track::new(patterns.tight.as_ref()),
        walk: Walk::default(),
    };
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
            lanes.end_run(n_run, run_start..start);
            n_run = 0;
        }
        let end = start.saturating_add(c.len_utf8());
        match image {
            Image::None => {}
            Image::One(seen) => lanes.step(seen, start, end),
            Image::Many(cells) => lanes.steps(cells, start, end),
        }
    }
    lanes.end_run(n_run, run_start..text.len());
    lanes.walk
}

/// Both lanes, and what they have found so far.
struct Lanes<'i> {
    patterns: &'i Patterns,
    plain: Track<'i>,
    tight: Track<'i>,
    walk: Walk,
}

impl Lanes<'_> {
    /// Reads one view character of the original character at `start`.
    #[inline(always)]
    fn step(&mut self, seen: Seen, start: usize, end: usize) {
        if seen.class == Class::Cjk {
            self.plain.letter(self.patterns, seen.ch, start, end, &mut self.walk.matches);
            self.tight.letter(self.patterns, seen.ch, start, end, &mut self.walk.matches);
        } else if seen.class.is_word() {
            self.walk.census.take(seen);
            self.plain.letter(self.patterns, seen.ch, start, end, &mut self.walk.matches);
            // No pattern of the tight lane has such a letter.
            self.tight.reset();
        } else {
            self.walk.census.take(seen);
            self.plain.fold(seen.class, start);
            self.tight.skip(seen.class, start);
        }
    }

    /// Reads the several view characters of one original character.
    #[cold]
    fn steps(&mut self, cells: &[u32], start: usize, end: usize) {
        for &cell in cells {
            self.step(seen(cell), start, end);
        }
    }

    /// Ends a run of characters that show nothing: a long one breaks what stands on its two sides apart.
    #[cold]
    fn end_run(&mut self, n: usize, run: Range<usize>) {
        if n > MAX_IGNORABLES {
            self.plain.reset();
            self.tight.reset();
            self.walk.runs.push(run);
        }
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
    before_start: usize,
    /// Where the original character of each lane character begins, from the first that the stepper has read.
    starts: Vec<usize>,
    gap: Gap,
}

impl<'i> Track<'i> {
    fn new(automaton: Option<&'i Automaton>) -> Self {
        Self { automaton, stepper: None, before: None, before_start: 0, starts: Vec::new(), gap: Gap::default() }
    }

    /// Reads a letter. Mostly it begins nothing, which two look-ups in the filter tell.
    #[inline(always)]
    fn letter(&mut self, patterns: &Patterns, ch: char, start: usize, end: usize, matches: &mut Vec<Match>) {
        self.gap.close();
        if !self.passes(ch, start) {
            self.read(ch, start);
            self.collect(patterns, end, matches);
            self.rest(ch, start);
        }
    }

    /// The plain lane at a separator: the first of a gap is a space.
    #[inline]
    fn fold(&mut self, class: Class, start: usize) {
        let is_first = self.gap.is_closed();
        if !self.gap.admits(class, start, MAX_PLAIN_GAP) {
            self.reset();
        } else if is_first && (self.before.is_some() || self.stepper.is_some()) && !self.passes(' ', start) {
            // No pattern ends with a space.
            self.read(' ', start);
            self.rest(' ', start);
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
        self.stepper = None;
        self.before = None;
    }

    /// Passes over a lane character that begins nothing. `false`: the automaton has to read it.
    #[inline(always)]
    fn passes(&mut self, ch: char, start: usize) -> bool {
        let Some(automaton) = self.automaton else { return true };
        let begins_pair = self.before.is_some_and(|before| automaton.filter.has_pair(before, ch));
        if self.stepper.is_some() || begins_pair || automaton.filter.has_single(ch) {
            return false;
        }
        self.before = Some(ch);
        self.before_start = start;
        true
    }

    /// Lets the automaton read a lane character, from the one before it on where it has been at rest.
    #[inline(never)]
    fn read(&mut self, ch: char, start: usize) {
        let Some(automaton) = self.automaton else { return };
        let stepper = self.stepper.get_or_insert_with(|| {
            let mut stepper = automaton.machine.find_overlapping_stepper();
            self.starts.clear();
            if let Some(before) = self.before.take() {
                stepper.consume(before);
                self.starts.push(self.before_start);
            }
            stepper
        });
        stepper.consume(ch);
        self.starts.push(start);
    }

    /// Takes the matches that end here.
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
    fn rest(&mut self, ch: char, start: usize) {
        if self.stepper.as_ref().and_then(FindOverlappingStepper::depth).is_some_and(|depth| depth < 2) {
            self.stepper = None;
            self.before = Some(ch);
            self.before_start = start;
        }
    }
}
