//! Unlawful content that was found, by the law on algorithms and on networks: it is stopped, deleted, recorded and reported, whoever
//! made it.
//!
//! A score over the threshold for a stop counts as found. On what users publish a lower one asks for a person's look, because no
//! other rule may speak where people wrote it.

use specialis_policy::unlawful::BANNED;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use crate::measures::{delete, record, report};
use crate::reach;

/// Whoever generates, ranks or pushes content by algorithms stops what is unlawful in it.
pub const AL9: Rule = Rule::new("AL9", "common.algo9.unlawful", cite("ALGO", "9(2)"));
/// Whoever runs a network stops what is unlawful in what its users publish.
pub const CS2: Rule = Rule::new("CS2", "common.csl49.unlawful", cite("CSL", "49"));

/// The highest score of a banned content: of the signals of an event, or of one that comes late. A late score that nobody gives
/// counts as the highest.
fn score(case: &Case) -> Option<u32> {
    let Some(late) = case.late_signal() else {
        return reach::shown_score(case, |signal| BANNED.contains(&signal.category.as_str()));
    };
    let is_banned = late.category.as_deref().is_none_or(|category| BANNED.contains(&category));
    is_banned.then(|| late.score_permille.unwrap_or(1_000))
}

fn stopped(case: &Case, rule: Rule) -> Finding {
    let owed = [Measure::new("retract"), delete(case), record(case), report(case)];
    rule.require(Level::Stop, "unlawful-signal").measures(owed)
}

/// Answers on output, media, publications and late signals.
pub fn al9(case: &Case) -> Vec<Finding> {
    if !reach::goes_out(case) && case.late_signal().is_none() {
        return Vec::new();
    }
    let is_found = score(case).is_some_and(|score| reach::reaches(case, score, "stop-permille"));
    if is_found { vec![stopped(case, AL9)] } else { Vec::new() }
}

/// Answers on publications.
pub fn cs2(case: &Case) -> Vec<Finding> {
    let Some(score) = case.publication().and_then(|_| score(case)) else { return Vec::new() };
    if reach::reaches(case, score, "stop-permille") {
        vec![stopped(case, CS2)]
    } else if reach::reaches(case, score, "review-permille") {
        vec![CS2.require(Level::Review, "unlawful-in-doubt")]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{LateSignalFacts, MediaFacts, PublicationFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn event(kind: &str, score: u32) -> CaseBuilder {
        let case = CaseBuilder::new(kind).defaults_of(include_str!("../../policy.toml"));
        case.text("样例").signal("a1.secession", score)
    }

    fn level(findings: &[Finding]) -> Option<Level> {
        assert!(findings.len() <= 1, "{findings:?}");
        findings.first().and_then(Finding::level)
    }

    #[test]
    fn what_is_found_is_stopped_deleted_recorded_and_reported() {
        let publication = event("publication", 900).publication(PublicationFacts::default()).build();
        for findings in [al9(&event("output", 900).build()), al9(&publication), cs2(&publication)] {
            let [finding] = findings.as_slice() else { panic!("{findings:?}") };
            assert_eq!(finding.level(), Some(Level::Stop));
            for measure in ["retract", "delete", "record", "report"] {
                assert!(finding.get_measure(measure).is_some(), "{measure}");
            }
        }
    }

    #[test]
    fn less_than_certain_is_looked_at_where_it_is_published() {
        for (score, expected) in
            [(599, None), (600, Some(Level::Review)), (899, Some(Level::Review)), (900, Some(Level::Stop))]
        {
            let case = event("publication", score).publication(PublicationFacts::default()).build();
            assert_eq!(level(&cs2(&case)), expected, "{score}");
            assert_eq!(level(&al9(&case)), expected.filter(|level| *level == Level::Stop), "{score}");
        }
        assert_eq!(cs2(&event("output", 950).build()), []);
    }

    #[test]
    fn what_comes_in_is_nobodys_to_stop_and_a_late_score_that_never_comes_is_the_highest() {
        let incoming = MediaFacts { direction: Some("in".to_owned()), ..MediaFacts::default() };
        assert_eq!(al9(&event("media", 950).media(incoming).build()), []);
        let late = |category: &str, score_permille| {
            let facts = LateSignalFacts { category: Some(category.into()), score_permille, part: None, up_to: None };
            let case = CaseBuilder::new("signal").defaults_of(include_str!("../../policy.toml")).late_signal(facts);
            level(&al9(&case.build()))
        };
        assert_eq!(late("a1.secession", None), Some(Level::Stop));
        assert_eq!(late("a1.secession", Some(10)), None);
        assert_eq!(late("a3.ip", None), None);
    }
}
