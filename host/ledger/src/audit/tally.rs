//! Counts by verdict, and what became of measures.

use std::collections::BTreeMap;
use std::ops::Index;

use serde::{Serialize, Serializer};
use specialis_core::{Date, Level};

/// How many decisions had each verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally(pub BTreeMap<Level, u64>);

impl Tally {
    pub(super) fn add(&mut self, level: Level) {
        self.add_many(level, 1);
    }

    pub(super) fn add_many(&mut self, level: Level, n: u64) {
        let count = self.0.entry(level).or_default();
        *count = count.saturating_add(n);
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |sum, n| sum.saturating_add(*n))
    }
}

/// Decisions of one kind, such as those on an article, by name: in all, and by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// By name.
    pub all: BTreeMap<String, Tally>,
    /// By name and day.
    pub days: BTreeMap<String, BTreeMap<Date, Tally>>,
}

impl Group {
    pub(super) fn add(&mut self, name: String, day: Date, level: Level) {
        self.days.entry(name.clone()).or_default().entry(day).or_default().add(level);
        self.all.entry(name).or_default().add(level);
    }
}

impl Index<&str> for Group {
    type Output = Tally;

    /// The tally of a name; one without any where there is none.
    fn index(&self, name: &str) -> &Tally {
        static NONE: Tally = Tally(BTreeMap::new());
        self.all.get(name).unwrap_or(&NONE)
    }
}

impl Serialize for Group {
    /// Without the days, which the plots show.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}

/// What became of a kind of measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MeasureTally {
    /// How often it was owed.
    pub owed: u64,
    /// How often it was carried out.
    pub done: u64,
    /// How often somebody else took it over.
    pub handed_over: u64,
    /// How often it failed.
    pub failed: u64,
    /// How often there was no report, or none of it.
    pub undone: u64,
    /// How often it was due before the day of the audit, and is not done.
    pub overdue: u64,
}

/// What became of content that decisions ask to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ContentTally {
    /// How many decisions ask to keep the content of their event.
    pub owed: u64,
    /// How often the platform's own store took it.
    pub kept: u64,
    /// How often the store could not take it.
    pub failed: u64,
}

pub(super) fn count<K: Ord>(map: &mut BTreeMap<K, u64>, key: K) {
    let n = map.entry(key).or_default();
    *n = n.saturating_add(1);
}
