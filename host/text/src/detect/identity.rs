//! Documents of a person: resident identity cards and passports.

use std::ops::Range;

use super::context::Kind;
use super::edges::{self, Edge, follows_escape};
use super::number::{self, Form, Run, Strength, found};
use super::sight::{Reading, Sight};

const ID_LEN: usize = 18;
const ID: Form =
    Form { n: ID_LEN, accepts: |c| c.is_ascii_digit() || matches!(c, 'x' | '×'), can_become: can_become_resident_id };
/// Factors of ISO 7064 MOD 11-2 for the first 17 digits (GB 11643).
const FACTORS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder.
const CHECKS: [char; 11] = ['1', '0', 'x', '9', '8', '7', '6', '5', '4', '3', '2'];

/// Resident identity numbers of 18 characters: province, date of birth and check character must be right (GB 11643).
pub(super) fn resident_id(sight: &Sight, first: usize) -> Reading {
    if edges::start(sight, first) == Edge::Number {
        return Ok(None);
    }
    let run = Run::read(sight, first, &ID)?;
    match run.span(ID_LEN) {
        Some(span) if run.head(ID_LEN).is_some_and(is_resident_id) => {
            found(sight, span, Kind::Identity, Strength::Sure)
        }
        _ => Ok(None),
    }
}

/// Whether characters can be the first of a resident identity number: digits, a province, a date of birth.
fn can_become_resident_id(id: &[char]) -> bool {
    let part = |range: Range<usize>| id.get(range).map(number::value);
    let is_digits = id.iter().take(FACTORS.len()).all(char::is_ascii_digit);
    let is_province = part(0..2).is_none_or(is_province);
    let is_year = part(6..10).is_none_or(|year| (1900..=2099).contains(&year));
    let is_date = match (part(6..10), part(10..12), part(12..14)) {
        (Some(year), Some(month), Some(day)) => crate::calendar::is_date(year, month, day),
        _ => true,
    };
    is_digits && is_province && is_year && is_date
}

/// Whether the first two digits of a region are those of a province.
pub(super) fn is_province(code: u32) -> bool {
    matches!(code, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82 | 83 | 91)
}

/// Whether 18 characters are a resident identity number.
pub(super) fn is_resident_id(id: &[char]) -> bool {
    let Some((&check, digits)) = id.split_last() else { return false };
    if digits.len() != FACTORS.len() || !can_become_resident_id(id) {
        return false;
    }
    let products = digits.iter().zip(FACTORS).map(|(&c, factor)| number::digit(c).saturating_mul(factor));
    let remainder = products.fold(0, u32::saturating_add) % 11;
    let expected = usize::try_from(remainder).ok().and_then(|index| CHECKS.get(index));
    expected == Some(&if check == '×' { 'x' } else { check })
}

const PASSPORT_LEN: usize = 9;
const PASSPORT: Form = Form {
    n: PASSPORT_LEN,
    accepts: |c| c.is_ascii_digit() || c.is_ascii_lowercase(),
    can_become: can_become_passport,
};

/// Chinese passport numbers. Where the form is enough, it is so for `E` and its two-letter successors in one piece. The
/// forms that many other things have too (`G12345678`, service passports, a number in groups) always need the word.
pub(super) fn passport(sight: &Sight, first: usize) -> Reading {
    let follows_word = sight.follows_word(first) && !follows_escape(sight, first);
    if follows_word || edges::start(sight, first) == Edge::Number {
        return Ok(None);
    }
    let run = Run::read(sight, first, &PASSPORT)?;
    let head = run.head(PASSPORT_LEN).filter(|number| can_become_passport(number));
    let (Some(&[letter, ..]), Some(span)) = (head, run.span(PASSPORT_LEN)) else { return Ok(None) };
    let is_telling = letter == 'e' && matches!(*run.groups(PASSPORT_LEN), [_]);
    found(sight, span, Kind::Passport, if is_telling { Strength::Form } else { Strength::Weak })
}

/// One or two letters of a kind of passport first, and digits.
fn can_become_passport(number: &[char]) -> bool {
    match number {
        [] | ['e' | 'g' | 'd' | 's' | 'p' | 'h' | 'm' | 'k'] => true,
        [_] => false,
        ['e' | 'g' | 'd' | 's' | 'p' | 'h' | 'm' | 'k', '0'..='9', rest @ ..]
        | ['e', 'a'..='h' | 'j'..='n' | 'p'..='z', rest @ ..]
        | ['d' | 's' | 'p', 'e', rest @ ..]
        | ['m' | 'k', 'a' | 'j', rest @ ..] => rest.iter().all(char::is_ascii_digit),
        [..] => false,
    }
}
