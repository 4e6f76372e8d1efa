//! Numbers as people write them: digits in groups, with separators between the groups.

use super::context::{self, Kind, Says};
use super::edges::{self, Edge};
use super::mode::DetectorMode;
use super::sight::{Found, Glyph, Reading, Sight, Wait};
use crate::table::Class;

/// The most characters of one number.
const MAX_LEN: usize = 20;
/// The most separators between two groups.
const MAX_JOINT: usize = 3;

/// Digits (or letters) read from one place on, across separators.
#[derive(Debug)]
pub(super) struct Run {
    text: [char; MAX_LEN],
    /// For each character, its index.
    places: [usize; MAX_LEN],
    n: usize,
}

/// How a kind of number is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// How many characters are read at most, up to 20.
    pub(super) n: usize,
    /// Which characters it may have.
    pub(super) accepts: fn(char) -> bool,
    /// Whether the characters so far can still become such a number; asked after each, so that others are given up at once.
    pub(super) can_become: fn(&[char]) -> bool,
}

impl Run {
    /// Reads from `first` on what the form takes, across spaces, dashes and the like. A number that the form gives up ends
    /// there.
    pub(super) fn read(sight: &Sight, first: usize, form: &Form) -> Result<Self, Wait> {
        let mut run = Self { text: ['\0'; MAX_LEN], places: [0; MAX_LEN], n: 0 };
        let mut n_joint = 0_usize;
        let mut place = first;
        while run.n < form.n.min(MAX_LEN) {
            let Some(c) = sight.at(place)? else { break };
            if (form.accepts)(c.ch) {
                let (Some(text), Some(index)) = (run.text.get_mut(run.n), run.places.get_mut(run.n)) else { break };
                *text = c.ch;
                *index = place;
                run.n = run.n.saturating_add(1);
                n_joint = 0;
                if !(form.can_become)(run.text()) {
                    break;
                }
            } else if is_joint(&c) && n_joint < MAX_JOINT {
                n_joint = n_joint.saturating_add(1);
            } else {
                break;
            }
            place = place.saturating_add(1);
        }
        Ok(run)
    }

    /// The characters, without the separators.
    pub(super) fn text(&self) -> &[char] {
        self.text.get(..self.n).unwrap_or(&[])
    }

    /// The first `n` characters as text, if there are as many.
    pub(super) fn head(&self, n: usize) -> Option<&[char]> {
        self.text().get(..n)
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

    /// The places of the first and the last of the first `n` characters.
    pub(super) fn span(&self, n: usize) -> Option<(usize, usize)> {
        let places = self.places.get(..self.n)?;
        Some((*places.first()?, *places.get(n.checked_sub(1)?)?))
    }
}

/// How much the form of a number tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// A check character and a date: what stands around it hardly matters.
    Sure,
    /// Few other things have this form.
    Form,
    /// Many other things have it: a word has to announce it.
    Weak,
}

/// Whether the number from `first` to `last` counts: by what stands right beside it and by the words before it.
pub(super) fn counts(
    sight: &Sight,
    (first, last): (usize, usize),
    kind: Kind,
    strength: Strength,
) -> Result<bool, Wait> {
    let (start, end) = (edges::start(sight, first), edges::end(sight, last)?);
    if start == Edge::Number || end == Edge::Number {
        return Ok(false);
    }
    let is_bearable = |edge| match edge {
        Edge::Clean => true,
        Edge::Letters => strength == Strength::Sure,
        Edge::Other | Edge::Number => false,
    };
    // Letters behind a number are those of the next word.
    let stands_alone = is_bearable(start) && (end == Edge::Letters || is_bearable(end));
    Ok(match context::says(sight, first, kind) {
        Says::For => true,
        Says::Against => strength == Strength::Sure && stands_alone && sight.mode == DetectorMode::Form,
        Says::Nothing => strength != Strength::Weak && stands_alone && sight.mode == DetectorMode::Form,
    })
}

/// The find from `first` to `last`, where it counts.
pub(super) fn found(sight: &Sight, span: (usize, usize), kind: Kind, strength: Strength) -> Reading {
    Ok(if counts(sight, span, kind, strength)? { Found::new(span.0, span.1) } else { None })
}

/// A digit as a number; zero for anything else.
pub(super) fn digit(c: char) -> u32 {
    c.to_digit(10).unwrap_or(0)
}

/// Several digits as a number.
pub(super) fn value(digits: &[char]) -> u32 {
    digits.iter().fold(0, |value: u32, &c| value.saturating_mul(10).saturating_add(digit(c)))
}

/// Whether a character is a digit.
pub(super) fn is_digit(c: &Glyph) -> bool {
    c.class == Class::Digit
}

/// What may stand between the groups of one number.
fn is_joint(c: &Glyph) -> bool {
    c.class == Class::Space || matches!(c.ch, '-' | '.' | '·' | '_' | '(' | ')' | '+' | '/' | '*' | '~')
}
