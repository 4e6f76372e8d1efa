//! Whether a term stands for itself or is cut out of ordinary words: `色情` in `白色情人节`.
//!
//! The letters around a match are read as the likeliest row of words of a dictionary, once with the term as one of the words
//! and once with words over its edges. The match does not count where the second is likelier. What is written apart with
//! separators is no word, so a term that is spelled out is not cut by what stands beside it.

use crate::table::Class;
use crate::words::{MAX_WORD, UNKNOWN, Walk};

/// The letters before a match that are read with it.
pub(super) const MAX_LEFT: usize = 6;
/// Longer terms are cut out of ordinary words by no accident.
pub(super) const MAX_TERM: usize = 20;
/// All letters that are read for one match: before it, its own, and two words behind it.
const MAX_LETTERS: usize = MAX_LEFT + MAX_TERM + 2 * MAX_WORD;
/// More than any row of words costs.
const NEVER: u32 = u32::MAX / 4;

/// A Chinese letter, and whether something stands between the one before and it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    ch: char,
    is_apart: bool,
}

impl Letter {
    /// A letter right behind the one before it.
    pub(super) fn new(ch: char) -> Self {
        Self { ch, is_apart: false }
    }

    /// Something stands before it.
    pub(super) fn set_apart(&mut self) {
        self.is_apart = true;
    }

    /// Whether something stands before it.
    pub(super) fn is_apart(&self) -> bool {
        self.is_apart
    }
}

/// What is known of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stands for itself.
    Stands,
    /// It is cut out of words.
    IsCut,
    /// The next letter decides.
    Open,
}

/// A match among the letters around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    letters: Vec<Letter>,
    /// The first letter of the match, and the one behind it.
    start: usize,
    end: usize,
    /// Whether the letters end here.
    is_closed: bool,
}

/// What a row of words costs up to a letter, by which edges of the match words stand over: none, the left, the right, both.
type Costs = [u32; 4];

const LEFT: usize = 1;
const RIGHT: usize = 2;

impl Cut {
    /// A match among these letters, of which so many stand before it and none behind.
    pub(super) fn new(letters: Vec<Letter>, n_left: usize) -> Self {
        Self { end: letters.len(), letters, start: n_left, is_closed: false }
    }

    /// Takes the next character of the view.
    pub(super) fn take(&mut self, ch: char, class: Class) {
        if class != Class::Cjk || self.letters.len() >= MAX_LETTERS {
            self.is_closed = true;
        } else if !self.is_closed {
            self.letters.push(Letter::new(ch));
        }
    }

    /// Takes the end of the letters.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.letters.capacity().saturating_mul(size_of::<Letter>()))
    }

    /// Whether the match counts.
    pub(super) fn verdict(&self) -> Verdict {
        let n = self.letters.len();
        let mut words: Vec<Vec<(usize, u32)>> = Vec::with_capacity(n);
        let mut furthest = self.end;
        let mut cuts = false;
        let mut is_open = false;
        for first in 0..n {
            let (own, goes_on) = self.words(first);
            let crossing =
                |end: usize| (first < self.start && end > self.start) || (first < self.end && end > self.end);
            for &(end, _) in &own {
                if crossing(end) {
                    cuts = true;
                    furthest = furthest.max(end);
                }
            }
            // A word over the right edge, or over the end of such a word, may still come.
            is_open |= goes_on && !self.is_closed && (first < self.end || (cuts && first < furthest));
            words.push(own);
        }
        if is_open {
            return Verdict::Open;
        }
        if cuts && self.is_cut(&words) { Verdict::IsCut } else { Verdict::Stands }
    }

    /// The words that begin with a letter: where each ends, and what it costs; and whether one may go on behind the last
    /// letter.
    fn words(&self, first: usize) -> (Vec<(usize, u32)>, bool) {
        let mut found = Vec::new();
        let mut walk = Walk::new();
        let rest = self.letters.get(first..).unwrap_or(&[]);
        for (letter, end) in rest.iter().zip(first.saturating_add(1)..).take(MAX_WORD) {
            let is_first = end == first.saturating_add(1);
            if letter.is_apart && !is_first {
                return (found, false);
            }
            let goes_on = walk.as_mut().is_some_and(|walk| walk.step(letter.ch));
            let rarity = walk.as_ref().filter(|_| goes_on).and_then(Walk::rarity);
            match rarity.or(is_first.then_some(UNKNOWN)) {
                Some(cost) if !self.is_around(first, end) => found.push((end, cost)),
                _ => {}
            }
            if !goes_on {
                return (found, false);
            }
        }
        let is_at_end = first.saturating_add(MAX_WORD) > self.letters.len();
        let goes_on = walk.is_some_and(|walk| walk.goes_on());
        (found, is_at_end && goes_on)
    }

    /// Whether a word holds the whole match and is put together from it: `定时炸弹` of `炸弹`, `赌博机` of `赌博`. Such a word cuts
    /// nothing. Whether what is left is one letter or a word tells: `大麻哈鱼` has nothing to do with `大麻`.
    fn is_around(&self, first: usize, end: usize) -> bool {
        let holds = first <= self.start && end >= self.end && (first, end) != (self.start, self.end);
        holds && self.is_one(first, self.start) && self.is_one(self.end, end)
    }

    /// Whether these letters are nothing, a single one, or a word.
    fn is_one(&self, first: usize, end: usize) -> bool {
        let letters = self.letters.get(first..end).unwrap_or(&[]);
        letters.len() < 2
            || Walk::new()
                .is_some_and(|mut walk| letters.iter().all(|letter| walk.step(letter.ch)) && walk.rarity().is_some())
    }

    /// Whether words over the edges are likelier than the match as a word. Over one edge alone much ordinary text has them
    /// (`办假证件`), so there the match costs less.
    fn is_cut(&self, words: &[Vec<(usize, u32)>]) -> bool {
        let n = self.letters.len();
        let all = self.costs(words, 0, n);
        let beside = |first, end| self.costs(words, first, end).first().copied().unwrap_or(NEVER);
        let rest = beside(0, self.start).saturating_add(beside(self.end, n));
        let (known, split) = self.own_costs();
        let as_word = known.min(split.saturating_sub(1));
        let as_term = as_word.min(split.saturating_mul(5) / 8);
        let [_, left, right, both] = all;
        both < rest.saturating_add(as_word) || left.min(right) < rest.saturating_add(as_term)
    }

    /// The least that the letters from `first` to `end` cost as words, by the edges that words stand over.
    fn costs(&self, words: &[Vec<(usize, u32)>], first: usize, end: usize) -> Costs {
        let mut table: Vec<Costs> = vec![[NEVER; 4]; end.saturating_add(1)];
        if let Some(slot) = table.get_mut(first).and_then(|costs| costs.first_mut()) {
            *slot = 0;
        }
        for place in first..end {
            let Some(costs) = table.get(place).copied() else { continue };
            for &(to, cost) in words.get(place).into_iter().flatten().filter(|(to, _)| *to <= end) {
                let over = |edge: usize, flag| if place < edge && edge < to { flag } else { 0 };
                let over = over(self.start, LEFT) | over(self.end, RIGHT);
                for (edges, before) in (0_usize..).zip(costs) {
                    let sum = before.saturating_add(cost);
                    let slot = table.get_mut(to).and_then(|costs| costs.get_mut(edges | over));
                    slot.into_iter().for_each(|least| *least = sum.min(*least));
                }
            }
        }
        table.get(end).copied().unwrap_or([NEVER; 4])
    }

    /// What the letters of the match cost as one word of the dictionary, and as the words they fall into, whatever stands
    /// between them.
    fn own_costs(&self) -> (u32, u32) {
        let own = self.letters.get(self.start..self.end).unwrap_or(&[]);
        let mut least = vec![NEVER; own.len().saturating_add(1)];
        least.iter_mut().take(1).for_each(|first| *first = 0);
        let mut known = NEVER;
        for first in 0..own.len() {
            let before = least.get(first).copied().unwrap_or(NEVER);
            let mut walk = Walk::new();
            for (n, letter) in (1_usize..).zip(own.iter().skip(first)) {
                let is_word = walk.as_mut().is_some_and(|walk| walk.step(letter.ch));
                let rarity = walk.as_ref().filter(|_| is_word).and_then(Walk::rarity);
                let Some(cost) = rarity.or((n == 1).then_some(UNKNOWN)) else { if is_word { continue } else { break } };
                if n == own.len() {
                    known = cost;
                } else if let Some(slot) = least.get_mut(first.saturating_add(n)) {
                    *slot = before.saturating_add(cost).min(*slot);
                }
                if !is_word {
                    break;
                }
            }
        }
        (known, least.last().copied().unwrap_or(NEVER))
    }
}
