//! What one policy found in an event so far. What was found at one place stands at all later ones.
//!
//! Findings are joined: one for each part, duty, rule, case, reason and citation. So however often a policy is called, what it
//! says stays as short as what it declares, but for the spans.

mod joined;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use specialis_core::{Answer, Demand, DutyId, Finding, Obligation, RuleId, Span};

use joined::{Case, Joined, Key};

/// Which findings to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// All of them, those of several parts joined.
    Whole,
    /// Those on a part and those on no part alone.
    Part(u32),
    /// The same, with the spans and masks that were not told yet and no others.
    News(u32),
}

/// Findings with the part they are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    by_part: BTreeMap<Option<u32>, PartFindings>,
    /// How many findings there are.
    n: usize,
    /// Every obligation that is no mask, on whatever part.
    actions: BTreeSet<Obligation>,
    /// Whether the policy has been called on this event.
    pub(crate) is_called: bool,
}

/// The findings on one part, or on none alone.
#[derive(Clone, Debug, Default)]
struct PartFindings {
    joined: BTreeMap<Key, Joined>,
    news: News,
    /// How often it changed.
    n_changes: u64,
}

/// What is new since findings were told last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Whether anything is.
    pub(super) is_any: bool,
    /// Whether what is new can change what became of earlier findings on the part: a relaxation came or went.
    pub(super) relaxes: bool,
    /// Whether an obligation is new that no part had, and that may concern all of them.
    pub(super) has_action: bool,
}

impl Findings {
    /// Adds what one call found, in a part where it was called in one.
    ///
    /// A relaxation stands for as long as each further call repeats it: only certainty relaxes.
    pub(crate) fn add(&mut self, findings: &[Finding], part: Option<u32>) {
        self.is_called = true;
        self.take_back_relaxations(findings, part);
        for finding in findings {
            let mut finding = finding.clone();
            match of_one_part(&finding) {
                None => self.join(finding, part),
                Some(Some(part)) => self.join(finding, Some(part)),
                // What is said of several parts holds for all of them, but its places concern each part alone: so what one part
                // costs does not grow with the others.
                Some(None) => {
                    for (part, of_part) in places_taken_out(&mut finding) {
                        self.join(of_part, Some(part));
                    }
                    self.join(finding, None);
                }
            }
        }
    }

    /// How many findings there are.
    pub(crate) fn len(&self) -> usize {
        self.n
    }

    /// How many obligations there are that differ, masks apart.
    pub(crate) fn n_obligations(&self) -> usize {
        self.actions.len()
    }

    /// The findings of a view, in order.
    pub(super) fn of(&self, view: View) -> Vec<Finding> {
        let is_news = matches!(view, View::News(_));
        let mut joined: BTreeMap<&Key, Vec<&Joined>> = BTreeMap::new();
        for (key, one) in self.parts_of(view).flat_map(|part| &part.joined) {
            joined.entry(key).or_default().push(one);
        }
        joined.into_iter().map(|(key, all)| joined::finding(key, &all, is_news)).collect()
    }

    /// What is new on a part, or on no part alone.
    pub(super) fn news(&self, part: u32) -> News {
        let all = self.parts_of(View::News(part)).map(|part| part.news);
        all.fold(News::default(), News::and)
    }

    /// Everything of a view was told.
    pub(super) fn set_told(&mut self, view: View) {
        match view {
            View::Whole => self.by_part.values_mut().for_each(PartFindings::set_told),
            View::Part(part) | View::News(part) => {
                for part in [None, Some(part)] {
                    self.by_part.get_mut(&part).into_iter().for_each(PartFindings::set_told);
                }
            }
        }
    }

    /// How often what is on no part alone changed.
    pub(super) fn n_common_changes(&self) -> u64 {
        self.by_part.get(&None).map_or(0, |part| part.n_changes)
    }

    fn parts_of(&self, view: View) -> impl Iterator<Item = &PartFindings> {
        let (all, of_none, of_one) = match view {
            View::Whole => (Some(self.by_part.values()), None, None),
            View::Part(part) | View::News(part) => (None, self.by_part.get(&None), self.by_part.get(&Some(part))),
        };
        all.into_iter().flatten().chain(of_none).chain(of_one)
    }

    /// Takes back the relaxations that a further call does not repeat.
    fn take_back_relaxations(&mut self, findings: &[Finding], part: Option<u32>) {
        let relaxing = findings.iter().filter(|finding| matches!(finding.answer, Answer::InsteadOf(_)));
        let repeated: BTreeSet<(&DutyId, &RuleId)> = relaxing.map(|one| (&one.duty, &one.rule)).collect();
        let take_back = |group: &mut PartFindings| {
            let before = group.joined.len();
            let is_kept =
                |key: &Key| !matches!(key.case, Case::InsteadOf(_)) || repeated.contains(&(&key.duty, &key.rule));
            group.joined.retain(|key, _| is_kept(key));
            let n_lost = before.saturating_sub(group.joined.len());
            if n_lost > 0 {
                group.changed(News { is_any: true, relaxes: true, has_action: false });
            }
            n_lost
        };
        let n_lost: usize = match part {
            None => self.by_part.values_mut().map(take_back).sum(),
            Some(_) => [None, part].iter().filter_map(|part| self.by_part.get_mut(part).map(&take_back)).sum(),
        };
        self.n = self.n.saturating_sub(n_lost);
    }

    fn join(&mut self, finding: Finding, part: Option<u32>) {
        let (key, demand) = Key::of(finding);
        if key.case.is_fulfilled() && self.has_demand(&key, part) {
            return;
        }
        if matches!(key.case, Case::Require(_)) {
            self.drop_if(&key, part, |known, _| known.case.is_fulfilled());
        }
        if let Some(demand) = &demand {
            if self.is_said(&key, demand, part) {
                return;
            }
            self.drop_if(&key, part, |known, joined| known.is_for_another_reason(&key) && joined.says_at_most(demand));
        }
        let group = self.by_part.entry(part).or_default();
        let is_relaxation = matches!(key.case, Case::InsteadOf(_));
        // Nobody is told that a duty does not arise.
        let is_told = !matches!(key.case, Case::NotApplicable(_));
        let n_before = group.joined.len();
        let joined = group.joined.entry(key).or_default();
        let mut has_action = false;
        for obligation in demand.iter().flat_map(|demand| &demand.obligations) {
            if !matches!(obligation, Obligation::Redact(_)) && !self.actions.contains(obligation) {
                self.actions.insert(obligation.clone());
                has_action = true;
            }
        }
        let is_changed = demand.is_some_and(|demand| joined.add(demand));
        let n_new = group.joined.len().saturating_sub(n_before);
        self.n = self.n.saturating_add(n_new);
        if is_changed || (n_new > 0 && is_told) {
            group.changed(News { is_any: true, relaxes: is_relaxation, has_action });
        }
    }

    /// Whether a rule demands something on the duty of a key.
    fn has_demand(&self, key: &Key, part: Option<u32>) -> bool {
        self.of_rule(key, part).any(|(known, _)| matches!(known.case, Case::Require(_)))
    }

    /// Whether a rule demands at least as much for another reason already.
    fn is_said(&self, key: &Key, demand: &Demand, part: Option<u32>) -> bool {
        let mut known = self.of_rule(key, part);
        known.any(|(known, joined)| known.is_for_another_reason(key) && joined.says_at_least(demand))
    }

    /// What the rule of a key says on its duty, on a part and on no part alone.
    fn of_rule<'a>(&'a self, key: &'a Key, part: Option<u32>) -> impl Iterator<Item = (&'a Key, &'a Joined)> {
        let groups = [None, part].into_iter().filter_map(|part| self.by_part.get(&part));
        groups.flat_map(|group| group.of_rule(key))
    }

    /// Drops what a finding on a part stands for now, of the same rule on the same duty; one on no part alone stands for those on
    /// all parts.
    fn drop_if(&mut self, key: &Key, part: Option<u32>, is_dropped: impl Fn(&Key, &Joined) -> bool) {
        let drop_in = |group: &mut PartFindings| {
            let of_rule = group.of_rule(key).filter(|(known, joined)| is_dropped(known, joined));
            let dropped: Vec<Key> = of_rule.map(|(known, _)| known.clone()).collect();
            dropped.iter().for_each(|known| drop(group.joined.remove(known)));
            dropped.len()
        };
        let n_dropped: usize = match part {
            None => self.by_part.values_mut().map(drop_in).sum(),
            Some(_) => self.by_part.get_mut(&part).map_or(0, drop_in),
        };
        self.n = self.n.saturating_sub(n_dropped);
    }
}

impl PartFindings {
    /// What the rule of a key says on its duty. Other rules and duties are not looked at, however many there are.
    fn of_rule<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = (&'a Key, &'a Joined)> {
        self.joined.range(key.first_of_rule()..).take_while(|(known, _)| known.is_same_rule(key))
    }

    fn set_told(&mut self) {
        self.news = News::default();
        self.joined.values_mut().for_each(Joined::set_told);
    }

    fn changed(&mut self, news: News) {
        self.news = self.news.and(news);
        self.n_changes = self.n_changes.saturating_add(1);
    }
}

impl News {
    /// What is new in one or the other.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            is_any: self.is_any || other.is_any,
            relaxes: self.relaxes || other.relaxes,
            has_action: self.has_action || other.has_action,
        }
    }
}

/// The part in which all spans of a finding lie: none without spans, and no single one where they lie in several.
fn of_one_part(finding: &Finding) -> Option<Option<u32>> {
    let demand = finding.answer.demand()?;
    let masked = demand.obligations.iter().filter_map(|obligation| match obligation {
        Obligation::Redact(span) => Some(span.part),
        Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop | Obligation::Measure(_) => None,
    });
    let mut parts = demand.spans.iter().map(|span| span.part).chain(masked);
    let first = parts.next()?;
    Some(parts.all(|part| part == first).then_some(first))
}

/// Takes spans and masks out of a finding, as one finding for each part that asks for nothing else.
fn places_taken_out(finding: &mut Finding) -> BTreeMap<u32, Finding> {
    let (Answer::Require(demand) | Answer::InsteadOf(demand)) = &mut finding.answer else { return BTreeMap::new() };
    let mut places: BTreeMap<u32, (Vec<Span>, Vec<Obligation>)> = BTreeMap::new();
    for span in std::mem::take(&mut demand.spans) {
        places.entry(span.part).or_default().0.push(span);
    }
    for obligation in std::mem::take(&mut demand.obligations) {
        match &obligation {
            Obligation::Redact(span) => places.entry(span.part).or_default().1.push(obligation),
            Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop | Obligation::Measure(_) => {
                demand.obligations.push(obligation);
            }
        }
    }
    let of_part = |(part, (spans, obligations))| {
        let mut of_part = finding.clone();
        if let Answer::Require(demand) | Answer::InsteadOf(demand) = &mut of_part.answer {
            (demand.spans, demand.obligations, demand.more_spans) = (spans, obligations, 0);
        }
        (part, of_part)
    };
    places.into_iter().map(of_part).collect()
}
