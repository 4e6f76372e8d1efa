//! AI18: users know that they talk to AI, are reminded where they come to rely on it, and every two hours.

use specialis_policy::{Case, Finding, Level, Measure, Rule, Span};

use super::{USE, anthro};

pub(super) const AI18: Rule = Rule::new("AI18", "companions.notice", anthro("18"));
/// The same rule on reliance and time.
const TIME: Rule = AI18.on_duty("companions.time");

/// Stands for the session: a prominent notice that this is AI.
pub(super) fn ai18_notice(_: &Case) -> Finding {
    AI18.require(Level::Mark, "ai-interaction").measure(Measure::new("notice").id("kind", "ai-interaction")).on(&USE)
}

/// Answers on talk: signs of reliance, each two hours without a pause, and words that deny being AI.
pub(super) fn ai18(case: &Case) -> Vec<Finding> {
    if !case.is_any(&USE) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let remind = |kind| Measure::new("remind").id("kind", kind);
    let limit = case.number("continuous-minutes");
    if case.general().minutes_continuous.is_none_or(|minutes| i64::from(minutes) >= limit) {
        findings.push(TIME.require(Level::Warn, "two-hours").measure(remind("rest")));
    }
    let spans = |category: &str| -> Vec<Span> { case.hits_in(category).map(|hit| hit.at).collect() };
    let limit = u32::try_from(case.number("crisis-permille")).unwrap_or(0);
    let relying = spans("companion.dependence");
    if !relying.is_empty() || case.signal_over("companion.dependence", limit).is_some() {
        findings.push(TIME.require(Level::Warn, "over-reliance").measure(remind("over-reliance")).at_all(relying));
    }
    let claims = spans("companion.claims-human");
    if case.kind() == "output" && !claims.is_empty() {
        findings.push(AI18.require(Level::Review, "claims-human").measure(remind("talking-to-ai")).at_all(claims));
    }
    findings
}
