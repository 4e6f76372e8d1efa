//! Documents of a person: resident identity cards and passports.

use std::ops::Range;

use super::Sight;
use super::number::{self, Run, starts};
use crate::table::Class;
use crate::view::ViewChar;

const ID_LEN: usize = 18;
/// Factors of ISO 7064 MOD 11-2 for the first 17 digits (GB 11643).
const FACTORS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder.
const CHECKS: [char; 11] = ['1', '0', 'x', '9', '8', '7', '6', '5', '4', '3', '2'];
/// How far before a number the word for passport may stand, in characters of the view.
const PASSPORT_REACH: usize = 16;

/// Resident identity numbers of 18 characters: province, date of birth and check character must be right (GB 11643).
pub(super) fn resident_ids(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let ids = starts(chars).filter_map(|first| {
        let run = Run::read(chars, first, |c| c.is_ascii_digit() || matches!(c, 'x' | '×'));
        is_resident_id(run.head(ID_LEN)?).then(|| run.span(chars, ID_LEN))?
    });
    ids.collect()
}

/// Whether 18 characters are a resident identity number.
pub(super) fn is_resident_id(id: &[char]) -> bool {
    let Some((&check, digits)) = id.split_last() else { return false };
    if digits.len() != FACTORS.len() || !digits.iter().all(char::is_ascii_digit) {
        return false;
    }
    let part = |range: Range<usize>| number::value(digits.get(range).unwrap_or(&[]));
    let province = part(0..2);
    let is_province =
        matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82 | 83 | 91);
    let year = part(6..10);
    let is_born = (1900..=2099).contains(&year) && crate::calendar::is_date(year, part(10..12), part(12..14));
    let products = digits.iter().zip(FACTORS).map(|(&c, factor)| number::digit(c).saturating_mul(factor));
    let remainder = products.fold(0, u32::saturating_add) % 11;
    let expected = usize::try_from(remainder).ok().and_then(|index| CHECKS.get(index));
    is_province && is_born && expected == Some(&if check == '×' { 'x' } else { check })
}

/// Chinese passport numbers. `E` and its two-letter successors stand for themselves; the forms that many other things
/// have too (`G12345678`, service passports) count only shortly after the word for passport.
pub(super) fn passports(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let mut found = Vec::new();
    for first in starts(chars) {
        let n_digits = chars.iter().skip(first).take_while(|c| c.class == Class::Digit).count();
        let last = first.saturating_add(n_digits.saturating_sub(1));
        let letter = |back: usize| letter(chars, first.checked_sub(back));
        let (begin, is_own_form) = match (n_digits, letter(2), letter(1)) {
            (8, None, Some('e')) => (first.checked_sub(1), true),
            (7, Some('e'), Some('a'..='h' | 'j'..='n' | 'p'..='z')) => (first.checked_sub(2), true),
            (8, None, Some('g' | 'd' | 's' | 'p' | 'h' | 'm' | 'k')) => (first.checked_sub(1), false),
            (7, Some('d' | 's' | 'p'), Some('e')) => (first.checked_sub(2), false),
            (7, Some('m' | 'k'), Some('a' | 'j')) => (first.checked_sub(2), false),
            _ => continue,
        };
        let Some(begin) = begin else { continue };
        let is_alone =
            !number::class(chars, begin.checked_sub(1)).is_some_and(Class::is_word) && number::ends_clean(chars, last);
        if is_alone && (is_own_form || is_after_word(chars, begin)) {
            found.extend(number::span(chars, begin, last));
        }
    }
    found
}

fn letter(chars: &[ViewChar], place: Option<usize>) -> Option<char> {
    number::at(chars, place).filter(|c| c.class == Class::Ascii).map(|c| c.ch)
}

fn is_after_word(chars: &[ViewChar], begin: usize) -> bool {
    let from = begin.saturating_sub(PASSPORT_REACH);
    let before: String = chars.get(from..begin).unwrap_or(&[]).iter().map(|c| c.ch).collect();
    before.contains("护照") || before.contains("passport")
}
