//! One finding made of several.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use specialis_core::{Answer, Citation, Demand, DutyId, Finding, Level, Obligation, ReasonId, RuleId, Shared, Span};

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
    Require(Why),
    InsteadOf(Why),
    Unknown(ReasonId),
}

/// The citation and the reason of a demand. Nothing else of it is compared.
#[derive(Clone, Debug)]
pub(super) struct Why(Shared<Demand>);

impl Why {
    fn citation(&self) -> &Citation {
        &self.0.citation
    }

    fn reason(&self) -> &ReasonId {
        &self.0.reason
    }
}

impl PartialEq for Why {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Why {}

impl PartialOrd for Why {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Why {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0.is_same(&other.0) {
            return Ordering::Equal;
        }
        (self.citation(), self.reason()).cmp(&(other.citation(), other.reason()))
    }
}

/// What the joined findings ask for together.
#[derive(Clone, Debug, Default)]
pub(super) struct Joined {
    /// The demand of the only finding so far, as it came, where it is in order.
    only: Option<Shared<Demand>>,
    /// Whether that was told.
    is_told: bool,
    /// What several ask for; nothing while there is but one.
    several: Several,
}

/// What several findings ask for.
#[derive(Clone, Debug)]
pub(super) struct Several {
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
    pub(super) fn of(finding: Finding) -> (Self, Option<Shared<Demand>>) {
        let Finding { duty, rule, answer, kinds } = finding;
        let (case, demand) = match answer {
            Answer::NotApplicable(reason) => (Case::NotApplicable(reason), None),
            Answer::Met(citation) => (Case::Met(citation), None),
            Answer::Unknown(reason) => (Case::Unknown(reason), None),
            Answer::Require(demand) => (Case::Require(Why(demand.clone())), Some(demand)),
            Answer::InsteadOf(demand) => (Case::InsteadOf(Why(demand.clone())), Some(demand)),
        };
        (Self { duty, rule, kinds, case }, demand)
    }

    /// What comes before every answer of its rule on its duty.
    pub(super) fn first_of_rule(&self) -> Self {
        Self { case: Case::NotApplicable(ReasonId::from("")), ..self.clone() }
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
            (Case::Require(one), Case::Require(two)) | (Case::InsteadOf(one), Case::InsteadOf(two)) => {
                one.citation() == two.citation() && one.reason() != two.reason()
            }
            (Case::NotApplicable(_) | Case::Met(_) | Case::Require(_) | Case::InsteadOf(_) | Case::Unknown(_), _) => {
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

impl Default for Several {
    fn default() -> Self {
        let (spans, masks) = (Spans::default(), Spans::default());
        Self { level: Level::Pass, obligations: BTreeSet::new(), spans, masks }
    }
}

impl Joined {
    /// Adds what a further finding demands. Returns whether that was new.
    pub(super) fn add(&mut self, demand: Shared<Demand>) -> bool {
        if self.only.is_none() && self.several.is_nothing() && is_in_order(&demand) {
            let is_new = demand.level > Level::Pass || !demand.obligations.is_empty() || !demand.spans.is_empty();
            self.only = Some(demand);
            return is_new;
        }
        if let Some(first) = self.only.take() {
            self.several.add(&first);
            if self.is_told {
                self.several.set_told();
            }
        }
        self.several.add(&demand)
    }

    fn level(&self) -> Level {
        self.only.as_ref().map_or(self.several.level, |only| only.level)
    }

    /// Whether it asks for all that a demand asks for, on all its spans.
    pub(super) fn says_at_least(&self, demand: &Demand) -> bool {
        let has_obligation = |obligation: &Obligation| match (&self.only, mask(obligation)) {
            (Some(only), _) => only.obligations.binary_search(obligation).is_ok(),
            (None, Some(span)) => self.several.masks.all.contains(&span),
            (None, None) => self.several.obligations.contains(obligation),
        };
        let has_span = |span: &Span| match &self.only {
            Some(only) => only.spans.binary_search(span).is_ok(),
            None => self.several.spans.all.contains(span),
        };
        self.level() >= demand.level
            && demand.obligations.iter().all(has_obligation)
            && demand.spans.iter().all(has_span)
    }

    /// Whether a demand asks for all that it asks for, on all its spans. Of many spans nobody asks.
    pub(super) fn says_at_most(&self, demand: &Demand) -> bool {
        let (mut masks, mut spans) = (self.masks(false), self.spans(false));
        self.level() <= demand.level
            && masks.clone().nth(Demand::MAX_SPANS).is_none()
            && spans.clone().nth(Demand::MAX_SPANS).is_none()
            && self.others().all(|obligation| demand.obligations.contains(obligation))
            && masks.all(|span| demand.obligations.contains(&Obligation::Redact(span)))
            && spans.all(|span| demand.spans.contains(&span))
    }

    pub(super) fn set_told(&mut self) {
        self.is_told = self.only.is_some();
        self.several.set_told();
    }

    /// The only demand, where it may be shown: always, or while it is news.
    fn shown(&self, is_news: bool) -> Option<&Demand> {
        self.only.as_deref().filter(|_| !(is_news && self.is_told))
    }

    fn masks(&self, is_news: bool) -> impl Iterator<Item = Span> + Clone {
        let own = self.shown(is_news).into_iter().flat_map(|only| only.obligations.iter().filter_map(mask));
        own.chain(self.several.masks.of(is_news).copied())
    }

    fn spans(&self, is_news: bool) -> impl Iterator<Item = Span> + Clone {
        let own = self.shown(is_news).into_iter().flat_map(|only| &only.spans);
        own.chain(self.several.spans.of(is_news)).copied()
    }

    /// The obligations that are no masks, told or not.
    fn others(&self) -> impl Iterator<Item = &Obligation> {
        let own = self.only.iter().flat_map(|only| &only.obligations).filter(|one| mask(one).is_none());
        own.chain(&self.several.obligations)
    }
}

impl Several {
    fn is_nothing(&self) -> bool {
        let Self { level, obligations, spans, masks } = self;
        *level == Level::Pass && obligations.is_empty() && spans.all.is_empty() && masks.all.is_empty()
    }

    fn add(&mut self, demand: &Demand) -> bool {
        let mut is_new = self.level < demand.level;
        self.level = self.level.max(demand.level);
        for obligation in &demand.obligations {
            is_new |= match mask(obligation) {
                Some(span) => self.masks.add(span),
                None => !self.obligations.contains(obligation) && self.obligations.insert(obligation.clone()),
            };
        }
        for span in &demand.spans {
            is_new |= self.spans.add(*span);
        }
        is_new
    }

    fn set_told(&mut self) {
        self.spans.news = Vec::new();
        self.masks.news = Vec::new();
    }
}

/// What an obligation masks, if it is a mask.
fn mask(obligation: &Obligation) -> Option<Span> {
    match obligation {
        Obligation::Redact(span) => Some(*span),
        Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop | Obligation::Measure(_) => None,
    }
}

/// Whether a demand is what a single finding comes to, as it is: everything in order and once, and no more spans than are listed.
fn is_in_order(demand: &Demand) -> bool {
    demand.obligations.is_sorted_by(|one, next| one < next)
        && demand.spans.is_sorted_by(|one, next| one < next)
        && demand.spans.len() <= Demand::MAX_SPANS
        && demand.more_spans == 0
}

impl Spans {
    fn add(&mut self, span: Span) -> bool {
        let is_new = self.all.insert(span);
        if is_new {
            self.news.push(span);
        }
        is_new
    }

    fn of(&self, is_news: bool) -> impl Iterator<Item = &Span> + Clone {
        let (all, news) = if is_news { (None, Some(&self.news)) } else { (Some(&self.all), None) };
        all.into_iter().flatten().chain(news.into_iter().flatten())
    }
}

/// The finding that several stand for. With `is_news` it has the spans and masks that were not told yet.
pub(super) fn finding(key: &Key, all: &[&Joined], is_news: bool) -> Finding {
    let answer = match &key.case {
        Case::NotApplicable(reason) => Answer::NotApplicable(reason.clone()),
        Case::Met(citation) => Answer::Met(citation.clone()),
        Case::Require(why) => Answer::Require(demand(why, all, is_news)),
        Case::InsteadOf(why) => Answer::InsteadOf(demand(why, all, is_news)),
        Case::Unknown(reason) => Answer::Unknown(reason.clone()),
    };
    Finding { duty: key.duty.clone(), rule: key.rule.clone(), answer, kinds: key.kinds.clone() }
}

fn demand(why: &Why, all: &[&Joined], is_news: bool) -> Shared<Demand> {
    if let [Joined { only: Some(only), is_told, .. }] = all
        && !(is_news && *is_told)
    {
        return only.clone();
    }
    let masks: BTreeSet<Span> = all.iter().flat_map(|one| one.masks(is_news)).collect();
    let others: BTreeSet<&Obligation> = all.iter().flat_map(|one| one.others()).collect();
    let spans: BTreeSet<Span> = all.iter().flat_map(|one| one.spans(is_news)).collect();
    let n_more = spans.len().saturating_sub(Demand::MAX_SPANS);
    let demand = Demand {
        level: all.iter().map(|one| one.level()).max().unwrap_or(Level::Pass),
        obligations: masks.into_iter().map(Obligation::Redact).chain(others.into_iter().cloned()).collect(),
        spans: spans.into_iter().take(Demand::MAX_SPANS).collect(),
        more_spans: u32::try_from(n_more).unwrap_or(u32::MAX),
        citation: why.citation().clone(),
        reason: why.reason().clone(),
    };
    demand.into()
}
