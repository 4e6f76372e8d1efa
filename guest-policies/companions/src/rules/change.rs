//! AI12, AI22, AI26: an end with notice, assessment of new techniques and of large services, and filing.

use specialis_policy::doubt::{may_be, said};
use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::anthro;

const AI12: Rule = Rule::new("AI12", "companions.exit", anthro("12"));
const AI22: Rule = Rule::new("AI22", "companions.assessment", anthro("22"));
const AI26: Rule = Rule::new("AI26", "companions.filing", anthro("26"));

fn filing(kind: &'static str) -> Measure {
    Measure::new("require-filing").id("kind", kind)
}

/// A relation does not break off without a word.
pub(super) fn ai12(case: &Case) -> Vec<Finding> {
    let Some(change) = case.service_change() else { return Vec::new() };
    if !may_be(change.change.as_deref(), &["interruption", "end"]) {
        return Vec::new();
    }
    let in_time = change.notice_days.is_some_and(|days| i64::from(days) >= case.number("notice-days"));
    vec![if in_time {
        AI12.met()
    } else {
        AI12.require(Level::Review, "no-notice-of-end").measure(Measure::new("notice").id("kind", "service-limit"))
    }]
}

/// A launch, a new technique and a service with so many users are assessed.
pub(super) fn ai22(case: &Case) -> Vec<Finding> {
    let Some(change) = case.service_change() else { return Vec::new() };
    let is_new = may_be(change.change.as_deref(), &["launch", "new-function"]);
    let is_large = |users: Option<u64>, limit: &str| {
        users.is_none_or(|users| i64::try_from(users).map_or(true, |users| users >= case.number(limit)))
    };
    let service = case.service();
    let many =
        is_large(service.registered_users, "registered-users") || is_large(service.monthly_users, "monthly-users");
    let grows = may_be(change.change.as_deref(), &["model-update"]) && many;
    if !is_new && !grows {
        return Vec::new();
    }
    let is_assessed = said(change.assessment_number.as_deref()).is_some()
        && change.assessed_on.is_some_and(|day| day <= case.as_of());
    vec![if is_assessed {
        AI22.met()
    } else {
        AI22.require(Level::Stop, "assessment-missing").measure(filing("security-assessment"))
    }]
}

/// A service is filed when it starts.
pub(super) fn ai26(case: &Case) -> Vec<Finding> {
    let Some(change) = case.service_change() else { return Vec::new() };
    if !may_be(change.change.as_deref(), &["launch", "filing-change"]) {
        return Vec::new();
    }
    vec![if said(case.service().algorithm_filing_number.as_deref()).is_some() {
        AI26.met()
    } else {
        AI26.require(Level::Stop, "service-not-filed").measure(filing("anthropomorphic-service"))
    }]
}
