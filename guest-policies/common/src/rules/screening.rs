//! The review of inputs and results that the Deep Synthesis Provisions ask for.

use specialis_policy::facts::Hit;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use crate::measures::{record, report};
use crate::reach;

/// What users send in and what is generated is reviewed and recorded.
pub const DS10: Rule = Rule::new("DS10", "common.dsp10.input", cite("DSP", "10"));

/// The families of risk that can be screened for: the policy is woken for the hits of these.
pub(crate) const SCREENABLE: [&str; 4] = ["a1.", "a2.", "a3.", "a4."];

/// The same rule on results.
pub(super) const RESULTS: Rule = DS10.on_duty("common.dsp10.output");

/// Answers on prompts and outputs with hits or signals in the families that the operator screens for.
pub fn ds10(case: &Case) -> Vec<Finding> {
    match case.kind() {
        "prompt" => screen(case, DS10),
        "output" => screen(case, RESULTS),
        _ => Vec::new(),
    }
}

fn screen(case: &Case, rule: Rule) -> Vec<Finding> {
    let is_input = rule == DS10;
    let read = |hit: &&Hit| !is_input || is_from_user(case, hit.at.part);
    let families = case.texts("screened-families");
    let is_screened = |category: &str| families.iter().any(|family| category.starts_with(family.as_str()));
    let terms = reach::shown_hits(case, |hit| reach::counts(case, hit)).filter(read);
    let terms: Vec<&Hit> = terms.filter(|hit| is_screened(&hit.category)).collect();
    let broken: Vec<&Hit> = case.hits_in("obfuscation").filter(read).collect();
    let is_heavy = |hit: &&Hit| i64::from(hit.weight) >= case.number("review-weight");
    let score = reach::shown_score(case, |signal| is_screened(&signal.category));
    let reaches = |setting: &str| score.is_some_and(|score| reach::reaches(case, score, setting));

    let found = if reaches("stop-permille") {
        let found = rule.require(Level::Stop, "screen-over").measure(report(case));
        // The warning is the user's only where the input is the user's.
        if is_input { found.measure(Measure::new("warn-user")) } else { found }
    } else if reaches("review-permille") {
        rule.require(Level::Review, "screen-signal")
    } else if is_input && !terms.is_empty() && !broken.is_empty() {
        rule.require(Level::Review, "obfuscated")
    } else if is_input && terms.iter().any(is_heavy) {
        rule.require(Level::Review, "screen-term")
    } else if !terms.is_empty() {
        // A term alone: what it means is judged on the result, by the rules on content.
        rule.require(Level::Mark, "screen-noted")
    } else if !broken.is_empty() {
        rule.require(Level::Mark, "obfuscated")
    } else {
        return Vec::new();
    };
    vec![found.measure(record(case)).at_all(reach::spans(terms.into_iter().chain(broken)))]
}

/// Whether a part of a prompt is the user's: neither the operator's instructions nor what the model said before.
fn is_from_user(case: &Case, part: u32) -> bool {
    let part = case.parts().iter().find(|known| known.index == part);
    part.is_none_or(|part| !matches!(part.role.as_str(), "system" | "assistant"))
}

#[cfg(test)]
mod tests {
    use specialis_policy::Span;
    use specialis_policy::facts::Part;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn event(kind: &str) -> CaseBuilder {
        CaseBuilder::new(kind).defaults_of(include_str!("../../policy.toml"))
    }

    fn weighing(weight: u8) -> Hit {
        let at = Span { part: 0, start: 0, end: 3 };
        Hit { at, category: "a1.violence".into(), weight, lexicon: None, detector: None }
    }

    fn level(case: CaseBuilder) -> Option<Level> {
        let findings = ds10(&case.build());
        assert!(findings.len() <= 1);
        assert!(findings.iter().all(|finding| finding.get_measure("record").is_some()));
        findings.first().and_then(Finding::level)
    }

    #[test]
    fn a_term_is_recorded_and_a_heavy_one_reviewed_on_the_way_in() {
        for (weight, expected) in
            [(19, None), (20, Some(Level::Mark)), (79, Some(Level::Mark)), (80, Some(Level::Review))]
        {
            assert_eq!(level(event("prompt").text("甲乙").hit_as(weighing(weight))), expected, "{weight}");
        }
        assert_eq!(level(event("output").text("甲乙").hit_as(weighing(100))), Some(Level::Mark));
    }

    #[test]
    fn families_are_screened_where_the_operator_says_so() {
        let insult = || {
            let at = Span { part: 0, start: 0, end: 3 };
            let hit = Hit { at, category: "a4.reputation".into(), weight: 40, lexicon: None, detector: None };
            event("prompt").text("甲乙").hit_as(hit).setting("review-weight", 40)
        };
        assert_eq!(level(insult()), None, "the prohibited kinds alone, unless told otherwise");
        let families = ["a1.", "a4."].as_slice();
        assert_eq!(level(insult().setting("screened-families", families)), Some(Level::Review));
        let scored = event("prompt").text("甲").signal("a4.reputation", 900).setting("screened-families", families);
        assert_eq!(level(scored), Some(Level::Stop));
    }

    #[test]
    fn broken_up_text_raises_a_term_to_review() {
        let broken = |case: CaseBuilder| case.text("甲乙").hit("obfuscation", "乙");
        assert_eq!(level(broken(event("prompt"))), Some(Level::Mark));
        assert_eq!(level(broken(event("prompt")).hit_as(weighing(20))), Some(Level::Review));
    }

    #[test]
    fn only_the_users_words_are_the_input() {
        let system = Part { role: "system".into(), medium: "text".into(), shown: true, ..Part::default() };
        assert_eq!(level(event("prompt").part_with_text(system, "甲乙").hit_as(weighing(100))), None);
    }

    #[test]
    fn a_score_over_the_threshold_stops_and_reports() {
        let findings = ds10(&event("prompt").text("甲").signal("a1.other-banned", 900).build());
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert_eq!(finding.level(), Some(Level::Stop));
        assert!(finding.get_measure("report").is_some() && finding.get_measure("warn-user").is_some());
        let findings = ds10(&event("output").text("甲").signal("a1.other-banned", 900).build());
        assert!(findings.iter().all(|finding| finding.get_measure("warn-user").is_none()));
        assert_eq!(level(event("output").text("甲").signal("a1.other-banned", 600)), Some(Level::Review));
        assert_eq!(level(event("output").text("甲").signal("a1.other-banned", 599)), None);
        assert_eq!(level(event("output").text("甲").signal("a2.age", 1000)), None);
    }
}
