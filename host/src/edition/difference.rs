//! The difference between two editions: every item classed by whether it can let through what was not let through before.
//!
//! What cannot be told counts as loosening: it costs a second look, and the other mistake costs more.

mod lexicons;
mod policies;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Edition;

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It can only make decisions stricter.
    Tightening,
    /// It changes no decision, or none in a direction that can be told from what is declared.
    Neutral,
    /// It can make decisions less strict.
    Loosening,
}

impl Class {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tightening => "tightening",
            Self::Neutral => "neutral",
            Self::Loosening => "loosening",
        }
    }
}

/// One item of a difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// Which way it goes.
    pub class: Class,
    /// Where: ``policy `news` ``, `trust policy`, `registry`, `profile`.
    pub place: String,
    /// What, in a few words.
    pub what: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Collects changes under one place.
struct Changes<'a> {
    place: String,
    all: &'a mut Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, class: Class, what: impl Into<String>) {
        self.all.push(Change { class, place: self.place.clone(), what: what.into() });
    }

    /// What went out of a set, and what came into it.
    fn sets<T: Ord + std::fmt::Display>(
        &mut self,
        (before, after): (&BTreeSet<T>, &BTreeSet<T>),
        (gone, come): (Class, Class),
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

/// What one key has before and after, for every key of two maps.
fn pairs<'m, K: Ord, V>(
    before: &'m BTreeMap<K, V>,
    after: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = (&'m K, Option<&'m V>, Option<&'m V>)> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    keys.into_iter().map(|key| (key, before.get(key), after.get(key)))
}

/// Every change from one edition to another, those that loosen first.
pub(crate) fn difference(before: &Edition, after: &Edition) -> Vec<Change> {
    let mut all = Vec::new();
    policies::compare(before, after, &mut all);
    tables::registry(&before.registry, &after.registry, &mut all);
    tables::trust(&before.trust, &after.trust, &mut all);
    tables::profile(before, after, &mut all);
    all.sort_by(|a, b| b.class.cmp(&a.class).then_with(|| a.cmp(b)));
    all.dedup();
    all
}

/// The first item that loosens, and how many do.
pub(crate) fn loosening(changes: &[Change]) -> Option<(&Change, usize)> {
    let n = changes.iter().filter(|change| change.class == Class::Loosening).count();
    changes.iter().find(|change| change.class == Class::Loosening).map(|first| (first, n))
}
