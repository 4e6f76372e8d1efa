//! AI14, AI15, AI17: minors, older people, children.

use specialis_policy::doubt::{consented, may_be};
use specialis_policy::progress::{Stage, of_complaint_within};
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
    let limit = u32::try_from(case.number("appeal-days")).unwrap_or(0);
    let ticket =
        |days: u32| Measure::new("complaint-ticket").id("kind", "complaint").number("within-days", i64::from(days));
    vec![match of_complaint_within(case, limit) {
        Stage::Answered => AI14.met(),
        Stage::Open(days) => AI14.require(Level::Pass, "appeal-open").measure(ticket(days)),
        Stage::AnsweredLate | Stage::AnsweredWithoutLimit => AI14.require(Level::Warn, "answered-late"),
        Stage::RefusedWithoutReason => AI14.require(Level::Warn, "refused-without-reason").measure(ticket(0)),
        Stage::Overdue | Stage::NoLimit => AI14.require(Level::Warn, "appeal-overdue").measure(ticket(0)),
    }]
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
