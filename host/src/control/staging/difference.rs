//! The difference between two editions: every item classed by whether it can let through what was not let through before.
//!
//! What cannot be told counts as loosening: a second approver costs little, the other mistake much.

mod code;
mod lexicons;
mod policies;
mod tables;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};

use crate::runtime::{Change, ChangeClass, EditionContent};

/// Collects changes under one place.
struct Changes<'a> {
    place: String,
    all: &'a mut Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, class: ChangeClass, what: impl Into<String>) {
        self.all.push(Change { class, place: self.place.clone(), what: what.into() });
    }

    /// What went out of a set, and what came into it.
    fn sets<T: Ord + std::fmt::Display>(
        &mut self,
        (before, after): (&BTreeSet<T>, &BTreeSet<T>),
        (gone, come): (ChangeClass, ChangeClass),
        words: &str,
    ) {
        for one in before.difference(after) {
            self.add(gone, format!("no longer {words} `{one}`"));
        }
        for one in after.difference(before) {
            self.add(come, format!("now {words} `{one}`"));
        }
    }
}

/// The first `n` names one by one, and how many there are beside them.
fn named(names: &[String], n: usize) -> String {
    let shown: Vec<&str> = names.iter().take(n).map(String::as_str).collect();
    let n_more = names.len().saturating_sub(n);
    let more = if n_more > 0 { format!(" and {n_more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// What one key has before and after, for every key of two maps.
fn pairs<'m, K: Ord, V>(
    before: &'m BTreeMap<K, V>,
    after: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = (&'m K, Option<&'m V>, Option<&'m V>)> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    keys.into_iter().map(|key| (key, before.get(key), after.get(key)))
}

impl EditionContent {
    /// Every change from this edition to another, those that loosen first.
    pub fn difference(&self, to: &Self) -> Vec<Change> {
        difference(self, to)
    }
}

/// Every change from one edition to another, those that loosen first.
pub(crate) fn difference(before: &EditionContent, after: &EditionContent) -> Vec<Change> {
    let mut all = Vec::new();
    policies::compare(before, after, &mut all);
    tables::registry(before.registry(), after.registry(), &mut all);
    tables::trust(before, after, &mut all);
    vectors::of_editions(before, after, &mut all);
    tables::profile(before, after, &mut all);
    all.sort_by(|a, b| b.class.cmp(&a.class).then_with(|| a.cmp(b)));
    all.dedup();
    all
}

pub(crate) use lexicons::changed_categories;
pub(crate) use vectors::{dropped, is_stricter, of_policy as vectors_of};

/// The first item that loosens, and how many do.
pub(crate) fn loosening(changes: &[Change]) -> Option<(&Change, usize)> {
    let n = changes.iter().filter(|change| change.class == ChangeClass::Loosening).count();
    changes.iter().find(|change| change.class == ChangeClass::Loosening).map(|first| (first, n))
}
