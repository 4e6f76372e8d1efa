//! Documents of a person: resident identity cards and passports.

use std::ops::Range;

use super::cues::Announces;
use super::number::{self, Form, Run, starts_clean};
use super::sight::{Found, Reading, Sight};
use crate::table::Class;

const ID_LEN: usize = 18;
const ID: Form =
    Form { n: ID_LEN, accepts: |c| c.is_ascii_digit() || matches!(c, 'x' | '×'), can_become: can_become_resident_id };
/// Factors of ISO 7064 MOD 11-2 for the first 17 digits (GB 11643).
const FACTORS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder.
const CHECKS: [char; 11] = ['1', '0', 'x', '9', '8', '7', '6', '5', '4', '3', '2'];
/// How many characters may stand between the word for passport and the number.
const PASSPORT_REACH: u64 = 14;

/// Resident identity numbers of 18 characters: province, date of birth and check character must be right (GB 11643).
pub(super) fn resident_id(sight: &Sight, first: usize) -> Reading {
    if !starts_clean(sight, first) {
        return Ok(None);
    }
    let run = Run::read(sight, first, &ID)?;
    if run.head(ID_LEN).is_some_and(is_resident_id) { run.found(sight, ID_LEN) } else { Ok(None) }
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

fn is_province(code: u32) -> bool {
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

/// Chinese passport numbers. `E` and its two-letter successors stand for themselves; the forms that many other things
/// have too (`G12345678`, service passports) count only shortly after the word for passport.
pub(super) fn passport(sight: &Sight, first: usize) -> Reading {
    if sight.follows_word(first) || !starts_clean(sight, first) {
        return Ok(None);
    }
    let second = first.saturating_add(1);
    let (n_letters, n_digits, is_own_form) = match (sight.ch(first)?, sight.ch(second)?) {
        ('e', '0'..='9') => (1, 8, true),
        ('e', 'a'..='h' | 'j'..='n' | 'p'..='z') => (2, 7, true),
        ('g' | 'd' | 's' | 'p' | 'h' | 'm' | 'k', '0'..='9') => (1, 8, false),
        ('d' | 's' | 'p', 'e') | ('m' | 'k', 'a' | 'j') => (2, 7, false),
        _ => return Ok(None),
    };
    if !is_own_form && !sight.cues.is_after(Announces::Passport, sight, first, PASSPORT_REACH) {
        return Ok(None);
    }
    let digits = first.saturating_add(n_letters);
    let last = digits.saturating_add(n_digits).saturating_sub(1);
    for place in digits..=last {
        if sight.class(place)? != Some(Class::Digit) {
            return Ok(None);
        }
    }
    Ok(if number::ends_clean(sight, last)? { Found::new(first, last) } else { None })
}
