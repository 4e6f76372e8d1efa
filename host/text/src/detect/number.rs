//! Numbers as people write them: digits in groups, with separators between the groups.

use std::ops::Range;

use crate::table::Class;
use crate::view::ViewChar;

/// The most characters of one number.
const MAX_LEN: usize = 20;
/// The most separators between two groups.
const MAX_JOINT: usize = 3;

/// Digits (or letters) read from one place on, across separators.
#[derive(Debug)]
pub(super) struct Run {
    text: [char; MAX_LEN],
    /// For each character, its index in the view.
    places: [usize; MAX_LEN],
    n: usize,
}

impl Run {
    /// Reads from `first` on what `accepts` takes, across spaces, dashes and the like.
    pub(super) fn read(chars: &[ViewChar], first: usize, accepts: fn(char) -> bool) -> Self {
        let mut run = Self { text: ['\0'; MAX_LEN], places: [0; MAX_LEN], n: 0 };
        let mut n_joint = 0_usize;
        for (place, c) in chars.iter().enumerate().skip(first) {
            if accepts(c.ch) {
                let (Some(text), Some(index)) = (run.text.get_mut(run.n), run.places.get_mut(run.n)) else { break };
                *text = c.ch;
                *index = place;
                run.n = run.n.saturating_add(1);
                n_joint = 0;
            } else if is_joint(c) && n_joint < MAX_JOINT {
                n_joint = n_joint.saturating_add(1);
            } else {
                break;
            }
        }
        run
    }

    /// The characters, without the separators.
    pub(super) fn text(&self) -> &[char] {
        self.text.get(..self.n).unwrap_or(&[])
    }

    /// The first `n` characters as text, if there are as many.
    pub(super) fn head(&self, n: usize) -> Option<&[char]> {
        self.text().get(..n)
    }

    /// The place of the character with this index.
    fn place(&self, index: usize) -> Option<usize> {
        self.places.get(..self.n)?.get(index).copied()
    }

    /// The lengths of the groups that the first `n` characters stand in.
    pub(super) fn groups(&self, n: usize) -> Vec<usize> {
        let mut groups: Vec<usize> = Vec::new();
        let mut before: Option<usize> = None;
        for &place in self.places.iter().take(n.min(self.n)) {
            match groups.last_mut() {
                Some(len) if before.and_then(|before| before.checked_add(1)) == Some(place) => {
                    *len = len.saturating_add(1);
                }
                _ => groups.push(1),
            }
            before = Some(place);
        }
        groups
    }

    /// The original bytes of the first `n` characters, where they begin and end as a number does.
    pub(super) fn span(&self, chars: &[ViewChar], n: usize) -> Option<Range<usize>> {
        let first = self.place(0)?;
        let last = self.place(n.checked_sub(1)?)?;
        (starts_clean(chars, first) && ends_clean(chars, last)).then(|| span(chars, first, last))?
    }
}

/// The original bytes from the character at `first` to the one at `last`.
pub(super) fn span(chars: &[ViewChar], first: usize, last: usize) -> Option<Range<usize>> {
    Some(chars.get(first)?.start..chars.get(last)?.end)
}

/// The places of digits that no digit stands directly before.
pub(super) fn starts(chars: &[ViewChar]) -> impl Iterator<Item = usize> {
    let is_start = |&place: &usize| class(chars, Some(place)) == Some(Class::Digit);
    (0..chars.len()).filter(is_start).filter(|&place| class(chars, place.checked_sub(1)) != Some(Class::Digit))
}

/// Whether a number may begin at `first`: no digit before it, not even with a decimal point between.
pub(super) fn starts_clean(chars: &[ViewChar], first: usize) -> bool {
    match at(chars, first.checked_sub(1)) {
        None => true,
        Some(before) if before.class == Class::Digit => false,
        Some(before) if before.ch == '.' => class(chars, first.checked_sub(2)) != Some(Class::Digit),
        Some(_) => true,
    }
}

/// Whether a number may end at `last`: no digit and no Latin letter after it, and no decimals.
pub(super) fn ends_clean(chars: &[ViewChar], last: usize) -> bool {
    match at(chars, last.checked_add(1)) {
        None => true,
        Some(after) if after.class.is_word() => false,
        Some(after) if matches!(after.ch, '.' | '%') => {
            after.ch == '.' && class(chars, last.checked_add(2)) != Some(Class::Digit)
        }
        Some(_) => true,
    }
}

/// The class of the character at a place.
pub(super) fn class(chars: &[ViewChar], place: Option<usize>) -> Option<Class> {
    at(chars, place).map(|c| c.class)
}

/// The character at a place.
pub(super) fn at(chars: &[ViewChar], place: Option<usize>) -> Option<&ViewChar> {
    chars.get(place?)
}

/// A digit as a number; zero for anything else.
pub(super) fn digit(c: char) -> u32 {
    c.to_digit(10).unwrap_or(0)
}

/// Several digits as a number.
pub(super) fn value(digits: &[char]) -> u32 {
    digits.iter().fold(0, |value: u32, &c| value.saturating_mul(10).saturating_add(digit(c)))
}

/// What may stand between the groups of one number.
fn is_joint(c: &ViewChar) -> bool {
    c.class == Class::Space || matches!(c.ch, '-' | '.' | '·' | '_' | '(' | ')' | '+' | '/' | '*' | '~')
}
