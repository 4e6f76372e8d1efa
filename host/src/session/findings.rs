//! What one policy found in an event so far. What was found at one place stands at all later ones.

use specialis_core::{Answer, Demand, Finding, Obligation};

/// Findings with the part they are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    found: Vec<(Option<u32>, Finding)>,
    /// Whether the policy has been called on this event.
    pub(crate) is_called: bool,
}

impl Findings {
    /// Adds what one call found, in a part where it was called in one. A finding that says at least as much as an earlier one
    /// of the same rule on the same duty stands for both.
    ///
    /// A relaxation stands for as long as each further call repeats it: only certainty relaxes.
    pub(crate) fn add(&mut self, findings: Vec<Finding>, part: Option<u32>) {
        self.is_called = true;
        let is_repeated = |earlier: &Finding| {
            findings.iter().any(|now| {
                (&now.duty, &now.rule) == (&earlier.duty, &earlier.rule) && matches!(now.answer, Answer::InsteadOf(_))
            })
        };
        let concerns = |about: Option<u32>| part.is_none() || about.is_none() || about == part;
        self.found.retain(|(about, earlier)| {
            !matches!(earlier.answer, Answer::InsteadOf(_)) || !concerns(*about) || is_repeated(earlier)
        });
        for finding in findings {
            let part = of_one_part(&finding).unwrap_or(part);
            let is_as_wide = |wide: Option<u32>, narrow: Option<u32>| wide.is_none() || wide == narrow;
            self.found.retain(|(about, earlier)| !(is_as_wide(part, *about) && covers(&finding, earlier)));
            if !self.found.iter().any(|(about, known)| is_as_wide(*about, part) && covers(known, &finding)) {
                self.found.push((part, finding));
            }
        }
    }

    /// The findings on a part and those on no part alone; all of them where no part is given.
    pub(crate) fn of(&self, part: Option<u32>) -> impl Iterator<Item = &Finding> {
        let concerns = move |about: &Option<u32>| part.is_none() || about.is_none() || *about == part;
        self.found.iter().filter(move |(about, _)| concerns(about)).map(|(_, finding)| finding)
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

/// Whether `later` makes `earlier` say nothing of its own.
fn covers(later: &Finding, earlier: &Finding) -> bool {
    let is_same_rule = (&later.duty, &later.rule, &later.kinds) == (&earlier.duty, &earlier.rule, &earlier.kinds);
    is_same_rule
        && match (&later.answer, &earlier.answer) {
            (Answer::Require(now), Answer::Require(then)) | (Answer::InsteadOf(now), Answer::InsteadOf(then)) => {
                asks_no_less(now, then)
            }
            (Answer::Require(_), Answer::Met(_) | Answer::NotApplicable(_)) => true,
            (now, then) => now == then,
        }
}

fn asks_no_less(now: &Demand, then: &Demand) -> bool {
    now.citation == then.citation
        && now.level >= then.level
        && then.spans.iter().all(|span| now.spans.contains(span))
        && then.obligations.iter().all(|obligation| now.obligations.contains(obligation))
}

#[cfg(test)]
mod tests {
    use specialis_core::{Citation, Level, Span};

    use super::*;

    fn at(part: u32, start: u32) -> Span {
        Span { part, start, end: start + 3 }
    }

    fn require(level: Level, spans: &[Span]) -> Finding {
        let citation = Citation { instrument: "IM".into(), article: "4(1)".to_owned() };
        let demand =
            Demand { level, obligations: Vec::new(), spans: spans.to_vec(), citation, reason: "sample".into() };
        Finding { duty: "d".into(), rule: "r".into(), answer: Answer::Require(demand), kinds: Vec::new() }
    }

    #[test]
    fn a_finding_that_says_more_stands_for_the_earlier_one() {
        let mut findings = Findings::default();
        findings.add(vec![require(Level::Mark, &[at(0, 0)])], Some(0));
        findings.add(vec![require(Level::Review, &[at(0, 0), at(0, 9)])], None);
        assert_eq!(findings.of(None).count(), 1);
    }

    #[test]
    fn what_was_found_once_stands_where_it_is_not_found_again() {
        let mut findings = Findings::default();
        findings.add(vec![require(Level::Stop, &[at(0, 0)])], Some(0));
        findings.add(vec![require(Level::Mark, &[at(0, 9)])], None);
        findings.add(Vec::new(), None);
        assert_eq!(findings.of(None).count(), 2);
    }

    #[test]
    fn a_relaxation_that_is_not_repeated_is_taken_back() {
        let relax = || {
            let finding = require(Level::Warn, &[at(0, 0)]);
            let demand = finding.answer.demand().cloned().unwrap_or_else(|| panic!("it asks for something"));
            Finding { answer: Answer::InsteadOf(demand), ..finding }
        };
        let mut findings = Findings::default();
        findings.add(vec![relax()], Some(0));
        findings.add(Vec::new(), Some(1));
        assert_eq!(findings.of(None).count(), 1, "another part says nothing on this one");
        findings.add(vec![relax()], None);
        assert_eq!(findings.of(None).count(), 1);
        findings.add(Vec::new(), None);
        assert_eq!(findings.of(None).count(), 0);
    }

    #[test]
    fn a_finding_concerns_the_part_in_which_its_spans_lie() {
        let mut findings = Findings::default();
        findings.add(vec![require(Level::Stop, &[at(1, 0)])], None);
        assert_eq!((findings.of(Some(0)).count(), findings.of(Some(1)).count()), (0, 1));
        findings.add(vec![require(Level::Review, &[at(0, 0), at(1, 9)])], None);
        assert_eq!((findings.of(Some(0)).count(), findings.of(Some(1)).count()), (1, 2));
    }

    #[test]
    fn a_finding_without_spans_concerns_the_part_it_was_made_in_or_all() {
        let mut findings = Findings::default();
        findings.add(vec![require(Level::Stop, &[])], Some(1));
        assert_eq!((findings.of(Some(0)).count(), findings.of(Some(1)).count()), (0, 1));
        findings.add(vec![require(Level::Stop, &[])], None);
        assert_eq!(findings.of(Some(0)).count(), 1);
        findings.add(vec![require(Level::Stop, &[])], Some(1));
        assert_eq!((findings.of(Some(0)).count(), findings.of(Some(1)).count()), (1, 1));
    }
}
