//! Art. 11: inputs and usage records are protected, kept no longer than needed, given to nobody without a basis, and persons
//! get their answer in time.

use specialis_policy::doubt::{may_be, said, surely};
use specialis_policy::facts::DataHandlingFacts;
use specialis_policy::progress::{Stage, of_request};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::im;

const IM11: Rule = Rule::new("IM11", "im.art11.inputs", im("11"));
/// The same rule on what persons ask for.
const REQUESTS: Rule = IM11.on_duty("im.art11.requests");

const REQUEST: [&str; 5] = ["access", "copy", "correct", "supplement", "delete"];
/// What law lets a disclosure rest on.
const BASES: [&str; 3] = ["consent", "separate-consent", "legal-duty"];

/// Art. 11 on what is done with inputs and usage records. An operation that nobody knows may be each of them.
pub(super) fn judge(case: &Case, findings: &mut Vec<Finding>) {
    if let Some(tool) = case.tool() {
        // A tool gets what the user wrote.
        findings.push(if tool.authorized == Some(true) {
            IM11.met()
        } else {
            IM11.require(Level::Warn, "tool-not-allowed").measure(Measure::new("remind").id("kind", "verify"))
        });
        return;
    }
    let Some(handling) = case.data_handling() else { return };
    let may = |operations: &[&str]| may_be(handling.operation.as_deref(), operations);
    let before = findings.len();
    if may(&["collect"]) && !is_needed(handling) {
        findings.push(IM11.require(Level::Stop, "more-than-needed"));
    }
    if may(&["retain"]) {
        retained(case, handling, findings);
    }
    let is_entrusted = said(case.more_data_handling().entrusted_under.as_deref()).is_some();
    if may(&["disclose"])
        && said(handling.recipient.as_deref()) != Some("the-person")
        && !has_basis(handling)
        && !is_entrusted
    {
        findings.push(IM11.require(Level::Stop, "no-basis-for-disclosure"));
    }
    if findings.len() == before && may(&["collect", "retain", "disclose"]) {
        // Who processes for the provider under a contract is not given the data.
        let rests_on_contract = is_entrusted && surely(handling.operation.as_deref(), &["disclose"]);
        findings.push(if rests_on_contract { IM11.citing(cite("PIPL", "21")).met() } else { IM11.met() });
    }
    if may(&REQUEST) {
        findings.push(request(case));
    }
}

/// A person's request is answered within the published limit, or refused with a reason. That it was received is not that it was
/// answered, and what was answered needs no ticket.
fn request(case: &Case) -> Finding {
    let ticket = |days: u32| {
        Measure::new("complaint-ticket").id("kind", "request").number("within-days", i64::from(days.min(365)))
    };
    match of_request(case) {
        Stage::Answered => REQUESTS.met(),
        Stage::NoLimit => REQUESTS.require(Level::Review, "no-published-limit").measure(ticket(0)),
        Stage::AnsweredWithoutLimit => REQUESTS.require(Level::Review, "no-published-limit"),
        Stage::Open(days) => REQUESTS.require(Level::Pass, "request-open").measure(ticket(days)),
        Stage::AnsweredLate => REQUESTS.require(Level::Warn, "answered-late"),
        Stage::RefusedWithoutReason => REQUESTS.require(Level::Warn, "refused-without-reason").measure(ticket(0)),
        Stage::Overdue => REQUESTS.require(Level::Warn, "request-overdue").measure(ticket(0)),
    }
}

/// Everything collected is among what the purpose needs, and there is a purpose.
fn is_needed(handling: &DataHandlingFacts) -> bool {
    let (Some(subject), Some(needed)) = (&handling.subject_matter, &handling.needed) else { return false };
    said(handling.purpose.as_deref()).is_some() && subject.iter().all(|item| needed.contains(item))
}

/// Identifying inputs and records are kept no longer than the purpose needs, nor past the limit that the provider set. While law
/// asks to keep them, they are only stored and secured; whatever is deleted, what a law keeps is not. Each of the two limits has its own law, and counts where that law does.
fn retained(case: &Case, handling: &DataHandlingFacts, findings: &mut Vec<Finding>) {
    if handling.identifying == Some(false) {
        return;
    }
    let more = case.more_data_handling();
    let is_within =
        |limit: Option<u32>| matches!((handling.retained_days, limit), (Some(days), Some(limit)) if days <= limit);
    let (is_past_own, is_past_need) = (!is_within(handling.retention_limit_days), !is_within(more.needed_days));
    if more.keep_until.is_some_and(|last| case.as_of() <= last) {
        let rule = if is_past_need { IM11.citing(cite("PIPL", "47(2)")) } else { IM11 };
        findings.extend((is_past_own || is_past_need).then(|| rule.require(Level::Warn, "only-stored")));
        return;
    }
    let delete = || Measure::new("delete-personal").number("within-days", case.number("retention-delete-days"));
    if is_past_own {
        findings.push(IM11.require(Level::Stop, "kept-too-long").measure(delete()));
    }
    if is_past_need {
        let rule = IM11.citing(cite("PIPL", "19"));
        findings.push(rule.require(Level::Stop, "purpose-no-longer-needs").measure(delete()));
    }
}

fn has_basis(handling: &DataHandlingFacts) -> bool {
    handling.identifying == Some(false) || surely(handling.basis.as_deref(), &BASES)
}
