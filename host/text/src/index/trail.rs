//! The characters of the view that were read last: what stands before a match.

use super::edges::{Cut, Letter, MAX_LEFT, MAX_TERM};
use crate::speech::Clause;
use crate::table::Class;

/// How many characters are kept.
const N: usize = 96;
/// How many characters before a match its clause is read from.
const CLAUSE: usize = 64;

/// A character of the view, with the number of the original character it comes from.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The character, and its class in the bits that no character has.
    seen: u32,
    number: u32,
}

impl Step {
    /// The bits of a character.
    const CHAR: u32 = 0x1F_FFFF;
    const CLASSES: [Class; 8] = [
        Class::Cjk,
        Class::Digit,
        Class::Ascii,
        Class::Letter,
        Class::Space,
        Class::Newline,
        Class::Stop,
        Class::Separator,
    ];

    #[inline]
    fn new(ch: char, class: Class, number: u32) -> Self {
        let class = match class {
            Class::Cjk => 0,
            Class::Digit => 1,
            Class::Ascii => 2,
            Class::Letter => 3,
            Class::Space => 4,
            Class::Newline => 5,
            Class::Stop => 6,
            Class::Separator => 7,
        };
        Self { seen: u32::from(ch) | (class << 21), number }
    }

    fn ch(self) -> char {
        char::from_u32(self.seen & Self::CHAR).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn class(self) -> Class {
        let class = usize::try_from(self.seen >> 21).ok().and_then(|class| Self::CLASSES.get(class));
        class.copied().unwrap_or(Class::Separator)
    }
}

/// The characters that were read last.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    steps: Box<[Step; N]>,
    /// How many characters have been read in all.
    n: usize,
}

impl Default for Trail {
    fn default() -> Self {
        Self { steps: Box::new([Step::new(' ', Class::Space, 0); N]), n: 0 }
    }
}

impl Trail {
    /// Takes a character of the view.
    #[inline]
    pub(super) fn take(&mut self, ch: char, class: Class, number: u32) {
        if let Some(slot) = self.steps.get_mut(self.n % N) {
            *slot = Step::new(ch, class, number);
        }
        self.n = self.n.wrapping_add(1);
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.steps)
    }

    /// The characters that are kept, the last first.
    fn back(&self) -> impl Iterator<Item = &Step> {
        (1..=N.min(self.n)).filter_map(|n| self.steps.get(self.n.wrapping_sub(n) % N))
    }

    /// The clause before a match that begins with the original character `first`.
    pub(super) fn clause(&self, first: u32) -> Clause {
        let before = self.back().skip_while(|step| step.number >= first).take(CLAUSE);
        let mut chars: Vec<(char, Class)> = before.map(|step| (step.ch(), step.class())).collect();
        chars.reverse();
        Clause::before(&chars)
    }

    /// The match from the original character `first` to `last`, with the Chinese letters around it; none for one that no
    /// word can cut.
    pub(super) fn cut(&self, first: u32, last: u32) -> Option<Box<Cut>> {
        let mut letters: Vec<Letter> = Vec::with_capacity(MAX_LEFT.saturating_add(8));
        let (mut n_own, mut n_left) = (0_usize, 0_usize);
        for step in self.back().skip_while(|step| step.number > last) {
            let is_left = step.number < first;
            if step.class() != Class::Cjk {
                // The letter behind it stands apart; nothing before the match that does is asked about.
                letters.last_mut().into_iter().for_each(Letter::set_apart);
                if is_left {
                    break;
                }
                continue;
            }
            if is_left && (n_left == MAX_LEFT || letters.last().is_some_and(Letter::is_apart)) {
                break;
            }
            let n = if is_left { &mut n_left } else { &mut n_own };
            *n = n.saturating_add(1);
            letters.push(Letter::new(step.ch()));
        }
        letters.reverse();
        (2..=MAX_TERM).contains(&n_own).then(|| Box::new(Cut::new(letters, n_left)))
    }
}
