//! One finding made of several.

use std::collections::BTreeSet;

use specialis_core::{Answer, Citation, Demand, DutyId, Finding, Level, Obligation, ReasonId, RuleId, Span};

/// What has to be the same for findings to be joined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) duty: DutyId,
    pub(super) rule: RuleId,
    kinds: Vec<String>,
    pub(super) case: Case,
}

/// The case of an answer, with what is the same in all that are joined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Case {
    NotApplicable(ReasonId),
    Met(Citation),
    Require(Citation, ReasonId),
    InsteadOf(Citation, ReasonId),
    Unknown(ReasonId),
}

/// What the joined findings ask for together.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    level: Level,
    /// Without masks.
    obligations: BTreeSet<Obligation>,
    spans: Spans,
    masks: Spans,
}

/// Spans, each once, and those that were not told yet.
#[derive(Clone, Debug, Default)]
struct Spans {
    all: BTreeSet<Span>,
    news: Vec<Span>,
}

impl Key {
    /// The key of a finding, and what it demands.
    pub(super) fn of(finding: Finding) -> (Self, Option<Demand>) {
        let Finding { duty, rule, answer, kinds } = finding;
        let what = |demand: &Demand| (demand.citation.clone(), demand.reason.clone());
        let (case, demand) = match answer {
            Answer::NotApplicable(reason) => (Case::NotApplicable(reason), None),
            Answer::Met(citation) => (Case::Met(citation), None),
            Answer::Unknown(reason) => (Case::Unknown(reason), None),
            Answer::Require(demand) => {
                let (citation, reason) = what(&demand);
                (Case::Require(citation, reason), Some(demand))
            }
            Answer::InsteadOf(demand) => {
                let (citation, reason) = what(&demand);
                (Case::InsteadOf(citation, reason), Some(demand))
            }
        };
        (Self { duty, rule, kinds, case }, demand)
    }

    /// Whether both are answers of one rule on one duty.
    pub(super) fn is_same_rule(&self, other: &Self) -> bool {
        (&self.duty, &self.rule, &self.kinds) == (&other.duty, &other.rule, &other.kinds)
    }
}

impl Key {
    /// Whether both are demands of one rule under one article, for different reasons.
    pub(super) fn is_for_another_reason(&self, other: &Self) -> bool {
        let is_alike = match (&self.case, &other.case) {
            (Case::Require(one, why), Case::Require(two, other_why))
            | (Case::InsteadOf(one, why), Case::InsteadOf(two, other_why)) => one == two && why != other_why,
            (Case::NotApplicable(_) | Case::Met(_) | Case::Require(..) | Case::InsteadOf(..) | Case::Unknown(_), _) => {
                false
            }
        };
        is_alike && self.is_same_rule(other)
    }
}

impl Case {
    /// Whether it asks for nothing, so that a demand of the same rule stands for it.
    pub(super) fn is_fulfilled(&self) -> bool {
        matches!(self, Self::Met(_) | Self::NotApplicable(_))
    }
}

impl Default for Joined {
    fn default() -> Self {
        let (spans, masks) = (Spans::default(), Spans::default());
        Self { level: Level::Pass, obligations: BTreeSet::new(), spans, masks }
    }
}

impl Joined {
    /// Adds what a further finding demands. Returns whether that was new.
    pub(super) fn add(&mut self, demand: Demand) -> bool {
        let mut is_new = self.level < demand.level;
        self.level = self.level.max(demand.level);
        for obligation in demand.obligations {
            is_new |= match obligation {
                Obligation::Redact(span) => self.masks.add(span),
                other
                @ (Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop | Obligation::Measure(_)) => {
                    self.obligations.insert(other)
                }
            };
        }
        for span in demand.spans {
            is_new |= self.spans.add(span);
        }
        is_new
    }

    /// Whether it asks for all that a demand asks for, on all its spans.
    pub(super) fn says_at_least(&self, demand: &Demand) -> bool {
        let has = |obligation: &Obligation| match obligation {
            Obligation::Redact(span) => self.masks.all.contains(span),
            Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop | Obligation::Measure(_) => {
                self.obligations.contains(obligation)
            }
        };
        self.level >= demand.level
            && demand.obligations.iter().all(has)
            && demand.spans.iter().all(|span| self.spans.all.contains(span))
    }

    /// Whether a demand asks for all that it asks for, on all its spans. Of many spans nobody asks.
    pub(super) fn says_at_most(&self, demand: &Demand) -> bool {
        let is_small = |spans: &Spans| spans.all.len() <= Demand::MAX_SPANS;
        self.level <= demand.level
            && is_small(&self.spans)
            && is_small(&self.masks)
            && self.obligations.iter().all(|obligation| demand.obligations.contains(obligation))
            && self.masks.all.iter().all(|span| demand.obligations.contains(&Obligation::Redact(*span)))
            && self.spans.all.iter().all(|span| demand.spans.contains(span))
    }

    pub(super) fn set_told(&mut self) {
        self.spans.news = Vec::new();
        self.masks.news = Vec::new();
    }
}

impl Spans {
    fn add(&mut self, span: Span) -> bool {
        let is_new = self.all.insert(span);
        if is_new {
            self.news.push(span);
        }
        is_new
    }

    fn of(&self, is_news: bool) -> impl Iterator<Item = &Span> {
        let (all, news) = if is_news { (None, Some(&self.news)) } else { (Some(&self.all), None) };
        all.into_iter().flatten().chain(news.into_iter().flatten())
    }
}

/// The finding that several stand for. With `is_news` it has the spans and masks that were not told yet.
pub(super) fn finding(key: &Key, all: &[&Joined], is_news: bool) -> Finding {
    let demand = |(citation, reason): (&Citation, &ReasonId)| demand(citation, reason, all, is_news);
    let answer = match &key.case {
        Case::NotApplicable(reason) => Answer::NotApplicable(reason.clone()),
        Case::Met(citation) => Answer::Met(citation.clone()),
        Case::Require(citation, reason) => Answer::Require(demand((citation, reason))),
        Case::InsteadOf(citation, reason) => Answer::InsteadOf(demand((citation, reason))),
        Case::Unknown(reason) => Answer::Unknown(reason.clone()),
    };
    Finding { duty: key.duty.clone(), rule: key.rule.clone(), answer, kinds: key.kinds.clone() }
}

fn demand(citation: &Citation, reason: &ReasonId, all: &[&Joined], is_news: bool) -> Demand {
    let masks: BTreeSet<Span> = all.iter().flat_map(|one| one.masks.of(is_news)).copied().collect();
    let others: BTreeSet<&Obligation> = all.iter().flat_map(|one| &one.obligations).collect();
    let spans: BTreeSet<Span> = all.iter().flat_map(|one| one.spans.of(is_news)).copied().collect();
    let n_more = spans.len().saturating_sub(Demand::MAX_SPANS);
    Demand {
        level: all.iter().map(|one| one.level).max().unwrap_or(Level::Pass),
        obligations: masks.into_iter().map(Obligation::Redact).chain(others.into_iter().cloned()).collect(),
        spans: spans.into_iter().take(Demand::MAX_SPANS).collect(),
        more_spans: u32::try_from(n_more).unwrap_or(u32::MAX),
        citation: citation.clone(),
        reason: reason.clone(),
    }
}
