//! Counting what rows came to.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Serialize;
use specialis::Judged;
use specialis_core::{DutyId, FaultKind, Level, PolicyId};

use crate::input::{Place, Row};

/// Rows with the same of these are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) label: String,
    pub(super) source: Option<String>,
    pub(super) category: Option<String>,
}

/// How many rows came to which level, and in how many of them words or forms were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdicts {
    levels: BTreeMap<Level, u64>,
    /// Rows in which a lexicon, a detector or a pattern hit, whatever came of it.
    pub(super) n_with_hits: u64,
}

impl Verdicts {
    pub(super) fn add(&mut self, other: &Self) {
        other.levels.iter().for_each(|(level, n)| add(self.levels.entry(*level).or_default(), *n));
        add(&mut self.n_with_hits, other.n_with_hits);
    }

    pub(super) fn n(&self) -> u64 {
        self.levels.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// How many came to `review` or `stop`.
    pub(super) fn n_blocked(&self) -> u64 {
        self.levels.range(Level::Review..).fold(0, |sum, (_, n)| sum.saturating_add(*n))
    }

    pub(super) fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Level::ALL.iter().map(move |level| (level.as_str(), self.levels.get(level).copied().unwrap_or(0)))
    }
}

/// Who decided that a row is blocked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct By {
    pub(super) label: String,
    pub(super) duty: DutyId,
    pub(super) policy: PolicyId,
}

/// What one row came to, for a file. It holds nothing of the text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Line {
    row: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    verdict: Level,
    hits: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<DutyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PolicyId>,
    decision: String,
}

/// Counts over rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) groups: BTreeMap<Group, Verdicts>,
    pub(super) blocked_by: BTreeMap<By, u64>,
    /// On how many rows each policy was called.
    pub(super) calls: BTreeMap<PolicyId, u64>,
    pub(super) faults: BTreeMap<(PolicyId, FaultKind), u64>,
    lines: Vec<(u64, Line)>,
}

impl Tally {
    pub(super) fn count(&mut self, order: u64, place: &Place, row: &Row, judged: &Judged, keeps_row: bool) {
        let decision = &judged.decision;
        let Row { label, source, category, .. } = row.clone();
        let group = Group { label: label.clone(), source: source.clone(), category: category.clone() };
        let verdicts = self.groups.entry(group).or_default();
        add(verdicts.levels.entry(decision.verdict).or_default(), 1);
        add(&mut verdicts.n_with_hits, u64::from(judged.observation.n_hits > 0));
        judged.observation.fuel.keys().for_each(|policy| add(self.calls.entry(policy.clone()).or_default(), 1));
        for (policy, came) in &decision.evaluations {
            if let Some(fault) = &came.fault {
                add(self.faults.entry((policy.clone(), fault.kind)).or_default(), 1);
            }
        }
        let decisive = decision.decisive.as_ref();
        if let Some(by) = decisive.filter(|_| decision.verdict >= Level::Review) {
            let by = By { label: label.clone(), duty: by.duty.clone(), policy: by.policy.clone() };
            add(self.blocked_by.entry(by).or_default(), 1);
        }
        if keeps_row {
            let line = Line {
                row: place.to_string(),
                id: row.id.clone(),
                label,
                source,
                category,
                verdict: decision.verdict,
                hits: judged.observation.n_hits,
                duty: decisive.map(|by| by.duty.clone()),
                policy: decisive.map(|by| by.policy.clone()),
                decision: decision.id.clone(),
            };
            self.lines.push((order, line));
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        other.groups.into_iter().for_each(|(group, n)| self.groups.entry(group).or_default().add(&n));
        other.blocked_by.into_iter().for_each(|(by, n)| add(self.blocked_by.entry(by).or_default(), n));
        other.calls.into_iter().for_each(|(policy, n)| add(self.calls.entry(policy).or_default(), n));
        other.faults.into_iter().for_each(|(fault, n)| add(self.faults.entry(fault).or_default(), n));
        self.lines.extend(other.lines);
    }

    /// Whether a row with this label was judged.
    pub(super) fn has(&self, label: &str) -> bool {
        self.groups.keys().any(|group| group.label == label)
    }

    /// What each row came to, in the order of the input, a line of JSON each.
    pub(super) fn rows(&self) -> Result<Vec<u8>> {
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|(order, _)| *order);
        let mut text = Vec::new();
        for (_, line) in lines {
            serde_json::to_writer(&mut text, line).context("a row cannot be written as JSON")?;
            text.push(b'\n');
        }
        Ok(text)
    }
}

fn add(count: &mut u64, n: u64) {
    *count = count.saturating_add(n);
}
