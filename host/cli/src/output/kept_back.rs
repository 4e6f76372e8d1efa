//! How much text was kept back: a distribution over the places where it was looked at.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::share::{fraction, share};

/// Characters kept back, with how often so many were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptBack(BTreeMap<usize, u64>);

impl KeptBack {
    /// So few characters no reader notices; their share is shown.
    pub(crate) const FEW: usize = 2;
    /// From so many on, lengths are shown together.
    const MANY: usize = 8;

    /// So many characters were kept back at one more place.
    pub(crate) fn add(&mut self, n_chars: usize) {
        let n = self.0.entry(n_chars).or_default();
        *n = n.saturating_add(1);
    }

    /// At how many places it was looked.
    pub(crate) fn n(&self) -> u64 {
        self.0.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// The most characters that were kept back at one.
    pub(crate) fn largest(&self) -> usize {
        self.0.keys().max().copied().unwrap_or(0)
    }

    fn n_few(&self) -> u64 {
        self.0.range(..=Self::FEW).fold(0, |sum, (_, n)| sum.saturating_add(*n))
    }

    /// For a person: the distribution, then the share of few and the largest.
    pub(crate) fn lines(&self) -> [String; 2] {
        let of = self.n();
        let each = |(n_chars, n): (&usize, &u64)| format!("{n_chars}: {}", share(*n, of));
        let mut list: Vec<String> = self.0.range(..Self::MANY).map(each).collect();
        let n_many = self.0.range(Self::MANY..).fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
        if n_many > 0 {
            list.push(format!("{} or more: {}", Self::MANY, share(n_many, of)));
        }
        let few = format!("{} or fewer: {}, largest: {}", Self::FEW, share(self.n_few(), of), self.largest());
        [list.join(", "), few]
    }

    /// For a program.
    pub(crate) fn json(&self) -> Value {
        let counts: BTreeMap<String, u64> = self.0.iter().map(|(n_chars, n)| (n_chars.to_string(), *n)).collect();
        json!({
            "positions": self.n(), "by-characters": counts, "few": fraction(self.n_few(), self.n()),
            "largest": self.largest(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_places() {
        let mut kept = KeptBack::default();
        [0, 0, 1, 2, 3, 9, 12, 0].into_iter().for_each(|n| kept.add(n));
        let lines = [
            "0: 37.5 %, 1: 12.5 %, 2: 12.5 %, 3: 12.5 %, 8 or more: 25.0 %".to_owned(),
            "2 or fewer: 62.5 %, largest: 12".to_owned(),
        ];
        assert_eq!(kept.lines(), lines);
    }
}
