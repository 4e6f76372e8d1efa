//! The figures of a replay, as JSON has them and as the tables show them.

use std::collections::BTreeMap;

use serde::Serialize;
use specialis::Edition;

use super::tally::{Group, Tally, Verdicts};
use crate::output::fraction;

/// All figures.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Report {
    /// The edition that judged.
    pub(super) edition: String,
    /// Rows that were judged.
    pub(super) rows: u64,
    /// Rows that could not be read.
    pub(super) not_judged: u64,
    /// Benign rows that came to `review` or `stop`.
    pub(super) over_blocking: Share,
    /// Benign rows with hits, whatever came of them.
    pub(super) benign_with_hits: Share,
    /// Risky rows that came to `review` or `stop`.
    pub(super) detection: Share,
    /// Risky rows with hits, whatever came of them.
    pub(super) risky_with_hits: Share,
    /// By label and source.
    pub(super) labels: Vec<Counted>,
    /// By label, source and category.
    pub(super) categories: Vec<Counted>,
    /// Who decided that rows are blocked, the most frequent first.
    pub(super) blocked_by: Vec<BlockedBy>,
    /// On how many rows each policy was called.
    pub(super) calls: BTreeMap<String, u64>,
    /// Faults of policies, by kind.
    pub(super) faults: Vec<Faults>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Share {
    pub(super) n: u64,
    pub(super) of: u64,
    /// None of nothing.
    pub(super) share: Option<f64>,
}

impl Share {
    fn new(n: u64, of: u64) -> Self {
        Self { n, of, share: fraction(n, of) }
    }

    fn blocked(verdicts: &Verdicts) -> Self {
        Self::new(verdicts.n_blocked(), verdicts.n())
    }

    fn with_hits(verdicts: &Verdicts) -> Self {
        Self::new(verdicts.n_with_hits, verdicts.n())
    }
}

/// What a group of rows came to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Counted {
    pub(super) label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<String>,
    pub(super) verdicts: BTreeMap<&'static str, u64>,
    /// Rows that came to `review` or `stop`.
    pub(super) blocked: Share,
    /// Rows with hits.
    pub(super) with_hits: Share,
}

/// Who decided that rows of a label are blocked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct BlockedBy {
    pub(super) label: String,
    pub(super) duty: String,
    pub(super) policy: String,
    pub(super) rows: u64,
}

/// Faults of one policy and kind.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Faults {
    pub(super) policy: String,
    pub(super) fault: &'static str,
    pub(super) rows: u64,
}

impl Report {
    pub(super) fn new(tally: &Tally, not_judged: u64, benign: &[String], risky: &[String], edition: &Edition) -> Self {
        let of_labels = |labels: &[String]| {
            let own = tally.groups.iter().filter(|(group, _)| labels.contains(&group.label));
            sum(own.map(|(_, verdicts)| verdicts))
        };
        let (benign, risky) = (of_labels(benign), of_labels(risky));
        let mut labels: BTreeMap<Group, Verdicts> = BTreeMap::new();
        for (group, verdicts) in &tally.groups {
            labels.entry(Group { category: None, ..group.clone() }).or_default().add(verdicts);
        }
        let mut blocked_by: Vec<_> = tally
            .blocked_by
            .iter()
            .map(|(by, rows)| BlockedBy {
                label: by.label.clone(),
                duty: by.duty.to_string(),
                policy: by.policy.to_string(),
                rows: *rows,
            })
            .collect();
        blocked_by.sort_by(|a, b| a.label.cmp(&b.label).then(b.rows.cmp(&a.rows)));
        let calls = edition.policies().into_iter().map(|policy| {
            let n = tally.calls.get(&policy.id).copied().unwrap_or(0);
            (policy.id.to_string(), n)
        });
        Self {
            edition: edition.id().to_owned(),
            rows: sum(tally.groups.values()).n(),
            not_judged,
            over_blocking: Share::blocked(&benign),
            benign_with_hits: Share::with_hits(&benign),
            detection: Share::blocked(&risky),
            risky_with_hits: Share::with_hits(&risky),
            labels: labels.iter().map(counted).collect(),
            categories: tally.groups.iter().map(counted).collect(),
            blocked_by,
            calls: calls.collect(),
            faults: tally
                .faults
                .iter()
                .map(|((policy, kind), rows)| Faults { policy: policy.to_string(), fault: kind.as_str(), rows: *rows })
                .collect(),
        }
    }
}

fn counted((group, verdicts): (&Group, &Verdicts)) -> Counted {
    let Group { label, source, category } = group.clone();
    let verdicts_by_level = verdicts.each().collect();
    let (blocked, with_hits) = (Share::blocked(verdicts), Share::with_hits(verdicts));
    Counted { label, source, category, verdicts: verdicts_by_level, blocked, with_hits }
}

fn sum<'a>(all: impl Iterator<Item = &'a Verdicts>) -> Verdicts {
    let mut sum = Verdicts::default();
    all.for_each(|one| sum.add(one));
    sum
}
