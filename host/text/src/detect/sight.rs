//! What a scanner sees of a text that is still being read.

use std::ops::Range;

use super::cues::CueLog;
use super::mode::DetectorMode;
use crate::table::Class;

/// A character of the view in short form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    /// Byte offset in the original at which the original character begins.
    pub(crate) start: usize,
    /// The character.
    pub(crate) ch: char,
    /// What it is.
    pub(crate) class: Class,
    /// How many bytes the original character has, with the marks that are written on it.
    pub(crate) n_bytes: u8,
    /// Whether it is a digit in a circle, in brackets or on a key.
    pub(crate) is_enclosed: bool,
}

impl Glyph {
    /// Byte offset in the original at which the original character ends.
    pub(crate) fn end(&self) -> usize {
        self.start.saturating_add(usize::from(self.n_bytes))
    }
}

/// A test of one character.
pub(crate) type Test = fn(&Glyph) -> bool;

/// The answer lies in text that has not come yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    /// While characters pass this test there is no need to ask again, for so many of them.
    pub(crate) during: Option<(Test, usize)>,
}

impl Wait {
    const FOR_ONE: Self = Self { during: None };
}

/// What was found: the first and the last character, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// The first character.
    pub(crate) first: usize,
    /// The last character.
    pub(crate) last: usize,
    /// From where on to look for the next.
    pub(crate) next: usize,
}

impl Found {
    /// From `first` to `last`; the next one begins behind it.
    pub(crate) fn new(first: usize, last: usize) -> Option<Self> {
        Some(Self { first, last, next: last.checked_add(1)? })
    }
}

/// What a scanner says of one place: nothing begins here, or what does, or that it cannot tell yet.
pub(crate) type Reading = Result<Option<Found>, Wait>;

/// The characters around a place.
///
/// To the right, a scanner sees what has come so far and must take [`Wait`] for an answer: so what it says in the end is
/// the same wherever the text is cut. To the left it sees [`Self::MAX_LEFT`] characters, and asks for no more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// The characters.
    pub(crate) chars: &'a [Glyph],
    /// How many characters of the view came before `chars`.
    pub(crate) n_past: u64,
    /// Whether the text ends here.
    pub(crate) is_end: bool,
    /// Where the lanes found the cues of detectors.
    pub(crate) cues: &'a CueLog,
    /// When the form of a find is enough.
    pub(crate) mode: DetectorMode,
}

impl Sight<'_> {
    /// How many characters are kept to the left.
    pub(crate) const MAX_LEFT: usize = 32;

    /// The character at `place`; none where the text is at its end.
    pub(crate) fn at(&self, place: usize) -> Result<Option<Glyph>, Wait> {
        match self.chars.get(place) {
            None if !self.is_end => Err(Wait::FOR_ONE),
            c => Ok(c.copied()),
        }
    }

    /// The character at `place`; a character that nothing is where the text is at its end.
    pub(crate) fn ch(&self, place: usize) -> Result<char, Wait> {
        Ok(self.at(place)?.map_or('\0', |c| c.ch))
    }

    /// The class of the character at `place`.
    pub(crate) fn class(&self, place: usize) -> Result<Option<Class>, Wait> {
        Ok(self.at(place)?.map(|c| c.class))
    }

    /// The character that stands `n` before `place`, at most [`Self::MAX_LEFT`].
    pub(crate) fn before(&self, place: usize, n: usize) -> Option<Glyph> {
        if n > Self::MAX_LEFT {
            return None;
        }
        self.chars.get(place.checked_sub(n)?).copied()
    }

    /// The characters before `place`, the nearest first, at most [`Self::MAX_LEFT`].
    pub(crate) fn left(&self, place: usize) -> impl Iterator<Item = &Glyph> {
        self.chars.get(..place).unwrap_or(&[]).iter().rev().take(Self::MAX_LEFT)
    }

    /// The class of the character before `place`.
    pub(crate) fn class_before(&self, place: usize) -> Option<Class> {
        self.before(place, 1).map(|c| c.class)
    }

    /// Whether what stands right before `place` belongs to a word.
    pub(crate) fn follows_word(&self, place: usize) -> bool {
        self.class_before(place).is_some_and(Class::is_word)
    }

    /// How many characters from `place` on pass `test`, at most `max`.
    pub(crate) fn run(&self, place: usize, max: usize, test: Test) -> Result<usize, Wait> {
        let rest = self.chars.get(place..).unwrap_or(&[]);
        let n = rest.iter().take(max).take_while(|c| test(c)).count();
        if n == rest.len() && n < max && !self.is_end {
            return Err(Wait { during: Some((test, max.saturating_sub(n).saturating_sub(1))) });
        }
        Ok(n)
    }

    /// Whether the text goes on from `place` with `text`; one character that differs is enough to tell.
    pub(crate) fn begins(&self, place: usize, text: &str) -> Result<bool, Wait> {
        for (c, index) in text.chars().zip(place..) {
            if self.ch(index)? != c {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The same with characters.
    pub(crate) fn begins_with(&self, place: usize, text: &[char]) -> Result<bool, Wait> {
        for (c, index) in text.iter().zip(place..) {
            if self.ch(index)? != *c {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The characters from `first` to before `end`, all of which have come.
    pub(crate) fn part(&self, part: Range<usize>) -> &[Glyph] {
        self.chars.get(part).unwrap_or(&[])
    }
}
