//! Numbers of accounts and of companies: bank cards and unified social credit codes.

use super::context::Kind;
use super::edges::{self, Edge};
use super::identity::{is_province, is_resident_id};
use super::number::{self, Form, Run, Strength, counts, found};
use super::sight::{Found, Reading, Sight};

const CARD: Form = Form { n: 19, accepts: |c| c.is_ascii_digit(), can_become: can_become_card };

/// Bank cards: 15 to 19 digits with an issuer's prefix and the Luhn check digit (ISO/IEC 7812-1). Prefixes of banks in China
/// tell, and so do the groups in which a card is printed; a number of a foreign issuer in one piece needs a word before it.
pub(super) fn bank_card(sight: &Sight, first: usize) -> Reading {
    if edges::start(sight, first) == Edge::Number {
        return Ok(None);
    }
    let run = Run::read(sight, first, &CARD)?;
    for n in (15..=19).rev() {
        let (Some(digits), Some(span)) = (run.head(n), run.span(n)) else { continue };
        let groups = run.groups(n);
        let Some(issuer) = issuer(digits).filter(|_| passes_luhn(digits) && is_card_grouping(&groups, n)) else {
            continue;
        };
        let is_telling = issuer == Issuer::China || matches!(*groups, [4, 4, 4, 4] | [4, 6, 5]);
        let strength = if is_telling { Strength::Form } else { Strength::Weak };
        // A number that is a resident's identity number by date and check character is that.
        if !is_resident_id(digits) && counts(sight, span, Kind::Card, strength)? {
            return Ok(Found::new(span.0, span.1));
        }
    }
    Ok(None)
}

/// Whether some issuer has numbers that begin with these digits.
fn can_become_card(digits: &[char]) -> bool {
    match *digits {
        ['3', second, ..] => matches!(second, '0' | '4' | '5' | '7'),
        ['2', second, ..] => ('2'..='7').contains(&second),
        ['5', second, ..] => ('1'..='5').contains(&second),
        ['6', second, ..] => matches!(second, '0' | '2' | '4' | '5' | '9'),
        ['8', second, ..] => second == '1',
        ['9', second, ..] => !matches!(second, '2' | '3' | '7'),
        [first, ..] => matches!(first, '2'..='6' | '8' | '9'),
        [] => true,
    }
}

/// Whose numbers begin so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Issuer {
    /// A bank in China.
    China,
    /// Another member of Visa, Mastercard, JCB or American Express.
    Foreign,
}

/// Older debit cards of Chinese banks, from before they all began with 62, by the length of the number: the first six digits,
/// from one to another. Compiled from public lists of issuer identification numbers.
const OLDER: [(usize, u32, u32); 52] = [
    (15, 690_755, 690_755),
    (16, 303_000, 303_999),
    (16, 410_062, 410_062),
    (16, 415_599, 415_599),
    (16, 421_317, 421_317),
    (16, 421_349, 421_349),
    (16, 421_393, 421_393),
    (16, 421_865, 421_865),
    (16, 422_160, 422_161),
    (16, 427_570, 427_571),
    (16, 433_670, 433_671),
    (16, 433_680, 433_680),
    (16, 434_061, 434_062),
    (16, 442_729, 442_730),
    (16, 453_242, 453_242),
    (16, 468_203, 468_203),
    (16, 472_067, 472_068),
    (16, 491_031, 491_031),
    (16, 512_425, 512_425),
    (16, 524_011, 524_011),
    (16, 524_094, 524_094),
    (16, 526_410, 526_410),
    (16, 532_421, 532_429),
    (16, 552_245, 552_245),
    (16, 602_907, 602_907),
    (16, 602_969, 602_969),
    (16, 603_265, 603_265),
    (16, 900_003, 900_003),
    (16, 900_300, 900_309),
    (16, 905_920, 905_929),
    (16, 940_000, 940_099),
    (16, 955_500, 955_599),
    (16, 968_280, 968_289),
    (16, 968_807, 968_809),
    (16, 984_301, 984_303),
    (16, 998_800, 998_802),
    (17, 405_512, 405_512),
    (17, 601_428, 601_428),
    (17, 603_601, 603_601),
    (18, 438_588, 438_589),
    (18, 603_367, 603_367),
    (18, 603_602, 603_602),
    (18, 690_755, 690_755),
    (18, 966_666, 966_666),
    (18, 990_871, 990_871),
    (19, 436_742, 436_742),
    (19, 456_351, 456_351),
    (19, 601_382, 601_382),
    (19, 601_427, 601_427),
    (19, 911_100, 911_199),
    (19, 955_100, 955_100),
    (19, 955_800, 955_999),
];

/// The issuer of a number of this length, by its first digits. Regional banks had 940 with 17 to 19 digits too.
fn issuer(digits: &[char]) -> Option<Issuer> {
    let prefix = |n: usize| number::value(digits.get(..n).unwrap_or(&[]));
    let is_older = || {
        OLDER.iter().any(|&(n, from, to)| n == digits.len() && (from..=to).contains(&prefix(6)))
            || (digits.len() > 16 && (940_000..=940_099).contains(&prefix(6)))
    };
    let is_union_pay = digits.len() >= 16 && (prefix(2) == 62 || (810..=817).contains(&prefix(3)));
    let is_foreign = match digits.len() {
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(prefix(2), 51..=55)
                || matches!(prefix(4), 2221..=2720 | 3528..=3589 | 6011)
                || matches!(prefix(3), 644..=649)
                || prefix(2) == 65
        }
        _ => false,
    };
    match (is_union_pay || is_older(), is_foreign) {
        (true, _) => Some(Issuer::China),
        (false, true) => Some(Issuer::Foreign),
        (false, false) => None,
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
    let start = edges::start(sight, first);
    let follows_word = sight.follows_word(first) && start != Edge::Clean;
    if follows_word || start == Edge::Number {
        return Ok(None);
    }
    let run = Run::read(sight, first, &CODE)?;
    match run.span(CODE_LEN) {
        Some(span) if run.head(CODE_LEN).is_some_and(is_credit_code) => {
            found(sight, span, Kind::Company, Strength::Sure)
        }
        _ => Ok(None),
    }
}

/// An authority and one of its kinds first, and a region from the third place on: a province, or the whole country (`10`).
fn can_become_code(code: &[char]) -> bool {
    let kinds = match code.first() {
        None | Some('a' | 'n' | 'y') => "1239",
        Some('1') => "12349",
        Some('5') => "1239",
        Some('9') => "123",
        Some('2'..='4' | '6'..='8') => "129",
        Some(_) => return false,
    };
    let is_region = |code: u32| code == 10 || is_province(code);
    let is_region = code.get(2..4).is_none_or(|region| is_region(number::value(region)));
    code.get(1).is_none_or(|kind| kinds.contains(*kind))
        && is_region
        && code.iter().skip(2).take(6).all(char::is_ascii_digit)
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
