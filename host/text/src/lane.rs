//! The two lanes a text is read in, and how a term is written for its lane.

use crate::lexicon::{MAX_TERM_CHARS, Problem};
use crate::table::Class;
use crate::view::view;

/// Separators the tight lane skips in one gap.
pub(crate) const MAX_TIGHT_GAP: usize = 4;
/// Separators the plain lane folds into one space.
pub(crate) const MAX_PLAIN_GAP: usize = 16;
/// Characters that show nothing in a row, before both lanes start anew.
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
    /// The pattern, and for a mixed term its spellings with and without spaces between Latin and Chinese.
    pub(crate) patterns: Vec<String>,
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
    let (lane, patterns) = if fits_tight && tight.chars().nth(1).is_some() {
        (Lane::Tight, vec![tight])
    } else {
        (Lane::Plain, spellings(&plain))
    };
    Ok(Key { lane, patterns, starts_word: first.is_word(), ends_word: last.is_word() })
}

/// A plain pattern as written, and where Latin and Chinese meet, without any and with all of the spaces there.
fn spellings(plain: &[(char, Class)]) -> Vec<String> {
    let mut none = String::new();
    let mut all = String::new();
    let mut before: Option<Class> = None;
    let mut is_spaced = false;
    for &(c, class) in plain {
        if class == Class::Space {
            is_spaced = true;
            continue;
        }
        let is_seam = before.is_some_and(|before| (before == Class::Cjk) != (class == Class::Cjk));
        if is_spaced && !is_seam {
            none.push(' ');
        }
        if is_spaced || is_seam {
            all.push(' ');
        }
        none.push(c);
        all.push(c);
        before = Some(class);
        is_spaced = false;
    }
    let mut patterns = vec![plain.iter().map(|&(c, _)| c).collect(), none, all];
    patterns.dedup();
    if patterns.len() == 3 && patterns.first() == patterns.last() {
        patterns.pop();
    }
    patterns
}
