//! Both lanes at once, character by character, with what has to be kept between two chunks.

use daachorse::charwise::iter::FindOverlappingStepper;

use super::Index;
use super::patterns::{Automaton, Patterns};
use crate::lane::{Gap, MAX_PLAIN_GAP, MAX_TIGHT_GAP};
use crate::place::Place;
use crate::sound::{SoundLane, SoundMatch, SoundRest};
use crate::table::{Class, Seen};

/// A pattern found: it ends with the character that was read last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    pub(super) pattern: u32,
    pub(super) start: Place,
}

/// Both lanes between two chunks: the characters that may begin something, and no automaton.
#[derive(Debug, Clone, Default)]
pub(super) struct Rest {
    plain: Pending,
    tight: Pending,
    other: Option<Box<(Pending, Pending, Place)>>,
    sound: SoundRest,
}

/// Both lanes while a chunk is read.
pub(super) struct Lanes<'i> {
    patterns: &'i Patterns,
    plain: Track<'i>,
    tight: Track<'i>,
    /// Both lanes as they go on where the last emoji is a sign between letters and not letters itself.
    other: Option<Box<Other<'i>>>,
    sound: Option<SoundLane<'i>>,
    /// What was found by its sound and not taken yet.
    pub(super) sounds: Vec<SoundMatch>,
}

/// The lanes in the other reading of an emoji.
struct Other<'i> {
    plain: Track<'i>,
    tight: Track<'i>,
    /// The last emoji.
    emoji: Place,
    /// Whether the letters of the emoji are being read.
    is_apart: bool,
}

impl<'i> Lanes<'i> {
    /// Goes on from where the chunk before ended.
    pub(super) fn wake(index: &'i Index, rest: Rest) -> Self {
        let patterns = &index.patterns;
        Self {
            patterns,
            plain: Track::wake(patterns.plain.as_ref(), rest.plain),
            tight: Track::wake(patterns.tight.as_ref(), rest.tight),
            other: rest.other.map(|other| Box::new(Other::wake(patterns, *other))),
            sound: index.sounds.as_ref().map(|sounds| SoundLane::wake(sounds, rest.sound)),
            sounds: Vec::new(),
        }
    }

    /// Lets go of the automata.
    pub(super) fn sleep(self) -> Rest {
        let sound = self.sound.map(SoundLane::sleep).unwrap_or_default();
        let other = self.other.map(|other| Box::new((other.plain.sleep(), other.tight.sleep(), other.emoji)));
        Rest { plain: self.plain.sleep(), tight: self.tight.sleep(), other, sound }
    }

    /// Reads one view character of the original character at `place`.
    #[inline(always)]
    pub(super) fn step(&mut self, seen: Seen, place: Place, matches: &mut Vec<Match>) {
        if seen.class == Class::Cjk {
            self.plain.letter(self.patterns, seen.ch, place, matches);
            self.tight.letter(self.patterns, seen.ch, place, matches);
        } else if seen.class.is_word() {
            self.plain.letter(self.patterns, seen.ch, place, matches);
            // No pattern of the tight lane has such a letter.
            self.tight.reset();
        } else {
            self.plain.fold(self.patterns, seen.class, place);
            self.tight.skip(seen.class, place);
        }
        if self.other.is_some() {
            self.step_other(seen, place, matches);
        }
        if let Some(sound) = &mut self.sound {
            sound.step(seen, place, &mut self.sounds);
        }
    }

    /// An emoji at `place` that is read as letters: from here on it is read as a sign between others too, for as long as
    /// something that began before it may go on. [`Self::join`] ends its letters.
    #[cold]
    pub(super) fn part(&mut self, place: Place) {
        let mut other = self.other.take().unwrap_or_else(|| {
            let pending = (self.plain.pending(), self.tight.pending(), place);
            Box::new(Other::wake(self.patterns, pending))
        });
        other.emoji = place;
        other.is_apart = true;
        other.plain.fold(self.patterns, Class::Separator, place);
        other.tight.skip(Class::Separator, place);
        self.other = Some(other);
    }

    /// Ends the letters of an emoji.
    #[cold]
    pub(super) fn join(&mut self) {
        self.other.iter_mut().for_each(|other| other.is_apart = false);
    }

    #[cold]
    fn step_other(&mut self, seen: Seen, place: Place, matches: &mut Vec<Match>) {
        let patterns = self.patterns;
        let Some(other) = self.other.as_mut().filter(|other| !other.is_apart) else { return };
        if seen.class == Class::Cjk {
            other.plain.letter(patterns, seen.ch, place, matches);
            other.tight.letter(patterns, seen.ch, place, matches);
        } else if seen.class.is_word() {
            other.plain.letter(patterns, seen.ch, place, matches);
            other.tight.reset();
        } else {
            other.plain.fold(patterns, seen.class, place);
            other.tight.skip(seen.class, place);
        }
        // What begins behind the emoji both readings have.
        if other.begun(patterns).is_none_or(|begun| begun.start > other.emoji.start) {
            self.other = None;
        }
    }

    /// Lets nothing that has begun go on.
    pub(super) fn reset(&mut self) {
        self.plain.reset();
        self.tight.reset();
        self.other = None;
        self.sound.iter_mut().for_each(SoundLane::reset);
    }

    /// The first character of what may become the match of some pattern.
    pub(super) fn begun(&self) -> Option<Place> {
        let other = self.other.as_ref().and_then(|other| other.begun(self.patterns));
        let sound = self.sound.as_ref().and_then(SoundLane::begun);
        let all = [self.plain.begun(self.patterns), self.tight.begun(self.patterns), other, sound];
        all.into_iter().flatten().min_by_key(|place| place.start)
    }
}

impl<'i> Other<'i> {
    fn wake(patterns: &'i Patterns, (plain, tight, emoji): (Pending, Pending, Place)) -> Self {
        Self {
            plain: Track::wake(patterns.plain.as_ref(), plain),
            tight: Track::wake(patterns.tight.as_ref(), tight),
            emoji,
            is_apart: false,
        }
    }

    fn begun(&self, patterns: &Patterns) -> Option<Place> {
        let both = [self.plain.begun(patterns), self.tight.begun(patterns)];
        both.into_iter().flatten().min_by_key(|place| place.start)
    }
}

/// One lane between two chunks.
#[derive(Debug, Clone, Default)]
struct Pending {
    chars: Vec<(char, Place)>,
    is_read: bool,
    gap: Gap,
}

impl Rest {
    pub(super) fn heap_bytes(&self) -> usize {
        let others = self.other.iter().flat_map(|other| [&other.0, &other.1]);
        let n_chars = [&self.plain, &self.tight].into_iter().chain(others).map(|pending| pending.chars.capacity());
        let n_chars = n_chars.fold(0, usize::saturating_add);
        n_chars.saturating_mul(size_of::<(char, Place)>()).saturating_add(self.sound.heap_bytes())
    }
}

impl Pending {
    /// Capacity for so many characters is kept while nothing is pending.
    const IDLE: usize = 8;
}

/// One lane on its way through a chunk.
///
/// INVARIANT: while `stepper` is `None`, no pattern of two or more characters has more than its first character read, and
/// that character, if any, is the only one in `chars`. So two characters that begin no pattern leave the automaton
/// untouched.
struct Track<'i> {
    automaton: Option<&'i Automaton>,
    stepper: Option<FindOverlappingStepper<'i, u32>>,
    before: Option<(char, Place)>,
    /// The lane characters that the stepper has read, the last of them at least as far back as its depth.
    chars: Vec<(char, Place)>,
    gap: Gap,
}

impl<'i> Track<'i> {
    fn wake(automaton: Option<&'i Automaton>, pending: Pending) -> Self {
        let Pending { mut chars, is_read, gap } = pending;
        let mut stepper = None;
        let mut before = None;
        if is_read {
            // The state after these characters is the one the lane was in: they are the path to it from the root.
            let mut reader = automaton.map(|automaton| automaton.machine.find_overlapping_stepper());
            chars.iter().for_each(|&(c, _)| reader.iter_mut().for_each(|stepper| stepper.consume(c)));
            stepper = reader;
        } else {
            before = chars.pop();
        }
        Self { automaton, stepper, before, chars, gap }
    }

    fn sleep(mut self) -> Pending {
        let is_read = self.stepper.is_some();
        if is_read {
            self.trim();
        } else {
            self.chars.clear();
            if self.chars.capacity() > Pending::IDLE {
                self.chars.shrink_to(Pending::IDLE);
            }
            self.chars.extend(self.before);
        }
        Pending { chars: self.chars, is_read, gap: self.gap }
    }

    /// The lane as it would rest here.
    fn pending(&self) -> Pending {
        let is_read = self.stepper.is_some();
        let chars = if is_read { self.chars.clone() } else { self.before.into_iter().collect() };
        Pending { chars, is_read, gap: self.gap }
    }

    /// Reads a letter. Mostly it begins nothing, which two look-ups in the filter tell.
    #[inline(always)]
    fn letter(&mut self, patterns: &Patterns, ch: char, place: Place, matches: &mut Vec<Match>) {
        self.gap.close();
        if !self.passes(ch, place) {
            self.read(ch, place);
            self.collect(patterns, matches);
            self.rest(patterns, ch, place);
        }
    }

    /// The plain lane at a separator: the first of a gap is a space.
    #[inline]
    fn fold(&mut self, patterns: &Patterns, class: Class, place: Place) {
        let is_first = self.gap.is_closed();
        if !self.gap.admits(class, place.start, MAX_PLAIN_GAP) {
            self.reset();
        } else if is_first && (self.before.is_some() || self.stepper.is_some()) && !self.passes(' ', place) {
            // No pattern ends with a space.
            self.read(' ', place);
            self.rest(patterns, ' ', place);
        }
    }

    /// The tight lane at a separator: nothing, unless the gap is too wide or ends a sentence.
    #[inline]
    fn skip(&mut self, class: Class, place: Place) {
        if class == Class::Stop || !self.gap.admits(class, place.start, MAX_TIGHT_GAP) {
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
    fn passes(&mut self, ch: char, place: Place) -> bool {
        let Some(automaton) = self.automaton else { return true };
        let begins_pair = self.before.is_some_and(|(before, _)| automaton.filter.has_pair(before, ch));
        if self.stepper.is_some() || begins_pair || automaton.filter.has_single(ch) {
            return false;
        }
        self.before = Some((ch, place));
        true
    }

    /// Lets the automaton read a lane character, from the one before it on where it has been at rest.
    #[inline(never)]
    fn read(&mut self, ch: char, place: Place) {
        let Some(automaton) = self.automaton else { return };
        let stepper = self.stepper.get_or_insert_with(|| {
            let mut stepper = automaton.machine.find_overlapping_stepper();
            self.chars.clear();
            if let Some((before, at)) = self.before.take() {
                stepper.consume(before);
                self.chars.push((before, at));
            }
            stepper
        });
        stepper.consume(ch);
        self.chars.push((ch, place));
    }

    /// Takes the matches that end here.
    fn collect(&self, patterns: &Patterns, matches: &mut Vec<Match>) {
        for found in self.stepper.iter().flat_map(FindOverlappingStepper::matches) {
            let pattern = found.value();
            let first = self.chars.len().checked_sub(patterns.n_chars(pattern));
            if let Some(&(_, start)) = first.and_then(|first| self.chars.get(first)) {
                matches.push(Match { pattern, start });
            }
        }
    }

    /// Lets go of the automaton where it has read no more than the first character of any pattern.
    fn rest(&mut self, patterns: &Patterns, ch: char, place: Place) {
        let Some(stepper) = &self.stepper else { return };
        if patterns.n_begun(stepper) < 2 {
            self.stepper = None;
            self.before = Some((ch, place));
        } else if self.chars.len() > Self::MAX_READ {
            self.trim();
        }
    }

    /// Characters that are kept although the automaton is past them; then they are dropped at once.
    const MAX_READ: usize = 512;

    /// Drops the characters that the automaton is past.
    fn trim(&mut self) {
        let depth = self.stepper.as_ref().and_then(FindOverlappingStepper::depth);
        let depth = depth.and_then(|depth| usize::try_from(depth).ok()).unwrap_or(usize::MAX);
        self.chars.drain(..self.chars.len().saturating_sub(depth));
    }

    /// The first character of what may become a match in this lane: of the longest end of what was read that begins a
    /// pattern, where that pattern may count behind what stands before it.
    fn begun(&self, patterns: &Patterns) -> Option<Place> {
        let automaton = self.automaton?;
        let begins = |stepper: &FindOverlappingStepper<'_, u32>, chars: &'_ [_]| {
            chars.len().checked_sub(patterns.n_begun(stepper))
        };
        let again = |chars: &[(char, Place)]| {
            let mut stepper = automaton.machine.find_overlapping_stepper();
            chars.iter().for_each(|&(c, _)| stepper.consume(c));
            begins(&stepper, chars)
        };
        let mut rest = match (&self.stepper, &self.before) {
            (Some(stepper), _) => self.chars.get(begins(stepper, &self.chars)?..)?,
            (None, Some(before)) => {
                let before = std::slice::from_ref(before);
                before.get(again(before)?..)?
            }
            (None, None) => return None,
        };
        while let Some(&(_, first)) = rest.first() {
            if !first.follows_word || automaton.goes_on_inside(rest) {
                return Some(first);
            }
            rest = rest.get(1..)?;
            rest = rest.get(again(rest)?..)?;
        }
        None
    }
}
