//! Documents of a person: resident identity cards and passports.

use std::ops::Range;

use super::cues::Announces;
use super::number::{self, Form, Run, starts_clean};
use super::sight::{Reading, Sight};

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

const PASSPORT_LEN: usize = 9;
const PASSPORT: Form = Form {
    n: PASSPORT_LEN,
    accepts: |c| c.is_ascii_digit() || c.is_ascii_lowercase(),
    can_become: can_become_passport,
};

/// Chinese passport numbers. `E` and its two-letter successors stand for themselves where they are in one piece; the forms that
/// many other things have too (`G12345678`, service passports, a number in groups) count only shortly after the word for
/// passport.
pub(super) fn passport(sight: &Sight, first: usize) -> Reading {
    if sight.follows_word(first) || !starts_clean(sight, first) {
        return Ok(None);
    }
    let run = Run::read(sight, first, &PASSPORT)?;
    let Some(&[first_letter, ..]) = run.head(PASSPORT_LEN).filter(|number| can_become_passport(number)) else {
        return Ok(None);
    };
    let is_own_form = first_letter == 'e';
    let is_whole = matches!(*run.groups(PASSPORT_LEN), [_]);
    let is_announced = || sight.cues.is_after(Announces::Passport, sight, first, PASSPORT_REACH);
    if (is_own_form && is_whole) || is_announced() { run.found(sight, PASSPORT_LEN) } else { Ok(None) }
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
