//! Exam papers: no single word makes one, several kinds of evidence together do.

use std::ops::Range;

use super::number::{self, is_digit};
use super::sight::{Found, Reading, Sight};
use crate::table::Class;

/// The evidence that makes a text an exam paper.
const ENOUGH: u32 = 8;
/// What each sum of marks counts (`（5分）`, `共60分`), and how many count.
const MARKS: u32 = 3;
const MAX_MARKS: u32 = 2;
/// What a set of four options counts (`A.` … `D.`).
const OPTIONS: u32 = 3;
/// What three questions numbered in order count.
const NUMBERING: u32 = 2;

/// A piece of evidence that is not a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A sum of marks.
    Marks,
    /// The letter of an option.
    Option,
    /// The number of a question.
    Number,
}

/// What speaks for an exam paper so far. Each word counts once, and something must be there that talk about exams does not
/// have: marks, options, numbering. At most one paper a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paper {
    sum: u32,
    /// Where the first evidence begins.
    start: Option<usize>,
    /// The cues that have counted, as bits by their number.
    words: u64,
    n_marks: u32,
    /// The options in order so far, and where the first stands.
    options: (u32, usize),
    /// The last question number, how many came in order, and where the first of them stands.
    numbering: (u32, u32, usize),
    has_structure: bool,
    is_found: bool,
}

impl Paper {
    /// Takes a word.
    pub(crate) fn word(&mut self, cue: u32, weight: u32, at: Range<usize>) -> Option<Range<usize>> {
        let bit = 1_u64.checked_shl(cue).unwrap_or(0);
        let is_new = self.words & bit == 0;
        self.words |= bit;
        self.add(if is_new { weight } else { 0 }, at)
    }

    /// Takes a sign; for a letter or a number, with what it says.
    pub(crate) fn sign(&mut self, sign: Sign, says: u32, at: Range<usize>) -> Option<Range<usize>> {
        match sign {
            Sign::Marks => {
                self.has_structure = true;
                self.n_marks = self.n_marks.saturating_add(1);
                self.add(if self.n_marks <= MAX_MARKS { MARKS } else { 0 }, at)
            }
            Sign::Option => self.option(says, at),
            Sign::Number => self.number(says, at),
        }
    }

    fn option(&mut self, letter: u32, at: Range<usize>) -> Option<Range<usize>> {
        let (wanted, start) = &mut self.options;
        if letter != *wanted {
            return None;
        }
        if letter == 0 {
            *start = at.start;
        }
        *wanted = wanted.saturating_add(1);
        if *wanted < 4 {
            return None;
        }
        let start = *start;
        self.has_structure = true;
        self.add(OPTIONS, start..at.end)
    }

    fn number(&mut self, value: u32, at: Range<usize>) -> Option<Range<usize>> {
        let (last, n, start) = &mut self.numbering;
        if *n > 0 && *n < 3 && value == last.saturating_add(1) {
            *n = n.saturating_add(1);
        } else if *n < 3 {
            (*n, *start) = (1, at.start);
        } else {
            return None;
        }
        *last = value;
        if *n < 3 {
            return None;
        }
        let start = *start;
        self.has_structure = true;
        self.add(NUMBERING, start..at.end)
    }

    fn add(&mut self, weight: u32, at: Range<usize>) -> Option<Range<usize>> {
        self.sum = self.sum.saturating_add(weight);
        let start = self.start.map_or(at.start, |start| start.min(at.start));
        self.start = Some(start);
        if self.is_found || self.sum < ENOUGH || !self.has_structure {
            return None;
        }
        self.is_found = true;
        Some(start..at.end)
    }
}

/// A sum of marks: a number and `分`, in brackets or after `共`, `每小题`, `每题` or `满分`.
pub(super) fn marks(sight: &Sight, first: usize) -> Reading {
    if sight.class_before(first) == Some(Class::Digit) {
        return Ok(None);
    }
    let n = sight.run(first, 4, is_digit)?;
    let unit = first.saturating_add(n);
    if n > 3 || sight.ch(unit)? != '分' {
        return Ok(None);
    }
    let before = |n| sight.before(first, n).map_or('\0', |c| c.ch);
    let after = sight.ch(unit.saturating_add(1))?;
    let is_bracketed = before(1) == '(' && matches!(after, ')' | ',' | ';' | '。');
    let is_announced = matches!(before(1), '共' | '题' | '得' | '满') && after != '钟';
    let is_full = before(1) == '分' && before(2) == '满';
    Ok(if is_bracketed || is_announced || is_full { Found::new(first, unit) } else { None })
}

/// The letter of an option: it stands alone with a dot, a comma or a bracket after it.
pub(super) fn option(sight: &Sight, first: usize) -> Reading {
    if sight.follows_word(first) {
        return Ok(None);
    }
    let is_marked = matches!(sight.ch(first.saturating_add(1))?, '.' | '、' | ')' | ',' | ':');
    Ok(if is_marked { Found::new(first, first) } else { None })
}

/// The number of a question: at the start of a line or sentence, with a dot or a comma after it.
pub(super) fn number(sight: &Sight, first: usize) -> Reading {
    if !sight.class_before(first).is_none_or(Class::is_gap) {
        return Ok(None);
    }
    let n = sight.run(first, 3, is_digit)?;
    let mark = first.saturating_add(n);
    let is_marked = match sight.ch(mark)? {
        '.' => sight.class(mark.saturating_add(1))? != Some(Class::Digit),
        '、' => true,
        _ => false,
    };
    Ok(if n <= 2 && is_marked { Found::new(first, mark.saturating_sub(1)) } else { None })
}

/// What a sign says: the place of the letter, or the number.
pub(super) fn says(sight: &Sight, found: &Found) -> u32 {
    let chars: Vec<char> = sight.part(found.first..found.next).iter().map(|c| c.ch).collect();
    match chars.first() {
        Some(letter @ 'a'..='d') => u32::from(*letter).saturating_sub(u32::from('a')),
        _ => number::value(&chars),
    }
}
