//! AI14, AI15, AI17: minors, older people, children.

use specialis_policy::doubt::{consented, may_be};
use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::{USE, anthro};

const AI14: Rule = Rule::new("AI14", "companions.minors", anthro("14"));
const AI15: Rule = Rule::new("AI15", "companions.older", anthro("15"));
const AI17: Rule = Rule::new("AI17", "companions.guardian", anthro("17"));

/// Minors are recognized and use a mode of their own. An age that nobody knows is not recognized.
pub(super) fn ai14(case: &Case) -> Finding {
    let finding = match case.age() {
        Some("adult") => AI14.not_applicable("adult"),
        Some(_) if case.general().minors_mode == Some(true) => AI14.met(),
        age => {
            let reason = if age.is_some() { "minors-mode-off" } else { "age-not-recognized" };
            AI14.require(Level::Stop, reason).measure(Measure::new("remind").id("kind", "over-reliance"))
        }
    };
    finding.on(&USE)
}

/// Whoever was taken for a minor and is none may appeal, and is answered.
pub(super) fn ai14_appeal(case: &Case) -> Vec<Finding> {
    let Some(account) = case.account() else { return Vec::new() };
    if !may_be(account.operation.as_deref(), &["appeal"]) {
        return Vec::new();
    }
    let in_time = account.complaint_days.is_some_and(|days| i64::from(days) <= case.number("appeal-days"));
    let is_answered = account.complaint_status.as_deref() == Some("answered");
    if is_answered && account.complaint_days.is_some() {
        return vec![AI14.met()];
    }
    let ticket =
        Measure::new("complaint-ticket").number("within-days", if in_time { case.number("appeal-days") } else { 0 });
    let (level, reason) = if in_time { (Level::Pass, "appeal-open") } else { (Level::Warn, "appeal-overdue") };
    vec![AI14.require(level, reason).measure(ticket)]
}

/// Older people name somebody to call. Who may be one is asked.
pub(super) fn ai15(case: &Case) -> Finding {
    let subject = case.subject();
    let is_young = subject.older == Some(false) || matches!(subject.age.as_deref(), Some("under-14" | "14-17"));
    let finding = if is_young {
        AI15.not_applicable("not-older")
    } else if subject.emergency_contact == Some(true) {
        AI15.met()
    } else {
        AI15.require(Level::Mark, "no-emergency-contact")
            .measure(Measure::new("remind").id("kind", "emergency-contact"))
    };
    finding.on(&USE)
}

/// A child under 14 uses it with a guardian's consent. Who may be one needs it too.
pub(super) fn ai17(case: &Case) -> Finding {
    let finding = if matches!(case.age(), Some("adult" | "14-17")) {
        AI17.not_applicable("fourteen-or-older")
    } else if consented(case.subject().consents.as_deref(), "anthropomorphic-service", &["guardian"], case.as_of()) {
        AI17.met()
    } else {
        let consent = Measure::new("require-consent").id("scope", "anthropomorphic-service").id("by", "guardian");
        AI17.require(Level::Stop, "guardian-consent-missing").measure(consent)
    };
    finding.on(&USE)
}
