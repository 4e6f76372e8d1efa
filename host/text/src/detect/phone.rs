//! Telephone numbers of mainland China.

use super::context::Kind;
use super::edges::{self, Edge};
use super::number::{self, Form, Run, Strength, counts};
use super::sight::{Found, Reading, Sight, Wait};
use crate::table::Class;

const MOBILE_LEN: usize = 11;
const MOBILE: Form = Form { n: 15, accepts: |c| c.is_ascii_digit(), can_become: can_become_mobile };
const LANDLINE: Form = Form { n: 16, accepts: |c| c.is_ascii_digit(), can_become: can_become_landline };

/// Whether a number may begin with a character: a digit of it, the sign of its country code, or a bracket.
pub(super) fn may_begin(c: char) -> bool {
    matches!(c, '0' | '1' | '8' | '+' | '(')
}

/// Where the first digit of a number stands that is written from `first` on: behind a bracket, a plus sign, or both. None
/// where no number can begin. With it, whether there is a bracket that the number has to close.
fn first_digit(sight: &Sight, first: usize) -> Result<Option<(usize, bool)>, Wait> {
    let has_bracket = sight.ch(first)? == '(';
    let sign = first.saturating_add(usize::from(has_bracket));
    let has_sign = sight.ch(sign)? == '+';
    let digit = sign.saturating_add(usize::from(has_sign));
    let is_digit = sight.class(digit)? == Some(Class::Digit);
    // A plus sign belongs to a country code alone, and a bracket to that or to an area code.
    let is_code = match sight.ch(digit)? {
        '8' => true,
        '0' => !has_sign || sight.ch(digit.saturating_add(1))? == '0',
        _ => !has_sign && !has_bracket,
    };
    Ok((is_digit && is_code).then_some((digit, has_bracket)))
}

/// A span from `first` to the end of the number, where the bracket it begins with is closed inside it.
fn span(sight: &Sight, first: usize, has_bracket: bool, own: Option<(usize, usize)>) -> Option<(usize, usize)> {
    let (digit, last) = own?;
    let closes = || sight.part(digit..last).iter().any(|c| c.ch == ')');
    (!has_bracket || closes()).then_some((first, last))
}

/// Mobile numbers: 11 digits that begin with an allocated prefix, with or without `+86`, as people group them.
pub(super) fn mobile(sight: &Sight, first: usize) -> Reading {
    if edges::start(sight, first) == Edge::Number {
        return Ok(None);
    }
    let Some((digit, has_bracket)) = first_digit(sight, first)? else { return Ok(None) };
    let n_country = match sight.ch(digit)? {
        '8' => 2,
        '0' => 4,
        _ => 0,
    };
    let n = MOBILE_LEN.saturating_add(n_country);
    let run = Run::read(sight, digit, &Form { n, ..MOBILE })?;
    let (Some(digits), Some(span)) = (run.head(n), span(sight, first, has_bracket, run.span(n))) else {
        return Ok(None);
    };
    if !can_become_mobile(digits) || !is_mobile_grouping(&run.groups(n), n_country) {
        return Ok(None);
    }
    let is_person = !is_machine(number::value(digits.get(n_country..).and_then(|own| own.get(..3)).unwrap_or(&[])));
    let strength = if is_person { Strength::Form } else { Strength::Weak };
    Ok(if counts(sight, span, Kind::Phone, strength)? { Found::new(span.0, span.1) } else { None })
}

fn can_become_mobile(digits: &[char]) -> bool {
    let own = match digits {
        ['8', '6', own @ ..] | ['0', '0', '8', '6', own @ ..] => own,
        ['8'] | ['0'] | ['0', '0'] | ['0', '0', '8'] => return true,
        own => own,
    };
    match own {
        [] | ['1'] => true,
        ['1', second] => ('3'..='9').contains(second),
        _ => is_allocated(number::value(own.get(..3).unwrap_or(&[]))),
    }
}

/// Prefixes that the ministry has allocated to mobile numbers, data cards (140, 144, 146, …) included.
fn is_allocated(prefix: u32) -> bool {
    matches!(prefix, 130..=139 | 140..=141 | 144..=153 | 155..=159 | 162 | 165..=167 | 170..=178 | 180..=193 | 195..=199)
}

/// Prefixes of data cards and of things, which nobody calls.
fn is_machine(prefix: u32) -> bool {
    matches!(prefix, 140 | 141 | 144 | 146 | 148 | 149)
}

/// How people group eleven digits. Other groupings are years, sums and lists more often than numbers to call.
fn is_mobile_grouping(groups: &[usize], n_country: usize) -> bool {
    let own = match (n_country, groups) {
        (0, own) => own,
        (n, [first, own @ ..]) if *first == n => own,
        (n, [first, own @ ..]) if *first == n.saturating_add(3) => return matches!(own, [4, 4] | [8]),
        (n, [first]) if *first == n.saturating_add(MOBILE_LEN) => return true,
        _ => return groups.iter().all(|&len| len == 1),
    };
    matches!(own, [11] | [3, 4, 4] | [3, 8] | [7, 4] | [4, 3, 4] | [3, 3, 5] | [1, 10] | [1, 3, 4, 3])
        || own.iter().all(|&len| len == 1)
}

/// Landline numbers: an area code and seven or eight digits, `0` included, or a country code and the area code without
/// the `0`.
pub(super) fn landline(sight: &Sight, first: usize) -> Reading {
    if edges::start(sight, first) == Edge::Number {
        return Ok(None);
    }
    let Some((digit, has_bracket)) = first_digit(sight, first)? else { return Ok(None) };
    if sight.ch(digit)? == '1' {
        return Ok(None);
    }
    let run = Run::read(sight, digit, &LANDLINE)?;
    let (n_country, n_area) = parts(run.text());
    let n_before = n_country.saturating_add(n_area);
    for n in [n_before.saturating_add(8), n_before.saturating_add(7)] {
        let is_number = run.head(n).is_some_and(|digits| can_become_landline(digits) && is_whole(n, n_country, n_area));
        let Some(span) = span(sight, first, has_bracket, run.span(n)).filter(|_| is_number) else { continue };
        let has_sign = n_country == 4 || sight.before(digit, 1).is_some_and(|c| c.ch == '+');
        if is_landline_grouping(&run, n, (n_country, n_area), has_sign)
            && counts(sight, span, Kind::Phone, Strength::Form)?
        {
            return Ok(Found::new(span.0, span.1));
        }
    }
    Ok(None)
}

/// How many digits the country code and the area code have. Behind a country code the area code has its `0` or not.
fn parts(digits: &[char]) -> (usize, usize) {
    let n_country = match digits {
        ['0', '0', ..] => 4,
        ['8', ..] => 2,
        _ => 0,
    };
    let area = digits.get(n_country..).unwrap_or(&[]);
    let (n_zero, own) = match area {
        ['0', own @ ..] => (1, own),
        own => (0, own),
    };
    (
        n_country,
        if matches!(own, ['1' | '2', ..]) { 2_usize.saturating_add(n_zero) } else { 3_usize.saturating_add(n_zero) },
    )
}

/// An area code and a local number that begins with 2 to 8, behind `86`, `0086` or nothing.
fn can_become_landline(digits: &[char]) -> bool {
    let own = match digits {
        ['0'] | ['0', '0'] | ['0', '0', '8'] | ['8'] => return true,
        ['0', '0', '8', '6', own @ ..] | ['8', '6', own @ ..] => own,
        ['0', '0', ..] | ['8', ..] => return false,
        own => own,
    };
    let area = match own {
        ['0', area @ ..] => area,
        area => area,
    };
    let n_area = if matches!(area, ['1' | '2', ..]) { 2 } else { 3 };
    let is_local = area.get(n_area).is_none_or(|first| ('2'..='8').contains(first));
    is_local && is_area(area.get(..n_area.min(area.len())).unwrap_or(&[]), n_area)
}

/// Whether an area code begins so, or is this.
fn is_area(code: &[char], n_area: usize) -> bool {
    let value = number::value(code);
    match (code.len(), n_area) {
        (0, _) => true,
        (1, _) => value > 0,
        (2, 2) => value == 10 || (matches!(value, 20..=29) && value != 26),
        (2, _) => AREAS.iter().any(|&(from, to)| (from / 10..=to / 10).contains(&value)),
        _ => AREAS.iter().any(|&(from, to)| (from..=to).contains(&value)),
    }
}

/// The area codes of three digits and a `0`, from one to another.
const AREAS: &[(u32, u32)] = &[
    (310, 319),
    (335, 335),
    (349, 359),
    (370, 379),
    (391, 396),
    (398, 398),
    (410, 419),
    (421, 421),
    (427, 427),
    (429, 429),
    (431, 439),
    (448, 448),
    (451, 459),
    (464, 464),
    (467, 479),
    (482, 483),
    (510, 519),
    (523, 523),
    (527, 527),
    (530, 539),
    (543, 543),
    (546, 546),
    (550, 559),
    (561, 566),
    (570, 580),
    (591, 599),
    (631, 635),
    (660, 660),
    (662, 663),
    (668, 668),
    (691, 692),
    (701, 701),
    (710, 719),
    (722, 722),
    (724, 724),
    (728, 728),
    (730, 739),
    (743, 746),
    (750, 763),
    (766, 766),
    (768, 779),
    (790, 799),
    (812, 813),
    (816, 818),
    (825, 827),
    (830, 839),
    (851, 859),
    (870, 879),
    (881, 881),
    (883, 883),
    (886, 888),
    (890, 899),
    (901, 903),
    (906, 906),
    (908, 909),
    (911, 919),
    (930, 939),
    (941, 941),
    (943, 943),
    (951, 955),
    (970, 977),
    (979, 979),
    (990, 999),
];

/// Eight local digits, or seven where the area code has three digits and its `0`.
fn is_whole(n: usize, n_country: usize, n_area: usize) -> bool {
    let is_long_area = n_area.saturating_add(usize::from(n_country > 0)) >= 4;
    let n_own = n.saturating_sub(n_country).saturating_sub(n_area);
    n_own == 8 || (n_own == 7 && is_long_area)
}

/// Country code, area code and local number apart or together; a country code is together with the rest only behind a sign.
fn is_landline_grouping(run: &Run, n: usize, (n_country, n_area): (usize, usize), has_sign: bool) -> bool {
    let mut groups = run.groups(n);
    if groups.iter().all(|&len| len == 1) {
        return true;
    }
    let n_own = n.saturating_sub(n_country).saturating_sub(n_area);
    if let Some(first) = groups.first_mut().filter(|_| n_country > 0) {
        if *first < n_country || (*first > n_country && !has_sign) {
            return false;
        }
        *first = first.saturating_sub(n_country);
    }
    match *groups.strip_prefix(&[0]).unwrap_or(&groups) {
        // Two years are a period: `0314 2010-2022`.
        [area, a, 4] => {
            area == n_area && a.saturating_add(4) == n_own && !(a == 4 && are_years(run, n_country, n_area))
        }
        [area, local] => area == n_area && local == n_own,
        [all] => all == n_area.saturating_add(n_own),
        _ => false,
    }
}

fn are_years(run: &Run, n_country: usize, n_area: usize) -> bool {
    let own = run.text().get(n_country.saturating_add(n_area)..).unwrap_or(&[]);
    let is_year = |digits: &[char]| digits.starts_with(&['1', '9']) || digits.starts_with(&['2', '0']);
    own.chunks(4).take(2).all(is_year)
}
