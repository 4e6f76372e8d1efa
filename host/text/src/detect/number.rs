//! Numbers as people write them: digits in groups, with separators between the groups.

use super::sight::{Found, Glyph, Sight, Wait};
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

    /// The first `n` characters, where they end as a number does.
    pub(super) fn found(&self, sight: &Sight, n: usize) -> Result<Option<Found>, Wait> {
        let place = |index| self.places.get(..self.n).and_then(|places| places.get::<usize>(index)).copied();
        let (Some(first), Some(last)) = (place(0), n.checked_sub(1).and_then(place)) else { return Ok(None) };
        Ok(if ends_clean(sight, last)? { Found::new(first, last) } else { None })
    }
}

/// Whether a number may begin at `first`: a digit, with no digit before it, not even behind a decimal point, and no
/// underscore that ties it to a name (`img_138…`).
pub(super) fn starts_clean(sight: &Sight, first: usize) -> bool {
    let Some(before) = sight.before(first, 1) else { return true };
    let further = sight.before(first, 2).map(|c| c.class);
    match before.ch {
        '.' => further != Some(Class::Digit),
        '_' => !further.is_some_and(Class::is_word),
        _ => before.class != Class::Digit,
    }
}

/// Whether a number may end at `last`: no digit and no Latin letter after it, no decimals, and no underscore that ties it
/// to a name.
pub(super) fn ends_clean(sight: &Sight, last: usize) -> Result<bool, Wait> {
    let after = last.saturating_add(1);
    let Some(c) = sight.at(after)? else { return Ok(true) };
    let further = || sight.class(after.saturating_add(1));
    Ok(match c.ch {
        '%' => false,
        '.' => further()? != Some(Class::Digit),
        '_' => !further()?.is_some_and(Class::is_word),
        _ => !c.class.is_word(),
    })
}

/// Whether a letter before the number makes it a part of a longer code: a letter with a digit right before it.
pub(super) fn follows_code(sight: &Sight, first: usize) -> bool {
    let before = |n: &usize| sight.before(first, *n).map(|c| c.class);
    let n_letters = (1..Sight::MAX_LEFT).take_while(|n| before(n) == Some(Class::Ascii)).count();
    n_letters > 0 && before(&n_letters.saturating_add(1)) == Some(Class::Digit)
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
