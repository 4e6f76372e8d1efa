//! Numbers of accounts and of companies: bank cards and unified social credit codes.

use super::identity::is_resident_id;
use super::number::{self, Form, Run, starts_clean};
use super::sight::{Reading, Sight};

const CARD: Form = Form { n: 19, accepts: |c| c.is_ascii_digit(), can_become: can_become_card };

/// Bank cards: 15 to 19 digits with an issuer prefix and the Luhn check digit (ISO/IEC 7812-1).
pub(super) fn bank_card(sight: &Sight, first: usize) -> Reading {
    if !starts_clean(sight, first) {
        return Ok(None);
    }
    let run = Run::read(sight, first, &CARD)?;
    for n in (15..=19).rev() {
        let Some(digits) = run.head(n) else { continue };
        let is_card = is_issued(digits) && passes_luhn(digits) && is_card_grouping(&run.groups(n), n);
        // A number that is a resident's identity number by date and check character is that.
        if is_card
            && !is_resident_id(digits)
            && let Some(found) = run.found(sight, n)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Whether some issuer has numbers that begin with these digits.
fn can_become_card(digits: &[char]) -> bool {
    match *digits {
        ['3', second, ..] => ('4'..='7').contains(&second),
        ['2', second, ..] => ('2'..='7').contains(&second),
        ['5', second, ..] => ('1'..='5').contains(&second),
        ['8', second, ..] => second == '1',
        ['9', second, ..] => ('4'..='6').contains(&second),
        ['6', second, ..] => matches!(second, '0' | '2' | '8' | '9'),
        [first, ..] => ('2'..='9').contains(&first) && first != '7',
        [] => true,
    }
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
const CODE: Form = Form { n: CODE_LEN, accepts: |c| ALPHABET.contains(c), can_become: can_become_code };

/// Unified social credit codes: 18 characters with authority, kind, region and check character (GB 32100).
pub(super) fn credit_code(sight: &Sight, first: usize) -> Reading {
    if sight.follows_word(first) || !starts_clean(sight, first) {
        return Ok(None);
    }
    let run = Run::read(sight, first, &CODE)?;
    if run.head(CODE_LEN).is_some_and(is_credit_code) { run.found(sight, CODE_LEN) } else { Ok(None) }
}

/// An authority first, and a region from the third place on.
fn can_become_code(code: &[char]) -> bool {
    let is_authority = matches!(code.first(), Some('1'..='9' | 'a' | 'n' | 'y'));
    is_authority && code.iter().skip(2).take(6).all(char::is_ascii_digit)
}

fn is_credit_code(code: &[char]) -> bool {
    let Some((&check, body)) = code.split_last() else { return false };
    if !can_become_code(code) || is_resident_id(code) {
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
