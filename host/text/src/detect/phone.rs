//! Telephone numbers of mainland China.

use std::ops::Range;

use super::Sight;
use super::number::{self, Run, starts};
use crate::table::Class;

const MOBILE_LEN: usize = 11;

/// Mobile numbers: 11 digits that begin with an allocated prefix, with or without `+86`, as people group them.
pub(super) fn mobiles(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let mut found: Vec<Range<usize>> = Vec::new();
    for first in starts(chars) {
        if found.last().is_some_and(|last| chars.get(first).is_some_and(|c| c.start < last.end)) {
            continue;
        }
        let run = Run::read(chars, first, |c| c.is_ascii_digit());
        let country =
            [&['0', '0', '8', '6'][..], &['8', '6'][..]].into_iter().find(|code| run.text().starts_with(code));
        let n_country = [0, country.map_or(0, <[char]>::len)];
        let span = n_country.into_iter().find_map(|skip| mobile(sight, &run, skip));
        found.extend(span.filter(|_| !follows_code(sight, first)));
    }
    found
}

fn mobile(sight: &Sight, run: &Run, skip: usize) -> Option<Range<usize>> {
    let n = skip.checked_add(MOBILE_LEN)?;
    let digits = run.head(n)?.get(skip..)?;
    (is_mobile(digits) && is_mobile_grouping(&run.groups(n), skip)).then(|| run.span(sight.chars, n))?
}

/// Prefixes that the ministry has allocated to mobile numbers, data cards (140, 144, 146, …) included.
fn is_mobile(digits: &[char]) -> bool {
    let prefix = number::value(digits.get(..3).unwrap_or(&[]));
    matches!(prefix, 130..=139 | 140..=141 | 144..=153 | 155..=159 | 162 | 165..=167 | 170..=178 | 180..=193 | 195..=199)
}

/// How people group eleven digits. Other groupings are years, sums and lists more often than numbers to call.
fn is_mobile_grouping(groups: &[usize], skip: usize) -> bool {
    let own = match (skip, groups) {
        (0, own) => own,
        (skip, [first, own @ ..]) if *first == skip => own,
        (2 | 4, [first, ..]) if *first == skip.saturating_add(MOBILE_LEN) => return true,
        _ => return groups.iter().all(|&len| len == 1),
    };
    matches!(own, [11] | [3, 4, 4] | [3, 8] | [7, 4] | [4, 3, 4] | [3, 3, 5] | [1, 10] | [1, 3, 4, 3])
        || own.iter().all(|&len| len == 1)
}

/// Whether a letter before the number makes it a part of a longer code: a letter with a digit right before it.
fn follows_code(sight: &Sight, first: usize) -> bool {
    let mut before = first;
    while let Some(place) = before.checked_sub(1) {
        match number::class(sight.chars, Some(place)) {
            Some(Class::Ascii) => before = place,
            Some(Class::Digit) => return before != first,
            _ => return false,
        }
    }
    false
}

/// Landline numbers: area code and seven or eight digits, `0` included.
pub(super) fn landlines(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let mut found = Vec::new();
    for first in starts(chars) {
        let run = Run::read(chars, first, |c| c.is_ascii_digit());
        if run.text().first() != Some(&'0') || follows_code(sight, first) {
            continue;
        }
        found.extend([12, 11, 10].into_iter().find_map(|n| {
            let digits = run.head(n)?;
            let n_area = if matches!(digits.get(1), Some('1' | '2')) { 3 } else { 4 };
            let (area, own) = digits.split_at_checked(n_area)?;
            let is_number = is_area(area) && is_local(own, n_area);
            (is_number && is_landline_grouping(&run.groups(n), n_area, own.len())).then(|| run.span(chars, n))?
        }));
    }
    found
}

/// Area codes: 010, the 02x of the great cities, and four digits elsewhere.
fn is_area(area: &[char]) -> bool {
    matches!(*area, ['0', '1', '0'] | ['0', '2', '0'..='5' | '7'..='9'] | ['0', '3'..='9', '1'..='9', '0'..='9'])
}

/// The local part: it begins with 2 to 8, and has eight digits where the area code has three.
fn is_local(own: &[char], n_area: usize) -> bool {
    matches!(own.first(), Some('2'..='8')) && (own.len() == 8 || (own.len() == 7 && n_area == 4))
}

fn is_landline_grouping(groups: &[usize], n_area: usize, n_own: usize) -> bool {
    match *groups {
        [all] => all == n_area.saturating_add(n_own),
        [area, own] => area == n_area && own == n_own,
        [area, a, b] => area == n_area && a.saturating_add(b) == n_own && b == 4,
        _ => groups.iter().all(|&len| len == 1),
    }
}
