//! The detectors on their way through a text: which places are open, and how much of the view they need.

use std::ops::Range;

use super::address::MAX_LINK;
use super::cues::{Announces, CueLog};
use super::exam::{self, Paper};
use super::sight::{Glyph, Sight, Wait};
use super::{CUES, DetectorInfo, EXAM_PAPER, POSTAL_ADDRESS, SCANNERS, Says, Scanner};
use crate::table::Class;

/// The detectors of an index, with a table of the characters their finds may begin with.
#[derive(Debug)]
pub(crate) struct Sensory {
    /// For each ASCII character, the scanners for which something may begin with it, as bits by their number.
    ascii: [u16; 128],
    /// For other characters, whether something may begin with it: a bit for each remainder, so a yes may be wrong.
    other: Box<[u64; 128]>,
    /// The scanners that other characters concern.
    other_scanners: u16,
    /// The scanner that a word may call.
    announced: u16,
}

/// Who found something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Finder {
    /// The detector of this name.
    Detector(&'static str),
    /// The expression with this number.
    Pattern(usize),
}

/// What a detector or an expression found.
#[derive(Debug, Clone)]
pub(crate) struct Find {
    /// Who found it.
    pub(crate) by: Finder,
    /// The original bytes.
    pub(crate) span: Range<usize>,
}

impl Sensory {
    /// The table for these detectors.
    pub(crate) fn new<'d>(detectors: impl Iterator<Item = &'d DetectorInfo> + Clone) -> Self {
        let mut new = Self { ascii: [0; 128], other: Box::new([0; 128]), other_scanners: 0, announced: 0 };
        for (scanner, number) in SCANNERS.iter().zip(0_u32..) {
            if !detectors.clone().any(|info| info.name == scanner.detector) {
                continue;
            }
            let bit = bit(number);
            for (cell, c) in new.ascii.iter_mut().zip('\0'..) {
                *cell |= if (scanner.may_begin)(c) { bit } else { 0 };
            }
            // Of all other characters, it is Han that things begin with.
            for c in ('\u{4E00}'..='\u{9FFF}').filter(|&c| (scanner.may_begin)(c)) {
                new.other_scanners |= bit;
                let (word, place) = other_place(c);
                if let Some(word) = new.other.get_mut(word) {
                    *word |= place;
                }
            }
            if scanner.detector == POSTAL_ADDRESS {
                new.announced = bit;
            }
        }
        new
    }

    /// The scanners for which something may begin with `c`, as bits.
    #[inline]
    fn starts(&self, c: char) -> u16 {
        match usize::try_from(u32::from(c)).ok().and_then(|c| self.ascii.get(c)) {
            Some(scanners) => *scanners,
            None => {
                let (word, place) = other_place(c);
                let is_start = self.other.get(word).is_some_and(|word| word & place != 0);
                if is_start { self.other_scanners } else { 0 }
            }
        }
    }
}

fn bit(scanner: u32) -> u16 {
    1_u16.checked_shl(scanner).unwrap_or(0)
}

#[inline]
fn other_place(c: char) -> (usize, u64) {
    let index = u32::from(c) & 0x1FFF;
    (usize::try_from(index >> 6).unwrap_or(0), 1 << (index & 63))
}

/// A place at which a scanner has to wait.
#[derive(Debug, Clone, Copy)]
struct Open {
    scanner: u32,
    /// The place, by index of the character.
    place: usize,
    wait: Wait,
}

/// The detectors in one text.
#[derive(Debug, Clone)]
pub(crate) struct Sensors {
    /// The characters that are still needed, and what stands before them as far as a scanner looks.
    chars: Vec<Glyph>,
    /// How many characters of the view came before these.
    n_past: u64,
    open: Vec<Open>,
    cues: CueLog,
    paper: Paper,
    /// From which character on somebody else needs them.
    kept_from: u64,
    /// With how many characters it is time to drop some.
    trim_at: usize,
}

impl Default for Sensors {
    fn default() -> Self {
        Self {
            chars: Vec::new(),
            n_past: 0,
            open: Vec::new(),
            cues: CueLog::default(),
            paper: Paper::default(),
            kept_from: u64::MAX,
            trim_at: Self::MAX_PAST,
        }
    }
}

impl Sensors {
    /// Characters to the left that a scanner may ask for beside the word it stands in.
    const LEFT: usize = 4;
    /// Characters that are kept although nobody needs them; then they are dropped at once.
    const MAX_PAST: usize = 128;
    /// Capacity for so many characters is kept while nothing is open.
    const IDLE: usize = 16;

    /// How many characters of the view have been read.
    pub(crate) fn n_view(&self) -> u64 {
        self.n_past.saturating_add(u64::try_from(self.chars.len()).unwrap_or(u64::MAX))
    }

    /// The characters from the one with the number `from` on; the caller has kept them.
    pub(crate) fn since(&self, from: u64) -> &[Glyph] {
        let place = from.checked_sub(self.n_past).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.chars.get(place..)).unwrap_or(&[])
    }

    /// Takes a cue that ends with the last character read.
    pub(crate) fn cue(&mut self, number: u32, span: Range<usize>, finds: &mut Vec<Find>) {
        let Some(cue) = usize::try_from(number).ok().and_then(|number| CUES.get(number)) else { return };
        match cue.says {
            Says::Announces(what) => self.cues.add(what, self.n_view()),
            Says::Exam(weight) => {
                let found = self.paper.word(number, weight, span);
                finds.extend(found.map(|span| Find { by: Finder::Detector(EXAM_PAPER), span }));
            }
        }
    }

    /// Reads one character of the view.
    #[inline]
    pub(crate) fn take(&mut self, sensory: &Sensory, glyph: Glyph, finds: &mut Vec<Find>) {
        let starts = sensory.starts(glyph.ch) | self.announced(sensory, self.n_view());
        if self.chars.len() >= self.trim_at {
            self.trim();
        }
        self.chars.push(glyph);
        if starts != 0 || !self.open.is_empty() {
            self.advance(sensory, starts, glyph, finds);
        }
    }

    /// Ends the text.
    pub(crate) fn finish(&mut self, sensory: &Sensory, finds: &mut Vec<Find>) {
        for open in std::mem::take(&mut self.open) {
            self.read(sensory, open.scanner, open.place, true, finds);
        }
    }

    /// Where the character with this number begins, which the caller has kept, if it has come.
    pub(crate) fn start_of(&self, number: u64) -> Option<usize> {
        self.since(number).first().map(|c| c.start)
    }

    /// Where the first character begins that may still become part of a find.
    pub(crate) fn held(&self) -> Option<usize> {
        let open = self.open.iter().filter(|open| scanner(open.scanner).is_some_and(|scanner| scanner.sign.is_none()));
        open.filter_map(|open| self.chars.get(open.place)).map(|c| c.start).min()
    }

    /// Keeps the characters from the one with the number `from` on, whatever the scanners need.
    pub(crate) fn keep_from(&mut self, from: u64) {
        self.kept_from = from;
    }

    /// Lets go of what is not needed until the next chunk.
    pub(crate) fn rest(&mut self) {
        self.trim();
        if self.chars.len() < Self::IDLE && self.chars.capacity() > Self::IDLE.saturating_mul(2) {
            self.chars.shrink_to(Self::IDLE);
        }
    }

    /// Drops the characters that neither a scanner nor anybody else asks for.
    fn trim(&mut self) {
        let kept = self.kept_from.checked_sub(self.n_past).and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
        let needed = self.open.iter().map(|open| open.place).chain([kept, self.chars.len()]).min().unwrap_or(0);
        let before = self.chars.get(..needed).unwrap_or(&[]);
        let n_word = before.iter().rev().take(Sight::MAX_LEFT).take_while(|c| c.class.is_word()).count();
        let n_dropped = needed.saturating_sub(n_word.saturating_add(Self::LEFT));
        self.chars.drain(..n_dropped);
        self.n_past = self.n_past.saturating_add(u64::try_from(n_dropped).unwrap_or(0));
        for open in &mut self.open {
            open.place = open.place.saturating_sub(n_dropped);
        }
        self.cues.forget(self.n_past);
        self.trim_at = self.chars.len().saturating_add(Self::MAX_PAST);
    }

    /// How many bytes of memory it holds beside itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        let chars = self.chars.capacity().saturating_mul(size_of::<Glyph>());
        let open = self.open.capacity().saturating_mul(size_of::<Open>());
        chars.saturating_add(open).saturating_add(self.cues.heap_bytes())
    }

    #[inline]
    fn announced(&self, sensory: &Sensory, number: u64) -> u16 {
        if self.cues.is_announced(Announces::Address, number, MAX_LINK) { sensory.announced } else { 0 }
    }

    fn advance(&mut self, sensory: &Sensory, mut starts: u16, glyph: Glyph, finds: &mut Vec<Find>) {
        let last = self.chars.len().saturating_sub(1);
        for mut open in std::mem::take(&mut self.open) {
            starts &= !bit(open.scanner);
            match &mut open.wait.during {
                Some((test, n)) if *n > 0 && test(&glyph) => {
                    *n = n.saturating_sub(1);
                    self.open.push(open);
                }
                _ => self.read(sensory, open.scanner, open.place, false, finds),
            }
        }
        while starts != 0 {
            let scanner = starts.trailing_zeros();
            starts &= starts.wrapping_sub(1);
            self.read(sensory, scanner, last, false, finds);
        }
    }

    /// Lets a scanner read from one place on, to where it has to wait or to the last character.
    fn read(&mut self, sensory: &Sensory, number: u32, mut place: usize, is_end: bool, finds: &mut Vec<Find>) {
        let Some(scanner) = scanner(number) else { return };
        while let Some(c) = self.chars.get(place) {
            let n_view = self.n_past.saturating_add(u64::try_from(place).unwrap_or(u64::MAX));
            if (sensory.starts(c.ch) | self.announced(sensory, n_view)) & bit(number) == 0 {
                place = place.saturating_add(1);
                continue;
            }
            let sight = Sight { chars: &self.chars, n_past: self.n_past, is_end, cues: &self.cues };
            match (scanner.read)(&sight, place) {
                Err(wait) => {
                    self.open.push(Open { scanner: number, place, wait });
                    return;
                }
                Ok(None) => place = place.saturating_add(1),
                Ok(Some(found)) => {
                    place = found.next.max(place.saturating_add(1));
                    let ends = (self.chars.get(found.first), self.chars.get(found.last));
                    let (Some(first), Some(last)) = ends else { continue };
                    let span = first.start..last.end();
                    let found = match scanner.sign {
                        None => Some(span),
                        Some(sign) => {
                            let says = exam::says(&sight, &found);
                            self.paper.sign(sign, says, span)
                        }
                    };
                    finds.extend(found.map(|span| Find { by: Finder::Detector(scanner.detector), span }));
                }
            }
        }
    }
}

fn scanner(number: u32) -> Option<&'static Scanner> {
    SCANNERS.get(usize::try_from(number).ok()?)
}

/// A character of the view as the scanners see it.
pub(crate) fn glyph(ch: char, class: Class, start: usize, c: char) -> Glyph {
    // A character has one to four bytes.
    Glyph { start, ch, class, n_bytes: u8::try_from(c.len_utf8()).unwrap_or(0) }
}
