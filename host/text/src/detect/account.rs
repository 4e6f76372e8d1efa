//! Numbers of accounts and of companies: bank cards and unified social credit codes.

use std::ops::Range;

use super::Sight;
use super::identity::is_resident_id;
use super::number::{self, Run, starts};
use crate::table::Class;

/// Bank cards: 15 to 19 digits with an issuer prefix and the Luhn check digit (ISO/IEC 7812-1).
pub(super) fn bank_cards(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let mut found: Vec<Range<usize>> = Vec::new();
    for first in starts(chars) {
        if found.last().is_some_and(|last| chars.get(first).is_some_and(|c| c.start < last.end)) {
            continue;
        }
        let run = Run::read(chars, first, |c| c.is_ascii_digit());
        found.extend((15..=19).rev().find_map(|n| {
            let digits = run.head(n)?;
            let is_card = is_issued(digits) && passes_luhn(digits) && is_card_grouping(&run.groups(n), n);
            // A number that is a resident's identity number by date and check character is that.
            (is_card && !is_resident_id(digits)).then(|| run.span(chars, n))?
        }));
    }
    found
}

/// Issuer prefixes with their lengths: UnionPay and the older Chinese ones, Visa, Mastercard, JCB, American Express.
fn is_issued(digits: &[char]) -> bool {
    let prefix = |n: usize| number::value(digits.get(..n).unwrap_or(&[]));
    let is_mastercard = matches!(prefix(2), 51..=55) || matches!(prefix(4), 2221..=2720);
    match digits.len() {
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            matches!(prefix(2), 62 | 81)
                || matches!(prefix(1), 4)
                || is_mastercard
                || matches!(prefix(4), 3528..=3589 | 4367 | 5187)
                || matches!(prefix(3), 601 | 603 | 604 | 609 | 685)
        }
        17 | 18 => matches!(prefix(2), 62 | 81) || matches!(prefix(3), 690 | 955 | 968),
        19 => matches!(prefix(2), 62 | 81) || matches!(prefix(4), 9558 | 6013 | 6091 | 6858) || prefix(3) == 940,
        _ => false,
    }
}

/// The check digit of ISO/IEC 7812-1: counted from the right, every second digit is doubled.
fn passes_luhn(digits: &[char]) -> bool {
    let values = digits.iter().rev().zip([false, true].into_iter().cycle()).map(|(&c, is_doubled)| {
        let value = number::digit(c);
        match (is_doubled, value) {
            (false, value) => value,
            (true, 0..=4) => value.saturating_mul(2),
            (true, _) => value.saturating_mul(2).saturating_sub(9),
        }
    });
    let is_one_digit_over = digits.iter().all(|c| Some(c) == digits.first());
    !is_one_digit_over && values.fold(0, u32::saturating_add).is_multiple_of(10)
}

/// In one piece, in fours, as printed on American Express cards, by issuer and account, or digit by digit.
fn is_card_grouping(groups: &[usize], n: usize) -> bool {
    let is_fours = groups.split_last().is_some_and(|(last, fours)| *last <= 4 && fours.iter().all(|&len| len == 4));
    let is_all_ones = groups.iter().all(|&len| len == 1);
    match *groups {
        [_] | [4, 6, 5] => true,
        [6, rest] => rest == n.saturating_sub(6),
        _ => is_fours || is_all_ones,
    }
}

const CODE_LEN: usize = 18;
/// The alphabet of GB 32100: no `I`, `O`, `S`, `V`, `Z`. The place is the value.
const ALPHABET: &str = "0123456789abcdefghjklmnpqrtuwxy";

/// Unified social credit codes: 18 characters with authority, kind, region and check character (GB 32100).
pub(super) fn credit_codes(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let is_start = |&place: &usize| {
        let is_word = |place| number::class(chars, place).is_some_and(Class::is_word);
        is_word(Some(place)) && !is_word(place.checked_sub(1))
    };
    let codes = (0..chars.len()).filter(is_start).filter_map(|first| {
        let run = Run::read(chars, first, |c| ALPHABET.contains(c));
        is_credit_code(run.head(CODE_LEN)?).then(|| run.span(chars, CODE_LEN))?
    });
    codes.collect()
}

fn is_credit_code(code: &[char]) -> bool {
    let (Some(&authority), Some((&check, body))) = (code.first(), code.split_last()) else { return false };
    let is_authority = matches!(authority, '1'..='9' | 'a' | 'n' | 'y');
    let is_region = code.get(2..8).is_some_and(|region| region.iter().all(char::is_ascii_digit));
    if !is_authority || !is_region || is_resident_id(code) {
        return false;
    }
    let mut sum = 0_usize;
    let mut factor = 1_usize;
    for &c in body {
        let Some(value) = worth(c) else { return false };
        sum = sum.saturating_add(value.saturating_mul(factor));
        factor = factor.saturating_mul(3) % 31;
    }
    let expected = 31_usize.saturating_sub(sum % 31) % 31;
    worth(check) == Some(expected)
}

fn worth(c: char) -> Option<usize> {
    ALPHABET.chars().position(|other| other == c)
}
