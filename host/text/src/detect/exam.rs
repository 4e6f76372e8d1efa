//! Exam papers: no single word makes one, several kinds of evidence together do.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Sight;
use super::number::{self, starts};
use crate::table::Class;
use crate::view::ViewChar;

/// The evidence that makes a text an exam paper.
const ENOUGH: u32 = 8;
/// What each sum of marks counts (`（5分）`, `共60分`), and how many count.
const MARKS: u32 = 3;
const MAX_MARKS: usize = 2;
/// What a set of four options counts (`A.` … `D.`).
const OPTIONS: u32 = 3;
/// What three questions numbered in order count.
const NUMBERING: u32 = 2;

/// A piece of evidence: where it stands, what kind it is, what it counts.
struct Sign {
    at: Range<usize>,
    kind: u32,
    weight: u32,
}

/// The kinds that are not a word; words have their own numbers from zero.
const KIND_MARKS: u32 = 1 << 16;
const KIND_OPTIONS: u32 = 2 << 16;
const KIND_NUMBERING: u32 = 3 << 16;

/// The stretch from the first evidence to the piece that makes it enough; at most one a text. Each word counts once,
/// and something must be there that talk about exams does not have: marks, options, numbering.
pub(super) fn papers(sight: &Sight) -> Vec<Range<usize>> {
    let mut signs: Vec<Sign> = Vec::new();
    for evidence in sight.evidence {
        if let Some(cue) = evidence.of("exam-paper") {
            signs.push(Sign { at: evidence.start..evidence.end, kind: evidence.cue, weight: cue.weight });
        }
    }
    if signs.is_empty() {
        return Vec::new();
    }
    signs.extend(marks(sight.chars));
    signs.extend(options(sight.chars));
    signs.extend(numbering(sight.chars));
    signs.retain(|sign| sign.weight > 0);
    signs.sort_by_key(|sign| (sign.at.end, sign.at.start));
    let mut sum = 0_u32;
    let mut seen = BTreeSet::new();
    let mut n_marks = 0_usize;
    let mut start = usize::MAX;
    for sign in &signs {
        start = start.min(sign.at.start);
        let counts = if sign.kind == KIND_MARKS {
            n_marks = n_marks.saturating_add(1);
            n_marks <= MAX_MARKS
        } else {
            !seen.contains(&sign.kind)
        };
        seen.insert(sign.kind);
        if counts {
            sum = sum.saturating_add(sign.weight);
        }
        let has_structure = [KIND_MARKS, KIND_OPTIONS, KIND_NUMBERING].iter().any(|kind| seen.contains(kind));
        if sum >= ENOUGH && has_structure {
            return std::iter::once(start..sign.at.end).collect();
        }
    }
    Vec::new()
}

/// Sums of marks: a number and `分`, in brackets or after `共`, `每小题`, `每题` or `满分`.
fn marks(chars: &[ViewChar]) -> Vec<Sign> {
    let mut found = Vec::new();
    for first in starts(chars) {
        let n = chars.iter().skip(first).take_while(|c| c.class == Class::Digit).count();
        let unit = first.saturating_add(n);
        let is_marks = n <= 3 && number::at(chars, Some(unit)).is_some_and(|c| c.ch == '分');
        let before = number::at(chars, first.checked_sub(1)).map(|c| c.ch);
        let after = number::at(chars, unit.checked_add(1)).map(|c| c.ch);
        let is_bracketed = before == Some('(') && matches!(after, Some(')' | ',' | ';' | '。'));
        let is_announced = matches!(before, Some('共' | '题' | '得' | '满')) && after != Some('钟');
        let is_full = before == Some('分') && number::at(chars, first.checked_sub(2)).is_some_and(|c| c.ch == '满');
        if is_marks && (is_bracketed || is_announced || is_full) {
            let at = number::span(chars, first, unit);
            found.extend(at.map(|at| Sign { at, kind: KIND_MARKS, weight: MARKS }));
        }
    }
    found
}

/// The first four options in order, each a letter that stands alone with a dot, a comma or a bracket after it.
fn options(chars: &[ViewChar]) -> Option<Sign> {
    let mut wanted = ['a', 'b', 'c', 'd'].into_iter().peekable();
    let mut start = None;
    for (place, c) in chars.iter().enumerate() {
        let is_alone = !number::class(chars, place.checked_sub(1)).is_some_and(Class::is_word);
        let mark = number::at(chars, place.checked_add(1)).map(|after| after.ch);
        if Some(&c.ch) == wanted.peek() && is_alone && matches!(mark, Some('.' | '、' | ')' | ',' | ':')) {
            wanted.next();
            let start = *start.get_or_insert(c.start);
            if wanted.peek().is_none() {
                return Some(Sign { at: start..c.end, kind: KIND_OPTIONS, weight: OPTIONS });
            }
        }
    }
    None
}

/// Three numbers in order, each at the start of a line or sentence, with a dot or a comma after it.
fn numbering(chars: &[ViewChar]) -> Option<Sign> {
    let mut last: Option<(u32, usize)> = None;
    let mut n_in_order = 0_usize;
    for first in starts(chars) {
        let n = chars.iter().skip(first).take_while(|c| c.class == Class::Digit).count();
        let mark = number::at(chars, first.checked_add(n)).map(|c| c.ch);
        let is_decimal = mark == Some('.')
            && number::class(chars, first.saturating_add(n).checked_add(1)).is_some_and(|class| class == Class::Digit);
        let before = number::at(chars, first.checked_sub(1));
        let is_at_start = before.is_none_or(|c| c.class.is_gap());
        if n > 2 || is_decimal || !is_at_start || !matches!(mark, Some('.' | '、')) {
            continue;
        }
        let digits: Vec<char> = chars.iter().skip(first).take(n).map(|c| c.ch).collect();
        let value = number::value(&digits);
        let c = chars.get(first)?;
        match last {
            Some((before, start)) if value == before.saturating_add(1) => {
                n_in_order = n_in_order.saturating_add(1);
                last = Some((value, start));
            }
            _ => {
                n_in_order = 1;
                last = Some((value, c.start));
            }
        }
        if let (3, Some((_, start))) = (n_in_order, last) {
            return Some(Sign { at: start..c.end, kind: KIND_NUMBERING, weight: NUMBERING });
        }
    }
    None
}
