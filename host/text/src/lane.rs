//! The two lanes a text is read in, and how a term is written for its lane.

use crate::lexicon::{MAX_TERM_CHARS, Problem};
use crate::table::Class;
use crate::view::view;

/// Separators the tight lane skips in one gap.
pub(crate) const MAX_TIGHT_GAP: usize = 4;
/// Separators the plain lane folds into one space.
pub(crate) const MAX_PLAIN_GAP: usize = 16;
/// Characters that show nothing in a row; more are a find of their own.
pub(crate) const MAX_IGNORABLES: usize = 8;

/// The lane of the text in which a term is looked for. Both lanes read the match view; they differ in what they make of
/// separators between letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Gaps are one space: Latin, mixed and multi-word terms, and single characters.
    Plain,
    /// Gaps are left out, within limits: terms of two or more CJK characters.
    Tight,
}

impl Lane {
    /// Its name: `plain` or `tight`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tight => "tight",
        }
    }
}

/// A term as its lane reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) lane: Lane,
    /// The pattern, and for a mixed term the one without gaps beside its Chinese characters.
    pub(crate) patterns: Vec<String>,
    /// The patterns of a mixed term with other gaps there; of a term they count where they stand for themselves.
    pub(crate) gapped: Vec<String>,
    /// The patterns with a gap after each letter (`d r u g`), which count where they stand for themselves.
    pub(crate) spelled: Vec<String>,
    /// Whether the first view character is of a script with spaces between words.
    pub(crate) starts_word: bool,
    /// Whether the last one is.
    pub(crate) ends_word: bool,
}

/// Counts the separators of one gap, as both the keys and the walk do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gap {
    n: usize,
    n_newlines: usize,
    last: Option<usize>,
}

impl Gap {
    /// Takes a separator of the original character at `start`, which counts once however many it becomes. Whether the
    /// gap is still within `max` and holds no blank line.
    #[inline]
    pub(crate) fn admits(&mut self, class: Class, start: usize, max: usize) -> bool {
        if self.last != Some(start) {
            self.last = Some(start);
            self.n = self.n.saturating_add(1);
        }
        if class == Class::Newline {
            self.n_newlines = self.n_newlines.saturating_add(1);
        }
        self.n <= max && self.n_newlines < 2
    }

    /// Begins anew at a letter.
    #[inline]
    pub(crate) fn close(&mut self) {
        if self.n > 0 {
            *self = Self::default();
        }
    }

    /// Whether no separator has been taken since the last letter.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.n == 0
    }
}

/// Whether a term can match at all.
pub(crate) fn check(text: &str) -> Result<(), Problem> {
    key(text).map(drop)
}

/// The patterns of a term.
pub(crate) fn key(text: &str) -> Result<Key, Problem> {
    let view = view(text);
    let mut plain: Vec<(char, Class)> = Vec::new();
    let mut fits_tight = true;
    let mut gap = Gap::default();
    let mut gap_fits = true;
    for c in view.chars() {
        if c.class.is_gap() {
            gap_fits &= gap.admits(c.class, c.start, MAX_TIGHT_GAP) && c.class != Class::Stop;
            continue;
        }
        // Gaps before the first and after the last letter are trimmed and spoil nothing.
        if !gap.is_closed() && !plain.is_empty() {
            plain.push((' ', Class::Space));
            fits_tight &= gap_fits;
        }
        fits_tight &= c.class == Class::Cjk;
        gap.close();
        gap_fits = true;
        plain.push((c.ch, c.class));
    }
    let (Some(&(_, first)), Some(&(_, last))) = (plain.first(), plain.last()) else {
        return Err(Problem::EmptyView(text.to_owned()));
    };
    if plain.len() > MAX_TERM_CHARS {
        return Err(Problem::TooLong(text.to_owned()));
    }
    let tight: String = plain.iter().filter(|(_, class)| *class == Class::Cjk).map(|&(c, _)| c).collect();
    let (lane, [patterns, gapped, spelled]) = if fits_tight && tight.chars().nth(1).is_some() {
        (Lane::Tight, [vec![tight], Vec::new(), Vec::new()])
    } else {
        (Lane::Plain, spellings(&plain))
    };
    Ok(Key { lane, patterns, gapped, spelled, starts_word: first.is_word(), ends_word: last.is_word() })
}

/// The most gaps of a mixed term that are tried open and closed, each for itself; beyond, all of them together.
const MAX_FREE_GAPS: usize = 5;
/// How many letters a term has that is also read with a gap after each. Two are initials, and many are a sentence.
const SPELLED_LETTERS: std::ops::RangeInclusive<usize> = 3..=16;

/// What may stand between two letters of a plain pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    /// Nothing: inside a word.
    Nothing,
    /// A gap: the term has one there.
    Gap,
    /// Either, beside a Chinese character of a mixed term; whether the term has one there.
    Either(bool),
}

/// A plain pattern as it is written and without gaps beside Chinese characters; then every other choice of gaps there, and
/// all of them spelled letter by letter.
fn spellings(plain: &[(char, Class)]) -> [Vec<String>; 3] {
    let is_cjk = |class: Class| class == Class::Cjk;
    let n_words = plain.iter().filter(|(_, class)| class.is_word()).count();
    let is_mixed = n_words > 0 && plain.iter().any(|&(_, class)| is_cjk(class));
    let mut letters: Vec<(Between, char)> = Vec::new();
    let mut before: Option<Class> = None;
    let mut is_spaced = false;
    for &(c, class) in plain {
        if class == Class::Space {
            is_spaced = true;
            continue;
        }
        let between = match before {
            None => Between::Nothing,
            Some(before) if is_cjk(before) != is_cjk(class) => Between::Either(is_spaced),
            Some(_) if is_spaced => Between::Gap,
            Some(_) if is_mixed && is_cjk(class) => Between::Either(false),
            Some(_) => Between::Nothing,
        };
        letters.push((between, c));
        (before, is_spaced) = (Some(class), false);
    }
    let mut gapped = choices(&letters);
    let mut patterns = vec![pattern(&letters, |is_written| is_written)];
    patterns.extend(gapped.first().filter(|closed| !patterns.contains(closed)).cloned());
    gapped.retain(|pattern| !patterns.contains(pattern));
    let is_number = plain.iter().all(|(_, class)| matches!(class, Class::Digit | Class::Space));
    if is_number || n_words == 0 || !SPELLED_LETTERS.contains(&letters.len()) {
        return [patterns, gapped, Vec::new()];
    }
    for (between, _) in letters.iter_mut().skip(1).filter(|(between, _)| *between == Between::Nothing) {
        *between = Between::Gap;
    }
    let is_new = |pattern: &String| !patterns.contains(pattern) && !gapped.contains(pattern);
    let spelled = choices(&letters).into_iter().filter(is_new).collect();
    [patterns, gapped, spelled]
}

/// The letters with their gaps; `is_open` says of a gap that is free whether it is one, knowing whether it is written.
fn pattern(letters: &[(Between, char)], mut is_open: impl FnMut(bool) -> bool) -> String {
    let mut pattern = String::new();
    for &(between, c) in letters {
        let is_gap = match between {
            Between::Nothing => false,
            Between::Gap => true,
            Between::Either(is_written) => is_open(is_written),
        };
        if is_gap {
            pattern.push(' ');
        }
        pattern.push(c);
    }
    pattern
}

/// The patterns with each gap that is free open or closed, the closed ones first.
fn choices(letters: &[(Between, char)]) -> Vec<String> {
    let n_free = letters.iter().filter(|(between, _)| matches!(between, Between::Either(_))).count();
    let is_each = n_free <= MAX_FREE_GAPS;
    let n_choices = if is_each { 1_u32.checked_shl(u32::try_from(n_free).unwrap_or(0)).unwrap_or(1) } else { 2 };
    let choice = |bits: u32| {
        let mut bits = bits;
        pattern(letters, |_| {
            let is_open = bits & 1 == 1;
            if is_each {
                bits >>= 1;
            }
            is_open
        })
    };
    (0..n_choices).map(choice).collect()
}
