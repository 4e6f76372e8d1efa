//! Arts. 13, 15, 17, 19 and 22: the service goes on, complaints are answered within published limits, the filed model is named,
//! an inspection is given what it asks for, and everybody's part is known.

use specialis_policy::doubt::{may_be, may_hold, said};
use specialis_policy::facts::ServiceChangeFacts;
use specialis_policy::progress::{Stage, of_complaint};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::im;
use super::users::USE;

const IM13: Rule = Rule::new("IM13", "im.art13.continuity", im("13"));
const IM15: Rule = Rule::new("IM15", "im.art15.complaints", im("15"));
/// Which model is shown to users: the announcement on filed services.
const SHOWN: Rule = Rule::new("IM17", "im.art17.shown", cite("CAC-FILED", "2"));
/// And the number of the algorithm's filing.
const SHOWN_ALGORITHM: Rule = SHOWN.citing(cite("ALGO", "26"));
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
        findings.extend(shown(case));
    }
    if may(&["inspection"]) {
        findings.push(inspection(facts));
    }
    if may(&["launch", "new-function"]) {
        findings.push(roles(case));
    }
}

/// Art. 13 names neither a notice nor a number of days: both come from the contract with the user, whose time the operator says.
fn interruption(case: &Case, facts: &ServiceChangeFacts) -> Finding {
    let agreed = case.number("notice-days");
    if agreed == 0 {
        return IM13.not_applicable("no-notice-agreed");
    }
    let by_contract = IM13.citing(cite("CIVIL", "509(2)"));
    match facts.notice_days {
        Some(days) if i64::from(days) >= agreed => by_contract.met(),
        Some(_) | None => {
            by_contract.require(Level::Warn, "no-notice-of-interruption").measure(notice("service-limit"))
        }
    }
}

/// Art. 13: what broke off is noted. A reader who closed the page broke nothing off.
pub(super) fn on_abort(case: &Case, findings: &mut Vec<Finding>) {
    let Some(abort) = case.abort() else { return };
    findings.push(if may_be(abort.cause.as_deref(), &["timeout", "error"]) {
        IM13.require(Level::Mark, "service-broke-off")
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
    let ticket = |days: u32| {
        Measure::new("complaint-ticket").id("kind", "complaint").number("within-days", i64::from(days.min(365)))
    };
    findings.push(match of_complaint(case) {
        Stage::Answered => IM15.met(),
        Stage::NoLimit => IM15.require(Level::Review, "no-published-limit").measure(ticket(0)),
        Stage::AnsweredWithoutLimit => IM15.require(Level::Review, "no-published-limit"),
        // In time: the ticket is due on the last day.
        Stage::Open(days) => IM15.require(Level::Pass, "complaint-open").measure(ticket(days)),
        Stage::AnsweredLate => IM15.require(Level::Warn, "answered-late"),
        Stage::RefusedWithoutReason => IM15.require(Level::Warn, "refused-without-reason").measure(ticket(0)),
        Stage::Overdue => IM15.require(Level::Warn, "complaint-overdue").measure(ticket(0)),
    });
}

/// The service shows name and number of the filed model, and the number of the algorithm's filing.
fn shown(case: &Case) -> Vec<Finding> {
    if case.service().shapes_opinion == Some(false) {
        return vec![SHOWN.not_applicable("no-public-opinion")];
    }
    let mut findings = Vec::new();
    if case.service().shows_model != Some(true) || said(case.model().filing_number.as_deref()).is_none() {
        findings.push(SHOWN.require(Level::Warn, "model-not-shown").measure(show("model")));
    }
    if case.more_service().shows_algorithm_number != Some(true) {
        findings.push(SHOWN_ALGORITHM.require(Level::Warn, "algorithm-not-shown").measure(show("algorithm")));
    }
    if findings.is_empty() { vec![SHOWN.met()] } else { findings }
}

/// The same for every use of a service that runs: it is due, and holds nothing up.
pub(super) fn at_open(case: &Case, findings: &mut Vec<Finding>) {
    findings.extend(shown(case).into_iter().map(|finding| finding.at_most(Level::Pass).on(&USE)));
}

fn show(kind: &'static str) -> Measure {
    Measure::new("show-filing").id("kind", kind)
}

/// Art. 19: whoever is inspected explains and gives all of it. What is owed is the material, not a report.
fn inspection(facts: &ServiceChangeFacts) -> Finding {
    let given = facts.provided.as_deref().unwrap_or_default();
    let missing = ASKED_FOR.into_iter().filter(|item| !given.iter().any(|given| given == item));
    let missing: Vec<Measure> = missing.map(|item| Measure::new("supply-material").id("item", item)).collect();
    if missing.is_empty() { IM19.met() } else { IM19.require(Level::Review, "inspection-incomplete").measures(missing) }
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
