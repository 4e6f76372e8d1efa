//! The detectors on their way through a text: which places are open, and how much of the view they need.

use std::ops::{Range, RangeInclusive};

use super::address::MAX_LINK;
use super::cues::{Announces, CueLog};
use super::exam::{self, Paper};
use super::mode::DetectorMode;
use super::sight::{Glyph, Sight, Wait};
use super::{CUES, DetectorInfo, EXAM_PAPER, POSTAL_ADDRESS, SCANNERS, Says, Scanner};
use crate::table::Class;

/// The detectors of an index, with a table of the characters their finds begin with.
#[derive(Debug)]
pub(crate) struct Sensory {
    /// For each ASCII character, the scanners for which something may begin with it, as bits by their number.
    ascii: [u16; 128],
    /// For each Han character of the base block, whether something may begin with it, as bits.
    is_start: Box<[u64; HAN_WORDS]>,
    /// The scanners for which something may begin with such a character.
    han: Box<[(char, u16)]>,
    /// The scanner that a word may call.
    announced: u16,
    /// For each scanner, when the form of a find is enough.
    modes: [DetectorMode; SCANNERS.len()],
}

/// The Han characters of the base block, which are all that things begin with.
const HAN: RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';
/// Their number in words of 64 bits.
const HAN_WORDS: usize = 328;

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
    pub(crate) fn new<'d>(detectors: impl Iterator<Item = (&'d DetectorInfo, DetectorMode)> + Clone) -> Self {
        let mut new = Self {
            ascii: [0; 128],
            is_start: Box::new([0; HAN_WORDS]),
            han: Box::default(),
            announced: 0,
            modes: [DetectorMode::Off; SCANNERS.len()],
        };
        for (scanner, slot) in SCANNERS.iter().zip(&mut new.modes) {
            let own = detectors.clone().find(|(info, _)| info.name == scanner.detector);
            *slot = own.map_or(DetectorMode::Off, |(_, mode)| mode);
        }
        for (cell, c) in new.ascii.iter_mut().zip('\0'..) {
            *cell = beginning(&new.modes, c);
        }
        new.han = HAN.map(|c| (c, beginning(&new.modes, c))).filter(|(_, scanners)| *scanners != 0).collect();
        for &(c, _) in &new.han {
            let (word, place) = han_place(c);
            if let Some(word) = new.is_start.get_mut(word) {
                *word |= place;
            }
        }
        let is_address =
            |scanner: &Scanner, mode: DetectorMode| scanner.detector == POSTAL_ADDRESS && mode != DetectorMode::Off;
        let numbered = SCANNERS.iter().zip(new.modes).zip(0_u32..);
        new.announced =
            numbered.filter(|((scanner, mode), _)| is_address(scanner, *mode)).map(|(_, number)| bit(number)).sum();
        new
    }

    /// The scanners for which something may begin with `c`, as bits.
    #[inline]
    fn starts(&self, c: char, class: Class) -> u16 {
        if class != Class::Cjk {
            return usize::try_from(u32::from(c)).ok().and_then(|c| self.ascii.get(c)).copied().unwrap_or(0);
        }
        let (word, place) = han_place(c);
        if self.is_start.get(word).is_some_and(|word| word & place != 0) { self.han_starts(c) } else { 0 }
    }

    #[cold]
    fn han_starts(&self, c: char) -> u16 {
        let found = self.han.binary_search_by_key(&c, |(start, _)| *start).ok();
        found.and_then(|found| self.han.get(found)).map_or(0, |(_, scanners)| *scanners)
    }

    fn mode(&self, scanner: u32) -> DetectorMode {
        let mode = usize::try_from(scanner).ok().and_then(|scanner| self.modes.get(scanner));
        mode.copied().unwrap_or(DetectorMode::Off)
    }
}

/// The scanners that are on and for which something may begin with `c`.
fn beginning(modes: &[DetectorMode], c: char) -> u16 {
    let numbered = SCANNERS.iter().zip(modes).zip(0_u32..);
    let begin = numbered.filter(|((scanner, mode), _)| **mode != DetectorMode::Off && (scanner.may_begin)(c));
    begin.fold(0, |scanners, (_, number)| scanners | bit(number))
}

fn bit(scanner: u32) -> u16 {
    1_u16.checked_shl(scanner).unwrap_or(0)
}

/// Where a Han character of the base block stands in the table; nowhere for another.
#[inline]
fn han_place(c: char) -> (usize, u64) {
    let index = u32::from(c).wrapping_sub(u32::from(*HAN.start()));
    (usize::try_from(index >> 6).unwrap_or(usize::MAX), 1 << (index & 63))
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
    /// The memory of `open` while its places are asked again.
    spare: Vec<Open>,
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
            spare: Vec::new(),
            cues: CueLog::default(),
            paper: Paper::default(),
            kept_from: u64::MAX,
            trim_at: Self::MAX_PAST,
        }
    }
}

impl Sensors {
    /// Characters that are kept although nobody needs them; then they are dropped at once.
    const MAX_PAST: usize = 128;
    /// Capacity for so many characters is kept while nothing is open.
    const IDLE: usize = 48;

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
        let starts = sensory.starts(glyph.ch, glyph.class) | self.announced(sensory, self.n_view());
        if self.chars.len() >= self.trim_at {
            self.trim();
        }
        self.chars.push(glyph);
        if starts != 0 || !self.open.is_empty() {
            self.advance(sensory, starts, glyph, finds);
        }
    }

    /// Takes a character that is written on the last one and is not in the view: a find that ends here ends behind it.
    #[cold]
    pub(crate) fn mark(&mut self, (c, n_bytes): (char, usize), start: usize) {
        let Some(last) = self.chars.last_mut().filter(|last| last.end() == start) else { return };
        let n_bytes = u8::try_from(n_bytes).ok().and_then(|n| last.n_bytes.checked_add(n));
        last.n_bytes = n_bytes.unwrap_or(last.n_bytes);
        last.is_enclosed |= c == KEYCAP && last.class == Class::Digit;
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
            self.spare = Vec::new();
        }
    }

    /// Drops the characters that neither a scanner nor anybody else asks for.
    fn trim(&mut self) {
        let kept = self.kept_from.checked_sub(self.n_past).and_then(|from| usize::try_from(from).ok()).unwrap_or(0);
        let needed = self.open.iter().map(|open| open.place).chain([kept, self.chars.len()]).min().unwrap_or(0);
        let n_dropped = needed.saturating_sub(Sight::MAX_LEFT);
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
        let open = self.open.capacity().saturating_add(self.spare.capacity()).saturating_mul(size_of::<Open>());
        chars.saturating_add(open).saturating_add(self.cues.heap_bytes())
    }

    #[inline]
    fn announced(&self, sensory: &Sensory, number: u64) -> u16 {
        if self.cues.is_announced(Announces::Address, number, MAX_LINK) { sensory.announced } else { 0 }
    }

    fn advance(&mut self, sensory: &Sensory, mut starts: u16, glyph: Glyph, finds: &mut Vec<Find>) {
        let last = self.chars.len().saturating_sub(1);
        let mut waiting = std::mem::replace(&mut self.open, std::mem::take(&mut self.spare));
        for mut open in waiting.drain(..) {
            starts &= !bit(open.scanner);
            match &mut open.wait.during {
                Some((test, n)) if *n > 0 && test(&glyph) => {
                    *n = n.saturating_sub(1);
                    self.open.push(open);
                }
                _ => self.read(sensory, open.scanner, open.place, false, finds),
            }
        }
        self.spare = waiting;
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
            if (sensory.starts(c.ch, c.class) | self.announced(sensory, n_view)) & bit(number) == 0 {
                place = place.saturating_add(1);
                continue;
            }
            let mode = sensory.mode(number);
            let sight = Sight { chars: &self.chars, n_past: self.n_past, is_end, cues: &self.cues, mode };
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
pub(crate) fn glyph(ch: char, class: Class, start: usize, (c, n_bytes): (char, usize)) -> Glyph {
    let is_enclosed = class == Class::Digit && is_enclosed(c);
    // A character has one to four bytes, and an escape few more; a tag that ends a line is cut short.
    Glyph { start, ch, class, n_bytes: u8::try_from(n_bytes).unwrap_or(u8::MAX), is_enclosed }
}

/// Whether a character is a number in a circle, in brackets or with a full stop.
fn is_enclosed(c: char) -> bool {
    matches!(c, '\u{2460}'..='\u{249B}' | '\u{24EA}'..='\u{24FF}' | '\u{2776}'..='\u{2793}' | '\u{3251}'..='\u{325F}'
        | '\u{32B1}'..='\u{32BF}' | '\u{1F100}'..='\u{1F10C}')
}

/// The frame of a key on a digit (`1️⃣`).
const KEYCAP: char = '\u{20E3}';

/// Whether a character that the view leaves out is written on the one before it: a mark, or the selector of its form.
pub(crate) fn is_written_on(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}')
}
