//! Telephone numbers of mainland China.

use super::number::{self, Form, Run, follows_code, starts_clean};
use super::sight::{Reading, Sight};

const MOBILE_LEN: usize = 11;
const MOBILE: Form = Form { n: 15, accepts: |c| c.is_ascii_digit(), can_become: can_become_mobile };
const LANDLINE: Form = Form { n: 12, accepts: |c| c.is_ascii_digit(), can_become: can_become_landline };

/// Mobile numbers: 11 digits that begin with an allocated prefix, with or without `+86`, as people group them.
pub(super) fn mobile(sight: &Sight, first: usize) -> Reading {
    if !starts_clean(sight, first) || follows_code(sight, first) {
        return Ok(None);
    }
    let n_country = match sight.ch(first)? {
        '8' => 2,
        '0' => 4,
        _ => 0,
    };
    let n = MOBILE_LEN.saturating_add(n_country);
    let run = Run::read(sight, first, &Form { n, ..MOBILE })?;
    let is_number = run.head(n).is_some_and(can_become_mobile) && is_mobile_grouping(&run.groups(n), n_country);
    if is_number { run.found(sight, n) } else { Ok(None) }
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

/// How people group eleven digits. Other groupings are years, sums and lists more often than numbers to call.
fn is_mobile_grouping(groups: &[usize], n_country: usize) -> bool {
    let own = match (n_country, groups) {
        (0, own) => own,
        (n, [first, own @ ..]) if *first == n => own,
        (n, [first]) if *first == n.saturating_add(MOBILE_LEN) => return true,
        _ => return groups.iter().all(|&len| len == 1),
    };
    matches!(own, [11] | [3, 4, 4] | [3, 8] | [7, 4] | [4, 3, 4] | [3, 3, 5] | [1, 10] | [1, 3, 4, 3])
        || own.iter().all(|&len| len == 1)
}

/// Landline numbers: area code and seven or eight digits, `0` included.
pub(super) fn landline(sight: &Sight, first: usize) -> Reading {
    if !starts_clean(sight, first) || follows_code(sight, first) || sight.ch(first)? != '0' {
        return Ok(None);
    }
    let beginning = Run::read(sight, first, &Form { n: 2, ..LANDLINE })?;
    let n_area = area_len(beginning.text());
    let n_most = if n_area == 3 { 11 } else { 12 };
    let run = Run::read(sight, first, &Form { n: n_most, ..LANDLINE })?;
    for n in [n_most, 11] {
        let is_number = run.head(n).is_some_and(|digits| can_become_landline(digits) && is_whole(digits, n_area));
        if is_number
            && is_landline_grouping(&run, n, n_area)
            && let Some(found) = run.found(sight, n)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn area_len(digits: &[char]) -> usize {
    if matches!(digits.get(1), Some('1' | '2')) { 3 } else { 4 }
}

/// Area codes (010, the 02x of the great cities, four digits elsewhere), and local numbers that begin with 2 to 8.
fn can_become_landline(digits: &[char]) -> bool {
    let is_area = match *digits {
        ['0', '1', last, ..] => last == '0',
        ['0', '2', last, ..] => last != '6',
        ['0', a, b, _, ..] => ('3'..='9').contains(&a) && b != '0',
        ['0', a, ..] => a != '0',
        ['0'] => true,
        _ => false,
    };
    is_area && digits.get(area_len(digits)).is_none_or(|first| ('2'..='8').contains(first))
}

/// Eight local digits, or seven where the area code has four.
fn is_whole(digits: &[char], n_area: usize) -> bool {
    let n_own = digits.len().saturating_sub(n_area);
    n_own == 8 || (n_own == 7 && n_area == 4)
}

fn is_landline_grouping(run: &Run, n: usize, n_area: usize) -> bool {
    let n_own = n.saturating_sub(n_area);
    let groups = run.groups(n);
    match *groups {
        [all] => all == n,
        [area, own] => area == n_area && own == n_own,
        // Two years are a period: `0314 2010-2022`.
        [area, a, 4] => area == n_area && a.saturating_add(4) == n_own && !(a == 4 && are_years(run, n_area)),
        _ => groups.iter().all(|&len| len == 1),
    }
}

fn are_years(run: &Run, n_area: usize) -> bool {
    let own = run.text().get(n_area..).unwrap_or(&[]);
    let is_year = |digits: &[char]| digits.starts_with(&['1', '9']) || digits.starts_with(&['2', '0']);
    own.chunks(4).all(is_year)
}
