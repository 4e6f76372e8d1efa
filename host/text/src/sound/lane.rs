//! The lane on its way through a text.

use daachorse::charwise::iter::FindOverlappingStepper;

use super::{Disguise, Sounds, Spelling, Token, sound};
use crate::lane::{Gap, MAX_TIGHT_GAP};
use crate::place::Place;
use crate::table::{Class, Seen};

/// A term that something sounds like; it ends with the character that was read last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoundMatch {
    pub(crate) term: u32,
    pub(crate) start: Place,
    /// Whether it ends in Latin letters, so that none may follow.
    pub(crate) ends_latin: bool,
}

/// A letter that the automaton has read.
#[derive(Debug, Clone, Copy)]
struct Letter {
    letter: char,
    /// The Chinese character that begins with it.
    ch: Option<char>,
    /// Whether it goes on with the sound of a Chinese character.
    is_inside: bool,
    /// Whether another Latin letter stands right before it.
    follows_latin: bool,
    is_doubled: bool,
    place: Place,
}

/// The lane between two chunks.
#[derive(Debug, Clone, Default)]
pub(crate) struct SoundRest {
    letters: Vec<Letter>,
    gap: Gap,
    last: Option<char>,
}

/// The lane while a chunk is read.
pub(crate) struct SoundLane<'i> {
    sounds: &'i Sounds,
    stepper: FindOverlappingStepper<'i, u32>,
    letters: Vec<Letter>,
    gap: Gap,
    /// The Chinese character that was read last, where nothing was read behind it.
    last: Option<char>,
}

impl SoundRest {
    pub(crate) fn heap_bytes(&self) -> usize {
        self.letters.capacity().saturating_mul(size_of::<Letter>())
    }
}

impl<'i> SoundLane<'i> {
    /// Goes on from where the chunk before ended.
    pub(crate) fn wake(sounds: &'i Sounds, rest: SoundRest) -> Self {
        let mut stepper = sounds.machine.find_overlapping_stepper();
        rest.letters.iter().for_each(|letter| stepper.consume(letter.letter));
        Self { sounds, stepper, letters: rest.letters, gap: rest.gap, last: rest.last }
    }

    /// Lets go of the automaton.
    pub(crate) fn sleep(mut self) -> SoundRest {
        self.trim();
        SoundRest { letters: self.letters, gap: self.gap, last: self.last }
    }

    /// Lets nothing that has begun go on.
    pub(crate) fn reset(&mut self) {
        self.stepper = self.sounds.machine.find_overlapping_stepper();
        self.letters.clear();
        self.gap = Gap::default();
        self.last = None;
    }

    /// Reads one view character.
    pub(crate) fn step(&mut self, seen: Seen, place: Place, found: &mut Vec<SoundMatch>) {
        match seen.class {
            Class::Cjk => self.chinese(seen.ch, place, found),
            Class::Ascii => self.latin(seen.ch, place, found),
            Class::Digit | Class::Letter => self.reset(),
            Class::Space | Class::Newline | Class::Stop | Class::Separator => {
                if seen.class == Class::Stop || !self.gap.admits(seen.class, place.start, MAX_TIGHT_GAP) {
                    self.reset();
                }
            }
        }
    }

    /// The first character of what may become a match.
    pub(crate) fn begun(&self) -> Option<Place> {
        let first = self.letters.len().checked_sub(self.depth())?;
        self.letters.get(first).map(|letter| letter.place)
    }

    fn depth(&self) -> usize {
        let depth = self.stepper.depth().and_then(|depth| usize::try_from(depth).ok());
        depth.unwrap_or(self.letters.len())
    }

    fn chinese(&mut self, ch: char, place: Place, found: &mut Vec<SoundMatch>) {
        if self.last == Some(ch) && self.gap.is_closed() {
            // The same once more.
            let last = self.letters.iter_mut().rfind(|letter| !letter.is_inside);
            last.into_iter().for_each(|last| last.is_doubled = true);
            // A term of which everything is doubled ends here, and not before.
            self.collect(false, found, Disguise::is_all_doubled);
            return;
        }
        self.gap.close();
        let Some(sound) = sound(ch) else { return self.reset() };
        self.last = Some(ch);
        for (n, letter) in sound.chars().enumerate() {
            let own = (n == 0).then_some(ch);
            let (is_inside, follows_latin, is_doubled) = (n > 0, false, false);
            self.push(Letter { letter, ch: own, is_inside, follows_latin, is_doubled, place });
        }
        self.collect(false, found, |_, _| true);
    }

    fn latin(&mut self, letter: char, place: Place, found: &mut Vec<SoundMatch>) {
        let is_latin = |last: &Letter| last.ch.is_none() && !last.is_inside;
        let follows_latin = self.gap.is_closed() && self.letters.last().is_some_and(is_latin);
        self.gap.close();
        self.last = None;
        self.push(Letter { letter, ch: None, is_inside: false, follows_latin, is_doubled: false, place });
        self.collect(true, found, |_, _| true);
    }

    fn push(&mut self, letter: Letter) {
        self.stepper.consume(letter.letter);
        self.letters.push(letter);
        if self.letters.len() > 256 {
            self.trim();
        }
    }

    /// Drops the letters that the automaton is past, but for the last, which says what stands before the next.
    fn trim(&mut self) {
        let n_kept = self.depth().max(1);
        self.letters.drain(..self.letters.len().saturating_sub(n_kept));
    }

    /// Takes the terms that end here, as far as they are disguised in a way that is asked for.
    fn collect(
        &self,
        ends_latin: bool,
        found: &mut Vec<SoundMatch>,
        is_asked_for: impl Fn(&Disguise, &Spelling) -> bool,
    ) {
        for own in self.stepper.matches() {
            let Some((n_letters, spellings)) = self.sounds.pattern(own.value()) else { continue };
            let Some(first) = self.letters.len().checked_sub(n_letters) else { continue };
            let letters = self.letters.get(first..).unwrap_or(&[]);
            let Some(begin) = letters.first().filter(|begin| !begin.is_inside && !begin.follows_latin) else {
                continue;
            };
            let sounds: Vec<char> = letters.iter().map(|letter| letter.letter).collect();
            let tokens = tokens(letters, &sounds);
            for spelling in spellings.iter().filter_map(|number| self.sounds.spelling(*number)) {
                let is_found =
                    |disguise: Disguise| spelling.is_hidden(disguise, &tokens) && is_asked_for(&disguise, spelling);
                if spelling.disguise(&tokens).is_some_and(is_found) {
                    found.push(SoundMatch { term: spelling.term, start: begin.place, ends_latin });
                }
            }
        }
    }
}

/// The characters and Latin letters that these letters are of.
fn tokens<'t>(letters: &[Letter], sounds: &'t [char]) -> Vec<Token<'t>> {
    let mut tokens = Vec::new();
    let mut first = 0_usize;
    while let Some(begin) = letters.get(first) {
        let n_inside = letters.iter().skip(first.saturating_add(1)).take_while(|letter| letter.is_inside).count();
        let end = first.saturating_add(n_inside).saturating_add(1);
        let own = sounds.get(first..end).unwrap_or(&[]);
        tokens.push(Token { ch: begin.ch, letters: own, is_doubled: begin.is_doubled });
        first = end;
    }
    tokens
}
