//! Arts. 13, 15, 17, 19 and 22: the service goes on, complaints are answered within published limits, the filed model is named,
//! an inspection is given what it asks for, and everybody's part is known.

use specialis_policy::doubt::{may_be, may_hold, said};
use specialis_policy::facts::ServiceChangeFacts;
use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::authority::reports;
use super::im;

const IM13: Rule = Rule::new("IM13", "im.art13.continuity", im("13"));
const IM15: Rule = Rule::new("IM15", "im.art15.complaints", im("15"));
const IM17: Rule = Rule::new("IM17", "im.art17.shown", im("17"));
const IM19: Rule = Rule::new("IM19", "im.art19.inspection", im("19"));
const IM22: Rule = Rule::new("IM22", "im.art22.roles", im("22"));

/// What Art. 19 says is explained or given.
const ASKED_FOR: [&str; 6] = ["sources", "scale", "types", "labelling-rules", "algorithm", "support"];

fn notice(kind: &'static str) -> Measure {
    Measure::new("notice").id("kind", kind)
}

/// On a change of the service. A change that nobody knows may be each of them.
pub(super) fn on_change(case: &Case, findings: &mut Vec<Finding>) {
    let Some(facts) = case.service_change() else { return };
    let may = |changes: &[&str]| may_be(facts.change.as_deref(), changes);
    if may(&["interruption", "end"]) {
        findings.push(interruption(case, facts));
    }
    if may(&["launch", "model-update"]) {
        findings.push(shown(case));
    }
    if may(&["inspection"]) {
        findings.push(inspection(case, facts));
    }
    if may(&["launch", "new-function"]) {
        findings.push(roles(case));
    }
}

/// Art. 13: users hear of an interruption or an end some days before.
fn interruption(case: &Case, facts: &ServiceChangeFacts) -> Finding {
    match facts.notice_days {
        Some(days) if i64::from(days) >= case.number("notice-days") => IM13.met(),
        Some(_) | None => IM13.require(Level::Review, "no-notice-of-interruption").measure(notice("service-limit")),
    }
}

/// Art. 13: what broke off is told and recorded. A reader who closed the page broke nothing off.
pub(super) fn on_abort(case: &Case, findings: &mut Vec<Finding>) {
    let Some(abort) = case.abort() else { return };
    findings.push(if may_be(abort.cause.as_deref(), &["timeout", "error"]) {
        let record = Measure::new("record").number("log-days", case.number("record-days"));
        IM13.require(Level::Mark, "service-broke-off").measure(notice("service-limit")).measure(record)
    } else {
        IM13.not_applicable("reader-gone")
    });
}

/// Art. 15: complaints are accepted, handled and answered within the published limit.
pub(super) fn complaint(case: &Case, findings: &mut Vec<Finding>) {
    let Some(account) = case.account() else { return };
    if !may_be(account.operation.as_deref(), &["complaint"]) {
        return;
    }
    let limit = case.service().complaint_limit_days;
    let ticket = |days: u32| Measure::new("complaint-ticket").number("within-days", i64::from(days.min(365)));
    findings.push(match (account.complaint_status.as_deref(), limit, account.complaint_days) {
        (Some("answered"), Some(_), Some(_)) => IM15.met(),
        (_, None, _) => IM15.require(Level::Review, "no-published-limit").measure(ticket(0)),
        (_, Some(limit), Some(age)) if age <= limit => {
            // In time: the ticket is due on the last day.
            IM15.require(Level::Pass, "complaint-open").measure(ticket(limit.saturating_sub(age)))
        }
        (_, Some(_), Some(_) | None) => IM15.require(Level::Warn, "complaint-overdue").measure(ticket(0)),
    });
}

/// Art. 17, as filings ask: the service shows name and number of the filed model.
fn shown(case: &Case) -> Finding {
    if case.service().shapes_opinion == Some(false) {
        IM17.not_applicable("no-public-opinion")
    } else if case.service().shows_model == Some(true) && said(case.model().filing_number.as_deref()).is_some() {
        IM17.met()
    } else {
        IM17.require(Level::Warn, "model-not-shown").measure(notice("service-limit"))
    }
}

/// Art. 19: whoever is inspected explains and gives all of it.
fn inspection(case: &Case, facts: &ServiceChangeFacts) -> Finding {
    let given = facts.provided.as_deref().unwrap_or_default();
    if ASKED_FOR.iter().all(|item| given.iter().any(|given| given == item)) {
        IM19.met()
    } else {
        IM19.require(Level::Review, "inspection-incomplete").measures(reports(case))
    }
}

/// Art. 22: who supplies generation through an interface is a provider too, and the customer's part stands in an agreement.
fn roles(case: &Case) -> Finding {
    let roles = case.service().roles.as_deref();
    if !may_hold(roles, &["provider", "api-supplier"]) {
        return IM22.not_applicable("generates-nothing");
    }
    if !may_hold(roles, &["api-supplier"]) {
        return IM22.met();
    }
    let clauses = case.agreement().clauses.as_deref().unwrap_or_default();
    let is_set = clauses.iter().any(|clause| clause == "customer-duties");
    if is_set && said(case.tenant().id.as_deref()).is_some() {
        IM22.met()
    } else {
        IM22.require(Level::Review, "customer-duties-not-set").measure(Measure::new("require-agreement"))
    }
}
