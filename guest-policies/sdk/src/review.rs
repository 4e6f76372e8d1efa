//! A person's answer to what a policy asked a person to look at.
//!
//! The host frees content that waits only where every policy that asked was called on the answer and asks for nothing more. A policy
//! whose rules ask for [`Level::Review`] therefore wakes on `review`. [`follow`] remembers on which rules a person was asked, and
//! answers on these.

use crate::{Case, Counters, Finding, Level, Rule};

/// The setting with the roles whose approval counts.
const ROLES: &str = "review-roles";
/// The version of the state.
const STATE: u8 = 1;
/// The kinds of event with content that can wait. What is asked about an account, a service or data frees no text.
const CONTENT: [&str; 7] = ["prompt", "output", "retrieved", "tool", "media", "publication", "signal"];

/// What `rules` find on an event; on a `review`, what the answer does to what they asked before.
///
/// | the answer | on each rule that asked |
/// |---|---|
/// | an approval by one of the roles under the setting `review-roles` | met |
/// | an approval by anybody else | `review`, for the reason `reviewer-not-accepted` |
/// | nobody answered in time | `stop`, `review-expired` |
/// | a refusal | `stop`, `review-refused` |
/// | an outcome that is not known | `stop`, `review-outcome-unknown` |
///
/// The manifest declares that setting, these reasons and the kind `review` under `[wakes]`. The state holds this and nothing else.
/// `asking` lists each rule, with its duty, that may ask for a review of content, 64 at most.
///
/// A rule that asked once is answered on at every later review of the session. Several contents can wait at once, and a review does
/// not say which rules asked about the one that it names.
///
/// # Panics
/// Where the state is not one that this function left, and where a rule asks for a review that is not in `asking`: a fault is safer
/// than an answer that nobody checks.
pub fn follow(case: &Case, state: &mut Vec<u8>, asking: &[Rule], rules: impl FnOnce() -> Vec<Finding>) -> Vec<Finding> {
    let mut counters = Counters::<1>::read(STATE, state);
    let before = counters.get(0);
    if case.kind() == "review" {
        return answers(case, before, asking);
    }
    let findings = rules();
    let asked = if case.is_any(&CONTENT) { before | asked_in(&findings, asking) } else { before };
    if asked != before {
        counters.set(0, asked);
        *state = counters.write();
    }
    findings
}

/// The bit of a rule, by its place in the list.
fn bit(idx: usize) -> u64 {
    u32::try_from(idx).ok().and_then(|idx| 1_u64.checked_shl(idx)).unwrap_or(0)
}

/// The rules that ask for a review in these findings, as bits.
fn asked_in(findings: &[Finding], asking: &[Rule]) -> u64 {
    let reviews = findings.iter().filter(|finding| finding.level() == Some(Level::Review));
    reviews.fold(0, |asked, finding| {
        let is_its = |rule: &Rule| rule.id() == finding.rule() && rule.duty() == finding.duty();
        let bit = asking.iter().position(is_its).map_or(0, bit);
        assert!(bit != 0, "`{}` on `{}` asks for a review and is not listed", finding.rule(), finding.duty());
        asked | bit
    })
}

/// What an answer does to what was asked.
fn answers(case: &Case, asked: u64, asking: &[Rule]) -> Vec<Finding> {
    let Some(review) = case.review() else { return Vec::new() };
    let is_accepted = review.role.as_ref().is_some_and(|role| case.texts(ROLES).contains(role));
    let outcome = review.outcome.as_deref();
    let answer = |rule: &Rule| match outcome {
        Some("approved") if is_accepted => rule.met(),
        Some("approved") => rule.require(Level::Review, "reviewer-not-accepted"),
        Some("expired") => rule.require(Level::Stop, "review-expired"),
        Some("refused") => rule.require(Level::Stop, "review-refused"),
        Some(_) | None => rule.require(Level::Stop, "review-outcome-unknown"),
    };
    let asked_on = asking.iter().enumerate().filter(|(idx, _)| asked & bit(*idx) != 0);
    asked_on.map(|(_, rule)| answer(rule)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cite;
    use crate::facts::ReviewFacts;
    use crate::testing::CaseBuilder;

    const FIRST: Rule = Rule::new("R1", "x.first", cite("LAW", "1"));
    const SECOND: Rule = Rule::new("R2", "x.second", cite("LAW", "2"));
    const ASKING: [Rule; 2] = [FIRST, SECOND];

    fn found(kind: &str, state: &mut Vec<u8>, findings: Vec<Finding>) -> Vec<Finding> {
        follow(&CaseBuilder::new(kind).build(), state, &ASKING, || findings)
    }

    fn answer(role: Option<&str>, outcome: Option<&str>, state: &mut Vec<u8>) -> Vec<Finding> {
        let own = |word: Option<&str>| word.map(str::to_owned);
        let facts = ReviewFacts { role: own(role), outcome: own(outcome), digest: None };
        let case = CaseBuilder::new("review").review(facts);
        let case = case.setting("review-roles", &["content-reviewer"][..]);
        follow(&case.build(), state, &ASKING, || panic!("no rule judges an answer"))
    }

    #[test]
    fn an_answer_is_about_the_rules_that_asked_and_about_no_other() {
        let mut state = Vec::new();
        assert_eq!(answer(Some("content-reviewer"), Some("approved"), &mut state), []);
        let asks = || vec![SECOND.require(Level::Review, "look"), FIRST.require(Level::Mark, "seen")];
        assert_eq!(found("output", &mut state, asks()), asks());
        assert_eq!(answer(Some("content-reviewer"), Some("approved"), &mut state), [SECOND.met()]);
    }

    #[test]
    fn an_answer_on_one_content_frees_no_other_that_waits() {
        let mut state = Vec::new();
        let _ = found("output", &mut state, vec![FIRST.require(Level::Review, "look")]);
        let _ = found("publication", &mut state, vec![SECOND.require(Level::Review, "look")]);
        let met = [FIRST.met(), SECOND.met()];
        assert_eq!(answer(Some("content-reviewer"), Some("approved"), &mut state), met);
        let again = [FIRST, SECOND].map(|rule| rule.require(Level::Review, "reviewer-not-accepted"));
        assert_eq!(answer(Some("teacher"), Some("approved"), &mut state), again);
    }

    #[test]
    fn only_an_approval_by_an_accepted_role_lets_it_go() {
        let asked = || {
            let mut state = Vec::new();
            let _ = found("publication", &mut state, vec![FIRST.require(Level::Review, "look")]);
            state
        };
        for role in [Some("teacher"), None] {
            let mut state = asked();
            let again = [FIRST.require(Level::Review, "reviewer-not-accepted")];
            assert_eq!(answer(role, Some("approved"), &mut state), again);
            assert_eq!(answer(Some("content-reviewer"), Some("approved"), &mut state), [FIRST.met()], "it still waits");
        }
        for (outcome, reason) in
            [(Some("refused"), "review-refused"), (Some("expired"), "review-expired"), (None, "review-outcome-unknown")]
        {
            let stopped = [FIRST.require(Level::Stop, reason)];
            assert_eq!(answer(Some("content-reviewer"), outcome, &mut asked()), stopped);
        }
    }

    #[test]
    fn what_is_asked_about_something_without_content_is_not_remembered() {
        let mut state = Vec::new();
        let _ = found("account", &mut state, vec![FIRST.require(Level::Review, "look")]);
        assert!(state.is_empty());
    }

    #[test]
    #[should_panic(expected = "is not listed")]
    fn a_rule_that_asks_and_is_not_listed_is_found_by_its_tests() {
        let _ = found("output", &mut Vec::new(), vec![FIRST.on_duty("x.other").require(Level::Review, "look")]);
    }
}
